//! Collecting the small roles: roster, markets, rates, associations, credentials. Comes in: rows, read in order. Goes out:
//! records, and what became of the rows of each input.

use std::collections::BTreeMap;
use std::io;

use rust_decimal::Decimal;

use super::small::{self, AssociationRecord, CredentialRecord, MarketRecord, PartnerRecord};
use super::{CellFault, ReadingOptions, row_issue, shape_issue};
use crate::calendar::{Day, Month};
use crate::dialects::{ColumnKey, Layout, Meaning};
use crate::inputs::read::RowSink;
use crate::inputs::row::{BadRecord, Row};
use crate::issues::{Code, IssueLog};

/// What was collected.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) partners: Vec<PartnerRecord>,
    pub(crate) markets: Vec<MarketRecord>,
    pub(crate) rates: BTreeMap<(String, Month), Decimal>,
    pub(crate) associations: Vec<AssociationRecord>,
    /// One for each input.
    pub(crate) tallies: Vec<RoleTally>,
}

/// What became of the rows of one input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RoleTally {
    pub(crate) rows: u64,
    pub(crate) refused: u64,
    /// First and last day of its rows.
    pub(crate) days: Option<(Day, Day)>,
    /// Partners that its rows name. Only kept for `attain check`.
    pub(crate) partners: std::collections::BTreeSet<String>,
}

/// The sink of one worker that reads everything in order.
pub(crate) struct Collector<'c> {
    pub(crate) layouts: &'c [&'c Layout<'c>],
    /// The index of each input among all inputs of the run.
    pub(crate) run_index: &'c [usize],
    pub(crate) options: &'c ReadingOptions,
    pub(crate) log: IssueLog<'c>,
    pub(crate) collected: Collected,
    /// Credentials may be many: they are handed over one by one.
    pub(crate) on_credential: &'c mut (dyn FnMut(CredentialRecord) + Send),
    pub(crate) keeps_partners: bool,
    pub(crate) input: usize,
}

impl Collector<'_> {
    fn take(&mut self, row: &Row<'_>) -> Result<(), CellFault> {
        let layout = self.layouts[self.input];
        match &layout.dialect.meaning {
            Meaning::Partners(meaning) => {
                let record = small::partner(row, meaning)?;
                self.saw(&record.partner.to_string(), None);
                self.collected.partners.push(record);
            }
            Meaning::Markets(meaning) => self.collected.markets.push(small::market(row, meaning)?),
            Meaning::Rates(meaning) => {
                let record = small::rate(row, meaning, self.options)?;
                let rate = self
                    .collected
                    .rates
                    .entry((record.currency, record.month))
                    .or_insert(record.usd_per_unit);
                if *rate != record.usd_per_unit {
                    return Err(CellFault::of(meaning.usd_per_unit, Code::DuplicateRate));
                }
                self.saw_day(record.month.first_day());
                self.saw_day(record.month.last_day());
            }
            Meaning::Associations(meaning) => {
                let record = small::association(row, meaning, self.options)?;
                self.saw(&record.partner.to_string(), record.from);
                if let Some(day) = record.to {
                    self.saw_day(day);
                }
                self.collected.associations.push(record);
            }
            Meaning::Credentials(meaning) => {
                let record = small::credential(row, layout, meaning, self.options)?;
                self.saw(&record.partner.to_string(), Some(record.completed_on));
                (self.on_credential)(record);
            }
            Meaning::Consumption(_) => unreachable!("consumption is folded, not collected"),
        }
        Ok(())
    }

    fn saw(&mut self, partner: &str, day: Option<Day>) {
        if self.keeps_partners {
            self.collected.tallies[self.input].partners.insert(partner.to_owned());
        }
        if let Some(day) = day {
            self.saw_day(day);
        }
    }

    fn saw_day(&mut self, day: Day) {
        let days = &mut self.collected.tallies[self.input].days;
        *days = Some(days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
    }
}

/// Columns whose values are never shown: they name a person.
fn personal(meaning: &Meaning) -> Vec<ColumnKey> {
    match meaning {
        Meaning::Credentials(c) => c.mails.iter().copied().chain([c.individual]).collect(),
        Meaning::Consumption(_)
        | Meaning::Partners(_)
        | Meaning::Associations(_)
        | Meaning::Rates(_)
        | Meaning::Markets(_) => Vec::new(),
    }
}

impl RowSink for Collector<'_> {
    fn begin(&mut self, input: usize, block: u64) {
        self.input = input;
        self.log.begin(self.run_index[input], block);
    }

    fn row(&mut self, row: &Row<'_>) {
        self.collected.tallies[self.input].rows += 1;
        if let Err(fault) = self.take(row) {
            let layout = self.layouts[self.input];
            let personal = personal(&layout.dialect.meaning);
            self.log.push(&row_issue(row, layout, &fault, &personal, self.options));
            self.collected.tallies[self.input].refused += 1;
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let tally = &mut self.collected.tallies[self.input];
        tally.rows += 1;
        tally.refused += 1;
        self.log.push(&shape_issue(bad));
    }

    fn end(&mut self) -> io::Result<()> {
        self.log.end()
    }
}
