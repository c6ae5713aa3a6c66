//! Consumption that counts, by time. Comes in: credit in USD, each judged already. Goes out: a [`Timeline`], whose parts that lie in a window
//! add up to the consumption of that window: the credit of a month depends neither on the window nor on the day for which partners are judged.
//! It decides nothing, and knows no tier.

use std::collections::{BTreeMap, HashSet};

use super::Context;
use super::months::{Judgeable, day_of};
use super::totals::PartialTotals;
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window};
use crate::credits::credit_table::YEAR_MONTHS;
use crate::credits::keys::Account;

/// How finely the consumption of a head is kept by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeGrain {
    /// The total of the window alone.
    Total,
    /// Every month of the window.
    Month,
    /// Every day of the window, where the table holds days.
    Day,
}

/// The consumption of each head by time, in the order of [`Judged::consumption`].
///
/// [`Judged::consumption`]: super::Judged::consumption
#[derive(Debug, Default)]
pub(crate) enum Timeline {
    /// Nothing is kept by time.
    #[default]
    Total,
    /// Whole months.
    Months(MonthTimeline),
    /// Days, and months that are known only as a whole.
    Days(DayTimeline),
}

/// The consumption of each head by month.
#[derive(Debug)]
pub(crate) struct MonthTimeline {
    months: usize,
    /// The months of the first head, then of the second, and so on. **Unit**: USD.
    sums: Vec<Amount>,
    /// Whether the head has credit in the month, in the same order; also credit that is not accepted or has no rate.
    has_credit: Vec<bool>,
}

/// Consecutive months of a timeline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimelineMonths<'t> {
    timeline: &'t MonthTimeline,
    first: usize,
    months: usize,
}

/// The consumption of each head by day.
#[derive(Debug, Default)]
pub(crate) struct DayTimeline {
    /// By the index of the head; sorted by day.
    pub(crate) of_heads: Vec<Vec<DaySlot>>,
    /// Accounts whose credit within a window is no sum of days: a credit is converted once, and one association of a month is chosen.
    pub(crate) by_window: HashSet<Account>,
}

/// The consumption of a day, or of a month that is known only as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DaySlot {
    /// The last day of a month.
    pub(crate) day: Day,
    pub(crate) is_month: bool,
    /// **Unit**: USD.
    pub(crate) usd: Amount,
}

impl MonthTimeline {
    /// All months.
    pub(crate) fn all(&self) -> TimelineMonths<'_> {
        TimelineMonths { timeline: self, first: 0, months: self.months }
    }

    /// The months of a window that lies within the timeline, whose first month is `timeline_first`.
    pub(crate) fn of_window(&self, timeline_first: Month, window: Window) -> TimelineMonths<'_> {
        let months = |from: Month, to: Day| {
            usize::try_from(Month::of(to).number() - from.number()).expect("the window lies in the timeline")
        };
        let first = months(timeline_first, window.first);
        TimelineMonths { timeline: self, first, months: months(Month::of(window.first), window.last) + 1 }
    }
}

impl<'t> TimelineMonths<'t> {
    /// How many months there are.
    pub(crate) fn len(&self) -> usize {
        self.months
    }

    fn of<'v, T>(&self, head: usize, values: &'v [T]) -> &'v [T] {
        let first = head * self.timeline.months + self.first;
        &values[first..first + self.months]
    }

    /// The consumption of a head in each month, by its index. **Unit**: USD.
    pub(crate) fn of_head(&self, head: usize) -> &'t [Amount] {
        self.of(head, &self.timeline.sums)
    }

    /// The consumption of a head in all of the months. **Unit**: USD.
    pub(crate) fn sum(&self, head: usize) -> Amount {
        self.of_head(head).iter().fold(Amount::ZERO, |sum, usd| sum.plus_unchecked(*usd))
    }

    /// Whether a head has any credit in the months.
    pub(crate) fn has_credit(&self, head: usize) -> bool {
        self.of(head, &self.timeline.has_credit).contains(&true)
    }
}

/// The credit of an account for one head. **Unit**: USD.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsdCredit {
    pub(super) sum: Amount,
    /// Which months of the account's year have credit that could be converted: a bit for each.
    pub(super) months: u16,
    /// By month of the account's year.
    pub(super) by_month: [Amount; YEAR_MONTHS],
}

impl UsdCredit {
    /// No credit.
    pub(super) const NONE: UsdCredit =
        UsdCredit { sum: Amount::ZERO, months: 0, by_month: [Amount::ZERO; YEAR_MONTHS] };

    /// Adds the credit of a month, counted from the first of the account's year.
    pub(super) fn add(&mut self, nth: u8, usd: Amount) {
        self.sum = self.sum.plus_unchecked(usd);
        let of_month = &mut self.by_month[usize::from(nth)];
        *of_month = of_month.plus_unchecked(usd);
        self.months |= 1 << nth;
    }
}

/// The timeline of some shards, with heads by their numbers.
pub(super) enum PartialTimeline {
    Total,
    Months { first: i32, months: usize, sums: Vec<Amount>, has_credit: Vec<bool> },
    Days { slots: Vec<(u32, DaySlot)>, by_window: HashSet<Account> },
}

impl PartialTimeline {
    pub(super) fn zero(grain: TimeGrain, window: Window, heads: usize) -> PartialTimeline {
        match grain {
            TimeGrain::Total => PartialTimeline::Total,
            TimeGrain::Month => {
                let (first, last) = (Month::of(window.first).number(), Month::of(window.last).number());
                let months =
                    usize::try_from(last - first + 1).expect("a window does not end before it begins");
                let (sums, has_credit) = (vec![Amount::ZERO; heads * months], vec![false; heads * months]);
                PartialTimeline::Months { first, months, sums, has_credit }
            }
            TimeGrain::Day => PartialTimeline::Days { slots: Vec::new(), by_window: HashSet::new() },
        }
    }

    /// Adds the timelines of other shards.
    pub(super) fn merge(&mut self, other: PartialTimeline) {
        match (self, other) {
            (
                PartialTimeline::Months { sums, has_credit, .. },
                PartialTimeline::Months { sums: theirs, has_credit: their_credit, .. },
            ) => {
                let pairs = sums.iter_mut().zip(theirs);
                pairs.for_each(|(sum, amount)| *sum = sum.plus_unchecked(amount));
                has_credit.iter_mut().zip(their_credit).for_each(|(ours, theirs)| *ours |= theirs);
            }
            (
                PartialTimeline::Days { slots, by_window },
                PartialTimeline::Days { slots: theirs, by_window: their_accounts },
            ) => {
                slots.extend(theirs);
                by_window.extend(their_accounts);
            }
            (PartialTimeline::Total, PartialTimeline::Total) => {}
            (
                PartialTimeline::Total | PartialTimeline::Months { .. } | PartialTimeline::Days { .. },
                PartialTimeline::Total | PartialTimeline::Months { .. } | PartialTimeline::Days { .. },
            ) => unreachable!("all parts of a run have one grain"),
        }
    }

    /// Notes the months of a year in which a head has credit: a bit for each.
    #[inline]
    pub(super) fn note_months(&mut self, head: u32, year: Month, bits: u16) {
        let PartialTimeline::Months { first, months, has_credit, .. } = self else { return };
        let begins = year.number() - *first;
        let mut left = bits;
        while left != 0 {
            let nth = left.trailing_zeros();
            left &= left - 1;
            let slot = usize::try_from(begins + nth.cast_signed()).expect("the month is in the window");
            has_credit[head as usize * *months + slot] = true;
        }
    }

    /// Adds a month of a head.
    #[inline]
    pub(super) fn add_month(&mut self, head: u32, month: Month, usd: Amount) {
        if let PartialTimeline::Months { first, months, sums, .. } = self {
            let nth = usize::try_from(month.number() - *first).expect("the month is in the window");
            let sum = &mut sums[head as usize * *months + nth];
            *sum = sum.plus_unchecked(usd);
        }
    }

    /// Adds the credit of an account whose year begins with the month `year`.
    #[inline]
    pub(super) fn add_months(&mut self, head: u32, year: Month, credit: &UsdCredit) {
        let PartialTimeline::Months { first, months, sums, .. } = self else { return };
        let begins = year.number() - *first;
        let of_head = &mut sums[head as usize * *months..(head as usize + 1) * *months];
        let mut left = credit.months;
        while left != 0 {
            let nth = left.trailing_zeros();
            left &= left - 1;
            let of_month = credit.by_month[nth as usize];
            let slot = usize::try_from(begins + nth.cast_signed()).expect("the month is in the window");
            of_head[slot] = of_head[slot].plus_unchecked(of_month);
        }
    }

    /// The timeline of the heads for which `is_listed` is true, in their order.
    pub(super) fn finish(self, is_listed: &[bool]) -> Timeline {
        match self {
            PartialTimeline::Total => Timeline::Total,
            PartialTimeline::Months { months, mut sums, mut has_credit, .. } => {
                let mut written = 0;
                for nth in (0..is_listed.len()).filter(|nth| is_listed[*nth]) {
                    sums.copy_within(nth * months..(nth + 1) * months, written * months);
                    has_credit.copy_within(nth * months..(nth + 1) * months, written * months);
                    written += 1;
                }
                sums.truncate(written * months);
                has_credit.truncate(written * months);
                Timeline::Months(MonthTimeline { months, sums, has_credit })
            }
            PartialTimeline::Days { slots, by_window } => {
                let mut by_head: BTreeMap<u32, BTreeMap<(Day, bool), Amount>> = BTreeMap::new();
                for (head, DaySlot { day, is_month, usd }) in slots {
                    let sum = by_head.entry(head).or_default().entry((day, is_month)).or_default();
                    *sum = sum.plus_unchecked(usd);
                }
                let slots = |number: u32| {
                    let of_head = by_head.get(&number).into_iter().flatten();
                    of_head.map(|((day, is_month), usd)| DaySlot {
                        day: *day,
                        is_month: *is_month,
                        usd: *usd,
                    })
                };
                let listed = (0..).zip(is_listed).filter(|(_, is_listed)| **is_listed);
                let of_heads = listed.map(|(number, _)| slots(number).collect()).collect();
                Timeline::Days(DayTimeline { of_heads, by_window })
            }
        }
    }
}

impl Context<'_> {
    /// Adds the days of an account, in USD, to the timeline of its head.
    pub(super) fn add_days(&self, judgeable: Judgeable<'_>, head: u32, part: &mut PartialTotals) {
        let PartialTimeline::Days { slots, by_window } = &mut part.timeline else { return };
        let account = judgeable.account;
        let is_sum_of_days = self.is_usd[judgeable.currency()];
        if !is_sum_of_days {
            by_window.insert(account);
        }
        self.each_slot(judgeable, |day, is_month, usd| {
            if is_sum_of_days {
                slots.push((head, DaySlot { day, is_month, usd }));
            } else if is_month {
                slots.push((head, DaySlot { day, is_month, usd: Amount::ZERO }));
            }
        });
    }

    /// Notes that the credit of an account for a head is to be judged anew for each window.
    pub(super) fn add_by_window(&self, judgeable: Judgeable<'_>, heads: &[u32], part: &mut PartialTotals) {
        let PartialTimeline::Days { slots, by_window } = &mut part.timeline else { return };
        by_window.insert(judgeable.account);
        self.each_slot(judgeable, |day, is_month, _| {
            if is_month {
                slots.extend(heads.iter().map(|head| (*head, DaySlot { day, is_month, usd: Amount::ZERO })));
            }
        });
    }

    /// Gives `each` every day of an account within the window, and every month that is known only as a whole.
    fn each_slot(&self, judgeable: Judgeable<'_>, mut each: impl FnMut(Day, bool, Amount)) {
        let Judgeable { shard, number, account, year } = judgeable;
        let is_monthly = self.judging.sources[account.source as usize].is_monthly;
        for (nth, sum) in shard.months(number).filter(|(nth, _)| year.is_whole(*nth)) {
            each(year.month(nth).last_day(), true, sum.amount);
        }
        for day in shard.days(number) {
            let date = day_of(&year, day.month, day.day);
            if self.judging.window.contains(date) {
                let month = (account.source, year.month(day.month));
                let is_month = is_monthly || self.judging.whole_months.contains(&month);
                each(if is_month { month.1.last_day() } else { date }, is_month, day.sum.amount);
            }
        }
    }
}
