//! The stages of a run, one at a time, for benches. Comes in: exports. Goes out: numbers of rows, so that no work can be left out.
//! It measures nothing, and what goes wrong stops it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::file_option::FileOption;
use crate::base::ids::PartnerId;
use crate::base::limits;
use crate::config::dialect;
use crate::credits::PeriodNeeds;
use crate::credits::engine::local::fold::RowPath;
use crate::credits::engine::local::{Fold, FoldContext, SumTable};
use crate::diagnostics::log::Log;
use crate::diagnostics::reject::RejectLog;
use crate::diagnostics::warning::DeniedWarnings;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::{ReadOptions, RowSink, read_rows};
use crate::formats::{Dialects, GivenPath, Input, discover, recognise_all};
use crate::job::{self, HeldTime, RoleDemand, RunOptions};
use crate::judge::overlaps::OverlapChoices;
use crate::rows::ReadingOptions;
use crate::rows::file_forms::FileForms;
use crate::rows::plan::{Evidence, Plan};

/// Counts rows and looks at none.
#[derive(Default)]
struct Count {
    rows: u64,
}

impl RowSink for Count {
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
    paths
        .iter()
        .map(|path| GivenPath { path: path.clone(), role: None, is_assumed: false, source: None })
        .collect()
}

/// Reads a file into rows, and does nothing with them. Gives their number.
pub fn scan(export: &Path, thread_count: usize) -> u64 {
    let inputs = recognised(export);
    let inputs: Vec<&Input<'_>> = inputs.iter().collect();
    let (sinks, input_errors) = read_rows(&inputs, &read_options(thread_count), Count::default);
    assert_eq!(input_errors, [], "the export can be read");
    sinks.iter().map(|sink| sink.rows).sum()
}

fn read_options(thread_count: usize) -> ReadOptions {
    let progress = Arc::new(AtomicU64::new(0));
    ReadOptions { threads: thread_count, block_bytes: limits::BLOCK_BYTES, progress, log: Log::silent() }
}

fn recognised(export: &Path) -> Vec<Input<'static>> {
    let found = discover(&given(&[export.to_owned()]), &[]).files;
    let inputs =
        recognise_all(found, Dialects { user: &[], of_sources: &[], builtin: dialect::builtin() }).inputs;
    assert!(!inputs.is_empty(), "{} is an export", export.display());
    inputs
}

/// Options that need no roster: of rows that name no partner, all are one's.
fn reading_options() -> ReadingOptions {
    let partner_id = FileOption::for_all(PartnerId::parse("4999999"));
    ReadingOptions { partner_id, ..ReadingOptions::default() }
}

/// Reads files, checks every row and adds up, but judges no partner; of small roles alone: reads those. Gives the number of credited rows.
pub fn fold(paths: &[PathBuf], thread_count: usize) -> u64 {
    let options = RunOptions {
        required: Vec::new(),
        sources: Vec::new(),
        project: None,
        given: given(paths),
        rules: "cloud-platform".to_owned(),
        as_of: as_of(),
        window: WindowKind::CompleteMonths,
        window_months: None,
        covers_all_time: false,
        overlaps: OverlapChoices::default(),
        dialects: Vec::new(),
        reading: reading_options(),
        threads: NonZeroUsize::new(thread_count),
        block_bytes: NonZeroUsize::new(limits::BLOCK_BYTES).expect("a block has bytes"),
        digest: None,
        keeps_going: false,
        log: Log::silent(),
        demand: RoleDemand::Files,
        denied: DeniedWarnings::new(&[], &[]),
        outputs: Vec::new(),
        lists_partners: false,
        tells_losses: true,
        held: HeldTime::Window,
        path: RowPath::FastOrSlow,
    };
    let rules = job::rules_of(&options).expect("a built-in rule set");
    let reading = job::read(&options, &rules, &[], Vec::new(), None).expect("sound exports");
    reading.folded.tallies.iter().map(|tally| tally.taken).sum()
}

/// An export whose rows name their partners, to be added up by two workers again and again. What it holds is never freed.
pub struct LeakedExport {
    inputs: Vec<&'static Input<'static>>,
    context: &'static FoldContext<'static>,
}

/// What two workers have added up.
pub struct Workers(Vec<Fold<'static>>);

impl LeakedExport {
    /// Recognises the export.
    pub fn open(export: &Path) -> LeakedExport {
        let inputs: &'static [Input<'static>] = recognised(export).leak();
        let window = Window::before(as_of(), WindowKind::CompleteMonths, 12);
        let options = Box::leak(Box::new(reading_options()));
        let plans: Vec<Plan<'_>> = inputs
            .iter()
            .map(|i| {
                Plan::new(&i.layout, options.partner_id.of_all(), FileForms::default(), Evidence::NotNeeded)
            })
            .collect();
        let numbers: &'static [usize] = (0..inputs.len()).collect::<Vec<_>>().leak();
        let first_month = Month::of(window.first);
        let needs =
            PeriodNeeds { months: Some((first_month, Month::of(window.last))), ..PeriodNeeds::default() };
        let context = FoldContext {
            plans: plans.leak(),
            run_index: numbers,
            sources: (0..).take(inputs.len()).collect::<Vec<u32>>().leak(),
            sums_days: vec![false; inputs.len()].leak(),
            alike: numbers,
            table: SumTable::new(first_month, needs),
            told: Some(window),
            path: RowPath::FastOrSlow,
        };
        LeakedExport { inputs: inputs.iter().collect(), context: Box::leak(Box::new(context)) }
    }

    /// Two workers who have read it.
    pub fn workers(&self) -> Workers {
        let log = || RejectLog::new(None);
        let (workers, input_errors) =
            read_rows(&self.inputs, &read_options(2), || Fold::new(self.context, log()));
        assert_eq!(input_errors, [], "the export can be read");
        Workers(workers)
    }

    /// Merges them. Gives the number of accounts.
    pub fn merge(&self, workers: Workers) -> usize {
        Fold::merge(workers.0, self.context)
            .finish(&self.context.table)
            .credits
            .shards
            .iter()
            .map(|shard| shard.accounts() as usize)
            .sum()
    }
}
