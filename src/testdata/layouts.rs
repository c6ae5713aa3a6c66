//! The layouts of the consumption exports that can be generated: the newest documented version of each, with the columns of the documented
//! header, in its order. Comes in: nothing. Goes out: a fixed list. Sources: `docs` is MicrosoftDocs/azure-docs, articles/cost-management-billing/dataset-schema;
//! `partner` is the Partner Center documentation of October 2023.

use super::calendar_texts::DayText;
use crate::config::dialect::documented_header;

/// The layout of a consumption export.
#[derive(Debug)]
pub(super) struct ExportLayout {
    /// Name of the dialect that reads the export.
    pub(super) dialect: &'static str,
    /// The family of the export.
    pub(super) family: ExportFamily,
    /// The byte between fields.
    pub(super) delimiter: u8,
    /// Name of the documented header that holds the columns.
    pub(super) header: &'static str,
    /// The form of the date column.
    pub(super) date: DayText,
    /// Decimals of the most exact amounts.
    pub(super) decimals: u32,
    /// Where the export states the partner.
    pub(super) partner: PartnerSource,
    /// Whether some amounts are in EUR instead of USD.
    pub(super) has_euro: bool,
}

impl ExportLayout {
    /// The export's columns, in the documented order.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        let header = documented_header(self.header).expect("a test finds the header of every layout");
        header.columns()
    }
}

/// A family of exports that fill their columns alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportFamily {
    /// Partner Center Insights.
    Insights,
    /// Cost and usage details of partner and customer agreements.
    Agreement,
    /// Cost and usage details of enterprise agreements.
    Enterprise,
    /// Usage detail of the portal of enterprise agreements, until 2019.
    EnterprisePortal,
    /// Usage details of pay-as-you-go subscriptions.
    PayAsYouGo,
    /// FinOps Open Cost and Usage Specification.
    Focus,
    /// Partner Center reconciliation of daily-rated usage.
    Reconciliation,
    /// Partner Center reconciliation by usage, until 2019.
    LegacyReconciliation,
    /// attain's own format.
    Own,
}

/// Where an export states the partner of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartnerSource {
    /// In the row: the reseller, else the tenant of the billed partner.
    ResellerOrTenant,
    /// In the row: the tenant of the billed partner.
    Tenant,
    /// In the row: always a reseller.
    Reseller,
    /// In the row: partner and association; the row is repeated for each association.
    RepeatedAssociation,
    /// In the row: partner and one association.
    OneAssociation,
    /// In the associations file.
    AssociationsFile,
}

/// File name of a layout's export.
pub(super) fn file_name(layout: &ExportLayout) -> String {
    let extension = if layout.delimiter == b'\t' { "tsv" } else { "csv" };
    match layout.family {
        ExportFamily::Own => format!("consumption.{extension}"),
        _ => format!("consumption-{}.{extension}", layout.dialect),
    }
}

const COMMON: ExportLayout = ExportLayout {
    dialect: "",
    family: ExportFamily::Agreement,
    delimiter: b',',
    header: "",
    date: DayText::Slashes,
    decimals: super::figure::EXPORT_DECIMALS,
    partner: PartnerSource::AssociationsFile,
    has_euro: false,
};

/// Every export that can be generated.
pub(super) const LAYOUTS: &[ExportLayout] = &[
    // partner, insights-data-definitions.md, AzureUsage.
    ExportLayout {
        dialect: "insights-azure-usage",
        family: ExportFamily::Insights,
        delimiter: b'\t',
        header: "insights-azure-usage-2023",
        date: DayText::MonthIso,
        partner: PartnerSource::RepeatedAssociation,
        ..COMMON
    },
    // docs, cost-usage-details-mca-partner.md, 2023-12-01-preview.
    ExportLayout {
        dialect: "cost-partner",
        header: "cost-partner-2023-12-01-preview",
        partner: PartnerSource::ResellerOrTenant,
        ..COMMON
    },
    // docs, cost-usage-details-mca-partner-subscription.md, 2023-12-01-preview.
    ExportLayout {
        dialect: "cost-partner-subscription",
        header: "cost-partner-subscription-2023-12-01-preview",
        partner: PartnerSource::Reseller,
        ..COMMON
    },
    // docs, cost-usage-details-mca.md, 2023-12-01-preview.
    ExportLayout { dialect: "cost-customer", header: "cost-customer-2023-12-01-preview", ..COMMON },
    // docs, cost-usage-details-ea.md, 2024-08-01.
    ExportLayout {
        dialect: "cost-enterprise",
        family: ExportFamily::Enterprise,
        header: "cost-enterprise-2024-08-01",
        has_euro: true,
        ..COMMON
    },
    // MicrosoftDocs/azure-docs, cost-management-billing/manage/enterprise-rest-apis.md. It states no currency.
    ExportLayout {
        dialect: "cost-enterprise-portal",
        family: ExportFamily::EnterprisePortal,
        header: "cost-enterprise-portal-2017",
        ..COMMON
    },
    // docs, cost-usage-details-pay-as-you-go.md, 2019-11-01.
    ExportLayout {
        dialect: "cost-pay-as-you-go",
        family: ExportFamily::PayAsYouGo,
        header: "cost-pay-as-you-go-2019-11-01",
        date: DayText::Iso,
        has_euro: true,
        ..COMMON
    },
    // docs, cost-usage-details-focus.md, 1.2-preview.
    ExportLayout {
        dialect: "focus",
        family: ExportFamily::Focus,
        header: "focus-1.2-preview-105",
        date: DayText::Instant,
        ..COMMON
    },
    // partner, daily-rated-usage-recon-files.md.
    ExportLayout {
        dialect: "recon-daily-rated",
        family: ExportFamily::Reconciliation,
        header: "recon-daily-rated-2023",
        date: DayText::ShortSlashes,
        partner: PartnerSource::ResellerOrTenant,
        ..COMMON
    },
    // microsoftgraph/microsoft-graph-docs-contrib, partners-billing-azureusage, attributeSet basic.
    ExportLayout {
        dialect: "recon-daily-rated-basic",
        family: ExportFamily::Reconciliation,
        header: "recon-daily-rated-basic-graph",
        date: DayText::Instant,
        partner: PartnerSource::Tenant,
        ..COMMON
    },
    // MicrosoftDocs/partner-center-pr, usage-based-recon-files.md (2019-11-21).
    ExportLayout {
        dialect: "recon-legacy-usage",
        family: ExportFamily::LegacyReconciliation,
        header: "recon-legacy-usage",
        date: DayText::ChargeEnd,
        partner: PartnerSource::ResellerOrTenant,
        has_euro: true,
        ..COMMON
    },
    // SPEC 4, our own input formats.
    ExportLayout {
        dialect: "consumption",
        family: ExportFamily::Own,
        header: "consumption-daily",
        date: DayText::Iso,
        decimals: crate::base::amount::DECIMALS,
        partner: PartnerSource::OneAssociation,
        has_euro: true,
        ..COMMON
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_as_many_columns_as_documented_none_twice() {
        let documented = [
            ("insights-azure-usage", 38),
            ("cost-partner", 70),
            ("cost-partner-subscription", 56),
            ("cost-customer", 65),
            ("cost-enterprise", 57),
            ("cost-enterprise-portal", 31),
            ("cost-pay-as-you-go", 24),
            ("focus", 105),
            ("recon-daily-rated", 55),
            ("recon-daily-rated-basic", 30),
            ("recon-legacy-usage", 42),
            ("consumption", 7),
        ];
        let found: Vec<(&str, usize)> =
            LAYOUTS.iter().map(|layout| (layout.dialect, layout.columns().count())).collect();
        assert_eq!(found, documented);
        for layout in LAYOUTS {
            let mut names: Vec<String> = layout.columns().map(crate::config::dialect::normalise).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), layout.columns().count(), "{}", layout.dialect);
        }
    }
}
