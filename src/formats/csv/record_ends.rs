//! Where a record of delimited text ends, by quotes and line feeds alone. Comes in: a text and the start of a record that the grammar
//! could not end. Goes out: whether the record is open or rejected, and why. It knows no fields.

use memchr::{memchr, memchr2};

use crate::base::limits;
use crate::diagnostics::reject::RejectCode;

/// How a text is split into records and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CsvFormat {
    /// The byte between two fields.
    pub(crate) delimiter: u8,
    /// A record that is still open after this many bytes is rejected. [`limits::RECORD_BYTES`]; fewer in tests, but at least the two
    /// bytes of a CRLF. **Unit**: bytes.
    pub(crate) record_bytes: usize,
    /// Fields of the header. **Absent**: the header is what is split.
    pub(crate) field_count: Option<usize>,
}

impl CsvFormat {
    /// The format with this delimiter and the record limit of the program.
    pub(crate) fn with_delimiter(delimiter: u8) -> CsvFormat {
        CsvFormat { delimiter, record_bytes: limits::RECORD_BYTES, field_count: None }
    }
}

/// What comes behind the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextEnd {
    /// More text of the same input.
    MoreFollows,
    /// Nothing: the input ends here.
    EndOfInput,
}

/// How far the scan of a rejected record got. Every line feed in that record, up to the place where the scan stopped, lies inside
/// quotes; so a later record that has one of these line feeds inside quotes resumes where the scan stopped. This keeps a run of
/// unclosed quotes linear: without it, each line that is rejected by itself would be scanned for [`CsvFormat::record_bytes`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ResumePoint(Option<QuoteScan>);

impl ResumePoint {
    /// Whether the scan stopped past `start`.
    pub(crate) fn is_past(self, start: usize) -> bool {
        self.0.is_some_and(|scan| start < scan.at)
    }
}

/// The state of the scan of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct QuoteScan {
    /// The next byte to scan. Inside quotes, this may be a quote at the end of the text, whose next byte decides what it is.
    at: usize,
    is_quoted: bool,
}

/// Why a record has no end in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// The end may come in the text that follows.
    Open,
    /// The record is too long, its quotes join rows, or the input ends inside quotes.
    Rejected {
        /// Past the line feed of the first line, where reading goes on. **Absent**: that line feed is not in this text.
        next: Option<usize>,
        /// Why the record is rejected.
        code: RejectCode,
    },
}

/// Why the record at `start` has no end in `text`. `None` if it has one. Reads and advances `resume`, which belongs to this text and
/// to records before this one.
pub(crate) fn incomplete_record(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    text_end: TextEnd,
    resume: &mut ResumePoint,
) -> Option<Incomplete> {
    let stopped = line_end(text, start, csv_format, *resume).err()?;
    let is_open = text.len() - start < csv_format.record_bytes;
    let is_inside = stopped.is_inside(text, start, csv_format);
    match text_end {
        TextEnd::MoreFollows if is_open => return Some(Incomplete::Open),
        // The end of the input ends a record, unless inside quotes.
        TextEnd::EndOfInput if is_open && !is_inside => return None,
        TextEnd::MoreFollows | TextEnd::EndOfInput => {}
    }
    *resume = ResumePoint(Some(stopped));
    let code = if is_inside { RejectCode::UnclosedQuote } else { RejectCode::RecordTooLong };
    let next = memchr(b'\n', &text[start..]).map(|lf| start + lf + 1);
    Some(Incomplete::Rejected { next, code })
}

/// Past the last byte of `text` that the record at `start` may have.
fn limit(text: &[u8], start: usize, csv_format: CsvFormat) -> usize {
    text.len().min(start.saturating_add(csv_format.record_bytes))
}

/// The line feed that ends the record at `start`. `Err`: the record has none in `text` or within its limit; where the scan stopped.
fn line_end(
    text: &[u8],
    start: usize,
    csv_format: CsvFormat,
    resume: ResumePoint,
) -> Result<usize, QuoteScan> {
    let text = &text[..limit(text, start, csv_format)];
    let mut resume = resume.0;
    let mut scan = QuoteScan { at: start, is_quoted: false };
    loop {
        if scan.is_quoted {
            let closing = closing_quote(text, scan.at);
            if let Some(earlier) = resume.take_if(|earlier| scan.at < earlier.at) {
                // If a line feed that the earlier scan passed lies in this quoted field too, both scans are in the same state at that
                // line feed, and hence at all bytes up to where the earlier scan stopped: jump there.
                let (Ok(end) | Err(end)) = closing;
                if memchr(b'\n', &text[scan.at..end.min(earlier.at)]).is_some() {
                    scan = earlier;
                    continue;
                }
                resume = Some(earlier);
            }
            // After a closing quote, text up to the next delimiter is unquoted, and a quote in it is data.
            let stop = |at| QuoteScan { at, is_quoted: true };
            scan = QuoteScan { at: closing.map_err(stop)? + 1, is_quoted: false };
        }
        let Some(distance) = memchr2(b'"', b'\n', &text[scan.at..]) else {
            return Err(QuoteScan { at: text.len(), is_quoted: false });
        };
        let at = scan.at + distance;
        if text[at] == b'\n' {
            return Ok(at);
        }
        // A quote opens a quoted field only as the first byte of that field.
        let opens = at == start || text[at - 1] == csv_format.delimiter;
        scan = QuoteScan { at: at + 1, is_quoted: opens };
    }
}

impl QuoteScan {
    /// Whether the scan of the record at `start` stopped inside quotes, and not at a quote that may close them.
    fn is_inside(self, text: &[u8], start: usize, csv_format: CsvFormat) -> bool {
        self.is_quoted && self.at == limit(text, start, csv_format)
    }
}

/// The closing quote of a quoted field, scanned from inside that field. `Err`: the text has none; where to resume in a longer text.
fn closing_quote(text: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    loop {
        at += memchr(b'"', &text[at..]).ok_or(text.len())?;
        match text.get(at + 1) {
            // The next byte decides: a second quote is data, anything else closes the field.
            None => return Err(at),
            Some(b'"') => at += 2,
            Some(_) => return Ok(at),
        }
    }
}
