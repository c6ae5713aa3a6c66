//! Subscriptions that records name, each with the periods of its outcomes. Comes in: subscriptions, then their periods. Goes out: the
//! outcome on a day. Nearly every subscription has one period, which is stored in the table itself: one cache miss a lookup.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::base::calendar::Day;
use crate::base::ids::SubscriptionId;

/// A subscription that a record names: the index of its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubscriptionNumber(pub(crate) u32);

/// The outcome on all days of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Throughout {
    /// One outcome, an index into the outcomes of the index. `None` if no partner is associated.
    Constant(Option<u32>),
    /// Several, or one that only a lookup of each day can show.
    Changes,
}

/// From this day on, until the next period begins, this outcome is in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) from: Day,
    pub(super) outcome: u32,
}

/// The outcome without a partner: the first one.
pub(super) const NO_PARTNER: u32 = 0;

/// A slot of the table.
#[derive(Debug, Clone, Copy)]
struct SubscriptionSlot {
    guid: u128,
    first: Period,
    /// The day after the first period. **Absent**: the period has no end.
    past: Option<Day>,
    /// The index of the other periods in `later`, or one of the two markers below.
    later: u32,
}

/// The slot is free.
const FREE: u32 = u32::MAX;
/// The first period is the only one.
const NO_LATER: u32 = u32::MAX - 1;

const EMPTY_SLOT: SubscriptionSlot = SubscriptionSlot {
    guid: 0,
    first: Period { from: Day::MIN, outcome: NO_PARTNER },
    past: None,
    later: FREE,
};

/// A hash table with open addressing by GUID, at most half full. Subscriptions that are no GUIDs follow its slots.
#[derive(Debug, Clone)]
pub(super) struct Subscriptions {
    entries: Vec<SubscriptionSlot>,
    /// The number of slots for GUIDs, a power of two, minus 1.
    mask: usize,
    others: hashbrown::HashMap<Box<str>, u32, FixedState>,
    later: Vec<Vec<Period>>,
}

impl Default for Subscriptions {
    fn default() -> Subscriptions {
        Subscriptions::with_capacity(0)
    }
}

impl Subscriptions {
    /// An empty table with room for `count` subscriptions.
    pub(super) fn with_capacity(count: usize) -> Subscriptions {
        let places = (2 * count).next_power_of_two();
        let others = hashbrown::HashMap::with_hasher(FixedState::default());
        Subscriptions { entries: vec![EMPTY_SLOT; places], mask: places - 1, others, later: Vec::new() }
    }

    /// The number of slots: every subscription has a lower number.
    pub(super) fn places(&self) -> usize {
        self.entries.len()
    }

    /// The slot of a GUID: the one that holds it, else the free one where it belongs.
    #[inline]
    fn place(&self, guid: u128) -> usize {
        let hash = FixedState::default().hash_one(guid);
        let mut place = usize::try_from(hash & u64::try_from(self.mask).expect("as wide")).expect("a place");
        while self.entries[place].guid != guid && self.entries[place].later != FREE {
            place = (place + 1) & self.mask;
        }
        place
    }

    /// The number of a subscription, and whether it is new. The table must have room for it.
    pub(super) fn add(&mut self, subscription: &SubscriptionId) -> (SubscriptionNumber, bool) {
        let place = match subscription {
            SubscriptionId::Guid(guid) => self.place(*guid),
            SubscriptionId::Other(text) => match self.others.get(text) {
                Some(number) => *number as usize,
                None => {
                    self.others.insert(text.clone(), number(self.entries.len()).0);
                    self.entries.push(EMPTY_SLOT);
                    self.entries.len() - 1
                }
            },
        };
        let entry = &mut self.entries[place];
        let is_new = entry.later == FREE;
        if is_new {
            entry.later = NO_LATER;
            if let SubscriptionId::Guid(guid) = subscription {
                entry.guid = *guid;
            }
        }
        (number(place), is_new)
    }

    /// Sets the periods of a subscription, in order of days.
    pub(super) fn set(&mut self, SubscriptionNumber(number): SubscriptionNumber, periods: &[Period]) {
        let entry = &mut self.entries[number as usize];
        let Some((first, later)) = periods.split_first() else { return };
        entry.first = *first;
        entry.past = later.first().map(|next| next.from);
        if later.len() > 1 || later.iter().any(|next| next.outcome != NO_PARTNER) {
            entry.later = u32::try_from(self.later.len()).expect("fewer than 2^32 subscriptions");
            self.later.push(later.to_vec());
        }
    }

    pub(super) fn number_of_other(&self, subscription: &str) -> Option<SubscriptionNumber> {
        self.others.get(subscription).copied().map(SubscriptionNumber)
    }

    #[inline]
    pub(super) fn number_of_guid(&self, guid: u128) -> Option<SubscriptionNumber> {
        let place = self.place(guid);
        (self.entries[place].later != FREE).then(|| number(place))
    }

    /// The outcome on a day. `None` if no partner is associated.
    #[inline]
    pub(super) fn outcome(&self, SubscriptionNumber(number): SubscriptionNumber, day: Day) -> Option<u32> {
        let entry = &self.entries[number as usize];
        if day < entry.first.from {
            return None;
        }
        let outcome = match entry.past {
            Some(past) if past <= day => self.later(entry, day),
            _ => entry.first.outcome,
        };
        (outcome != NO_PARTNER).then_some(outcome)
    }

    /// The outcome on every day from `first` to `last`.
    #[inline]
    pub(super) fn outcome_throughout(
        &self,
        SubscriptionNumber(number): SubscriptionNumber,
        first: Day,
        last: Day,
    ) -> Throughout {
        let entry = &self.entries[number as usize];
        let begins = entry.first.from;
        let outcome = match entry.past {
            _ if last < begins => NO_PARTNER,
            past if begins <= first && past.is_none_or(|past| last < past) => entry.first.outcome,
            Some(past) if past <= first && self.later.get(entry.later as usize).is_none() => NO_PARTNER,
            _ => return Throughout::Changes,
        };
        Throughout::Constant((outcome != NO_PARTNER).then_some(outcome))
    }

    /// Every outcome of the window, in order of days, some perhaps twice. An outcome without a partner is one too.
    pub(super) fn outcomes(
        &self,
        SubscriptionNumber(number): SubscriptionNumber,
    ) -> impl Iterator<Item = u32> + '_ {
        let entry = &self.entries[number as usize];
        let later = self.later.get(entry.later as usize).into_iter().flatten();
        [entry.first.outcome].into_iter().chain(later.map(|period| period.outcome))
    }

    fn later(&self, entry: &SubscriptionSlot, day: Day) -> u32 {
        let Some(later) = self.later.get(entry.later as usize) else { return NO_PARTNER };
        let begun = later.partition_point(|period| period.from <= day);
        begun.checked_sub(1).map_or(NO_PARTNER, |last| later[last].outcome)
    }
}

fn number(place: usize) -> SubscriptionNumber {
    SubscriptionNumber(u32::try_from(place).expect("fewer than 2^31 subscriptions"))
}
