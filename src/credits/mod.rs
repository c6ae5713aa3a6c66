//! Credits: all consumption of a run by source, added up exactly, before judgement. Comes in: rows of consumption, in any order, by any
//! number of workers; or the lines of a credits table that was written before. Goes out: a [`CreditTable`]. It knows no window,
//! association, roll-up, rate or rule set, so that the same credits can be judged again and again.

pub(crate) mod control;
pub(crate) mod credit_table;
pub(crate) mod engine;
mod interner;
pub(crate) mod keys;
mod periods;
pub(crate) mod stored_line;
pub(crate) mod stored_lines;
pub(crate) mod stored_table;
mod sums;

pub(crate) use credit_table::{CreditLine, CreditShard, CreditTable, SortedAccounts};
pub(crate) use keys::SubscriptionKey;
pub(crate) use periods::{ComparedDays, PeriodNeeds};
pub(crate) use sums::{DaySum, RowsAndAmount};
