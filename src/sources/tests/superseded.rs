//! Tests of runs that need not be read.

use super::*;

#[test]
fn of_a_month_of_month_to_date_runs_the_last_one_alone_is_read() {
    let sources = month_to_date(1..=31).sources();
    assert_eq!(series(&sources).len(), 1);
    let expected: Vec<(usize, Vec<usize>)> = (0..30).map(|nth| (nth, vec![30])).collect();
    assert_eq!(superseded(&sources), expected);
}

#[test]
fn several_newer_runs_can_supersede_one_together() {
    let run = |submitted, period| Run { submitted, period, ..RUN };
    let sources = Folder::default()
        .run("exports/a", &run("2023-06-01T00:00:00Z", ("2023-04-01", "2023-05-31")))
        .run("exports/b", &run("2023-06-02T00:00:00Z", ("2023-04-01", "2023-04-30")))
        .run("exports/c", &run("2023-06-03T00:00:00Z", ("2023-05-01", "2023-05-31")))
        .run("exports/d", &run("2023-06-01T12:00:00Z", ("2023-05-01", "2023-05-10")))
        .sources();
    assert_eq!(superseded(&sources), [(0, vec![1, 2]), (3, vec![2])]);
}

#[test]
fn a_run_one_day_of_which_no_newer_run_tells_is_read() {
    let run = |submitted, period| Run { submitted, period, ..RUN };
    let sources = Folder::default()
        .run("exports/a", &run("2023-06-01T00:00:00Z", ("2023-05-01", "2023-05-31")))
        .run("exports/b", &run("2023-06-02T00:00:00Z", ("2023-05-01", "2023-05-30")))
        .sources();
    assert_eq!(superseded(&sources), []);
}

#[test]
fn an_incomplete_run_supersedes_nothing_and_can_be_superseded() {
    let incomplete = |day: u32| {
        let (folder, submitted, end) = may(day);
        let period = ("2023-05-01", end.as_str());
        let run = Run { submitted: &submitted, period, missing: &["part_1_0001.csv"], ..RUN };
        month_to_date(1..=3).run(&folder, &run)
    };
    assert_eq!(superseded(&incomplete(4).sources()), [(0, vec![2]), (1, vec![2])]);
    let mut all = incomplete(4);
    let (folder, submitted, end) = may(5);
    all = all.run(&folder, &Run { submitted: &submitted, period: ("2023-05-01", &end), ..RUN });
    assert_eq!(superseded(&all.sources()).len(), 4);
}

#[test]
fn a_tie_of_ages_decides_nothing() {
    let sources = Folder::default().run("exports/a", &RUN).run("exports/b", &RUN).sources();
    assert_eq!((series(&sources), superseded(&sources)), (vec![vec![0, 1]], vec![]));
}

#[test]
fn dates_in_names_supersede_nothing_before_rows_are_read() {
    let sources = Folder::default()
        .cost("exports/daily/20230501-20230531/daily_20230512.csv")
        .cost("exports/daily/20230501-20230531/daily_20230513.csv")
        .sources();
    assert_eq!((series(&sources), superseded(&sources)), (vec![vec![0, 1]], vec![]));
}
