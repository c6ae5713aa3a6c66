//! `attain rules diff`: the partners whose tier differs are those of two reports, whether one reading is enough for both rule sets or not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn attain(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with the sample data and a rule set of one's own, which differs from the built-in one as told.
fn folder(changes: &[(&str, &str)]) -> tempfile::TempDir {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let text =
        fs::read_to_string(here.join("src/config/rules/builtin/cloud-platform@2017-07-07.toml")).unwrap();
    let mut mine = text.replacen("name = \"cloud-platform\"", "name = \"mine\"", 1);
    for (from, to) in changes {
        assert!(mine.contains(from), "{from}");
        mine = mine.replacen(from, to, 1);
    }
    fs::write(folder.path().join("mine.toml"), mine).unwrap();
    folder
}

#[test]
fn the_partners_whose_tier_differs_are_those_of_two_reports() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let sample = sample.to_str().unwrap();
    let pal = ("accepted_associations = [", "accepted_associations = [\"pal\", ");
    let mut differing = 0;
    for changes in [
        &[("developing_usd = \"10000\"", "developing_usd = \"13000\"")][..],
        &[("pooled = false", "pooled = true")],
        &[("window_months = 12", "window_months = 1")],
        &[("retroactive = false", "retroactive = true")],
        &[pal],
        &[],
    ] {
        let folder = folder(changes);
        let common = [sample, "--as-of", "2017-07-07", "--quiet", "--allow", "all", "--max-rejects", "100%"];
        let tiers = |rules: &str| -> BTreeMap<String, String> {
            let columns = ["--rules", rules, "--columns", "partner_id,tier"];
            let report = attain(folder.path(), &[&["report"], &common[..], &columns].concat());
            let line = |line: &str| line.split_once(',').map(|(id, tier)| (id.to_owned(), tier.to_owned()));
            report.lines().skip(1).filter_map(line).collect()
        };
        let (a, b) = (tiers("cloud-platform"), tiers("mine.toml"));
        // A partner without any row may have no line.
        let of = |tiers: &BTreeMap<String, String>, id: &String| tiers.get(id).cloned().unwrap_or_default();
        let ids: BTreeMap<_, ()> =
            a.keys().chain(b.keys()).map(|id| (id.parse::<u64>().unwrap(), ())).collect();
        let expected: Vec<String> = ids
            .keys()
            .map(u64::to_string)
            .filter(|id| of(&a, id) != of(&b, id))
            .map(|id| format!("{id},{},{}", of(&a, &id), of(&b, &id)))
            .collect();
        let diff = ["rules", "diff", "cloud-platform", "mine.toml"];
        let answer = attain(folder.path(), &[&diff[..], &common, &["--format", "csv"]].concat());
        let partners = answer.lines().filter_map(|line| line.strip_prefix("partner,"));
        let found: Vec<String> = partners
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                format!("{},{},{}", cells[0], cells[cells.len() - 2], cells[cells.len() - 1])
            })
            .collect();
        assert_eq!(found, expected, "{changes:?}");
        let clauses: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("clause,")).collect();
        assert!(clauses[0].starts_with("name,,cloud-platform,mine"), "{clauses:?}");
        assert!(clauses.len() > changes.len() && clauses.len() <= changes.len() + 2, "{clauses:?}");
        differing += found.len();
    }
    assert!(differing > 8, "{differing}");
}

#[test]
fn without_inputs_only_clauses_are_compared_and_every_format_tells_them() {
    let folder = folder(&[("window_months = 12", "window_months = 6")]);
    let diff = |format: &str| {
        attain(
            folder.path(),
            &["rules", "diff", "cloud-platform@2017-07-07", "mine.toml", "--format", format],
        )
    };
    assert_eq!(
        diff("text"),
        "a  cloud-platform@2017-07-07\nb  mine@2017-07-07\n2 clauses differ\n  name\n    a  cloud-platform\n    b  mine\n  window_months\n    a  12\n    b  6\n"
    );
    assert_eq!(
        diff("csv"),
        "kind,key,partner_name,a,b\nclause,name,,cloud-platform,mine\nclause,window_months,,12,6\n"
    );
    let json: serde_json::Value = serde_json::from_str(&diff("json")).unwrap();
    assert_eq!(json[1]["b"], "6");
    attain(folder.path(), &["rules", "diff", "mine.toml", "mine.toml", "-o", "answer.json"]);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("answer.json")).unwrap()).unwrap();
    assert_eq!(json, serde_json::json!([]));
}
