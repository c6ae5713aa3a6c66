//! The columns of the report that tell when the attained tier is lost. Comes in: a rule set. Goes out: columns. It computes no loss.

use super::{ReportColumn, ReportLine, column_of, kind_of, rounded_up, unit_of};
use crate::config::rules::{MeasureKind, RuleSet};
use crate::outputs::{CellValue, TableColumn, ValueKind};

/// The day on which the attained tier is lost, and what it lacks then, for each kind of measure.
pub(super) fn lost_tier_columns(rules: &RuleSet) -> impl Iterator<Item = ReportColumn<'_>> {
    let description = "First day on which the tier no longer holds if no data come after as_of";
    let lost_on = TableColumn::new("lost_on", ValueKind::Date, description, |line: &ReportLine<'_>| {
        line.loss.lost_on.map_or(CellValue::Absent, CellValue::Date)
    });
    let lacks = |kind: MeasureKind| {
        let positions: Vec<Option<usize>> =
            rules.tiers.iter().map(|tier| rules.requirement_position(tier, kind)).collect();
        let name = format!("lost_{}", column_of(kind, "shortfall"));
        let description = format!("What is lacking in {} for the tier on that day", kind.as_str());
        let column =
            TableColumn::new(name, kind_of(kind.unit()), description, move |line: &ReportLine<'_>| {
                let position = line.verdict.attained.and_then(|tier| positions[tier]);
                let shortfall = position.and_then(|position| line.loss.shortfalls.get(position));
                rounded_up(shortfall.copied().flatten())
            });
        column.optional().unit(unit_of(kind))
    };
    [lost_on.optional().shown("lost on", 4, None)]
        .into_iter()
        .chain(rules.reported_kinds().into_iter().map(lacks))
}
