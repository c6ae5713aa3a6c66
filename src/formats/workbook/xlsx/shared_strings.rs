//! Shared strings of an `.xlsx` on the fast path. Comes in: the XML of the part, block by block. Goes out: all
//! strings. Any other form, such as a string in several fonts, is [`NeedsFallback`]: calamine reads them. It holds
//! all strings, in one buffer.

use memchr::{memchr, memchr3, memmem};

use super::PreflightStop;
use super::entities::unescape;
use super::row_splitter::is_plain_prolog;
use super::tokens::{NeedsFallback, TEXT_BYTES};
use crate::base::limits;
use crate::formats::workbook::error::WorkbookError;

/// Strings must begin within this many bytes.
const BEFORE_BYTES: usize = 64 << 10;
const BEGIN: &[u8] = b"<sst";
const END: &[u8] = b"</sst>";
const TEXT_END: &[u8] = b"</si>";

/// Shared strings by index.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct SharedStrings {
    /// All strings, one after the other.
    strings: String,
    /// Where each string ends.
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(in super::super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of all strings.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.strings.as_bytes()
    }

    /// Start and end of a string in [`SharedStrings::bytes`]. `None` if there is none of that index.
    #[inline]
    pub(super) fn span(&self, index: u32) -> Option<(usize, usize)> {
        let index = index as usize;
        let end = *self.ends.get(index)?;
        Some((if index == 0 { 0 } else { self.ends[index - 1] }, end))
    }

    pub(super) fn get(&self, index: u32) -> Option<&str> {
        self.span(index).map(|(start, end)| &self.strings[start..end])
    }

    pub(super) fn push(&mut self, text: &str) {
        self.strings.push_str(text);
        self.ends.push(self.strings.len());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StringsState {
    Before,
    Within,
    After,
}

/// Tokenizer of shared strings.
pub(in super::super) struct SharedStringsPreflight {
    state: StringsState,
    /// Bytes that are not tokenised yet.
    pending: Vec<u8>,
    strings: SharedStrings,
}

impl SharedStringsPreflight {
    pub(in super::super) fn new() -> SharedStringsPreflight {
        SharedStringsPreflight {
            state: StringsState::Before,
            pending: Vec::new(),
            strings: SharedStrings::default(),
        }
    }

    /// All strings. To be called at the end.
    pub(in super::super) fn finish(self) -> SharedStrings {
        self.strings
    }

    /// Tokenises the next block; an empty one is the end. What is outside of strings goes to `outside`.
    ///
    /// # Errors
    /// The strings need the fallback, or `outside` fails.
    pub(in super::super) fn feed(
        &mut self,
        block: &[u8],
        outside: &mut dyn FnMut(&[u8]) -> Result<(), WorkbookError>,
    ) -> Result<(), PreflightStop> {
        if self.state == StringsState::After {
            return outside(block).map_err(PreflightStop::Refused);
        }
        self.pending.extend_from_slice(block);
        let mut used = 0;
        if self.state == StringsState::Before
            && let Some(prolog_len) = prolog_len(&self.pending)?
        {
            outside(&self.pending[..prolog_len]).map_err(PreflightStop::Refused)?;
            used = prolog_len;
            self.state = StringsState::Within;
        }
        if self.state == StringsState::Within {
            // Only complete strings are tokenised; the rest waits for the next block.
            let complete = memmem::rfind(&self.pending[used..], TEXT_END);
            let complete = complete.map_or(used, |at| used + at + TEXT_END.len());
            while used < complete && !self.pending[used..].starts_with(END) {
                used += self.string_at(used)?;
            }
            if self.pending[used..].starts_with(END) {
                outside(&self.pending[used..]).map_err(PreflightStop::Refused)?;
                self.state = StringsState::After;
                self.pending = Vec::new();
                return Ok(());
            }
        }
        self.pending.drain(..used);
        let is_long =
            u64::try_from(self.pending.len()).is_ok_and(|pending| pending > limits::WORKBOOK_CELL_BYTES);
        if block.is_empty() || is_long { Err(PreflightStop::Fallback) } else { Ok(()) }
    }

    /// Tokenises the string that begins at `start`. Returns how long its markup is.
    fn string_at(&mut self, start: usize) -> Result<usize, NeedsFallback> {
        let all = &self.pending[start..];
        let rest = all.strip_prefix(b"<si><t").ok_or(NeedsFallback)?;
        if let Some(rest) = rest.strip_prefix(b"/></si>") {
            self.strings.push("");
            return Ok(all.len() - rest.len());
        }
        let (rest, keeps_blanks) = match rest.strip_prefix(b" xml:space=\"preserve\"") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let rest = rest.strip_prefix(b">").ok_or(NeedsFallback)?;
        let end = memchr(b'<', rest).filter(|end| *end <= TEXT_BYTES).ok_or(NeedsFallback)?;
        let (text, rest) = rest.split_at(end);
        let rest = rest.strip_prefix(b"</t></si>").ok_or(NeedsFallback)?;
        let text = unescape(str::from_utf8(text).map_err(|_| NeedsFallback)?)?;
        self.strings.push(if keeps_blanks { &text } else { text.trim_matches([' ', '\t', '\n']) });
        Ok(all.len() - rest.len())
    }
}

/// The length of what is before the strings. `None` if the block does not reach to them.
fn prolog_len(text: &[u8]) -> Result<Option<usize>, NeedsFallback> {
    let begin = memmem::find(text, BEGIN);
    let Some((begin, end)) = begin.and_then(|at| Some((at, at + memchr(b'>', &text[at..])?))) else {
        return if text.len() > BEFORE_BYTES { Err(NeedsFallback) } else { Ok(None) };
    };
    // Only the XML declaration may come before, so that the tag is not within a comment or CDATA.
    let head = text[..begin].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text[..begin]);
    let blanks = match memmem::find(head, b"?>") {
        Some(end) if head.starts_with(b"<?xml ") => &head[end + 2..],
        Some(_) => return Err(NeedsFallback),
        None => head,
    };
    if !blanks.trim_ascii().is_empty()
        || !is_plain_prolog(head)
        || !is_plain_tag(&text[begin + BEGIN.len()..end])
    {
        return Err(NeedsFallback);
    }
    Ok(Some(end + 1))
}

/// Whether attributes are written in the one form that every reader takes alike, and no name is repeated.
fn is_plain_tag(mut attributes: &[u8]) -> bool {
    let mut names: Vec<&[u8]> = Vec::new();
    while !attributes.is_empty() {
        let Some(rest) = attributes.strip_prefix(b" ") else { return false };
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').count();
        let (name, rest) = rest.split_at(length);
        let Some(rest) = rest.strip_prefix(b"=\"") else { return false };
        let Some(end) = memchr(b'"', rest) else { return false };
        if name.is_empty() || names.contains(&name) || memchr3(b'<', b'&', b'\r', &rest[..end]).is_some() {
            return false;
        }
        names.push(name);
        attributes = &rest[end + 1..];
    }
    true
}
