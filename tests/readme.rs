//! The pages for users: every command that they show is run, and gives what they show.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;

/// The page, with the output of every shown command as it is. Commands run in a shell, in one folder, one after the other; those of cargo are CI's.
fn with_real_output(page: &str, folder: &Path) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_attain")).parent().unwrap();
    let paths = std::env::join_paths(
        [programs.into()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .unwrap();
    let mut real = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        real += line;
        real.push('\n');
        if line != "```console" {
            continue;
        }
        for shown in lines.by_ref().take_while(|line| *line != "```") {
            let Some(command) = shown.strip_prefix("$ ") else { continue };
            real += &format!("{shown}\n");
            if command.starts_with("cargo ") {
                continue;
            }
            let output = Command::new("sh")
                .args(["-c", command])
                .env("PATH", &paths)
                .current_dir(folder)
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
            real += &String::from_utf8(output.stdout).unwrap();
        }
        real += "```\n";
    }
    real
}

/// The pages whose commands are run.
const PAGES: [&str; 6] = [
    "README.md",
    "sample-data/README.md",
    "docs/ANALYST.md",
    "docs/NIGHT.md",
    "docs/OPERATIONS.md",
    "docs/SPREADSHEET.md",
];

#[test]
fn every_command_gives_what_the_pages_show() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in PAGES {
        let folder = tempfile::tempdir().unwrap();
        case::copy_folder(&here.join("sample-data"), &folder.path().join("sample-data"));
        let page = fs::read_to_string(here.join(name)).unwrap();
        let real = with_real_output(&page, folder.path());
        if std::env::var_os("ATTAIN_BLESS").is_some() {
            fs::write(here.join(name), &real).unwrap();
        }
        assert!(real == page, "{name} shows other output than there is:\n{real}");
    }
}

#[test]
fn the_summary_that_the_readme_shows_is_that_of_the_first_command() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(here.join("README.md")).unwrap();
    let args = ["report", "sample-data", "--as-of", "2017-07-07"];
    let output = Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(here).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    // The last line is the time it took.
    let (lasting, _) = told.trim_end().rsplit_once('\n').unwrap();
    assert!(readme.contains(lasting), "the README does not show\n{lasting}");
}
