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

/// The key of the control of a credits table in the metadata of a Parquet file.
pub const CONTROL_KEY: &str = "attain.control";

/// The end of the name of a control beside a credits table of delimited text.
pub const CONTROL_SUFFIX: &str = ".control.json";

/// The end of the name of what a run that fails has written.
pub const FAILED_SUFFIX: &str = ".failed.json";

/// First and last columns of each of our outputs but the credits table, which is an input too: a header that has both is ours.
const MARKERS: [(&[&str], &[&str]); 5] = [
    (REPORT_FIRST.split_at(SHARED_WITH_FORMER_REPORT).0, &REPORT_LAST),
    (REJECTS.split_at(SHARED_WITH_FORMER_REJECTS).0, &[]),
    (&LEDGER, &[]),
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

/// Whether a header belongs to one of our outputs. `names` are in the form in which names are compared.
pub fn is_own_output(names: &[&str]) -> bool {
    let is_alike = |names: &[&str], columns: &[&str]| {
        names
            .iter()
            .zip(columns)
            .all(|(name, column)| column.bytes().filter(|byte| *byte != b'_').eq(name.bytes()))
    };
    MARKERS.iter().any(|(first, last)| {
        let behind_first = names.len().checked_sub(last.len()).filter(|at| *at >= first.len());
        behind_first.is_some_and(|at| is_alike(names, first) && is_alike(&names[at..], last))
    })
}
