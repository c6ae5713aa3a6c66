//! The outcome of a row as expressions of Spark SQL. Comes in: the date columns, ids and row conditions of a dialect. Goes out: steps, each a list of columns that
//! follow from the columns of the steps before. `{what:KEY}` is an expression of the cell of a column, `{what:=name}` of a column of an earlier step.

use std::collections::BTreeMap;

use super::owner_steps::{case, literal};
use crate::base::calendar::{DateForm, DateOrder, USAGE_YEARS};
use crate::config::dialect::{ColumnKey, Consumption, DateColumn, OtherValues, OwnerColumn, RowCondition};

/// Columns that follow from the columns of the steps before.
pub(super) type ColumnStep = Vec<String>;

/// The day of a row, `read_day` and `day_fault`, which means nothing beside a day. The common forms come first, since the others cost time.
pub(super) fn date_steps(date: &DateColumn, key: &str, is_day_first: bool) -> Vec<ColumnStep> {
    let order = match if is_day_first { DateOrder::DayFirst } else { date.order } {
        DateOrder::MonthFirst => "month_first",
        DateOrder::DayFirst => "day_first",
        DateOrder::YearFirst => "year_first",
    };
    let fast = match order {
        "year_first" => format!("{{fast_iso:{key}}}"),
        _ => format!("{{fast_iso:{key}}}, {{fast_{order}:{key}}}"),
    };
    let shapes = date.forms.iter().map(|form| match form {
        DateForm::Slashes => format!("{{{order}:{key}}} {{slashes:{key}}}"),
        DateForm::Iso => format!("{{iso:{key}}}"),
        DateForm::IsoMonth => format!("{{iso_month:{key}}}"),
        DateForm::NamedMonth => format!("{{named_month:{key}}}"),
    });
    let shapes: Vec<String> = shapes.collect();
    vec![
        vec![format!("coalesce({fast}) AS fast_day"), format!("{} AS date_column", literal(key))],
        vec![format!(
            "if(fast_day IS NOT NULL OR {{blank:{key}}}, NULL, CASE {} END) AS shape",
            shapes.join(" ")
        )],
        vec![
            "if(fast_day IS NULL, {day:=shape}, fast_day) AS any_day".to_owned(),
            "{day_fault:=shape} AS text_fault".to_owned(),
        ],
        vec![
            format!(
                "if(year(any_day) BETWEEN {} AND {}, any_day, NULL) AS read_day",
                USAGE_YEARS.start(),
                USAGE_YEARS.end()
            ),
            "if(year(any_day) BETWEEN 1 AND 9999, 'foreign-year', text_fault) AS day_fault".to_owned(),
        ],
    ]
}

/// `i_KEY` and `f_KEY`: the id and the fault of each column that names a subscription, partner or tenant.
pub(super) fn id_steps<'k>(rules: &Consumption, key: &impl Fn(ColumnKey) -> &'k str) -> Vec<ColumnStep> {
    let ids = ids(rules, key);
    let trimmed = ids.keys().map(|key| format!("{{trimmed_id:{key}}} AS `t_{key}`")).collect();
    let read = ids.iter().flat_map(|(key, kind)| {
        [format!("{{{kind}:=t_{key}}} AS `i_{key}`"), format!("{{{kind}_fault:=t_{key}}} AS `f_{key}`")]
    });
    vec![trimmed, read.collect()]
}

/// The columns that hold ids, and what each id names: a partner, or a subscription or tenant.
fn ids<'k>(rules: &Consumption, key: &impl Fn(ColumnKey) -> &'k str) -> BTreeMap<&'k str, &'static str> {
    let mut ids = BTreeMap::new();
    for rule in rules.owner.rules() {
        match rule.owner {
            OwnerColumn::Partner(column) => ids.insert(key(column), "partner"),
            OwnerColumn::Tenant(column) => ids.insert(key(column), "guid"),
            OwnerColumn::Option => None,
        };
        ids.extend(rule.differs_from.map(|column| (key(column), "partner")));
    }
    ids.extend(rules.subscription.map(|column| (key(column), "guid")));
    ids
}

/// When a condition excludes a row, and when its value is not known. A blank cell counts as the value `""`, where the dialect lists it.
pub(super) fn kind_tests(test: &RowCondition, key: &str) -> (String, String) {
    let [counts, excludes] = [&test.counts, &test.excluded].map(|values| is_in(key, values));
    let nothing = format!("{{absent:{key}}} AND NOT {counts} AND NOT {excludes}");
    let with_blank = |sql: String, values: &[String]| match values.iter().any(String::is_empty) {
        true => format!("({sql} OR {nothing})"),
        false => sql,
    };
    let (counts, excludes) =
        (with_blank(counts.clone(), &test.counts), with_blank(excludes.clone(), &test.excluded));
    let excluded = match test.others {
        OtherValues::Refused(_) => excludes,
        OtherValues::Excluded => format!("({excludes} OR NOT {counts} AND NOT {{absent:{key}}})"),
    };
    (excluded, format!("NOT {counts}"))
}

/// Whether the cell of a column is one of some values, in any case of ASCII.
pub(super) fn is_in(key: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| literal(&value.to_ascii_lowercase())).collect();
    match values.is_empty() {
        true => "false".to_owned(),
        false => format!("({{lower:{key}}} IN ({}))", values.join(", ")),
    }
}

/// The amount, once its column is chosen; then the outcome of the row, with code and column if it is refused. The first test that fails decides.
pub(super) fn outcome_steps(subscription: Option<&str>, repeats_per_association: bool) -> Vec<ColumnStep> {
    let of_subscription =
        |what: &str| subscription.map_or("NULL".to_owned(), |key| format!("`{what}_{key}`"));
    let id = of_subscription("i");
    let is_label = subscription.map_or("false".to_owned(), |key| format!("{{total_label:=t_{key}}}"));
    let fault = format!("coalesce({}, if({is_label}, 'no-subscription', NULL))", of_subscription("f"));
    let without = if repeats_per_association { format!("{id} IS NULL") } else { "false".to_owned() };
    let column = literal(subscription.unwrap_or_default());
    let refused = "'refused'";
    // Test, outcome, code, column.
    let tests: [[&str; 4]; 7] = [
        ["excluded", "'excluded'", "NULL", "''"],
        ["kind_fault IS NOT NULL", refused, "kind_fault", "kind_column"],
        ["read_day IS NULL", refused, "day_fault", "date_column"],
        [&format!("{fault} IS NOT NULL"), refused, &fault, &column],
        [&without, "'without'", "NULL", "''"],
        ["owner_fault IS NOT NULL", refused, "owner_fault", "owner_column"],
        ["amount_fault IS NOT NULL", refused, "amount_fault", "money_column"],
    ];
    let of_tests =
        |nth: usize, otherwise: &str| case(tests.iter().map(|test| (test[0], test[nth])), otherwise);
    let amount_fault = "CASE WHEN currency IS NULL THEN 'no-currency' WHEN other_counts AND (number = 0 OR {blank:=money}) THEN 'usd-unavailable' \
                        WHEN number IS NOT NULL THEN NULL ELSE {number_fault:=money} END AS amount_fault";
    vec![
        vec![
            "{number:=money} AS number".to_owned(),
            "coalesce({number:=other}, if({is_number:=other}, 1, 0)) <> 0 AS other_counts".to_owned(),
        ],
        vec![amount_fault.to_owned(), "number <> 0 AND {is_rounded:=money} AS is_rounded".to_owned()],
        vec![
            format!("{} AS outcome", of_tests(1, "'credited'")),
            format!("{} AS code", of_tests(2, "NULL")),
            format!("{} AS `column`", of_tests(3, "''")),
            format!("{id} AS who"),
            format!("{fault} AS who_fault"),
        ],
    ]
}
