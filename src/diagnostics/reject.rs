//! Rejects: rows that were refused. A reject is a value: located, coded, counted, reported; the run goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use super::refused_fact::RefusedFact;
use super::spill::{SegmentKey, encode};
use crate::base::amount::Amount;
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::place::RowPlace;

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
    QuotedRows = "quoted-rows", "a quoted field goes on over several lines, each of which is a row by itself";
    RaggedRow = "ragged-row", "the record has another number of fields than the header";
    BadJson = "bad-json", "a line of JSON is no object, or an object has a key twice, or a nested value in a used column";
    BadText = "bad-text", "a field that is used is no valid text, or an error value of a spreadsheet";
    UnknownChargeType = "unknown-charge-type", "the dialect does not know this type of charge";
    UnknownPublisherType = "unknown-publisher-type", "the dialect does not know this type of publisher";
    UnknownProvider = "unknown-provider", "the dialect does not know this provider";
    UnknownValue = "unknown-value", "the dialect does not know this value";
    BadDate = "bad-date", "blank, or in no form that the column's dates have";
    ImpossibleDate = "impossible-date", "there is no such day";
    ForeignYear = "foreign-year", "the year is of another calendar, or no year of usage";
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
    /// The amount of the row. **Absent**: it cannot be read, or the role has none.
    pub amount: Option<RejectAmount>,
    /// The day of the row; of a monthly row the last day of its month. **Absent**: not read before the reject.
    pub day: Option<Day>,
    /// The partners to which the row may belong.
    pub owner: RejectOwner,
    /// The association by which the row would credit its owner. **Absent**: not read, or the associations file decides.
    pub association: Option<Association>,
    /// The subscription of a row of an export that repeats consumption. **Absent**: not read, or another export.
    pub subscription: Option<String>,
    /// The provider that a row of consumption names beside its owner: a partner or a tenant. **Absent**: none, or not read.
    pub provider: Option<RejectOwner>,
    /// The fact that a row of a small role would have stated. **Absent**: the row is consumption, or the reject is not about one row.
    pub fact: Option<RefusedFact>,
}

/// The amount of a refused row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectAmount {
    /// Exact. **Unit**: the currency.
    pub amount: Amount,
    /// Upper case.
    pub currency: String,
}

/// The partners to which the consumption, pass or fact of a refused row may belong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectOwner {
    /// Any partner.
    Anyone,
    /// This partner, which the row names.
    Partner(String),
    /// A partner that is associated with this subscription.
    Subscription(String),
    /// The partner that has this tenant.
    Tenant(String),
}

/// Where encoded rejects go: the key (input, block) by which they are sorted in the end, and the bytes.
pub(crate) type Spill<'l> = dyn Fn(SegmentKey, &[u8]) -> io::Result<()> + Sync + 'l;

/// One worker's rejects: counted, bounded, and spilled block by block, so that memory does not hold them.
pub(crate) struct RejectLog<'l> {
    spill: Option<&'l Spill<'l>>,
    key: SegmentKey,
    encoded: Vec<u8>,
    tally: RejectTally,
}

/// Rejects of one code, input and day: how many, and the first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RejectCount {
    pub(crate) rows: u64,
    /// **Absent**: not about one row.
    pub(crate) first: Option<RowPlace>,
}

/// The counts and bounds of rejects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CountKey {
    pub(crate) code: RejectCode,
    /// Index of the input among all inputs of the run.
    pub(crate) input: usize,
    /// The day of the rows, as the log was told. **Absent**: not read before the reject.
    pub(crate) day: Option<Day>,
    /// The subscription of rows that belong to the partners associated with it. **Absent**: rows of any other kind.
    pub(crate) subscription: Option<String>,
}

/// Which rejects share their bounds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BoundsKey {
    /// Index of the input among all inputs of the run.
    pub(crate) input: usize,
    pub(crate) owner: RejectOwner,
    /// As in [`Reject`].
    pub(crate) association: Option<Association>,
    /// As in [`Reject`].
    pub(crate) provider: Option<RejectOwner>,
    /// As in [`Reject`].
    pub(crate) subscription: Option<String>,
    /// As in [`CountKey`].
    pub(crate) day: Option<Day>,
    /// Upper case. **Absent**: the amounts are not known.
    pub(crate) currency: Option<String>,
}

/// What refused rows could add to a figure: the ground of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RejectBounds {
    pub(crate) rows: u64,
    /// Σ of known negative amounts, at least −1.7 × 10¹⁴. **Unit**: the currency of the key.
    pub(crate) negative: Amount,
    /// Σ of known positive amounts, at most 1.7 × 10¹⁴. **Unit**: the currency of the key.
    pub(crate) positive: Amount,
}

/// All that is kept of rejects beside the spill. Size: codes × inputs × days, owners × days, and distinct refused facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RejectTally {
    counts: BTreeMap<CountKey, RejectCount>,
    bounds: BTreeMap<BoundsKey, RejectBounds>,
    facts: BTreeMap<RefusedFact, u64>,
}

impl RejectTally {
    /// Adds one reject of input `input`, on the day under which it is counted.
    fn add(&mut self, input: usize, day: Option<Day>, reject: &Reject) {
        let subscription = match (&reject.owner, day) {
            (RejectOwner::Subscription(subscription), Some(_)) => Some(subscription.clone()),
            (RejectOwner::Subscription(_), None)
            | (RejectOwner::Anyone | RejectOwner::Partner(_) | RejectOwner::Tenant(_), _) => None,
        };
        let key = CountKey { code: reject.code, input, day, subscription };
        self.counts.entry(key).or_default().add(RejectCount { rows: 1, first: reject.place });
        if let Some(fact) = &reject.fact {
            *self.facts.entry(fact.clone()).or_default() += 1;
            return;
        }
        let amount = reject.amount.as_ref();
        let bounds = BoundsKey {
            input,
            owner: reject.owner.clone(),
            association: reject.association,
            provider: reject.provider.clone(),
            subscription: reject.subscription.clone(),
            day,
            currency: amount.map(|amount| amount.currency.clone()),
        };
        self.bounds
            .entry(bounds)
            .or_default()
            .add_amount(amount.map_or(Amount::ZERO, |amount| amount.amount));
    }

    /// Adds the tally of another worker.
    pub(crate) fn merge(&mut self, other: RejectTally) {
        for (key, count) in other.counts {
            self.counts.entry(key).or_default().add(count);
        }
        for (key, bounds) in other.bounds {
            self.bounds.entry(key).or_default().merge(bounds);
        }
        for (fact, rows) in other.facts {
            *self.facts.entry(fact).or_default() += rows;
        }
    }

    /// Adds rows that a credits table has counted before.
    pub(crate) fn add_count(&mut self, key: CountKey, count: RejectCount) {
        self.counts.entry(key).or_default().add(count);
    }

    /// Adds bounds that a credits table holds.
    pub(crate) fn add_bounds(&mut self, key: BoundsKey, bounds: RejectBounds) {
        self.bounds.entry(key).or_default().merge(bounds);
    }

    /// Forgets the rejects of some inputs, which are read again.
    pub(crate) fn forget(&mut self, is_forgotten: impl Fn(usize) -> bool) {
        self.counts.retain(|key, _| !is_forgotten(key.input));
        self.bounds.retain(|key, _| !is_forgotten(key.input));
    }

    /// Every count, sorted.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&CountKey, &RejectCount)> {
        self.counts.iter()
    }

    /// Every refused fact of the small roles, sorted, with the number of its rows.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&RefusedFact, u64)> {
        self.facts.iter().map(|(fact, rows)| (fact, *rows))
    }

    /// All bounds of rows of consumption, sorted.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = (&BoundsKey, &RejectBounds)> {
        self.bounds.iter()
    }
}

impl RejectCount {
    fn add(&mut self, other: RejectCount) {
        self.rows += other.rows;
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

impl RejectBounds {
    fn add_amount(&mut self, amount: Amount) {
        self.rows += 1;
        let sum = if amount < Amount::ZERO { &mut self.negative } else { &mut self.positive };
        *sum = sum.plus_saturating(amount);
    }

    fn merge(&mut self, other: RejectBounds) {
        self.rows += other.rows;
        self.negative = self.negative.plus_saturating(other.negative);
        self.positive = self.positive.plus_saturating(other.positive);
    }
}

impl<'l> RejectLog<'l> {
    /// An empty log. `spill` is **absent** where no rejects file is asked for.
    pub(crate) fn new(spill: Option<&'l Spill<'l>>) -> RejectLog<'l> {
        RejectLog { spill, key: (0, 0), encoded: Vec::new(), tally: RejectTally::default() }
    }

    /// The rejects that follow are of block `block` of input `input`.
    pub(crate) fn begin(&mut self, input: usize, block: u64) {
        self.key = (input, block);
    }

    /// Counts and spills a reject; it is counted under `day`, which stands for its month where no day is needed.
    pub(crate) fn push(&mut self, reject: &Reject, day: Option<Day>) {
        if self.spill.is_some() {
            encode(reject, &mut self.encoded);
        }
        self.tally.add(self.key.0, day, reject);
    }

    /// Spills the rejects of the block.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if let (Some(spill), false) = (self.spill, self.encoded.is_empty()) {
            spill(self.key, &self.encoded)?;
            self.encoded.clear();
        }
        Ok(())
    }

    /// The tally of the log.
    pub(crate) fn finish(self) -> RejectTally {
        self.tally
    }
}
