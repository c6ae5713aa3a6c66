//! Columns in the names of folders, as writers of partitioned tables put them: `publisherType=Azure/part-0.parquet`. Comes in: the path of a
//! file. Goes out: the columns, the outermost first; and a sink that puts their values into rows. It knows no dialect.

use std::io;
use std::path::Path;

use super::row::{BadRecord, Cell, CellKind, Row};
use super::scheduler::RowSink;
use crate::base::limits;
use crate::base::text::percent_decoded;
use crate::config::dialect::{FolderColumn, normalise};

/// The value that stands for a blank: of Hive, which all writers take over, and of Hudi.
const BLANK: [&str; 2] = ["__HIVE_DEFAULT_PARTITION__", "__DEFAULT_PARTITION__"];

/// The columns in the names of the folders of a file. Of two columns of one name, the inner one stands. A relative path is completed, so that
/// the folder in which a run is started has its columns too.
pub(super) fn folder_columns(file: &str) -> Vec<FolderColumn> {
    // Most paths have none, and are not completed for nothing.
    let path = Path::new(file);
    let absolute = if path.is_absolute() { None } else { std::path::absolute(path).ok() };
    let whole = absolute.as_deref().unwrap_or(path).to_string_lossy();
    let Some((folders, _)) = whole.rsplit_once(['/', '\\']) else { return Vec::new() };
    let mut columns: Vec<FolderColumn> = Vec::new();
    for column in folders.split(['/', '\\']).filter_map(column_of) {
        let name = normalise(&column.name);
        columns.retain(|other| normalise(&other.name) != name);
        columns.push(column);
    }
    columns
}

/// The column in the name of a folder. `None` if the folder is named otherwise.
fn column_of(folder: &str) -> Option<FolderColumn> {
    let (name, value) = folder.split_once('=')?;
    let (name, value) = (percent_decoded(name), percent_decoded(value));
    let is_blank = value.is_empty() || BLANK.contains(&value.as_str());
    (!normalise(&name).is_empty()).then_some(FolderColumn { name, value: (!is_blank).then_some(value) })
}

/// Gives rows to another sink, with the values of some columns that stand in the names of folders. All rows take the slow path.
pub(super) struct FolderColumnSink<'s, S> {
    /// The index of each cell of a row, and its value.
    pub(super) constants: Vec<(usize, &'s str)>,
    pub(super) sink: &'s mut S,
}

impl<S: RowSink> RowSink for FolderColumnSink<'_, S> {
    fn begin(&mut self, input: usize, block: u64) {
        self.sink.begin(input, block);
    }

    fn row(&mut self, row: &Row<'_>) {
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        cells[..row.cells.len()].copy_from_slice(row.cells);
        for (slot, value) in &self.constants {
            cells[*slot] = Cell { bytes: value.as_bytes(), kind: CellKind::Sheet };
        }
        self.sink.row(&Row { at: row.at, cells: &cells[..row.cells.len()] });
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.sink.bad_record(bad);
    }

    fn end(&mut self) -> io::Result<()> {
        self.sink.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(path: &str) -> Vec<(String, Option<String>)> {
        folder_columns(path).into_iter().map(|column| (column.name, column.value)).collect()
    }

    fn column(name: &str, value: &str) -> (String, Option<String>) {
        (name.to_owned(), Some(value.to_owned()))
    }

    #[test]
    fn folders_hold_names_and_values_with_escapes() {
        assert_eq!(
            columns("/in/provider=Microsoft%20365/run/charge%54ype=a=b%2Fc/part=0.parquet"),
            [column("provider", "Microsoft 365"), column("chargeType", "a=b/c")]
        );
        assert_eq!(columns("/in/provider=100%25 sure/x.csv"), [column("provider", "100% sure")]);
        assert_eq!(columns("/in/=x/ =y/x.csv"), []);
    }

    #[test]
    fn the_default_partition_is_blank() {
        let blank = ("provider".to_owned(), None);
        assert_eq!(columns("/provider=__HIVE_DEFAULT_PARTITION__/x.csv"), std::slice::from_ref(&blank));
        assert_eq!(columns("/provider=/x.csv"), [blank]);
    }

    #[test]
    fn of_two_columns_of_one_name_the_inner_one_stands() {
        assert_eq!(
            columns("/CHARGETYPE=Usage/year=2017/chargeType=Refund/x.csv"),
            [column("year", "2017"), column("chargeType", "Refund")]
        );
    }
}
