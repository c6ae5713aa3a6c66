//! Every filter at its edge, sorting by kinds of values, and laws of any question.

use proptest::prelude::*;

use super::*;
use crate::config::rules::Quantity;
use crate::judge::bounds::Confidence;
use crate::judge::facts::PartnerFacts;
use crate::judge::loss::Loss;
use crate::judge::verdict::{PartnerVerdict, judge};
use crate::outputs::fixtures::{amount, facts, partner, rules};
use crate::outputs::{OutputFormat, write};

type Line = (PartnerFacts<'static>, PartnerVerdict);

/// A partner with so much consumption and one person, or 2 from 100,000 on; `country` may be blank.
fn line(id: &str, country: &str, consumption: &str) -> Line {
    let country = (!country.is_empty()).then(|| country.to_owned().into());
    let mut facts = PartnerFacts { country, ..facts(id, consumption) };
    if amount(consumption) >= amount("100000") {
        facts.values[1..].fill(Quantity::Count(2));
    }
    let verdict = judge(&facts, &rules());
    (facts, verdict)
}

/// Lines in report order: silver in France lacks 85,000 for gold; no tier in Korea lacks 0.01 for silver; gold; no tier lacks 13,500.
fn lines() -> Vec<Line> {
    vec![
        line("9", "France", "15000"),
        line("10", "Korea, Republic of", "14999.99"),
        line("200", "", "100000"),
        line("x", "france", "1500"),
    ]
}

/// The CSV of what a question selects, and how many lines are not shown.
fn asked(question: &ReportQuestion, lines: &[Line]) -> Result<(String, usize), String> {
    let (facts, verdicts): (Vec<PartnerFacts<'static>>, Vec<PartnerVerdict>) = lines.iter().cloned().unzip();
    let confidences = vec![Confidence::default(); facts.len()];
    let losses = vec![Loss::default(); facts.len()];
    let partners =
        PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &losses };
    let day = Day::from_ymd_opt(2017, 7, 7).unwrap();
    let context =
        ReportContext { rule_set: rules().id(), as_of: day, window: Window { first: day, last: day } };
    let rules = rules();
    let told = |error: Error| error.to_string();
    question.check(&rules).map_err(told)?;
    let selected = question.select(&rules, &context, partners).map_err(told)?;
    let mut out = Vec::new();
    write(&selected.table, OutputFormat::Csv, &mut out).unwrap();
    assert_eq!(selected.positions.len() + selected.not_shown, lines.len());
    Ok((String::from_utf8(out).unwrap(), selected.not_shown))
}

/// The ids of the lines that a question selects, in order.
fn ids(question: ReportQuestion) -> Vec<String> {
    let question = ReportQuestion { columns: vec!["partner_id".to_owned()], ..question };
    let (csv, _) = asked(&question, &lines()).unwrap();
    csv.lines().skip(1).map(str::to_owned).collect()
}

fn sorted(columns: &[(&str, SortOrder)]) -> Vec<String> {
    let key = |(column, order): &(&str, SortOrder)| SortKey { column: (*column).to_owned(), order: *order };
    ids(ReportQuestion { sort: columns.iter().map(key).collect(), ..ReportQuestion::default() })
}

fn of(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn nearness_is_an_amount_or_a_percentage() {
    assert_eq!(Nearness::parse("1500.50"), Some(Nearness::Usd(amount("1500.5"))));
    assert_eq!(Nearness::parse("0"), Some(Nearness::Usd(Amount::ZERO)));
    assert_eq!(Nearness::parse("10%"), Some(Nearness::Percent(Decimal::TEN)));
    assert_eq!(Nearness::parse("0.5%"), Some(Nearness::Percent(Decimal::new(5, 1))));
    for text in ["", "%", "-1", "1,500", "101%", "-5%", "1e1%", "ten", "NaN%"] {
        assert_eq!(Nearness::parse(text), None, "{text}");
    }
}

#[test]
fn near_looks_at_the_missing_consumption_alone_and_takes_its_bound_in() {
    let near = |text: &str| ids(ReportQuestion { near: Nearness::parse(text), ..ReportQuestion::default() });
    // Gold has no next tier. Silver needs 15,000 in a developed market, gold 100,000; 9 lacks a person for gold.
    assert_eq!(near("0"), [""; 0]);
    assert_eq!(near("0.01"), ["10"]);
    assert_eq!(near("13500"), ["10", "x"]);
    assert_eq!(near("13499.99"), ["10"]);
    assert_eq!(near("85%"), ["9", "10"]);
    assert_eq!(near("84.9%"), ["10"]);
    assert_eq!(near("90%"), ["9", "10", "x"]);
}

#[test]
fn an_unknown_market_is_near_only_if_every_market_is() {
    let mut unknown = line("1", "", "9500");
    unknown.0.market = None;
    unknown.1 = judge(&unknown.0, &rules());
    let near = |text: &str| {
        let question = ReportQuestion { near: Nearness::parse(text), ..ReportQuestion::default() };
        asked(&question, std::slice::from_ref(&unknown)).unwrap().1 == 0
    };
    assert!(!near("5499.99") && near("5500"));
}

#[test]
fn countries_and_tiers_are_compared_in_any_case_and_a_comma_may_be_part_of_a_name() {
    let question = |countries: &[&str], tiers: &[&str]| ReportQuestion {
        countries: of(countries),
        tiers: of(tiers),
        ..ReportQuestion::default()
    };
    assert_eq!(ids(question(&["FRANCE"], &[])), ["9", "x"]);
    assert_eq!(ids(question(&["Korea, Republic of"], &[])), ["10"]);
    assert_eq!(ids(question(&["korea, republic of", "France"], &["none"])), ["10", "x"]);
    assert_eq!(ids(question(&[], &["Gold", "silver"])), ["9", "200"]);
    let told = asked(&question(&["Frnace"], &[]), &lines()).unwrap_err();
    assert_eq!(told, "--country: no partner is in `Frnace`; the nearest is `France`");
    let told = asked(&question(&[], &["sliver"]), &lines()).unwrap_err();
    assert_eq!(told, "--tier: `sliver` is no tier; the nearest is `silver`");
}

#[test]
fn a_partner_that_rolls_up_has_the_line_of_its_head_and_an_unknown_one_is_an_error() {
    let mut all = lines();
    all[1].0.includes = vec![partner("77")];
    let question = |id: &str| ReportQuestion {
        partners: vec![PartnerId::parse(id).unwrap()],
        columns: of(&["partner_id"]),
        ..ReportQuestion::default()
    };
    assert_eq!(asked(&question("77"), &all).unwrap(), ("partner_id\n10\n".to_owned(), 3));
    assert!(
        asked(&question("78"), &all)
            .unwrap_err()
            .contains("unknown-partner: --partner: no input names the partner 78")
    );
}

#[test]
fn lines_are_sorted_by_value_blanks_last_and_ties_in_report_order() {
    use SortOrder::{Ascending, Descending};
    assert_eq!(sorted(&[("consumption_usd", Ascending)]), ["x", "10", "9", "200"]);
    assert_eq!(sorted(&[("consumption_usd", Descending)]), ["200", "9", "10", "x"]);
    assert_eq!(sorted(&[("partner_id", Descending)]), ["x", "200", "10", "9"]);
    assert_eq!(sorted(&[("tier", Ascending)]), ["9", "200", "10", "x"]);
    assert_eq!(sorted(&[("tier", Descending)]), ["200", "9", "10", "x"]);
    assert_eq!(sorted(&[("country", Ascending)]), ["9", "x", "10", "200"]);
    assert_eq!(sorted(&[("next_individuals_shortfall", Descending)]), ["9", "10", "x", "200"]);
    assert_eq!(sorted(&[("next_tier", Ascending), ("consumption_usd", Ascending)]), ["x", "10", "9", "200"]);
}

#[test]
fn columns_stand_in_the_order_of_their_names_and_unknown_ones_are_told_with_the_nearest() {
    let question =
        |columns: &[&str]| ReportQuestion { columns: of(columns), top: Some(1), ..ReportQuestion::default() };
    let (csv, not_shown) = asked(&question(&["tier", "partner_id", "as_of"]), &lines()).unwrap();
    assert_eq!((csv.as_str(), not_shown), ("tier,partner_id,as_of\nsilver,9,2017-07-07\n", 3));
    let told = asked(&question(&["teir"]), &lines()).unwrap_err();
    assert_eq!(told, "--columns: `teir` is no column of the report; the nearest is `tier`");
    assert_eq!(
        asked(&question(&["tier", "tier"]), &lines()).unwrap_err(),
        "--columns: `tier` is given twice"
    );
    let tiers = ReportQuestion { tiers: of(&["platinum"]), ..ReportQuestion::default() };
    let told = asked(&tiers, &lines()).unwrap_err();
    assert_eq!(told, "--tier: `platinum` is no tier; there are silver, gold, none, undetermined");
    let sort = vec![SortKey { column: "consumtion_usd".to_owned(), order: SortOrder::Ascending }];
    let told = asked(&ReportQuestion { sort, ..ReportQuestion::default() }, &lines()).unwrap_err();
    assert_eq!(told, "--sort: `consumtion_usd` is no column of the report; the nearest is `consumption_usd`");
}

proptest! {
    #[test]
    fn any_question_shows_lines_of_the_whole_report_each_once(
        consumption in proptest::collection::vec(0..200_000_u32, 0..40),
        near in proptest::option::of(0..101_u32),
        top in proptest::option::of(1..50_usize),
        tier in proptest::option::of(0..3_usize),
        order in proptest::sample::select(vec![SortOrder::Ascending, SortOrder::Descending]),
    ) {
        let all: Vec<Line> = consumption.iter().enumerate()
            .map(|(nth, consumption)| line(&(nth + 1).to_string(), "France", &consumption.to_string())).collect();
        let question = ReportQuestion {
            near: near.and_then(|percent| Nearness::parse(&format!("{percent}%"))),
            top,
            tiers: tier.map(|nth| ["silver", "gold", "none"][nth].to_owned()).into_iter().collect(),
            sort: vec![SortKey { column: "consumption_usd".to_owned(), order }],
            ..ReportQuestion::default()
        };
        let (whole, _) = asked(&ReportQuestion::default(), &all).unwrap();
        let (part, not_shown) = asked(&question, &all).unwrap();
        let whole: Vec<&str> = whole.lines().collect();
        let part: Vec<&str> = part.lines().collect();
        prop_assert_eq!(part.len() + not_shown, whole.len());
        let mut unique = part.clone();
        unique.sort_unstable();
        unique.dedup();
        prop_assert_eq!(unique.len(), part.len());
        prop_assert!(part.iter().all(|line| whole.contains(line)));
        let usd = |line: &&str| line.split(',').nth(9).unwrap().parse::<Decimal>().unwrap();
        let values: Vec<Decimal> = part[1..].iter().map(usd).collect();
        let is_sorted = match order {
            SortOrder::Ascending => values.is_sorted(),
            SortOrder::Descending => values.iter().rev().is_sorted(),
        };
        prop_assert!(is_sorted);
    }
}
