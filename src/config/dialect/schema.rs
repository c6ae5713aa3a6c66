//! The TOML schema of a dialect. Comes in: the text of a file. Goes out: a valid [`Dialect`], or all faults of the text. It compares dialects
//! with no header and with no other dialect.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    AmountColumn, Associations, ColumnKey, Consumption, CostKinds, Credentials, Currency, DateColumn,
    Dialect, DialectColumn, Grain, Markets, OwnerColumn, OwnerRule, OwnerSource, Partners, Rates, Role,
    RoleMeaning, RowAssociation, RowCondition, normalise,
};
use crate::base::association::Association;
use crate::base::calendar::{DateForm, DateOrder};
use crate::base::limits;
use crate::diagnostics::reject::RejectCode;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectTable {
    name: String,
    title: String,
    role: Role,
    /// The place of a built-in dialect in lists, which the build script reads.
    #[serde(rename = "order")]
    _order: Option<u32>,
    source: Vec<String>,
    required: Vec<OneOrMore>,
    #[serde(default)]
    forbidden: Vec<String>,
    columns: toml::Table,
    #[serde(default)]
    association_names: BTreeMap<String, Vec<String>>,
    consumption: Option<ConsumptionTable>,
    credentials: Option<CredentialsTable>,
    partners: Option<PartnersTable>,
    associations: Option<AssociationsTable>,
    rates: Option<RatesTable>,
    markets: Option<MarketsTable>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DateTable {
    column: String,
    forms: Vec<DateForm>,
    #[serde(default)]
    order: DateOrder,
    grain: Option<Grain>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsumptionTable {
    repeats_per_association: bool,
    date: Vec<DateTable>,
    subscription: Option<String>,
    amount: Vec<AmountTable>,
    #[serde(default)]
    rows: Vec<ConditionTable>,
    credit_from: OwnerFrom,
    #[serde(default)]
    credit: Vec<OwnerTable>,
    cost_kinds: Option<CostKindsTable>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum OwnerFrom {
    Row,
    AssociationsFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountTable {
    column: String,
    currency: Option<String>,
    currency_column: Option<String>,
    #[serde(default)]
    only: Vec<String>,
    zero_is_unavailable_unless_zero: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionTable {
    column: String,
    counts: Vec<String>,
    excluded: Vec<String>,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerTable {
    partner: Option<String>,
    tenant: Option<String>,
    #[serde(default)]
    partner_option: bool,
    differs_from: Option<String>,
    association: Option<Association>,
    association_column: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CostKindsTable {
    billing_account: String,
    charge_type: String,
    usage: Vec<String>,
    purchase: Vec<String>,
    benefits: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsTable {
    partner: String,
    individual: String,
    mails: Vec<String>,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    titles: Vec<String>,
    completed_on: DateTable,
    expires_on: Option<DateTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartnersTable {
    partner: String,
    name: Option<String>,
    country: Option<String>,
    market: Option<String>,
    rolls_up_to: Option<String>,
    tenant: Option<String>,
    rank: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssociationsTable {
    subscription: String,
    partner: String,
    kind: String,
    from: Option<DateTable>,
    to: Option<DateTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesTable {
    currency: String,
    month: DateTable,
    usd_per_unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketsTable {
    country: String,
    market: String,
}

/// Reads a dialect. Errors: all faults of the text.
pub fn parse(text: &str) -> Result<Dialect, Vec<String>> {
    let raw: DialectTable = toml::from_str(text).map_err(|e| vec![e.to_string()])?;
    let mut reading = DialectReader::new(&raw);
    let meaning = reading.meaning(&raw);
    let required = reading.required(&raw.required);
    let forbidden: Vec<String> = raw.forbidden.iter().map(|name| normalise(name)).collect();
    for column in &reading.columns {
        if let Some(name) = column.names.iter().find(|name| forbidden.contains(&normalise(name))) {
            let key = &column.key;
            reading.faults.push(format!("forbidden: `{name}` is also a name of the column `{key}`"));
        }
    }
    if raw.name.is_empty()
        || !raw.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        reading.faults.push("name: lower-case letters, digits and `-` only".to_owned());
    }
    if raw.source.is_empty() {
        reading.faults.push("source: say where the layout is documented".to_owned());
    }
    let DialectReader { columns, faults, .. } = reading;
    match meaning {
        Some(meaning) if faults.is_empty() => Ok(Dialect {
            name: raw.name,
            title: raw.title,
            role: raw.role,
            source: raw.source,
            columns,
            required,
            forbidden,
            meaning,
        }),
        _ => Err(faults),
    }
}

/// All faults of a dialect's text; empty if it is sound.
pub fn check(text: &str) -> Vec<String> {
    parse(text).err().unwrap_or_default()
}

struct DialectReader {
    columns: Vec<DialectColumn>,
    associations: Vec<(String, Association)>,
    faults: Vec<String>,
}

impl DialectReader {
    fn new(raw: &DialectTable) -> DialectReader {
        let mut reading = DialectReader { columns: Vec::new(), associations: Vec::new(), faults: Vec::new() };
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in &raw.columns {
            let names: Vec<String> = match value {
                toml::Value::Array(list) => {
                    list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
                }
                _ => Vec::new(),
            };
            if names.is_empty() {
                reading.faults.push(format!("columns.{key}: a list of header names is expected"));
            }
            for name in &names {
                if let Some(other) = owners.insert(normalise(name), key.clone())
                    && other != *key
                {
                    reading.faults.push(format!("columns: `{name}` names both `{other}` and `{key}`"));
                }
            }
            reading.columns.push(DialectColumn { key: key.clone(), names, is_id: false });
        }
        if reading.columns.len() > limits::DIALECT_COLUMNS {
            let (found, limit) = (reading.columns.len(), limits::DIALECT_COLUMNS);
            reading.faults.push(format!(
                "columns: {found} are named, and at most {limit} can be used; name those that are read"
            ));
        }
        for (word, names) in &raw.association_names {
            match Association::ALL.into_iter().find(|a| a.as_str() == word) {
                Some(association) => {
                    reading.associations.extend(names.iter().map(|n| (n.trim().to_lowercase(), association)));
                }
                None => reading.faults.push(format!("association_names.{word}: no such association")),
            }
        }
        reading
    }

    /// The column of a key. If there is none: records a fault and returns an arbitrary column.
    fn column(&mut self, place: &str, key: &str) -> ColumnKey {
        match self.columns.iter().position(|c| c.key == key) {
            Some(index) => ColumnKey(index),
            None => {
                self.faults.push(format!("{place}: no column `{key}` in [columns]"));
                ColumnKey(0)
            }
        }
    }

    fn optional(&mut self, place: &str, key: Option<&String>) -> Option<ColumnKey> {
        key.map(|key| self.column(place, key))
    }

    fn id(&mut self, place: &str, key: &str) -> ColumnKey {
        let column = self.column(place, key);
        if let Some(c) = self.columns.get_mut(column.0) {
            c.is_id = true;
        }
        column
    }

    fn required(&mut self, raw: &[OneOrMore]) -> Vec<Vec<ColumnKey>> {
        if raw.is_empty() {
            self.faults.push("required: at least one column".to_owned());
        }
        let sets: Vec<Vec<&str>> = raw
            .iter()
            .map(|r| match r {
                OneOrMore::One(key) => vec![key.as_str()],
                OneOrMore::More(keys) => keys.iter().map(String::as_str).collect(),
            })
            .collect();
        sets.into_iter().map(|keys| keys.into_iter().map(|k| self.column("required", k)).collect()).collect()
    }

    fn date(&mut self, place: &str, raw: &DateTable) -> DateColumn {
        if raw.forms.is_empty() {
            self.faults.push(format!("{place}: at least one form of date"));
        }
        DateColumn {
            column: self.column(place, &raw.column),
            forms: raw.forms.clone(),
            order: raw.order,
            grain: raw.grain.unwrap_or(Grain::Day),
        }
    }

    fn meaning(&mut self, raw: &DialectTable) -> Option<RoleMeaning> {
        let sections = [
            (Role::Consumption, raw.consumption.is_some()),
            (Role::Credentials, raw.credentials.is_some()),
            (Role::Partners, raw.partners.is_some()),
            (Role::Associations, raw.associations.is_some()),
            (Role::Rates, raw.rates.is_some()),
            (Role::Markets, raw.markets.is_some()),
        ];
        for (role, present) in sections {
            let word = role.as_str();
            if present && role != raw.role {
                self.faults.push(format!("[{word}]: the role is {}", raw.role.as_str()));
            }
            if !present && role == raw.role {
                self.faults.push(format!("[{word}] is missing: the role says so"));
            }
        }
        Some(match raw.role {
            Role::Consumption => RoleMeaning::Consumption(self.consumption(raw.consumption.as_ref()?)),
            Role::Credentials => {
                let r = raw.credentials.as_ref()?;
                if r.codes.is_empty() && r.titles.is_empty() {
                    self.faults.push("credentials: `codes` or `titles` must name a column".to_owned());
                }
                RoleMeaning::Credentials(Credentials {
                    partner: self.id("credentials.partner", &r.partner),
                    individual: self.id("credentials.individual", &r.individual),
                    mails: r.mails.iter().map(|m| self.column("credentials.mails", m)).collect(),
                    codes: r.codes.iter().map(|c| self.id("credentials.codes", c)).collect(),
                    titles: r.titles.iter().map(|t| self.column("credentials.titles", t)).collect(),
                    completed_on: self.date("credentials.completed_on", &r.completed_on),
                    expires_on: r.expires_on.as_ref().map(|d| self.date("credentials.expires_on", d)),
                })
            }
            Role::Partners => {
                let r = raw.partners.as_ref()?;
                RoleMeaning::Partners(Partners {
                    partner: self.id("partners.partner", &r.partner),
                    name: self.optional("partners.name", r.name.as_ref()),
                    country: self.optional("partners.country", r.country.as_ref()),
                    market: self.optional("partners.market", r.market.as_ref()),
                    rolls_up_to: r.rolls_up_to.as_ref().map(|k| self.id("partners.rolls_up_to", k)),
                    tenant: r.tenant.as_ref().map(|k| self.id("partners.tenant", k)),
                    rank: r.rank,
                })
            }
            Role::Associations => {
                let r = raw.associations.as_ref()?;
                RoleMeaning::Associations(Associations {
                    subscription: self.id("associations.subscription", &r.subscription),
                    partner: self.id("associations.partner", &r.partner),
                    kind: (
                        self.column("associations.kind", &r.kind),
                        self.association_names("associations.kind"),
                    ),
                    from: r.from.as_ref().map(|d| self.date("associations.from", d)),
                    to: r.to.as_ref().map(|d| self.date("associations.to", d)),
                })
            }
            Role::Rates => {
                let r = raw.rates.as_ref()?;
                RoleMeaning::Rates(Rates {
                    currency: self.column("rates.currency", &r.currency),
                    month: self.date("rates.month", &r.month),
                    usd_per_unit: self.column("rates.usd_per_unit", &r.usd_per_unit),
                })
            }
            Role::Markets => {
                let r = raw.markets.as_ref()?;
                RoleMeaning::Markets(Markets {
                    country: self.column("markets.country", &r.country),
                    market: self.column("markets.market", &r.market),
                })
            }
        })
    }

    fn association_names(&mut self, place: &str) -> Vec<(String, Association)> {
        if self.associations.is_empty() {
            self.faults.push(format!("{place}: [association_names] is missing"));
        }
        self.associations.clone()
    }

    fn consumption(&mut self, raw: &ConsumptionTable) -> Consumption {
        if raw.date.is_empty() || raw.amount.is_empty() {
            self.faults.push("consumption: at least one date and one amount column".to_owned());
        }
        if (raw.credit_from == OwnerFrom::Row) == raw.credit.is_empty() {
            self.faults.push(
                "consumption.credit: rules are for `credit_from = \"row\"`, which needs one".to_owned(),
            );
        }
        if raw.repeats_per_association && (raw.credit_from != OwnerFrom::Row || raw.subscription.is_none()) {
            let what = "a row that repeats per association names its association and its subscription";
            self.faults.push(format!("consumption.repeats_per_association: {what}"));
        }
        if raw.credit_from == OwnerFrom::AssociationsFile && raw.subscription.is_none() {
            self.faults.push("consumption.subscription: the associations file is looked up by it".to_owned());
        }
        Consumption {
            repeats_per_association: raw.repeats_per_association,
            dates: raw.date.iter().map(|d| self.date("consumption.date", d)).collect(),
            subscription: raw.subscription.as_ref().map(|s| self.id("consumption.subscription", s)),
            amounts: raw.amount.iter().map(|a| self.amount(a)).collect(),
            conditions: raw.rows.iter().map(|c| self.condition(c)).collect(),
            owner: match raw.credit_from {
                OwnerFrom::AssociationsFile => OwnerSource::AssociationsFile,
                OwnerFrom::Row => OwnerSource::Row(raw.credit.iter().map(|c| self.owner_rule(c)).collect()),
            },
            cost_kinds: raw.cost_kinds.as_ref().map(|k| CostKinds {
                billing_account: self.id("cost_kinds.billing_account", &k.billing_account),
                charge_type: self.column("cost_kinds.charge_type", &k.charge_type),
                usage: k.usage.clone(),
                purchase: k.purchase.clone(),
                benefits: k.benefits.iter().map(|b| self.column("cost_kinds.benefits", b)).collect(),
            }),
        }
    }

    fn amount(&mut self, raw: &AmountTable) -> AmountColumn {
        let place = "consumption.amount";
        let currency = match (&raw.currency, &raw.currency_column) {
            (Some(code), None) => Currency::Fixed(code.to_uppercase()),
            (None, Some(column)) => Currency::Column(self.column(place, column)),
            _ => {
                self.faults.push(format!("{place}: either `currency` or `currency_column`"));
                Currency::Fixed(String::new())
            }
        };
        AmountColumn {
            column: self.column(place, &raw.column),
            currency,
            only: raw.only.iter().map(|c| c.to_uppercase()).collect(),
            zero_is_unavailable_unless_zero: self
                .optional(place, raw.zero_is_unavailable_unless_zero.as_ref()),
        }
    }

    fn condition(&mut self, raw: &ConditionTable) -> RowCondition {
        let place = "consumption.rows";
        let code =
            match RejectCode::ALL.iter().find(|c| c.as_str() == raw.code && raw.code.starts_with("unknown-"))
            {
                Some(code) => *code,
                None => {
                    self.faults.push(format!("{place}: `{}` is no code for an unknown value", raw.code));
                    RejectCode::UnknownValue
                }
            };
        if let Some(both) = raw.counts.iter().find(|v| raw.excluded.iter().any(|e| e.eq_ignore_ascii_case(v)))
        {
            self.faults.push(format!("{place}: `{both}` both counts and is excluded"));
        }
        RowCondition {
            column: self.column(place, &raw.column),
            counts: raw.counts.clone(),
            excluded: raw.excluded.clone(),
            code,
        }
    }

    fn owner_rule(&mut self, raw: &OwnerTable) -> OwnerRule {
        let place = "consumption.credit";
        let owner = match (&raw.partner, &raw.tenant, raw.partner_option) {
            (Some(key), None, false) => OwnerColumn::Partner(self.id(place, key)),
            (None, Some(key), false) => OwnerColumn::Tenant(self.id(place, key)),
            (None, None, true) => OwnerColumn::Option,
            _ => {
                self.faults.push(format!("{place}: exactly one of `partner`, `tenant` and `partner_option`"));
                OwnerColumn::Option
            }
        };
        let association = match (raw.association, &raw.association_column) {
            (Some(association), None) => RowAssociation::Fixed(association),
            (None, Some(key)) => {
                let column = self.column(place, key);
                RowAssociation::Column(column, self.association_names(place))
            }
            _ => {
                self.faults.push(format!("{place}: either `association` or `association_column`"));
                RowAssociation::Fixed(Association::Dpor)
            }
        };
        OwnerRule { owner, differs_from: raw.differs_from.as_ref().map(|k| self.id(place, k)), association }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_columns_than_a_row_can_hold_are_a_fault() {
        let (_, text) = crate::config::dialect::builtin_texts()[0];
        let more: String = (0..40).map(|n| format!("more_{n} = [\"More {n}\"]\n")).collect();
        let text = text.replacen("[columns]\n", &format!("[columns]\n{more}"), 1);
        assert!(check(&text).iter().any(|fault| fault.starts_with("columns: ")), "{:?}", check(&text));
    }
}
