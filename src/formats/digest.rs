//! Digests of inputs, for the summary. Comes in: files. Goes out: `blake3:` or `sha256:` and lower-case hex. A digest costs as much as
//! reading the file, so that it is computed only on request.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;
use sha2::Digest;
use tempfile::NamedTempFile;

use super::discover::DiscoveredFile;
use super::input::Input;
use crate::base::place::InputName;
use crate::base::text::hex;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// The hash function of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DigestAlgorithm {
    /// BLAKE3.
    Blake3,
    /// SHA-256.
    Sha256,
}

/// The digest of every file of `inputs` as stored, by the shown name of the file; a file in an archive has its archive's digest, standard
/// input none.
pub(crate) fn of_inputs<'i, 'd: 'i>(
    inputs: impl IntoIterator<Item = &'i Input<'d>>,
    algorithm: DigestAlgorithm,
    input_errors: &mut Vec<InputError>,
) -> BTreeMap<String, String> {
    let of_input = |input: &'i Input<'_>| Some((input.name.file.as_str(), input.stored_path()?));
    of_paths(inputs.into_iter().filter_map(of_input).collect(), algorithm, input_errors)
}

/// The BLAKE3 digest of the content of every file of `inputs`, by the shown name of the file: of a file in an archive, as unpacked.
pub(crate) fn of_contents<'i, 'd: 'i>(
    inputs: impl IntoIterator<Item = &'i Input<'d>>,
    input_errors: &mut Vec<InputError>,
) -> BTreeMap<String, String> {
    let of_input = |input: &'i Input<'_>| Some((input.name.file.as_str(), input.path()?));
    of_paths(inputs.into_iter().filter_map(of_input).collect(), DigestAlgorithm::Blake3, input_errors)
}

/// The digests of files, by their names; a file of several names is read once.
fn of_paths(
    paths: BTreeMap<&str, &Path>,
    algorithm: DigestAlgorithm,
    input_errors: &mut Vec<InputError>,
) -> BTreeMap<String, String> {
    let mut names: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
    for (name, path) in paths {
        names.entry(path).or_default().push(name);
    }
    let digests: Vec<(Vec<&str>, io::Result<String>)> =
        names.into_par_iter().map(|(path, names)| (names, of_file(path, algorithm))).collect();
    let mut of_files = BTreeMap::new();
    for (names, digest) in digests {
        match digest {
            Ok(digest) => of_files.extend(names.into_iter().map(|name| (name.to_owned(), digest.clone()))),
            Err(error) => input_errors.extend(names.into_iter().map(|name| unreadable(name, &error))),
        }
    }
    of_files
}

fn unreadable(file: &str, error: &io::Error) -> InputError {
    let input = Some(InputName { file: file.to_owned(), sheet: None });
    InputError { input, code: InputErrorCode::Unreadable, message: format!("cannot be read: {error}") }
}

fn of_file(path: &Path, algorithm: DigestAlgorithm) -> io::Result<String> {
    let mut file = File::open(path)?;
    match algorithm {
        DigestAlgorithm::Blake3 => {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(&mut file)?;
            Ok(format!("blake3:{}", hasher.finalize().to_hex()))
        }
        DigestAlgorithm::Sha256 => {
            let mut hasher = Sha256Writer(sha2::Sha256::new());
            io::copy(&mut file, &mut hasher)?;
            Ok(format!("sha256:{}", hex(hasher.0.finalize().as_slice())))
        }
    }
}

/// Hashes what is written to it.
struct Sha256Writer(sha2::Sha256);

impl Write for Sha256Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies standard input, if it is among the files, to a temporary file, so that it can be read twice. The copy lasts as long as the
/// returned handle.
pub(crate) fn spool(
    files: &mut [DiscoveredFile],
    input_errors: &mut Vec<InputError>,
) -> Option<NamedTempFile> {
    let file = files.iter_mut().find(|file| file.path.is_none())?;
    match copied(io::stdin().lock()) {
        Ok(copy) => {
            file.path = Some(copy.path().to_path_buf());
            Some(copy)
        }
        Err(error) => {
            input_errors.push(unreadable(&file.shown, &error));
            None
        }
    }
}

/// Copies each pipe among the files to a temporary file, so that it can be read twice. The copies last as long as the returned handles.
pub(crate) fn spool_pipes(
    files: &mut [DiscoveredFile],
    input_errors: &mut Vec<InputError>,
) -> Vec<NamedTempFile> {
    let mut copies = Vec::new();
    for file in files.iter_mut().filter(|file| file.unopened.is_none() && !file.is_output) {
        let Some(path) = &file.path else { continue };
        if path.metadata().is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        match File::open(path).and_then(copied) {
            Ok(copy) => {
                file.path = Some(copy.path().to_path_buf());
                copies.push(copy);
            }
            Err(error) => input_errors.push(unreadable(&file.shown, &error)),
        }
    }
    copies
}

/// Copies a stream to a temporary file.
pub(super) fn copied(mut stream: impl io::Read) -> io::Result<NamedTempFile> {
    let mut copy = NamedTempFile::new()?;
    io::copy(&mut stream, copy.as_file_mut())?;
    copy.flush()?;
    Ok(copy)
}
