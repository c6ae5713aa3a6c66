//! The overview of a report that is longer than the screen (SPEC 3.12). Comes in: the lines of all partners. Goes out: text for a terminal: how
//! many partners attain each tier, those nearest to the next one, those next to lose theirs, and how to see all.

use std::io;

use super::question::{picked, table_of};
use super::{PartnerLines, ReportContext, UNDETERMINED, caption, columns};
use crate::config::rules::RuleSet;
use crate::judge::verdict::{MissingForTier, PartnerVerdict};
use crate::outputs::{CellValue, OutputFormat, write};

/// Partners of each list.
const LISTED: usize = 10;

const NEAREST: [&str; 6] = [
    "partner_id",
    "next_tier",
    "next_consumption_shortfall_usd",
    "next_individuals_shortfall",
    "partner_name",
    "tier",
];

const NEXT_TO_LOSE: [&str; 6] = [
    "partner_id",
    "tier",
    "lost_on",
    "lost_consumption_shortfall_usd",
    "lost_individuals_shortfall",
    "partner_name",
];

/// Writes the overview.
pub fn overview(
    rules: &RuleSet,
    context: &ReportContext,
    partners: PartnerLines<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{}", caption(context))?;
    writeln!(out, "{}\n", counts(rules, partners.verdicts))?;
    let numbers = 0..partners.facts.len();
    let missing = |nth: usize| {
        MissingForTier::for_next(&partners.facts[nth], &partners.verdicts[nth], rules)
            .map(|missing| (missing, nth))
    };
    let mut nearest: Vec<(MissingForTier, usize)> = numbers.clone().filter_map(missing).collect();
    nearest.sort();
    let lines = nearest.into_iter().map(|(_, nth)| nth);
    list("nearest to the next tier", &NEAREST, (rules, context, partners), lines, out)?;
    let all = columns(rules, context);
    if let Some(lost_on) = all.iter().find(|column| column.spec.name == "lost_on") {
        let day = |nth: usize| match (lost_on.value)(&partners.line(nth)) {
            CellValue::Date(day) => Some((day, nth)),
            CellValue::Absent
            | CellValue::Text(_)
            | CellValue::Verbatim(_)
            | CellValue::Count(_)
            | CellValue::Usd(_)
            | CellValue::Amount(_)
            | CellValue::Month(_) => None,
        };
        let mut losing: Vec<_> = numbers.filter_map(day).collect();
        losing.sort();
        let lines = losing.into_iter().map(|(_, nth)| nth);
        list("next to lose their tier", &NEXT_TO_LOSE, (rules, context, partners), lines, out)?;
    }
    writeln!(
        out,
        "all {} partners: --format table, or in a file: -o report.csv\nsome: --tier, --near, --losing-by, --country, --partner, --sort, --top, --columns",
        partners.facts.len()
    )
}

/// How many partners attain each tier.
fn counts(rules: &RuleSet, verdicts: &[PartnerVerdict]) -> String {
    let of =
        |is_it: &dyn Fn(&PartnerVerdict) -> bool| verdicts.iter().filter(|verdict| is_it(verdict)).count();
    let tiers = rules.tiers.iter().enumerate().rev();
    let mut parts: Vec<String> = tiers
        .map(|(nth, tier)| format!("{} {}", tier.name, of(&|verdict| verdict.attained == Some(nth))))
        .collect();
    let undetermined = of(&PartnerVerdict::is_undetermined);
    parts.push(format!("no tier {}", of(&|verdict| verdict.attained.is_none()) - undetermined));
    if undetermined > 0 {
        parts.push(format!("{UNDETERMINED} {undetermined}"));
    }
    format!("{} partners: {}", verdicts.len(), parts.join(", "))
}

/// Writes the first of some lines, and a blank line.
fn list(
    title: &str,
    names: &[&str],
    (rules, context, partners): (&RuleSet, &ReportContext, PartnerLines<'_>),
    lines: impl Iterator<Item = usize>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let lines: Vec<usize> = lines.take(LISTED).collect();
    if lines.is_empty() {
        writeln!(out, "{title}: none\n")?;
        return Ok(());
    }
    let table = table_of(title.to_owned(), picked(columns(rules, context), names), partners, lines);
    write(&table, OutputFormat::Table, out)?;
    writeln!(out)
}
