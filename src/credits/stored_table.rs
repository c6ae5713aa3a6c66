//! Credits tables that were written before, as inputs (SPEC 3.10). Comes in: their lines and their controls. Goes out: sums in the table
//! of the run, beside the sums of exports; and the fault of a file, since an unreadable line is no reject: a program wrote the file.
//! A source that stands in two tables counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::control::{Control, ControlSource};
use super::engine::local::SumTable;
use super::engine::local::sum_table::TableDay;
use super::engine::local::tally::SumsByCurrency;
use super::keys::Account;
use super::stored_line::{LastAccount, LineError, TableColumns, mismatch};
use super::sums::RowsAndAmount;
use crate::base::calendar::{Day, Month};
use crate::base::place::RowPlace;
use crate::config::dialect::{Credits, Layout, RoleMeaning};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;
use crate::rows::cell;

/// A credits table that is read.
#[derive(Debug)]
pub(crate) struct StoredTable<'s> {
    pub(crate) layout: &'s Layout<'s>,
    pub(super) meaning: &'s Credits,
    /// Whether texts were defused for spreadsheets when they were written.
    pub(super) is_defused: bool,
    pub(crate) control: Arc<Control>,
    /// By index in the control: the number of the source in the run. **Absent**: another table or an export counts.
    pub(crate) numbers: Arc<Vec<Option<u32>>>,
    /// By dataset and source as in the lines, the index in the control.
    pub(super) by_id: Arc<BTreeMap<(String, String), usize>>,
    /// The first file of the table that this one is a part of. **Absent**: it is the first.
    pub(crate) part_of: Option<usize>,
}

impl<'s> StoredTable<'s> {
    /// A further file of a table, which is the table numbered `first`: both have one control.
    pub(crate) fn part(&self, first: usize, layout: &'s Layout<'s>, is_delimited: bool) -> StoredTable<'s> {
        let RoleMeaning::Credits(meaning) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        StoredTable {
            layout,
            meaning,
            is_defused: is_delimited,
            control: Arc::clone(&self.control),
            numbers: Arc::clone(&self.numbers),
            by_id: Arc::clone(&self.by_id),
            part_of: Some(first),
        }
    }

    /// A table of this layout and control, whose sources are numbered from `next` on, unless they are among `counted`, which grows.
    /// `ids`: dataset and source by which lines name each source of the control.
    pub(crate) fn new(
        layout: &'s Layout<'s>,
        is_delimited: bool,
        (control, ids): (Control, Vec<(String, String)>),
        next: &mut u32,
        counted: &mut BTreeSet<(String, String)>,
    ) -> StoredTable<'s> {
        let RoleMeaning::Credits(meaning) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        let id = |source: &ControlSource| (source.dataset.clone(), source.source.clone());
        let mut number = |source: &ControlSource| {
            counted.insert(id(source)).then(|| {
                *next += 1;
                *next - 1
            })
        };
        let numbers = Arc::new(control.sources.iter().map(&mut number).collect());
        let by_id = Arc::new(ids.into_iter().zip(0..).collect());
        let control = Arc::new(control);
        StoredTable { layout, meaning, is_defused: is_delimited, control, numbers, by_id, part_of: None }
    }

    /// What the lines of each source should come to, and do not.
    fn mismatch(&self, sums: &BTreeMap<(usize, String), RowsAndAmount>) -> Option<String> {
        for (nth, source) in self.control.sources.iter().enumerate() {
            let of_source = sums.range((nth, String::new())..(nth + 1, String::new()));
            let found: BTreeMap<&String, (u64, String)> = of_source
                .map(|((_, currency), sum)| (currency, (sum.rows, sum.amount.to_string())))
                .collect();
            let wanted: BTreeMap<&String, (u64, String)> = source
                .lines
                .iter()
                .map(|(currency, sum)| (currency, (sum.rows, sum.amount.clone())))
                .collect();
            if found != wanted {
                let said = |sums: &BTreeMap<&String, (u64, String)>| {
                    let texts: Vec<String> = sums
                        .iter()
                        .map(|(currency, (rows, amount))| format!("{amount} {currency} of {rows} rows"))
                        .collect();
                    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" and ") }
                };
                return Some(format!(
                    "the lines of source {} ({}) come to {}, and its control says {}: the file was cut or changed, or its control is that of another; write the table again",
                    source.source,
                    source.file,
                    said(&found),
                    said(&wanted)
                ));
            }
        }
        None
    }
}

/// What is wrong with a table: the first line at fault decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LineFault {
    place: RowPlace,
    code: InputErrorCode,
    message: String,
}

/// The sink of one worker.
pub(crate) struct StoredLines<'s> {
    tables: &'s [StoredTable<'s>],
    sums_into: &'s SumTable,
    input: usize,
    /// By table, source and currency, counted or not.
    sums: Vec<BTreeMap<(usize, String), RowsAndAmount>>,
    by_currency: SumsByCurrency,
    faults: BTreeMap<usize, LineFault>,
    /// The account of the line before: lines are sorted by it, so that most lines have the same.
    last: Option<LastAccount>,
    /// By the bytes of both cells, the first and the last day of a line.
    days: HashMap<Vec<u8>, StoredSpan, FixedState>,
    span_key: Vec<u8>,
    /// By number of the source, months that a table has only as a whole, although the export had days.
    pub(crate) whole_months: BTreeSet<(u32, Month)>,
}

/// The time of a line.
#[derive(Debug, Clone, Copy)]
struct StoredSpan {
    first: Day,
    last: Day,
    day: TableDay,
}

impl<'s> StoredLines<'s> {
    /// A worker that has read nothing.
    pub(crate) fn new(tables: &'s [StoredTable<'s>], sums_into: &'s SumTable) -> StoredLines<'s> {
        StoredLines {
            tables,
            sums_into,
            input: 0,
            sums: vec![BTreeMap::new(); tables.len()],
            by_currency: SumsByCurrency::new(),
            faults: BTreeMap::new(),
            last: None,
            days: HashMap::default(),
            span_key: Vec::new(),
            whole_months: BTreeSet::new(),
        }
    }

    /// The sums by currency of all lines that count, and by table what is wrong with it.
    pub(crate) fn merge(
        workers: Vec<StoredLines<'s>>,
        tables: &[StoredTable<'s>],
    ) -> (SumsByCurrency, BTreeMap<usize, (InputErrorCode, String)>) {
        let mut by_currency = SumsByCurrency::new();
        let mut sums = vec![BTreeMap::new(); tables.len()];
        let mut faults: BTreeMap<usize, LineFault> = BTreeMap::new();
        for worker in workers {
            for (currency, theirs) in worker.by_currency {
                by_currency.entry(currency).or_default().merge(&theirs);
            }
            for (ours, theirs) in sums.iter_mut().zip(worker.sums) {
                for (key, sum) in theirs {
                    let ours: &mut RowsAndAmount = BTreeMap::entry(ours, key).or_default();
                    ours.add(sum.rows, sum.amount);
                }
            }
            for (table, fault) in worker.faults {
                let first = faults.entry(table).or_insert_with(|| fault.clone());
                *first = fault.min(first.clone());
            }
        }
        for (nth, table) in tables.iter().enumerate() {
            let Some(first) = table.part_of else { continue };
            for (key, sum) in std::mem::take(&mut sums[nth]) {
                let ours: &mut RowsAndAmount = BTreeMap::entry(&mut sums[first], key).or_default();
                ours.add(sum.rows, sum.amount);
            }
        }
        let mut wrong: BTreeMap<usize, (InputErrorCode, String)> = BTreeMap::new();
        for (nth, table) in tables.iter().enumerate() {
            if let Some(LineFault { place, code, message }) = faults.remove(&nth) {
                wrong.insert(nth, (code, format!("line {}: {message}", place.row)));
            } else if table.part_of.is_none()
                && let Some(message) = table.mismatch(&sums[nth])
            {
                wrong.insert(nth, (InputErrorCode::ControlMismatch, message));
            }
        }
        (by_currency, wrong)
    }

    /// Adds a line. Errors: what is wrong with it.
    fn take(&mut self, row: &Row<'_>) -> Result<(), LineError> {
        let columns = TableColumns { table: &self.tables[self.input] };
        let StoredSpan { first, last, day } = self.span(&columns, row)?;
        let amount = columns.amount(row)?;
        let rows = columns.rows(row)?;
        let is_same = self.last.as_ref().is_some_and(|last| {
            columns
                .of_account()
                .iter()
                .zip(&last.cells)
                .all(|(column, bytes)| cell(row, *column).bytes == bytes)
        });
        if !is_same {
            self.flush();
            self.last = Some(columns.account(row, self.sums_into)?);
        }
        let Some(account) = &mut self.last else { unreachable!("it was set") };
        account.sum.add(rows.into(), amount);
        let Some(key) = account.account else { return Ok(()) };
        let control = &columns.table.control.sources[account.nth];
        let is_whole = first != last && !control.is_monthly();
        if is_whole && !self.whole_months.contains(&(key.source, Month::of(last))) {
            self.whole_months.insert((key.source, Month::of(last)));
        }
        if is_whole && self.sums_into.needs_days(key.subscription, last) {
            return Err((
                InputErrorCode::MonthCut,
                format!(
                    "the table has {} only as a whole, and the window or an association begins or ends within it: write the table again with --credits-by-day",
                    Month::of(first)
                ),
            ));
        }
        self.sums_into.add_sum(&Account { year: day.year, ..key }, day, rows, amount);
        account.of_currency.take(rows.into(), amount);
        Ok(())
    }

    /// Adds the lines of the last account to the sums.
    fn flush(&mut self) {
        let Some(last) = self.last.take() else { return };
        let LastAccount { nth, currency, account, sum, of_currency, .. } = last;
        if account.is_some() {
            self.by_currency.entry(currency.clone()).or_default().merge(&of_currency);
        }
        self.sums[self.input].entry((nth, currency)).or_default().add(sum.rows, sum.amount);
    }

    /// The time of a line.
    fn span(&mut self, columns: &TableColumns<'_>, row: &Row<'_>) -> Result<StoredSpan, LineError> {
        let Credits { from, to, .. } = columns.table.meaning;
        self.span_key.clear();
        self.span_key.extend(cell(row, *from).bytes);
        self.span_key.push(0);
        self.span_key.extend(cell(row, *to).bytes);
        if let Some(span) = self.days.get(&self.span_key) {
            return Ok(*span);
        }
        let (first, last) = (columns.day(row, from)?, columns.day(row, to)?);
        let is_whole_month = first == Month::of(first).first_day() && last == Month::of(first).last_day();
        if first != last && !is_whole_month {
            return Err(mismatch(format!("{first} to {last} is neither a day nor a month")));
        }
        let span = StoredSpan { first, last, day: self.sums_into.day(last) };
        self.days.insert(self.span_key.clone(), span);
        Ok(span)
    }

    fn note(&mut self, place: RowPlace, (code, message): (InputErrorCode, String)) {
        let fault = LineFault { place, code, message };
        let first = self.faults.entry(self.input).or_insert_with(|| fault.clone());
        if fault < *first {
            *first = fault;
        }
    }
}

impl RowSink for StoredLines<'_> {
    fn begin(&mut self, input: usize, _: u64) {
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        if let Err(fault) = self.take(row) {
            self.note(row.at.place(), fault);
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.note(bad.at.place(), (InputErrorCode::ControlMismatch, bad.code.meaning().to_owned()));
    }

    fn end(&mut self) -> io::Result<()> {
        self.flush();
        Ok(())
    }
}

/// That a credits table has no control, or none that this version reads.
pub(crate) fn without_control(input: crate::base::place::InputName, why: &str) -> InputError {
    let message = format!(
        "a credits table without its control ({why}): keep the .control.json beside a .csv or .tsv, or write the table again"
    );
    InputError { input: Some(input), code: InputErrorCode::NoControl, message }
}
