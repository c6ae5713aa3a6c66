//! From pieces of text to rows. Comes in: a piece, made of whole records. Goes out: rows and bad records, in order.

use super::batch::{BATCH_ROWS, RowBatch};
use super::blocks::{Chain, Measure, Piece};
use super::delimited::{self, Field};
use super::open::Encoding;
use super::read::RowSink;
use super::recognise::{Input, TextFormat};
use super::record_ends::{Ahead, Ending, Unfinished};
use super::row::{BadRecord, Cell, CellKind, Found, Locator, Origin, Row};
use super::scan::{Indexed, Marks, Span, Wanted};
use crate::base::limits;
use crate::base::simd::Window;
use crate::diagnostics::reject::RejectCode;

/// Gives every record of a piece to the sink. `spans` is memory.
pub(crate) fn rows_of<S: RowSink>(
    piece: &Piece<'_>,
    chain: &Chain,
    input: &Input<'_>,
    format: &TextFormat,
    spans: &mut Vec<Span>,
    sink: &mut S,
) {
    let text = piece.text.bytes();
    let measure = if format.encoding.is_utf16() { Measure::Utf16 } else { Measure::Bytes };
    let kind = match format.encoding {
        Encoding::Windows1252 => CellKind::Windows1252,
        Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16Le | Encoding::Utf16Be => CellKind::Utf8,
    };
    let wanted = chain.wanted();
    let mut rows = Rows {
        text,
        locator: Locator::new(text, piece.base, piece.offset, piece.line, measure),
        kind,
        columns: &input.layout.columns,
        wanted,
        ending: piece.ending,
        fields: Vec::with_capacity(wanted.expected() + 1),
        ahead: Ahead::default(),
        scratch: Scratch::default(),
    };
    match piece.index {
        Some(index) => {
            for run in index.runs(wanted, BATCH_ROWS) {
                match run {
                    Indexed::Usual(marks) => {
                        marks.spans(BATCH_ROWS, spans);
                        sink.batch(&TextBatch { rows: &rows, marks, spans });
                    }
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
    /// The record at `at`, whatever it is. Returns where the next one begins; `None`: nowhere in this text.
    fn plain<S: RowSink>(&mut self, at: usize, sink: &mut S) -> Option<usize> {
        let (text, expected) = (self.text, self.wanted.expected());
        let bad = |code, found| BadRecord { at: Origin::Text(&self.locator, at), code, found };
        let (splitting, ending) = (self.wanted.splitting(), self.ending);
        match delimited::split(text, at, splitting, ending, &mut self.fields, &mut self.ahead) {
            delimited::Found::BlankLine { next } => Some(next),
            delimited::Found::Record { next, end, bad_quote } => {
                if memchr::memchr(0, &text[at..end]).is_some() {
                    sink.bad_record(&bad(RejectCode::NulByte, Found::Plain));
                } else if bad_quote {
                    sink.bad_record(&bad(RejectCode::BadQuote, Found::Plain));
                } else if self.fields.len() != expected {
                    let found = self.fields.len();
                    sink.bad_record(&bad(RejectCode::RaggedRow, Found::Fields { found, expected }));
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

/// Records whose wanted fields were found by the fast reader.
struct TextBatch<'b, 't> {
    rows: &'b Rows<'t>,
    marks: Marks<'b>,
    spans: &'b [Span],
}

impl TextBatch<'_, '_> {
    #[inline(always)]
    fn span(&self, row: usize, column: usize) -> (usize, usize) {
        let Span { start, end } = self.spans[column * BATCH_ROWS + row];
        (start as usize, end as usize)
    }
}

impl RowBatch for TextBatch<'_, '_> {
    const MAY_BE_QUOTED: bool = true;

    fn len(&self) -> usize {
        self.marks.len()
    }

    #[inline(always)]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        let (start, end) = self.span(row, column);
        &self.rows.text[start..end]
    }

    #[inline(always)]
    fn window(&self, row: usize, column: usize) -> Option<(&Window, usize)> {
        let (start, end) = self.span(row, column);
        Some((self.rows.text.get(start..)?.first_chunk()?, end - start))
    }

    #[inline(always)]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        Some(self.raw(row, column))
    }

    fn decimal(&self, _row: usize, _column: usize) -> Option<(i128, u8)> {
        None
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        let Rows { text, kind, columns, locator, .. } = self.rows;
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let mut scratch = Scratch::default();
        self.marks.fields(row, text, |slot, field| scratch.cell(text, slot, field, *kind, &mut cells));
        scratch.finish(*kind, &mut cells);
        let at = Origin::Text(locator, self.marks.start(row));
        visit(&Row { at, cells: &cells[..columns.len()] });
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
