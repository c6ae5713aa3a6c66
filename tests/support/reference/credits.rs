//! Adding up and judging. Comes in: the fate of every row. Goes out: per head its consumption, and the control totals. Sums are
//! exact; the one rounding is the conversion of each credit to USD.

use std::collections::{BTreeMap, BTreeSet};

use super::figures::{self, YearMonth};
use super::roster::{Partner, Roster};
use super::rows::{Credited, Fate, PROVIDER_UNKNOWN, Whom};
use super::{Refused, rules};

/// What became of every consumption row. A row without a rate is refused, not credited.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct RowTotals {
    pub(crate) read: u64,
    pub(crate) credited: u64,
    pub(crate) not_consumption: u64,
    pub(crate) outside_window: u64,
    pub(crate) no_subscription: u64,
    pub(crate) unassociated: u64,
    pub(crate) refused: u64,
}

/// Amounts of one currency, in 10⁻²⁴.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct AmountTotals {
    pub(crate) credited_rows: i128,
    pub(crate) shared: i128,
    pub(crate) all_credits: i128,
}

/// Amounts in USD after conversion, in 10⁻²⁴.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct JudgingTotals {
    pub(crate) all_credits: i128,
    pub(crate) not_accepted: BTreeMap<String, i128>,
    pub(crate) duplicate: i128,
    pub(crate) consumption: i128,
}

/// What consumption comes to.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) rows: RowTotals,
    pub(crate) amounts: BTreeMap<String, AmountTotals>,
    /// Amounts of rows that nobody is of record for, per currency.
    pub(crate) unassociated: BTreeMap<String, i128>,
    pub(crate) judging: JudgingTotals,
    /// Per head with a credit, in 10⁻²⁴ USD.
    pub(crate) consumption: BTreeMap<Partner, i128>,
    /// Heads with a credit that has no rate.
    pub(crate) without_rate: BTreeSet<Partner>,
    /// Files with credited rows whose provider nothing names.
    pub(crate) provider_unknown: BTreeSet<usize>,
    /// Credited CSP rows, by which of reseller and provider they have.
    pub(crate) csp_cases: BTreeMap<&'static str, u64>,
    /// Credited rows whose provider only `--partner-id` names.
    pub(crate) by_option: u64,
}

/// The last parts are the number of the file and the owner as it stands in the row: each is converted by itself.
type RowKey = (Partner, String, YearMonth, &'static str, String, bool, usize, String);
type FileKey = (Partner, String, YearMonth, BTreeSet<String>, String, usize);

/// The table of all credit.
#[derive(Default)]
pub(crate) struct Credits {
    by_row: BTreeMap<RowKey, i128>,
    by_file: BTreeMap<FileKey, i128>,
    /// Credited rows per currency and month.
    rows: BTreeMap<(String, YearMonth), u64>,
    /// Rows of tenants that no partner has.
    unknown_tenants: BTreeMap<(String, YearMonth), u64>,
    judged: Judged,
}

impl Credits {
    /// Adds one row of a file.
    pub(crate) fn add(&mut self, file: usize, fate: Fate, refused: &mut Refused) {
        let rows = &mut self.judged.rows;
        rows.read += 1;
        match fate {
            Fate::NotConsumption => rows.not_consumption += 1,
            Fate::OutsideWindow => rows.outside_window += 1,
            Fate::NoSubscription => rows.no_subscription += 1,
            Fate::Refused(code) => {
                rows.refused += 1;
                refused.count(code);
            }
            Fate::Unassociated(amount) => {
                rows.unassociated += 1;
                if let Some((currency, amount)) = amount {
                    *self.judged.unassociated.entry(currency).or_default() += amount;
                }
            }
            Fate::Credited(row) => self.credit(file, row),
        }
    }

    fn credit(&mut self, file: usize, row: Credited) {
        let Credited { to, subscription, month, currency, amount, repeats } = row;
        if let Whom::UnknownTenant(tenant) = to {
            self.judged.rows.refused += 1;
            *self.unknown_tenants.entry((tenant, month)).or_default() += 1;
            return;
        }
        *self.rows.entry((currency.clone(), month)).or_default() += 1;
        let totals = self.judged.amounts.entry(currency.clone()).or_default();
        totals.credited_rows += amount;
        totals.all_credits += amount;
        match to {
            Whom::Row(partner, kind) => {
                let key = (partner, subscription, month, kind, currency, repeats, file, String::new());
                *self.by_row.entry(key).or_default() += amount;
            }
            Whom::Tiers(tiers, csp) => {
                if csp.case == PROVIDER_UNKNOWN {
                    self.judged.provider_unknown.insert(file);
                }
                *self.judged.csp_cases.entry(csp.case).or_default() += 1;
                self.judged.by_option += u64::from(csp.by_option);
                for (index, (partner, kind)) in tiers.into_iter().enumerate() {
                    if index > 0 {
                        totals.shared += amount;
                        totals.all_credits += amount;
                    }
                    let key = (
                        partner,
                        subscription.clone(),
                        month,
                        kind,
                        currency.clone(),
                        repeats,
                        file,
                        csp.owner.clone(),
                    );
                    *self.by_row.entry(key).or_default() += amount;
                }
            }
            Whom::File(heads) => {
                for (index, (head, kinds)) in heads.into_iter().enumerate() {
                    if index > 0 {
                        totals.shared += amount;
                        totals.all_credits += amount;
                    }
                    let key = (head, subscription.clone(), month, kinds, currency.clone(), file);
                    *self.by_file.entry(key).or_default() += amount;
                }
            }
            Whom::UnknownTenant(_) => unreachable!("it was refused above"),
        }
    }

    /// Converts, rolls up and chooses.
    pub(crate) fn judge(self, roster: &Roster, refused: &mut Refused) -> Judged {
        let Credits { by_row, by_file, rows, unknown_tenants, mut judged } = self;
        unknown_tenants.keys().for_each(|_| refused.count("no-partner"));
        for ((currency, month), count) in rows {
            if roster.rate(&currency, month).is_some() {
                judged.rows.credited += count;
            } else {
                judged.rows.refused += count;
                refused.count("no-rate");
            }
        }
        // Of exports that repeat: per head, subscription and month the accepted credits, to choose one from.
        // By rank and partner; a candidate's credit of several files is added up.
        type Candidates = BTreeMap<(usize, Partner), i128>;
        let mut repeated: BTreeMap<(Partner, String, YearMonth), Candidates> = BTreeMap::new();
        for ((partner, subscription, month, kind, currency, repeats, ..), sum) in by_row {
            let head = roster.head(&partner);
            let Some(usd) = judged.convert(&head, sum, roster.rate(&currency, month)) else { continue };
            if !rules::ACCEPTED.contains(&kind) {
                *judged.judging.not_accepted.entry(kind.to_owned()).or_default() += usd;
            } else if repeats {
                let rank =
                    rules::PRIORITY.iter().position(|k| *k == kind).expect("accepted types have a rank");
                let candidates = repeated.entry((head, subscription, month)).or_default();
                *candidates.entry((rank, partner)).or_default() += usd;
            } else {
                judged.count(&head, usd);
            }
        }
        for ((head, _, month, kinds, currency, _), sum) in by_file {
            let Some(usd) = judged.convert(&head, sum, roster.rate(&currency, month)) else { continue };
            if kinds.iter().any(|kind| rules::ACCEPTED.contains(&kind.as_str())) {
                judged.count(&head, usd);
            } else {
                let kinds = kinds.into_iter().collect::<Vec<_>>().join("+");
                *judged.judging.not_accepted.entry(kinds).or_default() += usd;
            }
        }
        for ((head, ..), candidates) in repeated {
            let mut candidates: Vec<(usize, i128, Partner)> =
                candidates.into_iter().map(|((rank, partner), usd)| (rank, usd, partner)).collect();
            // Highest priority, then the greater amount, then the first partner id.
            candidates.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
            judged.count(&head, candidates[0].1);
            judged.judging.duplicate += candidates[1..].iter().map(|c| c.1).sum::<i128>();
        }
        judged
    }
}

impl Judged {
    /// The USD of one credit; `None` and a note if there is no rate.
    fn convert(&mut self, head: &Partner, sum: i128, rate: Option<i128>) -> Option<i128> {
        self.consumption.entry(head.clone()).or_default();
        let Some(rate) = rate else {
            self.without_rate.insert(head.clone());
            return None;
        };
        let usd = figures::convert(sum, rate);
        self.judging.all_credits += usd;
        Some(usd)
    }

    fn count(&mut self, head: &Partner, usd: i128) {
        *self.consumption.entry(head.clone()).or_default() += usd;
        self.judging.consumption += usd;
    }
}
