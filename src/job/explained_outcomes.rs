//! The outcome of credited rows. Comes in: the lines of the ledger that concern some heads, and the credits that overlapping exports left aside.
//! Goes out: for a row, the word that the ledger has for it. It reads no row, and adds nothing up.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Reading;
use super::explained_consumption::HeadLines;
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::credits::credit_table::Span;
use crate::credits::keys::OwnerKey;
use crate::judge::facts::consumption::ledger::LedgerReason;
use crate::judge::overlaps::Exclusion;

/// How a row concerns a head.
#[derive(Debug, Clone)]
pub(super) enum RowCredit {
    /// It credits this partner of the head, by this association or set of associations.
    Of(String, String),
    /// The subscription is associated with the head on other days, and with no partner on the day of the row.
    Unassociated,
    /// The subscription is associated with the head on other days, and with another head on the day of the row.
    OfAnother,
}

/// A credited row, by what tells its outcome.
pub(super) struct CreditedRow<'r> {
    pub(super) head: &'r PartnerId,
    /// The number of the source.
    pub(super) source: usize,
    /// In the form in which subscriptions are compared.
    pub(super) subscription: &'r str,
    /// The partner that stands in the row. **Absent**: none does.
    pub(super) own_partner: Option<PartnerId>,
    pub(super) currency: &'r str,
    pub(super) day: Day,
    pub(super) month: Month,
    pub(super) credit: &'r RowCredit,
}

/// Credit that the ledger tells apart: head, subscription, month, source, partner, association and currency.
type CreditKey = (PartnerId, String, Month, usize, String, String, String);

/// What an export tells that another tells again: the source, the subscription and the partner of the row.
type ExcludedKey = (usize, String, Option<PartnerId>);

/// The outcomes of the rows of some heads.
pub(super) struct RowOutcomes {
    /// Of credit that takes part: overlaps and the window aside.
    reasons: HashMap<CreditKey, BTreeSet<LedgerReason>>,
    excluded: HashMap<ExcludedKey, BTreeMap<Span, Exclusion>>,
}

impl RowOutcomes {
    pub(super) fn new(reading: &Reading<'_>, lines: &HashMap<PartnerId, HeadLines<'_>>) -> RowOutcomes {
        let mut reasons: HashMap<CreditKey, BTreeSet<LedgerReason>> = HashMap::new();
        let mut overlapped: HashSet<(usize, String)> = HashSet::new();
        for (head, lines) in lines {
            for line in lines {
                let row = &line.row;
                let subscription = row.subscription.to_string();
                match line.reason {
                    LedgerReason::Superseded | LedgerReason::NotPreferred => {
                        overlapped.insert((line.source, subscription));
                    }
                    LedgerReason::OutsideWindow => {}
                    LedgerReason::Counted
                    | LedgerReason::Duplicate
                    | LedgerReason::NotAccepted
                    | LedgerReason::Unassociated
                    | LedgerReason::NoRate => {
                        let partner = row.partner.unwrap_or_default().to_owned();
                        let (association, currency) = (row.association.to_string(), row.currency.to_owned());
                        let key = (
                            head.clone(),
                            subscription,
                            row.month,
                            line.source,
                            partner,
                            association,
                            currency,
                        );
                        reasons.entry(key).or_default().insert(line.reason);
                    }
                }
            }
        }
        RowOutcomes { reasons, excluded: excluded(reading, &overlapped) }
    }

    /// The outcome of a row of the window, as the ledger has it.
    pub(super) fn of(&self, row: &CreditedRow<'_>) -> String {
        if let Some(exclusion) = self.exclusion(row) {
            let reason = match exclusion {
                Exclusion::Superseded => LedgerReason::Superseded,
                Exclusion::NotPreferred => LedgerReason::NotPreferred,
            };
            return reason.as_str().to_owned();
        }
        let (partner, association) = match row.credit {
            RowCredit::Of(partner, association) => (partner, association),
            RowCredit::Unassociated => return LedgerReason::Unassociated.as_str().to_owned(),
            RowCredit::OfAnother => return "associated with another partner".to_owned(),
        };
        let key = (
            row.head.clone(),
            row.subscription.to_owned(),
            row.month,
            row.source,
            partner.clone(),
            association.clone(),
            row.currency.to_owned(),
        );
        match self.reasons.get(&key) {
            None => "not judged".to_owned(),
            Some(reasons) => reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(" or "),
        }
    }

    fn exclusion(&self, row: &CreditedRow<'_>) -> Option<Exclusion> {
        if self.excluded.is_empty() {
            return None;
        }
        let key = (row.source, row.subscription.to_owned(), row.own_partner.clone());
        let spans = self.excluded.get(&key)?;
        spans.get(&Span::Day(row.day)).or_else(|| spans.get(&Span::Month(row.month))).copied()
    }
}

/// The spans of some sources and subscriptions that do not count, since another export tells of them.
fn excluded(
    reading: &Reading<'_>,
    overlapped: &HashSet<(usize, String)>,
) -> HashMap<ExcludedKey, BTreeMap<Span, Exclusion>> {
    let mut excluded: HashMap<ExcludedKey, BTreeMap<Span, Exclusion>> = HashMap::new();
    let sources: HashSet<usize> = overlapped.iter().map(|(source, _)| *source).collect();
    if sources.is_empty() {
        return excluded;
    }
    let credits = &reading.folded.credits;
    let exclusions = &reading.overlapped.resolution.exclusions;
    for shard in &credits.shards {
        for number in 0..shard.accounts() {
            let account = shard.account(number);
            let source = account.source as usize;
            if !sources.contains(&source) {
                continue;
            }
            let of_subscription = (source, credits.subscription(account.subscription));
            if !overlapped.contains(&of_subscription) {
                continue;
            }
            let partner = match account.owner {
                OwnerKey::Partner(partner, ..) => PartnerId::parse(&credits.partner(partner)),
                OwnerKey::Provider(_) | OwnerKey::Associations => None,
            };
            let spans = excluded.entry((source, of_subscription.1, partner)).or_default();
            let reasons = credits
                .sums_of(shard, number)
                .filter_map(|(span, _)| exclusions.reason(&account, span).map(|reason| (span, reason)));
            spans.extend(reasons);
        }
    }
    excluded
}
