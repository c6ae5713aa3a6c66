//! Reads the inputs of every role but consumption: partners, associations, rates, credentials. Comes in: inputs and their forms. Goes out: what
//! their rows say, with their rejects. Does not judge.

use std::sync::{Mutex, PoisonError};

use crate::config::dialect::{Layout, Role};
use crate::diagnostics::error::InputError;
use crate::diagnostics::reject::RejectLog;
use crate::diagnostics::spill::RejectSpill;
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::job::{RunForms, RunOptions};
use crate::roster::people::PassRecords;
use crate::rows::collect::{Collected, Collecting, Collector};
use crate::rows::file_forms::FileForms;

/// What a pass over the small roles is asked.
#[derive(Clone, Copy)]
pub(super) struct SmallRoles<'s, 'l> {
    pub(super) inputs: &'s [Input<'s>],
    /// Whether an input holds assumed records, for each.
    pub(super) is_assumed: &'s [bool],
    pub(super) options: &'s RunOptions,
    pub(super) read_options: &'s ReadOptions,
    pub(super) log: &'s (dyn Fn() -> RejectLog<'l> + Sync),
    pub(super) spill: Option<&'s RejectSpill>,
}

impl SmallRoles<'_, '_> {
    /// Reads all inputs but consumption; once more, where their cells show other forms than those in which they were read.
    pub(super) fn read(
        self,
        forms: &mut RunForms,
        input_errors: &mut Vec<InputError>,
    ) -> (Collected, PassRecords) {
        let mut passes = PassRecords::default();
        let (mut collected, mut met) = self.pass(&forms.of_inputs, &mut passes);
        let of_small = collected.tallies.iter().map(|(index, tally)| (index, &tally.doubts));
        let doubtful = forms.doubtful(of_small);
        if forms.vote(&doubtful, self.inputs, self.read_options, input_errors) {
            passes = PassRecords::default();
            if let Some(spill) = self.spill {
                spill.forget(|_| true);
            }
            (collected, met) = self.pass(&forms.of_inputs, &mut passes);
        }
        input_errors.extend(met);
        (collected, passes)
    }

    /// Reads all inputs but consumption in the given forms.
    fn pass(self, forms: &[FileForms], passes: &mut PassRecords) -> (Collected, Vec<InputError>) {
        let SmallRoles { inputs, is_assumed, options, read_options, log, spill: _ } = self;
        let (mut collected, mut input_errors) = (Collected::default(), Vec::new());
        let passes = Mutex::new(passes);
        let (rates, others): (Vec<usize>, Vec<usize>) = (0..inputs.len())
            .filter(|index| !matches!(inputs[*index].role(), Role::Consumption | Role::Credits))
            .partition(|index| inputs[*index].role() == Role::Rates);
        // Of two rates of a month the first one stands, so that one worker reads them, in the order of files and rows.
        for (wanted, threads) in [(rates, 1), (others, read_options.threads)] {
            let to_collect: Vec<&Input<'_>> = wanted.iter().map(|index| &inputs[*index]).collect();
            let layouts: Vec<&Layout<'_>> = to_collect.iter().map(|input| &input.layout).collect();
            let forms: Vec<FileForms> = wanted.iter().map(|index| forms[*index]).collect();
            let is_assumed: Vec<bool> = wanted.iter().map(|index| is_assumed[*index]).collect();
            let asked = Collecting {
                layouts: &layouts,
                run_index: &wanted,
                forms: &forms,
                keeps_partners: options.lists_partners,
                is_assumed: &is_assumed,
                on_credentials: &|records| {
                    let mut passes = passes.lock().unwrap_or_else(PoisonError::into_inner);
                    records.drain(..).for_each(|record| passes.add(record));
                },
            };
            let options = ReadOptions { threads, ..read_options.clone() };
            let (workers, met) = read_rows(&to_collect, &options, || Collector::new(&asked, log()));
            collected.add(workers);
            input_errors.extend(met);
        }
        (collected, input_errors)
    }
}
