//! The overview of a report that is longer than the screen (SPEC 3.12). Comes in: the lines of all partners. Goes out: text for a terminal: how
//! many partners attain each tier, those nearest to the next one, those next to lose theirs, and how to see all.

use std::io;

use super::question::{picked, table_of};
use super::{PartnerLines, ReportContext, UNDETERMINED, caption, columns};
use crate::config::rules::RuleSet;
use crate::judge::verdict::{MissingForTier, PartnerVerdict};
use crate::outputs::{CellValue, Palette, write_in_colors};

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

/// Titles of columns that terminals do not show elsewhere.
const TITLES: [(&str, &str); 3] = [
    ("lost_on", "lost on"),
    ("lost_consumption_shortfall_usd", "lacks USD then"),
    ("lost_individuals_shortfall", "lacks people then"),
];

/// Writes the overview.
pub fn overview(
    rules: &RuleSet,
    context: &ReportContext,
    partners: PartnerLines<'_>,
    palette: &Palette,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{}", caption(context))?;
    writeln!(out, "{}\n", counts(rules, partners.verdicts, palette))?;
    let numbers = 0..partners.facts.len();
    let missing = |nth: usize| {
        MissingForTier::for_next(&partners.facts[nth], &partners.verdicts[nth], rules)
            .map(|missing| (missing, nth))
    };
    let mut nearest: Vec<(MissingForTier, usize)> = numbers.clone().filter_map(missing).collect();
    nearest.sort();
    let lines = nearest.into_iter().map(|(_, nth)| nth);
    list("nearest to the next tier", &NEAREST, (rules, context, partners), lines, (palette, &mut *out))?;
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
        list(
            "next to lose their tier",
            &NEXT_TO_LOSE,
            (rules, context, partners),
            lines,
            (palette, &mut *out),
        )?;
    }
    writeln!(
        out,
        "all {} partners: --format table, or in a file: -o report.csv\nsome: --tier, --near, --losing-by, --country, --partner, --sort, --top, --columns",
        partners.facts.len()
    )
}

/// How many partners attain each tier.
fn counts(rules: &RuleSet, verdicts: &[PartnerVerdict], palette: &Palette) -> String {
    let of =
        |is_it: &dyn Fn(&PartnerVerdict) -> bool| verdicts.iter().filter(|verdict| is_it(verdict)).count();
    let tiers = rules.tiers.iter().enumerate().rev();
    let mut parts: Vec<String> = tiers
        .map(|(nth, tier)| {
            format!("{} {}", palette.word(&tier.name), of(&|verdict| verdict.attained == Some(nth)))
        })
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
    (palette, out): (&Palette, &mut dyn io::Write),
) -> io::Result<()> {
    let lines: Vec<usize> = lines.take(LISTED).collect();
    if lines.is_empty() {
        writeln!(out, "{title}: none\n")?;
        return Ok(());
    }
    let mut columns = picked(columns(rules, context), names);
    for column in &mut columns {
        let title = TITLES.iter().find(|(name, _)| *name == column.spec.name);
        if let (Some((_, title)), Some(style)) = (title, &mut column.spec.terminal) {
            (*title).clone_into(&mut style.title);
        }
    }
    let table = table_of(title.to_owned(), columns, partners, lines);
    write_in_colors(&table, palette, out)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{Day, Window};
    use crate::judge::bounds::Confidence;
    use crate::judge::loss::Loss;
    use crate::judge::verdict::judge;
    use crate::outputs::fixtures::{facts, rules};

    #[test]
    fn an_overview_counts_all_partners_and_lists_the_nearest_and_the_next_to_lose_their_tier() {
        let rules = rules();
        let facts: Vec<_> =
            (1..=30).map(|nth: u32| facts(&nth.to_string(), &(nth * 1000).to_string())).collect();
        let verdicts: Vec<_> = facts.iter().map(|facts| judge(facts, &rules)).collect();
        let confidences = vec![Confidence::default(); facts.len()];
        let mut losses = vec![Loss::default(); facts.len()];
        let day = |month| Day::from_ymd_opt(2017, month, 31);
        (losses[19].lost_on, losses[24].lost_on) = (day(12), day(8));
        let as_of = Day::from_ymd_opt(2017, 7, 7).unwrap();
        let context =
            ReportContext { rule_set: rules.id(), as_of, window: Window { first: as_of, last: as_of } };
        let partners =
            PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &losses };
        let mut out = Vec::new();
        overview(&rules, &context, partners, &Palette::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("30 partners: gold 0, silver 16, no tier 14\n"), "{text}");
        // 14 lacks 1,000 of 15,000 for silver, 30 lacks 70,000 of 100,000 for gold.
        let lists: Vec<Vec<&str>> = text
            .split("\n\n")
            .map(|part| part.lines().map(|line| line.split(' ').next().unwrap()).collect())
            .collect();
        assert_eq!(lists[1][2..], ["14", "13", "12", "11", "10", "9", "8", "7", "6", "5"], "{text}");
        assert_eq!(lists[2][2..], ["25", "20"], "{text}");
        assert!(text.contains("\nall 30 partners: "), "{text}");
    }
}
