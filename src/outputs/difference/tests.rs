//! Tests of the forms of a difference.

use super::*;
use crate::config::own_columns::DIFFERENCE;
use crate::outputs::stored_run::StoredRun;

fn partner(kind: ChangeKind, id: &str) -> PartnerDifference {
    let line = |tier: &str| StoredPartner {
        name: Some("=Proseware\u{1b}, Sociedad de Tecnología Avanzada".to_owned()),
        tier: Some(tier.to_owned()),
        next_tier: Some("gold".to_owned()),
        next_individuals: Some(1),
        ..StoredPartner::default()
    };
    PartnerDifference {
        kind,
        partner: PartnerId::parse(id).unwrap(),
        old: Some(line("silver")),
        new: Some(line("bronze")),
        consumption: Some(ConsumptionChange::default()),
        detail: Some("rolls up to 42".to_owned()),
    }
}

fn difference(partners: Vec<PartnerDifference>) -> RunDifference {
    let summary = crate::outputs::summary::tests::summary().to_json();
    let StoredRun { rule_set, as_of, window, .. } = StoredRun::parse(summary.as_bytes()).unwrap();
    let run = |file: &str| RunLabel { file: file.to_owned(), rule_set: rule_set.clone(), as_of, window };
    let warning = WarningDifference {
        code: "missing-months".to_owned(),
        old_count: 0,
        new_count: 2,
        listed: vec!["2017-03".to_owned(), "two\nlines".to_owned()],
    };
    RunDifference {
        old: run("old.run.json"),
        new: run("new.run.json"),
        partners,
        warnings: vec![warning],
        consumption: None,
        missing: vec!["a ledger".to_owned()],
    }
}

fn written(difference: &RunDifference, format: OutputFormat) -> String {
    let mut out = Vec::new();
    write_difference(difference, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_column_is_there_and_a_name_is_defused() {
    let csv = written(&difference(vec![partner(ChangeKind::TierLost, "@acme")]), OutputFormat::Csv);
    let mut lines = csv.lines();
    assert_eq!(lines.next().unwrap(), DIFFERENCE.join(","));
    assert!(lines.next().unwrap().starts_with("tier-lost,'@acme,\"'=Proseware"), "{csv}");
    assert_eq!(
        lines.next().unwrap(),
        format!("new-warning{}missing-months: 2 (0 before): 2017-03; two␊lines", ",".repeat(22))
    );
}

#[test]
fn json_has_the_mark_of_an_output_and_every_kind() {
    let partners = ChangeKind::ALL.map(|kind| partner(kind, "42"));
    let json = written(&difference(partners.into()), OutputFormat::Json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["partners"][7]["change"], "figures");
    assert_eq!(value["partners"][0]["consumption"]["parts"]["rates_usd"], "0");
    assert!(json[..256].contains("\"schema\"") && json[..256].contains("\"attain\""));
}

#[test]
fn text_has_no_control_character_and_its_tables_fit() {
    let partners = ChangeKind::ALL.map(|kind| partner(kind, "42"));
    let text = written(&difference(partners.into()), OutputFormat::Table);
    assert!(text.contains("\ntiers      1 won, 1 lost, 1 changed otherwise\n"), "{text}");
    assert!(text.contains("\nmissing    a ledger\n"), "{text}");
    for line in text.lines().skip(7) {
        assert!(line.chars().count() <= 80 && !line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn text_shows_the_first_partners_of_a_kind_and_all_tiers_won() {
    let of_kind = |kind| (1..=25).map(move |id| partner(kind, &id.to_string()));
    let partners = of_kind(ChangeKind::TierWon).chain(of_kind(ChangeKind::Farther)).collect();
    let text = written(&difference(partners), OutputFormat::Table);
    assert_eq!(text.matches("\n25 ").count(), 1, "{text}");
    assert!(text.ends_with("\nand 5 more: --format csv shows all\n"), "{text}");
}

#[test]
fn a_tier_that_is_not_there_any_more_has_changed() {
    assert!(difference(vec![partner(ChangeKind::TierLost, "1")]).has_changed_tier());
    let vanished = PartnerDifference { new: None, ..partner(ChangeKind::Vanished, "1") };
    assert!(difference(vec![vanished.clone()]).has_changed_tier());
    let without = PartnerDifference { old: Some(StoredPartner::default()), ..vanished };
    assert!(!difference(vec![without]).has_changed_tier());
}
