//! Binary floats as decimal text: the shortest text that reads back to the same float, so that no digit of an integer is lost that the
//! float still has. Comes in: a float of a workbook or of Parquet. Goes out: its text. All other numbers of the program are exact.

use std::io::Write;

/// Appends the text of a number.
pub(super) fn write(number: f64, text: &mut Vec<u8>) {
    let size = number.abs();
    if number == 0.0 {
        text.push(b'0');
    } else if (1e-7..1e21).contains(&size) || !number.is_finite() {
        append(text, format_args!("{number}"));
    } else {
        // With an exponent, since plain digits would be up to 300 zeros.
        append(text, format_args!("{number:E}"));
    }
}

/// Appends the text of a 64-bit float, given by its bits. NaN has no text.
#[cfg(feature = "parquet")]
pub(super) fn write_bits(bits: u64, text: &mut Vec<u8>) {
    let number = f64::from_bits(bits);
    if !number.is_nan() {
        write(number, text);
    }
}

/// Appends the text of a 32-bit float, given by its bits: the shortest text that reads back to the same 32-bit float. NaN has no text.
#[cfg(feature = "parquet")]
pub(super) fn write_short_bits(bits: u32, text: &mut Vec<u8>) {
    let number = f32::from_bits(bits);
    let size = number.abs();
    if number == 0.0 {
        text.push(b'0');
    } else if number.is_nan() {
    } else if (1e-7..1e21).contains(&size) || !number.is_finite() {
        append(text, format_args!("{number}"));
    } else {
        append(text, format_args!("{number:E}"));
    }
}

/// A 64-bit float, given by its bits, as an integer and the number of its decimals: the number that [`write_bits`] writes. `None` if it
/// has more than 15 digits, as sums of floats have.
///
/// No two decimals of at most 15 digits are the same float. So a decimal of 15 digits that reads back to this float is the shortest text
/// of it, or that text with zeros appended.
#[cfg(feature = "parquet")]
#[expect(clippy::float_arithmetic, reason = "the result is checked to read back")]
#[expect(clippy::cast_possible_truncation, reason = "the number is whole and less than 10^15")]
pub(super) fn short_decimal(bits: u64) -> Option<(i64, u8)> {
    let number = f64::from_bits(bits);
    let size = number.abs();
    // The most decimals that fit 15 digits. Powers of ten up to 10^22 are exact floats.
    let decimals = POWERS.iter().rposition(|power| size * power < 1e15)?;
    let power = POWERS[decimals];
    let digits = (number * power).round();
    // Multiplying may have rounded: take the digits only if the division, which is correctly rounded, gives the float back.
    if digits / power == number { Some((digits as i64, u8::try_from(decimals).ok()?)) } else { None }
}

#[cfg(feature = "parquet")]
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

fn append(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a vector takes all text");
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agrees(number: f64) -> Result<bool, TestCaseError> {
        let Some((digits, decimals)) = short_decimal(number.to_bits()) else { return Ok(false) };
        let mut text = Vec::new();
        write_bits(number.to_bits(), &mut text);
        let text = String::from_utf8(text).expect("digits");
        let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        let (units, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written: i128 = format!("{units}{fraction}").parse().expect("digits");
        let shift = i32::from(decimals) + exponent.parse::<i32>().expect("digits")
            - i32::try_from(fraction.len()).expect("few");
        prop_assert!(shift >= 0, "{text}: {digits} with {decimals} decimals");
        prop_assert_eq!(written * 10_i128.pow(shift.unsigned_abs()), i128::from(digits), "{}", text);
        Ok(true)
    }

    proptest! {
        #[test]
        fn a_short_decimal_is_the_number_that_is_written(digits in -999_999_999_999_999_i64..=999_999_999_999_999, decimals in 0_u32..20, bits: u64) {
            let text = format!("{digits}E-{decimals}");
            prop_assert!(agrees(text.parse().unwrap())?, "{}", text);
            agrees(f64::from_bits(bits))?;
            agrees(f64::from_bits(bits >> 12 | 0x3f00_0000_0000_0000))?;
        }
    }

    #[test]
    fn what_is_no_number_is_no_short_decimal() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e15, 1e300] {
            assert_eq!(short_decimal(number.to_bits()), None);
        }
        assert_eq!(short_decimal(0.0_f64.to_bits()).map(|(digits, _)| digits), Some(0));
        assert_eq!(short_decimal(1e-30_f64.to_bits()), None);
    }

    #[test]
    fn a_float_is_the_shortest_text_that_reads_back() {
        let double = |number: f64| {
            let mut text = Vec::new();
            write_bits(number.to_bits(), &mut text);
            String::from_utf8(text).unwrap()
        };
        let float = |number: f32| {
            let mut text = Vec::new();
            write_short_bits(number.to_bits(), &mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(double(0.1), "0.1");
        assert_eq!(double(-0.0), "0");
        assert_eq!(double(6_034_453.0), "6034453");
        assert_eq!(double(1.5e-9), "1.5E-9");
        assert_eq!(double(f64::NAN), "");
        assert_eq!(double(f64::INFINITY), "inf");
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(1.5e-9), "1.5E-9");
        assert_eq!(float(f32::NAN), "");
    }
}
