//! Shares: a part of a whole, compared exactly. Comes in: two amounts. Goes out: their order, and whether a share is within a percentage. It
//! divides nothing.

use std::cmp::Ordering;

use ethnum::I256;
use rust_decimal::Decimal;

use super::Amount;

/// A part of a whole, neither negative. A share of nothing is 0 if its part is 0 too, else greater than any other. Order: by the quotient.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// The part.
    pub part: Amount,
    /// The whole.
    pub whole: Amount,
}

impl Share {
    /// Whether the part is at most so many percent of the whole.
    pub fn is_within(self, percent: Decimal) -> bool {
        let part = I256::from(self.part.raw()) * I256::from(100) * I256::from(10_i128.pow(percent.scale()));
        part <= I256::from(self.whole.raw()) * I256::from(percent.mantissa())
    }

    /// How many 10,000ths of the whole the part is. **Rounding**: down. `None` if the whole is nothing, or there are too many.
    pub fn ten_thousandths(self) -> Option<i64> {
        let (part, whole) = (I256::from(self.part.raw()) * I256::from(10_000), I256::from(self.whole.raw()));
        let quotient = (!self.whole.is_zero()).then(|| part.div_euclid(whole))?;
        i64::try_from(quotient).ok()
    }

    /// The quotient as a fraction; of nothing, as 0 or 1 of 0.
    fn fraction(self) -> (I256, I256) {
        match (self.part.is_zero(), self.whole.is_zero()) {
            (true, true) => (I256::ZERO, I256::ONE),
            (false, true) => (I256::ONE, I256::ZERO),
            (_, false) => (I256::from(self.part.raw()), I256::from(self.whole.raw())),
        }
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Share) -> Ordering {
        let ((a, of_a), (b, of_b)) = (self.fraction(), other.fraction());
        (a * of_b).cmp(&(b * of_a))
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Share) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Share) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Share {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::amount::DecimalMark;

    fn share(part: &str, whole: &str) -> Share {
        let amount = |text: &str| Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount;
        Share { part: amount(part), whole: amount(whole) }
    }

    #[test]
    fn shares_are_compared_to_the_last_digit() {
        let tiny = "0.000000000000000000000001";
        let rising = [
            share("0", "15000"),
            share(tiny, "9999999999999"),
            share("1500", "15000"),
            share("1500.000000000000000000000001", "15000"),
            share("9999999999999", "9999999999999"),
            share(tiny, "0"),
        ];
        for (a, b) in rising.iter().zip(&rising[1..]) {
            assert!(a < b, "{a:?} {b:?}");
        }
        assert_eq!(share("1500", "15000"), share("10000", "100000"));
        assert_eq!(share("0", "0"), share("0", "7"));
    }

    #[test]
    fn a_share_is_within_a_percentage_up_to_its_last_digit() {
        let ten = Decimal::from(10);
        assert!(share("1500", "15000").is_within(ten));
        assert!(!share("1500.000000000000000000000001", "15000").is_within(ten));
        assert!(share("0", "0").is_within(Decimal::ZERO) && !share("1", "0").is_within(ten));
        assert!(share("0.005", "1").is_within(Decimal::new(5, 1)));
    }
}
