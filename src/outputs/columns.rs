//! Tables as data: a column is a value with a name, a kind, a unit, and a function of the line. Comes in: columns and lines. Goes
//! out: a [`OutputTable`], ready for any writer. Nothing here renders text.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;

use super::lazy::{LazyChunks, LazyRows};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellValue<'v> {
    /// What cannot be known, or there is none: blank; in JSON, null.
    Absent,
    /// Text from inputs; defused where a spreadsheet would run it as a formula.
    Text(Cow<'v, str>),
    /// Text of ours, such as a code, or text that is defused already: never touched.
    Verbatim(Cow<'v, str>),
    /// A count.
    Count(u64),
    /// **Unit**: USD, two decimals. In JSON a string.
    Usd(Decimal),
    /// An exact amount, all digits. In JSON a string.
    Amount(Amount),
    /// ISO.
    Date(Day),
    /// `2017-06`.
    Month(Month),
}

impl<'v> CellValue<'v> {
    /// Text of an input. **Absent** if there is none.
    pub fn text(text: Option<&'v str>) -> CellValue<'v> {
        text.map_or(CellValue::Absent, |text| CellValue::Text(text.into()))
    }

    /// Text of ours. **Absent** if there is none.
    pub fn verbatim(text: Option<&'v str>) -> CellValue<'v> {
        text.map_or(CellValue::Absent, |text| CellValue::Verbatim(text.into()))
    }
}

/// The kind of all values of a column that are not absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// [`CellValue::Text`] or [`CellValue::Verbatim`].
    Text,
    /// [`CellValue::Count`]: below 2⁶³.
    Count,
    /// [`CellValue::Usd`]: two decimals.
    Usd,
    /// [`CellValue::Amount`]: 38 digits, 24 of them decimals.
    Amount,
    /// [`CellValue::Date`].
    Date,
    /// [`CellValue::Month`].
    Month,
}

impl ValueKind {
    /// The word of the kind for people.
    pub fn as_str(self) -> &'static str {
        match self {
            ValueKind::Text => "text",
            ValueKind::Count => "count",
            ValueKind::Usd => "USD, to the cent",
            ValueKind::Amount => "exact number",
            ValueKind::Date => "date",
            ValueKind::Month => "month",
        }
    }
}

/// What is known of a column before any row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name in the header.
    pub name: String,
    /// Kind of the values.
    pub kind: ValueKind,
    /// Unit of the values. **Absent**: they have none.
    pub unit: Option<&'static str>,
    /// What the column means, in one sentence without a full stop.
    pub description: String,
    /// Whether a value may be absent.
    pub is_optional: bool,
    /// How a terminal shows the column. **Absent**: it leaves the column out.
    pub terminal: Option<TerminalStyle>,
}

/// How a terminal shows a column. Text is aligned left, figures right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Heading, shorter than the column's name.
    pub title: String,
    /// Columns are left out in a narrow terminal, the highest rank first. A column of rank 0 is never left out; others are if all
    /// of their cells are blank.
    pub rank: u8,
    /// Width to which cells may be cut. **Absent**: cells are never cut.
    pub least_width: Option<usize>,
}

/// CellValue of a line in a column.
pub(super) type ValueOf<'t, L> = Box<dyn for<'l> Fn(&'l L) -> CellValue<'l> + Send + Sync + 't>;

/// A column of a table whose rows are made from lines.
pub struct TableColumn<'t, L> {
    pub(super) spec: ColumnSpec,
    pub(super) value: ValueOf<'t, L>,
}

impl<'t, L> TableColumn<'t, L> {
    /// A column in which every line has a value, of no unit, that terminals do not show.
    pub fn new(
        name: impl Into<String>,
        kind: ValueKind,
        description: impl Into<String>,
        value: impl for<'l> Fn(&'l L) -> CellValue<'l> + Send + Sync + 't,
    ) -> TableColumn<'t, L> {
        let (name, description) = (name.into(), description.into());
        let spec = ColumnSpec { name, kind, unit: None, description, is_optional: false, terminal: None };
        TableColumn { spec, value: Box::new(value) }
    }

    /// The column, in which a value may be absent.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.spec.is_optional = true;
        self
    }

    /// The column, with a unit.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.spec.unit = Some(unit);
        self
    }

    /// The column, shown by terminals.
    #[must_use]
    pub fn shown(mut self, title: impl Into<String>, rank: u8, least_width: Option<usize>) -> Self {
        self.spec.terminal = Some(TerminalStyle { title: title.into(), rank, least_width });
        self
    }
}

impl<L> fmt::Debug for TableColumn<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

/// A table, ready to be written in any format.
#[derive(Debug)]
pub struct OutputTable<'t> {
    /// What the table is about, in one line for readers at a terminal.
    pub caption: String,
    /// What a row stands for, in the plural.
    pub noun: &'static str,
    /// The columns.
    pub columns: Vec<ColumnSpec>,
    /// Rows of as many values.
    pub rows: LazyRows<'t>,
    /// Whether the table is an input too, so that its texts must be read back as they were.
    pub is_read_back: bool,
    /// Texts by key, for formats that have a place for them.
    pub metadata: Vec<(String, String)>,
}

impl<'t> OutputTable<'t> {
    /// The table of `lines`, a row for each.
    pub fn new<L: 't>(
        caption: String,
        noun: &'static str,
        columns: Vec<TableColumn<'t, L>>,
        lines: LazyChunks<'t, Vec<L>>,
    ) -> OutputTable<'t> {
        let (specs, values) = columns.into_iter().map(|column| (column.spec, column.value)).unzip();
        let rows = LazyRows::new(values, lines);
        OutputTable { caption, noun, columns: specs, rows, is_read_back: false, metadata: Vec::new() }
    }

    /// The table, whose texts can be read back as they were.
    #[must_use]
    pub fn that_is_read_back(mut self) -> Self {
        self.is_read_back = true;
        self
    }

    /// The table, with a text under a key.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, text: String) -> Self {
        self.metadata.push((key.to_owned(), text));
        self
    }
}
