//! Laws of the small values: amounts and days read from text agree with slow, plain readers of the same rules, whatever the text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use attain::base::amount::{Amount, DecimalMark, NotAnAmount};
use attain::base::calendar::{DateForm, DateOrder, Day, NotADate, parse_day};
use chrono::{Datelike, Days, NaiveTime, TimeDelta};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Reads an amount as a person would with pencil and paper: on its decimal digits. The count of 10⁻²⁴, and whether digits were
/// rounded away.
fn by_pencil(text: &str, mark: char) -> Result<(i128, bool), NotAnAmount> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if ["", "null", "-", "--", "---"].contains(&text.to_lowercase().as_str()) {
        return Err(NotAnAmount::Blank);
    }
    let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (units, decimals) = number.split_once(mark).unwrap_or((number, ""));
    let exponent_digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(units) || !are_digits(decimals) || (units.is_empty() && decimals.is_empty()) {
        return Err(NotAnAmount::Malformed);
    }
    if exponent_digits.is_empty() || !are_digits(exponent_digits) {
        return Err(NotAnAmount::Malformed);
    }
    let mut digits: Vec<u8> = units.bytes().chain(decimals.bytes()).map(|b| b - b'0').collect();
    if digits.iter().all(|digit| *digit == 0) {
        return Ok((0, false));
    }
    // A test text has under 200 digits, so that an exponent past ± 1000 is as good as 1000.
    let significant = exponent_digits.trim_start_matches('0');
    let size =
        if significant.len() > 3 { 1_000 } else { format!("0{significant}").parse::<usize>().unwrap() };
    let is_small = exponent.starts_with('-');
    // How many digits stand at 10⁻²⁴ or above; `None`: even the first one stands below the digit that is looked at to round.
    let kept = if is_small { (units.len() + 24).checked_sub(size) } else { Some(units.len() + 24 + size) };
    let mut is_rounded = true;
    let mut goes_up = false;
    match kept {
        None => digits.clear(),
        Some(kept) => {
            while digits.len() < kept {
                digits.push(0);
            }
            let past = digits.split_off(kept);
            is_rounded = past.iter().any(|digit| *digit != 0);
            goes_up = past.first().is_some_and(|digit| *digit >= 5);
        }
    }
    let mut at = digits.len();
    while goes_up {
        if at == 0 {
            digits.insert(0, 1);
            break;
        }
        at -= 1;
        goes_up = digits[at] == 9;
        digits[at] = (digits[at] + 1) % 10;
    }
    let value: String =
        digits.iter().skip_while(|digit| **digit == 0).map(|digit| char::from(b'0' + digit)).collect();
    if value.len() > 38 {
        return Err(NotAnAmount::TooLarge);
    }
    let value: i128 = format!("0{value}").parse().unwrap();
    Ok((if negative { -value } else { value }, is_rounded))
}

/// Texts near numbers: mostly sound, some with a wrong character somewhere, with digits around every limit.
fn number_text() -> impl Strategy<Value = String> {
    let units = prop_oneof![
        3 => "[0-9]{0,3}",
        1 => "0{0,30}[0-9]{0,16}",
        1 => "9{13,15}",
        1 => "[0-9]{0,45}",
    ];
    let decimals = prop_oneof![
        2 => Just(String::new()),
        2 => "\\.[0-9]{0,5}",
        2 => "\\.[0-9]{20,30}",
        1 => "\\.9{22,27}[0-9]{0,3}",
        1 => "\\.0{20,26}[0-9]{0,4}",
        1 => ",[0-9]{0,4}",
    ];
    let exponent = prop_oneof![
        4 => Just(String::new()),
        2 => "[eE][+-]?[0-9]{1,2}",
        1 => "[eE][+-]?0{0,5}[0-9]{0,14}",
    ];
    let sign = select(vec!["", "", "", "-", "+", "--", " -"]);
    let blank = select(vec!["", "", "", " ", "\t"]);
    let junk = prop_oneof![
        6 => Just(None),
        1 => (any::<prop::sample::Index>(), select(vec![",", ".", " ", "e", "-", "x", "é", "0", "9", "\u{a0}"])).prop_map(Some),
    ];
    (blank, sign, units, decimals, exponent, junk).prop_map(
        |(blank, sign, units, decimals, exponent, junk)| {
            let mut text = format!("{blank}{sign}{units}{decimals}{exponent}{blank}");
            if let Some((index, junk)) = junk {
                text.insert_str(index.index(text.len() + 1), junk);
            }
            text
        },
    )
}

fn day() -> impl Strategy<Value = Day> {
    let first = Day::from_ymd_opt(1, 1, 2).unwrap();
    let any = (0..3_652_056_u64).prop_map(move |n| first + Days::new(n));
    let edges = ["2017-02-28", "2016-02-29", "2000-02-29", "1900-03-01", "2017-12-31", "2018-01-01"];
    prop_oneof![3 => any, 1 => select(edges.map(|text| text.parse::<Day>().unwrap()).to_vec())]
}

const ALL: [DateForm; 4] = [DateForm::Iso, DateForm::Slashes, DateForm::IsoMonth, DateForm::NamedMonth];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_amount_is_what_pencil_and_paper_make_of_its_text(text in number_text(), is_comma in any::<bool>()) {
        let (mark, character) = if is_comma { (DecimalMark::Comma, ',') } else { (DecimalMark::Point, '.') };
        let read = Amount::parse(text.as_bytes(), mark).map(|parsed| (parsed.amount.raw(), parsed.rounded));
        prop_assert_eq!(read, by_pencil(&text, character));
    }

    #[test]
    fn an_amount_that_was_printed_reads_back(raw in -(10_i128.pow(38) - 1)..10_i128.pow(38)) {
        let amount = Amount::from_raw(raw);
        let read = Amount::parse(amount.to_string().as_bytes(), DecimalMark::Point).unwrap();
        prop_assert_eq!((read.amount, read.rounded), (amount, false));
    }

    #[test]
    fn a_printed_amount_is_less_than_a_cent_off_on_the_side_that_it_is_rounded_to(
        raw in -(10_i128.pow(38) - 1)..10_i128.pow(38),
    ) {
        let amount = Amount::from_raw(raw);
        let cents = |figure: rust_decimal::Decimal| figure.mantissa() * 10_i128.pow(22);
        let (down, up) = (amount.floor_to_cents(), amount.ceil_to_cents());
        prop_assert!((0..10_i128.pow(22)).contains(&(raw - cents(down))));
        prop_assert!((0..10_i128.pow(22)).contains(&(cents(up) - raw)));
        prop_assert!(![down, up].iter().any(|figure| figure.to_string() == "-0.00"));
    }

    #[test]
    fn a_day_that_was_written_in_any_form_reads_back(day in day()) {
        let (y, m, d) = (day.year(), day.month(), day.day());
        let iso = format!("{y:04}-{m:02}-{d:02}");
        let month_first = [format!("{m:02}/{d:02}/{y:04}"), format!("{m}/{d}/{y:04}"), format!("{m}/{d}/{y:04} 0:00")];
        for text in month_first.iter().chain([&iso, &format!("{iso} 00:00:00"), &format!("{iso}T23:59Z")]) {
            prop_assert_eq!(parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst), Ok(day), "{}", text);
        }
        let day_first = format!("{d}/{m}/{y:04}");
        prop_assert_eq!(parse_day(day_first.as_bytes(), &ALL, DateOrder::DayFirst), Ok(day));
        let other_way = parse_day(day_first.as_bytes(), &ALL, DateOrder::MonthFirst);
        prop_assert_eq!(other_way, Day::from_ymd_opt(y, d, m).ok_or(NotADate::Impossible));
        let first = day.with_day(1).unwrap();
        let month = [format!("{y:04}-{m:02}"), format!("{y:04}{m:02}"), first.format("%B %Y").to_string()];
        for text in month.iter().filter(|_| y >= 1000) {
            prop_assert_eq!(parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst), Ok(first), "{}", text);
        }
    }

    #[test]
    fn a_time_with_an_offset_is_on_the_day_that_it_is_in_utc(
        day in day(),
        minutes in 0..1_440_i64,
        offset in -1_080..=1_080_i64,
        (has_seconds, has_colon) in any::<(bool, bool)>(),
    ) {
        let clock = format!("{:02}:{:02}{}", minutes / 60, minutes % 60, if has_seconds { ":59.9999999" } else { "" });
        let sign = if offset < 0 { '-' } else { '+' };
        let colon = if has_colon { ":" } else { "" };
        let zone = format!("{sign}{:02}{colon}{:02}", offset.abs() / 60, offset.abs() % 60);
        let utc = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes - offset);
        let (y, m, d) = (day.year(), day.month(), day.day());
        for text in [format!("{y:04}-{m:02}-{d:02}T{clock}{zone}"), format!("{m}/{d}/{y:04} {clock} {zone}")] {
            let read = parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst);
            prop_assert_eq!(read, Ok(utc.date()), "{}", text);
        }
    }

    #[test]
    fn no_bytes_whatever_make_a_reader_panic(
        bytes in prop_oneof![vec(any::<u8>(), 0..24), vec(select(b"0129-/:.,+TZePMay \xc3".to_vec()), 0..24)],
    ) {
        for order in [DateOrder::MonthFirst, DateOrder::DayFirst] {
            let _ = parse_day(&bytes, &ALL, order);
        }
        for mark in [DecimalMark::Point, DecimalMark::Comma] {
            let _ = Amount::parse(&bytes, mark);
        }
    }
}
