//! Which credentials a record names (SPEC 3.4). Comes in: the texts of its code and title cells. Goes out: places in the
//! rule set. It knows no person and no day.

use std::collections::BTreeMap;

use super::{Credential, RuleSet};

/// A credential of a rule set, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId {
    /// Index into [`RuleSet::groups`].
    pub group: usize,
    /// Index into the group's credentials.
    pub credential: usize,
}

impl RuleSet {
    /// The credential at a place that this rule set gave.
    pub fn credential(&self, named: CredentialId) -> &Credential {
        &self.groups[named.group].credentials[named.credential]
    }

    /// The credentials that one record names; for many records, build a [`CredentialIndex`] once.
    pub fn names(&self, codes: &[&str], titles: &[&str]) -> Vec<CredentialId> {
        CredentialIndex::of(self).names(codes, titles)
    }
}

/// The credentials of one rule set, ready to be looked up. Size: the size of the rule set's codes and titles.
#[derive(Debug, Clone)]
pub struct CredentialIndex {
    /// Codes, as they are compared.
    codes: BTreeMap<String, CredentialId>,
    /// Titles, as they are compared.
    titles: BTreeMap<String, CredentialId>,
    /// Codes that name a credential inside a title, by their letters and digits up to the first other character.
    inside: BTreeMap<String, Vec<(String, CredentialId)>>,
}

impl CredentialIndex {
    /// The index of `rules`.
    pub fn of(rules: &RuleSet) -> CredentialIndex {
        let mut index =
            CredentialIndex { codes: BTreeMap::new(), titles: BTreeMap::new(), inside: BTreeMap::new() };
        for (group, credentials) in rules.groups.iter().map(|g| &g.credentials).enumerate() {
            for (place, credential) in credentials.iter().enumerate() {
                index.add(credential, CredentialId { group, credential: place });
            }
        }
        index
    }

    fn add(&mut self, credential: &Credential, named: CredentialId) {
        self.titles.extend(credential.titles.iter().map(|title| (comparable(title), named)));
        let Some(code) = credential.code.as_deref().map(comparable) else { return };
        if credential.code_in_title {
            self.inside.entry(first_run(&code).to_owned()).or_default().push((code.clone(), named));
        }
        self.codes.insert(code, named);
    }

    /// The credentials that a record names by one of its `codes`, by an exam code inside one of its `titles`, or by a whole
    /// title. Sorted, none twice; mostly none or one.
    pub fn names(&self, codes: &[&str], titles: &[&str]) -> Vec<CredentialId> {
        let mut found: Vec<CredentialId> =
            codes.iter().filter_map(|code| self.codes.get(&comparable(code))).copied().collect();
        for title in titles {
            let title = comparable(title);
            found.extend(self.titles.get(&title));
            self.add_inside(&title, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds the credentials whose code stands in `title` between characters that are no letters or digits: each begins where
    /// a run of letters and digits begins, so that the title is gone through once.
    fn add_inside(&self, title: &str, found: &mut Vec<CredentialId>) {
        let mut rest = title;
        while let Some(start) = rest.find(char::is_alphanumeric) {
            rest = &rest[start..];
            let run = first_run(rest);
            for (code, named) in self.inside.get(run).into_iter().flatten() {
                let after = rest.strip_prefix(code.as_str());
                if after.is_some_and(|after| !after.starts_with(char::is_alphanumeric)) {
                    found.push(*named);
                }
            }
            rest = &rest[run.len()..];
        }
    }
}

/// The letters and digits with which `text` begins.
fn first_run(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())]
}

/// A code or title as it is compared: lower case, blanks of every kind (also no-break ones) collapsed, none at the ends.
pub(super) fn comparable(text: &str) -> String {
    let mut compared = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !compared.is_empty() {
            compared.push(' ');
        }
        if word.is_ascii() {
            compared.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            compared.push_str(&word.to_lowercase());
        }
    }
    compared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CredentialIndex, comparable};
    use crate::config::rules::builtin;

    fn named(codes: &[&str], titles: &[&str]) -> Vec<&'static str> {
        let rules = &builtin()[0];
        let names = rules.names(codes, titles);
        names.into_iter().map(|named| rules.credential(named).code.as_deref().unwrap_or("mcsa")).collect()
    }

    #[test]
    fn an_exam_code_inside_a_title_counts_between_non_alphanumerics_only() {
        for title in [
            "Exam 70-533: Implementing Microsoft Azure Infrastructure Solutions",
            "70-533",
            "70-533-01",
            "x-70-533.",
            "(70-533)",
            "EXAM\u{a0}70-533\u{a0}",
            "É 70-533 é",
            "70-5331, then 70-533",
            "70-70-533",
        ] {
            assert_eq!(named(&[], &[title]), ["70-533"], "{title:?}");
        }
        for title in
            ["170-533", "70-5331", "70-533x", "é70-533", "70-533é", "70 533", "70533", "70-53", "", "-"]
        {
            assert_eq!(named(&[], &[title]), [""; 0], "{title:?}");
        }
    }

    #[test]
    fn a_code_column_names_by_the_whole_code_only() {
        assert_eq!(named(&[" 70-533 "], &[]), ["70-533"]);
        assert_eq!(named(&["13736"], &[]), ["13736"]);
        assert_eq!(named(&["Exam 70-533"], &[]), [""; 0]);
        assert_eq!(named(&["013736", "137360", ""], &[]), [""; 0]);
    }

    #[test]
    fn a_course_id_inside_a_title_names_nothing() {
        assert_eq!(named(&[], &["Course 13736"]), [""; 0]);
    }

    #[test]
    fn a_title_names_as_a_whole_in_any_case_and_with_any_blanks() {
        for title in
            ["mcsa: linux ON azure", "  MCSA:\u{a0}Linux \t on\u{202f}Azure\n", "MCSA Linux on Azure"]
        {
            assert_eq!(named(&[], &[title]), ["mcsa"], "{title:?}");
        }
        assert_eq!(named(&[], &["ÉVALUATION TECHNIQUE POUR PLATEFORME CLOUD"]), ["13736"]);
        assert_eq!(named(&[], &["MCSA: Linux on Azure Stack"]), [""; 0]);
        assert_eq!(named(&[], &["Cloud Platform"]), [""; 0]);
    }

    /// By the words of SPEC 3.4, one code at every place of the title.
    fn stands_alone(code: &str, title: &str) -> bool {
        title.match_indices(code).any(|(at, _)| {
            let (before, after) = (&title[..at], &title[at + code.len()..]);
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        })
    }

    proptest! {
        #[test]
        fn the_index_finds_the_codes_that_stand_alone_in_a_title(title in "(70|-|53|2|3|4|70-53|47| |x|É|é|\\.){0,12}") {
            let rules = &builtin()[0];
            let expected: Vec<&str> = rules
                .groups
                .iter()
                .flat_map(|group| &group.credentials)
                .filter(|credential| credential.code_in_title)
                .filter_map(|credential| credential.code.as_deref())
                .filter(|code| stands_alone(code, &comparable(&title)))
                .collect();
            let found = CredentialIndex::of(rules).names(&[], &[&title]);
            let found: Vec<&str> = found.iter().filter_map(|n| rules.credential(*n).code.as_deref()).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_record_may_name_several_credentials_and_each_once() {
        assert_eq!(
            named(&["70-533", "70-532"], &["70-533 / 70-534", "Exam 70-533"]),
            ["70-532", "70-533", "70-534"]
        );
    }
}
