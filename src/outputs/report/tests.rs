//! Reports as CSV.

use super::*;
use crate::outputs::fixtures::{facts, partner, rules, silver, table, table_by, undetermined};
use crate::outputs::{OutputFormat, write};

fn csv(lines: &[(PartnerFacts<'static>, PartnerVerdict)]) -> String {
    csv_by(rules(), lines)
}

fn csv_by(rules: RuleSet, lines: &[(PartnerFacts<'static>, PartnerVerdict)]) -> String {
    let mut out = Vec::new();
    write(&table_by(rules, lines), OutputFormat::Csv, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_columns_follow_the_groups_and_tiers_of_the_rule_set() {
    let expected = "partner_id,partner_name,country,market,tier,confidence,next_tier,next_consumption_shortfall_usd,\
        next_individuals_shortfall,consumption_usd,assessment_individuals,exam_individuals,\
        lost_on,lost_consumption_shortfall_usd,lost_individuals_shortfall,\
        silver_status,silver_consumption_required_usd,silver_consumption_shortfall_usd,\
        silver_individuals_required,silver_individuals_shortfall,gold_status,gold_consumption_required_usd,\
        gold_consumption_shortfall_usd,gold_individuals_required,gold_individuals_shortfall,\
        rule_set,as_of,window_start,window_end,notes\n";
    assert_eq!(csv(&[]), expected);
}

#[test]
fn consumption_is_printed_down_and_shortfall_up_so_that_a_row_does_not_contradict_itself() {
    let text = csv(&[(facts("42", "15000.0000001"), silver())]);
    let expected = "42,Partner 42,France,developed,silver,certain,gold,85000.00,1,15000.00,0,1,2017-11-30,0.01,0,met,15000.00,0.00,1,0,\
        not-met,100000.00,85000.00,2,1,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,";
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
    let expected = "42,,,,undetermined,certain,silver,,0,12000.00,0,1,,,,undetermined,,,1,0,\
        not-met,100000.00,88000.00,2,1,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,\
        includes 9 10 x; market-unknown; no-rate";
    assert_eq!(text.lines().nth(1), Some(expected));
}

#[test]
fn a_tier_without_a_requirement_has_blank_cells_for_it() {
    let mut rules = rules();
    rules.tiers[0].requires.remove(0);
    rules.tiers[1].requires.remove(1);
    let mut verdict = silver();
    verdict.tiers[0].requirements.remove(0);
    verdict.tiers[1].requirements.remove(1);
    let text = csv_by(rules, &[(facts("42", "0"), verdict)]);
    let (names, cells) = text.trim_end().split_once('\n').unwrap();
    let cell = |name: &str| {
        let position = names.split(',').position(|column| column == name).unwrap();
        cells.split(',').nth(position).unwrap()
    };
    assert_eq!(cell("silver_consumption_required_usd"), "");
    assert_eq!(cell("silver_consumption_shortfall_usd"), "");
    assert_eq!(cell("silver_individuals_required"), "1");
    assert_eq!(cell("gold_individuals_required"), "");
    assert_eq!(cell("gold_individuals_shortfall"), "");
    assert_eq!(cell("next_consumption_shortfall_usd"), "85000.00");
    assert_eq!(cell("next_individuals_shortfall"), "");
}

#[test]
fn every_column_has_a_name_of_its_own_and_a_description() {
    let table = table(&[]);
    let mut names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), table.columns.len());
    assert!(table.columns.iter().all(|column| !column.description.is_empty()));
}
