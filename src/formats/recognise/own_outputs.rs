//! Outputs of attain among the files of a run. Comes in: a file, its first bytes, or its header. Goes out: whether attain wrote it. It
//! reads no rows.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::FileOutcome;
use super::text::{DELIMITERS, header};
use super::workbook::is_own_workbook_file;
use crate::config::dialect::{Recognition, Role, builtin, normalise, recognise};
use crate::config::own_columns::is_part_of_report;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::decode::{self, Compression, Container};
use crate::formats::parquet::ParquetFooter;

/// Skips a file that this run will write, if an earlier run wrote it.
///
/// # Errors
/// The file is no output of attain: it may be an export, which this run would overwrite.
pub(super) fn own_output(path: &Path) -> FileOutcome {
    let compression = Compression::None;
    let first = File::open(path).and_then(|mut file| decode::read_up_to(&mut file, 8)).unwrap_or_default();
    if is_own_parquet(path, &first) || is_own_workbook_file(path, &first) {
        return Ok(());
    }
    let text = decode::open_file(path, compression, &Arc::default())
        .map_err(|e| decode::read_error(&e, compression))?;
    let has_own_header = || {
        DELIMITERS
            .iter()
            .filter_map(|delimiter| header(&text, *delimiter))
            .any(|header| is_own_table(&header.fields))
    };
    let head = text.head.trim_ascii_start();
    let is_own_metrics = || head.starts_with(b"# HELP attain_");
    if head.is_empty()
        || head == b"[]\n"
        || is_own_json(head)
        || is_own_page(head)
        || is_own_metrics()
        || has_own_header()
    {
        return Ok(());
    }
    let message = "the run would write over it, and it is no output of an earlier run: choose another output";
    Err((InputErrorCode::InputIsOutput, message.to_owned()))
}

/// Whether a text begins like a report or a run summary of attain as JSON.
pub(super) fn is_own_json(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let has = |word: &[u8]| memchr::memmem::find(&head[..head.len().min(256)], word).is_some();
    (head.starts_with(b"{") && has(b"\"schema\"") && (has(b"\"attain\"") || has(b"\"rule_set\"")))
        || (head.starts_with(b"[") && has(b"\"partner_id\"") && has(b"\"partner_name\""))
}

/// Whether a text begins like a page of attain, which names its generator among its first tags.
pub(super) fn is_own_page(head: &[u8]) -> bool {
    let head = &head[..head.len().min(256)];
    head.starts_with(b"<!doctype html>")
        && memchr::memmem::find(head, b"<meta name=\"generator\" content=\"attain\">").is_some()
}

/// Whether a file is a credits table that attain wrote as Parquet.
fn is_own_parquet(path: &Path, first: &[u8]) -> bool {
    decode::container(first) == Container::Parquet
        && ParquetFooter::read(path).is_ok_and(|footer| {
            let names = footer.map_or(Vec::new(), |footer| footer.names());
            is_own_table(&names)
        })
}

/// Whether a header belongs to a report, also one of chosen columns with the tier, a rejects file or a credits table.
fn is_own_table(header: &[String]) -> bool {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if is_part_of_report(&names) && names.contains(&"tier") {
        return true;
    }
    match recognise(header, &[], builtin(), Some(Role::Credits)) {
        Recognition::OwnOutput | Recognition::Fits(_) => true,
        Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::OtherRole { .. }
        | Recognition::NearMiss(_)
        | Recognition::Misspelt { .. }
        | Recognition::Foreign(_)
        | Recognition::Unknown => false,
    }
}
