//! Collecting the small roles: roster, markets, rates, associations, credentials. Comes in: rows. Goes out: records, in the
//! order of files and rows, and the rows of each input by their outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rust_decimal::Decimal;

use super::clock_times::ClockTimes;
use super::file_forms::{FileForms, FormDoubts};
use super::header_row::{self, RepeatedHeaders};
use super::small::{
    self, ASSUMED_RANK, AssociationRecord, CredentialRecord, CredentialTexts, MarketRecord, PartnerRecord,
};
use super::{CellReject, cell, clock, row_reject, shape_reject};
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::config::dialect::{ColumnKey, Layout, RoleMeaning};
use crate::diagnostics::reject::{RejectCode, RejectLog, RejectTally};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;

/// The records of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) partners: Vec<PartnerRecord>,
    pub(crate) markets: Vec<MarketRecord>,
    pub(crate) rates: BTreeMap<(String, Month), Decimal>,
    pub(crate) associations: Vec<AssociationRecord>,
    /// The counts of each input, by its index among all inputs of the run.
    pub(crate) tallies: BTreeMap<usize, RoleTally>,
    pub(crate) rejects: RejectTally,
}

impl Collected {
    /// Adds the records of other workers.
    pub(crate) fn add(&mut self, workers: Vec<Collector<'_>>) {
        let mut pieces: Vec<((usize, u64), Piece)> = Vec::new();
        for worker in workers {
            for (index, tally) in worker.asked.run_index.iter().zip(worker.tallies) {
                self.tallies.entry(*index).or_default().merge(tally);
            }
            self.rejects.merge(worker.log.finish());
            self.rates.extend(worker.rates);
            pieces.extend(worker.pieces);
        }
        pieces.sort_unstable_by_key(|(key, _)| *key);
        let associations = pieces.iter().map(|(_, piece)| piece.associations.len()).sum();
        self.associations.reserve_exact(associations);
        for (_, mut piece) in pieces {
            self.partners.append(&mut piece.partners);
            self.markets.append(&mut piece.markets);
            self.associations.append(&mut piece.associations);
        }
    }
}

/// The records of one block.
#[derive(Debug, Default)]
struct Piece {
    partners: Vec<PartnerRecord>,
    markets: Vec<MarketRecord>,
    associations: Vec<AssociationRecord>,
}

/// The rows of one input by their outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RoleTally {
    pub(crate) rows: u64,
    pub(crate) refused: u64,
    pub(crate) doubts: FormDoubts,
    pub(crate) repeated_headers: RepeatedHeaders,
    /// First and last day of the rows.
    pub(crate) days: Option<(Day, Day)>,
    /// The times of day of the first date of each row: of its beginning, where it has a period.
    pub(crate) clock_times: ClockTimes,
    /// Partners that the rows name; filled for `attain check` and assumed records only.
    pub(crate) partners: BTreeSet<String>,
}

impl RoleTally {
    fn merge(&mut self, other: RoleTally) {
        self.rows += other.rows;
        self.refused += other.refused;
        self.doubts.merge(other.doubts);
        self.repeated_headers.merge(other.repeated_headers);
        if let Some((first, last)) = other.days {
            self.saw(first);
            self.saw(last);
        }
        self.clock_times.merge(other.clock_times);
        self.partners.extend(other.partners);
    }

    fn saw(&mut self, day: Day) {
        self.days = Some(self.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
    }
}

/// The inputs and options that all collectors share.
pub(crate) struct Collecting<'c> {
    pub(crate) layouts: &'c [&'c Layout<'c>],
    /// The index of each input among all inputs of the run.
    pub(crate) run_index: &'c [usize],
    /// The forms of the cells of each input.
    pub(crate) forms: &'c [FileForms],
    /// Takes credentials, which may be many, some at a time and in any order.
    pub(crate) on_credentials: &'c (dyn Fn(&mut Vec<CredentialRecord>) + Sync),
    pub(crate) keeps_partners: bool,
    /// Whether the user assumes the records of each input.
    pub(crate) is_assumed: &'c [bool],
}

/// The sink of one worker. One that reads rates reads all of them, in order.
pub(crate) struct Collector<'c> {
    asked: &'c Collecting<'c>,
    log: RejectLog<'c>,
    tallies: Vec<RoleTally>,
    rates: BTreeMap<(String, Month), Decimal>,
    credentials: Vec<CredentialRecord>,
    /// By input: the texts of its credentials so far. The place of the first record with them is noted.
    placed: Vec<BTreeSet<CredentialTexts>>,
    /// Blocks that are done.
    pieces: Vec<((usize, u64), Piece)>,
    piece: Piece,
    input: usize,
    block: u64,
}

/// Credentials that are handed over at once.
const CREDENTIALS: usize = 1024;

impl<'c> Collector<'c> {
    /// Nothing yet.
    pub(crate) fn new(asked: &'c Collecting<'c>, log: RejectLog<'c>) -> Collector<'c> {
        Collector {
            asked,
            log,
            tallies: vec![RoleTally::default(); asked.layouts.len()],
            rates: BTreeMap::new(),
            credentials: Vec::new(),
            placed: vec![BTreeSet::new(); asked.layouts.len()],
            pieces: Vec::new(),
            piece: Piece::default(),
            input: 0,
            block: 0,
        }
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), CellReject> {
        let (layout, forms) = (self.asked.layouts[self.input], self.asked.forms[self.input]);
        let is_assumed = self.asked.is_assumed[self.input];
        match &layout.dialect.meaning {
            RoleMeaning::Partners(meaning) => {
                let mut record = small::partner(row, meaning)?;
                if is_assumed {
                    record.rank = ASSUMED_RANK;
                }
                self.saw(&record.partner, None);
                self.piece.partners.push(record);
            }
            RoleMeaning::Markets(meaning) => {
                let record = small::market(row, meaning)?;
                self.piece.markets.push(MarketRecord { is_assumed, ..record });
            }
            RoleMeaning::Rates(meaning) => {
                let record = small::rate(row, meaning, forms)?;
                let rate = self.rates.entry((record.currency, record.month)).or_insert(record.usd_per_unit);
                if *rate != record.usd_per_unit {
                    return Err(CellReject::of(meaning.usd_per_unit, RejectCode::DuplicateRate));
                }
                self.saw_day(record.month.first_day());
                self.saw_day(record.month.last_day());
            }
            RoleMeaning::Associations(meaning) => {
                let record = small::association(row, meaning, forms)?;
                self.saw(&record.partner, record.from);
                if let Some(day) = record.to {
                    self.saw_day(day);
                }
                self.piece.associations.push(record);
            }
            RoleMeaning::Credentials(meaning) => {
                let mut record = small::credential(row, layout, meaning, forms)?;
                let placed = &mut self.placed[self.input];
                if !placed.contains(&record.texts) {
                    record.first = Some((self.asked.run_index[self.input], row.at.place()));
                    placed.insert(record.texts.clone());
                }
                self.saw(&record.partner, Some(record.completed_on));
                self.credentials.push(record);
                if self.credentials.len() == CREDENTIALS {
                    self.hand_over();
                }
            }
            RoleMeaning::Consumption(_) | RoleMeaning::Credits(_) => {
                unreachable!("consumption is added up, not collected")
            }
        }
        Ok(())
    }

    /// Notes the time of day of a row's first date. The end of a period may well be the last second of a day.
    fn note_clock(&mut self, row: &Row<'_>) {
        let clock_times = &mut self.tallies[self.input].clock_times;
        if let Some(column) = first_date_column(&self.asked.layouts[self.input].dialect.meaning)
            && clock_times.is_open()
            && !cell(row, column).bytes.is_empty()
        {
            let place = clock_times.lacks_first().then(|| row.at.place());
            clock_times.note(clock(row, column), place);
        }
    }

    fn hand_over(&mut self) {
        (self.asked.on_credentials)(&mut self.credentials);
        self.credentials.clear();
    }

    fn saw(&mut self, partner: &PartnerId, day: Option<Day>) {
        if self.asked.keeps_partners || self.asked.is_assumed[self.input] {
            self.tallies[self.input].partners.insert(partner.to_string());
        }
        if let Some(day) = day {
            self.saw_day(day);
        }
    }

    fn saw_day(&mut self, day: Day) {
        self.tallies[self.input].saw(day);
    }
}

/// The date column whose times of day are noted. `None` if rows have no date.
pub(crate) fn first_date_column(meaning: &RoleMeaning) -> Option<ColumnKey> {
    match meaning {
        RoleMeaning::Credentials(meaning) => Some(meaning.completed_on.column),
        RoleMeaning::Rates(meaning) => Some(meaning.month.column),
        RoleMeaning::Associations(meaning) => meaning.from.as_ref().map(|from| from.column),
        RoleMeaning::Consumption(_)
        | RoleMeaning::Partners(_)
        | RoleMeaning::Markets(_)
        | RoleMeaning::Credits(_) => None,
    }
}

/// Columns whose values are never shown: they name a person.
fn personal(meaning: &RoleMeaning) -> Vec<ColumnKey> {
    match meaning {
        RoleMeaning::Credentials(c) => c.mails.iter().copied().chain([c.individual]).collect(),
        RoleMeaning::Consumption(_)
        | RoleMeaning::Partners(_)
        | RoleMeaning::Associations(_)
        | RoleMeaning::Rates(_)
        | RoleMeaning::Markets(_)
        | RoleMeaning::Credits(_) => Vec::new(),
    }
}

impl RowSink for Collector<'_> {
    fn begin(&mut self, input: usize, block: u64) {
        (self.input, self.block) = (input, block);
        self.log.begin(self.asked.run_index[input], block);
    }

    fn row(&mut self, row: &Row<'_>) {
        let layout = self.asked.layouts[self.input];
        if header_row::repeats(row, layout) {
            self.tallies[self.input].repeated_headers.note(row);
            return;
        }
        self.tallies[self.input].rows += 1;
        self.note_clock(row);
        if let Err(fault) = self.take(row) {
            let personal = personal(&layout.dialect.meaning);
            self.log.push(&row_reject(row, layout, &fault, &personal, self.asked.forms[self.input]), None);
            let tally = &mut self.tallies[self.input];
            tally.refused += 1;
            tally.doubts.note(row, &fault);
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let tally = &mut self.tallies[self.input];
        tally.rows += 1;
        tally.refused += 1;
        self.log.push(&shape_reject(bad, self.asked.layouts[self.input]), None);
    }

    fn end(&mut self) -> io::Result<()> {
        if !self.credentials.is_empty() {
            self.hand_over();
        }
        self.pieces.push(((self.input, self.block), std::mem::take(&mut self.piece)));
        self.log.end()
    }
}
