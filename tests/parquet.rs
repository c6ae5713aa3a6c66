//! Parquet, end to end: the same rows give the same report as text and as Parquet, in all types and encodings that
//! writers choose; a damaged file is refused, never another figure. `tests/cases/parquet/make.py` says what each file of
//! `tests/cases/parquet/files` is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[cfg(feature = "parquet")]
#[expect(dead_code, reason = "cases are only listed and copied here")]
#[path = "support/case/mod.rs"]
mod case;
#[cfg(feature = "parquet")]
#[path = "support/parquet.rs"]
mod write;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parquet")
}

fn attain(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attain")).current_dir(folder).args(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(files().join("duckdb-v1-snappy.parquet"), folder.path().join("u.parquet")).unwrap();
    let output = attain(folder.path(), &["report", "u.parquet", "-o", "r.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "attain: u.parquet: unsupported: this build of attain has no Parquet; build it with the feature `parquet`, which is on by default, or export as CSV\n";
    assert_eq!(stderr(&output), expected);
    let output = attain(folder.path(), &["report", "u.csv", "--credits", "c.parquet"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("c.parquet: this build of attain has no Parquet; give a .csv or .tsv"));
}

#[cfg(feature = "parquet")]
mod with_parquet {
    use super::*;
    use case::{Case, copy_folder};

    /// Exit code, report, credits, and rejects; rejects without the name of the file and the byte offsets that only
    /// text has.
    type Outcome = (Option<i32>, String, String, Vec<Vec<String>>);

    fn outcome(folder: &Path, args: &[&str]) -> Outcome {
        let output = attain(folder, args);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let rejects = read("rejects.csv");
        let rejects =
            csv::ReaderBuilder::new().has_headers(false).from_reader(rejects.as_bytes()).into_records();
        let rejects = rejects.map(|line| {
            let line = line.unwrap();
            line.iter()
                .enumerate()
                .filter(|(n, _)| ![0, 1, 3].contains(n))
                .map(|(_, cell)| cell.to_owned())
                .collect()
        });
        let rejects = rejects.collect();
        assert!(matches!(output.status.code(), Some(0 | 3 | 4)), "{}", stderr(&output));
        (output.status.code(), read("report.csv"), without_source(&read("credits.csv")), rejects)
    }

    /// A credits table without the content ids of its sources, which differ between formats.
    fn without_source(credits: &str) -> String {
        let shortened = |line: &str| {
            let cells: Vec<&str> = line.splitn(3, ',').collect();
            [cells[0], cells[2]].join(",") + "\n"
        };
        credits.lines().map(shortened).collect()
    }

    const ARGS: [&str; 12] = [
        "report",
        "in",
        "--as-of",
        "2017-07-07",
        "-o",
        "report.csv",
        "--rejects",
        "rejects.csv",
        "--credits",
        "credits.csv",
        "--allow",
        "all",
    ];

    #[test]
    fn files_of_every_writer_read_as_the_same_rows_of_a_csv() {
        let alone = |file: &Path, threads: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("in")).unwrap();
            fs::copy(file, folder.path().join("in").join(file.file_name().unwrap())).unwrap();
            outcome(folder.path(), &[&ARGS[..], &["--threads", threads]].concat())
        };
        let mut read_files = 0;
        for file in fs::read_dir(files()).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "parquet") {
                let is_doubles = file.file_stem().is_some_and(|stem| stem == "doubles");
                let expected = alone(&files().join(if is_doubles { "doubles.csv" } else { "rows.csv" }), "2");
                assert_eq!(expected.3.len(), 3, "the header and two refused rows");
                assert_eq!(alone(&file, "2"), expected, "{}", file.display());
                assert_eq!(alone(&file, "1"), expected, "{}", file.display());
                read_files += 1;
            }
        }
        assert_eq!(read_files, 13);
    }

    #[test]
    fn a_damaged_footer_is_reported_in_the_words_of_attain_alone() {
        let bytes = fs::read(files().join("duckdb-v1-snappy.parquet")).unwrap();
        let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap());
        let footer = bytes.len() - 8 - usize::try_from(length).unwrap()..bytes.len() - 8;
        let folder = tempfile::tempdir().unwrap();
        let mut input_errors = 0;
        for (nth, at) in footer.enumerate().step_by(5) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (nth % 8);
            fs::write(folder.path().join("u.parquet"), damaged).unwrap();
            let args = ["report", "u.parquet", "-o", "r.csv", "--quiet", "--allow", "all"];
            let output = attain(folder.path(), &args);
            let reported = stderr(&output);
            assert!(
                reported.lines().all(|line| line.starts_with("attain: ")),
                "byte {nth} of the footer: {reported}"
            );
            input_errors += usize::from(output.status.code() == Some(1));
        }
        assert!(input_errors > 50, "only {input_errors} input_errors");
    }

    /// Copies a case with its tables of text written as Parquet. False if an input is no table of text.
    fn as_parquet(case: &Case, to: &Path) -> bool {
        convert(case, to, "parquet", write::write)
    }

    /// Copies a case with its tables of text written by `write`. False if an input is no table of text.
    fn convert(
        case: &Case,
        to: &Path,
        new_extension: &str,
        write: impl Fn(&Path, &[String], &[Vec<String>]),
    ) -> bool {
        copy_folder(&case.folder, to);
        let mut folders = vec![to.join("input")];
        let mut converted = 0;
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(folder) else { return false };
            for path in entries.map(|entry| entry.unwrap().path()) {
                let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
                match extension {
                    _ if path.is_dir() => folders.push(path),
                    "csv" | "tsv" => {
                        let Some((names, rows)) = table(&path) else { return false };
                        write(&path.with_extension(new_extension), &names, &rows);
                        fs::remove_file(path).unwrap();
                        converted += 1;
                    }
                    _ => {}
                }
            }
        }
        converted > 0
    }

    type Rows = Vec<Vec<String>>;

    fn table(path: &Path) -> Option<(Vec<String>, Rows)> {
        let text = fs::read_to_string(path).ok()?;
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next()?;
        let delimiter = *b",;\t|".iter().max_by_key(|d| first.bytes().filter(|b| b == *d).count())?;
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
        let lines = reader.records().map(|line| line.map(|line| line.iter().map(str::to_owned).collect()));
        let mut lines: Rows = lines.collect::<Result<_, _>>().ok()?;
        (!lines.is_empty()).then(|| (lines.remove(0), lines))
    }

    #[test]
    fn every_golden_case_gives_the_same_report_from_parquet() {
        let mut dialects = 0;
        for case in Case::all("golden") {
            let args = fs::read_to_string(case.folder.join("args")).unwrap();
            let args: Vec<&str> = args.split_whitespace().collect();
            let folder = tempfile::tempdir().unwrap();
            // Skip cases of how text is quoted, encoded and written.
            let is_of_text = args.iter().any(|arg| {
                arg.starts_with("input/")
                    || *arg == "--decimal-comma"
                    || arg.contains(".csv")
                        && *arg != "report.csv"
                        && *arg != "rejects.csv"
                        && *arg != "credits.csv"
            });
            // Forms of numbers, days and titles are of text: a Parquet column of texts with a comma is refused.
            let is_of_text =
                is_of_text || case.name.starts_with("forms-") || case.name.starts_with("titles-");
            // A credits table has its control in a file beside it, or in its own metadata.
            let is_of_text = is_of_text || case.name == "dialect-credits";
            // A manifest lists files by their names.
            let is_of_text = is_of_text || case.name == "overlap-month-to-date";
            if is_of_text || case.folder.join("stdin").exists() || !as_parquet(&case, folder.path()) {
                continue;
            }
            let as_text = tempfile::tempdir().unwrap();
            copy_folder(&case.folder, as_text.path());
            for folder in [folder.path(), as_text.path()] {
                for output in ["report.csv", "rejects.csv"] {
                    drop(fs::remove_file(folder.join(output)));
                }
            }
            assert_eq!(outcome(folder.path(), &args), outcome(as_text.path(), &args), "{}", case.name);
            dialects += usize::from(case.name.starts_with("dialect-"));
        }
        assert!(dialects >= 15, "every dialect is read from Parquet, not {dialects}");
    }

    /// The warnings of a run about prices, without the ends of file names.
    fn price_warnings(folder: &Path, args: &[&str]) -> Vec<String> {
        let output = attain(folder, args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let summary: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("report.run.json")).unwrap()).unwrap();
        let warnings = summary["warnings"].as_array().unwrap().iter();
        let of_prices = warnings.filter(|warning| {
            ["partner-price", "prepaid-without-amount"].contains(&warning["code"].as_str().unwrap())
        });
        let text = |text: &serde_json::Value| {
            text.as_str().unwrap().replace(".xlsx[Sheet1]", ".csv").replace(".parquet", ".csv")
        };
        of_prices.flat_map(|warning| warning["listed"].as_array().unwrap().iter().map(text)).collect()
    }

    /// Writes a table as a workbook, its numbers as numbers.
    fn write_workbook(path: &Path, names: &[String], rows: &[Vec<String>]) {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip([names].into_iter().chain(rows.iter().map(Vec::as_slice))) {
            for (column, cell) in (0..).zip(cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, cell).unwrap(),
                };
            }
        }
        book.save(path).unwrap();
    }

    #[test]
    fn amounts_below_the_price_of_the_customer_are_told_of_every_format_alike() {
        let mut told = 0;
        let mut list_prices = 0;
        for case in Case::all("errors") {
            if !["warning-partner-price", "warning-prepaid"].iter().any(|name| case.name.starts_with(name)) {
                continue;
            }
            let args = fs::read_to_string(case.folder.join("args")).unwrap();
            let args: Vec<&str> = args.split_whitespace().collect();
            let [parquet, text, workbook] = [(), (), ()].map(|()| tempfile::tempdir().unwrap());
            assert!(convert(&case, parquet.path(), "parquet", write::write));
            assert!(convert(&case, workbook.path(), "xlsx", write_workbook));
            copy_folder(&case.folder, text.path());
            let expected = price_warnings(text.path(), &args);
            assert_eq!(price_warnings(parquet.path(), &args), expected, "{}", case.name);
            assert_eq!(price_warnings(workbook.path(), &args), expected, "{}", case.name);
            told += expected.len();
            list_prices += expected.iter().filter(|text| text.contains("unit price")).count();
        }
        assert_eq!((told, list_prices), (5, 2));
    }

    #[test]
    fn a_list_price_is_that_of_its_row_wherever_in_a_file_the_row_stands() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "MPNID",
            "ResellerMPNID",
            "UsageDate",
            "EntitlementId",
            "PricingPreTaxTotal",
            "PricingCurrency",
            "ChargeType",
            "BenefitId",
            "Quantity",
            "UnitPrice",
        ];
        // Few rows are prepaid, in pages and row groups of their own and in one; one row takes the slow path, one is refused.
        let prepaid = [0usize, 1, 4_095, 4_096, 9_000, 19_999];
        let row = |nth: usize| {
            let is_prepaid = prepaid.contains(&nth);
            let date = if nth == 9_001 { "no day" } else { "2017-05-31" };
            let amount = match nth {
                _ if is_prepaid => "0",
                17_000 => "1e-7",
                _ => "0.5",
            };
            let quantity = if nth == 4_096 { String::new() } else { format!("{nth}.25") };
            let benefit = if is_prepaid { "b1" } else { "" };
            ["4000001", "", date, "s1", amount, "USD", "New", benefit, &quantity, "0.125"]
                .map(str::to_owned)
                .to_vec()
        };
        let rows: Vec<Vec<String>> = (0..20_000).map(row).collect();
        let of_format = |name: &str, write: &dyn Fn(&Path)| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            write(&folder.join(format!("u.{name}")));
            let args =
                ["report", ".", "--as-of", "2017-07-07", "-o", "report.csv", "--allow", "all", "--quiet"];
            let output = attain(&folder, &args);
            assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
            let summary: serde_json::Value =
                serde_json::from_slice(&fs::read(folder.join("report.run.json")).unwrap()).unwrap();
            let warnings = summary["warnings"].as_array().unwrap().iter();
            let told = warnings.filter(|warning| warning["code"] == "prepaid-without-amount");
            let told: Vec<String> = told.map(|warning| warning["listed"][0].to_string()).collect();
            told.join("").replace(&format!("u.{name}"), "u").replace("[Sheet1]", "")
        };
        let names = names.map(str::to_owned);
        let expected = of_format("csv", &|path| {
            let lines = [&names[..]].into_iter().chain(rows.iter().map(Vec::as_slice));
            fs::write(path, lines.map(|line| line.join(",") + "\n").collect::<String>()).unwrap();
        });
        // (0.25 + 1.25 + 4095.25 + 9000.25 + 19999.25) × 0.125 = 4137.03125
        assert!(expected.contains("6 rows that"), "{expected}");
        assert!(expected.contains("5 of them would have 4137.03 USD"), "{expected}");
        let of_parquet = |path: &Path| write::write_pages(path, &names, &rows, (12_000, 701));
        assert_eq!(of_format("parquet", &of_parquet), expected);
        assert_eq!(of_format("xlsx", &|path| write_workbook(path, &names, &rows)), expected);
    }

    #[test]
    fn credits_as_parquet_are_those_of_csv_and_the_same_for_any_threads() {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        let sample = sample.to_str().unwrap();
        let run = |credits: &str, threads: &str| {
            let args =
                ["report", sample, "--as-of", "2017-07-07", "-o", "r.csv", "--quiet", "--credits", credits];
            let output = attain(folder.path(), &[&args[..], &["--threads", threads]].concat());
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            fs::read(folder.path().join(credits)).unwrap()
        };
        let parquet = run("credits.parquet", "1");
        let summary: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join("r.run.json")).unwrap()).unwrap();
        let entry = summary["outputs"].as_array().unwrap().last().unwrap();
        assert_eq!(entry["kind"], "credits");
        assert_eq!(entry["sha256"], attain::outputs::sha256_hex(&parquet));
        assert_eq!(run("credits.parquet", "3"), parquet);
        let csv = String::from_utf8(run("credits.csv", "2")).unwrap();
        let tsv = String::from_utf8(run("credits.tsv", "2")).unwrap();
        assert_eq!(tsv.replace('\t', ","), csv, "no cell of the sample needs quotes");
        assert_eq!(sums(&csv, &summary), credited(&summary));
        assert_eq!(run("credits.parquet", "2"), parquet, "a table of an earlier run is written anew");
    }

    #[test]
    fn a_decimal_comma_is_one_of_delimited_text_only() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["date", "partner_id", "association", "subscription_id", "amount", "currency"];
        let of = |subscription: &str, amount: &str| {
            ["2017-05-31", "4000001", "dpor", subscription, amount, "USD"].map(str::to_owned).to_vec()
        };
        let row = |amount: &str| of("s1", amount);
        write::write(&folder.path().join("u.parquet"), &names.map(str::to_owned), &[row("1.5")]);
        fs::write(
            folder.path().join("u.csv"),
            format!("{}\n{}", names.join(";"), of("s2", "2,25").join(";")),
        )
        .unwrap();
        let args =
            ["report", "u.parquet", "u.csv", "--as-of", "2017-07-07", "--decimal-comma", "-o", "r.csv"];
        let output =
            attain(folder.path(), &[&args[..], &["--credits", "credits.csv", "--allow", "all"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let credits = fs::read_to_string(folder.path().join("credits.csv")).unwrap();
        let mut sums: Vec<&str> = credits
            .lines()
            .skip(1)
            .filter_map(|line| Some(line.split_once(",s")?.1.split_once(',')?.1))
            .collect();
        sums.sort_unstable();
        let owner_and_month = "4000001,,dpor,2017-05-01,2017-05-31,USD";
        let expected = [format!("{owner_and_month},1.5,1"), format!("{owner_and_month},2.25,1")];
        assert_eq!(sums, expected, "each file is a source; {credits}");
        write::write(&folder.path().join("u.parquet"), &names.map(str::to_owned), &[row("1,5")]);
        let output = attain(folder.path(), &args);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let rejects = fs::read_to_string(folder.path().join("r.rejects.csv")).unwrap();
        let reported = "is not a number; a decimal comma is not read in Parquet: write it with a point";
        assert!(rejects.contains(reported), "{rejects}");
    }

    /// The sums of the lines of a credits table that lie in the window, by currency. **Unit**: 10⁻²⁴.
    fn sums(csv: &str, summary: &serde_json::Value) -> Vec<(String, String)> {
        let mut sums = std::collections::BTreeMap::new();
        let of_window = |end: &str| summary["window"][end].as_str().unwrap().to_owned();
        let (first, last) = (of_window("first"), of_window("last"));
        let is_inside = |line: &csv::StringRecord| line[6] >= *first && line[7] <= *last;
        for line in csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).filter(is_inside) {
            let amount = attain::base::amount::Amount::parse(
                line[9].as_bytes(),
                attain::base::amount::DecimalMark::Point,
            )
            .unwrap();
            let sum: &mut attain::base::amount::Amount = sums.entry(line[8].to_owned()).or_default();
            *sum = sum.plus(amount.amount);
        }
        sums.into_iter().map(|(currency, sum)| (currency, sum.to_string())).collect()
    }

    /// What the lines of the window must add up to, by currency: all rows with an amount, judged one way or another.
    fn credited(summary: &serde_json::Value) -> Vec<(String, String)> {
        let amounts = summary["control_totals"]["amounts"].as_object().unwrap();
        let of = |(currency, amounts): (&String, &serde_json::Value)| {
            let parts = ["credited_rows", "unassociated", "without_partner"];
            let sum = parts.iter().fold(attain::base::amount::Amount::default(), |sum, part| {
                let text = amounts[part].as_str().unwrap().as_bytes();
                let mark = attain::base::amount::DecimalMark::Point;
                sum.plus(attain::base::amount::Amount::parse(text, mark).unwrap().amount)
            });
            (currency.clone(), sum.to_string())
        };
        amounts.iter().map(of).filter(|(_, sum)| sum != "0").collect()
    }
}
