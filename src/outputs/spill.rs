//! Refused rows on their way to the rejects file: rendered by many workers, kept in a temporary file, written in the order of
//! the inputs. Comes in: rendered lines, in any order. Goes out: the rejects file. Memory holds only where they lie.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::rejects::rejects_header;

/// Where rendered lines belong: the number of the input in the run, then the number of the block in the input.
pub type SegmentKey = (usize, u64);

/// Rendered lines of refused rows, in a temporary file without a name, which goes away by itself.
#[derive(Debug)]
pub struct RejectsSpill {
    /// Where the temporary file is made first. **Absent**: in the system's folder for such files.
    folder: Option<PathBuf>,
    kept: Mutex<Kept>,
}

/// How big it gets: 32 bytes for each block that has a refused row.
#[derive(Debug, Default)]
struct Kept {
    /// **Absent**: nothing was refused yet.
    file: Option<File>,
    segments: Vec<Segment>,
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    key: SegmentKey,
    offset: u64,
    len: u64,
}

impl RejectsSpill {
    /// A spill whose temporary file lies in `folder`, that of the outputs; if that takes none, in the system's own.
    pub fn new(folder: Option<&Path>) -> RejectsSpill {
        RejectsSpill { folder: folder.map(Path::to_path_buf), kept: Mutex::default() }
    }

    /// Keeps rendered lines. Lines of one key stand in the order in which they were appended, so one worker has one key.
    /// The error of a full disk is the caller's to report.
    pub fn append(&self, key: SegmentKey, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut kept = self.kept.lock().expect("nothing panics while it holds the lock");
        let kept = &mut *kept;
        let file = match &mut kept.file {
            Some(file) => file,
            none => none.insert(self.temp_file()?),
        };
        // From the known end, so that a write which failed halfway leaves no trace.
        file.seek(SeekFrom::Start(kept.bytes))?;
        file.write_all(bytes)?;
        let len = u64::try_from(bytes.len()).expect("memory is below 2^64 bytes");
        match kept.segments.last_mut() {
            Some(last) if last.key == key && last.offset + last.len == kept.bytes => last.len += len,
            _ => kept.segments.push(Segment { key, offset: kept.bytes, len }),
        }
        kept.bytes += len;
        Ok(())
    }

    /// Writes the rejects file: its header, then all lines by key. The same bytes in whatever order they were appended.
    pub fn write_sorted(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&rejects_header())?;
        let kept = self.kept.get_mut().expect("nothing panics while it holds the lock");
        kept.segments.sort_by_key(|segment| (segment.key, segment.offset));
        let Some(file) = &mut kept.file else { return Ok(()) };
        for segment in &kept.segments {
            file.seek(SeekFrom::Start(segment.offset))?;
            let copied = io::copy(&mut Read::by_ref(file).take(segment.len), out)?;
            if copied != segment.len {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn temp_file(&self) -> io::Result<File> {
        match self.folder.as_deref().map(tempfile::tempfile_in) {
            Some(Ok(file)) => Ok(file),
            Some(Err(_)) | None => tempfile::tempfile(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(spill: &mut RejectsSpill) -> String {
        let mut out = Vec::new();
        spill.write_sorted(&mut out).unwrap();
        String::from_utf8(out).unwrap().split_once('\n').unwrap().1.to_owned()
    }

    #[test]
    fn nothing_refused_is_a_header_only_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = RejectsSpill::new(Some(folder.path()));
        spill.append((0, 0), b"").unwrap();
        let mut out = Vec::new();
        spill.write_sorted(&mut out).unwrap();
        assert_eq!(out, rejects_header());
        assert!(spill.kept.get_mut().unwrap().file.is_none());
    }

    #[test]
    fn lines_stand_in_the_order_of_inputs_and_blocks_whoever_was_first() {
        let keys: Vec<SegmentKey> =
            (0..4).flat_map(|input| (0..50).map(move |block| (input, block))).collect();
        let line = |key: &SegmentKey| format!("{}-{}\n", key.0, key.1);
        let expected: String = keys.iter().map(line).collect();
        let mut spill = RejectsSpill::new(None);
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let (spill, keys) = (&spill, &keys);
                scope.spawn(move || {
                    for key in keys.iter().rev().skip(worker).step_by(4) {
                        spill.append(*key, line(key).as_bytes()).unwrap();
                    }
                });
            }
        });
        assert_eq!(written(&mut spill), expected);
    }

    #[test]
    fn lines_of_one_key_keep_their_order_and_memory_holds_one_place_for_them() {
        let mut spill = RejectsSpill::new(None);
        for line in ["a\n", "b\n", "c\n"] {
            spill.append((1, 0), line.as_bytes()).unwrap();
        }
        spill.append((0, 0), b"first\n").unwrap();
        spill.append((1, 0), b"d\n").unwrap();
        assert_eq!(spill.kept.get_mut().unwrap().segments.len(), 3);
        assert_eq!(written(&mut spill), "first\na\nb\nc\nd\n");
        assert_eq!(written(&mut spill), "first\na\nb\nc\nd\n");
    }

    #[test]
    fn a_folder_that_takes_no_file_is_passed_over() {
        let mut spill = RejectsSpill::new(Some(Path::new("/no/such/folder")));
        spill.append((0, 0), b"x\n").unwrap();
        assert_eq!(written(&mut spill), "x\n");
    }
}
