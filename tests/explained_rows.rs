//! The rows of an explanation: each has one outcome, that of its own currency and day; inputs without rows are named; and no mail address is
//! shown, in whichever column it stands.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn attain(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(folder).output().unwrap()
}

#[test]
fn each_row_has_the_outcome_of_its_own_currency_and_day() {
    let root = tempfile::tempdir().unwrap();
    let input = root.path().join("input");
    fs::create_dir(&input).unwrap();
    let write = |name: &str, text: &str| fs::write(input.join(name), text).unwrap();
    let header = "UsageDateTime,SubscriptionGuid,PreTaxCost,Currency,ChargeType,PublisherType";
    let row = |day: u32, amount: u32| format!("2017-03-{day:02},s1,{amount},USD,Usage,Azure");
    // The newer of two exports that overlap restates one of eight days, and the older one alone has the first two.
    let older: Vec<String> = (1..=10).map(|day| row(day, day)).collect();
    let newer: Vec<String> = (3..=12).map(|day| row(day, if day == 5 { 50 } else { day })).collect();
    write("x_20170401.csv", &format!("{header}\n{}\n", older.join("\n")));
    write("y_20170501.csv", &format!("{header}\n{}\n", newer.join("\n")));
    write(
        "own.csv",
        "month,partner_id,association,subscription_id,amount,currency\n2017-04,4000001,dpor,o1,7,USD\n2017-04,4000001,dpor,o1,8,CHF\n",
    );
    // The subscription moves from one partner to another, and is of none in between.
    let moved: Vec<String> =
        [10, 12, 20].iter().map(|day| format!("2017-04-{day},m1,1,USD,Usage,Azure")).collect();
    write("moved.csv", &format!("{header}\n{}\n", moved.join("\n")));
    write(
        "associations.csv",
        "subscription_id,partner_id,type,from,to\ns1,4000001,dpor,,\nm1,4000001,dpor,,2017-04-10\nm1,4000002,dpor,2017-04-15,\n",
    );
    write("partners.csv", "partner_id,name,country,market\n4000001,Contoso,France,developed\n");
    let common = ["--as-of", "2017-06-30", "--allow", "all", "--max-rejects", "100%", "--quiet"];
    let explain = |inputs: &[&str], format: &str| {
        let args = [&["explain", "--all", "--depth", "rows", "--format", format], inputs, &common].concat();
        let output = attain(root.path(), &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let explained: Value = serde_json::from_str(&explain(&["input"], "json")).unwrap();
    let partner = &explained["partners"][0];
    let outcomes: Vec<(String, &str)> = partner["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let file = row["file"].as_str().unwrap().trim_start_matches("input/");
            (format!("{file}:{}", row["row"]), row["outcome"].as_str().unwrap())
        })
        .collect();
    let outcome = |of: &str| outcomes.iter().find(|(place, _)| place == of).unwrap().1;
    assert_eq!((outcome("own.csv:2"), outcome("own.csv:3")), ("counted", "no-rate"));
    assert_eq!((outcome("x_20170401.csv:3"), outcome("x_20170401.csv:4")), ("counted", "superseded"));
    assert_eq!(outcomes.iter().filter(|(_, outcome)| *outcome == "superseded").count(), 8);
    let of_moved = ["moved.csv:2", "moved.csv:3", "moved.csv:4"].map(outcome);
    assert_eq!(of_moved, ["counted", "unassociated", "associated with another partner"]);
    assert_eq!(partner["without_rows"], serde_json::json!([]));

    let report = [&["report", "input", "-o", "r.csv", "--credits", "c.csv"][..], &common].concat();
    assert!(attain(root.path(), &report).status.success());
    let table = ["c.csv", "input/associations.csv", "input/partners.csv"];
    let explained: Value = serde_json::from_str(&explain(&table, "json")).unwrap();
    let partner = &explained["partners"][0];
    assert_eq!(
        (&partner["rows"], &partner["without_rows"]),
        (&serde_json::json!([]), &serde_json::json!(["c.csv"]))
    );
    assert!(explain(&table, "text").contains("c.csv: a credits table holds sums"));
    assert!(explain(&table, "csv").contains("without-rows"));
}

#[test]
fn an_explanation_shows_no_mail_address_that_stands_in_another_column() {
    let root = tempfile::tempdir().unwrap();
    let input = root.path().join("input");
    fs::create_dir(&input).unwrap();
    let write = |name: &str, text: &str| fs::write(input.join(name), text).unwrap();
    write(
        "credentials.csv",
        "partner_id,individual_id,email,credential,completed_on\n4000001,MC-1,,ann@mail.test,2017-01-31\n4000001,MC-1,,Exam 70-533 of bob@mail.test,2017-01-31\n4000001,cid@mail.test,,70-532,2017-01-31\n4000001,MC-2,dee@mail.test,70-532,2017-01-31\n4000001,cid@mail.test,dee@mail.test,70-532,2017-01-31\n",
    );
    write(
        "consumption.csv",
        "date,partner_id,association,subscription_id,amount,currency\n2017-05-31,4000001,dpor,s1,1000,USD\n2017-05-31,4000001,dpor,s1,eve@mail.test,USD\n2017-05-31,4000001,dpor,#REF!,5,USD\n",
    );
    for (format, people) in [("text", "ids"), ("json", "ids"), ("csv", "ids"), ("json", "numbers")] {
        let args =
            ["explain", "--all", "input", "--as-of", "2017-06-30", "--depth", "rows", "--allow", "all"];
        let args = [&args[..], &["--format", format, "--people", people, "--max-rejects", "9"]].concat();
        let output = attain(root.path(), &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(!shown.contains("mail.test"), "{format}: {shown}");
        assert_eq!(shown.contains("mc-2"), people == "ids", "{format}: {shown}");
        assert!(
            ["bad-number", "bad-text", "(not shown)"].iter().all(|word| shown.contains(word)),
            "{format}: {shown}"
        );
    }
}
