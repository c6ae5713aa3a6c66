//! The owner of a row as expressions of Spark SQL. Comes in: the owner rules of a dialect. Goes out: steps, each a list of columns that follow from the columns of
//! the steps before. `i_KEY` and `f_KEY` are the id and the fault of the cell of a column; a file that lacks the column has neither.

use crate::base::association::Association;
use crate::config::dialect::{ColumnKey, OwnerColumn, OwnerRule, OwnerSource, RowAssociation};

/// The place of the partner of `--partner-id`, as a literal or NULL.
const PARTNER_OPTION: &str = "{partner_option}";

/// A rule as conditions and values of SQL.
struct RuleSql {
    /// Whether the rule finds a partner or provider.
    finds: String,
    id: String,
    /// The fault of its cells. NULL: none.
    fault: String,
    column: String,
    is_provider: bool,
    association: String,
    /// What `id` is, as a literal.
    kind: &'static str,
}

/// The steps that give `partner`, `provider`, `provider_is`, `association`, `is_named`, `id_fault`, `owner_fault` and `owner_column`.
pub(super) fn owner_steps<'k>(owner: &OwnerSource, key: &impl Fn(ColumnKey) -> &'k str) -> Vec<Vec<String>> {
    let rules = owner.rules();
    // Where rows name providers by id and by tenant, a tenant that is no GUID names none.
    let are_guids =
        rules.iter().any(|rule| rule.is_provider() && matches!(rule.owner, OwnerColumn::Partner(_)));
    let of_rules: Vec<RuleSql> = rules.iter().map(|rule| rule_sql(rule, are_guids, key)).collect();
    let word = rules.iter().find_map(|rule| match &rule.association {
        RowAssociation::Column(column, _) => Some(key(*column)),
        RowAssociation::Fixed(_) => None,
    });
    let partner_column = rules.iter().find_map(|rule| match rule.owner {
        OwnerColumn::Partner(column) => Some(key(column)),
        OwnerColumn::Tenant(_) | OwnerColumn::Option => None,
    });
    // The first rule that finds one decides. A provider is told beside a partner, a partner not beside a provider.
    let case = |value: &dyn Fn(&RuleSql) -> &str| {
        case(of_rules.iter().map(|rule| (rule.finds.as_str(), value(rule))), "NULL")
    };
    let providers = || of_rules.iter().filter(|rule| rule.is_provider);
    let partner = case(&|rule| if rule.is_provider { "NULL" } else { &rule.id });
    let provider = self::case(providers().map(|rule| (rule.finds.as_str(), rule.id.as_str())), "NULL");
    let provider_is = self::case(providers().map(|rule| (rule.finds.as_str(), rule.kind)), "NULL");
    let is_named = any(of_rules.iter().map(|rule| rule.finds.as_str()));
    // A cell that cannot matter is not read, and so has no fault.
    let matters: Vec<String> = of_rules
        .iter()
        .enumerate()
        .map(|(nth, rule)| {
            let before = of_rules[..nth].iter().filter(|other| other.is_provider || !rule.is_provider);
            format!("{} IS NOT NULL AND NOT {}", rule.fault, any(before.map(|other| other.finds.as_str())))
        })
        .collect();
    let with_fault = || matters.iter().map(String::as_str).zip(&of_rules);
    let id_fault = self::case(with_fault().map(|(matters, rule)| (matters, rule.fault.as_str())), "NULL");
    let id_column = self::case(with_fault().map(|(matters, rule)| (matters, rule.column.as_str())), "''");
    let unnamed = if owner.uses_associations_file() { "NULL" } else { "'no-partner'" };
    let [first, by] = [partner_column, word].map(|column| literal(column.unwrap_or_default()));
    let word = word.map_or("''".to_owned(), |word| format!("{{word:{word}}}"));
    vec![
        vec![
            format!("{word} AS choice"),
            format!("CAST({id_fault} AS STRING) AS id_fault"),
            format!("{id_column} AS id_column"),
            format!("CAST({partner} AS STRING) AS partner"),
            format!("CAST({provider} AS STRING) AS provider"),
            format!("{provider_is} AS provider_is"),
            format!("{is_named} AS is_named"),
        ],
        vec![format!("CAST({} AS STRING) AS association", case(&|rule| &rule.association))],
        vec![
            format!(
                "CASE WHEN id_fault IS NOT NULL THEN id_fault WHEN NOT is_named THEN {unnamed} WHEN association = '?' THEN 'unknown-association' END AS owner_fault"
            ),
            format!(
                "CASE WHEN id_fault IS NOT NULL THEN id_column WHEN NOT is_named THEN {first} ELSE {by} END AS owner_column"
            ),
        ],
    ]
}

fn rule_sql<'k>(rule: &OwnerRule, are_guids: bool, key: &impl Fn(ColumnKey) -> &'k str) -> RuleSql {
    let of_column = |column: ColumnKey| {
        (format!("`i_{}`", key(column)), format!("`f_{}`", key(column)), literal(key(column)))
    };
    let (id, fault, column) = match rule.owner {
        OwnerColumn::Partner(column) | OwnerColumn::Tenant(column) => of_column(column),
        OwnerColumn::Option => (PARTNER_OPTION.to_owned(), "NULL".to_owned(), "''".to_owned()),
    };
    let mut finds = format!("{id} IS NOT NULL");
    let mut fault = fault;
    if matches!(rule.owner, OwnerColumn::Tenant(_)) && are_guids {
        finds = format!(
            "{finds} AND {id} RLIKE '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}\\\\z'"
        );
    }
    if let Some(other) = rule.differs_from {
        let (other, other_fault, _) = of_column(other);
        finds = format!("{finds} AND NOT {id} <=> {other}");
        fault = format!("coalesce({fault}, if({id} IS NULL, NULL, {other_fault}))");
    }
    let association = match &rule.association {
        RowAssociation::Fixed(association) => literal(association.as_str()),
        RowAssociation::Column(_, names) => {
            let tests: Vec<(String, String)> = names
                .iter()
                .map(|(name, meaning)| (format!("choice = {}", literal(name)), literal(meaning.as_str())))
                .collect();
            case(tests.iter().map(|(test, meaning)| (test.as_str(), meaning.as_str())), "'?'")
        }
    };
    let kind = if matches!(rule.owner, OwnerColumn::Tenant(_)) { "'tenant'" } else { "'partner'" };
    let is_provider = rule.association == RowAssociation::Fixed(Association::CspTier1);
    RuleSql { finds: format!("({finds})"), id, fault, column, is_provider, association, kind }
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether one of some tests holds.
pub(super) fn any<'s>(tests: impl Iterator<Item = &'s str>) -> String {
    let tests: Vec<&str> = tests.collect();
    if tests.is_empty() { "false".to_owned() } else { format!("({})", tests.join(" OR ")) }
}

pub(super) fn case<'s>(branches: impl Iterator<Item = (&'s str, &'s str)>, otherwise: &str) -> String {
    let branches: String = branches.map(|(test, value)| format!(" WHEN {test} THEN {value}")).collect();
    if branches.is_empty() { otherwise.to_owned() } else { format!("CASE{branches} ELSE {otherwise} END") }
}
