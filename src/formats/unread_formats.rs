//! Formats of spreadsheets and pages that are not read, by their first bytes, and files whose name promises a workbook. Comes in: the name and
//! the first bytes of a file, or what recognition made of it. Goes out: what the file is, with what to save instead. It reads no cell.

use std::path::Path;

use super::data_evidence;
use super::discover::{DiscoveredBy, DiscoveredFile};
use super::skipped::{SkipClass, SkippedFile};
use crate::diagnostics::error::InputErrorCode;

/// A format that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnreadFormat {
    /// What the file is, with its article.
    name: &'static str,
    content: UnreadContent,
}

/// What a file in a format that is not read holds, which decides what people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnreadContent {
    /// A sheet.
    Sheet,
    /// A page with a table among other things.
    PageWithTable,
    /// A page without a table, such as a login page.
    Page,
    /// Any text or record in markup.
    Markup,
}

impl UnreadFormat {
    pub(super) fn sheet(name: &'static str) -> UnreadFormat {
        UnreadFormat { name, content: UnreadContent::Sheet }
    }

    /// What the file is and what to do, for people.
    pub(super) fn message(self) -> String {
        let advice = match self.content {
            UnreadContent::Sheet | UnreadContent::PageWithTable => {
                "which is not read; open it in a spreadsheet, and save it as .xlsx or CSV"
            }
            UnreadContent::Page => {
                "not an export; perhaps it asks to sign in or tells of an error: sign in, and download the export again"
            }
            UnreadContent::Markup => "which is not read; save it as .xlsx or CSV",
        };
        format!("{}, {advice}", self.name)
    }

    /// The class of such a file that a walk met.
    fn class(self, name: &str) -> SkipClass {
        let is_data = match self.content {
            UnreadContent::Sheet => true,
            UnreadContent::PageWithTable | UnreadContent::Page | UnreadContent::Markup => {
                data_evidence::is_named_like_data(name)
            }
        };
        if is_data { SkipClass::UnreadFormat } else { SkipClass::NoData }
    }

    /// What is done with such a file: the class with which a walk passes over it.
    ///
    /// # Errors
    /// The file is given by its name, or its name promises a workbook.
    pub(super) fn skip_class(self, file: &DiscoveredFile) -> Result<SkipClass, (InputErrorCode, String)> {
        match file.by {
            DiscoveredBy::Walk if !is_named_workbook(&file.shown) => Ok(self.class(&file.shown)),
            DiscoveredBy::Walk | DiscoveredBy::Name => Err((InputErrorCode::Unsupported, self.message())),
        }
    }
}

/// Endings of names that promise a workbook.
const WORKBOOK_ENDINGS: [&str; 12] =
    ["xls", "xlsx", "xlsm", "xlsb", "xla", "xlam", "xlt", "xltx", "xltm", "xlw", "ods", "ots"];

/// Whether a name ends as the name of a workbook.
pub(super) fn is_named_workbook(name: &str) -> bool {
    // Excel writes a file `~$` beside a workbook that is open.
    let is_owner_file = name.rsplit('/').next().is_some_and(|file| file.starts_with("~$"));
    !is_owner_file
        && data_evidence::ending(name).is_some_and(|ending| WORKBOOK_ENDINGS.contains(&ending.as_str()))
}

/// What a file is whose outcome its name decides. `skipped`: what recognition has passed over, from `from` on of this file. A file whose name
/// promises a workbook is never passed over for being none, as `is_workbook` finds out; columns of fixed width are no header.
///
/// # Errors
/// The file is no input, though its name promises one; or `outcome` is an error.
pub(super) fn outcome_by_name(
    file: &DiscoveredFile,
    outcome: Result<(), (InputErrorCode, String)>,
    skipped: &mut Vec<SkippedFile>,
    from: usize,
    is_workbook: &dyn Fn(&Path) -> bool,
) -> Result<(), (InputErrorCode, String)> {
    let promises_workbook = is_named_workbook(&file.shown);
    let is_fixed_width = data_evidence::ending(&file.shown).as_deref() == Some("prn");
    if !promises_workbook && !is_fixed_width {
        return outcome;
    }
    let fixed_width = UnreadFormat::sheet("text in columns of fixed width");
    let no_workbook = |reason: &str| format!("its name promises a workbook, but it is none: {reason}");
    match outcome {
        Err((InputErrorCode::UnknownHeader, _)) if is_fixed_width => {
            Err((InputErrorCode::Unsupported, fixed_width.message()))
        }
        Err(error) => Err(error),
        Ok(()) => {
            let is_of_file = |skipped: &SkippedFile| {
                let is_unread = match skipped.class {
                    SkipClass::Unrecognised | SkipClass::Unusable | SkipClass::NoData | SkipClass::Empty => {
                        true
                    }
                    SkipClass::UnreadFormat
                    | SkipClass::UnreadSheet
                    | SkipClass::CreditsTable
                    | SkipClass::Foreign
                    | SkipClass::Output
                    | SkipClass::Companion
                    | SkipClass::Superseded
                    | SkipClass::TotalsRow
                    | SkipClass::Hidden => false,
                };
                is_unread && skipped.name.sheet.is_none() && skipped.name.file == file.shown
            };
            match skipped.get_mut(from).filter(|skipped| is_of_file(skipped)) {
                Some(skipped) if is_fixed_width && skipped.class != SkipClass::Empty => {
                    (skipped.class, skipped.reason) = (SkipClass::UnreadFormat, fixed_width.message());
                    Ok(())
                }
                Some(unread) if promises_workbook && !file.path.as_deref().is_some_and(is_workbook) => {
                    let message = no_workbook(&unread.reason);
                    skipped.remove(from);
                    Err((InputErrorCode::Unsupported, message))
                }
                Some(_) | None => Ok(()),
            }
        }
    }
}

/// Magic numbers of spreadsheets that are not read.
const MAGIC: [(&[u8], &str); 13] = [
    (b"\x09\x00\x04\x00", "a workbook of Excel 2"),
    (b"\x09\x02\x06\x00", "a workbook of Excel 3"),
    (b"\x09\x04\x06\x00", "a workbook of Excel 4"),
    (b"\x09\x08\x08\x00", "a workbook of Excel 5 without its container"),
    (b"\x09\x08\x10\x00", "a workbook of Excel 97 without its container"),
    (b"\0\0\x02\0\x04\x04", "a Lotus 1-2-3 worksheet"),
    (b"\0\0\x02\0\x05\x04", "a Lotus 1-2-3 worksheet"),
    (b"\0\0\x02\0\x06\x04", "a Lotus 1-2-3 worksheet"),
    (b"\0\0\x02\0\x20\x51", "a Quattro Pro worksheet"),
    (b"\0\0\x1a\0", "a Lotus 1-2-3 worksheet"),
    (b"\xff\0\x02\0\x04\x04", "a Microsoft Works worksheet"),
    (b"socialcalc:version:", "a SocialCalc sheet"),
    (b"TABLE\n0,1\n", "a DIF file"),
];

/// The format, not read by attain, that bytes begin. `None` if they begin none that is told by its content.
pub(super) fn unread_format(head: &[u8]) -> Option<UnreadFormat> {
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(UnreadFormat::sheet(name));
    }
    if is_dbase(head) {
        return Some(UnreadFormat::sheet("a dBASE file"));
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.starts_with(b"<") {
        return markup(text);
    }
    if text.starts_with(b"TABLE\r\n0,1\r\n") {
        return Some(UnreadFormat::sheet("a DIF file"));
    }
    if is_sylk(text) {
        return Some(UnreadFormat::sheet("a SYLK file"));
    }
    if text.starts_with(b"{\\rtf") {
        let name = "a document in rich text (RTF)";
        let content = if contains(text, b"\\trowd") { UnreadContent::Sheet } else { UnreadContent::Markup };
        return Some(UnreadFormat { name, content });
    }
    let is_mime = text.get(..13).is_some_and(|start| start.eq_ignore_ascii_case(b"MIME-Version:"));
    if is_mime && contains(text, b"multipart/related") {
        let name = "a web page in one file (MHTML)";
        return Some(UnreadFormat { name, content: UnreadContent::PageWithTable });
    }
    None
}

/// Whether bytes begin a table of dBASE, FoxPro or a relative: a signature, the day of the last change, and lengths that hold a field each.
fn is_dbase(head: &[u8]) -> bool {
    let &[signature, _, month, day, _, _, _, _, header_low, header_high, record_low, record_high, ..] = head
    else {
        return false;
    };
    let header = u16::from_le_bytes([header_low, header_high]);
    let record = u16::from_le_bytes([record_low, record_high]);
    matches!(
        signature,
        0x02..=0x05 | 0x30..=0x32 | 0x43 | 0x63 | 0x7b | 0x83 | 0x8b | 0x8c | 0x8e | 0xcb | 0xe5 | 0xf5 | 0xfb
    ) && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && header >= 33
        && record >= 2
}

/// Whether a text is SYLK: `ID` with the program, then lines that each begin with the type of their record.
fn is_sylk(text: &[u8]) -> bool {
    const RECORDS: [&[u8]; 9] = [b"P", b"F", b"B", b"C", b"O", b"NN", b"NE", b"NU", b"W"];
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let is_id = lines.next().is_some_and(|line| line.starts_with(b"ID;P"));
    let records: Vec<&[u8]> = lines.take(3).collect();
    let is_record =
        |line: &&[u8]| line.split(|byte| *byte == b';').next().is_some_and(|r| RECORDS.contains(&r));
    is_id && !records.is_empty() && records.iter().all(is_record)
}

/// Names of elements with which a page begins.
const PAGE_ELEMENTS: [&[u8]; 20] = [
    b"html", b"head", b"body", b"meta", b"title", b"style", b"script", b"link", b"table", b"div", b"span",
    b"center", b"form", b"font", b"p", b"b", b"h1", b"h2", b"h3", b"br",
];

/// What a text in markup is, by its first element.
fn markup(text: &[u8]) -> Option<UnreadFormat> {
    let is_page = first_element(text).is_none_or(|element| {
        let name = element.rsplit(|byte| *byte == b':').next().unwrap_or(element);
        PAGE_ELEMENTS.iter().any(|page| page.eq_ignore_ascii_case(name))
    });
    let is_declared = contains(&text[..text.len().min(1024)].to_ascii_lowercase(), b"<!doctype html");
    let element = first_element(text)?;
    if is_page || is_declared {
        let head = text.to_ascii_lowercase();
        let (name, content) = if contains(&head, b"<td") || contains(&head, b"<th") {
            let is_bare = begins_with_table(&head);
            let content = if is_bare { UnreadContent::Sheet } else { UnreadContent::PageWithTable };
            ("a table of a web page (HTML)", content)
        } else {
            ("a web page (HTML)", UnreadContent::Page)
        };
        return Some(UnreadFormat { name, content });
    }
    let local = element.rsplit(|byte| *byte == b':').next().unwrap_or(element);
    let sheet = match local {
        b"Workbook" if contains(text, b"gnumeric") => "a Gnumeric workbook",
        b"Workbook" => "an XML spreadsheet of Excel 2003",
        b"document"
            if contains(text, b"opendocument.spreadsheet") || contains(text, b"<office:spreadsheet") =>
        {
            "a flat OpenDocument spreadsheet (.fods)"
        }
        b"UOF" => "a spreadsheet in Uniform Office Format",
        b"package" if contains(text, b"/xl/") => "a workbook as one XML file (Flat OPC)",
        _ => return Some(UnreadFormat { name: "an XML file", content: UnreadContent::Markup }),
    };
    Some(UnreadFormat::sheet(sheet))
}

/// Whether the body of a page, in lower case, begins with a table, as the exports of web sites and spreadsheets do.
fn begins_with_table(page: &[u8]) -> bool {
    let body = memchr::memmem::find(page, b"<body").and_then(|at| {
        let end = memchr::memchr(b'>', &page[at..])?;
        Some(&page[at + end + 1..])
    });
    first_element(body.unwrap_or(page)) == Some(b"table")
}

/// The name of the first element, behind declarations and comments. `None` if there is none.
fn first_element(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = text.trim_ascii_start();
        let end: &[u8] = match text {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', ..] => b">",
            [b'<', rest @ ..] => {
                let is_name =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.');
                let length = rest.iter().take_while(|byte| is_name(byte)).count();
                return Some(&rest[..length]).filter(|name| !name.is_empty());
            }
            _ => return None,
        };
        let at = memchr::memmem::find(text, end)?;
        text = &text[at + end.len()..];
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8]) -> Option<&'static str> {
        unread_format(head).map(|format| format.name)
    }

    #[test]
    fn spreadsheets_that_are_not_read_are_told_by_their_first_bytes() {
        for (head, expected) in [
            (&b"\x09\x00\x04\x00\x02\x00\x10\x00"[..], "a workbook of Excel 2"),
            (b"\x09\x02\x06\x00\x03\x00\x10\x00br", "a workbook of Excel 3"),
            (b"\x09\x04\x06\x00\x04\x00\x10\x00br", "a workbook of Excel 4"),
            (b"\0\0\x02\0\x06\x04\x06\0", "a Lotus 1-2-3 worksheet"),
            (b"\0\0\x1a\0\0\x10\x04\0", "a Lotus 1-2-3 worksheet"),
            (b"\x30\x11\x02\x13\x05\0\0\0\x08\x02\x25\0\0", "a dBASE file"),
            (b"ID;PWXL;N;E\r\nP;PGeneral\r\nB;Y6;X7\r\n", "a SYLK file"),
            (b"TABLE\r\n0,1\r\n\"EXCEL\"\r\n", "a DIF file"),
            (b"{\\rtf1\\ansi\\trowd\\trautofit1", "a document in rich text (RTF)"),
            (b"socialcalc:version:1.5\n", "a SocialCalc sheet"),
            (
                b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                "an XML spreadsheet of Excel 2003",
            ),
            (b"<ss:Workbook xmlns:ss=\"urn:x\">", "an XML spreadsheet of Excel 2003"),
            (b"<?xml version=\"1.0\"?>\n<gnm:Workbook xmlns:gnm=\"http://www.gnumeric.org/v10.dtd\">", "a Gnumeric workbook"),
            (
                b"\xef\xbb\xbf<?xml version=\"1.0\"?><!-- by hand --><office:document office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet\">",
                "a flat OpenDocument spreadsheet (.fods)",
            ),
            (b"<usage><row/></usage>", "an XML file"),
            (b"<HTML><body><TABLE><tr><TD>Date</TD></tr>", "a table of a web page (HTML)"),
            (b"\n<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in</title>", "a web page (HTML)"),
            (b"<table border=1><tr><th>Date</th>", "a table of a web page (HTML)"),
            (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x", "a web page in one file (MHTML)"),
        ] {
            assert_eq!(name(head), Some(expected), "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_page_is_a_sheet_if_it_begins_with_a_table() {
        let content = |head: &[u8]| unread_format(head).unwrap().content;
        assert_eq!(
            content(b"<html><head></head><body><!-- x -->\n<TABLE><tr><td>1</td>"),
            UnreadContent::Sheet
        );
        assert_eq!(content(b"<table><tr><td>1</td>"), UnreadContent::Sheet);
        assert_eq!(content(b"<html><body><h1>Report</h1><table><td>1</td>"), UnreadContent::PageWithTable);
        assert_eq!(content(b"<html><body><table>"), UnreadContent::Page);
    }

    #[test]
    fn delimited_text_is_none_of_these() {
        for head in [
            &b"Date,PartnerId,Amount\n"[..],
            b"ID;Product;Cost\n1;a;2\n",
            b"ID;PartnerId;Cost\nC;1;2\nB;1;x\nZ;2;3\n",
            b"CostInUsd,Date\n1,2\n",
            b"0,1,2\n3,4,5\n",
            b"TABLE,ROW\n0,1\n",
            b"{\"a\":1}\n",
            b"",
            b"<",
        ] {
            assert_eq!(name(head), None, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_name_promises_a_workbook_by_its_ending() {
        assert!(
            is_named_workbook("in/Usage.XLS") && is_named_workbook("a.b.xlsx") && is_named_workbook("a.ods")
        );
        assert!(
            !is_named_workbook("xls")
                && !is_named_workbook("a.xlsx.csv")
                && !is_named_workbook("a.xls/b.csv")
        );
    }
}
