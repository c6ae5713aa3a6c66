//! The lines of the rejects file. Comes in: spilled rejects of rows, rejects of sources in credits tables, credits that were judged. Goes out:
//! lines in the order of the file, each with its amount in USD and whether it could change a tier.

use crate::base::calendar::Window;
use crate::diagnostics::reject::{CountKey, Reject, RejectCode, RejectCount, RejectOwner};
use crate::diagnostics::spill::SpilledRejects;
use crate::job::confidence::{HeadsInDoubt, RunUnknowns};
use crate::job::{ConsumptionSource, Reading, RejectFate, RejectJudge, RunOptions};
use crate::judge::facts::consumption::{Judged, TenantMonth};
use crate::outputs::{LazyChunks, RejectLine};

/// Months of tenants in one chunk of lines.
const TENANT_MONTHS: usize = 4096;

/// What decides the lines of the rejects file.
pub(super) struct RejectLines<'o> {
    pub(super) window: Window,
    pub(super) options: &'o RunOptions,
    pub(super) reading: &'o Reading<'o>,
    pub(super) judged: &'o Judged,
    pub(super) unknowns: &'o RunUnknowns<'o>,
    pub(super) in_doubt: HeadsInDoubt<'o>,
}

impl RejectLines<'_> {
    /// The rejects of rows by input and row, then of sources in credits tables, then of credits that were judged.
    pub(super) fn chunks<'s>(&'s self, spilled: &'s SpilledRejects) -> LazyChunks<'s, Vec<RejectLine<'s>>> {
        let judge = self.reading.reject_judge(self.window);
        let inputs = &self.reading.inputs;
        let of_sources: Vec<RejectLine<'s>> = self.stored_rejects(judge).chain(self.without_rate()).collect();
        let tenants: Vec<&[TenantMonth]> = self.judged.without_partner.chunks(TENANT_MONTHS).collect();
        LazyChunks::new(spilled.segments() + 1 + tenants.len(), move |nth| {
            if let Some(after) = nth.checked_sub(spilled.segments()) {
                return match after.checked_sub(1) {
                    None => of_sources.clone(),
                    Some(nth) => self.without_partner(tenants[nth]),
                };
            }
            let (input, rejects) = spilled.segment(nth);
            let stays = |reject: &Reject| judge.of(input, reject) == RejectFate::Refused;
            let line = |mut reject: Reject| {
                reject.partner_id =
                    reject.partner_id.take().or_else(|| self.partner_of_tenant(&reject.owner, input));
                RejectLine {
                    input: Some(&inputs[input].name),
                    amount_usd: self.unknowns.usd(&reject),
                    could_change_tier: self.unknowns.could_change_tier(input, &reject, &self.in_doubt),
                    reject,
                }
            };
            rejects.into_iter().filter(stays).map(line).collect()
        })
    }

    /// The partner of a row that names its provider by a tenant alone: of the roster, else of `--partner-id`.
    fn partner_of_tenant(&self, owner: &RejectOwner, input: usize) -> Option<String> {
        let RejectOwner::Tenant(tenant) = owner else { return None };
        let option = || {
            let mut of_sources =
                crate::job::providers::partner_options(&self.reading.consumption, self.options);
            of_sources.find(|(number, _)| *number == input).map(|(_, partner)| partner.to_string())
        };
        self.reading.roster.partner_of_tenant(tenant).map(str::to_owned).or_else(option)
    }

    /// Rejects of sources that a credits table holds: one for each source, code, day and subscription, since their rows are not at hand.
    fn stored_rejects<'s>(&'s self, judge: RejectJudge<'s>) -> impl Iterator<Item = RejectLine<'s>> {
        let of_source = move |(key, count): (&'s CountKey, &'s RejectCount)| {
            if judge.fate(key.input, key.day, key.subscription.as_deref()) != RejectFate::Refused {
                return None;
            }
            let is_its = |source: &&ConsumptionSource| source.reject_input == key.input;
            let source = self.reading.consumption.iter().find(is_its)?;
            let message = format!(
                "{}: {} refused when {} was written; its rejects file has the rows",
                key.code.meaning(),
                counted_rows(count.rows),
                self.reading.inputs[source.input].name
            );
            let subscription = key.subscription.clone().unwrap_or_default();
            let reject = judged_reject(key.code, message, subscription);
            Some(RejectLine {
                input: Some(&source.name),
                reject,
                amount_usd: None,
                could_change_tier: self.unknowns.stored_could_change_tier(key, &self.in_doubt),
            })
        };
        let inputs = self.reading.inputs.len();
        self.reading.rejects.counts().filter(move |(key, _)| key.input >= inputs).filter_map(of_source)
    }

    /// Credit without a rate: a line for each currency and month, whatever the number of rows.
    fn without_rate<'s>(&'s self) -> impl Iterator<Item = RejectLine<'s>> {
        self.judged.without_rate.iter().map(|((currency, month), lacking)| {
            let message = format!(
                "no rate turns {currency} into USD in {month}: {} with {} {currency} refused; add the month to a rates file",
                counted_rows(lacking.rows),
                lacking.amount
            );
            let rate = (currency.clone(), *month);
            let could_change_tier =
                self.unknowns.without_rate_could_change_tier(self.judged, &rate, &self.in_doubt);
            RejectLine {
                input: None,
                reject: judged_reject(RejectCode::NoRate, message, format!("{currency} {month}")),
                amount_usd: None,
                could_change_tier,
            }
        })
    }

    /// Consumption of tenants that no partner has: a line for each tenant and month, whatever the number of rows.
    fn without_partner<'s>(&'s self, months: &[TenantMonth]) -> Vec<RejectLine<'s>> {
        let takes_option = self.reading.consumption.iter().any(|source| source.rules.takes_partner_id);
        let option = if takes_option { ", or say --partner-id" } else { "" };
        let line = |TenantMonth { tenant, month, sums }: &TenantMonth| {
            let rows = sums.iter().map(|(_, sum)| sum.rows).sum();
            let amounts: Vec<String> =
                sums.iter().map(|(currency, sum)| format!("{} {currency}", sum.amount)).collect();
            let message = format!(
                "no partner of the roster has the tenant {tenant:?}: {} of {month} with {} refused; add the tenant to a partners file{option}",
                counted_rows(rows),
                amounts.join(" and ")
            );
            let reject = judged_reject(RejectCode::NoPartner, message, format!("{tenant} {month}"));
            let could_change_tier = self.unknowns.could_change_tier(usize::MAX, &reject, &self.in_doubt);
            RejectLine { input: None, reject, amount_usd: None, could_change_tier }
        };
        months.iter().map(line).collect()
    }
}

fn counted_rows(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

fn judged_reject(code: RejectCode, message: String, value: String) -> Reject {
    Reject {
        place: None,
        column: None,
        code,
        message,
        value,
        partner_id: None,
        amount: None,
        day: None,
        owner: RejectOwner::Anyone,
        association: None,
        provider: None,
        subscription: None,
        fact: None,
    }
}
