//! When the partners of a run lose their tier (SPEC 3.9). Comes in: what was read and judged. Goes out: the loss of each partner, and the next
//! ones for people. It judges the days that count later, and windows of later days where consumption is no sum of days.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window};
use crate::base::ids::PartnerId;
use crate::base::limits::PARTNERS_LISTED;
use crate::credits::credit_table::Span;
use crate::job::windows::{JudgingInputs, LaterDays};
use crate::job::{Reading, RunOptions, RunRules};
use crate::judge::bounds::RefusedFacts;
use crate::judge::facts::PartnerFacts;
use crate::judge::facts::consumption::{DayTimeline, Judged, JudgedExtent, Judging, Timeline, judge};
use crate::judge::loss::{
    ConsumptionSteps, DayWindows, LaterMonths, Loss, LossBlank, LossSources, Remainder,
};
use crate::judge::verdict::PartnerVerdict;
use crate::outputs::{LossCounts, NextLoss, PartnerLines, SoonLosses};

/// Days after `as_of` by which a loss is soon: three months.
const SOON_DAYS: usize = 92;

/// Everything that losses are computed from.
#[derive(Clone, Copy)]
pub(super) struct LossInputs<'l> {
    pub(super) reading: &'l Reading<'l>,
    pub(super) rules: &'l RunRules,
    pub(super) options: &'l RunOptions,
    pub(super) judged: &'l Judged,
}

impl LossInputs<'_> {
    /// The consumption of later days.
    pub(super) fn consumption(&self) -> Box<dyn ConsumptionSteps + Sync + '_> {
        let Judged { consumption, timeline, .. } = self.judged;
        match timeline {
            Timeline::Total => unreachable!("a run that tells losses keeps consumption by time"),
            Timeline::Months(timeline) => Box::new(LaterMonths {
                consumption,
                timeline: timeline.all(),
                last: Month::of(self.rules.window.last),
                remainder: self.reading.later.as_ref().map(|later| self.remainder(later)),
            }),
            Timeline::Days(timeline) => {
                let firsts = DayWindows::firsts(self.options.as_of, self.rules.rules.window_months);
                let by_window = self.by_window(timeline, &firsts);
                Box::new(DayWindows { consumption, timeline, firsts, by_window })
            }
        }
    }

    /// The consumption of the days after the window, which counts once their month is complete. Credit without a rate does not count.
    fn remainder(&self, later: &LaterDays) -> Remainder {
        let inputs = JudgingInputs::new(self.reading, self.options);
        let refused = RefusedFacts::default();
        let judging = Judging {
            credits: later.counted.as_ref().unwrap_or(&self.reading.folded.credits),
            associations: &later.associations,
            extent: JudgedExtent::Window,
            ..inputs.judging(self.reading, &self.rules.rules, later.days, &refused)
        };
        let of_later_days = judge(judging);
        // Of a month that a table has only as a whole, the last day stands for all of its days.
        let month = Month::of(later.days.last);
        let of_whole_months = inputs.has_whole(month).then(|| {
            let is_whole = |source: u32| inputs.is_whole(source, month);
            let whole_month = judging.credits.filtered(|account, span, _| {
                is_whole(account.source) && span.last() == month.last_day() && later.days.last < span.last()
            });
            let days = Window { first: month.last_day(), last: month.last_day() };
            judge(Judging { credits: &whole_month, window: days, ..judging }).consumption
        });
        Remainder {
            consumption: of_later_days.consumption,
            unknown: of_whole_months.into_iter().flatten().map(|(head, _)| head).collect(),
            is_unclear: later.is_unclear || of_later_days.is_too_large,
        }
    }

    /// For each later day, the consumption of the accounts that are judged anew for each window.
    fn by_window(&self, timeline: &DayTimeline, firsts: &[(Day, Day)]) -> Vec<BTreeMap<PartnerId, Amount>> {
        if timeline.by_window.is_empty() {
            return Vec::new();
        }
        let inputs = JudgingInputs::new(self.reading, self.options);
        let refused = RefusedFacts::default();
        let window = self.rules.window;
        let credits = self.reading.counted_credits();
        let credits = credits.filtered(|account, span: Span, _| {
            timeline.by_window.contains(account) && window.contains(span.last())
        });
        let of_day = |(_, first): &(Day, Day)| {
            let days = Window { first: *first, last: window.last };
            if days.first > days.last {
                return BTreeMap::new();
            }
            let judging = inputs.judging(self.reading, &self.rules.rules, days, &refused);
            judge(Judging { credits: &credits, extent: JudgedExtent::Window, ..judging })
                .consumption
                .into_iter()
                .collect()
        };
        firsts.iter().map(of_day).collect()
    }
}

/// The loss of each partner, in the order of `facts`.
pub(super) fn of_partners(
    sources: &LossSources<'_>,
    facts: &[PartnerFacts<'_>],
    verdicts: &[PartnerVerdict],
) -> Vec<Loss> {
    let pairs = facts.par_iter().zip(verdicts);
    pairs.map(|(facts, verdict)| sources.of(facts, verdict)).collect()
}

/// How many tiers are lost, and the partners that lose theirs next.
pub(super) fn counts(rules: &RunRules, as_of: Day, partners: PartnerLines<'_>) -> LossCounts {
    let by = as_of.iter_days().nth(SOON_DAYS).unwrap_or(as_of);
    let mut counts = LossCounts::default();
    let mut dated: Vec<(Day, usize)> = Vec::new();
    for (nth, loss) in partners.losses.iter().enumerate() {
        match (loss.lost_on, loss.reason) {
            (Some(day), _) => dated.push((day, nth)),
            (None, Some(LossBlank::Never)) => counts.never += 1,
            (None, Some(LossBlank::Unknown)) => counts.unknown += 1,
            (None, None) => {}
        }
    }
    counts.dated = dated.len();
    counts.soon = SoonLosses { by, partners: dated.iter().filter(|(day, _)| *day <= by).count() };
    // Partners stand in report order.
    dated.sort_unstable();
    let next = |(lost_on, nth): &(Day, usize)| NextLoss {
        partner: partners.facts[*nth].partner.to_string(),
        tier: partners.verdicts[*nth].attained.map(|tier| rules.rules.tiers[tier].name.clone()),
        lost_on: *lost_on,
    };
    counts.next = dated.iter().take(PARTNERS_LISTED).map(next).collect();
    counts
}
