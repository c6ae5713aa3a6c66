//! Identities: what a worker remembers of the cells that say whose a row is. Comes in: those cells as they stand. Goes out:
//! what the checks of the same cells came to before, so that most rows need no check but one look-up. It decides nothing: it
//! holds what the long way decided.
//!
//! Memory: one identity for each combination of those cells in one input, and not many more than the accounts that they stand
//! for: past the limit that the caller gives, all is forgotten and learnt anew.
//!
//! Look-ups come in batches and are made in steps, each of which asks memory for one thing of every row: what one step waits
//! for, it waits for all rows at once.

use super::associations::SubscriptionNumber;
use crate::dialects::{ColumnKey, Consumption, Credit, RowAssociation, Whose};
use crate::records::words::{halves, mix, words};

/// Columns that an identity can have: their lengths stand in one word.
const COLUMNS: usize = 6;
/// Words that an identity can have; rows with more go the long way.
const WORDS: usize = 32;

/// The columns that say whose a row is. `None`: too many to remember.
pub(crate) fn columns(rules: &Consumption) -> Option<Vec<ColumnKey>> {
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
    (columns.len() <= COLUMNS).then_some(columns)
}

/// An identity that is known: where its words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known(u32);

/// Who decides whose the rows of an identity are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decided {
    /// The row itself.
    InRow,
    /// The associations of this subscription.
    By(SubscriptionNumber),
    /// Nobody: no association names the subscription.
    Never,
}

impl Decided {
    const IN_ROW: u32 = u32::MAX;
    const NEVER: u32 = u32::MAX - 1;

    fn number(self) -> u32 {
        match self {
            Decided::InRow => Decided::IN_ROW,
            Decided::Never => Decided::NEVER,
            Decided::By(SubscriptionNumber(number)) => number,
        }
    }

    fn of(number: u32) -> Decided {
        match number {
            Decided::IN_ROW => Decided::InRow,
            Decided::NEVER => Decided::Never,
            number => Decided::By(SubscriptionNumber(number)),
        }
    }
}

/// Rows of an identity that share an account: the currency's number, the year of the account, and the outcome of the
/// associations (0 if the row decides).
pub(crate) type Share = (u16, i16, u32);

/// What is remembered of one input's rows.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// A power of two: the tag and the place of each identity, at its tag or after it; 0 is nothing.
    buckets: Vec<u64>,
    /// Of each identity, side by side in memory: a header, its account, and its words. The header holds the lengths of its
    /// cells and, in its lowest 32 bits, who decides.
    words: Vec<u128>,
    /// Further accounts of identities that have more than one.
    more: Vec<Account>,
    count: usize,
}

/// Where the account of an identity stands, from its header on.
const ACCOUNT: usize = 1;
/// Where its words begin.
const CELLS: usize = 2;
/// The bits of a header that are no lengths.
const DECIDED_BITS: u32 = 32;

/// An account of an identity, and where the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    share: Share,
    /// [`NONE`]: there is none yet.
    number: u32,
    /// Index among `more`, or [`NONE`].
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Account {
    const NONE: Account = Account { share: (0, 0, 0), number: NONE, next: NONE };

    #[inline]
    fn to_word(self) -> u128 {
        let Account { share: (currency, year, outcome), number, next } = self;
        let [a, b] = currency.to_le_bytes();
        let [c, d] = year.to_le_bytes();
        let [e, f, g, h] = outcome.to_le_bytes();
        let [i, j, k, l] = number.to_le_bytes();
        let [m, n, o, p] = next.to_le_bytes();
        u128::from_le_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    #[inline]
    fn of_word(word: u128) -> Account {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = word.to_le_bytes();
        let (currency, year) = (u16::from_le_bytes([a, b]), i16::from_le_bytes([c, d]));
        let share = (currency, year, u32::from_le_bytes([e, f, g, h]));
        Account { share, number: u32::from_le_bytes([i, j, k, l]), next: u32::from_le_bytes([m, n, o, p]) }
    }
}

/// Cells that are looked up, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Sought {
    /// Of each row its words.
    words: Vec<u128>,
    rows: Vec<SoughtRow>,
    row: OpenRow,
}

/// A row whose cells are being added.
#[derive(Debug, Clone, Copy, Default)]
struct OpenRow {
    start: usize,
    lengths: u128,
    hash: u64,
    /// Where the length of the next cell belongs.
    shift: u32,
    /// Whether every cell has a length that is kept.
    is_short: bool,
}

#[derive(Debug, Clone, Copy)]
struct SoughtRow {
    /// The lengths of its cells, as in a header.
    lengths: u128,
    tag: u32,
    start: usize,
    end: usize,
    bucket: u64,
    /// The header that the bucket leads to.
    header: u128,
    found: Option<Known>,
}

impl Sought {
    /// Nothing is sought.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.rows.clear();
    }

    /// Begins a row, whose cells follow.
    #[inline]
    pub(crate) fn begin(&mut self) {
        let start = self.rows.last().map_or(0, |row| row.end);
        self.words.truncate(start);
        self.row = OpenRow { start, lengths: 0, hash: 0, shift: DECIDED_BITS, is_short: true };
    }

    /// A cell of the row.
    #[inline]
    pub(crate) fn cell(&mut self, cell: &[u8]) {
        let row = &mut self.row;
        let length = u16::try_from(cell.len()).unwrap_or_default();
        row.is_short &= usize::from(length) == cell.len();
        row.lengths |= u128::from(length) << row.shift;
        row.shift += 16;
        words(cell, |word| {
            row.hash = mix(row.hash, word);
            self.words.push(word);
        });
    }

    /// Ends the row; its number counts from 0. `None`: its cells are too long.
    #[inline]
    pub(crate) fn end(&mut self) -> Option<usize> {
        let OpenRow { start, lengths, hash, is_short, .. } = self.row;
        let end = self.words.len();
        if !is_short || end - start > WORDS {
            return None;
        }
        let (low, high) = halves(u128::from(mix(hash, lengths)));
        let [a, b, c, d, ..] = (low ^ high).to_le_bytes();
        // 0 would look like nothing.
        let tag = u32::from_le_bytes([a, b, c, d]) | 1 << 31;
        self.rows.push(SoughtRow { lengths, tag, start, end, bucket: 0, header: 0, found: None });
        Some(self.rows.len() - 1)
    }

    /// What was found of a row.
    #[inline]
    pub(crate) fn found(&self, row: usize) -> Option<Known> {
        self.rows[row].found
    }
}

impl Identities {
    /// Everything is forgotten.
    pub(crate) fn forget(&mut self) {
        self.buckets.clear();
        self.words.clear();
        self.more.clear();
        self.count = 0;
    }

    /// Looks all rows up.
    pub(crate) fn find_all(&self, sought: &mut Sought) {
        let Some(mask) = self.buckets.len().checked_sub(1) else { return };
        for row in &mut sought.rows {
            row.bucket = self.buckets[row.tag as usize & mask];
        }
        for row in &mut sought.rows {
            // Asked for now, looked at below.
            row.header = self.words[split(row.bucket).0 as usize];
        }
        let Sought { words, rows, .. } = sought;
        for row in rows {
            row.found = self.find(row.tag, row.lengths, &words[row.start..row.end], (row.bucket, row.header));
        }
    }

    /// The identity of a tag, lengths and words, of which the first bucket, and the header that it leads to, are known.
    #[inline]
    fn find(&self, tag: u32, lengths: u128, sought: &[u128], first: (u64, u128)) -> Option<Known> {
        let mask = self.buckets.len() - 1;
        let (mut bucket, mut header) = first;
        let mut at = tag as usize;
        while bucket != 0 {
            let (place, found) = split(bucket);
            // Equal lengths have equally many words.
            if found == tag
                && header >> DECIDED_BITS == lengths >> DECIDED_BITS
                && self.words[place as usize + CELLS..].iter().zip(sought).all(|(a, b)| a == b)
            {
                return Some(Known(place));
            }
            at += 1;
            bucket = self.buckets[at & mask];
            header = self.words[split(bucket).0 as usize];
        }
        None
    }

    /// Who decides whose the rows of a known identity are.
    #[inline]
    pub(crate) fn decided(&self, Known(place): Known) -> Decided {
        let [a, b, c, d, ..] = self.words[place as usize].to_le_bytes();
        Decided::of(u32::from_le_bytes([a, b, c, d]))
    }

    /// The account of a share of a known identity; `None`: the long way must find it.
    #[inline]
    pub(crate) fn account(&self, Known(place): Known, share: Share) -> Option<u32> {
        let mut account = Account::of_word(self.words[place as usize + ACCOUNT]);
        while account.share != share || account.number == NONE {
            account = *self.more.get(account.next as usize)?;
        }
        Some(account.number)
    }

    /// Remembers what the long way found of a row that was sought: who decides, and perhaps an account; at most `limit`
    /// identities.
    pub(crate) fn learn(
        &mut self,
        sought: &Sought,
        row: usize,
        decided: Decided,
        account: Option<(Share, u32)>,
        limit: usize,
    ) {
        if self.count + self.more.len() >= limit {
            // Very many spellings of few subscriptions: better slow than large.
            self.forget();
        }
        let SoughtRow { tag, lengths, start, end, .. } = sought.rows[row];
        let words = &sought.words[start..end];
        self.grow();
        let bucket = self.buckets[tag as usize & (self.buckets.len() - 1)];
        let header = self.words.get(split(bucket).0 as usize).copied().unwrap_or_default();
        let known = match self.find(tag, lengths, words, (bucket, header)) {
            Some(known) => known,
            None => self.insert(tag, lengths | u128::from(decided.number()), words),
        };
        let Some((share, number)) = account else { return };
        if self.account(known, share).is_some() {
            return;
        }
        let Known(place) = known;
        let before = Account::of_word(self.words[place as usize + ACCOUNT]);
        let next = if before.number == NONE {
            NONE
        } else {
            // The latest comes first: rows of an export that is in order repeat it.
            self.more.push(before);
            u32::try_from(self.more.len() - 1).expect("no more than the limit")
        };
        self.words[place as usize + ACCOUNT] = Account { share, number, next }.to_word();
    }

    fn insert(&mut self, tag: u32, header: u128, sought: &[u128]) -> Known {
        let place = u32::try_from(self.words.len()).expect("identities take less than 64 GiB");
        self.words.push(header);
        self.words.push(Account::NONE.to_word());
        self.words.extend_from_slice(sought);
        self.count += 1;
        self.put(u64::from(place) << 32 | u64::from(tag));
        Known(place)
    }

    fn put(&mut self, bucket: u64) {
        let mask = self.buckets.len() - 1;
        let mut at = split(bucket).1 as usize & mask;
        while self.buckets[at] != 0 {
            at = (at + 1) & mask;
        }
        self.buckets[at] = bucket;
    }

    /// Makes room for one more: at most half of the buckets are taken.
    fn grow(&mut self) {
        if 2 * (self.count + 1) <= self.buckets.len() {
            return;
        }
        let doubled = vec![0; (2 * self.buckets.len()).max(1 << 10)];
        for bucket in std::mem::replace(&mut self.buckets, doubled) {
            if bucket != 0 {
                self.put(bucket);
            }
        }
    }
}

/// The place and the tag of a bucket.
#[inline]
fn split(bucket: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = bucket.to_le_bytes();
    (u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests;
