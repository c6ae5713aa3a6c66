//! The members of one JSON object. Comes in: the text of a record. Goes out: each key, and the text of each value that is wanted, as it
//! stands: a number keeps its digits. It holds no value, and tells no value in an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonValue<'t> {
    /// `null`.
    Null,
    /// A string, without its escapes; `true` or `false`.
    Text(Cow<'t, [u8]>),
    /// The digits of a number, as they stand.
    Number(&'t [u8]),
    /// An object or an array.
    Nested,
}

/// Takes the members of an object, in their order.
pub(super) trait MemberSink {
    /// Takes a key. Returns whether its value is wanted; `None` ends the object at once.
    fn key(&mut self, key: &str) -> Option<bool>;
    /// Takes the value of the last key, which is wanted.
    fn value(&mut self, value: JsonValue<'_>);
}

/// Why a record gives no members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectFault {
    /// The text is no JSON object, or more than one, or one that is cut.
    Malformed,
    /// The text is no UTF-8.
    BadText,
    /// [`MemberSink::key`] ended the object.
    Ended,
}

/// Gives the members of the object in `text` to `members`. NaN and Infinity, which some programs write for a number, are texts.
///
/// # Errors
/// The text is no object; some members may have been given.
pub(super) fn read_object(text: &[u8], members: &mut dyn MemberSink) -> Result<(), ObjectFault> {
    let mut outcome = Ok(());
    if read(text, members, &mut outcome).is_ok() {
        return outcome;
    }
    outcome?;
    Err(if std::str::from_utf8(text).is_err() { ObjectFault::BadText } else { ObjectFault::Malformed })
}

fn read(
    text: &[u8],
    members: &mut dyn MemberSink,
    outcome: &mut Result<(), ObjectFault>,
) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_slice(text);
    ObjectSeed { members, outcome }.deserialize(&mut json)?;
    json.end()
}

/// The text with each NaN and Infinity outside of strings in quotes. `None` if it has none.
pub(super) fn with_quoted_words(text: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let (mut quoted, mut from, mut at) = (Vec::new(), 0, 0);
    let mut in_string = false;
    while at < text.len() {
        match text[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'I' | b'N' if !in_string => {
                if let Some(word) = WORDS.iter().find(|word| text[at..].starts_with(word)) {
                    quoted.extend_from_slice(&text[from..at]);
                    quoted.push(b'"');
                    quoted.extend_from_slice(word);
                    quoted.push(b'"');
                    at += word.len();
                    from = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if from == 0 {
        return None;
    }
    quoted.extend_from_slice(&text[from..]);
    Some(quoted)
}

/// Reads an object into [`MemberSink`].
struct ObjectSeed<'m> {
    members: &'m mut dyn MemberSink,
    outcome: &'m mut Result<(), ObjectFault>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match self.members.key(&key) {
                Some(true) => {
                    let raw: &'de RawValue = map.next_value()?;
                    self.members.value(value_of(raw.get()));
                }
                Some(false) => {
                    map.next_value::<IgnoredAny>()?;
                }
                None => {
                    *self.outcome = Err(ObjectFault::Ended);
                    return Err(M::Error::custom("ended"));
                }
            }
        }
        Ok(())
    }
}

/// A key, borrowed from the text unless it has escapes.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The value of a text that is valid JSON. An escape that is half of a surrogate pair becomes U+FFFD, which no text may hold.
fn value_of(raw: &str) -> JsonValue<'_> {
    match raw.as_bytes() {
        [b'"', text @ .., b'"'] if memchr::memchr(b'\\', text).is_none() => {
            JsonValue::Text(Cow::Borrowed(text))
        }
        [b'"', ..] => {
            let text = serde_json::from_str(raw).unwrap_or_else(|_| "\u{fffd}".to_owned());
            JsonValue::Text(Cow::Owned(text.into_bytes()))
        }
        [b'n', ..] => JsonValue::Null,
        [b'{' | b'[', ..] => JsonValue::Nested,
        word @ [b't' | b'f', ..] => JsonValue::Text(Cow::Borrowed(word)),
        number => JsonValue::Number(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is given; no value of `skipped` is wanted.
    #[derive(Default)]
    struct Written(String);

    impl MemberSink for Written {
        fn key(&mut self, key: &str) -> Option<bool> {
            self.0 += key;
            self.0.push(' ');
            (key != "last").then_some(key != "skipped")
        }

        fn value(&mut self, value: JsonValue<'_>) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            self.0 += &match value {
                JsonValue::Null => "null".to_owned(),
                JsonValue::Text(bytes) => format!("\"{}\"", text(&bytes)),
                JsonValue::Number(digits) => text(digits),
                JsonValue::Nested => "nested".to_owned(),
            };
            self.0.push(';');
        }
    }

    fn read_all(text: &[u8]) -> Result<String, ObjectFault> {
        let mut written = Written::default();
        read_object(text, &mut written).map(|()| written.0)
    }

    #[test]
    fn a_number_keeps_its_digits_and_a_string_loses_its_escapes() {
        for (text, expected) in [
            (r#"{"a":0.1999968000511991808131}"#, "a 0.1999968000511991808131;"),
            (r#"{"a":1E-7,"b":-0.0}"#, "a 1E-7;b -0.0;"),
            (r#"{"a":123456789012345678901234567890}"#, "a 123456789012345678901234567890;"),
            (r#" { "\u0061" : "\u0041\ud83d\ude00\"\\\/\n" } "#, "a \"A\u{1f600}\"\\/\n\";"),
            (r#"{"a":null,"b":true,"c":false,"d":""}"#, "a null;b \"true\";c \"false\";d \"\";"),
            (r#"{"a":{"b":[1,{}]},"c":[]}"#, "a nested;c nested;"),
            (r#"{"skipped":{"a":["}",1]},"b":2}"#, "skipped b 2;"),
            (r#"{"a":"\ud83d"}"#, "a \"\u{fffd}\";"),
            ("{}", ""),
        ] {
            assert_eq!(read_all(text.as_bytes()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for text in [
            "",
            "5",
            "null",
            "[]",
            "[{}]",
            "\"a\"",
            "{",
            "{\"a\":1",
            "{\"a\":1}}",
            "{\"a\":1} {}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":.5}",
            "{\"a\":+1}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":\"\n\"}",
            "{\"a\":NaN}",
        ] {
            assert_eq!(read_all(text.as_bytes()), Err(ObjectFault::Malformed), "{text}");
        }
        assert_eq!(read_all(b"{\"a\":\"\xff\"}"), Err(ObjectFault::BadText));
        assert_eq!(read_all(b"{\"skipped\":\"\xff\"}").as_deref(), Ok("skipped "));
        assert_eq!(read_all(b"{\"last\":1}"), Err(ObjectFault::Ended));
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read_all(deep.as_bytes()).as_deref(), Ok("a nested;"));
    }

    #[test]
    fn words_for_numbers_are_quoted_outside_of_strings() {
        let quoted =
            |text: &str| with_quoted_words(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(quoted(r#"{"a":NaN,"b":-Infinity}"#).unwrap(), r#"{"a":"NaN","b":"-Infinity"}"#);
        assert_eq!(quoted(r#"{"NaN":"a\"NaN","b":-1}"#), None);
    }
}
