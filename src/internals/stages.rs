//! The stages of a run, one at a time, for benches. Comes in: exports. Goes out: numbers of rows, so that the compiler cannot drop the work.
//! It measures nothing, and panics on every error.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::base::amount::DecimalMark;
use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::dialect;
use crate::credits::fold::{Fold, FoldContext};
use crate::credits::{Table, Tenants};
use crate::diagnostics::reject::RejectLog;
use crate::diagnostics::warning::Warnings;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::{ReadOptions, RowSink, read_rows};
use crate::formats::{Dialects, GivenPath, Input, discover, recognise_all};
use crate::job::{self, RunOptions};
use crate::roster::Roster;
use crate::roster::associations::{AssociationIndex, Dating};
use crate::rows::ReadingOptions;
use crate::rows::consumption::Plan;

/// Counts rows without reading their cells.
#[derive(Default)]
struct CountSink {
    rows: u64,
}

impl RowSink for CountSink {
    fn begin(&mut self, _: usize, _: u64) {}

    fn row(&mut self, _: &Row<'_>) {
        self.rows += 1;
    }

    fn bad_record(&mut self, _: &BadRecord<'_>) {
        self.rows += 1;
    }

    fn end(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn as_of() -> Day {
    Day::from_ymd_opt(2017, 7, 7).expect("a day of the calendar")
}

fn given(paths: &[PathBuf]) -> Vec<GivenPath> {
    paths.iter().map(|path| GivenPath { path: path.clone(), role: None }).collect()
}

/// Reads a file into rows. Returns their number.
pub fn scan(export: &Path, thread_count: usize) -> u64 {
    let inputs = recognised(export);
    let inputs: Vec<&Input<'_>> = inputs.iter().collect();
    let (sinks, input_errors) = read_rows(&inputs, &read_options(thread_count), CountSink::default);
    assert_eq!(input_errors, [], "the export can be read");
    sinks.iter().map(|sink| sink.rows).sum()
}

fn read_options(thread_count: usize) -> ReadOptions {
    let progress = Arc::new(AtomicU64::new(0));
    ReadOptions { threads: thread_count, block_bytes: limits::BLOCK_BYTES, progress }
}

fn recognised(export: &Path) -> Vec<Input<'static>> {
    let (files, _) = discover(&given(&[export.to_owned()]), &[]);
    let inputs = recognise_all(files, Dialects { user: &[], builtin: dialect::builtin() }).inputs;
    assert!(!inputs.is_empty(), "{} is an export", export.display());
    inputs
}

/// Options that need no roster: rows that name no partner are credited to one partner.
fn reading_options() -> ReadingOptions {
    let partner_id = PartnerId::parse("4999999");
    ReadingOptions { decimal_mark: DecimalMark::Point, date_order: None, partner_id }
}

/// Reads files, checks every row and adds up credits, without a verdict. Returns the number of credited rows, 0 for files of small roles.
pub fn fold(paths: &[PathBuf], thread_count: usize) -> u64 {
    let options = RunOptions {
        given: given(paths),
        rules: "cloud-platform".to_owned(),
        as_of: as_of(),
        window: WindowKind::CompleteMonths,
        covers_all_time: false,
        dialects: Vec::new(),
        reading: reading_options(),
        threads: NonZeroUsize::new(thread_count),
        block_bytes: NonZeroUsize::new(limits::BLOCK_BYTES).expect("a block has bytes"),
        digest: None,
        is_quiet: true,
        outputs: Vec::new(),
        keeps_partners: false,
    };
    let rules = job::rules_of(&options).expect("a built-in rule set");
    let reading = job::read(&options, &rules, &[], Vec::new(), None).expect("sound exports");
    reading.folded.tallies.iter().map(|tally| tally.credited).sum()
}

/// An export whose rows name their partners, to be added up by two workers again and again. Its memory is never freed.
pub struct LeakedExport {
    inputs: Vec<&'static Input<'static>>,
    names: &'static [InputName],
    context: &'static FoldContext<'static>,
}

/// The credits that two workers have added up.
pub struct FoldedWorkers(Vec<Fold<'static>>);

impl LeakedExport {
    /// Recognises the export.
    pub fn open(export: &Path) -> LeakedExport {
        let inputs: &'static [Input<'static>] = recognised(export).leak();
        let mut warnings = Warnings::default();
        let window = Window::before(as_of(), WindowKind::CompleteMonths, 12);
        let options = Box::leak(Box::new(reading_options()));
        let plans: Vec<Plan<'_>> = inputs.iter().map(|i| Plan::new(&i.layout, window, options)).collect();
        let numbers: &'static [usize] = (0..inputs.len()).collect::<Vec<_>>().leak();
        let roster = Box::leak(Box::new(Roster::build(Vec::new(), &[], &mut warnings).0));
        let dating = Dating::FromItsFirstDay;
        let associations = AssociationIndex::build(Vec::new(), roster, dating, window, &mut warnings);
        let context = FoldContext {
            plans: plans.leak(),
            run_index: numbers,
            roster,
            tenants: Tenants::of(roster),
            associations: Box::leak(Box::new(associations)),
            alike: numbers,
            table: Table::new(Month::of(window.first)),
            keeps_partners: false,
        };
        let names = inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>().leak();
        LeakedExport { inputs: inputs.iter().collect(), names, context: Box::leak(Box::new(context)) }
    }

    /// Reads the export with two workers.
    pub fn workers(&self) -> FoldedWorkers {
        let log = || RejectLog::new(self.names, &|_, _, _| {}, &|_, _| Ok(()));
        let (workers, input_errors) =
            read_rows(&self.inputs, &read_options(2), || Fold::new(self.context, log()));
        assert_eq!(input_errors, [], "the export can be read");
        FoldedWorkers(workers)
    }

    /// Merges the credits of the workers. Returns the number of partners.
    pub fn merge(&self, workers: FoldedWorkers) -> usize {
        Fold::merge(workers.0, self.context).credits.partners.len()
    }
}
