//! `attain dialects new`: reads the first rows of a file that no dialect fits, and drafts a dialect for it. Comes in: a path. Goes out: a draft.
//! It counts nothing.

use std::path::Path;
use std::sync::Arc;

use crate::base::limits;
use crate::config::dialect::{
    self, ColumnEvidence, ColumnKey, Dialect, DialectColumn, Markets, Role, RoleMeaning, normalise,
};
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::diagnostics::log::Log;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::formats::{
    Dialects, DiscoveredFile, GivenPath, Input, LikelyHeader, StatedDialect, discover, likely_headers,
    recognise_all,
};
use crate::outputs::{DialectDraft, draft_dialect};
use crate::rows::evidence_counter::EvidenceCounter;

/// Drafts a dialect for a file, by the sheet with the most names in its header unless one is named.
///
/// # Errors
/// The file cannot be read, or has no header.
pub(crate) fn dialect_draft(path: &Path, sheet: Option<&str>) -> Result<DialectDraft, Error> {
    let given = GivenPath { path: path.to_path_buf(), role: None, is_assumed: false, source: None };
    let found = discover(&[given], &[]);
    if !found.input_errors.is_empty() {
        return Err(Error::Inputs { input_errors: found.input_errors });
    }
    let [file] = found.files.as_slice() else {
        let message = format!("{}: give one file, not a folder or a pattern", path.display());
        return Err(Error::Usage { message });
    };
    let fault = |(code, message)| {
        let input = Some(crate::base::place::InputName { file: file.shown.clone(), sheet: None });
        Error::Inputs { input_errors: vec![InputError { input, code, message }] }
    };
    let builtin = Dialects { user: &[], of_sources: &[], builtin: dialect::builtin() };
    let recognised = recognise_all(vec![file.clone()], builtin);
    let is_drafted = |input: &&Input<'_>| sheet.is_none() || input.name.sheet.as_deref() == sheet;
    let read_by = recognised.inputs.iter().find(is_drafted).map(|input| input.layout.dialect);
    let headers = likely_headers(path).map_err(fault)?;
    let wanted = headers.into_iter().filter(|header| sheet.is_none() || header.sheet.as_deref() == sheet);
    let Some(header) = wanted.reduce(|a, b| if b.names.len() > a.names.len() { b } else { a }) else {
        return Err(fault((InputErrorCode::UnknownHeader, "no row of it looks like a header".to_owned())));
    };
    let columns = on_one_thread(|| evidence(file, &header));
    Ok(draft_dialect(&file.shown, header.sheet.as_deref(), read_by, &columns))
}

fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    pool.install(work)
}

/// What the cells of the first rows show of each column. A name that stands in the header twice is left out.
fn evidence(file: &DiscoveredFile, header: &LikelyHeader) -> Vec<ColumnEvidence> {
    let once = |name: &&String| {
        let compared = normalise(name);
        !compared.is_empty() && header.names.iter().filter(|other| normalise(other) == compared).count() == 1
    };
    let names: Vec<String> = header.names.iter().filter(once).cloned().collect();
    names.chunks(limits::DIALECT_COLUMNS).flat_map(|names| evidence_of(file, header, names)).collect()
}

/// As [`evidence`], for as many columns as a dialect may have.
fn evidence_of(file: &DiscoveredFile, header: &LikelyHeader, names: &[String]) -> Vec<ColumnEvidence> {
    let probe = [probe(names)];
    let dialects = Dialects { user: &[], of_sources: &probe, builtin: &[] };
    let file = DiscoveredFile { dialect: Some(StatedDialect::OfSource(0)), ..file.clone() };
    let recognised = recognise_all(vec![file], dialects);
    let mut inputs = recognised.inputs.iter().filter(|input| input.name.sheet == header.sheet);
    let of_names = || names.iter().map(|name| ColumnEvidence::new(name)).collect();
    let Some(input) = inputs.next() else { return of_names() };
    let options = ReadOptions {
        threads: 1,
        block_bytes: limits::BLOCK_BYTES,
        progress: Arc::default(),
        log: Log::silent(),
    };
    // A file that ends too early tells enough.
    let (workers, _) = read_rows(&[input], &options, || EvidenceCounter::new(names));
    workers.into_iter().next().map_or_else(of_names, EvidenceCounter::into_columns)
}

/// A dialect whose columns are these names, and that has no meaning.
fn probe(names: &[String]) -> Dialect {
    let column = |name: &String| DialectColumn {
        key: name.clone(),
        names: vec![name.clone()],
        compared: vec![normalise(name)],
        is_id: false,
    };
    Dialect {
        name: "draft".to_owned(),
        title: "draft".to_owned(),
        role: Role::Markets,
        source: Vec::new(),
        columns: names.iter().map(column).collect(),
        required: (0..names.len()).map(|key| vec![ColumnKey(key)]).collect(),
        forbidden: Vec::new(),
        forbidden_unless: Vec::new(),
        told_by: None,
        meaning: RoleMeaning::Markets(Markets { country: ColumnKey(0), market: ColumnKey(0) }),
    }
}
