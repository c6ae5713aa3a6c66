//! How many partners have another tier than in an earlier run, for the metrics of a night. Comes in: the earlier report, the lines of this one.
//! Goes out: counts. `diff` tells which partners, and why.

use std::collections::BTreeSet;

use super::diff::run_files::RunFiles;
use crate::base::ids::PartnerId;
use crate::config::rules::RuleSet;
use crate::outputs::{PartnerLines, StoredReport, TierChanges, tier_text};

/// The report of an earlier run. `None` if it is not there any more, was changed, or lacks partners: then nothing can be counted.
pub(super) fn report_before(summary: &std::path::Path) -> Option<StoredReport> {
    RunFiles::open(summary).ok().filter(|files| !files.is_partial()).map(|files| files.report)
}

/// Compares all partners of this run with an earlier report.
pub(super) fn count(before: &StoredReport, lines: PartnerLines<'_>, rules: &RuleSet) -> TierChanges {
    let rank = |tier: &str| match tier {
        "" => Some(0),
        tier => rules.tiers.iter().position(|of_rules| of_rules.name == tier).map(|place| place + 1),
    };
    let mut changes = TierChanges::default();
    for (facts, verdict) in lines.facts.iter().zip(lines.verdicts) {
        let Some(line) = before.get(facts.partner) else {
            changes.came += 1;
            continue;
        };
        let (old, new) = (line.tier.as_deref().unwrap_or_default(), tier_text(rules, verdict));
        match (rank(old), rank(new)) {
            _ if old == new => {}
            (Some(old), Some(new)) if old < new => changes.won += 1,
            (Some(_), Some(_)) => changes.lost += 1,
            // A tier that is undetermined, or of another rule set.
            (None, _) | (_, None) => changes.changed += 1,
        }
    }
    let now: BTreeSet<&PartnerId> = lines.facts.iter().map(|facts| facts.partner).collect();
    let vanished = before.keys().filter(|partner| !now.contains(partner)).count();
    changes.vanished = u64::try_from(vanished).unwrap_or(u64::MAX);
    changes
}
