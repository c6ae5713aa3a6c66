//! The columns of our own outputs (SPEC 4) that do not depend on a rule set, and how a header is recognised as one of our outputs.
//! They stand before all rooms, since a walk passes over our own outputs. The tables themselves are made in `outputs`.

/// First columns of the report. Columns that follow from the rule set come between these and [`REPORT_LAST`].
pub const REPORT_FIRST: [&str; 6] = ["partner_id", "partner_name", "country", "market", "tier", "confidence"];

/// Last columns of the report.
pub const REPORT_LAST: [&str; 5] = ["rule_set", "as_of", "window_start", "window_end", "notes"];

/// The columns of the rejects file.
pub const REJECTS: [&str; 11] = [
    "file",
    "sheet",
    "row",
    "byte_offset",
    "column",
    "code",
    "message",
    "value",
    "partner_id",
    "amount_usd",
    "could_change_tier",
];

/// The columns of the credits table.
pub const CREDITS: [&str; 11] = [
    "dataset",
    "source",
    "subscription",
    "partner",
    "provider",
    "association",
    "from",
    "to",
    "currency",
    "amount",
    "rows",
];

/// The columns of the ledger.
pub const LEDGER: [&str; 12] = [
    "head",
    "partner",
    "subscription",
    "month",
    "association",
    "currency",
    "source",
    "reason",
    "amount",
    "rate",
    "usd",
    "counted_usd",
];

/// The columns of the difference of two runs.
pub const DIFFERENCE: [&str; 23] = [
    "change",
    "partner_id",
    "partner_name",
    "old_tier",
    "new_tier",
    "old_next_tier",
    "new_next_tier",
    "old_next_consumption_shortfall_usd",
    "new_next_consumption_shortfall_usd",
    "old_next_individuals_shortfall",
    "new_next_individuals_shortfall",
    "old_consumption_usd",
    "new_consumption_usd",
    "consumption_change_usd",
    "rule_set_usd",
    "window_left_usd",
    "window_entered_usd",
    "roll_up_usd",
    "associations_usd",
    "snapshots_usd",
    "amounts_usd",
    "rates_usd",
    "detail",
];

/// First columns of an explanation as CSV.
const EXPLANATION_FIRST: [&str; 5] = ["partner_id", "section", "name", "status", "required"];

/// First columns of a plan as CSV.
const PLAN_FIRST: [&str; 7] = ["rank", "partner_id", "partner_name", "tier", "next_tier", "way", "by"];

/// The columns of the difference of two rule sets.
const RULES_DIFFERENCE: [&str; 5] = ["kind", "key", "partner_name", "a", "b"];

/// The sheets by which a workbook is recognised as ours, with [`WORKBOOK_MARK`] in the last of them.
pub const WORKBOOK_SHEETS: [&str; 3] = ["Summary", "Partners", "About"];

/// The first cell of the last of [`WORKBOOK_SHEETS`].
pub const WORKBOOK_MARK: &str = "About this workbook";

/// The key of the control of a credits table in the metadata of a Parquet file.
pub const CONTROL_KEY: &str = "attain.control";

/// The end of the name of a control beside a credits table of delimited text.
pub const CONTROL_SUFFIX: &str = ".control.json";

/// The folders that a Spark job writes: the credits table, refused rows, and the control.
pub const SPARK_CREDITS: &str = "credits";
/// See [`SPARK_CREDITS`].
pub const SPARK_REJECTS: &str = "rejects";
/// See [`SPARK_CREDITS`].
pub const SPARK_CONTROL: &str = "control";

/// The end of the name of what a run that fails has written.
pub const FAILED_SUFFIX: &str = ".failed.json";

/// First and last columns of each of our outputs but the credits table, which is an input too: a header that has both is ours.
const MARKERS: [(&[&str], &[&str]); 9] = [
    (REPORT_FIRST.split_at(SHARED_WITH_FORMER_REPORT).0, &REPORT_LAST),
    (REJECTS.split_at(SHARED_WITH_FORMER_REJECTS).0, &[]),
    (&LEDGER, &[]),
    (&DIFFERENCE, &[]),
    (&EXPLANATION_FIRST, &[]),
    (&PLAN_FIRST, &[]),
    (&RULES_DIFFERENCE, &[]),
    (&FORMER_REPORT_FIRST, &FORMER_REPORT_LAST),
    (&FORMER_CREDITS, &[]),
];

/// First columns that the outputs of earlier builds have too: `confidence` and `could_change_tier` came later.
const SHARED_WITH_FORMER_REPORT: usize = 5;
const SHARED_WITH_FORMER_REJECTS: usize = 10;

/// First and last columns of reports of earlier builds, which still lie in folders of exports.
const FORMER_REPORT_FIRST: [&str; 6] =
    ["partner_id", "partner_name", "country", "market", "rule_set", "as_of"];
const FORMER_REPORT_LAST: [&str; 2] = ["next_tier", "notes"];

/// The columns of credits tables of earlier builds, which had no control.
const FORMER_CREDITS: [&str; 7] =
    ["partner", "subscription", "month", "association", "amount", "rows", "currency"];

/// Ends of the names of report columns that follow from the rule set, in the form in which names are compared.
const REPORT_SUFFIXES: [&str; 6] =
    ["individuals", "status", "requiredusd", "shortfallusd", "individualsrequired", "individualsshortfall"];

/// Columns of the report that no other table has, in the form in which names are compared, beside those that end in one of the last four of
/// [`REPORT_SUFFIXES`].
const REPORT_ONLY: [&str; 6] =
    ["nexttier", "consumptionusd", "loston", "ruleset", "windowstart", "windowend"];

/// Whether a header names columns of a report alone, and at least one that no other table has: a report of chosen columns. `names` are in the
/// form in which names are compared.
fn is_cut_report(names: &[&str]) -> bool {
    let is_figure = |name: &&str| {
        REPORT_ONLY.contains(name) || REPORT_SUFFIXES[2..].iter().any(|suffix| name.ends_with(suffix))
    };
    names.iter().any(is_figure) && is_part_of_report(names)
}

/// Whether a header names columns of a report alone. `names` are in the form in which names are compared.
pub fn is_part_of_report(names: &[&str]) -> bool {
    let fixed = |name: &str| {
        let mut columns = REPORT_FIRST.iter().chain(&REPORT_LAST);
        columns.any(|column| column.bytes().filter(|byte| *byte != b'_').eq(name.bytes()))
    };
    let is_column = |name: &&str| {
        fixed(name)
            || REPORT_ONLY.contains(name)
            || REPORT_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
    };
    !names.is_empty() && names.iter().all(is_column)
}

/// Whether a header belongs to one of our outputs. `names` are in the form in which names are compared.
pub fn is_own_output(names: &[&str]) -> bool {
    let is_alike = |names: &[&str], columns: &[&str]| {
        names
            .iter()
            .zip(columns)
            .all(|(name, column)| column.bytes().filter(|byte| *byte != b'_').eq(name.bytes()))
    };
    let is_whole = MARKERS.iter().any(|(first, last)| {
        let behind_first = names.len().checked_sub(last.len()).filter(|at| *at >= first.len());
        behind_first.is_some_and(|at| is_alike(names, first) && is_alike(&names[at..], last))
    });
    is_whole || is_cut_report(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_chosen_columns_is_ours_if_one_of_them_is_the_report_s_alone() {
        for names in [
            &["nexttier"][..],
            &["partnerid", "tier", "consumptionusd"],
            &["silverconsumptionshortfallusd", "partnerid"],
            &["goldindividualsshortfall", "notes"],
        ] {
            assert!(is_own_output(names), "{names:?}");
        }
        for names in [
            &["partnerid", "country", "market", "tier"][..],
            &["partnerid", "consumptionusd", "month"],
            &["status"],
            &[],
        ] {
            assert!(!is_own_output(names), "{names:?}");
        }
        assert!(is_part_of_report(&["partnerid", "country", "tier"]));
        assert!(!is_part_of_report(&["partnerid", "amount"]));
    }
}
