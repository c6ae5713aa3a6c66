//! The consumption of a partner on the days after `as_of`, while nothing comes to it. Comes in: consumption by time. Goes out: the days on which
//! it changes, each with the consumption from then on. Consumption may be negative, so that it may also grow.

use std::collections::BTreeMap;

use chrono::Days;

use super::Steps;
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::judge::facts::consumption::{DayTimeline, TimelineMonths};

/// The consumption of partners on later days.
pub(crate) trait ConsumptionSteps {
    /// The consumption of a head, from each day on until the next.
    fn of_head(&self, head: &PartnerId) -> Steps<Amount>;
}

/// The consumption of each head, sorted by head.
type HeadAmounts<'h> = &'h [(PartnerId, Amount)];

fn of_head(consumption: HeadAmounts<'_>, head: &PartnerId) -> Option<usize> {
    consumption.binary_search_by(|(other, _)| other.cmp(head)).ok()
}

/// Windows of complete months: a month leaves when another one is complete.
pub(crate) struct LaterMonths<'l> {
    /// As the timeline numbers heads.
    pub(crate) consumption: HeadAmounts<'l>,
    pub(crate) timeline: TimelineMonths<'l>,
    /// The last month of the window.
    pub(crate) last: Month,
    /// The consumption of the month of `as_of` up to that day. **Absent**: `as_of` is the last day of a month, or there is none.
    pub(crate) remainder: Option<Remainder>,
}

/// The consumption of the month of `as_of` up to that day, which counts once the month is complete.
#[derive(Debug, Default)]
pub(crate) struct Remainder {
    /// Sorted by head.
    pub(crate) consumption: Vec<(PartnerId, Amount)>,
    /// Heads whose consumption of the month is known only as a whole, sorted.
    pub(crate) unknown: Vec<PartnerId>,
    /// Whether exports contradict each other in it, so that it is not known.
    pub(crate) is_unclear: bool,
}

impl Remainder {
    fn of_head(&self, head: &PartnerId) -> Option<Amount> {
        let is_unknown = self.is_unclear || self.unknown.binary_search(head).is_ok();
        let found = || of_head(&self.consumption, head).map_or(Amount::ZERO, |nth| self.consumption[nth].1);
        (!is_unknown).then(found)
    }
}

impl ConsumptionSteps for LaterMonths<'_> {
    fn of_head(&self, head: &PartnerId) -> Steps<Amount> {
        let months = of_head(self.consumption, head).map_or(&[][..], |nth| self.timeline.of_head(nth));
        let length = self.timeline.len();
        let sum = |months: &[Amount]| months.iter().fold(Amount::ZERO, |sum, usd| sum.plus_unchecked(*usd));
        let mut left = sum(months);
        let remainder = self.remainder.as_ref().map(|remainder| remainder.of_head(head));
        let mut steps = Steps::new();
        for (nth, number) in (0..length).zip(self.last.number() + 1..) {
            if let Some(leaves) = months.get(nth) {
                left = Amount::from_raw(left.raw().wrapping_sub(leaves.raw()));
            }
            let usd = match remainder {
                Some(remainder) => remainder.map(|usd| left.plus_unchecked(usd)),
                None => Some(left),
            };
            steps.push((Month::from_number(number).last_day(), usd));
        }
        if let (Some(_), Ok(length)) = (remainder, i32::try_from(length)) {
            let day = Month::from_number(self.last.number() + length + 1).last_day();
            steps.push((day, Some(Amount::ZERO)));
        }
        steps
    }
}

/// Windows of trailing days: every day leaves on its own, and a month that is known only as a whole makes the sum unknown while it is cut.
pub(crate) struct DayWindows<'d> {
    /// As the timeline numbers heads.
    pub(crate) consumption: HeadAmounts<'d>,
    pub(crate) timeline: &'d DayTimeline,
    /// Later days, and the first day of the window of each.
    pub(crate) firsts: Vec<(Day, Day)>,
    /// For each of `firsts`, the consumption of heads that is judged anew for each window.
    pub(crate) by_window: Vec<BTreeMap<PartnerId, Amount>>,
}

impl DayWindows<'_> {
    /// The days after `as_of` on which days leave the window, up to the day on which all have left, each with the first day of its window.
    pub(crate) fn firsts(as_of: Day, months: u32) -> Vec<(Day, Day)> {
        let later = (1..).map(|days| as_of + Days::new(days));
        let with_first = later.map(|day| (day, Window::before(day, WindowKind::TrailingDays, months).first));
        let mut firsts: Vec<(Day, Day)> = Vec::new();
        for (day, first) in with_first {
            if firsts.last().is_none_or(|(_, before)| *before != first) {
                firsts.push((day, first));
            }
            if first > as_of {
                break;
            }
        }
        firsts
    }
}

impl ConsumptionSteps for DayWindows<'_> {
    fn of_head(&self, head: &PartnerId) -> Steps<Amount> {
        let slots = of_head(self.consumption, head).map_or(&[][..], |nth| &self.timeline.of_heads[nth]);
        let mut left = slots.iter().fold(Amount::ZERO, |sum, slot| sum.plus_unchecked(slot.usd));
        let mut slots = slots.iter().peekable();
        let mut steps = Steps::new();
        for (nth, (day, first)) in self.firsts.iter().enumerate() {
            while let Some(slot) = slots.next_if(|slot| slot.day < *first) {
                left = Amount::from_raw(left.raw().wrapping_sub(slot.usd.raw()));
            }
            let is_cut = slots.clone().take_while(|slot| Month::of(slot.day) == Month::of(*first));
            let is_cut = *first != Month::of(*first).first_day() && is_cut.clone().any(|slot| slot.is_month);
            let by_window = self.by_window.get(nth).and_then(|of_heads| of_heads.get(head));
            let usd = left.plus_unchecked(by_window.copied().unwrap_or_default());
            steps.push((*day, (!is_cut).then_some(usd)));
        }
        steps
    }
}
