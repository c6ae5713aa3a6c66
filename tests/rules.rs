//! Broken rule sets, one file each in `tests/cases/rules/`, with the faults that people are told beside it.

use std::fs;
use std::path::Path;

use attain::config::rules::parse;

#[test]
fn every_broken_rule_set_gets_all_its_faults_at_once_each_with_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/rules");
    let mut specimens: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    specimens.sort();
    assert!(specimens.len() >= 20, "{} specimens", specimens.len());
    let mut wrong = Vec::new();
    for specimen in specimens {
        let name = specimen.file_name().unwrap().to_string_lossy().into_owned();
        let found = match parse(&fs::read_to_string(&specimen).unwrap()) {
            Ok(_) => "no fault".to_owned(),
            Err(faults) => faults.join("\n"),
        };
        if std::env::var_os("ATTAIN_BLESS").is_some() {
            fs::write(specimen.with_extension("faults"), format!("{found}\n")).unwrap();
        }
        let expected = fs::read_to_string(specimen.with_extension("faults")).unwrap_or_default();
        if found != expected.trim_end() {
            wrong.push(format!("== {name}: found\n{found}\n== expected\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
