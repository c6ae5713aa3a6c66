//! Reach: how far unknown facts could move a value. Comes in: amounts and persons that may count or not. Goes out: the least and the
//! greatest value. Infinities are counted, so that a part can be taken away again. It knows no partner and no code.

use std::collections::BTreeMap;

use crate::base::amount::Amount;

/// How far unknown amounts could move an amount, downwards and upwards. **Unit**: USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct AmountReach {
    /// Σ of negative amounts that may count or not.
    less: Amount,
    /// Σ of positive amounts that may count or not.
    more: Amount,
    /// Unknown amounts that may be negative.
    unbounded_less: u64,
    /// Unknown amounts that may be positive.
    unbounded_more: u64,
}

impl AmountReach {
    /// An amount of any sign and size.
    pub(crate) const ANYTHING: AmountReach =
        AmountReach { less: Amount::ZERO, more: Amount::ZERO, unbounded_less: 1, unbounded_more: 1 };

    /// An amount of any size that is not negative.
    pub(crate) const NOT_NEGATIVE: AmountReach = AmountReach { unbounded_less: 0, ..AmountReach::ANYTHING };

    /// An amount of any size that is not positive.
    pub(crate) const NOT_POSITIVE: AmountReach = AmountReach { unbounded_more: 0, ..AmountReach::ANYTHING };

    /// The sums of negative and of positive amounts; every amount counts or not.
    pub(crate) fn of(negative: Amount, positive: Amount) -> AmountReach {
        AmountReach { less: negative, more: positive, ..AmountReach::default() }
    }

    /// This amount or nothing.
    pub(crate) fn of_amount(amount: Amount) -> AmountReach {
        AmountReach::of(amount.min(Amount::ZERO), amount.max(Amount::ZERO))
    }

    /// An amount of the sign of `amount`, or nothing.
    pub(crate) fn of_sign(amount: Amount) -> AmountReach {
        AmountReach {
            unbounded_less: u64::from(amount < Amount::ZERO),
            unbounded_more: u64::from(amount > Amount::ZERO),
            ..AmountReach::default()
        }
    }

    /// From `value` down to `least` and up to `greatest`; the least and the greatest amount are without limit.
    pub(crate) fn between(value: Amount, least: Amount, greatest: Amount) -> AmountReach {
        let distance = |end: Amount| Amount::from_raw(end.raw().saturating_sub(value.raw()));
        let mut reach = AmountReach::default();
        match least.raw() {
            i128::MIN => reach.unbounded_less = 1,
            _ => reach.less = distance(least).min(Amount::ZERO),
        }
        match greatest.raw() {
            i128::MAX => reach.unbounded_more = 1,
            _ => reach.more = distance(greatest).max(Amount::ZERO),
        }
        reach
    }

    /// The amount of one row, if it was read.
    pub(super) fn only_amount(&self) -> Option<Amount> {
        let is_bounded = self.unbounded_less + self.unbounded_more == 0;
        is_bounded.then(|| self.less.plus_saturating(self.more))
    }

    /// Adds what other unknown amounts could do.
    pub(crate) fn add(&mut self, other: AmountReach) {
        self.less = self.less.plus_saturating(other.less);
        self.more = self.more.plus_saturating(other.more);
        self.unbounded_less = self.unbounded_less.saturating_add(other.unbounded_less);
        self.unbounded_more = self.unbounded_more.saturating_add(other.unbounded_more);
    }

    /// Takes a part away that was added before.
    pub(crate) fn take_away(&mut self, part: AmountReach) {
        let negated = |amount: Amount| Amount::from_raw(amount.raw().saturating_neg());
        self.less = self.less.plus_saturating(negated(part.less)).min(Amount::ZERO);
        self.more = self.more.plus_saturating(negated(part.more)).max(Amount::ZERO);
        self.unbounded_less = self.unbounded_less.saturating_sub(part.unbounded_less);
        self.unbounded_more = self.unbounded_more.saturating_sub(part.unbounded_more);
    }

    /// Whether the amount cannot move.
    pub(crate) fn is_none(&self) -> bool {
        *self == AmountReach::default()
    }

    /// The least that `value` could be.
    pub(crate) fn least(&self, value: Amount) -> Amount {
        if self.unbounded_less > 0 { Amount::from_raw(i128::MIN) } else { value.plus_saturating(self.less) }
    }

    /// The greatest that `value` could be.
    pub(crate) fn greatest(&self, value: Amount) -> Amount {
        if self.unbounded_more > 0 { Amount::from_raw(i128::MAX) } else { value.plus_saturating(self.more) }
    }
}

/// Persons who may count in groups of credentials or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PeopleReach {
    /// Persons by the groups in which each may count, sorted.
    by_groups: BTreeMap<Vec<usize>, u64>,
    /// Whether any number of persons may count in any group.
    is_unbounded: bool,
}

impl PeopleReach {
    /// Any number of persons, in any group.
    pub(crate) fn anything() -> PeopleReach {
        PeopleReach { is_unbounded: true, ..PeopleReach::default() }
    }

    /// Adds persons, each of whom may count in each of `groups`, which are sorted.
    pub(crate) fn add(&mut self, groups: &[usize], persons: u64) {
        if groups.is_empty() || persons == 0 {
            return;
        }
        match self.by_groups.get_mut(groups) {
            Some(count) => *count = count.saturating_add(persons),
            None => {
                self.by_groups.insert(groups.to_vec(), persons);
            }
        }
    }

    /// Adds the persons of another reach.
    pub(crate) fn add_all(&mut self, other: &PeopleReach) {
        self.is_unbounded |= other.is_unbounded;
        other.by_groups.iter().for_each(|(groups, persons)| self.add(groups, *persons));
    }

    /// Whether no count can move.
    pub(crate) fn is_none(&self) -> bool {
        *self == PeopleReach::default()
    }

    /// The most persons who could be added to the persons of any of `groups`.
    pub(crate) fn most(&self, groups: &[usize]) -> u64 {
        if self.is_unbounded {
            return u64::MAX;
        }
        let meets = |of: &[usize]| of.iter().any(|group| groups.contains(group));
        let persons = self.by_groups.iter().filter(|(of, _)| meets(of)).map(|(_, persons)| *persons);
        persons.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(units: i128) -> Amount {
        Amount::from_raw(units * 10_i128.pow(24))
    }

    #[test]
    fn amounts_move_a_value_each_by_its_sign_and_an_unknown_amount_without_limit() {
        let mut reach = AmountReach::default();
        assert!(reach.is_none());
        reach.add(AmountReach::of_amount(usd(5)));
        reach.add(AmountReach::of_amount(usd(-2)));
        assert_eq!((reach.least(usd(10)), reach.greatest(usd(10))), (usd(8), usd(15)));
        reach.add(AmountReach::of_sign(usd(1)));
        assert_eq!((reach.least(usd(10)), reach.greatest(usd(10))), (usd(8), Amount::from_raw(i128::MAX)));
        reach.add(AmountReach::ANYTHING);
        assert_eq!(reach.least(usd(10)), Amount::from_raw(i128::MIN));
    }

    #[test]
    fn what_was_added_can_be_taken_away_again() {
        let mut reach = AmountReach::of_amount(usd(7));
        reach.add(AmountReach::ANYTHING);
        reach.add(AmountReach::of_amount(usd(5)));
        reach.take_away(AmountReach::ANYTHING);
        reach.take_away(AmountReach::of_amount(usd(5)));
        assert_eq!(reach, AmountReach::of_amount(usd(7)));
    }

    #[test]
    fn a_person_of_two_groups_is_one_person_more_in_each_and_one_in_both_together() {
        let mut people = PeopleReach::default();
        people.add(&[0, 1], 1);
        people.add(&[1], 2);
        people.add(&[], 9);
        assert_eq!((people.most(&[0]), people.most(&[1]), people.most(&[0, 1])), (1, 3, 3));
        people.add_all(&PeopleReach::anything());
        assert_eq!(people.most(&[0]), u64::MAX);
    }
}
