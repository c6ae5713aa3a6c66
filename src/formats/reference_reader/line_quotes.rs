//! Quotes that are data, by the reference reader. Comes in: a text and the start of a record. Goes out: what the record is, and where the next one
//! begins. It shares no code with the block reader.

use super::{RecordOutcome, ReferenceFormat, record};
use crate::diagnostics::reject::RejectCode;

/// The record that begins at `start`, as [`record`] has it, unless its quotes break the rules or join rows.
pub(super) fn lines_decided(
    text: &[u8],
    start: usize,
    format: ReferenceFormat,
) -> (Option<RecordOutcome>, usize) {
    let (outcome, end) = record(text, start, format);
    let Some(found) = &outcome else { return (outcome, end) };
    let code = match found {
        RecordOutcome::Bad(code) if *code != RejectCode::NulByte => Some(*code),
        // A NUL hides what else is wrong with the quotes: look at the same bytes without it.
        RecordOutcome::Bad(_) => {
            let without: Vec<u8> = text[..end].iter().map(|b| if *b == 0 { b'x' } else { *b }).collect();
            match record(&without, start, format).0 {
                Some(RecordOutcome::Bad(code)) => Some(code),
                _ => None,
            }
        }
        RecordOutcome::Row(_) | RecordOutcome::Ragged(_) => None,
    };
    let line_at = |at: usize| match text[at..].iter().position(|b| *b == b'\n') {
        Some(length) => at + length + 1,
        None => text.len(),
    };
    let trimmed = |line: &[u8]| {
        let line =
            line.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or(line);
        line.to_vec()
    };
    let first_end = line_at(start);
    let first = trimmed(&text[start..first_end]);
    let by_line = |line: &[u8]| reference_line(line, format.delimiter);
    let is_scanned_whole = !matches!(code, Some(RejectCode::UnclosedQuote | RejectCode::RecordTooLong));
    let has_lines =
        is_scanned_whole && text[start..end].iter().filter(|b| **b == b'\n').count() > 0 && first_end < end;
    let mut are_rows = has_lines;
    let mut at = start;
    while has_lines && at < end {
        let next = line_at(at);
        let line = trimmed(&text[at..next]);
        are_rows &= line.is_empty() || by_line(&line).len() == format.fields;
        at = next;
    }
    let lone = is_scanned_whole
        || text[start..first_end].strip_suffix(b"\n").unwrap_or(&text[start..first_end]).len()
            < format.record_bytes;
    let is_sound =
        code.is_none() && matches!(found, RecordOutcome::Row(_) | RecordOutcome::Bad(_)) && !has_lines;
    let mut as_line = by_line(&first);
    if as_line.len() != format.fields {
        as_line = first.split(|b| *b == format.delimiter).map(<[u8]>::to_vec).collect();
    }
    let may_be_lines = code.is_some() || !has_lines || are_rows;
    if format.delimiter == b'\t' && !is_sound && lone && may_be_lines && as_line.len() == format.fields {
        let has_nul = first.contains(&0);
        let row = if has_nul { RecordOutcome::Bad(RejectCode::NulByte) } else { RecordOutcome::Row(as_line) };
        return (Some(row), first_end);
    }
    match code {
        Some(RejectCode::BadQuote) if has_lines => {
            (Some(RecordOutcome::Bad(RejectCode::BadQuote)), first_end)
        }
        None if are_rows && format.delimiter != b'\t' && format.fields >= 6 => {
            (Some(RecordOutcome::Bad(RejectCode::QuotedRows)), first_end)
        }
        _ => (outcome, end),
    }
}

/// The fields of one line, whose quotes are data where they do not close before a delimiter or the end of the line.
fn reference_line(line: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let mut quoted = None;
        if rest.first() == Some(&b'"') {
            let (mut field, mut at) = (Vec::new(), 1);
            while at < rest.len() {
                match (rest[at], rest.get(at + 1)) {
                    (b'"', Some(b'"')) => {
                        field.push(b'"');
                        at += 2;
                    }
                    (b'"', next) => {
                        quoted = next.is_none_or(|b| *b == delimiter).then_some((field, at + 1));
                        break;
                    }
                    (byte, _) => {
                        field.push(byte);
                        at += 1;
                    }
                }
            }
        }
        let (field, end) = quoted.unwrap_or_else(|| {
            let end = rest.iter().position(|b| *b == delimiter).unwrap_or(rest.len());
            (rest[..end].to_vec(), end)
        });
        fields.push(field);
        if end == rest.len() {
            return fields;
        }
        rest = &rest[end + 1..];
    }
}
