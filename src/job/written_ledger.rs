//! The ledger that a run writes (SPEC 3.10). Comes in: what was read, the rules, the outcome of judging. Goes out: lines in their order. It
//! proves that the counted lines of each head add up to its consumption.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::judging::JudgingInputs;
use super::sources;
use super::{Reading, RunOptions, RunRules};
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::credits::CreditTable;
use crate::judge::facts::consumption::Judged;
use crate::judge::facts::consumption::ledger::{Ledger, LedgerLine, LedgerPart, LedgerReason, LedgerScope, NO_PARTNER, ledger};
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
        let inputs = JudgingInputs::new(reading, rules, options);
        let exclusions = &reading.overlapped.resolution.exclusions;
        let of = |exclusion: Exclusion| {
            reading.folded.credits.filtered(|account, span, _| exclusions.reason(account, span) == Some(exclusion))
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
        let counted = LedgerPart { judging: inputs.judging(reading, rules, reading.counted_credits()), excluded: None };
        let excluded = excluded.iter().map(|(credits, reason)| LedgerPart {
            judging: inputs.judging(reading, rules, credits),
            excluded: Some(*reason),
        });
        let parts: Vec<LedgerPart<'_>> = std::iter::once(counted).chain(excluded).collect();
        let ledger = ledger(&parts, &sources::source_ranks(&reading.consumption), scope);
        let partners = ledger.partners.iter().map(ToString::to_string).collect();
        WrittenLedger { reading, ledger, partners }
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
            let number = self.ledger.partners.binary_search(head).ok().and_then(|nth| u32::try_from(nth).ok());
            let sum = number.and_then(|number| by_head.get(&number)).copied().unwrap_or_default();
            assert_eq!(sum, *consumption, "the ledger of {head} does not add up to its consumption");
        }
    }

    /// The lines, some at a time.
    pub(super) fn lines(&self) -> LazyChunks<'_, Vec<LedgerRow<'_>>> {
        let chunks: Vec<&[LedgerLine]> = self.ledger.lines.chunks(CHUNK_LINES).collect();
        LazyChunks::new(chunks.len(), move |nth| chunks[nth].iter().map(|line| self.row(line)).collect())
    }

    pub(super) fn row(&self, line: &LedgerLine) -> LedgerRow<'_> {
        let credits = &self.reading.folded.credits;
        let currency = credits.currencies[usize::from(line.currency)].as_str();
        let partner = |number: u32| (number != NO_PARTNER).then(|| self.partners[number as usize].as_str());
        LedgerRow {
            head: partner(line.head),
            partner: partner(line.partner),
            subscription: Cow::Owned(credits.subscription(line.subscription)),
            month: line.month,
            association: Cow::Owned(line.associations.to_string()),
            currency,
            source: self.reading.consumption[line.source as usize].content.as_deref().unwrap_or_default(),
            reason: line.reason.as_str(),
            amount: line.amount,
            rate: self.rate(currency, line.month),
            usd: line.usd,
            counted_usd: line.counted_usd(),
        }
    }

    /// The rate of a currency in a month. USD needs none, and has 1.
    fn rate(&self, currency: &str, month: Month) -> Option<Decimal> {
        match currency {
            "USD" => Some(Decimal::ONE),
            currency => self.reading.rates.get(&(currency.to_owned(), month)).copied(),
        }
    }
}
