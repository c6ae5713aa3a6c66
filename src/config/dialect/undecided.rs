//! Columns that decide whether a row is consumption, and that a file lacks though no documented layout does (SPEC 3.11). Comes in: a layout. Goes
//! out: the message for users. It reads no row.

use super::{ColumnAbsence, Consumption, DialectColumn, Layout, OtherValues, RowCondition};
use crate::diagnostics::reject::RejectCode;

impl ColumnAbsence {
    /// Whether a file of this layout may lack the column.
    fn is_allowed(&self, layout: &Layout<'_>) -> bool {
        match self {
            ColumnAbsence::Never => false,
            ColumnAbsence::With(names) => names.iter().any(|name| layout.has_name(name)),
            ColumnAbsence::Without(names) => !names.iter().any(|name| layout.has_name(name)),
            ColumnAbsence::Always => true,
        }
    }
}

/// What a file lacks to tell consumption from other rows, and what each column is for. `None` if it lacks nothing.
pub fn undecided(layout: &Layout<'_>, rules: &Consumption) -> Option<String> {
    let column = |condition: &RowCondition| -> &DialectColumn { &layout.dialect.columns[condition.column.0] };
    let missing: Vec<&RowCondition> = rules
        .conditions
        .iter()
        .filter(|condition| !layout.has(condition.column) && !condition.absence.is_allowed(layout))
        .collect();
    let mut lacking: Vec<String> = Vec::new();
    for condition in &missing {
        // Of two columns that stand in for each other, one is enough.
        let stands_in = |other: &&&RowCondition| matches!(&other.absence, ColumnAbsence::With(names) if names.contains(&column(condition).compared[0]));
        let others = missing.iter().filter(stands_in).map(|other| &column(other).names[0]);
        let mut names: Vec<&String> = std::iter::once(&column(condition).names[0]).chain(others).collect();
        names.sort_unstable();
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let text = format!("{}, which tells {}", names.join(" or "), purpose(condition.others));
        if !lacking.contains(&text) {
            lacking.push(text);
        }
    }
    (!lacking.is_empty()).then(|| {
        format!(
            "{} fits, but the file lacks {}; export it with that column, or say --usage-only=FILE if all of its rows are usage of Azure",
            layout.dialect.name,
            lacking.join("; and ")
        )
    })
}

/// What a column is for, by what its other values mean.
fn purpose(others: OtherValues) -> &'static str {
    match others {
        OtherValues::Refused(RejectCode::UnknownChargeType) => {
            "usage from purchases, refunds and unused commitments"
        }
        OtherValues::Refused(RejectCode::UnknownPublisherType) => {
            "Microsoft's services from those of the Marketplace"
        }
        OtherValues::Refused(RejectCode::UnknownProvider) | OtherValues::Excluded => {
            "Azure from other products, sellers and clouds"
        }
        OtherValues::Refused(_) => "rows that count from others",
    }
}
