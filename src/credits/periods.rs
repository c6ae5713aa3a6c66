//! Held periods: the months and days by which consumption is held. Comes in: the needs of a caller, as months to hold and months to hold by
//! day. Goes out: the answer for a row and for an account. It decides what is held, not what counts: it knows no window, association or rule
//! set.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::keys::{SharedTexts, SubscriptionKey};
use crate::base::calendar::Month;
use crate::base::ids::SubscriptionId;

/// The periods that a caller needs: a projection of time, pushed down to the rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeriodNeeds {
    /// The first and the last month that are held. **Absent**: every month.
    pub(crate) months: Option<(Month, Month)>,
    /// Whether every day is held.
    pub(crate) every_day: bool,
    /// Months that every subscription holds by day.
    pub(crate) days_of: Vec<Month>,
    /// Months that one subscription holds by day, because an association begins or ends within them.
    pub(crate) days_of_subscriptions: Vec<(SubscriptionId, Month)>,
    /// Days that two snapshots tell of: where a line has a month only as a whole, the month counts as its last day.
    pub(crate) compared: ComparedDays,
    /// By source, the compared days without which nothing can be decided.
    pub(crate) overlapping: BTreeMap<u32, ComparedDays>,
}

/// Months that are held by day to compare two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ComparedDays {
    /// Of every subscription.
    pub(crate) months: BTreeSet<Month>,
    /// Of one subscription.
    pub(crate) of_subscriptions: BTreeSet<(SubscriptionKey, Month)>,
}

impl ComparedDays {
    /// Adds the days of another.
    pub(crate) fn extend(&mut self, other: &ComparedDays) {
        self.months.extend(&other.months);
        self.of_subscriptions.extend(&other.of_subscriptions);
    }
}

/// [`PeriodNeeds`] by the keys of a table.
#[derive(Debug, Default)]
pub(super) struct HeldPeriods {
    months: Option<(Month, Month)>,
    every_day: bool,
    required: DaysByKey,
    compared: DaysByKey,
    overlapping: BTreeMap<u32, DaysByKey>,
}

/// Months that are held by day.
#[derive(Debug, Default)]
struct DaysByKey {
    of_all: Vec<Month>,
    of_one: HashMap<SubscriptionKey, Vec<Month>, FixedState>,
}

impl DaysByKey {
    fn new(of_all: Vec<Month>, of_one: impl Iterator<Item = (SubscriptionKey, Month)>) -> DaysByKey {
        let mut by_key: HashMap<SubscriptionKey, Vec<Month>, FixedState> = HashMap::default();
        of_one.for_each(|(key, month)| by_key.entry(key).or_default().push(month));
        DaysByKey { of_all, of_one: by_key }
    }

    /// A bit for each of the twelve months from `first` on.
    fn months(&self, subscription: SubscriptionKey, first: Month) -> u16 {
        let own = self.of_one.get(&subscription).map_or(&[][..], Vec::as_slice);
        let bit = |month: &Month| {
            u32::try_from(month.number() - first.number()).ok().filter(|nth| *nth < 12).map(|nth| 1 << nth)
        };
        self.of_all.iter().chain(own).filter_map(bit).fold(0, |months, bit: u16| months | bit)
    }
}

impl HeldPeriods {
    pub(super) fn new(needs: PeriodNeeds, texts: &SharedTexts) -> HeldPeriods {
        let PeriodNeeds { months, every_day, days_of, days_of_subscriptions, compared, overlapping } = needs;
        let by_key = |days: ComparedDays| {
            DaysByKey::new(days.months.into_iter().collect(), days.of_subscriptions.into_iter())
        };
        let key = |(id, month): (SubscriptionId, Month)| (SubscriptionKey::of_id(&id, texts), month);
        HeldPeriods {
            months,
            every_day,
            required: DaysByKey::new(days_of, days_of_subscriptions.into_iter().map(key)),
            compared: by_key(compared),
            overlapping: overlapping.into_iter().map(|(source, days)| (source, by_key(days))).collect(),
        }
    }

    /// Whether a month is held at all.
    #[inline]
    pub(super) fn holds(&self, month: Month) -> bool {
        self.months.is_none_or(|(first, last)| first <= month && month <= last)
    }

    /// The months of an account that are held by day: a bit for each of the twelve from `first` on.
    pub(super) fn by_day(&self, subscription: SubscriptionKey, first: Month) -> u16 {
        self.required_by_day(subscription, first) | self.compared.months(subscription, first)
    }

    /// The months of an account whose days decide which of two sources counts: a bit for each of the twelve from `first` on.
    pub(super) fn overlapping(&self, source: u32, subscription: SubscriptionKey, first: Month) -> u16 {
        self.overlapping.get(&source).map_or(0, |days| days.months(subscription, first))
    }

    /// The months of an account whose days decide its partners or the window: a bit for each of the twelve from `first` on.
    pub(super) fn required_by_day(&self, subscription: SubscriptionKey, first: Month) -> u16 {
        if self.every_day { 0xFFF } else { self.required.months(subscription, first) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_held_of_the_months_that_need_them_and_of_no_other() {
        let texts = SharedTexts::default();
        let month = Month::from_number;
        let needs = PeriodNeeds {
            months: Some((month(24_001), month(24_012))),
            every_day: false,
            days_of: vec![month(24_012)],
            days_of_subscriptions: vec![
                (SubscriptionId::of("s"), month(24_003)),
                (SubscriptionId::of("s"), month(24_030)),
            ],
            compared: ComparedDays {
                months: BTreeSet::from([month(24_006)]),
                of_subscriptions: BTreeSet::from([(SubscriptionKey::of("t", &texts), month(24_002))]),
            },
            overlapping: BTreeMap::from([(
                4,
                ComparedDays { months: BTreeSet::from([month(24_003)]), ..ComparedDays::default() },
            )]),
        };
        let held = HeldPeriods::new(needs, &texts);
        assert_eq!(
            [24_000, 24_001, 24_012, 24_013].map(|n| held.holds(month(n))),
            [false, true, true, false]
        );
        let key = |text: &str| SubscriptionKey::of(text, &texts);
        assert_eq!(held.by_day(key("s"), month(24_001)), 1 << 2 | 1 << 5 | 1 << 11);
        assert_eq!(held.by_day(key("t"), month(24_001)), 1 << 1 | 1 << 5 | 1 << 11);
        assert_eq!(held.required_by_day(key("t"), month(24_001)), 1 << 11);
        assert_eq!(held.by_day(key("s"), month(24_025)), 1 << 5);
        assert_eq!([4, 5].map(|source| held.overlapping(source, key("t"), month(24_001))), [1 << 2, 0]);
        let every = HeldPeriods { every_day: true, ..HeldPeriods::default() };
        assert_eq!((every.by_day(key("t"), month(0)), every.holds(month(7))), (0xFFF, true));
    }
}
