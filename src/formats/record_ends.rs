//! Where records of delimited text end. Comes in: text, and how it is split. Goes out: the end of the last whole record, and
//! which records are open or refused. It looks at quotes and line ends only, and knows no fields.

use memchr::{memchr, memchr2};

use crate::base::limits;
use crate::diagnostics::reject::RejectCode;

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

/// What a refused record has shown of the text after it. Every line end in it, up to the place where its scan stopped, lies
/// inside quotes; so a later record that also has one of them inside quotes goes on from there. Without it, lines that are
/// refused one by one would each be looked at a whole [`Splitting::record_bytes`] far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ahead(Option<Scan>);

impl Ahead {
    /// Whether it reaches past `start`.
    pub(crate) fn reaches(self, start: usize) -> bool {
        self.0.is_some_and(|known| start < known.at)
    }
}

/// How far the scan of a record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scan {
    /// The next byte to look at: inside quotes, perhaps a quote of which the next byte decides.
    at: usize,
    is_quoted: bool,
}

/// Why a record has no end in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// Its end lies past this text.
    Open,
    /// It is too long, or the input ends inside quotes.
    Refused {
        /// Past the end of its first line. **Absent**: that line has no end in this text.
        next: Option<usize>,
        /// Why.
        code: RejectCode,
    },
}

/// Why the record of `start` has no end in `text`. `None`: it has one.
pub(crate) fn unfinished(
    text: &[u8],
    start: usize,
    splitting: Splitting,
    ending: Ending,
    ahead: &mut Ahead,
) -> Option<Unfinished> {
    let stopped = line_end(text, start, splitting, *ahead).err()?;
    let is_open = text.len() - start < splitting.record_bytes;
    let is_inside = stopped.is_inside(text, start, splitting);
    match ending {
        Ending::More if is_open => return Some(Unfinished::Open),
        Ending::Last if is_open && !is_inside => return None,
        Ending::More | Ending::Last => {}
    }
    *ahead = Ahead(Some(stopped));
    let code = if is_inside { RejectCode::UnclosedQuote } else { RejectCode::RecordTooLong };
    Some(Unfinished::Refused { next: first_line_end(text, start), code })
}

/// The end of the last complete record of `text`, of which a record begins at `start`: where reading goes on when more text
/// has come. `None`: the rest of the text belongs to a refused line that has no end yet.
///
/// It agrees with repeated [`super::delimited::split`], and is faster, because it looks at quotes and line ends only.
pub(crate) fn last_boundary(
    text: &[u8],
    start: usize,
    splitting: Splitting,
    ending: Ending,
) -> Option<usize> {
    let mut record_start = start;
    let mut ahead = Ahead::default();
    loop {
        let stopped = match line_end(text, record_start, splitting, ahead) {
            Ok(line_end) => {
                record_start = line_end + 1;
                continue;
            }
            Err(stopped) => stopped,
        };
        let is_open = text.len() - record_start < splitting.record_bytes;
        let first_line_end = first_line_end(text, record_start);
        match ending {
            Ending::More if is_open => return Some(record_start),
            Ending::Last if is_open && !stopped.is_inside(text, record_start, splitting) => {
                return Some(text.len());
            }
            Ending::Last if is_open && first_line_end.is_none() => return Some(text.len()),
            Ending::More | Ending::Last => record_start = first_line_end?,
        }
        ahead = Ahead(Some(stopped));
    }
}

fn first_line_end(text: &[u8], start: usize) -> Option<usize> {
    memchr(b'\n', &text[start..]).map(|lf| start + lf + 1)
}

/// Past the last byte that the record of `start` may have.
fn limit(text: &[u8], start: usize, splitting: Splitting) -> usize {
    text.len().min(start.saturating_add(splitting.record_bytes))
}

/// The LF that ends the record of `start`; if it has none in `text` or within its limit, where the scan stopped.
fn line_end(text: &[u8], start: usize, splitting: Splitting, ahead: Ahead) -> Result<usize, Scan> {
    let text = &text[..limit(text, start, splitting)];
    let mut ahead = ahead.0;
    let mut scan = Scan { at: start, is_quoted: false };
    loop {
        if scan.is_quoted {
            let closing = closing_quote_or_stop(text, scan.at);
            if let Some(known) = ahead.take_if(|known| scan.at < known.at) {
                let (Ok(end) | Err(end)) = closing;
                if memchr(b'\n', &text[scan.at..end.min(known.at)]).is_some() {
                    scan = known;
                    continue;
                }
                ahead = Some(known);
            }
            // Whatever follows a closing quote is unquoted text up to the next delimiter: a quote there is data.
            let stop = |at| Scan { at, is_quoted: true };
            scan = Scan { at: closing.map_err(stop)? + 1, is_quoted: false };
        }
        let Some(distance) = memchr2(b'"', b'\n', &text[scan.at..]) else {
            return Err(Scan { at: text.len(), is_quoted: false });
        };
        let at = scan.at + distance;
        if text[at] == b'\n' {
            return Ok(at);
        }
        let opens = at == start || text[at - 1] == splitting.delimiter;
        scan = Scan { at: at + 1, is_quoted: opens };
    }
}

impl Scan {
    /// Whether the record of `start` stops inside quotes, and not at a quote that may close them.
    fn is_inside(self, text: &[u8], start: usize, splitting: Splitting) -> bool {
        self.is_quoted && self.at == limit(text, start, splitting)
    }
}

/// The closing quote, seen from inside quotes; `Err`: there is none in `text`, and where to go on when there is more of it.
fn closing_quote_or_stop(text: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    loop {
        at += memchr(b'"', &text[at..]).ok_or(text.len())?;
        match text.get(at + 1) {
            None => return Err(at),
            Some(b'"') => at += 2,
            Some(_) => return Ok(at),
        }
    }
}
