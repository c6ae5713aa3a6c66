//! Downloads that have not ended: what a file holds whose name says so. Comes in: the file. Goes out: its class, for people. It reads the first
//! bytes only, and nothing of it counts.

use std::fs::File;
use std::io::{self, Read, Seek};

use super::data_evidence;
use super::decode::{self, Compression, Container};
use super::skipped::SkipClass;
use crate::base::limits;

/// The class of a download. `stem` is its name without the ending that says that it has not ended. A download may be cut anywhere, so that only
/// the bytes as stored are asked.
pub(super) fn download_class(stem: &str, file: &mut File) -> io::Result<SkipClass> {
    file.rewind()?;
    let mut head = Vec::new();
    file.take(limits::SNIFF_BYTES as u64).read_to_end(&mut head)?;
    Ok(match decode::container(&head) {
        Container::Text(Compression::None) if data_evidence::container(&head).is_some() => {
            SkipClass::Unusable
        }
        Container::Text(Compression::None) => match data_evidence::class_of_text(stem, &head) {
            SkipClass::Unrecognised => SkipClass::Unusable,
            class => class,
        },
        Container::Text(Compression::Gzip | Compression::Zstd) | Container::Parquet | Container::Workbook => {
            SkipClass::Unusable
        }
    })
}
