//! Doubts: something odd that changes no figure. They are told at the end of a run and never counted as refused rows.

use std::collections::BTreeMap;

use crate::base::limits;

/// What is odd. The text of a code is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DoubtCode {
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
    /// A file was not UTF-8 and was read as windows-1252.
    EncodingGuessed,
}

impl DoubtCode {
    /// The code as people and scripts see it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DoubtCode::OverlappingFiles => "overlapping-files",
            DoubtCode::OverlappingDpor => "overlapping-dpor",
            DoubtCode::PersonAtTwoPartners => "person-at-two-partners",
            DoubtCode::RosterDisagrees => "roster-disagrees",
            DoubtCode::MarketsDisagree => "markets-disagree",
            DoubtCode::TenantShared => "tenant-shared",
            DoubtCode::EncodingGuessed => "encoding-guessed",
        }
    }
}

/// The doubts of a run: how many of each kind, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Doubts(BTreeMap<DoubtCode, (u64, Vec<String>)>);

impl Doubts {
    /// Adds a doubt; callers add in an order that does not depend on threads.
    pub(crate) fn add(&mut self, code: DoubtCode, text: String) {
        let (count, listed) = self.0.entry(code).or_default();
        *count += 1;
        if listed.len() < limits::DOUBTS_LISTED {
            listed.push(text);
        }
    }

    /// Every kind: its count, and the first of its texts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (DoubtCode, u64, &[String])> {
        self.0.iter().map(|(code, (count, listed))| (*code, *count, listed.as_slice()))
    }
}
