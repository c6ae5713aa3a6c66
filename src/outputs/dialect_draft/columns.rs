//! Which column of an unknown file may mean what: by its name, and by what its cells show. Comes in: evidence by column. Goes out: the likeliest column
//! of each meaning, and the others that may be meant. It writes nothing.

use std::collections::BTreeMap;

use crate::base::text::near_word;
use crate::config::dialect::{ColumnEvidence, ColumnKey, Dialect, RoleMeaning, builtin, normalise};

/// What a column may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ColumnMeaning {
    Date,
    Amount,
    Currency,
    Subscription,
    Partner,
    Association,
    ChargeType,
    Individual,
    Mail,
    Credential,
    CompletedOn,
    ExpiresOn,
    PartnerName,
    Country,
    Market,
    From,
    To,
    Rate,
}

/// The points of a name that a built-in dialect has for the meaning, of a name with a word of the meaning, and of cells that look like it. The first
/// alone is enough, and so are the two others together.
const NAMED: u32 = 100;
const WORD: u32 = 40;
const CELLS: u32 = 30;
/// Points from which a column is proposed.
const PROPOSED: u32 = WORD + CELLS;

/// The columns that may have a meaning, the likeliest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates<'e> {
    /// **Absent**: no column is likely enough.
    pub(super) proposed: Option<&'e ColumnEvidence>,
    pub(super) others: Vec<&'e ColumnEvidence>,
}

impl ColumnMeaning {
    const ALL: [ColumnMeaning; 18] = [
        ColumnMeaning::Mail,
        ColumnMeaning::Market,
        ColumnMeaning::CompletedOn,
        ColumnMeaning::ExpiresOn,
        ColumnMeaning::From,
        ColumnMeaning::To,
        ColumnMeaning::Date,
        ColumnMeaning::Rate,
        ColumnMeaning::Amount,
        ColumnMeaning::Currency,
        ColumnMeaning::Subscription,
        ColumnMeaning::Association,
        ColumnMeaning::Partner,
        ColumnMeaning::ChargeType,
        ColumnMeaning::Credential,
        ColumnMeaning::Individual,
        ColumnMeaning::PartnerName,
        ColumnMeaning::Country,
    ];

    /// Words that a name of such a column has, in the form in which names are compared.
    fn words(self) -> &'static [&'static str] {
        match self {
            ColumnMeaning::Date => {
                &["date", "day", "month", "period", "datum", "tag", "monat", "mois", "fecha", "mes"]
            }
            ColumnMeaning::Amount => &[
                "cost",
                "amount",
                "consumption",
                "acr",
                "charge",
                "spend",
                "revenue",
                "betrag",
                "kosten",
                "montant",
                "importe",
                "coste",
            ],
            ColumnMeaning::Currency => {
                &["currency", "curr", "währung", "waehrung", "devise", "moneda", "ccy"]
            }
            ColumnMeaning::Subscription => &["subscription", "abonnement", "suscripcion", "subguid", "subid"],
            ColumnMeaning::Partner => {
                &["mpn", "partnerid", "partnernumber", "reseller", "partneroneid", "partner"]
            }
            ColumnMeaning::Association => &["association", "attribution"],
            ColumnMeaning::ChargeType => &["chargetype", "chargecategory", "typeofcharge"],
            ColumnMeaning::Individual => &["mcid", "individual", "personid", "employeeid", "candidateid"],
            ColumnMeaning::Mail => &["mail"],
            ColumnMeaning::Credential => &["exam", "assessment", "certification", "credential", "course"],
            ColumnMeaning::CompletedOn => {
                &["completed", "completion", "passed", "achieved", "passdate", "examdate"]
            }
            ColumnMeaning::ExpiresOn => &["expir", "validuntil", "validto"],
            ColumnMeaning::PartnerName => &["partnername", "companyname", "company", "name"],
            ColumnMeaning::Country => &["country", "land", "pays"],
            ColumnMeaning::Market => &["market"],
            ColumnMeaning::From => &["from", "start", "begin"],
            ColumnMeaning::To => &["todate", "end", "until"],
            ColumnMeaning::Rate => &["rate", "usdper"],
        }
    }

    /// Words in the names of other columns that have a word of the meaning too.
    fn other_words(self) -> &'static [&'static str] {
        match self {
            ColumnMeaning::Amount => {
                &["type", "center", "unit", "rate", "currency", "category", "model", "date", "period", "id"]
            }
            ColumnMeaning::Partner => &["name", "tenant", "rate", "applied", "type", "credit"],
            ColumnMeaning::Subscription => &["name", "status", "offer"],
            ColumnMeaning::Date => &["name", "id", "count"],
            ColumnMeaning::PartnerName => &[
                "subscription",
                "customer",
                "service",
                "meter",
                "resource",
                "product",
                "user",
                "first",
                "last",
            ],
            ColumnMeaning::Rate => &["currency", "name"],
            _ => &[],
        }
    }

    /// Whether the cells of a column look like it. `None` if cells of the meaning look like nothing in particular.
    fn cells(self, column: &ColumnEvidence) -> Option<bool> {
        let mostly = |of: u32| Some(column.is_mostly(of));
        match self {
            ColumnMeaning::Date
            | ColumnMeaning::CompletedOn
            | ColumnMeaning::ExpiresOn
            | ColumnMeaning::From
            | ColumnMeaning::To => mostly(column.days()),
            ColumnMeaning::Amount | ColumnMeaning::Rate => {
                Some(column.is_mostly(column.numbers) && !column.is_mostly(column.partner_ids))
            }
            ColumnMeaning::Currency => mostly(column.currencies),
            ColumnMeaning::Subscription => mostly(column.guids),
            ColumnMeaning::Partner => mostly(column.partner_ids),
            ColumnMeaning::Mail => mostly(column.mails),
            ColumnMeaning::Market => mostly(column.markets),
            ColumnMeaning::Association
            | ColumnMeaning::ChargeType
            | ColumnMeaning::Individual
            | ColumnMeaning::Credential
            | ColumnMeaning::PartnerName
            | ColumnMeaning::Country => None,
        }
    }

    /// Names of such columns in the built-in dialects.
    fn names(self) -> Vec<&'static str> {
        builtin()
            .iter()
            .flat_map(|dialect| self.columns(dialect).into_iter().map(move |key| &dialect.columns[key.0]))
            .flat_map(|column| column.compared.iter().map(String::as_str))
            .collect()
    }

    fn columns(self, dialect: &Dialect) -> Vec<ColumnKey> {
        let own = |role: &str, key: &str| -> Vec<ColumnKey> {
            let at = dialect.columns.iter().position(|column| column.key == key);
            at.filter(|_| dialect.name == role).map(ColumnKey).into_iter().collect()
        };
        match (self, &dialect.meaning) {
            (ColumnMeaning::Date, RoleMeaning::Consumption(rules)) => {
                rules.dates.iter().map(|date| date.column).collect()
            }
            (ColumnMeaning::Date, RoleMeaning::Rates(rates)) => vec![rates.month.column],
            (ColumnMeaning::Amount, RoleMeaning::Consumption(rules)) => {
                rules.amounts.iter().map(|amount| amount.column).collect()
            }
            (ColumnMeaning::Subscription, RoleMeaning::Consumption(rules)) => {
                rules.subscription.into_iter().collect()
            }
            (ColumnMeaning::Currency, _) => {
                [own("consumption", "currency"), own("rates", "currency")].concat()
            }
            (ColumnMeaning::Partner, _) => own("consumption", "partner"),
            (ColumnMeaning::Association, _) => own("consumption", "association"),
            (ColumnMeaning::Individual, _) => own("credentials", "individual"),
            (ColumnMeaning::Mail, _) => own("credentials", "email"),
            (ColumnMeaning::Credential, _) => ["credential", "exam", "assessment", "certification"]
                .iter()
                .flat_map(|key| own("credentials", key))
                .collect(),
            (ColumnMeaning::CompletedOn, _) => own("credentials", "completed_on"),
            (ColumnMeaning::ExpiresOn, _) => own("credentials", "expires_on"),
            (ColumnMeaning::PartnerName, _) => own("partners", "name"),
            (ColumnMeaning::Country, _) => [own("partners", "country"), own("markets", "country")].concat(),
            (ColumnMeaning::Market, _) => [own("partners", "market"), own("markets", "market")].concat(),
            (ColumnMeaning::From, _) => own("associations", "from"),
            (ColumnMeaning::To, _) => own("associations", "to"),
            (ColumnMeaning::Rate, _) => own("rates", "usd_per_unit"),
            (
                ColumnMeaning::ChargeType
                | ColumnMeaning::Date
                | ColumnMeaning::Amount
                | ColumnMeaning::Subscription,
                _,
            ) => Vec::new(),
        }
    }

    /// How likely a column has the meaning.
    fn points(self, column: &ColumnEvidence, names: &[&str]) -> u32 {
        let name = normalise(&column.name);
        let is_named = names.contains(&name.as_str())
            || (name.len() > 6
                && near_word(&name, names.iter().copied())
                    .is_some_and(|near| crate::base::text::edits(&name, near) == 1));
        let has_word = self.words().iter().any(|word| name.contains(word))
            && !self
                .other_words()
                .iter()
                .any(|word| name.contains(word) && *word != "id" || name.ends_with("id") && *word == "id");
        let of_name = if is_named {
            NAMED
        } else if has_word {
            WORD
        } else {
            0
        };
        match self.cells(column) {
            // Cells that look like something else speak against any name, unless there are none.
            Some(false) if column.filled > 0 => 0,
            Some(true) => of_name + CELLS,
            Some(false) => of_name,
            None if of_name > 0 => of_name + CELLS,
            None => 0,
        }
    }
}

/// The columns of a file by their meaning: each column is proposed for one meaning at most.
pub(super) fn candidates(columns: &[ColumnEvidence]) -> BTreeMap<ColumnMeaning, Candidates<'_>> {
    let mut scores: Vec<(u32, usize, usize, ColumnMeaning)> = Vec::new();
    for (rank, meaning) in ColumnMeaning::ALL.into_iter().enumerate() {
        let names = meaning.names();
        let points = columns.iter().map(|column| meaning.points(column, &names));
        scores.extend(
            points
                .enumerate()
                .filter(|(_, points)| *points > 0)
                .map(|(at, points)| (points, rank, at, meaning)),
        );
    }
    // The most points first; of equal ones, the meaning that is rarer, then the column that stands first.
    scores.sort_by_key(|(points, rank, at, _)| (std::cmp::Reverse(*points), *rank, *at));
    let mut taken: Vec<usize> = Vec::new();
    let mut found: BTreeMap<ColumnMeaning, Candidates<'_>> = BTreeMap::new();
    for (points, _, at, meaning) in &scores {
        let of_meaning = found.entry(*meaning).or_default();
        if *points >= PROPOSED && of_meaning.proposed.is_none() && !taken.contains(at) {
            of_meaning.proposed = Some(&columns[*at]);
            taken.push(*at);
        }
    }
    for (_, _, at, meaning) in &scores {
        let of_meaning = found.entry(*meaning).or_default();
        if !taken.contains(at) {
            of_meaning.others.push(&columns[*at]);
        }
    }
    found
}
