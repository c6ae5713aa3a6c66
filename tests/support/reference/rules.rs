//! The rule set `cloud-platform`, both versions, as the competency pages of 2017-07-07 and 2017-12-15 word it. Plain constants;
//! it judges nobody.

use chrono::NaiveDate;

use super::figures::ONE;

/// Months of consumption that count.
pub(crate) const WINDOW_MONTHS: u32 = 12;
/// Associations that the rule set accepts.
pub(crate) const ACCEPTED: [&str; 4] = ["dpor", "tpor", "csp-tier-1", "csp-tier-2"];
/// Groups of credentials, in report order.
pub(crate) const GROUPS: [&str; 2] = ["assessment", "exam"];
/// Of exports that repeat consumption, the association that counts is the first of these.
pub(crate) const PRIORITY: [&str; 7] =
    ["pal", "tpor", "dpor", "csp-tier-1", "csp-tier-2", "deal-registration", "partner-as-end-customer"];

/// One tier.
pub(crate) struct Tier {
    pub(crate) name: &'static str,
    /// 10⁻²⁴ USD, in a developed market.
    pub(crate) developed: i128,
    /// 10⁻²⁴ USD, in a developing market.
    pub(crate) developing: i128,
    pub(crate) individuals: usize,
}

/// The tiers, lowest first.
pub(crate) const TIERS: [Tier; 2] = [
    Tier { name: "silver", developed: 15_000 * ONE, developing: 10_000 * ONE, individuals: 1 },
    Tier { name: "gold", developed: 100_000 * ONE, developing: 100_000 * ONE, individuals: 2 },
];

/// Assessments: course id, and the titles by which it is known.
const ASSESSMENTS: [(&str, &[&str]); 5] = [
    (
        "13736",
        &[
            "Technical Assessment for Cloud Platform",
            "Technical Assessment for Using Microsoft Azure for Datacenter Solutions",
            "Évaluation technique pour plateforme cloud",
        ],
    ),
    (
        "13735",
        &[
            "Technical Assessment for Using Azure for Data Analytics and Data Platform Solutions",
            "Évaluation technique pour l'utilisation d'Azure pour les solutions d'analyse des données et de plateforme de données",
        ],
    ),
    ("13979", &["Technical Assessment for Using Microsoft Azure for Application Development"]),
    ("16252", &["Technical Assessment for Using Azure for Internet of Things Solutions"]),
    ("16571", &["Technical Assessment for Using Azure Remote Desktop Service"]),
];

/// Exams of both versions.
const EXAMS: [&str; 5] = ["70-532", "70-533", "70-534", "70-473", "70-475"];

/// The second version: in force from 2017-12-15.
fn is_second(as_of: NaiveDate) -> bool {
    as_of >= NaiveDate::from_ymd_opt(2017, 12, 15).expect("a day")
}

/// The cell `rule_set`.
pub(crate) fn name_at(as_of: NaiveDate) -> &'static str {
    if is_second(as_of) { "cloud-platform@2017-12-15" } else { "cloud-platform@2017-07-07" }
}

/// The group of the credential that a code and a title name, and whether it is still accepted on `as_of`, by the rules of `rules_on`.
/// `None`: not named.
pub(crate) fn credential(
    code: &str,
    title: &str,
    as_of: NaiveDate,
    rules_on: NaiveDate,
) -> Option<(&'static str, bool)> {
    let same = |a: &str, b: &str| words(a) == words(b);
    let known = |(id, titles): &(&str, &[&str])| code == *id || titles.iter().any(|t| same(t, title));
    if ASSESSMENTS.iter().any(known) {
        return Some(("assessment", true));
    }
    if same(title, "MCSA: Linux on Azure") {
        return Some(("exam", true));
    }
    let named = |exam: &str| code == exam || contains_code(title, exam);
    if EXAMS.iter().any(|exam| named(exam)) {
        let retired = is_second(rules_on)
            && named("70-534")
            && as_of > NaiveDate::from_ymd_opt(2018, 12, 31).expect("a day");
        return Some(("exam", !retired));
    }
    (is_second(rules_on) && named("70-535")).then_some(("exam", true))
}

/// Lower case, blanks collapsed.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// Whether the exam code stands in the title between characters that are neither letters nor digits.
fn contains_code(title: &str, code: &str) -> bool {
    title.match_indices(code).any(|(at, _)| {
        let before = title[..at].chars().next_back();
        let after = title[at + code.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
