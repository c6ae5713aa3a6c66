//! The ledger that a run writes (SPEC 3.10). Comes in: what was read, the rules, the outcome of judging. Goes out: lines in their order. It
//! proves that the counted lines of each head add up to its consumption.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::sources;
use super::windows::JudgingInputs;
use super::{Reading, RunOptions, RunRules, refused_facts};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::credits::{CreditTable, SubscriptionKey};
use crate::judge::bounds::RefusedFacts;
use crate::judge::facts::consumption::ledger::{
    LedgerLine, LedgerMaker, LedgerPart, LedgerReason, NO_PARTNER,
};
use crate::judge::facts::consumption::ledger_chunks::{ChunkLines, LedgerChunks};
use crate::judge::facts::consumption::{Judged, Judging};
use crate::judge::overlaps::Exclusion;
use crate::outputs::{LazyChunks, LedgerRow};

/// What the ledger of a run is made from.
pub(super) struct LedgerInputs {
    inputs: JudgingInputs,
    refused: RefusedFacts,
    /// Credits that overlapping exports left aside, with the reason.
    left_aside: Vec<(CreditTable, LedgerReason)>,
}

impl LedgerInputs {
    /// The credits that were judged, and those that overlapping exports left aside.
    pub(super) fn new(reading: &Reading<'_>, rules: &RunRules, options: &RunOptions) -> LedgerInputs {
        let exclusions = &reading.overlapped.resolution.exclusions;
        let of = |exclusion: Exclusion| {
            reading
                .folded
                .credits
                .filtered(|account, span, _| exclusions.reason(account, span) == Some(exclusion))
        };
        let is_overlapped = reading.overlapped.counted.is_some();
        LedgerInputs {
            inputs: JudgingInputs::new(reading, options),
            refused: refused_facts(reading, rules),
            left_aside: [
                (Exclusion::Superseded, LedgerReason::Superseded),
                (Exclusion::NotPreferred, LedgerReason::NotPreferred),
            ]
            .into_iter()
            .filter(|_| is_overlapped)
            .map(|(exclusion, reason)| (of(exclusion), reason))
            .collect(),
        }
    }
}

/// The ledger of a run.
pub(super) struct WrittenLedger<'w> {
    reading: &'w Reading<'w>,
    pub(super) maker: LedgerMaker<'w>,
    /// Texts of partners, by number.
    partners: Vec<String>,
}

impl<'w> WrittenLedger<'w> {
    /// Makes no line yet.
    pub(super) fn new(
        inputs: &'w LedgerInputs,
        reading: &'w Reading<'w>,
        rules: &'w RunRules,
    ) -> WrittenLedger<'w> {
        let LedgerInputs { inputs, refused, left_aside } = inputs;
        let judging = inputs.judging(reading, &rules.rules, rules.window, refused);
        let left_aside = left_aside.iter().map(|(credits, reason)| LedgerPart {
            judging: Judging { credits, ..judging },
            excluded: Some(*reason),
        });
        let counted = LedgerPart { judging, excluded: None };
        let maker = LedgerMaker::new(counted, left_aside, sources::content_ranks(&reading.consumption));
        let partners = maker.partners().iter().map(ToString::to_string).collect();
        WrittenLedger { reading, maker, partners }
    }

    /// All lines, some at a time. As they are made, they prove that the counted lines add up to the consumption of each head.
    ///
    /// # Panics
    /// Otherwise, here or when lines are made: ledger and report would contradict each other.
    pub(super) fn all_rows<'l>(&'l self, judged: &'l Judged) -> LazyChunks<'l, Vec<LedgerRow<'l>>> {
        let number = |head: &PartnerId| self.maker.partners().binary_search(head);
        let expected: HashMap<usize, Amount> = judged
            .consumption
            .iter()
            .map(|(head, consumption)| {
                (number(head).expect("the ledger has every head with consumption"), *consumption)
            })
            .collect();
        let chunks = LedgerChunks::new(&self.maker);
        for lines in chunks.held() {
            let head = lines.first().map_or(0, |line| line.head as usize);
            let heads = if head < self.partners.len() { head..head + 1 } else { 0..0 };
            self.assert_balance(lines, heads, &expected);
        }
        LazyChunks::new(chunks.count(), move |nth| {
            let ChunkLines { lines, heads } = chunks.lines(nth);
            self.assert_balance(&lines, heads, &expected);
            self.rows_of(&lines)
        })
    }

    /// Rows of some lines.
    pub(super) fn rows_of(&self, lines: &[LedgerLine]) -> Vec<LedgerRow<'_>> {
        let mut texts = self.texts();
        lines.iter().map(|line| texts.row(line)).collect()
    }

    fn assert_balance(&self, lines: &[LedgerLine], heads: Range<usize>, expected: &HashMap<usize, Amount>) {
        let mut sums = vec![Amount::ZERO; heads.len()];
        for line in lines.iter().filter(|line| line.reason == LedgerReason::Counted) {
            let of_head = (line.head as usize).checked_sub(heads.start).and_then(|nth| sums.get_mut(nth));
            if let Some(sum) = of_head {
                *sum = sum.plus_unchecked(line.counted_usd());
            }
        }
        for (head, sum) in heads.zip(sums) {
            let consumption = expected.get(&head).copied().unwrap_or_default();
            let id = &self.partners[head];
            assert_eq!(sum, consumption, "the ledger of {id} does not add up to its consumption");
        }
    }

    /// Texts of lines; neighbours share most.
    pub(super) fn texts(&self) -> LineTexts<'_> {
        LineTexts { written: self, subscription: None, associations: None, rates: HashMap::new() }
    }
}

/// Makes rows of lines.
pub(super) struct LineTexts<'t> {
    written: &'t WrittenLedger<'t>,
    subscription: Option<(SubscriptionKey, Arc<str>)>,
    associations: Option<(AssociationSet, Arc<str>)>,
    rates: HashMap<(u16, Month), Option<Arc<str>>>,
}

impl<'t> LineTexts<'t> {
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
