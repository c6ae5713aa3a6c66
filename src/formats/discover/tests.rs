//! Which files are found, under which names, and which are not opened.

use super::*;

fn given(path: PathBuf, role: Option<Role>) -> GivenPath {
    GivenPath { path, role, is_assumed: false, source: None }
}

#[test]
fn an_assumed_file_that_a_walk_meets_too_is_assumed_alone_and_one_that_is_an_input_by_name_is_an_error() {
    let folder = folder(&["a.csv", "what-if.csv"]);
    let path = |name: &str| folder.path().join(name);
    let assumed = || GivenPath { path: path("what-if.csv"), role: None, is_assumed: true, source: None };
    for all in [[given(path(""), None), assumed()], [assumed(), given(path(""), None)]] {
        let found = discover(&all, &[]);
        let assumed: Vec<bool> = found.files.iter().map(|file| file.is_assumed).collect();
        assert_eq!((assumed, found.input_errors), (vec![false, true], Vec::new()));
    }
    for role in [None, Some(Role::Consumption)] {
        let found = discover(&[given(path("what-if.csv"), role), assumed()], &[]);
        assert_eq!(found.input_errors.len(), 1, "{role:?}");
    }
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file).unwrap();
    }
    folder
}

fn names(files: &[DiscoveredFile], folder: &Path) -> Vec<String> {
    let prefix = format!("{}/", shown_name(folder));
    files.iter().map(|f| f.shown.replace(&prefix, "")).collect()
}

#[test]
fn a_folder_is_walked_sorted_and_hidden_files_and_manifests_are_not_opened() {
    let files = [
        "b.csv",
        "a/c.csv",
        ".hidden.csv",
        ".git/x.csv",
        "a/_manifest.json",
        "a/manifest.json",
        "old.failed.json",
        "out.csv",
    ];
    let folder = folder(&files);
    let Discovered { files, input_errors, .. } =
        discover(&[given(folder.path().into(), None)], &[folder.path().join("out.csv")]);
    assert_eq!(input_errors, []);
    let (files, unopened): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| f.unopened.is_none());
    assert_eq!(names(&files, folder.path()), ["a/c.csv", "b.csv", "out.csv"]);
    assert!(files.iter().all(|f| f.by == DiscoveredBy::Walk && f.is_output == f.shown.ends_with("out.csv")));
    assert_eq!(
        names(&unopened, folder.path()),
        [".git", ".hidden.csv", "a/_manifest.json", "a/manifest.json", "old.failed.json"]
    );
    let classes: Vec<SkipClass> = unopened.iter().filter_map(|f| f.unopened).map(|why| why.class).collect();
    assert_eq!(
        classes,
        [SkipClass::Hidden, SkipClass::Hidden, SkipClass::Companion, SkipClass::Companion, SkipClass::Output]
    );
}

#[test]
fn a_pattern_names_its_files_and_one_without_a_match_is_a_fault() {
    let folder = folder(&["b.csv", "a.csv", "c.tsv"]);
    let Discovered { files, input_errors, .. } = discover(&[given(folder.path().join("*.csv"), None)], &[]);
    assert_eq!(input_errors, []);
    assert_eq!(names(&files, folder.path()), ["a.csv", "b.csv"]);
    let Discovered { input_errors, .. } = discover(&[given(folder.path().join("*.xlsx"), None)], &[]);
    assert_eq!(input_errors[0].code, InputErrorCode::NotFound);
}

#[test]
fn a_file_given_twice_is_a_fault_unless_an_option_says_its_role() {
    let folder = folder(&["a.csv"]);
    let file = folder.path().join("a.csv");
    let walked = given(folder.path().into(), None);
    let Discovered { files, input_errors, .. } =
        discover(&[walked.clone(), given(file.clone(), Some(Role::Partners))], &[]);
    assert_eq!(input_errors, []);
    assert_eq!((files.len(), files[0].role, files[0].by), (1, Some(Role::Partners), DiscoveredBy::Name));
    let Discovered { input_errors, .. } = discover(&[walked, given(file, None)], &[]);
    assert_eq!(input_errors[0].code, InputErrorCode::SameBytes);
}
