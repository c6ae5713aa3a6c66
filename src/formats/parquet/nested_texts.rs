//! Texts of columns within groups, such as `add.path` of a checkpoint of a Delta table. Comes in: a file, paths of columns. Goes out: for each row
//! the text of each column. Groups may be null; none may repeat. For small files: all texts are held.

use std::path::Path;

use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::ParquetType;

use super::column_type::ColumnType;
use super::error::ParquetInputError;
use super::footer::{ParquetFooter, leaves_of};
use super::{ParquetFile, ParquetScratch, UsedColumn};
use crate::formats::batch::RowBatch;

/// For each row the text of each of `columns`, which are paths through groups; empty if null, or if the file lacks the column.
///
/// # Errors
/// The file cannot be read, or a column or a group around it repeats.
pub(crate) fn nested_texts(path: &Path, columns: &[&[&str]]) -> Result<Vec<Vec<String>>, ParquetInputError> {
    let footer =
        ParquetFooter::read(path)?.ok_or_else(|| ParquetInputError::corrupt("it has no rows of its own"))?;
    let mut used = Vec::new();
    for (slot, column) in columns.iter().enumerate() {
        if let Some((column_type, leaf)) = nested_column(footer.fields(), column)? {
            used.push((UsedColumn { slot, name: column.join("."), column_type, is_late: false }, leaf));
        }
    }
    let file: ParquetFile = footer.with_used(path, used, columns.len())?;
    let (mut rows, mut scratch, mut part) = (Vec::new(), ParquetScratch::default(), None);
    while let Some(next) = file.part_after(part) {
        file.read(0, next, &mut scratch, &mut |_, batches| {
            for batch in batches {
                for row in 0..batch.len() {
                    batch.visit(row, &mut |row| {
                        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                        rows.push(row.cells.iter().map(|cell| text(cell.bytes)).collect());
                    });
                }
            }
        })?;
        part = Some(next);
    }
    Ok(rows)
}

/// The type of the column at a path, and how many leaves of the schema come before it. `None` if there is none.
fn nested_column(
    mut fields: &[ParquetType],
    path: &[&str],
) -> Result<Option<(ColumnType, usize)>, ParquetInputError> {
    let (mut leaf, mut optional) = (0, 0);
    for name in path {
        let Some(at) = fields.iter().position(|field| field.name() == *name) else { return Ok(None) };
        leaf += fields[..at].iter().map(leaves_of).sum::<usize>();
        match &fields[at] {
            ParquetType::PrimitiveType(_) => {
                return Ok(Some((ColumnType::of(&fields[at])?.within(optional), leaf)));
            }
            ParquetType::GroupType { field_info, fields: inner, .. } => {
                match field_info.repetition {
                    Repetition::Required => {}
                    Repetition::Optional => optional += 1,
                    Repetition::Repeated => {
                        let found = format!("the column {} repeats", path.join("."));
                        return Err(ParquetInputError::unsupported(&found, "write it in another type"));
                    }
                }
                fields = inner;
            }
        }
    }
    Ok(None)
}
