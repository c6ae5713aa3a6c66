//! The metrics of a run in the text format of Prometheus, for the textfile collector of node_exporter. Comes in: the run summary, or the
//! error of a run that gave no report. Goes out: text. It counts nothing itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::failure::faults;
use super::output_set::{OutputKind, OutputSet};
use super::summary::{Program, Summary};
use super::targets::{folder_of, is_stream};
use crate::base::calendar::Moment;
use crate::config::dialect::Role;
use crate::diagnostics::error::Error;
use crate::diagnostics::reject::RejectCode;
use crate::diagnostics::warning::WarningCode;

/// The text that metrics grow into.
struct Exposition(String);

impl Exposition {
    /// One gauge without labels.
    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.gauges(name, help, "", [(String::new(), value)]);
    }

    /// A gauge for each value of a label; nothing where there is none.
    fn gauges<V: std::fmt::Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (String, V)>,
    ) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return;
        }
        let text = &mut self.0;
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP attain_{name} {help}\n# TYPE attain_{name} gauge");
        for (of_label, value) in values {
            let labels = match label.is_empty() {
                true => String::new(),
                false => format!("{{{label}=\"{}\"}}", escaped(&of_label)),
            };
            let _ = writeln!(text, "attain_{name}{labels} {value}");
        }
    }

    /// What every run has, however it ended.
    fn run(&mut self, exit_code: u8, started: Moment, ended: Moment, last_success: Option<String>) {
        let success = u8::from(exit_code == 0);
        self.gauge("run_success", "Whether the last run gave a complete report: 1, or 0.", success);
        self.gauge("run_exit_code", "Exit code of the last run.", exit_code);
        let (start, end) = (started.unix_seconds(), ended.unix_seconds());
        self.gauge("run_start_timestamp_seconds", "When the last run began.", start);
        self.gauge("run_end_timestamp_seconds", "When the last run ended.", &end);
        if let Some(last) = if exit_code == 0 { Some(end) } else { last_success } {
            self.gauge(LAST_SUCCESS, "When the last run ended that gave a complete report.", last);
        }
        let version = [(Program::this().version, 1)];
        self.gauges("build_info", "The program that wrote these metrics; always 1.", "version", version);
    }
}

/// The metric that a run without success takes over from the file that it replaces.
const LAST_SUCCESS: &str = "run_last_success_timestamp_seconds";

/// When the last successful run ended, as the metrics at `path` say. `None` if there are none.
fn last_success(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("attain_")?.strip_prefix(LAST_SUCCESS));
    let seconds = line?.trim();
    let is_number = seconds.starts_with(|c: char| c.is_ascii_digit())
        && seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| seconds.to_owned())
}

/// A label's value: backslash, quote and line feed are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Partners by how their tier differs from an earlier report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TierChanges {
    /// They have a higher tier.
    pub won: u64,
    /// They have a lower tier, or none.
    pub lost: u64,
    /// They have a tier that is neither higher nor lower, such as an undetermined one.
    pub changed: u64,
    /// The earlier report does not have them.
    pub came: u64,
    /// Only the earlier report has them.
    pub vanished: u64,
}

/// The metrics of a run that has a summary. `changes`: from the run that `--previous` names; **absent**: none is named, or its report is not there.
/// `path`: the metrics of the run before, which these replace.
pub fn of_run(summary: &Summary, changes: Option<&TierChanges>, path: &Path) -> String {
    let mut text = Exposition(String::new());
    text.run(summary.exit_code, summary.started, summary.ended, last_success(path));
    let millis = summary.timings.elapsed.as_millis();
    let seconds = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.gauge("run_duration_seconds", "How long the last run took.", seconds);
    let files: BTreeMap<&str, u64> =
        summary.inputs.iter().map(|input| (input.file.as_str(), input.bytes)).collect();
    text.gauge("input_files", "Files that were read.", files.len());
    let left_out: BTreeSet<&str> = summary.left_out.iter().map(|left_out| left_out.file.as_str()).collect();
    text.gauge("input_bytes", "Bytes of the files that were read.", files.values().sum::<u64>());
    text.gauge("input_files_left_out", "Files that were left out since they are faulty.", left_out.len());
    let totals = &summary.control_totals;
    let of_roles = totals.roles.iter().map(|(role, rows)| (role.as_str().to_owned(), rows.read));
    let read = [(Role::Consumption.as_str().to_owned(), totals.rows.read)].into_iter().chain(of_roles);
    text.gauges("rows_read", "Rows that were read, by role.", "role", read);
    text.gauge("rows_credited", "Rows of consumption that credit a partner.", totals.rows.credited);
    let excluded = totals.rows.excluded;
    let reasons = [
        ("not-consumption", excluded.not_consumption),
        ("outside-window", excluded.outside_window),
        ("no-subscription", excluded.no_subscription),
        ("unassociated", excluded.unassociated),
        ("superseded", excluded.superseded),
        ("not-preferred", excluded.not_preferred),
    ];
    let reasons = reasons.map(|(reason, rows)| (reason.to_owned(), rows));
    text.gauges(
        "rows_excluded",
        "Rows of consumption that rightly count for no partner, by reason.",
        "reason",
        reasons,
    );
    let refused: BTreeMap<RejectCode, u64> =
        summary.rejects.iter().map(|refused| (refused.code, refused.rows)).collect();
    // Codes that were not met are 0, so that no series begins with the fault that it counts.
    let of_codes = RejectCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), refused.get(code).copied().unwrap_or(0)));
    text.gauges("rows_refused", "Rows that were refused, by code.", "code", of_codes);
    let met: BTreeMap<&str, u64> =
        summary.warnings.iter().map(|warnings| (warnings.code.as_str(), warnings.count)).collect();
    let of_codes = WarningCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), met.get(code.as_str()).copied().unwrap_or(0)));
    text.gauges("warnings", "Warnings, by code.", "code", of_codes);
    let missing = summary.coverage.iter().filter(|month| !month.is_told).count();
    text.gauge("months_missing", "Months of the window that no consumption covers.", missing);
    let attained = summary.tiers.attained.iter().map(|count| (count.tier.clone(), count.partners));
    let without =
        [("none".to_owned(), summary.tiers.none), ("undetermined".to_owned(), summary.tiers.undetermined)];
    text.gauges("partners", "Partners, by the tier that they attain.", "tier", attained.chain(without));
    text.gauge(
        "partners_uncertain",
        "Partners whose tier depends on what the run does not know.",
        summary.confidence.uncertain,
    );
    text.gauge(
        "partners_losing",
        "Partners that lose their tier on a day that is known, if no data come.",
        summary.losses.dated,
    );
    if let Some(changes) = changes {
        let of_changes = [
            ("won", changes.won),
            ("lost", changes.lost),
            ("changed", changes.changed),
            ("came", changes.came),
            ("vanished", changes.vanished),
        ];
        let of_changes = of_changes.map(|(change, partners)| (change.to_owned(), partners));
        text.gauges(
            "tier_changes",
            "Partners whose tier differs from the run that --previous names, by how.",
            "change",
            of_changes,
        );
    }
    text.0
}

/// Writes the metrics of a run that gave no report. Nothing is done if they cannot be written, since the exit code still tells, and so do metrics
/// that grow old; if the file that is there holds no metrics of attain, since the fault may be that it is an input; or if the folder would have
/// to be made for a command that was wrong.
pub fn record_failure(path: &Path, error: &Error, started: Moment, ended: Moment) {
    let is_wrong_command = error.exit_code() == 2;
    let is_foreign = path.exists() && !is_stream(path) && !is_own(path);
    if is_foreign || is_wrong_command && !folder_of(path).is_dir() {
        return;
    }
    let text = of_failure(error, started, ended, last_success(path));
    let mut set = OutputSet::new();
    if set.stage(OutputKind::Metrics, path, |out| out.write_all(text.as_bytes())).is_ok() {
        set.commit().unwrap_or_default();
    }
}

/// Whether a file holds metrics of attain, or nothing.
fn is_own(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut first));
    read.is_ok() && (first.is_empty() || first.starts_with(b"# HELP attain_"))
}

fn of_failure(error: &Error, started: Moment, ended: Moment, last_success: Option<String>) -> String {
    let mut text = Exposition(String::new());
    text.run(error.exit_code(), started, ended, last_success);
    let mut of_codes: BTreeMap<String, u64> = BTreeMap::new();
    for fault in faults(error) {
        *of_codes.entry(fault.code.to_owned()).or_default() += 1;
    }
    text.gauges("run_faults", "Why the last run gave no report: faults, by code.", "code", of_codes);
    text.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::TierCount;
    use crate::outputs::summary::tests::summary;

    #[test]
    fn a_tier_of_any_name_is_a_label_on_one_line() {
        let mut summary = summary();
        summary.tiers.attained = vec![TierCount { tier: "a\"b\\c\nd".to_owned(), partners: 3 }];
        let text = of_run(&summary, None, Path::new("none.prom"));
        assert!(text.contains("attain_partners{tier=\"a\\\"b\\\\c\\nd\"} 3\n"), "{text}");
        for line in text.lines() {
            assert!(
                line.starts_with("# HELP attain_")
                    || line.starts_with("# TYPE attain_")
                    || line.starts_with("attain_"),
                "{line}"
            );
        }
    }

    #[test]
    fn each_metric_is_described_once_and_every_code_has_a_value() {
        let text = of_run(&summary(), None, Path::new("none.prom"));
        let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        for code in WarningCode::ALL {
            assert!(text.contains(&format!("attain_warnings{{code=\"{}\"}} ", code.as_str())));
        }
        assert!(text.contains("attain_run_duration_seconds 2.500\n"), "{text}");
    }

    #[test]
    fn a_failed_run_writes_over_no_file_of_another_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage");
        std::fs::write(&path, "date,amount\n").unwrap();
        let record =
            |path: &Path, error: &Error| record_failure(path, error, Moment::default(), Moment::default());
        let (usage, faults) =
            (Error::Usage { message: String::new() }, Error::Inputs { input_errors: Vec::new() });
        record(&path, &usage);
        record(&path, &faults);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "date,amount\n");
        let new = folder.path().join("new/attain.prom");
        record(&new, &usage);
        assert!(!new.exists());
        record(&new, &faults);
        record(&new, &usage);
        assert!(std::fs::read_to_string(&new).unwrap().contains("attain_run_exit_code 2\n"));
    }

    #[test]
    fn a_failed_run_has_its_exit_code_and_faults() {
        let error = Error::Usage { message: "two outputs".to_owned() };
        let text = of_failure(&error, Moment::default(), Moment::default(), None);
        for line in ["attain_run_success 0", "attain_run_exit_code 2", "attain_run_faults{code=\"usage\"} 1"]
        {
            assert!(text.lines().any(|other| other == line), "{text}");
        }
    }
}
