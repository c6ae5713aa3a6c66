//! The spill of refused rows: encoded by many workers, kept in a temporary file, read back in the order of the inputs. Comes in: encoded
//! rejects, in any order. Goes out: rejects as values. Memory holds only where they lie. It knows no output.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::Datelike;

use super::encoding::{changed, get, get_flag, get_optional_text, get_text, put_option, put_text};
use super::refused_fact;
use super::reject::{Reject, RejectAmount, RejectCode, RejectOwner};
use crate::base::amount::Amount;
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::place::RowPlace;

/// Where encoded rejects belong: the number of the input in the run, then the number of the block in the input.
pub(crate) type SegmentKey = (usize, u64);

/// Refused rows in a temporary file without a name, which goes away by itself.
#[derive(Debug)]
pub(crate) struct RejectSpill {
    /// Where the temporary file is made first. **Absent**: in the system's folder for such files.
    folder: Option<PathBuf>,
    stored: Mutex<Stored>,
}

/// The file and its segments. Size: 32 bytes for each block that has a refused row.
#[derive(Debug, Default)]
struct Stored {
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

impl RejectSpill {
    /// A spill whose temporary file lies in `folder`, the folder of the outputs; or in the system's temporary folder if `folder` takes no file.
    pub(crate) fn new(folder: Option<&Path>) -> RejectSpill {
        RejectSpill { folder: folder.map(Path::to_path_buf), stored: Mutex::default() }
    }

    /// Stores encoded rejects. Rejects of one key keep the order in which they are appended, so a key belongs to one worker.
    /// Errors: a full disk, which the caller reports.
    pub(crate) fn append(&self, key: SegmentKey, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut stored = self.stored.lock().expect("no panic while the lock is held");
        let stored = &mut *stored;
        let file = match &mut stored.file {
            Some(file) => file,
            none => none.insert(self.temp_file()?),
        };
        // From the known end, so that a write which failed halfway leaves no trace.
        file.seek(SeekFrom::Start(stored.bytes))?;
        file.write_all(bytes)?;
        let len = u64::try_from(bytes.len()).expect("memory is below 2^64 bytes");
        match stored.segments.last_mut() {
            Some(last) if last.key == key && last.offset + last.len == stored.bytes => last.len += len,
            _ => stored.segments.push(Segment { key, offset: stored.bytes, len }),
        }
        stored.bytes += len;
        Ok(())
    }

    /// Drops what was stored of some inputs, which are read again.
    pub(crate) fn forget(&self, is_read_again: impl Fn(usize) -> bool) {
        let mut stored = self.stored.lock().expect("no panic while the lock is held");
        stored.segments.retain(|segment| !is_read_again(segment.key.0));
    }

    /// All that was stored, to be read back.
    pub(crate) fn finish(self) -> SpilledRejects {
        let Stored { file, mut segments, .. } =
            self.stored.into_inner().expect("no panic while the lock is held");
        segments.sort_by_key(|segment| (segment.key, segment.offset));
        SpilledRejects { file: file.map(Mutex::new), segments, failed: Mutex::new(None) }
    }

    fn temp_file(&self) -> io::Result<File> {
        match self.folder.as_deref().map(tempfile::tempfile_in) {
            Some(Ok(file)) => Ok(file),
            Some(Err(_)) | None => tempfile::tempfile(),
        }
    }
}

/// Refused rows that were stored, in segments by input and block: the same order in whatever order they were appended.
#[derive(Debug)]
pub(crate) struct SpilledRejects {
    /// **Absent**: nothing was refused.
    file: Option<Mutex<File>>,
    segments: Vec<Segment>,
    failed: Mutex<Option<io::Error>>,
}

impl SpilledRejects {
    /// How many segments there are, numbered from 0.
    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    /// The index of the input of a segment, and its rejects in the order of rows. If the file cannot be read, [`SpilledRejects::check`]
    /// says so in the end.
    pub(crate) fn segment(&self, nth: usize) -> (usize, Vec<Reject>) {
        let segment = self.segments[nth];
        let rejects = self.read(segment).unwrap_or_else(|error| {
            self.failed.lock().expect("no panic while the lock is held").get_or_insert(error);
            Vec::new()
        });
        (segment.key.0, rejects)
    }

    fn read(&self, segment: Segment) -> io::Result<Vec<Reject>> {
        let Some(file) = &self.file else { return Ok(Vec::new()) };
        let length = usize::try_from(segment.len).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        {
            let mut file = file.lock().expect("no panic while the lock is held");
            file.seek(SeekFrom::Start(segment.offset))?;
            file.read_exact(&mut bytes)?;
        }
        let (mut encoded, mut rejects) = (bytes.as_slice(), Vec::new());
        while !encoded.is_empty() {
            rejects.push(decode(&mut encoded)?);
        }
        Ok(rejects)
    }

    /// Errors: a segment could not be read.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.failed.lock().expect("no panic while the lock is held").take().map_or(Ok(()), Err)
    }
}

/// Appends a reject in the form of the spill: numbers in little-endian order, texts behind their lengths, and a flag before what may be
/// absent.
pub(super) fn encode(reject: &Reject, out: &mut Vec<u8>) {
    let Reject {
        place,
        column,
        code,
        message,
        value,
        partner_id,
        amount,
        day,
        owner,
        association,
        provider,
        subscription,
        fact,
    } = reject;
    put_option(out, place.as_ref(), |out, place| {
        out.extend(place.row.to_le_bytes());
        put_option(out, place.byte_offset.as_ref(), |out, offset| out.extend(offset.to_le_bytes()));
    });
    put_option(out, column.as_ref(), |out, column| put_text(out, column));
    put_text(out, code.as_str());
    put_text(out, message);
    put_text(out, value);
    put_option(out, partner_id.as_ref(), |out, partner| put_text(out, partner));
    put_option(out, amount.as_ref(), |out, amount| {
        out.extend(amount.amount.raw().to_le_bytes());
        put_text(out, &amount.currency);
    });
    put_option(out, day.as_ref(), |out, day| out.extend(day.num_days_from_ce().to_le_bytes()));
    put_owner(out, owner);
    put_option(out, association.as_ref(), |out, association| put_text(out, association.as_str()));
    put_option(out, provider.as_ref(), put_owner);
    put_option(out, subscription.as_ref(), |out, subscription| put_text(out, subscription));
    put_option(out, fact.as_ref(), |out, fact| refused_fact::encode(fact, out));
}

fn put_owner(out: &mut Vec<u8>, owner: &RejectOwner) {
    match owner {
        RejectOwner::Anyone => out.push(0),
        RejectOwner::Partner(partner) => {
            out.push(1);
            put_text(out, partner);
        }
        RejectOwner::Subscription(subscription) => {
            out.push(2);
            put_text(out, subscription);
        }
        RejectOwner::Tenant(tenant) => {
            out.push(3);
            put_text(out, tenant);
        }
    }
}

/// The next reject of a segment. Errors: the file was cut or changed by another program.
fn decode(from: &mut dyn BufRead) -> io::Result<Reject> {
    let place = match get_flag(from)? {
        true => {
            let row = u64::from_le_bytes(get(from)?);
            let byte_offset = if get_flag(from)? { Some(u64::from_le_bytes(get(from)?)) } else { None };
            Some(RowPlace { row, byte_offset })
        }
        false => None,
    };
    let column = get_optional_text(from)?;
    let code = get_text(from)?;
    let code = RejectCode::ALL.iter().find(|known| known.as_str() == code).copied().ok_or_else(changed)?;
    let (message, value, partner_id) = (get_text(from)?, get_text(from)?, get_optional_text(from)?);
    let amount = match get_flag(from)? {
        true => {
            let amount = Amount::from_raw(i128::from_le_bytes(get(from)?));
            Some(RejectAmount { amount, currency: get_text(from)? })
        }
        false => None,
    };
    let day = match get_flag(from)? {
        true => {
            let number = i32::from_le_bytes(get(from)?);
            Some(Day::from_num_days_from_ce_opt(number).ok_or_else(changed)?)
        }
        false => None,
    };
    let owner = get_owner(from)?;
    let association = match get_optional_text(from)? {
        Some(word) => {
            let of_word = Association::ALL.into_iter().find(|association| association.as_str() == word);
            Some(of_word.ok_or_else(changed)?)
        }
        None => None,
    };
    let provider = if get_flag(from)? { Some(get_owner(from)?) } else { None };
    let subscription = get_optional_text(from)?;
    let fact = if get_flag(from)? { Some(refused_fact::decode(from)?) } else { None };
    Ok(Reject {
        place,
        column,
        code,
        message,
        value,
        partner_id,
        amount,
        day,
        owner,
        association,
        provider,
        subscription,
        fact,
    })
}

fn get_owner(from: &mut dyn BufRead) -> io::Result<RejectOwner> {
    Ok(match get::<1>(from)? {
        [0] => RejectOwner::Anyone,
        [1] => RejectOwner::Partner(get_text(from)?),
        [2] => RejectOwner::Subscription(get_text(from)?),
        [3] => RejectOwner::Tenant(get_text(from)?),
        _ => return Err(changed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::refused_fact::RefusedFact;

    fn reject(row: u64) -> Reject {
        let amount = RejectAmount { amount: Amount::from_raw(-1), currency: "EUR".to_owned() };
        Reject {
            place: Some(RowPlace { row, byte_offset: (row > 1).then_some(7) }),
            column: Some("Cost".to_owned()),
            code: RejectCode::BadNumber,
            message: "\"x\" is not a number".to_owned(),
            value: "x".to_owned(),
            partner_id: None,
            amount: (row > 2).then_some(amount),
            day: Day::from_ymd_opt(2017, 6, 30),
            owner: RejectOwner::Subscription("s".to_owned()),
            association: (row > 2).then_some(Association::CspTier2),
            provider: (row > 2).then(|| RejectOwner::Tenant("t".to_owned())),
            subscription: (row > 2).then(|| "s".to_owned()),
            fact: (row == 2).then_some(RefusedFact::Market { country: None }),
        }
    }

    fn appended(spill: &RejectSpill, key: SegmentKey, rows: &[u64]) {
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| encode(&reject(*row), &mut bytes));
        spill.append(key, &bytes).unwrap();
    }

    fn rows(spill: RejectSpill) -> Vec<(usize, u64)> {
        let (spilled, mut rows) = (spill.finish(), Vec::new());
        for (input, rejects) in (0..spilled.segments()).map(|nth| spilled.segment(nth)) {
            for found in rejects {
                let row = found.place.unwrap().row;
                assert_eq!(found, reject(row));
                rows.push((input, row));
            }
        }
        spilled.check().unwrap();
        rows
    }

    #[test]
    fn nothing_refused_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = RejectSpill::new(Some(folder.path()));
        appended(&spill, (0, 0), &[]);
        assert!(spill.stored.get_mut().unwrap().file.is_none());
        assert_eq!(rows(spill), []);
    }

    #[test]
    fn every_kind_of_owner_and_a_reject_of_no_row_are_read_back() {
        let spill = &mut RejectSpill::new(None);
        for owner in
            [RejectOwner::Anyone, RejectOwner::Partner("7".to_owned()), RejectOwner::Tenant("t".to_owned())]
        {
            let none = Reject { place: None, column: None, day: None, owner, ..reject(3) };
            let mut bytes = Vec::new();
            encode(&none, &mut bytes);
            assert_eq!(decode(&mut bytes.as_slice()).unwrap(), none);
            assert!(decode(&mut &bytes[..bytes.len() - 1]).is_err());
            spill.append((0, 0), &bytes).unwrap();
        }
    }

    #[test]
    fn rejects_stand_in_the_order_of_inputs_and_blocks_whatever_the_order_of_appending() {
        let keys: Vec<SegmentKey> =
            (0..4).flat_map(|input| (0..50).map(move |block| (input, block))).collect();
        let spill = RejectSpill::new(None);
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let (spill, keys) = (&spill, &keys);
                scope.spawn(move || {
                    for key in keys.iter().rev().skip(worker).step_by(4) {
                        appended(spill, *key, &[key.1 + 1, key.1 + 2]);
                    }
                });
            }
        });
        let expected: Vec<(usize, u64)> =
            keys.iter().flat_map(|key| [(key.0, key.1 + 1), (key.0, key.1 + 2)]).collect();
        assert_eq!(rows(spill), expected);
    }

    #[test]
    fn rejects_of_one_key_share_a_segment_and_a_folder_that_takes_no_file_is_passed_over() {
        let mut spill = RejectSpill::new(Some(Path::new("/no/such/folder")));
        [1, 2].iter().for_each(|row| appended(&spill, (1, 0), &[*row]));
        appended(&spill, (0, 0), &[3]);
        appended(&spill, (1, 0), &[4]);
        assert_eq!(spill.stored.get_mut().unwrap().segments.len(), 3);
        assert_eq!(rows(spill), [(0, 3), (1, 1), (1, 2), (1, 4)]);
    }

    #[test]
    fn a_file_that_was_cut_is_an_error_in_the_end_and_not_fewer_rejects() {
        let spill = RejectSpill::new(None);
        appended(&spill, (0, 0), &[1, 2]);
        let spilled = spill.finish();
        spilled.file.as_ref().unwrap().lock().unwrap().set_len(5).unwrap();
        assert_eq!(spilled.segment(0), (0, Vec::new()));
        assert!(spilled.check().is_err());
    }
}
