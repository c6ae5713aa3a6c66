//! Unknowns of subscriptions: refused rows and associations, unassociated consumption, and rows that an export repeats.

use super::case::{Case, PARTNERS, day_of, first_of};
use super::dice::Dice;
use super::effects::{AnyAmount, Effect, any, counts};
use crate::judge::bounds::ConfidenceCode;

const SUBSCRIPTIONS: [&str; 3] = ["sub-a", "sub-b", "sub-c"];

impl Case {
    /// A row of the enterprise export that is refused, of a subscription whose associations are known.
    pub(super) fn refused_row_of_a_subscription(&mut self, dice: &mut Dice) {
        let nth = self.associations.lines().count();
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let subscription = format!("sub-r{nth}");
        let from = dice.roll(12);
        let kind = if dice.one_in(4) { "pal" } else { "dpor" };
        self.associations.push_str(&format!(
            "{subscription},{},{kind},{},\n",
            PARTNERS[partner],
            first_of(from)
        ));
        let month = dice.roll(12);
        let amount = dice.pick(&[5_i64, 5_000, -5, 90_000]);
        let (is_dated, has_amount) = (!dice.one_in(3), !dice.one_in(3));
        let day = if is_dated { day_of(month) } else { "?".to_owned() };
        let text = if has_amount { amount.to_string() } else { "x".to_owned() };
        // Where date and amount are both sound, the currency is not, and the amount is unknown.
        let currency = if is_dated && has_amount { "" } else { "USD" };
        self.enterprise.push_str(&format!("{day},,Usage,{subscription},Azure,{currency},{text}\n"));
        let is_associated = kind == "dpor" && (!is_dated || from <= month);
        if is_associated {
            let row = self.row();
            let completion = match !is_dated && has_amount {
                true => counts(row, amount),
                false => any(AnyAmount::Any),
            };
            self.item(self.head_of[partner], ConfidenceCode::RefusedRows, vec![completion]);
        }
    }

    /// A refused row of an export that repeats consumption, in a month of a subscription that has one row already: of the two associations,
    /// the one of the higher priority counts.
    pub(super) fn repeated_row(&mut self, dice: &mut Dice) {
        const BY_PRIORITY: [&str; 4] = ["tpor", "dpor", "csp-tier-1", "csp-tier-2"];
        let place = |association: &str| BY_PRIORITY.iter().position(|other| *other == association);
        let subscription = format!("sub-i{}", self.insights.lines().count());
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let name = PARTNERS[partner];
        let month = &first_of(dice.roll(12))[..7];
        let known = dice.pick(&["tpor", "dpor", "csp-tier-1", "pal"]);
        let amount = dice.pick(&[10_000_i64, 5_000, -5, 90_000]);
        self.insights.push_str(&format!("{month},{name},{known},{subscription},{amount}\n"));
        let counted = if known == "pal" { 0 } else { amount };
        self.add_known(partner, counted, 0, 0);
        let refused = dice.pick(&["tpor", "dpor", "csp-tier-2", "pal", "?", "?"]);
        let refused_amount = dice.pick(&[5_i64, 4_000, 90_000, -5]);
        let text = if refused == "?" { refused_amount.to_string() } else { "x".to_owned() };
        self.insights.push_str(&format!("{month},{name},{refused},{subscription},{text}\n"));
        let row = self.row();
        let completions: Vec<Effect> = match (refused, place(refused), place(known)) {
            ("pal", ..) => Vec::new(),
            ("?", _, None) => vec![counts(row, refused_amount)],
            ("?", _, Some(nth)) => {
                // Any accepted association: the known one, one before it, or one behind it, which does not count.
                let displaces = (nth > 0).then(|| counts(row, refused_amount - counted));
                [Some(counts(row, refused_amount)), displaces].into_iter().flatten().collect()
            }
            (_, Some(refused), Some(known)) if refused > known => Vec::new(),
            _ => vec![any(AnyAmount::Any)],
        };
        self.item(self.head_of[partner], ConfidenceCode::RefusedRows, completions);
    }

    /// Subscriptions of the enterprise export: associated for some months, and perhaps with a refused association beside.
    pub(super) fn associations_of(&mut self, dice: &mut Dice) {
        let subscription = dice.pick(&SUBSCRIPTIONS);
        if self.enterprise.contains(subscription) {
            return;
        }
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let (from, to) = (dice.roll(14), 4 + dice.roll(8));
        let is_associated = !dice.one_in(4);
        let from_text = if from < 12 { first_of(from) } else { "2018-01-01".to_owned() };
        let to_text = if to < 11 { "" } else { "2019-12-31" };
        let kind = if dice.one_in(5) { "pal" } else { "tpor" };
        if is_associated {
            let line = format!("{subscription},{},{kind},{from_text},{to_text}\n", PARTNERS[partner]);
            self.associations.push_str(&line);
        }
        let is_refused = dice.one_in(2);
        if is_refused {
            self.associations.push_str(&format!("{subscription},{},?,,\n", dice.pick(&PARTNERS)));
        }
        let head = self.head_of[partner];
        let rows = 1 + dice.roll(2);
        let mut of_other_days = Vec::new();
        let mut of_all: Vec<(usize, i64, bool)> = Vec::new();
        for nth in 0..rows {
            // Credit is held by month, so that each row has a month of its own.
            let month = 6 * nth + dice.roll(6);
            let amount = dice.pick(&[5_i64, 1_000, 5_000, -5, 90_000]);
            self.enterprise
                .push_str(&format!("{},,Usage,{subscription},Azure,USD,{amount}\n", day_of(month)));
            let row = self.row();
            let in_force = is_associated && from <= month;
            if in_force && kind == "tpor" {
                self.add_known(partner, amount, 0, 0);
            } else if is_associated && !in_force && kind == "tpor" {
                of_other_days.push((row, amount));
            }
            of_all.push((row, amount, in_force && kind == "tpor"));
        }
        for (row, amount) in of_other_days {
            self.item(head, ConfidenceCode::Unassociated, vec![counts(row, amount)]);
        }
        for (row, amount, is_credited) in of_all.into_iter().filter(|_| is_refused) {
            for other in self.heads() {
                if !(is_credited && other == head) {
                    self.item(other, ConfidenceCode::RefusedRows, vec![counts(row, amount)]);
                }
            }
        }
    }
}
