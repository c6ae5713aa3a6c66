//! The run summary (SPEC 4, "rejects and run summary"): where every figure comes from, and how every row was used. Comes
//! in: what the run knows. Goes out: JSON. Everything but [`Timings`], start and end is the same in every run of the same inputs.

mod entries;
#[cfg(test)]
pub(super) mod tests;

use serde::Serialize;

use self::entries::day;
pub(super) use self::entries::per_second;
pub use self::entries::{
    Completeness, ConfidenceCounts, FileLeftOut, FirstPlace, InputRead, OutputWritten, PartnerIdUse, Program,
    ProjectEntry, RejectsOfCode, RuleSetUsed, ShownLines, Skipped, TierCount, Tiers, Timings,
    UncertainPartner, WarningsOfCode, WindowUsed,
};
use super::losses::LossCounts;
use super::snapshots::{MonthEntry, OverlapEntry, SnapshotEntry};
use super::totals::{ControlTotals, balance};
use crate::base::calendar::{Day, Moment};
use crate::config::dialect::Role;

/// The summary of a run. The fields stand in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The version of this layout: [`Summary::SCHEMA`].
    pub schema: u32,
    /// What made it.
    pub program: Program,
    /// The exit code of the run (SPEC 4).
    pub exit_code: u8,
    /// The project file and its profile. **Absent**: the run has none.
    pub project: Option<ProjectEntry>,
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
    /// The files of the run summary and the metrics, which do not name themselves.
    #[serde(skip)]
    pub last_outputs: Vec<String>,
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

    /// Every file that is written, in the order in which they appear.
    pub(super) fn written_files(&self) -> impl Iterator<Item = &str> {
        let outputs = self.outputs.iter().map(|output| output.file.as_str());
        outputs.chain(self.last_outputs.iter().map(String::as_str))
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
