//! Tests of identity: which inputs are one snapshot.

use super::*;
use crate::sources::finding::{RowDifference, SizeDifference};
use crate::sources::manifest::SilentManifest;

#[test]
fn the_parts_that_a_manifest_lists_are_one_snapshot_whatever_their_names() {
    let folder = format!("exports/daily/20230501-20230531/{GUID_A}");
    let all = Folder::default()
        .run(&folder, &Run { parts: &["part_0_0001.csv", "rest.csv"], ..RUN })
        .cost(&format!("{folder}/old copy.csv"));
    let sources = all.sources();
    assert_eq!(names(&sources), ["old copy.csv", "part_0_0001.csv+rest.csv"]);
    let manifest = format!("{folder}/manifest.json");
    assert_eq!(sources.snapshots[1].identity, SnapshotIdentity::Manifest { path: manifest.clone() });
    assert_eq!(sources.findings, [SourceFinding::UnlistedFile { snapshot: SnapshotId(0), manifest }]);
    assert_eq!(sources.snapshots[0].age, None);
    assert_eq!(sources.snapshots[1].stated_rows, Some(14));
    assert_eq!(sources.snapshots[1].dataset(), Dataset::CostActual);
}

#[test]
fn a_manifest_without_blobs_says_nothing() {
    let all = Folder::default()
        .manifest("june/manifest.json", r#"{"manifestVersion": "2024-04-01", "blobs": []}"#)
        .cost("june/a.csv")
        .cost("june/b.csv");
    let sources = all.sources();
    assert_eq!(names(&sources), ["a.csv", "b.csv"]);
    let (manifest, silence) = ("june/manifest.json".to_owned(), SilentManifest::WithoutBlobs);
    assert_eq!(sources.findings, [SourceFinding::SilentManifest { manifest, silence }]);
}

#[test]
fn of_two_manifests_in_a_folder_the_one_that_lists_blobs_speaks() {
    let all = Folder::default()
        .manifest("june/manifest.json", "{}")
        .manifest("june/_manifest.json", r#"{"blobs": [{"blobName": "a.csv"}, {"blobName": "b.csv"}]}"#)
        .manifest("june/web.manifest.json", r#"{"blobs": [{"blobName": "c.csv"}]}"#)
        .cost("june/a.csv")
        .cost("june/b.csv");
    let sources = all.sources();
    assert_eq!(names(&sources), ["a.csv+b.csv"]);
    assert_eq!(sources.findings, []);
}

#[test]
fn a_part_that_is_missing_or_has_another_size_makes_the_run_incomplete() {
    let folder = format!("exports/daily/20230501-20230531/{GUID_A}");
    let mut all = Folder::default().run(
        &folder,
        &Run { parts: &["part_0_0001.csv", "part_1_0001.csv"], missing: &["part_2_0001.csv"], ..RUN },
    );
    all.files[1].bytes = 900;
    let sources = all.sources();
    let input = InputName { file: format!("{folder}/part_1_0001.csv"), sheet: None };
    let finding = SourceFinding::IncompleteRun {
        snapshot: Some(SnapshotId(0)),
        manifest: format!("{folder}/manifest.json"),
        missing: vec!["part_2_0001.csv".to_owned()],
        sizes: vec![SizeDifference { input, stated: BYTES, actual: 900 }],
    };
    assert_eq!(sources.findings, [finding]);
    assert_eq!(sources.snapshots[0].state, SnapshotState::Incomplete);
}

#[test]
fn a_part_that_was_packed_or_unpacked_since_is_there_and_its_bytes_are_not_compared() {
    let listed = r#"{"blobs": [{"blobName": "x/a.csv", "byteCount": 5, "dataRowCount": 3},
        {"blobName": "x/b.csv.gz", "byteCount": 5}]}"#;
    let all =
        Folder::default().manifest("june/manifest.json", listed).cost("june/a.csv.gz").cost("june/b.csv");
    let sources = all.sources();
    assert_eq!((names(&sources), sources.findings.len()), (vec!["a.csv.gz+b.csv".to_owned()], 0));
    let files = &sources.snapshots[0].files;
    assert_eq!((files[0].stated_bytes, files[0].stated_rows), (None, Some(3)));
    // The file under the listed name is the part; its packed copy is a snapshot, whose bytes will tell that it repeats it.
    let both = all.cost("june/a.csv").sources();
    assert_eq!(names(&both), ["a.csv+b.csv", "a.csv.gz"]);
    assert_eq!(both.snapshots[0].state, SnapshotState::Incomplete);
}

#[test]
fn rows_are_compared_once_they_are_read() {
    let sources = month_to_date(13..=13).sources();
    let rows = |_: &InputName| Some(6);
    let input = sources.snapshots[0].files[0].input.clone();
    let expected = [RowDifference { input, stated: 7, actual: 6 }];
    assert_eq!(sources.snapshots[0].row_differences(&rows), expected);
    assert_eq!(sources.snapshots[0].row_differences(&|_| None), []);
    assert_eq!(sources.snapshots[0].row_differences(&|_| Some(7)), []);
}

#[test]
fn a_run_all_of_whose_parts_are_missing_is_told() {
    let gone = Run { parts: &[], missing: &["part_0_0001.csv"], ..RUN };
    let sources = Folder::default().run("exports/daily", &gone).sources();
    assert_eq!((sources.snapshots.len(), sources.snapshots[0].dataset()), (1, Dataset::CostActual));
    assert_eq!((sources.snapshots[0].state, sources.findings.len()), (SnapshotState::Incomplete, 1));
    // A price sheet is no input: what becomes of its parts is no finding.
    let prices = Run { export_type: "PriceSheet", ..gone };
    assert_eq!(Folder::default().run("exports/prices", &prices).sources().findings, []);
    let older = r#"{"blobs": [{"blobName": "x/a.csv"}]}"#;
    let sources = Folder::default().manifest("june/_manifest.json", older).sources();
    assert!(matches!(&sources.findings[..], [SourceFinding::IncompleteRun { snapshot: None, .. }]));
    let there = Folder::default().manifest("june/_manifest.json", older).other("june/a.csv").sources();
    assert_eq!((there.snapshots, there.findings), (vec![], vec![]));
}

#[test]
fn the_files_of_a_run_folder_are_one_snapshot() {
    let run = format!("z/daily/20230501-20230531/{GUID_A}");
    let older = format!("z/20230501-20230531/daily/202305130307/{GUID_B}");
    let sources = Folder::default()
        .cost(&format!("{run}/part_0_0001.csv"))
        .cost(&format!("{run}/part_1_0001.csv"))
        .cost(&format!("{older}/000000.csv"))
        .cost(&format!("{older}/000001.csv"))
        .sources();
    assert_eq!(names(&sources), ["000000.csv+000001.csv", "part_0_0001.csv+part_1_0001.csv"]);
    assert!(sources.snapshots.iter().all(|s| s.identity == SnapshotIdentity::RunFolder));
    assert_eq!(sources.snapshots[0].age.unwrap().day.to_string(), "2023-05-13");
    assert_eq!(sources.snapshots[1].stated_period.unwrap().last().to_string(), "2023-05-31");
}

#[test]
fn runs_that_share_the_folder_of_a_period_are_each_a_snapshot() {
    let folder = "exports/daily/20230501-20230531";
    let sources = Folder::default()
        .cost(&format!("{folder}/daily_{GUID_A}.csv"))
        .cost(&format!("{folder}/daily_{GUID_B}.csv"))
        .sources();
    assert_eq!(sources.snapshots.len(), 2);
    assert_eq!((series(&sources), superseded(&sources)), (vec![vec![0, 1]], vec![]));
    assert!(sources.snapshots.iter().all(|s| s.stated_period.is_some() && s.age.is_none()));
}

#[test]
fn files_of_one_folder_and_dialect_that_are_named_as_parts_are_one_snapshot() {
    let sources = Folder::default()
        .cost("june/part_0_0001.csv")
        .cost("june/part_1_0001.csv.gz")
        .with("focus", "june/part_2_0001.csv")
        .cost("june/usage.csv")
        .cost("july/part_0_0001.csv")
        .cost("dask/part.0.parquet")
        .cost("dask/part.1.parquet")
        .sources();
    let expected = [
        "part.0.parquet+part.1.parquet",
        "part_0_0001.csv",
        "part_0_0001.csv+part_1_0001.csv.gz",
        "part_2_0001.csv",
        "usage.csv",
    ];
    assert_eq!(names(&sources), expected);
    assert_eq!(series(&sources), Vec::<Vec<usize>>::new());
}

#[test]
fn parts_that_are_there_once_plain_and_once_packed_are_two_snapshots() {
    let sources = Folder::default()
        .cost("june/part_0.csv")
        .cost("june/part_1.csv")
        .cost("june/part_0.csv.gz")
        .cost("june/part_1.csv.gz")
        .sources();
    assert_eq!(names(&sources), ["part_0.csv+part_1.csv", "part_0.csv.gz+part_1.csv.gz"]);
}

#[test]
fn parts_below_folders_that_name_columns_are_one_snapshot() {
    let sources = Folder::default()
        .cost("hive/provider=Microsoft/data_0.parquet")
        .cost("hive/provider=Microsoft 365/data_0.parquet")
        .sources();
    assert_eq!(names(&sources), ["data_0.parquet+data_0.parquet"]);
}

#[test]
fn each_sheet_of_a_workbook_is_a_snapshot() {
    let sources = Folder::default().workbook("may.xlsx", &["Detail", "Sheet3"]).sources();
    assert_eq!(names(&sources), ["may.xlsx[Detail]", "may.xlsx[Sheet3]"]);
    let run = format!("z/daily/20230501-20230531/{GUID_A}/part_0_0001.xlsx");
    assert_eq!(Folder::default().workbook(&run, &["a", "b"]).sources().snapshots.len(), 2);
}

#[test]
fn actual_and_amortized_files_of_one_run_folder_are_two_snapshots() {
    let run = format!("z/20230501-20230531/{GUID_A}");
    let all = Folder::default().cost(&format!("{run}/actual.csv")).cost(&format!("{run}/amortized.csv"));
    let sources = all.sources();
    let datasets: Vec<Dataset> = sources.snapshots.iter().map(Snapshot::dataset).collect();
    assert_eq!(datasets, [Dataset::CostActual, Dataset::CostAmortized]);
    assert_eq!(series(&sources), Vec::<Vec<usize>>::new());
}
