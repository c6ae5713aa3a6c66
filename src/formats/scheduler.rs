//! Scheduler of reading, in parallel within a file as well as across files. Comes in: inputs, and a sink for each worker. Goes out: rows
//! and bad records to the sinks, block by block; and the input errors of files. It does not know what a row means.
//!
//! **Memory**: a few blocks and one carried record for each thread, whatever the size of an input.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::csv::{
    BlockSequencer, BlockSource, FieldSpan, OffsetUnit, Projection, RecordIndex, TextEnd, read_segment,
};
use super::decode;
use super::folder_columns::FolderColumnSink;
use super::input::{Input, InputFormat, JsonFormat, SheetFormat, TextFormat, TextSource};
use super::json_lines::read_objects;
#[cfg(feature = "parquet")]
use super::parquet::ParquetScratch;
use super::parquet::{ParquetFile, RowGroupPart};
pub(crate) use super::row_sink::RowSink;
use super::workbook::{Expansion, SheetRows};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// How inputs are read.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    pub(crate) threads: usize,
    /// The size of a block of delimited text. **Unit**: bytes.
    pub(crate) block_bytes: usize,
    /// Bytes of files read so far, for the progress bar.
    pub(crate) progress: Arc<AtomicU64>,
    /// Where each input is told as it is opened.
    pub(crate) log: crate::diagnostics::log::Log,
}

/// Reads all rows of `inputs` into one sink for each worker. Returns the sinks, in no order, and the input errors, sorted.
pub(crate) fn read_rows<S: RowSink>(
    inputs: &[&Input<'_>],
    options: &ReadOptions,
    new_sink: impl Fn() -> S + Sync,
) -> (Vec<S>, Vec<InputError>) {
    let scheduler = Scheduler {
        inputs,
        options,
        state: Mutex::new(SchedulerState::default()),
        input_errors: Mutex::new(Vec::new()),
        part_errors: Mutex::new(BTreeMap::new()),
    };
    let sinks = Mutex::new(Vec::new());
    rayon::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|_| {
                let mut sink = new_sink();
                scheduler.work(&mut sink);
                sinks.lock().unwrap_or_else(PoisonError::into_inner).push(sink);
            });
        }
    });
    let mut input_errors = scheduler.input_errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    let of_parts = scheduler.part_errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    input_errors.extend(of_parts.into_values().map(|(_, fault)| fault));
    input_errors.sort();
    input_errors.dedup_by(|a, b| a.input.is_some() && a.input == b.input);
    (sinks.into_inner().unwrap_or_else(PoisonError::into_inner), input_errors)
}

/// Batches of a block of a sheet.
const SHEET_BLOCK_BATCHES: u64 = 16;

/// Hands out tasks to the workers.
struct Scheduler<'h, 'd> {
    inputs: &'h [&'h Input<'d>],
    options: &'h ReadOptions,
    state: Mutex<SchedulerState>,
    input_errors: Mutex<Vec<InputError>>,
    /// For each Parquet input with an error, the first part that has one, and the error.
    part_errors: Mutex<BTreeMap<usize, (RowGroupPart, InputError)>>,
}

#[derive(Default)]
struct SchedulerState {
    next_input: usize,
    /// Delimited texts that have blocks left.
    open: Vec<Arc<OpenText>>,
    /// The last part that was handed out of a Parquet file that may have more.
    last_part: Option<(usize, RowGroupPart)>,
}

/// A delimited text that is being read.
struct OpenText {
    input: usize,
    source: BlockSource,
    sequencer: BlockSequencer,
    /// Whether a worker reads from the stream.
    is_busy: AtomicBool,
    /// Whether all blocks are read.
    is_done: AtomicBool,
}

/// Memory of one worker, used again for each task.
#[derive(Default)]
struct WorkerScratch {
    block: Vec<u8>,
    index: RecordIndex,
    spans: Vec<FieldSpan>,
    #[cfg(feature = "parquet")]
    parquet: ParquetScratch,
}

/// Ends the input if the worker panics: otherwise the other workers would wait for the turn of its block for ever, and the panic would
/// never stop the run.
struct FailOnPanic<'c>(&'c BlockSource, &'c BlockSequencer);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail();
            self.1.fail();
        }
    }
}

/// What a worker does next; numbers are the index of the input, and the part of a sheet.
enum Task<'h> {
    /// Read the next block of a delimited text.
    Block(Arc<OpenText>),
    /// Read a sheet whole.
    Sheet(usize, &'h SheetFormat),
    /// Read a text of JSON objects whole.
    Objects(usize, &'h JsonFormat),
    /// Read a part of a Parquet file.
    Part(usize, &'h ParquetFile, RowGroupPart),
}

impl<'h> Scheduler<'h, '_> {
    fn work<S: RowSink>(&self, sink: &mut S) {
        let mut scratch = WorkerScratch::default();
        while let Some(task) = self.next_task() {
            match task {
                Task::Block(open_text) => match self.folder_columns(open_text.input) {
                    constants if constants.is_empty() => self.read_block(&open_text, sink, &mut scratch),
                    constants => {
                        let sink = &mut FolderColumnSink { constants, sink };
                        self.read_block(&open_text, sink, &mut scratch);
                    }
                },
                Task::Sheet(index, sheet) => match self.folder_columns(index) {
                    constants if constants.is_empty() => self.read_sheet(index, sheet, sink),
                    constants => self.read_sheet(index, sheet, &mut FolderColumnSink { constants, sink }),
                },
                Task::Objects(index, json) => match self.folder_columns(index) {
                    constants if constants.is_empty() => self.read_json(index, json, sink),
                    constants => self.read_json(index, json, &mut FolderColumnSink { constants, sink }),
                },
                #[cfg(feature = "parquet")]
                Task::Part(index, file, part) => {
                    self.read_part((index, file, part), &mut scratch.parquet, sink);
                }
                #[cfg(not(feature = "parquet"))]
                Task::Part(_index, file, _) => match *file {},
            }
        }
    }

    /// The columns of an input that stand in the names of folders: the index of each cell of a row, and its value.
    fn folder_columns(&self, index: usize) -> Vec<(usize, &'h str)> {
        self.inputs[index].layout.constants().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SchedulerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task. In this order: a block of a plain file or of an idle stream; the next part of a Parquet file or sheet; the next
    /// input; a block of a busy stream. `None` if nothing is left.
    fn next_task(&self) -> Option<Task<'h>> {
        let mut state = self.lock();
        state.open.retain(|open_text| !open_text.is_done.load(Ordering::Acquire));
        loop {
            let idle = state.open.iter().find(|open_text| match open_text.source {
                BlockSource::File { .. } => true,
                BlockSource::Stream { .. } => !open_text.is_busy.swap(true, Ordering::AcqRel),
            });
            if let Some(open_text) = idle {
                return Some(Task::Block(Arc::clone(open_text)));
            }
            if let Some((index, last)) = state.last_part.take()
                && let Some(task) = self.part_after(index, Some(last), &mut state)
            {
                return Some(task);
            }
            let index = state.next_input;
            let Some(input) = self.inputs.get(index) else {
                return state.open.first().map(|open_text| Task::Block(Arc::clone(open_text)));
            };
            state.next_input += 1;
            super::read_log::tell(input, &self.options.log);
            match &input.format {
                InputFormat::Sheet(sheet) => return Some(Task::Sheet(index, sheet)),
                InputFormat::Json(json) => return Some(Task::Objects(index, json)),
                InputFormat::Parquet(_) => {
                    if let Some(task) = self.part_after(index, None, &mut state) {
                        return Some(task);
                    }
                }
                // Open within the lock: another worker that finds no task meanwhile would end.
                InputFormat::Text(text) => match self.open(index, text) {
                    Ok(open_text) => state.open.push(Arc::new(open_text)),
                    Err(error) => self.text_error(index, &error),
                },
            }
        }
    }

    /// The part of a Parquet file after `last`. `None` if there is none, or if an earlier part had an error.
    fn part_after(
        &self,
        index: usize,
        last: Option<RowGroupPart>,
        state: &mut SchedulerState,
    ) -> Option<Task<'h>> {
        let InputFormat::Parquet(parquet) = &self.inputs[index].format else { return None };
        if self.part_errors.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&index) {
            return None;
        }
        let part = parquet.file.part_after(last)?;
        state.last_part = Some((index, part));
        Some(Task::Part(index, &parquet.file, part))
    }

    fn open(&self, index: usize, text: &TextFormat) -> io::Result<OpenText> {
        let count = &self.options.progress;
        let source = match &text.source {
            TextSource::Path(path) => {
                let file = File::open(path)?;
                let fingerprint = self.inputs[index].fingerprint.expect("a file has a fingerprint");
                fingerprint.check(&file)?;
                if text.is_read_as_stored() {
                    let start = u64::try_from(text.rows_at).expect("a header fits memory");
                    BlockSource::File { file, fingerprint, start, next: Mutex::new(0) }
                } else {
                    let decoded = decode::open_handle(file.try_clone()?, text.compression, count)?;
                    BlockSource::stream(decoded.from(text.rows_at), Some((file, fingerprint)))
                }
            }
            #[cfg(any(test, feature = "internals"))]
            TextSource::Stream(stream) => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                BlockSource::stream(stream.expect("an input is read once").from(text.rows_at), None)
            }
        };
        let offset_unit = OffsetUnit::of(text.encoding);
        let layout = &self.inputs[index].layout;
        let projection = Projection::new(&layout.columns, layout.header.len(), text.csv_format)
            .with_on_demand(layout.on_demand.iter().map(|column| column.0));
        let sequencer = BlockSequencer::new(text.source_rows_at, text.rows_line, projection, offset_unit);
        Ok(OpenText {
            input: index,
            source,
            sequencer,
            is_busy: AtomicBool::new(false),
            is_done: AtomicBool::new(false),
        })
    }

    fn text_error(&self, index: usize, error: &io::Error) {
        let InputFormat::Text(text) = &self.inputs[index].format else {
            unreachable!("the caller has a text")
        };
        let (code, message) = decode::read_error(error, text.compression);
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

    fn read_block<S: RowSink>(&self, open_text: &OpenText, sink: &mut S, scratch: &mut WorkerScratch) {
        let OpenText { input: index, source, sequencer, is_busy, is_done } = open_text;
        let _guard = FailOnPanic(source, sequencer);
        let block = source.next_block(
            self.options.block_bytes,
            self.options.threads,
            std::mem::take(&mut scratch.block),
        );
        is_busy.store(false, Ordering::Release);
        let block = match block {
            Ok(Some(block)) => block,
            Ok(None) => return is_done.store(true, Ordering::Release),
            Err(error) => {
                is_done.store(true, Ordering::Release);
                sequencer.fail();
                // Data that a change has spoilt look damaged.
                return self.text_error(*index, &source.check().err().unwrap_or(error));
            }
        };
        if matches!(source, BlockSource::File { .. }) {
            let bytes = u64::try_from(block.bytes.len()).expect("a block fits memory");
            self.options.progress.fetch_add(bytes, Ordering::Relaxed);
        }
        if let Some(segments) = sequencer.segments(&block, &mut scratch.index) {
            let input = self.inputs[*index];
            let InputFormat::Text(text) = &input.format else { unreachable!("an open text is a text") };
            sink.begin(*index, block.index);
            for segment in &segments {
                read_segment(segment, sequencer.projection(), input, text, &mut scratch.spans, sink);
            }
            self.finish(*index, sink);
            // The last block has its turn after all others were read, so that a change up to here is detected.
            if block.text_end == TextEnd::EndOfInput
                && let Err(error) = source.check()
            {
                self.text_error(*index, &error);
            }
        }
        scratch.block = block.bytes;
    }

    fn read_json<S: RowSink>(&self, index: usize, json: &JsonFormat, sink: &mut S) {
        if let Err(error) = read_objects(json, (index, self.inputs[index]), &self.options.progress, sink) {
            let (code, message) = error.fault(json.compression);
            self.fault(index, code, message);
        }
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
        let wanted = format.wanted(&input.layout);
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
        self.options.progress.fetch_add(input.bytes(), Ordering::Relaxed);
    }

    #[cfg(feature = "parquet")]
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
            // Parts are handed out in order, so that the first part with an error is read in every run: report that one.
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
