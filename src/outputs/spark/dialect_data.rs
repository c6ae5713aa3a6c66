//! A dialect of consumption as data of a Spark job. Comes in: a dialect. Goes out: JSON that says what the local reader of rows is told. It
//! writes no program.

use serde_json::{Value, json};

use crate::config::dialect::{
    AmountColumn, ColumnAbsence, ColumnKey, Consumption, Currency, DatasetFamily, DateColumn, Dialect, Grain,
    OtherValues, OwnerColumn, OwnerRule, RowAssociation, RowCondition,
};

/// What a Spark job must know of a dialect. `is_of_user`: the dialect is tried before the built-in ones.
pub(super) fn dialect_data(dialect: &Dialect, rules: &Consumption, is_of_user: bool) -> Value {
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
        "of_user": is_of_user,
        "dataset": dataset(rules.dataset),
        "family": family(rules.dataset),
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
        "dates": rules.dates.iter().map(|date| date_data(date, key(date.column))).collect::<Vec<_>>(),
        "subscription": rules.subscription.map(key),
        "amounts": rules.amounts.iter().map(|amount| amount_data(amount, &key)).collect::<Vec<_>>(),
        "conditions": rules.conditions.iter().map(|test| condition_data(test, key(test.column))).collect::<Vec<_>>(),
        "owner": rules.owner.rules().iter().map(|rule| owner_data(rule, &key)).collect::<Vec<_>>(),
        "association_names": association_names(rules.owner.rules()),
        "tenants_are_guids": any(&names_provider_ids),
        "associations_file": rules.owner.uses_associations_file(),
        "cost_kinds": rules.cost_kinds.as_ref().map(|kinds| json!({
            "charge_type": key(kinds.charge_type),
            "usage": lower(&kinds.usage),
            "purchase": lower(&kinds.purchase),
            "benefits": keys(&kinds.benefits),
        })),
        "invoice": rules.invoice.map(key),
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

/// The word of a family as dialects write it.
fn family(family: DatasetFamily) -> &'static str {
    match family {
        DatasetFamily::Insights => "insights",
        DatasetFamily::Cost => "cost",
        DatasetFamily::Focus => "focus",
        DatasetFamily::Recon => "recon",
        DatasetFamily::Own => "own",
    }
}

fn date_data(date: &DateColumn, column: &str) -> Value {
    let grain = match date.grain {
        Grain::Day => "day",
        Grain::Month => "month",
    };
    json!({ "column": column, "forms": date.forms, "order": date.order, "grain": grain })
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
        OtherValues::Refused(code) => Some(code.as_str()),
        OtherValues::Excluded => None,
    };
    let (absence, beside) = match &test.absence {
        ColumnAbsence::Never => ("never", &[][..]),
        ColumnAbsence::With(names) => ("with", &names[..]),
        ColumnAbsence::Without(names) => ("without", &names[..]),
        ColumnAbsence::Always => ("always", &[][..]),
    };
    json!({
        "column": column,
        "counts": lower(&test.counts),
        "excluded": lower(&test.excluded),
        "code": code,
        "absence": absence,
        "beside": beside,
    })
}

fn owner_data<'k>(rule: &OwnerRule, key: &impl Fn(ColumnKey) -> &'k str) -> Value {
    let (kind, column) = match rule.owner {
        OwnerColumn::Partner(column) => ("partner", json!(key(column))),
        OwnerColumn::Tenant(column) => ("tenant", json!(key(column))),
        OwnerColumn::Option => ("option", json!(true)),
    };
    let (association, of_column) = match &rule.association {
        RowAssociation::Fixed(association) => (Some(association.as_str()), None),
        RowAssociation::Column(column, _) => (None, Some(key(*column))),
    };
    json!({
        kind: column,
        "differs_from": rule.differs_from.map(key),
        "association": association,
        "association_column": of_column,
    })
}

/// The values of association columns in the form in which they are compared, with their associations.
fn association_names(rules: &[OwnerRule]) -> Vec<(&str, &'static str)> {
    let names = rules.iter().find_map(|rule| match &rule.association {
        RowAssociation::Column(_, names) => Some(names),
        RowAssociation::Fixed(_) => None,
    });
    let names = names.into_iter().flatten();
    names.map(|(name, association)| (name.as_str(), association.as_str())).collect()
}

fn lower(values: &[String]) -> Vec<String> {
    values.iter().map(|value| value.to_lowercase()).collect()
}
