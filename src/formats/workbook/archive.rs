//! Looks a zipped workbook over before anything of it is held: sizes, checksums, lengths, repeats. Comes in: the zip. Goes
//! out: nothing, or why it is refused. What passes here cannot make the reader that comes after it fill the memory.
//!
//! First the sizes that the directory declares are compared with the limits, so that an honest bomb is refused before one
//! byte of it is expanded. A directory can lie; so every part that the reader opens is then expanded once, counted, and
//! thrown away. That also checks each part's checksum, which the reader does not do for sheets, since it stops at the last
//! cell: a flipped bit could otherwise pass as a wrong figure.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::Walk;
use super::WorkbookKind;
use super::fault::WorkbookError;
use super::markup::{Markup, Piece, length};
use super::records::Records;
use super::repeats::Repeats;
use super::strings::Elements;
use super::usual::{Broken, Expanding, Look, Texts, TextsLook, Usual, blocks};
use crate::base::limits;

/// The zip of a workbook.
pub(super) type Archive = ZipArchive<BufReader<File>>;

/// Opens a zip and reads its directory.
pub(super) fn open(path: &Path) -> Result<Archive, WorkbookError> {
    let mut file = File::open(path)?;
    match ZipArchive::new(BufReader::new(file.try_clone()?)) {
        Ok(archive) => Ok(archive),
        Err(ZipError::InvalidArchive(found)) => {
            // The directory stands at the end of the file, so a file that was cut has none.
            if has_directory(&mut file)? {
                Err(WorkbookError::corrupt(found))
            } else {
                Err(WorkbookError::truncated("the list of its parts, which stands at its end, is missing"))
            }
        }
        Err(other) => Err(other.into()),
    }
}

fn has_directory(file: &mut File) -> Result<bool, WorkbookError> {
    // The end record has 22 bytes and a comment of at most 65,535.
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(22 + 65_535)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(memchr::memmem::find(&tail, b"PK\x05\x06").is_some())
}

/// What a part is for, which decides how much of it may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Strings,
    Styles,
    Sheet,
    Content,
    Unread,
}

/// The name is compared as the reader does: without regard to case or the slant of the slash.
pub(super) fn role(name: &str, kind: WorkbookKind) -> Role {
    let name = name.to_ascii_lowercase().replace('\\', "/");
    let file = name.rsplit('/').next().unwrap_or(&name);
    if kind == WorkbookKind::Ods {
        return match name.as_str() {
            "content.xml" => Role::Content,
            "meta-inf/manifest.xml" | "mimetype" => Role::Styles,
            _ => Role::Unread,
        };
    }
    match file.rsplit_once('.') {
        Some(("sharedstrings", "xml")) => Role::Strings,
        // An `.xlsb` has it at one place only.
        Some(("sharedstrings", "bin")) if name == "xl/sharedstrings.bin" => Role::Strings,
        Some(("workbook" | "styles" | "[content_types]", "xml" | "bin")) | Some((_, "rels")) => Role::Styles,
        Some((stem, "xml")) if stem.starts_with("theme") => Role::Styles,
        Some((_, "xml" | "bin")) => Role::Sheet,
        _ => Role::Unread,
    }
}

/// The bytes that a part may expand to.
fn allowed(role: Role, packed: u64) -> u64 {
    let by_ratio =
        packed.saturating_mul(limits::WORKBOOK_EXPANSION).max(limits::WORKBOOK_EXPANSION_FREE_BYTES);
    match role {
        Role::Strings | Role::Content => by_ratio.min(limits::WORKBOOK_PART_BYTES),
        Role::Styles => by_ratio.min(limits::WORKBOOK_STYLES_BYTES),
        Role::Sheet | Role::Unread => by_ratio,
    }
}

/// A part from this size on is expanded on a thread of its own.
const AHEAD_BYTES: u64 = 1 << 20;

/// What was found of an `.xlsx`, each with its part.
#[derive(Default)]
pub(super) struct UsualParts {
    pub(super) sheets: BTreeMap<usize, Usual>,
    /// **Absent**: the shared texts are not in the usual form.
    pub(super) texts: Option<(usize, Texts)>,
}

/// Refuses a workbook that would expand absurdly or is damaged; tells which parts are in the usual form. `room`: bytes that the
/// cells of sheets may take which are kept.
pub(super) fn check(
    archive: &mut Archive,
    path: &Path,
    kind: WorkbookKind,
    mut room: usize,
) -> Result<UsualParts, WorkbookError> {
    let parts = declared(archive, kind)?;
    let mut usual = UsualParts::default();
    let mut total = 0u64;
    let mut strings = None;
    let mut highest_string = None;
    for (index, role) in parts.into_iter().enumerate() {
        if role == Role::Unread {
            continue;
        }
        let quick = match role {
            Role::Sheet if kind == WorkbookKind::Xlsx => {
                let found = expand_usual_sheet(archive, path, index, room)?;
                found.map(|(bytes, sheet)| {
                    room -= sheet.as_ref().map_or(0, Usual::kept_bytes);
                    usual.sheets.extend(sheet.map(|sheet| (index, sheet)));
                    bytes
                })
            }
            Role::Strings if kind == WorkbookKind::Xlsx && usual.texts.is_none() => {
                let found = expand_usual_texts(archive, path, index)?;
                found.map(|(bytes, texts)| {
                    usual.texts = Some((index, texts));
                    bytes
                })
            }
            Role::Strings | Role::Styles | Role::Sheet | Role::Content | Role::Unread => None,
        };
        let seen = match quick {
            Some(bytes) => Seen { bytes, strings: None, highest_string: None },
            None => expand(archive, index, role, kind)?,
        };
        total = total.saturating_add(seen.bytes);
        if total > limits::WORKBOOK_EXPANDED_BYTES {
            return Err(expands_in_all(total));
        }
        strings = strings.or(seen.strings);
        highest_string = highest_string.max(seen.highest_string);
    }
    // An `.xlsb` cell that points past the shared strings would stop the reader with a panic.
    if kind == WorkbookKind::Xlsb
        && highest_string.is_some_and(|highest| u64::from(highest) >= strings.unwrap_or(0))
    {
        return Err(WorkbookError::corrupt("a cell refers to a text that is not there"));
    }
    Ok(usual)
}

fn declared(archive: &mut Archive, kind: WorkbookKind) -> Result<Vec<Role>, WorkbookError> {
    let mut total = 0u64;
    let mut roles = Vec::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index)?;
        let name = part.name()?;
        let role = role(&name, kind);
        if part.size() > allowed(role, part.compressed_size()) && role != Role::Unread {
            return Err(expands(&name, part.size(), part.compressed_size()));
        }
        total = total.saturating_add(part.size());
        roles.push(role);
    }
    if total > limits::WORKBOOK_EXPANDED_BYTES {
        return Err(expands_in_all(total));
    }
    Ok(roles)
}

/// What was seen of a part.
struct Seen {
    bytes: u64,
    /// **Absent**: not the shared strings of an `.xlsb`.
    strings: Option<u64>,
    /// **Absent**: no cell of an `.xlsb` that refers to a shared string.
    highest_string: Option<u32>,
}

fn expand(
    archive: &mut Archive,
    index: usize,
    role: Role,
    kind: WorkbookKind,
) -> Result<Seen, WorkbookError> {
    let mut part = archive.by_index(index)?;
    let (name, packed) = (part.name()?.into_owned(), part.compressed_size());
    let is_xml = !name.to_ascii_lowercase().ends_with(".bin") && name != "mimetype";
    let is_records = kind == WorkbookKind::Xlsb && !is_xml && matches!(role, Role::Strings | Role::Sheet);
    let allowed = allowed(role, packed);

    let mut markup = Markup::new();
    let mut elements = Elements::new();
    let mut repeats = Repeats::new();
    let mut records = Records::new();
    let mut bytes = 0u64;
    let mut block = vec![0u8; 64 << 10];
    loop {
        let read = part.read(&mut block)?;
        if read == 0 {
            break;
        }
        bytes += length(read);
        if bytes > allowed {
            return Err(expands(&name, bytes, packed));
        }
        if is_xml {
            markup.feed(&block[..read], &mut |piece: Piece<'_>| {
                elements.see(&piece)?;
                if role == Role::Content { repeats.see(&piece) } else { Ok(()) }
            })?;
        } else if is_records {
            records.feed(&block[..read])?;
        }
    }
    if role == Role::Strings && is_xml {
        elements.finish(bytes)?;
    }
    Ok(Seen {
        bytes,
        strings: (role == Role::Strings && is_records).then_some(records.strings()),
        highest_string: records.highest_string(),
    })
}

/// Expands a part that may be a sheet in the usual form, whose rows need no look at their tags. Returns its bytes, and the sheet if
/// it is one. `None`: it begins like one and goes on otherwise, and is to be expanded again.
fn expand_usual_sheet(
    archive: &mut Archive,
    path: &Path,
    index: usize,
    room: usize,
) -> Result<Option<(u64, Option<Usual>)>, WorkbookError> {
    let (mut look, mut markup, mut elements) = (Look::new(room), Markup::new(), Elements::new());
    let bytes = expand_by(archive, path, (index, Role::Sheet), &mut |block| {
        look.feed(block, &mut |text| markup.feed(text, &mut |piece: Piece<'_>| elements.see(&piece)))
    })?;
    Ok(bytes.map(|bytes| (bytes, look.finish())))
}

/// Expands the part of the shared texts, as above. `None`: it has another form.
fn expand_usual_texts(
    archive: &mut Archive,
    path: &Path,
    index: usize,
) -> Result<Option<(u64, Texts)>, WorkbookError> {
    let (mut look, mut markup, mut elements) = (TextsLook::new(), Markup::new(), Elements::new());
    let bytes = expand_by(archive, path, (index, Role::Strings), &mut |block| {
        look.feed(block, &mut |text| markup.feed(text, &mut |piece: Piece<'_>| elements.see(&piece)))
    })?;
    let Some(bytes) = bytes else { return Ok(None) };
    let texts = look.finish();
    elements.add_strings(length(texts.len()));
    elements.finish(bytes)?;
    Ok(Some((bytes, texts)))
}

/// Expands a part that is looked at by `look`. Returns its bytes. `None`: it is not in the form that was looked for.
fn expand_by(
    archive: &mut Archive,
    path: &Path,
    (index, role): (usize, Role),
    look: &mut dyn FnMut(&[u8]) -> Result<(), Broken>,
) -> Result<Option<u64>, WorkbookError> {
    let part = archive.by_index(index)?;
    let (name, packed) = (part.name()?.into_owned(), part.compressed_size());
    // A thread is not worth its while for a small part; the size decides nothing else, so it may lie.
    let expanding = if part.size() < AHEAD_BYTES { Expanding::InTurn } else { Expanding::Ahead };
    drop(part);
    let allowed = allowed(role, packed);
    let (mut bytes, mut is_unusual) = (0u64, false);
    blocks(path, index, expanding, &mut |block| {
        bytes += length(block.len());
        if bytes > allowed {
            return Err(expands(&name, bytes, packed));
        }
        match look(block) {
            Ok(()) => Ok(Walk::On),
            Err(Broken::Unusual) => {
                is_unusual = true;
                Ok(Walk::Stop)
            }
            Err(Broken::Refused(error)) => Err(error),
        }
    })?;
    Ok((!is_unusual).then_some(bytes))
}

fn expands(name: &str, bytes: u64, packed: u64) -> WorkbookError {
    WorkbookError::expands(format!(
        "the workbook expands absurdly: its part {name} has {packed} bytes packed, and {bytes} or more unpacked"
    ))
}

fn expands_in_all(bytes: u64) -> WorkbookError {
    WorkbookError::expands(format!("the workbook expands absurdly: to {bytes} bytes or more in all"))
}
