//! Reads the credits tables among the inputs into the sums of the run. Comes in: inputs and the table of sums. Goes out: their sources, tallies and
//! rejects, and what is wrong with them. Does not decide which of two sources counts.

use std::collections::BTreeSet;

use crate::credits::engine::local::SumTable;
use crate::credits::engine::local::fold::ReadRows;
use crate::credits::stored_lines::StoredLines;
use crate::credits::stored_table::{StoredTable, without_control};
use crate::diagnostics::error::InputError;
use crate::diagnostics::warning::Warnings;
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::job::{ConsumptionSource, left_out, stored_sources};
use crate::outputs::FileLeftOut;

/// What the credits tables of a run hold beside their lines.
pub(crate) struct StoredRead {
    pub(crate) sources: Vec<ConsumptionSource>,
    /// Files that were left out when a table was made.
    pub(crate) left_out: Vec<FileLeftOut>,
    /// What is told of the runs of a table that Spark wrote.
    pub(crate) warnings: Warnings,
    pub(crate) input_errors: Vec<InputError>,
}

/// Reads the credits tables among the inputs into the table of the run. Returns their sources, numbered behind `exports`, and what is
/// wrong with the tables.
pub(crate) fn read_stored(
    inputs: &[Input<'_>],
    read_options: &ReadOptions,
    sum_table: &SumTable,
    read: &mut ReadRows,
    exports: &[ConsumptionSource],
) -> StoredRead {
    let (mut stored, mut input_errors) = (Vec::new(), Vec::new());
    let id = |source: &ConsumptionSource| Some((source.dataset.as_str().to_owned(), source.content.clone()?));
    let mut counted: BTreeSet<(String, String)> = exports.iter().filter_map(id).collect();
    let mut next = u32::try_from(exports.len()).expect("a run has fewer than 2^24 sources");
    let mut warnings = Warnings::default();
    let tables =
        stored_sources::stored_tables(inputs, &mut next, &mut counted, &mut warnings, &mut input_errors);
    let mut is_sound = true;
    let mut left_out = Vec::new();
    for table in &tables {
        match stored_sources::of_table(table, sum_table, inputs.len(), &mut read.rejects) {
            Ok(of_table) => of_table.into_iter().for_each(|(source, tally)| {
                stored.push(source);
                read.tallies.push(tally);
            }),
            Err(why) => {
                is_sound = false;
                input_errors.push(without_control(inputs[table.0].name.clone(), &why));
            }
        }
        match table.1.control.left_out.iter().map(left_out::of_control).collect::<Result<Vec<_>, _>>() {
            Ok(of_table) => left_out.extend(of_table),
            Err(why) => input_errors.push(without_control(inputs[table.0].name.clone(), &why)),
        }
    }
    if !is_sound || tables.is_empty() {
        return StoredRead { sources: stored, left_out, warnings, input_errors };
    }
    let to_read: Vec<&Input<'_>> = tables.iter().map(|(index, _)| &inputs[*index]).collect();
    let (indices, tables): (Vec<usize>, Vec<StoredTable<'_>>) = tables.into_iter().unzip();
    let (workers, met) = read_rows(&to_read, read_options, || StoredLines::new(&tables, sum_table));
    input_errors.extend(met);
    for (source, month) in workers.iter().flat_map(|worker| &worker.whole_months) {
        // A second reading has no tallies of other sources, and needs none.
        if let Some(tally) = read.tallies.get_mut(*source as usize) {
            tally.whole_months.insert(*month);
        }
    }
    let (sums, wrong) = StoredLines::merge(workers, &tables);
    for (currency, theirs) in sums {
        read.sums.entry(currency).or_default().merge(&theirs);
    }
    for (nth, (code, message)) in wrong {
        let input = inputs[indices[nth]].name.clone();
        if !input_errors.iter().any(|met| met.input.as_ref() == Some(&input)) {
            input_errors.push(InputError { input: Some(input), code, message });
        }
    }
    StoredRead { sources: stored, left_out, warnings, input_errors }
}
