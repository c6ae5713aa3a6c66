//! One day of a history. Comes in: a reading that is turned to the day. Goes out: its lines, as the report of that day has them, written to a
//! series of tables. Only tiers are remembered from day to day.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::diagnostics::warning::Warnings;
use crate::job::confidence::{self, RunUnknowns, heads_in_doubt};
use crate::job::history::{HistoryDay, HistoryLines};
use crate::job::losses::{self, LossInputs};
use crate::job::{self, Reading, RunOptions, RunRules, account};
use crate::judge::bounds::Confidence;
use crate::judge::facts::consumption::Judged;
use crate::judge::facts::{self, FactSources, PartnerFacts};
use crate::judge::loss::Loss;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::measures::{self, MeasureSources};
use crate::judge::verdict::{PartnerVerdict, judge};
use crate::outputs::{
    ConfidenceCounts, LossCounts, OutputTable, PartnerLines, ReportContext, TableSeries, Tiers, report_table,
    tier_text,
};

/// A table of a day without lines.
pub(super) fn empty_table<'t>(rules: &'t RunRules, context: &'t ReportContext) -> OutputTable<'t> {
    let lines = PartnerLines { facts: &[], verdicts: &[], confidences: &[], losses: &[] };
    report_table(&rules.rules, context, lines)
}

/// What the lines of a day are about.
pub(super) fn context(rules: &RunRules, options: &RunOptions) -> ReportContext {
    ReportContext { rule_set: rules.rules.id(), as_of: options.as_of, window: rules.window }
}

/// What is remembered from day to day.
pub(super) struct DayWriter {
    lines: HistoryLines,
    /// The tier of the line before of each partner.
    tiers: BTreeMap<PartnerId, String>,
    /// Heads whose tier depends on refused rows on any day.
    pub(super) in_doubt: BTreeSet<PartnerId>,
    pub(super) written: u64,
    /// Tiers, their confidence and their losses on the last day so far.
    pub(super) last_day: (Tiers, ConfidenceCounts, LossCounts),
}

impl DayWriter {
    pub(super) fn new(lines: HistoryLines) -> DayWriter {
        DayWriter {
            lines,
            tiers: BTreeMap::new(),
            in_doubt: BTreeSet::new(),
            written: 0,
            last_day: Default::default(),
        }
    }

    /// Whether the line of a partner is written.
    fn takes(&mut self, facts: &PartnerFacts<'_>, verdict: &PartnerVerdict, rules: &RunRules) -> bool {
        if self.lines == HistoryLines::All {
            return true;
        }
        let tier = tier_text(&rules.rules, verdict);
        match self.tiers.get_mut(facts.partner) {
            Some(before) if before == tier => false,
            Some(before) => {
                *before = tier.to_owned();
                true
            }
            None => {
                self.tiers.insert(facts.partner.clone(), tier.to_owned());
                !tier.is_empty()
            }
        }
    }
}

/// A reading that is turned to a day.
#[derive(Clone, Copy)]
pub(super) struct JudgedDay<'j> {
    pub(super) reading: &'j Reading<'j>,
    pub(super) day: &'j HistoryDay,
    /// Whether the summary tells of the tiers of this day.
    pub(super) is_last: bool,
}

impl JudgedDay<'_> {
    /// Judges every partner, and writes the lines that are asked for.
    pub(super) fn write(
        self,
        writer: &mut DayWriter,
        series: &mut TableSeries,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let judged = job::judge_credits(self.reading, &self.day.rules, &self.day.options)?;
        self.write_judged(&judged, writer, series, out)
    }

    fn write_judged(
        self,
        judged: &Judged,
        writer: &mut DayWriter,
        series: &mut TableSeries,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let JudgedDay { reading, day: HistoryDay { rules, options }, .. } = self;
        let rule_set = &rules.rules;
        // The reports of the days would warn again and again of the same.
        let mut warned = Warnings::default();
        let (individuals, _) =
            CountedIndividuals::count(&reading.passes, rule_set, &reading.roster, options.as_of, &mut warned);
        let sources = MeasureSources { consumption: &judged.consumption, individuals: &individuals };
        let values = measures::values(rule_set, &sources);
        let sources =
            FactSources { roster: &reading.roster, values: &values, lacks_rate: &judged.lacks_rate };
        let of_files = reading.roster.partners().chain(reading.associations.partners());
        let of_passes = reading.passes.partners().map(|(partner, _)| partner);
        let named = of_files.chain(of_passes).chain(judged.consumption.iter().map(|(head, _)| head));
        let facts = facts::of_partners(named, &sources);
        let verdicts: Vec<PartnerVerdict> = facts.par_iter().map(|facts| judge(facts, rule_set)).collect();
        let refused = job::refused_facts(reading, rules);
        let unknowns = RunUnknowns::new(reading, rules, options, &refused);
        let missing_months: Vec<Month> = reading.coverage.missing().collect();
        let confidences = unknowns.confidence(&facts, judged, &individuals, &missing_months);
        writer.in_doubt.extend(heads_in_doubt(&facts, &confidences).into_iter().cloned());
        let inputs = LossInputs { reading, rules, options, judged, individuals: &individuals };
        if self.is_last {
            let lines =
                PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &[] };
            let losses = inputs.losses(lines);
            let lines = PartnerLines { losses: &losses, ..lines };
            writer.last_day = (
                account::tiers(rules, &verdicts),
                confidence::counts(rules, lines),
                losses::counts(rules, lines),
            );
        }
        let pairs = facts.into_iter().zip(verdicts).zip(confidences);
        let taken = pairs.filter(|((facts, verdict), _)| writer.takes(facts, verdict, rules));
        let ((facts, verdicts), confidences): ((Vec<_>, Vec<_>), Vec<Confidence>) = taken.unzip();
        let lines =
            PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &[] };
        let losses: Vec<Loss> = inputs.losses(lines);
        let lines = PartnerLines { losses: &losses, ..lines };
        writer.written += u64::try_from(facts.len()).expect("partners fit memory");
        let context = context(rules, options);
        let written = series.write(&report_table(rule_set, &context, lines), out);
        written.map_err(|source| Error::Output { path: PathBuf::from("the history"), source })
    }
}
