//! Cuts XML into tags and what stands between them, block by block, in bounded memory. Comes in: bytes. Goes out: tags and
//! lengths. It decodes nothing and builds no tree: it is for looking at a document before a reader is let in.
//!
//! It finds the ends of tags exactly as the reader does that comes after it, so that nothing can hide from it.

use memchr::{memchr, memchr3};

use super::fault::WorkbookError;
use crate::base::limits;

/// One piece of a document.
pub(super) enum Piece<'a> {
    /// What stands between `<` and `>`, with the `/` of an end tag or of an empty element.
    Tag(&'a [u8]),
    /// So many bytes that are no tag.
    Other(u64),
}

enum State {
    Text,
    Tag {
        quote: Option<u8>,
    },
    /// Begins with `<!` or `<?` and goes on until these bytes.
    Until(&'static [u8]),
}

/// Where a document stands between two blocks.
pub(super) struct Markup {
    state: State,
    open: Vec<u8>,
}

impl Markup {
    pub(super) fn new() -> Markup {
        Markup { state: State::Text, open: Vec::new() }
    }

    /// Reads the next block.
    pub(super) fn feed(
        &mut self,
        mut block: &[u8],
        each: &mut dyn FnMut(Piece<'_>) -> Result<(), WorkbookError>,
    ) -> Result<(), WorkbookError> {
        while !block.is_empty() {
            let used = match self.state {
                State::Text => {
                    let found = memchr(b'<', block);
                    let text = found.unwrap_or(block.len());
                    if text > 0 {
                        each(Piece::Other(length(text)))?;
                    }
                    if found.is_some() {
                        self.state = State::Tag { quote: None };
                        self.open.clear();
                        text + 1
                    } else {
                        text
                    }
                }
                State::Tag { quote } => self.tag(block, quote, each)?,
                State::Until(end) => self.until(block, end, each)?,
            };
            block = &block[used..];
            if length(self.open.len()) > limits::WORKBOOK_CELL_BYTES {
                return Err(too_long());
            }
        }
        Ok(())
    }

    fn tag(
        &mut self,
        block: &[u8],
        quote: Option<u8>,
        each: &mut dyn FnMut(Piece<'_>) -> Result<(), WorkbookError>,
    ) -> Result<usize, WorkbookError> {
        if self.open.is_empty() && matches!(block[0], b'!' | b'?') {
            self.state = State::Until(if block[0] == b'?' { b"?>" } else { b"" });
            return Ok(0);
        }
        let found = match quote {
            Some(quote) => memchr(quote, block),
            None => memchr3(b'>', b'"', b'\'', block),
        };
        let Some(at) = found else {
            self.open.extend_from_slice(block);
            return Ok(block.len());
        };
        self.open.extend_from_slice(&block[..at]);
        if quote.is_some() {
            self.open.push(block[at]);
            self.state = State::Tag { quote: None };
        } else if block[at] == b'>' {
            each(Piece::Tag(&self.open))?;
            self.state = State::Text;
            self.open.clear();
        } else {
            self.open.push(block[at]);
            self.state = State::Tag { quote: Some(block[at]) };
        }
        Ok(at + 1)
    }

    /// A comment, a CDATA section or an instruction. They are rare and short, so they are gone through byte by byte.
    fn until(
        &mut self,
        block: &[u8],
        end: &'static [u8],
        each: &mut dyn FnMut(Piece<'_>) -> Result<(), WorkbookError>,
    ) -> Result<usize, WorkbookError> {
        let mut end = end;
        for (at, &byte) in block.iter().enumerate() {
            self.open.push(byte);
            if end.is_empty() {
                match self.open.as_slice() {
                    b"!--" => end = b"-->",
                    b"![CDATA[" => end = b"]]>",
                    open if b"!--".starts_with(open) || b"![CDATA[".starts_with(open) => {}
                    // A document type can define text that expands without bound. No spreadsheet writes one.
                    _ => return Err(WorkbookError::corrupt("it has a document type definition")),
                }
                self.state = State::Until(end);
            } else if byte == b'>'
                && self.open.len() > end.len()
                && self.open.ends_with(end)
                && !self.begins()
            {
                each(Piece::Other(length(self.open.len())))?;
                self.state = State::Text;
                self.open.clear();
                return Ok(at + 1);
            }
            if length(self.open.len()) > limits::WORKBOOK_CELL_BYTES {
                return Err(too_long());
            }
        }
        Ok(block.len())
    }

    /// `<!-->` and `<!--->` begin a comment and do not end it.
    fn begins(&self) -> bool {
        self.open.starts_with(b"!--") && self.open.len() < b"!---->".len()
    }
}

fn too_long() -> WorkbookError {
    WorkbookError::expands(format!(
        "a tag or cell of the workbook is longer than {} MiB",
        limits::WORKBOOK_CELL_BYTES >> 20
    ))
}

/// A length in memory, as a count of bytes.
pub(super) fn length(len: usize) -> u64 {
    u64::try_from(len).expect("a length in memory fits 64 bits")
}

/// The name of a tag, with its prefix, and whether it is a start tag (not an end tag).
pub(super) fn tag_name(tag: &[u8]) -> (&[u8], bool) {
    let (tag, start) = match tag.split_first() {
        Some((b'/', rest)) => (rest, false),
        _ => (tag, true),
    };
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(tag.len());
    (&tag[..end], start)
}

/// The name of a tag without its prefix.
pub(super) fn local_name(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// An attribute of a start tag, as it stands. **Absent**: the tag has none of that name.
pub(super) fn attribute<'t>(tag: &'t [u8], wanted: &str) -> Option<&'t [u8]> {
    attributes(tag).find(|(name, _)| *name == wanted.as_bytes()).map(|(_, value)| value)
}

/// The attributes of a start tag: names and values as they stand.
pub(super) fn attributes(tag: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
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
        let mut markup = Markup::new();
        for block in document.chunks(block) {
            markup
                .feed(block, &mut |piece| {
                    if let Piece::Tag(tag) = piece {
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
        let outcome = Markup::new().feed(b"<!DOCTYPE x [<!ENTITY a \"b\">]>", &mut |_| Ok(()));
        assert!(outcome.is_err());
    }

    #[test]
    fn a_tag_without_end_is_refused_before_it_fills_the_memory() {
        let mut markup = Markup::new();
        let block = vec![b' '; 1 << 20];
        markup.feed(b"<a ", &mut |_| Ok(())).unwrap();
        let refused = (0..64).find(|_| markup.feed(&block, &mut |_| Ok(())).is_err());
        assert_eq!(refused, Some(3), "the fourth MiB is one too many");
    }
}
