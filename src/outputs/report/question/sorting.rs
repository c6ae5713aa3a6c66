//! The values by which lines are sorted. Comes in: cells. Goes out: their order, blank cells last.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::SortOrder;
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::config::rules::RuleSet;
use crate::outputs::CellValue;
use crate::outputs::report::{ReportColumn, ReportLine};

/// A value by which lines are sorted; all values of a column are of one variant.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortValue {
    /// The number of the line in report order, or of a tier.
    Rank(usize),
    /// In lower case, then as it is.
    Text(String, String),
    Count(u64),
    Usd(Decimal),
    Amount(Amount),
    Date(Day),
    Month(Month),
}

/// The value of a line in a column. `None` if the cell is blank.
pub(super) fn sort_value<'t>(
    rules: &RuleSet,
    column: &ReportColumn<'t>,
    nth: usize,
    line: &ReportLine<'t>,
) -> Option<SortValue> {
    let name = column.spec.name.as_str();
    let text = |text: &str| {
        // An undetermined tier may be the lowest.
        let tier = || rules.tiers.iter().position(|tier| tier.name == text).map_or(0, |tier| tier + 1);
        match name {
            "partner_id" => SortValue::Rank(nth),
            "tier" | "next_tier" => SortValue::Rank(tier()),
            _ => SortValue::Text(text.to_lowercase(), text.to_owned()),
        }
    };
    match (column.value)(line) {
        CellValue::Absent => None,
        CellValue::Text(value) | CellValue::Verbatim(value) => (!value.is_empty()).then(|| text(&value)),
        CellValue::Count(count) => Some(SortValue::Count(count)),
        CellValue::Usd(usd) => Some(SortValue::Usd(usd)),
        CellValue::Amount(amount) => Some(SortValue::Amount(amount)),
        CellValue::Date(day) => Some(SortValue::Date(day)),
        CellValue::Month(month) => Some(SortValue::Month(month)),
    }
}

/// The order of two values; blank ones come last.
pub(super) fn order_of(a: &Option<SortValue>, b: &Option<SortValue>, order: SortOrder) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => match order {
            SortOrder::Ascending => a.cmp(b),
            SortOrder::Descending => b.cmp(a),
        },
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
