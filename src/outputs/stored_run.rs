//! A run summary that was written before. Comes in: its bytes. Goes out: what another run is compared with: rule set, window, outputs, warnings,
//! tiers. It reads no output.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::summary::Summary;
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Window};

/// A run, as its summary tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRun {
    /// `name@version`.
    pub rule_set: String,
    /// The associations whose credit counts. **Absent**: an earlier build wrote the summary.
    pub(crate) accepted: Option<AssociationSet>,
    /// Whether an association counts for days before it began.
    pub(crate) retroactive: bool,
    /// The day for which partners were judged.
    pub as_of: Day,
    /// The days whose consumption counts.
    pub window: Window,
    /// Every output but the summary.
    pub outputs: Vec<StoredOutput>,
    /// Warnings by code.
    pub warnings: Vec<StoredWarnings>,
    /// The folder in which all inputs stand, with its last `/`. Empty: there is none.
    pub folder: String,
    /// The tiers of the rule set, lowest first.
    pub tiers: Vec<String>,
    /// How many partners were judged.
    pub partners: u64,
    /// How many of them attain each tier, lowest first, then `none` and `undetermined`.
    pub counts: Vec<(String, u64)>,
    /// How many of them can have no other tier. **Absent**: an earlier build wrote the summary.
    pub certain: Option<u64>,
}

/// An output of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredOutput {
    /// What it is: `report`, `ledger`, ...
    pub kind: String,
    /// The path as it was given.
    pub file: String,
    /// Of its bytes, in hex.
    pub sha256: String,
}

/// The warnings of one code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredWarnings {
    /// The code.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub listed: Vec<String>,
}

#[derive(Deserialize)]
struct RawRunSummary {
    schema: u32,
    program: RawRunProgram,
    rule_set: RawRuleSetUsed,
    as_of: String,
    window: RawRunWindow,
    inputs: Vec<RawRunInput>,
    outputs: Vec<StoredOutput>,
    warnings: Vec<StoredWarnings>,
    tiers: Map<String, Value>,
    confidence: Option<RawConfidenceCounts>,
}

#[derive(Deserialize)]
struct RawConfidenceCounts {
    certain: u64,
}

#[derive(Deserialize)]
struct RawRunInput {
    file: String,
}

#[derive(Deserialize)]
struct RawRunProgram {
    name: String,
}

#[derive(Deserialize)]
struct RawRuleSetUsed {
    name: String,
    accepted: Option<Vec<String>>,
    #[serde(default)]
    retroactive: bool,
}

#[derive(Deserialize)]
struct RawRunWindow {
    first: String,
    last: String,
}

impl StoredRun {
    /// Reads a summary.
    ///
    /// # Errors
    /// The bytes are no run summary of this layout: why.
    pub fn parse(bytes: &[u8]) -> Result<StoredRun, String> {
        let raw: RawRunSummary = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let Summary::SCHEMA = raw.schema else {
            return Err(format!("its schema is {}, and {} is read", raw.schema, Summary::SCHEMA));
        };
        if raw.program.name != env!("CARGO_PKG_NAME") {
            return Err(format!("the program {} wrote it", raw.program.name));
        }
        let day = |text: &str| text.parse::<Day>().map_err(|_| format!("{text:?} is no day"));
        let (as_of, first, last) = (day(&raw.as_of)?, day(&raw.window.first)?, day(&raw.window.last)?);
        let association = |word: &String| {
            let found = Association::ALL.into_iter().find(|association| association.as_str() == word);
            found.ok_or_else(|| format!("{word:?} is no association"))
        };
        let accepted = raw.rule_set.accepted.map(|words| words.iter().map(association).collect());
        let partners = raw.tiers.values().filter_map(Value::as_u64).sum();
        let counts = raw.tiers.iter().filter_map(|(tier, count)| Some((tier.clone(), count.as_u64()?)));
        let of_rule_set = |name: &String| !["none", "undetermined"].contains(&name.as_str());
        Ok(StoredRun {
            rule_set: raw.rule_set.name,
            accepted: accepted.transpose()?,
            retroactive: raw.rule_set.retroactive,
            as_of,
            window: Window { first, last },
            folder: common_folder(&raw.inputs),
            outputs: raw.outputs,
            warnings: raw.warnings,
            tiers: raw.tiers.keys().filter(|name| of_rule_set(name)).cloned().collect(),
            partners,
            counts: counts.collect(),
            certain: raw.confidence.map(|confidence| confidence.certain),
        })
    }

    /// A text without the folder of the inputs, so that two nights can be compared.
    pub fn without_folder(&self, text: &str) -> String {
        if self.folder.is_empty() { text.to_owned() } else { text.replace(&self.folder, "") }
    }

    /// The first output of a kind.
    pub fn output(&self, kind: &str) -> Option<&StoredOutput> {
        self.outputs.iter().find(|output| output.kind == kind)
    }
}

/// The longest path of folders with which the names of all inputs begin.
fn common_folder(inputs: &[RawRunInput]) -> String {
    let mut names = inputs.iter().map(|input| input.file.as_str());
    let first = names.next().unwrap_or_default();
    let is_shared = |at: &usize| inputs.iter().all(|input| input.file.starts_with(&first[..*at]));
    let ends = first.match_indices('/').map(|(at, _)| at + 1);
    ends.take_while(is_shared).last().map_or(String::new(), |end| first[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::summary::tests::summary;

    #[test]
    fn a_summary_is_read_back() {
        let written = summary();
        let run = StoredRun::parse(written.to_json().as_bytes()).unwrap();
        assert_eq!(run.rule_set, written.rule_set.name);
        assert_eq!(run.accepted, Some([Association::Tpor, Association::Dpor].into_iter().collect()));
        assert_eq!(
            (run.as_of, run.window.first, run.window.last),
            (written.as_of, written.window.first, written.window.last)
        );
        let tiers: Vec<&String> = written.tiers.attained.iter().map(|count| &count.tier).collect();
        assert_eq!(run.tiers.iter().collect::<Vec<_>>(), tiers);
        assert_eq!(run.output("report").map(|output| &output.file), Some(&written.outputs[0].file));
        assert_eq!(run.warnings.len(), written.warnings.len());
        assert_eq!(run.certain, Some(written.confidence.certain));
    }

    #[test]
    fn what_is_no_summary_says_why() {
        assert!(StoredRun::parse(b"{}").unwrap_err().contains("missing field"));
        let text = summary().to_json();
        let other = text.replacen("\"schema\": 1", "\"schema\": 7", 1);
        assert_eq!(StoredRun::parse(other.as_bytes()).unwrap_err(), "its schema is 7, and 1 is read");
        let other = text.replacen("\"attain\"", "\"other\"", 1);
        assert_eq!(StoredRun::parse(other.as_bytes()).unwrap_err(), "the program other wrote it");
    }
}
