//! Warnings: findings that change no figure. They are reported at the end of a run and never counted as refused rows; one that is denied
//! makes the run incomplete.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::limits;

/// Whether a warning makes a run incomplete unless an option says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultDenial {
    /// The run is incomplete.
    Denied,
    /// The run stays complete.
    Allowed,
}

macro_rules! warning_codes {
    ($($name:ident = $text:literal, $denial:ident, $doc:literal;)*) => {
        /// The kind of a warning. The text of a code is fixed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WarningCode { $(#[doc = $doc] $name,)* }

        impl WarningCode {
            /// Every code, in order.
            pub const ALL: &'static [WarningCode] = &[$(WarningCode::$name,)*];

            /// The code as people and scripts see it.
            pub fn as_str(self) -> &'static str {
                match self { $(WarningCode::$name => $text,)* }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(WarningCode::$name => $doc,)* }
            }

            /// Whether the code is denied by default.
            pub fn default_denial(self) -> DefaultDenial {
                match self { $(WarningCode::$name => DefaultDenial::$denial,)* }
            }
        }
    };
}

warning_codes! {
    MissingMonths = "missing-months", Denied, "months of the window are not covered by any consumption that was read";
    RoleMissing = "role-missing", Denied, "a role that the requirements need has no row";
    FileLeftOut = "file-left-out", Denied, "a faulty file was left out, since --keep-going says so; its rows are unknown";
    UnrecognisedFile = "unrecognised-file", Denied, "a file of a walked folder looks like data, and is not read";
    Shrunk = "shrunk", Denied, "the newest snapshot has less than half the rows or bytes of the one before it for the same period";
    RunInProgress = "run-in-progress", Denied, "the newest run of a series has no manifest yet, so that the newest complete run counts";
    UnsettledMonth = "unsettled-month", Allowed, "a month was exported before the 6th of the next month, and may still change";
    IncompleteRun = "incomplete-run", Allowed, "a superseded run lacks a part, or a part is shorter than its manifest says";
    OutsidePeriod = "outside-period", Allowed, "rows lie outside the period that their manifest or folder states";
    DatesShifted = "dates-shifted", Allowed, "all dates of a column have one time of day late in the day, as local midnights have in UTC";
    OverlapElsewhere = "overlap-elsewhere", Allowed, "exports overlap in rows that the window leaves out";
    SameBytes = "same-bytes", Allowed, "two files have the same bytes, and count once";
    EmptyFile = "empty-file", Allowed, "a file of a walked folder is empty or blank";
    DayOrderInferred = "day-order-inferred", Allowed, "the dates of a file are days only in the other order than that of its dialect, and were read so";
    DoubtfulDecimalComma = "doubtful-decimal-comma", Allowed, "under --decimal-comma, every mark in the numbers of a file stands before three digits";
    RepeatedHeader = "repeated-header", Allowed, "the header of a file comes again in its middle, and was passed over";
    EncodingGuessed = "encoding-guessed", Allowed, "a file is not UTF-8 and was read as windows-1252, or as GB18030";
    ProviderUnknown = "provider-unknown", Allowed, "rows have a provider that no file and no option identifies, and who gets no credit";
    PartnerPrice = "partner-price", Allowed, "amounts are the partner's price, after partner earned credit, so that consumption is understated";
    PrepaidWithoutAmount = "prepaid-without-amount", Allowed, "usage that a reservation or savings plan covers has no amount, so that consumption is understated";
    NearCredential = "near-credential", Allowed, "a credential is not named by the rule set, and close to one that is";
    NearPartner = "near-partner", Allowed, "two partners have ids that differ in the text around one number alone";
    OverlappingDpor = "overlapping-dpor", Allowed, "two partners are the DPOR of one subscription on the same days";
    PersonAtTwoPartners = "person-at-two-partners", Allowed, "a person has counted passes at two partners";
    RosterDisagrees = "roster-disagrees", Allowed, "two roster lines disagree, so that a field is unknown";
    MarketsDisagree = "markets-disagree", Allowed, "two lines give a country different markets";
    TenantShared = "tenant-shared", Allowed, "several partners have the same tenant, so that it identifies none";
}

/// One or all codes, as an option names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeSelector {
    /// `all`.
    All,
    /// One code.
    Code(WarningCode),
}

impl CodeSelector {
    /// Reads a code, or `all`. `None` if there is no such code.
    pub(crate) fn parse(text: &str) -> Option<CodeSelector> {
        if text == "all" {
            return Some(CodeSelector::All);
        }
        let code = WarningCode::ALL.iter().find(|code| code.as_str() == text)?;
        Some(CodeSelector::Code(*code))
    }

    fn names(self, code: WarningCode) -> bool {
        self == CodeSelector::Code(code)
    }
}

/// The warnings that make a run incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeniedWarnings(BTreeSet<WarningCode>);

impl DeniedWarnings {
    /// The denied codes. A code that an option names beats `all`; named by both options, it is allowed.
    pub(crate) fn new(deny: &[CodeSelector], allow: &[CodeSelector]) -> DeniedWarnings {
        let is_denied = |code: WarningCode| {
            let names = |selectors: &[CodeSelector]| selectors.iter().any(|selector| selector.names(code));
            if names(allow) {
                false
            } else if names(deny) {
                true
            } else if allow.contains(&CodeSelector::All) {
                false
            } else {
                deny.contains(&CodeSelector::All) || code.default_denial() == DefaultDenial::Denied
            }
        };
        DeniedWarnings(WarningCode::ALL.iter().copied().filter(|code| is_denied(*code)).collect())
    }

    /// Whether a code is denied.
    pub(crate) fn has(&self, code: WarningCode) -> bool {
        self.0.contains(&code)
    }

    /// Every denied code, sorted by its text.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = self.0.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes
    }
}

/// The warnings of a run: how many of each kind, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Warnings(BTreeMap<WarningCode, (u64, Vec<String>)>);

impl Warnings {
    /// Adds a warning; callers add in an order that does not depend on threads.
    pub(crate) fn add(&mut self, code: WarningCode, text: String) {
        let (count, listed) = self.0.entry(code).or_default();
        *count += 1;
        if listed.len() < limits::WARNINGS_LISTED {
            listed.push(text);
        }
    }

    /// Adds the warnings of another list behind its own.
    pub(crate) fn merge(&mut self, other: &Warnings) {
        for (code, count, texts) in other.iter() {
            let (of_code, listed) = self.0.entry(code).or_default();
            *of_code += count;
            let free = limits::WARNINGS_LISTED.saturating_sub(listed.len());
            listed.extend(texts.iter().take(free).cloned());
        }
    }

    /// Every kind: its count, and the first of its texts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (WarningCode, u64, &[String])> {
        self.0.iter().map(|(code, (count, listed))| (*code, *count, listed.as_slice()))
    }

    /// The codes by which the run is incomplete: how many warnings of each denied code there are, sorted by code.
    pub(crate) fn denied(&self, denied: &DeniedWarnings) -> Vec<(WarningCode, u64)> {
        let of_codes = self.iter().filter(|(code, ..)| denied.has(*code));
        let mut met: Vec<(WarningCode, u64)> = of_codes.map(|(code, count, _)| (code, count)).collect();
        met.sort_by_key(|(code, _)| code.as_str());
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(texts: &[&str]) -> Vec<CodeSelector> {
        texts.iter().map(|text| CodeSelector::parse(text).unwrap()).collect()
    }

    fn denied(deny: &[&str], allow: &[&str]) -> Vec<&'static str> {
        DeniedWarnings::new(&selectors(deny), &selectors(allow)).codes()
    }

    const DEFAULT: [&str; 6] =
        ["file-left-out", "missing-months", "role-missing", "run-in-progress", "shrunk", "unrecognised-file"];

    #[test]
    fn options_add_to_the_default_and_take_away_from_it() {
        assert_eq!(denied(&[], &[]), DEFAULT);
        assert_eq!(
            denied(&["same-bytes"], &["shrunk", "missing-months", "run-in-progress"]),
            ["file-left-out", "role-missing", "same-bytes", "unrecognised-file"]
        );
        assert_eq!(denied(&["all"], &[]).len(), WarningCode::ALL.len());
        assert_eq!(denied(&[], &["all"]), [""; 0]);
    }

    #[test]
    fn a_named_code_beats_all_and_named_by_both_options_it_is_allowed() {
        assert_eq!(denied(&["shrunk"], &["all"]), ["shrunk"]);
        assert_eq!(denied(&["all"], &["shrunk"]).len(), WarningCode::ALL.len() - 1);
        assert_eq!(denied(&["shrunk"], &["shrunk", "all"]), [""; 0]);
        assert_eq!(denied(&["all"], &["all"]), [""; 0]);
    }

    #[test]
    fn an_unknown_code_is_none() {
        for text in ["", "All", "shrank", "bad-date", "shrunk "] {
            assert_eq!(CodeSelector::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_run_is_incomplete_by_its_denied_warnings_alone() {
        let mut warnings = Warnings::default();
        for code in
            [WarningCode::Shrunk, WarningCode::SameBytes, WarningCode::MissingMonths, WarningCode::Shrunk]
        {
            warnings.add(code, String::new());
        }
        let met = warnings.denied(&DeniedWarnings::new(&[], &[]));
        assert_eq!(met, [(WarningCode::MissingMonths, 1), (WarningCode::Shrunk, 2)]);
    }
}
