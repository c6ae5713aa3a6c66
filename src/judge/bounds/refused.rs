//! The refused facts of a run, sorted by what they can change. Comes in: the tally of rejects. Goes out: associations, rates, markets,
//! roster lines and passes that may be other than the run knows. It moves no value.

use std::collections::BTreeSet;

use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, Window};
use crate::base::ids::{PartnerId, SubscriptionId};
use crate::config::rules::{CredentialIndex, RuleSet};
use crate::diagnostics::refused_fact::{RefusedFact, RefusedParent};
use crate::diagnostics::reject::{BoundsKey, RejectBounds, RejectTally};
use crate::judge::facts::consumption::RateTable;
use crate::judge::measures::individuals::accepted_groups;

use super::reach::AmountReach;
use super::repeated::RepeatedRejects;

/// Refused facts of all small roles.
#[derive(Debug, Default)]
pub(crate) struct RefusedFacts {
    pub(crate) associations: RefusedAssociations,
    pub(crate) rates: RefusedRates,
    pub(super) markets: RefusedMarkets,
    pub(super) roster_lines: Vec<RefusedLine>,
    pub(super) passes: Vec<RefusedPass>,
    /// Refused rows of exports that repeat consumption.
    pub(crate) repeated: RepeatedRejects,
}

/// Refused associations of a type that the rule set may accept.
#[derive(Debug, Default)]
pub(crate) struct RefusedAssociations {
    subscriptions: BTreeSet<SubscriptionId>,
    /// Whether a refused association names no subscription.
    names_none: bool,
}

/// Refused rates. An **absent** part may be any.
#[derive(Debug, Default)]
pub(crate) struct RefusedRates(Vec<(Option<String>, Option<Month>)>);

/// Countries of refused markets.
#[derive(Debug, Default)]
pub(super) struct RefusedMarkets {
    /// Lower case.
    pub(super) countries: BTreeSet<String>,
    /// Whether a refused market names no country.
    pub(super) names_none: bool,
}

/// A refused line of the roster.
#[derive(Debug)]
pub(super) struct RefusedLine {
    /// **Absent**: any partner.
    pub(super) partner: Option<PartnerId>,
    pub(super) parent: RefusedParent,
    pub(super) may_have_tenant: bool,
}

/// A refused pass.
#[derive(Debug)]
pub(super) struct RefusedPass {
    /// **Absent**: any partner.
    pub(super) partner: Option<PartnerId>,
    /// Codes and titles. **Absent**: any credential.
    pub(super) credential: Option<(Vec<String>, Vec<String>)>,
    /// **Absent**: any day.
    pub(super) completed_on: Option<Day>,
    pub(super) rows: u64,
}

impl RefusedFacts {
    /// The refused facts of a tally that can change a figure, for a rule set that accepts these associations.
    pub(crate) fn of(rejects: &RejectTally, accepted: AssociationSet) -> RefusedFacts {
        let mut facts = RefusedFacts::default();
        let id = |text: &Option<String>| text.as_deref().and_then(PartnerId::parse);
        for (fact, rows) in rejects.facts() {
            match fact {
                RefusedFact::Association { subscription, association } => {
                    if association.is_some_and(|of| !AssociationSet::of(of).meets(accepted)) {
                        continue;
                    }
                    match subscription {
                        Some(text) => {
                            facts.associations.subscriptions.insert(SubscriptionId::of(text));
                        }
                        None => facts.associations.names_none = true,
                    }
                }
                RefusedFact::Rate { currency, month } => {
                    facts.rates.0.push((currency.clone(), *month));
                }
                RefusedFact::Market { country: Some(country) } => {
                    facts.markets.countries.insert(country.clone());
                }
                RefusedFact::Market { country: None } => facts.markets.names_none = true,
                RefusedFact::RosterLine { partner, parent, may_have_tenant } => {
                    facts.roster_lines.push(RefusedLine {
                        partner: id(partner),
                        parent: parent.clone(),
                        may_have_tenant: *may_have_tenant,
                    });
                }
                RefusedFact::Pass { partner, credential, completed_on } => facts.passes.push(RefusedPass {
                    partner: id(partner),
                    credential: credential.clone(),
                    completed_on: *completed_on,
                    rows,
                }),
            }
        }
        facts
    }
}

impl RefusedAssociations {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && !self.names_none
    }

    /// Whether a refused association may be of this subscription, given in the form in which subscriptions are compared.
    pub(crate) fn may_be_of(&self, subscription: &str) -> bool {
        let has = || self.subscriptions.contains(&SubscriptionId::of(subscription));
        !subscription.is_empty() && (self.names_none || (!self.subscriptions.is_empty() && has()))
    }
}

impl RefusedRates {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a refused rate may be the rate of this currency and month. USD needs no rate.
    pub(crate) fn may_be_of(&self, currency: &str, month: Month) -> bool {
        let is_it = |(of, when): &(Option<String>, Option<Month>)| {
            of.as_deref().is_none_or(|of| of == currency) && when.is_none_or(|when| when == month)
        };
        currency != "USD" && self.0.iter().any(is_it)
    }
}

impl RefusedMarkets {
    /// Whether a refused market may be the market of this country.
    pub(super) fn may_be_of(&self, country: &str) -> bool {
        self.names_none || (!self.countries.is_empty() && self.countries.contains(&country.to_lowercase()))
    }
}

impl RefusedFacts {
    /// Each refused pass, with the groups to which its credential could belong on `as_of`.
    pub(super) fn groups_of_passes(&self, rules: &RuleSet, as_of: Day) -> Vec<(&RefusedPass, Vec<usize>)> {
        let index = CredentialIndex::of(rules);
        self.passes.iter().map(|pass| (pass, pass.groups(rules, &index, as_of))).collect()
    }
}

impl RefusedPass {
    /// The groups to which the credential could belong on `as_of`; none if the pass cannot count.
    pub(super) fn groups(&self, rules: &RuleSet, index: &CredentialIndex, as_of: Day) -> Vec<usize> {
        match &self.credential {
            _ if self.completed_on.is_some_and(|day| day > as_of) => Vec::new(),
            None => (0..rules.groups.len()).collect(),
            Some((codes, titles)) => accepted_groups(codes, titles, rules, index, as_of),
        }
    }
}

impl PossibleRates<'_> {
    /// How far refused rows could move an amount in USD: each counts or not; a row whose amount was not read may be anything.
    pub(super) fn of_rejects(&self, key: &BoundsKey, bounds: &RejectBounds) -> AmountReach {
        let Some(currency) = &key.currency else { return AmountReach::ANYTHING };
        let mut reach = AmountReach::default();
        for amount in [bounds.negative, bounds.positive] {
            reach.add(match key.day {
                Some(day) => self.reach(currency, Month::of(day), amount),
                None => self.reach_of_any_month(currency, amount),
            });
        }
        reach
    }
}

/// Conversion to USD where a rate may be unknown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PossibleRates<'r> {
    pub(crate) rates: &'r RateTable,
    pub(crate) refused: &'r RefusedRates,
    pub(crate) window: Window,
}

impl PossibleRates<'_> {
    /// The amount in USD. **Absent**: the rate is unknown, or the product is too large.
    pub(crate) fn usd(&self, currency: &str, month: Month, amount: Amount) -> Option<Amount> {
        if currency == "USD" {
            return Some(amount);
        }
        let rate = self.rates.get(&(currency.to_owned(), month))?;
        if self.refused.may_be_of(currency, month) { None } else { amount.convert(*rate) }
    }

    /// How far an amount of a month, that may count or not, could move an amount in USD.
    pub(crate) fn reach(&self, currency: &str, month: Month, amount: Amount) -> AmountReach {
        match self.usd(currency, month, amount) {
            Some(usd) => AmountReach::of_amount(usd),
            None => AmountReach::of_sign(amount),
        }
    }

    /// How far an amount of any month of the window could move an amount in USD.
    pub(super) fn reach_of_any_month(&self, currency: &str, amount: Amount) -> AmountReach {
        if currency == "USD" {
            return AmountReach::of_amount(amount);
        }
        let (first, last) = (Month::of(self.window.first).number(), Month::of(self.window.last).number());
        let usd = (first..=last).map(|number| self.usd(currency, Month::from_number(number), amount));
        // An unknown rate of one month makes the amount unknown.
        let usd: Option<Vec<Amount>> = usd.collect();
        let greatest = usd.and_then(|usd| usd.into_iter().max_by_key(|usd| usd.raw().unsigned_abs()));
        greatest.map_or(AmountReach::of_sign(amount), AmountReach::of_amount)
    }
}
