//! What a run by a project file leaves for the morning: the run summary names the file and the profile, the second night is as quiet as the first, and
//! a project file at fault leaves a record where its outputs would have been.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;
#[expect(dead_code, reason = "other tests list files")]
#[path = "support/project_folder.rs"]
mod project_folder;

use project_folder::Folder;
use serde_json::{Value, json};

const CONSUMPTION: &str = "month,partner_id,association,subscription_id,amount,currency\n\
                           2017-06,4000101,dpor,00000000-0000-4000-8000-000000000001,15000.00,USD\n";

const PROJECT: &str = "as_of = 2017-07-07\noutput = \"night/r-{as_of}.csv\"\nmetrics = \"night/r.prom\"\nallow = [\"all\"]\n\
                       [[source]]\npaths = \".\"\n[profile.preview]\noutput = \"preview.csv\"\n";

fn json(folder: &Folder, name: &str) -> Value {
    serde_json::from_str(&folder.read(name)).unwrap()
}

#[test]
fn the_run_summary_and_config_show_name_the_project_file_and_the_profile() {
    let folder = Folder::new(&[("attain.toml", PROJECT), ("in.csv", CONSUMPTION)]);
    folder.run("run --quiet").exits(0);
    let of_top = json!({"file": "attain.toml", "profile": null});
    assert_eq!(json(&folder, "night/r-2017-07-07.run.json")["project"], of_top);
    folder.run("run preview --quiet").exits(0);
    assert_eq!(
        json(&folder, "preview.run.json")["project"],
        json!({"file": "attain.toml", "profile": "preview"})
    );
    let shown = folder.run("config show preview").exits(0).stdout();
    assert_eq!(shown.lines().nth(1), Some("# project file: attain.toml, profile preview"));
    folder.run("history --config ./attain.toml --quiet -o h.csv").exits(0);
    assert_eq!(json(&folder, "h.run.json")["project"], of_top);
    folder.run("report in.csv --as-of 2017-07-07 --allow all --quiet -o p.csv").exits(0);
    assert_eq!(json(&folder, "p.run.json")["project"], Value::Null);
}

#[test]
fn a_second_night_names_neither_the_project_file_nor_what_the_first_wrote() {
    let folder = Folder::new(&[("attain.toml", PROJECT), ("in.csv", CONSUMPTION)]);
    let lines =
        |text: &str| text.lines().filter(|line| !line.starts_with("took")).collect::<Vec<_>>().join("\n");
    let first = lines(&folder.run("run").exits(0).stderr());
    let second = lines(&folder.run("run").exits(0).stderr());
    assert_eq!(first, second);
    assert!(!first.contains("skipped") && !first.contains("./"), "{first}");
    let written = "wrote      night/r-2017-07-07.csv, night/r-2017-07-07.rejects.csv, night/r-2017-07-07.run.json, night/r.prom";
    assert!(first.lines().any(|line| line == written), "{first}");
    // The run summary accounts for every file.
    let skipped = json(&folder, "night/r-2017-07-07.run.json")["skipped"].clone();
    let project =
        skipped.as_array().unwrap().iter().find(|skipped| skipped["file"] == "attain.toml").unwrap();
    assert_eq!(project["class"], "companion");
}

#[test]
fn a_project_file_at_fault_leaves_a_record_where_its_outputs_would_have_been() {
    let fault = format!("maxrejects = 5\n{PROJECT}");
    let folder = Folder::new(&[("attain.toml", &fault), ("in.csv", CONSUMPTION)]);
    // A folder is not made for a file that is at fault.
    folder.run("run").exits(2);
    assert!(!folder.path("night").exists());
    fs::create_dir(folder.path("night")).unwrap();
    folder.run("run").exits(2);
    let record = json(&folder, "night/r-2017-07-07.failed.json");
    assert_eq!((&record["status"], &record["exit_code"]), (&json!("failed"), &json!(2)));
    assert_eq!(record["faults"][0]["code"], "bad-project");
    assert!(folder.read("night/r.prom").contains("attain_run_success 0"), "{}", folder.read("night/r.prom"));
    // The profile's output, and the day of the command line.
    folder.run("run preview").exits(2);
    assert!(folder.path("preview.failed.json").exists());
    folder.run("run --as-of 2017-06-07").exits(2);
    assert!(folder.path("night/r-2017-06-07.failed.json").exists());
    // A misspelt variable leaves one too, and the next good run removes it.
    folder.write("attain.toml", PROJECT);
    folder.run_with("run --as-of 2017-06-08", &[("ATTAIN_PREFR", "x")]).exits(2);
    assert!(folder.path("night/r-2017-06-08.failed.json").exists());
    folder.run("run").exits(0);
    assert!(!folder.path("night/r-2017-07-07.failed.json").exists());
}

#[test]
fn nothing_is_recorded_where_the_output_cannot_be_told() {
    let folder = Folder::new(&[("in.csv", CONSUMPTION)]);
    let names = |folder: &Folder| {
        let all = folder.names();
        all.into_iter().filter(|name| name.contains("failed")).collect::<Vec<_>>()
    };
    for text in
        ["output = = 3\n", "output = \"r-{as_of}.csv\"\nas_of = \"2017-13-45\"\n", "output = \"-\"\nx = 1\n"]
    {
        folder.write("attain.toml", &format!("{text}[[source]]\npaths = \"in.csv\"\n"));
        folder.run("run").exits(2);
        assert_eq!(names(&folder), Vec::<String>::new(), "{text}");
    }
    // A check and `config show` write no outputs, and leave no record.
    folder.write("attain.toml", "output = \"r.csv\"\nx = 1\n[[source]]\npaths = \"in.csv\"\n");
    folder.run("check --config attain.toml").exits(2);
    folder.run("config show").exits(2);
    assert_eq!(names(&folder), Vec::<String>::new());
}
