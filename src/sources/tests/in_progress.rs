//! Tests of runs that are still being written.

use super::*;

fn in_progress(sources: &Sources) -> Vec<(usize, Option<usize>)> {
    let runs = sources.findings.iter().filter_map(|finding| match finding {
        SourceFinding::RunInProgress { snapshot, complete } => Some((snapshot.0, complete.map(|id| id.0))),
        SourceFinding::IncompleteRun { .. }
        | SourceFinding::UnlistedFile { .. }
        | SourceFinding::SilentManifest { .. } => None,
    });
    runs.collect()
}

#[test]
fn the_newest_run_without_its_manifest_beside_runs_that_have_one_is_in_progress() {
    let all = month_to_date(1..=3).cost(&format!("{}/part_0_0001.csv", may(4).0));
    let sources = all.sources();
    assert_eq!(in_progress(&sources), [(3, Some(2))]);
    assert_eq!(sources.snapshots[3].state, SnapshotState::InProgress);
    assert_eq!(superseded(&sources), [(0, vec![2]), (1, vec![2])]);
}

#[test]
fn a_manifest_that_is_cut_off_is_none() {
    let (folder, ..) = may(4);
    let all = month_to_date(1..=3)
        .cost(&format!("{folder}/part_0_0001.csv"))
        .manifest(&format!("{folder}/manifest.json"), "{\"blobs\": [{\"blobNa");
    assert_eq!(in_progress(&all.sources()), [(3, Some(2))]);
}

#[test]
fn an_older_run_that_lost_its_manifest_counts_as_any_other() {
    let mut all = month_to_date(1..=3);
    all.manifests.remove(1);
    let sources = all.sources();
    assert_eq!((in_progress(&sources), sources.snapshots[1].state), (vec![], SnapshotState::Complete));
    // The folder of the run states the whole month, and the newest run tells three days of it: the run has to be read.
    assert_eq!(superseded(&sources), [(0, vec![2])]);
}

#[test]
fn the_second_run_of_a_day_is_told_by_the_times_of_the_folders() {
    let second = "exports/daily/20230501-20230531/202305032007";
    let all = month_to_date(1..=3).cost(&format!("{second}/part_0_0001.csv"));
    assert_eq!(in_progress(&all.sources()), [(3, Some(2))]);
    let before = "exports/daily/20230501-20230531/202305030107";
    let all = month_to_date(1..=3).cost(&format!("{before}/part_0_0001.csv"));
    assert_eq!(in_progress(&all.sources()), []);
}

#[test]
fn a_run_without_a_time_is_the_newest_unless_its_period_ends_before_anothers() {
    let run = |range: &str| format!("exports/daily/{range}/{GUID_B}/part_0_0001.csv");
    let june = Run { period: ("2023-06-01", "2023-06-30"), submitted: "2023-07-01T00:00:00Z", ..RUN };
    let all = Folder::default().run(&format!("exports/daily/20230601-20230630/{GUID_A}"), &june);
    assert_eq!(in_progress(&all.clone().cost(&run("20230501-20230531")).sources()), []);
    assert_eq!(in_progress(&all.clone().cost(&run("20230601-20230630")).sources()), [(1, Some(0))]);
    assert_eq!(in_progress(&all.cost(&run("20230701-20230731")).sources()), [(1, Some(0))]);
}

#[test]
fn where_no_run_has_a_manifest_none_is_in_progress() {
    let run = |day: u32| format!("{}/part_0_0001.csv", may(day).0);
    let sources = Folder::default().cost(&run(1)).cost(&run(2)).sources();
    assert_eq!(in_progress(&sources), []);
    assert_eq!(superseded(&sources), [(0, vec![1])]);
}

#[test]
fn runs_of_another_export_say_nothing() {
    let weekly = may(4).0.replace("daily", "weekly");
    let all = month_to_date(1..=3).cost(&format!("{weekly}/part_0_0001.csv"));
    assert_eq!(in_progress(&all.sources()), []);
}
