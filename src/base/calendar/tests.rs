//! Every form of a date, and windows at their edges.

use super::*;

fn ymd(year: i32, month: u32, day: u32) -> Day {
    Day::from_ymd_opt(year, month, day).unwrap()
}

const ALL: [DateForm; 4] = [DateForm::Iso, DateForm::Slashes, DateForm::IsoMonth, DateForm::NamedMonth];

#[test]
fn every_documented_form_of_a_date_is_read() {
    for (text, expected) in [
        ("09/21/2023", ymd(2023, 9, 21)),
        ("9/2/2023", ymd(2023, 9, 2)),
        ("3/1/21", ymd(2021, 3, 1)),
        ("2020-09-22", ymd(2020, 9, 22)),
        ("2019-07-29 00:00:00", ymd(2019, 7, 29)),
        ("2024-01-01T00:00Z", ymd(2024, 1, 1)),
        ("2024-01-01T00:00:00Z", ymd(2024, 1, 1)),
        ("2024-01-01T00:00:00.0000000Z", ymd(2024, 1, 1)),
        ("2/1/2019 0:00", ymd(2019, 2, 1)),
        ("2/28/2019 23:59", ymd(2019, 2, 28)),
        ("2/28/2019 11:59:00 PM", ymd(2019, 2, 28)),
        ("2017-06-30T23:30:00-02:00", ymd(2017, 7, 1)),
        ("2017-07-01T01:00:00+02:00", ymd(2017, 6, 30)),
        ("6/30/2017 23:30:00 -02:00", ymd(2017, 7, 1)),
        ("2017-05", ymd(2017, 5, 1)),
        ("201705", ymd(2017, 5, 1)),
        ("May 2017", ymd(2017, 5, 1)),
        ("May-17", ymd(2017, 5, 1)),
        ("2024-02-29", ymd(2024, 2, 29)),
    ] {
        assert_eq!(parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst), Ok(expected), "{text}");
    }
}

#[test]
fn an_impossible_day_is_not_read_in_the_other_order() {
    let read = |text: &str, order| parse_day(text.as_bytes(), &ALL, order);
    assert_eq!(read("13/02/2017", DateOrder::MonthFirst), Err(NotADate::Impossible));
    assert_eq!(read("13/02/2017", DateOrder::DayFirst), Ok(ymd(2017, 2, 13)));
    assert_eq!(read("2017-02-29", DateOrder::MonthFirst), Err(NotADate::Impossible));
    assert_eq!(read("2017-06-01T24:10", DateOrder::MonthFirst), Err(NotADate::Impossible));
    assert_eq!(read("9999-12-31T23:30-02:00", DateOrder::MonthFirst), Err(NotADate::Impossible));
    assert_eq!(read("0001-01-01T00:30+02:00", DateOrder::MonthFirst), Err(NotADate::Impossible));
    for text in [
        "42887",
        "16.07.31..",
        "16.07.",
        "June",
        "6/1",
        "2017-06-01x",
        "1-6-017",
        "2017061",
        "201706010",
        "1 Mai 2017",
        "1.6",
    ] {
        assert_eq!(read(text, DateOrder::MonthFirst), Err(NotADate::Malformed), "{text}");
    }
    assert_eq!(read(" ", DateOrder::MonthFirst), Err(NotADate::Blank));
}

#[test]
fn a_day_is_read_as_programs_and_spreadsheets_of_other_countries_write_it() {
    for text in [
        "2017/05/31",
        "2017-5-31",
        "2017/5/31 0:00",
        "20170531",
        "20170531 00:00:00",
        "2017.05.31",
        "31.5.2017",
        "31.05.17",
        "31.05.2017 00:00",
        "31.05.2017 00:00:00",
        "5-31-2017",
        "31-May-2017",
        "31-May-17",
        "31 may 2017",
        "31-MAY-2017 12:00:00",
        "May 31, 2017",
        "2017-May-31",
        "2017-May-31 00:00:00",
        "31. 5. 2017",
        "31. 5. 17",
        "31. 5. 2017 00:00",
        "2017. 05. 31.",
        "2017.05.31.",
        "2017. 05. 31. 0:00",
        "May 31, 2017 11:30 PM",
        "2017-05-31 00:00:00 UTC",
        "2017-05-31 UTC",
        "2017-05-31Z",
        "2017/05/31 10:00 GMT",
        "2017-05-31 00:00:00 +0000 UTC",
        "2017-05-31 23:30:00 -01:00 UTC",
        "2017-06-01T01:00:00+02:00",
        "1.6.2017 01:00 +02:00",
    ] {
        // Dots and a year of two digits have no order by themselves.
        let is_open = text.contains('.') && !text.contains("2017");
        let order = if is_open { DateOrder::DayFirst } else { DateOrder::MonthFirst };
        let day = parse_day(text.as_bytes(), &ALL, order);
        let expected = if text.contains("-01:00") { ymd(2017, 6, 1) } else { ymd(2017, 5, 31) };
        assert_eq!(day, Ok(expected), "{text}");
    }
    for text in ["31.13.2017", "2017/13/01", "31-Feb-2017", "20171301"] {
        assert_eq!(
            parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst),
            Err(NotADate::Impossible),
            "{text}"
        );
    }
    for text in ["\\N", "NA", "n/a", "NaT", "(blank)", "NULL"] {
        assert_eq!(parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst), Err(NotADate::Blank), "{text}");
    }
}

#[test]
fn the_parts_of_a_date_with_slashes_tell_which_orders_are_possible() {
    let parts = |text: &str| date_parts(text.as_bytes()).unwrap();
    assert!(parts("13/02/2017").is_impossible(DateOrder::MonthFirst));
    assert!(!parts("13/02/2017 0:00").is_impossible(DateOrder::DayFirst));
    assert!(parts("02/13/17").is_impossible(DateOrder::DayFirst));
    assert!(parts("02/03/2017").is_ambiguous());
    assert!(!parts("03/03/2017").is_ambiguous());
    assert!(!parts("13/02/2017").is_ambiguous());
    assert_eq!(parts("17/02/13").year_first(), Some((17, 13)));
    assert_eq!(parts("17-2-3").year_first(), Some((17, 3)));
    assert_eq!(parts("17/13/02").year_first(), None);
    assert_eq!(parts("17/2/2003").year_first(), None);
    assert!(parts("17/2/3").is_impossible(DateOrder::DayFirst), "no year has one digit");
    for text in ["2017-02-13", "13.02.2017", "2017/02/13", ""] {
        assert_eq!(date_parts(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_year_of_two_digits_may_be_first() {
    let read = |text: &str| parse_day(text.as_bytes(), &ALL, DateOrder::YearFirst);
    for text in ["16/07/31", "16/7/31", "16-07-31", "16/07/31 00:00"] {
        assert_eq!(read(text), Ok(ymd(2016, 7, 31)), "{text}");
    }
    assert_eq!(read("16/7/1"), Ok(ymd(2016, 7, 1)));
    assert_eq!(read("16/13/01"), Err(NotADate::Impossible));
    assert_eq!(read("7/31/2016"), Err(NotADate::Impossible));
    assert_eq!(read("7.31.2016"), Err(NotADate::Impossible));
    assert_eq!(read("31.7.2016"), Ok(ymd(2016, 7, 31)), "dots and four digits have one order");
}

#[test]
fn dots_and_a_year_of_two_digits_leave_open_which_number_is_the_year() {
    let read = |text: &str, order| parse_day(text.as_bytes(), &ALL, order);
    for text in ["16.07.31", "16. 07. 31.", "16.07.31.", "16.7.31 00:00"] {
        assert_eq!(read(text, DateOrder::YearFirst), Ok(ymd(2016, 7, 31)), "{text}");
        assert_eq!(read(text, DateOrder::DayFirst), Ok(ymd(2031, 7, 16)), "{text}");
        assert_eq!(read(text, DateOrder::MonthFirst), Err(NotADate::Impossible), "{text}");
    }
    for order in [DateOrder::MonthFirst, DateOrder::DayFirst] {
        assert_eq!(read("31.7.99", order), Ok(ymd(2099, 7, 31)), "no year begins it");
        assert_eq!(read("1.7.16", order), Ok(ymd(2016, 7, 1)), "no year begins it");
        assert_eq!(read("17.5.17", order), Ok(ymd(2017, 5, 17)), "one day in both orders");
    }
    assert_eq!(date_parts(b"31.07.2016"), None);
    assert_eq!(date_parts(b"16.07.31.").unwrap().year_first(), Some((16, 31)));
}

#[test]
fn a_time_that_is_written_in_no_known_way_is_malformed() {
    for time in [
        "T10",
        "T1:2",
        "T10:0",
        "T10:00:0",
        "T10:00:00:00",
        "T10:00.5",
        "T10:00:00.",
        "T10:00:00.1.2",
        "T 10:00Z",
        "T10:00:00.0000000000.",
        "T10:00+1",
        "T10:00+:",
        "T10:00-11::30",
        "T10:00-:05",
        "T10:00+:11:30",
        "T10:00+1:30",
        "T10:00+01:3",
        "T10:00*01:30",
        "T10:00ZZ",
        " 10:00 XM",
    ] {
        let text = format!("2017-01-05{time}");
        let read = parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst);
        assert_eq!(read, Err(NotADate::Malformed), "{text}");
    }
    for time in
        ["T1:02", "t10:00:00.000000000000Z", "  10:00 pm", "T10:00+0130", "T10:00 +01", "T10:00 -01:30"]
    {
        let text = format!("2017-01-05{time}");
        let read = parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst);
        assert_eq!(read, Ok(ymd(2017, 1, 5)), "{text}");
    }
}

#[test]
fn a_time_of_twelve_hours_may_have_an_offset() {
    // As .NET writes a DateTimeOffset.
    for (text, read) in [
        ("5/1/2017 12:00:00 AM +00:00", ymd(2017, 5, 1)),
        ("05/01/2017 11:30 PM -01:00", ymd(2017, 5, 2)),
        ("05/01/2017 12:30 AM +0100", ymd(2017, 4, 30)),
        ("2017-05-01 12:59pm+13", ymd(2017, 4, 30)),
        ("2017-05-01 11:30 PM Z", ymd(2017, 5, 1)),
        ("2017-05-01 11:30 PM UTC", ymd(2017, 5, 1)),
    ] {
        assert_eq!(parse_day(text.as_bytes(), &ALL, DateOrder::MonthFirst), Ok(read), "{text}");
    }
    let impossible = parse_day(b"2017-05-01 13:00 PM +01:00", &ALL, DateOrder::MonthFirst);
    assert_eq!(impossible, Err(NotADate::Impossible));
}

#[test]
fn complete_months_end_with_the_month_whose_last_day_is_on_or_before_as_of() {
    let window = |as_of| Window::before(as_of, WindowKind::CompleteMonths, 12);
    let year = Window { first: ymd(2016, 7, 1), last: ymd(2017, 6, 30) };
    assert_eq!(window(ymd(2017, 6, 30)), year);
    assert_eq!(window(ymd(2017, 7, 7)), year);
    assert_eq!(window(ymd(2017, 6, 29)), Window { first: ymd(2016, 6, 1), last: ymd(2017, 5, 31) });
    assert_eq!(window(ymd(2024, 2, 29)), Window { first: ymd(2023, 3, 1), last: ymd(2024, 2, 29) });
    assert_eq!(window(ymd(2024, 2, 28)), Window { first: ymd(2023, 2, 1), last: ymd(2024, 1, 31) });
}

#[test]
fn trailing_days_take_the_last_day_of_a_shorter_month() {
    let window = |as_of| Window::before(as_of, WindowKind::TrailingDays, 12);
    assert_eq!(window(ymd(2017, 7, 7)), Window { first: ymd(2016, 7, 8), last: ymd(2017, 7, 7) });
    assert_eq!(window(ymd(2024, 2, 29)), Window { first: ymd(2023, 3, 1), last: ymd(2024, 2, 29) });
    let one = Window::before(ymd(2017, 3, 31), WindowKind::TrailingDays, 1);
    assert_eq!(one, Window { first: ymd(2017, 3, 1), last: ymd(2017, 3, 31) });
}

#[test]
fn a_window_knows_the_months_that_it_cuts() {
    let window = Window { first: ymd(2016, 7, 8), last: ymd(2017, 7, 7) };
    assert_eq!(window.covers(Month::of(ymd(2016, 7, 1))), MonthInWindow::Cut);
    assert_eq!(window.covers(Month::of(ymd(2016, 8, 1))), MonthInWindow::Whole);
    assert_eq!(window.covers(Month::of(ymd(2017, 7, 1))), MonthInWindow::Cut);
    assert_eq!(window.covers(Month::of(ymd(2017, 8, 1))), MonthInWindow::Outside);
    assert_eq!(Month::of(ymd(2017, 7, 1)).to_string(), "2017-07");
}

#[test]
fn days_and_months_are_written_as_the_library_writes_them() {
    let years = [-1, 0, 1, 99, 999, 1900, 2017, 9999, 10_000];
    for day in years.into_iter().flat_map(|year| [(1, 1), (12, 31), (9, 30)].map(|(m, d)| ymd(year, m, d))) {
        let fast = iso_text(day).map(|digits| String::from_utf8(digits.into()).unwrap());
        let has_four_digits = (0..10_000).contains(&day.year());
        assert_eq!(fast, has_four_digits.then(|| day.to_string()));
        assert_eq!(Month::of(day).to_string(), day.format("%Y-%m").to_string());
    }
}
