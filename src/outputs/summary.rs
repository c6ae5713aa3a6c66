//! The run summary (SPEC 4, "rejects and run summary"): where every figure comes from, and how every row was used. Comes
//! in: what the run knows. Goes out: JSON. Everything but [`Timings`], start and end is the same in every run of the same inputs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::losses::LossCounts;
use super::output_set::OutputKind;
use super::snapshots::{MonthEntry, OverlapEntry, SnapshotEntry};
use super::totals::{ControlTotals, balance};
use crate::base::calendar::{Day, Moment, WindowKind};
use crate::config::dialect::Role;
use crate::diagnostics::reject::RejectCode;

/// The summary of a run. The fields stand in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The version of this layout: [`Summary::SCHEMA`].
    pub schema: u32,
    /// What made it.
    pub program: Program,
    /// The exit code of the run (SPEC 4).
    pub exit_code: u8,
    /// What partners were judged by.
    pub rule_set: RuleSetUsed,
    /// The day for which they were judged.
    #[serde(serialize_with = "day")]
    pub as_of: Day,
    /// The days whose consumption counts.
    pub window: WindowUsed,
    /// What `--partner-id` was used for. **Absent**: it was not given.
    pub partner_id: Option<PartnerIdUse>,
    /// Every input that was read, sorted by file and sheet.
    pub inputs: Vec<InputRead>,
    /// Every file and sheet that was passed over, sorted.
    pub skipped: Vec<Skipped>,
    /// Every faulty file that `--keep-going` has left out, sorted. **Absent**: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<FileLeftOut>,
    /// Every snapshot of consumption, sorted by its first file.
    pub snapshots: Vec<SnapshotEntry>,
    /// Pairs of snapshots that tell of the same consumption outside of a series.
    pub overlaps: Vec<OverlapEntry>,
    /// Every month of the window, with the days that each dataset tells of.
    pub coverage: Vec<MonthEntry>,
    /// Every output but this one, in the order in which they appear.
    pub outputs: Vec<OutputWritten>,
    /// Every row and amount by its use.
    pub control_totals: ControlTotals,
    /// Refused rows by code, in the order of the codes.
    pub rejects: Vec<RejectsOfCode>,
    /// Amounts whose digits past the 24th decimal were rounded.
    pub rounded_amounts: u64,
    /// Whether everything that the run needs was there.
    pub completeness: Completeness,
    /// What is odd and changes no figure, sorted by code.
    pub warnings: Vec<WarningsOfCode>,
    /// Lines of the report that were asked for. **Absent**: all are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<ShownLines>,
    /// Partners by the tier that they attain.
    pub tiers: Tiers,
    /// How many tiers are certain, and the first partners whose tier could change.
    pub confidence: ConfidenceCounts,
    /// How many partners lose their tier, and which lose it next.
    pub losses: LossCounts,
    /// When the program was started.
    pub started: Moment,
    /// When all outputs but this one and the metrics were written.
    pub ended: Moment,
    /// How long it took; with `started` and `ended` the only thing that differs between runs.
    pub timings: Timings,
}

/// What made the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// `attain`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

impl Program {
    /// This program.
    pub fn this() -> Program {
        Program { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The rule set of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleSetUsed {
    /// `name@version`.
    pub name: String,
    /// Of the file, in hex.
    pub sha256: String,
    /// The associations whose credit counts.
    pub accepted: Vec<&'static str>,
    /// Whether an association counts for days before it began.
    pub retroactive: bool,
    /// That `as_of` lies before the first version or after the last. **Absent**: the version was in force.
    pub note: Option<String>,
}

/// The window of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WindowUsed {
    /// How it lies before `as_of`.
    pub kind: WindowKind,
    /// The first day.
    #[serde(serialize_with = "day")]
    pub first: Day,
    /// The last day.
    #[serde(serialize_with = "day")]
    pub last: Day,
    /// Length of the window.
    pub months: u32,
}

/// The use of `--partner-id` in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerIdUse {
    /// The partner of the option.
    pub id: String,
    /// Credited rows whose provider nothing else identifies.
    pub rows: u64,
}

/// A file, or a sheet of a workbook, that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputRead {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the file is no workbook.
    pub sheet: Option<String>,
    /// What it is for.
    pub role: Role,
    /// The dialect in which it was read.
    pub dialect: String,
    /// The currency of its amounts by `--currency`. **Absent**: the file states it, or has no amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether `--usage-only` says that all rows are usage. **Absent**: the file has every column that tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_only: Option<bool>,
    /// Whether its records are assumptions, by `--assume`. **Absent**: they were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<bool>,
    /// **Absent**: the file is a workbook.
    pub encoding: Option<String>,
    /// The character itself. **Absent**: the file is a workbook.
    pub delimiter: Option<char>,
    /// Of the file as it lies on the disk; sheets of one workbook have the same.
    pub bytes: u64,
    /// Rows read: header and blank lines are none, refused rows are.
    pub rows: u64,
    /// The earliest day of a row that was understood. **Absent**: none, or the role has no days.
    #[serde(serialize_with = "day_if_any")]
    pub first_day: Option<Day>,
    /// The latest day of a row that was understood. **Absent**: none, or the role has no days.
    #[serde(serialize_with = "day_if_any")]
    pub last_day: Option<Day>,
    /// `blake3:` or `sha256:` and hex. **Absent**: not asked for.
    pub digest: Option<String>,
}

/// A file or sheet that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the whole file.
    pub sheet: Option<String>,
    /// What it is, as far as its name and first bytes tell, such as `unrecognised`, `foreign`, `empty`, `no-data`.
    pub class: String,
    /// Whether it looks like data.
    pub looks_like_data: bool,
    /// Why.
    pub reason: String,
}

/// A faulty file that was left out, whose rows are unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileLeftOut {
    /// The path as it is shown to people.
    pub file: String,
    /// The sheet at fault. **Absent**: the whole file.
    pub sheet: Option<String>,
    /// What the file may be for. Empty: anything.
    pub roles: Vec<Role>,
    /// The code of the input error.
    pub code: &'static str,
    /// What was found, what was expected, what to do.
    pub message: String,
}

/// An output beside the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputWritten {
    /// What it is.
    pub kind: OutputKind,
    /// The path as given.
    pub file: String,
    /// Of its bytes, in hex.
    pub sha256: String,
}

/// RejectsOfCode rows of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectsOfCode {
    /// Why.
    #[serde(serialize_with = "code")]
    pub code: RejectCode,
    /// How many.
    pub rows: u64,
    /// The first, in the order of files and rows. **Absent**: not about one row.
    pub first: Option<FirstPlace>,
}

/// Where the first refused row of a code stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstPlace {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the file is no workbook.
    pub sheet: Option<String>,
    /// The line, or the row of the sheet.
    pub row: u64,
}

/// Whether a run is complete: no denied warning was met.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Completeness {
    /// Whether no denied warning was met.
    pub complete: bool,
    /// The codes of the denied warnings that were met, sorted.
    pub incomplete_by: Vec<String>,
    /// Every code that was denied in this run, sorted.
    pub denied: Vec<String>,
}

/// Something odd that changes no figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarningsOfCode {
    /// A fixed code, such as `overlapping-dpor`.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first of them, at most [`crate::base::limits::WARNINGS_LISTED`], sorted; never a person's name or mail address.
    pub listed: Vec<String>,
}

/// The lines of a report from which some were left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownLines {
    /// Lines that are written.
    pub lines: usize,
    /// Lines that are left out.
    pub not_shown: usize,
    /// The options that leave lines out.
    pub filters: Vec<String>,
}

/// Partners by the tier that they attain; their sum is the number of lines of the report, shown or not. In JSON one map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tiers {
    /// For each tier of the rule set, lowest first.
    pub attained: Vec<TierCount>,
    /// Partners that attain no tier.
    pub none: u64,
    /// Partners with an unknown market that attain no tier for certain, and perhaps one.
    pub undetermined: u64,
}

/// How many partners attain a tier, as their highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierCount {
    /// The tier's name.
    pub tier: String,
    /// How many.
    pub partners: u64,
}

impl Serialize for Tiers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attained = self.attained.iter().map(|count| (count.tier.as_str(), count.partners));
        serializer.collect_map(attained.chain([("none", self.none), ("undetermined", self.undetermined)]))
    }
}

/// Partners by the confidence in their tier; certain and uncertain ones are all lines of the report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ConfidenceCounts {
    /// Partners that can have no other tier.
    pub certain: u64,
    /// Partners whose tier could change.
    pub uncertain: u64,
    /// Partners whose tier could change, by each code of what it depends on.
    pub by_code: BTreeMap<&'static str, u64>,
    /// The first partners whose tier could change, at most [`crate::base::limits::PARTNERS_LISTED`], in the order of the report.
    pub first: Vec<UncertainPartner>,
}

/// A partner whose tier could change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UncertainPartner {
    /// The partner's id.
    pub partner: String,
    /// The tier that it attains. **Absent**: none.
    pub tier: Option<String>,
    /// Every tier that is possible, the lowest first; `null` is no tier.
    pub possible: Vec<Option<String>>,
    /// The codes of what the tier depends on, as in the report.
    pub confidence: String,
}

/// How long a run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Timings {
    /// From start to the writing of the summary. **Rounding**: down to the millisecond.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Bytes of all inputs over that time.
    pub bytes_per_second: u64,
    /// Threads that read.
    pub threads: usize,
}

impl Timings {
    /// The timings of a run that read `bytes` in `elapsed`.
    pub fn of(bytes: u64, elapsed: Duration, threads: usize) -> Timings {
        Timings { elapsed, bytes_per_second: per_second(bytes, elapsed), threads }
    }
}

/// How many a second; 0 if no time passed.
pub(super) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let per_second = (u128::from(count) * 1_000_000_000).checked_div(elapsed.as_nanos()).unwrap_or(0);
    u64::try_from(per_second).unwrap_or(u64::MAX)
}

impl Summary {
    /// The layout that this version writes.
    pub const SCHEMA: u32 = 1;

    /// The file: indented, with a final newline.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("keys are text and nothing fails to serialise");
        text + "\n"
    }

    /// Asserts that the control totals balance, and that inputs and refused rows add up to them.
    ///
    /// # Panics
    /// If something does not: then a row was dropped or counted twice, which is a bug.
    pub fn assert_balance(&self) {
        let totals = &self.control_totals;
        totals.assert_balance();
        for role in Role::ALL {
            // A credits table has the rows of its exports, which are rows of consumption.
            let is_in = |read: Role| read == role || (role == Role::Consumption && read == Role::Credits);
            let in_role = self.inputs.iter().filter(|input| is_in(input.role));
            let total = match role {
                Role::Consumption => totals.rows.read,
                Role::Credits => continue,
                Role::Partners | Role::Markets | Role::Rates | Role::Associations | Role::Credentials => {
                    totals.roles.get(&role).map_or(0, |rows| rows.read)
                }
            };
            balance(&format!("inputs of {}", role.as_str()), in_role.map(|input| input.rows).sum(), total);
        }
        balance("refused rows", self.rejects.iter().map(|refused| refused.rows).sum(), self.refused_rows());
    }

    /// Rows read, in all roles.
    pub(super) fn read_rows(&self) -> u64 {
        let totals = &self.control_totals;
        totals.rows.read + totals.roles.values().map(|rows| rows.read).sum::<u64>()
    }

    /// Rows refused, in all roles.
    pub(super) fn refused_rows(&self) -> u64 {
        let totals = &self.control_totals;
        totals.rows.refused + totals.roles.values().map(|rows| rows.refused).sum::<u64>()
    }
}

fn day<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn day_if_any<S: Serializer>(found: &Option<Day>, serializer: S) -> Result<S::Ok, S::Error> {
    match found {
        Some(found) => serializer.collect_str(found),
        None => serializer.serialize_none(),
    }
}

fn code<S: Serializer>(code: &RejectCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    serializer.serialize_f64(Duration::from_millis(millis).as_secs_f64())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::outputs::totals::tests::balanced;
    use crate::outputs::{NextLoss, SoonLosses};

    fn input(file: &str, role: Role, rows: u64) -> InputRead {
        InputRead {
            file: file.to_owned(),
            sheet: None,
            role,
            dialect: "insights-azure-usage".to_owned(),
            currency: None,
            usage_only: None,
            assumed: None,
            encoding: Some("utf-8".to_owned()),
            delimiter: Some('\t'),
            bytes: 1_000_000_000,
            rows,
            first_day: Day::from_ymd_opt(2016, 7, 1),
            last_day: None,
            digest: None,
        }
    }

    /// A summary in which everything that can be there is there.
    pub(in crate::outputs) fn summary() -> Summary {
        let day = |month, day| Day::from_ymd_opt(2017, month, day).unwrap();
        let rejects = |code, rows, row: Option<u64>| RejectsOfCode {
            code,
            rows,
            first: row.map(|row| FirstPlace {
                file: "jan.xlsx".to_owned(),
                sheet: Some("Usage".to_owned()),
                row,
            }),
        };
        let rejects = vec![
            rejects(RejectCode::RaggedRow, 2, Some(8)),
            rejects(RejectCode::BadDate, 3, Some(7)),
            rejects(RejectCode::NoPartner, 4, Some(9)),
            rejects(RejectCode::BadNumber, 20, Some(1042)),
            rejects(RejectCode::NoRate, 2, None),
        ];
        let output =
            |kind, file: &str| OutputWritten { kind, file: file.to_owned(), sha256: "00".repeat(32) };
        let skipped = |file: &str| Skipped {
            file: file.to_owned(),
            sheet: None,
            class: if file < "e" { "no-data" } else { "unrecognised" }.to_owned(),
            looks_like_data: file >= "e",
            reason: "no known header".to_owned(),
        };
        let warnings = |code: &str, text: &str| WarningsOfCode {
            code: code.to_owned(),
            count: 120,
            listed: vec![text.to_owned()],
        };
        Summary {
            schema: Summary::SCHEMA,
            program: Program { name: "attain".to_owned(), version: "0.1.0".to_owned() },
            exit_code: 4,
            rule_set: RuleSetUsed {
                name: "cloud-platform@2017-07-07".to_owned(),
                sha256: "00".repeat(32),
                accepted: vec!["tpor", "dpor"],
                retroactive: false,
                note: Some("as of a day after the last version".to_owned()),
            },
            as_of: day(7, 7),
            window: WindowUsed {
                kind: WindowKind::CompleteMonths,
                first: day(1, 1),
                last: day(6, 30),
                months: 6,
            },
            partner_id: Some(PartnerIdUse { id: "4000001".to_owned(), rows: 1_200 }),
            inputs: vec![
                input("people.csv", Role::Credentials, 20),
                input("roster.csv", Role::Partners, 5),
                input("usage.tsv", Role::Consumption, 1_234_567),
            ],
            skipped: ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"].map(skipped).into(),
            left_out: Vec::new(),
            snapshots: Vec::new(),
            overlaps: Vec::new(),
            coverage: Vec::new(),
            outputs: vec![
                output(OutputKind::Report, "report.csv"),
                output(OutputKind::Rejects, "report.rejects.csv"),
            ],
            control_totals: balanced(),
            rejects,
            rounded_amounts: 5,
            completeness: Completeness {
                complete: false,
                incomplete_by: vec!["shrunk".to_owned(), "z".to_owned()],
                denied: vec!["shrunk".to_owned(), "z".to_owned()],
            },
            warnings: vec![
                warnings("overlapping-dpor", "subscription 1\nin two lines"),
                warnings("shrunk", "june"),
                warnings("z", "x"),
            ],
            shown: None,
            tiers: Tiers {
                attained: [("silver", 10), ("gold", 3)]
                    .map(|(tier, partners)| TierCount { tier: tier.to_owned(), partners })
                    .into(),
                none: 1_200,
                undetermined: 2,
            },
            confidence: ConfidenceCounts {
                certain: 1_210,
                uncertain: 5,
                by_code: BTreeMap::from([("refused-rows", 5), ("unknown-market", 2)]),
                first: [
                    ("42", "refused-rows"),
                    ("43", "refused-rows+unknown-market"),
                    ("44", "refused-rows"),
                    ("45", "refused-rows"),
                    ("46", "refused-rows"),
                ]
                .map(|(partner, confidence)| UncertainPartner {
                    partner: partner.to_owned(),
                    tier: None,
                    possible: vec![None, Some("silver".to_owned())],
                    confidence: confidence.to_owned(),
                })
                .into(),
            },
            losses: LossCounts {
                dated: 6,
                soon: SoonLosses { by: Day::from_ymd_opt(2017, 10, 7).unwrap(), partners: 6 },
                never: 1,
                unknown: 0,
                next: ["44", "42", "45", "46", "47"]
                    .map(|partner| NextLoss {
                        partner: partner.to_owned(),
                        tier: Some("silver".to_owned()),
                        lost_on: Day::from_ymd_opt(2017, 7, 31).unwrap(),
                    })
                    .into(),
            },
            started: Moment::default(),
            ended: Moment::default(),
            timings: Timings::of(3_000_000_000, Duration::from_micros(2_500_999), 2),
        }
    }

    #[test]
    fn the_file_begins_with_its_schema_and_ends_with_the_timings() {
        let text = summary().to_json();
        assert!(
            text.starts_with("{\n  \"schema\": 1,\n  \"program\": {\n    \"name\": \"attain\""),
            "{text}"
        );
        let end = "  \"timings\": {\n    \"seconds\": 2.5,\n    \"bytes_per_second\": 1199520671,\n    \"threads\": 2\n  }\n}\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn money_is_exact_text_days_are_iso_and_maps_are_sorted() {
        let json: serde_json::Value = serde_json::from_str(&summary().to_json()).unwrap();
        let text = |pointer: &str| json.pointer(pointer).unwrap().to_string();
        assert_eq!(text("/as_of"), "\"2017-07-07\"");
        assert_eq!(
            text("/window"),
            r#"{"kind":"complete-months","first":"2017-01-01","last":"2017-06-30","months":6}"#
        );
        assert_eq!(text("/control_totals/amounts/USD/credited_rows"), "\"1234567.000000000000000000000001\"");
        assert!(text("/control_totals/amounts").starts_with(r#"{"EUR":{"#));
        assert_eq!(text("/control_totals/judging_usd/not_accepted"), r#"{"pal":"17.5"}"#);
        assert_eq!(text("/control_totals/roles/partners"), r#"{"read":5,"accepted":5,"refused":0}"#);
        assert_eq!(
            text("/control_totals/without_rate"),
            r#"[{"currency":"EUR","month":"2017-05","rows":2,"amount":"50"}]"#
        );
        assert_eq!(text("/inputs/2/first_day"), "\"2016-07-01\"");
        assert_eq!(text("/inputs/2/last_day"), "null");
        assert_eq!(text("/inputs/2/delimiter"), r#""\t""#);
        assert_eq!(text("/outputs/0/kind"), "\"report\"");
        assert_eq!(text("/tiers"), r#"{"silver":10,"gold":3,"none":1200,"undetermined":2}"#);
        assert_eq!(text("/confidence/by_code"), r#"{"refused-rows":5,"unknown-market":2}"#);
        assert_eq!(
            text("/confidence/first/0"),
            r#"{"partner":"42","tier":null,"possible":[null,"silver"],"confidence":"refused-rows"}"#
        );
        assert_eq!(
            text("/rejects/0"),
            r#"{"code":"ragged-row","rows":2,"first":{"file":"jan.xlsx","sheet":"Usage","row":8}}"#
        );
        assert_eq!(text("/rejects/4/first"), "null");
    }

    #[test]
    fn inputs_and_refused_rows_must_add_up_to_the_control_totals() {
        summary().assert_balance();
        let fails = |change: fn(&mut Summary)| {
            let mut summary = summary();
            change(&mut summary);
            std::panic::catch_unwind(|| summary.assert_balance()).is_err()
        };
        assert!(fails(|s| s.inputs[2].rows += 1));
        assert!(fails(|s| s.inputs[1].role = Role::Markets));
        assert!(fails(|s| s.rejects[0].rows -= 1));
        assert!(fails(|s| s.control_totals.rows.read += 1));
    }

    #[test]
    fn speed_is_none_when_no_time_passed() {
        assert_eq!(Timings::of(5, Duration::ZERO, 1).bytes_per_second, 0);
        assert_eq!(per_second(u64::MAX, Duration::from_nanos(1)), u64::MAX);
    }
}
