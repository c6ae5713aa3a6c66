//! The lines of credits tables that were written before (SPEC 3.10), added up. Comes in: lines. Goes out: sums in the table of the run, beside the
//! sums of exports; and the fault of a file, since an unreadable line is no reject: a program wrote the file. What a cell means is in
//! `stored_line.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::engine::local::SumTable;
use super::engine::local::sum_table::TableDay;
use super::engine::local::tally::{CurrencySums, SumsByCurrency};
use super::keys::Account;
use super::stored_line::{AccountCells, CELLS_BEFORE_SOURCE, LineError, TableColumns, mismatch};
use super::stored_table::StoredTable;
use super::sums::RowsAndAmount;
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::base::place::RowPlace;
use crate::config::dialect::{ColumnKey, Credits};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::batch::RowBatch;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;
use crate::rows::cell;

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
    /// Lines since the source and the currency changed.
    current: Option<CurrentSource>,
    /// By the bytes of both cells, the first and the last day of a line.
    days: Spans,
    /// By the bytes that a batch identifies both cells by, of one input; what `days` holds by their texts.
    batch_days: Spans,
    span_key: Vec<u8>,
    /// By number of the source, months that a table has only as a whole, although the export had days.
    pub(crate) whole_months: BTreeSet<(u32, Month)>,
}

/// The account of a line.
struct LastAccount {
    cells: AccountCells,
    /// Of any year. **Absent**: another table or an export counts.
    account: Option<Account>,
}

/// Lines of one source and currency that follow each other.
struct CurrentSource {
    /// Index of the source in the control.
    nth: usize,
    currency: String,
    sum: RowsAndAmount,
    of_currency: CurrencySums,
}

/// The time of a line.
#[derive(Debug, Clone, Copy)]
struct StoredSpan {
    first: Day,
    last: Day,
    day: TableDay,
}

type Spans = HashMap<Vec<u8>, StoredSpan, FixedState>;

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
            current: None,
            days: Spans::default(),
            batch_days: Spans::default(),
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

    fn columns(&self) -> TableColumns<'s> {
        TableColumns { table: &self.tables[self.input] }
    }

    /// Adds a line. Errors: what is wrong with it.
    fn take(&mut self, row: &Row<'_>) -> Result<(), LineError> {
        let columns = self.columns();
        let span = self.span(&columns, row)?;
        let (amount, rows) = (columns.amount(row)?, columns.rows(row)?);
        if !self.continues(&columns, |column| Some(cell(row, column).bytes)) {
            self.next_account(&columns, row)?;
        }
        self.add(&columns, span, rows, amount)
    }

    /// Adds a line whose numbers are stored as numbers, with no detour by their texts. `None` if a cell is not as usual, and the line must be
    /// taken as a row.
    fn take_numbers<B: RowBatch>(&mut self, batch: &B, row: usize) -> Option<Result<(), LineError>> {
        let columns = self.columns();
        let Credits { amount, rows, .. } = columns.table.meaning;
        let (digits, decimals) = batch.decimal(row, amount.0)?;
        let amount = Amount::of_decimal(digits, decimals)?;
        let (rows, 0) = batch.decimal(row, rows.0)? else { return None };
        let rows = u32::try_from(rows).ok()?;
        let span = self.batch_span(&columns, batch, row)?;
        if !self.continues(&columns, |column| batch.text(row, column.0)) {
            let mut opened = Ok(());
            batch.visit(row, &mut |row| opened = self.next_account(&columns, row));
            if opened.is_err() {
                return Some(opened);
            }
        }
        Some(self.add(&columns, span, rows, amount))
    }

    /// Whether a line with these cells is of the account of the line before.
    fn continues<'c>(
        &self,
        columns: &TableColumns<'_>,
        text: impl Fn(ColumnKey) -> Option<&'c [u8]>,
    ) -> bool {
        let of_account = columns.of_account();
        self.last.as_ref().is_some_and(|last| {
            let mut cells = of_account.iter().zip(&last.cells);
            cells.all(|(column, bytes)| text(*column).is_some_and(|text| text == bytes))
        })
    }

    /// Starts the account of a line. Errors: what is wrong with the line.
    fn next_account(&mut self, columns: &TableColumns<'_>, row: &Row<'_>) -> Result<(), LineError> {
        let before = self.last.take();
        let of_account = columns.of_account();
        let is_current = self.current.is_some()
            && before.as_ref().is_some_and(|before| {
                let mut cells = of_account.iter().zip(&before.cells).skip(CELLS_BEFORE_SOURCE);
                cells.all(|(column, bytes)| cell(row, *column).bytes == bytes)
            });
        if !is_current {
            self.flush();
        }
        let current = match &self.current {
            Some(current) => current,
            None => {
                let (nth, currency) = columns.source(row)?;
                let (sum, of_currency) = Default::default();
                self.current.insert(CurrentSource { nth, currency, sum, of_currency })
            }
        };
        let account = columns.account(row, (current.nth, &current.currency), self.sums_into)?;
        let mut cells = before.map(|before| before.cells).unwrap_or_default();
        for (column, bytes) in of_account.iter().zip(&mut cells) {
            bytes.clear();
            bytes.extend(cell(row, *column).bytes);
        }
        self.last = Some(LastAccount { cells, account });
        Ok(())
    }

    /// Adds a line of the last account. Errors: the table lacks the day that the run asks for.
    fn add(
        &mut self,
        columns: &TableColumns<'_>,
        StoredSpan { first, last, day }: StoredSpan,
        rows: u32,
        amount: Amount,
    ) -> Result<(), LineError> {
        let (Some(LastAccount { account, .. }), Some(current)) = (&self.last, &mut self.current) else {
            unreachable!("both were set")
        };
        current.sum.add(rows.into(), amount);
        let Some(key) = *account else { return Ok(()) };
        let is_whole = first != last && !columns.table.control.sources[current.nth].is_monthly();
        if is_whole && !self.whole_months.contains(&(key.source, Month::of(last))) {
            self.whole_months.insert((key.source, Month::of(last)));
        }
        if is_whole {
            let why = if self.sums_into.needs_days(key.subscription, last) {
                Some("the window or an association begins or ends within it")
            } else if self.sums_into.compares_days(key.source, key.subscription, last) {
                Some("another source tells of some of its days")
            } else {
                None
            };
            if let Some(why) = why {
                let month = Month::of(first);
                let message = format!(
                    "the table has {month} only as a whole, and {why}: write the table again with --credits-by-day"
                );
                return Err((InputErrorCode::MonthCut, message));
            }
        }
        self.sums_into.add_sum(&Account { year: day.year, ..key }, day, rows, amount);
        current.of_currency.take(rows.into(), amount);
        Ok(())
    }

    /// Adds the lines of the current source and currency to the sums.
    fn flush(&mut self) {
        let Some(CurrentSource { nth, currency, sum, of_currency }) = self.current.take() else { return };
        if self.tables[self.input].numbers[nth].is_some() {
            self.by_currency.entry(currency.clone()).or_default().merge(&of_currency);
        }
        self.sums[self.input].entry((nth, currency)).or_default().add(sum.rows, sum.amount);
    }

    /// The time of a line of a batch. `None` if it must be read from the row.
    fn batch_span<B: RowBatch>(
        &mut self,
        columns: &TableColumns<'_>,
        batch: &B,
        row: usize,
    ) -> Option<StoredSpan> {
        let Credits { from, to, .. } = columns.table.meaning;
        self.span_key.clear();
        self.span_key.extend(batch.raw(row, from.0));
        self.span_key.push(0);
        self.span_key.extend(batch.raw(row, to.0));
        if let Some(span) = self.batch_days.get(&self.span_key) {
            return Some(*span);
        }
        let key = self.span_key.clone();
        let mut span = None;
        batch.visit(row, &mut |row| span = self.span(columns, row).ok());
        self.batch_days.insert(key, span?);
        span
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
        if self.input != input {
            self.batch_days.clear();
        }
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        if let Err(fault) = self.take(row) {
            self.note(row.at.place(), fault);
        }
    }

    fn batch<B: RowBatch>(&mut self, batch: &B) {
        for row in 0..batch.len() {
            match self.take_numbers(batch, row) {
                Some(Ok(())) => {}
                None => batch.visit(row, &mut |row| self.row(row)),
                Some(Err(fault)) => batch.visit(row, &mut |row| self.note(row.at.place(), fault.clone())),
            }
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.note(bad.at.place(), (InputErrorCode::ControlMismatch, bad.code.meaning().to_owned()));
    }

    fn end(&mut self) -> io::Result<()> {
        self.last = None;
        self.flush();
        Ok(())
    }
}
