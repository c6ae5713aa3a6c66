//! Rejects: rows that were refused. A reject is a value: located, coded, counted, reported; the run goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use crate::base::place::{InputName, RowPlace};

macro_rules! codes {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        /// Why a row was refused. The text of a code is fixed: scripts rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectCode { $(#[doc = $doc] $name,)* }

        impl RejectCode {
            /// Every code, in order.
            pub const ALL: &'static [RejectCode] = &[$(RejectCode::$name,)*];

            /// The code as it stands in the rejects file.
            pub fn as_str(self) -> &'static str {
                match self { $(RejectCode::$name => $text,)* }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(RejectCode::$name => $doc,)* }
            }
        }
    };
}

codes! {
    UnclosedQuote = "unclosed-quote", "a quoted field does not end within 1 MiB or before the end of the file";
    RecordTooLong = "record-too-long", "a record is longer than 1 MiB";
    NulByte = "nul-byte", "the record contains a NUL byte";
    BadQuote = "bad-quote", "text follows the closing quote of a field";
    RaggedRow = "ragged-row", "the record has another number of fields than the header";
    BadText = "bad-text", "a field that is used is no valid text, or an error value of a spreadsheet";
    UnknownChargeType = "unknown-charge-type", "the dialect does not know this type of charge";
    UnknownPublisherType = "unknown-publisher-type", "the dialect does not know this type of publisher";
    UnknownProvider = "unknown-provider", "the dialect does not know this provider";
    UnknownValue = "unknown-value", "the dialect does not know this value";
    BadDate = "bad-date", "blank, or in no form that the column's dates have";
    ImpossibleDate = "impossible-date", "there is no such day";
    NoPartner = "no-partner", "the row names no partner, and none can be found for it";
    UnknownAssociation = "unknown-association", "the dialect does not know this association";
    IdLostPrecision = "id-lost-precision", "an id of more than 15 digits was stored as a number, so that its last digits are lost";
    NoAmount = "no-amount", "the amount is blank";
    AmountTooLarge = "amount-too-large", "10^14 or more: no run can add that up";
    BadNumber = "bad-number", "not a decimal number";
    UsdUnavailable = "usd-unavailable", "the amount in USD is 0 or blank, while the cost is not";
    NoCurrency = "no-currency", "the currency of the amount is not known";
    NoRate = "no-rate", "no rate turns this currency into USD in this month";
    NoIndividual = "no-individual", "the row names no person: neither an id nor a mail address";
    NoCredential = "no-credential", "the row names no credential";
    NoSubscription = "no-subscription", "the row names no subscription";
    UnknownMarket = "unknown-market", "the market is neither developed nor developing";
    NoCountry = "no-country", "the row names no country";
    BadPeriod = "bad-period", "the period ends before it starts";
    DuplicateRate = "duplicate-rate", "another row gives another rate for this currency and month";
}

impl fmt::Display for RejectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where the record begins. **Absent**: the reject is not about one row (`no-rate`).
    pub place: Option<RowPlace>,
    /// The header name of the column at fault. **Absent**: the record as a whole.
    pub column: Option<String>,
    /// Why.
    pub code: RejectCode,
    /// For people: what was found, what was expected, what to do.
    pub message: String,
    /// The offending value, at most 200 bytes; never a person's name or mail address.
    pub value: String,
    /// The partner that the row names. **Absent**: none, or not read.
    pub partner_id: Option<String>,
    /// The exact amount in USD. **Absent**: not known.
    pub amount_usd: Option<String>,
}

/// The first refused row of a code, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Refused rows.
    pub rows: u64,
    /// Where the first one stands, in the order of files and rows. **Absent**: not about one row.
    pub first: Option<(InputName, RowPlace)>,
}

/// Refused rows by code.
pub type RefusalsByCode = BTreeMap<RejectCode, Refusals>;

/// Where rendered rejects go: the key (input, block) by which they are sorted in the end, and the text.
pub(crate) type Spill<'l> = dyn Fn((usize, u64), &[u8]) -> io::Result<()> + Sync + 'l;
/// How a reject becomes a line.
pub(crate) type Render<'l> = dyn Fn(&mut Vec<u8>, &InputName, &Reject) + Sync + 'l;

/// One worker's rejects: counted by code, rendered, and spilled block by block, so that memory does not hold them.
pub(crate) struct RejectLog<'l> {
    names: &'l [InputName],
    render: &'l Render<'l>,
    spill: &'l Spill<'l>,
    key: (usize, u64),
    lines: Vec<u8>,
    counts: RejectCounts,
}

/// Refused rows of one code: how many, and the first place, with the index of its input.
pub(crate) type RejectCount = (u64, Option<(usize, RowPlace)>);
/// Refused rows of a run by code.
pub(crate) type RejectCounts = BTreeMap<RejectCode, RejectCount>;

impl<'l> RejectLog<'l> {
    /// An empty log of inputs with these names.
    pub(crate) fn new(names: &'l [InputName], render: &'l Render<'l>, spill: &'l Spill<'l>) -> RejectLog<'l> {
        RejectLog { names, render, spill, key: (0, 0), lines: Vec::new(), counts: BTreeMap::new() }
    }

    /// The rejects that follow are of block `block` of input `input`.
    pub(crate) fn begin(&mut self, input: usize, block: u64) {
        self.key = (input, block);
    }

    /// Counts and renders a reject.
    pub(crate) fn push(&mut self, reject: &Reject) {
        (self.render)(&mut self.lines, &self.names[self.key.0], reject);
        let first = reject.place.map(|place| (self.key.0, place));
        merge_count(&mut self.counts, reject.code, 1, first);
    }

    /// Spills the block's rejects.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if !self.lines.is_empty() {
            (self.spill)(self.key, &self.lines)?;
            self.lines.clear();
        }
        Ok(())
    }

    /// What it counted.
    pub(crate) fn finish(self) -> RejectCounts {
        self.counts
    }
}

/// Adds refused rows of a code; the first place wins.
pub(crate) fn merge_count(
    counts: &mut RejectCounts,
    code: RejectCode,
    rows: u64,
    first: Option<(usize, RowPlace)>,
) {
    let entry = counts.entry(code).or_insert((0, None));
    entry.0 += rows;
    entry.1 = match (entry.1, first) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}
