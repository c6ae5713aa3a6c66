//! The credits table as Parquet, compressed with zstd. Comes in: lines. Goes out: bytes, the same for the same lines.
//!
//! `amount` is a DECIMAL(38, 24), which holds every amount of a run to the last digit: 24 decimals are kept, and Σ|amount| stays
//! below 10¹⁴. Memory: one row group.

use std::io::{self, Write};

use polars_parquet::parquet::compression::CompressionOptions;
use polars_parquet::parquet::encoding::{Encoding, hybrid_rle};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::metadata::{Descriptor, SchemaDescriptor};
use polars_parquet::parquet::page::{CompressedPage, DataPage, DataPageHeader, DataPageHeaderV1, Page};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType,
};
use polars_parquet::parquet::write::{
    DynIter, DynStreamingIterator, FileWriter, Version, WriteOptions, compress,
};
use polars_parquet::parquet::{CowBuffer, FallibleStreamingIterator};
use rayon::prelude::*;

use super::{CreditLine, CreditLines};
use crate::base::amount::DECIMALS;
use crate::config::own_columns::CREDITS;

/// Rows of a row group, and of a page: few enough for the memory of a reader, enough for its speed.
const GROUP_ROWS: usize = 1 << 17;
const PAGE_ROWS: usize = 1 << 14;
/// Digits of an amount.
const DIGITS: usize = 38;

pub(super) fn write(lines: &CreditLines<'_>, out: &mut dyn Write) -> io::Result<()> {
    let schema = SchemaDescriptor::new("credits".into(), fields().map_err(failed)?);
    let options = WriteOptions { write_statistics: false, version: Version::V1 };
    let program = concat!(env!("CARGO_PKG_NAME"), " version ", env!("CARGO_PKG_VERSION"));
    let columns: Vec<Descriptor> = schema.columns().iter().map(|column| column.descriptor.clone()).collect();
    let mut file = FileWriter::new(out, schema, options, Some(program.to_owned()));
    let mut write = |group: &[CreditLine<'_>]| {
        let rows = u64::try_from(group.len()).expect("a length fits");
        let chunks: Vec<Chunk> =
            columns.par_iter().enumerate().map(|(nth, column)| chunk(group, nth, column)).collect();
        let chunks = chunks.into_iter().map(Ok::<_, ParquetError>);
        file.write(rows, DynIter::new(chunks)).map_err(failed)
    };
    let mut waiting: Vec<CreditLine<'_>> = Vec::new();
    lines.in_parallel(
        |piece| piece,
        |piece| {
            waiting.extend(piece);
            while waiting.len() >= GROUP_ROWS {
                write(&waiting[..GROUP_ROWS])?;
                waiting.drain(..GROUP_ROWS);
            }
            Ok(())
        },
    )?;
    if !waiting.is_empty() {
        write(&waiting)?;
    }
    file.end(None).map_err(failed)?;
    Ok(())
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}

fn fields() -> Result<Vec<ParquetType>, ParquetError> {
    let field = |(nth, name): (usize, &str)| {
        let (physical, converted, logical) = match nth {
            AMOUNT => (
                PhysicalType::FixedLenByteArray(16),
                Some(PrimitiveConvertedType::Decimal(DIGITS, DECIMALS as usize)),
                Some(PrimitiveLogicalType::Decimal(DIGITS, DECIMALS as usize)),
            ),
            ROWS => (PhysicalType::Int64, None, None),
            _ => (
                PhysicalType::ByteArray,
                Some(PrimitiveConvertedType::Utf8),
                Some(PrimitiveLogicalType::String),
            ),
        };
        let repetition = if nth == SUBSCRIPTION { Repetition::Optional } else { Repetition::Required };
        ParquetType::try_from_primitive(name.into(), physical, repetition, converted, logical, None)
    };
    CREDITS.into_iter().enumerate().map(field).collect()
}

const PARTNER: usize = 0;
const SUBSCRIPTION: usize = 1;
const MONTH: usize = 2;
const ASSOCIATION: usize = 3;
const AMOUNT: usize = 4;
const ROWS: usize = 5;

type Chunk = DynStreamingIterator<'static, CompressedPage, ParquetError>;

/// A column of a row group. Its pages are made here, and not when the library asks for them, so that threads make them.
fn chunk(group: &[CreditLine<'_>], nth: usize, column: &Descriptor) -> Chunk {
    let made = |lines| compress(page(lines, nth, column)?, Vec::new(), CompressionOptions::Zstd(None));
    let pages: Vec<Result<CompressedPage, ParquetError>> = group.par_chunks(PAGE_ROWS).map(made).collect();
    DynStreamingIterator::new(Pages { rest: pages.into_iter(), page: None })
}

/// Pages that are made already.
struct Pages {
    rest: std::vec::IntoIter<Result<CompressedPage, ParquetError>>,
    page: Option<CompressedPage>,
}

impl FallibleStreamingIterator for Pages {
    type Item = CompressedPage;
    type Error = ParquetError;

    fn advance(&mut self) -> Result<(), ParquetError> {
        self.page = self.rest.next().transpose()?;
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.page.as_ref()
    }
}

fn page(lines: &[CreditLine<'_>], nth: usize, column: &Descriptor) -> Result<Page, ParquetError> {
    let mut bytes = Vec::new();
    if nth == SUBSCRIPTION {
        let mut levels = Vec::new();
        let there = lines.iter().map(|line| u32::from(line.subscription.is_some()));
        hybrid_rle::encode::<u32, _, _>(&mut levels, there, 1)?;
        bytes.extend(u32::try_from(levels.len()).expect("a page is small").to_le_bytes());
        bytes.extend(levels);
    }
    for line in lines {
        match nth {
            PARTNER => text(&mut bytes, line.partner),
            SUBSCRIPTION => line.subscription.iter().for_each(|subscription| text(&mut bytes, subscription)),
            MONTH => text(&mut bytes, &line.month.to_string()),
            ASSOCIATION => text(&mut bytes, &line.association),
            AMOUNT => bytes.extend(line.amount.raw().to_be_bytes()),
            ROWS => bytes.extend(line.rows.to_le_bytes()),
            _ => text(&mut bytes, line.currency),
        }
    }
    let header = DataPageHeader::V1(DataPageHeaderV1 {
        num_values: i32::try_from(lines.len()).expect("a page is small"),
        encoding: Encoding::Plain.into(),
        definition_level_encoding: Encoding::Rle.into(),
        repetition_level_encoding: Encoding::Rle.into(),
        statistics: None,
    });
    Ok(Page::Data(DataPage::new(header, CowBuffer::Owned(bytes), column.clone(), lines.len())))
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u32::try_from(text.len()).expect("a cell is at most 1 MiB").to_le_bytes());
    bytes.extend(text.as_bytes());
}
