//! Days of plans, and ways to people and money on them.

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn the_days_of_a_plan_are_today_and_the_month_ends_that_are_still_to_come() {
    let days = |text: &str| plan_days(day(text), 3);
    assert_eq!(days("2017-07-07"), ["2017-07-07", "2017-07-31", "2017-08-31", "2017-09-30"].map(day));
    assert_eq!(days("2017-06-30"), ["2017-06-30", "2017-07-31", "2017-08-31", "2017-09-30"].map(day));
    assert_eq!(days("2016-12-31"), ["2016-12-31", "2017-01-31", "2017-02-28", "2017-03-31"].map(day));
}

#[test]
fn a_step_holds_from_its_day_on_until_the_next() {
    let steps = [(day("2017-07-31"), 5), (day("2017-08-31"), 3)];
    for (on, expected) in [("2017-07-30", 9), ("2017-07-31", 5), ("2017-08-30", 5), ("2018-01-01", 3)] {
        assert_eq!(value_on(&steps, day(on), 9), expected, "{on}");
    }
}
