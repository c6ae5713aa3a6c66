//! Reading rows, in parallel within a file as well as across files. Comes in: inputs and a place to put rows. Goes out: rows
//! and bad records, block by block; and the input_errors of files. It does not know what a row means.
//!
//! Memory is bounded by a few blocks and one carried record for each thread, whatever the size of an input.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::batch::RowBatch;
use super::blocks::{BlockSource, Chain, Measure};
use super::open::{self, Compression};
use super::parquet::{ParquetFile, ParquetScratch, RowGroupPart};
use super::recognise::{Format, Input, SheetFormat, TextFormat, TextSource};
use super::record_ends::Ending;
use super::row::{BadRecord, Row};
use super::rows::rows_of;
use super::scan::{RecordIndex, Span, Wanted};
use super::workbook::{Expansion, SheetRows, WantedRows};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// Where rows go. Each worker has its own.
pub(crate) trait RowSink: Send {
    /// The rows that follow are those of block `block` of input `input` (its index).
    fn begin(&mut self, input: usize, block: u64);
    /// A row.
    fn row(&mut self, row: &Row<'_>);
    /// Rows of the block, in order.
    fn batch<B: RowBatch>(&mut self, batch: &B) {
        for row in 0..batch.len() {
            batch.visit(row, &mut |row| self.row(row));
        }
    }
    /// A record that has no row.
    fn bad_record(&mut self, bad: &BadRecord<'_>);
    /// The block is done. Errors: what was kept of it could not be written.
    fn end(&mut self) -> io::Result<()>;
}

/// How a run reads.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    pub(crate) threads: usize,
    /// Unit: bytes.
    pub(crate) block_bytes: usize,
    /// Bytes of files read so far, for the progress bar.
    pub(crate) progress: Arc<AtomicU64>,
}

/// Reads all rows of `inputs` into one sink for each worker; and the input_errors that were met.
pub(crate) fn read_rows<S: RowSink>(
    inputs: &[&Input<'_>],
    options: &ReadOptions,
    new_sink: impl Fn() -> S + Sync,
) -> (Vec<S>, Vec<InputError>) {
    let hall = Hall {
        inputs,
        options,
        state: Mutex::new(HallState::default()),
        input_errors: Mutex::new(Vec::new()),
        part_errors: Mutex::new(BTreeMap::new()),
    };
    let sinks = Mutex::new(Vec::new());
    rayon::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|_| {
                let mut sink = new_sink();
                hall.work(&mut sink);
                sinks.lock().unwrap_or_else(PoisonError::into_inner).push(sink);
            });
        }
    });
    let mut input_errors = hall.input_errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    let of_parts = hall.part_errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    input_errors.extend(of_parts.into_values().map(|(_, fault)| fault));
    input_errors.sort();
    input_errors.dedup_by(|a, b| a.input.is_some() && a.input == b.input);
    (sinks.into_inner().unwrap_or_else(PoisonError::into_inner), input_errors)
}

/// Batches of a block of a sheet.
const SHEET_BLOCK_BATCHES: u64 = 16;

/// Where workers find the next thing to do.
struct Hall<'h, 'd> {
    inputs: &'h [&'h Input<'d>],
    options: &'h ReadOptions,
    state: Mutex<HallState>,
    input_errors: Mutex<Vec<InputError>>,
    /// By input: the first part of it that is at fault.
    part_errors: Mutex<BTreeMap<usize, (RowGroupPart, InputError)>>,
}

#[derive(Default)]
struct HallState {
    next_input: usize,
    open: Vec<Arc<Lane>>,
    /// The last part that was taken of a Parquet file of which there may be more.
    last_part: Option<(usize, RowGroupPart)>,
}

/// A text input that is being read.
struct Lane {
    input: usize,
    source: BlockSource,
    chain: Chain,
    is_busy: AtomicBool,
    is_done: AtomicBool,
}

/// Memory of one worker, used again for each block.
#[derive(Default)]
struct Memory {
    block: Vec<u8>,
    index: RecordIndex,
    spans: Vec<Span>,
    parts: ParquetScratch,
}

/// Lets a bug stop the run: without it, workers would wait for the turn of a block whose worker is gone.
struct FailOnPanic<'c>(&'c BlockSource, &'c Chain);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail();
            self.1.fail();
        }
    }
}

enum Task<'h> {
    Blocks(Arc<Lane>),
    Sheet(usize, &'h SheetFormat),
    Part(usize, &'h ParquetFile, RowGroupPart),
}

impl<'h> Hall<'h, '_> {
    fn work<S: RowSink>(&self, sink: &mut S) {
        let mut memory = Memory::default();
        while let Some(task) = self.next_task() {
            match task {
                Task::Blocks(lane) => self.read_block(&lane, sink, &mut memory),
                Task::Sheet(index, sheet) => self.read_sheet(index, sheet, sink),
                Task::Part(index, file, part) => self.read_part((index, file, part), &mut memory.parts, sink),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plain files first, by position; then a stream that nobody reads; then the next part of a Parquet file; then a new input;
    /// then a turn at a busy stream.
    fn next_task(&self) -> Option<Task<'h>> {
        let mut state = self.lock();
        state.open.retain(|lane| !lane.is_done.load(Ordering::Acquire));
        loop {
            let free = state.open.iter().find(|lane| match lane.source {
                BlockSource::File { .. } => true,
                BlockSource::Stream(_) => !lane.is_busy.swap(true, Ordering::AcqRel),
            });
            if let Some(lane) = free {
                return Some(Task::Blocks(Arc::clone(lane)));
            }
            if let Some((index, last)) = state.last_part.take()
                && let Some(task) = self.part_after(index, Some(last), &mut state)
            {
                return Some(task);
            }
            let index = state.next_input;
            let Some(input) = self.inputs.get(index) else {
                return state.open.first().map(|lane| Task::Blocks(Arc::clone(lane)));
            };
            state.next_input += 1;
            match &input.format {
                Format::Sheet(sheet) => return Some(Task::Sheet(index, sheet)),
                Format::Parquet(_) => {
                    if let Some(task) = self.part_after(index, None, &mut state) {
                        return Some(task);
                    }
                }
                // Opened here, so that no other worker finds nothing to do in the meantime and leaves.
                Format::Text(text) => match self.open(index, text) {
                    Ok(lane) => state.open.push(Arc::new(lane)),
                    Err(error) => self.text_error(index, &error),
                },
            }
        }
    }

    /// The part of a Parquet file after another, unless the file is known to be at fault.
    fn part_after(
        &self,
        index: usize,
        last: Option<RowGroupPart>,
        state: &mut HallState,
    ) -> Option<Task<'h>> {
        let Format::Parquet(parquet) = &self.inputs[index].format else { return None };
        if self.part_errors.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&index) {
            return None;
        }
        let part = parquet.file.part_after(last)?;
        state.last_part = Some((index, part));
        Some(Task::Part(index, &parquet.file, part))
    }

    fn open(&self, index: usize, text: &TextFormat) -> io::Result<Lane> {
        let count = &self.options.progress;
        let source = match &text.source {
            TextSource::Path(path) if text.compression == Compression::None && !text.encoding.is_utf16() => {
                let file = File::open(path)?;
                let stamp = self.inputs[index].stamp.expect("a file has one");
                stamp.check(&file)?;
                let start = u64::try_from(text.rows_at).expect("a header fits memory");
                BlockSource::File { file, stamp, start, next: Mutex::new(0) }
            }
            TextSource::Path(path) => {
                BlockSource::stream(open::open_file(path, text.compression, count)?.from(text.rows_at))
            }
            TextSource::Stream(stream) => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                BlockSource::stream(stream.expect("an input is read once").from(text.rows_at))
            }
        };
        let measure = if text.encoding.is_utf16() { Measure::Utf16 } else { Measure::Bytes };
        let layout = &self.inputs[index].layout;
        let wanted = Wanted::new(&layout.columns, layout.header.len(), text.splitting);
        let chain = Chain::new(text.source_rows_at, text.rows_line, wanted, measure);
        Ok(Lane {
            input: index,
            source,
            chain,
            is_busy: AtomicBool::new(false),
            is_done: AtomicBool::new(false),
        })
    }

    fn text_error(&self, index: usize, error: &io::Error) {
        let Format::Text(text) = &self.inputs[index].format else { unreachable!("the caller has a text") };
        let (code, message) = open::read_error(error, text.compression);
        self.fault(index, code, message);
    }

    fn fault(&self, index: usize, code: InputErrorCode, message: String) {
        let input = Some(self.inputs[index].name.clone());
        self.input_errors.lock().unwrap_or_else(PoisonError::into_inner).push(InputError {
            input,
            code,
            message,
        });
    }

    fn read_block<S: RowSink>(&self, lane: &Lane, sink: &mut S, memory: &mut Memory) {
        let _guard = FailOnPanic(&lane.source, &lane.chain);
        let block = lane.source.next_block(
            self.options.block_bytes,
            self.options.threads,
            std::mem::take(&mut memory.block),
        );
        lane.is_busy.store(false, Ordering::Release);
        let block = match block {
            Ok(Some(block)) => block,
            Ok(None) => return lane.is_done.store(true, Ordering::Release),
            Err(error) => {
                lane.is_done.store(true, Ordering::Release);
                lane.chain.fail();
                return self.text_error(lane.input, &error);
            }
        };
        if matches!(lane.source, BlockSource::File { .. }) {
            let bytes = u64::try_from(block.bytes.len()).expect("a block fits memory");
            self.options.progress.fetch_add(bytes, Ordering::Relaxed);
        }
        if let Some(pieces) = lane.chain.pieces(&block, &mut memory.index) {
            let input = self.inputs[lane.input];
            let Format::Text(text) = &input.format else { unreachable!("a lane is a text") };
            sink.begin(lane.input, block.index);
            for piece in &pieces {
                rows_of(piece, &lane.chain, input, text, &mut memory.spans, sink);
            }
            self.finish(lane.input, sink);
            // All blocks before the last one have been read when its turn has come.
            if block.ending == Ending::Last
                && let Err(error) = lane.source.check()
            {
                self.text_error(lane.input, &error);
            }
        }
        memory.block = block.bytes;
    }

    fn finish<S: RowSink>(&self, index: usize, sink: &mut S) {
        if let Err(error) = sink.end() {
            self.fault(index, InputErrorCode::OutputFolder, format!("refused rows cannot be kept: {error}"));
        }
    }

    fn read_sheet<S: RowSink>(&self, index: usize, format: &SheetFormat, sink: &mut S) {
        let input = self.inputs[index];
        sink.begin(index, 0);
        let mut batches = 0_u64;
        let expansion = if self.options.threads > 1 { Expansion::ReadAhead } else { Expansion::SameThread };
        let wanted = wanted_rows(input, format);
        let read = format.workbook.rows(sheet_name(input), wanted, expansion, &mut |rows| match rows {
            SheetRows::Row(row) => sink.row(&row),
            SheetRows::Batch(batch) => {
                sink.batch(batch);
                batches += 1;
                // Rejects are spilled at the end of a block, so a sheet has many.
                if batches.is_multiple_of(SHEET_BLOCK_BATCHES) {
                    self.finish(index, sink);
                    sink.begin(index, batches);
                }
            }
        });
        self.finish(index, sink);
        if let Err(error) = read {
            self.fault(index, error.code, error.message);
        }
        self.count(&format.path);
    }

    /// Counts the bytes of a file that is read whole.
    fn count(&self, path: &Path) {
        if let Ok(metadata) = std::fs::metadata(path) {
            self.options.progress.fetch_add(metadata.len(), Ordering::Relaxed);
        }
    }

    fn read_part<S: RowSink>(
        &self,
        (index, file, part): (usize, &ParquetFile, RowGroupPart),
        workspace: &mut ParquetScratch,
        sink: &mut S,
    ) {
        let read = file.read(index, part, workspace, &mut |first_row, batches| {
            sink.begin(index, first_row);
            batches.for_each(|batch| sink.batch(&batch));
            self.finish(index, sink);
        });
        if let Err(error) = read {
            // Parts are handed out in order, so that the first one at fault is the same in every run.
            let input = Some(self.inputs[index].name.clone());
            let fault = InputError { input, code: error.code, message: error.message };
            let mut input_errors = self.part_errors.lock().unwrap_or_else(PoisonError::into_inner);
            if input_errors.get(&index).is_none_or(|(first, _)| part < *first) {
                input_errors.insert(index, (part, fault));
            }
        }
        self.options.progress.fetch_add(file.bytes_of(part), Ordering::Relaxed);
    }
}

fn sheet_name<'i>(input: &'i Input<'_>) -> &'i str {
    input.name.sheet.as_deref().expect("a sheet has a name")
}

fn wanted_rows<'i>(input: &'i Input<'_>, format: &SheetFormat) -> WantedRows<'i> {
    WantedRows { header_row: format.header_row, columns: &input.layout.columns }
}
