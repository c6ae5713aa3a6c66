//! The TOML schema of a rule set. Comes in: the text of a file. Goes out: a valid [`RuleSet`], or every fault of the text.
//! It opens no file.

use super::measures::{GroupCounting, Measure, Tier};
use super::naming::comparable;
use super::raw::{self, RawCredential, RawGroup, RawRuleSet, RawTier};
use super::{Credential, CredentialGroup, RuleSet, check};
use crate::config::located_toml::{Faults, parse_text};

/// Reads a rule set.
///
/// Errors: every fault of the text at once, in its order, each with line and key. If the text is no TOML, syntax faults only, since
/// further faults could be their consequences.
pub fn parse(text: &str) -> Result<RuleSet, Vec<String>> {
    let mut faults = Faults::default();
    let Some(root) = parse_text(text, &mut faults) else { return Err(faults.into_lines(text)) };
    let raw = raw::rule_set(root.get_ref(), &mut faults);
    check::check(&raw, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into_lines(text));
    }
    Ok(rule_set(raw, text).expect("whatever is absent from a raw rule set has left a fault"))
}

fn rule_set(raw: RawRuleSet, text: &str) -> Option<RuleSet> {
    let names: Vec<String> =
        raw.groups.iter().filter_map(|g| g.name.as_ref()).map(|n| n.value.clone()).collect();
    let mut accepted: Vec<_> = raw.accepted.into_iter().map(|a| a.value).collect();
    accepted.sort();
    let mut measures = Measure::of_every_rule_set(names.len());
    let several = if raw.pooled? { GroupCounting::Union } else { GroupCounting::LargestGroup };
    let tiers = raw.tiers.into_iter().map(|raw| tier(raw, &names, several, &mut measures));
    let tiers = tiers.collect::<Option<_>>()?;
    Some(RuleSet {
        name: raw.name?.value,
        valid_from: raw.valid_from?,
        valid_until: raw.valid_until.map(|day| day.value),
        title: raw.title?,
        source: raw.source.into_iter().map(|s| s.value).collect(),
        window_months: raw.window_months?,
        accepted,
        retroactive: raw.retroactive?,
        groups: raw.groups.into_iter().map(group).collect::<Option<_>>()?,
        measures,
        tiers,
        what_ifs: Vec::new(),
        text: text.to_owned(),
    })
}

fn group(raw: RawGroup) -> Option<CredentialGroup> {
    Some(CredentialGroup {
        name: raw.name?.value,
        credentials: raw.credentials.into_iter().map(credential).collect(),
    })
}

fn credential(raw: RawCredential) -> Credential {
    Credential {
        code: raw.code.map(|code| code.value),
        code_in_title: raw.code_in_title,
        titles: raw.titles.iter().map(|title| comparable(&title.value)).collect(),
        accepted_until: raw.accepted_until.map(|day| day.value),
    }
}

fn tier(
    raw: RawTier,
    group_names: &[String],
    several_groups: GroupCounting,
    measures: &mut Vec<Measure>,
) -> Option<Tier> {
    let resolved = raw
        .requires
        .into_iter()
        .map(|requirement| requirement.resolve(group_names, several_groups, measures));
    Some(Tier { name: raw.name?.value, requires: resolved.collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::base::market::Market;
    use crate::config::rules::{MeasureKind, Quantity, builtin_texts};

    #[test]
    fn a_file_saved_by_a_windows_editor_reads_the_same() {
        for (id, text) in builtin_texts() {
            let saved = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            let mut read = parse(&saved).unwrap();
            assert_eq!(read.text, saved);
            read.text = (*text).to_owned();
            assert_eq!(read, parse(text).unwrap(), "{id}");
        }
    }

    #[test]
    fn a_threshold_is_what_is_written_to_the_last_digit() {
        let (_, text) = builtin_texts()[0];
        for (written, exact) in [
            ("\"100000.0000000000000000000001\"", "100000.0000000000000000000001"),
            ("\" 100000.50 \"", "100000.5"),
            ("100_000", "100000"),
            ("0x186A0", "100000"),
            ("\"9999999999999.999999999999999\"", "9999999999999.999999999999999"),
        ] {
            let text =
                text.replace("every_market_usd = \"100000\"", &format!("every_market_usd = {written}"));
            let rules = parse(&text).unwrap();
            for market in Market::ALL {
                let Quantity::Usd(required) = rules.tiers[1].requires[0].at_least.of(market) else {
                    panic!("gold requires consumption first")
                };
                assert_eq!(required.to_string(), exact, "{written}");
            }
        }
    }

    #[test]
    fn days_may_be_text_or_toml_dates() {
        let (_, text) = builtin_texts()[0];
        let dates = text.replace("\"2017-07-07\"", "2017-07-07").replace("\"2017-12-14\"", "2017-12-14");
        let read = parse(&dates).unwrap();
        assert_eq!(
            (read.id(), read.valid_until),
            (parse(text).unwrap().id(), parse(text).unwrap().valid_until)
        );
    }

    #[test]
    fn rules_of_people_alone_need_accept_no_association() {
        let text = r#"
            name = "people"
            title = "People only"
            valid_from = "2017-01-01"
            source = ["none: synthetic"]
            window_months = 12
            accepted_associations = []
            retroactive = false
            pooled = true
            group = [{ name = "exam", credential = [{ code = "1" }] }]
            tier = [{ name = "one", requires = [{ measure = "individuals", count = 1, groups = ["exam"] }] }]
        "#;
        let rules = parse(text).unwrap();
        assert_eq!((rules.accepted.len(), rules.tiers[0].requires.len()), (0, 1));
        assert_eq!(rules.measures[rules.tiers[0].requires[0].measure].kind(), MeasureKind::Individuals);
    }
}
