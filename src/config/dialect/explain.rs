//! Messages on headers that no dialect fits. Comes in: the result of recognition, and the header. Goes out: text for users. It recognises
//! nothing.

use super::recognise::{MissingColumn, NearMiss, Recognition};
use super::spelling::SPELLING_CHARS;
use super::{Dialect, builtin, clean};

/// Most header names in a message; the rest is counted.
const NAMES_SHOWN: usize = 12;

/// The message for users on an output of attain.
pub const OWN_OUTPUT: &str = "an output of attain, which is no input; give the exports that it was made from";

/// The message for users on a header without a layout. `None` if the header has one.
pub fn explain(recognition: &Recognition<'_>, header: &[String]) -> Option<String> {
    match recognition {
        Recognition::Fits(_) => None,
        Recognition::OwnOutput => Some(OWN_OUTPUT.to_owned()),
        Recognition::Ambiguous { dialects } => Some(format!(
            "several dialects fit the header: {}; say the file's role (--consumption, --partners...), or forbid in one of the \
             dialects a column of the other",
            dialects.join(", ")
        )),
        Recognition::DuplicateColumn { dialect, columns } => Some(format!(
            "{} fits, but a column that it reads stands in the header twice: {}; rename or remove one of them",
            dialect.name,
            quoted(columns)
        )),
        Recognition::Misspelt { dialect, columns } => {
            let columns: Vec<String> = columns
                .iter()
                .map(|c| format!("`{}` (written `{}`)", c.name, shortened(&c.written)))
                .collect();
            Some(format!(
                "{} fits, but a column that it reads is misspelt: {}; {}",
                dialect.name,
                columns.join(", "),
                advice(dialect)
            ))
        }
        Recognition::OtherRole { dialect } => Some(format!(
            "the header is that of {} ({}), whose role is {}; give the file without a role, or with that one",
            dialect.name,
            dialect.title,
            dialect.role.as_str()
        )),
        Recognition::Foreign(layout) => Some(layout.message()),
        Recognition::NearMiss(near) => Some(near.message()),
        Recognition::Unknown if header.iter().all(|name| clean(name).is_empty()) => {
            Some("there is no header".to_owned())
        }
        Recognition::Unknown if header.len() == 1 => Some(format!(
            "the first line has one column alone, so that the file is no table that attain reads; found: {}; give a file of a known layout \
             (`attain dialects list`), or save it as CSV with its header",
            quoted(header)
        )),
        Recognition::Unknown => Some(format!(
            "no dialect fits the header; found: {}; `attain dialects list` names the known ones, `attain dialects new FILE` drafts one for \
             this file, --dialect adds it",
            quoted(header)
        )),
    }
}

/// What to do about a header that is near a dialect, which may be the user's own.
fn advice(dialect: &Dialect) -> String {
    match builtin().iter().any(|other| std::ptr::eq(other, dialect)) {
        true => "correct the header, or describe the layout with --dialect FILE".to_owned(),
        false => format!("correct the header, or the dialect {}", dialect.name),
    }
}

impl NearMiss<'_> {
    fn message(&self) -> String {
        let mut parts = vec![format!(
            "no dialect fits the header; nearest is {} ({}); found: {}",
            self.dialect.name,
            self.dialect.title,
            quoted(&self.found)
        )];
        if !self.missing.is_empty() {
            let missing: Vec<String> = self.missing.iter().map(MissingColumn::message).collect();
            parts.push(format!("missing: {}", missing.join(", ")));
        }
        if !self.forbidden.is_empty() {
            parts.push(format!("must not be there: {}", quoted(&self.forbidden)));
        }
        parts.push(advice(self.dialect));
        parts.join("; ")
    }
}

impl MissingColumn {
    pub(super) fn message(&self) -> String {
        let names: Vec<String> = self.told.iter().map(|name| format!("`{name}`")).collect();
        match &self.nearest {
            Some(nearest) => format!("{} (nearest: `{nearest}`)", names.join(" or ")),
            None => names.join(" or "),
        }
    }
}

/// Names between backticks, the first [`NAMES_SHOWN`] of them.
pub(super) fn quoted(names: &[String]) -> String {
    if names.iter().any(|name| may_hold_token(name)) {
        return "names that are not shown, since they look like a part of JSON or of a signed address"
            .to_owned();
    }
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|n| format!("`{}`", shortened(n))).collect();
    match names.len().checked_sub(NAMES_SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether a text that was taken for a name of a column may be a piece of a manifest, which holds a token.
fn may_hold_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["\":", "\" :", "sig=", "sastoken"].iter().any(|sign| name.contains(sign))
}

/// A name as a message shows it: cut, and without control characters, since the file may be no table at all.
fn shortened(name: &str) -> String {
    let shown: String =
        clean(name).chars().take(SPELLING_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < clean(name).len() { format!("{shown}...") } else { shown }
}
