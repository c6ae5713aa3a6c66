//! Recognises delimited text. Comes in: the first bytes of a text. Goes out: an input with its encoding, delimiter and header; or why the
//! text is skipped. It reads no rows.

use std::path::Path;

use super::json::json_input;
use super::own_outputs::{is_own_json, is_own_page};
use super::own_texts::is_own_text;
use super::{Dialects, FileOutcome, RecognisedInputs, layout_of, recognise_header, skip_format};
use crate::base::place::InputName;
use crate::config::dialect::{OWN_OUTPUT, Recognition, foreign_text};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::csv::{
    CsvFormat, FieldContent, OffsetUnit, ResumePoint, SplitOutcome, TextEnd, count_lines, split, unquoted,
};
use crate::formats::data_evidence;
use crate::formats::decode::{Compression, DecodedText, Encoding};
use crate::formats::discover::{DiscoveredBy, DiscoveredFile};
use crate::formats::fingerprint::Fingerprint;
use crate::formats::input::{Input, InputFormat, TextFormat, TextSource};
use crate::formats::json_lines;
use crate::formats::skipped::{SkipClass, SkippedFile};
use crate::formats::unread_formats::unread_format;

/// The header of a text.
pub(super) struct TextHeader {
    pub(super) fields: Vec<String>,
    /// Where the rows begin. **Unit**: bytes of the decoded text.
    end: usize,
    /// The line on which the rows begin.
    line: u64,
}

/// The first record of a text, split at `delimiter`. `None` if no record ends within the limit of a record.
pub(super) fn header(text: &DecodedText, delimiter: u8) -> Option<TextHeader> {
    header_at(text, delimiter, text.encoding.mark_bytes().min(text.head.len()))
}

/// The first record of a text from a byte on.
fn header_at(text: &DecodedText, delimiter: u8, mut at: usize) -> Option<TextHeader> {
    let text_end = if text.is_whole { TextEnd::EndOfInput } else { TextEnd::MoreFollows };
    let mut fields = Vec::new();
    while at < text.head.len() {
        // A second byte order mark, of a program that added its own.
        while text.head[at..].starts_with(MARK) {
            at += MARK.len();
        }
        let csv_format = CsvFormat::with_delimiter(delimiter);
        match split(&text.head, at, csv_format, text_end, &mut fields, &mut ResumePoint::default()) {
            SplitOutcome::BlankLine { next } => at = next,
            SplitOutcome::Record { next, .. } => {
                let mut scratch = Vec::new();
                let decode = |field: &FieldContent| {
                    let bytes = unquoted(&text.head, *field, &mut scratch);
                    match text.encoding {
                        Encoding::Windows1252 => {
                            encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
                        }
                        Encoding::Utf8
                        | Encoding::Utf8Bom
                        | Encoding::Utf16Le
                        | Encoding::Utf16Be
                        | Encoding::Gb18030 => String::from_utf8_lossy(bytes).into_owned(),
                    }
                };
                let decoded = fields.iter().map(decode).collect();
                return Some(TextHeader {
                    fields: decoded,
                    end: next,
                    line: 1 + count_lines(&text.head[..next]),
                });
            }
            SplitOutcome::Incomplete(_) => return None,
        }
    }
    None
}

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Lines of a text among which its header is looked for: titles, `sep=;`, `#TYPE` may stand before it (SPEC 3.11).
const TITLE_LINES: usize = 20;

/// The delimiter and the fields of the record from a byte on: the delimiter that splits it into the most fields, the first of them if several
/// do. `None` if no record ends.
pub(super) fn best_header_at(text: &DecodedText, at: usize) -> Option<(u8, TextHeader)> {
    let mut best: Option<(u8, TextHeader)> = None;
    for delimiter in delimiters(text) {
        if let Some(header) = header_at(text, delimiter, at)
            && best.as_ref().is_none_or(|(_, b)| header.fields.len() > b.fields.len())
        {
            best = Some((delimiter, header));
        }
    }
    best
}

/// The delimiters that a text may have: the one of its line `sep=`, else any.
fn delimiters(text: &DecodedText) -> Vec<u8> {
    let mut head = text.head.get(text.encoding.mark_bytes()..).unwrap_or_default();
    while let Some(rest) = head.strip_prefix(MARK) {
        head = rest;
    }
    let head = head.strip_prefix(b"\"").unwrap_or(head);
    match head {
        [s, e, p, b'=', delimiter, ..]
            if [*s, *e, *p].eq_ignore_ascii_case(b"sep")
                && delimiter.is_ascii()
                && !delimiter.is_ascii_alphanumeric() =>
        {
            vec![*delimiter]
        }
        _ => DELIMITERS.to_vec(),
    }
}

/// Where the lines behind the first record begin among which the header may stand.
pub(super) fn title_lines(text: &DecodedText) -> impl Iterator<Item = usize> {
    let ends = memchr::memchr2_iter(b'\n', b'\r', &text.head).map(|end| end + 1);
    ends.filter(|at| !matches!(text.head.get(at - 1..=*at), Some(b"\r\n"))).take(TITLE_LINES - 1)
}

/// What is said of text in UTF-16 without a mark.
const UNMARKED: &str =
    "text in UTF-16 or UTF-32 without a byte order mark, which is not read; save it as UTF-8";

pub(super) const DELIMITERS: [u8; 4] = *b",;\t|";

/// The header of a text that begins with other lines: the first of its lines that a dialect fits, else the first that tells more than the first
/// line, else the first line.
fn behind_titles(
    text: &DecodedText,
    first: (u8, TextHeader),
    file: &DiscoveredFile,
    dialects: Dialects<'_>,
) -> (u8, TextHeader) {
    let rank = |header: &TextHeader| match recognise_header(file, &header.fields, dialects) {
        Recognition::Fits(_) => 0,
        Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::Misspelt { .. }
        | Recognition::OwnOutput => 1,
        Recognition::OtherRole { .. } | Recognition::Foreign(_) | Recognition::NearMiss(_) => 2,
        Recognition::Unknown => 3,
    };
    let mut best = (rank(&first.1), first);
    // A line of prose or code that looks like a header is an example of one.
    if data_evidence::is_named_like_prose_or_code(&file.shown) {
        return best.1;
    }
    for at in title_lines(text) {
        if best.0 < 2 {
            break;
        }
        if let Some((delimiter, header)) = best_header_at(text, at) {
            let rank = rank(&header);
            if rank < best.0 {
                best = (rank, (delimiter, header));
            }
        }
    }
    best.1
}

/// Says what to do of a text that was skipped since it is in a form that is not read.
fn tell_unread_form(head: &[u8], name: &InputName, out: &mut RecognisedInputs<'_>) {
    let is_it =
        |skipped: &&mut SkippedFile| skipped.name == *name && skipped.class == SkipClass::Unrecognised;
    if let Some(skipped) = out.skipped.iter_mut().find(is_it)
        && let Some(reason) = data_evidence::unread_form(head)
    {
        (skipped.class, skipped.reason) = (SkipClass::Unusable, reason.to_owned());
    }
}

pub(super) fn text_input<'d>(
    file: &DiscoveredFile,
    text: DecodedText,
    compression: Compression,
    (path, fingerprint): (&Path, Fingerprint),
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let name = InputName { file: file.shown.clone(), sheet: None };
    let container = data_evidence::container(&text.head)
        .map(|what| format!("{what}, which is not read; unpack it, or save it as CSV or Parquet"));
    let is_unmarked = || data_evidence::is_unmarked_utf_16(&text.head);
    if let Some(reason) = container.or_else(|| is_unmarked().then(|| UNMARKED.to_owned())) {
        if file.by == DiscoveredBy::Walk {
            out.skip(name, SkipClass::Unusable, reason);
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    }
    let is_own_page = is_own_page(&text.head);
    if let Some(format) = unread_format(&text.head).filter(|_| !is_own_page) {
        return skip_format(file, format, out);
    }
    let no_table = match foreign_text(&text.head) {
        Some(layout) => Some((SkipClass::Foreign, layout.message())),
        None => (is_own_page || is_own_json(&text.head) || is_own_text(&text.head))
            .then(|| (SkipClass::Output, OWN_OUTPUT.to_owned())),
    };
    if let Some((class, reason)) = no_table {
        return match file.by {
            DiscoveredBy::Name => Err((InputErrorCode::UnknownHeader, reason)),
            DiscoveredBy::Walk => {
                out.skip(name, class, reason);
                Ok(())
            }
        };
    }
    if json_lines::begins(&text.head) {
        return json_input(file, text, compression, (path, fingerprint), dialects, out);
    }
    let best = best_header_at(&text, text.encoding.mark_bytes().min(text.head.len()));
    let Some((delimiter, header)) = best else {
        let is_empty = text.is_whole
            && text.head[text.encoding.mark_bytes().min(text.head.len())..].trim_ascii().is_empty();
        let reason = if is_empty {
            "the file is empty: it has no header; export it again"
        } else {
            "no header: the first record has no end within 1 MiB"
        };
        return match file.by {
            DiscoveredBy::Name => Err((InputErrorCode::UnknownHeader, reason.to_owned())),
            DiscoveredBy::Walk => {
                let class = match is_empty {
                    true => SkipClass::Empty,
                    false => data_evidence::class_of_text(&file.shown, &text.head),
                };
                out.skip(name, class, reason);
                Ok(())
            }
        };
    };
    let class = || data_evidence::class_of_text(&file.shown, &text.head);
    let (delimiter, header) = behind_titles(&text, (delimiter, header), file, dialects);
    let Some(layout) = layout_of(file, &name, &header.fields, dialects, &class, out)? else {
        tell_unread_form(&text.head, &name, out);
        return Ok(());
    };
    let offset_unit = OffsetUnit::of(text.encoding);
    // The mark of UTF-8 is still in the text.
    let mark = text.encoding.removed_mark_bytes();
    let format = TextFormat {
        compression,
        encoding: text.encoding,
        has_lone_returns: text.has_lone_returns,
        csv_format: CsvFormat::with_delimiter(delimiter),
        rows_at: header.end,
        source_rows_at: mark + offset_unit.source_bytes(&text.head[..header.end]),
        rows_line: header.line,
        has_rows: !text.is_whole || !text.head[header.end..].trim_ascii().is_empty(),
        source: TextSource::Path(path.to_path_buf()),
    };
    out.inputs.push(Input {
        name,
        layout,
        by: file.by,
        archive: file.archive.clone(),
        fingerprint: Some(fingerprint),
        format: InputFormat::Text(format),
    });
    Ok(())
}
