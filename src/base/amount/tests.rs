//! Amounts at their bounds, and the fast path held to the scalar parser.

use proptest::prelude::*;

use super::*;
use crate::base::simd::{PaddedCell, dispatch_all};

fn read(text: &str) -> Result<String, NotAnAmount> {
    Amount::parse(text.as_bytes(), DecimalMark::Point).map(|p| p.amount.to_string())
}

#[test]
fn every_form_that_real_exports_contain_is_read_exactly() {
    for (text, exact) in [
        ("-0.5", "-0.5"),
        ("+1", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        (" 7 ", "7"),
        ("5.64902E-05", "0.0000564902"),
        ("1e3", "1000"),
        ("0.4838709677419368", "0.4838709677419368"),
        ("-0", "0"),
        ("0e999999999999", "0"),
        ("1e-400", "0"),
        ("99999999999999.999999999999999999999999", "99999999999999.999999999999999999999999"),
        ("00000000000000000000000000000000000000000000000000001", "1"),
    ] {
        assert_eq!(read(text), Ok(exact.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_number_is_refused_and_blank_is_not_zero() {
    for text in ["1,234", "1.2.3", "--1", "1e", "e5", ".", "$1", "1 2", "inf", "0x1", "1e+", "(1)"] {
        assert_eq!(read(text), Err(NotAnAmount::Malformed), "{text}");
    }
    for text in ["", "  ", "NULL", "null", "NaN", "NA", "-", "\\N"] {
        assert_eq!(read(text), Err(NotAnAmount::Blank), "{text}");
    }
    for text in [
        "1e14",
        "9e14",
        "100000000000000",
        "400000000000000",
        "1e999999999999",
        "99999999999999.9999999999999999999999995",
    ] {
        assert_eq!(read(text), Err(NotAnAmount::TooLarge), "{text}");
    }
}

#[test]
fn a_comma_is_the_decimal_mark_only_when_the_caller_says_so() {
    let read = |text: &str| Amount::parse(text.as_bytes(), DecimalMark::Comma).map(|p| p.amount.to_string());
    assert_eq!(read("1234,5"), Ok("1234.5".to_owned()));
    assert_eq!(read("1234.5"), Err(NotAnAmount::Malformed));
    assert_eq!(read("1.234,5"), Err(NotAnAmount::Malformed));
}

#[test]
fn digits_past_the_24th_decimal_round_half_away_from_zero_and_are_noticed() {
    let read =
        |text: &str| Amount::parse(text.as_bytes(), DecimalMark::Point).map(|p| (p.amount.raw(), p.rounded));
    assert_eq!(read("0.0000000000000000000000005"), Ok((1, true)));
    assert_eq!(read("-0.0000000000000000000000005"), Ok((-1, true)));
    assert_eq!(read("0.00000000000000000000000049999"), Ok((0, true)));
    assert_eq!(read("5e-25"), Ok((1, true)));
    assert_eq!(read("5e-26"), Ok((0, true)));
    assert_eq!(read("0.0000000000000000000000010"), Ok((1, false)));
}

#[test]
fn printed_consumption_rounds_down_and_a_shortfall_rounds_up_never_to_minus_zero() {
    let amount = |text: &str| Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount;
    for (text, down, up) in [
        ("-0.001", "-0.01", "0.00"),
        ("0.001", "0.00", "0.01"),
        ("14999.999", "14999.99", "15000.00"),
        ("0", "0.00", "0.00"),
        ("2.50", "2.50", "2.50"),
    ] {
        assert_eq!(amount(text).floor_to_cents().to_string(), down, "{text}");
        assert_eq!(amount(text).ceil_to_cents().to_string(), up, "{text}");
    }
}

#[test]
fn conversion_rounds_half_away_from_zero_to_24_decimals() {
    let rate = |text: &str| Decimal::from_str_exact(text).unwrap();
    assert_eq!(Amount::from_raw(1).convert(rate("0.5")), Some(Amount::from_raw(1)));
    assert_eq!(Amount::from_raw(-1).convert(rate("0.5")), Some(Amount::from_raw(-1)));
    assert_eq!(Amount::from_raw(1).convert(rate("0.4999999999999999999999999999")), Some(Amount::ZERO));
    assert_eq!(Amount::from_raw(7 * ONE).convert(rate("1.1")), Some(Amount::from_raw(77 * ONE / 10)));
    assert_eq!(Amount::from_raw(99_999_999_999_999 * ONE).convert(rate("1.1")), None);
}

/// A text as a padded cell with `padding` behind it. `None` if the text is too long.
fn padded(text: &[u8], padding: u8) -> Option<PaddedCell> {
    let mut cell = [padding; _];
    cell.get_mut(..text.len())?.copy_from_slice(text);
    Some(cell)
}

/// All parsers agree; the fast ones may leave a text to the scalar one.
fn assert_agree(text: &[u8]) {
    let scalar = Amount::parse_scalar(text, DecimalMark::Point);
    if let Some(amount) = Amount::parse_fast(text) {
        assert_eq!(scalar, Ok(Parsed { amount, rounded: false }), "{}", String::from_utf8_lossy(text));
    }
    for cell in [b'7', b'.', b',', b'E', 0, 0xFF].into_iter().filter_map(|padding| padded(text, padding)) {
        for (name, amount) in dispatch_all(|| ParsePadded(&cell, text.len())) {
            if let Some(amount) = amount {
                let parsed = Ok(Parsed { amount, rounded: false });
                assert_eq!(scalar, parsed, "{name}: {}", String::from_utf8_lossy(text));
            }
        }
    }
    assert_eq!(Amount::parse(text, DecimalMark::Point), scalar);
}

#[test]
fn amounts_as_exports_have_them_take_the_fast_path() {
    let texts = [
        "0",
        "-0.00",
        "12",
        ".5",
        "5.",
        "-0.4838709677419368",
        "99999999999999.99",
        "0.123456789012345678901234",
        "5.64902E-05",
        "-1e-7",
        "2.5E+3",
        "1E10",
    ];
    for text in texts {
        let cell = padded(text.as_bytes(), b'3').unwrap();
        for (name, amount) in dispatch_all(|| ParsePadded(&cell, text.len())) {
            let scalar = Amount::parse_scalar(text.as_bytes(), DecimalMark::Point).unwrap();
            assert_eq!(amount, Some(scalar.amount), "{name}: {text}");
        }
    }
}

/// A text of `units` digits, a point if there are `decimals`, and these; no eight digits in a row repeat.
fn figure(units: usize, decimals: usize) -> String {
    let digits = "73918264501957284360".chars().cycle();
    let point = if decimals > 0 { "." } else { "" };
    let of = |count: usize, skipped: usize| digits.clone().skip(skipped).take(count).collect::<String>();
    format!("{}{point}{}", of(units, 0), of(decimals, units))
}

#[test]
fn every_length_of_the_fast_path_is_read_fast_and_as_the_scalar_parser_reads_it() {
    for (units, decimals) in (0..=16).flat_map(|units| (0..=26).map(move |decimals| (units, decimals))) {
        for sign in ["", "-", "+"] {
            let text = format!("{sign}{}", figure(units, decimals));
            let length = units + usize::from(decimals > 0) + decimals;
            let is_fast = sign != "+" && units <= 14 && decimals <= 24 && (1..=32).contains(&length);
            assert_eq!(Amount::parse_fast(text.as_bytes()).is_some(), is_fast, "{text}");
            assert_agree(text.as_bytes());
        }
        // A point without decimals, too.
        let text = format!("{}.", figure(units, 0));
        assert_eq!(Amount::parse_fast(text.as_bytes()).is_some(), (1..=14).contains(&units), "{text}");
        assert_agree(text.as_bytes());
    }
    for digit in ["0", "9"] {
        let text = format!("{}.{}", digit.repeat(14), digit.repeat(17));
        assert!(Amount::parse_fast(text.as_bytes()).is_some());
        assert_agree(text.as_bytes());
    }
}

#[test]
#[cfg_attr(miri, ignore = "it would take hours")]
fn one_strange_byte_anywhere_leaves_an_amount_to_the_scalar_parser() {
    for (units, decimals) in [(1, 0), (1, 1), (2, 5), (1, 16), (4, 9), (7, 0), (8, 0), (9, 8), (7, 24)] {
        let text = figure(units, decimals).into_bytes();
        for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut text = text.clone();
            text[at] = byte;
            assert_agree(&text);
            let may_be_fast =
                byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E') || (at == 0 && byte == b'-');
            let is_fast = Amount::parse_fast(&text).is_some();
            assert!(may_be_fast || !is_fast, "{}", String::from_utf8_lossy(&text));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 50 } else { 4000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_that_look_like_amounts_mean_the_same_both_ways(text in "[-+]{0,2}[0-9]{0,16}[.,]?[0-9]{0,27}([eE][-+]?[0-9]{0,3})?[ ]?") {
        assert_agree(text.as_bytes());
    }

    #[test]
    fn an_amount_is_written_with_all_its_digits_and_no_zero_behind_them(raw in any::<i128>(), zeros in 0..38_u32) {
        for raw in [raw, raw / 10_i128.pow(zeros), raw / 10_i128.pow(zeros) * 10_i128.pow(zeros)] {
            let text = format!("{:025}", raw.unsigned_abs());
            let (units, decimals) = text.split_at(text.len() - DECIMALS as usize);
            let expected = format!("{units}.{decimals}");
            let sign = if raw < 0 { "-" } else { "" };
            let expected = format!("{sign}{}", expected.trim_end_matches('0').trim_end_matches('.'));
            prop_assert_eq!(Amount::from_raw(raw).to_string(), expected);
        }
    }

    #[test]
    fn mixtures_of_what_amounts_are_made_of_mean_the_same_both_ways(text in "[-+0-9.,eE $]{0,44}") {
        assert_agree(text.as_bytes());
    }

    #[test]
    fn any_bytes_mean_the_same_both_ways(text in proptest::collection::vec(any::<u8>(), 0..48)) {
        assert_agree(&text);
    }
}
