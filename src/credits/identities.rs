//! Identities: what a worker remembers of the subscription and the partner of rows that it has read. Comes in: the cells of a
//! row as they stand. Goes out: what the checks of the same cells came to before, so that most rows need no check but one
//! look-up. It decides nothing: it holds what the long way decided.
//!
//! Memory: one identity for each combination of those cells in one input, and not many more than the sums that they stand
//! for: past the limit that the caller gives, all is forgotten and learnt anew.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::associations::SubscriptionNumber;
use crate::calendar::Month;
use crate::dialects::{ColumnKey, Consumption, Credit, RowAssociation, Whose};
use crate::inputs::row::{CellKind, Row};
use crate::records::cell;

/// Months that an identity remembers: a year that begins within a month touches 13. In others, rows go the long way.
const MONTHS: usize = 13;
/// No sum yet.
const NONE: u32 = u32::MAX;

/// The columns that say whose a row is, if all of them are delimited text: the same bytes then mean the same.
pub(crate) fn columns(rules: &Consumption) -> Vec<ColumnKey> {
    let mut columns: Vec<ColumnKey> = rules.subscription.into_iter().collect();
    if let Credit::Row(rules) = &rules.credit {
        for rule in rules {
            columns.extend(match rule.whose {
                Whose::Partner(column) | Whose::Tenant(column) => Some(column),
                Whose::Option => None,
            });
            columns.extend(rule.differs_from);
            if let RowAssociation::Column(column, _) = &rule.association {
                columns.push(*column);
            }
        }
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// What is remembered of one input's rows.
#[derive(Debug)]
pub(crate) struct Identities {
    input: usize,
    first_month: Month,
    bytes: Vec<u8>,
    known: Vec<Identity>,
    table: HashTable<u32>,
    hasher: FixedState,
    /// The cells of the row that is looked up, each with its length, so that no two rows write the same.
    sought: Vec<u8>,
}

#[derive(Debug)]
struct Identity {
    /// Where its bytes end; they begin where those of the one before end.
    end: usize,
    /// What it stands for: the sums of which currency (its number in the table), and where the associations file decides, which outcome of the associations index.
    of: (u16, u32),
    /// Index of each month's sum.
    sums: [u32; MONTHS],
    /// Its subscription in the associations index. **Absent**: the row names its partner.
    subscription: Option<SubscriptionNumber>,
}

/// A row's identity, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known(u32);

impl Identities {
    /// Nothing is remembered; months are counted from the first of the window.
    pub(crate) fn new(first_month: Month) -> Identities {
        Identities {
            input: usize::MAX,
            first_month,
            bytes: Vec::new(),
            known: Vec::new(),
            table: HashTable::new(),
            hasher: FixedState::default(),
            sought: Vec::new(),
        }
    }

    /// The rows that follow are of this input; another one's cells may mean something else.
    pub(crate) fn begin(&mut self, input: usize) {
        if self.input != input {
            self.input = input;
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.bytes.clear();
        self.known.clear();
        self.table.clear();
    }

    /// Nothing is sought, so that nothing is learnt.
    pub(crate) fn seek_nothing(&mut self) {
        self.sought.clear();
    }

    /// What is known of a row; `None`: nothing yet, or its cells are no delimited text.
    pub(crate) fn find(&mut self, row: &Row<'_>, columns: &[ColumnKey]) -> Option<Known> {
        self.sought.clear();
        for column in columns {
            let cell = cell(row, *column);
            match cell.kind {
                CellKind::Utf8 | CellKind::Windows1252 => {}
                // The cell of a column that the file lacks is blank in every row.
                CellKind::Sheet if cell.bytes.is_empty() => {}
                CellKind::Sheet | CellKind::SheetNumber | CellKind::SheetError => {
                    self.sought.clear();
                    return None;
                }
            }
            let length = u32::try_from(cell.bytes.len()).expect("a record is at most 1 MiB");
            self.sought.extend_from_slice(&length.to_le_bytes());
            self.sought.extend_from_slice(cell.bytes);
        }
        let hash = self.hasher.hash_one(self.sought.as_slice());
        let (bytes, known, sought) = (&self.bytes, &self.known, &self.sought);
        self.table.find(hash, |n| text(bytes, known, *n) == sought.as_slice()).map(|n| Known(*n))
    }

    /// The subscription of a known identity, where the associations file decides whose it is.
    pub(crate) fn subscription(&self, Known(number): Known) -> Option<SubscriptionNumber> {
        self.known[number as usize].subscription
    }

    /// The sum of a known identity in a month, for a currency and an outcome; `None`: the long way must find it.
    pub(crate) fn sum(&self, Known(number): Known, month: Month, of: (u16, u32)) -> Option<u32> {
        let identity = &self.known[number as usize];
        let at = usize::try_from(month.number() - self.first_month.number()).ok()?;
        let sum = *identity.sums.get(at)?;
        (identity.of == of && sum != NONE).then_some(sum)
    }

    /// Remembers which sum the row that was sought last belongs to, by the long way; at most `limit` identities.
    pub(crate) fn learn(
        &mut self,
        known: Option<Known>,
        month: Month,
        of: (u16, u32),
        subscription: Option<SubscriptionNumber>,
        sum: u32,
        limit: usize,
    ) {
        let Ok(at) = usize::try_from(month.number() - self.first_month.number()) else { return };
        if at >= MONTHS || self.sought.is_empty() {
            return;
        }
        let number = match known {
            Some(Known(number)) => number,
            None => {
                if self.known.len() >= limit {
                    // Very many spellings of few subscriptions: better slow than large.
                    self.forget();
                }
                self.insert(of, subscription)
            }
        };
        let identity = &mut self.known[number as usize];
        if identity.of != of {
            // Another currency, or other partners in force: what was remembered is of those before.
            identity.of = of;
            identity.sums = [NONE; MONTHS];
        }
        identity.sums[at] = sum;
    }

    fn insert(&mut self, of: (u16, u32), subscription: Option<SubscriptionNumber>) -> u32 {
        let number = u32::try_from(self.known.len()).expect("2^32 identities would need 400 GB");
        self.bytes.extend_from_slice(&self.sought);
        self.known.push(Identity { end: self.bytes.len(), of, sums: [NONE; MONTHS], subscription });
        let hash = self.hasher.hash_one(self.sought.as_slice());
        let (bytes, known, hasher) = (&self.bytes, &self.known, &self.hasher);
        self.table.insert_unique(hash, number, |n| hasher.hash_one(text(bytes, known, *n)));
        number
    }
}

fn text<'b>(bytes: &'b [u8], known: &[Identity], number: u32) -> &'b [u8] {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| known[before].end);
    &bytes[start..known[number].end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::inputs::row::{Cell, Origin};

    #[test]
    fn past_the_limit_all_is_forgotten_and_what_is_remembered_stays_right() {
        let month = Month::of(Day::from_ymd_opt(2017, 6, 1).unwrap());
        let mut identities = Identities::new(month);
        identities.begin(0);
        for n in 0..1000_u32 {
            let spelling = format!("spelling {n}");
            let cells = [Cell { bytes: spelling.as_bytes(), kind: CellKind::Utf8 }];
            let row = Row { at: Origin::Sheet(1), cells: &cells };
            assert_eq!(identities.find(&row, &[ColumnKey(0)]), None);
            identities.learn(None, month, (0, 0), None, n, 10);
            assert!(identities.known.len() <= 10);
            let known = identities.find(&row, &[ColumnKey(0)]).unwrap();
            assert_eq!(identities.sum(known, month, (0, 0)), Some(n));
            assert_eq!(identities.sum(known, month, (1, 0)), None);
        }
    }

    #[test]
    fn cells_that_touch_are_not_confused_and_numbers_of_a_sheet_are_not_remembered() {
        let month = Month::of(Day::from_ymd_opt(2017, 6, 1).unwrap());
        let mut identities = Identities::new(month);
        let text = |bytes: &'static [u8]| Cell { bytes, kind: CellKind::Utf8 };
        let columns = [ColumnKey(0), ColumnKey(1)];
        let cells = [text(b"ab"), text(b"c")];
        assert_eq!(identities.find(&Row { at: Origin::Sheet(1), cells: &cells }, &columns), None);
        identities.learn(None, month, (0, 0), None, 7, 10);
        let cells = [text(b"a"), text(b"bc")];
        assert_eq!(identities.find(&Row { at: Origin::Sheet(1), cells: &cells }, &columns), None);
        let number = [Cell { bytes: b"ab", kind: CellKind::SheetNumber }, text(b"c")];
        assert_eq!(identities.find(&Row { at: Origin::Sheet(1), cells: &number }, &columns), None);
        identities.learn(None, month, (0, 0), None, 8, 10);
        assert_eq!(identities.known.len(), 1);
    }
}
