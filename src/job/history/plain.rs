//! Fast path of a history: where no exports overlap and nothing is unknown but markets, whose a tenant is, and whose a subscription is on some
//! days, one judging of all windows together serves every day, since the credit of a month depends neither on the window nor on the day. Comes
//! in: a reading that is turned to all windows together. Goes out: the lines of each day, the same as by judging it alone; only lines that are
//! written are judged in full.

use std::io;

use rayon::prelude::*;

use super::judged_day::{DayLines, DayWriter, write_lines};
use super::{HistoryDay, HistoryLines};
use crate::base::calendar::{Month, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::config::rules::{Measure, Quantity, RuleSet};
use crate::diagnostics::error::Error;
use crate::job::Reading;
use crate::job::confidence::{RunUnknowns, heads_in_doubt};
use crate::judge::bounds::{Confidence, RefusedFacts};
use crate::judge::facts::consumption::{Judged, MonthTimeline, Timeline, TimelineMonths};
use crate::judge::facts::{self, FactSources, PartnerFacts};
use crate::judge::loss::{LaterMonths, LossSources};
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::measures::pass_spans::{IndividualCounts, PassSpans};
use crate::judge::verdict::{PartnerVerdict, Status, is_met, judge, judge_tier};
use crate::outputs::{TableSeries, undetermined_tier};

/// Whether every day can be judged from all windows together. `judged`: the credit of all windows.
pub(super) fn is_plain(reading: &Reading<'_>, judged: &Judged, days: &[HistoryDay]) -> bool {
    let Some(first) = days.first() else { return false };
    let resolution = &reading.overlapped.resolution;
    let have_whole_months = days.iter().all(|day| {
        day.options.window == WindowKind::CompleteMonths && day.options.as_of == day.rules.window.last
    });
    let have_one_way_of_credit = days.iter().all(|day| {
        let (rules, of_first) = (&day.rules.rules, &first.rules.rules);
        rules.accepted == of_first.accepted && rules.retroactive == of_first.retroactive
    });
    let have_no_overlaps = reading.overlapped.counted.is_none()
        && resolution.pairs.is_empty()
        && resolution.snapshots.iter().all(|snapshot| snapshot.parts.is_empty());
    have_whole_months
        && have_one_way_of_credit
        && have_no_overlaps
        && reading.rejects.counts().next().is_none()
        && judged.without_rate.is_empty()
}

/// Everything that the days of one rule set have in common.
pub(super) struct PlainDays<'p> {
    reading: &'p Reading<'p>,
    rules: &'p RuleSet,
    judged: &'p Judged,
    timeline: &'p MonthTimeline,
    /// The first month of the timeline.
    first: Month,
    /// Every partner that may have a line, in report order, with values of no day.
    partners: Vec<PlainPartner<'p>>,
    passes: PassSpans<'p>,
    counts: IndividualCounts,
}

/// A partner that may have a line.
struct PlainPartner<'p> {
    facts: PartnerFacts<'p>,
    /// Index among the heads with credit. **Absent**: the partner has no credit in any window.
    credit: Option<usize>,
    /// Index among the heads with passes. **Absent**: the partner has none.
    people: Option<usize>,
    /// Whether it has a line without credit: a file names it.
    is_named: bool,
}

impl PlainPartner<'_> {
    /// Whether it has a line for a window.
    fn has_line(&self, months: TimelineMonths<'_>) -> bool {
        self.is_named || self.credit.is_some_and(|credit| months.has_credit(credit))
    }
}

impl<'p> PlainDays<'p> {
    /// The days of `rules`; `judged` is the credit of all windows, `span`.
    pub(super) fn new(
        reading: &'p Reading<'p>,
        rules: &'p RuleSet,
        judged: &'p Judged,
        span: Window,
    ) -> PlainDays<'p> {
        let Timeline::Months(timeline) = &judged.timeline else {
            unreachable!("consumption of complete months is kept by month");
        };
        let of_files = || {
            let of_passes = reading.passes.partners().map(|(partner, _)| partner);
            reading.roster.partners().chain(reading.associations.partners()).chain(of_passes)
        };
        let with_credit = judged.consumption.iter().map(|(head, _)| head);
        let sources = FactSources { roster: &reading.roster, values: &[], lacks_rate: &judged.lacks_rate };
        let mut named: Vec<&PartnerId> = of_files().map(|partner| reading.roster.head(partner)).collect();
        named.par_sort_unstable();
        named.dedup();
        let passes = PassSpans::new(&reading.passes, rules, &reading.roster);
        let all = facts::of_partners(of_files().chain(with_credit), &sources);
        let partner = |facts: PartnerFacts<'p>| PlainPartner {
            credit: judged.consumption.binary_search_by(|(head, _)| head.cmp(facts.partner)).ok(),
            people: passes.head(facts.partner),
            is_named: named.binary_search(&facts.partner).is_ok(),
            facts,
        };
        let partners = all.into_par_iter().map(partner).collect();
        let counts = passes.counts(rules);
        PlainDays { reading, rules, judged, timeline, first: Month::of(span.first), partners, passes, counts }
    }

    /// Writes the lines of a day, which is later than the day before.
    pub(super) fn write(
        &mut self,
        day: &HistoryDay,
        is_last: bool,
        writer: &mut DayWriter,
        (series, out): (&mut TableSeries, &mut dyn io::Write),
    ) -> Result<(), Error> {
        let HistoryDay { rules, options } = day;
        self.counts.advance(options.as_of);
        let months = self.timeline.of_window(self.first, rules.window);
        let listed: Vec<&PlainPartner<'_>> = match (writer.lines, is_last) {
            (HistoryLines::All, _) | (_, true) => {
                self.partners.par_iter().filter(|partner| partner.has_line(months)).collect()
            }
            (HistoryLines::Changes, false) => {
                let tiers: Vec<Option<&str>> = self
                    .partners
                    .par_iter()
                    .map(|partner| partner.has_line(months).then(|| self.tier(partner, months)))
                    .collect();
                let with_tiers = self.partners.iter().zip(tiers);
                with_tiers
                    .filter(|(partner, tier)| {
                        tier.is_some_and(|tier| writer.would_take(partner.facts.partner, tier))
                    })
                    .map(|(partner, _)| partner)
                    .collect()
            }
        };
        let facts: Vec<PartnerFacts<'p>> =
            listed.par_iter().map(|partner| self.facts(partner, months)).collect();
        let verdicts: Vec<PartnerVerdict> = facts.par_iter().map(|facts| judge(facts, self.rules)).collect();
        let mut has_line = vec![false; self.passes.heads()];
        listed.iter().filter_map(|partner| partner.people).for_each(|head| has_line[head] = true);
        let individuals = self.passes.on(options.as_of, |head| has_line[head]);
        let confidences = self.confidences(day, &facts, &individuals);
        self.note_doubt(day, writer);
        let consumption = LaterMonths {
            consumption: &self.judged.consumption,
            timeline: months,
            last: Month::of(rules.window.last),
            remainder: None,
        };
        let losses = LossSources { rules: self.rules, consumption: &consumption, individuals: &individuals };
        let losses =
            facts.par_iter().zip(&verdicts).map(|(facts, verdict)| losses.of(facts, verdict)).collect();
        let lines = DayLines { facts, verdicts, confidences, losses };
        write_lines(day, is_last, lines, writer, (series, out))
    }

    /// Notes the heads whose tier depends on refused rows on the last of some days, before the first of them is written: where there are any,
    /// no other day is asked.
    pub(super) fn note_doubt_of_last(&mut self, days: &[HistoryDay], writer: &mut DayWriter) {
        let Some(last) = days.last().filter(|_| self.may_be_in_doubt(writer)) else { return };
        let of_first = std::mem::replace(&mut self.counts, self.passes.counts(self.rules));
        self.counts.advance(last.options.as_of);
        self.note_doubt(last, writer);
        self.counts = of_first;
    }

    /// Notes the heads whose tier depends on refused rows on a day, unless there are any already: a tenant may be of any partner, so that its rows
    /// could change a tier on some day, or on none.
    fn note_doubt(&self, day: &HistoryDay, writer: &mut DayWriter) {
        if !self.may_be_in_doubt(writer) {
            return;
        }
        let months = self.timeline.of_window(self.first, day.rules.window);
        let listed = self.partners.par_iter().filter(|partner| partner.has_line(months));
        let facts: Vec<PartnerFacts<'p>> = listed.map(|partner| self.facts(partner, months)).collect();
        let individuals = self.passes.on(day.options.as_of, |_| true);
        let confidences = self.confidences(day, &facts, &individuals);
        writer.in_doubt.extend(heads_in_doubt(&facts, &confidences).into_iter().cloned());
    }

    fn may_be_in_doubt(&self, writer: &DayWriter) -> bool {
        !self.judged.unknown.tenants.is_empty() && writer.in_doubt.is_empty()
    }

    /// How certain the tiers of some partners are on a day.
    fn confidences(
        &self,
        HistoryDay { rules, options }: &HistoryDay,
        facts: &[PartnerFacts<'_>],
        individuals: &CountedIndividuals<'_>,
    ) -> Vec<Confidence> {
        let refused = RefusedFacts::default();
        let unknowns = RunUnknowns::new(self.reading, rules, options, &refused);
        let missing = self.reading.coverage.missing();
        let missing: Vec<Month> = missing.filter(|month| rules.window.contains(month.first_day())).collect();
        let judged = Judged { unknown: self.judged.unknown.within(rules.window), ..Judged::default() };
        unknowns.confidence(facts, &judged, individuals, &missing)
    }

    /// The facts of a partner in a window.
    fn facts(&self, partner: &PlainPartner<'p>, months: TimelineMonths<'_>) -> PartnerFacts<'p> {
        PartnerFacts { values: self.values(partner, months), ..partner.facts.clone() }
    }

    /// The value of each measure.
    fn values(&self, partner: &PlainPartner<'_>, months: TimelineMonths<'_>) -> Vec<Quantity> {
        let value = |(nth, measure): (usize, &Measure)| self.value(partner, months, (nth, measure));
        self.rules.measures.iter().enumerate().map(value).collect()
    }

    fn value(
        &self,
        partner: &PlainPartner<'_>,
        months: TimelineMonths<'_>,
        (nth, measure): (usize, &Measure),
    ) -> Quantity {
        match measure {
            Measure::Consumption => {
                Quantity::Usd(partner.credit.map_or_else(Default::default, |credit| months.sum(credit)))
            }
            Measure::Individuals { .. } => Quantity::Count(self.counts.value(nth, partner.people)),
        }
    }

    /// The cell `tier` of a partner.
    fn tier(&self, partner: &PlainPartner<'_>, months: TimelineMonths<'_>) -> &str {
        let market = partner.facts.market;
        let is_met = |required: &crate::config::rules::Requirement| {
            let measure = (required.measure, &self.rules.measures[required.measure]);
            is_met(self.value(partner, months, measure), &required.at_least, market)
        };
        if let Some(tier) = self.rules.tiers.iter().rfind(|tier| tier.requires.iter().all(is_met)) {
            return &tier.name;
        }
        let may_be_met = || {
            let values = self.values(partner, months);
            let mut tiers = self.rules.tiers.iter();
            tiers.any(|tier| judge_tier(&values, tier, market).status == Status::Undetermined)
        };
        if market.is_none() && may_be_met() { undetermined_tier() } else { "" }
    }
}
