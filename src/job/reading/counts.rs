//! Rows and bytes of a run. Comes in: inputs and what was counted while they were read. Goes out: accepted rows by role, bytes as stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::dialect::Role;
use crate::credits::engine::local::Folded;
use crate::formats::Input;
use crate::job::ConsumptionSource;
use crate::job::assumed::AssumedFiles;
use crate::rows::collect::RoleTally;
use crate::sources::Dataset;

/// The rows of each role that were not refused and are no assumptions; rows of credits tables are rows of consumption.
pub(crate) fn accepted_rows(
    inputs: &[Input<'_>],
    tallies: &BTreeMap<usize, RoleTally>,
    folded: &Folded,
    consumption: &[ConsumptionSource],
    assumed: &AssumedFiles,
) -> BTreeMap<Role, u64> {
    let mut accepted: BTreeMap<Role, u64> = BTreeMap::new();
    for (input, tally) in tallies.iter().filter(|(input, _)| !assumed.has(&inputs[**input].name)) {
        *accepted.entry(inputs[*input].role()).or_default() += tally.rows - tally.refused;
    }
    let is_assumed: BTreeSet<usize> = consumption
        .iter()
        .filter(|source| source.dataset == Dataset::Assumed)
        .map(|source| source.reject_input)
        .collect();
    let read = consumption.iter().zip(&folded.tallies);
    let read: u64 = read
        .filter(|(source, _)| !is_assumed.contains(&source.reject_input))
        .map(|(_, tally)| tally.rows)
        .sum();
    let rejects = folded.rejects.counts().filter(|(key, _)| !is_assumed.contains(&key.input));
    let refused: u64 = rejects.map(|(_, count)| count.rows).sum();
    accepted.insert(Role::Consumption, read.saturating_sub(refused));
    accepted
}

/// Bytes of all inputs as stored; sheets of one workbook are one file.
pub(crate) fn total_bytes(inputs: &[Input<'_>]) -> u64 {
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for input in inputs {
        files.insert(&input.name.file, input.bytes());
    }
    files.values().sum()
}
