//! Data that stands in a page. Comes in: values and bytes. Goes out: text in which no byte can be taken for markup. It knows no partner.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;

use crate::outputs::hashed::sha256;

/// JSON for a script element that a browser does not run. In such an element `<` may begin the end tag or a comment: it is written as `\u003c`, and
/// so are the two line ends that are none in JSON.
pub(super) fn json(value: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string(value)?;
    Ok(text.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

/// JSON, deflated (zlib), in base64.
pub(super) fn packed(value: &impl Serialize) -> io::Result<String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json(value)?.as_bytes())?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// The SHA-256 of bytes as a content security policy spells it.
pub(super) fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_of_a_block_is_markup_and_every_text_comes_back() {
        let texts = ["</script>", "<!--<script>", "a\u{2028}b\u{2029}", "\"\\\0\u{202e}", "<\\u003c"];
        let block = json(&texts).unwrap();
        assert!(!block.contains(['<', '\u{2028}', '\u{2029}', '\0']), "{block}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&block).unwrap(), texts);
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        assert!(packed(&texts).unwrap().chars().all(is_base64));
    }
}
