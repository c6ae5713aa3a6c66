//! Reading rows, in parallel within a file as well as across files. Comes in: inputs and a place to put rows. Goes out: rows
//! and bad records, block by block; and the faults of files. It does not know what a row means.
//!
//! Memory is bounded by one block and one carried record for each thread, whatever the size of an input.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::{BlockSource, Chain, Measure, Piece};
use super::delimited::{self, Field};
use super::open::{self, Compression, Encoding};
use super::recognise::{Format, Input, SheetFormat, TextFormat, TextSource};
use super::record_ends::{Ahead, Ending, Unfinished};
use super::row::{BadRecord, Cell, CellKind, Found, Locator, Origin, Row};
use super::scan::{Indexed, Marks, Wanted};
use super::workbook::Workbook;
use crate::error::{Fault, FaultCode};
use crate::issues::Code;
use crate::limits;

/// Where rows go. Each worker has its own.
pub(crate) trait RowSink: Send {
    /// The rows that follow are those of block `block` of input `input` (its index).
    fn begin(&mut self, input: usize, block: u64);
    /// A row.
    fn row(&mut self, row: &Row<'_>);
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

/// Reads all rows of `inputs` into one sink for each worker; and the faults that were met.
pub(crate) fn read_rows<S: RowSink>(
    inputs: &[&Input<'_>],
    options: &ReadOptions,
    new_sink: impl Fn() -> S + Sync,
) -> (Vec<S>, Vec<Fault>) {
    let hall =
        Hall { inputs, options, state: Mutex::new(HallState::default()), faults: Mutex::new(Vec::new()) };
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
    let mut faults = hall.faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    faults.sort();
    faults.dedup_by(|a, b| a.input.is_some() && a.input == b.input);
    (sinks.into_inner().unwrap_or_else(PoisonError::into_inner), faults)
}

/// Where workers find the next thing to do.
struct Hall<'h, 'd> {
    inputs: &'h [&'h Input<'d>],
    options: &'h ReadOptions,
    state: Mutex<HallState>,
    faults: Mutex<Vec<Fault>>,
}

#[derive(Default)]
struct HallState {
    next_input: usize,
    open: Vec<Arc<Lane>>,
}

/// A text input that is being read.
struct Lane {
    input: usize,
    source: BlockSource,
    chain: Chain,
    is_busy: AtomicBool,
    is_done: AtomicBool,
}

/// Lets a bug stop the run: without it, workers would wait for the turn of a block whose worker is gone.
struct FailOnPanic<'c>(&'c Chain);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail();
        }
    }
}

enum Task<'h> {
    Blocks(Arc<Lane>),
    Sheet(usize, &'h SheetFormat),
}

impl<'h> Hall<'h, '_> {
    fn work<S: RowSink>(&self, sink: &mut S) {
        let mut memory = Vec::new();
        while let Some(task) = self.next_task() {
            match task {
                Task::Blocks(lane) => self.read_block(&lane, sink, &mut memory),
                Task::Sheet(index, sheet) => self.read_sheet(index, sheet, sink),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plain files first, by position; then a stream that nobody reads; then a new input; then a turn at a busy stream.
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
            let index = state.next_input;
            let Some(input) = self.inputs.get(index) else {
                return state.open.first().map(|lane| Task::Blocks(Arc::clone(lane)));
            };
            state.next_input += 1;
            match &input.format {
                Format::Sheet(sheet) => return Some(Task::Sheet(index, sheet)),
                // Opened here, so that no other worker finds nothing to do in the meantime and leaves.
                Format::Text(text) => match self.open(index, text) {
                    Ok(lane) => state.open.push(Arc::new(lane)),
                    Err(error) => self.text_fault(index, &error),
                },
            }
        }
    }

    fn open(&self, index: usize, text: &TextFormat) -> io::Result<Lane> {
        let count = &self.options.progress;
        let source = match &text.source {
            TextSource::Path(path) if text.compression == Compression::None && !text.encoding.is_utf16() => {
                let file = File::open(path)?;
                let size = file.metadata()?.len();
                if Some(size) != self.inputs[index].bytes {
                    return Err(io::Error::other("the file changed while it was read"));
                }
                let start = u64::try_from(text.rows_at).expect("a header fits memory");
                BlockSource::File { file, size, start, next: Mutex::new(0) }
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

    fn text_fault(&self, index: usize, error: &io::Error) {
        let Format::Text(text) = &self.inputs[index].format else { unreachable!("the caller has a text") };
        let (code, message) = open::read_fault(error, text.compression);
        self.fault(index, code, message);
    }

    fn fault(&self, index: usize, code: FaultCode, message: String) {
        let input = Some(self.inputs[index].name.clone());
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(Fault { input, code, message });
    }

    fn read_block<S: RowSink>(&self, lane: &Lane, sink: &mut S, memory: &mut Vec<u8>) {
        let _guard = FailOnPanic(&lane.chain);
        let block = lane.source.next_block(self.options.block_bytes, std::mem::take(memory));
        lane.is_busy.store(false, Ordering::Release);
        let block = match block {
            Ok(Some(block)) => block,
            Ok(None) => return lane.is_done.store(true, Ordering::Release),
            Err(error) => {
                lane.is_done.store(true, Ordering::Release);
                lane.chain.fail();
                return self.text_fault(lane.input, &error);
            }
        };
        if matches!(lane.source, BlockSource::File { .. }) {
            let bytes = u64::try_from(block.bytes.len()).expect("a block fits memory");
            self.options.progress.fetch_add(bytes, Ordering::Relaxed);
        }
        if let Some(pieces) = lane.chain.pieces(&block) {
            let input = self.inputs[lane.input];
            let Format::Text(text) = &input.format else { unreachable!("a lane is a text") };
            sink.begin(lane.input, block.index);
            for piece in &pieces {
                rows_of(piece, &lane.chain, input, text, sink);
            }
            self.finish(lane.input, sink);
        }
        *memory = block.bytes;
    }

    fn finish<S: RowSink>(&self, index: usize, sink: &mut S) {
        if let Err(error) = sink.end() {
            self.fault(index, FaultCode::OutputFolder, format!("refused rows cannot be kept: {error}"));
        }
    }

    fn read_sheet<S: RowSink>(&self, index: usize, format: &SheetFormat, sink: &mut S) {
        let input = self.inputs[index];
        let sheet = input.name.sheet.as_deref().expect("a sheet has a name");
        let columns: Vec<usize> = input.layout.columns.iter().flatten().copied().collect();
        let slots: Vec<usize> =
            (0..input.layout.columns.len()).filter(|i| input.layout.columns[*i].is_some()).collect();
        sink.begin(index, 0);
        let read = Workbook::open(&format.path, format.kind).and_then(|mut workbook| {
            workbook.rows(sheet, format.header_row, &columns, &mut |row| {
                let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
                for (slot, cell) in slots.iter().zip(row.cells) {
                    cells[*slot] = *cell;
                }
                sink.row(&Row { at: row.at, cells: &cells[..input.layout.columns.len()] });
            })
        });
        self.finish(index, sink);
        if let Err(error) = read {
            self.fault(index, error.code, error.message);
        }
        if let Ok(metadata) = std::fs::metadata(&format.path) {
            self.options.progress.fetch_add(metadata.len(), Ordering::Relaxed);
        }
    }
}

/// Gives every record of a piece to the sink.
fn rows_of<S: RowSink>(
    piece: &Piece<'_>,
    chain: &Chain,
    input: &Input<'_>,
    format: &TextFormat,
    sink: &mut S,
) {
    let text = piece.text.bytes();
    let measure = if format.encoding.is_utf16() { Measure::Utf16 } else { Measure::Bytes };
    let kind = match format.encoding {
        Encoding::Windows1252 => CellKind::Windows1252,
        _ => CellKind::Utf8,
    };
    let wanted = chain.wanted();
    let mut rows = Rows {
        text,
        locator: Locator::new(text, piece.base, piece.offset, piece.line, measure),
        kind,
        columns: &input.layout.columns,
        wanted,
        ending: piece.ending,
        fields: Vec::new(),
        ahead: Ahead::default(),
        scratch: Scratch::default(),
    };
    match &piece.index {
        Some(index) => {
            for record in index.records(wanted) {
                match record {
                    Indexed::Usual(marks) => rows.usual(&marks, sink),
                    Indexed::Plain(at) => {
                        rows.plain(at, sink);
                    }
                }
            }
        }
        None => {
            let mut at = piece.start;
            while at < piece.end {
                at = rows.plain(at, sink).unwrap_or(piece.end);
            }
            debug_assert_eq!(at, piece.end, "a piece ends where its last record ends");
        }
    }
}

/// The rows of one piece.
struct Rows<'t> {
    text: &'t [u8],
    locator: Locator<'t>,
    kind: CellKind,
    columns: &'t [Option<usize>],
    wanted: &'t Wanted,
    ending: Ending,
    fields: Vec<Field>,
    ahead: Ahead,
    scratch: Scratch,
}

impl Rows<'_> {
    /// A record whose wanted fields were found by the fast reader.
    fn usual<S: RowSink>(&mut self, marks: &Marks<'_>, sink: &mut S) {
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        self.scratch.begin();
        let (text, kind, scratch) = (self.text, self.kind, &mut self.scratch);
        marks.fields(text, self.wanted, |slot, field| scratch.cell(text, slot, field, kind, &mut cells));
        self.scratch.finish(kind, &mut cells);
        let at = Origin::Text(&self.locator, marks.start);
        sink.row(&Row { at, cells: &cells[..self.columns.len()] });
    }

    /// The record at `at`, whatever it is. Returns where the next one begins; `None`: nowhere in this text.
    fn plain<S: RowSink>(&mut self, at: usize, sink: &mut S) -> Option<usize> {
        let (text, expected) = (self.text, self.wanted.expected());
        let bad = |code, found| BadRecord { at: Origin::Text(&self.locator, at), code, found };
        let (splitting, ending) = (self.wanted.splitting(), self.ending);
        match delimited::split(text, at, splitting, ending, &mut self.fields, &mut self.ahead) {
            delimited::Found::BlankLine { next } => Some(next),
            delimited::Found::Record { next, end, bad_quote } => {
                if memchr::memchr(0, &text[at..end]).is_some() {
                    sink.bad_record(&bad(Code::NulByte, Found::Plain));
                } else if bad_quote {
                    sink.bad_record(&bad(Code::BadQuote, Found::Plain));
                } else if self.fields.len() != expected {
                    let found = self.fields.len();
                    sink.bad_record(&bad(Code::RaggedRow, Found::Fields { found, expected }));
                } else {
                    let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
                    self.scratch.begin();
                    for (slot, column) in self.columns.iter().enumerate() {
                        if let Some(column) = column {
                            self.scratch.cell(text, slot, self.fields[*column], self.kind, &mut cells);
                        }
                    }
                    self.scratch.finish(self.kind, &mut cells);
                    let at = Origin::Text(&self.locator, at);
                    sink.row(&Row { at, cells: &cells[..self.columns.len()] });
                }
                Some(next)
            }
            delimited::Found::Unfinished(Unfinished::Refused { next, code }) => {
                sink.bad_record(&bad(code, Found::Plain));
                next
            }
            delimited::Found::Unfinished(Unfinished::Open) => {
                unreachable!("a piece is made of whole records")
            }
        }
    }
}

/// Memory for fields with doubled quotes, which must be written again to be read.
#[derive(Default)]
struct Scratch {
    text: Vec<u8>,
    spans: Vec<(usize, usize, usize)>,
    one: Vec<u8>,
}

impl Scratch {
    fn begin(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Puts a field into its cell; one with doubled quotes is put aside, since the memory may still move.
    #[inline]
    fn cell<'c>(
        &mut self,
        text: &'c [u8],
        slot: usize,
        field: Field,
        kind: CellKind,
        cells: &mut [Cell<'c>],
    ) {
        if field.doubled {
            let start = self.text.len();
            self.text.extend_from_slice(delimited::unquoted(text, field, &mut self.one));
            self.spans.push((slot, start, self.text.len()));
        } else {
            cells[slot] = Cell { bytes: &text[field.start..field.end], kind };
        }
    }

    /// Puts the fields that were put aside into their cells.
    fn finish<'c>(&'c self, kind: CellKind, cells: &mut [Cell<'c>]) {
        for (slot, start, end) in &self.spans {
            cells[*slot] = Cell { bytes: &self.text[*start..*end], kind };
        }
    }
}
