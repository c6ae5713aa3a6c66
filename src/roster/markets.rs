//! Markets of partners and of countries. Comes in: lines of the roster and of the market file. Goes out: one market for each partner or
//! country, or none where lines disagree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::only;
use crate::base::market::Market;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::rows::small::MarketRecord;

/// A partner's own market, as the roster states it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnMarket {
    /// No line states one, so the market of its country counts.
    #[default]
    NotStated,
    /// All lines that state a market state this one.
    Stated(Market),
    /// Lines disagree: the market is unknown, and the country does not decide.
    Contradicted,
}

impl OwnMarket {
    /// The market that lines state; an error if they disagree.
    pub(super) fn of<E>(stated: Result<Option<Market>, E>) -> OwnMarket {
        match stated {
            Ok(None) => OwnMarket::NotStated,
            Ok(Some(market)) => OwnMarket::Stated(market),
            Err(_) => OwnMarket::Contradicted,
        }
    }
}

/// The market of each country, by its lower-case name.
pub(super) fn country_markets(records: &[MarketRecord], warnings: &mut Warnings) -> HashMap<String, Market> {
    let mut stated: BTreeMap<(String, bool), BTreeSet<Market>> = BTreeMap::new();
    for record in records {
        let key = (record.country.to_lowercase(), record.is_assumed);
        stated.entry(key).or_default().insert(record.market);
    }
    let mut markets = HashMap::new();
    // Of each country, the markets that were read come before those that are assumed, which replace them.
    for ((country, _), values) in stated {
        match only(values) {
            Some(market) => {
                markets.insert(country, market);
            }
            None => {
                let text = format!("{country}: lines disagree on its market, which is taken as unknown");
                warnings.add(WarningCode::MarketsDisagree, text);
                markets.remove(&country);
            }
        }
    }
    markets
}
