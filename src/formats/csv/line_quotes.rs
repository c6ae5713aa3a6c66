//! Quotes that do not quote: many programs write text between tabs as it is, and a cell may begin with a quote. Comes in: a record as
//! RFC 4180 has it. Goes out: whether its first line is a record by itself, or rejected. It is asked only where the quotes of a record break the
//! rules, hide a delimiter, or join lines; what is sound on one line is never looked at again.
//!
//! The rules (SPEC 3.11), for a record of a file whose header is known:
//!
//! - Its quotes close, it has several lines, and each of them alone has the number of cells of the header: these are rows, not a cell with line
//!   breaks. Between tabs each line is a record; with any other delimiter, which a cell with line breaks may hold too, the first line is rejected
//!   if the header has [`FEWEST_FIELDS`].
//! - A quote does not close, or text follows a closing quote: between tabs the first line is a record if it alone has the number of cells of the
//!   header. Else only the first line is rejected.
//! - Its quotes close on one line, and the number of cells is not as in the header: between tabs the quotes are data if the number of
//!   cells is right then.

use memchr::memchr;

use super::grammar::{FieldContent, SplitOutcome, closing_quote};
use super::record_ends::{CsvFormat, Incomplete};
use crate::diagnostics::reject::RejectCode;

/// Fewest fields of a header by which a line within quotes is told to be a row: a text of several lines has a delimiter or two in each by chance.
pub(in crate::formats) const FEWEST_FIELDS: usize = 6;

/// What is made of a record whose quotes may be data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstLine {
    /// Nothing: the record is what RFC 4180 makes of it.
    OfRecord,
    /// The first line is a record; its fields are in the caller's list.
    Record {
        /// Past the line end.
        next: usize,
        /// Past the last byte of the line, before the line end.
        end: usize,
    },
    /// The first line is rejected.
    Rejected {
        /// Past the line end.
        next: usize,
        code: RejectCode,
    },
}

/// What is made of the first line of the record at `start`, from its outcome by RFC 4180 and its fields.
pub(super) fn first_line(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    outcome: SplitOutcome,
    fields: &mut Vec<FieldContent>,
) -> FirstLine {
    let Some(field_count) = csv_format.field_count else { return FirstLine::OfRecord };
    let delimiter = csv_format.delimiter;
    let (line, next) = line_at(text, start);
    let is_tab = delimiter == b'\t';
    match outcome {
        SplitOutcome::Record { bad_quote, end, .. } => {
            let has_lines = memchr(b'\n', &text[start..end]).is_some();
            if !bad_quote && !has_lines && fields.len() == field_count {
                return FirstLine::OfRecord;
            }
            if is_tab
                && (bad_quote || !has_lines || joins_rows(&text[start..end], delimiter, field_count))
                && split_line(text, start, line, csv_format, fields)
            {
                return FirstLine::Record { next, end: line };
            }
            match (has_lines, bad_quote) {
                (true, true) => FirstLine::Rejected { next, code: RejectCode::BadQuote },
                (true, false)
                    if !is_tab
                        && field_count >= FEWEST_FIELDS
                        && joins_rows(&text[start..end], delimiter, field_count) =>
                {
                    FirstLine::Rejected { next, code: RejectCode::QuotedRows }
                }
                _ => FirstLine::OfRecord,
            }
        }
        // A line that is too long by itself stays rejected.
        SplitOutcome::Incomplete(Incomplete::Rejected { next: rest, .. })
            if is_tab
                && next - start < csv_format.record_bytes + usize::from(rest.is_some())
                && split_line(text, start, line, csv_format, fields) =>
        {
            FirstLine::Record { next, end: line }
        }
        SplitOutcome::Incomplete(_) | SplitOutcome::BlankLine { .. } => FirstLine::OfRecord,
    }
}

/// The end of the line at `start`, and where the next one begins.
fn line_at(text: &[u8], start: usize) -> (usize, usize) {
    match memchr(b'\n', &text[start..]) {
        None => (text.len(), text.len()),
        Some(length) => {
            let line_end = start + length;
            (line_end - usize::from(length > 0 && text[line_end - 1] == b'\r'), line_end + 1)
        }
    }
}

/// Whether a record has several lines, and each line that has bytes has `field_count` fields by itself.
#[cold]
pub(super) fn joins_rows(record: &[u8], delimiter: u8, field_count: usize) -> bool {
    let (mut at, mut lines) = (0, 0);
    while at < record.len() {
        let (end, next) = line_at(record, at);
        if end > at {
            let mut count = 0;
            each_field(record, at, end, delimiter, |_| count += 1);
            if count != field_count {
                return false;
            }
            lines += 1;
        }
        at = next;
    }
    lines > 1
}

/// Splits a line into `fields`: a quote that does not close on the line is data; all are, if only then the number of fields is right. Returns
/// whether it is right; `fields` are as they were if not.
fn split_line(
    text: &[u8],
    start: usize,
    end: usize,
    csv_format: CsvFormat,
    fields: &mut Vec<FieldContent>,
) -> bool {
    let mut of_line = Vec::new();
    each_field(text, start, end, csv_format.delimiter, |field| of_line.push(field));
    if Some(of_line.len()) != csv_format.field_count {
        of_line.clear();
        let mut at = start;
        for tab in memchr::memchr_iter(csv_format.delimiter, &text[start..end]).map(|tab| start + tab) {
            of_line.push(FieldContent { start: at, end: tab, has_doubled_quotes: false });
            at = tab + 1;
        }
        of_line.push(FieldContent { start: at, end, has_doubled_quotes: false });
    }
    let is_right = Some(of_line.len()) == csv_format.field_count;
    if is_right {
        *fields = of_line;
    }
    is_right
}

/// The fields of one line. A field is quoted if it begins with a quote and closes on the line, before a delimiter or the end of the line.
fn each_field(text: &[u8], start: usize, end: usize, delimiter: u8, mut each: impl FnMut(FieldContent)) {
    let (line, mut at) = (&text[..end], start);
    loop {
        let quoted = (line.get(at) == Some(&b'"'))
            .then(|| closing_quote(line, at + 1))
            .flatten()
            .filter(|(closing, _)| line.get(closing + 1).is_none_or(|byte| *byte == delimiter));
        let field_end = match quoted {
            Some((closing, has_doubled_quotes)) => {
                each(FieldContent { start: at + 1, end: closing, has_doubled_quotes });
                closing + 1
            }
            None => {
                let field_end = memchr(delimiter, &line[at..]).map_or(end, |distance| at + distance);
                each(FieldContent { start: at, end: field_end, has_doubled_quotes: false });
                field_end
            }
        };
        if field_end == end {
            return;
        }
        at = field_end + 1;
    }
}
