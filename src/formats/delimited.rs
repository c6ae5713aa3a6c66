//! Delimited text, exactly. Comes in: bytes of UTF-8 or windows-1252 text. Goes out: records and their fields as spans.
//!
//! The rules: a field is quoted only if its first byte is `"`; a quote elsewhere in an unquoted field is data; in a quoted
//! field delimiters, line breaks and doubled quotes are data; LF and CRLF end a record, a lone CR is data; a line without
//! bytes is no record; a record still open after [`crate::base::limits::RECORD_BYTES`] is refused at its first line, and reading goes on
//! at the next line. This is the plain reader: it visits every field.

use memchr::{memchr, memchr2};

use super::record_ends::{Ahead, Ending, Splitting, Unfinished, unfinished};

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
    /// A record that is open, or refused for its length or for a quote that does not close.
    Unfinished(Unfinished),
}

/// Splits the record that begins at `start` of `text` into `fields`. `ahead` is that of the same text, and of records before.
pub(crate) fn split(
    text: &[u8],
    start: usize,
    splitting: Splitting,
    ending: Ending,
    fields: &mut Vec<Field>,
    ahead: &mut Ahead,
) -> Found {
    fields.clear();
    let rest = &text[start..];
    match rest {
        [b'\n', ..] => return Found::BlankLine { next: start + 1 },
        [b'\r', b'\n', ..] => return Found::BlankLine { next: start + 2 },
        _ => {}
    }
    let unfinished = |ahead: &mut Ahead| unfinished(text, start, splitting, ending, ahead);
    if ahead.reaches(start)
        && let Some(found) = unfinished(ahead)
    {
        return Found::Unfinished(found);
    }
    let limited = &rest[..rest.len().min(splitting.record_bytes)];
    let is_all = ending == Ending::Last && limited.len() < splitting.record_bytes;
    let mut at = 0;
    let mut bad_quote = false;
    let no_end = "a record that was not split has no end in this text";
    loop {
        let field_start = at;
        let mut is_pushed = false;
        if limited.get(at) == Some(&b'"') {
            let Some((closing, doubled)) = closing_quote(limited, at + 1) else {
                return Found::Unfinished(unfinished(ahead).expect(no_end));
            };
            fields.push(Field { start: start + field_start + 1, end: start + closing, doubled });
            is_pushed = true;
            at = closing + 1;
            match &limited[at..] {
                [b'\n', ..] => return record(start, at, 1, bad_quote),
                [b'\r', b'\n', ..] => return record(start, at, 2, bad_quote),
                [byte, ..] if *byte == splitting.delimiter => {
                    at += 1;
                    continue;
                }
                [] if is_all => return record(start, at, 0, bad_quote),
                [b'\r'] | [] if !is_all => return Found::Unfinished(unfinished(ahead).expect(no_end)),
                _ => bad_quote = true,
            }
        }
        match memchr2(splitting.delimiter, b'\n', &limited[at..]) {
            Some(distance) if limited[at + distance] == splitting.delimiter => {
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
            None if is_all => {
                if !is_pushed {
                    fields.push(Field {
                        start: start + field_start,
                        end: start + limited.len(),
                        doubled: false,
                    });
                }
                return record(start, limited.len(), 0, bad_quote);
            }
            None => return Found::Unfinished(unfinished(ahead).expect(no_end)),
        }
    }
}

fn record(start: usize, end: usize, line_end: usize, bad_quote: bool) -> Found {
    Found::Record { next: start + end + line_end, end: start + end, bad_quote }
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
    use crate::base::limits;
    use crate::formats::record_ends::last_boundary;

    /// Every record of a text that is all there is: fields, or the code for which it was refused.
    fn records(text: &str) -> Vec<Result<Vec<String>, String>> {
        let bytes = text.as_bytes();
        let (mut at, mut fields, mut found) = (0, Vec::new(), Vec::new());
        let mut ahead = Ahead::default();
        while at < bytes.len() {
            match split(bytes, at, Splitting::at(b','), Ending::Last, &mut fields, &mut ahead) {
                Found::Record { next, bad_quote, .. } => {
                    at = next;
                    let cells = fields
                        .iter()
                        .map(|f| String::from_utf8(unquoted(bytes, *f, &mut Vec::new()).to_vec()).unwrap())
                        .collect();
                    found.push(if bad_quote { Err("bad-quote".to_owned()) } else { Ok(cells) });
                }
                Found::BlankLine { next } => at = next,
                Found::Unfinished(Unfinished::Refused { next, code }) => {
                    found.push(Err(code.to_string()));
                    at = next.unwrap_or(bytes.len());
                }
                Found::Unfinished(Unfinished::Open) => unreachable!("the text is all there is"),
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
    fn many_lines_that_are_refused_one_by_one_cost_no_more_than_one() {
        // Each line opens a quote that no later line closes; looking 1 MiB far from each would take hours.
        let text = ",\"x\",\"\n".repeat(400_000);
        let found = records(&text);
        assert_eq!(found.len(), 400_000);
        assert!(found.iter().all(Result::is_err));
        assert_eq!(last_boundary(text.as_bytes(), 0, Splitting::at(b','), Ending::Last), Some(text.len()));
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
