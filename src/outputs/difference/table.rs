//! The difference of two runs as a table: one line a partner that differs, then one a warning. Comes in: what differs. Goes out: an
//! [`OutputTable`].

use super::{PartnerDifference, RunDifference, WarningDifference};
use crate::config::own_columns::DIFFERENCE;
use crate::judge::difference::{ChangePart, ConsumptionChange};
use crate::outputs::columns::{CellValue, ColumnSpec, OutputTable, TableColumn, ValueKind};
use crate::outputs::lazy::LazyChunks;
use crate::outputs::stored_report::StoredPartner;

/// The word of a warning in the column of kinds.
const NEW_WARNING: &str = "new-warning";

/// A line of the table.
#[derive(Debug, Clone, Copy)]
enum DifferenceLine<'d> {
    Partner(&'d PartnerDifference),
    Warning(&'d WarningDifference),
}

impl<'d> DifferenceLine<'d> {
    fn partner(&self) -> Option<&'d PartnerDifference> {
        match self {
            DifferenceLine::Partner(partner) => Some(partner),
            DifferenceLine::Warning(_) => None,
        }
    }

    fn old_line(&self) -> Option<&'d StoredPartner> {
        self.partner().and_then(|partner| partner.old.as_ref())
    }

    fn new_line(&self) -> Option<&'d StoredPartner> {
        self.partner().and_then(|partner| partner.new.as_ref())
    }

    fn change(&self) -> Option<ConsumptionChange> {
        self.partner().and_then(|partner| partner.consumption)
    }
}

type DifferenceColumn<'d> = TableColumn<'d, DifferenceLine<'d>>;

/// The difference as a table.
pub(super) fn difference_table(difference: &RunDifference) -> OutputTable<'_> {
    let partners = difference.partners.iter().map(DifferenceLine::Partner);
    let lines: Vec<_> = partners.chain(difference.warnings.iter().map(DifferenceLine::Warning)).collect();
    let caption = format!("{} and {}", difference.old.file, difference.new.file);
    OutputTable::new(caption, "differences", columns(), LazyChunks::from(vec![lines]))
}

/// The columns of every difference.
pub(in crate::outputs) fn column_specs() -> Vec<ColumnSpec> {
    OutputTable::new(String::new(), "differences", columns(), LazyChunks::from(Vec::new())).columns
}

fn text<'d>(
    name: &str,
    what: &str,
    value: for<'l> fn(&'l DifferenceLine<'d>) -> Option<&'l str>,
) -> DifferenceColumn<'d> {
    TableColumn::new(name, ValueKind::Text, what, move |line: &DifferenceLine<'d>| {
        CellValue::text(value(line))
    })
    .optional()
}

fn usd<'d>(
    name: &str,
    what: &str,
    value: fn(&DifferenceLine<'d>) -> Option<rust_decimal::Decimal>,
) -> DifferenceColumn<'d> {
    TableColumn::new(name, ValueKind::Usd, what, move |line: &DifferenceLine<'d>| {
        value(line).map_or(CellValue::Absent, CellValue::Usd)
    })
    .unit("USD")
    .optional()
}

fn people<'d>(name: &str, what: &str, value: fn(&DifferenceLine<'d>) -> Option<u64>) -> DifferenceColumn<'d> {
    TableColumn::new(name, ValueKind::Count, what, move |line: &DifferenceLine<'d>| {
        value(line).map_or(CellValue::Absent, CellValue::Count)
    })
    .unit("people")
    .optional()
}

/// A part of the change of consumption. **Absent** part: the change itself.
fn exact<'d>(name: &str, what: String, part: Option<ChangePart>) -> DifferenceColumn<'d> {
    TableColumn::new(name, ValueKind::Amount, what, move |line: &DifferenceLine<'d>| {
        let amount = |change: ConsumptionChange| part.map_or(change.change(), |part| change.part(part));
        line.change().map(amount).map_or(CellValue::Absent, CellValue::Amount)
    })
    .unit("USD")
    .optional()
}

fn columns<'d>() -> Vec<DifferenceColumn<'d>> {
    let [kind, id, name, rest @ ..] = DIFFERENCE;
    let [old_tier, new_tier, old_next, new_next, rest @ ..] = rest;
    let [old_lacks, new_lacks, old_people, new_people, old_usd, new_usd, change, rest @ ..] = rest;
    let [parts @ .., detail] = rest;
    let mut columns = vec![
        text(kind, "In which way the partner differs", |line| {
            Some(line.partner().map_or(NEW_WARNING, |partner| partner.kind.as_str()))
        }),
        text(id, "The partner's id", |line| line.partner().map(|partner| partner.partner.as_str())),
        text(name, "Name in the roster or profile", |line| line.partner().and_then(PartnerDifference::name)),
        text(old_tier, "Tier in the old run", |line| line.old_line()?.tier.as_deref()),
        text(new_tier, "Tier in the new run", |line| line.new_line()?.tier.as_deref()),
        text(old_next, "Next tier in the old run", |line| line.old_line()?.next_tier.as_deref()),
        text(new_next, "Next tier in the new run", |line| line.new_line()?.next_tier.as_deref()),
        usd(old_lacks, "What was lacking for the next tier", |line| line.old_line()?.next_usd),
        usd(new_lacks, "What is lacking for the next tier", |line| line.new_line()?.next_usd),
        people(old_people, "People that were lacking", |line| line.old_line()?.next_individuals),
        people(new_people, "People that are lacking", |line| line.new_line()?.next_individuals),
        usd(old_usd, "Consumption in the old report", |line| line.old_line()?.consumption_usd),
        usd(new_usd, "Consumption in the new report", |line| line.new_line()?.consumption_usd),
        exact(change, "Change of consumption, exact".to_owned(), None),
    ];
    let part = |(name, part): (&str, ChangePart)| {
        exact(name, format!("What of the change comes from {}", part.as_str()), Some(part))
    };
    columns.extend(parts.into_iter().zip(ChangePart::ALL).map(part));
    let what = "What else is to be said";
    columns.push(
        TableColumn::new(detail, ValueKind::Text, what, |line: &DifferenceLine<'d>| match line {
            DifferenceLine::Partner(partner) => CellValue::text(partner.detail.as_deref()),
            DifferenceLine::Warning(warning) => CellValue::Text(warning.text().into()),
        })
        .optional(),
    );
    columns
}
