//! Writes a table of text as Parquet, for tests. Comes in: names and rows. Goes out: a file in which every column is
//! optional text, and a blank cell is null. Unless the test says otherwise, row groups and pages have few rows, so that
//! there are many. Pages of different columns end at different rows. It writes no other type.

use std::fs::File;
use std::path::Path;

use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::CompressionOptions;
use polars_parquet::parquet::encoding::{Encoding, hybrid_rle};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::metadata::SchemaDescriptor;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, DataPageHeaderV1, Page};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{
    ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType,
};
use polars_parquet::parquet::write::{
    Compressor, DynIter, DynStreamingIterator, FileWriter, Version, WriteOptions,
};

const GROUP_ROWS: usize = 5;
const PAGE_ROWS: usize = 2;

pub(crate) fn write(path: &Path, names: &[String], rows: &[Vec<String>]) {
    write_pages(path, names, rows, (GROUP_ROWS, PAGE_ROWS));
}

/// Writes row groups and pages of so many rows; pages of a column have up to two rows more.
pub(crate) fn write_pages(
    path: &Path,
    names: &[String],
    rows: &[Vec<String>],
    (group_rows, page_rows): (usize, usize),
) {
    let field = |name: &String| {
        let text = (Some(PrimitiveConvertedType::Utf8), Some(PrimitiveLogicalType::String));
        let (name, physical) = (name.as_str().into(), PhysicalType::ByteArray);
        ParquetType::try_from_primitive(name, physical, Repetition::Optional, text.0, text.1, None).unwrap()
    };
    let schema = SchemaDescriptor::new("rows".into(), names.iter().map(field).collect());
    let columns = schema.columns().to_vec();
    let options = WriteOptions { write_statistics: false, version: Version::V1 };
    let mut file = FileWriter::new(File::create(path).unwrap(), schema, options, None);
    for group in rows.chunks(group_rows) {
        let chunk = |nth: usize| {
            let page = |rows: &[Vec<String>]| {
                let there = |row: &&Vec<String>| row.get(nth).is_some_and(|cell| !cell.is_empty());
                let mut levels = Vec::new();
                let of_rows = rows.iter().map(|row| u32::from(there(&row)));
                hybrid_rle::encode::<u32, _, _>(&mut levels, of_rows, 1).unwrap();
                let mut bytes = u32::try_from(levels.len()).unwrap().to_le_bytes().to_vec();
                bytes.extend(levels);
                for row in rows.iter().filter(there) {
                    bytes.extend(u32::try_from(row[nth].len()).unwrap().to_le_bytes());
                    bytes.extend(row[nth].as_bytes());
                }
                let header = DataPageHeader::V1(DataPageHeaderV1 {
                    num_values: i32::try_from(rows.len()).unwrap(),
                    encoding: Encoding::Plain.into(),
                    definition_level_encoding: Encoding::Rle.into(),
                    repetition_level_encoding: Encoding::Rle.into(),
                    statistics: None,
                });
                let column = columns[nth].descriptor.clone();
                Ok(Page::Data(DataPage::new(header, CowBuffer::Owned(bytes), column, rows.len())))
            };
            // Pages of neighbouring columns have different numbers of rows.
            let pages: Vec<Result<Page, ParquetError>> =
                group.chunks(page_rows + nth % 3).map(page).collect();
            let compressor = Compressor::new(pages.into_iter(), CompressionOptions::Snappy, Vec::new());
            Ok::<_, ParquetError>(DynStreamingIterator::new(compressor))
        };
        let chunks: Vec<_> = (0..names.len()).map(chunk).collect();
        let rows = u64::try_from(group.len()).unwrap();
        file.write(rows, DynIter::new(chunks.into_iter())).unwrap();
    }
    file.end(None).unwrap();
}
