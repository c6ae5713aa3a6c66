//! The rule sets that are part of the program: one TOML file each version. Comes in: a name, perhaps with a version, and a
//! day. Goes out: the rule set to judge by, and what people should know of the choice. It opens no file.

use std::sync::OnceLock;

use super::{RuleSet, parse};
use crate::base::calendar::Day;
use crate::diagnostics::error::Error;

macro_rules! texts {
    ($($id:literal)*) => { &[$(($id, include_str!(concat!("builtin/", $id, ".toml"))),)*] };
}

/// Versions of one name stand together, the oldest first.
const TEXTS: &[(&str, &str)] = texts! {
    "cloud-platform@2017-07-07"
    "cloud-platform@2017-12-15"
};

/// Id and text of every built-in rule set; versions of one name stand together, the oldest first.
pub fn builtin_texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}

/// Every built-in rule set, in the order of [`builtin_texts`].
pub fn builtin() -> &'static [RuleSet] {
    static RULE_SETS: OnceLock<Vec<RuleSet>> = OnceLock::new();
    RULE_SETS.get_or_init(|| {
        TEXTS.iter().map(|(_, text)| parse(text).expect("a test checks every built-in rule set")).collect()
    })
}

/// The rule set to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The rule set.
    pub rule_set: RuleSet,
    /// What the summary tells people of the choice. **Absent**: the rule set is in force on the day.
    pub note: Option<String>,
}

/// The built-in rule set of a name: the version in force on `as_of`, else the nearest one; or of an id such as
/// `cloud-platform@2017-07-07`: that version.
///
/// Errors: no such name or id; the message lists those that there are.
pub fn select(name_or_id: &str, as_of: Day) -> Result<Selected, Error> {
    let wanted = name_or_id.trim();
    let versions: Vec<&RuleSet> =
        builtin().iter().filter(|rules| rules.name == wanted || rules.id() == wanted).collect();
    match nearest(&versions, as_of) {
        Some(rules) => Ok(Selected { rule_set: rules.clone(), note: note(rules, as_of) }),
        None => {
            let ids: Vec<&str> = TEXTS.iter().map(|(id, _)| *id).collect();
            let known = ids.join(", ");
            let message = format!(
                "there is no rule set \"{wanted}\"; there are {known}, each also by the name before the `@`, \
                 which takes the version in force; a rule set of your own is given as a file"
            );
            Err(Error::Usage { message })
        }
    }
}

/// Whether a rule set of a user's own may bear its id: if a built-in one has the id, both must have the same meaning. Comments and layout of
/// the file may differ.
///
/// Errors: which parts differ, and what to do.
pub fn check_name(rules: &RuleSet) -> Result<(), String> {
    let Some(ours) = builtin().iter().find(|ours| ours.id() == rules.id()) else { return Ok(()) };
    let differing = differing(ours, rules);
    if differing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "name: {} is a built-in rule set, and this file differs from it in {}: give it another name, or another valid_from",
        ours.id(),
        differing.join(", ")
    ))
}

/// The keys of a rule set file whose values differ in meaning.
fn differing(ours: &RuleSet, theirs: &RuleSet) -> Vec<&'static str> {
    let parts = [
        ("title", ours.title == theirs.title),
        ("valid_until", ours.valid_until == theirs.valid_until),
        ("source", ours.source == theirs.source),
        ("window_months", ours.window_months == theirs.window_months),
        ("accepted_associations", ours.accepted == theirs.accepted),
        ("retroactive", ours.retroactive == theirs.retroactive),
        ("group", ours.groups == theirs.groups),
        ("tier", ours.tiers == theirs.tiers && ours.measures == theirs.measures),
    ];
    parts.into_iter().filter(|(_, is_same)| !is_same).map(|(key, _)| key).collect()
}

/// Of versions from old to new, the one in force on `as_of`: the last that has begun, or the first if none has.
fn nearest<'a>(versions: &[&'a RuleSet], as_of: Day) -> Option<&'a RuleSet> {
    versions.iter().rfind(|rules| rules.valid_from <= as_of).or(versions.first()).copied()
}

fn note(rules: &RuleSet, as_of: Day) -> Option<String> {
    let id = rules.id();
    if as_of < rules.valid_from {
        return Some(format!("{id} is used, which was not yet in force on {as_of}"));
    }
    let ended = rules.valid_until.filter(|until| *until < as_of)?;
    Some(format!("{id} is used, which was no longer in force on {as_of}; it ended on {ended}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::association::Association;
    use crate::config::rules::{GroupCounting, Measure, MeasureUnit, Threshold};

    fn ymd(year: i32, month: u32, day: u32) -> Day {
        Day::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn every_built_in_rule_set_is_sound_named_like_its_file_and_has_a_source() {
        for (id, text) in TEXTS {
            let rules = parse(text).unwrap_or_else(|faults| panic!("{id}: {faults:#?}"));
            assert_eq!(rules.id(), *id);
            assert!(!rules.source.is_empty(), "{id}");
            assert_eq!(rules.text, *text);
        }
    }

    #[test]
    fn versions_of_one_name_stand_together_the_oldest_first_and_do_not_overlap() {
        for pair in builtin().windows(2).filter(|pair| pair[0].name == pair[1].name) {
            assert!(pair[0].valid_until.is_some_and(|until| until < pair[1].valid_from), "{}", pair[1].id());
        }
    }

    #[test]
    fn a_name_takes_the_version_in_force_on_the_day_and_tells_when_none_is() {
        for (as_of, id, noted) in [
            (ymd(2017, 7, 6), "cloud-platform@2017-07-07", true),
            (ymd(2017, 7, 7), "cloud-platform@2017-07-07", false),
            (ymd(2017, 12, 14), "cloud-platform@2017-07-07", false),
            (ymd(2017, 12, 15), "cloud-platform@2017-12-15", false),
            (ymd(2022, 9, 30), "cloud-platform@2017-12-15", false),
            (ymd(2022, 10, 1), "cloud-platform@2017-12-15", true),
        ] {
            let selected = select("cloud-platform", as_of).unwrap();
            assert_eq!((selected.rule_set.id().as_str(), selected.note.is_some()), (id, noted), "{as_of}");
        }
    }

    #[test]
    fn an_id_pins_a_version_and_tells_when_it_is_not_in_force() {
        let pinned = |as_of| select("cloud-platform@2017-07-07", as_of).unwrap();
        assert_eq!(pinned(ymd(2017, 8, 1)).note, None);
        let late = pinned(ymd(2020, 1, 1));
        assert_eq!(late.rule_set.id(), "cloud-platform@2017-07-07");
        assert_eq!(
            late.note.unwrap(),
            "cloud-platform@2017-07-07 is used, which was no longer in force on 2020-01-01; it ended on 2017-12-14"
        );
        assert_eq!(
            pinned(ymd(2016, 1, 1)).note.unwrap(),
            "cloud-platform@2017-07-07 is used, which was not yet in force on 2016-01-01"
        );
    }

    #[test]
    fn a_file_may_bear_the_id_of_a_built_in_rule_set_only_if_it_says_the_same() {
        let (_, text) = TEXTS[0];
        let commented =
            format!("# A copy.\n{}", text.replace("retroactive = false", "retroactive   =   false"));
        assert_eq!(check_name(&parse(&commented).unwrap()), Ok(()));
        for (from, to, key) in [
            ("window_months = 12", "window_months = 6", "window_months"),
            ("retroactive = false", "retroactive = true", "retroactive"),
            ("\"100000\"", "\"100000.01\"", "tier"),
            ("pooled = false", "pooled = true", "tier"),
        ] {
            assert!(text.contains(from), "{from}");
            let fault = check_name(&parse(&text.replace(from, to)).unwrap()).unwrap_err();
            assert!(fault.contains(&format!("differs from it in {key}: ")), "{fault}");
        }
        let renamed = text.replace("name = \"cloud-platform\"", "name = \"own\"").replace("= 12", "= 6");
        assert_eq!(check_name(&parse(&renamed).unwrap()), Ok(()));
    }

    #[test]
    fn another_length_of_the_window_is_a_what_if_that_the_id_tells() {
        let rules = builtin()[0].clone();
        assert_eq!(rules.clone().with_window_months(12).id(), "cloud-platform@2017-07-07");
        let shorter = rules.with_window_months(6);
        assert_eq!(
            (shorter.id().as_str(), shorter.window_months),
            ("cloud-platform@2017-07-07+window-months=6", 6)
        );
    }

    #[test]
    fn in_a_gap_between_versions_the_latest_before_it_is_taken() {
        let [first, second] = builtin() else { panic!("two versions") };
        let first = RuleSet { valid_until: Some(ymd(2017, 9, 1)), ..first.clone() };
        let found = nearest(&[&first, second], ymd(2017, 10, 1)).unwrap();
        assert_eq!(found.id(), "cloud-platform@2017-07-07");
        assert!(note(found, ymd(2017, 10, 1)).is_some());
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_known_ones() {
        for name in ["data-analytics", "cloud-platform@2018-01-01", "", "cloud"] {
            let message = select(name, ymd(2017, 7, 7)).unwrap_err().to_string();
            assert!(message.contains("cloud-platform@2017-07-07, cloud-platform@2017-12-15"), "{message}");
        }
    }

    #[test]
    fn cloud_platform_requires_what_its_page_says() {
        for rules in builtin() {
            assert_eq!(rules.window_months, 12);
            assert!(!rules.retroactive);
            let accepted =
                [Association::Tpor, Association::Dpor, Association::CspTier1, Association::CspTier2];
            assert_eq!(rules.accepted, accepted);
            let groups: Vec<&str> = rules.groups.iter().map(|g| g.name.as_str()).collect();
            assert_eq!(groups, ["assessment", "exam"]);
            let groups = Measure::individuals(vec![0, 1], GroupCounting::LargestGroup);
            for (tier, name, developed, developing, count) in [
                (&rules.tiers[0], "silver", 15_000, 10_000, 1),
                (&rules.tiers[1], "gold", 100_000, 100_000, 2),
            ] {
                assert_eq!(tier.name, name);
                let measures: Vec<_> = tier.requires.iter().map(|r| &rules.measures[r.measure]).collect();
                assert_eq!(measures, [&Measure::Consumption, &groups]);
                let figures = [(developed, developing, MeasureUnit::Usd), (count, count, MeasureUnit::Count)];
                for (requirement, (developed, developing, unit)) in tier.requires.iter().zip(figures) {
                    let expected = Threshold::new(unit, developed.into(), developing.into());
                    assert_eq!(Some(requirement.at_least), expected);
                }
            }
            assert_eq!(rules.tiers.len(), 2);
        }
    }

    #[test]
    fn cloud_platform_names_each_credential_of_its_page_by_code_and_by_title() {
        let [july, december] = builtin() else { panic!("two versions") };
        for (code, title, group) in [
            ("13736", "Technical Assessment for Cloud Platform", "assessment"),
            (
                "13736",
                "Technical Assessment for Using Microsoft Azure for Datacenter Solutions",
                "assessment",
            ),
            ("13736", "Évaluation technique pour plateforme cloud", "assessment"),
            (
                "13735",
                "Technical Assessment for Using Azure for Data Analytics and Data Platform Solutions",
                "assessment",
            ),
            (
                "13735",
                "Évaluation technique pour l’utilisation d’Azure pour les solutions d’analyse des données et de plateforme de données",
                "assessment",
            ),
            (
                "13735",
                "Évaluation technique pour l'utilisation d'Azure pour les solutions d'analyse des données et de plateforme de données",
                "assessment",
            ),
            (
                "13979",
                "Technical Assessment for Using Microsoft Azure for Application Development",
                "assessment",
            ),
            ("16252", "Technical Assessment for Using Azure for Internet of Things Solutions", "assessment"),
            ("16571", "Technical Assessment for Using Azure Remote Desktop Service", "assessment"),
            ("70-532", "Exam 70-532: Developing Microsoft Azure Solutions", "exam"),
            ("70-532", "Developing Microsoft Azure Solutions", "exam"),
            ("70-533", "Exam 70-533: Implementing Microsoft Azure Infrastructure Solutions", "exam"),
            ("70-533", "Implementing Microsoft Azure Infrastructure Solutions", "exam"),
            ("70-534", "Exam 70-534: Architecting Microsoft Azure Solutions", "exam"),
            ("70-534", "Architecting Microsoft Azure Solutions", "exam"),
            ("70-473", "Exam 70-473: Designing and Implementing Cloud Data Platform Solutions", "exam"),
            ("70-473", "Designing and Implementing Cloud Data Platform Solutions", "exam"),
            ("70-475", "Exam 70-475: Designing and Implementing Big Data Analytics Solutions", "exam"),
            ("70-475", "Designing and Implementing Big Data Analytics Solutions", "exam"),
            ("", "MCSA: Linux on Azure", "exam"),
            ("", "MCSA Linux on Azure", "exam"),
        ] {
            for rules in [july, december] {
                let by_title = rules.names(&[], &[title]);
                assert_eq!(by_title.len(), 1, "{title}");
                assert_eq!(rules.groups[by_title[0].group].name, group, "{title}");
                assert_eq!(rules.credential(by_title[0]).code.as_deref().unwrap_or(""), code, "{title}");
                let by_code = rules.names(&[code], &[]);
                assert_eq!(by_code, if code.is_empty() { vec![] } else { by_title }, "{code}");
            }
        }
        let count = |rules: &RuleSet| rules.groups.iter().map(|g| g.credentials.len()).collect::<Vec<_>>();
        assert_eq!((count(july), count(december)), (vec![5, 6], vec![5, 7]));
    }

    #[test]
    fn the_version_of_december_2017_adds_70_535_and_lets_70_534_count_until_the_end_of_2018() {
        let [july, december] = builtin() else { panic!("two versions") };
        assert_eq!(july.names(&["70-535"], &["Exam 70-535: Architecting Microsoft Azure Solutions"]), []);
        let until = |rules: &RuleSet, code: &str| {
            let named = rules.names(&[code], &[]);
            rules.credential(named[0]).accepted_until
        };
        assert_eq!(until(december, "70-535"), None);
        assert_eq!(until(december, "70-534"), Some(ymd(2018, 12, 31)));
        assert_eq!(until(july, "70-534"), None);
        assert_eq!(
            (july.valid_until, december.valid_until),
            (Some(ymd(2017, 12, 14)), Some(ymd(2022, 9, 30)))
        );
    }
}
