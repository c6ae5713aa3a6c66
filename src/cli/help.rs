//! The ends of the long help: examples and exit codes of each command, and the long version. Comes in: nothing. Goes out: text for `--help`
//! and manual pages. It knows no option.

use std::fmt::Write as _;

use clap::builder::{StyledStr, Styles};

/// Below the short help.
pub(super) const SHORT: &str = "Examples, exit codes and all options: --help";

/// The exit codes of a command that writes a report.
const OF_REPORTS: &[(&str, &str)] = &[
    ("0", "the report is written; refused rows are within --max-rejects"),
    ("1", "no report: every fault of every file is told, and recorded in STEM.failed.json"),
    ("2", "wrong usage, or a bad rule set, dialect or project file"),
    ("3", "the report is written, but more rows were refused than --max-rejects tolerates"),
    ("4", "the report is written, but it is incomplete: a denied warning was met"),
];

/// The exit codes of a command that answers a question.
const OF_ANSWERS: &[(&str, &str)] = &[
    ("0", "done; refused rows are within --max-rejects"),
    ("1", "no answer: every fault of every file is told"),
    ("2", "wrong usage, or a bad rule set, dialect or project file"),
    ("3", "more rows were refused than --max-rejects tolerates"),
    ("4", "incomplete: a denied warning was met"),
];

const OF_OTHERS: &[(&str, &str)] = &[
    ("0", "done"),
    ("1", "a file cannot be read or written"),
    ("2", "wrong usage, or a bad rule set, dialect or project file"),
];

/// Examples and exit codes, below the long help of a command. **Examples**: a command line, and what it is for.
fn below(examples: &[(&str, &str)], exit_codes: &[(&str, &str)]) -> StyledStr {
    let styles = Styles::styled();
    let heading = styles.get_header();
    let mut text = StyledStr::new();
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{heading}Examples:{heading:#}");
    for (command, purpose) in examples {
        let _ = writeln!(text, "  {command}\n          {purpose}");
    }
    let _ = write!(text, "\n{heading}Exit codes:{heading:#}");
    for (code, meaning) in exit_codes {
        let _ = write!(text, "\n  {code}  {meaning}");
    }
    text
}

pub(super) fn attain() -> StyledStr {
    below(
        &[
            ("attain report exports -o report.csv", "Every partner's tier from a folder of exports"),
            ("attain check exports", "What each file of the folder is, and what is wrong"),
            ("attain explain 4000103 exports", "Why a partner has its tier"),
        ],
        &[
            ("0", "done"),
            ("1", "no result: every fault of every file is told"),
            ("2", "wrong usage, or a bad rule set, dialect or project file"),
            ("3", "done, but more rows were refused than tolerated"),
            ("4", "done, but incomplete: a denied warning was met"),
            ("5", "diff --exit-code: a partner's tier changed"),
        ],
    )
}

pub(super) fn report() -> StyledStr {
    below(
        &[
            (
                "attain report exports --as-of 2017-07-07 -o report.csv",
                "The report, report.rejects.csv with the refused rows, and report.run.json with all totals",
            ),
            (
                "attain report exports --near 10% --sort next_consumption_shortfall_usd",
                "Partners that are close to their next tier, on the terminal",
            ),
            (
                "attain report exports -o out/report.csv --keep-going --metrics attain.prom --log-format json",
                "A night: faulty files are left out and named, and a monitor learns how it went",
            ),
            (
                "attain report exports -o report.csv --credits credits.csv",
                "Also all consumption, so that other rules can be tried without the exports",
            ),
        ],
        OF_REPORTS,
    )
}

pub(super) fn run() -> StyledStr {
    below(
        &[
            ("attain run", "The report that ./attain.toml asks for; attain init writes one"),
            ("attain run preview -o -", "In the profile [profile.preview], on the terminal"),
            (
                "ATTAIN_MAX_REJECTS=5 attain run --as-of 2017-07-07",
                "Environment and command line go before the file",
            ),
        ],
        OF_REPORTS,
    )
}

pub(super) fn init() -> StyledStr {
    below(
        &[(
            "attain init exports",
            "exports/attain.toml, and a draft of a dialect for each file that no dialect reads",
        )],
        OF_OTHERS,
    )
}

pub(super) fn config() -> StyledStr {
    below(
        &[("attain config show preview", "Every value that holds in a profile, and where it comes from")],
        OF_OTHERS,
    )
}

pub(super) fn history() -> StyledStr {
    below(
        &[
            ("attain history exports --changes -o history.csv", "When each partner won and lost its tiers"),
            (
                "attain history exports --every day --from 2017-06-01 --to 2017-06-30",
                "The tiers of every day of a month",
            ),
        ],
        OF_REPORTS,
    )
}

pub(super) fn explain() -> StyledStr {
    below(
        &[
            (
                "attain explain 4000103 exports --as-of 2017-07-07",
                "The verdict, months, subscriptions, people",
            ),
            ("attain explain 4000103,4000106 exports --depth rows -o why.csv", "Each row of two partners"),
            ("attain explain --all exports --format json", "All partners, for a program"),
        ],
        OF_ANSWERS,
    )
}

pub(super) fn plan() -> StyledStr {
    below(
        &[
            ("attain plan exports", "What each partner must add for its next tier, the nearest first"),
            ("attain plan exports --partner 4000103 --months 6", "One partner, for six months to come"),
        ],
        OF_ANSWERS,
    )
}

pub(super) fn check() -> StyledStr {
    below(
        &[
            ("attain check exports", "What each file is, the months covered, and what is wrong"),
            ("attain check exports --format json", "The same for a program"),
            ("attain check jan.csv --as-of 2017-07-07", "Rows of the window alone"),
        ],
        OF_ANSWERS,
    )
}

pub(super) fn diff() -> StyledStr {
    below(
        &[
            ("attain diff yesterday.run.json today.run.json", "Tiers won and lost since yesterday"),
            (
                "attain diff old.run.json new.run.json --exit-code -o diff.csv",
                "For a script: 5 if a tier changed",
            ),
        ],
        &[
            ("0", "done"),
            ("1", "a run cannot be read, or its files are not the ones that it wrote"),
            ("2", "wrong usage"),
            ("5", "with --exit-code: a partner's tier changed"),
        ],
    )
}

pub(super) fn columns() -> StyledStr {
    below(
        &[
            ("attain columns", "What every column of every table means"),
            ("attain columns report", "What each column of a report means"),
        ],
        OF_OTHERS,
    )
}

pub(super) fn rules() -> StyledStr {
    below(
        &[
            ("attain rules list", "The rule sets that attain has"),
            ("attain rules show cloud-platform > mine.toml", "One of them, as a model for your own"),
            ("attain rules check mine.toml", "All its faults, each with its line"),
            (
                "attain rules diff cloud-platform@2017-07-07 mine.toml exports",
                "Whose tier differs under the other",
            ),
        ],
        OF_OTHERS,
    )
}

pub(super) fn dialects() -> StyledStr {
    below(
        &[
            ("attain dialects list", "The exports that attain reads"),
            ("attain dialects show cost-partner > mine.toml", "One of them, as a model for your own"),
            ("attain dialects check mine.toml", "All its faults, each with its line"),
        ],
        OF_OTHERS,
    )
}

pub(super) fn spark() -> StyledStr {
    below(
        &[(
            "attain spark exports -o job.py",
            "A job for a cluster; the folder that it writes is an input of attain report",
        )],
        OF_OTHERS,
    )
}

pub(super) fn generate() -> StyledStr {
    below(
        &[(
            "attain generate try --partners 20000 --rows 1000000",
            "A folder of synthetic exports, to try and to measure",
        )],
        OF_OTHERS,
    )
}

pub(super) fn completions() -> StyledStr {
    below(
        &[
            ("attain completions bash > /etc/bash_completion.d/attain", "For bash"),
            ("attain completions zsh > ~/.zfunc/_attain", "For zsh, with ~/.zfunc in fpath"),
            ("attain completions fish > ~/.config/fish/completions/attain.fish", "For fish"),
            ("attain completions powershell >> $PROFILE", "For PowerShell"),
        ],
        OF_OTHERS,
    )
}

pub(super) fn man() -> StyledStr {
    below(
        &[
            ("attain man | man -l -", "Read the manual page of attain"),
            ("attain man --dir /usr/local/share/man/man1", "Install a page for each command"),
        ],
        OF_OTHERS,
    )
}

/// What `--version` says beside the version, which `-V` says alone.
pub(super) const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit:   ",
    env!("ATTAIN_COMMIT"),
    "\ntarget:   ",
    env!("ATTAIN_TARGET"),
    "\nfeatures: ",
    env!("ATTAIN_FEATURES"),
);
