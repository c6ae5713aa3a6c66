//! Manifests beside exports of Azure Cost Management. Comes in: the path of an export. Goes out: the type of the export. A manifest is no
//! input; one that cannot be read is ignored.

use std::path::Path;

/// The manifest of the exports in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The type of the export, such as `ActualCost`. **Absent**: an older manifest, which has no type.
    pub(crate) export_type: Option<String>,
}

/// The manifest in the folder of `file`. `None` if the folder has none.
pub(crate) fn beside(file: &Path) -> Option<Manifest> {
    let folder = file.parent()?;
    let text =
        ["manifest.json", "_manifest.json"].iter().find_map(|name| std::fs::read(folder.join(name)).ok())?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let json: Option<serde_json::Value> = serde_json::from_slice(text).ok();
    let export_type =
        json.as_ref().and_then(|json| json.pointer("/exportConfig/type")).and_then(|t| t.as_str());
    Some(Manifest { export_type: export_type.map(str::to_owned) })
}
