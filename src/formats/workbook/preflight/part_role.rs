//! What a part of a zipped workbook is for, and how much it may expand to. Comes in: the name of the part. Goes out: its role and its limit. It opens
//! no part.

use crate::base::limits;
use crate::formats::workbook::WorkbookKind;

/// What a part of the workbook is for, which decides how much of it may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats::workbook) enum PartRole {
    /// Shared strings: held.
    Strings,
    /// Styles, themes, lists of parts: held, as objects much larger than the XML.
    Styles,
    /// A sheet: streamed.
    Sheet,
    /// `content.xml` of an `.ods`: held.
    Content,
    /// calamine does not open it.
    Unread,
}

/// The role of a part, by its name, which is compared as calamine does: ignoring case, and with either slash.
pub(in crate::formats::workbook) fn part_role(name: &str, kind: WorkbookKind) -> PartRole {
    let name = name.to_ascii_lowercase().replace('\\', "/");
    let file = name.rsplit('/').next().unwrap_or(&name);
    if kind == WorkbookKind::Ods {
        return match name.as_str() {
            "content.xml" => PartRole::Content,
            "meta-inf/manifest.xml" | "mimetype" => PartRole::Styles,
            _ => PartRole::Unread,
        };
    }
    match file.rsplit_once('.') {
        Some(("sharedstrings", "xml")) => PartRole::Strings,
        // In an `.xlsb`, calamine looks for it in one place only.
        Some(("sharedstrings", "bin")) if name == "xl/sharedstrings.bin" => PartRole::Strings,
        Some(("workbook" | "styles" | "[content_types]", "xml" | "bin")) | Some((_, "rels")) => {
            PartRole::Styles
        }
        Some((stem, "xml")) if stem.starts_with("theme") => PartRole::Styles,
        Some((_, "xml" | "bin")) => PartRole::Sheet,
        _ => PartRole::Unread,
    }
}

/// Whether a part is the list of sheets, which also states the date system.
pub(super) fn is_list_of_sheets(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.rsplit(['/', '\\']).next(), Some("workbook.xml" | "workbook.bin"))
}

/// Bytes that a part may expand to; `packed` is its compressed size.
pub(super) fn allowed_bytes(role: PartRole, packed: u64) -> u64 {
    let by_ratio =
        packed.saturating_mul(limits::WORKBOOK_EXPANSION).max(limits::WORKBOOK_EXPANSION_FREE_BYTES);
    match role {
        PartRole::Strings | PartRole::Content => by_ratio.min(limits::WORKBOOK_PART_BYTES),
        PartRole::Styles => by_ratio.min(limits::WORKBOOK_STYLES_BYTES),
        PartRole::Sheet | PartRole::Unread => by_ratio,
    }
}
