//! Writes a table as Apache Parquet, compressed with zstd. Comes in: a table. Goes out: bytes, the same for the same table.
//!
//! An amount is a DECIMAL(38, 24), which holds every sum of a run to the last digit: 24 decimals are stored, and Σ|amount| stays below
//! 10¹⁴. Memory: one row group and the chunks that threads make.

use std::io;

use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::metadata::{Descriptor, KeyValue, SchemaDescriptor};
use polars_parquet::parquet::page::{CompressedDataPage, CompressedPage, DataPageHeader, DataPageHeaderV1};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType,
};
use polars_parquet::parquet::write::{DynIter, DynStreamingIterator, FileWriter, Version, WriteOptions};
use polars_parquet::parquet::{CowBuffer, FallibleStreamingIterator};
use rust_decimal::Decimal;

use super::{TableWriter, line_of};
use crate::base::amount::DECIMALS;
use crate::outputs::columns::{CellValue, ColumnSpec, OutputTable, ValueKind};
use crate::outputs::lazy::RowVisitor;

/// Chunks of lines in a row group, each a page of every column: few enough for the memory of a reader, enough for its speed.
const GROUP_CHUNKS: usize = 8;
/// Level of the compression: the fastest. Pages of sorted texts are small at any.
const LEVEL: i32 = 1;
/// Digits of a decimal.
const DIGITS: usize = 38;
/// Decimals of money in USD.
const USD_DECIMALS: u32 = 2;
/// Days from 1 January of year 1 to the day from which Parquet counts.
const EPOCH_DAYS: i32 = 719_163;

/// Writes pages of 16 bytes for decimals, of four for days.
pub(super) struct ParquetWriter;

impl TableWriter for ParquetWriter {
    fn write(&self, table: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let fields: Result<Vec<ParquetType>, ParquetError> = table.columns.iter().map(field).collect();
        let schema = SchemaDescriptor::new(table.noun.into(), fields.map_err(failed)?);
        let options = WriteOptions { write_statistics: false, version: Version::V1 };
        let program = concat!(env!("CARGO_PKG_NAME"), " version ", env!("CARGO_PKG_VERSION"));
        let descriptors: Vec<Descriptor> =
            schema.columns().iter().map(|column| column.descriptor.clone()).collect();
        let mut file = FileWriter::new(out, schema, options, Some(program.to_owned()));
        let mut group = UnwrittenGroup::of(descriptors.len());
        let pages = |show_rows: &dyn Fn(&mut RowVisitor<'_>)| chunk(&table.columns, &descriptors, show_rows);
        table.rows.in_parallel(pages, |chunk| {
            group.add(chunk.map_err(failed)?);
            if group.chunks == GROUP_CHUNKS {
                group.write(&mut file).map_err(failed)?;
            }
            Ok(())
        })?;
        if group.chunks > 0 {
            group.write(&mut file).map_err(failed)?;
        }
        let metadata = table.metadata.iter().map(|(key, text)| KeyValue::new(key.clone(), text.clone()));
        file.end(Some(metadata.collect())).map_err(failed)?;
        Ok(())
    }
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}

fn field(column: &ColumnSpec) -> Result<ParquetType, ParquetError> {
    let decimal = |decimals: u32| {
        let decimals = decimals as usize;
        (
            PhysicalType::FixedLenByteArray(16),
            Some(PrimitiveConvertedType::Decimal(DIGITS, decimals)),
            Some(PrimitiveLogicalType::Decimal(DIGITS, decimals)),
        )
    };
    let (physical, converted, logical) = match column.kind {
        ValueKind::Amount => decimal(DECIMALS),
        ValueKind::Usd => decimal(USD_DECIMALS),
        ValueKind::Count => (PhysicalType::Int64, None, None),
        ValueKind::Date => {
            (PhysicalType::Int32, Some(PrimitiveConvertedType::Date), Some(PrimitiveLogicalType::Date))
        }
        ValueKind::Text | ValueKind::Month => {
            (PhysicalType::ByteArray, Some(PrimitiveConvertedType::Utf8), Some(PrimitiveLogicalType::String))
        }
    };
    let repetition = if column.is_optional { Repetition::Optional } else { Repetition::Required };
    ParquetType::try_from_primitive(
        column.name.as_str().into(),
        physical,
        repetition,
        converted,
        logical,
        None,
    )
}

/// One page of every column.
struct ChunkPages {
    rows: u64,
    pages: Vec<CompressedPage>,
}

/// The pages of a chunk of lines, made on the thread that makes the chunk.
fn chunk(
    columns: &[ColumnSpec],
    descriptors: &[Descriptor],
    show_rows: &dyn Fn(&mut RowVisitor<'_>),
) -> Result<ChunkPages, ParquetError> {
    let mut pages: Vec<PageBytes> = columns.iter().map(|_| PageBytes::default()).collect();
    let mut rows = 0;
    show_rows(&mut |row| {
        rows += 1;
        pages.iter_mut().zip(row).for_each(|(page, value)| page.push(value));
    });
    // The library's own `compress` makes a context for each page, and fills its buffer with zeros first.
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    let compressed = |((page, column), descriptor): ((PageBytes, &ColumnSpec), &Descriptor)| {
        page.compressed(column, descriptor, rows, &mut compressor)
    };
    let pages: Result<Vec<CompressedPage>, ParquetError> =
        pages.into_iter().zip(columns).zip(descriptors).map(compressed).collect();
    Ok(ChunkPages { rows: rows as u64, pages: pages? })
}

/// The values of a page.
#[derive(Default)]
struct PageBytes {
    /// Whether each row has a value.
    is_there: Vec<bool>,
    bytes: Vec<u8>,
}

impl PageBytes {
    fn push(&mut self, value: &CellValue<'_>) {
        self.is_there.push(*value != CellValue::Absent);
        match value {
            CellValue::Absent => {}
            CellValue::Text(text) | CellValue::Verbatim(text) => self.text(text),
            CellValue::Month(_) => self.text(&line_of(value)),
            CellValue::Count(count) => self.bytes.extend(count.to_le_bytes()),
            CellValue::Amount(amount) => self.bytes.extend(amount.raw().to_be_bytes()),
            CellValue::Usd(usd) => {
                let mut cents: Decimal = *usd;
                cents.rescale(USD_DECIMALS);
                self.bytes.extend(cents.mantissa().to_be_bytes());
            }
            CellValue::Date(day) => {
                let days = chrono::Datelike::num_days_from_ce(day) - EPOCH_DAYS;
                self.bytes.extend(days.to_le_bytes());
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend(u32::try_from(text.len()).expect("a cell is at most 1 MiB").to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    fn compressed(
        self,
        column: &ColumnSpec,
        descriptor: &Descriptor,
        rows: usize,
        compressor: &mut zstd::bulk::Compressor<'_>,
    ) -> Result<CompressedPage, ParquetError> {
        let bytes = match column.is_optional {
            false => self.bytes,
            true => {
                let levels = levels(&self.is_there);
                let length = u32::try_from(levels.len()).expect("a page is small").to_le_bytes();
                [&length[..], &levels, &self.bytes].concat()
            }
        };
        let header = DataPageHeader::V1(DataPageHeaderV1 {
            num_values: i32::try_from(rows).expect("a page is small"),
            encoding: Encoding::Plain.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: None,
        });
        let compressed = CowBuffer::Owned(compressor.compress(&bytes)?);
        let page = CompressedDataPage::new(
            header,
            compressed,
            Compression::Zstd,
            bytes.len(),
            descriptor.clone(),
            rows,
        );
        Ok(CompressedPage::Data(page))
    }
}

/// Definition levels in the hybrid encoding: runs of equal levels, each a varint of twice its length and a byte with the level.
fn levels(is_there: &[bool]) -> Vec<u8> {
    let mut levels = Vec::new();
    for run in is_there.chunk_by(|a, b| a == b) {
        let mut header = run.len() << 1;
        while header > 0x7f {
            levels.push(u8::try_from(header & 0x7f | 0x80).expect("a byte"));
            header >>= 7;
        }
        levels.push(u8::try_from(header).expect("a byte"));
        levels.push(u8::from(run[0]));
    }
    levels
}

/// The pages of a row group that is not written yet.
struct UnwrittenGroup {
    rows: u64,
    chunks: usize,
    columns: Vec<Vec<CompressedPage>>,
}

impl UnwrittenGroup {
    fn of(columns: usize) -> UnwrittenGroup {
        UnwrittenGroup { rows: 0, chunks: 0, columns: (0..columns).map(|_| Vec::new()).collect() }
    }

    fn add(&mut self, chunk: ChunkPages) {
        self.rows += chunk.rows;
        self.chunks += 1;
        self.columns.iter_mut().zip(chunk.pages).for_each(|(column, page)| column.push(page));
    }

    fn write(&mut self, file: &mut FileWriter<&mut dyn io::Write>) -> Result<(), ParquetError> {
        let UnwrittenGroup { rows, columns, .. } =
            std::mem::replace(self, UnwrittenGroup::of(self.columns.len()));
        let chunks = columns.into_iter().map(|pages| {
            let pages = Pages { rest: pages.into_iter(), page: None };
            Ok::<_, ParquetError>(DynStreamingIterator::new(pages))
        });
        file.write(rows, DynIter::new(chunks.collect::<Vec<_>>().into_iter()))
    }
}

/// Pages that are made already.
struct Pages {
    rest: std::vec::IntoIter<CompressedPage>,
    page: Option<CompressedPage>,
}

impl FallibleStreamingIterator for Pages {
    type Item = CompressedPage;
    type Error = ParquetError;

    fn advance(&mut self) -> Result<(), ParquetError> {
        self.page = self.rest.next();
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.page.as_ref()
    }
}
