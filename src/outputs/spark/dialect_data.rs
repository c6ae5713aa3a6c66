//! A dialect of consumption as data of a Spark job. Comes in: a dialect. Goes out: JSON that says what the local reader of rows is told. It
//! writes no program.

use serde_json::{Value, json};

use super::owner_steps::{any, owner_steps};
use super::row_steps::{ColumnStep, date_steps, id_steps, is_in, kind_tests, outcome_steps};

use crate::config::dialect::{
    AmountColumn, ColumnAbsence, ColumnKey, Consumption, Currency, DatasetFamily, DateColumn, Dialect, Grain,
    OtherValues, OwnerColumn, OwnerRule, RowCondition,
};

/// How a job uses a dialect.
#[derive(Clone, Copy)]
pub(super) struct DialectReading {
    /// Whether the dialect is tried before the built-in ones.
    pub(super) is_of_user: bool,
    /// Whether days with slashes have the day first, whatever the dialect says.
    pub(super) is_day_first: bool,
}

/// What a Spark job must know of a dialect.
pub(super) fn dialect_data(dialect: &Dialect, rules: &Consumption, reading: DialectReading) -> Value {
    let key = |column: ColumnKey| dialect.columns[column.0].key.as_str();
    let keys = |columns: &[ColumnKey]| columns.iter().map(|column| key(*column)).collect::<Vec<_>>();
    let columns = dialect.columns.iter().enumerate();
    let columns = columns.filter(|(at, _)| !dialect.is_for_warnings(ColumnKey(*at)));
    let columns: serde_json::Map<String, Value> =
        columns.map(|(_, column)| (column.key.clone(), json!(column.compared))).collect();
    let names_provider_ids =
        |rule: &OwnerRule| rule.is_provider() && matches!(rule.owner, OwnerColumn::Partner(_));
    let any = |test: &dyn Fn(&OwnerRule) -> bool| rules.owner.rules().iter().any(test);
    json!({
        "name": dialect.name,
        "of_user": reading.is_of_user,
        "dataset": dataset(rules.dataset),
        "family": rules.dataset,
        "rules": {
            "repeats_per_association": rules.repeats_per_association,
            "takes_partner_id": any(&|rule| rule.owner == OwnerColumn::Option),
            "provider_is_tenant": any(&|rule| matches!(rule.owner, OwnerColumn::Tenant(_))),
            "provider_is_partner": any(&names_provider_ids),
        },
        "columns": columns,
        "required": dialect.required.iter().map(|any_of| keys(any_of)).collect::<Vec<_>>(),
        "forbidden": dialect.forbidden,
        "forbidden_unless": dialect
            .forbidden_unless
            .iter()
            .map(|unless| json!({ "names": unless.names, "beside": unless.beside }))
            .collect::<Vec<_>>(),
        "repeats": rules.repeats_per_association,
        "dates": rules.dates.iter().map(|date| date_data(date, key(date.column), reading.is_day_first)).collect::<Vec<_>>(),
        "subscription": rules.subscription.map(key),
        "amounts": rules.amounts.iter().map(|amount| amount_data(amount, &key)).collect::<Vec<_>>(),
        "conditions": rules.conditions.iter().map(|test| condition_data(test, key(test.column))).collect::<Vec<_>>(),
        "steps": steps(rules, &key),
        "outcome": outcome_steps(rules.subscription.map(key), rules.repeats_per_association),
        "associations_file": rules.owner.uses_associations_file(),
    })
}

/// The word of a family in the lines of a job; the variant is told when the lines are read.
fn dataset(family: DatasetFamily) -> &'static str {
    match family {
        DatasetFamily::Insights => "insights",
        DatasetFamily::Cost => "cost",
        DatasetFamily::Focus => "focus",
        DatasetFamily::Recon => "recon-billed",
        DatasetFamily::Own => "own",
    }
}

fn date_data(date: &DateColumn, column: &str, is_day_first: bool) -> Value {
    let grain = match date.grain {
        Grain::Day => "day",
        Grain::Month => "month",
    };
    json!({ "column": column, "grain": grain, "steps": date_steps(date, column, is_day_first) })
}

fn amount_data<'k>(amount: &AmountColumn, key: &impl Fn(ColumnKey) -> &'k str) -> Value {
    let (currency, column) = match &amount.currency {
        Currency::Fixed(code) => (Some(code), None),
        Currency::Column(column) => (None, Some(key(*column))),
    };
    json!({
        "column": key(amount.column),
        "currency": currency,
        "currency_column": column,
        "only": amount.only,
        "zero_unless": amount.zero_is_unavailable_unless_zero.map(key),
    })
}

fn condition_data(test: &RowCondition, column: &str) -> Value {
    let code = match test.others {
        OtherValues::Refused(code) => code.as_str(),
        OtherValues::Excluded => "unknown-value",
    };
    let (excluded_if, unknown_if) = kind_tests(test, column);
    let (absence, beside) = match &test.absence {
        ColumnAbsence::Never => ("never", &[][..]),
        ColumnAbsence::With(names) => ("with", &names[..]),
        ColumnAbsence::Without(names) => ("without", &names[..]),
        ColumnAbsence::Always => ("always", &[][..]),
    };
    json!({
        "column": column,
        "excluded_if": excluded_if,
        "unknown_if": unknown_if,
        "code": code,
        "absence": absence,
        "beside": beside,
    })
}

/// The owner of a row, and what it shows of the kind of its export; `{what:KEY}` is an expression of a cell.
fn steps<'k>(rules: &Consumption, key: &impl Fn(ColumnKey) -> &'k str) -> Vec<ColumnStep> {
    let mut steps = id_steps(rules, key);
    steps.extend(owner_steps(&rules.owner, key));
    let (amortized, actual) =
        rules.cost_kinds.as_ref().map_or(("false".to_owned(), "false".to_owned()), |kinds| {
            let benefits: Vec<String> =
                kinds.benefits.iter().map(|column| format!("NOT {{absent:{}}}", key(*column))).collect();
            let has_benefit = any(benefits.iter().map(String::as_str));
            (
                format!("{} AND {has_benefit}", is_in(key(kinds.charge_type), &kinds.usage)),
                is_in(key(kinds.charge_type), &kinds.purchase),
            )
        });
    let invoice = rules
        .invoice
        .map_or("CAST(NULL AS STRING)".to_owned(), |column| format!("{{invoice:{}}}", key(column)));
    steps.push(vec![
        format!("{amortized} AS shows_amortized"),
        format!("{actual} AS shows_actual"),
        format!("{invoice} AS invoice"),
    ]);
    steps
}
