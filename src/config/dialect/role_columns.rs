//! The tables of a dialect's role: which column holds what. Comes in: TOML tables and the columns of the dialect. Goes out: a
//! [`RoleMeaning`], or faults. It reads one table alone, `[consumption]`, `[rates]` and so on; any other is a fault.

mod price_columns;
mod row_conditions;

use super::schema::{ColumnReader, word};
use super::{
    AmountColumn, Associations, ColumnKey, Consumption, CostKinds, Credentials, Credits, Currency,
    DatasetFamily, Markets, OwnerColumn, OwnerRule, OwnerSource, Partners, Rates, Role, RoleMeaning,
    RowAssociation,
};
use crate::base::association::Association;
use crate::config::located_toml::{
    Faults, Located, TomlTable, TomlValue, any_texts, count, elements, text, truth,
};
use crate::config::own_columns::CREDITS;

const CONSUMPTION_KEYS: [&str; 13] = [
    "dataset",
    "repeats_per_association",
    "date",
    "subscription",
    "amount",
    "rows",
    "credit_from",
    "credit",
    "cost_kinds",
    "invoice",
    "partner_price",
    "earned_credit",
    "prepaid",
];
const CREDENTIALS_KEYS: [&str; 7] =
    ["partner", "individual", "mails", "codes", "titles", "completed_on", "expires_on"];
const PARTNERS_KEYS: [&str; 7] = ["partner", "name", "country", "market", "rolls_up_to", "tenant", "rank"];
const OWNER_KEYS: [&str; 6] =
    ["partner", "tenant", "partner_option", "differs_from", "association", "association_column"];

/// Reads the table of a role. Tables of other roles are faults.
pub(super) fn role_meaning(
    role: Role,
    root: &TomlTable<'_>,
    reader: &mut ColumnReader,
    faults: &mut Faults,
) -> Option<RoleMeaning> {
    for other in Role::ALL.into_iter().filter(|other| *other != role) {
        if let Some(value) = root.optional(other.as_str()) {
            faults.add(&value.place, format!("the role is {}", role.as_str()));
        }
    }
    let value = root.required(role.as_str(), faults)?;
    let mut read = RoleReader { reader, faults };
    Some(match role {
        Role::Consumption => RoleMeaning::Consumption(read.consumption(&value)?),
        Role::Credentials => RoleMeaning::Credentials(read.credentials(&value)?),
        Role::Partners => RoleMeaning::Partners(read.partners(&value)?),
        Role::Associations => RoleMeaning::Associations(read.associations(&value)?),
        Role::Rates => RoleMeaning::Rates(read.rates(&value)?),
        Role::Markets => RoleMeaning::Markets(read.markets(&value)?),
        Role::Credits => RoleMeaning::Credits(read.credits(&value)?),
    })
}

/// Reads tables whose values are keys of columns. A function returns `None` only after it has added a fault; it reads its whole table
/// first, so that all faults are found at once.
struct RoleReader<'r> {
    reader: &'r mut ColumnReader,
    faults: &'r mut Faults,
}

impl RoleReader<'_> {
    fn table<'a>(&mut self, value: &TomlValue<'a>, known: &[&str]) -> Option<TomlTable<'a>> {
        TomlTable::of(value, known, self.faults)
    }

    fn required<'a>(&mut self, table: &TomlTable<'a>, key: &str) -> Option<TomlValue<'a>> {
        table.required(key, self.faults)
    }

    fn column(&mut self, table: &TomlTable<'_>, key: &str) -> Option<ColumnKey> {
        self.required(table, key).and_then(|value| self.reader.column(&value, self.faults))
    }

    fn optional_column(&mut self, table: &TomlTable<'_>, key: &str) -> Option<ColumnKey> {
        table.optional(key).and_then(|value| self.reader.column(&value, self.faults))
    }

    fn id(&mut self, table: &TomlTable<'_>, key: &str) -> Option<ColumnKey> {
        self.required(table, key).and_then(|value| self.reader.id(&value, self.faults))
    }

    fn optional_id(&mut self, table: &TomlTable<'_>, key: &str) -> Option<ColumnKey> {
        table.optional(key).and_then(|value| self.reader.id(&value, self.faults))
    }

    fn texts(&mut self, table: &TomlTable<'_>, key: &str) -> Option<Vec<Located<String>>> {
        self.required(table, key).map(|value| any_texts(&value, self.faults))
    }

    /// The elements of a list of tables. Empty if the key is absent.
    fn tables<'a>(&mut self, table: &TomlTable<'a>, key: &str) -> Vec<TomlValue<'a>> {
        table.optional(key).and_then(|value| elements(&value, self.faults)).unwrap_or_default()
    }

    fn credits(&mut self, value: &TomlValue<'_>) -> Option<Credits> {
        let table = self.table(value, &CREDITS)?;
        let columns = CREDITS.map(|key| self.column(&table, key));
        let [dataset, source, subscription, partner, provider, association, from, to, currency, amount, rows] =
            columns;
        Some(Credits {
            dataset: dataset?,
            source: source?,
            subscription: subscription?,
            partner: partner?,
            provider: provider?,
            association: association?,
            from: from?,
            to: to?,
            currency: currency?,
            amount: amount?,
            rows: rows?,
        })
    }

    fn consumption(&mut self, value: &TomlValue<'_>) -> Option<Consumption> {
        let table = self.table(value, &CONSUMPTION_KEYS)?;
        let dataset = table.optional("dataset").map(|value| word::<DatasetFamily>(&value, self.faults));
        let repeats = self.required(&table, "repeats_per_association");
        let repeats_per_association = repeats.as_ref().and_then(|value| truth(value, self.faults));
        let has_partner_price = table.optional("partner_price").and_then(|value| truth(&value, self.faults));
        let dates = self.tables(&table, "date");
        let dates: Vec<_> = dates.iter().map(|date| self.reader.date(date, self.faults)).collect();
        let subscription = self.optional_id(&table, "subscription");
        let amounts = self.tables(&table, "amount");
        let amounts: Vec<_> = amounts.iter().map(|amount| self.amount(amount)).collect();
        if dates.is_empty() || amounts.is_empty() {
            self.faults.add(&table.place, "at least one date and one amount column");
        }
        let conditions = self.tables(&table, "rows");
        let conditions: Vec<_> = conditions.iter().map(|condition| self.condition(condition)).collect();
        let owner = self.owner(&table);
        let cost_kinds = table.optional("cost_kinds").map(|value| self.cost_kinds(&value));
        let has_subscription = table.optional("subscription").is_some();
        let is_from_file = owner.as_ref().is_some_and(OwnerSource::uses_associations_file);
        if let (Some(true), Some(value)) = (repeats_per_association, &repeats)
            && (is_from_file || !has_subscription)
        {
            let message = "a row that repeats per association names its association and its subscription";
            self.faults.add(&value.place, message);
        }
        if is_from_file && !has_subscription {
            self.faults
                .add(&table.place, "`subscription` is missing: the associations file is looked up by it");
        }
        Some(Consumption {
            dataset: dataset.unwrap_or(Some(DatasetFamily::Own))?,
            repeats_per_association: repeats_per_association?,
            dates: dates.into_iter().collect::<Option<_>>()?,
            subscription,
            amounts: amounts.into_iter().collect::<Option<_>>()?,
            conditions: conditions.into_iter().collect::<Option<_>>()?,
            owner: owner?,
            invoice: self.optional_column(&table, "invoice"),
            has_partner_price: has_partner_price.unwrap_or_default(),
            earned_credit: table.optional("earned_credit").and_then(|value| self.earned_credit(&value)),
            prepaid: table.optional("prepaid").and_then(|value| self.prepaid(&value)),
            cost_kinds: match cost_kinds {
                Some(cost_kinds) => Some(cost_kinds?),
                None => None,
            },
        })
    }

    /// `credit_from` and the rules of `[[consumption.credit]]`.
    fn owner(&mut self, table: &TomlTable<'_>) -> Option<OwnerSource> {
        let rules = self.tables(table, "credit");
        let read: Vec<_> = rules.iter().map(|rule| self.owner_rule(rule)).collect();
        self.providers_last(&rules, &read);
        let rules = read;
        let value = self.required(table, "credit_from")?;
        let source = text(&value, self.faults)?;
        let names_partners = match source.as_str() {
            "row" | "row-else-associations-file" => true,
            "associations-file" => false,
            other => {
                let message =
                    format!("`{other}` is none of `row`, `associations-file`, `row-else-associations-file`");
                self.faults.add(&value.place, message);
                return None;
            }
        };
        if names_partners == rules.is_empty() {
            let message = "rules in [[consumption.credit]] are for `credit_from = \"row\"`, which needs one";
            self.faults.add(&value.place, message);
        }
        let rules: Vec<OwnerRule> = rules.into_iter().collect::<Option<_>>()?;
        Some(match source.as_str() {
            "row" => OwnerSource::Row(rules),
            "row-else-associations-file" => OwnerSource::RowElseAssociationsFile(rules),
            _ => OwnerSource::AssociationsFile,
        })
    }

    /// Rules that find a provider by its tenant or by `--partner-id`: their association is `csp-tier-1`, and no rule for a partner's own id
    /// follows a tenant, which may be of no partner.
    fn providers_last(&mut self, values: &[TomlValue<'_>], rules: &[Option<OwnerRule>]) {
        let mut has_tenant = false;
        for (value, rule) in values.iter().zip(rules) {
            let Some(rule) = rule else { continue };
            let is_by_id = matches!(rule.owner, OwnerColumn::Partner(_));
            if !is_by_id && !rule.is_provider() {
                self.faults
                    .add(&value.place, "a `tenant` or `partner_option` has the association `csp-tier-1`");
            }
            if is_by_id && has_tenant {
                self.faults.add(&value.place, "only `partner_option` may follow a `tenant`");
            }
            has_tenant |= matches!(rule.owner, OwnerColumn::Tenant(_));
        }
    }

    fn owner_rule(&mut self, value: &TomlValue<'_>) -> Option<OwnerRule> {
        let table = self.table(value, &OWNER_KEYS)?;
        let partner = table.optional("partner");
        let tenant = table.optional("tenant");
        let option = table.optional("partner_option").and_then(|value| truth(&value, self.faults));
        let owner = match (partner, tenant, option.unwrap_or(false)) {
            (Some(key), None, false) => self.reader.id(&key, self.faults).map(OwnerColumn::Partner),
            (None, Some(key), false) => self.reader.id(&key, self.faults).map(OwnerColumn::Tenant),
            (None, None, true) => Some(OwnerColumn::Option),
            _ => {
                self.faults.add(&table.place, "exactly one of `partner`, `tenant` and `partner_option`");
                None
            }
        };
        let association = match (table.optional("association"), table.optional("association_column")) {
            (Some(value), None) => word::<Association>(&value, self.faults).map(RowAssociation::Fixed),
            (None, Some(value)) => {
                let names = self.reader.association_names(&value, self.faults);
                self.reader.column(&value, self.faults).map(|column| RowAssociation::Column(column, names))
            }
            _ => {
                self.faults.add(&table.place, "either `association` or `association_column`");
                None
            }
        };
        let differs_from = self.optional_id(&table, "differs_from");
        Some(OwnerRule { owner: owner?, differs_from, association: association? })
    }

    fn amount(&mut self, value: &TomlValue<'_>) -> Option<AmountColumn> {
        let keys = ["column", "currency", "currency_column", "only", "zero_is_unavailable_unless_zero"];
        let table = self.table(value, &keys)?;
        let column = self.column(&table, "column");
        let currency = match (table.optional("currency"), table.optional("currency_column")) {
            (Some(code), None) => text(&code, self.faults).map(|code| Currency::Fixed(code.to_uppercase())),
            (None, Some(key)) => self.reader.column(&key, self.faults).map(Currency::Column),
            _ => {
                self.faults.add(&table.place, "either `currency` or `currency_column`");
                None
            }
        };
        let only = table.optional("only").map(|value| any_texts(&value, self.faults)).unwrap_or_default();
        let zero_is_unavailable_unless_zero = self.optional_column(&table, "zero_is_unavailable_unless_zero");
        let only = only.iter().map(|code| code.value.to_uppercase()).collect();
        Some(AmountColumn { column: column?, currency: currency?, only, zero_is_unavailable_unless_zero })
    }

    fn cost_kinds(&mut self, value: &TomlValue<'_>) -> Option<CostKinds> {
        let table = self.table(value, &["charge_type", "usage", "purchase", "benefits"])?;
        let charge_type = self.column(&table, "charge_type");
        let usage = self.texts(&table, "usage");
        let purchase = self.texts(&table, "purchase");
        let benefits = self.required(&table, "benefits");
        let benefits = benefits.map(|value| self.reader.columns(&value, self.faults));
        Some(CostKinds {
            charge_type: charge_type?,
            usage: values(usage?),
            purchase: values(purchase?),
            benefits: benefits?,
        })
    }

    fn credentials(&mut self, value: &TomlValue<'_>) -> Option<Credentials> {
        let table = self.table(value, &CREDENTIALS_KEYS)?;
        let partner = self.id(&table, "partner");
        let individual = self.id(&table, "individual");
        let mails = self.required(&table, "mails");
        let mails = mails.map(|value| self.reader.columns(&value, self.faults));
        let codes = table.optional("codes").map(|value| self.reader.ids(&value, self.faults));
        let titles = table.optional("titles").map(|value| self.reader.columns(&value, self.faults));
        let (codes, titles) = (codes.unwrap_or_default(), titles.unwrap_or_default());
        if codes.is_empty() && titles.is_empty() {
            self.faults.add(&table.place, "`codes` or `titles` must name a column");
        }
        let completed_on = self.required(&table, "completed_on");
        let completed_on = completed_on.and_then(|value| self.reader.date(&value, self.faults));
        let expires_on = table.optional("expires_on").and_then(|value| self.reader.date(&value, self.faults));
        Some(Credentials {
            partner: partner?,
            individual: individual?,
            mails: mails?,
            codes,
            titles,
            completed_on: completed_on?,
            expires_on,
        })
    }

    fn partners(&mut self, value: &TomlValue<'_>) -> Option<Partners> {
        let table = self.table(value, &PARTNERS_KEYS)?;
        let partner = self.id(&table, "partner");
        let name = self.optional_column(&table, "name");
        let country = self.optional_column(&table, "country");
        let market = self.optional_column(&table, "market");
        let rolls_up_to = self.optional_id(&table, "rolls_up_to");
        let tenant = self.optional_id(&table, "tenant");
        let rank = self.required(&table, "rank");
        let rank = rank.and_then(|value| count(&value, 0..=u8::MAX.into(), self.faults));
        let rank = rank.and_then(|rank| u8::try_from(rank).ok());
        Some(Partners { partner: partner?, name, country, market, rolls_up_to, tenant, rank: rank? })
    }

    fn associations(&mut self, value: &TomlValue<'_>) -> Option<Associations> {
        let table = self.table(value, &["subscription", "partner", "kind", "from", "to"])?;
        let subscription = self.id(&table, "subscription");
        let partner = self.id(&table, "partner");
        let kind = self.required(&table, "kind").and_then(|value| {
            let names = self.reader.association_names(&value, self.faults);
            Some((self.reader.column(&value, self.faults)?, names))
        });
        let from = table.optional("from").and_then(|value| self.reader.date(&value, self.faults));
        let to = table.optional("to").and_then(|value| self.reader.date(&value, self.faults));
        Some(Associations { subscription: subscription?, partner: partner?, kind: kind?, from, to })
    }

    fn rates(&mut self, value: &TomlValue<'_>) -> Option<Rates> {
        let table = self.table(value, &["currency", "month", "usd_per_unit"])?;
        let currency = self.column(&table, "currency");
        let month = self.required(&table, "month");
        let month = month.and_then(|value| self.reader.date(&value, self.faults));
        let usd_per_unit = self.column(&table, "usd_per_unit");
        Some(Rates { currency: currency?, month: month?, usd_per_unit: usd_per_unit? })
    }

    fn markets(&mut self, value: &TomlValue<'_>) -> Option<Markets> {
        let table = self.table(value, &["country", "market"])?;
        let country = self.column(&table, "country");
        let market = self.column(&table, "market");
        Some(Markets { country: country?, market: market? })
    }
}

fn values(texts: Vec<Located<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
