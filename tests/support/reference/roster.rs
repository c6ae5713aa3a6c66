//! Who partners are, whom they roll up to, whose a subscription is, and what a currency is worth. Comes in: the tables of the
//! small roles. Goes out: look-ups. Refused rows are counted by code.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Refused;
use super::figures::{self, YearMonth};
use super::text::{Record, Table};

/// A partner id. Order: ids of digits by number first, then text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partner(pub(crate) String);

impl Ord for Partner {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |p: &Partner| {
            let number = p.0.bytes().all(|b| b.is_ascii_digit());
            let digits = if number { p.0.trim_start_matches('0').to_owned() } else { String::new() };
            (!number, digits.len(), digits, p.0.clone())
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Partner {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The id in a cell, `None` if it names nobody.
pub(crate) fn named(text: &str) -> Option<String> {
    const NOBODY: [&str; 7] = ["0", "-1", "-2", "null", "unknown", "unassigned", "not applicable"];
    let text = text.trim();
    let lower = text.to_lowercase();
    (!figures::is_blank(text) && !NOBODY.contains(&lower.as_str())).then(|| text.to_owned())
}

/// The partner in a cell: a whole number is its digits, in whatever form it is written; `None` if it names nobody. The label of a total and a mail
/// address are refused.
pub(crate) fn partner_id(text: &str) -> Result<Option<Partner>, &'static str> {
    if is_label(text) || is_mail(text) { Err("no-partner") } else { Ok(known_partner(text)) }
}

fn known_partner(text: &str) -> Option<Partner> {
    let text = named(text)?;
    match figures::decimal(&text) {
        Ok(number) if number % figures::ONE == 0 => match number / figures::ONE {
            -2..=0 => None,
            number if number > 0 => Some(Partner(number.to_string())),
            _ => Some(Partner(text)),
        },
        _ => Some(Partner(text)),
    }
}

/// A word for a total, alone or beside one other word; the words as SPEC 3.11 lists them.
pub(crate) fn is_label(text: &str) -> bool {
    const WORDS: &str = "total totals subtotal subtotals sub-total sum result gesamt ergebnis summe gesamtsumme gesamtergebnis zwischensumme \
        teilergebnis endsumme somme sous-total suma soma somma totale subtotale totaal subtotaal eindtotaal 合計 小計 総計 集計 合计 小计 总计 汇总";
    let text = text.to_lowercase().replace(':', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=2).contains(&words.len())
        && words.iter().any(|word| WORDS.split_whitespace().any(|total| total == *word))
}

/// Something, `@`, and something with a dot in its middle.
fn is_mail(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.split('.').filter(|part| !part.is_empty()).count() > 1
        })
    })
}

/// The partner in a cell.
pub(crate) fn partner(text: &str) -> Result<Partner, &'static str> {
    partner_id(text)?.ok_or("no-partner")
}

/// A subscription id in the form in which ids are compared.
pub(crate) fn subscription(text: &str) -> String {
    let text = text.trim().to_lowercase();
    text.strip_prefix("/subscriptions/").map(str::to_owned).unwrap_or(text)
}

/// What the lines of one rank say about one partner: per field every value that is not blank.
type Lines = BTreeMap<&'static str, BTreeSet<String>>;

/// One association: from its first to its last day, both included.
pub(crate) struct Association {
    partner: Partner,
    kind: String,
    from: NaiveDate,
    to: NaiveDate,
}

/// Everything that is known beside consumption and people.
#[derive(Default)]
pub(crate) struct Roster {
    /// Own format, then Insights: the first rank that says something decides.
    lines: BTreeMap<Partner, [Lines; 2]>,
    countries: BTreeMap<String, String>,
    associations: BTreeMap<String, Vec<Association>>,
    rates: BTreeMap<(String, YearMonth), i128>,
}

impl Roster {
    /// Adds the rows of a `partners` (rank 0) or `insights-profile` (rank 1) file.
    pub(crate) fn add_partners(&mut self, table: &Table, rank: usize, refused: &mut Refused) {
        let columns: [(&str, &[&str]); 5] = if rank == 0 {
            [
                ("name", &["name"]),
                ("country", &["country"]),
                ("market", &["market"]),
                ("head", &["rolls_up_to"]),
                ("tenant", &["tenant_id"]),
            ]
        } else {
            [
                ("name", &["partnername"]),
                ("country", &["country"]),
                ("market", &[]),
                ("head", &["pga_mpnid"]),
                ("tenant", &[]),
            ]
        };
        refused.each(table, |record| {
            let id = partner(table.cell(record, &["partner_id", "mpnid"])?)?;
            let mut said = Vec::new();
            for (field, names) in columns {
                let value = table.cell(record, names)?;
                match field {
                    "market" if !value.is_empty() => said.push((field, market(value)?)),
                    "head" => said.extend(partner_id(value)?.map(|head| (field, head.0))),
                    "tenant" => said.extend(named(value).map(|tenant| (field, tenant.to_lowercase()))),
                    _ if !value.is_empty() => said.push((field, value.to_owned())),
                    _ => (),
                }
            }
            let lines = &mut self.lines.entry(id).or_default()[rank];
            said.into_iter().for_each(|(field, value)| {
                lines.entry(field).or_default().insert(value);
            });
            Ok(())
        });
    }

    /// Adds the rows of a `markets` file.
    pub(crate) fn add_markets(&mut self, table: &Table, refused: &mut Refused) {
        refused.each(table, |record| {
            let country = named(table.cell(record, &["country"])?).ok_or("no-country")?;
            let market = market(table.cell(record, &["market"])?)?;
            self.countries.insert(country.to_lowercase(), market);
            Ok(())
        });
    }

    /// Adds the rows of a `rates` file.
    pub(crate) fn add_rates(&mut self, table: &Table, refused: &mut Refused) {
        refused.each(table, |record| {
            let currency = named(table.cell(record, &["currency"])?).ok_or("no-currency")?.to_uppercase();
            let month = figures::month_of(figures::day(table.cell(record, &["month"])?)?);
            let rate = figures::decimal(table.cell(record, &["usd_per_unit"])?)?;
            match *self.rates.entry((currency, month)).or_insert(rate) {
                known if known == rate => Ok(()),
                _ => Err("duplicate-rate"),
            }
        });
    }

    /// Adds the rows of an `associations` file.
    pub(crate) fn add_associations(&mut self, table: &Table, refused: &mut Refused) {
        refused.each(table, |record| {
            let day = |column, open| match table.cell(record, &[column])? {
                "" => Ok(open),
                text => figures::day(text),
            };
            let id = named(table.cell(record, &["subscription_id"])?).ok_or("no-subscription")?;
            let partner = partner(table.cell(record, &["partner_id"])?)?;
            let kind = association(table.cell(record, &["type"])?)?.to_owned();
            let (from, to) = (day("from", NaiveDate::MIN)?, day("to", NaiveDate::MAX)?);
            if to < from {
                return Err("bad-period");
            }
            self.associations.entry(subscription(&id)).or_default().push(Association {
                partner,
                kind,
                from,
                to,
            });
            Ok(())
        });
    }

    /// What the roster says of one field: blank if nothing, or if lines of the deciding rank disagree.
    pub(crate) fn field(&self, partner: &Partner, field: &str) -> String {
        let Some(ranks) = self.lines.get(partner) else { return String::new() };
        let said = ranks.iter().find_map(|lines| lines.get(field));
        said.filter(|values| values.len() == 1).and_then(|v| v.first().cloned()).unwrap_or_default()
    }

    /// The partner that `partner` rolls up to, followed to the end; itself if to none.
    pub(crate) fn head(&self, partner: &Partner) -> Partner {
        let next = Partner(self.field(partner, "head"));
        if next.0.is_empty() || next == *partner { partner.clone() } else { self.head(&next) }
    }

    /// The market of a head: its own, else that of its country, else blank; blank also if its lines disagree on its own.
    pub(crate) fn market(&self, head: &Partner) -> String {
        let own = self.field(head, "market");
        let lines = self.lines.get(head).into_iter().flatten();
        if own.is_empty() && lines.into_iter().any(|lines| lines.contains_key("market")) {
            return own;
        }
        let country = self.field(head, "country").to_lowercase();
        if own.is_empty() { self.countries.get(&country).cloned().unwrap_or_default() } else { own }
    }

    /// The partner whose tenant this is; `None` if nobody's, or that of partners that do not share one head.
    pub(crate) fn of_tenant(&self, tenant: &str) -> Option<Partner> {
        let tenant = named(tenant)?.to_lowercase();
        let owners: Vec<&Partner> = self.lines.keys().filter(|p| self.field(p, "tenant") == tenant).collect();
        let heads: BTreeSet<Partner> = owners.iter().map(|p| self.head(p)).collect();
        if heads.len() == 1 { owners.first().map(|p| (*p).clone()) } else { None }
    }

    /// Per head the types of association that are in force for a subscription on a day.
    pub(crate) fn in_force(&self, id: &str, day: NaiveDate) -> BTreeMap<Partner, BTreeSet<String>> {
        let mut heads: BTreeMap<Partner, BTreeSet<String>> = BTreeMap::new();
        for a in self.associations.get(&subscription(id)).into_iter().flatten() {
            if a.from <= day && day <= a.to {
                heads.entry(self.head(&a.partner)).or_default().insert(a.kind.clone());
            }
        }
        heads
    }

    /// USD for one unit of a currency in a month, in 10⁻²⁴.
    pub(crate) fn rate(&self, currency: &str, month: YearMonth) -> Option<i128> {
        if currency == "USD" {
            Some(figures::ONE)
        } else {
            self.rates.get(&(currency.to_owned(), month)).copied()
        }
    }

    /// Every partner that the roster or an association names, also as the one that another rolls up to.
    pub(crate) fn everybody(&self) -> BTreeSet<Partner> {
        let associated = self.associations.values().flatten().map(|a| a.partner.clone());
        let listed: BTreeSet<Partner> = self.lines.keys().cloned().chain(associated).collect();
        listed.iter().map(|p| self.head(p)).chain(listed.iter().cloned()).collect()
    }
}

fn market(text: &str) -> Result<String, &'static str> {
    let text = text.to_lowercase();
    if text == "developed" || text == "developing" { Ok(text) } else { Err("unknown-market") }
}

/// The code of an association, from a code or a display name.
pub(crate) fn association(text: &str) -> Result<&'static str, &'static str> {
    Ok(match text.to_lowercase().as_str() {
        "dpor" | "por" | "partner of record" | "digital partner of record" => "dpor",
        "tpor" | "transacting partner of record" => "tpor",
        "csp-tier-1" | "csp tier 1" => "csp-tier-1",
        "csp-tier-2" | "csp tier 2" => "csp-tier-2",
        "pal" | "partner admin link" => "pal",
        "deal registration" => "deal-registration",
        "partner as end-customer" => "partner-as-end-customer",
        _ => return Err("unknown-association"),
    })
}

/// A record whose shape is at fault counts as refused like any other.
pub(crate) fn shape(record: &Record) -> Result<(), &'static str> {
    record.fault.map_or(Ok(()), Err)
}
