//! The fold: each worker reads the meaning of its rows, adds the rows up in the table of all workers, and logs its rejects; then the counts
//! of the workers are merged. The outcome does not depend on how rows are divided among workers. It knows sources and held periods, but no
//! window, association, roll-up, rate or rule set.

use std::io;

use super::batch::{FastRows, Scratch};
use super::sum_table::{ShardBuffers, SumTable};
use super::tally::{CurrencySums, SumsByCurrency, Tally};
use super::understatement::may_be_below_price;
use crate::base::calendar::{Day, Window};
use crate::base::ids::{self, subscription_key};
use crate::credits::credit_table::CreditTable;
use crate::credits::keys::{Account, SubscriptionKey};
use crate::diagnostics::reject::{Reject, RejectCode, RejectLog, RejectOwner, RejectTally};
use crate::formats::batch::RowBatch;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;
use crate::rows::amount::CurrencyText;
use crate::rows::plan::{Kind, Plan, Time};
use crate::rows::{CellReject, clock, header_row, shape_reject};

/// The inputs and the table that all workers share.
pub(crate) struct FoldContext<'c> {
    /// One for each input, in the same order.
    pub(crate) plans: &'c [Plan<'c>],
    /// The index of each input among all inputs of the run.
    pub(crate) run_index: &'c [usize],
    /// The number of the source of each input.
    pub(crate) sources: &'c [u32],
    /// Whether the sum of each day is counted, for each input.
    pub(crate) sums_days: &'c [bool],
    /// For each input, the first input whose cells have the same meaning: both share one set of cell caches.
    pub(crate) alike: &'c [usize],
    /// The table in which all workers add up.
    pub(crate) table: SumTable,
    /// The days whose amounts below the customer's price warnings tell. **Absent**: all days.
    pub(crate) told: Option<Window>,
    /// Whether rows may take the fast path.
    pub(crate) path: RowPath,
}

impl FoldContext<'_> {
    /// Whether an amount of this day that is below the customer's price is told.
    #[inline]
    pub(super) fn tells(&self, day: Day) -> bool {
        self.told.is_none_or(|told| told.contains(day))
    }
}

/// The path that rows take. Both paths give one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RowPath {
    /// The fast path where a row's cells allow it, else the slow path.
    #[default]
    FastOrSlow,
    /// The slow path only, which tests compare with the other.
    #[cfg(test)]
    Slow,
}

/// One worker's part of the fold.
pub(crate) struct Fold<'c> {
    pub(super) context: &'c FoldContext<'c>,
    log: RejectLog<'c>,
    pub(super) buffers: ShardBuffers,
    /// The currencies of rows of the slow path, with their numbers in the table.
    currencies: Vec<(String, u16)>,
    /// By the number of the currency in the table.
    sums: Vec<CurrencySums>,
    pub(super) tallies: Vec<Tally>,
    pub(super) input: usize,
    /// The cell caches of the input and of inputs alike. **Absent**: all rows take the slow path.
    fast: Option<FastRows<'c>>,
    scratch: Scratch,
    subscription: String,
    /// The first row of the batch whose time of day was noted while the first row of the input was not known. **Absent**: it is known.
    pub(super) first_timed: Option<usize>,
}

/// What all workers have counted, before the table is whole.
pub(crate) struct ReadRows {
    pub(crate) sums: SumsByCurrency,
    /// One for each source.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) rejects: RejectTally,
    /// Rows that are not in the table yet.
    buffers: Vec<ShardBuffers>,
}

impl ReadRows {
    /// With the credits: all that was added to the table.
    pub(crate) fn finish(self, table: &SumTable) -> Folded {
        let ReadRows { sums, tallies, rejects, buffers } = self;
        table.flush_all(buffers);
        Folded { credits: table.finish(), sums, tallies, rejects }
    }
}

/// The outcome of all workers.
pub(crate) struct Folded {
    pub(crate) credits: CreditTable,
    pub(crate) sums: SumsByCurrency,
    /// One for each input.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) rejects: RejectTally,
}

/// The input of a worker that has not begun.
const NO_INPUT: usize = usize::MAX;

impl<'c> Fold<'c> {
    /// A worker that has read nothing.
    pub(crate) fn new(context: &'c FoldContext<'c>, log: RejectLog<'c>) -> Fold<'c> {
        Fold {
            context,
            log,
            buffers: ShardBuffers::default(),
            currencies: Vec::new(),
            sums: Vec::new(),
            tallies: vec![Tally::default(); context.plans.len()],
            input: NO_INPUT,
            fast: None,
            scratch: Scratch::default(),
            subscription: String::new(),
            first_timed: None,
        }
    }

    /// Merges what all workers have counted.
    pub(crate) fn merge(workers: Vec<Fold<'c>>, context: &FoldContext<'_>) -> ReadRows {
        let mut sums = SumsByCurrency::default();
        let mut tallies = vec![Tally::default(); context.plans.len()];
        let mut rejects = RejectTally::default();
        let mut buffers = Vec::new();
        for worker in workers {
            let nothing = CurrencySums::default();
            for (theirs, number) in worker.sums.iter().zip(0..).filter(|(theirs, _)| **theirs != nothing) {
                let ours: &mut CurrencySums = sums.entry(context.table.currency_code(number)).or_default();
                ours.merge(theirs);
            }
            for (ours, theirs) in tallies.iter_mut().zip(worker.tallies) {
                ours.merge(theirs);
            }
            rejects.merge(worker.log.finish());
            buffers.push(worker.buffers);
        }
        ReadRows { sums, tallies, rejects, buffers }
    }

    pub(super) fn tally(&mut self) -> &mut Tally {
        &mut self.tallies[self.input]
    }

    /// The sums of a currency.
    pub(super) fn sums_of(&mut self, currency: u16) -> &mut CurrencySums {
        let currency = usize::from(currency);
        if self.sums.len() <= currency {
            self.sums.resize(currency + 1, CurrencySums::default());
        }
        &mut self.sums[currency]
    }

    /// Takes, leaves out or refuses a row, by all tests in their order.
    pub(super) fn slow_path(&mut self, row: &Row<'_>) {
        self.tally().rows += 1;
        match self.time_if_held(row) {
            Ok(None) => {}
            Ok(Some(time)) => {
                if let Err(fault) = self.take(row, time) {
                    self.refuse(row, &fault, Some(time.day));
                }
            }
            Err(fault) => self.refuse(row, &fault, None),
        }
    }

    /// Refuses a row. `day`: the day of the row, by which the row may lie outside of the window. **Absent**: a test before the test of the date
    /// refused the row.
    fn refuse(&mut self, row: &Row<'_>, fault: &CellReject, day: Option<Day>) {
        let layout = self.context.plans[self.input].layout;
        if header_row::repeats(row, layout) {
            self.tally().rows -= 1;
            self.tally().repeated_headers.note(row);
            return;
        }
        if header_row::is_other_header(row, layout) {
            self.tally().repeated_headers.note_changed(row);
        }
        self.tally().doubts.note(row, fault);
        let reject = Reject { day, ..self.context.plans[self.input].reject(row, fault) };
        let table = &self.context.table;
        let subscription = match &reject.owner {
            RejectOwner::Subscription(subscription) => table.subscription(subscription),
            RejectOwner::Anyone | RejectOwner::Partner(_) | RejectOwner::Tenant(_) => SubscriptionKey::NONE,
        };
        let counted_day = day.map(|day| table.counted_day(subscription, day));
        self.log.push(&reject, counted_day);
        self.tally().refused += 1;
    }

    /// Runs the tests up to the test of the date. `None` if the row is done: it is no consumption, or its month is not held.
    fn time_if_held(&mut self, row: &Row<'_>) -> Result<Option<Time>, CellReject> {
        let plan = &self.context.plans[self.input];
        let kind = plan.kind(row);
        if let Some(kinds) = plan.cost_kinds() {
            self.tallies[self.input].cost_kind.note(row, plan, kinds);
        }
        if kind? == Kind::Other {
            let mut columns = plan.condition_columns();
            let name = columns.find(|column| header_row::holds_name(row, *column, plan.layout));
            if let Some(name) = name
                && (header_row::repeats(row, plan.layout) || header_row::is_other_header(row, plan.layout))
            {
                return Err(CellReject::of(name, RejectCode::UnknownValue));
            }
            self.tally().not_consumption += 1;
            return Ok(None);
        }
        let time = plan.time(row)?;
        self.tally().days_told.insert(time.day);
        self.note_clock(row);
        if !self.context.table.periods.holds(time.month) {
            self.tally().not_held += 1;
            return Ok(None);
        }
        Ok(Some(time))
    }

    /// Notes the time of day of a row of consumption.
    fn note_clock(&mut self, row: &Row<'_>) {
        let column = self.context.plans[self.input].date_column();
        let clock_times = &mut self.tally().clock_times;
        if clock_times.is_open() {
            // The place of a row of text costs a count of lines.
            let place = clock_times.lacks_first().then(|| row.at.place());
            clock_times.note(clock(row, column), place);
        }
    }

    /// Runs the tests after the test of the date, and adds the row to the table.
    fn take(&mut self, row: &Row<'_>, time: Time) -> Result<(), CellReject> {
        let context = self.context;
        let (plan, table) = (&context.plans[self.input], &context.table);
        let subscription = plan.subscription(row)?;
        if subscription.is_none() && plan.rules.repeats_per_association {
            self.leave_out(row, time.day);
            return Ok(());
        }
        self.subscription.clear();
        if let Some(subscription) = &subscription {
            key_into(&mut self.subscription, subscription);
        }
        let owner = plan.owner(row)?;
        let (amount, currency, rounded) = plan.amount(row)?;
        let currency = self.currency(currency);
        self.sums_of(currency).take(1, amount);
        let tally = self.tally();
        tally.taken += 1;
        tally.rounded += u64::from(rounded);
        if let Some(column) = plan.invoice() {
            tally.invoices.note(row, column);
        }
        if may_be_below_price(plan) {
            match context.tells(time.day) {
                true => tally.understatement.note(row, plan, currency, amount),
                false => tally.understatement.rows_left_out += 1,
            }
        }
        if context.sums_days[self.input] {
            self.tally().day_sums.entry((time.day, currency)).or_default().add(1, amount);
        }
        let day = table.day(time.day);
        let account = Account {
            source: self.source(),
            subscription: table.subscription(&self.subscription),
            owner: table.owner(&owner),
            currency,
            year: day.year,
        };
        table.enqueue(&mut self.buffers, &account, day, amount);
        Ok(())
    }

    /// The number of the source that the worker reads.
    pub(super) fn source(&self) -> u32 {
        self.context.sources[self.input]
    }

    /// Counts a row without a subscription of an export that repeats consumption, with its amount if it can be read.
    fn leave_out(&mut self, row: &Row<'_>, day: Day) {
        let day = self.context.table.counted_day(SubscriptionKey::NONE, day);
        let (currency, amount) = match self.context.plans[self.input].amount(row) {
            Ok((amount, currency, rounded)) => {
                let currency = self.currency(currency);
                self.sums_of(currency).magnitude.add(amount);
                self.tally().rounded += u64::from(rounded);
                (Some(currency), amount)
            }
            Err(_) => (None, Default::default()),
        };
        self.tally().no_subscription.entry((day, currency)).or_default().add(1, amount);
    }

    /// The number of a currency.
    fn currency(&mut self, currency: CurrencyText<'_>) -> u16 {
        if let Some((_, number)) = self.currencies.iter().find(|(code, _)| currency.is(code)) {
            return *number;
        }
        let code = currency.code();
        let number = self.context.table.currency(&code);
        self.currencies.push((code, number));
        number
    }
}

/// Writes a subscription in the form in which subscriptions are compared.
fn key_into(key: &mut String, subscription: &str) {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if subscription.len() < 32 && subscription.bytes().all(is_plain)
        || ids::guid(subscription.as_bytes()).is_some()
    {
        key.push_str(subscription);
        key.make_ascii_lowercase();
    } else {
        key.push_str(&subscription_key(subscription));
    }
}

impl RowSink for Fold<'_> {
    fn begin(&mut self, input: usize, block: u64) {
        let alike = |input: usize| self.context.alike.get(input);
        if self.input == NO_INPUT || alike(self.input) != alike(input) {
            let plan = &self.context.plans[input];
            self.fast = match self.context.path {
                RowPath::FastOrSlow => FastRows::new(plan),
                #[cfg(test)]
                RowPath::Slow => None,
            };
        }
        if self.input != input
            && let Some(fast) = &mut self.fast
        {
            fast.begin_input();
        }
        self.input = input;
        self.log.begin(self.context.run_index[input], block);
    }

    fn row(&mut self, row: &Row<'_>) {
        self.slow_path(row);
    }

    fn batch<B: RowBatch>(&mut self, batch: &B) {
        match self.fast.take() {
            Some(mut fast) => {
                let mut scratch = std::mem::take(&mut self.scratch);
                self.take_batch(&mut fast, &mut scratch, batch);
                (self.fast, self.scratch) = (Some(fast), scratch);
            }
            None => {
                for row in 0..batch.len() {
                    batch.visit(row, &mut |row| self.row(row));
                }
            }
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let tally = self.tally();
        tally.rows += 1;
        tally.refused += 1;
        self.log.push(&shape_reject(bad, self.context.plans[self.input].layout), None);
    }

    fn end(&mut self) -> io::Result<()> {
        self.log.end()
    }
}
