//! The files of a folder, walked. Comes in: a path. Goes out: every file that is an export of ours, unpacked, with its place.

use std::io::Read;
use std::path::Path;

use crate::reference::layouts::{self, Export, Kind};
use crate::reference::text::Table;

/// One file.
pub(crate) struct File {
    /// The folders from the given one down to the file.
    pub(crate) folders: Vec<String>,
    pub(crate) name: String,
    /// Bytes on disk.
    pub(crate) size: u64,
    /// Unpacked.
    pub(crate) bytes: Vec<u8>,
    pub(crate) table: Table,
    /// `None`: not an export.
    pub(crate) kind: Option<Kind>,
}

impl File {
    /// The consumption export that the file is, or `None`.
    pub(crate) fn export(&self) -> Option<Export> {
        match self.kind {
            Some(Kind::Consumption(export)) => Some(export),
            _ => None,
        }
    }
}

/// Every file below `folder` that has a header, sorted by path.
pub(crate) fn all(folder: &Path) -> Vec<File> {
    let mut files = Vec::new();
    walk(folder, &mut Vec::new(), &mut files);
    files
}

fn walk(folder: &Path, folders: &mut Vec<String>, files: &mut Vec<File>) {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            folders.push(name);
            walk(&path, folders, files);
            folders.pop();
            continue;
        }
        if name.ends_with(".json") {
            continue;
        }
        let packed = std::fs::read(&path).expect("a file can be read");
        let size = packed.len() as u64;
        let bytes = if name.ends_with(".gz") { unpacked(&packed) } else { packed };
        if let Some(table) = Table::read(&bytes) {
            let kind = layouts::recognise(&table);
            files.push(File { folders: folders.clone(), name, size, bytes, table, kind });
        }
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut bytes).expect("the file is gzip");
    bytes
}
