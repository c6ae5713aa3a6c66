//! Removes the indentation of `content.xml`: blanks and comments between elements, where no text belongs; makes a text of a whole number
//! whose digits a double does not hold, and an error value of a formula without a value. Comes in: the XML. Goes out: the XML with the same cells. It changes nothing within a paragraph.

use memchr::{memchr, memmem};

use crate::formats::row::UNCOMPUTED;
use crate::formats::workbook::cell_text;
use crate::formats::workbook::preflight::xml::{attribute, tag_name};

/// The XML without what is between elements outside of paragraphs.
pub(super) fn without_indentation(xml: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(xml.len());
    let (mut rest, mut paragraphs) = (xml, 0_u32);
    while !rest.is_empty() {
        let (length, is_text) = match rest {
            [b'<', b'!', b'-', b'-', ..] => (length_to(rest, 4, b"-->"), true),
            [b'<', b'!', b'[', ..] => (length_to(rest, 0, b"]]>"), false),
            [b'<', b'?', ..] => (length_to(rest, 0, b"?>"), false),
            [b'<', ..] => (tag_length(rest), false),
            _ => (memchr(b'<', rest).unwrap_or(rest.len()), true),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if let [b'<', tag @ .., b'>'] = token
            && !matches!(tag.first(), Some(b'!' | b'?'))
            && matches!(tag_name(tag).0, b"text:p" | b"text:h")
            && !tag.ends_with(b"/")
        {
            paragraphs = if tag_name(tag).1 { paragraphs + 1 } else { paragraphs.saturating_sub(1) };
        }
        if is_long_integer_cell(token) {
            // As text, it keeps its digits.
            let at = memmem::find(token, VALUE).unwrap_or(token.len());
            out.extend_from_slice(&token[..at]);
            out.extend_from_slice(b" office:string-value=");
            out.extend_from_slice(&token[(at + VALUE.len()).min(token.len())..]);
            continue;
        }
        if let [b'<', tag @ .., b'>'] = token
            && cell_text::is_uncomputed_ods_cell(tag)
        {
            let end = if tag.ends_with(b"/") { tag.len() - 1 } else { tag.len() };
            out.extend_from_slice(&token[..=end]);
            out.extend_from_slice(b" office:value-type=\"string\" office:string-value=\"");
            out.extend_from_slice(UNCOMPUTED.as_bytes());
            out.push(b'"');
            out.extend_from_slice(&token[end + 1..]);
            continue;
        }
        let is_indentation = is_text && (token.starts_with(b"<!--") || token.trim_ascii().is_empty());
        if paragraphs > 0 || !is_indentation {
            out.extend_from_slice(token);
        }
    }
    out
}

const VALUE: &[u8] = b" office:value=";

/// Whether a tag is a cell with a whole number whose text holds more digits than a double.
fn is_long_integer_cell(token: &[u8]) -> bool {
    let [b'<', tag @ .., b'>'] = token else { return false };
    tag.starts_with(b"table:table-cell")
        && memmem::find(tag, VALUE).is_some()
        && attribute(tag, "office:value").is_some_and(cell_text::is_exact_integer)
}

/// The length of a token that ends with `end`, which is searched from `from` on; the whole rest if it does not end.
fn length_to(rest: &[u8], from: usize, end: &[u8]) -> usize {
    memmem::find(&rest[from..], end).map_or(rest.len(), |at| from + at + end.len())
}

/// The length of a tag. A `>` within a quoted attribute value does not end it.
fn tag_length(rest: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            (None | Some(_), _) => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_between_elements_are_removed_and_paragraphs_are_unchanged() {
        for (xml, expected) in [
            ("<a>\n <b x=\" > \"/>\n</a>\n", "<a><b x=\" > \"/></a>"),
            ("<a><!-- <b> --> <b/></a>", "<a><b/></a>"),
            (
                "<c>\n <text:p> x <text:s/> <!-- y --> </text:p>\n</c>",
                "<c><text:p> x <text:s/> <!-- y --> </text:p></c>",
            ),
            ("<c> <text:p/> <text:p>a</text:p> </c>", "<c><text:p/><text:p>a</text:p></c>"),
            ("<?xml version='1.0'?>\n<a> t </a>", "<?xml version='1.0'?><a> t </a>"),
            ("<a><![CDATA[ <b> ]]></a>", "<a><![CDATA[ <b> ]]></a>"),
            ("<a", "<a"),
            (
                "<table:table-cell office:value-type=\"float\" office:value=\"123456789012345678\"/>",
                "<table:table-cell office:value-type=\"float\" office:string-value=\"123456789012345678\"/>",
            ),
            ("<table:table-cell office:value=\"12345\"/>", "<table:table-cell office:value=\"12345\"/>"),
            (
                "<table:table-cell table:formula=\"of:=1+1\"/>",
                "<table:table-cell table:formula=\"of:=1+1\" office:value-type=\"string\" office:string-value=\"#DATA!\"/>",
            ),
            (
                "<table:table-cell table:formula=\"of:=1+1\"></table:table-cell>",
                "<table:table-cell table:formula=\"of:=1+1\" office:value-type=\"string\" office:string-value=\"#DATA!\"></table:table-cell>",
            ),
            (
                "<table:table-cell table:formula=\"of:=1+1\" office:value=\"2\"/>",
                "<table:table-cell table:formula=\"of:=1+1\" office:value=\"2\"/>",
            ),
        ] {
            assert_eq!(String::from_utf8(without_indentation(xml.as_bytes())).unwrap(), expected);
        }
    }
}
