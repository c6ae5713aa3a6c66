//! Tests of project files. Comes in: texts. Goes out: nothing.

use super::*;
use crate::base::ids::PartnerId;
use crate::config::dialect::Role;
use crate::config::toml_text::toml_list;

fn keys() -> Vec<ProjectKey> {
    let key = |name: &str, takes| ProjectKey { name: name.to_owned(), takes };
    vec![
        key("max_rejects", KeyValues::One),
        key("deny", KeyValues::Many),
        key("quiet", KeyValues::Flag),
        key("verbose", KeyValues::Count),
        key("decimal_comma", KeyValues::FlagOrFiles),
    ]
}

fn faults(text: &str) -> Vec<String> {
    parse(text, &keys()).unwrap_err()
}

fn texts(texts: &[(&str, usize)]) -> SettingValue {
    SettingValue::Texts(texts.iter().map(|(text, line)| ((*text).to_owned(), *line)).collect())
}

#[test]
fn values_are_texts_as_a_command_line_has_them_each_with_its_line() {
    let project = parse(
        "# a comment\nmax_rejects = 1_0\ndeny = [\"a\",\n \"b\"]\nquiet = true\nverbose = 2\ndecimal_comma = \"jan.csv\"\n",
        &keys(),
    );
    let setting = |key: &str, value, line| Setting { key: key.to_owned(), value, line };
    assert_eq!(
        project.unwrap().top.settings,
        [
            setting("max_rejects", texts(&[("10", 2)]), 2),
            setting("deny", texts(&[("a", 3), ("b", 4)]), 3),
            setting("quiet", SettingValue::Flag(true), 5),
            setting("verbose", SettingValue::Count(2), 6),
            setting("decimal_comma", texts(&[("jan.csv", 7)]), 7),
        ]
    );
}

#[test]
fn every_fault_is_told_at_once_with_its_line_and_the_nearest_name() {
    assert_eq!(
        faults(
            "max_rejets = 1\nmax-rejects = 1\nquiet = \"yes\"\nmax_rejects = [1]\ndeny = [1, true]\nfavourite_colour = 1\n\
             [[source]]\npath = \"x\"\nrole = \"consumtion\"\n[profile.night]\nquite = true\n"
        ),
        [
            "line 1: max_rejets: unknown key; did you mean `max_rejects`?",
            "line 2: max-rejects: unknown key; did you mean `max_rejects`?",
            "line 3: quiet: \"yes\" is not true or false",
            "line 4: max_rejects: a list is not one text, number or date",
            "line 5: deny[2]: true is not a text, number or date",
            "line 6: favourite_colour: unknown key; keys are the long options of `attain run --help`, with `_` for `-`",
            "line 7: source[1]: `paths` is missing: files, folders or patterns",
            "line 8: source[1].path: unknown key; did you mean `paths`?",
            "line 9: source[1].role: `consumtion` is no role; roles are partners, markets, rates, associations, credentials, consumption, credits; \
             did you mean `consumption`?",
            "line 11: profile.night.quite: unknown key; did you mean `quiet`?",
        ]
    );
}

#[test]
fn a_source_has_paths_and_what_holds_for_its_files() {
    let project = parse(
        "[[source]]\npaths = \"a.csv\"\nrole = \"consumption\"\ncurrency = \"eur\"\nday_first = false\npartner_id = 4000101\n\n\
         [[source]]\npaths = [\"b\", \"c*.csv\"]\n[profile.night]\nsource = []\n",
        &keys(),
    )
    .unwrap();
    let sources = project.top.sources.unwrap();
    assert_eq!(sources[0].paths, ["a.csv"]);
    assert_eq!((sources[0].role, sources[0].currency.as_deref()), (Some(Role::Consumption), Some("EUR")));
    assert_eq!((sources[0].day_first, sources[0].decimal_comma), (Some(false), None));
    assert_eq!(sources[0].partner_id.as_ref().map(PartnerId::as_str), Some("4000101"));
    assert_eq!((sources[1].line, sources[1].paths.len()), (9, 2));
    assert_eq!(project.profiles["night"].sources, Some(Vec::new()));
}

#[test]
fn a_text_that_is_no_toml_has_those_faults_alone() {
    let found = faults("max_rejects = \nquiet = true\n");
    assert!(found[0].starts_with("line 1: not valid TOML"), "{found:?}");
}

#[test]
fn written_strings_are_read_back() {
    let text = "a \"b\" \\ c\td\n\u{1}é";
    let toml = format!("deny = {}\n", toml_list([text]));
    let project = parse(&toml, &keys()).unwrap();
    assert_eq!(project.top.settings[0].value, texts(&[(text, 1)]));
}
