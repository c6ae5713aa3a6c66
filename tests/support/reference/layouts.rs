//! Which export a file is, and what its columns mean, as a plain table. Comes in: a header. Goes out: a [`Kind`] and, for a
//! consumption export, its [`Layout`]. It reads no row.

use super::text::Table;

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Consumption(Export),
    Credentials,
    InsightsTraining,
    Partners,
    InsightsProfile,
    Associations,
    Rates,
    Markets,
}

/// Where consumption comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Export {
    InsightsAzureUsage,
    /// `cost-partner` and `cost-partner-subscription`.
    CostPartner,
    CostCustomer,
    CostEnterprise,
    CostPayAsYouGo,
    Focus,
    ReconDailyRated,
    Own,
}

/// The kind of a file, from its header alone.
pub(crate) fn recognise(table: &Table) -> Option<Kind> {
    let all = |names: &[&str]| names.iter().all(|n| table.has(n));
    let any = |names: &[&str]| names.iter().any(|n| table.has(n));
    let export = if all(&["partnerattributiontype", "month"]) && any(&["acr_usd", "totalacr"]) {
        Export::InsightsAzureUsage
    } else if all(&["chargecategory", "effectivecost", "subaccountid"]) {
        Export::Focus
    } else if all(&["entitlementid", "pricingpretaxtotal", "usagedate"]) {
        Export::ReconDailyRated
    } else if all(&["accountownerid"]) && any(&["costinbillingcurrency", "cost", "pretaxcost"]) {
        Export::CostEnterprise
    } else if all(&["resellermpnid", "costinbillingcurrency", "chargetype"]) {
        Export::CostPartner
    } else if all(&["costinusd", "invoicesectionid", "chargetype"]) {
        Export::CostCustomer
    } else if all(&["pretaxcost", "subscriptionguid", "currency"]) {
        Export::CostPayAsYouGo
    } else if all(&["amount", "currency", "subscription_id"]) {
        Export::Own
    } else {
        return [
            (Kind::InsightsTraining, ["trainingtitle", "mcpid"]),
            (Kind::Credentials, ["credential", "completed_on"]),
            (Kind::Associations, ["subscription_id", "type"]),
            (Kind::InsightsProfile, ["mpnid", "pga_mpnid"]),
            (Kind::Rates, ["currency", "usd_per_unit"]),
            (Kind::Partners, ["partner_id", "rolls_up_to"]),
            (Kind::Markets, ["country", "market"]),
        ]
        .into_iter()
        .find_map(|(kind, names)| all(&names).then_some(kind));
    };
    Some(Kind::Consumption(export))
}

/// One column that tells whether a row is consumption. All values in lower case.
pub(crate) struct Sieve {
    /// Whether a value in neither list means that the row is no consumption.
    pub(crate) excludes_others: bool,
    pub(crate) column: &'static str,
    pub(crate) counts: &'static [&'static str],
    pub(crate) does_not: &'static [&'static str],
    /// The code that refuses any other value.
    pub(crate) otherwise: &'static str,
}

/// An amount column; the column that holds its currency (none: USD); whether it holds only where that currency is USD.
pub(crate) type Money = (&'static str, Option<&'static str>, bool);

/// The columns of a consumption export. Of several names the first that the file has is meant.
pub(crate) struct Layout {
    pub(crate) sieves: &'static [Sieve],
    pub(crate) date: &'static [&'static str],
    pub(crate) subscription: &'static [&'static str],
    pub(crate) repeats: bool,
}

const CHARGE_TYPE: Sieve = Sieve {
    excludes_others: false,
    column: "chargetype",
    counts: &["usage"],
    does_not: &[
        "purchase",
        "refund",
        "tax",
        "adjustment",
        "roundingadjustment",
        "unusedreservation",
        "unusedsavingsplan",
    ],
    otherwise: "unknown-charge-type",
};
const PUBLISHER_TYPE: Sieve = Sieve {
    excludes_others: false,
    column: "publishertype",
    counts: &["azure", "microsoft"],
    does_not: &["marketplace", "aws"],
    otherwise: "unknown-publisher-type",
};
const PROVIDER: Sieve = Sieve {
    excludes_others: false,
    column: "provider",
    counts: &["azure"],
    does_not: &["microsoft 365", "dynamics 365", "aws"],
    otherwise: "unknown-provider",
};
const COST: &[Sieve] = &[CHARGE_TYPE, PUBLISHER_TYPE, PROVIDER];
const FOCUS: &[Sieve] = &[
    Sieve {
        excludes_others: false,
        column: "chargecategory",
        counts: &["usage"],
        does_not: &["purchase", "tax", "credit", "adjustment"],
        otherwise: "unknown-charge-type",
    },
    Sieve {
        excludes_others: false,
        column: "providername",
        counts: &["microsoft"],
        does_not: &["aws", "google cloud"],
        otherwise: "unknown-provider",
    },
    Sieve {
        excludes_others: true,
        column: "serviceprovidername",
        counts: &["microsoft"],
        does_not: &[],
        otherwise: "unknown-value",
    },
    Sieve {
        excludes_others: false,
        column: "x_publishercategory",
        counts: &["cloud provider"],
        does_not: &["vendor"],
        otherwise: "unknown-publisher-type",
    },
    Sieve {
        excludes_others: false,
        column: "commitmentdiscountstatus",
        counts: &["", "used"],
        does_not: &["unused"],
        otherwise: "unknown-charge-type",
    },
    Sieve {
        excludes_others: false,
        column: "chargesubcategory",
        counts: &["", "on-demand", "used commitment"],
        does_not: &["unused commitment", "refund", "rounding error"],
        otherwise: "unknown-charge-type",
    },
];
const DAILY_RATED: &[Sieve] = &[
    Sieve {
        excludes_others: false,
        column: "chargetype",
        counts: &["usage", "new"],
        does_not: &["purchase", "refund"],
        otherwise: "unknown-charge-type",
    },
    Sieve {
        excludes_others: true,
        column: "publishername",
        counts: &["microsoft", "microsoft corporation", ""],
        does_not: &[],
        otherwise: "",
    },
];

impl Export {
    /// The columns of this export.
    pub(crate) fn layout(self) -> Layout {
        let plain = |sieves, date, subscription| Layout { sieves, date, subscription, repeats: false };
        match self {
            Export::InsightsAzureUsage => {
                Layout { repeats: true, ..plain(&[], &["month"], &["subscriptionid"]) }
            }
            Export::CostPartner | Export::CostCustomer => plain(COST, &["date"], &["subscriptionid"]),
            Export::CostEnterprise => {
                plain(COST, &["date", "usagedatetime"], &["subscriptionid", "subscriptionguid"])
            }
            Export::CostPayAsYouGo => plain(COST, &["usagedatetime"], &["subscriptionguid"]),
            Export::Focus => plain(FOCUS, &["chargeperiodstart"], &["subaccountid"]),
            Export::ReconDailyRated => plain(DAILY_RATED, &["usagedate"], &["entitlementid"]),
            Export::Own => plain(&[], &["date", "month"], &["subscription_id"]),
        }
    }

    /// The amount columns, in order of preference.
    pub(crate) fn money(self) -> &'static [Money] {
        match self {
            Export::InsightsAzureUsage => &[("acr_usd", None, false), ("totalacr", None, false)],
            Export::CostPartner | Export::CostCustomer => &[
                ("costinusd", None, false),
                ("costinpricingcurrency", Some("pricingcurrency"), true),
                ("costinbillingcurrency", Some("billingcurrency"), false),
            ],
            Export::CostEnterprise => &[
                ("costinusd", None, false),
                ("costinbillingcurrency", Some("billingcurrencycode"), false),
                ("costinbillingcurrency", Some("billingcurrency"), false),
                ("cost", Some("billingcurrency"), false),
                ("pretaxcost", Some("currency"), false),
            ],
            Export::CostPayAsYouGo => &[("pretaxcost", Some("currency"), false)],
            Export::Focus => {
                &[("x_effectivecostinusd", None, false), ("effectivecost", Some("billingcurrency"), false)]
            }
            Export::ReconDailyRated => &[
                ("pricingpretaxtotal", Some("pricingcurrency"), true),
                ("billingpretaxtotal", Some("billingcurrency"), false),
            ],
            Export::Own => &[("amount", Some("currency"), false)],
        }
    }

    /// The column in which a row may name a reseller, though the associations file decides where it does not.
    pub(crate) fn reseller(self) -> Option<&'static str> {
        match self {
            Export::Focus => Some("x_resellerid"),
            Export::CostEnterprise => Some("resellermpnid"),
            _ => None,
        }
    }

    /// Whether the associations file says whose its rows are.
    pub(crate) fn names_no_partner(self) -> bool {
        matches!(self, Export::CostCustomer | Export::CostEnterprise | Export::CostPayAsYouGo | Export::Focus)
    }
}
