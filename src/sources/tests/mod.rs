//! Tests of snapshots on the layouts of real export folders.

mod age_and_period;
mod identity;
mod in_progress;
mod series;
mod superseded;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::series::SeriesScope;
use super::*;
use crate::config::dialect::RoleMeaning;

const GUID_A: &str = "94a015c6-1111-4222-8333-444444444441";
const GUID_B: &str = "bbac73f1-9a05-4de6-84ab-c72b568a03b4";
const BYTES: u64 = 1_000;

/// An input folder under construction.
#[derive(Default, Clone)]
struct Folder {
    files: Vec<SourceFile>,
    manifests: Vec<ManifestFile>,
}

impl Folder {
    fn with(mut self, dialect: &str, path: &str) -> Folder {
        let name = InputName { file: path.to_owned(), sheet: None };
        let dialect_of_name = crate::config::dialect::builtin().iter().find(|known| known.name == dialect);
        let RoleMeaning::Consumption(rules) = &dialect_of_name.unwrap().meaning else { unreachable!() };
        let family = rules.dataset;
        let input = SourceInput { name, dialect: dialect.to_owned(), family, partition: Vec::new() };
        self.files.push(SourceFile { path: path.to_owned(), bytes: BYTES, inputs: vec![input] });
        self
    }

    fn cost(self, path: &str) -> Folder {
        self.with("cost-enterprise", path)
    }

    /// A file that is no input of consumption.
    fn other(mut self, path: &str) -> Folder {
        self.files.push(SourceFile { path: path.to_owned(), bytes: BYTES, inputs: Vec::new() });
        self
    }

    fn workbook(mut self, path: &str, sheets: &[&str]) -> Folder {
        let input = |sheet: &&str| SourceInput {
            name: InputName { file: path.to_owned(), sheet: Some((*sheet).to_owned()) },
            dialect: "cost-enterprise".to_owned(),
            family: DatasetFamily::Cost,
            partition: Vec::new(),
        };
        let inputs = sheets.iter().map(input).collect();
        self.files.push(SourceFile { path: path.to_owned(), bytes: BYTES, inputs });
        self
    }

    fn manifest(mut self, path: &str, text: &str) -> Folder {
        self.manifests.push(ManifestFile { path: path.to_owned(), text: text.as_bytes().to_vec() });
        self
    }

    /// A run of Cost Management that covers `period`, with a manifest and these parts.
    fn run(self, folder: &str, run: &Run<'_>) -> Folder {
        let parts = run.parts.iter().fold(self, |all, part| all.cost(&format!("{folder}/{part}")));
        parts.manifest(&format!("{folder}/manifest.json"), &run.manifest())
    }

    fn sources(&self) -> Sources {
        snapshots(&self.files, &self.manifests)
    }
}

/// What a manifest states.
struct Run<'r> {
    resource_id: &'r str,
    export_type: &'r str,
    submitted: &'r str,
    period: (&'r str, &'r str),
    parts: &'r [&'r str],
    /// As [`Run::parts`], but not there.
    missing: &'r [&'r str],
}

const RUN: Run<'_> = Run {
    resource_id: "/providers/Microsoft.Billing/billingAccounts/1/providers/Microsoft.CostManagement/exports/daily",
    export_type: "ActualCost",
    submitted: "2023-05-13T03:07:11.5234447Z",
    period: ("2023-05-01", "2023-05-13"),
    parts: &["part_0_0001.csv"],
    missing: &[],
};

impl Run<'_> {
    fn manifest(&self) -> String {
        let blob = |name: &&str| {
            format!(r#"{{"blobName": "c/daily/run/{name}", "byteCount": {BYTES}, "dataRowCount": 7}}"#)
        };
        let blobs: Vec<String> = self.parts.iter().chain(self.missing).map(blob).collect();
        format!(
            r#"{{"exportConfig": {{"exportName": "daily", "resourceId": "{}", "type": "{}"}},
            "runInfo": {{"submittedTime": "{}", "startDate": "{}T00:00:00", "endDate": "{}T00:00:00Z"}}, "blobs": [{}]}}"#,
            self.resource_id,
            self.export_type,
            self.submitted,
            self.period.0,
            self.period.1,
            blobs.join(",")
        )
    }
}

/// A day of May 2023's month-to-date export: its folder, and what its manifest states.
fn may(day: u32) -> (String, String, String) {
    let folder = format!(
        "exports/daily/20230501-20230531/202305{day:02}0307/94a015c6-1111-4222-8333-4444444444{day:02}"
    );
    (folder, format!("2023-05-{day:02}T03:07:00Z"), format!("2023-05-{day:02}"))
}

fn month_to_date(days: std::ops::RangeInclusive<u32>) -> Folder {
    days.fold(Folder::default(), |all, day| {
        let (folder, submitted, end) = may(day);
        all.run(&folder, &Run { submitted: &submitted, period: ("2023-05-01", &end), ..RUN })
    })
}

/// Each snapshot as its files, joined by `+`, without folders.
fn names(sources: &Sources) -> Vec<String> {
    let name = |file: &SnapshotFile| {
        let sheet = file.input.sheet.as_ref().map_or(String::new(), |sheet| format!("[{sheet}]"));
        format!("{}{sheet}", split_path(&file.input.file).1)
    };
    let of = |snapshot: &Snapshot| snapshot.files.iter().map(name).collect::<Vec<_>>().join("+");
    sources.snapshots.iter().map(of).collect()
}

/// Indices of the snapshots in each series that has several.
fn series(sources: &Sources) -> Vec<Vec<usize>> {
    let mut by_series: BTreeMap<&SeriesKey, Vec<usize>> = BTreeMap::new();
    for snapshot in &sources.snapshots {
        by_series.entry(&snapshot.series).or_default().push(snapshot.id.0);
    }
    let mut groups: Vec<Vec<usize>> = by_series.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

fn superseded(sources: &Sources) -> Vec<(usize, Vec<usize>)> {
    let plain = |(id, by): (SnapshotId, Vec<SnapshotId>)| (id.0, by.iter().map(|id| id.0).collect());
    superseded_by_stated_period(&sources.snapshots).into_iter().map(plain).collect()
}

/// A folder with some of everything.
fn medley() -> Folder {
    let (fourth, ..) = may(4);
    month_to_date(1..=3)
        .cost(&format!("{fourth}/part_0_0001.csv"))
        .cost(&format!("{fourth}/part_1_0001.csv"))
        .run("moved/run", &Run { missing: &["part_1_0001.csv"], ..RUN })
        .cost("moved/run/not listed.csv")
        .manifest("june/manifest.json", "{}")
        .manifest("june/_manifest.json", "")
        .cost("june/part_0.csv")
        .cost("june/part_0.csv.gz")
        .cost("june/usage_20170601.csv")
        .cost("june/usage_20170602.csv")
        .with("focus", "focus/part-00000-a-c000.parquet")
        .with("focus", "focus/part-00001-a-c000.parquet")
        .workbook("may.xlsx", &["Detail", "Sheet3"])
        .other("readme.txt")
}

proptest! {
    #[test]
    fn the_outcome_does_not_depend_on_the_order_of_files(
        (files, manifests) in {
            let all = medley();
            (Just(all.files).prop_shuffle(), Just(all.manifests).prop_shuffle())
        },
    ) {
        let (expected, shuffled) = (medley().sources(), snapshots(&files, &manifests));
        prop_assert_eq!(&expected, &shuffled);
        let superseded = superseded_by_stated_period(&expected.snapshots);
        prop_assert_eq!(superseded, superseded_by_stated_period(&shuffled.snapshots));
    }

    #[test]
    fn every_input_is_in_one_snapshot_and_every_superseded_day_is_told_by_a_complete_newer_run(
        picks in proptest::collection::vec((1..8_u32, 1..8_u32, 0..6_u32, any::<bool>()), 1..12),
    ) {
        let mut all = Folder::default();
        for (nth, (first, length, submitted, is_whole)) in picks.iter().enumerate() {
            let (first, last) = (format!("2023-05-{first:02}"), format!("2023-05-{:02}", first + length));
            let submitted = format!("2023-06-{:02}T00:00:00Z", submitted + 1);
            let missing: &[&str] = if *is_whole { &[] } else { &["part_1_0001.csv"] };
            let run = Run { submitted: &submitted, period: (&first, &last), missing, ..RUN };
            all = all.run(&format!("exports/{nth}"), &run);
        }
        let sources = all.sources();
        let mut inputs: Vec<&InputName> = sources.snapshots.iter().flat_map(|s| s.files.iter().map(|f| &f.input)).collect();
        inputs.sort();
        let mut expected: Vec<&InputName> = all.files.iter().flat_map(|f| f.inputs.iter().map(|i| &i.name)).collect();
        expected.sort();
        prop_assert_eq!(inputs, expected);
        let superseded: BTreeMap<SnapshotId, Vec<SnapshotId>> =
            superseded_by_stated_period(&sources.snapshots).into_iter().collect();
        for snapshot in &sources.snapshots {
            let newer = |other: &&Snapshot| other.state == SnapshotState::Complete && Age::is_before(snapshot.age, other.age);
            let period = snapshot.stated_period.unwrap();
            let tells = |other: &Snapshot, day| {
                let period = other.stated_period.unwrap();
                period.first() <= day && day <= period.last()
            };
            let days: Vec<_> = period.first().iter_days().take_while(|day| *day <= period.last()).collect();
            let is_told = days.iter().all(|day| sources.snapshots.iter().filter(newer).any(|other| tells(other, *day)));
            prop_assert_eq!(superseded.contains_key(&snapshot.id), is_told);
            if let Some(by) = superseded.get(&snapshot.id) {
                let by: Vec<&Snapshot> = by.iter().map(|id| &sources.snapshots[id.0]).collect();
                prop_assert!(days.iter().all(|day| by.iter().any(|other| tells(other, *day))));
            }
        }
    }
}

#[test]
fn a_file_in_no_series_is_a_series_of_its_own() {
    let sources = Folder::default().cost("june/usage.csv").sources();
    assert!(matches!(sources.snapshots[0].series.scope, SeriesScope::Single { .. }));
    assert_eq!(sources.snapshots[0].bytes(), BYTES);
}
