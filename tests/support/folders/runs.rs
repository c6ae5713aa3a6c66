//! The runs of one scheduled export, each in its folder. Comes in: an export and its scope. Goes out: run folders, with
//! manifests or without, whole or with a fault.

use std::fs;
use std::path::Path;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::json;

use crate::dice::Dice;

use super::exports::{Export, write, write_packed};
use super::truth::{Row, Scope, Truth, split};

/// What a run's folder is named by, beside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    TimeAndGuid,
    Time,
    Guid,
}

/// What is wrong with the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    PartOfTheNewest,
    PartOfTheFirst,
    RowsOfTheNewest,
    ManifestOfTheNewest,
}

/// One run.
struct Run<'r> {
    number: usize,
    made: NaiveDate,
    /// First and last day that it states.
    period: (NaiveDate, NaiveDate),
    rows: &'r [Row],
}

/// How the export is set up.
struct Setup<'s> {
    root: &'s Path,
    export: &'s Export,
    name: String,
    naming: Naming,
    has_manifests: bool,
    /// The folder's range is the whole month, rather than the run's own days.
    whole_month: bool,
    /// The manifest states whole months.
    is_monthly: bool,
    kind: Option<&'static str>,
    part_count: usize,
    fault: Fault,
    digits: usize,
}

/// Writes two to four runs.
pub(crate) fn scheduled(
    root: &Path,
    number: usize,
    export: &Export,
    scope: &Scope,
    truth: &Truth,
    dice: &mut Dice,
) -> String {
    let is_cost = matches!(export, Export::Cost { .. });
    // A monthly export tells of whole months.
    let is_monthly = matches!(export, Export::OwnByMonth | Export::Insights);
    let has_manifests = dice.chance(600);
    let fault = match dice.below(12) {
        0 => Fault::PartOfTheNewest,
        1 => Fault::PartOfTheFirst,
        2 => Fault::RowsOfTheNewest,
        3 => Fault::ManifestOfTheNewest,
        _ => Fault::None,
    };
    let mut naming = [Naming::TimeAndGuid, Naming::Time, Naming::Guid][dice.below(3)];
    // Without a run time nothing tells that a run without a manifest is the newest.
    if fault == Fault::ManifestOfTheNewest && naming == Naming::Guid {
        naming = Naming::TimeAndGuid;
    }
    let kinds = if has_manifests { ["ActualCost", "AmortizedCost"] } else { ["actual", "amortized"] };
    let kind = (is_cost && dice.chance(400)).then(|| kinds[dice.below(2)]);
    let name = match kind {
        Some(kind) if !has_manifests => format!("daily{number}-{kind}"),
        _ => format!("daily{number}"),
    };
    let setup = Setup {
        root,
        export,
        name,
        naming,
        has_manifests,
        whole_month: is_monthly || dice.chance(600),
        is_monthly,
        kind,
        part_count: 1 + dice.below(2),
        fault: if has_manifests { fault } else { Fault::None },
        digits: [12, 14][dice.below(2)],
    };
    let count = 2 + dice.below(3);
    let is_month_to_date = dice.chance(650);
    let (mut told, mut first) = (truth.clone(), scope.first);
    let mut last = scope.first + Days::new(dice.below(3) as u64);
    for index in 0..count {
        let part = Scope { first, last, ..scope.clone() };
        let made = if dice.chance(800) { last } else { last + Days::new(1) };
        let run = Run { number: index, made, period: (first, last), rows: &told.rows(&part) };
        write_run(&setup, &run, index + 1 == count, dice);
        if dice.chance(400) {
            told = told.restated(dice);
        }
        last = last + Days::new(1 + dice.below(3) as u64);
        // A new month begins anew.
        if is_month_to_date && last.month() != first.month() {
            first = last.with_day(1).expect("a month has a first day");
        }
        if !is_month_to_date {
            first = last - Days::new(1 + dice.below(3) as u64);
        }
    }
    format!(
        "{count} runs, {naming:?}, manifests {has_manifests}, kind {kind:?}, month to date {is_month_to_date}, {:?}, whole month {}",
        setup.fault, setup.whole_month
    )
}

fn write_run(setup: &Setup, run: &Run, is_newest: bool, dice: &mut Dice) {
    let (first, last) = run.period;
    let month = |day: NaiveDate| day.with_day(1).expect("a month has a first day");
    let end_of_month = month(month(last) + Days::new(31)).pred_opt().expect("a day");
    let (from, to) = if setup.whole_month { (month(first), end_of_month) } else { (first, last) };
    let (first, last) = if setup.is_monthly { (from, to) } else { (first, last) };
    let guid = format!("00000000-0000-4000-8000-{:012}", dice.below(1_000_000));
    let time = format!(
        "{}05{:02}{}",
        run.made.format("%Y%m%d"),
        run.number,
        if setup.digits == 14 { "30" } else { "" }
    );
    let range =
        setup.root.join(&setup.name).join(format!("{}-{}", from.format("%Y%m%d"), to.format("%Y%m%d")));
    let folder = match setup.naming {
        Naming::TimeAndGuid => range.join(time).join(guid),
        Naming::Time => range.join(time),
        Naming::Guid => range.join(guid),
    };
    fs::create_dir_all(&folder).expect("a folder can be made");
    let is_packed = dice.chance(100);
    let mut blobs = Vec::new();
    for (index, rows) in split(run.rows, setup.part_count, dice).iter().enumerate() {
        let name = format!("part_{index}_0001.csv");
        let path = folder.join(&name);
        let count = write(&path, setup.export, rows, dice);
        let bytes = fs::read(&path).expect("the file was written");
        let is_short = setup.fault == Fault::RowsOfTheNewest && is_newest && index == 0;
        blobs.push(json!({
            "blobName": format!("container/{}/{name}", setup.name),
            "byteCount": bytes.len(),
            "dataRowCount": if is_short { count + 1 } else { count },
        }));
        if is_packed {
            write_packed(&folder.join(format!("{name}.gz")), &bytes);
            fs::remove_file(&path).expect("the file was written");
        }
    }
    let has_missing_part = match setup.fault {
        Fault::PartOfTheNewest => is_newest,
        Fault::PartOfTheFirst => run.number == 0,
        _ => false,
    };
    if has_missing_part {
        blobs.push(json!({ "blobName": "container/part_7_0001.csv", "byteCount": 7, "dataRowCount": 7 }));
    }
    if setup.has_manifests && !(is_newest && setup.fault == Fault::ManifestOfTheNewest) {
        let mut config = json!({
            "exportName": setup.name,
            "resourceId": format!("/providers/Microsoft.CostManagement/exports/{}", setup.name),
        });
        if let Some(kind) = setup.kind {
            config["type"] = json!(kind);
        }
        let manifest = json!({
            "manifestVersion": "2024-04-01",
            "exportConfig": config,
            "runInfo": {
                "submittedTime": format!("{}T05:{:02}:00Z", run.made, run.number),
                "startDate": format!("{first}T00:00:00"),
                "endDate": format!("{last}T00:00:00"),
            },
            "blobs": blobs,
        });
        let name = if dice.chance(800) { "manifest.json" } else { "_manifest.json" };
        fs::write(folder.join(name), manifest.to_string()).expect("a file can be written");
    }
}
