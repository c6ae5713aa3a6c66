//! Golden cases: folders that a user could have sent us, with the report that must come out. A changed golden is a changed
//! figure. Every figure was worked out apart from the program; `about` in each folder says how.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/case/mod.rs"]
mod case;

use attain::config::dialect::builtin;
use case::{Case, run_all};

#[test]
fn every_golden_case_gives_its_report_to_the_byte() {
    run_all(&Case::all("golden"));
}

#[test]
fn every_dialect_has_a_golden_case_that_says_what_it_shows() {
    let cases = Case::all("golden");
    for dialect in builtin() {
        let name = format!("dialect-{}", dialect.name);
        assert!(cases.iter().any(|case| case.name == name), "no tests/cases/golden/{name}");
    }
    for case in &cases {
        assert!(case.folder.join("about").is_file(), "{} has no `about`", case.name);
    }
}
