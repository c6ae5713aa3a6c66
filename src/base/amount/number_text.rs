//! Numbers as spreadsheets of any country write them: with either decimal mark, with groups of three digits, with a currency sign, or in
//! parentheses. Comes in: the text of a cell. Goes out: which decimal marks make it a number, and the plain text of the number under one of
//! them. It decides no mark: the cells of a whole file do (SPEC 3.11).

use super::{Amount, DecimalMark, NotAnAmount, Parsed};

/// Most characters of a number that is read here.
const CHARS: usize = 64;

/// What a number shows of the decimal mark of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MarkVote {
    /// It is a number with a decimal point only.
    Point,
    /// It is a number with a decimal comma only.
    Comma,
    /// It is another number with each mark: `1,234`.
    Ambiguous,
    /// It is the same number with each mark, or with neither.
    Neutral,
}

/// A number taken apart, before a decimal mark gives it a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberText<'t> {
    is_negative: bool,
    /// Digits, marks and group separators, perhaps an exponent.
    body: &'t str,
    /// The sign or code of a currency beside the number. Empty: none.
    pub(crate) currency: &'t str,
}

impl<'t> NumberText<'t> {
    /// Takes a cell apart. `None` if it is no number with any decimal mark.
    pub(crate) fn parse(text: &'t str) -> Option<NumberText<'t>> {
        let text = trim(text);
        if text.len() > CHARS {
            return None;
        }
        let (text, in_parentheses) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            Some(inner) => (trim(inner), true),
            None => (text, false),
        };
        let (text, sign) = take_sign(text);
        let (before, text) = take_currency_before(text);
        // The sign stands before the currency or behind it: `-$5`, `$-5`.
        let (text, second) = if sign.is_some() { (text, None) } else { take_sign(text) };
        let (text, behind) = take_currency_behind(text);
        let sign = sign.or(second);
        if in_parentheses && sign.is_some() || !before.is_empty() && !behind.is_empty() {
            return None;
        }
        let is_negative = in_parentheses || sign == Some('-');
        let currency = if before.is_empty() { behind } else { before };
        let number = NumberText { is_negative, body: text, currency };
        [DecimalMark::Point, DecimalMark::Comma]
            .iter()
            .any(|mark| number.plain(*mark).is_some())
            .then_some(number)
    }

    /// What the number shows of the decimal mark.
    pub(crate) fn vote(&self) -> MarkVote {
        match (self.plain(DecimalMark::Point), self.plain(DecimalMark::Comma)) {
            (Some(_), None) => MarkVote::Point,
            (None, Some(_)) => MarkVote::Comma,
            (Some(point), Some(comma)) if point != comma => MarkVote::Ambiguous,
            (Some(_), Some(_)) | (None, None) => MarkVote::Neutral,
        }
    }

    /// The amount under a decimal mark. A single group of three behind a comma is no thousand where the point is the decimal mark: `1,234` is
    /// never guessed.
    ///
    /// # Errors
    /// It is no number with this mark, or too large.
    pub(crate) fn amount(&self, mark: DecimalMark) -> Result<Parsed, NotAnAmount> {
        let plain = self.plain_text(mark).ok_or(NotAnAmount::Malformed)?;
        Amount::parse_scalar(plain.as_bytes(), DecimalMark::Point)
    }

    /// The number under a decimal mark as plain text: `-1234.5`. `None` where [`NumberText::amount`] is an error.
    pub(crate) fn plain_text(&self, mark: DecimalMark) -> Option<String> {
        if mark == DecimalMark::Point && self.body.contains(',') && self.vote() == MarkVote::Ambiguous {
            return None;
        }
        let plain = self.plain(mark)?;
        Some(if self.is_negative { format!("-{plain}") } else { plain })
    }

    /// The number under a decimal mark, with a point, without groups and sign. `None` if it is no number with this mark.
    fn plain(&self, mark: DecimalMark) -> Option<String> {
        let (mark, other) = match mark {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let (mantissa, exponent) = match self.body.find(['e', 'E']) {
            Some(at) => (&self.body[..at], &self.body[at..]),
            None => (self.body, ""),
        };
        let (units, decimals) = match mantissa.split_once(mark) {
            Some((units, decimals)) => (units, Some(decimals)),
            None => (mantissa, None),
        };
        if !decimals.unwrap_or_default().bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let is_separator = |c: char| c == other || is_group_space(c) || matches!(c, '\'' | '\u{2019}');
        let separator = units.chars().find(|c| !c.is_ascii_digit());
        let units = match separator {
            None => units.to_owned(),
            Some(separator) if is_separator(separator) && exponent.is_empty() => {
                let groups: Vec<&str> = units.split(separator).collect();
                let is_group = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
                let (first, rest) = groups.split_first()?;
                let is_first = (1..=3).contains(&first.len())
                    && first.bytes().all(|b| b.is_ascii_digit())
                    && !first.starts_with('0');
                if !is_first || !rest.iter().all(is_group) {
                    return None;
                }
                groups.concat()
            }
            Some(_) => return None,
        };
        let has_digits = !units.is_empty() || decimals.is_some_and(|decimals| !decimals.is_empty());
        let exponent = exponent.replace('\u{2212}', "-");
        let is_exponent = exponent.is_empty() || is_exponent(&exponent[1..]);
        let decimals = decimals.filter(|decimals| !decimals.is_empty());
        let decimals = decimals.map_or(String::new(), |decimals| format!(".{decimals}"));
        (has_digits && is_exponent).then(|| format!("{units}{decimals}{exponent}"))
    }
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Blanks by which groups of digits are parted: of a keyboard, no-break, narrow no-break, thin.
fn is_group_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// A sign before a number, also the minus sign of typography.
fn take_sign(text: &str) -> (&str, Option<char>) {
    for (sign, meaning) in [('-', '-'), ('\u{2212}', '-'), ('+', '+')] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (trim(rest), Some(meaning));
        }
    }
    (text, None)
}

/// A character that belongs to a number, not to a currency.
fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '\u{2019}' | '-' | '+' | '(' | ')' | '\u{2212}')
}

fn take_currency_before(text: &str) -> (&str, &str) {
    let end = text.find(is_of_number).unwrap_or(text.len());
    // `kr.` and `Fr.` end in a point, which a digit does not follow.
    let end = match text[end..].strip_prefix('.') {
        Some(rest) if end > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()) => end + 1,
        _ => end,
    };
    (trim(&text[..end]), trim(&text[end..]))
}

fn take_currency_behind(text: &str) -> (&str, &str) {
    let end = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')).map_or(0, |at| at + 1);
    let behind = trim(&text[end..]);
    // An exponent without digits is no currency: `5E`.
    if behind.eq_ignore_ascii_case("e") { (text, "") } else { (trim(&text[..end]), behind) }
}

/// Signs and abbreviations of currencies in lower case, without a point at their end.
pub(crate) const SIGNS: [&str; 49] = [
    "$",
    "us$",
    "u$s",
    "c$",
    "ca$",
    "can$",
    "a$",
    "au$",
    "nz$",
    "s$",
    "sg$",
    "hk$",
    "nt$",
    "mx$",
    "mex$",
    "r$",
    "\u{20ac}",
    "eur",
    "\u{a3}",
    "\u{a5}",
    "\u{ffe5}",
    "\u{5186}",
    "\u{5143}",
    "rmb",
    "\u{20b9}",
    "rs",
    "\u{20a8}",
    "\u{20a9}",
    "\u{c6d0}",
    "\u{20bd}",
    "\u{440}\u{443}\u{431}",
    "\u{20aa}",
    "\u{20ba}",
    "tl",
    "\u{20b4}",
    "\u{20ab}",
    "\u{e3f}",
    "\u{20b1}",
    "\u{20a6}",
    "kr",
    "z\u{142}",
    "k\u{10d}",
    "ft",
    "fr",
    "sfr",
    "r",
    "rp",
    "rm",
    "lei",
];

/// Whether a sign or code beside a number can belong to a currency, whose code is upper case.
pub(crate) fn is_sign_of(sign: &str, currency: &str) -> bool {
    if sign.eq_ignore_ascii_case(currency) {
        return true;
    }
    let of_sign: &[&str] = match sign.trim_end_matches('.').to_lowercase().as_str() {
        "$" => &[
            "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "CLP", "COP", "ARS", "UYU", "DOP",
            "JMD", "TTD", "BSD", "BBD", "BZD", "BMD", "KYD", "FJD", "NAD", "XCD",
        ],
        "us$" | "u$s" => &["USD"],
        "c$" | "ca$" | "can$" => &["CAD"],
        "a$" | "au$" => &["AUD"],
        "nz$" => &["NZD"],
        "s$" | "sg$" => &["SGD"],
        "hk$" => &["HKD"],
        "nt$" => &["TWD"],
        "mx$" | "mex$" => &["MXN"],
        "r$" => &["BRL"],
        "\u{20ac}" | "eur" => &["EUR"],
        "\u{a3}" => &["GBP", "EGP", "LBP", "SYP", "FKP", "GIP", "SHP"],
        "\u{a5}" | "\u{ffe5}" => &["JPY", "CNY"],
        "\u{5186}" => &["JPY"],
        "\u{5143}" => &["CNY", "TWD"],
        "rmb" => &["CNY"],
        "\u{20b9}" | "rs" | "\u{20a8}" => &["INR", "PKR", "LKR", "NPR", "MUR"],
        "\u{20a9}" | "\u{c6d0}" => &["KRW"],
        "\u{20bd}" | "\u{440}\u{443}\u{431}" => &["RUB"],
        "\u{20aa}" => &["ILS"],
        "\u{20ba}" | "tl" => &["TRY"],
        "\u{20b4}" => &["UAH"],
        "\u{20ab}" => &["VND"],
        "\u{e3f}" => &["THB"],
        "\u{20b1}" => &["PHP"],
        "\u{20a6}" => &["NGN"],
        "kr" => &["SEK", "NOK", "DKK", "ISK"],
        "z\u{142}" => &["PLN"],
        "k\u{10d}" => &["CZK"],
        "ft" => &["HUF"],
        "fr" | "sfr" => &["CHF"],
        "r" => &["ZAR"],
        "rp" => &["IDR"],
        "rm" => &["MYR"],
        "lei" => &["RON", "MDL"],
        _ => &[],
    };
    of_sign.contains(&currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mark: DecimalMark) -> Option<String> {
        let number = NumberText::parse(text)?;
        number.amount(mark).ok().map(|parsed| parsed.amount.to_string())
    }

    #[test]
    fn a_number_in_one_reading_only_votes_for_it() {
        let vote = |text: &str| NumberText::parse(text).map(|number| number.vote());
        for (text, expected) in [
            ("1.234,5", MarkVote::Comma),
            ("0,125", MarkVote::Comma),
            ("1234,567", MarkVote::Comma),
            ("12,5", MarkVote::Comma),
            ("1.234.567", MarkVote::Comma),
            ("1 234,5", MarkVote::Comma),
            ("1\u{a0}234,50", MarkVote::Comma),
            ("1\u{202f}234,50 \u{20ac}", MarkVote::Comma),
            ("1'234,5", MarkVote::Comma),
            ("1,5E-05", MarkVote::Comma),
            (",5", MarkVote::Comma),
            ("-0,5", MarkVote::Comma),
            ("1,234,567.8", MarkVote::Point),
            ("1,234,567", MarkVote::Point),
            ("0.125", MarkVote::Point),
            ("1234.567", MarkVote::Point),
            ("12.5", MarkVote::Point),
            ("1.5E-05", MarkVote::Point),
            (".5", MarkVote::Point),
            ("1'234.5", MarkVote::Point),
            ("($0.25)", MarkVote::Point),
            ("1.234", MarkVote::Ambiguous),
            ("-1,234", MarkVote::Ambiguous),
            ("12,345 USD", MarkVote::Ambiguous),
            ("1 234", MarkVote::Neutral),
            ("17", MarkVote::Neutral),
            ("5E3", MarkVote::Neutral),
        ] {
            assert_eq!(vote(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "1.2.3",
            "1,2,3",
            "12,34,567",
            "1.234,5.6",
            "1,234.5,6",
            "01,234,567",
            "1 2",
            "--5",
            "-(5)",
            "$5 EUR",
            "1e",
            "1 234E5",
            ".",
            "-",
            "$",
            "()",
        ] {
            assert_eq!(vote(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_exactly_under_the_mark_of_its_file() {
        use DecimalMark::{Comma, Point};
        for (text, mark, expected) in [
            ("1.234,5", Comma, Some("1234.5")),
            ("1.234", Comma, Some("1234")),
            ("1,234", Comma, Some("1.234")),
            ("1,234", Point, None),
            ("1.234", Point, Some("1.234")),
            ("1,234,567.8", Point, Some("1234567.8")),
            ("1,234.50", Point, Some("1234.5")),
            (" $1,234.50 ", Point, Some("1234.5")),
            ("($0.25)", Point, Some("-0.25")),
            ("-$0.25", Point, Some("-0.25")),
            ("$ -0.25", Point, Some("-0.25")),
            ("(1 234,5)", Comma, Some("-1234.5")),
            ("\u{2212}1,5", Comma, Some("-1.5")),
            ("7,696E\u{2212}07", Comma, Some("0.0000007696")),
            ("1'234'567.25", Point, Some("1234567.25")),
            ("1\u{2019}234.5", Point, Some("1234.5")),
            ("kr. 12,50", Comma, Some("12.5")),
            ("0,1234567890123456789012345", Comma, Some("0.123456789012345678901235")),
            ("1,5e-3", Comma, Some("0.0015")),
        ] {
            assert_eq!(read(text, mark).as_deref(), expected, "{text} {mark:?}");
        }
    }

    #[test]
    fn a_sign_is_passed_over_where_it_can_be_the_currency() {
        assert!(is_sign_of("$", "USD") && is_sign_of("usd", "USD") && is_sign_of("\u{20ac}", "EUR"));
        assert!(is_sign_of("kr.", "DKK") && is_sign_of("\u{a5}", "JPY"));
        assert!(!is_sign_of("$", "EUR") && !is_sign_of("\u{20ac}", "USD") && !is_sign_of("x", "USD"));
        let number = NumberText::parse("12.95 USD").unwrap();
        assert_eq!((number.currency, number.vote()), ("USD", MarkVote::Point));
    }
}
