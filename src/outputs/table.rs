//! The report as a table (SPEC 4, "report"): one row a partner. Comes in: facts with their verdicts, in report order.
//! Goes out: a [`Table`]. It decides nothing; it only prints cents.

use super::{Rows, Table, Value};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Window};
use crate::base::market::Market;
use crate::config::own_columns::{REPORT_END, REPORT_START, REPORT_TIER};
use crate::config::rules::RuleSet;
use crate::judge::facts::PartnerFacts;
use crate::judge::verdict::{Status, TierVerdict, Verdict};

/// What a report is about: the same in each of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The rule set: `name@version`.
    pub rule_set: String,
    /// The day for which it was made.
    pub as_of: Day,
    /// The days of consumption.
    pub window: Window,
}

/// The report: a row for each of `facts` with its verdict, in their order. **Rounding**: consumption down, what is required or short
/// up, to the cent. **Absent** cells: what is not known, what a tier does not require, and no tier.
pub fn report_table<'t>(
    rules: &'t RuleSet,
    about: &'t About,
    facts: &'t [PartnerFacts<'t>],
    verdicts: &'t [Verdict],
) -> Table<'t> {
    let columns = columns(rules);
    let cells = columns.len();
    let row = move |nth: usize| {
        let (facts, verdict) = (&facts[nth], &verdicts[nth]);
        let mut row = Vec::with_capacity(cells);
        row.extend([
            text(Some(facts.partner.as_str())),
            text(facts.name.as_deref()),
            text(facts.country.as_deref()),
            text(facts.market.map(Market::as_str)),
            text(Some(&about.rule_set)),
            Value::Date(about.as_of),
            Value::Date(about.window.first),
            Value::Date(about.window.last),
            Value::Usd(facts.consumption.floor_to_cents()),
        ]);
        row.extend(facts.individuals.iter().map(|count| Value::Count(*count)));
        row.push(tier_name(rules, verdict.attained));
        row.extend(verdict.tiers.iter().flat_map(tier_cells));
        row.push(tier_name(rules, verdict.next));
        row.push(Value::Text(notes(facts, verdict).into()));
        row
    };
    Table { columns, rows: Rows::new(facts.len(), row) }
}

fn columns(rules: &RuleSet) -> Vec<String> {
    let mut columns: Vec<String> = REPORT_START.map(String::from).into();
    columns.extend(rules.groups.iter().map(|group| format!("{}_individuals", group.name)));
    columns.push(REPORT_TIER.to_owned());
    let per_tier = [
        "status",
        "consumption_required_usd",
        "consumption_shortfall_usd",
        "individuals_required",
        "individuals_shortfall",
    ];
    for tier in &rules.tiers {
        columns.extend(per_tier.map(|column| format!("{}_{column}", tier.name)));
    }
    columns.extend(REPORT_END.map(String::from));
    columns
}

fn tier_cells<'t>(tier: &TierVerdict) -> [Value<'t>; 5] {
    let usd = |amount: Option<Amount>| amount.map_or(Value::Absent, |a| Value::Usd(a.ceil_to_cents()));
    let count = |count: Option<u64>| count.map_or(Value::Absent, Value::Count);
    [
        text(Some(tier.status.as_str())),
        usd(tier.consumption.and_then(|c| c.required)),
        usd(tier.consumption.and_then(|c| c.shortfall)),
        count(tier.individuals.map(|i| i.required)),
        count(tier.individuals.map(|i| i.shortfall)),
    ]
}

fn tier_name(rules: &RuleSet, tier: Option<usize>) -> Value<'_> {
    text(tier.map(|index| rules.tiers[index].name.as_str()))
}

fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Absent, |text| Value::Text(text.into()))
}

/// The notes of a partner: fixed codes, sorted.
fn notes(facts: &PartnerFacts<'_>, verdict: &Verdict) -> String {
    let mut notes = Vec::new();
    if !facts.includes.is_empty() {
        let ids: Vec<&str> = facts.includes.iter().map(|id| id.as_str()).collect();
        notes.push(format!("includes {}", ids.join(" ")));
    }
    if verdict.tiers.iter().any(depends_on_market) {
        notes.push("market-unknown".to_owned());
    }
    if facts.lacks_rate {
        notes.push("no-rate".to_owned());
    }
    notes.sort();
    notes.join("; ")
}

/// Whether a cell of the tier depends on the market that is not known: a status, or an amount that is left blank for it.
fn depends_on_market(tier: &TierVerdict) -> bool {
    let is_blank = tier.consumption.is_some_and(|c| c.required.is_none() || c.shortfall.is_none());
    tier.status == Status::Undetermined || is_blank
}

#[cfg(test)]
pub(super) mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::base::amount::DecimalMark;
    use crate::base::calendar::WindowKind;
    use crate::base::ids::PartnerId;
    use crate::config::rules::{ConsumptionRequirement, Group, IndividualsRequirement, Tier};
    use crate::judge::verdict::{ConsumptionVerdict, IndividualsVerdict};

    pub(in crate::outputs) fn amount(text: &str) -> Amount {
        Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount
    }

    pub(in crate::outputs) fn rules() -> RuleSet {
        let tier = |name: &str, developed: i64, developing: i64, count| Tier {
            name: name.to_owned(),
            consumption: ConsumptionRequirement::new(Decimal::from(developed), Decimal::from(developing)),
            individuals: Some(IndividualsRequirement { count, groups: vec![0, 1] }),
        };
        let group = |name: &str| Group { name: name.to_owned(), credentials: Vec::new() };
        RuleSet {
            name: "cloud-platform".to_owned(),
            valid_from: Day::from_ymd_opt(2017, 7, 7).unwrap(),
            valid_until: None,
            title: String::new(),
            source: Vec::new(),
            window_months: 12,
            accepted: Vec::new(),
            retroactive: false,
            pooled: false,
            groups: vec![group("assessment"), group("exam")],
            tiers: vec![tier("silver", 15_000, 10_000, 1), tier("gold", 100_000, 100_000, 2)],
            text: String::new(),
        }
    }

    /// What a table borrows stays to the end of the tests.
    fn kept<T>(value: T) -> &'static T {
        Box::leak(Box::new(value))
    }

    pub(in crate::outputs) fn partner(id: &str) -> &'static PartnerId {
        kept(PartnerId::parse(id).unwrap())
    }

    pub(in crate::outputs) fn facts(id: &str, consumption: &str) -> PartnerFacts<'static> {
        PartnerFacts {
            partner: partner(id),
            name: Some(format!("Partner {id}").into()),
            country: Some("France".into()),
            market: Some(Market::Developed),
            consumption: amount(consumption),
            individuals: vec![0, 1].into(),
            pooled_individuals: vec![1, 1].into(),
            includes: Vec::new(),
            lacks_rate: false,
        }
    }

    fn tier(
        status: Status,
        money: (Status, Option<&str>, Option<&str>),
        people: (Status, u64, u64),
    ) -> TierVerdict {
        let (required, shortfall) = (money.1.map(amount), money.2.map(amount));
        TierVerdict {
            status,
            consumption: Some(ConsumptionVerdict { status: money.0, required, shortfall }),
            individuals: Some(IndividualsVerdict {
                status: people.0,
                required: people.1,
                shortfall: people.2,
            }),
        }
    }

    pub(in crate::outputs) fn silver() -> Verdict {
        let met = tier(Status::Met, (Status::Met, Some("15000"), Some("0")), (Status::Met, 1, 0));
        let short = (Status::NotMet, Some("100000"), Some("84999.9999999"));
        let not_met = tier(Status::NotMet, short, (Status::NotMet, 2, 1));
        Verdict { tiers: vec![met, not_met], attained: Some(0), next: Some(1) }
    }

    pub(in crate::outputs) fn undetermined() -> Verdict {
        let perhaps = tier(Status::Undetermined, (Status::Undetermined, None, None), (Status::Met, 1, 0));
        let short = (Status::NotMet, Some("100000"), Some("88000"));
        let not_met = tier(Status::NotMet, short, (Status::NotMet, 2, 1));
        Verdict { tiers: vec![perhaps, not_met], attained: None, next: Some(0) }
    }

    pub(in crate::outputs) fn table(lines: &[(PartnerFacts<'static>, Verdict)]) -> Table<'static> {
        let as_of = Day::from_ymd_opt(2017, 7, 7).unwrap();
        let window = Window::before(as_of, WindowKind::CompleteMonths, 12);
        let rules = kept(rules());
        let (facts, verdicts): (Vec<PartnerFacts<'static>>, Vec<Verdict>) = lines.iter().cloned().unzip();
        report_table(rules, kept(About { rule_set: rules.id(), as_of, window }), kept(facts), kept(verdicts))
    }

    fn csv(lines: &[(PartnerFacts<'static>, Verdict)]) -> String {
        let mut out = Vec::new();
        crate::outputs::write(&table(lines), crate::outputs::Format::Csv, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_columns_follow_the_groups_and_tiers_of_the_rule_set() {
        let expected = "partner_id,partner_name,country,market,rule_set,as_of,window_start,window_end,consumption_usd,\
            assessment_individuals,exam_individuals,tier,silver_status,silver_consumption_required_usd,\
            silver_consumption_shortfall_usd,silver_individuals_required,silver_individuals_shortfall,gold_status,\
            gold_consumption_required_usd,gold_consumption_shortfall_usd,gold_individuals_required,\
            gold_individuals_shortfall,next_tier,notes\n";
        assert_eq!(csv(&[]), expected);
    }

    #[test]
    fn consumption_is_printed_down_and_shortfall_up_so_that_a_row_does_not_contradict_itself() {
        let text = csv(&[(facts("42", "15000.0000001"), silver())]);
        let expected = "42,Partner 42,France,developed,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,\
            15000.00,0,1,silver,met,15000.00,0.00,1,0,not-met,100000.00,85000.00,2,1,gold,";
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn what_depends_on_an_unknown_market_is_blank_and_noted() {
        let unknown = PartnerFacts {
            name: None,
            country: None,
            market: None,
            includes: ["9", "10", "x"].map(partner).into(),
            lacks_rate: true,
            ..facts("42", "12000")
        };
        let text = csv(&[(unknown, undetermined())]);
        let expected = "42,,,,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,12000.00,0,1,,\
            undetermined,,,1,0,not-met,100000.00,88000.00,2,1,silver,includes 9 10 x; market-unknown; no-rate";
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn a_tier_without_a_requirement_has_blank_cells_for_it() {
        let mut verdict = silver();
        verdict.tiers[0].consumption = None;
        verdict.tiers[1].individuals = None;
        let table = table(&[(facts("42", "0"), verdict)]);
        let row = table.rows.get(0).unwrap();
        let cell = |name: &str| &row[table.columns.iter().position(|c| c == name).unwrap()];
        assert_eq!(cell("silver_consumption_required_usd"), &Value::Absent);
        assert_eq!(cell("silver_consumption_shortfall_usd"), &Value::Absent);
        assert_eq!(cell("silver_individuals_required"), &Value::Count(1));
        assert_eq!(cell("gold_individuals_required"), &Value::Absent);
        assert_eq!(cell("gold_individuals_shortfall"), &Value::Absent);
        assert_eq!(cell("notes"), &Value::Text("".into()));
    }
}
