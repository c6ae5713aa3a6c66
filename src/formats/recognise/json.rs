//! Recognises JSON objects by their keys. Comes in: a text that begins like an object or an array of objects. Goes out: an input whose
//! header is the union of the keys of all objects; or why the text is skipped. It reads no values, and shows none: a text that is
//! passed over may hold a token.

use std::io;
use std::path::Path;

use super::{Dialects, FileOutcome, RecognisedInputs, layout_of, recognise_header};
use crate::base::place::InputName;
use crate::config::dialect::Recognition;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::data_evidence;
use crate::formats::decode::{Compression, DecodedText};
use crate::formats::discover::{DiscoveredBy, DiscoveredFile};
use crate::formats::fingerprint::Fingerprint;
use crate::formats::input::{Input, InputFormat, JsonFormat};
use crate::formats::json_lines::{self, ObjectKeys};
use crate::formats::skipped::SkipClass;

pub(super) fn json_input<'d>(
    file: &DiscoveredFile,
    text: DecodedText,
    compression: Compression,
    (path, fingerprint): (&Path, Fingerprint),
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let name = InputName { file: file.shown.clone(), sheet: None };
    let form = json_lines::form(&text.head);
    let mut keys = ObjectKeys::default();
    let head = Box::new(io::Cursor::new(text.head.clone()));
    // The head may end inside of an object.
    let of_head = json_lines::keys(head, form, text.encoding, &mut keys);
    if text.is_whole {
        of_head.map_err(|error| error.fault(compression))?;
    }
    let recognition = recognise_header(file, &keys.names, dialects);
    let fits = matches!(recognition, Recognition::Fits(_));
    // Objects of a layout that is read may hold anything in columns that are not.
    if let Some((class, reason)) = without_rows(file, &text, &keys).filter(|_| !fits || keys.is_too_many) {
        return match file.by {
            DiscoveredBy::Name => Err((InputErrorCode::UnknownHeader, reason)),
            DiscoveredBy::Walk => {
                out.skip(name, class, reason);
                Ok(())
            }
        };
    }
    let class = data_evidence::class_of_text(&file.shown, &text.head);
    // Only the objects of a layout that is read are worth reading twice: a key may come late.
    let is_of_layout =
        !matches!(recognition, Recognition::Unknown | Recognition::Foreign(_) | Recognition::OwnOutput);
    let encoding = text.encoding;
    if is_of_layout {
        if !text.is_whole {
            json_lines::keys(text.from(0), form, encoding, &mut keys)
                .map_err(|error| error.fault(compression))?;
        }
        // A name of a column may be among the keys that were not noted.
        if keys.is_too_many {
            return Err((InputErrorCode::UnknownHeader, TOO_MANY_KEYS.to_owned()));
        }
    }
    let Some(layout) = layout_of(file, &name, &keys.names, dialects, &|| class, out)? else { return Ok(()) };
    let has_rows = keys.has_records;
    let format = JsonFormat { path: path.to_path_buf(), compression, encoding, form, has_rows };
    out.inputs.push(Input {
        name,
        layout,
        by: file.by,
        archive: file.archive.clone(),
        fingerprint: Some(fingerprint),
        format: InputFormat::Json(format),
    });
    Ok(())
}

/// What people are told of objects with more keys than a table has columns.
const TOO_MANY_KEYS: &str = "its objects have thousands of different keys, so that they are no rows of a table; write the columns that are read alone";

/// Why a text gives no header. `None` if it gives one.
fn without_rows(file: &DiscoveredFile, text: &DecodedText, keys: &ObjectKeys) -> Option<(SkipClass, String)> {
    let class = || data_evidence::class_of_text(&file.shown, &text.head);
    if keys.is_too_many {
        return Some((class(), TOO_MANY_KEYS.to_owned()));
    }
    if describes_a_run(&keys.names) {
        let reason =
            "it describes the files of a run, and holds no rows; save it as manifest.json beside them";
        return Some((SkipClass::Companion, reason.to_owned()));
    }
    if let Some(member) = page_member(&text.head, &keys.names) {
        let reason = format!(
            "an answer of an API, whose rows stand inside of `{member}`; write the objects of `{member}` of every page to a file, one a line"
        );
        return Some((SkipClass::Unusable, reason));
    }
    if keys.names.is_empty() {
        let is_own = text.head == b"[]\n";
        return Some(match text.is_whole && !keys.has_records {
            true if is_own => (SkipClass::Output, "an empty list, as attain writes it".to_owned()),
            true => (SkipClass::Empty, "the file is empty: it holds no object; export it again".to_owned()),
            false => {
                let reason =
                    "it begins as JSON, and no object of it can be read; export or download the file again";
                (class(), reason.to_owned())
            }
        });
    }
    None
}

/// Whether keys belong to a manifest, or of an answer that holds one.
fn describes_a_run(keys: &[String]) -> bool {
    let has = |wanted: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(wanted));
    has("resourceLocation")
        || has("sasToken")
        || (has("blobs")
            && ["rootDirectory", "rootFolder", "manifestVersion", "blobCount"].iter().any(|key| has(key)))
}

/// Members of the answers of APIs that hold the rows.
const PAGE_MEMBERS: [&str; 6] = ["value", "items", "data", "rows", "results", "records"];

/// The member of an answer of an API in which rows stand: an array of objects. `None` if the text is no such answer.
fn page_member(head: &[u8], keys: &[String]) -> Option<&'static str> {
    let holds_objects = |member: &&str| {
        let quoted = format!("\"{member}\"");
        let found = memchr::memmem::find(head, quoted.as_bytes()).map(|at| &head[at + quoted.len()..]);
        let behind = |text: &'_ [u8], sign: u8| -> Option<usize> {
            let at = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
            (text[at] == sign).then_some(at + 1)
        };
        let array = found.and_then(|text| {
            let text = &text[behind(text, b':')?..];
            Some(&text[behind(text, b'[')?..])
        });
        array.is_some_and(|text| behind(text, b'{').is_some())
    };
    let is_key = |member: &&str| keys.is_empty() || keys.iter().any(|key| key == member);
    PAGE_MEMBERS.into_iter().filter(is_key).find(|member| holds_objects(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(text: &str, keys: &[&str]) -> Option<&'static str> {
        page_member(text.as_bytes(), &keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_page_of_an_answer_is_named_by_the_member_with_its_rows() {
        let page = "{\"@odata.count\": 1, \"value\" : [ {\"a\": 1} ]}";
        assert_eq!(member(page, &["@odata.count", "value"]), Some("value"));
        assert_eq!(member("{\"totalCount\":1,\"items\":[{", &[]), Some("items"));
        assert_eq!(member("{\"value\":[1,2]}", &["value"]), None);
        assert_eq!(member("{\"value\":1.5}", &["value"]), None);
        assert_eq!(member("{\"a\":{\"value\":[{}]}}", &["a"]), None);
    }
}
