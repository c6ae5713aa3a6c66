//! The footer of a Parquet file: its columns, and where their bytes are. Comes in: a file. Goes out: the names of its
//! columns and, for used columns, types and column chunks. It reads no row.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::{ColumnChunkMetadata, FileMetadata};
use polars_parquet::parquet::read::read_metadata_with_size;
use polars_parquet::parquet::schema::types::ParquetType;

use super::column_type::ColumnType;
use super::error::{ParquetInputError, guarded};
use super::thrift;
use super::{ColumnChunk, ParquetFile, RowGroup, UsedColumn};
use crate::base::limits;
use crate::formats::fingerprint::Fingerprint;

const MAGIC: &[u8] = b"PAR1";
/// The length of the footer, and the magic number again, end a file.
const TAIL_BYTES: u64 = 8;

/// The footer of a file.
pub(crate) struct ParquetFooter {
    metadata: FileMetadata,
    /// Columns by index, and the number of their logical type, which is not in `metadata`.
    unknown_types: Vec<(usize, i16)>,
    /// Where the footer begins; all pages are before it.
    data_end: u64,
    stamp: Fingerprint,
}

impl ParquetFooter {
    /// Reads the footer of a file. `None` if the file only indexes other files, as `_metadata` of Spark does.
    ///
    /// # Errors
    /// The file is cut short, damaged or encrypted, or its footer is too large.
    pub(crate) fn read(path: &Path) -> Result<Option<ParquetFooter>, ParquetInputError> {
        let mut file = File::open(path)?;
        let stamp = Fingerprint::of(&file.metadata()?);
        let bytes = stamp.bytes();
        let too_short = || ParquetInputError::truncated("it has no footer");
        let tail_at = bytes.checked_sub(TAIL_BYTES).filter(|at| *at >= 4).ok_or_else(too_short)?;
        let mut tail = [0; 8];
        file.seek(SeekFrom::Start(tail_at))?;
        file.read_exact(&mut tail)?;
        let (length, magic) = tail.split_at(4);
        if magic == b"PARE" {
            return Err(ParquetInputError::encrypted());
        }
        if magic != MAGIC {
            return Err(too_short());
        }
        let length = u32::from_le_bytes(length.try_into().expect("a half of eight bytes"));
        if u64::from(length) > limits::PARQUET_FOOTER_BYTES {
            let found = format!(
                "its footer has {} MiB; up to {} MiB are read",
                length >> 20,
                limits::PARQUET_FOOTER_BYTES >> 20
            );
            return Err(ParquetInputError::too_large(&found));
        }
        let data_end = tail_at
            .checked_sub(length.into())
            .filter(|at| *at >= 4)
            .ok_or_else(|| ParquetInputError::corrupt("its footer would be longer than the file"))?;
        let mut footer = Vec::new();
        file.seek(SeekFrom::Start(data_end))?;
        Read::by_ref(&mut file).take(length.into()).read_to_end(&mut footer)?;
        let flags = thrift::preflight(&footer)?;
        if flags.is_encrypted {
            return Err(ParquetInputError::encrypted());
        }
        if flags.is_index_of_others {
            return Ok(None);
        }
        let metadata = match flags.edited(&footer) {
            None => guarded(|| read_metadata_with_size(&mut file, bytes))?,
            Some(edited) => {
                let length = u32::try_from(edited.len()).map_err(|_| too_short())?.to_le_bytes();
                let file = [MAGIC, &edited, &length, MAGIC].concat();
                let bytes = u64::try_from(file.len()).map_err(|_| too_short())?;
                guarded(|| read_metadata_with_size(&mut Cursor::new(file), bytes))?
            }
        };
        Ok(Some(ParquetFooter { metadata, unknown_types: flags.unknown_types, data_end, stamp }))
    }

    /// The text that the file's metadata have under a key. `None` if they have none.
    pub(crate) fn text_of_key(&self, key: &str) -> Option<String> {
        let texts = self.metadata.key_value_metadata.as_ref()?;
        texts.iter().find(|found| found.key == key)?.value.clone()
    }

    /// The names of the top-level columns, in the order of the schema; the columns of a group have the name of the
    /// group.
    pub(crate) fn names(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().to_owned()).collect()
    }

    /// The file, reduced to its used columns. `columns`: for each column of the dialect its index among
    /// [`ParquetFooter::names`].
    ///
    /// # Errors
    /// A used column has a type or compression that is not read, or stands outside the file; or counts of rows
    /// contradict each other.
    pub(crate) fn with_columns<'c>(
        self,
        path: &Path,
        columns: &[Option<usize>],
        constants: impl Iterator<Item = (usize, &'c str)>,
    ) -> Result<ParquetFile, ParquetInputError> {
        let fields = self.metadata.schema().fields();
        // Column chunks are of leaves of the schema, so count the leaves before each top-level column.
        let mut first_leaf = Vec::with_capacity(fields.len());
        let mut leaves = 0;
        for field in fields {
            first_leaf.push(leaves);
            leaves += leaves_of(field);
        }
        let mut used: Vec<(UsedColumn, usize)> = Vec::new();
        for (slot, at) in columns.iter().enumerate() {
            let Some(at) = at else { continue };
            if let Some((_, number)) = self.unknown_types.iter().find(|(column, _)| column == at) {
                let found =
                    format!("the column {} is of type {}", fields[*at].name(), thrift::type_name(*number));
                return Err(ParquetInputError::unsupported(&found, "write it in another type"));
            }
            let column_type = ColumnType::of(&fields[*at])?;
            used.push((
                UsedColumn { slot, name: fields[*at].name().to_owned(), column_type, is_late: false },
                first_leaf[*at],
            ));
        }
        self.with_used(path, used, columns.len()).map(|file| file.with_constants(constants))
    }

    /// The top-level columns of the schema.
    pub(super) fn fields(&self) -> &[ParquetType] {
        self.metadata.schema().fields()
    }

    /// The file, reduced to columns and the leaves of the schema that they are. `slots`: cells of a row.
    ///
    /// # Errors
    /// As [`ParquetFooter::with_columns`].
    pub(super) fn with_used(
        self,
        path: &Path,
        used: Vec<(UsedColumn, usize)>,
        slots: usize,
    ) -> Result<ParquetFile, ParquetInputError> {
        let mut groups = Vec::with_capacity(self.metadata.row_groups.len());
        let mut first_row: u64 = 0;
        for group in &self.metadata.row_groups {
            let rows = u64::try_from(group.num_rows()).expect("a length fits");
            if rows == 0 {
                continue;
            }
            let chunks = used.iter().map(|(column, leaf)| {
                let found = group.parquet_columns().get(*leaf);
                let found = found.ok_or_else(|| ParquetInputError::corrupt("a row group lacks a column"))?;
                self.chunk(found, rows).map_err(|error| error.in_column(&column.name))
            });
            let chunks = chunks.collect::<Result<Vec<ColumnChunk>, ParquetInputError>>()?;
            groups.push(RowGroup { first_row, rows, chunks });
            first_row = first_row
                .checked_add(rows)
                .ok_or_else(|| ParquetInputError::corrupt("its row groups have too many rows"))?;
        }
        if u64::try_from(self.metadata.num_rows).ok() != Some(first_row) {
            return Err(ParquetInputError::corrupt("its footer counts other rows than its row groups"));
        }
        Ok(ParquetFile {
            path: path.to_path_buf(),
            slots,
            columns: used.into_iter().map(|(column, _)| column).collect(),
            constants: Vec::new(),
            groups,
            rows: first_row,
            stamp: self.stamp,
        })
    }

    /// The column chunk of a used column in a row group of `rows` rows.
    ///
    /// # Errors
    /// Its count of values is another, its compression is not read, or it stands outside the file.
    fn chunk(&self, found: &ColumnChunkMetadata, rows: u64) -> Result<ColumnChunk, ParquetInputError> {
        if u64::try_from(found.num_values()).ok() != Some(rows) {
            return Err(ParquetInputError::corrupt("it has other rows than its row group"));
        }
        match found.compression() {
            Compression::Uncompressed
            | Compression::Snappy
            | Compression::Gzip
            | Compression::Zstd
            | Compression::Brotli
            | Compression::Lz4
            | Compression::Lz4Raw => {}
            other => {
                let found = format!("it is compressed with {other:?}");
                return Err(ParquetInputError::unsupported(&found, "compress it with snappy or zstd"));
            }
        }
        // Some writers say 0 if there is no dictionary.
        let dictionary =
            found.dictionary_page_offset().filter(|at| 0 < *at && *at < found.data_page_offset());
        let range = || {
            let start = u64::try_from(dictionary.unwrap_or(found.data_page_offset())).ok()?;
            let end = start.checked_add(u64::try_from(found.compressed_size()).ok()?)?;
            (start >= 4 && end <= self.data_end).then_some((start, end))
        };
        let (start, end) = range().ok_or_else(|| ParquetInputError::corrupt("it stands outside the file"))?;
        Ok(ColumnChunk { start, end, compression: found.compression() })
    }
}

/// How many leaves a column of the schema has.
pub(super) fn leaves_of(field: &ParquetType) -> usize {
    match field {
        ParquetType::PrimitiveType(_) => 1,
        ParquetType::GroupType { fields, .. } => fields.iter().map(leaves_of).sum(),
    }
}
