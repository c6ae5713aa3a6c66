//! The local engine: all cores of one machine fold rows into one table. Comes in: rows. Goes out: a credit table, counts of rows, rejects.

mod batch;
mod cell_cache;
mod cost_kind;
pub(crate) mod fold;
mod invoices;
#[cfg(test)]
mod laws;
mod owner_cells;
mod provider_numbers;
mod shard;
pub(crate) mod sum_table;
pub(in crate::credits) mod tally;
pub(crate) mod understatement;

pub(crate) use cost_kind::CostKindEvidence;
pub(crate) use fold::{Fold, FoldContext, Folded};
pub(crate) use invoices::Invoices;
pub(crate) use sum_table::SumTable;
#[cfg(test)]
pub(crate) use tally::CurrencySums;
pub(crate) use tally::Tally;
