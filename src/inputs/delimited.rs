//! Delimited text, exactly. Comes in: bytes of UTF-8 or windows-1252 text. Goes out: records and their fields as spans.
//!
//! The rules: a field is quoted only if its first byte is `"`; a quote elsewhere in an unquoted field is data; in a quoted
//! field delimiters, line breaks and doubled quotes are data; LF and CRLF end a record, a lone CR is data; a line without
//! bytes is no record; a record still open after [`limits::RECORD_BYTES`] is refused at its first line, and reading goes on
//! at the next line. This is the plain reader: it visits every field.

use memchr::{memchr, memchr2};

use crate::issues::Code;
use crate::limits;

/// A field of a record, as a span of the text that it was split from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// First byte, after the opening quote if there is one.
    pub(crate) start: usize,
    /// Past the last byte, before the closing quote if there is one.
    pub(crate) end: usize,
    /// Whether doubled quotes stand in it.
    pub(crate) doubled: bool,
}

/// What begins at a place of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record; its fields were put into the caller's list.
    Record {
        /// Past its line end.
        next: usize,
        /// Past its last byte, before its line end.
        end: usize,
        /// Text follows a closing quote.
        bad_quote: bool,
    },
    /// A line without bytes.
    BlankLine {
        /// Past its line end.
        next: usize,
    },
    /// A record that is refused for its length or for a quote that does not close.
    Refused {
        /// Past the end of its first line. **Absent**: that line has no end in this text, so that the rest of it is passed over.
        next: Option<usize>,
        /// Why.
        code: Code,
    },
    /// A record whose end lies past this text.
    Open,
}

/// By what a text is split into records and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Splitting {
    /// What stands between two fields.
    pub(crate) delimiter: u8,
    /// A record still open after so many bytes is refused: [`limits::RECORD_BYTES`]; in a test few, but at least a CRLF.
    pub(crate) record_bytes: usize,
}

impl Splitting {
    /// Fields are delimited by `delimiter`, and records have the size that they may have.
    pub(crate) fn at(delimiter: u8) -> Splitting {
        Splitting { delimiter, record_bytes: limits::RECORD_BYTES }
    }
}

/// How a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// More text follows.
    More,
    /// The input ends here.
    Last,
}

/// Splits the record that begins at `start` of `text` into `fields`.
pub(crate) fn split(
    text: &[u8],
    start: usize,
    splitting: Splitting,
    ending: Ending,
    fields: &mut Vec<Field>,
) -> Found {
    let Splitting { delimiter, record_bytes } = splitting;
    fields.clear();
    let rest = &text[start..];
    match rest {
        [b'\n', ..] => return Found::BlankLine { next: start + 1 },
        [b'\r', b'\n', ..] => return Found::BlankLine { next: start + 2 },
        _ => {}
    }
    let limited = &rest[..rest.len().min(record_bytes)];
    let mut at = 0;
    let mut bad_quote = false;
    loop {
        let field_start = at;
        let mut is_pushed = false;
        if limited.get(at) == Some(&b'"') {
            let Some((closing, doubled)) = closing_quote(limited, at + 1) else {
                return unfinished(rest, start, record_bytes, ending, Code::UnclosedQuote);
            };
            fields.push(Field { start: start + field_start + 1, end: start + closing, doubled });
            is_pushed = true;
            at = closing + 1;
            match &limited[at..] {
                [b'\n', ..] => return record(start, at, 1, bad_quote),
                [b'\r', b'\n', ..] => return record(start, at, 2, bad_quote),
                [byte, ..] if *byte == delimiter => {
                    at += 1;
                    continue;
                }
                [] if ending == Ending::Last && limited.len() == rest.len() && rest.len() < record_bytes => {
                    return record(start, at, 0, bad_quote);
                }
                [b'\r'] | [] if limited.len() < record_bytes && ending == Ending::More => {
                    return Found::Open;
                }
                _ => bad_quote = true,
            }
        }
        match memchr2(delimiter, b'\n', &limited[at..]) {
            Some(distance) if limited[at + distance] == delimiter => {
                if !is_pushed {
                    fields.push(Field {
                        start: start + field_start,
                        end: start + at + distance,
                        doubled: false,
                    });
                }
                at += distance + 1;
            }
            Some(distance) => {
                let line_end = at + distance;
                let carriage = usize::from(line_end > at && limited[line_end - 1] == b'\r');
                let end = line_end - carriage;
                if !is_pushed {
                    fields.push(Field { start: start + field_start, end: start + end, doubled: false });
                }
                return record(start, end, 1 + carriage, bad_quote);
            }
            None if limited.len() < record_bytes && ending == Ending::Last => {
                if !is_pushed {
                    fields.push(Field {
                        start: start + field_start,
                        end: start + limited.len(),
                        doubled: false,
                    });
                }
                return record(start, limited.len(), 0, bad_quote);
            }
            None => return unfinished(rest, start, record_bytes, ending, Code::RecordTooLong),
        }
    }
}

fn record(start: usize, end: usize, line_end: usize, bad_quote: bool) -> Found {
    Found::Record { next: start + end + line_end, end: start + end, bad_quote }
}

/// A record without an end in `rest`: open, or refused if it is too long or the input ends.
fn unfinished(rest: &[u8], start: usize, record_bytes: usize, ending: Ending, code: Code) -> Found {
    if rest.len() < record_bytes && ending == Ending::More {
        return Found::Open;
    }
    Found::Refused { next: memchr(b'\n', rest).map(|lf| start + lf + 1), code }
}

/// The closing quote of the quoted field whose content begins at `from`, and whether doubled quotes stand before it.
fn closing_quote(text: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    let mut doubled = false;
    loop {
        at += memchr(b'"', text.get(at..)?)?;
        if text.get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        doubled = true;
        at += 2;
    }
}

/// The end of the last complete record of `text`, of which a record begins at `start`: where reading goes on when more text
/// has come. `None`: the rest of the text belongs to a refused line that has no end yet.
///
/// It agrees with repeated [`split`], and is faster, because it looks at quotes and line ends only.
pub(crate) fn last_boundary(
    text: &[u8],
    start: usize,
    splitting: Splitting,
    ending: Ending,
) -> Option<usize> {
    let Splitting { delimiter, record_bytes } = splitting;
    let mut record_start = start;
    let mut at = start;
    loop {
        match next_line_end(text, record_start, at, delimiter) {
            LineEnd::At(line_end) => {
                if line_end - record_start >= record_bytes {
                    record_start = first_line_end(text, record_start)?;
                } else {
                    record_start = line_end + 1;
                }
                at = record_start;
            }
            LineEnd::InQuotes | LineEnd::Past if text.len() - record_start >= record_bytes => {
                record_start = first_line_end(text, record_start)?;
                at = record_start;
            }
            LineEnd::InQuotes if ending == Ending::Last => match first_line_end(text, record_start) {
                Some(next) => {
                    record_start = next;
                    at = next;
                }
                None => return Some(text.len()),
            },
            LineEnd::Past if ending == Ending::Last => return Some(text.len()),
            LineEnd::InQuotes | LineEnd::Past => return Some(record_start),
        }
    }
}

fn first_line_end(text: &[u8], start: usize) -> Option<usize> {
    memchr(b'\n', &text[start..]).map(|lf| start + lf + 1)
}

enum LineEnd {
    /// The LF that ends the record.
    At(usize),
    /// The text ends inside a quoted field.
    InQuotes,
    /// The text ends outside quotes.
    Past,
}

/// The LF that ends the record of `record_start`, seen from `at`, which is outside quotes.
fn next_line_end(text: &[u8], record_start: usize, mut at: usize, delimiter: u8) -> LineEnd {
    while let Some(distance) = memchr2(b'"', b'\n', &text[at..]) {
        at += distance;
        if text[at] == b'\n' {
            return LineEnd::At(at);
        }
        if at == record_start || text[at - 1] == delimiter {
            match closing_quote(text, at + 1) {
                // Whatever follows a closing quote is unquoted text up to the next delimiter: a quote there is data.
                Some((closing, _)) => at = closing + 1,
                None => return LineEnd::InQuotes,
            }
        } else {
            at += 1;
        }
    }
    LineEnd::Past
}

/// The text of a field: its span, or its span with doubled quotes made single in `scratch`.
pub(crate) fn unquoted<'t>(text: &'t [u8], field: Field, scratch: &'t mut Vec<u8>) -> &'t [u8] {
    let raw = &text[field.start..field.end];
    if !field.doubled {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record of a text that is all there is: fields, or the code for which it was refused.
    fn records(text: &str) -> Vec<Result<Vec<String>, String>> {
        let bytes = text.as_bytes();
        let (mut at, mut fields, mut found) = (0, Vec::new(), Vec::new());
        while at < bytes.len() {
            match split(bytes, at, Splitting::at(b','), Ending::Last, &mut fields) {
                Found::Record { next, bad_quote, .. } => {
                    at = next;
                    let cells = fields
                        .iter()
                        .map(|f| String::from_utf8(unquoted(bytes, *f, &mut Vec::new()).to_vec()).unwrap())
                        .collect();
                    found.push(if bad_quote { Err("bad-quote".to_owned()) } else { Ok(cells) });
                }
                Found::BlankLine { next } => at = next,
                Found::Refused { next, code } => {
                    found.push(Err(code.to_string()));
                    at = next.unwrap_or(bytes.len());
                }
                Found::Open => unreachable!("the text is all there is"),
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
    fn an_unclosed_quote_refuses_its_first_line_only() {
        assert_eq!(records("a,\"b\nc,d\n"), [Err("unclosed-quote".to_owned()), row(&["c", "d"])]);
        assert_eq!(records("a,\"b"), [Err("unclosed-quote".to_owned())]);
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
