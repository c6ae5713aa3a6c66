//! A random case: files with unknowns, and for each head every completion of its unknowns, written from the words of SPEC 3.8.

use std::collections::{BTreeMap, BTreeSet};

use super::dice::Dice;
use super::effects::{AnyAmount, Effect, Item, any, counts};
use crate::base::calendar::Month;
use crate::base::market::Market;
use crate::judge::bounds::ConfidenceCode;

pub(super) const PARTNERS: [&str; 4] = ["1", "2", "3", "4"];
const COUNTRIES: [&str; 2] = ["france", "peru"];

/// The files of a case, and the unknowns of each head.
#[derive(Default)]
pub(super) struct Case {
    pub(super) usage: String,
    pub(super) enterprise: String,
    pub(super) insights: String,
    pub(super) associations: String,
    pub(super) partners: String,
    pub(super) markets: String,
    pub(super) rates: String,
    pub(super) credentials: String,
    pub(super) missing_months: Vec<Month>,
    /// Exact consumption, assessments and exams of each head as the run knows them.
    pub(super) known: BTreeMap<usize, (i64, u64, u64)>,
    pub(super) market_of: BTreeMap<usize, Option<Market>>,
    pub(super) head_of: Vec<usize>,
    pub(super) items: Vec<(usize, Item)>,
    next_row: usize,
}

pub(super) fn day_of(month: u64) -> String {
    let (year, month) = if month < 6 { (2016, month + 7) } else { (2017, month - 5) };
    format!("{year}-{month:02}-15")
}

pub(super) fn first_of(month: u64) -> String {
    day_of(month).replace("-15", "-01")
}

impl Case {
    pub(super) fn row(&mut self) -> usize {
        self.next_row += 1;
        self.next_row
    }

    pub(super) fn heads(&self) -> BTreeSet<usize> {
        self.head_of.iter().copied().collect()
    }

    pub(super) fn item(&mut self, head: usize, code: ConfidenceCode, mut completions: Vec<Effect>) {
        completions.insert(0, Effect::default());
        self.items.push((head, Item { code, options: completions }));
    }

    fn everyone(&mut self, code: ConfidenceCode, completion: &Effect) {
        for head in self.heads() {
            self.item(head, code, vec![completion.clone()]);
        }
    }

    pub(super) fn add_known(&mut self, partner: usize, amount: i64, assessments: u64, exams: u64) {
        let of_head = self.known.entry(self.head_of[partner]).or_default();
        of_head.0 += amount;
        of_head.1 += assessments;
        of_head.2 += exams;
    }

    fn usage_line(&mut self, day: &str, partner: &str, association: &str, amount: &str, currency: &str) {
        let line = format!("{day},{partner},{association},sub-x,{amount},{currency}\n");
        self.usage.push_str(&line);
    }

    pub(super) fn of(seed: u64) -> Case {
        let mut dice = Dice(seed);
        let mut case = Case {
            usage: "date,partner_id,association,subscription_id,amount,currency\n".to_owned(),
            enterprise: "Date,AccountOwnerId,ChargeType,SubscriptionId,PublisherType,BillingCurrencyCode,CostInBillingCurrency\n".to_owned(),
            insights: "Month,MPNId,PartnerAttributionType,SubscriptionId,ACR_USD\n2017-01,1,DPOR,sub-of-none,0\n".to_owned(),
            associations: "subscription_id,partner_id,type,from,to\n".to_owned(),
            partners: "partner_id,name,country,market,rolls_up_to,tenant_id\n".to_owned(),
            markets: "country,market\n".to_owned(),
            rates: "currency,month,usd_per_unit\n".to_owned(),
            credentials: "partner_id,individual_id,email,kind,credential,completed_on,expires_on\n".to_owned(),
            ..Case::default()
        };
        case.roster(&mut dice);
        case.known_rows(&mut dice);
        let unknowns = 1 + dice.roll(3);
        for _ in 0..unknowns {
            match dice.roll(14) {
                0 | 1 => case.refused_row(&mut dice),
                2 => case.refused_amount(&mut dice),
                3 => case.row_of_anyone(&mut dice),
                4 => case.refused_pass(&mut dice),
                5 => case.without_rate(&mut dice),
                6 => case.refused_roster_line(&mut dice),
                7 => case.refused_row_of_a_subscription(&mut dice),
                8 if case.missing_months.is_empty() => {
                    case.missing_months.push(Month::of("2016-09-01".parse().unwrap()));
                    case.everyone(ConfidenceCode::MissingMonths, &any(AnyAmount::Positive));
                }
                9 | 10 => case.associations_of(&mut dice),
                11 | 12 => case.repeated_row(&mut dice),
                _ => case.refused_row(&mut dice),
            }
        }
        if case.known.values().all(|(_, assessments, exams)| assessments + exams == 0) {
            let completions: Vec<Effect> = [(1, 0), (0, 1), (2, 0), (9, 9)]
                .map(|(assessments, exams)| Effect { assessments, exams, ..Effect::default() })
                .into();
            for head in case.heads() {
                case.item(head, ConfidenceCode::RoleMissing, completions.clone());
            }
        }
        case
    }

    fn roster(&mut self, dice: &mut Dice) {
        let rolls_up = dice.one_in(3);
        let country_market: Vec<Option<Market>> = COUNTRIES
            .iter()
            .map(|country| match dice.roll(4) {
                0 => {
                    // A refused market: the row is there, and its word is not understood.
                    self.markets.push_str(&format!("{country},?\n"));
                    None
                }
                nth => {
                    let market = Market::ALL[usize::try_from(nth % 2).unwrap()];
                    self.markets.push_str(&format!("{country},{}\n", market.as_str()));
                    Some(market)
                }
            })
            .collect();
        for (nth, partner) in PARTNERS.iter().enumerate() {
            let head = if nth == 3 && rolls_up { 0 } else { nth };
            self.head_of.push(head);
            let parent = if head == nth { "" } else { PARTNERS[head] };
            let (stated, country) = match dice.roll(5) {
                0 => (Some(Market::Developed), None),
                1 => (Some(Market::Developing), None),
                2 | 3 => (None, Some(usize::try_from(dice.roll(2)).unwrap())),
                _ => (None, None),
            };
            let word = stated.map_or("", Market::as_str);
            let country_name = country.map_or("", |country| COUNTRIES[country]);
            self.partners.push_str(&format!("{partner},,{country_name},{word},{parent},\n"));
            if head != nth {
                continue;
            }
            let market = stated.or(country.and_then(|country| country_market[country]));
            self.market_of.insert(nth, market);
            if market.is_none() {
                let both = Market::ALL.map(|market| Effect { market: Some(market), ..Effect::default() });
                self.item(nth, ConfidenceCode::UnknownMarket, both.clone().into());
                if country.is_some() {
                    self.item(nth, ConfidenceCode::RefusedRows, both.into());
                }
            }
        }
    }

    fn known_rows(&mut self, dice: &mut Dice) {
        let has_people = !dice.one_in(6);
        for (nth, partner) in PARTNERS.iter().enumerate() {
            let amount =
                dice.pick(&[0_i64, 4_000, 9_000, 9_999, 10_000, 14_990, 15_000, 60_000, 99_995, 100_000]);
            let month = dice.roll(12);
            let amount_text = amount.to_string();
            self.usage_line(&day_of(month), partner, "dpor", &amount_text, "USD");
            self.add_known(nth, amount, 0, 0);
            let people = if has_people { dice.roll(4) } else { 0 };
            for person in 0..people {
                let (exam, code) = if dice.one_in(2) { (1, "70-533") } else { (0, "13736") };
                let kind = if exam == 1 { "exam" } else { "assessment" };
                self.credentials
                    .push_str(&format!("{partner},MC-{nth}-{person},,{kind},{code},2017-01-31,\n"));
                self.add_known(nth, 0, 1 - exam, exam);
            }
        }
        // The enterprise export is always there, so that its dialect needs no case of its own.
        self.enterprise.push_str("2017-01-15,,Usage,sub-of-none,Azure,USD,1\n");
    }

    /// A row of its partner that is refused for its association: that amount or nothing.
    fn refused_row(&mut self, dice: &mut Dice) {
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let amount = dice.pick(&[5_i64, 1_000, 5_000, -5, -6_000, 50_000, 90_000]);
        let is_outside = dice.one_in(8);
        let day = if is_outside { "2015-01-15".to_owned() } else { day_of(dice.roll(12)) };
        self.usage_line(&day, PARTNERS[partner], "?", &amount.to_string(), "USD");
        if !is_outside {
            let row = self.row();
            self.item(self.head_of[partner], ConfidenceCode::RefusedRows, vec![counts(row, amount)]);
        }
    }

    /// A row of its partner whose amount is no number: anything, unless its association is not accepted.
    fn refused_amount(&mut self, dice: &mut Dice) {
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let association = dice.pick(&["dpor", "tpor", "csp-tier-2", "pal"]);
        self.usage_line(&day_of(dice.roll(12)), PARTNERS[partner], association, "x", "USD");
        if association != "pal" {
            self.item(self.head_of[partner], ConfidenceCode::RefusedRows, vec![any(AnyAmount::Any)]);
        }
    }

    /// A row that names no partner, or whose cells cannot be told apart.
    fn row_of_anyone(&mut self, dice: &mut Dice) {
        if dice.one_in(3) {
            self.usage.push_str("2017-01-15,1\n");
            self.everyone(ConfidenceCode::RefusedRows, &any(AnyAmount::Any));
            return;
        }
        let amount = dice.pick(&[5_i64, 1_000, -5, 5_000, 90_000]);
        self.usage_line(&day_of(dice.roll(12)), "", "dpor", &amount.to_string(), "USD");
        let row = self.row();
        self.everyone(ConfidenceCode::RefusedRows, &counts(row, amount));
    }

    fn refused_pass(&mut self, dice: &mut Dice) {
        let partner = usize::try_from(dice.roll(5)).unwrap();
        let name = PARTNERS.get(partner).copied().unwrap_or_default();
        let (code, groups): (&str, &[(u64, u64)]) = match dice.roll(3) {
            0 => ("70-533", &[(0, 1)]),
            1 => ("13736", &[(1, 0)]),
            _ => ("99999", &[]),
        };
        // A record without a credential could be of any group; a person may pass several.
        let (code, groups) =
            if dice.one_in(3) { ("", &[(1, 0), (0, 1), (1, 1)][..]) } else { (code, groups) };
        let (day, groups) = match dice.roll(3) {
            // A pass after the day of the report cannot count; it is refused for having no person.
            0 => ("2018-01-31", &[][..]),
            1 => ("31 of January", groups),
            _ => ("2017-01-31", groups),
        };
        let person = if day == "31 of January" { "MC-x" } else { "" };
        self.credentials.push_str(&format!("{name},{person},,exam,{code},{day},\n"));
        let completions: Vec<Effect> = groups
            .iter()
            .map(|(assessments, exams)| Effect {
                assessments: *assessments,
                exams: *exams,
                ..Effect::default()
            })
            .collect();
        let heads = match PARTNERS.get(partner) {
            Some(_) => BTreeSet::from([self.head_of[partner]]),
            None => self.heads(),
        };
        for head in heads {
            self.item(head, ConfidenceCode::RefusedRows, completions.clone());
        }
    }

    /// Credit in euros: of a month whose rate is known, whose rate was refused, or that has none.
    fn without_rate(&mut self, dice: &mut Dice) {
        let month = dice.roll(12);
        if self.rates.contains(&first_of(month)[..7]) || self.usage.contains("EUR") {
            return;
        }
        let known = dice.roll(3);
        match known {
            0 => self.rates.push_str(&format!("EUR,{},2\n", &first_of(month)[..7])),
            1 => self.rates.push_str(&format!("EUR,{},x\n", &first_of(month)[..7])),
            _ => {}
        }
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let amount = dice.pick(&[1_000_i64, -1_000, 40_000]);
        let is_refused = dice.one_in(2);
        let association = if is_refused { "?" } else { "dpor" };
        self.usage_line(&day_of(month), PARTNERS[partner], association, &amount.to_string(), "EUR");
        let head = self.head_of[partner];
        let sign = if amount > 0 { AnyAmount::Positive } else { AnyAmount::Negative };
        match (known, is_refused) {
            (0, false) => self.add_known(partner, 2 * amount, 0, 0),
            (0, true) => {
                let row = self.row();
                self.item(head, ConfidenceCode::RefusedRows, vec![counts(row, 2 * amount)]);
            }
            _ => self.item(head, ConfidenceCode::RefusedRows, vec![any(sign)]),
        }
    }

    /// A second line of a partner of the roster, refused for its market: the market is unknown, and a roll-up that it names may hold.
    fn refused_roster_line(&mut self, dice: &mut Dice) {
        let partner = usize::try_from(dice.roll(4)).unwrap();
        let country = "";
        self.partners.push_str(&format!("{},,{country},?,,\n", PARTNERS[partner]));
        if self.head_of[partner] == partner {
            let both = Market::ALL.map(|market| Effect { market: Some(market), ..Effect::default() });
            self.item(partner, ConfidenceCode::RefusedRows, both.into());
        }
    }
}
