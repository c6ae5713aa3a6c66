//! The consumption that exports tell of. Comes in: a seed and a scope. Goes out: rows, the same for the same subscription and
//! day, unless they were restated.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use crate::dice::Dice;

/// Subscriptions, as `roster` knows them; the blank one is used where a row need not name one.
const SUBSCRIPTIONS: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
/// Few, so that different rows are equal by chance.
const AMOUNTS: [&str; 8] = ["1", "2", "2.50", "10", "0.01", "-1", "100", "7.123456789012345678"];

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// One row of consumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) subscription: String,
    pub(crate) day: NaiveDate,
    pub(crate) amount: String,
    /// The partner, where the row names one; for CSP the provider.
    pub(crate) partner: &'static str,
    pub(crate) reseller: &'static str,
    pub(crate) association: &'static str,
}

/// Which subscriptions on which days, both included.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    pub(crate) subscriptions: Vec<&'static str>,
}

impl Scope {
    pub(crate) fn any(dice: &mut Dice) -> Scope {
        let first =
            day(["2017-06-01", "2017-06-01", "2017-06-05", "2017-05-28", "2017-06-26"][dice.below(5)]);
        let length = 3 + dice.below(6) as u64;
        let from = dice.below(3);
        let count = 1 + dice.below(3);
        let mut subscriptions: Vec<&'static str> = SUBSCRIPTIONS[from..(from + count).min(5)].to_vec();
        if dice.chance(120) {
            subscriptions.push("");
        }
        if dice.chance(200) {
            subscriptions.push("s5");
            subscriptions.dedup();
        }
        Scope { first, last: first + Days::new(length), subscriptions }
    }

    /// Of one subscription alone.
    pub(crate) fn only(&self, index: usize) -> Scope {
        let id = self.subscriptions[index % self.subscriptions.len()];
        Scope { subscriptions: vec![id], ..self.clone() }
    }
}

/// What was consumed; a restated cell has other amounts.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    seed: u64,
    /// Each list is one restatement: by a seed of its own, in per mille of the cells.
    restatements: Vec<(u64, usize)>,
}

impl Truth {
    pub(crate) fn new(seed: u64) -> Truth {
        Truth { seed, restatements: Vec::new() }
    }

    /// The same, some cells told otherwise.
    pub(crate) fn restated(&self, dice: &mut Dice) -> Truth {
        let mut later = self.clone();
        let share = [60, 150, 300, 500][dice.below(4)];
        later.restatements.push((dice.below(1 << 30) as u64, share));
        later
    }

    pub(crate) fn rows(&self, scope: &Scope) -> Vec<Row> {
        let days = scope.first.iter_days().take_while(|day| *day <= scope.last);
        let ids: BTreeSet<&str> = scope.subscriptions.iter().copied().collect();
        days.flat_map(|day| ids.iter().flat_map(move |id| self.cell(id, day)).collect::<Vec<_>>()).collect()
    }

    fn cell(&self, id: &str, day: NaiveDate) -> Vec<Row> {
        let place = id.bytes().map(u64::from).sum::<u64>() * 1_000
            + u64::from(day.format("%m%d").to_string().parse::<u32>().expect("digits"));
        let mut seed = self.seed;
        for (other, share) in &self.restatements {
            if Dice::new(other.wrapping_mul(31).wrapping_add(place)).chance(*share) {
                seed = *other;
            }
        }
        let mut dice = Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(place));
        let count = [0, 1, 1, 1, 1, 2][dice.below(6)];
        (0..count).map(|_| row(id, day, &mut dice)).collect()
    }
}

fn row(id: &str, day: NaiveDate, dice: &mut Dice) -> Row {
    let (partner, association) = match id {
        "s1" => ("1001", "dpor"),
        "s2" => ("1002", "tpor"),
        "s4" => ("1003", "pal"),
        "s5" => ("1003", "csp-tier-1"),
        _ => [("1001", "dpor"), ("1002", "dpor"), ("1001", "tpor")][dice.below(3)],
    };
    Row {
        subscription: id.to_owned(),
        day,
        amount: dice.pick(&AMOUNTS).to_owned(),
        partner,
        // The same in every snapshot: cells of equal amounts are equal, whoever gets credit for them.
        reseller: ["", "1001", "1003"][day.day() as usize % 3],
        association,
    }
}

/// Rows dealt out to `count` files.
pub(crate) fn split(rows: &[Row], count: usize, dice: &mut Dice) -> Vec<Vec<Row>> {
    let mut sets = vec![Vec::new(); count];
    for row in rows {
        sets[dice.below(count)].push(row.clone());
    }
    sets
}
