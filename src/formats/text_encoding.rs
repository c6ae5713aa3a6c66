//! The encoding of text, told by a byte order mark or by the first bytes (SPEC 3.11). Comes in: the first bytes of a text. Goes out: its encoding, and
//! the decoder that it needs. It reads no file.

use std::collections::BTreeSet;

use encoding_rs::{Decoder, GB18030, UTF_16BE, UTF_16LE};

use crate::base::limits;

/// How the text of an input is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, little-endian, with a byte order mark.
    Utf16Le,
    /// UTF-16, big-endian, with a byte order mark.
    Utf16Be,
    /// GBK, the encoding of Chinese Windows, and its extension.
    Gb18030,
    /// Assumed of other text that is no valid UTF-8.
    Windows1252,
}

impl Encoding {
    /// The encoding of a text, from its first [`limits::SNIFF_BYTES`]. A character that is cut by their end is still valid UTF-8.
    pub(super) fn of(first: &[u8]) -> Encoding {
        match first {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8Bom,
            [0xff, 0xfe, ..] => Encoding::Utf16Le,
            [0xfe, 0xff, ..] => Encoding::Utf16Be,
            _ => match std::str::from_utf8(first) {
                Ok(_) => Encoding::Utf8,
                Err(error) if error.error_len().is_none() && first.len() == limits::SNIFF_BYTES => {
                    Encoding::Utf8
                }
                Err(_) if is_chinese(first) => Encoding::Gb18030,
                Err(_) => Encoding::Windows1252,
            },
        }
    }

    /// The name of the encoding, for people.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf8Bom => "UTF-8 with BOM",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Gb18030 => "GB18030",
            Encoding::Windows1252 => "windows-1252",
        }
    }

    /// The length of the byte order mark in the decoded text. 0 for UTF-16: its decoder removes the mark. **Unit**: bytes.
    pub(crate) fn mark_bytes(self) -> usize {
        match self {
            Encoding::Utf8Bom => 3,
            Encoding::Utf8
            | Encoding::Utf16Le
            | Encoding::Utf16Be
            | Encoding::Gb18030
            | Encoding::Windows1252 => 0,
        }
    }

    /// The length of the byte order mark that a decoder removes. **Unit**: bytes of the source.
    pub(crate) fn removed_mark_bytes(self) -> u64 {
        match self {
            Encoding::Utf16Le | Encoding::Utf16Be => 2,
            Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Gb18030 | Encoding::Windows1252 => 0,
        }
    }

    /// The decoder of a text that is read as a stream of UTF-8. `None` if its bytes are read as they are.
    pub(super) fn decoder(self) -> Option<Decoder> {
        match self {
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            Encoding::Gb18030 => Some(GB18030.new_decoder_without_bom_handling()),
            Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Windows1252 => None,
        }
    }

    /// Whether the text is read as a stream of UTF-8 that a decoder makes of it.
    pub(crate) fn is_decoded(self) -> bool {
        match self {
            Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Gb18030 => true,
            Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Windows1252 => false,
        }
    }
}

/// Fewest different Chinese characters that show GBK.
const CHINESE_CHARACTERS: usize = 8;
/// Different characters that are looked at.
const CHARACTERS: usize = 256;
/// The last first byte of Korean syllables of EUC-KR, whose pairs lie in the same range.
const LAST_HANGUL_LEAD: u8 = 0xc8;
/// Of this many characters that are no ASCII, one at most may be none of the common Chinese ones.
const UNCOMMON_SHARE: usize = 10;

/// Whether the bytes of a text that are no ASCII are Chinese characters of GB 2312: two bytes from 0xA1 on each. Letters with accents of European
/// texts stand between letters of ASCII, so that they make no such pairs.
fn is_chinese(first: &[u8]) -> bool {
    let (mut common, mut others, mut at) = (BTreeSet::new(), 0, 0);
    let mut pairs = 0;
    while at < first.len() {
        match first[at..] {
            [0..0x80, ..] => at += 1,
            [lead @ 0xa1..=0xf7, trail @ 0xa1..=0xfe, ..] => {
                pairs += 1;
                if lead >= 0xb0 && common.len() < CHARACTERS {
                    common.insert((lead, trail));
                }
                at += 2;
            }
            // The second byte of an uncommon character may be ASCII.
            [_, 0x40..=0xff, ..] => {
                others += 1;
                at += 2;
            }
            _ => {
                others += 1;
                at += 1;
            }
        }
    }
    common.len() >= CHINESE_CHARACTERS
        && common.iter().any(|(lead, _)| *lead > LAST_HANGUL_LEAD)
        && others * UNCOMMON_SHARE <= pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn european_text_is_no_chinese_whatever_its_accents() {
        let texts = [
            "Société créée à Genève, né à Besançon; Müller & Söhne GmbH, Köln, Größe, weiß; año, señor, mañana, Îles, «été», Ærø, Ångström",
            "ÄÖÜ äöü ÉÈ éè ñÑ àâ çÇ õã ÃÕ ûù îï ôö ßß §§ ©® °± ½¼ ¿¡",
        ];
        for text in texts {
            let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
            assert_eq!(Encoding::of(&bytes), Encoding::Windows1252, "{text}");
        }
    }
}
