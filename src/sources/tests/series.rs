//! Tests of series, and of the variant that a series states.

use super::*;

#[test]
fn manifests_with_one_resource_id_are_a_series_across_folders() {
    let (folder, ..) = may(12);
    let all = Folder::default()
        .run(&folder, &RUN)
        .run("moved/run", &Run { submitted: "2023-05-14T00:00:00Z", ..RUN });
    assert_eq!(series(&all.sources()), [[0, 1]]);
    let upper = RUN.resource_id.to_uppercase();
    let all = Folder::default().run(&folder, &RUN).run("moved/run", &Run { resource_id: &upper, ..RUN });
    assert_eq!(series(&all.sources()), [[0, 1]]);
}

#[test]
fn two_exports_that_write_to_one_path_are_two_series() {
    let ((one, ..), (two, ..)) = (may(12), may(13));
    let all = Folder::default()
        .run(&one, &RUN)
        .run(&two, &Run { resource_id: "/subscriptions/s2/exports/daily", ..RUN });
    let sources = all.sources();
    assert_eq!((series(&sources), superseded(&sources)), (vec![], vec![]));
}

#[test]
fn runs_without_manifests_are_a_series_by_their_path_and_dataset() {
    let run = |day: u32| format!("{}/part_0_0001.csv", may(day).0);
    let sources = Folder::default()
        .cost(&run(1))
        .cost(&run(2))
        .with("focus", &run(3))
        .cost(&run(4).replace("daily", "weekly"))
        .sources();
    assert_eq!(series(&sources), [[0, 1]]);
}

#[test]
fn actual_and_amortized_runs_of_one_path_are_two_series() {
    let run = |day: u32, kind: &str| format!("{}/{kind}.csv", may(day).0);
    let sources = Folder::default()
        .cost(&run(1, "actual"))
        .cost(&run(2, "amortized"))
        .cost(&run(3, "actual"))
        .sources();
    assert_eq!(series(&sources), [[0, 2]]);
}

#[test]
fn a_run_states_its_variant_for_the_whole_series() {
    let ((one, ..), (two, ..)) = (may(12), may(13));
    let sources = Folder::default().run(&one, &RUN).cost(&format!("{two}/part_0_0001.csv")).sources();
    assert_eq!(series(&sources), [[0, 1]]);
    assert!(sources.snapshots.iter().all(|s| s.dataset() == Dataset::CostActual));
}

#[test]
fn loose_files_whose_names_differ_in_a_date_alone_are_a_series() {
    let sources = Folder::default()
        .cost("june/alpha_20170601.csv")
        .cost("june/alpha_20170602.csv")
        .cost("june/beta_20170602.csv")
        .cost("june/plain.csv")
        .cost("july/alpha_20170603.csv")
        .cost("june/month_201706.csv")
        .cost("june/month_201705.csv")
        .with("focus", "june/alpha_20170603.csv")
        .sources();
    let names = names(&sources);
    let groups = series(&sources);
    assert_eq!(groups.len(), 1);
    let grouped: Vec<&str> = groups[0].iter().map(|nth| names[*nth].as_str()).collect();
    assert_eq!(grouped, ["alpha_20170601.csv", "alpha_20170602.csv"]);
}

#[test]
fn evidence_of_rows_settles_what_no_name_states() {
    let all = Folder::default()
        .cost("june/alpha_20170601.csv")
        .cost("june/alpha_20170602.csv")
        .cost("june/beta-actual.csv")
        .with("recon-daily-rated", "recon/g1.csv")
        .with("recon-daily-rated", "recon/g2.csv");
    let mut sources = all.sources();
    let evidence = |id: SnapshotId| match id.0 {
        1 | 2 => Some(DatasetVariant::Amortized),
        3 => Some(DatasetVariant::Unbilled),
        _ => None,
    };
    settle_variants(&mut sources.snapshots, &evidence);
    let datasets: Vec<&str> = sources.snapshots.iter().map(|s| s.dataset().as_str()).collect();
    assert_eq!(
        datasets,
        ["cost-amortized", "cost-amortized", "cost-actual", "recon-unbilled", "recon-billed"]
    );
    let mut sources = all.sources();
    let disagree = |id: SnapshotId| match id.0 {
        0 => Some(DatasetVariant::Actual),
        1 => Some(DatasetVariant::Amortized),
        _ => None,
    };
    settle_variants(&mut sources.snapshots, &disagree);
    assert_eq!(sources.snapshots[0].dataset(), Dataset::Cost);
}
