//! The partners that are associated with a subscription on a day. Comes in: the records of associations files, the roster. Goes out: for
//! each subscription, periods in which the same partners, after roll-up, have the same types of association in force.

#[cfg(test)]
mod laws;
mod overlapping_dpor;
mod periods;
mod subscriptions;

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use rayon::prelude::*;

use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, Window};
use crate::base::ids::{self, PartnerId, SubscriptionId};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::roster::Roster;
use crate::rows::small::AssociationRecord;

use overlapping_dpor::{PARTNERS_SHOWN, overlapping_dpor, warning_text};
use periods::{Outcomes, PeriodSweep, Term, term};
use subscriptions::Subscriptions;
pub(crate) use subscriptions::{SubscriptionNumber, Throughout};

/// The first day on which an association counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dating {
    /// The association's own first day.
    FromItsFirstDay,
    /// Any day before it too: the rule set is retroactive.
    Retroactive,
}

/// Each partner, after roll-up, with the types of its associations in force: partners by their number among
/// [`AssociationIndex::heads`], which is in report order.
pub(crate) type InForce = Vec<(u32, AssociationSet)>;

/// The partners that are associated with each subscription on each day of a window.
#[derive(Debug, Default)]
pub(crate) struct AssociationIndex {
    subscriptions: Subscriptions,
    /// Every outcome that can be in force, each once. The first one has no partner.
    pub(crate) outcomes: Vec<InForce>,
    /// Heads of all partners that a record names, sorted.
    pub(crate) heads: Vec<PartnerId>,
    partners: Vec<PartnerId>,
    /// Associations, also outside of the window, of subscriptions that are not associated throughout the window with one outcome.
    changing: Vec<(SubscriptionNumber, u32, AssociationSet)>,
}

/// Records whose subscriptions and partners are numbered, which needs no roster.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    records: Vec<AssociationRecord>,
    subscriptions: Subscriptions,
    /// The numbers of each record.
    numbers: Vec<Numbers>,
    /// Records of the subscriptions that have several, as (the first record of the subscription, the record), sorted.
    several: Vec<(u32, u32)>,
    /// Sorted, each with its number.
    partners: Vec<(PartnerId, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Numbers {
    subscription: SubscriptionNumber,
    is_alone: bool,
    partner: u32,
}

impl From<Vec<AssociationRecord>> for Numbered {
    fn from(records: Vec<AssociationRecord>) -> Numbered {
        let ((subscriptions, mut numbers, mut several), (partners, partner_of)) =
            rayon::join(|| number_subscriptions(&records), || number_partners(&records));
        several.sort_unstable();
        several.dedup();
        for (_, nth) in &several {
            numbers[*nth as usize].is_alone = false;
        }
        for (numbers, partner) in numbers.iter_mut().zip(partner_of) {
            numbers.partner = partner;
        }
        Numbered { records, subscriptions, numbers, several, partners }
    }
}

type Several = Vec<(u32, u32)>;

fn number_subscriptions(records: &[AssociationRecord]) -> (Subscriptions, Vec<Numbers>, Several) {
    let mut subscriptions = Subscriptions::with_capacity(records.len());
    let mut several = Several::new();
    // By number of the subscription.
    let mut first_of: Vec<u32> = vec![0; subscriptions.places()];
    let number = |(record, nth): (&AssociationRecord, u32)| {
        let (subscription, is_new) = subscriptions.add(&record.subscription);
        first_of.resize(subscriptions.places(), 0);
        let first = &mut first_of[subscription.0 as usize];
        if is_new {
            *first = nth;
        } else {
            several.extend([(*first, *first), (*first, nth)]);
        }
        Numbers { subscription, is_alone: true, partner: 0 }
    };
    let numbers = records.iter().zip(0..).map(number).collect();
    (subscriptions, numbers, several)
}

/// The partners, sorted, each with its number; and for each record, the number of its partner.
fn number_partners(records: &[AssociationRecord]) -> (Vec<(PartnerId, u32)>, Vec<u32>) {
    let mut partners: Vec<(PartnerId, u32)> = Vec::new();
    let (mut known, hasher): (HashTable<u32>, _) = (HashTable::new(), FixedState::default());
    let number = |record: &AssociationRecord| {
        let hash = hasher.hash_one(&record.partner);
        let found = known.find(hash, |partner| partners[*partner as usize].0 == record.partner);
        found.copied().unwrap_or_else(|| {
            let next = u32::try_from(partners.len()).expect("fewer than 2^32 partners");
            partners.push((record.partner.clone(), next));
            known.insert_unique(hash, next, |partner| hasher.hash_one(&partners[*partner as usize].0));
            next
        })
    };
    let numbers = records.iter().map(number).collect();
    partners.sort_unstable();
    (partners, numbers)
}

impl Numbered {
    /// Subscriptions and months within which one of their associations begins or ends, from `first` to `last`: days of these matter.
    pub(crate) fn months_that_change(&self, first: Month, last: Month) -> Vec<(SubscriptionId, Month)> {
        let mut changes = Vec::new();
        for record in &self.records {
            let begins = record.from.filter(|from| *from != Month::of(*from).first_day());
            let ends = record.to.filter(|to| *to != Month::of(*to).last_day());
            for month in [begins, ends].into_iter().flatten().map(Month::of) {
                if first <= month && month <= last {
                    changes.push((record.subscription.clone(), month));
                }
            }
        }
        changes
    }
}

impl AssociationIndex {
    /// Builds the index of the days of `window`.
    pub(crate) fn build(
        records: impl Into<Numbered>,
        roster: &Roster,
        dating: Dating,
        window: Window,
        warnings: &mut Warnings,
    ) -> AssociationIndex {
        let Numbered { records, mut subscriptions, numbers, several, partners } = records.into();
        let mut by_head: Vec<(&PartnerId, u32)> =
            partners.iter().map(|(partner, number)| (roster.head(partner), *number)).collect();
        // A stable sort, since it is fast on input that is nearly sorted.
        by_head.sort();
        let mut heads: Vec<PartnerId> = Vec::new();
        let mut head_of: Vec<u32> = vec![0; partners.len()];
        for of_head in by_head.chunk_by(|(a, _), (b, _)| a == b) {
            let number = u32::try_from(heads.len()).expect("fewer than 2^32 partners");
            heads.push(of_head[0].0.clone());
            of_head.iter().for_each(|(_, partner)| head_of[*partner as usize] = number);
        }
        let mut outcomes = Outcomes::new(heads.len());
        let mut sweep = PeriodSweep::default();
        let mut changing = Vec::new();
        for (record, numbers) in records.iter().zip(&numbers).filter(|(_, numbers)| numbers.is_alone) {
            let term = term(record, head_of[numbers.partner as usize], dating);
            sweep.run(&[term], window, &mut outcomes);
            subscriptions.set(numbers.subscription, &sweep.periods);
            if !term.covers(window) {
                let (head, associations) = term.owner();
                changing.push((numbers.subscription, head, associations));
            }
        }
        let mut terms: Vec<Term> = Vec::new();
        let mut warned: Vec<(&SubscriptionId, String)> = Vec::new();
        for of_one in several.chunk_by(|(a, _), (b, _)| a == b) {
            let first = of_one[0].0 as usize;
            let of_one = of_one
                .iter()
                .map(|(_, nth)| (&records[*nth as usize], head_of[numbers[*nth as usize].partner as usize]));
            terms.clear();
            terms.extend(of_one.clone().map(|(record, head)| term(record, head, dating)));
            sweep.run(&terms, window, &mut outcomes);
            let subscription = numbers[first].subscription;
            subscriptions.set(subscription, &sweep.periods);
            if terms.iter().all(|term| !term.covers(window)) {
                changing.extend(terms.iter().map(Term::owner).map(|(head, set)| (subscription, head, set)));
            }
            let overlapping = overlapping_dpor(of_one);
            if !overlapping.is_empty() {
                let shown: Vec<&str> = overlapping
                    .iter()
                    .take(PARTNERS_SHOWN)
                    .map(|head| heads[*head as usize].as_str())
                    .collect();
                let more = overlapping.len() - shown.len();
                warned.push((&records[first].subscription, warning_text(&shown, more)));
            }
        }
        changing.par_sort_unstable();
        changing.dedup();
        warned.sort_unstable();
        for (subscription, text) in warned {
            warnings.add(WarningCode::OverlappingDpor, format!("subscription {subscription}: {text}"));
        }
        let partners = partners.into_iter().map(|(partner, _)| partner).collect();
        AssociationIndex { subscriptions, outcomes: outcomes.outcomes, heads, partners, changing }
    }

    /// The number of a subscription, given in the form in which they are compared. `None` if no record names it.
    pub(crate) fn subscription(&self, subscription: &str) -> Option<SubscriptionNumber> {
        match ids::guid(subscription.as_bytes()) {
            Some(guid) => self.subscription_of_guid(guid),
            None => self.subscriptions.number_of_other(subscription),
        }
    }

    /// The number of a subscription that is a GUID, given as its 32 digits in one number. `None` if no record names it.
    #[inline]
    pub(crate) fn subscription_of_guid(&self, guid: u128) -> Option<SubscriptionNumber> {
        self.subscriptions.number_of_guid(guid)
    }

    /// The outcome on a day of the window, an index into `outcomes`. `None` if no partner is associated with the subscription on that day.
    #[inline]
    pub(crate) fn outcome(&self, subscription: SubscriptionNumber, day: Day) -> Option<u32> {
        self.subscriptions.outcome(subscription, day)
    }

    /// The outcome on every day from `first` to `last`, if it does not change within them.
    #[inline]
    pub(crate) fn outcome_throughout(
        &self,
        subscription: SubscriptionNumber,
        first: Day,
        last: Day,
    ) -> Throughout {
        self.subscriptions.outcome_throughout(subscription, first, last)
    }

    /// Every outcome within the window, some perhaps twice.
    pub(crate) fn outcomes_within(&self, subscription: SubscriptionNumber) -> impl Iterator<Item = u32> + '_ {
        self.subscriptions.outcomes(subscription)
    }

    /// The associations, also outside of the window, of subscriptions that some day of the window may leave unassociated: sorted by number
    /// of the subscription, with the number of the head.
    pub(crate) fn changing(&self) -> &[(SubscriptionNumber, u32, AssociationSet)] {
        &self.changing
    }

    /// The heads of an outcome, each with its types of association.
    pub(crate) fn in_force(&self, outcome: u32) -> impl Iterator<Item = (&PartnerId, AssociationSet)> {
        self.outcomes[outcome as usize].iter().map(|(head, set)| (&self.heads[*head as usize], *set))
    }

    /// Every partner that a record names.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::association::Association;
    use crate::rows::small::PartnerRecord;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn id(text: &str) -> PartnerId {
        PartnerId::parse(text).unwrap()
    }

    fn record(
        partner: &str,
        association: Association,
        from: Option<&str>,
        to: Option<&str>,
    ) -> AssociationRecord {
        AssociationRecord {
            subscription: SubscriptionId::of("s"),
            partner: id(partner),
            association,
            from: from.map(day),
            to: to.map(day),
        }
    }

    fn index(records: Vec<AssociationRecord>, dating: Dating) -> (AssociationIndex, Warnings) {
        let up = |partner: &str| PartnerRecord {
            partner: id(partner),
            name: None,
            country: None,
            market: None,
            rolls_up_to: Some(id("1")),
            tenant: None,
            rank: 0,
        };
        let mut warnings = Warnings::default();
        let (roster, _) = Roster::build(vec![up("11"), up("12")], &[], &mut warnings);
        let window = Window { first: day("2015-01-01"), last: day("2018-12-31") };
        (AssociationIndex::build(records, &roster, dating, window, &mut warnings), warnings)
    }

    fn on(index: &AssociationIndex, text: &str) -> Vec<(String, String)> {
        let outcome = index.subscription("s").and_then(|s| index.outcome(s, day(text)));
        outcome.map_or(Vec::new(), |o| {
            index.in_force(o).map(|(p, set)| (p.to_string(), set.to_string())).collect()
        })
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn an_association_is_in_force_on_its_first_and_its_last_day_and_on_no_other_side() {
        let (index, _) = index(
            vec![record("7", Association::Dpor, Some("2017-01-10"), Some("2017-01-20"))],
            Dating::FromItsFirstDay,
        );
        assert_eq!(on(&index, "2017-01-09"), []);
        assert_eq!(on(&index, "2017-01-10"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-20"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-21"), []);
    }

    #[test]
    fn locations_of_one_head_get_one_credit_with_all_their_types() {
        let records = vec![
            record("11", Association::Dpor, None, None),
            record("12", Association::Tpor, Some("2017-01-10"), None),
            record("9", Association::Pal, None, Some("2017-01-31")),
        ];
        let (index, _) = index(records, Dating::FromItsFirstDay);
        assert_eq!(on(&index, "2017-01-01"), pairs(&[("1", "dpor"), ("9", "pal")]));
        assert_eq!(on(&index, "2017-01-15"), pairs(&[("1", "tpor+dpor"), ("9", "pal")]));
        assert_eq!(on(&index, "2017-02-01"), pairs(&[("1", "tpor+dpor")]));
    }

    #[test]
    fn a_retroactive_rule_set_counts_days_before_the_first_but_not_after_the_last() {
        let (index, _) = index(
            vec![record("7", Association::Dpor, Some("2017-01-10"), Some("2017-01-20"))],
            Dating::Retroactive,
        );
        assert_eq!(on(&index, "2016-01-01"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-21"), []);
    }

    #[test]
    fn very_many_associations_of_one_subscription_are_swept_once() {
        let of = |n: usize| record(&format!("{}", 100 + n), Association::Dpor, Some("2017-01-10"), None);
        let (index, warnings) = index((0..20_000).map(of).collect(), Dating::FromItsFirstDay);
        assert_eq!(on(&index, "2017-01-10").len(), 20_000);
        assert_eq!(warnings.iter().next().map(|(_, count, _)| count), Some(1));
    }

    #[test]
    fn two_partners_that_are_dpor_on_the_same_days_are_a_warning() {
        let dpor = |partner: &str, from: &str| record(partner, Association::Dpor, Some(from), None);
        let (_, warnings) =
            index(vec![dpor("7", "2017-01-01"), dpor("8", "2017-02-01")], Dating::FromItsFirstDay);
        assert_eq!(warnings.iter().next().unwrap().0, WarningCode::OverlappingDpor);
        let (_, warnings) =
            index(vec![dpor("11", "2017-01-01"), dpor("12", "2017-02-01")], Dating::FromItsFirstDay);
        assert_eq!(warnings.iter().count(), 0);
    }
}
