//! The ledger that a run writes (SPEC 3.10). Comes in: what was read, the rules, the outcome of judging. Goes out: lines in their order. It
//! proves that the counted lines of each head add up to its consumption.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::sources;
use super::windows::JudgingInputs;
use super::{Reading, RunOptions, RunRules, refused_facts};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::credits::{CreditTable, SubscriptionKey};
use crate::judge::facts::consumption::ledger::{
    Ledger, LedgerLine, LedgerPart, LedgerReason, LedgerScope, NO_PARTNER, ledger,
};
use crate::judge::facts::consumption::ledger_accounts::AccountsOfHeads;
use crate::judge::facts::consumption::{Judged, Judging};
use crate::judge::overlaps::Exclusion;
use crate::outputs::{LazyChunks, LedgerRow};

/// Lines of a chunk: a page of a Parquet file.
const CHUNK_LINES: usize = 1 << 14;

/// The ledger of a run.
pub(super) struct WrittenLedger<'w> {
    reading: &'w Reading<'w>,
    pub(super) ledger: Ledger,
    /// Texts of partners, by number.
    partners: Vec<String>,
}

impl<'w> WrittenLedger<'w> {
    /// All lines of a run, or those that are wanted.
    pub(super) fn new(
        reading: &'w Reading<'w>,
        rules: &RunRules,
        options: &RunOptions,
        scope: Option<LedgerScope<'_>>,
    ) -> WrittenLedger<'w> {
        let ranks = sources::content_ranks(&reading.consumption);
        let ledger = of_parts(reading, rules, options, |parts| ledger(parts, &ranks, scope));
        let partners = ledger.partners.iter().map(ToString::to_string).collect();
        WrittenLedger { reading, ledger, partners }
    }

    /// The accounts of every head, for the ledgers of few heads.
    pub(super) fn accounts_of_heads(
        reading: &Reading<'_>,
        rules: &RunRules,
        options: &RunOptions,
    ) -> Vec<AccountsOfHeads> {
        of_parts(reading, rules, options, |parts| {
            parts.iter().map(|part| AccountsOfHeads::new(part.judging)).collect()
        })
    }

    /// Proves that the counted lines add up to the consumption of each head.
    ///
    /// # Panics
    /// Otherwise: ledger and report would contradict each other.
    pub(super) fn assert_balance(&self, judged: &Judged) {
        let mut by_head: BTreeMap<u32, Amount> = BTreeMap::new();
        for line in self.ledger.lines.iter().filter(|line| line.reason == LedgerReason::Counted) {
            let sum = by_head.entry(line.head).or_default();
            *sum = sum.plus_unchecked(line.counted_usd());
        }
        for (head, consumption) in &judged.consumption {
            let number =
                self.ledger.partners.binary_search(head).ok().and_then(|nth| u32::try_from(nth).ok());
            let sum = number.and_then(|number| by_head.get(&number)).copied().unwrap_or_default();
            assert_eq!(sum, *consumption, "the ledger of {head} does not add up to its consumption");
        }
    }

    /// The lines, some at a time.
    pub(super) fn lines(&self) -> LazyChunks<'_, Vec<LedgerRow<'_>>> {
        let chunks: Vec<&[LedgerLine]> = self.ledger.lines.chunks(CHUNK_LINES).collect();
        LazyChunks::new(chunks.len(), move |nth| {
            let mut texts = LineTexts::of(self);
            chunks[nth].iter().map(|line| texts.row(line)).collect()
        })
    }

    /// Texts of the lines; neighbours share most.
    pub(super) fn texts(&self) -> LineTexts<'_> {
        LineTexts::of(self)
    }
}

/// Gives `each` the credits that a ledger is made of: what was judged, and what overlapping exports left aside.
fn of_parts<T>(
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
    each: impl FnOnce(&[LedgerPart<'_>]) -> T,
) -> T {
    let inputs = JudgingInputs::new(reading, options);
    let refused = refused_facts(reading, rules);
    let judging = inputs.judging(reading, &rules.rules, rules.window, &refused);
    let exclusions = &reading.overlapped.resolution.exclusions;
    let of = |exclusion: Exclusion| {
        reading
            .folded
            .credits
            .filtered(|account, span, _| exclusions.reason(account, span) == Some(exclusion))
    };
    let is_overlapped = reading.overlapped.counted.is_some();
    let excluded: Vec<(CreditTable, LedgerReason)> = [
        (Exclusion::Superseded, LedgerReason::Superseded),
        (Exclusion::NotPreferred, LedgerReason::NotPreferred),
    ]
    .into_iter()
    .filter(|_| is_overlapped)
    .map(|(exclusion, reason)| (of(exclusion), reason))
    .collect();
    let counted = LedgerPart { judging, excluded: None };
    let excluded = excluded.iter().map(|(credits, reason)| LedgerPart {
        judging: Judging { credits, ..judging },
        excluded: Some(*reason),
    });
    let parts: Vec<LedgerPart<'_>> = std::iter::once(counted).chain(excluded).collect();
    each(&parts)
}

/// Makes rows of lines.
pub(super) struct LineTexts<'t> {
    written: &'t WrittenLedger<'t>,
    subscription: Option<(SubscriptionKey, Arc<str>)>,
    associations: Option<(AssociationSet, Arc<str>)>,
    rates: HashMap<(u16, Month), Option<Arc<str>>>,
}

impl<'t> LineTexts<'t> {
    fn of(written: &'t WrittenLedger<'t>) -> LineTexts<'t> {
        LineTexts { written, subscription: None, associations: None, rates: HashMap::new() }
    }

    /// A line as a row.
    pub(super) fn row(&mut self, line: &LedgerLine) -> LedgerRow<'t> {
        let WrittenLedger { reading, partners, .. } = self.written;
        let credits = &reading.folded.credits;
        let partner = |number: u32| (number != NO_PARTNER).then(|| partners[number as usize].as_str());
        let subscription = match &self.subscription {
            Some((key, text)) if *key == line.subscription => Arc::clone(text),
            _ => credits.subscription(line.subscription).into(),
        };
        self.subscription = Some((line.subscription, Arc::clone(&subscription)));
        let association = match &self.associations {
            Some((set, text)) if *set == line.associations => Arc::clone(text),
            _ => line.associations.to_string().into(),
        };
        self.associations = Some((line.associations, Arc::clone(&association)));
        LedgerRow {
            head: partner(line.head),
            partner: partner(line.partner),
            subscription,
            month: line.month,
            association,
            currency: &credits.currencies[usize::from(line.currency)],
            source: reading.consumption[line.source as usize].content.as_deref().unwrap_or_default(),
            reason: line.reason.as_str(),
            amount: line.amount,
            rate: self.rate(line.currency, line.month),
            usd: line.usd(),
            counted_usd: line.counted_usd(),
        }
    }

    /// The rate of a currency in a month. USD needs none, and has 1.
    fn rate(&mut self, currency: u16, month: Month) -> Option<Arc<str>> {
        let reading = self.written.reading;
        let code = &reading.folded.credits.currencies[usize::from(currency)];
        let text = || match code.as_str() {
            "USD" => Some("1".into()),
            _ => reading.rates.get(&(code.clone(), month)).map(|rate| rate.to_string().into()),
        };
        self.rates.entry((currency, month)).or_insert_with(text).clone()
    }
}
