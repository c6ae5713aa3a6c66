//! Reader of OLE compound files (MS-CFB), in which `.xls` and encrypted workbooks come. Comes in: the file. Goes out:
//! which streams it has, and their bytes. It does not read what streams hold.
//!
//! calamine follows the same chains of sectors without limit, so that a chain with a cycle would fill the memory.
//! Here every chain is followed first, and one that is longer than the file is refused.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::len_u64;
use crate::formats::workbook::error::WorkbookError;

/// The first bytes of a compound file.
pub(in crate::formats::workbook) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Sector numbers from MAXREGSECT on are marks, not sectors (MS-CFB 2.1).
const MAXREGSECT: u32 = 0xFFFF_FFFA;
const DIFSECT: u32 = 0xFFFF_FFFC;
const ENDOFCHAIN: u32 = 0xFFFF_FFFE;

/// Streams below this many bytes are in the mini stream, in sectors of [`MINI_SECTOR_BYTES`].
const MINI_STREAM_CUTOFF: u64 = 4096;
const MINI_SECTOR_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;

/// A compound file whose tables are read.
pub(in crate::formats::workbook) struct CompoundFile {
    file: File,
    sector_bytes: usize,
    sectors: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    entries: Vec<DirectoryEntry>,
}

struct DirectoryEntry {
    name: String,
    start: u32,
    len: u64,
}

impl CompoundFile {
    /// Reads the tables of a file: FAT, directory, mini FAT.
    ///
    /// # Errors
    /// The file is cut short, or a chain of sectors is damaged.
    pub(in crate::formats::workbook) fn open(path: &Path) -> Result<CompoundFile, WorkbookError> {
        let mut file = File::open(path)?;
        let len = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        let mut header = [0u8; 512];
        file.read_exact(&mut header)?;
        let sector_bytes = match u16_at(&header, 30) {
            9 => 512,
            12 => 4096,
            shift => return Err(WorkbookError::corrupt(format!("its sectors have 2^{shift} bytes"))),
        };
        let sectors = len.saturating_sub(len_u64(sector_bytes)).div_ceil(len_u64(sector_bytes));
        let (mini_start, mini_sectors) = (u32_at(&header, 60), u32_at(&header, 64));

        let mut compound = CompoundFile {
            file,
            sector_bytes,
            sectors,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            entries: Vec::new(),
        };
        compound.fat = compound.read_fat(&header)?;
        let directory = compound.read_chain(u32_at(&header, 48), u64::MAX)?;
        compound.entries =
            directory.as_chunks::<ENTRY_BYTES>().0.iter().map(|entry| compound.entry(entry)).collect();
        if compound.entries.is_empty() {
            return Err(WorkbookError::corrupt("its directory is empty"));
        }
        if mini_sectors > 0 {
            let bytes = compound.read_chain(mini_start, u64::from(mini_sectors) * len_u64(sector_bytes))?;
            compound.mini_fat = u32s(&bytes);
        }
        Ok(compound)
    }

    /// Whether the file has a stream of this name.
    pub(in crate::formats::workbook) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The bytes of a stream. **Absent**: there is none of this name.
    ///
    /// # Errors
    /// The stream is cut short, or a chain of sectors is damaged.
    pub(super) fn stream(&mut self, name: &str) -> Result<Option<Vec<u8>>, WorkbookError> {
        let Some(&DirectoryEntry { start, len, .. }) = self.find(name) else {
            return Ok(None);
        };
        // The mini stream is followed even where it is not needed, since calamine always reads it.
        let mini = match self.entries.first() {
            Some(&DirectoryEntry { start, len, .. }) if !self.mini_fat.is_empty() => {
                self.read_chain(start, len)?
            }
            _ => Vec::new(),
        };
        let bytes = if len >= MINI_STREAM_CUTOFF {
            self.read_chain(start, len)?
        } else {
            self.read_mini(start, len, &mini)?
        };
        if len_u64(bytes.len()) < len {
            return Err(WorkbookError::truncated(format!("its stream {name} is too short")));
        }
        Ok(Some(bytes))
    }

    fn find(&self, name: &str) -> Option<&DirectoryEntry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A directory entry: the name in UTF-16, the first sector, and the length.
    fn entry(&self, bytes: &[u8; ENTRY_BYTES]) -> DirectoryEntry {
        let units: Vec<u16> =
            bytes[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        let name = String::from_utf16_lossy(units.split(|unit| *unit == 0).next().unwrap_or(&[]));
        // The upper half of a length is undefined in files with sectors of 512 bytes.
        let high = if self.sector_bytes == 512 { 0 } else { u64::from(u32_at(bytes, 124)) };
        DirectoryEntry { name, start: u32_at(bytes, 116), len: (high << 32) | u64::from(u32_at(bytes, 120)) }
    }

    /// The FAT: for each sector the next one of its chain. The header lists the first 109 sectors of the FAT; further ones are listed in a
    /// chain of DIFAT sectors, and each DIFAT sector ends with the number of the next.
    fn read_fat(&mut self, header: &[u8; 512]) -> Result<Vec<u32>, WorkbookError> {
        let mut fat_sectors = u32s(&header[76..]);
        let mut next = u32_at(header, 68);
        let mut steps = 0u64;
        while next < MAXREGSECT {
            steps += 1;
            if steps > self.sectors {
                return Err(chain_too_long());
            }
            fat_sectors.extend(u32s(&self.read_sector(next)?));
            next = fat_sectors.pop().unwrap_or(ENDOFCHAIN);
        }
        fat_sectors.retain(|sector| *sector < DIFSECT);
        if len_u64(fat_sectors.len()) > self.sectors {
            return Err(chain_too_long());
        }
        let mut fat = Vec::new();
        for sector in fat_sectors {
            fat.extend(u32s(&self.read_sector(sector)?));
        }
        Ok(fat)
    }

    fn read_sector(&mut self, sector: u32) -> Result<Vec<u8>, WorkbookError> {
        if u64::from(sector) >= self.sectors {
            return Err(if sector < MAXREGSECT {
                WorkbookError::truncated(format!("its sector {sector} is missing"))
            } else {
                WorkbookError::corrupt("a chain of sectors runs into nothing")
            });
        }
        let mut bytes = Vec::with_capacity(self.sector_bytes);
        self.file.seek(SeekFrom::Start((u64::from(sector) + 1) * len_u64(self.sector_bytes)))?;
        Read::by_ref(&mut self.file).take(len_u64(self.sector_bytes)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The bytes of a chain of sectors, at most `len`.
    fn read_chain(&mut self, start: u32, len: u64) -> Result<Vec<u8>, WorkbookError> {
        let mut bytes = Vec::new();
        let mut sector = start;
        let mut steps = 0u64;
        while sector != ENDOFCHAIN && len_u64(bytes.len()) < len {
            steps += 1;
            if steps > self.sectors {
                return Err(chain_too_long());
            }
            bytes.extend(self.read_sector(sector)?);
            let next = usize::try_from(sector).ok().and_then(|at| self.fat.get(at).copied());
            if len_u64(bytes.len()) < len {
                sector =
                    next.ok_or_else(|| WorkbookError::corrupt("a chain of sectors runs into nothing"))?;
            }
        }
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// The bytes of a chain of mini sectors, at most `len`.
    fn read_mini(&self, start: u32, len: u64, mini: &[u8]) -> Result<Vec<u8>, WorkbookError> {
        let mut bytes = Vec::new();
        let mut sector = start;
        let mut steps = 0usize;
        while sector != ENDOFCHAIN && len_u64(bytes.len()) < len {
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

fn chain_too_long() -> WorkbookError {
    WorkbookError::corrupt("a chain of sectors is longer than the file")
}

pub(in crate::formats::workbook) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(in crate::formats::workbook) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u32s(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}
