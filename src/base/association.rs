//! Associations: why a partner gets credit for a subscription. Comes in: words. Goes out: a type of association, or a set of them.

use std::fmt;

/// Why a partner gets credit for a subscription. **Order** is the priority in exports that repeat consumption (SPEC 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Association {
    /// Partner admin link.
    Pal,
    /// Transacting partner of record.
    Tpor,
    /// Digital partner of record.
    Dpor,
    /// Direct partner of a subscription.
    #[serde(rename = "csp-tier-1")]
    CspTier1,
    /// Indirect reseller of a subscription.
    #[serde(rename = "csp-tier-2")]
    CspTier2,
    /// Deal registration; no built-in rule set accepts it.
    DealRegistration,
    /// The partner is its own customer; no built-in rule set accepts it.
    PartnerAsEndCustomer,
}

impl Association {
    /// Every association, by priority.
    pub const ALL: [Association; 7] = [
        Association::Pal,
        Association::Tpor,
        Association::Dpor,
        Association::CspTier1,
        Association::CspTier2,
        Association::DealRegistration,
        Association::PartnerAsEndCustomer,
    ];

    /// The association's word in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Association::Pal => "pal",
            Association::Tpor => "tpor",
            Association::Dpor => "dpor",
            Association::CspTier1 => "csp-tier-1",
            Association::CspTier2 => "csp-tier-2",
            Association::DealRegistration => "deal-registration",
            Association::PartnerAsEndCustomer => "partner-as-end-customer",
        }
    }
}

/// A set of associations, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct AssociationSet(u8);

impl AssociationSet {
    /// The set of one association.
    pub(crate) fn of(association: Association) -> AssociationSet {
        let mut set = AssociationSet::default();
        set.insert(association);
        set
    }

    /// Adds an association.
    pub(crate) fn insert(&mut self, association: Association) {
        self.0 |= 1 << (association as u8);
    }

    /// Whether the two sets have an association in common.
    pub(crate) fn meets(self, other: AssociationSet) -> bool {
        self.0 & other.0 != 0
    }

    /// The associations in the set, by priority.
    pub(crate) fn iter(self) -> impl Iterator<Item = Association> {
        Association::ALL.into_iter().filter(move |a| self.0 & (1 << (*a as u8)) != 0)
    }
}

impl FromIterator<Association> for AssociationSet {
    fn from_iter<I: IntoIterator<Item = Association>>(associations: I) -> AssociationSet {
        let mut set = AssociationSet::default();
        associations.into_iter().for_each(|association| set.insert(association));
        set
    }
}

impl fmt::Display for AssociationSet {
    /// `tpor+dpor`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Association::as_str).collect();
        f.write_str(&words.join("+"))
    }
}
