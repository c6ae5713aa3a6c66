//! Texts for people that attain writes to standard output or standard error, saved to a file. Comes in: the first bytes of a text. Goes out: whether attain
//! wrote it. It reads no table: of a text with a table in it, as `attain check` writes it, no line may be taken for a header.

/// Bytes that are looked at.
const HEAD_BYTES: usize = 16 << 10;
/// Lines that are looked at: an explanation names its rule set on the sixth.
const LINES: usize = 12;

/// Whether a text begins like a report for people, an explanation, a plan, a difference, the account of a run, or what `attain check` tells.
pub(super) fn is_own_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let lines = || head.split(|byte| *byte == b'\n').take(LINES).map(<[u8]>::trim_ascii_end);
    lines().any(names_judging) || is_check(lines) || is_rules_difference(lines) || is_column_reference(lines)
}

/// Whether a line has a rule set with its version and the day of judging: `NAME@2017-07-07 as of 2017-07-07`, with or without a comma before `as`.
fn names_judging(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, b" as of ").any(|at| {
        let (before, behind) = (&line[..at], &line[at + b" as of ".len()..]);
        let before = before.strip_suffix(b",").unwrap_or(before);
        let word = before.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        behind.get(..10).is_some_and(is_day) && is_rule_set(word)
    })
}

/// Whether a word is a rule set with its version, which what-ifs may follow: `NAME@2017-07-07+assumed`.
fn is_rule_set(word: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', word).filter(|at| *at > 0) else { return false };
    let (version, rest) = word[at + 1..].split_at_checked(10).unwrap_or_default();
    is_day(version) && (rest.is_empty() || rest.starts_with(b"+"))
}

/// Whether a text is a day: `2017-07-07`.
fn is_day(text: &[u8]) -> bool {
    let is_of_day = |(nth, byte): (usize, &u8)| match nth {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.iter().enumerate().all(is_of_day)
}

/// Whether lines tell of a file as `attain check` does.
fn is_check<'t, I: Iterator<Item = &'t [u8]>>(lines: impl Fn() -> I) -> bool {
    let has = |label: &[u8]| lines().any(|line| line.starts_with(label));
    has(b"  rows      ") && has(b"  used      ")
}

/// Whether lines begin like the difference of two rule sets.
fn is_rules_difference<'t, I: Iterator<Item = &'t [u8]>>(lines: impl Fn() -> I) -> bool {
    let mut first = lines();
    let mut names =
        |label: &[u8]| first.next().and_then(|line| line.strip_prefix(label)).is_some_and(is_rule_set);
    names(b"a  ") && names(b"b  ")
}

/// Whether lines begin like the explanation of the columns of an output.
fn is_column_reference<'t, I: Iterator<Item = &'t [u8]>>(lines: impl Fn() -> I) -> bool {
    lines()
        .next()
        .is_some_and(|line| line.starts_with(b"The ") && memchr::memmem::find(line, b" (attain ").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_names_a_judging_is_of_attain() {
        for text in [
            "cloud-platform@2017-07-07, as of 2017-07-07, consumption of 2016-07-01 to 2017-…\npartner  name\n",
            "cloud-platform@2017-07-07+window-months=6 as of 2017-07-07: 2 partners with a next tier\n",
            "4 holds silver.\n\npartner     4\nrules       cloud-platform@2017-07-07 as of 2017-07-07, window\n",
            "old        r.run.json: a@2017-07-07 as of 2017-07-07, window 2016-07-01 to 2017-06-30\r\n",
            "a  cloud-platform@2017-07-07\nb  cloud-platform@2017-12-15\n",
            "associations.csv: associations (associations)\n  text      UTF-8\n  rows      3\n  used      from, to\n",
            "The report: one line a partner (attain report -o report.csv, report.xlsx)\n",
        ] {
            assert!(is_own_text(text.as_bytes()), "{text}");
        }
        for text in [
            "subscription_id,partner_id,type,from,to\n",
            "Usage as of 2017-07-07\n\nDate,Cost\n",
            "Export for someone@contoso.example as of 2017-07-07\n",
            "The usage, in EUR\nrows,used\n",
            "rows\tused\n  rows      3\n",
            "",
        ] {
            assert!(!is_own_text(text.as_bytes()), "{text}");
        }
    }
}
