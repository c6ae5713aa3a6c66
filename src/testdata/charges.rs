//! The types of charge of each family of exports, and how often they occur. Comes in: a family. Goes out: its types of charge. The words stand in
//! real exports; the shares are invented.

use super::layouts::ExportFamily;

/// A property of a type of charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChargeText {
    /// `Usage`, `Purchase`, ...
    Type,
    /// `Azure`, `Microsoft`, `Marketplace`
    PublisherType,
    /// Line of business.
    Provider,
    /// `UsageBased`, `OneTime`, `Recurring`
    Frequency,
    /// `On Demand`, `Reservation`
    PricingModel,
    /// Term of the purchase.
    Term,
    /// Reservation that covers the charge.
    Reservation,
    /// Name of the reservation.
    ReservationName,
    /// FOCUS: whether a commitment was used.
    CommitmentStatus,
    /// Invoice that a refund refers to.
    PreviousInvoice,
}

/// A type of charge.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChargeKind {
    /// Share of the rows. **Unit**: thousandths.
    pub(super) per_thousand: u64,
    /// Whether it costs nothing here, because a purchase paid for it.
    pub(super) is_free: bool,
    texts: [&'static str; 10],
}

impl ChargeKind {
    /// One property; no text needs quotes.
    pub(super) fn text(&self, which: ChargeText) -> &'static str {
        self.texts[which as usize]
    }
}

const fn charge(per_thousand: u64, texts: [&'static str; 10]) -> ChargeKind {
    ChargeKind { per_thousand, is_free: false, texts }
}

const RESERVATION: &str = "49ed0e4d-8e0c-4f1f-af2c-67c865056615";

const AGREEMENT: [ChargeKind; 6] = [
    charge(940, ["Usage", "Microsoft", "Azure", "UsageBased", "On Demand", "", "", "", "", ""]),
    charge(
        15,
        ["Purchase", "Microsoft", "Azure", "OneTime", "Reservation", "P1Y", RESERVATION, "VM_RI_06", "", ""],
    ),
    charge(10, ["Refund", "Microsoft", "Azure", "OneTime", "On Demand", "", "", "", "", "G012345"]),
    charge(20, ["Usage", "Marketplace", "Azure", "UsageBased", "On Demand", "", "", "", "", ""]),
    charge(5, ["RoundingAdjustment", "Microsoft", "Azure", "OneTime", "", "", "", "", "", ""]),
    charge(10, ["Purchase", "Microsoft", "Microsoft 365", "Recurring", "", "P1M", "", "", "", ""]),
];

const ENTERPRISE: [ChargeKind; 4] = [
    charge(930, ["Usage", "Azure", "", "UsageBased", "OnDemand", "", "", "", "", ""]),
    charge(15, ["Purchase", "Azure", "", "Recurring", "Reservation", "36", RESERVATION, "VM_RI_06", "", ""]),
    charge(20, ["Usage", "Marketplace", "", "UsageBased", "OnDemand", "", "", "", "", ""]),
    // The actual cost of a reserved hour: the purchase row carries it.
    ChargeKind {
        per_thousand: 35,
        is_free: true,
        texts: ["Usage", "Azure", "", "UsageBased", "Reservation", "36", RESERVATION, "VM_RI_06", "", ""],
    },
];

const FOCUS: [ChargeKind; 5] = [
    charge(950, ["Usage", "Cloud Provider", "", "Usage-Based", "Standard", "", "", "", "", ""]),
    charge(
        15,
        ["Purchase", "Cloud Provider", "", "Recurring", "Committed", "", RESERVATION, "VM_RI_06", "", ""],
    ),
    charge(10, ["Credit", "Cloud Provider", "", "One-Time", "", "", "", "", "", ""]),
    charge(5, ["Adjustment", "Cloud Provider", "", "One-Time", "", "", "", "", "", ""]),
    charge(
        20,
        [
            "Usage",
            "Cloud Provider",
            "",
            "Usage-Based",
            "Committed",
            "",
            RESERVATION,
            "VM_RI_06",
            "Unused",
            "",
        ],
    ),
];

/// The words of the legacy usage-based reconciliation.
const LEGACY: [ChargeKind; 4] = [
    charge(930, ["Assess usage fee for current cycle", "", "", "", "", "", "", "", "", ""]),
    charge(30, ["Offset a line item", "", "", "", "", "", "", "", "", ""]),
    charge(25, ["Assess usage fee when cancel", "", "", "", "", "", "", "", "", ""]),
    charge(15, ["Activation discount", "", "", "", "", "", "", "", "", ""]),
];

const USAGE_ONLY: [ChargeKind; 1] = [charge(1000, ["New", "", "", "", "", "", "", "", "", ""])];

/// The types of charge of an export. The first is usage that counts; the second, if there is one, does not count.
pub(super) fn charges(family: ExportFamily) -> &'static [ChargeKind] {
    match family {
        ExportFamily::Agreement => &AGREEMENT,
        ExportFamily::Enterprise => &ENTERPRISE,
        ExportFamily::Focus => &FOCUS,
        ExportFamily::LegacyReconciliation => &LEGACY,
        ExportFamily::Insights
        | ExportFamily::EnterprisePortal
        | ExportFamily::PayAsYouGo
        | ExportFamily::Reconciliation
        | ExportFamily::Own => &USAGE_ONLY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charges_of_each_export_share_out_a_thousand_rows() {
        for family in [
            ExportFamily::Agreement,
            ExportFamily::Enterprise,
            ExportFamily::Focus,
            ExportFamily::LegacyReconciliation,
            ExportFamily::Own,
        ] {
            assert_eq!(charges(family).iter().map(|c| c.per_thousand).sum::<u64>(), 1000, "{family:?}");
        }
    }
}
