//! Tests of age and stated period.

use super::*;

fn only(all: &Folder) -> Snapshot {
    let mut sources = all.sources();
    assert_eq!(sources.snapshots.len(), 1);
    sources.snapshots.remove(0)
}

#[test]
fn a_manifest_states_age_and_period_before_its_folders() {
    let (folder, ..) = may(14);
    let snapshot = only(&Folder::default().run(&folder, &RUN));
    let age = snapshot.age.unwrap();
    assert_eq!((age.kind, age.day.to_string()), (AgeKind::Manifest, "2023-05-13".to_owned()));
    let period = snapshot.stated_period.unwrap();
    assert_eq!(
        (period.first().to_string(), period.last().to_string()),
        ("2023-05-01".into(), "2023-05-13".into())
    );
}

#[test]
fn an_older_manifest_leaves_age_and_period_to_the_folders() {
    let folder = "exports/daily/20230501-20230531/202305130307";
    let text = r#"{"manifestVersion": "2021-01-01", "blobs": [{"blobName": "x/p.csv"}]}"#;
    let all = Folder::default()
        .manifest(&format!("{folder}/_manifest.json"), text)
        .cost(&format!("{folder}/p.csv"));
    let snapshot = only(&all);
    assert_eq!(snapshot.age.unwrap().kind, AgeKind::RunFolder);
    assert_eq!(snapshot.stated_period.unwrap().last().to_string(), "2023-05-31");
}

#[test]
fn an_end_after_the_range_of_the_folder_is_cut_off() {
    let folder = format!("exports/daily/20230501-20230531/{GUID_A}");
    let snapshot =
        only(&Folder::default().run(&folder, &Run { period: ("2023-05-01", "2023-06-01"), ..RUN }));
    assert_eq!(snapshot.stated_period.unwrap().last().to_string(), "2023-05-31");
}

#[test]
fn a_file_without_manifest_or_run_folder_has_the_age_of_its_name_and_no_stated_period() {
    let snapshot = only(&Folder::default().cost("june/usage-2017-06-30.csv"));
    assert_eq!(snapshot.age.unwrap().kind, AgeKind::FileName);
    assert_eq!(snapshot.stated_period, None);
    assert_eq!(only(&Folder::default().cost("Detail_Enrollment_12345_201706_en.csv")).age, None);
}
