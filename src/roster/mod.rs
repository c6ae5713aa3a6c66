//! The roster: partners and their relations. Comes in: records of partners and of markets. Goes out: names, countries, markets, heads and
//! tenants of partners; with `people`, the persons and their passes. It knows no credit and no rule set.

mod markets;
pub(crate) mod people;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::rows::small::{MarketRecord, PartnerRecord};

use markets::{OwnMarket, country_markets};

/// The partners of a run.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// By partner, sorted.
    entries: Vec<(PartnerId, RosterEntry)>,
    /// The head of each partner that rolls up to another: the end of its chain.
    heads: HashMap<PartnerId, PartnerId>,
    /// Lower-case tenant ids.
    tenants: HashMap<String, PartnerId>,
    /// By lower-case country.
    markets: HashMap<String, Market>,
    /// Heads that an assumed record is about.
    assumed: HashSet<PartnerId>,
}

/// Name, country and market of one partner.
#[derive(Debug, Default)]
pub(crate) struct RosterEntry {
    /// **Absent**: unknown, or lines disagree.
    pub(crate) name: Option<String>,
    /// **Absent**: unknown, or lines disagree.
    pub(crate) country: Option<String>,
    market: OwnMarket,
}

/// Why the market of a partner is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarketReason<'r> {
    /// A line of the partner states it.
    Stated,
    /// Lines of the partner disagree.
    Contradicted,
    /// It is the market of this country.
    Country(&'r str),
    /// No market of this country is given, or lines disagree.
    UnknownCountry(&'r str),
    /// The lines of the partner state no market and no country, or disagree on the country.
    NoCountry,
    /// The partner has no line.
    NoLine,
}

/// The value of one field in the lines of the best rank that have the field; takes it out of these lines. Of values that are alike, the
/// smallest. Errors: the values, sorted, if they are not alike.
fn stated<T: Ord>(
    records: &mut [PartnerRecord],
    field: impl Fn(&mut PartnerRecord) -> &mut Option<T>,
    are_alike: impl Fn(&T, &T) -> bool,
) -> Result<Option<T>, Vec<T>> {
    let best = records.iter_mut().filter_map(|record| field(record).is_some().then_some(record.rank)).min();
    let of_best = records.iter_mut().filter(|record| Some(record.rank) == best);
    let mut values = of_best.filter_map(|record| field(record).take());
    let first = values.next();
    // Nearly every partner has one line: then this list stays empty, and takes no memory.
    let mut all: Vec<T> = values.collect();
    if all.is_empty() {
        return Ok(first);
    }
    all.extend(first);
    all.sort_unstable();
    match all.windows(2).all(|pair| are_alike(&pair[0], &pair[1])) {
        true => Ok(all.into_iter().next()),
        false => {
            all.dedup();
            Err(all)
        }
    }
}

/// The only value, if there is one.
fn only<T>(values: BTreeSet<T>) -> Option<T> {
    let mut values = values.into_iter();
    let first = values.next();
    if values.next().is_some() { None } else { first }
}

impl Roster {
    /// Builds the roster. Errors: lines that disagree on a roll-up, and roll-ups that form a cycle.
    pub(crate) fn build(
        mut partners: Vec<PartnerRecord>,
        markets: &[MarketRecord],
        warnings: &mut Warnings,
    ) -> (Roster, Vec<InputError>) {
        let mut roster = Roster { markets: country_markets(markets, warnings), ..Roster::default() };
        let mut input_errors = Vec::new();
        let mut parents: BTreeMap<PartnerId, PartnerId> = BTreeMap::new();
        let mut tenants: BTreeMap<String, BTreeSet<PartnerId>> = BTreeMap::new();
        partners.sort_by(|a, b| a.partner.cmp(&b.partner));
        roster.entries.reserve_exact(partners.len());
        for records in partners.chunk_by_mut(|a, b| a.partner == b.partner) {
            let partner = records[0].partner.clone();
            let mut disagree = |field: &str| {
                let text =
                    format!("{partner}: roster lines disagree on its {field}, which is taken as unknown");
                warnings.add(WarningCode::RosterDisagrees, text);
            };
            let name = stated(records, |r| &mut r.name, String::eq).unwrap_or_else(|_| {
                disagree("name");
                None
            });
            let are_alike = |a: &String, b: &String| a.to_lowercase() == b.to_lowercase();
            let country = stated(records, |r| &mut r.country, are_alike).unwrap_or_else(|_| {
                disagree("country");
                None
            });
            let market = stated(records, |r| &mut r.market, Market::eq);
            if market.is_err() {
                disagree("market");
            }
            match stated(records, |r| &mut r.tenant, String::eq) {
                Ok(Some(tenant)) => {
                    tenants.entry(tenant).or_default().insert(partner.clone());
                }
                Ok(None) => {}
                Err(_) => disagree("tenant"),
            }
            match stated(records, |r| &mut r.rolls_up_to, PartnerId::eq) {
                Ok(Some(parent)) if parent != partner => {
                    parents.insert(partner.clone(), parent);
                }
                Ok(_) => {}
                Err(stated_parents) => {
                    let list: Vec<&str> = stated_parents.iter().map(PartnerId::as_str).collect();
                    let message = format!(
                        "roster lines say that {partner} rolls up to {}; keep one",
                        list.join(" and to ")
                    );
                    input_errors.push(InputError {
                        input: None,
                        code: InputErrorCode::RollUpDisagrees,
                        message,
                    });
                }
            }
            let market = OwnMarket::of(market);
            roster.entries.push((partner, RosterEntry { name, country, market }));
        }
        input_errors.extend(roster.follow(&parents));
        roster.map_tenants(tenants, warnings);
        (roster, input_errors)
    }

    /// Follows every chain to its end.
    fn follow(&mut self, parents: &BTreeMap<PartnerId, PartnerId>) -> Vec<InputError> {
        let mut cycles: BTreeSet<Vec<PartnerId>> = BTreeSet::new();
        for start in parents.keys() {
            let mut chain = vec![start.clone()];
            let mut seen = BTreeSet::from([start.clone()]);
            let mut at = start;
            while let Some(parent) = parents.get(at) {
                if !seen.insert(parent.clone()) {
                    let from = chain.iter().position(|p| p == parent).expect("it was seen in this chain");
                    let mut cycle = chain[from..].to_vec();
                    // A cycle is reported once, from its first partner on, whichever chain enters it.
                    let first = (0..cycle.len()).min_by_key(|i| &cycle[*i]).expect("a cycle has a partner");
                    cycle.rotate_left(first);
                    cycles.insert(cycle);
                    break;
                }
                chain.push(parent.clone());
                // A chain that another one ends in was followed already.
                if let Some(head) = self.heads.get(parent) {
                    self.heads.insert(start.clone(), head.clone());
                    break;
                }
                at = parent;
            }
            if !parents.contains_key(at) && !self.heads.contains_key(start) {
                self.heads.insert(start.clone(), at.clone());
            }
        }
        cycles
            .into_iter()
            .map(|mut cycle| {
                cycle.push(cycle[0].clone());
                let list: Vec<&str> = cycle.iter().map(PartnerId::as_str).collect();
                let message =
                    format!("partners roll up to each other: {}; correct the roster", list.join(" to "));
                InputError { input: None, code: InputErrorCode::RollUpCycle, message }
            })
            .collect()
    }

    /// A tenant of several partners maps to their head, if they have one in common.
    fn map_tenants(&mut self, tenants: BTreeMap<String, BTreeSet<PartnerId>>, warnings: &mut Warnings) {
        for (tenant, partners) in tenants {
            let heads: BTreeSet<PartnerId> = partners.iter().map(|p| self.head(p).clone()).collect();
            if partners.len() > 1 && heads.len() > 1 {
                let list: Vec<&str> = partners.iter().map(PartnerId::as_str).collect();
                let text = format!(
                    "tenant {tenant} is that of partners {}, so it names none of them",
                    list.join(", ")
                );
                warnings.add(WarningCode::TenantShared, text);
                continue;
            }
            if let Some(partner) = if partners.len() > 1 { only(heads) } else { only(partners) } {
                self.tenants.insert(tenant, partner);
            }
        }
    }

    /// The head of a partner: the end of its chain of roll-ups; the partner itself if it rolls up to none.
    pub(crate) fn head<'r>(&'r self, partner: &'r PartnerId) -> &'r PartnerId {
        self.heads.get(partner).unwrap_or(partner)
    }

    /// The partner of a lower-case tenant id.
    pub(crate) fn partner_of_tenant(&self, tenant: &str) -> Option<&str> {
        self.tenants.get(tenant).map(PartnerId::as_str)
    }

    /// Every partner that a line names, and every head.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.entries.iter().map(|(partner, _)| partner).chain(self.heads.values())
    }

    /// Partners that roll up to another, with their heads.
    pub(crate) fn rolled_up(&self) -> impl Iterator<Item = (&PartnerId, &PartnerId)> {
        self.heads.iter()
    }

    /// Notes that assumed records are about a partner: it, and its head.
    pub(crate) fn note_assumed(&mut self, partner: &PartnerId) {
        let head = self.head(partner).clone();
        self.assumed.insert(head);
    }

    /// Notes that the market of a country, in lower case, is assumed: every partner whose market it is.
    pub(crate) fn note_assumed_market(&mut self, country: &str) {
        let of_country = self.entries.iter().filter(|(_, entry)| {
            let own = entry.country.as_ref().map(|country| country.to_lowercase());
            entry.market == OwnMarket::NotStated && own.as_deref() == Some(country)
        });
        let of_country: Vec<PartnerId> = of_country.map(|(partner, _)| partner.clone()).collect();
        self.assumed.extend(of_country);
    }

    /// Whether an assumed record is about a head.
    pub(crate) fn is_assumed(&self, head: &PartnerId) -> bool {
        self.assumed.contains(head)
    }

    /// The entry of each partner that a line names, sorted.
    pub(crate) fn entries(&self) -> &[(PartnerId, RosterEntry)] {
        &self.entries
    }

    /// The country whose market is the market of a partner. `None` if lines state a market of the partner, or no country.
    pub(crate) fn country_of_market(&self, partner: &PartnerId) -> Option<&str> {
        let place = self.entries.binary_search_by(|(other, _)| other.cmp(partner)).ok()?;
        let entry = &self.entries[place].1;
        entry.country.as_deref().filter(|_| entry.market == OwnMarket::NotStated)
    }

    /// Why the market of a partner is what it is.
    pub(crate) fn market_reason(&self, partner: &PartnerId) -> MarketReason<'_> {
        let Ok(place) = self.entries.binary_search_by(|(other, _)| other.cmp(partner)) else {
            return MarketReason::NoLine;
        };
        let entry = &self.entries[place].1;
        match (&entry.market, entry.country.as_deref()) {
            (OwnMarket::Stated(_), _) => MarketReason::Stated,
            (OwnMarket::Contradicted, _) => MarketReason::Contradicted,
            (OwnMarket::NotStated, None) => MarketReason::NoCountry,
            (OwnMarket::NotStated, Some(country)) if self.market(entry).is_some() => {
                MarketReason::Country(country)
            }
            (OwnMarket::NotStated, Some(country)) => MarketReason::UnknownCountry(country),
        }
    }

    /// A partner's market: its own, else the market of its country.
    pub(crate) fn market(&self, entry: &RosterEntry) -> Option<Market> {
        match entry.market {
            OwnMarket::Stated(market) => Some(market),
            OwnMarket::Contradicted => None,
            OwnMarket::NotStated => self.markets.get(&entry.country.as_ref()?.to_lowercase()).copied(),
        }
    }
}

#[cfg(test)]
mod tests;
