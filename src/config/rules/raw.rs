//! A rule set as it stands in its file. Comes in: the TOML tables. Goes out: [`RawRuleSet`], in which what could not be
//! read is absent and has left a fault. It checks each value by itself, and none against another.

use toml::de::{DeTable, DeValue};

use super::requirement::{RawRequirement, add_requirement};
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::config::located_toml::{
    Faults, Located, TomlPlace, TomlTable, TomlValue, count, day, elements, some_texts, text, texts, truth,
};

const KEYS: [&str; 11] = [
    "name",
    "title",
    "valid_from",
    "valid_until",
    "source",
    "window_months",
    "accepted_associations",
    "retroactive",
    "pooled",
    "group",
    "tier",
];
const GROUP_KEYS: [&str; 2] = ["name", "credential"];
const CREDENTIAL_KEYS: [&str; 4] = ["code", "code_in_title", "titles", "accepted_until"];
const TIER_KEYS: [&str; 2] = ["name", "requires"];

/// A rule set as it stands in its file.
pub(super) struct RawRuleSet {
    pub(super) name: Option<Located<String>>,
    pub(super) title: Option<String>,
    pub(super) valid_from: Option<Day>,
    pub(super) valid_until: Option<Located<Day>>,
    pub(super) source: Vec<Located<String>>,
    pub(super) window_months: Option<u32>,
    pub(super) accepted: Vec<Located<Association>>,
    /// Where the list of accepted associations stands, if it is empty.
    pub(super) accepts_nothing: Option<TomlPlace>,
    pub(super) retroactive: Option<bool>,
    pub(super) pooled: Option<bool>,
    pub(super) groups: Vec<RawGroup>,
    pub(super) tiers: Vec<RawTier>,
}

pub(super) struct RawGroup {
    pub(super) place: TomlPlace,
    pub(super) name: Option<Located<String>>,
    pub(super) credentials: Vec<RawCredential>,
}

pub(super) struct RawCredential {
    pub(super) code: Option<Located<String>>,
    pub(super) code_in_title: bool,
    pub(super) titles: Vec<Located<String>>,
    pub(super) accepted_until: Option<Located<Day>>,
}

pub(super) struct RawTier {
    pub(super) place: TomlPlace,
    pub(super) name: Option<Located<String>>,
    pub(super) requires: Vec<RawRequirement>,
    /// Whether the tier has requirements, and each of them names a known measure.
    pub(super) is_readable: bool,
}

/// Reads the text's tables.
pub(super) fn rule_set(root: &DeTable<'_>, faults: &mut Faults) -> RawRuleSet {
    let table = TomlTable::root(root, &KEYS, faults);
    RawRuleSet {
        name: name(&table, faults),
        title: table.required("title", faults).and_then(|v| text(&v, faults)),
        valid_from: table.required("valid_from", faults).and_then(|v| day(&v, faults)),
        valid_until: table.optional("valid_until").and_then(|v| located_day(&v, faults)),
        source: table.required("source", faults).map(|v| some_texts(&v, faults)).unwrap_or_default(),
        window_months: table.required("window_months", faults).and_then(|v| count(&v, 1..=120, faults)),
        accepted: associations(&table, faults),
        accepts_nothing: table.optional("accepted_associations").filter(is_empty).map(|list| list.place),
        retroactive: table.required("retroactive", faults).and_then(|v| truth(&v, faults)),
        pooled: table.required("pooled", faults).and_then(|v| truth(&v, faults)),
        groups: read_list(table.optional("group").as_ref(), group, faults),
        tiers: tiers(&table, faults),
    }
}

/// The elements of a list, each read by `read`. Empty if there is no list.
fn read_list<'a, T>(
    list: Option<&TomlValue<'a>>,
    read: impl Fn(&TomlValue<'a>, &mut Faults) -> Option<T>,
    faults: &mut Faults,
) -> Vec<T> {
    let elements = list.and_then(|list| elements(list, faults)).unwrap_or_default();
    elements.iter().filter_map(|element| read(element, faults)).collect()
}

fn is_empty(list: &TomlValue<'_>) -> bool {
    matches!(list.value, DeValue::Array(array) if array.is_empty())
}

/// The name of a rule set, group or tier: it becomes a part of column names and ids.
fn name(table: &TomlTable<'_>, faults: &mut Faults) -> Option<Located<String>> {
    let value = table.required("name", faults)?;
    let name = text(&value, faults)?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if plain(name.as_bytes()[0]) && name.bytes().all(|b| plain(b) || b == b'-' || b == b'_') {
        return Some(Located { value: name, place: value.place });
    }
    let message =
        format!("\"{name}\" has other characters than lower-case letters, digits, `-` and `_` (not first)");
    faults.add(&value.place, message);
    None
}

fn located_day(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Located<Day>> {
    day(value, faults).map(|day| Located { value: day, place: value.place.clone() })
}

fn associations(table: &TomlTable<'_>, faults: &mut Faults) -> Vec<Located<Association>> {
    let words =
        table.required("accepted_associations", faults).map(|v| texts(&v, faults)).unwrap_or_default();
    let known: Vec<&str> = Association::ALL.iter().map(|association| association.as_str()).collect();
    let mut found = Vec::new();
    for Located { value: word, place } in words {
        match Association::ALL.into_iter().find(|a| a.as_str() == word) {
            Some(association) => found.push(Located { value: association, place }),
            None => {
                let known = known.join(", ");
                faults.add(&place, format!("unknown association \"{word}\"; there are {known}"));
            }
        }
    }
    found
}

fn group(value: &TomlValue<'_>, faults: &mut Faults) -> Option<RawGroup> {
    let table = TomlTable::of(value, &GROUP_KEYS, faults)?;
    let name = name(&table, faults);
    let list = table.optional("credential");
    if list.as_ref().is_none_or(is_empty) {
        faults.add(&table.place, "the group is empty: list its credentials as [[group.credential]]");
    }
    Some(RawGroup { place: table.place, name, credentials: read_list(list.as_ref(), credential, faults) })
}

fn credential(value: &TomlValue<'_>, faults: &mut Faults) -> Option<RawCredential> {
    let table = TomlTable::of(value, &CREDENTIAL_KEYS, faults)?;
    let code_value = table.optional("code");
    let code = code_value.as_ref().and_then(|v| code(v, faults));
    let titles_value = table.optional("titles");
    let titles = titles_value.as_ref().map(|v| some_texts(v, faults)).unwrap_or_default();
    if code_value.is_none() && titles_value.is_none() {
        faults.add(&table.place, "the credential has neither a code nor titles, so that nothing names it");
    }
    let in_title = table.optional("code_in_title");
    let code_in_title = in_title.as_ref().and_then(|v| truth(v, faults)).unwrap_or(false);
    if let Some(in_title) = &in_title
        && code_in_title
    {
        let edges =
            |code: &str| code.starts_with(char::is_alphanumeric) && code.ends_with(char::is_alphanumeric);
        if code_value.is_none() {
            faults.add(&in_title.place, "there is no code to look for in titles");
        } else if code.as_ref().is_some_and(|code| !edges(&code.value)) {
            faults.add(
                &in_title.place,
                "a code that is looked for in titles begins and ends with a letter or digit",
            );
        }
    }
    let accepted_until = table.optional("accepted_until").and_then(|v| located_day(&v, faults));
    Some(RawCredential { code, code_in_title, titles, accepted_until })
}

/// Exam code or course id: text; a whole number would lose leading zeros.
fn code(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Located<String>> {
    let code = text(value, faults)?;
    if code.contains(char::is_whitespace) {
        faults.add(&value.place, format!("\"{code}\" has a blank in it"));
        return None;
    }
    Some(Located { value: code, place: value.place.clone() })
}

fn tiers(table: &TomlTable<'_>, faults: &mut Faults) -> Vec<RawTier> {
    let list = table.required("tier", faults);
    if let Some(list) = &list
        && is_empty(list)
    {
        faults.add(&list.place, "there is no tier");
    }
    read_list(list.as_ref(), tier, faults)
}

fn tier(value: &TomlValue<'_>, faults: &mut Faults) -> Option<RawTier> {
    let table = TomlTable::of(value, &TIER_KEYS, faults)?;
    let name = name(&table, faults);
    let requires = table.required("requires", faults);
    let requires = requires.and_then(|list| elements(&list, faults));
    let mut tier =
        RawTier { place: table.place, name, requires: Vec::new(), is_readable: requires.is_some() };
    if requires.as_ref().is_some_and(Vec::is_empty) {
        faults.add(&tier.place, "the tier requires nothing, so that every partner would attain it");
        tier.is_readable = false;
    }
    for requirement in requires.unwrap_or_default() {
        if !add_requirement(&mut tier.requires, &requirement, faults) {
            tier.is_readable = false;
        }
    }
    Some(tier)
}
