//! One stage, once, on one thread: what `instructions.py` counts. Comes in: the name of a stage, and its files or a column of one.
//! Goes out: how many rows or values there were.
#![allow(clippy::print_stdout, reason = "a program of its own")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use attain::base::amount::{Amount, DecimalMark};
use attain::base::calendar::{DateForm, DateOrder, parse_day};
use attain::base::ids::{PartnerId, subscription_key};
use attain::internals::stages;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(stage) = args.first().filter(|stage| !stage.starts_with("--")) else {
        // Tested, not asked.
        return;
    };
    let paths: Vec<PathBuf> = args[1..].iter().map(PathBuf::from).collect();
    let values = |read: fn(&str) -> bool| count(&paths[0], &args[2], read);
    let counted = match stage.as_str() {
        "scan" => stages::scan(&paths[0], 1),
        "fold" => stages::fold(&paths, 1),
        "nothing" => values(|text| !text.is_empty()),
        "amount" => values(|text| Amount::parse(text.as_bytes(), DecimalMark::Point).is_ok()),
        "date" => values(|text| {
            parse_day(text.as_bytes(), &[DateForm::Slashes, DateForm::Iso], DateOrder::MonthFirst).is_ok()
        }),
        "subscription-id" => values(|text| !subscription_key(text).is_empty()),
        "partner-id" => values(|text| PartnerId::parse(text).is_some()),
        other => unreachable!("there is no stage {other}"),
    };
    println!("{counted}");
}

/// How many texts of a column are read.
fn count(export: &Path, name: &str, read: fn(&str) -> bool) -> u64 {
    let delimiter = if export.extension().is_some_and(|e| e == "tsv") { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(export).expect("a file");
    let header = reader.headers().expect("a header");
    let column = header.iter().position(|found| found == name).expect("a column of the export");
    let (mut record, mut counted) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut record).expect("a record") {
        counted += u64::from(read(black_box(&record[column])));
    }
    counted
}
