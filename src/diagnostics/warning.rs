//! Warnings: findings that change no figure. They are reported at the end of a run and never counted as refused rows.

use std::collections::BTreeMap;

use crate::base::limits;

/// The kind of a warning. The text of a code is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum WarningCode {
    /// Files of one dialect that cover the same days and are not parts of one run.
    OverlappingFiles,
    /// Two partners are the DPOR of one subscription on the same days.
    OverlappingDpor,
    /// A person has counted passes at two partners.
    PersonAtTwoPartners,
    /// Two roster lines disagree, so that a field is unknown.
    RosterDisagrees,
    /// Two lines give a country different markets.
    MarketsDisagree,
    /// Several partners have the same tenant, so that it maps to none.
    TenantShared,
    /// Rows of a CSP export credit their reseller alone, since nothing identifies their provider.
    ProviderUnknown,
    /// A file was not UTF-8 and was read as windows-1252.
    EncodingGuessed,
}

impl WarningCode {
    /// The code as people and scripts see it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            WarningCode::OverlappingFiles => "overlapping-files",
            WarningCode::OverlappingDpor => "overlapping-dpor",
            WarningCode::PersonAtTwoPartners => "person-at-two-partners",
            WarningCode::RosterDisagrees => "roster-disagrees",
            WarningCode::MarketsDisagree => "markets-disagree",
            WarningCode::TenantShared => "tenant-shared",
            WarningCode::ProviderUnknown => "provider-unknown",
            WarningCode::EncodingGuessed => "encoding-guessed",
        }
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

    /// Every kind: its count, and the first of its texts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (WarningCode, u64, &[String])> {
        self.0.iter().map(|(code, (count, listed))| (*code, *count, listed.as_slice()))
    }
}
