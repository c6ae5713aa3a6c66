//! The difference of two runs as JSON: one object. Comes in: what differs. Goes out: bytes. Money is a string, a count a number, what is absent
//! null.

use std::io;

use serde_json::{Map, Value, json};

use super::{PartnerDifference, RunDifference, RunLabel, WarningDifference};
use crate::judge::difference::{ChangePart, ConsumptionChange};
use crate::outputs::stored_report::StoredPartner;
use crate::outputs::summary::{Program, Summary};

pub(super) fn write_json(difference: &RunDifference, out: &mut dyn io::Write) -> io::Result<()> {
    let Program { name, version } = Program::this();
    let value = json!({
        "schema": Summary::SCHEMA,
        "program": {"name": name, "version": version},
        "old": run(&difference.old),
        "new": run(&difference.new),
        "consumption": difference.consumption.as_ref().map(consumption),
        "missing": difference.missing,
        "partners": difference.partners.iter().map(partner).collect::<Vec<_>>(),
        "warnings": difference.warnings.iter().map(warning).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    out.write_all(b"\n")
}

fn run(run: &RunLabel) -> Value {
    json!({
        "file": run.file,
        "rule_set": run.rule_set,
        "as_of": run.as_of.to_string(),
        "window": {"first": run.window.first.to_string(), "last": run.window.last.to_string()},
    })
}

fn partner(partner: &PartnerDifference) -> Value {
    json!({
        "change": partner.kind.as_str(),
        "partner_id": partner.partner.as_str(),
        "partner_name": partner.name(),
        "old": partner.old.as_ref().map(line),
        "new": partner.new.as_ref().map(line),
        "consumption": partner.consumption.as_ref().map(consumption),
        "detail": partner.detail,
    })
}

fn line(line: &StoredPartner) -> Value {
    let usd = |usd: Option<rust_decimal::Decimal>| usd.map(|usd| usd.to_string());
    json!({
        "tier": line.tier,
        "next_tier": line.next_tier,
        "next_consumption_shortfall_usd": usd(line.next_usd),
        "next_individuals_shortfall": line.next_individuals,
        "consumption_usd": usd(line.consumption_usd),
    })
}

/// Exact figures and their parts.
fn consumption(change: &ConsumptionChange) -> Value {
    let parts: Map<String, Value> = ChangePart::ALL
        .into_iter()
        .map(|part| (format!("{}_usd", part.as_str()), Value::String(change.part(part).to_string())))
        .collect();
    json!({
        "old_usd": change.old.to_string(),
        "new_usd": change.new.to_string(),
        "change_usd": change.change().to_string(),
        "parts": parts,
    })
}

fn warning(warning: &WarningDifference) -> Value {
    json!({
        "code": warning.code,
        "old_count": warning.old_count,
        "new_count": warning.new_count,
        "listed": warning.listed,
    })
}
