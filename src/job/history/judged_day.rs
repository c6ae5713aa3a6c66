//! One day of a history. Comes in: a reading that is turned to the day. Goes out: its lines, as the report of that day has them, written to a
//! series of tables. Only tiers are remembered from day to day.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

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
use crate::judge::facts::{self, FactSources, PartnerFacts};
use crate::judge::loss::Loss;
use crate::judge::loss::LossSources;
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
    pub(super) lines: HistoryLines,
    /// Where the lines go, for faults.
    target: PathBuf,
    /// The tier of the line before of each partner.
    tiers: BTreeMap<PartnerId, String>,
    /// Heads whose tier depends on refused rows on any day.
    pub(super) in_doubt: BTreeSet<PartnerId>,
    pub(super) written: u64,
    /// Tiers, their confidence and their losses on the last day so far.
    pub(super) last_day: (Tiers, ConfidenceCounts, LossCounts),
}

impl DayWriter {
    /// `output`: **absent**, lines go to standard output.
    pub(super) fn new(lines: HistoryLines, output: Option<&Path>) -> DayWriter {
        DayWriter {
            lines,
            target: output.unwrap_or(Path::new("standard output")).to_owned(),
            tiers: BTreeMap::new(),
            in_doubt: BTreeSet::new(),
            written: 0,
            last_day: Default::default(),
        }
    }

    /// Whether a line with this tier would be written.
    pub(super) fn would_take(&self, partner: &PartnerId, tier: &str) -> bool {
        match (self.lines, self.tiers.get(partner)) {
            (HistoryLines::All, _) => true,
            (HistoryLines::Changes, Some(before)) => before != tier,
            (HistoryLines::Changes, None) => !tier.is_empty(),
        }
    }

    /// Whether the line of a partner is written; its tier is remembered.
    fn takes(&mut self, partner: &PartnerId, tier: &str) -> bool {
        let takes = self.would_take(partner, tier);
        if self.lines == HistoryLines::Changes && takes {
            self.tiers.insert(partner.clone(), tier.to_owned());
        }
        takes
    }
}

/// The lines of a day.
pub(super) struct DayLines<'l> {
    pub(super) facts: Vec<PartnerFacts<'l>>,
    pub(super) verdicts: Vec<PartnerVerdict>,
    pub(super) confidences: Vec<Confidence>,
    pub(super) losses: Vec<Loss>,
}

impl DayLines<'_> {
    fn borrowed(&self) -> PartnerLines<'_> {
        let DayLines { facts, verdicts, confidences, losses } = self;
        PartnerLines { facts, verdicts, confidences, losses }
    }
}

/// Writes the lines of a day that are asked for. `is_last`: the summary tells of the tiers of this day, all of whose lines are given.
pub(super) fn write_lines(
    HistoryDay { rules, options }: &HistoryDay,
    is_last: bool,
    lines: DayLines<'_>,
    writer: &mut DayWriter,
    (series, out): (&mut TableSeries, &mut dyn io::Write),
) -> Result<(), Error> {
    if is_last {
        let all = lines.borrowed();
        writer.last_day = (
            account::tiers(rules, all.verdicts),
            confidence::counts(rules, all),
            losses::counts(rules, options.as_of, all),
        );
    }
    let taken = match writer.lines {
        HistoryLines::All => lines,
        HistoryLines::Changes => {
            let DayLines { facts, verdicts, confidences, losses } = lines;
            let all = facts.into_iter().zip(verdicts).zip(confidences.into_iter().zip(losses));
            let takes = |writer: &mut DayWriter, facts: &PartnerFacts<'_>, verdict: &PartnerVerdict| {
                writer.takes(facts.partner, tier_text(&rules.rules, verdict))
            };
            let taken = all.filter(|((facts, verdict), _)| takes(writer, facts, verdict));
            let ((facts, verdicts), (confidences, losses)) = taken.unzip();
            DayLines { facts, verdicts, confidences, losses }
        }
    };
    writer.written += u64::try_from(taken.facts.len()).expect("partners fit memory");
    let context = context(rules, options);
    let written = series.write(&report_table(&rules.rules, &context, taken.borrowed()), out);
    written.map_err(|source| Error::Output { path: writer.target.clone(), source })
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
        (series, out): (&mut TableSeries, &mut dyn io::Write),
    ) -> Result<(), Error> {
        let judged = job::judge_credits(self.reading, &self.day.rules, &self.day.options)?;
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
        let confidences = unknowns.confidence(&facts, &judged, &individuals, &missing_months);
        writer.in_doubt.extend(heads_in_doubt(&facts, &confidences).into_iter().cloned());
        let inputs = LossInputs { reading, rules, options, judged: &judged };
        let consumption = inputs.consumption();
        let sources =
            LossSources { rules: rule_set, consumption: consumption.as_ref(), individuals: &individuals };
        let losses = losses::of_partners(&sources, &facts, &verdicts);
        drop(consumption);
        let lines = DayLines { facts, verdicts, confidences, losses };
        write_lines(self.day, self.is_last, lines, writer, (series, out))
    }
}
