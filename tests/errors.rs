//! Specimens: for every code of a refused row and every code of a faulty file a folder that gives it, with its exact message;
//! also warnings and wrong usage. Folders are named by their code, and a further word if there are several.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/case/mod.rs"]
mod case;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use attain::diagnostics::error::InputErrorCode;
use attain::diagnostics::reject::RejectCode;
use attain::diagnostics::warning::{DefaultDenial, WarningCode};
use case::{Case, run_all};

/// A code that no run tells: its row makes the amounts of the run too large, and then the fault says where the row is.
const TOLD_AS_A_FAULT: (RejectCode, InputErrorCode) =
    (RejectCode::AmountTooLarge, InputErrorCode::AmountsTooLarge);

/// A code that no folder gives, since not every system can keep such a file: it is made below.
const MADE_HERE: InputErrorCode = InputErrorCode::Unreadable;

#[test]
fn every_specimen_gives_its_message_to_the_byte() {
    run_all(&Case::all("errors"));
}

fn text(case: &Case, file: &str) -> String {
    String::from_utf8(case.expected().remove(file).unwrap_or_default()).unwrap()
}

/// Whether a specimen is of a code: by its name, and by what comes out.
fn is_of(case: &Case, code: &str, sign: &str, file: &str) -> bool {
    let is_named = case.name.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    is_named && text(case, file).contains(sign)
}

#[test]
fn the_specimens_are_those_of_all_codes_and_each_gives_its_own() {
    if case::is_blessing() {
        return; // The expected files are being written.
    }
    let cases = Case::all("errors");
    let mut known = BTreeSet::new();
    let mut take = |code: &str, exit: &str, of: &dyn Fn(&Case) -> bool| {
        let of_it: Vec<&Case> = cases.iter().filter(|case| of(case)).collect();
        assert!(!of_it.is_empty(), "no specimen of {code}");
        for case in of_it {
            assert_eq!(text(case, "exit").trim_end(), exit, "{}", case.name);
            known.insert(case.name.clone());
        }
    };
    for code in RejectCode::ALL.iter().filter(|code| **code != TOLD_AS_A_FAULT.0).map(|code| code.as_str()) {
        take(code, "3", &|case| is_of(case, code, &format!(",{code},"), "rejects.csv"));
    }
    for code in InputErrorCode::ALL.iter().filter(|code| **code != MADE_HERE).map(|code| code.as_str()) {
        take(code, "1", &|case| is_of(case, code, &format!("{code}: "), "stderr"));
    }
    for warning in WarningCode::ALL {
        let (code, name) = (warning.as_str(), format!("warning-{}", warning.as_str()));
        let of_it = |case: &Case| is_of(case, &name, &format!(" {code}: "), "stderr");
        // What a specimen denies or allows, its name says.
        let is_denied = |case: &Case| match warning.default_denial() {
            DefaultDenial::Denied => !case.name.ends_with("-allowed"),
            DefaultDenial::Allowed => case.name.ends_with("-denied"),
        };
        // The default is shown in any case, and the contrary where an option gives it.
        for (exit, denied) in [("0", false), ("4", true)] {
            let is_default = denied == (warning.default_denial() == DefaultDenial::Denied);
            if is_default || cases.iter().any(|case| of_it(case) && is_denied(case) == denied) {
                take(code, exit, &|case| of_it(case) && is_denied(case) == denied);
            }
        }
    }
    take("usage", "2", &|case| case.name.starts_with("usage-"));
    let names: BTreeSet<String> = cases.iter().map(|case| case.name.clone()).collect();
    assert_eq!(names.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "specimens of no code");
}

#[test]
fn a_fault_leaves_no_output() {
    if case::is_blessing() {
        return;
    }
    for case in Case::all("errors") {
        let expected = case.expected();
        let has_report = expected.contains_key("report.csv");
        let exit = text(&case, "exit");
        assert_eq!(has_report, matches!(exit.trim_end(), "0" | "3" | "4"), "{}", case.name);
        assert_eq!(has_report, expected.contains_key("rejects.csv"), "{}", case.name);
    }
}

/// The rows of docs/CODES.md without the advice, in the order of the codes.
fn rows_of_codes() -> Vec<[String; 4]> {
    let row = |code: &str, kind: &str, meaning: &str, denied: &str| {
        [format!("`{code}`"), kind.to_owned(), meaning.to_owned(), denied.to_owned()]
    };
    let rejects = RejectCode::ALL.iter().map(|code| row(code.as_str(), "reject", code.meaning(), ""));
    let errors = InputErrorCode::ALL.iter().map(|code| row(code.as_str(), "input error", code.meaning(), ""));
    let warnings = WarningCode::ALL.iter().map(|code| {
        let denied = if code.default_denial() == DefaultDenial::Denied { "yes" } else { "no" };
        row(code.as_str(), "warning", code.meaning(), denied)
    });
    rejects.chain(errors).chain(warnings).collect()
}

#[test]
fn the_page_of_codes_has_every_code_with_its_meaning_and_advice() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CODES.md");
    let page = fs::read_to_string(&path).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> = page.lines().filter(|line| line.starts_with("| `")).map(cells).collect();
    let advice = |code: &str, kind: &str| {
        let of_code = rows.iter().find(|row| row[0] == code && row[1] == kind);
        of_code.map(|row| row[3].clone()).unwrap_or_default()
    };
    let expected: Vec<String> = rows_of_codes()
        .iter()
        .map(|[code, kind, meaning, denied]| {
            let line = format!("| {code} | {kind} | {meaning} | {} | {denied} |", advice(code, kind));
            line.replace("|  |", "| |")
        })
        .collect();
    let head: Vec<&str> = page.lines().take_while(|line| !line.starts_with("| `")).collect();
    let whole = head.join("\n") + "\n" + &expected.join("\n") + "\n";
    if case::is_blessing() {
        fs::write(path, &whole).unwrap();
    } else {
        assert!(
            page == whole,
            "ATTAIN_BLESS=1 writes the missing rows; their advice is yours to write:\n{whole}"
        );
        let without: Vec<&String> = rows.iter().filter(|row| row[3].is_empty()).map(|row| &row[0]).collect();
        assert_eq!(without, Vec::<&String>::new(), "codes without advice");
    }
}

/// A link to nothing, met in a walk; it is made here, since a checkout may not keep links.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_unreadable() {
    let cases = Case::all("errors");
    let case = cases.iter().find(|case| case.name == "no-rate").unwrap();
    let outcome = case.run(|folder| {
        std::os::unix::fs::symlink("nowhere.csv", folder.join("input/lost.csv")).unwrap();
    });
    let expected =
        "attain: input/lost.csv: unreadable: cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(String::from_utf8_lossy(&outcome["stderr"]), expected);
    assert_eq!(outcome["exit"], b"1\n");
    assert!(!outcome.contains_key("report.csv"));
}

#[test]
fn check_tells_of_near_credentials_too() {
    let cases = Case::all("errors");
    let case = cases.iter().find(|case| case.name == "warning-near-credential").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(["check", "input", "--as-of", "2017-07-07", "--allow", "missing-months"])
        .current_dir(&case.folder)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let of_it: Vec<&str> = stdout.lines().filter(|line| line.contains("near-credential")).collect();
    assert_eq!(
        of_it,
        [
            "warning: near-credential: input/people.csv:2: 2 rows have the code `70-53` that cloud-platform@2017-07-07 does not name, close to \
             70-532, 70-533, 70-534; correct it if it is that credential",
            "warning: near-credential: input/people.csv:4: 1 row has the code `70 533` that cloud-platform@2017-07-07 does not name, close to \
             70-533; correct it if it is that credential",
            "warning: near-credential: input/people.csv:8: 1 row has the code `70533` that cloud-platform@2017-07-07 does not name, close to \
             70-533; correct it if it is that credential",
            "warning: near-credential: input/people.csv:9: 1 row has the code `13736` among other words, so that cloud-platform@2017-07-07 does \
             not name it; write the code alone",
            "warning: near-credential: input/people.csv:10: 1 row has a title that cloud-platform@2017-07-07 does not name, close to mcsa: linux \
             on azure; correct it if it is that credential",
        ]
    );
}
