//! Figures as text, as their own `Display` writes them, but several times faster: a report has a dozen for each partner. Comes in:
//! a figure. Goes out: its text, behind what stands in `out`.

use std::fmt::Write;

use rust_decimal::Decimal;

use crate::base::calendar::{self, Day};

/// A count.
pub(super) fn push_count(out: &mut String, count: u64) {
    out.push_str(itoa::Buffer::new().format(count));
}

/// An amount; fast is what every amount of a report has, two decimals.
pub(super) fn push_usd(out: &mut String, usd: Decimal) {
    match u64::try_from(usd.mantissa().unsigned_abs()) {
        Ok(cents) if usd.scale() == 2 => {
            if usd.is_sign_negative() {
                out.push('-');
            }
            push_count(out, cents / 100);
            out.push_str(if cents % 100 < 10 { ".0" } else { "." });
            push_count(out, cents % 100);
        }
        _ => write!(out, "{usd}").expect("a text takes what is written to it"),
    }
}

/// A day.
pub(super) fn push_day(out: &mut String, day: Day) {
    match calendar::iso_text(day) {
        Some(iso) => out.extend(iso.map(char::from)),
        None => write!(out, "{day}").expect("a text takes what is written to it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: impl FnOnce(&mut String)) -> String {
        let mut out = "|".to_owned();
        push(&mut out);
        out.split_off(1)
    }

    #[test]
    fn figures_are_written_as_they_display_themselves() {
        for count in [0, 9, 10, 12_345, u64::MAX] {
            assert_eq!(text(|out| push_count(out, count)), count.to_string());
        }
        let mantissas = [0, 1, -1, 9, 99, -100, 12_345, i64::MAX, i64::MIN].map(i128::from);
        for mantissa in mantissas.into_iter().chain([i128::from(u64::MAX), 1 << 64, 1 << 95, -(1 << 95)]) {
            for usd in [0, 1, 2, 3].map(|scale| Decimal::from_i128_with_scale(mantissa, scale)) {
                assert_eq!(text(|out| push_usd(out, usd)), usd.to_string());
                assert_eq!(text(|out| push_usd(out, -usd)), (-usd).to_string());
            }
        }
        for day in [(-1, 12, 31), (1, 1, 1), (2017, 7, 31), (10_000, 1, 1)] {
            let day = Day::from_ymd_opt(day.0, day.1, day.2).unwrap();
            assert_eq!(text(|out| push_day(out, day)), day.to_string());
        }
    }
}
