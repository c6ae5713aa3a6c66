//! A partner's outcome in one sentence that a person can send on. Comes in: facts, verdict, confidence, loss. Goes out: the sentence.

use super::judged_run::PartnerOutcome;
use crate::config::rules::{Quantity, RuleSet};
use crate::judge::loss::Loss;
use crate::judge::verdict::Status;
use crate::outputs::explanation::grouped;

/// The outcome in one sentence.
pub(super) fn sentence(
    (facts, verdict, confidence): PartnerOutcome<'_>,
    loss: &Loss,
    rules: &RuleSet,
) -> String {
    let name = |tier: usize| rules.tiers[tier].name.as_str();
    let mut text = match verdict.attained {
        Some(tier) => {
            let until = loss.lost_on.map_or(String::new(), |day| format!(" until {day}"));
            format!("{} holds {}{until}", facts.partner, name(tier))
        }
        None if verdict.is_undetermined() => {
            let open = verdict.tiers.iter().position(|tier| tier.status == Status::Undetermined);
            let open = open.map_or("a tier", name);
            format!("{} holds {open} in some markets, and its market is unknown", facts.partner)
        }
        None => format!("{} holds no tier", facts.partner),
    };
    match verdict.next {
        Some(next) => {
            let lacks: Vec<String> = verdict.tiers[next]
                .requirements
                .iter()
                .filter(|requirement| requirement.status != Status::Met)
                .map(|requirement| lack(requirement.shortfall))
                .collect();
            text += &format!("; {} lacks {}", name(next), lacks.join(" and "));
        }
        None => text += ", the highest tier",
    }
    if !confidence.is_certain() {
        text += &format!("; not certain ({})", confidence.text());
    }
    text + "."
}

fn lack(shortfall: Option<Quantity>) -> String {
    match shortfall {
        None => "an amount that depends on the market".to_owned(),
        Some(Quantity::Usd(usd)) => {
            format!("{} USD", grouped(&usd.ceil_to_cents().to_string()))
        }
        Some(Quantity::Count(1)) => "1 person".to_owned(),
        Some(Quantity::Count(count)) => format!("{count} people"),
    }
}
