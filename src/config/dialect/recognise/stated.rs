//! Recognition where the dialect of a file is stated, and not looked up. Comes in: a header, one dialect. Goes out: a layout, or which columns the
//! header lacks. It tries no other dialect.

use super::{HeaderNames, MissingColumn, Recognition};
use crate::config::dialect::{Dialect, FolderColumn};

/// Whether a header fits the one dialect that is stated for its file. A header that is near it is a near miss of it, any other is unknown.
pub fn recognise_stated<'d>(
    header: &[String],
    folder_columns: &[FolderColumn],
    dialect: &'d Dialect,
) -> Recognition<'d> {
    let header = HeaderNames::new(header, folder_columns);
    if header.is_own_output() {
        return Recognition::OwnOutput;
    }
    if header.fits(dialect) {
        return header.layout(dialect);
    }
    match header.is_near(dialect) {
        true => Recognition::NearMiss(header.near_miss(dialect)),
        false => Recognition::Unknown,
    }
}

/// Which columns a header lacks that does not fit the dialect stated for its file: how many sets of columns and forbidden names are in the way, and
/// the message for users.
pub fn stated_fault(
    header: &[String],
    folder_columns: &[FolderColumn],
    dialect: &Dialect,
) -> (usize, String) {
    let near = HeaderNames::new(header, folder_columns).near_miss(dialect);
    let mut parts = vec![format!(
        "the header does not fit the dialect {} ({}), which is stated for it",
        dialect.name, dialect.title
    )];
    if !near.missing.is_empty() {
        let missing: Vec<String> = near.missing.iter().map(MissingColumn::message).collect();
        parts.push(format!("missing: {}", missing.join(", ")));
    }
    if !near.forbidden.is_empty() {
        parts.push(format!("must not be there: {}", super::super::explain::quoted(&near.forbidden)));
    }
    parts.push("correct the header, or state the dialect that describes it".to_owned());
    (near.missing.len() + near.forbidden.len(), parts.join("; "))
}
