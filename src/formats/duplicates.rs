//! Duplicate files: equal bytes under two names. Comes in: inputs. Goes out: an input error for each file that has the bytes of an
//! earlier one. Most files differ in size or in their first bytes, so that few are read whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::recognise::Input;
use crate::base::limits;
use crate::config::dialect::Role;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// An input error for each file that has rows and the same bytes as another: one export given twice. Of credits tables a source counts once
/// anyway.
pub(super) fn duplicate_files(inputs: &[Input<'_>]) -> Vec<InputError> {
    let mut files: Vec<SizedFile<'_>> = Vec::new();
    for input in inputs.iter().filter(|input| input.has_rows() && input.role() != Role::Credits) {
        if let Some(path) = input.path() {
            files.push((input.bytes(), &input.name.file, path));
        }
    }
    files.sort();
    files.dedup_by(|a, b| a.1 == b.1);
    let mut input_errors = Vec::new();
    for group in files.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        // Only files of equal size and equal first bytes are hashed whole, each once.
        let candidates = by_digest(group, Some(limits::SNIFF_BYTES as u64));
        for candidates in candidates.into_values().filter(|candidates| candidates.len() > 1) {
            for same in by_digest(&candidates, None).into_values() {
                let (_, first, _) = same[0];
                for (_, name, _) in &same[1..] {
                    let message = format!("{name} has the same bytes as {first}: give it once");
                    input_errors.push(InputError { input: None, code: InputErrorCode::SameBytes, message });
                }
            }
        }
    }
    input_errors
}

/// Size, shown name and path of a file.
type SizedFile<'f> = (u64, &'f str, &'f Path);

/// Files, grouped by the hash of their first `limit` bytes, or of all bytes. A file that cannot be read is left out: reading its rows
/// reports the error.
fn by_digest<'f>(files: &[SizedFile<'f>], limit: Option<u64>) -> BTreeMap<[u8; 32], Vec<SizedFile<'f>>> {
    let digest = |path: &Path| -> io::Result<[u8; 32]> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?.take(limit.unwrap_or(u64::MAX)))?;
        Ok(*hasher.finalize().as_bytes())
    };
    let mut groups: BTreeMap<[u8; 32], Vec<SizedFile<'f>>> = BTreeMap::new();
    for file in files {
        if let Ok(digest) = digest(file.2) {
            groups.entry(digest).or_default().push(*file);
        }
    }
    groups
}
