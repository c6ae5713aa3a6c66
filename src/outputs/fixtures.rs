//! Facts, verdicts and a rule set for tests of outputs: two partners of `cloud-platform`.

use rust_decimal::Decimal;

use super::{OutputTable, PartnerLines, ReportContext, report_table};
use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::config::rules::{
    CredentialGroup, GroupCounting, Measure, MeasureUnit, Quantity, Requirement, RuleSet, Threshold, Tier,
};
use crate::judge::bounds::Confidence;
use crate::judge::facts::PartnerFacts;
use crate::judge::loss::Loss;
use crate::judge::verdict::{PartnerVerdict, RequirementVerdict, Status, TierVerdict};

pub(super) fn amount(text: &str) -> Amount {
    Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount
}

pub(super) fn rules() -> RuleSet {
    let tier = |name: &str, developed: i64, developing: i64, count: i64| Tier {
        name: name.to_owned(),
        requires: [(0, MeasureUnit::Usd, developed, developing), (3, MeasureUnit::Count, count, count)]
            .map(|(measure, unit, developed, developing)| Requirement {
                measure,
                at_least: Threshold::new(unit, Decimal::from(developed), Decimal::from(developing)).unwrap(),
            })
            .into(),
    };
    let group = |name: &str| CredentialGroup { name: name.to_owned(), credentials: Vec::new() };
    let mut measures = Measure::of_every_rule_set(2);
    measures.push(Measure::individuals(vec![0, 1], GroupCounting::LargestGroup));
    RuleSet {
        measures,
        name: "cloud-platform".to_owned(),
        valid_from: Day::from_ymd_opt(2017, 7, 7).unwrap(),
        valid_until: None,
        title: String::new(),
        source: Vec::new(),
        window_months: 12,
        accepted: Vec::new(),
        retroactive: false,
        groups: vec![group("assessment"), group("exam")],
        tiers: vec![tier("silver", 15_000, 10_000, 1), tier("gold", 100_000, 100_000, 2)],
        what_ifs: Vec::new(),
        text: String::new(),
    }
}

/// What a table borrows stays to the end of the tests.
fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn partner(id: &str) -> &'static PartnerId {
    leaked(PartnerId::parse(id).unwrap())
}

pub(super) fn facts(id: &str, consumption: &str) -> PartnerFacts<'static> {
    PartnerFacts {
        partner: partner(id),
        name: Some(format!("Partner {id}").into()),
        country: Some("France".into()),
        market: Some(Market::Developed),
        values: vec![
            Quantity::Usd(amount(consumption)),
            Quantity::Count(0),
            Quantity::Count(1),
            Quantity::Count(1),
        ],
        includes: Vec::new(),
        lacks_rate: false,
        is_assumed: false,
    }
}

fn tier(
    status: Status,
    money: (Status, Option<&str>, Option<&str>),
    people: (Status, u64, u64),
) -> TierVerdict {
    let usd = |text: Option<&str>| text.map(amount).map(Quantity::Usd);
    let count = |count| Some(Quantity::Count(count));
    let requirement = |status, required, shortfall| RequirementVerdict {
        status,
        actual: Quantity::Count(0),
        required,
        shortfall,
    };
    let requirements = vec![
        requirement(money.0, usd(money.1), usd(money.2)),
        requirement(people.0, count(people.1), count(people.2)),
    ];
    TierVerdict { status, requirements }
}

pub(super) fn silver() -> PartnerVerdict {
    let met = tier(Status::Met, (Status::Met, Some("15000"), Some("0")), (Status::Met, 1, 0));
    let short = (Status::NotMet, Some("100000"), Some("84999.9999999"));
    let not_met = tier(Status::NotMet, short, (Status::NotMet, 2, 1));
    PartnerVerdict { tiers: vec![met, not_met], attained: Some(0), next: Some(1) }
}

pub(super) fn undetermined() -> PartnerVerdict {
    let perhaps = tier(Status::Undetermined, (Status::Undetermined, None, None), (Status::Met, 1, 0));
    let short = (Status::NotMet, Some("100000"), Some("88000"));
    let not_met = tier(Status::NotMet, short, (Status::NotMet, 2, 1));
    PartnerVerdict { tiers: vec![perhaps, not_met], attained: None, next: Some(0) }
}

/// An attained tier is lost on 2017-11-30, by the smallest amount.
fn loss(verdict: &PartnerVerdict) -> Loss {
    let Some(attained) = verdict.attained else { return Loss::default() };
    let lacks = [Quantity::Usd(Amount::from_raw(1)), Quantity::Count(0)];
    let requirements = verdict.tiers[attained].requirements.len();
    Loss {
        lost_on: Day::from_ymd_opt(2017, 11, 30),
        shortfalls: lacks[2 - requirements..].iter().copied().map(Some).collect(),
        reason: None,
    }
}

pub(super) fn table(lines: &[(PartnerFacts<'static>, PartnerVerdict)]) -> OutputTable<'static> {
    table_by(rules(), lines)
}

pub(super) fn table_by(
    rules: RuleSet,
    lines: &[(PartnerFacts<'static>, PartnerVerdict)],
) -> OutputTable<'static> {
    let as_of = Day::from_ymd_opt(2017, 7, 7).unwrap();
    let window = Window::before(as_of, WindowKind::CompleteMonths, 12);
    let rules: &RuleSet = leaked(rules);
    let (facts, verdicts): (Vec<PartnerFacts<'static>>, Vec<PartnerVerdict>) = lines.iter().cloned().unzip();
    let context = leaked(ReportContext { rule_set: rules.id(), as_of, window });
    let confidences = leaked(vec![Confidence::default(); facts.len()]);
    let losses = leaked(verdicts.iter().map(loss).collect::<Vec<Loss>>());
    let (facts, verdicts) = (leaked(facts), leaked(verdicts));
    report_table(rules, context, PartnerLines { facts, verdicts, confidences, losses })
}
