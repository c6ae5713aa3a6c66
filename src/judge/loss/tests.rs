//! Steps of consumption against plain sums of each window.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{ConsumptionSteps, DayWindows};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::judge::facts::consumption::{DaySlot, DayTimeline};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

proptest! {
    #[test]
    fn after_each_step_the_consumption_is_the_sum_of_the_window(
        back in prop::collection::btree_map(0_u64..400, -9_i128..10, 0..12),
        as_of in 0_u64..800,
        months in 1_u32..14,
    ) {
        let as_of = day("2016-01-01") + chrono::Days::new(as_of);
        let window = Window::before(as_of, WindowKind::TrailingDays, months);
        let by_day: BTreeMap<Day, i128> = back
            .iter()
            .map(|(back, usd)| (as_of - chrono::Days::new(*back), *usd))
            .filter(|(day, _)| window.contains(*day))
            .collect();
        let slots = by_day.iter().map(|(day, usd)| DaySlot { day: *day, is_month: false, usd: Amount::from_raw(*usd) });
        let timeline = DayTimeline { of_heads: vec![slots.collect()], ..DayTimeline::default() };
        let head = PartnerId::parse("4000001").unwrap();
        let consumption = [(head.clone(), Amount::ZERO)];
        let steps = DayWindows {
            consumption: &consumption,
            timeline: &timeline,
            firsts: DayWindows::firsts(as_of, months),
            by_window: Vec::new(),
        }
        .of_head(&head);
        let on = |day: Day| steps.iter().rev().find(|(from, _)| *from <= day).map(|(_, usd)| usd.unwrap().raw());
        for later in 1..450 {
            let day = as_of + chrono::Days::new(later);
            let window = Window::before(day, WindowKind::TrailingDays, months);
            let sum: i128 = by_day.iter().filter(|(day, _)| window.contains(**day)).map(|(_, usd)| usd).sum();
            prop_assert_eq!(on(day), Some(sum), "{}", day);
        }
    }
}
