//! The parts of a run that a workbook and a page ask for. Comes in: what was read and judged. Goes out: explanations and ledgers of some partners,
//! and the refused rows. It holds none of them.

use std::io;
use std::sync::OnceLock;

use super::explain::{Explaining, ExplanationDepth, WantedPartners};
use super::explained_people::{self, PeopleShown};
use super::judged_run::{JudgedRun, PartnerOutcome};
use super::reject_lines::RejectLines;
use super::written_ledger::{LedgerInputs, WrittenLedger};
use super::{Reading, RunOptions, RunRules};
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::diagnostics::spill::SpilledRejects;
use crate::judge::facts::consumption::Timeline;
use crate::judge::facts::consumption::ledger::{LedgerLine, LedgerScope};
use crate::judge::loss::LossSources;
use crate::judge::measures::individuals::explained_passes;
use crate::outputs::explanation::{Explanation, PersonExplained};
use crate::outputs::{LazyChunks, PresentationSource, TableVisitor, ledger_table, rejects_table};

/// Lines of a chunk of a ledger.
const CHUNK_LINES: usize = 1 << 14;

/// A run that has been judged.
pub(super) struct PresentedRun<'p> {
    pub(super) reading: &'p Reading<'p>,
    pub(super) rules: &'p RunRules,
    pub(super) options: &'p RunOptions,
    pub(super) of_run: JudgedRun<'p>,
    pub(super) losses: &'p LossSources<'p>,
    pub(super) reject_lines: &'p RejectLines<'p>,
    /// **Absent**: no output shows the refused rows.
    pub(super) spilled: Option<&'p SpilledRejects>,
    /// Both are made when they are asked for.
    pub(super) ledger_inputs: &'p OnceLock<LedgerInputs>,
    pub(super) ledger: OnceLock<WrittenLedger<'p>>,
}

impl<'p> PresentedRun<'p> {
    /// The ledger of the run.
    pub(super) fn ledger(&self) -> &WrittenLedger<'p> {
        self.ledger.get_or_init(|| {
            let inputs =
                self.ledger_inputs.get_or_init(|| LedgerInputs::new(self.reading, self.rules, self.options));
            WrittenLedger::new(inputs, self.reading, self.rules)
        })
    }

    /// Positions of partners, in report order, each once.
    fn in_report_order(partners: &[usize]) -> Vec<usize> {
        let mut partners = partners.to_vec();
        partners.sort_unstable();
        partners.dedup();
        partners
    }
}

impl PresentationSource for PresentedRun<'_> {
    fn explanations(&self, partners: &[usize]) -> Vec<Explanation> {
        let outcomes: Vec<PartnerOutcome<'_>> =
            Self::in_report_order(partners).into_iter().map(|nth| self.of_run.outcome(nth)).collect();
        let explaining = Explaining {
            reading: self.reading,
            rules: self.rules,
            options: self.options,
            losses: self.losses,
            ledger: self.ledger(),
            wanted: WantedPartners::SomeOfMany,
            depth: ExplanationDepth::Subscriptions,
            people: PeopleShown::Numbers,
        };
        let wanted: Vec<&PartnerOutcome<'_>> = outcomes.iter().collect();
        explaining.explanations(&wanted).expect("rows alone are read again, and none are asked for").partners
    }

    fn months(&self, partners: &[usize]) -> Vec<Vec<(Month, Amount)>> {
        let JudgedRun { judged, facts, .. } = self.of_run;
        let Timeline::Months(timeline) = &judged.timeline else {
            // Consumption by day is no sum of days where a credit is converted once.
            let of = |explained: Explanation| explained.months.iter().map(|of| (of.month, of.usd)).collect();
            return self.in_order_of(partners).into_iter().map(of).collect();
        };
        let first = Month::of(self.rules.window.first).number();
        let of_partner = |nth: &usize| {
            let head = facts[*nth].partner;
            let place = judged.consumption.binary_search_by(|(other, _)| other.cmp(head));
            let sums = place.map_or(&[][..], |place| timeline.all().of_head(place));
            (first..).map(Month::from_number).zip(sums.iter().copied()).collect()
        };
        partners.iter().map(of_partner).collect()
    }

    fn people(&self, partners: &[usize]) -> Vec<Vec<PersonExplained>> {
        let of_partner = |nth: &usize| self.of_run.facts[*nth].partner;
        let heads: Vec<PartnerId> =
            Self::in_report_order(partners).iter().map(|nth| of_partner(nth).clone()).collect();
        let Reading { passes, roster, .. } = self.reading;
        let rules = &self.rules.rules;
        let explained = explained_passes(passes, rules, roster, self.options.as_of, &heads);
        let mut people = explained_people::by_head(passes, rules, explained, PeopleShown::Numbers);
        partners.iter().map(|nth| people.remove(of_partner(nth)).unwrap_or_default()).collect()
    }

    fn ledger(&self, partners: &[usize], visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let of_partner = |nth: usize| self.of_run.facts[nth].partner.clone();
        let heads: Vec<PartnerId> = Self::in_report_order(partners).into_iter().map(of_partner).collect();
        let scope = LedgerScope { heads: &heads, subscriptions: &Default::default(), is_one_of_many: true };
        let ledger = self.ledger();
        let lines = ledger.maker.of_scope(scope);
        let chunks: Vec<&[LedgerLine]> = lines.chunks(CHUNK_LINES).collect();
        visitor(&ledger_table(LazyChunks::new(chunks.len(), |nth| ledger.rows_of(chunks[nth]))))
    }

    fn rejects(&self, visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let Some(spilled) = self.spilled else {
            return visitor(&rejects_table(LazyChunks::from(Vec::new())));
        };
        visitor(&rejects_table(self.reject_lines.chunks(spilled)))?;
        spilled.check()
    }
}
