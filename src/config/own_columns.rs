//! The columns of our own outputs (SPEC 4) that do not depend on a rule set. Comes in: nothing. Goes out: constants. They are part of the
//! configuration, since recognition passes over our own outputs in a folder.

/// The first columns of the report.
pub const REPORT_START: [&str; 9] = [
    "partner_id",
    "partner_name",
    "country",
    "market",
    "rule_set",
    "as_of",
    "window_start",
    "window_end",
    "consumption_usd",
];

/// The column between the groups and the tiers of the report.
pub const REPORT_TIER: &str = "tier";

/// The last columns of the report.
pub const REPORT_END: [&str; 2] = ["next_tier", "notes"];

/// The columns of the rejects file.
pub const REJECTS: [&str; 10] =
    ["file", "sheet", "row", "byte_offset", "column", "code", "message", "value", "partner_id", "amount_usd"];

/// The columns of the credits table.
pub const CREDITS: [&str; 7] =
    ["partner", "subscription", "month", "association", "amount", "rows", "currency"];
