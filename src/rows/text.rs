//! The text of a cell, checked. Comes in: a cell as it stands. Goes out: trimmed text, or the code of its fault.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use crate::base::ids;
use crate::base::limits;
use crate::base::numeric_id::{NumericId, numeric_id};
use crate::base::text::has_no_width;
use crate::base::total_labels::{holds_mail_address, is_total_label};
use crate::diagnostics::reject::RejectCode;
use crate::formats::row::{Cell, CellKind, MERGED, UNCOMPUTED};

/// The trimmed text of a cell. Errors: `bad-text`.
pub(crate) fn text<'c>(cell: &Cell<'c>) -> Result<Cow<'c, str>, RejectCode> {
    match cell.kind {
        CellKind::SheetError => Err(RejectCode::BadText),
        CellKind::Windows1252 if !cell.bytes.is_ascii() => {
            let text = of_windows_1252(cell.bytes);
            Ok(Cow::Owned(without_formula(text.trim()).to_owned()))
        }
        CellKind::Utf8
        | CellKind::Windows1252
        | CellKind::Parquet
        | CellKind::Sheet
        | CellKind::SheetNumber => {
            let text = std::str::from_utf8(cell.bytes).map_err(|_| RejectCode::BadText)?;
            // The decoder of UTF-16 replaces invalid units by this character.
            if text.is_ascii() {
                return Ok(Cow::Borrowed(without_formula(text.trim_ascii())));
            }
            let is_bad = text.contains('\u{fffd}');
            if is_bad { Err(RejectCode::BadText) } else { Ok(Cow::Borrowed(without_formula(trim(text)))) }
        }
    }
}

/// The text in a formula of nothing but a text, `="0012"`, by which programs keep spreadsheets from reading a number (SPEC 3.11); any other text as
/// it is.
fn without_formula(text: &str) -> &str {
    let inner = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
    inner.filter(|text| !text.contains('"')).map_or(text, str::trim)
}

/// [`without_formula`] of bytes.
fn bytes_without_formula(bytes: &[u8]) -> &[u8] {
    let inner = bytes.strip_prefix(b"=\"").and_then(|bytes| bytes.strip_suffix(b"\""));
    inner.filter(|bytes| !bytes.contains(&b'"')).map_or(bytes, <[u8]>::trim_ascii)
}

/// An id without the apostrophe that keeps spreadsheets from reading a number: `'5550001`.
fn without_apostrophe(text: &str) -> Option<&str> {
    let id = text.strip_prefix('\'')?;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (is_number || ids::guid(id.as_bytes()).is_some()).then_some(id)
}

/// The id of a number or GUID that has full-width digits, as input methods of East Asia write them, or typographic hyphens. `None` for any other
/// text.
fn in_ascii(text: &str) -> Option<String> {
    let ascii = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => Some('-'),
        c => c.is_ascii().then_some(c),
    };
    let id: String = text.chars().map(ascii).collect::<Option<String>>()?;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (is_number || ids::guid(id.as_bytes()).is_some()).then_some(id)
}

/// A text without the blanks around it, and without the marks that have no width, such as the byte order mark that joined files hold in their
/// middle (SPEC 3.11), and those that come with texts copied from web pages and dialogs.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || has_no_width(c))
}

fn of_windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// The bytes of a cell in UTF-8, so far as they are text; not trimmed.
pub(crate) fn utf8<'c>(cell: &Cell<'c>) -> Cow<'c, [u8]> {
    match cell.kind {
        CellKind::Windows1252 if !cell.bytes.is_ascii() => {
            Cow::Owned(of_windows_1252(cell.bytes).into_owned().into_bytes())
        }
        CellKind::Utf8
        | CellKind::Windows1252
        | CellKind::Parquet
        | CellKind::Sheet
        | CellKind::SheetNumber
        | CellKind::SheetError => match cell.bytes.trim_ascii() {
            formula @ [b'=', ..] => Cow::Borrowed(bytes_without_formula(formula)),
            _ => Cow::Borrowed(cell.bytes),
        },
    }
}

/// The id of a partner, as it is compared. `None` if the cell names no partner. Errors: as [`id`]; `no-partner`, where the text cannot be an id.
pub(crate) fn partner<'c>(cell: &Cell<'c>) -> Result<Option<Cow<'c, str>>, RejectCode> {
    let text = id(cell)?;
    match numeric_id(&text) {
        NumericId::LostPrecision => return Err(RejectCode::IdLostPrecision),
        NumericId::Text if names_no_partner(&text) => return Err(RejectCode::NoPartner),
        NumericId::Text | NumericId::Whole(..) => {}
    }
    Ok(match text {
        Cow::Borrowed(text) => ids::partner_text(text),
        Cow::Owned(text) => ids::partner_text(&text).map(|id| Cow::Owned(id.into_owned())),
    })
}

/// Whether a text in a column of partner ids is the label of a total, or holds a mail address: no other column names a partner then.
pub(super) fn names_no_partner(text: &str) -> bool {
    is_total_label(text) || holds_mail_address(text)
}

/// Whether a text is an error value that a spreadsheet saved in place of a value.
fn is_sheet_error(text: &str) -> bool {
    text.starts_with('#') && ids::SHEET_ERRORS.contains(&text)
}

/// The trimmed text of an id. Errors: `bad-text`, `id-lost-precision`.
pub(crate) fn id<'c>(cell: &Cell<'c>) -> Result<Cow<'c, str>, RejectCode> {
    if cell.kind == CellKind::SheetNumber {
        let digits = cell.bytes.iter().filter(|b| b.is_ascii_digit()).skip_while(|b| **b == b'0').count();
        if digits > limits::ID_DIGITS {
            return Err(RejectCode::IdLostPrecision);
        }
    }
    let text = text(cell)?;
    if is_sheet_error(&text) {
        return Err(RejectCode::BadText);
    }
    if !text.is_ascii()
        && let Some(id) = in_ascii(&text)
    {
        return Ok(Cow::Owned(id));
    }
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(without_apostrophe(text).unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text),
    })
}

/// The id of a subscription, as it stands. Errors: as [`id`]; `no-subscription`, where the text is the label of a total.
pub(crate) fn subscription<'c>(cell: &Cell<'c>) -> Result<Cow<'c, str>, RejectCode> {
    let text = id(cell)?;
    if is_total_label(&text) { Err(RejectCode::NoSubscription) } else { Ok(text) }
}

/// The trimmed bytes of a cell for reading a number or a date. Errors: `bad-text`.
pub(crate) fn plain<'c>(cell: &Cell<'c>) -> Result<&'c [u8], RejectCode> {
    match cell.kind {
        CellKind::SheetError => Err(RejectCode::BadText),
        // Bytes that are no ASCII make no number and no date, but the message should say that the text is bad.
        CellKind::Utf8 | CellKind::Parquet if !cell.bytes.is_ascii() => {
            text(cell).map(|_| bytes_without_formula(trim_mark(cell.bytes).trim_ascii()))
        }
        CellKind::Utf8
        | CellKind::Windows1252
        | CellKind::Parquet
        | CellKind::Sheet
        | CellKind::SheetNumber => Ok(bytes_without_formula(cell.bytes.trim_ascii())),
    }
}

/// The bytes of a cell without a byte order mark before them.
pub(super) fn trim_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The text of an optional cell; blank, and the words that stand for nothing, are `None`. Errors: `bad-text`.
pub(crate) fn optional(cell: &Cell<'_>) -> Result<Option<String>, RejectCode> {
    let text = text(cell)?;
    Ok((!ids::is_absent_word(&text)).then(|| text.into_owned()))
}

/// A value for the rejects file: its readable part, at most [`limits::VALUE_BYTES`] bytes.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(limits::VALUE_BYTES)];
    let mut text = String::from_utf8_lossy(cut).into_owned();
    while text.len() > limits::VALUE_BYTES {
        text.pop();
    }
    text
}

/// What a cell is whose text is not valid, and what to do about it.
pub(super) fn fault(cell: &Cell<'_>) -> (&'static str, &'static str) {
    if cell.kind != CellKind::SheetError {
        return (
            "is no valid text in the encoding of the file",
            "save the file as UTF-8, or export it again",
        );
    }
    if cell.bytes == UNCOMPUTED.as_bytes() {
        return (
            "stands for a formula whose value is not in the file",
            "open the workbook in a spreadsheet, and save it",
        );
    }
    if cell.bytes.starts_with(MERGED.as_bytes()) {
        return (
            "have one value for several rows or columns",
            "unmerge them, and fill in the value of each cell (pandas: merge_cells=False)",
        );
    }
    if !cell.bytes.starts_with(b"#") {
        return (
            "is a date, as the cell is formatted, where an id is expected",
            "format the cells as numbers, and save the workbook",
        );
    }
    ("is an error value of the spreadsheet", "correct its formula, or clear the cell")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_or_an_apostrophe_that_protects_an_id_is_no_part_of_it() {
        let cell = |text: &'static str| Cell { bytes: text.as_bytes(), kind: CellKind::Utf8 };
        for text in [
            "5550001",
            "\u{200b}5550001\u{200e}",
            "５５５０００１",
            "=\"5550001\"",
            " =\"5550001 \" ",
            "'5550001",
            "=\"005550001\"",
        ] {
            assert_eq!(partner(&cell(text)).unwrap().as_deref(), Some("5550001"), "{text}");
        }
        let guid = "11111111-aaaa-4bbb-8ccc-000000000001";
        assert_eq!(id(&cell("'11111111-aaaa-4bbb-8ccc-000000000001")).unwrap(), guid);
        assert_eq!(plain(&cell("=\"1000.25\"")).unwrap(), b"1000.25");
        assert_eq!(&*utf8(&cell("=\"Usage\"")), b"Usage");
        for text in [
            "'11111111-aaaa-4bbb-8ccc-000000000001'",
            "urn:uuid:11111111-AAAA-4bbb-8ccc-000000000001",
            "\u{202a}11111111-aaaa-4bbb-8ccc-000000000001",
            "11111111\u{2011}aaaa\u{2011}4bbb\u{2011}8ccc\u{2011}000000000001",
        ] {
            assert_eq!(ids::subscription_key(&id(&cell(text)).unwrap()), guid, "{text}");
        }
        for text in ["'t Hart", "=1+2", "=\"a\"&\"b\"", "=\"", "'"] {
            assert_eq!(super::text(&cell(text)).unwrap(), text);
            assert_eq!(id(&cell(text)).unwrap(), text);
        }
    }

    #[test]
    fn an_id_of_more_than_15_digits_that_was_a_number_has_lost_digits() {
        let number = |text: &'static str| Cell { bytes: text.as_bytes(), kind: CellKind::SheetNumber };
        assert_eq!(id(&number("123456789012345")).unwrap(), "123456789012345");
        assert_eq!(id(&number("1234567890123456")), Err(RejectCode::IdLostPrecision));
        let typed = Cell { bytes: b"566890604832738111", kind: CellKind::Sheet };
        assert_eq!(id(&typed).unwrap(), "566890604832738111");
    }

    #[test]
    fn bytes_that_are_no_text_of_their_encoding_are_bad_text() {
        let cell = |bytes: &'static [u8], kind| Cell { bytes, kind };
        assert_eq!(text(&cell(b"caf\xe9", CellKind::Utf8)), Err(RejectCode::BadText));
        assert_eq!(text(&cell(b" caf\xe9 ", CellKind::Windows1252)).unwrap(), "café");
        assert_eq!(text(&cell(b"#N/A", CellKind::SheetError)), Err(RejectCode::BadText));
        assert_eq!(plain(&cell(b"1\xff", CellKind::Utf8)), Err(RejectCode::BadText));
    }

    #[test]
    fn a_value_is_cut_to_200_bytes() {
        assert_eq!(shown("é".repeat(150).as_bytes()).len(), 200);
        assert!(shown(&[0xff; 300]).len() <= 200);
    }
}
