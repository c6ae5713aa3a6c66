//! The partners that rows of consumption name, whatever their day and whether they count. Comes in: rows. Goes out: partners. It adds nothing up and
//! refuses nothing.

use std::collections::BTreeSet;
use std::io;

use super::{cell, text};
use crate::base::ids::PartnerId;
use crate::config::dialect::{ColumnKey, Consumption, OwnerColumn};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;

/// The columns of an export that name partners by their ids.
pub(crate) fn partner_columns(rules: &Consumption) -> Vec<ColumnKey> {
    let column = |owner: &OwnerColumn| match owner {
        OwnerColumn::Partner(column) => Some(*column),
        OwnerColumn::Tenant(_) | OwnerColumn::Option => None,
    };
    rules.owner.rules().iter().filter_map(|rule| column(&rule.owner)).collect()
}

/// The sink of one worker.
pub(crate) struct PartnerNames<'n> {
    /// Of each input.
    columns: &'n [Vec<ColumnKey>],
    input: usize,
    partners: BTreeSet<PartnerId>,
}

impl<'n> PartnerNames<'n> {
    /// Nothing yet.
    pub(crate) fn new(columns: &'n [Vec<ColumnKey>]) -> PartnerNames<'n> {
        PartnerNames { columns, input: 0, partners: BTreeSet::new() }
    }

    /// The partners that the rows name.
    pub(crate) fn into_partners(self) -> BTreeSet<PartnerId> {
        self.partners
    }
}

impl RowSink for PartnerNames<'_> {
    fn begin(&mut self, input: usize, _block: u64) {
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        for column in &self.columns[self.input] {
            let named = text::partner(&cell(row, *column)).ok().flatten();
            self.partners.extend(named.and_then(|id| PartnerId::parse(&id)));
        }
    }

    fn bad_record(&mut self, _bad: &BadRecord<'_>) {}

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
