//! The shared texts of an `.xlsx` as the usual programs write them, read without the workbook library. Comes in: the XML of the
//! part, block by block. Goes out: all texts. What has any other form, such as a text in several fonts, is [`Unusual`]: the
//! library is asked.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};

use super::Broken;
use super::cutter::is_plain;
use super::tokens::{TEXT_BYTES, Unusual};
use crate::base::limits;
use crate::formats::workbook::fault::WorkbookError;

/// Texts begin within so many bytes.
const BEFORE_BYTES: usize = 64 << 10;
const BEGIN: &[u8] = b"<sst";
const END: &[u8] = b"</sst>";
const TEXT_END: &[u8] = b"</si>";

/// Texts by their number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Texts {
    /// One after the other.
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    pub(in super::super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All of them.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.texts.as_bytes()
    }

    /// Where one stands. `None`: there is none of that number.
    #[inline]
    pub(super) fn span(&self, number: u32) -> Option<(usize, usize)> {
        let number = number as usize;
        let end = *self.ends.get(number)?;
        Some((if number == 0 { 0 } else { self.ends[number - 1] }, end))
    }

    pub(super) fn get(&self, number: u32) -> Option<&str> {
        self.span(number).map(|(start, end)| &self.texts[start..end])
    }

    pub(super) fn push(&mut self, text: &str) {
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Texts,
    Behind,
}

/// Reads shared texts.
pub(in super::super) struct TextsLook {
    state: State,
    /// What is not whole.
    held: Vec<u8>,
    texts: Texts,
}

impl TextsLook {
    pub(in super::super) fn new() -> TextsLook {
        TextsLook { state: State::Before, held: Vec::new(), texts: Texts::default() }
    }

    /// All texts; asked at the end.
    pub(in super::super) fn finish(self) -> Texts {
        self.texts
    }

    /// Reads the next block; an empty one is the end. What stands outside of texts goes to `outside`.
    pub(in super::super) fn feed(
        &mut self,
        block: &[u8],
        outside: &mut dyn FnMut(&[u8]) -> Result<(), WorkbookError>,
    ) -> Result<(), Broken> {
        if self.state == State::Behind {
            return outside(block).map_err(Broken::Refused);
        }
        self.held.extend_from_slice(block);
        let mut used = 0;
        if self.state == State::Before
            && let Some(before) = before(&self.held)?
        {
            outside(&self.held[..before]).map_err(Broken::Refused)?;
            used = before;
            self.state = State::Texts;
        }
        if self.state == State::Texts {
            let whole = memmem::rfind(&self.held[used..], TEXT_END);
            let whole = whole.map_or(used, |at| used + at + TEXT_END.len());
            while used < whole && !self.held[used..].starts_with(END) {
                used += self.text_at(used)?;
            }
            if self.held[used..].starts_with(END) {
                outside(&self.held[used..]).map_err(Broken::Refused)?;
                self.state = State::Behind;
                self.held = Vec::new();
                return Ok(());
            }
        }
        self.held.drain(..used);
        let is_long = u64::try_from(self.held.len()).is_ok_and(|held| held > limits::WORKBOOK_CELL_BYTES);
        if block.is_empty() || is_long { Err(Broken::Unusual) } else { Ok(()) }
    }

    /// Takes the text that begins at `start`. Returns how long its markup is.
    fn text_at(&mut self, start: usize) -> Result<usize, Unusual> {
        let all = &self.held[start..];
        let rest = all.strip_prefix(b"<si><t").ok_or(Unusual)?;
        if let Some(rest) = rest.strip_prefix(b"/></si>") {
            self.texts.push("");
            return Ok(all.len() - rest.len());
        }
        let (rest, keeps_blanks) = match rest.strip_prefix(b" xml:space=\"preserve\"") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let rest = rest.strip_prefix(b">").ok_or(Unusual)?;
        let end = memchr(b'<', rest).filter(|end| *end <= TEXT_BYTES).ok_or(Unusual)?;
        let (text, rest) = rest.split_at(end);
        let rest = rest.strip_prefix(b"</t></si>").ok_or(Unusual)?;
        let text = unescaped(str::from_utf8(text).map_err(|_| Unusual)?)?;
        self.texts.push(if keeps_blanks { &text } else { text.trim_matches([' ', '\t', '\n']) });
        Ok(all.len() - rest.len())
    }
}

/// The length of what stands before the texts. `None`: more is needed to tell.
fn before(text: &[u8]) -> Result<Option<usize>, Unusual> {
    let begin = memmem::find(text, BEGIN);
    let Some((begin, end)) = begin.and_then(|at| Some((at, at + memchr(b'>', &text[at..])?))) else {
        return if text.len() > BEFORE_BYTES { Err(Unusual) } else { Ok(None) };
    };
    // Nothing but the declaration, so that no tag is a part of something else.
    let head = text[..begin].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text[..begin]);
    let blanks = match memmem::find(head, b"?>") {
        Some(end) if head.starts_with(b"<?xml ") => &head[end + 2..],
        Some(_) => return Err(Unusual),
        None => head,
    };
    if !blanks.trim_ascii().is_empty() || !is_plain(head) || !is_plain_tag(&text[begin + BEGIN.len()..end]) {
        return Err(Unusual);
    }
    Ok(Some(end + 1))
}

/// Whether attributes are written as any reader takes them, each once.
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

/// A text without the five usual entities.
fn unescaped(text: &str) -> Result<Cow<'_, str>, Unusual> {
    const ENTITIES: [(&str, char); 5] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
    if memchr3(b'&', b'_', b'\r', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    if text.contains(['\r']) || text.contains("_x") || text.contains("_X") {
        return Err(Unusual);
    }
    let (mut found, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        found.push_str(&rest[..at]);
        let (entity, char) = ENTITIES.iter().find(|(e, _)| rest[at..].starts_with(e)).ok_or(Unusual)?;
        found.push(*char);
        rest = &rest[at + entity.len()..];
    }
    found.push_str(rest);
    Ok(Cow::Owned(found))
}
