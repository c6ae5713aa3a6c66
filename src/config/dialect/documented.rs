//! The documented headers: one line of names each, put together from the sources that the dialects name, and which dialect each of
//! them must have. With them `attain dialects check` shows that no documented header fits two dialects. They are no data.
//!
//! Names and widths are the sources'; the order is, except in `insights-azure-usage-2021`, which only lists of names document. Names
//! that end in `-sample`, `-bom`, `-localised`, `-mixed` are headers of public samples.

use std::collections::BTreeSet;

use super::{ColumnKey, Dialect, builtin, fitting};

/// A header that a source documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentedHeader {
    /// Its name: the dialect's and the version, or `none-` and what it is.
    pub name: &'static str,
    /// The dialect that fits it. **Absent**: none does; a relative of a known export, or our own output.
    pub dialect: Option<&'static str>,
    text: &'static str,
}

impl DocumentedHeader {
    /// Its names, in order. (None contains a comma or a quote.)
    pub fn names(&self) -> Vec<String> {
        self.text.trim_end().split(',').map(str::to_owned).collect()
    }
}

macro_rules! headers {
    ($($name:literal => $dialect:literal)*) => {
        &[$(DocumentedHeader {
            name: $name,
            dialect: if $dialect.is_empty() { None } else { Some($dialect) },
            text: include_str!(concat!("headers/", $name, ".csv")),
        },)*]
    };
}

const HEADERS: &[DocumentedHeader] = headers! {
    "insights-azure-usage-2021" => "insights-azure-usage"
    "insights-azure-usage-2023" => "insights-azure-usage"
    "insights-azure-usage-2023-report-page" => "insights-azure-usage"
    "insights-azure-usage-all-fields" => "insights-azure-usage"
    "insights-azure-usage-chosen-columns" => "insights-azure-usage"
    "insights-azure-usage-system-query" => "insights-azure-usage"
    "cost-partner-2019-11-01" => "cost-partner"
    "cost-partner-2021-01-01" => "cost-partner"
    "cost-partner-2021-10-01" => "cost-partner"
    "cost-partner-2023-12-01-preview" => "cost-partner"
    "cost-partner-subscription-2019-11-01" => "cost-partner-subscription"
    "cost-partner-subscription-2021-01-01" => "cost-partner-subscription"
    "cost-partner-subscription-2021-sample" => "cost-partner-subscription"
    "cost-partner-subscription-2021-10-01" => "cost-partner-subscription"
    "cost-partner-subscription-2023-12-01-preview" => "cost-partner-subscription"
    "cost-customer-2019-10-01" => "cost-customer"
    "cost-customer-2019-11-01" => "cost-customer"
    "cost-customer-2021-01-01" => "cost-customer"
    "cost-customer-2021-10-01" => "cost-customer"
    "cost-customer-2023-12-01-preview" => "cost-customer"
    "cost-enterprise-2019-10-01" => "cost-enterprise"
    "cost-enterprise-2019-10-01-currency" => "cost-enterprise"
    "cost-enterprise-2020-01-01" => "cost-enterprise"
    "cost-enterprise-2021-01-01" => "cost-enterprise"
    "cost-enterprise-2021-10-01" => "cost-enterprise"
    "cost-enterprise-2023-12-01-preview" => "cost-enterprise"
    "cost-enterprise-2024-08-01" => "cost-enterprise"
    "cost-enterprise-cost-billing-currency" => "cost-enterprise"
    "cost-pay-as-you-go-2019-11-01" => "cost-pay-as-you-go"
    "cost-pay-as-you-go-2019-11-01-bom" => "cost-pay-as-you-go"
    "cost-pay-as-you-go-localised" => "cost-pay-as-you-go"
    "cost-pay-as-you-go-localised-mixed" => "cost-pay-as-you-go"
    "focus-1.0" => "focus"
    "focus-1.0-preview" => "focus"
    "focus-1.0r2" => "focus"
    "focus-1.2-preview-105" => "focus"
    "focus-1.2-preview-106" => "focus"
    "recon-daily-rated-2021" => "recon-daily-rated"
    "recon-daily-rated-2023" => "recon-daily-rated"
    "recon-daily-rated-2024" => "recon-daily-rated"
    "insights-training-2021" => "insights-training"
    "insights-training-2023" => "insights-training"
    "insights-profile-2023" => "insights-profile"
    "insights-profile-system-query" => "insights-profile"
    "consumption-daily" => "consumption"
    "consumption-monthly" => "consumption"
    "credentials" => "credentials"
    "partners" => "partners"
    "associations" => "associations"
    "rates" => "rates"
    "markets" => "markets"
    "none-insights-competency-history" => ""
    "none-insights-competency-requirement" => ""
    "none-insights-customers" => ""
    "none-insights-microsoft-learn" => ""
    "none-insights-subscriptions" => ""
    "none-recon-legacy-usage" => ""
    "none-recon-new-commerce" => ""
    "none-rejects" => ""
    "none-credits" => ""
    "none-report" => ""
};

/// Every documented header, in the order of the dialects.
pub fn documented_headers() -> &'static [DocumentedHeader] {
    HEADERS
}

/// All that is wrong with the built-in dialects together with the user's own; empty if nothing is.
///
/// Each documented header must fit the dialect it belongs to, and no other; a header of only what a dialect requires must fit that
/// dialect alone. The user's dialects are tried first, so that one of them may fit a documented header, but not two.
pub fn check_all(user: &[Dialect]) -> Vec<String> {
    let mut faults = Vec::new();
    for header in HEADERS {
        let names = header.names();
        let fits = dialect_names(&fitting(&names, builtin()));
        let expected: Vec<&str> = header.dialect.into_iter().collect();
        if fits != expected {
            faults.push(format!(
                "documented header {}: fits {}, expected {}",
                header.name,
                listed(&fits),
                listed(&expected)
            ));
        }
        let fits = dialect_names(&fitting(&names, user));
        if fits.len() > 1 {
            faults.push(format!(
                "documented header {}: fits {}, expected one at most",
                header.name,
                listed(&fits)
            ));
        }
    }
    for group in [builtin(), user] {
        for dialect in group {
            faults.extend(claims_too_much(dialect, group));
        }
    }
    faults
}

/// Faults of a dialect whose least header, or one that differs from it by one name, fits others too, or does not fit itself.
fn claims_too_much(dialect: &Dialect, group: &[Dialect]) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    for header in least_headers(dialect) {
        let fits = dialect_names(&fitting(&header, group));
        if fits != [dialect.name.as_str()] {
            faults.insert(format!(
                "{}: a header of only what it requires ({}) fits {}",
                dialect.name,
                header.join(", "),
                listed(&fits)
            ));
        }
    }
    faults
}

/// Headers of only what a dialect requires: all preferred names, then each other name in its place.
fn least_headers(dialect: &Dialect) -> Vec<Vec<String>> {
    let names = |any_of: &Vec<ColumnKey>| -> Vec<String> {
        any_of.iter().flat_map(|key| dialect.columns[key.0].names.clone()).collect()
    };
    let choices: Vec<Vec<String>> = dialect.required.iter().map(names).collect();
    let preferred: Vec<String> = choices.iter().filter_map(|names| names.first().cloned()).collect();
    let mut headers = vec![preferred.clone()];
    for (place, names) in choices.iter().enumerate() {
        for name in names.iter().skip(1) {
            let mut header = preferred.clone();
            header[place].clone_from(name);
            headers.push(header);
        }
    }
    headers
}

fn dialect_names<'d>(dialects: &[&'d Dialect]) -> Vec<&'d str> {
    dialects.iter().map(|d| d.name.as_str()).collect()
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(" and ") }
}
