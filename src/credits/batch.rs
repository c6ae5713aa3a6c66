//! Rows by the batch: those whose cells are usual are credited without a second look; the rest, in their order, goes the long
//! way, which decides. Both give the same sums, counts and rejects.

use super::CurrencySums;
use super::cost_kind::{Adds, Charge};
use super::fold::Fold;
use super::keys::{Account, SubscriptionKey, Whose};
use super::memo::{Known, KnownChoice, KnownTime, Memo, VALUES};
use super::table::TableMonth;
use super::usual::{RowWhose, UsualWhose};
use crate::base::amount::Amount;
use crate::base::calendar::{Coverage, Day};
use crate::base::simd::{self, Kernel, Simd};
use crate::config::dialect::{ColumnKey, CostKinds};
use crate::formats::batch::{BATCH_ROWS, RowBatch};
use crate::roster::associations::SubscriptionNumber;
use crate::rows::consumption::Plan;

/// A row whose cells are all known, before it is credited.
#[derive(Debug, Clone, Copy)]
struct Usual {
    subscription: SubscriptionKey,
    whose: RowWhose,
    time: KnownTime,
    currency: u16,
    amount: Amount,
}

/// A row that belongs to those who are associated with its subscription.
#[derive(Debug, Clone, Copy)]
struct Pending {
    subscription: SubscriptionKey,
    /// **Absent**: no association names it.
    known: Option<SubscriptionNumber>,
    day: Day,
    month: TableMonth,
    currency: u16,
    amount: Amount,
}

/// Memory of a batch, used again and again.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pending: Vec<Pending>,
    /// Rows that go the long way.
    long: Vec<usize>,
}

/// What a row's own cells say of it.
enum Sifted {
    NotConsumption,
    Outside(KnownTime),
    Credit(Usual),
    LongWay,
}

/// Counts of a batch, which join the tally at its end.
#[derive(Debug, Default)]
struct Counts {
    not_consumption: u64,
    outside_window: u64,
    days: Option<(Day, Day)>,
}

impl Counts {
    #[inline]
    fn saw(&mut self, time: &KnownTime) {
        let (first, last) = (time.first_day, time.time.day);
        self.days = Some(self.days.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
    }
}

/// How the rows of one input are remembered, and what is remembered.
#[derive(Debug)]
pub(super) struct Quick<'d> {
    memo: Memo,
    charges: Known<Charge>,
    whose: UsualWhose<'d>,
}

impl<'d> Quick<'d> {
    /// For an input of this plan. `None`: all its rows go the long way.
    pub(super) fn new(plan: &Plan<'d>) -> Option<Quick<'d>> {
        let kinds = plan.rules.cost_kinds.as_ref();
        if !kinds.is_none_or(|kinds| plan.tells_usage_from(kinds.charge_type, &kinds.purchase)) {
            return None;
        }
        Some(Quick {
            memo: Memo::new(plan)?,
            charges: Known::of_at_most(VALUES),
            whose: UsualWhose::new(plan)?,
        })
    }

    /// What the charge of a row is; `None`: the long way must say.
    fn charge<B: RowBatch>(&mut self, kinds: &CostKinds, batch: &B, row: usize) -> Option<Charge> {
        self.charges.get(batch.inline_key(row, kinds.charge_type.0)?, || {
            let mut charge = None;
            batch.visit(row, &mut |row| charge = Some(Charge::of(row, kinds)));
            charge
        })
    }
}

/// What [`Fold::take_batch`] is asked to do.
struct Taking<'t, 'f, 'd, B> {
    fold: &'t mut Fold<'f>,
    quick: &'t mut Quick<'d>,
    steps: &'t mut Steps,
    batch: &'t B,
}

impl<B: RowBatch> Kernel for Taking<'_, '_, '_, B> {
    type Output = ();

    #[inline(always)]
    fn run<L: Simd>(self, lanes: L) {
        self.fold.take_batch_by(lanes, self.quick, self.steps, self.batch);
    }
}

impl Fold<'_> {
    /// Takes a batch of an input whose cells can be remembered.
    pub(super) fn take_batch<B: RowBatch>(&mut self, quick: &mut Quick<'_>, steps: &mut Steps, batch: &B) {
        simd::dispatch_cells(Taking { fold: self, quick, steps, batch });
    }

    #[inline(always)]
    fn take_batch_by<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        quick: &mut Quick<'_>,
        steps: &mut Steps,
        batch: &B,
    ) {
        debug_assert!(batch.len() <= BATCH_ROWS, "memory of a batch is bounded");
        let Steps { pending, long } = steps;
        pending.clear();
        long.clear();
        let mut counts = Counts::default();
        // Those of the currency at hand, which the next row mostly has too.
        let mut sums = (0, CurrencySums::default());
        for row in 0..batch.len() {
            match self.sift(lanes, quick, batch, row) {
                Sifted::NotConsumption => counts.not_consumption += 1,
                Sifted::Outside(time) => {
                    counts.outside_window += 1;
                    counts.saw(&time);
                }
                Sifted::Credit(row) => {
                    counts.saw(&row.time);
                    let Usual { subscription, whose, time, currency, amount } = row;
                    if sums.0 != currency {
                        self.note_sums(&mut sums, currency);
                    }
                    match whose {
                        RowWhose::Partner(partner, association) => {
                            let whose = Whose::Partner(partner, association);
                            self.credit(&mut sums.1, subscription, whose, currency, time.month, amount);
                        }
                        RowWhose::Associated => {
                            let (day, month) = (time.time.day, time.month);
                            pending.push(Pending { subscription, known: None, day, month, currency, amount });
                        }
                    }
                }
                Sifted::LongWay => long.push(row),
            }
        }
        self.credit_pending(pending, &mut sums);
        self.note_sums(&mut sums, 0);
        self.count(&counts, batch.len() - long.len());
        // Rejects stand in the order of rows.
        for row in &*long {
            batch.visit(*row, &mut |row| self.long_way(row));
        }
    }

    /// What a row's own cells say of it.
    #[inline(always)]
    fn sift<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        quick: &mut Quick<'_>,
        batch: &B,
        row: usize,
    ) -> Sifted {
        let (plan, table) = (&self.context.plans[self.input], &self.context.table);
        let Some(is_consumption) = quick.memo.is_consumption(plan, batch, row) else {
            return Sifted::LongWay;
        };
        let kinds = plan.rules.cost_kinds.as_ref();
        if !is_consumption && kinds.is_none() {
            return Sifted::NotConsumption;
        }
        let Some(time) = quick.memo.time(plan, table, batch, row) else { return Sifted::LongWay };
        let mut adds = Adds::Nothing;
        if let Some(kinds) = kinds {
            let charge =
                if is_consumption { Some(Charge::CONSUMPTION) } else { quick.charge(kinds, batch, row) };
            let Some(charge) = charge else { return Sifted::LongWay };
            let evidence = &self.tallies[self.input].cost_kind;
            adds = self.noted.adds(evidence, kinds, charge, &time, batch, row);
        }
        match (time.time.coverage, adds) {
            (_, Adds::Nothing) if !is_consumption => return Sifted::NotConsumption,
            (Coverage::Outside, Adds::Nothing) => return Sifted::Outside(time),
            (Coverage::Whole, Adds::Nothing | Adds::AmortizedIfItCosts) if is_consumption => {}
            _ => return Sifted::LongWay,
        }
        let Some(KnownChoice { column, unavailable_unless_zero, currency }) =
            quick.memo.choice(plan, table, batch, row)
        else {
            return Sifted::LongWay;
        };
        let in_window = match batch.padded(row, column.0) {
            Some((text, length)) => plan.amount_in(lanes, text, length),
            None => None,
        };
        let amount = match in_window {
            Some(amount) => Some(amount),
            None => other_amount(plan, batch, row, column),
        };
        let is_usual = |amount: &Amount| match amount.is_zero() {
            true => unavailable_unless_zero.is_none_or(|other| {
                other_amount(plan, batch, row, other).is_some_and(|amount| amount.is_zero())
            }),
            false => adds == Adds::Nothing,
        };
        let Some(amount) = amount.filter(is_usual) else { return Sifted::LongWay };
        match quick.whose.of(lanes, &self.context.tenants, batch, row) {
            // Associations are looked up by GUID, or by text.
            Some((subscription, RowWhose::Associated)) if subscription.guid().is_none() => Sifted::LongWay,
            Some((subscription, whose)) => {
                Sifted::Credit(Usual { subscription, whose, time, currency, amount })
            }
            None => Sifted::LongWay,
        }
    }

    /// Credits rows for whom the associations speak. Every step asks memory for one thing of every row.
    fn credit_pending(&mut self, pending: &mut [Pending], sums: &mut (u16, CurrencySums)) {
        let associations = self.context.associations;
        for row in &mut *pending {
            row.known = row.subscription.guid().and_then(|guid| associations.subscription_of_guid(guid));
        }
        for Pending { subscription, known, day, month, currency, amount } in pending.iter().copied() {
            if sums.0 != currency {
                self.note_sums(sums, currency);
            }
            match known.and_then(|known| associations.outcome(known, day)) {
                Some(outcome) => {
                    let whose = Whose::InForce(outcome);
                    self.credit(&mut sums.1, subscription, whose, currency, month, amount);
                }
                None => {
                    sums.1.magnitude.add(amount);
                    sums.1.unassociated.add(1, amount);
                }
            }
        }
    }

    /// Credits a row.
    #[inline(always)]
    fn credit(
        &mut self,
        sums: &mut CurrencySums,
        subscription: SubscriptionKey,
        whose: Whose,
        currency: u16,
        month: TableMonth,
        amount: Amount,
    ) {
        sums.magnitude.add(amount);
        sums.credited.add(1, amount);
        let context = self.context;
        let repeats = context.plans[self.input].rules.repeats_per_association;
        let account = Account { subscription, whose, currency, repeats, year: month.year };
        context.table.put_row(&mut self.outbox, &account, month.month, amount);
    }

    /// Adds the sums of a currency to those of the worker, and begins with another.
    fn note_sums(&mut self, sums: &mut (u16, CurrencySums), next: u16) {
        let (currency, sums) = std::mem::replace(sums, (next, CurrencySums::default()));
        if sums != CurrencySums::default() {
            self.sums_of(currency).merge(&sums);
            let tally = self.tally();
            tally.credited += sums.credited.rows;
            tally.unassociated += sums.unassociated.rows;
        }
    }

    fn count(&mut self, counts: &Counts, rows: usize) {
        let tally = self.tally();
        tally.rows += u64::try_from(rows).expect("a batch is small");
        tally.not_consumption += counts.not_consumption;
        tally.outside_window += counts.outside_window;
        if let Some((first, last)) = counts.days {
            tally.saw_day(first, last);
        }
    }
}

/// The amount in a cell that is kept as a number, or of which no window is to be had, or that must be read with more care.
#[inline(never)]
fn other_amount<B: RowBatch>(plan: &Plan<'_>, batch: &B, row: usize, column: ColumnKey) -> Option<Amount> {
    match batch.decimal(row, column.0) {
        Some((digits, decimals)) => Amount::of_decimal(digits, decimals),
        None => match batch.raw(row, column.0) {
            [b'"', ..] if !B::MAY_BE_QUOTED => None,
            raw => plan.usual_amount(raw, B::MAY_BE_QUOTED),
        },
    }
}
