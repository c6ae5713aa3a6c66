//! Rows by the batch: those whose cells are known from before are credited without a second look; the rest, in their order,
//! goes the long way, which decides and from which this learns. Both give the same sums, counts and issues.
//!
//! The steps ask memory for one thing of every row at a time: the cells, the identities, the accounts, the sums.

use super::fold::{Fold, Found};
use super::identities::{Decided, Known, Sought};
use super::memo::{KnownChoice, KnownTime, Memo};
use super::{CostKindEvidence, CurrencySums};
use crate::calendar::{Coverage, Day};
use crate::dialects::{ColumnKey, CostKinds};
use crate::inputs::batch::{BATCH_ROWS, RowBatch};
use crate::inputs::row::Row;
use crate::money::Amount;
use crate::records::consumption::Plan;

/// Identities that a worker may always remember; beyond, twice as many as it has accounts.
const IDENTITIES: usize = 1 << 14;

/// A row whose own cells are known, before anybody knows whose it is.
#[derive(Debug, Clone, Copy)]
struct Pending {
    row: usize,
    /// Its number among the cells that are sought.
    sought: usize,
    time: KnownTime,
    currency: u16,
    amount: Amount,
}

/// A row whose account is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Credited {
    pub(super) account: u32,
    pub(super) month: u8,
    pub(super) currency: u16,
    pub(super) amount: Amount,
}

/// Memory of a batch, used again and again.
#[derive(Debug, Default)]
pub(super) struct Steps {
    sought: Sought,
    pending: Vec<Pending>,
    credited: Vec<Credited>,
    /// Rows that go the long way.
    long: Vec<usize>,
}

/// What a row's own cells say of it.
enum Sifted {
    NotConsumption,
    Outside(KnownTime),
    Credit(Pending),
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
pub(super) struct Quick {
    pub(super) memo: Memo,
    pub(super) columns: Vec<ColumnKey>,
}

impl Quick {
    /// For an input of this plan. `None`: all its rows go the long way.
    pub(super) fn new(plan: &Plan<'_>) -> Option<Quick> {
        let columns = super::identities::columns(plan.rules)?;
        let kinds = plan.rules.cost_kinds.as_ref();
        if !kinds.is_none_or(|kinds| plan.tells_usage_from(kinds.charge_type, &kinds.purchase)) {
            return None;
        }
        Some(Quick { memo: Memo::new(plan)?, columns })
    }
}

impl Fold<'_> {
    /// Takes a batch of an input whose cells can be remembered.
    pub(super) fn take_batch<B: RowBatch>(&mut self, quick: &mut Quick, steps: &mut Steps, batch: &B) {
        debug_assert!(batch.len() <= BATCH_ROWS, "memory of a batch is bounded");
        let (sought, pending, long) = (&mut steps.sought, &mut steps.pending, &mut steps.long);
        sought.clear();
        pending.clear();
        long.clear();
        steps.credited.clear();
        let mut counts = Counts::default();
        for row in 0..batch.len() {
            match self.sift(quick, sought, batch, row) {
                Sifted::NotConsumption => counts.not_consumption += 1,
                Sifted::Outside(time) => {
                    counts.outside_window += 1;
                    counts.saw(&time);
                }
                Sifted::Credit(row) => {
                    counts.saw(&row.time);
                    pending.push(row);
                }
                Sifted::LongWay => long.push(row),
            }
        }
        self.identities.find_all(sought);
        for row in &*pending {
            let whose = sought.found(row.sought).map_or(Whose::Unknown, |known| self.account_of(known, row));
            let whose = match whose {
                Whose::Unknown => {
                    let mut met = Whose::Unknown;
                    batch.visit(row.row, &mut |cells| met = self.meet(cells, row, sought));
                    met
                }
                known => known,
            };
            match whose {
                Whose::Account(account) => {
                    let Pending { currency, amount, .. } = *row;
                    steps.credited.push(Credited { account, month: row.time.month.month, currency, amount });
                }
                Whose::Nobody => self.leave_unassociated(row),
                Whose::Unknown => long.push(row.row),
            }
        }
        self.credit_all(&steps.credited);
        self.count(&counts, batch.len() - long.len());
        // Issues stand in the order of rows.
        long.sort_unstable();
        for row in &*long {
            batch.visit(*row, &mut |row| self.long_way(row));
        }
    }

    /// Finds whose a row is of which nothing is known yet, by the tests of the long way, and remembers it. `Unknown`: the long
    /// way must say what to do with the row.
    fn meet(&mut self, cells: &Row<'_>, row: &Pending, sought: &Sought) -> Whose {
        let Ok(year) = i16::try_from(row.time.month.year) else { return Whose::Unknown };
        let Ok((found, decided)) = self.whose(cells, row.time.time.day) else { return Whose::Unknown };
        let limit = IDENTITIES + 2 * self.table.accounts();
        let outcome = match found {
            Found::NoSubscription => return Whose::Unknown,
            Found::InForce(outcome) => outcome,
            Found::Partner(..) | Found::Nobody => 0,
        };
        let Some(account) = self.account(&found, row.currency, row.time.month.year) else {
            self.identities.learn(sought, row.sought, decided, None, limit);
            return Whose::Nobody;
        };
        let share = (row.currency, year, outcome);
        self.identities.learn(sought, row.sought, decided, Some((share, account)), limit);
        Whose::Account(account)
    }

    /// What a row's own cells say of it, and its identity among those that are sought.
    #[inline]
    fn sift<B: RowBatch>(&mut self, quick: &mut Quick, sought: &mut Sought, batch: &B, row: usize) -> Sifted {
        let plan = &self.context.plans[self.input];
        let Some(is_consumption) = quick.memo.is_consumption(plan, batch, row) else {
            return Sifted::LongWay;
        };
        let kinds = plan.rules.cost_kinds.as_ref();
        if !is_consumption {
            return if kinds.is_none() { Sifted::NotConsumption } else { Sifted::LongWay };
        }
        let Some(time) = quick.memo.time(plan, &self.table, batch, row) else { return Sifted::LongWay };
        match time.time.coverage {
            Coverage::Outside if kinds.is_none() => return Sifted::Outside(time),
            Coverage::Whole => {}
            Coverage::Outside | Coverage::Cut => return Sifted::LongWay,
        }
        if let Some(kinds) = kinds
            && !is_noted(&self.tallies[self.input].cost_kind, &mut self.noted, kinds, &time, batch, row)
        {
            return Sifted::LongWay;
        }
        let Some(KnownChoice { column, is_zero_doubtful, currency }) =
            quick.memo.choice(plan, &mut self.table, batch, row)
        else {
            return Sifted::LongWay;
        };
        let amount = match batch.decimal(row, column.0) {
            Some((digits, decimals)) => Amount::of_decimal(digits, decimals),
            None => match batch.raw(row, column.0) {
                [b'"', ..] if !B::MAY_BE_QUOTED => None,
                raw => plan.usual_amount(raw),
            },
        };
        let Some(amount) = amount.filter(|amount| !(is_zero_doubtful && amount.is_zero())) else {
            return Sifted::LongWay;
        };
        sought.begin();
        for column in &quick.columns {
            sought.cell(batch.raw(row, column.0));
        }
        match sought.end() {
            Some(sought) => Sifted::Credit(Pending { row, sought, time, currency, amount }),
            None => Sifted::LongWay,
        }
    }

    #[inline]
    fn account_of(&self, known: Known, row: &Pending) -> Whose {
        let Ok(year) = i16::try_from(row.time.month.year) else { return Whose::Unknown };
        let outcome = match self.identities.decided(known) {
            Decided::InRow => 0,
            Decided::Never => return Whose::Nobody,
            Decided::By(subscription) => {
                match self.context.associations.outcome(subscription, row.time.time.day) {
                    Some(outcome) => outcome,
                    None => return Whose::Nobody,
                }
            }
        };
        let account = self.identities.account(known, (row.currency, year, outcome));
        account.map_or(Whose::Unknown, Whose::Account)
    }

    fn leave_unassociated(&mut self, row: &Pending) {
        self.tally().unassociated += 1;
        let sums = self.sums_of(row.currency);
        sums.magnitude.add(row.amount);
        sums.unassociated.add(1, row.amount);
    }

    fn credit_all(&mut self, credited: &[Credited]) {
        self.table.add_all(credited);
        for of_one in credited.chunk_by(|a, b| a.currency == b.currency) {
            let mut sums = CurrencySums::default();
            for row in of_one {
                sums.magnitude.add(row.amount);
                sums.credited.add(1, row.amount);
            }
            self.sums_of(of_one[0].currency).merge(&sums);
        }
        self.tally().credited += u64::try_from(credited.len()).expect("a batch is small");
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

/// Whose a row is.
enum Whose {
    Account(u32),
    Nobody,
    Unknown,
}

/// Whether the long way has noted already all that a row of usage says of its export's kind of cost.
fn is_noted<B: RowBatch>(
    evidence: &CostKindEvidence,
    noted: &mut Noted,
    kinds: &CostKinds,
    time: &KnownTime,
    batch: &B,
    row: usize,
) -> bool {
    let is_blank = |column: &ColumnKey| match batch.raw(row, column.0) {
        b"" => true,
        raw => B::MAY_BE_QUOTED && raw == b"\"\"",
    };
    if !evidence.is_amortized && !kinds.benefits.iter().all(is_blank) {
        return false;
    }
    noted.has(batch.raw(row, kinds.billing_account.0), time)
}

/// The billing account and the months that were noted of it, of the input that is read.
#[derive(Debug, Default)]
pub(super) struct Noted {
    account: Vec<u8>,
    months: Vec<(i32, u8)>,
}

impl Noted {
    /// Another input has its own.
    pub(super) fn forget(&mut self) {
        self.account.clear();
        self.months.clear();
    }

    /// Whether a row of this account and month was noted; if not, the caller goes the long way, which notes it.
    #[inline]
    fn has(&mut self, account: &[u8], time: &KnownTime) -> bool {
        let month = (time.month.year, time.month.month);
        if self.account != account {
            self.months.clear();
            self.account.clear();
            self.account.extend_from_slice(account);
        }
        let is_noted = self.months.contains(&month);
        if !is_noted {
            self.months.push(month);
        }
        is_noted
    }
}
