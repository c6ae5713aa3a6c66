//! Deterministic chance, and texts made of it: amounts, days, ids. The same seed gives the same texts everywhere.

use chrono::{Datelike, Days, NaiveDate};

/// A small generator of numbers (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    /// A number below `bound`, small ones far more often.
    pub(crate) fn skewed(&mut self, bound: usize) -> usize {
        let high = self.below(bound) + 1;
        self.below(high)
    }

    /// True in `per_mille` of 1000 cases.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of them.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// One of these texts, in some case.
    pub(crate) fn one_of(&mut self, texts: &[String]) -> String {
        let text = texts[self.below(texts.len())].clone();
        self.case(&text)
    }

    /// `count` decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b"0123456789"[self.below(10)])).collect()
    }

    /// A GUID.
    pub(crate) fn guid(&mut self) -> String {
        let hex = format!("{:016x}{:016x}", self.next(), self.next());
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// The same id in another case.
    pub(crate) fn case(&mut self, text: &str) -> String {
        match self.below(4) {
            0 => text.to_uppercase(),
            _ => text.to_owned(),
        }
    }

    /// An amount, in all forms that real exports contain; mostly below 400, some negative.
    pub(crate) fn amount(&mut self) -> String {
        let sign = if self.chance(40) { "-" } else { "" };
        let units = self.skewed(400);
        let number = match self.below(14) {
            0 => format!("{}E-{:02}", self.mantissa(), self.below(9)),
            1 => format!("{}e{}", self.mantissa(), self.below(3)),
            2 => format!("{units}.{}", self.digits(30)),
            3 => format!("{units}.{}", self.digits(24)),
            4..=6 => format!("{units}.{}", self.digits(16)),
            7 => format!(".{}", self.digits(7)),
            8 => format!("{units}."),
            9 => "0".to_owned(),
            10 => format!("{units}.{}5", "0".repeat(24)),
            11 if sign.is_empty() => format!("+{units}.25"),
            _ => format!("{units}.{}", self.digits(2)),
        };
        format!("{sign}{number}")
    }

    fn mantissa(&mut self) -> String {
        format!("{}.{}", 1 + self.below(9), self.digits(5))
    }

    /// A day from 14 months before `as_of` to one month after, often at the edge of a month.
    pub(crate) fn day_around(&mut self, as_of: NaiveDate) -> NaiveDate {
        let day = as_of - Days::new(426) + Days::new(self.below(456) as u64);
        let first = day.with_day(1).expect("a month has a first day");
        match self.below(12) {
            0 => first,
            1 => first.pred_opt().expect("a day"),
            2 if self.chance(300) => as_of,
            _ => day,
        }
    }
}

/// How a file writes its days.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DayStyle {
    PaddedSlashes,
    Slashes,
    ShortYear,
    SlashesAndTime,
    Iso,
    IsoAndTime,
    IsoInstant,
    IsoShortInstant,
    /// Instants with an offset that may move the day.
    IsoOffset,
    MonthAsDay,
    Month,
    MonthDigits,
    MonthName,
    MonthSlashes,
}

impl DayStyle {
    pub(crate) fn write(self, day: NaiveDate, dice: &mut Dice) -> String {
        let (y, m, d) = (day.year(), day.month(), day.day());
        match self {
            DayStyle::PaddedSlashes => format!("{m:02}/{d:02}/{y}"),
            DayStyle::Slashes => format!("{m}/{d}/{y}"),
            DayStyle::ShortYear => format!("{m}/{d}/{:02}", y % 100),
            DayStyle::SlashesAndTime => format!("{m}/{d}/{y} {}", dice.pick(&["0:00", "23:59"])),
            DayStyle::Iso => day.to_string(),
            DayStyle::IsoAndTime => format!("{day} 00:00:00"),
            DayStyle::IsoInstant => format!("{day}T00:00:00Z"),
            DayStyle::IsoShortInstant => format!("{day}T00:00Z"),
            DayStyle::IsoOffset => {
                format!("{day}T{}", dice.pick(&["23:30:00-02:00", "01:00:00+02:00", "12:00:00+00:00"]))
            }
            DayStyle::MonthAsDay => format!("{y}-{m:02}-01"),
            DayStyle::Month => format!("{y}-{m:02}"),
            DayStyle::MonthDigits => format!("{y}{m:02}"),
            DayStyle::MonthName => day.format("%B %Y").to_string(),
            DayStyle::MonthSlashes => format!("{m}/1/{y}"),
        }
    }

    /// A day that does not exist, in this style.
    pub(crate) fn impossible(self) -> &'static str {
        match self {
            DayStyle::PaddedSlashes | DayStyle::Slashes | DayStyle::SlashesAndTime => "13/02/2017",
            DayStyle::ShortYear | DayStyle::MonthSlashes => "2/30/17",
            DayStyle::Month => "2017-13",
            _ => "2017-02-29",
        }
    }
}
