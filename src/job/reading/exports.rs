//! Reads the exports of consumption and adds them up. Comes in: inputs, their forms, and the periods that the run needs. Goes out: their sums and
//! tallies, and the plans by which they were read. Does not decide which of two exports counts.

use std::collections::BTreeMap;

use crate::base::amount::DecimalMark;
use crate::base::calendar::Window;
use crate::config::dialect::ColumnKey;
use crate::credits::PeriodNeeds;
use crate::credits::engine::local::fold::ReadRows;
use crate::credits::engine::local::{Fold, FoldContext, SumTable};
use crate::diagnostics::error::InputError;
use crate::diagnostics::reject::RejectLog;
use crate::diagnostics::spill::RejectSpill;
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::job::reading::periods::first_month;
use crate::job::{RunForms, RunOptions, file_options};
use crate::rows::file_forms::FileForms;
use crate::rows::plan::{Evidence, Plan};

/// What the exports of a run are read with.
#[derive(Clone, Copy)]
pub(super) struct Exports<'r, 'l> {
    pub(super) inputs: &'r [Input<'r>],
    /// By the number of the source of an export, the index of its input.
    pub(super) of_consumption: &'r [usize],
    pub(super) options: &'r RunOptions,
    pub(super) read_options: &'r ReadOptions,
    pub(super) evidence: Evidence,
    pub(super) window: Window,
    pub(super) needs: &'r PeriodNeeds,
    /// Whether the sum of each day is counted, for each export.
    pub(super) sums_days: &'r [bool],
    pub(super) log: &'r (dyn Fn() -> RejectLog<'l> + Sync),
    pub(super) spill: Option<&'r RejectSpill>,
}

/// The exports of a run, as one pass has read them.
pub(super) struct ReadExports<'r> {
    /// One for each export.
    pub(super) plans: Vec<Plan<'r>>,
    /// For each export, the first one whose cells have the same meaning.
    pub(super) alike: Vec<usize>,
    /// Where all have added up, and credits tables may add more.
    pub(super) table: SumTable,
    pub(super) rows: ReadRows,
}

impl<'r> Exports<'r, '_> {
    /// Reads all exports; once more, where their cells show other forms than those in which they were read, since sums cannot be taken back.
    pub(super) fn read(self, forms: &mut RunForms, input_errors: &mut Vec<InputError>) -> ReadExports<'r> {
        let (mut read, mut met) = self.pass(&forms.of_inputs);
        let doubts = read.rows.tallies.iter().map(|tally| &tally.doubts);
        let doubtful = forms.doubtful(self.of_consumption.iter().zip(doubts));
        if forms.vote(&doubtful, self.inputs, self.read_options, input_errors) {
            if let Some(spill) = self.spill {
                spill.forget(|input| self.of_consumption.contains(&input));
            }
            (read, met) = self.pass(&forms.of_inputs);
        }
        input_errors.extend(met);
        read
    }

    /// Reads all exports in the given forms.
    fn pass(self, forms: &[FileForms]) -> (ReadExports<'r>, Vec<InputError>) {
        let exports: Vec<&Input<'_>> = self.of_consumption.iter().map(|index| &self.inputs[*index]).collect();
        let plan_of = |index: &usize| plan(&self.inputs[*index], self.options, forms[*index], self.evidence);
        let plans: Vec<Plan<'r>> = self.of_consumption.iter().map(plan_of).collect();
        let alike = alike(&exports, self.of_consumption, forms, self.options);
        let numbers: Vec<u32> = (0..).take(exports.len()).collect();
        let context = FoldContext {
            plans: &plans,
            run_index: self.of_consumption,
            sources: &numbers,
            sums_days: self.sums_days,
            alike: &alike,
            table: SumTable::new(first_month(self.options, self.window), self.needs.clone()),
            told: (!self.options.held.is_of_history()).then_some(self.window),
            path: self.options.path,
        };
        let (workers, met) = read_rows(&exports, self.read_options, || Fold::new(&context, (self.log)()));
        let rows = Fold::merge(workers, &context);
        let table = context.table;
        (ReadExports { plans, alike, table, rows }, met)
    }
}

/// How the rows of an export are read.
pub(crate) fn plan<'p>(
    input: &'p Input<'_>,
    options: &'p RunOptions,
    forms: FileForms,
    evidence: Evidence,
) -> Plan<'p> {
    let partner_option = options.reading.partner_id.of(&input.name.file);
    let plan = Plan::new(&input.layout, partner_option, forms, evidence);
    match file_options::currency(input, options) {
        Some(currency) => plan.with_currency(currency),
        None => plan,
    }
}

/// Of each input, the first text of the same dialect, columns, encoding, forms and currency by option; a file that is no text is like no other.
fn alike(
    inputs: &[&Input<'_>],
    run_index: &[usize],
    forms: &[FileForms],
    options: &RunOptions,
) -> Vec<usize> {
    let mut first: BTreeMap<_, usize> = BTreeMap::new();
    let kind = |index: usize, input: &Input<'_>| {
        let has: Vec<bool> =
            (0..input.layout.columns.len()).map(|at| input.layout.has(ColumnKey(at))).collect();
        let encoding = input.encoding().ok_or(index);
        let FileForms { mark, order, .. } = forms[run_index[index]];
        let forms = (mark == DecimalMark::Comma, order);
        let currency = file_options::currency(input, options);
        (std::ptr::from_ref(input.layout.dialect).addr(), has, encoding, forms, currency)
    };
    let first_alike = |(index, input)| *first.entry(kind(index, input)).or_insert(index);
    inputs.iter().copied().enumerate().map(first_alike).collect()
}
