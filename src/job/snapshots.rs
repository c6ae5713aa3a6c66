//! Snapshots of a run: which inputs are one snapshot, and which need not be read (SPEC 3.7). Comes in: inputs, manifests, logs of Delta tables.
//! Goes out: the snapshots, the inputs without those that do not count, and what is wrong with runs. It reads no rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::base::place::InputName;
use crate::config::dialect::{DatasetFamily, RoleMeaning};
use crate::credits::engine::local::{CostKindEvidence, Invoices, Tally};
use crate::diagnostics::error::InputError;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{Input, ManifestPath, SkipClass, SkippedFile, TableFolder};
use crate::job::repeats::{repeated, skip_repeated_files};
use crate::job::run_findings::{incomplete_runs, other_rows, unread_runs};
use crate::job::table_folders::{read_beside, skip_removed_parts};
use crate::sources::{
    Age, DatasetVariant, ManifestFile, SeriesKey, Snapshot, SnapshotId, SnapshotState, SourceFile,
    SourceInput, settle_variants, snapshots,
};

/// A file that was found: its name as people see it, and its path.
pub(super) type NamedFile = (String, Option<PathBuf>);

/// The snapshots of a run, before any row is read.
#[derive(Debug, Default)]
pub(crate) struct RunSnapshots {
    /// Those that are read: none of them is known to be superseded.
    pub(crate) read: Vec<Snapshot>,
    /// Those that are not read, and why.
    pub(crate) unread: Vec<UnreadSnapshot>,
    /// Findings on runs that are read, and count only if their days do.
    pub(crate) incomplete: BTreeMap<SnapshotId, InputError>,
    /// By input, the index among those that are read.
    by_input: BTreeMap<InputName, usize>,
    /// How many snapshots of a series are read.
    in_series: BTreeMap<SeriesKey, usize>,
}

impl RunSnapshots {
    /// The snapshot of an input that is read.
    pub(super) fn of_input(&self, input: &InputName) -> &Snapshot {
        &self.read[*self.by_input.get(input).expect("every input of consumption is in a snapshot")]
    }

    /// Adds inputs of assumed consumption: each is a snapshot of its own, whatever its name and folder.
    pub(super) fn add_assumed(&mut self, inputs: &[Input<'_>]) {
        for input in inputs {
            let RoleMeaning::Consumption(rules) = &input.layout.dialect.meaning else { continue };
            let id = SnapshotId(self.read.len() + self.unread.len());
            let (name, dialect) = (input.name.clone(), &input.layout.dialect.name);
            self.by_input.insert(name.clone(), self.read.len());
            self.read.push(Snapshot::of_file(id, name, input.bytes(), dialect, rules.dataset));
        }
    }

    /// Whether the sum of each day of an input is wanted, to compare it with other snapshots of its series.
    pub(super) fn is_compared(&self, input: &InputName) -> bool {
        self.in_series.get(&self.of_input(input).series).is_some_and(|count| *count > 1)
    }

    /// Notes what the rows of the inputs show: other numbers of rows than manifests state, and what no manifest and no name states, actual or
    /// amortized cost, billed or unbilled.
    pub(super) fn note_rows(&mut self, inputs: &[&Input<'_>], tallies: &[Tally]) {
        let tallies: BTreeMap<&InputName, &Tally> =
            inputs.iter().map(|input| &input.name).zip(tallies).collect();
        for snapshot in &mut self.read {
            let rows = |input: &InputName| tallies.get(input).map(|tally| tally.rows);
            if let Some(error) = other_rows(snapshot, &rows) {
                snapshot.state = SnapshotState::Incomplete;
                self.incomplete.entry(snapshot.id).or_insert(error);
            }
        }
        let evidence: BTreeMap<SnapshotId, DatasetVariant> = self
            .read
            .iter()
            .filter_map(|snapshot| {
                let of_files = snapshot.files.iter().filter_map(|file| tallies.get(&file.input));
                Some((snapshot.id, shown_variant(snapshot.family, of_files.copied())?))
            })
            .collect();
        settle_variants(&mut self.read, &|id| evidence.get(&id).copied());
    }
}

/// The variant that the rows of a snapshot show. `None` if they show none.
fn shown_variant<'t>(
    family: DatasetFamily,
    tallies: impl Iterator<Item = &'t Tally>,
) -> Option<DatasetVariant> {
    let (mut kind, mut invoices) = (CostKindEvidence::default(), Invoices::default());
    for tally in tallies {
        kind.merge(tally.cost_kind.clone());
        invoices.merge(tally.invoices.clone());
    }
    match family {
        DatasetFamily::Cost if kind.is_amortized => Some(DatasetVariant::Amortized),
        DatasetFamily::Cost if kind.is_actual => Some(DatasetVariant::Actual),
        DatasetFamily::Recon if !invoices.numbers.is_empty() => Some(DatasetVariant::Billed),
        DatasetFamily::Recon if invoices.has_unbilled => Some(DatasetVariant::Unbilled),
        DatasetFamily::Cost
        | DatasetFamily::Recon
        | DatasetFamily::Insights
        | DatasetFamily::Focus
        | DatasetFamily::Own => None,
    }
}

/// A snapshot that is not read.
#[derive(Debug, Clone)]
pub(crate) struct UnreadSnapshot {
    pub(crate) snapshot: Snapshot,
    pub(crate) why: Unread,
}

/// Why a snapshot is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Newer snapshots of the series tell of all of its days: their first files.
    Superseded(Vec<String>),
    /// Another snapshot has the same content: its first file.
    SameBytes(String),
    /// The run is still being written.
    InProgress,
}

/// The files of a run beside the inputs.
pub(super) struct Beside<'b> {
    pub(super) found: &'b [NamedFile],
    pub(super) manifests: &'b [ManifestPath],
    pub(super) tables: &'b [TableFolder],
}

/// Decides the snapshots of a run. Inputs that are not read leave `inputs` and are among `skipped`.
pub(super) fn of_run(
    inputs: &mut Vec<Input<'_>>,
    skipped: &mut Vec<SkippedFile>,
    beside: &Beside<'_>,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) -> RunSnapshots {
    skip_removed_parts(inputs, skipped, beside, input_errors);
    skip_repeated_files(inputs, skipped, warnings);
    let files = source_files(inputs, beside.found);
    let manifests: Vec<ManifestFile> = beside
        .manifests
        .iter()
        .filter_map(|one| Some(ManifestFile { path: one.shown.clone(), text: read_beside(&one.path)? }))
        .collect();
    let sources = snapshots(&files, &manifests);
    let mut why = unread_runs(&sources.snapshots);
    same_bytes(&sources.snapshots, inputs, &mut why);
    let incomplete = incomplete_runs(&sources, &why, warnings, input_errors);
    let snapshots = sources.snapshots;
    let mut of_run = RunSnapshots { incomplete, ..RunSnapshots::default() };
    for snapshot in snapshots {
        match why.remove(&snapshot.id) {
            Some(why) => of_run.unread.push(UnreadSnapshot { snapshot, why }),
            None => {
                let names = snapshot.files.iter().map(|file| file.input.clone());
                of_run.by_input.extend(names.map(|name| (name, of_run.read.len())));
                *of_run.in_series.entry(snapshot.series.clone()).or_default() += 1;
                of_run.read.push(snapshot);
            }
        }
    }
    skip_unread(&of_run.unread, inputs, skipped, warnings);
    of_run
}

/// The name of the first file of a snapshot.
pub(super) fn first_file(snapshot: &Snapshot) -> String {
    snapshot.files.first().map_or_else(String::new, |file| file.input.to_string())
}

fn source_files(inputs: &[Input<'_>], found: &[NamedFile]) -> Vec<SourceFile> {
    let mut by_file: BTreeMap<&str, Vec<&Input<'_>>> = BTreeMap::new();
    for input in inputs {
        by_file.entry(&input.name.file).or_default().push(input);
    }
    let file = |(path, real): &NamedFile| {
        let of_file = by_file.get(path.as_str()).map_or(&[][..], Vec::as_slice);
        let stored = || real.as_ref().and_then(|real| fs::metadata(real).ok()).map_or(0, |data| data.len());
        SourceFile {
            path: of_file.first().and_then(|input| input.wrapper()).unwrap_or(path).to_owned(),
            bytes: of_file.first().map_or_else(stored, |input| input.bytes()),
            inputs: of_file.iter().filter_map(|input| source_input(input)).collect(),
        }
    };
    found.iter().map(file).collect()
}

fn source_input(input: &Input<'_>) -> Option<SourceInput> {
    let RoleMeaning::Consumption(rules) = &input.layout.dialect.meaning else { return None };
    Some(SourceInput {
        name: input.name.clone(),
        dialect: input.layout.dialect.name.clone(),
        family: rules.dataset,
        partition: input.layout.partition().into_iter().cloned().collect(),
    })
}

/// Whether an age is newer than another, which may be absent.
fn is_newer(age: Option<Age>, other: Option<Age>) -> bool {
    Age::is_before(other, age) || (age.is_some() && other.is_none())
}

/// Of each file of a snapshot: the first file of equal content, the columns in names of folders, and the sheet.
type ContentOfParts = Vec<(String, String, Option<String>)>;

/// Snapshots of equal content: the newest is read, else the first by name. Columns in names of folders belong to the content.
fn same_bytes(snapshots: &[Snapshot], inputs: &[Input<'_>], why: &mut BTreeMap<SnapshotId, Unread>) {
    let is_read = |snapshot: &&Snapshot| !why.contains_key(&snapshot.id) && !snapshot.files.is_empty();
    let read: Vec<&Snapshot> = snapshots.iter().filter(is_read).collect();
    let in_read: BTreeSet<&str> =
        read.iter().flat_map(|snapshot| &snapshot.files).map(|file| file.input.file.as_str()).collect();
    let first = repeated(inputs.iter().filter(|input| in_read.contains(input.name.file.as_str())));
    if first.is_empty() {
        return;
    }
    let mut by_content: BTreeMap<ContentOfParts, &Snapshot> = BTreeMap::new();
    let mut repeats = Vec::new();
    for snapshot in read {
        let key = |file: &crate::sources::SnapshotFile| {
            let name = &file.input.file;
            let columns = name.split('/').filter(|part| part.contains('=')).collect::<Vec<_>>().join("/");
            Some((first.get(name)?.clone(), columns, file.input.sheet.clone()))
        };
        let Some(mut content) = snapshot.files.iter().map(key).collect::<Option<Vec<_>>>() else { continue };
        content.sort();
        // Of equal content the newest is read: that is when it was last true. Snapshots are in the order of their first files.
        match by_content.get(&content) {
            Some(other) if !is_newer(snapshot.age, other.age) => {
                repeats.push((snapshot.id, first_file(other)));
            }
            Some(other) => {
                repeats.push((other.id, first_file(snapshot)));
                by_content.insert(content, snapshot);
            }
            None => {
                by_content.insert(content, snapshot);
            }
        }
    }
    why.extend(repeats.into_iter().map(|(id, first)| (id, Unread::SameBytes(first))));
}

/// Takes the inputs of snapshots that are not read out of `inputs`.
fn skip_unread(
    unread: &[UnreadSnapshot],
    inputs: &mut Vec<Input<'_>>,
    skipped: &mut Vec<SkippedFile>,
    warnings: &mut Warnings,
) {
    let mut reasons: BTreeMap<&InputName, String> = BTreeMap::new();
    for UnreadSnapshot { snapshot, why } in unread {
        let reason = match why {
            Unread::Superseded(by) => {
                let by: Vec<&str> = by.iter().map(String::as_str).collect();
                format!("superseded: {} of the same export tells of its days again", some_of(&by))
            }
            Unread::SameBytes(first) => format!("the same content as {first}"),
            Unread::InProgress => "its run is being written".to_owned(),
        };
        if let Unread::SameBytes(first) = why {
            let text = format!("{} has the same content as {first}", first_file(snapshot));
            warnings.add(WarningCode::SameBytes, text);
        }
        reasons.extend(snapshot.files.iter().map(|file| (&file.input, reason.clone())));
    }
    let out = inputs.extract_if(.., |input| reasons.contains_key(&input.name));
    skipped.extend(out.map(|input| SkippedFile {
        reason: reasons[&input.name].clone(),
        class: SkipClass::Superseded,
        name: input.name,
    }));
}

/// The first few of a list.
pub(super) fn some_of(texts: &[&str]) -> String {
    crate::base::text::list_some(texts, 4)
}
