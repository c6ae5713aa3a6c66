//! What a worker remembers of single cells of one input: what a value says of its row, when a date is, and which amount column
//! and currency a row has. Comes in: cells as they stand. Goes out: what the long way said of the same bytes before; what it
//! refused is not remembered.

use crate::base::calendar::Day;
use crate::config::dialect::ColumnKey;
use crate::formats::batch::RowBatch;
use crate::formats::inline_key::InlineKey;
use crate::rows::consumption::{Plan, Time, Verdict};

use super::table::{Table, TableMonth};

/// Values of one column that are remembered: types of charge and of publishers are few.
pub(super) const VALUES: usize = 16;
/// Dates that are remembered: years of days fit, and rows repeat them.
const DATES: usize = 1 << 11;
/// Places for each cell that is remembered, so that few want the same.
const PLACES: usize = 4;
/// Amount columns and currencies that are remembered.
const CHOICES: usize = 64;
/// Values of a list that are remembered: those of a column's dictionary.
const LISTED: u32 = 1 << 16;
/// Columns that choose the amount column: their cells are the key.
const CHOICE_COLUMNS: usize = 2;

/// What is remembered of one input.
#[derive(Debug)]
pub(super) struct Memo {
    conditions: Vec<Condition>,
    date: ColumnKey,
    dates: Known<KnownTime>,
    listed_dates: Listed<KnownTime>,
    choice_columns: Vec<ColumnKey>,
    choices: Vec<([InlineKey; CHOICE_COLUMNS], KnownChoice)>,
    /// The last choice, which the next row mostly repeats.
    choice: usize,
}

/// What the values of one column say.
#[derive(Debug)]
struct Condition {
    column: ColumnKey,
    values: Known<Verdict>,
    listed: Listed<Verdict>,
}

/// What cells of few bytes said.
#[derive(Debug)]
pub(super) struct Known<T> {
    said: Vec<(InlineKey, T)>,
    /// One more than the number of each of them, at the place of its bytes or after it; 0 is nothing.
    places: Vec<u16>,
}

/// What the values of a list said, for cells that are told by their number in it.
#[derive(Debug)]
pub(super) struct Listed<T> {
    list: Option<u64>,
    known: Vec<Option<T>>,
}

/// When a row was.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownTime {
    pub(super) time: Time,
    pub(super) first_day: Day,
    pub(super) month: TableMonth,
}

/// Which amount column speaks for a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownChoice {
    pub(super) column: ColumnKey,
    /// If this one is not 0 while the amount is 0, the amount is not available.
    pub(super) unavailable_unless_zero: Option<ColumnKey>,
    /// Its currency's number in the table.
    pub(super) currency: u16,
}

impl<T: Copy> Known<T> {
    /// Room for `most`, a power of two.
    pub(super) fn of_at_most(most: usize) -> Known<T> {
        Known { said: Vec::new(), places: vec![0; PLACES * most] }
    }

    /// What a cell said before, or says now to `ask`, which is remembered if there is room; `None` never is.
    #[inline(always)]
    pub(super) fn get(&mut self, cell: InlineKey, ask: impl FnOnce() -> Option<T>) -> Option<T> {
        let mask = self.places.len() - 1;
        let mut place = cell.hash() & mask;
        while let Some(number) = self.places[place].checked_sub(1) {
            let (known, said) = &self.said[usize::from(number)];
            if *known == cell {
                return Some(*said);
            }
            place = (place + 1) & mask;
        }
        let said = ask()?;
        if PLACES * self.said.len() < self.places.len() {
            self.said.push((cell, said));
            self.places[place] = u16::try_from(self.said.len()).expect("they are few");
        }
        Some(said)
    }
}

impl<T: Copy> Listed<T> {
    pub(super) fn new() -> Listed<T> {
        Listed { list: None, known: Vec::new() }
    }

    /// What a cell said before.
    #[inline(always)]
    pub(super) fn get<B: RowBatch>(&self, batch: &B, row: usize, column: ColumnKey) -> Option<T> {
        let (list, number) = batch.dictionary_id(row, column.0)?;
        if self.list == Some(list) { *self.known.get(number as usize)? } else { None }
    }

    /// Remembers what a cell said, and says it again.
    #[inline(always)]
    pub(super) fn note<B: RowBatch>(&mut self, batch: &B, row: usize, column: ColumnKey, said: T) -> T {
        if let Some((list, number)) = batch.dictionary_id(row, column.0) {
            self.learn(list, number, said);
        }
        said
    }

    #[inline(never)]
    fn learn(&mut self, list: u64, number: u32, said: T) {
        if self.list != Some(list) {
            self.known.clear();
            self.list = Some(list);
        }
        if number < LISTED {
            let number = number as usize;
            if self.known.len() <= number {
                self.known.resize(number + 1, None);
            }
            self.known[number] = Some(said);
        }
    }
}

impl Memo {
    /// Nothing is remembered of the input of this plan. `None`: its rows are not such that cells can be remembered.
    pub(super) fn new(plan: &Plan<'_>) -> Option<Memo> {
        let choice_columns = plan.choice_columns();
        (choice_columns.len() <= CHOICE_COLUMNS).then(|| Memo {
            conditions: plan
                .condition_columns()
                .map(|column| Condition { column, values: Known::of_at_most(VALUES), listed: Listed::new() })
                .collect(),
            date: plan.date_column(),
            dates: Known::of_at_most(DATES),
            listed_dates: Listed::new(),
            choice_columns,
            choices: Vec::new(),
            choice: 0,
        })
    }

    /// Whether a row may be consumption; `None`: the long way must say.
    #[inline(always)]
    pub(super) fn is_consumption<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        batch: &B,
        row: usize,
    ) -> Option<bool> {
        let mut is_consumption = true;
        for (nth, Condition { column, values, listed }) in self.conditions.iter_mut().enumerate() {
            let verdict = match listed.get(batch, row, *column) {
                Some(verdict) => verdict,
                None => {
                    let cell = batch.inline_key(row, column.0)?;
                    let verdict = values.get(cell, || learn_verdict(plan, nth, batch, row))?;
                    listed.note(batch, row, *column, verdict)
                }
            };
            match verdict {
                Verdict::Counts => {}
                Verdict::Excluded => is_consumption = false,
                Verdict::Unknown => unreachable!("it is not remembered"),
            }
        }
        Some(is_consumption)
    }

    /// When a row was; `None`: the long way must say.
    #[inline(always)]
    pub(super) fn time<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        table: &Table,
        batch: &B,
        row: usize,
    ) -> Option<KnownTime> {
        let Memo { date: column, dates, listed_dates, .. } = self;
        if let Some(time) = listed_dates.get(batch, row, *column) {
            return Some(time);
        }
        let time = dates.get(batch.inline_key(row, column.0)?, || learn_time(plan, table, batch, row))?;
        Some(listed_dates.note(batch, row, *column, time))
    }

    /// Which amount column and which currency a row has; `None`: the long way must say.
    #[inline(always)]
    pub(super) fn choice<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        table: &Table,
        batch: &B,
        row: usize,
    ) -> Option<KnownChoice> {
        if let (true, Some((_, choice))) = (self.choice_columns.is_empty(), self.choices.first()) {
            return Some(*choice);
        }
        let mut key = [InlineKey::default(); CHOICE_COLUMNS];
        for (cell, column) in key.iter_mut().zip(&self.choice_columns) {
            *cell = batch.inline_key(row, column.0)?;
        }
        if let Some((known, choice)) = self.choices.get(self.choice)
            && *known == key
        {
            return Some(*choice);
        }
        if let Some(nth) = self.choices.iter().position(|(known, _)| *known == key) {
            self.choice = nth;
            return Some(self.choices[nth].1);
        }
        let mut learnt = None;
        batch.visit(row, &mut |row| {
            learnt = plan.choice(row).ok().map(|choice| KnownChoice {
                column: choice.column,
                unavailable_unless_zero: choice.unavailable_unless_zero,
                currency: table.currency(&choice.currency.code()),
            });
        });
        let learnt = learnt?;
        if self.choices.len() < CHOICES {
            self.choice = self.choices.len();
            self.choices.push((key, learnt));
        }
        Some(learnt)
    }
}

/// What a cell says of its row, by the long way. `None`: its value is not known.
#[cold]
#[inline(never)]
fn learn_verdict<B: RowBatch>(plan: &Plan<'_>, nth: usize, batch: &B, row: usize) -> Option<Verdict> {
    let mut verdict = Verdict::Unknown;
    batch.visit(row, &mut |row| verdict = plan.verdict(nth, row));
    (verdict != Verdict::Unknown).then_some(verdict)
}

/// When a row was, by the long way.
#[cold]
#[inline(never)]
fn learn_time<B: RowBatch>(plan: &Plan<'_>, table: &Table, batch: &B, row: usize) -> Option<KnownTime> {
    let mut time = None;
    batch.visit(row, &mut |row| time = plan.time(row).ok());
    let time = time?;
    Some(KnownTime { time, first_day: plan.first_day(time), month: table.month(time.month) })
}
