//! Reads the directory of an OLE compound file (MS-CFB), in which `.xls` and encrypted workbooks come, and follows its chains
//! of sectors. Comes in: the file. Goes out: which streams it has, and their bytes.
//!
//! The workbook library follows the same chains without an end in sight: a chain that bites its own tail would fill the
//! memory. Here every chain is followed first, and one that is longer than the file is refused.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::fault::WorkbookError;
use super::markup::length;

/// The first bytes of a compound file.
pub(super) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Sector numbers from here on are marks, not sectors.
const FIRST_MARK: u32 = 0xFFFF_FFFA;
const UNUSED: u32 = 0xFFFF_FFFC;
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;

/// Streams that are shorter stand in the mini stream, cut into sectors of [`MINI_SECTOR_BYTES`].
const MINI_BELOW: u64 = 4096;
const MINI_SECTOR_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;

/// A compound file whose tables are read.
pub(super) struct Ole {
    file: File,
    sector_bytes: usize,
    sectors: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    len: u64,
}

impl Ole {
    /// Reads the tables.
    pub(super) fn open(path: &Path) -> Result<Ole, WorkbookError> {
        let mut file = File::open(path)?;
        let len = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        let mut header = [0u8; 512];
        file.read_exact(&mut header)?;
        let sector_bytes = match number16(&header, 30) {
            9 => 512,
            12 => 4096,
            shift => return Err(WorkbookError::corrupt(format!("its sectors have 2^{shift} bytes"))),
        };
        let sectors = len.saturating_sub(length(sector_bytes)).div_ceil(length(sector_bytes));
        let (mini_start, mini_sectors) = (number32(&header, 60), number32(&header, 64));

        let mut ole =
            Ole { file, sector_bytes, sectors, fat: Vec::new(), mini_fat: Vec::new(), entries: Vec::new() };
        ole.fat = ole.read_fat(&header)?;
        let directory = ole.read_chain(number32(&header, 48), u64::MAX)?;
        ole.entries = directory.as_chunks::<ENTRY_BYTES>().0.iter().map(|entry| ole.entry(entry)).collect();
        if ole.entries.is_empty() {
            return Err(WorkbookError::corrupt("its directory is empty"));
        }
        if mini_sectors > 0 {
            let bytes = ole.read_chain(mini_start, u64::from(mini_sectors) * length(sector_bytes))?;
            ole.mini_fat = numbers(&bytes);
        }
        Ok(ole)
    }

    /// Whether it has a stream of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The bytes of a stream. **Absent**: there is none of this name.
    pub(super) fn stream(&mut self, name: &str) -> Result<Option<Vec<u8>>, WorkbookError> {
        let Some(&Entry { start, len, .. }) = self.find(name) else {
            return Ok(None);
        };
        // The mini stream is followed even where it is not needed: the library reads it always.
        let mini = match self.entries.first() {
            Some(&Entry { start, len, .. }) if !self.mini_fat.is_empty() => self.read_chain(start, len)?,
            _ => Vec::new(),
        };
        let bytes =
            if len >= MINI_BELOW { self.read_chain(start, len)? } else { self.read_mini(start, len, &mini)? };
        if length(bytes.len()) < len {
            return Err(WorkbookError::truncated(format!("its stream {name} is too short")));
        }
        Ok(Some(bytes))
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    fn entry(&self, bytes: &[u8; ENTRY_BYTES]) -> Entry {
        let units: Vec<u16> =
            bytes[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        let name = String::from_utf16_lossy(units.split(|unit| *unit == 0).next().unwrap_or(&[]));
        // The upper half of a length is not defined where sectors are small.
        let high = if self.sector_bytes == 512 { 0 } else { u64::from(number32(bytes, 124)) };
        Entry { name, start: number32(bytes, 116), len: (high << 32) | u64::from(number32(bytes, 120)) }
    }

    fn read_fat(&mut self, header: &[u8; 512]) -> Result<Vec<u32>, WorkbookError> {
        let mut places = numbers(&header[76..]);
        let mut next = number32(header, 68);
        let mut steps = 0u64;
        while next < FIRST_MARK {
            steps += 1;
            if steps > self.sectors {
                return Err(endless());
            }
            places.extend(numbers(&self.read_sector(next)?));
            next = places.pop().unwrap_or(END_OF_CHAIN);
        }
        places.retain(|place| *place < UNUSED);
        if length(places.len()) > self.sectors {
            return Err(endless());
        }
        let mut fat = Vec::new();
        for place in places {
            fat.extend(numbers(&self.read_sector(place)?));
        }
        Ok(fat)
    }

    fn read_sector(&mut self, sector: u32) -> Result<Vec<u8>, WorkbookError> {
        if u64::from(sector) >= self.sectors {
            return Err(if sector < FIRST_MARK {
                WorkbookError::truncated(format!("its sector {sector} is missing"))
            } else {
                WorkbookError::corrupt("a chain of sectors runs into nothing")
            });
        }
        let mut bytes = Vec::with_capacity(self.sector_bytes);
        self.file.seek(SeekFrom::Start((u64::from(sector) + 1) * length(self.sector_bytes)))?;
        Read::by_ref(&mut self.file).take(length(self.sector_bytes)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The bytes of a chain, at most `len`.
    fn read_chain(&mut self, start: u32, len: u64) -> Result<Vec<u8>, WorkbookError> {
        let mut bytes = Vec::new();
        let mut sector = start;
        let mut steps = 0u64;
        while sector != END_OF_CHAIN && length(bytes.len()) < len {
            steps += 1;
            if steps > self.sectors {
                return Err(endless());
            }
            bytes.extend(self.read_sector(sector)?);
            let next = usize::try_from(sector).ok().and_then(|at| self.fat.get(at).copied());
            if length(bytes.len()) < len {
                sector =
                    next.ok_or_else(|| WorkbookError::corrupt("a chain of sectors runs into nothing"))?;
            }
        }
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    fn read_mini(&self, start: u32, len: u64, mini: &[u8]) -> Result<Vec<u8>, WorkbookError> {
        let mut bytes = Vec::new();
        let mut sector = start;
        let mut steps = 0usize;
        while sector != END_OF_CHAIN && length(bytes.len()) < len {
            steps += 1;
            let at = usize::try_from(sector).unwrap_or(usize::MAX);
            let piece = mini.chunks(MINI_SECTOR_BYTES).nth(at);
            match (piece, self.mini_fat.get(at)) {
                (Some(piece), Some(&next)) if steps <= self.mini_fat.len() => {
                    bytes.extend_from_slice(piece);
                    sector = next;
                }
                _ => return Err(WorkbookError::corrupt("a chain of small sectors runs into nothing")),
            }
        }
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(bytes)
    }
}

fn endless() -> WorkbookError {
    WorkbookError::corrupt("a chain of sectors is longer than the file")
}

pub(super) fn number16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn number32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}
