//! What a workbook and a page show of a run, besides its report. Comes in: the run's values. Goes out: the same values, for the writers of
//! both. Nothing is made before a writer asks for it, and for few partners at a time.

use std::io;

use super::columns::OutputTable;
use super::explanation::{Explanation, PersonExplained};
use super::report::{PartnerLines, ReportContext};
use super::stored_run::StoredRun;
use super::summary::Summary;
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::config::rules::RuleSet;

/// A run, as a workbook and a page show it.
#[derive(Clone, Copy)]
pub struct Presentation<'p> {
    /// The rules of the run.
    pub rules: &'p RuleSet,
    /// What stands in every line of the report.
    pub context: &'p ReportContext,
    /// Every partner that was judged, in report order.
    pub lines: PartnerLines<'p>,
    /// Positions in `lines` of the partners that the report shows, in its order.
    pub selected: &'p [usize],
    /// The report: the lines and columns that are asked for.
    pub table: &'p OutputTable<'p>,
    /// Control totals, coverage, warnings and inputs.
    pub summary: &'p Summary,
    /// The run to compare with. **Absent**: none is given.
    pub previous: Option<&'p StoredRun>,
    /// What is made when it is asked for.
    pub source: &'p dyn PresentationSource,
}

/// Takes a table; it lives as long as the call.
pub type TableVisitor<'v> = dyn FnMut(&OutputTable<'_>) -> io::Result<()> + 'v;

/// Makes the parts of a presentation that are too large to be held for all partners.
pub trait PresentationSource: Sync {
    /// Why some partners have their tiers, to the depth of subscriptions, persons as pseudonyms; in report order, whatever the order of
    /// `partners`, which are positions in [`Presentation::lines`]. A call goes over all credits: ask for about a thousand partners at once.
    fn explanations(&self, partners: &[usize]) -> Vec<Explanation>;

    /// The consumption of some partners that counts, by month, in the order of `partners`; a month without consumption may be missing. **Unit**: USD.
    fn months(&self, partners: &[usize]) -> Vec<Vec<(Month, Amount)>> {
        let of = |explained: Explanation| explained.months.iter().map(|of| (of.month, of.usd)).collect();
        self.in_order_of(partners).into_iter().map(of).collect()
    }

    /// The persons of some partners as pseudonyms, with their passes, in the order of `partners`.
    fn people(&self, partners: &[usize]) -> Vec<Vec<PersonExplained>> {
        self.in_order_of(partners).into_iter().map(|explained| explained.individuals).collect()
    }

    /// The explanations of some partners, in the order of `partners`.
    fn in_order_of(&self, partners: &[usize]) -> Vec<Explanation> {
        let mut places: Vec<usize> = (0..partners.len()).collect();
        places.sort_by_key(|place| partners[*place]);
        let mut placed: Vec<(usize, Explanation)> =
            places.into_iter().zip(self.explanations(partners)).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, explanation)| explanation).collect()
    }

    /// Shows the ledger of some partners to a visitor: their lines in the order of the ledger.
    ///
    /// # Errors
    /// The visitor's.
    fn ledger(&self, partners: &[usize], visitor: &mut TableVisitor<'_>) -> io::Result<()>;

    /// Shows the refused rows to a visitor.
    ///
    /// # Errors
    /// The visitor's; a spilled reject cannot be read back.
    fn rejects(&self, visitor: &mut TableVisitor<'_>) -> io::Result<()>;
}
