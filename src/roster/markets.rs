//! Markets: what the roster says of a partner's own, and those of countries. Comes in: what lines say. Goes out: one market, or
//! none where they disagree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::only;
use crate::base::market::Market;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::rows::small::MarketRecord;

/// What the roster says of a partner's own market.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnMarket {
    /// Nothing: that of its country counts.
    #[default]
    NotSaid,
    /// This one.
    Said(Market),
    /// Lines disagree: it is unknown, and its country does not decide between them.
    Contradicted,
}

impl OwnMarket {
    pub(super) fn of(said: &BTreeSet<Market>) -> OwnMarket {
        match said.first() {
            None => OwnMarket::NotSaid,
            Some(market) if said.len() == 1 => OwnMarket::Said(*market),
            Some(_) => OwnMarket::Contradicted,
        }
    }
}

/// By lower-case country.
pub(super) fn country_markets(records: &[MarketRecord], warnings: &mut Warnings) -> HashMap<String, Market> {
    let mut said: BTreeMap<String, BTreeSet<Market>> = BTreeMap::new();
    for record in records {
        said.entry(record.country.to_lowercase()).or_default().insert(record.market);
    }
    let mut markets = HashMap::new();
    for (country, values) in said {
        match only(values) {
            Some(market) => {
                markets.insert(country, market);
            }
            None => {
                let text = format!("{country}: lines disagree on its market, which is taken as unknown");
                warnings.add(WarningCode::MarketsDisagree, text);
            }
        }
    }
    markets
}
