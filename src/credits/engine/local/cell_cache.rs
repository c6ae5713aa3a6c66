//! Cell caches: results of the slow path for single cells of one input, by the cell's bytes or dictionary id: the verdict of a value, the
//! time of a date, and the choice of an amount column and its currency. Comes in: cells as they stand. Goes out: the result that the slow
//! path gave for equal bytes. Values that it refused are not cached.

use super::sum_table::{SumTable, TableDay};
use crate::config::dialect::ColumnKey;
use crate::formats::batch::RowBatch;
use crate::formats::inline_key::InlineKey;
use crate::rows::header_row;
use crate::rows::plan::{Plan, Time, Verdict};

/// Values of one column that are cached: types of charge and of publishers are few.
pub(super) const VALUES: usize = 16;
/// Dates that are cached: years of days fit, and rows repeat them.
const DATES: usize = 1 << 11;
/// Slots for each cached cell, so that probes are short.
const SLOTS: usize = 4;
/// Amount columns and currencies that are cached.
const CHOICES: usize = 64;
/// Values of a column's dictionary that are cached.
const DICTIONARY: u32 = 1 << 16;
/// Columns that choose the amount column: their cells are the key.
const CHOICE_COLUMNS: usize = 2;

/// The caches of one input, shared with the inputs whose cells have the same meaning.
#[derive(Debug)]
pub(super) struct CellCaches {
    conditions: Vec<ConditionCache>,
    date: ColumnKey,
    dates: InlineCache<CachedTime>,
    dates_by_id: DictionaryCache<CachedTime>,
    /// For each cached date, the generation in which its day was noted last.
    noted: Vec<u32>,
    /// Incremented with every input, so that all days are noted again.
    generation: u32,
    choice_columns: Vec<ColumnKey>,
    choices: Vec<([InlineKey; CHOICE_COLUMNS], CachedChoice)>,
    /// The index of the last choice, which the next row mostly repeats.
    choice: usize,
}

/// The verdicts of the values of one column.
#[derive(Debug)]
struct ConditionCache {
    column: ColumnKey,
    by_bytes: InlineCache<Verdict>,
    by_id: DictionaryCache<Verdict>,
}

/// A cache by the bytes of short cells: open addressing, never emptied.
#[derive(Debug)]
pub(super) struct InlineCache<T> {
    entries: Vec<(InlineKey, T)>,
    /// The number of an entry plus 1, at the position of its hash or after it; 0 is a free slot.
    slots: Vec<u16>,
}

/// A cache by the ids of a column's dictionary.
#[derive(Debug)]
pub(super) struct DictionaryCache<T> {
    dictionary: Option<u64>,
    values: Vec<Option<T>>,
}

/// The time of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct CachedTime {
    pub(super) time: Time,
    pub(super) table_day: TableDay,
    /// Whether the table holds the month.
    pub(super) is_held: bool,
    /// Index into [`CellCaches::noted`]; past its end, the day is noted row by row. With 32 bits, what stands before `is_held` fills 16
    /// bytes, which are copied at once: 14 are copied in two pieces that overlap, and each copy of the copy waits for both.
    number: u32,
}

/// The amount column and the currency of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct CachedChoice {
    pub(super) column: ColumnKey,
    /// If this column is not 0 while the amount is 0, the amount is not available.
    pub(super) unavailable_unless_zero: Option<ColumnKey>,
    /// The number of the currency in the table.
    pub(super) currency: u16,
}

impl<T: Copy> InlineCache<T> {
    /// An empty cache; `capacity` is a power of two.
    pub(super) fn with_capacity(capacity: usize) -> InlineCache<T> {
        InlineCache { entries: Vec::new(), slots: vec![0; SLOTS * capacity] }
    }

    /// The cached value of a cell, else the result of `compute`, which is cached while there is room. `None` is never cached.
    #[inline(always)]
    pub(super) fn get_or_insert(
        &mut self,
        cell: InlineKey,
        compute: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        let mask = self.slots.len() - 1;
        let mut slot = cell.hash() & mask;
        while let Some(number) = self.slots[slot].checked_sub(1) {
            let (key, value) = &self.entries[usize::from(number)];
            if *key == cell {
                return Some(*value);
            }
            slot = (slot + 1) & mask;
        }
        let value = compute()?;
        if SLOTS * self.entries.len() < self.slots.len() {
            self.entries.push((cell, value));
            self.slots[slot] = u16::try_from(self.entries.len()).expect("a cache has few entries");
        }
        Some(value)
    }
}

impl<T: Copy> DictionaryCache<T> {
    pub(super) fn new() -> DictionaryCache<T> {
        DictionaryCache { dictionary: None, values: Vec::new() }
    }

    /// The cached value of a cell.
    #[inline(always)]
    pub(super) fn get<B: RowBatch>(&self, batch: &B, row: usize, column: ColumnKey) -> Option<T> {
        let (dictionary, id) = batch.dictionary_id(row, column.0)?;
        if self.dictionary == Some(dictionary) { *self.values.get(id as usize)? } else { None }
    }

    /// Caches the value of a cell, and returns it.
    #[inline(always)]
    pub(super) fn insert<B: RowBatch>(&mut self, batch: &B, row: usize, column: ColumnKey, value: T) -> T {
        if let Some((dictionary, id)) = batch.dictionary_id(row, column.0) {
            self.insert_id(dictionary, id, value);
        }
        value
    }

    #[inline(never)]
    fn insert_id(&mut self, dictionary: u64, id: u32, value: T) {
        if self.dictionary != Some(dictionary) {
            self.values.clear();
            self.dictionary = Some(dictionary);
        }
        if id < DICTIONARY {
            let id = id as usize;
            if self.values.len() <= id {
                self.values.resize(id + 1, None);
            }
            self.values[id] = Some(value);
        }
    }
}

impl CellCaches {
    /// Empty caches for an input of this plan. `None` if too many columns choose the amount column.
    pub(super) fn new(plan: &Plan<'_>) -> Option<CellCaches> {
        let choice_columns = plan.choice_columns();
        let condition = |column| ConditionCache {
            column,
            by_bytes: InlineCache::with_capacity(VALUES),
            by_id: DictionaryCache::new(),
        };
        (choice_columns.len() <= CHOICE_COLUMNS).then(|| CellCaches {
            conditions: plan.condition_columns().map(condition).collect(),
            date: plan.date_column(),
            dates: InlineCache::with_capacity(DATES),
            dates_by_id: DictionaryCache::new(),
            noted: Vec::new(),
            generation: 1,
            choice_columns,
            choices: Vec::new(),
            choice: 0,
        })
    }

    /// Whether a row is consumption by its conditions. `None` if the slow path must read the row.
    #[inline(always)]
    pub(super) fn is_consumption<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        batch: &B,
        row: usize,
    ) -> Option<bool> {
        let mut is_consumption = true;
        for (nth, ConditionCache { column, by_bytes, by_id }) in self.conditions.iter_mut().enumerate() {
            let verdict = match by_id.get(batch, row, *column) {
                Some(verdict) => verdict,
                None => {
                    let cell = batch.inline_key(row, column.0)?;
                    let verdict = by_bytes.get_or_insert(cell, || slow_verdict(plan, nth, batch, row))?;
                    by_id.insert(batch, row, *column, verdict)
                }
            };
            match verdict {
                Verdict::Counts => {}
                Verdict::Excluded => is_consumption = false,
                Verdict::Unknown => unreachable!("an unknown value is not cached"),
            }
        }
        Some(is_consumption)
    }

    /// The time of a row. `None` if the slow path must read the row.
    #[inline(always)]
    pub(super) fn time<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        table: &SumTable,
        batch: &B,
        row: usize,
    ) -> Option<CachedTime> {
        let CellCaches { date: column, dates, dates_by_id, noted, .. } = self;
        if let Some(time) = dates_by_id.get(batch, row, *column) {
            return Some(time);
        }
        let cell = batch.inline_key(row, column.0)?;
        let time = dates.get_or_insert(cell, || slow_time(plan, table, batch, row, noted))?;
        Some(dates_by_id.insert(batch, row, *column, time))
    }

    /// Whether the day of a cached date is new in this input. Notes the day.
    #[inline(always)]
    pub(super) fn is_new_day(&mut self, time: CachedTime) -> bool {
        match self.noted.get_mut(time.number as usize) {
            Some(generation) => std::mem::replace(generation, self.generation) != self.generation,
            None => true,
        }
    }

    /// Starts another input: every day is new again.
    pub(super) fn forget_noted_days(&mut self) {
        self.generation += 1;
    }

    /// The amount column and the currency of a row. `None` if the slow path must read the row.
    #[inline(always)]
    pub(super) fn choice<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        table: &SumTable,
        batch: &B,
        row: usize,
    ) -> Option<CachedChoice> {
        if let (true, Some((_, choice))) = (self.choice_columns.is_empty(), self.choices.first()) {
            return Some(*choice);
        }
        let mut key = [InlineKey::default(); CHOICE_COLUMNS];
        for (cell, column) in key.iter_mut().zip(&self.choice_columns) {
            *cell = batch.inline_key(row, column.0)?;
        }
        if let Some((cached, choice)) = self.choices.get(self.choice)
            && *cached == key
        {
            return Some(*choice);
        }
        if let Some(nth) = self.choices.iter().position(|(cached, _)| *cached == key) {
            self.choice = nth;
            return Some(self.choices[nth].1);
        }
        let choice = slow_choice(plan, table, batch, row)?;
        if self.choices.len() < CHOICES {
            self.choice = self.choices.len();
            self.choices.push((key, choice));
        }
        Some(choice)
    }
}

/// The verdict of a cell on its row, by the slow path. `None` if the value is unknown; or if it excludes the row, and the row may be a header that
/// comes again: a name of the header is no seller's.
#[cold]
#[inline(never)]
fn slow_verdict<B: RowBatch>(plan: &Plan<'_>, nth: usize, batch: &B, row: usize) -> Option<Verdict> {
    let mut verdict = Verdict::Unknown;
    let column = plan.condition_columns().nth(nth);
    batch.visit_early(row, &mut |row| {
        verdict = plan.verdict(nth, row);
        let may_be_header = || column.is_some_and(|column| header_row::holds_name(row, column, plan.layout));
        if verdict == Verdict::Excluded && may_be_header() {
            verdict = Verdict::Unknown;
        }
    });
    (verdict != Verdict::Unknown).then_some(verdict)
}

/// The time of a row, by the slow path. The date gets the next number.
#[cold]
#[inline(never)]
fn slow_time<B: RowBatch>(
    plan: &Plan<'_>,
    table: &SumTable,
    batch: &B,
    row: usize,
    noted: &mut Vec<u32>,
) -> Option<CachedTime> {
    let mut time = None;
    batch.visit_early(row, &mut |row| time = plan.time(row).ok());
    let time: Time = time?;
    let number = u32::try_from(noted.len()).ok().filter(|number| (*number as usize) < DATES);
    if number.is_some() {
        noted.push(0);
    }
    Some(CachedTime {
        time,
        table_day: table.day(time.day),
        is_held: table.periods.holds(time.month),
        number: number.unwrap_or(u32::MAX),
    })
}

/// The amount column and the currency of a row, by the slow path.
#[cold]
#[inline(never)]
fn slow_choice<B: RowBatch>(
    plan: &Plan<'_>,
    table: &SumTable,
    batch: &B,
    row: usize,
) -> Option<CachedChoice> {
    let mut found = None;
    batch.visit_early(row, &mut |row| {
        found = plan.choice(row).ok().map(|choice| CachedChoice {
            column: choice.column,
            unavailable_unless_zero: choice.unavailable_unless_zero,
            currency: table.currency(&choice.currency.code()),
        });
    });
    found
}
