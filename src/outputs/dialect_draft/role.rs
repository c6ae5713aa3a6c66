//! The tables of a draft, by role. Comes in: likely columns. Goes out: TOML of the role's table. It guesses no column.

use std::collections::BTreeMap;

use super::columns::{Candidates, ColumnMeaning};
use super::{DraftWriter, MARK, currency_in};
use crate::base::association::Association;
use crate::config::dialect::{ColumnEvidence, RoleMeaning, association_named, builtin, normalise};
use crate::config::toml_text::{toml_list, toml_string};

/// The role of a file for which a dialect is drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoleDraft {
    Consumption,
    Credentials,
    Partners,
    Associations,
    Rates,
    Markets,
}

impl RoleDraft {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RoleDraft::Consumption => "consumption",
            RoleDraft::Credentials => "credentials",
            RoleDraft::Partners => "partners",
            RoleDraft::Associations => "associations",
            RoleDraft::Rates => "rates",
            RoleDraft::Markets => "markets",
        }
    }
}

/// Columns above which a file is no list of rates.
const RATE_COLUMNS: usize = 5;

/// The role of a file, by its likely columns; consumption if nothing tells.
pub(super) fn role_of(
    found: &BTreeMap<ColumnMeaning, Candidates<'_>>,
    columns: &[ColumnEvidence],
) -> RoleDraft {
    let has = |meaning: ColumnMeaning| found.get(&meaning).is_some_and(|found| found.proposed.is_some());
    let is_person = has(ColumnMeaning::Mail) || has(ColumnMeaning::Individual);
    if is_person && (has(ColumnMeaning::Credential) || has(ColumnMeaning::CompletedOn)) {
        RoleDraft::Credentials
    } else if has(ColumnMeaning::Rate)
        && has(ColumnMeaning::Currency)
        && columns.len() <= RATE_COLUMNS
        && !has(ColumnMeaning::Subscription)
    {
        RoleDraft::Rates
    } else if has(ColumnMeaning::Amount) {
        RoleDraft::Consumption
    } else if has(ColumnMeaning::Subscription) && has(ColumnMeaning::Partner) {
        RoleDraft::Associations
    } else if has(ColumnMeaning::Partner)
        && (has(ColumnMeaning::PartnerName) || has(ColumnMeaning::Country) || has(ColumnMeaning::Market))
    {
        RoleDraft::Partners
    } else if has(ColumnMeaning::Country) && has(ColumnMeaning::Market) {
        RoleDraft::Markets
    } else {
        RoleDraft::Consumption
    }
}

impl DraftWriter<'_> {
    /// Writes what a role needs.
    pub(super) fn role(&mut self, role: RoleDraft) {
        match role {
            RoleDraft::Consumption => self.consumption(),
            RoleDraft::Credentials => self.credentials(),
            RoleDraft::Partners => self.partners(),
            RoleDraft::Associations => self.associations(),
            RoleDraft::Rates => self.rates(),
            RoleDraft::Markets => {
                self.required("country", ColumnMeaning::Country, "the country");
                self.required("market", ColumnMeaning::Market, "developed or developing");
                self.table("[markets]\ncountry = \"country\"\nmarket = \"market\"\n");
            }
        }
    }

    fn consumption(&mut self) {
        let date = self.required("date", ColumnMeaning::Date, "the day or month of the consumption");
        let amount = self.required("amount", ColumnMeaning::Amount, "the amount");
        let currency = self.optional("currency", ColumnMeaning::Currency, "the currency of the amount");
        let subscription = self.optional("subscription", ColumnMeaning::Subscription, "the subscription");
        let partner = self.optional("partner", ColumnMeaning::Partner, "the partner");
        let association = partner.and_then(|_| self.proposed(ColumnMeaning::Association));
        if partner.is_none() && subscription.is_none() {
            self.required(
                "subscription",
                ColumnMeaning::Subscription,
                "the subscription, by which the associations file names the partner",
            );
        }
        let optional = [("currency", currency), ("subscription", subscription), ("partner", partner)];
        self.required
            .extend(optional.iter().filter(|(_, column)| column.is_some()).map(|(key, _)| (*key).to_owned()));
        let charge_type =
            self.optional("charge_type", ColumnMeaning::ChargeType, "tells usage from other charges");
        let associations = association.map(association_names);
        if associations.is_some() {
            self.optional("association", ColumnMeaning::Association, "why the partner gets credit");
            self.required.push("association".to_owned());
        }
        let has_subscription = subscription.is_some() || partner.is_none();
        let line = if has_subscription {
            "subscription = \"subscription\"\n"
        } else {
            "# subscription = \"subscription\"  # if a column has it\n"
        };
        let credit_from = if partner.is_some() { "row" } else { "associations-file" };
        self.table(&format!(
            "[consumption]\n# true if the export repeats a consumption, once for each association of a partner.\nrepeats_per_association = false\n{line}\
             # row: the row names its partner; associations-file: that file does, by subscription; or row-else-associations-file.\n\
             credit_from = \"{credit_from}\"\n\n"
        ));
        self.date("[[consumption.date]]", "date", date);
        let currency = match (currency, amount.and_then(|amount| currency_in(&amount.name))) {
            (Some(_), _) => "currency_column = \"currency\"\n".to_owned(),
            (None, Some(code)) => format!("currency = {}  # by the name of the column\n", toml_string(&code)),
            (None, None) => format!(
                "currency = \"\"  # {MARK}: the currency of all amounts, such as \"USD\"; or currency_column = \"currency\", with its column above\n"
            ),
        };
        self.table(&format!("\n[[consumption.amount]]\ncolumn = \"amount\"\n{currency}"));
        self.charges(charge_type);
        if partner.is_some() {
            let by = match associations {
                Some(_) => "association_column = \"association\"\n".to_owned(),
                None => format!(
                    "association = \"\"  # {MARK}: why the partner gets credit: {}\n",
                    words().join(", ")
                ),
            };
            self.table(&format!("\n[[consumption.credit]]\npartner = \"partner\"\n{by}"));
        }
        if let Some(associations) = associations {
            self.table(&associations);
        }
    }

    /// The condition that tells usage from other charges.
    fn charges(&mut self, column: Option<&ColumnEvidence>) {
        let Some(column) = column.filter(|column| !column.has_more_values && !column.values.is_empty())
        else {
            let key = if column.is_some() { "charge_type" } else { "a column of [columns]" };
            self.table(&format!(
                "\n# If a column tells usage from purchases, refunds and taxes, list its values; any other value is refused.\n\
                 # [[consumption.rows]]\n# column = \"{key}\"\n# counts = [\"Usage\"]\n# excluded = [\"Purchase\", \"Refund\", \"Tax\"]\n\
                 # code = \"unknown-charge-type\"\n"
            ));
            return;
        };
        let is_usage = |value: &&String| {
            matches!(normalise(value).as_str(), "usage" | "consumption" | "verbrauch" | "nutzung")
        };
        let (usage, others): (Vec<&String>, Vec<&String>) = column.values.iter().partition(is_usage);
        let mark = if usage.is_empty() {
            format!("  # {MARK}: values of usage, out of those below")
        } else {
            String::new()
        };
        let counts = toml_list(usage.iter().map(|value| value.as_str()));
        let excluded = toml_list(others.iter().map(|value| value.as_str()));
        // Without a value of usage, nothing would count: the text is no list until it is completed.
        let counts = if usage.is_empty() { "\"\"".to_owned() } else { counts };
        self.table(&format!(
            "\n# The values of the first rows; a value that stands in neither list is refused.\n[[consumption.rows]]\ncolumn = \"charge_type\"\n\
             counts = {counts}{mark}\nexcluded = {excluded}\ncode = \"unknown-charge-type\"\n"
        ));
    }

    fn credentials(&mut self) {
        self.required("partner", ColumnMeaning::Partner, "the partner of the person");
        let mail = self.optional("mail", ColumnMeaning::Mail, "the mail address of the person");
        let individual =
            self.optional("individual", ColumnMeaning::Individual, "the id of the person (MCID)");
        if individual.is_some() {
            self.required.push("individual".to_owned());
        } else if mail.is_some() {
            self.columns += "individual = [\"individual_id\"]  # no column seems to hold an id: the mail address tells people apart\n";
            self.required.push("mail".to_owned());
        } else {
            self.required("individual", ColumnMeaning::Individual, "the id of the person (MCID)");
        }
        self.required(
            "credential",
            ColumnMeaning::Credential,
            "the code or title of the exam, assessment or certification",
        );
        let completed = self.required("completed_on", ColumnMeaning::CompletedOn, "the day of passing");
        let expires = self.optional("expires_on", ColumnMeaning::ExpiresOn, "the last day of validity");
        let mails = if mail.is_some() { "[\"mail\"]" } else { "[]" };
        self.table(&format!(
            "[credentials]\npartner = \"partner\"\nindividual = \"individual\"\nmails = {mails}\ncodes = [\"credential\"]\ntitles = [\"credential\"]\n\n"
        ));
        self.date("[credentials.completed_on]", "completed_on", completed);
        if expires.is_some() {
            self.table("\n");
            self.date("[credentials.expires_on]", "expires_on", expires);
        }
    }

    fn partners(&mut self) {
        self.required("partner", ColumnMeaning::Partner, "the partner");
        let mut lines = String::from("[partners]\npartner = \"partner\"\n");
        for (key, meaning, what) in [
            ("name", ColumnMeaning::PartnerName, "the name of the partner"),
            ("country", ColumnMeaning::Country, "the country of the partner"),
            ("market", ColumnMeaning::Market, "developed or developing"),
        ] {
            if self.optional(key, meaning, what).is_some() {
                lines += &format!("{key} = \"{key}\"\n");
                self.required.push(key.to_owned());
            }
        }
        self.table(&format!(
            "{lines}# rolls_up_to = \"head\"  # the partner that it rolls up to, with its column above\n# tenant = \"tenant\"\n\
             # Of two rosters that tell of one partner, the one with the smaller rank goes first.\nrank = 1\n"
        ));
    }

    fn associations(&mut self) {
        self.required("subscription", ColumnMeaning::Subscription, "the subscription");
        self.required("partner", ColumnMeaning::Partner, "the partner");
        let kind = self.required("type", ColumnMeaning::Association, "why the partner gets credit");
        let from = self.optional("from", ColumnMeaning::From, "the first day; blank: no beginning");
        let to = self.optional("to", ColumnMeaning::To, "the last day; blank: no end");
        self.table(
            "[associations]\nsubscription = \"subscription\"\npartner = \"partner\"\nkind = \"type\"\n",
        );
        for (key, column) in [("from", from), ("to", to)] {
            if column.is_some() {
                self.table("\n");
                self.date(&format!("[associations.{key}]"), key, column);
            }
        }
        let names = kind.map_or_else(|| association_names(&ColumnEvidence::default()), association_names);
        self.table(&names);
    }

    fn rates(&mut self) {
        self.required("currency", ColumnMeaning::Currency, "the currency");
        let month = self.required("month", ColumnMeaning::Date, "the month");
        self.required("usd_per_unit", ColumnMeaning::Rate, "USD for one unit of the currency");
        self.table("[rates]\ncurrency = \"currency\"\nusd_per_unit = \"usd_per_unit\"\n\n");
        self.date("[rates.month]", "month", month);
    }
}

fn words() -> Vec<&'static str> {
    Association::ALL.into_iter().map(Association::as_str).collect()
}

/// The table with the values of an association column: those that a built-in dialect knows, and marked places for the others.
fn association_names(column: &ColumnEvidence) -> String {
    let of_builtin = builtin().iter().find_map(|dialect| match &dialect.meaning {
        RoleMeaning::Associations(meaning) => Some(&meaning.kind.1),
        _ => None,
    });
    let named = |value: &str| of_builtin.and_then(|names| association_named(names, value));
    let mut text = String::from("\n# The values of the column, by association.\n[association_names]\n");
    for association in Association::ALL {
        let of_it = column.values.iter().filter(|value| named(value) == Some(association));
        let values: Vec<&str> =
            std::iter::once(association.as_str()).chain(of_it.map(String::as_str)).collect();
        text += &format!("{} = {}\n", association.as_str(), toml_list(values));
    }
    let unknown: Vec<&str> =
        column.values.iter().map(String::as_str).filter(|value| named(value).is_none()).collect();
    if !unknown.is_empty() {
        text += &format!(
            "unknown = {}  # {MARK}: move each of these values to the association that it means\n",
            toml_list(unknown)
        );
    }
    text
}
