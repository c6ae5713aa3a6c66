//! Every limit, each with its reason.

/// A record that is still open after this many bytes is refused: past it, a lost quote would swallow the file, and memory
/// would grow with the input.
pub const RECORD_BYTES: usize = 1 << 20;

/// The encoding is decided on this much text: enough to meet the accents of a header and some rows.
pub const SNIFF_BYTES: usize = 64 << 10;

/// A dialect uses at most this many columns, so that the cells of a row stand on the stack.
pub const DIALECT_COLUMNS: usize = 32;

/// A block of delimited text: large enough that handing it out costs nothing, small enough that one for each thread, with
/// its carried record, and of a stream two for each thread and a few that were read ahead, stay in some MiB.
pub const BLOCK_BYTES: usize = 512 << 10;

/// A block that is asked for may have at most this many bytes: each thread holds one.
pub const BLOCK_BYTES_MAX: usize = 1 << 30;

/// A header of a workbook stands within this many rows: people put titles above their tables.
pub const HEADER_ROWS: u32 = 20;

/// A value in the rejects file is cut to this many bytes: enough to recognise it, not enough to copy the export.
pub const VALUE_BYTES: usize = 200;

/// Warnings that are listed, per code; past it they are counted only, so that the summary stays readable.
pub const WARNINGS_LISTED: usize = 100;

/// A spreadsheet number keeps 15 digits; an id with more has lost some.
pub const ID_DIGITS: usize = 15;

/// `.xls` and `.ods` are read whole, so their files may have at most this many bytes.
pub const WHOLE_WORKBOOK_BYTES: u64 = 64 << 20;

/// A part of a workbook that is held in memory (shared strings, styles, the content of an `.ods`) may expand to this many
/// bytes.
pub const WORKBOOK_PART_BYTES: u64 = 1 << 30;

/// A workbook may expand to this many bytes in all; the largest legal sheet of numbers stays below it.
pub const WORKBOOK_EXPANDED_BYTES: u64 = 64 << 30;

/// A part of a workbook that expands to more than this many times its packed size is refused as absurd: sheets of real
/// exports reach some 50.
pub const WORKBOOK_EXPANSION: u64 = 200;

/// A part of a workbook that stays below this many bytes may expand as it likes.
pub const WORKBOOK_EXPANSION_FREE_BYTES: u64 = 64 << 20;

/// One tag, or one cell with all its markup, has at most this many bytes: a cell holds 32,767 characters, and a reader must
/// hold it whole.
pub const WORKBOOK_CELL_BYTES: u64 = 4 << 20;

/// The styles, themes, and lists of parts of a workbook have at most this many bytes each: a reader makes objects of them
/// that are many times larger.
pub const WORKBOOK_STYLES_BYTES: u64 = 32 << 20;

/// The cells of an `.xls` or `.ods`, empty ones between others included, that may be held: those of one full sheet of an
/// `.xls`. More would need more than 1 GiB.
pub const WHOLE_WORKBOOK_CELLS: u64 = 65_536 * 256;

/// The cells of sheets that are kept, packed, from the look over their workbooks until they are read have at most this many bytes
/// in a run: about those of a full sheet of twelve columns. Past it, a sheet is expanded twice.
pub const KEPT_CELLS_BYTES: usize = 64 << 20;

/// Rows of a sheet, in every kind of workbook.
pub const SHEET_ROWS: u32 = 1 << 20;

/// Columns of a sheet, in every kind of workbook.
pub const SHEET_COLUMNS: u32 = 1 << 14;

/// A cell is cut to this many bytes where a header is looked for: no column of any export has a longer name.
pub const HEADER_CELL_BYTES: usize = 1 << 10;

/// The footer of a Parquet file has at most this many bytes: it is held in memory, and one of 10,000 columns in 1,000 row
/// groups has less.
pub const PARQUET_FOOTER_BYTES: u64 = 64 << 20;

/// A footer lists at most this many columns and row groups: the reader makes an object of some 200 bytes of each.
pub const PARQUET_FOOTER_STRUCTS: u64 = 4 << 20;

/// A page of a Parquet file expands to at most this many bytes: writers make pages of 1 MiB, some of one row group, up to
/// 100 MB.
pub const PARQUET_PAGE_BYTES: usize = 128 << 20;

/// Rows of a row group that one thread reads before it looks for other work: enough that what is read twice (a dictionary, the
/// page in which two parts meet) costs little.
pub const PARQUET_PART_ROWS: u64 = 1 << 18;

/// Rows of a Parquet file that are decoded at once: their cells stay in the cache.
pub const PARQUET_BATCH_ROWS: usize = 4096;
