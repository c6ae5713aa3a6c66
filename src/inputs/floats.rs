//! Binary floats as decimal text: the shortest text that reads back the same, so that no digit of an integer is lost that the
//! float has kept. Comes in: a float of a workbook or of Parquet. Goes out: its text. All else that is a number is exact.

use std::io::Write;

/// Appends the text of a number.
pub(super) fn write(number: f64, text: &mut Vec<u8>) {
    let size = number.abs();
    if number == 0.0 {
        text.push(b'0');
    } else if (1e-7..1e21).contains(&size) || !number.is_finite() {
        append(text, format_args!("{number}"));
    } else {
        // Hundreds of zeros help nobody.
        append(text, format_args!("{number:E}"));
    }
}

/// Appends the text of a number of 64 bits, given by its bits; of what is no number, nothing.
#[cfg(feature = "parquet")]
pub(super) fn write_bits(bits: u64, text: &mut Vec<u8>) {
    let number = f64::from_bits(bits);
    if !number.is_nan() {
        write(number, text);
    }
}

/// Appends the text of a number of 32 bits, given by its bits: the shortest that reads back the same in 32 bits.
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

fn append(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a vector takes all text");
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use super::*;

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
