//! Refused rows of exports that repeat consumption once per association (SPEC 3.3): such a row may not only add its amount, but also
//! displace the association that counts. Comes in: rejects with subscription and month. Goes out: how far one cell (subscription, month) of
//! a head could move. It reads no credit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::amount::Amount;
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::Month;
use crate::base::ids::{PartnerId, SubscriptionId};
use crate::diagnostics::reject::{BoundsKey, RejectOwner, RejectTally};
use crate::roster::Roster;

use super::reach::AmountReach;
use super::refused::PossibleRates;

/// Refused rows of exports that repeat consumption.
#[derive(Debug, Default)]
pub(crate) struct RepeatedRejects {
    by_cell: BTreeMap<(SubscriptionId, Month), Vec<RepeatedReject>>,
    subscriptions: BTreeSet<SubscriptionId>,
    /// Inputs that repeat consumption.
    inputs: BTreeSet<usize>,
    /// The accepted association of the highest priority.
    highest: Option<Association>,
}

/// Refused rows of one cell that share their owner and association.
#[derive(Debug, Clone)]
pub(crate) struct RepeatedReject {
    /// The partner that the rows name, with its head. **Absent**: any.
    partner: Option<(PartnerId, PartnerId)>,
    /// **Absent**: any that the rule set accepts.
    association: Option<Association>,
    rows: u64,
    reach: AmountReach,
}

/// A partner and its associations that have consumption in a cell, with the amount. **Absent** amount: its rate is unknown.
pub(crate) type CellCandidate<'c> = (&'c PartnerId, AssociationSet, Option<Amount>);

/// What decides which rejects are of exports that repeat consumption.
pub(crate) struct RepeatedSources<'s> {
    pub(crate) rejects: &'s RejectTally,
    /// Inputs that repeat consumption, by the number of their rejects.
    pub(crate) inputs: BTreeSet<usize>,
    /// Whether a refused row is excluded, since another snapshot tells of its day.
    pub(crate) is_superseded: &'s dyn Fn(&BoundsKey) -> bool,
    pub(crate) roster: &'s Roster,
    pub(crate) rates: PossibleRates<'s>,
    pub(crate) accepted: AssociationSet,
}

impl RepeatedRejects {
    pub(crate) fn of(sources: RepeatedSources<'_>) -> RepeatedRejects {
        let RepeatedSources { rejects, inputs, is_superseded, roster, rates, accepted } = sources;
        let highest = accepted.iter().next();
        let mut repeated = RepeatedRejects { inputs, highest, ..RepeatedRejects::default() };
        if repeated.inputs.is_empty() {
            return repeated;
        }
        for (key, bounds) in rejects.bounds() {
            let Some((subscription, month)) = repeated.cell(key) else { continue };
            let is_accepted = key.association.is_none_or(|of| AssociationSet::of(of).meets(accepted));
            let is_inside = key.day.is_some_and(|day| rates.window.contains(day));
            if !is_accepted || !is_inside || is_superseded(key) {
                continue;
            }
            let partner = match &key.owner {
                RejectOwner::Partner(text) => {
                    let Some(partner) = PartnerId::parse(text) else { continue };
                    let head = roster.head(&partner).clone();
                    Some((partner, head))
                }
                RejectOwner::Anyone | RejectOwner::Subscription(_) | RejectOwner::Tenant(_) => None,
            };
            let reach = rates.of_rejects(key, bounds);
            let reject = RepeatedReject { partner, association: key.association, rows: bounds.rows, reach };
            repeated.subscriptions.insert(subscription.clone());
            repeated.by_cell.entry((subscription, month)).or_default().push(reject);
        }
        repeated
    }

    /// The cell of refused rows, if their export repeats consumption, and subscription and day were read.
    fn cell(&self, key: &BoundsKey) -> Option<(SubscriptionId, Month)> {
        let day = key.day.filter(|_| self.inputs.contains(&key.input))?;
        Some((SubscriptionId::of(key.subscription.as_deref()?), Month::of(day)))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_cell.is_empty()
    }

    /// Whether a refused row may be of this subscription.
    pub(crate) fn has(&self, subscription: &SubscriptionId) -> bool {
        self.subscriptions.contains(subscription)
    }

    /// What refused rows could do beside counting with their amounts, of exports that repeat consumption.
    pub(super) fn displacement(&self, key: &BoundsKey) -> Displacement {
        match (self.inputs.contains(&key.input), self.cell(key), &key.owner) {
            (false, ..) => Displacement::None,
            (true, Some(_), RejectOwner::Partner(_)) => Displacement::InCell,
            (true, Some(_), RejectOwner::Anyone | RejectOwner::Subscription(_) | RejectOwner::Tenant(_)) => {
                Displacement::None
            }
            (true, None, _) => Displacement::Anywhere,
        }
    }

    /// Every cell of a head whose partner a refused row names.
    pub(crate) fn cells_of_heads(&self) -> BTreeSet<(&SubscriptionId, Month, &PartnerId)> {
        let mut cells = BTreeSet::new();
        for ((subscription, month), rejects) in &self.by_cell {
            let heads = rejects.iter().filter_map(|reject| reject.partner.as_ref()).map(|(_, head)| head);
            cells.extend(heads.map(|head| (subscription, *month, head)));
        }
        cells
    }

    /// How far refused rows could move what counts of a cell for a head: the credit of one partner and association. `None` if no refused row
    /// may be of the head.
    pub(crate) fn reach(
        &self,
        (subscription, month): (&SubscriptionId, Month),
        head: &PartnerId,
        candidates: &[CellCandidate<'_>],
    ) -> Option<AmountReach> {
        let of_cell = self.by_cell.get(&(subscription.clone(), month))?;
        let is_of_head = |reject: &&RepeatedReject| reject.partner.as_ref().is_none_or(|(_, of)| of == head);
        let rejects: Vec<&RepeatedReject> = of_cell.iter().filter(is_of_head).collect();
        if rejects.is_empty() {
            return None;
        }
        let mut sums: BTreeMap<(&PartnerId, AssociationSet), Amount> = BTreeMap::new();
        for (partner, associations, usd) in candidates {
            // A rate that is unknown moves the choice too.
            let Some(usd) = usd else { return Some(AmountReach::ANYTHING) };
            let sum = sums.entry((*partner, *associations)).or_default();
            *sum = sum.plus_saturating(*usd);
        }
        let best = |((partner, associations), usd): &(&(&PartnerId, AssociationSet), &Amount)| {
            (associations.iter().next(), Reverse(**usd), (*partner).clone())
        };
        let chosen =
            sums.iter().min_by_key(best).map(|((partner, set), usd)| (*partner, set.iter().next(), *usd));
        Some(of_choice(chosen, &rejects, self.highest))
    }
}

/// How far refused rows could move what counts, if `chosen` is the partner and association that counts now, with its amount. `highest`: the
/// accepted association of the highest priority.
fn of_choice(
    chosen: Option<(&PartnerId, Option<Association>, Amount)>,
    rejects: &[&RepeatedReject],
    highest: Option<Association>,
) -> AmountReach {
    let (counted, level) = chosen.map_or((Amount::ZERO, None), |(_, level, usd)| (usd, level));
    let mut added = AmountReach::default();
    // Rows that could be chosen in place of what counts, whatever they amount to; and those that could only if they amount to more.
    let (mut displacing, mut rivals): (Vec<&RepeatedReject>, Vec<&RepeatedReject>) = (Vec::new(), Vec::new());
    for reject in rejects.iter().copied() {
        let is_of_chosen =
            chosen.is_some_and(|(partner, ..)| reject.partner.as_ref().is_none_or(|(of, _)| of == partner));
        let may_be_level = level.is_some() && reject.association.is_none_or(|of| Some(of) == level);
        if is_of_chosen && may_be_level {
            added.add(reject.reach);
        }
        if level.is_none() || reject.association.or(highest) < level {
            displacing.push(reject);
        } else if may_be_level && !(is_of_chosen && reject.partner.is_some()) {
            rivals.push(reject);
        }
    }
    let (mut least, mut greatest) = (added.least(counted), added.greatest(counted));
    if let Some((least_apart, greatest_apart)) = ends(&displacing) {
        (least, greatest) = (least.min(least_apart), greatest.max(greatest_apart));
    }
    if let Some((_, greatest_apart)) = ends(&rivals) {
        greatest = greatest.max(greatest_apart);
    }
    AmountReach::between(counted, least, greatest)
}

/// The least and the greatest sum of one or more of the rows. `None` if there is none.
fn ends(rejects: &[&RepeatedReject]) -> Option<(Amount, Amount)> {
    match rejects {
        [] => None,
        [one] if one.rows == 1 && one.reach.only_amount().is_some() => {
            one.reach.only_amount().map(|amount| (amount, amount))
        }
        several => {
            let mut sum = AmountReach::default();
            several.iter().for_each(|one| sum.add(one.reach));
            Some((sum.least(Amount::ZERO), sum.greatest(Amount::ZERO)))
        }
    }
}

/// What refused rows could do beside counting with their amounts.
pub(super) enum Displacement {
    /// Nothing.
    None,
    /// They could displace what counts of their cell, which [`RepeatedRejects::reach`] bounds.
    InCell,
    /// They could displace what counts of any cell of their owner.
    Anywhere,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(units: i128) -> Amount {
        Amount::from_raw(units * 10_i128.pow(24))
    }

    fn id(text: &str) -> PartnerId {
        PartnerId::parse(text).unwrap()
    }

    fn reject(partner: &str, association: Option<Association>, amount: i128) -> RepeatedReject {
        let partner = Some((id(partner), id("1")));
        RepeatedReject { partner, association, rows: 1, reach: AmountReach::of_amount(usd(amount)) }
    }

    fn ends(level: Association, rejects: &[RepeatedReject]) -> (Amount, Amount) {
        let partner = id("1");
        let rejects: Vec<&RepeatedReject> = rejects.iter().collect();
        let reach = of_choice(Some((&partner, Some(level), usd(100))), &rejects, Some(Association::Tpor));
        (reach.least(usd(100)), reach.greatest(usd(100)))
    }

    #[test]
    fn a_row_of_the_association_that_counts_adds_and_one_of_a_lower_priority_never_counts() {
        let of = |association| reject("1", Some(association), 5);
        assert_eq!(ends(Association::Dpor, &[of(Association::Dpor)]), (usd(100), usd(105)));
        assert_eq!(ends(Association::Dpor, &[of(Association::CspTier2)]), (usd(100), usd(100)));
    }

    #[test]
    fn a_row_of_a_higher_priority_displaces_what_counts() {
        let of = |association| reject("1", association, 5);
        assert_eq!(ends(Association::Dpor, &[of(Some(Association::Tpor))]), (usd(5), usd(100)));
        assert_eq!(ends(Association::Dpor, &[of(None)]), (usd(5), usd(105)));
        assert_eq!(ends(Association::Tpor, &[of(None)]), (usd(100), usd(105)));
        let greater = reject("1", Some(Association::Tpor), 500);
        assert_eq!(ends(Association::Dpor, &[greater]), (usd(100), usd(500)));
    }

    #[test]
    fn of_two_partners_of_a_head_with_one_association_the_greater_amount_counts() {
        assert_eq!(ends(Association::Dpor, &[reject("2", Some(Association::Dpor), 5)]), (usd(100), usd(100)));
        assert_eq!(
            ends(Association::Dpor, &[reject("2", Some(Association::Dpor), 500)]),
            (usd(100), usd(500))
        );
    }

    #[test]
    fn an_amount_that_was_not_read_is_without_limit_where_the_row_may_count() {
        let of = |association| {
            [RepeatedReject { reach: AmountReach::ANYTHING, ..reject("1", Some(association), 0) }]
        };
        let everything = (Amount::from_raw(i128::MIN), Amount::from_raw(i128::MAX));
        assert_eq!(ends(Association::Dpor, &of(Association::Tpor)), everything);
        assert_eq!(ends(Association::Dpor, &of(Association::CspTier1)), (usd(100), usd(100)));
    }
}
