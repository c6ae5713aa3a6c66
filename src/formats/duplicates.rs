//! Files of equal content under several names, also once plain and once packed. Comes in: files. Goes out: for each file that repeats another,
//! the first of them. Most files differ in size, first bytes and name, so that few are read whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::decode::{self, Compression, Container};
use crate::base::limits;

/// A file that may repeat another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileContent<'f> {
    /// As people see it.
    pub(crate) name: &'f str,
    pub(crate) path: &'f Path,
    /// As stored.
    pub(crate) bytes: u64,
    /// Whether the file is compressed as a whole.
    pub(crate) is_packed: bool,
}

/// Of every file whose content another has too, the name of the first file of that content. A file that cannot be read is left out: reading its
/// rows reports the error.
pub(crate) fn repeated_files<'f>(files: &[FileContent<'f>]) -> BTreeMap<&'f str, &'f str> {
    let mut sorted = files.to_vec();
    sorted.sort();
    sorted.dedup();
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut join = |same: &[FileContent<'f>]| {
        let known = same.iter().filter_map(|file| first.get(file.name).copied());
        let name = known.chain(same.iter().map(|file| file.name)).min().expect("a group has files");
        let renamed: Vec<&str> = same.iter().filter_map(|file| first.get(file.name).copied()).collect();
        first.values_mut().filter(|value| renamed.contains(value)).for_each(|value| *value = name);
        first.extend(same.iter().map(|file| (file.name, name)));
    };
    // Stored bytes: only files of equal size and equal first bytes are hashed whole, each once.
    for group in groups(&sorted, |file| Some(file.bytes)) {
        for candidates in by_hash(&group, |file| hash_of_stored(file.path, Some(limits::SNIFF_BYTES as u64)))
        {
            by_hash(&candidates, |file| hash_of_stored(file.path, None)).iter().for_each(|same| join(same));
        }
    }
    // Unpacked bytes: only files of equal unpacked size, or whose names differ in the extension of packing.
    let has_packed = |group: &Vec<FileContent<'f>>| group.iter().any(|file| file.is_packed);
    if has_packed(&sorted) {
        let by_size = groups(&sorted, |file| unpacked_size(file));
        let by_name = groups(&sorted, |file| unpacked_name(file.name));
        for group in by_size.into_iter().chain(by_name).filter(has_packed) {
            by_hash(&group, |file| hash_of_text(file.path)).iter().for_each(|same| join(same));
        }
    }
    first
}

/// The size of a file once it is unpacked, modulo 2³²: of gzip as its last four bytes state it. `None` if nothing states it.
fn unpacked_size(file: &FileContent<'_>) -> Option<u32> {
    if !file.is_packed {
        return u32::try_from(file.bytes % (1 << 32)).ok();
    }
    let mut opened = File::open(file.path).ok()?;
    let first = decode::read_up_to(&mut opened, 8).ok()?;
    if decode::container(&first) != Container::Text(Compression::Gzip) {
        return None;
    }
    let mut last = [0; 4];
    opened.seek(SeekFrom::End(-4)).ok()?;
    opened.read_exact(&mut last).ok()?;
    Some(u32::from_le_bytes(last))
}

/// The name of a file without its folder and the extension of packing, in lower case. `None` for what is packed within itself.
fn unpacked_name(name: &str) -> Option<String> {
    let name = name.rsplit('/').next()?.to_lowercase();
    let packed = [".gz", ".gzip", ".zst", ".zstd"];
    let plain = packed.iter().find_map(|extension| name.strip_suffix(extension).map(str::to_owned));
    Some(plain.unwrap_or(name))
}

/// Files by a key, where several have one.
fn groups<'f, K: Ord>(
    files: &[FileContent<'f>],
    key: impl Fn(&FileContent<'f>) -> Option<K>,
) -> Vec<Vec<FileContent<'f>>> {
    let mut by_key: BTreeMap<K, Vec<FileContent<'f>>> = BTreeMap::new();
    for file in files {
        if let Some(key) = key(file) {
            by_key.entry(key).or_default().push(*file);
        }
    }
    by_key.into_values().filter(|group| group.len() > 1).collect()
}

/// Files of equal hash, where several have one.
fn by_hash<'f>(
    files: &[FileContent<'f>],
    hash: impl Fn(&FileContent<'f>) -> io::Result<[u8; 32]>,
) -> Vec<Vec<FileContent<'f>>> {
    groups(files, |file| hash(file).ok())
}

fn hash_of_stored(path: &Path, limit: Option<u64>) -> io::Result<[u8; 32]> {
    hash(File::open(path)?.take(limit.unwrap_or(u64::MAX)))
}

fn hash_of_text(path: &Path) -> io::Result<[u8; 32]> {
    let first = decode::read_up_to(&mut File::open(path)?, 8)?;
    match decode::container(&first) {
        Container::Text(compression) => hash(decode::open_file(path, compression, &Arc::default())?.from(0)),
        Container::Parquet | Container::Workbook => hash_of_stored(path, None),
    }
}

fn hash(bytes: impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(bytes)?;
    Ok(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_under_two_names_and_once_packed_are_one_content() {
        let folder = tempfile::tempdir().unwrap();
        let gzip = |text: &str| {
            let mut packed = flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast());
            let mut bytes = Vec::new();
            packed.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let files = [
            ("a.csv", b"a,b\n1,2\n".to_vec()),
            ("a.csv.gz", gzip("a,b\n1,2\n")),
            ("b.csv", b"a,b\n1,2\n".to_vec()),
            ("c.csv", b"a,b\n1,3\n".to_vec()),
            ("c.csv.gz", gzip("a,b\n1,2\n3,4\n")),
            ("d-2017-07-02.csv.gz", gzip("a,b\n1,3\n")),
        ];
        let paths: Vec<_> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
        let content = |((name, bytes), path): (&(&'static str, Vec<u8>), &'static Path)| {
            std::fs::write(path, bytes).unwrap();
            FileContent { name, path, bytes: bytes.len() as u64, is_packed: name.ends_with(".gz") }
        };
        let leaked = paths.into_iter().map(|path| &*Box::leak(path.into_boxed_path()));
        let contents: Vec<_> = files.iter().zip(leaked).map(content).collect();
        let repeated: Vec<_> = repeated_files(&contents).into_iter().collect();
        assert_eq!(
            repeated,
            [
                ("a.csv", "a.csv"),
                ("a.csv.gz", "a.csv"),
                ("b.csv", "a.csv"),
                ("c.csv", "c.csv"),
                ("d-2017-07-02.csv.gz", "c.csv"),
            ]
        );
    }
}
