//! All limits on inputs and on memory, each with its reason. Comes in: nothing. Goes out: constants; their names end in the unit.

/// Most bytes of a record. A longer record is refused, since a lost quote would otherwise swallow the file and memory would grow with it.
pub const RECORD_BYTES: usize = 1 << 20;

/// Most different keys of the objects of a JSON text: more are no columns of a table, but data.
pub const JSON_KEYS: usize = 4096;

/// Bytes of text from which the encoding is detected: enough to hold the accents of a header and some rows.
pub const SNIFF_BYTES: usize = 64 << 10;

/// Most columns that a dialect may use, so that the cells of a row fit on the stack.
pub const DIALECT_COLUMNS: usize = 32;

/// Bytes of a block of delimited text: large enough that scheduling a block costs nothing in comparison, small enough that the blocks of
/// all threads (one each with its carried record; of a stream two each and some read ahead) take a few MiB.
pub const BLOCK_BYTES: usize = 512 << 10;

/// Most bytes that a user may ask for as the size of a block: each thread holds one.
pub const BLOCK_BYTES_MAX: usize = 1 << 30;

/// Most files of a zip archive, which are held by name.
pub const ARCHIVE_FILES: usize = 1 << 16;

/// Greatest ratio of what a zip archive expands to, to its own size. Exports reach about 50; more is refused as an archive bomb.
pub const ARCHIVE_EXPANSION: u64 = 200;

/// Expanded bytes of a zip archive below which the ratio is not checked: rows that repeat pack better than exports, and so much fits on disk.
pub const ARCHIVE_EXPANSION_FREE_BYTES: u64 = 256 << 20;

/// Most bytes of a whole zip archive, expanded: they are written to a temporary folder.
pub const ARCHIVE_EXPANDED_BYTES: u64 = 256 << 30;

/// Rows of a sheet in which a header is looked for, since titles often stand above a table.
pub const HEADER_ROWS: u32 = 20;

/// Most bytes of a value in the rejects file: enough to recognise the value, not enough to copy the export.
pub const VALUE_BYTES: usize = 200;

/// Most warnings listed per code. Further ones are only counted, so that the summary stays readable.
pub const WARNINGS_LISTED: usize = 100;

/// Partners that the summary lists of those whose tier could change.
pub const PARTNERS_LISTED: usize = 20;

/// Digits that a spreadsheet number keeps. An id with more has lost some.
pub const ID_DIGITS: usize = 15;

/// Most bytes of an `.xls` or `.ods` file, which is read whole.
pub const WHOLE_WORKBOOK_BYTES: u64 = 64 << 20;

/// Most bytes, expanded, of a workbook part that is held in memory (shared strings, styles, the content of an `.ods`).
pub const WORKBOOK_PART_BYTES: u64 = 1 << 30;

/// Most bytes of a whole workbook, expanded. The largest legal sheet of numbers stays below.
pub const WORKBOOK_EXPANDED_BYTES: u64 = 64 << 30;

/// Greatest ratio of a workbook part's expanded to its packed size. Sheets of real exports reach about 50; more is refused as an archive
/// bomb.
pub const WORKBOOK_EXPANSION: u64 = 200;

/// Expanded bytes of a workbook part below which the ratio is not checked.
pub const WORKBOOK_EXPANSION_FREE_BYTES: u64 = 64 << 20;

/// Most bytes of one tag, or of one cell with its markup: a reader holds it whole, and a cell has at most 32,767 characters.
pub const WORKBOOK_CELL_BYTES: u64 = 4 << 20;

/// Most bytes of each of a workbook's styles, themes and part lists: a reader turns them into objects that are many times larger.
pub const WORKBOOK_STYLES_BYTES: u64 = 32 << 20;

/// Most cells of an `.xls` or `.ods` in memory, including empty ones between others: one full sheet of an `.xls`. More would need more
/// than 1 GiB.
pub const WHOLE_WORKBOOK_CELLS: u64 = 65_536 * 256;

/// Most bytes of packed cells that a run caches between the preflight of a workbook and its reading: about a full sheet of twelve columns.
/// Further sheets are expanded twice.
pub const KEPT_CELLS_BYTES: usize = 64 << 20;

/// Rows of a sheet, in every kind of workbook.
pub const SHEET_ROWS: u32 = 1 << 20;

/// Columns of a sheet, in every kind of workbook.
pub const SHEET_COLUMNS: u32 = 1 << 14;

/// Bytes to which a cell is cut while a header is looked for: no column name of any export is longer.
pub const HEADER_CELL_BYTES: usize = 1 << 10;

/// Most bytes of a Parquet footer, which is held in memory. A footer of 10,000 columns in 1,000 row groups has fewer.
pub const PARQUET_FOOTER_BYTES: u64 = 64 << 20;

/// Most structs (columns and row groups) in a Parquet footer: the reader makes an object of about 200 bytes of each.
pub const PARQUET_FOOTER_STRUCTS: u64 = 4 << 20;

/// Most bytes of a Parquet page, expanded. Most writers make pages of 1 MiB; some make one page a row group, up to 100 MB.
pub const PARQUET_PAGE_BYTES: usize = 128 << 20;

/// Rows of a row group that form one task: enough that the bytes read twice (a dictionary, the page in which two tasks meet) cost little.
pub const PARQUET_PART_ROWS: u64 = 1 << 18;

/// Rows of a Parquet file that are decoded at once, so that their cells stay in the processor's cache.
pub const PARQUET_BATCH_ROWS: usize = 4096;
