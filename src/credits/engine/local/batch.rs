//! The fast path: rows of a batch whose cells are all in the caches of the worker. Comes in: batches. Goes out: rows in the table; every
//! other row takes the slow path, in the order of rows. Both paths give the same sums, counts and rejects.

use super::cell_cache::{CachedChoice, CachedTime, CellCaches, InlineCache, VALUES};
use super::cost_kind::{Adds, Charge};
use super::fold::Fold;
use super::owner_cells::{OwnerCells, RowOwner};
use super::tally::CurrencySums;
use super::understatement::PriceCells;
use crate::base::amount::Amount;
use crate::base::calendar::Day;
use crate::base::simd::{self, Kernel, Simd};
use crate::config::dialect::{ColumnKey, CostKinds};
use crate::credits::RowsAndAmount;
use crate::credits::keys::{Account, OwnerKey, SubscriptionKey};
use crate::formats::batch::{BATCH_ROWS, RowBatch};
use crate::rows::clock;
use crate::rows::plan::Plan;

/// A row whose cells are all cached, before it is enqueued.
#[derive(Debug, Clone, Copy)]
struct FastRow {
    subscription: SubscriptionKey,
    owner: OwnerKey,
    time: CachedTime,
    currency: u16,
    amount: Amount,
}

/// Memory of a batch, reused for the next one.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Rows that take the slow path.
    slow: Vec<usize>,
}

/// The meaning of a row on the fast path.
enum Sifted {
    NotConsumption,
    NotHeld(CachedTime),
    Row(FastRow),
    SlowPath,
}

/// A day and currency, and the sum of consecutive rows: most exports are in the order of days.
type DayTotal = (Option<(Day, u16)>, RowsAndAmount);

/// Counts of a batch, which join the tally at its end.
#[derive(Debug, Default)]
struct Counts {
    not_consumption: u64,
    not_held: u64,
}

/// The cell caches of one input, shared with the inputs whose cells have the same meaning.
#[derive(Debug)]
pub(super) struct FastRows<'d> {
    caches: CellCaches,
    charges: InlineCache<Charge>,
    owner: OwnerCells<'d>,
    prices: PriceCells<'d>,
}

impl<'d> FastRows<'d> {
    /// The fast path of an input of this plan. `None` if all rows must take the slow path.
    pub(super) fn new(plan: &Plan<'d>) -> Option<FastRows<'d>> {
        let kinds = plan.cost_kinds();
        if !kinds.is_none_or(|kinds| plan.tells_usage_from(kinds.charge_type, &kinds.purchase)) {
            return None;
        }
        Some(FastRows {
            caches: CellCaches::new(plan)?,
            charges: InlineCache::with_capacity(VALUES),
            owner: OwnerCells::new(plan),
            prices: PriceCells::new(plan),
        })
    }

    /// Starts another input: its days are noted again.
    pub(super) fn begin_input(&mut self) {
        self.caches.forget_noted_days();
    }

    /// The charge of a row. `None` if the slow path must read the row.
    fn charge<B: RowBatch>(&mut self, kinds: &CostKinds, batch: &B, row: usize) -> Option<Charge> {
        self.charges.get_or_insert(batch.inline_key(row, kinds.charge_type.0)?, || {
            let mut charge = None;
            batch.visit_early(row, &mut |row| charge = Some(Charge::of(row, kinds)));
            charge
        })
    }
}

/// The kernel of [`Fold::take_batch`].
struct TakeBatch<'t, 'f, 'd, B> {
    fold: &'t mut Fold<'f>,
    fast: &'t mut FastRows<'d>,
    scratch: &'t mut Scratch,
    batch: &'t B,
}

impl<B: RowBatch> Kernel for TakeBatch<'_, '_, '_, B> {
    type Output = ();

    #[inline(always)]
    fn run<L: Simd>(self, lanes: L) {
        self.fold.take_batch_by(lanes, self.fast, self.scratch, self.batch);
    }
}

impl Fold<'_> {
    /// Takes a batch of an input that has cell caches.
    pub(super) fn take_batch<B: RowBatch>(
        &mut self,
        fast: &mut FastRows<'_>,
        scratch: &mut Scratch,
        batch: &B,
    ) {
        simd::dispatch_cells(TakeBatch { fold: self, fast, scratch, batch });
    }

    #[inline(always)]
    fn take_batch_by<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        fast: &mut FastRows<'_>,
        Scratch { slow }: &mut Scratch,
        batch: &B,
    ) {
        debug_assert!(batch.len() <= BATCH_ROWS, "memory of a batch is bounded");
        slow.clear();
        let mut counts = Counts::default();
        // The sums of one currency: most rows have the currency of the row before.
        let mut sums = (0, CurrencySums::default());
        let mut of_day = (None, RowsAndAmount::default());
        let source = self.source();
        let sums_days = self.context.sums_days[self.input];
        let invoice = self.context.plans[self.input].invoice();
        self.tally().invoices.forget();
        fast.owner.begin_batch(lanes, &self.context.table, batch);
        fast.prices.begin_batch(&self.context.plans[self.input], batch);
        for row in 0..batch.len() {
            match self.sift(lanes, fast, batch, row) {
                Sifted::NotConsumption => counts.not_consumption += 1,
                Sifted::NotHeld(time) => {
                    counts.not_held += 1;
                    self.note_day(fast, time, batch, row);
                }
                Sifted::Row(FastRow { subscription, owner, time, currency, amount }) => {
                    self.note_day(fast, time, batch, row);
                    if sums.0 != currency {
                        fast.prices.note_sum(
                            sums.0,
                            sums.1.taken,
                            &mut self.tallies[self.input].understatement,
                        );
                        self.note_sums(&mut sums, currency);
                    }
                    sums.1.take(1, amount);
                    if sums_days {
                        let key = (time.time.day, currency);
                        if of_day.0 != Some(key) {
                            self.note_day_sum(&mut of_day, Some(key));
                        }
                        of_day.1.add(1, amount);
                    }
                    if let Some(column) = invoice
                        && !self.tallies[self.input].invoices.is_repeated(batch, row, column)
                    {
                        let invoices = &mut self.tallies[self.input].invoices;
                        batch.visit_early(row, &mut |row| invoices.note(row, column));
                    }
                    if !fast.prices.is_empty() {
                        let plan = &self.context.plans[self.input];
                        let understatement = &mut self.tallies[self.input].understatement;
                        match self.context.tells(time.time.day) {
                            true => fast.prices.note(plan, (batch, row), (currency, amount), understatement),
                            false => fast.prices.leave_out(amount, understatement),
                        }
                    }
                    let account =
                        Account { source, subscription, owner, currency, year: time.table_day.year };
                    let context = self.context;
                    context.table.enqueue(&mut self.buffers, &account, time.table_day, amount);
                }
                Sifted::SlowPath => slow.push(row),
            }
        }
        fast.prices.note_sum(sums.0, sums.1.taken, &mut self.tallies[self.input].understatement);
        self.note_sums(&mut sums, 0);
        self.note_day_sum(&mut of_day, None);
        let tally = self.tally();
        tally.rows += u64::try_from(batch.len() - slow.len()).expect("a batch is small");
        tally.not_consumption += counts.not_consumption;
        tally.not_held += counts.not_held;
        // Rejects stand in the order of rows.
        for row in &*slow {
            self.set_first_timed(batch, *row);
            batch.visit(*row, &mut |row| self.slow_path(row));
        }
        self.set_first_timed(batch, batch.len());
    }

    /// Sets the first row whose time of day was noted, if it comes before `end`: places are found in the order of rows, and rows of the slow path
    /// come after all others of a batch.
    #[inline]
    fn set_first_timed<B: RowBatch>(&mut self, batch: &B, end: usize) {
        if let Some(first) = self.first_timed.take_if(|first| *first < end)
            && self.tally().clock_times.lacks_first()
        {
            batch.visit_early(first, &mut |row| self.tally().clock_times.set_first(row.at.place()));
        }
    }

    /// Notes the day of a row of consumption, once for each input.
    #[inline(always)]
    fn note_day<B: RowBatch>(&mut self, fast: &mut FastRows<'_>, time: CachedTime, batch: &B, row: usize) {
        if fast.caches.is_new_day(time) {
            self.note_new_day(time, batch, row);
        }
    }

    /// Notes a day, and the time of day of its row.
    #[inline(never)]
    fn note_new_day<B: RowBatch>(&mut self, time: CachedTime, batch: &B, row: usize) {
        let column = self.context.plans[self.input].date_column();
        let tally = self.tally();
        tally.days_told.insert(time.time.day);
        if tally.clock_times.is_open() {
            batch.visit_early(row, &mut |row| tally.clock_times.note(clock(row, column), None));
            if tally.clock_times.lacks_first() {
                self.first_timed.get_or_insert(row);
            }
        }
    }

    /// The meaning of a row on the fast path.
    #[inline(always)]
    fn sift<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        fast: &mut FastRows<'_>,
        batch: &B,
        row: usize,
    ) -> Sifted {
        let (plan, table) = (&self.context.plans[self.input], &self.context.table);
        let Some(is_consumption) = fast.caches.is_consumption(plan, batch, row) else {
            return Sifted::SlowPath;
        };
        let kinds = plan.cost_kinds();
        if !is_consumption && kinds.is_none() {
            return Sifted::NotConsumption;
        }
        let Some(time) = fast.caches.time(plan, table, batch, row) else { return Sifted::SlowPath };
        let mut adds = Adds::Nothing;
        if let Some(kinds) = kinds {
            let charge =
                if is_consumption { Some(Charge::CONSUMPTION) } else { fast.charge(kinds, batch, row) };
            let Some(charge) = charge else { return Sifted::SlowPath };
            let evidence = &self.tallies[self.input].cost_kind;
            adds = Adds::of(evidence, kinds, charge, batch, row);
        }
        match (time.is_held, adds) {
            (_, Adds::Nothing) if !is_consumption => return Sifted::NotConsumption,
            (false, Adds::Nothing) => return Sifted::NotHeld(time),
            (true, Adds::Nothing | Adds::AmortizedIfItCosts) if is_consumption => {}
            _ => return Sifted::SlowPath,
        }
        let Some(CachedChoice { column, unavailable_unless_zero, currency }) =
            fast.caches.choice(plan, table, batch, row)
        else {
            return Sifted::SlowPath;
        };
        let padded = match batch.padded(row, column.0) {
            Some((text, length)) => plan.amount_in(lanes, text, length),
            None => None,
        };
        let amount = match padded {
            Some(amount) => Some(amount),
            None => other_amount(plan, batch, row, column),
        };
        // A zero may mean that the amount is not available; an amount other than zero may be evidence of amortized cost.
        let is_plain = |amount: &Amount| match amount.is_zero() {
            true => unavailable_unless_zero.is_none_or(|other| {
                other_amount(plan, batch, row, other).is_some_and(|amount| amount.is_zero())
            }),
            false => adds == Adds::Nothing,
        };
        let Some(amount) = amount.filter(is_plain) else { return Sifted::SlowPath };
        match fast.owner.read(lanes, table, batch, row) {
            Some(RowOwner { subscription, owner }) => {
                Sifted::Row(FastRow { subscription, owner, time, currency, amount })
            }
            None => Sifted::SlowPath,
        }
    }

    /// Adds the sum of a day and currency to the worker's tally, and starts the next one.
    fn note_day_sum(&mut self, of_day: &mut DayTotal, next: Option<(Day, u16)>) {
        if let (Some(key), sum) = std::mem::replace(of_day, (next, RowsAndAmount::default())) {
            self.tally().day_sums.entry(key).or_default().add(sum.rows, sum.amount);
        }
    }

    /// Adds the sums of a currency to the worker's tally, and starts the next currency.
    fn note_sums(&mut self, sums: &mut (u16, CurrencySums), next: u16) {
        let (currency, sums) = std::mem::replace(sums, (next, CurrencySums::default()));
        if sums != CurrencySums::default() {
            self.sums_of(currency).merge(&sums);
            self.tally().taken += sums.taken.rows;
        }
    }
}

/// The amount of a cell that is stored as a number, has no padding, or is not in the form of the padded reader.
#[inline(never)]
fn other_amount<B: RowBatch>(plan: &Plan<'_>, batch: &B, row: usize, column: ColumnKey) -> Option<Amount> {
    match batch.decimal(row, column.0) {
        Some((digits, decimals)) => Amount::of_decimal(digits, decimals),
        None => match batch.raw(row, column.0) {
            [b'"', ..] if !B::MAY_BE_QUOTED => None,
            raw => plan.fast_amount(raw, B::MAY_BE_QUOTED),
        },
    }
}
