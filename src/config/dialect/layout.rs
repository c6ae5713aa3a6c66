//! The layout of an input: where each column of its dialect is, in the file or in the name of a folder. Comes in: what recognition finds.
//! Goes out: answers about columns. It reads no header and no row.

use super::{ColumnKey, Dialect, documented_headers, normalise, normalise_localised};

/// A column that stands in the name of a folder, `name=value`: every row of the files below the folder has this value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderColumn {
    /// The name, as its writer meant it.
    pub name: String,
    /// The value. **Absent**: blank, which writers spell `__HIVE_DEFAULT_PARTITION__`.
    pub value: Option<String>,
}

/// A dialect that fits a header, with the positions of its columns in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// For each column of [`Dialect::columns`], its position in the file. **Absent**: the file lacks the column.
    pub columns: Vec<Option<usize>>,
    /// The names in the header, in the order of the file, without BOM and surrounding blanks.
    pub header: Vec<String>,
    /// Columns in the names of folders, the outermost first.
    pub folder_columns: Vec<FolderColumn>,
    /// For each column of [`Dialect::columns`], its index among the columns in the names of folders. **Absent**: it is not read from there.
    pub in_folders: Vec<Option<usize>>,
    /// Columns whose cells are wanted of few rows alone. Recognition names none.
    pub on_demand: Vec<ColumnKey>,
}

impl Layout<'_> {
    /// The header name of a column. `None` if the file lacks the column.
    pub fn name(&self, column: ColumnKey) -> Option<&str> {
        let in_file = || self.columns.get(column.0).copied().flatten().and_then(|at| self.header.get(at));
        in_file().map(String::as_str).or_else(|| self.folder_column(column).map(|found| found.name.as_str()))
    }

    /// Whether the file has a column, also in the name of a folder.
    pub fn has(&self, column: ColumnKey) -> bool {
        self.columns[column.0].is_some() || self.folder_column(column).is_some()
    }

    /// A column's name for messages: the name in the header, else the dialect's key.
    pub fn shown_name(&self, column: ColumnKey) -> String {
        self.name(column).unwrap_or(&self.dialect.columns[column.0].key).to_owned()
    }

    /// Whether the header or a folder has a name, which is given in the form in which names are compared.
    pub fn has_name(&self, name: &str) -> bool {
        let mut names = self.header.iter().chain(self.folder_columns.iter().map(|column| &column.name));
        names.any(|other| normalise(other) == *name || normalise_localised(other).as_deref() == Some(name))
    }

    /// Header names of columns that are not read, in the order of the file.
    pub fn ignored(&self) -> Vec<&str> {
        let read = |at: &usize| self.columns.contains(&Some(*at));
        self.header.iter().enumerate().filter(|(at, _)| !read(at)).map(|(_, name)| name.as_str()).collect()
    }

    /// The column in the name of a folder from which a column is read. `None` if it is read from the file, or not at all.
    pub fn folder_column(&self, column: ColumnKey) -> Option<&FolderColumn> {
        self.folder_columns.get(self.in_folders.get(column.0).copied().flatten()?)
    }

    /// The columns that are read from the names of folders: the index of each among the dialect's columns, and its value as text.
    pub fn constants(&self) -> impl Iterator<Item = (usize, &str)> {
        (0..self.in_folders.len()).filter_map(|slot| {
            let column = self.folder_column(ColumnKey(slot))?;
            Some((slot, column.value.as_deref().unwrap_or_default()))
        })
    }

    /// Columns in the names of folders that are not read, the outermost first.
    pub fn ignored_folders(&self) -> impl Iterator<Item = &FolderColumn> {
        let is_read = |at: usize| self.in_folders.contains(&Some(at));
        self.folder_columns.iter().enumerate().filter(move |(at, _)| !is_read(*at)).map(|(_, column)| column)
    }

    /// Names and values of the columns that a writer has moved from the rows to the names of folders: those that the dialect reads or its
    /// documented headers have, and the file lacks. Files with other values hold other rows, though their bytes be equal. Empty: there are none.
    pub fn partition(&self) -> Vec<&FolderColumn> {
        let is_moved = |(at, column): &(usize, &FolderColumn)| {
            self.in_folders.contains(&Some(*at)) || self.is_documented_elsewhere(&column.name)
        };
        self.folder_columns.iter().enumerate().filter(is_moved).map(|(_, column)| column).collect()
    }

    /// [`Layout::partition`] as texts that are equal where the columns are.
    pub fn partition_texts(&self) -> Vec<String> {
        let text = |column: &FolderColumn| {
            format!("{}={}", normalise(&column.name), column.value.as_deref().unwrap_or_default())
        };
        let mut texts: Vec<String> = self.partition().into_iter().map(text).collect();
        texts.sort();
        texts
    }

    /// Whether a documented header of the dialect has a column that the file lacks.
    fn is_documented_elsewhere(&self, name: &str) -> bool {
        let name = normalise(name);
        let mut headers = documented_headers().iter();
        !self.header.iter().any(|own| normalise(own) == name)
            && headers.any(|header| {
                let is_of_dialect = header.dialect == Some(self.dialect.name.as_str());
                is_of_dialect && header.columns().any(|column| normalise(column) == name)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dialect::{Recognition, builtin, recognise_in_folders};

    fn column(name: &str, value: &str) -> FolderColumn {
        let value = (!value.is_empty()).then(|| value.to_owned());
        FolderColumn { name: name.to_owned(), value }
    }

    fn layout(header: &str, folders: &[FolderColumn]) -> Layout<'static> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        match recognise_in_folders(&header, folders, &[], builtin(), None) {
            Recognition::Fits(layout) => layout,
            other => unreachable!("{other:?}"),
        }
    }

    fn constants<'l>(layout: &'l Layout<'_>) -> Vec<(&'l str, &'l str)> {
        layout.constants().map(|(slot, value)| (layout.dialect.columns[slot].key.as_str(), value)).collect()
    }

    const PARTNER: &str = "date,SubscriptionId,resellerMpnId,partnerTenantId,costInUsd,publisherType";

    #[test]
    fn a_column_that_a_folder_names_is_read_from_there() {
        let folders = [column("year", "2017"), column("CHARGETYPE", "Usage"), column("provider", "")];
        let layout = layout(PARTNER, &folders);
        assert_eq!(layout.dialect.name, "cost-partner");
        assert_eq!(constants(&layout), [("charge_type", "Usage"), ("provider", "")]);
        let charge_type = ColumnKey(layout.constants().next().unwrap().0);
        assert!(layout.has(charge_type));
        assert_eq!(layout.name(charge_type), Some("CHARGETYPE"));
        assert_eq!(layout.ignored_folders().collect::<Vec<_>>(), [&folders[0]]);
        assert_eq!(layout.partition_texts(), ["chargetype=Usage", "provider="]);
    }

    #[test]
    fn a_column_of_the_file_comes_before_the_folder() {
        let folders = [column("publisherType", "Marketplace"), column("chargeType", "Usage")];
        let layout = layout(PARTNER, &folders);
        assert_eq!(constants(&layout), [("charge_type", "Usage")]);
        assert_eq!(layout.partition_texts(), ["chargetype=Usage"]);
    }

    #[test]
    fn where_one_column_is_enough_that_of_the_file_is_read() {
        let folders = [column("date", "2017-07-01"), column("currency", "USD")];
        let layout = layout("month,partner_id,association,amount", &folders);
        assert_eq!(constants(&layout), [("currency", "USD")]);
    }

    #[test]
    fn a_documented_column_that_no_dialect_reads_parts_the_rows_and_any_other_does_not() {
        let folders = [column("meterRegion", "EU"), column("day", "1"), column("chargeType", "Usage")];
        let layout = layout(PARTNER, &folders);
        assert_eq!(layout.partition_texts(), ["chargetype=Usage", "meterregion=EU"]);
    }

    #[test]
    fn a_forbidden_name_is_forbidden_in_a_folder_too() {
        let header = ["subscription_id", "partner_id", "type"].map(str::to_owned);
        let fits = |folders: &[FolderColumn]| {
            matches!(recognise_in_folders(&header, folders, &[], builtin(), None), Recognition::Fits(_))
        };
        assert!(fits(&[]) && !fits(&[column("amount", "1")]));
    }
}
