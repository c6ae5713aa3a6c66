//! The notes of a line. Comes in: facts, verdict and loss of a partner. Goes out: fixed codes, sorted.

use super::ReportLine;
use crate::judge::verdict::{RequirementVerdict, Status, TierVerdict};

/// The notes of a partner, joined by `; `.
pub(super) fn codes_of(line: &ReportLine<'_>) -> String {
    let ReportLine { facts, verdict, loss, .. } = line;
    let mut notes: Vec<String> = loss.reason.map(|blank| blank.as_str().to_owned()).into_iter().collect();
    if !facts.includes.is_empty() {
        let ids: Vec<&str> = facts.includes.iter().map(|id| id.as_str()).collect();
        notes.push(format!("includes {}", ids.join(" ")));
    }
    if facts.is_assumed {
        notes.push("assumed".to_owned());
    }
    if verdict.tiers.iter().any(depends_on_market) {
        notes.push("market-unknown".to_owned());
    }
    if facts.lacks_rate {
        notes.push("no-rate".to_owned());
    }
    notes.sort();
    notes.join("; ")
}

/// Whether a cell of the tier depends on the market that is not known: a status, or a quantity that is left blank for it.
fn depends_on_market(tier: &TierVerdict) -> bool {
    let is_blank = |r: &RequirementVerdict| r.required.is_none() || r.shortfall.is_none();
    tier.status == Status::Undetermined || tier.requirements.iter().any(is_blank)
}
