//! The stages of a run, one at a time, for benches. Comes in: exports. Goes out: numbers of rows, so that no work can be left out.
//! It measures nothing, and what goes wrong stops it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::calendar::{Day, WindowKind};
use crate::dialects;
use crate::ids::PartnerId;
use crate::inputs::read::{ReadOptions, RowSink, read_rows};
use crate::inputs::row::{BadRecord, Row};
use crate::inputs::{Dialects, Given, Input, find, recognise_all};
use crate::limits;
use crate::money::DecimalMark;
use crate::records::ReadingOptions;
use crate::run::{self, RunOptions};

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

fn given(paths: &[PathBuf]) -> Vec<Given> {
    paths.iter().map(|path| Given { path: path.clone(), role: None }).collect()
}

/// Reads a file into rows, and does nothing with them. Gives their number.
pub fn scan(export: &Path, thread_count: usize) -> u64 {
    let (found, _) = find(&given(&[export.to_owned()]), &[]);
    let recognised = recognise_all(found, Dialects { user: &[], builtin: dialects::builtin() });
    let inputs: Vec<&Input<'_>> = recognised.inputs.iter().collect();
    assert!(!inputs.is_empty(), "{} is an export", export.display());
    let options = ReadOptions {
        threads: thread_count,
        block_bytes: limits::BLOCK_BYTES,
        progress: Arc::new(AtomicU64::new(0)),
    };
    let (sinks, faults) = read_rows(&inputs, &options, Count::default);
    assert_eq!(faults, [], "the export can be read");
    sinks.iter().map(|sink| sink.rows).sum()
}

/// Reads files, checks every row and adds up, but judges nobody; of small roles alone: reads those. Gives the number of credited rows.
pub fn fold(paths: &[PathBuf], thread_count: usize) -> u64 {
    // Of rows whose partner only a roster would tell.
    let partner_id = PartnerId::parse("4999999");
    let options = RunOptions {
        given: given(paths),
        rules: "cloud-platform".to_owned(),
        as_of: Day::from_ymd_opt(2017, 7, 7).expect("a day of the calendar"),
        window: WindowKind::CompleteMonths,
        covers_all_time: false,
        dialects: Vec::new(),
        reading: ReadingOptions { decimal_mark: DecimalMark::Point, date_order: None, partner_id },
        threads: NonZeroUsize::new(thread_count),
        block_bytes: NonZeroUsize::new(limits::BLOCK_BYTES).expect("a block has bytes"),
        digest: None,
        is_quiet: true,
        outputs: Vec::new(),
        keeps_partners: false,
    };
    let rules = run::rules_of(&options).expect("a built-in rule set");
    let reading = run::read(&options, &rules, &[], Vec::new(), None).expect("sound exports");
    reading.folded.tallies.iter().map(|tally| tally.credited).sum()
}
