//! The parts of a run that a workbook and a page ask for. Comes in: what was read and judged. Goes out: explanations and ledgers of some partners,
//! and the refused rows. It holds none of them.

use std::io;
use std::sync::OnceLock;

use super::explain::{Explaining, ExplanationDepth};
use super::explained_people::PeopleShown;
use super::judged_run::{JudgedRun, PartnerOutcome};
use super::reject_lines::RejectLines;
use super::written_ledger::WrittenLedger;
use super::{Reading, RunOptions, RunRules};
use crate::base::ids::PartnerId;
use crate::diagnostics::spill::SpilledRejects;
use crate::judge::facts::consumption::ledger::LedgerScope;
use crate::judge::facts::consumption::ledger_accounts::AccountsOfHeads;
use crate::judge::loss::LossSources;
use crate::outputs::explanation::Explanation;
use crate::outputs::{LazyChunks, PresentationSource, TableVisitor, ledger_table, rejects_table};

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
    /// Computed when they are asked for.
    pub(super) accounts: OnceLock<Vec<AccountsOfHeads>>,
}

impl PresentedRun<'_> {
    fn accounts(&self) -> &[AccountsOfHeads] {
        self.accounts.get_or_init(|| WrittenLedger::accounts_of_heads(self.reading, self.rules, self.options))
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
            accounts: Some(self.accounts()),
            is_all: false,
            depth: ExplanationDepth::Subscriptions,
            people: PeopleShown::Numbers,
        };
        let wanted: Vec<&PartnerOutcome<'_>> = outcomes.iter().collect();
        explaining.explanations(&wanted).expect("rows alone are read again, and none are asked for").partners
    }

    fn ledger(&self, partners: &[usize], visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let of_partner = |nth: usize| self.of_run.facts[nth].partner.clone();
        let heads: Vec<PartnerId> = Self::in_report_order(partners).into_iter().map(of_partner).collect();
        let scope = LedgerScope {
            heads: &heads,
            subscriptions: &Default::default(),
            accounts: Some(self.accounts()),
        };
        let ledger = WrittenLedger::new(self.reading, self.rules, self.options, Some(scope));
        visitor(&ledger_table(ledger.lines()))
    }

    fn rejects(&self, visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let Some(spilled) = self.spilled else {
            return visitor(&rejects_table(LazyChunks::from(Vec::new())));
        };
        visitor(&rejects_table(self.reject_lines.chunks(spilled)))?;
        spilled.check()
    }
}
