//! Tokenizer of XML for the preflight: tags, texts, and the lengths of what else is between them, block by block, in bounded
//! memory. Comes in: bytes. Goes out: tags, texts and lengths. It decodes nothing and builds no tree.
//!
//! It finds the ends of tags exactly as quick-xml does, by which calamine reads, so that nothing can be hidden from
//! it.

use memchr::{memchr, memchr3};

use super::len_u64;
use crate::base::limits;
use crate::formats::workbook::error::WorkbookError;

/// A token.
pub(in crate::formats::workbook) enum XmlToken<'a> {
    /// The bytes between `<` and `>`, with the `/` of an end tag or of an empty element.
    Tag(&'a [u8]),
    /// Text between tags, or a piece of it.
    Text(&'a [u8]),
    /// This many bytes that are neither: a comment, CDATA or an instruction.
    Other(u64),
}

enum XmlState {
    Text,
    Tag {
        quote: Option<u8>,
    },
    /// `<!` or `<?`, until these bytes. Empty: which kind it is is not known yet.
    Until(&'static [u8]),
}

/// Tokenizer state between two blocks.
pub(super) struct XmlTokenizer {
    state: XmlState,
    /// The bytes of the tag, comment, CDATA section or instruction that has not ended yet.
    pending: Vec<u8>,
}

impl XmlTokenizer {
    pub(super) fn new() -> XmlTokenizer {
        XmlTokenizer { state: XmlState::Text, pending: Vec::new() }
    }

    /// Tokenises the next block.
    ///
    /// # Errors
    /// A tag is too long, the document has a document type definition, or `each` fails.
    pub(super) fn feed(
        &mut self,
        mut block: &[u8],
        each: &mut dyn FnMut(XmlToken<'_>) -> Result<(), WorkbookError>,
    ) -> Result<(), WorkbookError> {
        while !block.is_empty() {
            let used = match self.state {
                XmlState::Text => {
                    let found = memchr(b'<', block);
                    let text = found.unwrap_or(block.len());
                    if text > 0 {
                        each(XmlToken::Text(&block[..text]))?;
                    }
                    if found.is_some() {
                        self.state = XmlState::Tag { quote: None };
                        self.pending.clear();
                        text + 1
                    } else {
                        text
                    }
                }
                XmlState::Tag { quote } => self.tag(block, quote, each)?,
                XmlState::Until(end) => self.until(block, end, each)?,
            };
            block = &block[used..];
            if len_u64(self.pending.len()) > limits::WORKBOOK_CELL_BYTES {
                return Err(too_long());
            }
        }
        Ok(())
    }

    /// Goes on in a tag. A `>` within a quoted attribute value does not end it. Returns how many bytes of the block
    /// were used.
    fn tag(
        &mut self,
        block: &[u8],
        quote: Option<u8>,
        each: &mut dyn FnMut(XmlToken<'_>) -> Result<(), WorkbookError>,
    ) -> Result<usize, WorkbookError> {
        if self.pending.is_empty() && matches!(block[0], b'!' | b'?') {
            self.state = XmlState::Until(if block[0] == b'?' { b"?>" } else { b"" });
            return Ok(0);
        }
        let found = match quote {
            Some(quote) => memchr(quote, block),
            None => memchr3(b'>', b'"', b'\'', block),
        };
        let Some(at) = found else {
            self.pending.extend_from_slice(block);
            return Ok(block.len());
        };
        self.pending.extend_from_slice(&block[..at]);
        // A closing quote; else the end of the tag; else an opening quote.
        if quote.is_some() {
            self.pending.push(block[at]);
            self.state = XmlState::Tag { quote: None };
        } else if block[at] == b'>' {
            each(XmlToken::Tag(&self.pending))?;
            self.state = XmlState::Text;
            self.pending.clear();
        } else {
            self.pending.push(block[at]);
            self.state = XmlState::Tag { quote: Some(block[at]) };
        }
        Ok(at + 1)
    }

    /// Goes on in a comment, a CDATA section or an instruction; these are rare and short, so they are scanned byte by
    /// byte. Returns how many bytes of the block were used.
    fn until(
        &mut self,
        block: &[u8],
        end: &'static [u8],
        each: &mut dyn FnMut(XmlToken<'_>) -> Result<(), WorkbookError>,
    ) -> Result<usize, WorkbookError> {
        let mut end = end;
        for (at, &byte) in block.iter().enumerate() {
            self.pending.push(byte);
            // The first bytes tell what it is and by what it ends.
            if end.is_empty() {
                match self.pending.as_slice() {
                    b"!--" => end = b"-->",
                    b"![CDATA[" => end = b"]]>",
                    pending if b"!--".starts_with(pending) || b"![CDATA[".starts_with(pending) => {}
                    // Entities of a document type can expand without bound; spreadsheets do not write one.
                    _ => return Err(WorkbookError::corrupt("it has a document type definition")),
                }
                self.state = XmlState::Until(end);
            } else if byte == b'>'
                && self.pending.len() > end.len()
                && self.pending.ends_with(end)
                && !self.is_comment_start()
            {
                each(XmlToken::Other(len_u64(self.pending.len())))?;
                self.state = XmlState::Text;
                self.pending.clear();
                return Ok(at + 1);
            }
            if len_u64(self.pending.len()) > limits::WORKBOOK_CELL_BYTES {
                return Err(too_long());
            }
        }
        Ok(block.len())
    }

    /// Whether the bytes are `<!-->` or `<!--->`, which begin a comment and do not end it.
    fn is_comment_start(&self) -> bool {
        self.pending.starts_with(b"!--") && self.pending.len() < b"!---->".len()
    }
}

fn too_long() -> WorkbookError {
    WorkbookError::expansion_limit(format!(
        "a tag or cell of the workbook is longer than {} MiB",
        limits::WORKBOOK_CELL_BYTES >> 20
    ))
}

/// The name of a tag, with its prefix, and whether the tag is a start tag.
pub(in crate::formats::workbook) fn tag_name(tag: &[u8]) -> (&[u8], bool) {
    let (tag, start) = match tag.split_first() {
        Some((b'/', rest)) => (rest, false),
        _ => (tag, true),
    };
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(tag.len());
    (&tag[..end], start)
}

/// The name of a tag without its prefix.
pub(in crate::formats::workbook) fn local_name(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// The raw value of an attribute of a start tag. **Absent**: the tag has no attribute of that name.
pub(in crate::formats::workbook) fn attribute<'t>(tag: &'t [u8], wanted: &str) -> Option<&'t [u8]> {
    attributes(tag).find(|(name, _)| *name == wanted.as_bytes()).map(|(_, value)| value)
}

/// The attributes of a start tag: names and raw values.
pub(in crate::formats::workbook) fn attributes(tag: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = &tag[tag_name(tag).0.len()..];
    std::iter::from_fn(move || {
        let equals = memchr(b'=', rest)?;
        let name = rest[..equals].trim_ascii();
        let after = rest[equals + 1..].trim_ascii_start();
        let (&quote, value) = after.split_first()?;
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let end = memchr(quote, value)?;
        rest = &value[end + 1..];
        Some((name, &value[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(document: &[u8], block: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut tokenizer = XmlTokenizer::new();
        for block in document.chunks(block) {
            tokenizer
                .feed(block, &mut |piece| {
                    if let XmlToken::Tag(tag) = piece {
                        found.push(String::from_utf8_lossy(tag).into_owned());
                    }
                    Ok(())
                })
                .unwrap();
        }
        found
    }

    #[test]
    fn tags_are_found_whatever_the_block_size_and_not_inside_quotes_comments_or_cdata() {
        let document = b"<?xml version='1.0'?><!--<no>--><a x=\"1>2\" y='\"'>t<![CDATA[<no>]]></a><b/>";
        for block in 1..document.len() {
            assert_eq!(pieces(document, block), ["a x=\"1>2\" y='\"'", "/a", "b/"], "block of {block}");
        }
    }

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let tag = b"table:table-cell table:number-columns-repeated=\"3\" office:value = '7'/";
        assert_eq!(attribute(tag, "table:number-columns-repeated"), Some(b"3".as_slice()));
        assert_eq!(attribute(tag, "office:value"), Some(b"7".as_slice()));
        assert_eq!(attribute(tag, "value"), None);
    }

    #[test]
    fn a_document_type_definition_is_refused() {
        let outcome = XmlTokenizer::new().feed(b"<!DOCTYPE x [<!ENTITY a \"b\">]>", &mut |_| Ok(()));
        assert!(outcome.is_err());
    }

    #[test]
    fn a_tag_without_end_is_refused_before_it_fills_the_memory() {
        let mut tokenizer = XmlTokenizer::new();
        let block = vec![b' '; 1 << 20];
        tokenizer.feed(b"<a ", &mut |_| Ok(())).unwrap();
        let refused = (0..64).find(|_| tokenizer.feed(&block, &mut |_| Ok(())).is_err());
        assert_eq!(refused, Some(3), "the fourth MiB is one too many");
    }
}
