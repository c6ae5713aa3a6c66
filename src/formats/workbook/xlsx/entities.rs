//! Decodes the entities of a text of XML. Comes in: a text between two tags. Goes out: the text that it stands for; or that the fallback decodes
//! it. It knows the five predefined entities only.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use super::tokens::NeedsFallback;

/// A text with the five predefined entities decoded. Other entities, carriage returns and escapes (`_x`) need the fallback.
pub(super) fn unescape(text: &str) -> Result<Cow<'_, str>, NeedsFallback> {
    const ENTITIES: [(&str, char); 5] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
    if memchr3(b'&', b'_', b'\r', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    if text.contains(['\r']) || text.contains("_x") || text.contains("_X") {
        return Err(NeedsFallback);
    }
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        decoded.push_str(&rest[..at]);
        let (entity, char) = ENTITIES.iter().find(|(e, _)| rest[at..].starts_with(e)).ok_or(NeedsFallback)?;
        decoded.push(*char);
        rest = &rest[at + entity.len()..];
    }
    decoded.push_str(rest);
    Ok(Cow::Owned(decoded))
}
