//! Confidence (SPEC 3.8): the tiers that a partner could attain, and the codes of what its tier depends on. Comes in: facts, and what is
//! unknown. Goes out: a [`Confidence`] for each partner. Pure: no IO, no clock.

use rayon::prelude::*;

use super::tiers::{TierSet, TierSpace};
use super::{Unknown, Unknowns};
use crate::base::market::Market;
use crate::config::rules::RuleSet;
use crate::judge::facts::PartnerFacts;
use crate::judge::measures;

/// What the attained tier of a partner depends on. **Order**: as the codes stand in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfidenceCode {
    /// A faulty file was left out.
    FileLeftOut,
    /// A month of the window is not covered.
    MissingMonths,
    /// Rows were refused.
    RefusedRows,
    /// A role that the requirements need has no row.
    RoleMissing,
    /// Consumption is unassociated.
    Unassociated,
    /// The market is unknown.
    UnknownMarket,
}

impl ConfidenceCode {
    /// Every code, in order.
    pub const ALL: [ConfidenceCode; 6] = [
        ConfidenceCode::FileLeftOut,
        ConfidenceCode::MissingMonths,
        ConfidenceCode::RefusedRows,
        ConfidenceCode::RoleMissing,
        ConfidenceCode::Unassociated,
        ConfidenceCode::UnknownMarket,
    ];

    /// The code as it stands in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            ConfidenceCode::FileLeftOut => "file-left-out",
            ConfidenceCode::MissingMonths => "missing-months",
            ConfidenceCode::RefusedRows => "refused-rows",
            ConfidenceCode::RoleMissing => "role-missing",
            ConfidenceCode::Unassociated => "unassociated",
            ConfidenceCode::UnknownMarket => "unknown-market",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// How certain the tier of a partner is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confidence {
    /// The codes of what the tier depends on, sorted. Empty: no other tier is possible.
    pub codes: Vec<ConfidenceCode>,
    /// Indices of the tiers that are possible, the lowest first; `None` stands for no tier. Empty where the tier is certain.
    pub possible: Vec<Option<usize>>,
}

impl Confidence {
    /// Whether no other tier is possible.
    pub fn is_certain(&self) -> bool {
        self.codes.is_empty()
    }

    /// `certain`, or the codes, joined by `+`.
    pub fn text(&self) -> String {
        if self.is_certain() {
            return CERTAIN.to_owned();
        }
        self.codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join("+")
    }
}

/// The confidence of a partner that can have no other tier.
const CERTAIN: &str = "certain";

/// The confidence of each partner, in the order of `facts`.
pub(crate) fn confidence(
    facts: &[PartnerFacts<'_>],
    rules: &RuleSet,
    unknowns: &Unknowns<'_>,
) -> Vec<Confidence> {
    let space = TierSpace::new(rules);
    facts.par_iter().map(|facts| of_partner(facts, &space, rules, unknowns)).collect()
}

fn of_partner(
    facts: &PartnerFacts<'_>,
    space: &TierSpace<'_>,
    rules: &RuleSet,
    unknowns: &Unknowns<'_>,
) -> Confidence {
    let unknown = unknowns.of_partner(facts);
    let present: Vec<ConfidenceCode> =
        ConfidenceCode::ALL.into_iter().filter(|code| unknown.has(*code)).collect();
    if present.is_empty() {
        return Confidence::default();
    }
    let all = present.iter().fold(0, |codes, code| codes | code.bit());
    let partner = PartnerSpace { facts, space, rules, unknown };
    let possible = partner.possible(all, None);
    if possible.count() == 1 {
        return Confidence::default();
    }
    // A code alone is what the tier depends on, unless the market, which no code tells of, is.
    if let ([code], true) = (&*present, facts.market.is_some() || all == ConfidenceCode::UnknownMarket.bit())
    {
        return Confidence { codes: vec![*code], possible: possible.tiers() };
    }
    // Of each set of codes, as bits: the possible tiers by the market that counts as known.
    let contexts: Vec<Option<Market>> = match facts.market {
        Some(_) => vec![None],
        None => Market::ALL.into_iter().map(Some).collect(),
    };
    let is_subset = |codes: &u8| codes & !all == 0;
    let mut by_codes: Vec<Vec<TierSet>> = vec![Vec::new(); usize::from(all) + 1];
    for codes in (0..=all).filter(is_subset) {
        by_codes[usize::from(codes)] = match (codes == all, &*contexts) {
            (true, [None]) => vec![possible.clone()],
            _ => contexts.iter().map(|market| partner.possible(codes, *market)).collect(),
        };
    }
    let widens = |code: &ConfidenceCode| {
        let without = (0..=all).filter(is_subset).filter(|codes| codes & code.bit() == 0);
        without
            .into_iter()
            .any(|codes| by_codes[usize::from(codes)] != by_codes[usize::from(codes | code.bit())])
    };
    Confidence { codes: present.iter().copied().filter(widens).collect(), possible: possible.tiers() }
}

/// Everything that decides which tiers are possible for one partner.
struct PartnerSpace<'p> {
    facts: &'p PartnerFacts<'p>,
    space: &'p TierSpace<'p>,
    rules: &'p RuleSet,
    unknown: PartnerUnknowns,
}

impl PartnerSpace<'_> {
    /// The tiers that are possible if what these codes stand for is unknown, and everything else is as the run knows it. `assumed`: the
    /// market, where the run does not know it and no code says so.
    fn possible(&self, codes: u8, assumed: Option<Market>) -> TierSet {
        let unknown = self.unknown.of_codes(codes);
        let known = if unknown.market { None } else { self.facts.market.or(assumed) };
        let bounds = measures::bounds(self.rules, &self.facts.values, &unknown);
        match known {
            Some(market) => self.space.possible(&bounds, &[market]),
            None => self.space.possible(&bounds, &Market::ALL),
        }
    }
}

/// What each code leaves unknown of one partner.
#[derive(Debug, Default)]
pub(super) struct PartnerUnknowns {
    /// By the number of the code.
    pub(super) by_code: [Unknown; ConfidenceCode::ALL.len()],
    /// Consumption that both refused rows and unassociated consumption leave unknown, so that it counts once.
    pub(super) both: super::AmountReach,
}

impl PartnerUnknowns {
    /// Whether a code leaves anything unknown.
    fn has(&self, code: ConfidenceCode) -> bool {
        !self.by_code[code as usize].is_none()
    }

    /// What several codes leave unknown together.
    fn of_codes(&self, codes: u8) -> Unknown {
        let has = |code: ConfidenceCode| codes & code.bit() != 0;
        let mut all = Unknown::default();
        for code in ConfidenceCode::ALL.into_iter().filter(|code| has(*code)) {
            all.add(&self.by_code[code as usize]);
        }
        if has(ConfidenceCode::RefusedRows) && has(ConfidenceCode::Unassociated) {
            all.consumption.take_away(self.both);
        }
        all
    }
}
