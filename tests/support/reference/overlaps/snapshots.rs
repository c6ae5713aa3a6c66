//! Which files are one snapshot, and what its maker wrote of it. Comes in: the consumption exports of a folder. Goes out:
//! snapshots with rows, age, period, dataset and series; runs that are being written and second copies are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use serde_json::Value;

use super::choice::{self, LeftOut};
use super::files::File;
use crate::reference::figures;
use crate::reference::layouts::Export;
use crate::reference::roster::{self, Roster, named};
use crate::reference::rows::{self, Fate, Whom};
use crate::reference::{Options, rules};

/// When a snapshot was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    kind: AgeKind,
    /// As digits: year, month, day, hour, minute, second.
    stamp: u64,
}

/// Who says when a snapshot was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AgeKind {
    Manifest,
    Folder,
    Name,
}

impl Age {
    /// As digits to the second.
    pub(crate) fn day_and_time(self) -> u64 {
        self.stamp
    }

    /// Whether this age is later than `other`; `None` if they do not tell.
    fn is_later(self, other: Age) -> Option<bool> {
        let unit = if self.kind == other.kind { 1 } else { 1_000_000 };
        let (own, others) = (self.stamp / unit, other.stamp / unit);
        (own != others).then_some(own > others)
    }
}

/// Kind of consumption data. The kind of cost of a cost export is known, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dataset {
    Insights,
    Cost(Option<CostKind>),
    Focus,
    ReconBilled,
    ReconUnbilled,
    Own,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CostKind {
    Actual,
    Amortized,
}

impl Dataset {
    /// Whether rows of both are the same kind of data.
    pub(crate) fn is_same(self, other: Dataset) -> bool {
        match (self, other) {
            (Dataset::Cost(None), Dataset::Cost(_)) | (Dataset::Cost(_), Dataset::Cost(None)) => true,
            _ => self == other,
        }
    }
}

/// One row of consumption.
pub(crate) struct Row {
    pub(crate) fate: Fate,
    /// Blank if the row names none.
    pub(crate) subscription: String,
    /// Of a monthly row the last of its month.
    pub(crate) day: NaiveDate,
    /// The partner of the row, in datasets that compare by partner.
    pub(crate) partner: String,
    /// The invoice number, in billed reconciliation.
    pub(crate) invoice: String,
    /// Currency and amount, if the row can count: it gives credit of an accepted association in the window.
    pub(crate) counts: Option<(String, i128)>,
    pub(crate) left_out: Option<LeftOut>,
}

/// What one run of one export wrote.
pub(crate) struct Snapshot {
    pub(crate) dataset: Dataset,
    pub(crate) is_monthly: bool,
    pub(crate) age: Option<Age>,
    /// First and last day; `None` if nothing tells.
    pub(crate) period: Option<(NaiveDate, NaiveDate)>,
    pub(crate) series: Option<String>,
    /// A part is missing, or not as the manifest says.
    pub(crate) is_incomplete: bool,
    pub(crate) rows: Vec<Row>,
    has_manifest: bool,
    /// The path without range, run time and guid, of a run folder.
    run_path: Option<String>,
    run_time: Option<u64>,
    resource: Option<String>,
    /// What names say of the kind of cost; and the rows.
    kind_by_manifest: Option<CostKind>,
    kind_by_name: Option<CostKind>,
    kind_by_rows: Option<CostKind>,
    /// The unpacked bytes of all parts, sorted.
    parts: Vec<Vec<u8>>,
    /// Folder, and the name with its date blotted out, of a loose file with a date.
    loose: Option<(String, String)>,
    /// Subscriptions of rows of consumption, a blank one too.
    subscriptions: BTreeSet<String>,
}

impl Snapshot {
    /// Whether this snapshot was made later; `None` if their ages do not tell.
    pub(crate) fn is_newer_than(&self, other: &Snapshot) -> Option<bool> {
        self.age?.is_later(other.age?)
    }
}

/// Forms the snapshots of all exports.
pub(crate) fn form(exports: &[&File], root: &Path, roster: &Roster, options: &Options) -> Vec<Snapshot> {
    let mut by_folder: BTreeMap<&[String], Vec<&File>> = BTreeMap::new();
    for file in exports {
        by_folder.entry(&file.folders).or_default().push(file);
    }
    let mut snapshots = Vec::new();
    for (folders, mut files) in by_folder {
        let read = |files: &[&File], manifest: Option<&Value>| one(files, manifest, roster, options);
        if let Some(manifest) = manifest(root, folders) {
            let (parts, rest) = listed(&manifest, &files);
            files = rest;
            if !parts.is_empty() {
                snapshots.push(read(&parts, Some(&manifest)));
            }
        }
        let is_run = RunFolder::of(folders).is_some();
        let mut groups: BTreeMap<Export, Vec<&File>> = BTreeMap::new();
        for file in files {
            if is_run || is_part_name(&file.name) {
                let export = file.export().expect("only exports are asked for");
                groups.entry(export).or_default().push(file);
            } else {
                snapshots.push(read(&[file], None));
            }
        }
        for group in groups.values() {
            if is_run || !repeat_one_another(group, roster, options) {
                snapshots.push(read(group, None));
            } else {
                group.iter().for_each(|file| snapshots.push(read(&[*file], None)));
            }
        }
    }
    leave_out_runs_being_written(&mut snapshots);
    name_series(&mut snapshots);
    find_cost_kinds(&mut snapshots);
    leave_out_copies(&mut snapshots);
    snapshots
}

/// The manifest of a folder, if it lists blobs.
fn manifest(root: &Path, folders: &[String]) -> Option<Value> {
    let folder = folders.iter().fold(root.to_owned(), |path, name| path.join(name));
    let text =
        ["manifest.json", "_manifest.json"].iter().find_map(|name| std::fs::read(folder.join(name)).ok());
    let manifest: Value = serde_json::from_slice(&text?).expect("a manifest is JSON");
    manifest["blobs"].as_array().is_some_and(|blobs| !blobs.is_empty()).then_some(manifest)
}

/// The files that a manifest lists, and the others.
fn listed<'f>(manifest: &Value, files: &[&'f File]) -> (Vec<&'f File>, Vec<&'f File>) {
    let names: Vec<&str> = blobs(manifest).iter().map(blob_name).collect();
    files.iter().partition(|file| names.iter().any(|name| is_of_blob(file, name)))
}

fn blobs(manifest: &Value) -> &[Value] {
    manifest["blobs"].as_array().map_or(&[], Vec::as_slice)
}

/// The last component of a blob's path.
fn blob_name(blob: &Value) -> &str {
    blob["blobName"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

/// A part may have been packed or unpacked since.
fn is_of_blob(file: &File, name: &str) -> bool {
    let plain = |name: &str| name.strip_suffix(".gz").unwrap_or(name).to_owned();
    plain(&file.name) == plain(name)
}

fn is_as_stated(file: &File, blob: &Value) -> bool {
    let rows = blob["dataRowCount"].as_u64();
    let bytes = blob["byteCount"].as_u64();
    let is_as_delivered = file.name == blob_name(blob);
    rows.is_none_or(|rows| rows == file.table.records.len() as u64)
        && (!is_as_delivered || bytes.is_none_or(|bytes| bytes == file.size))
}

/// A folder that one run of an export writes: `…/<export>/<range>/[<run time>/][<guid>/]`.
struct RunFolder {
    export: String,
    range: (NaiveDate, NaiveDate),
    /// As digits to the second.
    run_time: Option<u64>,
}

impl RunFolder {
    fn of(folders: &[String]) -> Option<RunFolder> {
        let at = folders.iter().rposition(|name| range(name).is_some())?;
        let mut below = folders[at + 1..].iter().peekable();
        let run_time = below.next_if(|name| run_time(name).is_some()).and_then(|name| run_time(name));
        below.next_if(|name| is_guid(name));
        below.next().is_none().then(|| RunFolder {
            export: folders[..at].join("/"),
            range: range(&folders[at]).expect("it was a range above"),
            run_time,
        })
    }
}

/// `yyyymmdd-yyyymmdd`.
fn range(name: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (first, last) = name.split_once('-')?;
    Some((digits_as_day(first)?, digits_as_day(last)?))
}

fn digits_as_day(text: &str) -> Option<NaiveDate> {
    let is_day = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    is_day.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

/// 12 or 14 digits.
fn run_time(name: &str) -> Option<u64> {
    let is_digits = name.bytes().all(|b| b.is_ascii_digit());
    match name.len() {
        12 if is_digits => name.parse::<u64>().ok().map(|stamp| stamp * 100),
        14 if is_digits => name.parse().ok(),
        _ => None,
    }
}

fn is_guid(name: &str) -> bool {
    name.len() == 36 && name.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// `part_N`, `part_N_NNNN`, `part-NNNNN-…`, `part.N`, `data_N`.
fn is_part_name(name: &str) -> bool {
    let stem = name.trim_end_matches(".gz").trim_end_matches(".csv");
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = stem.strip_prefix("part_").or(stem.strip_prefix("data_")) {
        return rest.split('_').all(is_number);
    }
    if let Some(rest) = stem.strip_prefix("part-") {
        return rest.split('-').next().is_some_and(is_number);
    }
    stem.strip_prefix("part.").is_some_and(is_number)
}

/// The date in a name, and the name without it.
fn date_in(name: &str) -> Option<(NaiveDate, String)> {
    let is_digit = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    for at in 0..name.len() {
        if at > 0 && is_digit(at - 1) {
            continue;
        }
        for (length, format) in [(10, "%Y-%m-%d"), (10, "%Y_%m_%d"), (8, "%Y%m%d")] {
            let Some(text) = name.get(at..at + length) else { continue };
            if is_digit(at + length) || text.bytes().filter(u8::is_ascii_digit).count() != 8 {
                continue;
            }
            if let Ok(day) = NaiveDate::parse_from_str(text, format) {
                return Some((day, format!("{}*{}", &name[..at], &name[at + length..])));
            }
        }
    }
    None
}

fn stamp_of(day: NaiveDate) -> u64 {
    day.format("%Y%m%d000000").to_string().parse().expect("digits")
}

/// The dataset of the files of a snapshot; of a cost export without its kind.
fn dataset(files: &[&File]) -> Dataset {
    match files[0].export().expect("only exports are asked for") {
        Export::InsightsAzureUsage => Dataset::Insights,
        Export::Focus => Dataset::Focus,
        Export::Own => Dataset::Own,
        Export::ReconDailyRated => {
            let is_billed = |file: &&File| {
                let number = |record| file.table.cell(record, &["invoicenumber"]);
                file.table.records.iter().any(|record| number(record).is_ok_and(|n| named(n).is_some()))
            };
            if files.iter().any(is_billed) { Dataset::ReconBilled } else { Dataset::ReconUnbilled }
        }
        _ => Dataset::Cost(None),
    }
}

/// Whether files that are named as parts tell the same: at least half of the cells that two of them have are equal.
fn repeat_one_another(group: &[&File], roster: &Roster, options: &Options) -> bool {
    let alone: Vec<Snapshot> = group.iter().map(|file| one(&[*file], None, roster, options)).collect();
    alone.iter().enumerate().any(|(at, left)| {
        alone[at + 1..].iter().any(|right| {
            let (common, agreeing) = choice::compare_all(left, right);
            common > 0 && 2 * agreeing >= common
        })
    })
}

/// Reads files as one snapshot.
fn one(files: &[&File], manifest: Option<&Value>, roster: &Roster, options: &Options) -> Snapshot {
    let first = files[0];
    let dataset = dataset(files);
    let run = RunFolder::of(&first.folders);
    let mut rows = Vec::new();
    let mut days = BTreeSet::new();
    let mut is_monthly = false;
    let mut kind_by_rows = None;
    for file in files {
        let export = file.export().expect("only exports are read");
        for record in &file.table.records {
            kind_by_rows = kind_by_rows.or(evidence(file, record));
            let fate = rows::fate(export, &file.table, record, roster, options);
            if matches!(fate, Fate::NotConsumption | Fate::Refused(_)) {
                continue;
            }
            let (day, monthly) =
                rows::day_of(export, &file.table, record).expect("a row of consumption has a day");
            is_monthly |= monthly;
            days.insert(if monthly { first_of_month(day) } else { day });
            days.insert(day);
            let cell = |names: &[&str]| file.table.cell(record, names).unwrap_or_default().to_owned();
            let by_partner = matches!(dataset, Dataset::Insights | Dataset::Own);
            rows.push(Row {
                subscription: named(&roster::subscription(&cell(export.layout().subscription)))
                    .unwrap_or_default(),
                day,
                partner: if by_partner { cell(&["partner_id", "mpnid"]) } else { String::new() },
                invoice: if dataset == Dataset::ReconBilled {
                    cell(&["invoicenumber"])
                } else {
                    String::new()
                },
                counts: if_it_counts(&fate),
                fate,
                left_out: None,
            });
        }
    }
    let stated = manifest.and_then(stated_period).or(run.as_ref().map(|run| run.range));
    let by_rows = days.first().copied().zip(days.last().copied());
    let submitted = manifest.and_then(|manifest| {
        let text = manifest["runInfo"]["submittedTime"].as_str()?;
        let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
        Some(Age { kind: AgeKind::Manifest, stamp: digits.parse().ok()? })
    });
    let by_folder = run.as_ref().and_then(|run| Some(Age { kind: AgeKind::Folder, stamp: run.run_time? }));
    let dated = date_in(&first.name).filter(|_| files.len() == 1);
    let by_name = dated.as_ref().map(|(day, _)| Age { kind: AgeKind::Name, stamp: stamp_of(*day) });
    let is_missing =
        |blob: &Value| !files.iter().any(|f| is_of_blob(f, blob_name(blob)) && is_as_stated(f, blob));
    let names = first.folders.iter().chain([&first.name]);
    let mut parts: Vec<Vec<u8>> = files.iter().map(|file| file.bytes.clone()).collect();
    parts.sort();
    Snapshot {
        dataset,
        is_monthly,
        age: submitted.or(by_folder).or(by_name),
        period: stated.or(by_rows),
        series: None,
        is_incomplete: manifest.is_some_and(|manifest| blobs(manifest).iter().any(is_missing)),
        has_manifest: manifest.is_some(),
        resource: manifest.and_then(|m| m["exportConfig"]["resourceId"].as_str()).map(str::to_owned),
        loose: dated
            .filter(|_| run.is_none() && manifest.is_none())
            .map(|(_, name)| (first.folders.join("/"), name)),
        run_time: run.as_ref().and_then(|run| run.run_time),
        run_path: run.map(|run| run.export),
        kind_by_manifest: manifest.and_then(|m| kind_named(m["exportConfig"]["type"].as_str()?)),
        kind_by_name: names.rev().find_map(|name| kind_named(name)),
        kind_by_rows,
        parts,
        subscriptions: rows.iter().map(|row| row.subscription.clone()).collect(),
        rows,
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    day.with_day(1).expect("a month has a first day")
}

/// First and last day that a manifest states.
fn stated_period(manifest: &Value) -> Option<(NaiveDate, NaiveDate)> {
    let day = |name: &str| manifest["runInfo"][name].as_str()?.get(..10)?.parse().ok();
    Some((day("startDate")?, day("endDate")?))
}

fn kind_named(text: &str) -> Option<CostKind> {
    let text = text.to_lowercase();
    let amortized = text.contains("amortized").then_some(CostKind::Amortized);
    amortized.or(text.contains("actual").then_some(CostKind::Actual))
}

/// What a row of a cost export shows: a reservation that is bought, or used for nothing, is of actual cost; one whose use costs
/// something is of amortized cost.
fn evidence(file: &File, record: &crate::reference::text::Record) -> Option<CostKind> {
    if dataset(&[file]) != Dataset::Cost(None) {
        return None;
    }
    let cell = |name: &str| file.table.cell(record, &[name]).unwrap_or_default();
    named(cell("reservationid"))?;
    match cell("chargetype").to_lowercase().as_str() {
        "purchase" => Some(CostKind::Actual),
        "usage" => {
            let amount = figures::decimal(cell("costinbillingcurrency")).ok()?;
            Some(if amount == 0 { CostKind::Actual } else { CostKind::Amortized })
        }
        _ => None,
    }
}

/// Currency and amount of a row that gives credit of an accepted association.
fn if_it_counts(fate: &Fate) -> Option<(String, i128)> {
    let Fate::Credited(credited) = fate else { return None };
    let is_accepted = |kind: &str| rules::ACCEPTED.contains(&kind);
    let counts = match &credited.to {
        Whom::Row(_, kind) => is_accepted(kind),
        Whom::Tiers(tiers, _) => tiers.iter().any(|(_, kind)| is_accepted(kind)),
        Whom::File(heads) => heads.values().flatten().any(|kind| is_accepted(kind)),
        Whom::UnknownTenant(_) => false,
    };
    counts.then(|| (credited.currency.clone(), credited.amount))
}

/// The newest runs without a manifest, beside runs that have one: they are being written. Run folders tell the newest by their
/// run times, where all have one.
fn leave_out_runs_being_written(snapshots: &mut Vec<Snapshot>) {
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.has_manifest) {
        let (Some(path), Some(time)) = (&snapshot.run_path, snapshot.run_time) else { continue };
        let known = newest.entry(path.clone()).or_default();
        *known = time.max(*known);
    }
    snapshots.retain(|snapshot| {
        let complete = snapshot.run_path.as_ref().and_then(|path| newest.get(path));
        let is_later = snapshot.run_time.zip(complete).is_some_and(|(time, complete)| time > *complete);
        snapshot.has_manifest || !is_later
    });
}

fn name_series(snapshots: &mut [Snapshot]) {
    // A run without a manifest is of the series of the runs with one at its path.
    let mut resources: BTreeMap<String, String> = BTreeMap::new();
    for snapshot in snapshots.iter() {
        if let (Some(path), Some(resource)) = (&snapshot.run_path, &snapshot.resource) {
            resources.insert(path.clone(), resource.clone());
        }
    }
    let mut loose: BTreeMap<(Dataset, (String, String)), Vec<usize>> = BTreeMap::new();
    for (at, snapshot) in snapshots.iter_mut().enumerate() {
        let dataset = snapshot.dataset;
        let by_path = snapshot.run_path.as_ref().and_then(|path| resources.get(path));
        if let Some(resource) = snapshot.resource.as_ref().or(by_path) {
            snapshot.series = Some(format!("{dataset:?} of {resource}"));
        } else if let Some(path) = &snapshot.run_path {
            snapshot.series = Some(format!("{dataset:?} in {path}"));
        } else if let Some(names) = &snapshot.loose {
            loose.entry((dataset, names.clone())).or_default().push(at);
        }
    }
    for ((dataset, names), members) in loose {
        let of = |at: &usize| &snapshots[*at].subscriptions;
        let apart = members.iter().any(|a| {
            members
                .iter()
                .any(|b| a != b && !of(a).is_empty() && !of(b).is_empty() && of(a).is_disjoint(of(b)))
        });
        if !apart {
            members.iter().for_each(|at| snapshots[*at].series = Some(format!("{dataset:?} in {names:?}")));
        }
    }
}

/// The kind of cost is that of the series: a manifest's word, else a name's, else the evidence of rows.
fn find_cost_kinds(snapshots: &mut [Snapshot]) {
    let kinds: Vec<Option<CostKind>> = snapshots
        .iter()
        .enumerate()
        .map(|(at, snapshot)| {
            let is_of_it = |(other, s): &(usize, &Snapshot)| {
                *other == at || s.series.is_some() && s.series == snapshot.series
            };
            let series = || snapshots.iter().enumerate().filter(is_of_it).map(|(_, s)| s);
            series()
                .find_map(|s| s.kind_by_manifest)
                .or_else(|| series().find_map(|s| s.kind_by_name))
                .or_else(|| series().find_map(|s| s.kind_by_rows))
        })
        .collect();
    for (snapshot, kind) in snapshots.iter_mut().zip(kinds) {
        if snapshot.dataset == Dataset::Cost(None) {
            snapshot.dataset = Dataset::Cost(kind);
        }
    }
}

/// Two snapshots of the same bytes are one, as new as the newer.
fn leave_out_copies(snapshots: &mut Vec<Snapshot>) {
    let mut at = 0;
    while at < snapshots.len() {
        let is_older_copy = snapshots.iter().enumerate().any(|(other, twin)| {
            let own = &snapshots[at];
            let is_newer = match (twin.age, own.age) {
                (Some(theirs), Some(ours)) => theirs.is_later(ours).unwrap_or(other < at),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => other < at,
            };
            other != at && twin.parts == own.parts && !own.is_incomplete && !twin.is_incomplete && is_newer
        });
        if is_older_copy {
            snapshots.remove(at);
        } else {
            at += 1;
        }
    }
}
