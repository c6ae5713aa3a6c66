//! The grammar of delimited text, byte by byte. Comes in: UTF-8 or windows-1252 text. Goes out: one record at a time, and its fields as
//! spans of that text. It visits every field: it is the fallback of [`super::index`], and defines what a record is.
//!
//! The rules: a field is quoted only if its first byte is `"`; a quote elsewhere in an unquoted field is data; in a quoted field
//! delimiters, line breaks and doubled quotes are data; LF and CRLF end a record, a lone CR is data; a line without bytes is no
//! record; a record still open after [`crate::base::limits::RECORD_BYTES`] is rejected at its first line, and reading goes on at the
//! next line. Where quotes of a record break these rules, or join lines that are rows, [`super::line_quotes`] decides.

use memchr::{memchr, memchr2};

use super::line_quotes::{FirstLine, first_line};
use super::record_ends::{CsvFormat, Incomplete, ResumePoint, TextEnd, incomplete_record};

/// The content of a field, without its quotes, as a span of the text that was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldContent {
    /// The first byte, after the opening quote of a quoted field.
    pub(crate) start: usize,
    /// Past the last byte, before the closing quote of a quoted field.
    pub(crate) end: usize,
    /// Whether the content holds doubled quotes. A doubled quote stands for one quote.
    pub(crate) has_doubled_quotes: bool,
}

/// What begins at a byte of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SplitOutcome {
    /// A record; its fields are in the caller's list.
    Record {
        /// Past the line end.
        next: usize,
        /// Past the last byte of the record, before the line end.
        end: usize,
        /// Whether text follows a closing quote.
        bad_quote: bool,
    },
    /// A line without bytes.
    BlankLine {
        /// Past the line end.
        next: usize,
    },
    /// A record that is open, or rejected for its length or for its quotes.
    Incomplete(Incomplete),
}

/// Splits the record at `start` of `text` into `fields`. `resume` belongs to this text, and to records before this one.
pub(crate) fn split(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    text_end: TextEnd,
    fields: &mut Vec<FieldContent>,
    resume: &mut ResumePoint,
) -> SplitOutcome {
    let outcome = split_rfc_4180(text, start, csv_format, text_end, fields, resume);
    match first_line(text, start, csv_format, outcome, fields) {
        FirstLine::OfRecord => outcome,
        FirstLine::Record { next, end } => SplitOutcome::Record { next, end, bad_quote: false },
        FirstLine::Rejected { next, code } => {
            SplitOutcome::Incomplete(Incomplete::Rejected { next: Some(next), code })
        }
    }
}

/// Splits the record at `start` of `text` as RFC 4180 has it.
fn split_rfc_4180(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    text_end: TextEnd,
    fields: &mut Vec<FieldContent>,
    resume: &mut ResumePoint,
) -> SplitOutcome {
    fields.clear();
    let rest = &text[start..];
    match rest {
        [b'\n', ..] => return SplitOutcome::BlankLine { next: start + 1 },
        [b'\r', b'\n', ..] => return SplitOutcome::BlankLine { next: start + 2 },
        _ => {}
    }
    let incomplete = |resume: &mut ResumePoint| incomplete_record(text, start, csv_format, text_end, resume);
    // A record before was scanned past here and rejected: ask first whether this one is rejected too, which costs no second scan.
    if resume.is_past(start)
        && let Some(found) = incomplete(resume)
    {
        return SplitOutcome::Incomplete(found);
    }
    // A record may not have more bytes than the limit; at the end of the input, and only there, it needs no line end.
    let limited = &rest[..rest.len().min(csv_format.record_bytes)];
    let is_all = text_end == TextEnd::EndOfInput && limited.len() < csv_format.record_bytes;
    let mut at = 0;
    let mut bad_quote = false;
    let no_end = "a record that was not split has no end in this text";
    loop {
        let field_start = at;
        let mut is_pushed = false;
        if limited.get(at) == Some(&b'"') {
            let Some((closing, has_doubled_quotes)) = closing_quote(limited, at + 1) else {
                return SplitOutcome::Incomplete(incomplete(resume).expect(no_end));
            };
            fields.push(FieldContent {
                start: start + field_start + 1,
                end: start + closing,
                has_doubled_quotes,
            });
            is_pushed = true;
            at = closing + 1;
            match &limited[at..] {
                [b'\n', ..] => return record(start, at, 1, bad_quote),
                [b'\r', b'\n', ..] => return record(start, at, 2, bad_quote),
                [byte, ..] if *byte == csv_format.delimiter => {
                    at += 1;
                    continue;
                }
                [] if is_all => return record(start, at, 0, bad_quote),
                [b'\r'] | [] if !is_all => {
                    return SplitOutcome::Incomplete(incomplete(resume).expect(no_end));
                }
                // Text behind the closing quote: read on to the next delimiter, as if unquoted, so that only this record is lost.
                _ => bad_quote = true,
            }
        }
        match memchr2(csv_format.delimiter, b'\n', &limited[at..]) {
            Some(distance) if limited[at + distance] == csv_format.delimiter => {
                if !is_pushed {
                    fields.push(FieldContent {
                        start: start + field_start,
                        end: start + at + distance,
                        has_doubled_quotes: false,
                    });
                }
                at += distance + 1;
            }
            Some(distance) => {
                let line_end = at + distance;
                let carriage = usize::from(line_end > at && limited[line_end - 1] == b'\r');
                let end = line_end - carriage;
                if !is_pushed {
                    fields.push(FieldContent {
                        start: start + field_start,
                        end: start + end,
                        has_doubled_quotes: false,
                    });
                }
                return record(start, end, 1 + carriage, bad_quote);
            }
            None if is_all => {
                if !is_pushed {
                    fields.push(FieldContent {
                        start: start + field_start,
                        end: start + limited.len(),
                        has_doubled_quotes: false,
                    });
                }
                return record(start, limited.len(), 0, bad_quote);
            }
            None => return SplitOutcome::Incomplete(incomplete(resume).expect(no_end)),
        }
    }
}

fn record(start: usize, end: usize, line_end: usize, bad_quote: bool) -> SplitOutcome {
    SplitOutcome::Record { next: start + end + line_end, end: start + end, bad_quote }
}

/// The closing quote of the quoted field whose content begins at `from`, and whether that content holds doubled quotes. `None` if the
/// field does not close in `text`.
pub(super) fn closing_quote(text: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    let mut has_doubled_quotes = false;
    loop {
        at += memchr(b'"', text.get(at..)?)?;
        if text.get(at + 1) != Some(&b'"') {
            return Some((at, has_doubled_quotes));
        }
        has_doubled_quotes = true;
        at += 2;
    }
}

/// The value of a field: its span of `text`, or a copy in `scratch` with each doubled quote made single.
pub(crate) fn unquoted<'t>(text: &'t [u8], field: FieldContent, scratch: &'t mut Vec<u8>) -> &'t [u8] {
    let raw = &text[field.start..field.end];
    if !field.has_doubled_quotes {
        return raw;
    }
    scratch.clear();
    let mut rest = raw;
    while let Some(quote) = memchr(b'"', rest) {
        scratch.extend_from_slice(&rest[..=quote]);
        rest = &rest[(quote + 2).min(rest.len())..];
    }
    scratch.extend_from_slice(rest);
    scratch
}

/// The end of the last whole record of `text` from `start` on, where a record begins: where reading goes on when more text has come.
/// `None` if the text ends within a rejected line.
pub(crate) fn last_record_end(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    text_end: TextEnd,
) -> Option<usize> {
    let (mut at, mut fields, mut resume) = (start, Vec::new(), ResumePoint::default());
    while at < text.len() {
        match split(text, at, csv_format, text_end, &mut fields, &mut resume) {
            SplitOutcome::Record { next, .. } | SplitOutcome::BlankLine { next } => at = next,
            SplitOutcome::Incomplete(Incomplete::Open) => return Some(at),
            SplitOutcome::Incomplete(Incomplete::Rejected { next, .. }) => at = next?,
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits;

    /// Every record of a whole input: its fields, or the code for which it is rejected.
    fn records(text: &str) -> Vec<Result<Vec<String>, String>> {
        records_of(text, CsvFormat::with_delimiter(b','))
    }

    fn records_of(text: &str, csv_format: CsvFormat) -> Vec<Result<Vec<String>, String>> {
        let bytes = text.as_bytes();
        let (mut at, mut fields, mut found) = (0, Vec::new(), Vec::new());
        let mut resume = ResumePoint::default();
        while at < bytes.len() {
            match split(bytes, at, csv_format, TextEnd::EndOfInput, &mut fields, &mut resume) {
                SplitOutcome::Record { next, bad_quote, .. } => {
                    at = next;
                    let cells = fields
                        .iter()
                        .map(|f| String::from_utf8(unquoted(bytes, *f, &mut Vec::new()).to_vec()).unwrap())
                        .collect();
                    found.push(if bad_quote { Err("bad-quote".to_owned()) } else { Ok(cells) });
                }
                SplitOutcome::BlankLine { next } => at = next,
                SplitOutcome::Incomplete(Incomplete::Rejected { next, code }) => {
                    found.push(Err(code.to_string()));
                    at = next.unwrap_or(bytes.len());
                }
                SplitOutcome::Incomplete(Incomplete::Open) => unreachable!("the text is all there is"),
            }
        }
        found
    }

    fn row(cells: &[&str]) -> Result<Vec<String>, String> {
        Ok(cells.iter().map(|c| (*c).to_owned()).collect())
    }

    #[test]
    fn quotes_delimiters_and_line_breaks_inside_quotes_are_data() {
        let text = "a,\"b,\"\"c\"\"\n\",d\r\n\"\",x\"y,\"z\"\n";
        assert_eq!(records(text), [row(&["a", "b,\"c\"\n", "d"]), row(&["", "x\"y", "z"])]);
    }

    #[test]
    fn a_quote_that_is_not_the_first_byte_of_a_field_is_data() {
        assert_eq!(records("a \"b\",c\n \"d\n"), [row(&["a \"b\"", "c"]), row(&[" \"d"])]);
    }

    #[test]
    fn text_after_a_closing_quote_is_a_bad_quote_and_loses_nothing_but_its_row() {
        assert_eq!(records("\"a\"b,c\nd,e\n"), [Err("bad-quote".to_owned()), row(&["d", "e"])]);
        assert_eq!(records("\"a\"b\"c,d\"\ne\n"), [Err("bad-quote".to_owned()), row(&["e"])]);
        assert_eq!(records("x,\"a\"\r"), [Err("bad-quote".to_owned())]);
    }

    #[test]
    fn lf_and_crlf_end_a_record_a_lone_cr_is_data_and_blank_lines_are_no_rows() {
        assert_eq!(records("a\rb,c\r\n\r\n\nd,e"), [row(&["a\rb", "c"]), row(&["d", "e"])]);
        assert_eq!(records("a,b\r"), [row(&["a", "b\r"])]);
        assert_eq!(records("a,\n"), [row(&["a", ""])]);
        assert_eq!(records("a,"), [row(&["a", ""])]);
    }

    #[test]
    fn a_text_of_several_lines_is_a_cell_unless_each_line_is_a_row_of_many_cells() {
        let with =
            |field_count| CsvFormat { field_count: Some(field_count), ..CsvFormat::with_delimiter(b',') };
        let address = "4000001,\"Main Street 1\nSpringfield, Ohio\"\n";
        assert_eq!(records_of(address, with(2)), [row(&["4000001", "Main Street 1\nSpringfield, Ohio"])]);
        assert_eq!(records_of("\"a\nb\"\n", with(1)), [row(&["a\nb"])]);
        let rows = "1,2,3,4,5,\"6\n1,2,3,4,5,6\"\n";
        let second = row(&["1", "2", "3", "4", "5", "6\""]);
        assert_eq!(records_of(rows, with(6)), [Err("quoted-rows".to_owned()), second]);
    }

    #[test]
    fn an_unclosed_quote_refuses_its_first_line_only() {
        assert_eq!(records("a,\"b\nc,d\n"), [Err("unclosed-quote".to_owned()), row(&["c", "d"])]);
        assert_eq!(records("a,\"b"), [Err("unclosed-quote".to_owned())]);
    }

    #[test]
    fn many_lines_that_are_refused_one_by_one_cost_no_more_than_one() {
        // Each line opens a quote that no later line closes; looking 1 MiB far from each would take hours.
        let text = ",\"x\",\"\n".repeat(400_000);
        let found = records(&text);
        assert_eq!(found.len(), 400_000);
        assert!(found.iter().all(Result::is_err));
        assert_eq!(
            last_record_end(text.as_bytes(), 0, CsvFormat::with_delimiter(b','), TextEnd::EndOfInput),
            Some(text.len())
        );
    }

    #[test]
    fn a_record_of_more_than_1_mib_is_refused_at_its_first_line() {
        let long = "x".repeat(limits::RECORD_BYTES);
        let text = format!("a,\"{long}\nb,c\n{long}\nd,e\n\"{long}\",y\n");
        let refused = |code: &str| Err(code.to_owned());
        let found = records(&text);
        assert_eq!(found.len(), 5);
        assert_eq!(found[0], refused("unclosed-quote"));
        assert_eq!(found[1], row(&["b", "c"]));
        assert_eq!(found[2], refused("record-too-long"));
        assert_eq!(found[3], row(&["d", "e"]));
        assert_eq!(found[4], refused("unclosed-quote"));
    }
}
