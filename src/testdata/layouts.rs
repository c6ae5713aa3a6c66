//! The consumption exports that can be generated, with their columns as documented, in the documented order: the newest
//! version of each. Sources: `docs` is MicrosoftDocs/azure-docs, articles/cost-management-billing/dataset-schema;
//! `partner` is the Partner Center documentation of October 2023.

use super::calendar_texts::DayText;

/// How a consumption export is written.
#[derive(Debug)]
pub(super) struct Layout {
    /// Name of the dialect that reads it.
    pub(super) dialect: &'static str,
    /// What kind of export it is.
    pub(super) family: Family,
    /// Between fields.
    pub(super) delimiter: u8,
    /// Its columns, as documented, with commas between them.
    pub(super) columns: &'static str,
    /// The form of its date column.
    pub(super) date: DayText,
    /// Decimals of its most exact amounts.
    pub(super) decimals: u32,
    /// Who names the partner.
    pub(super) partner: PartnerSource,
    /// Whether some amounts are in another currency than USD.
    pub(super) has_euro: bool,
}

/// A kind of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Partner Center Insights.
    Insights,
    /// Cost and usage details of partner and customer agreements.
    Agreement,
    /// Cost and usage details of enterprise agreements.
    Enterprise,
    /// Usage details of pay-as-you-go subscriptions.
    PayAsYouGo,
    /// FinOps Open Cost and Usage Specification.
    Focus,
    /// Partner Center reconciliation.
    Reconciliation,
    /// attain's own format.
    Own,
}

/// Who says whose the consumption of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartnerSource {
    /// The row: reseller, or else the billed partner's tenant.
    ResellerOrTenant,
    /// The row: its reseller, always.
    Reseller,
    /// The row: partner and association; repeated once per association.
    RepeatedAssociation,
    /// The row: partner and association, once.
    OneAssociation,
    /// The associations file.
    AssociationsFile,
}

/// File name of a layout's export.
pub(super) fn file_name(layout: &Layout) -> String {
    let extension = if layout.delimiter == b'\t' { "tsv" } else { "csv" };
    match layout.family {
        Family::Own => format!("consumption.{extension}"),
        _ => format!("consumption-{}.{extension}", layout.dialect),
    }
}

const COMMON: Layout = Layout {
    dialect: "",
    family: Family::Agreement,
    delimiter: b',',
    columns: "",
    date: DayText::Slashes,
    decimals: super::figure::EXPORT_DECIMALS,
    partner: PartnerSource::AssociationsFile,
    has_euro: false,
};

/// Every export that can be generated.
pub(super) const LAYOUTS: &[Layout] = &[
    // partner, insights-data-definitions.md, AzureUsage.
    Layout {
        dialect: "insights-azure-usage",
        family: Family::Insights,
        delimiter: b'\t',
        columns: "PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,\
                  Month,ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceGroup2,ServiceGroup3,\
                  ServiceInfluencer,ComputeOS,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerName,\
                  CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,MPNID,PartnerName,PartnerLocation,\
                  PartnerAttributionType,SalesChannel,EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,\
                  ResellerName,IndustryName,VerticalName,EOU,AdminType,AssociationType,ACR_USD",
        date: DayText::MonthIso,
        partner: PartnerSource::RepeatedAssociation,
        ..COMMON
    },
    // docs, cost-usage-details-mca-partner.md, 2023-12-01-preview.
    Layout {
        dialect: "cost-partner",
        columns: "invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,\
                  billingProfileName,invoiceSectionId,invoiceSectionName,partnerTenantId,partnerName,resellerName,\
                  resellerMpnId,customerTenantId,customerName,costCenter,billingPeriodEndDate,\
                  billingPeriodStartDate,servicePeriodEndDate,servicePeriodStartDate,date,serviceFamily,\
                  productOrderId,productOrderName,consumedService,meterId,meterName,meterCategory,\
                  meterSubCategory,meterRegion,ProductId,ProductName,SubscriptionId,subscriptionName,\
                  publisherType,publisherId,publisherName,resourceGroupName,ResourceId,resourceLocation,location,\
                  effectivePrice,quantity,unitOfMeasure,chargeType,billingCurrency,pricingCurrency,\
                  costInBillingCurrency,costInPricingCurrency,costInUsd,paygCostInBillingCurrency,paygCostInUsd,\
                  exchangeRatePricingToBilling,exchangeRateDate,isAzureCreditEligible,serviceInfo1,serviceInfo2,\
                  additionalInfo,tags,partnerEarnedCreditRate,partnerEarnedCreditApplied,PayGPrice,frequency,term,\
                  reservationId,reservationName,PricingModel,unitPrice,benefitId,benefitName,provider",
        partner: PartnerSource::ResellerOrTenant,
        ..COMMON
    },
    // docs, cost-usage-details-mca-partner-subscription.md, 2023-12-01-preview.
    Layout {
        dialect: "cost-partner-subscription",
        columns: "billingAccountName,partnerName,resellerName,resellerMpnId,customerTenantId,customerName,\
                  costCenter,billingPeriodEndDate,billingPeriodStartDate,servicePeriodEndDate,\
                  servicePeriodStartDate,date,serviceFamily,productOrderId,productOrderName,consumedService,\
                  meterId,meterName,meterCategory,meterSubCategory,meterRegion,ProductId,ProductName,\
                  SubscriptionId,subscriptionName,publisherType,publisherId,publisherName,resourceGroupName,\
                  ResourceId,resourceLocation,location,effectivePrice,quantity,unitOfMeasure,chargeType,\
                  billingCurrency,pricingCurrency,costInBillingCurrency,costInUsd,exchangeRatePricingToBilling,\
                  exchangeRateDate,serviceInfo1,serviceInfo2,additionalInfo,tags,PayGPrice,frequency,term,\
                  reservationId,reservationName,PricingModel,unitPrice,benefitId,benefitName,provider",
        partner: PartnerSource::Reseller,
        ..COMMON
    },
    // docs, cost-usage-details-mca.md, 2023-12-01-preview.
    Layout {
        dialect: "cost-customer",
        columns: "invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,\
                  billingProfileName,invoiceSectionId,invoiceSectionName,resellerName,resellerMpnId,costCenter,\
                  billingPeriodEndDate,billingPeriodStartDate,servicePeriodEndDate,servicePeriodStartDate,date,\
                  serviceFamily,productOrderId,productOrderName,consumedService,meterId,meterName,meterCategory,\
                  meterSubCategory,meterRegion,ProductId,ProductName,SubscriptionId,subscriptionName,\
                  publisherType,publisherId,publisherName,resourceGroupName,ResourceId,resourceLocation,location,\
                  effectivePrice,quantity,unitOfMeasure,chargeType,billingCurrency,pricingCurrency,\
                  costInBillingCurrency,costInPricingCurrency,costInUsd,paygCostInBillingCurrency,paygCostInUsd,\
                  exchangeRatePricingToBilling,exchangeRateDate,isAzureCreditEligible,serviceInfo1,serviceInfo2,\
                  additionalInfo,tags,PayGPrice,frequency,term,reservationId,reservationName,pricingModel,\
                  unitPrice,costAllocationRuleName,benefitId,benefitName,provider",
        ..COMMON
    },
    // docs, cost-usage-details-ea.md, 2024-08-01.
    Layout {
        dialect: "cost-enterprise",
        family: Family::Enterprise,
        columns: "InvoiceSectionName,AccountName,AccountOwnerId,SubscriptionId,SubscriptionName,ResourceGroup,\
                  ResourceLocation,Date,ProductName,MeterCategory,MeterSubCategory,MeterId,MeterName,MeterRegion,\
                  UnitOfMeasure,Quantity,EffectivePrice,CostInBillingCurrency,CostCenter,ConsumedService,\
                  ResourceId,Tags,OfferId,AdditionalInfo,ServiceInfo1,ServiceInfo2,ResourceName,ReservationId,\
                  ReservationName,UnitPrice,ProductOrderId,ProductOrderName,Term,PublisherType,PublisherName,\
                  ChargeType,Frequency,PricingModel,AvailabilityZone,BillingAccountId,BillingAccountName,\
                  BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,BillingProfileId,\
                  BillingProfileName,InvoiceSectionId,IsAzureCreditEligible,PartNumber,PayGPrice,PlanName,\
                  ServiceFamily,CostAllocationRuleName,benefitId,benefitName,AccountId,\
                  ResourceLocationNormalized",
        has_euro: true,
        ..COMMON
    },
    // docs, cost-usage-details-pay-as-you-go.md, 2019-11-01.
    Layout {
        dialect: "cost-pay-as-you-go",
        family: Family::PayAsYouGo,
        columns: "SubscriptionGuid,ResourceGroup,ResourceLocation,UsageDateTime,MeterCategory,MeterSubCategory,\
                  MeterId,MeterName,MeterRegion,UsageQuantity,ResourceRate,PreTaxCost,ConsumedService,\
                  ResourceType,InstanceId,Tags,OfferId,AdditionalInfo,ServiceInfo1,ServiceInfo2,ServiceName,\
                  ServiceTier,Currency,UnitOfMeasure",
        date: DayText::Iso,
        has_euro: true,
        ..COMMON
    },
    // docs, cost-usage-details-focus.md, 1.2-preview.
    Layout {
        dialect: "focus",
        family: Family::Focus,
        columns: "BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,\
                  BillingPeriodEnd,BillingPeriodStart,CapacityReservationId,CapacityReservationStatus,\
                  ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,\
                  ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,\
                  CommitmentDiscountQuantity,CommitmentDiscountStatus,CommitmentDiscountType,\
                  CommitmentDiscountUnit,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,\
                  EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,\
                  PricingCurrency,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,RegionName,\
                  ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,\
                  SkuMeter,SkuPriceDetails,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags,\
                  x_AccountId,x_AccountName,x_AccountOwnerId,x_AmortizationClass,x_BilledCostInUsd,\
                  x_BilledUnitPrice,x_BillingAccountId,x_BillingAccountName,x_BillingExchangeRate,\
                  x_BillingExchangeRateDate,x_BillingProfileId,x_BillingProfileName,x_ContractedCostInUsd,\
                  x_CostAllocationRuleName,x_CostCenter,x_CustomerId,x_CustomerName,x_EffectiveCostInUsd,\
                  x_EffectiveUnitPrice,x_InvoiceSectionId,x_InvoiceSectionName,x_ListCostInUsd,\
                  x_PartnerCreditApplied,x_PartnerCreditRate,x_PricingBlockSize,x_PricingCurrency,\
                  x_PricingSubcategory,x_PricingUnitDescription,x_PublisherCategory,x_PublisherId,x_ResellerId,\
                  x_ResellerName,x_ResourceGroupName,x_ResourceType,x_ServiceModel,x_ServicePeriodEnd,\
                  x_ServicePeriodStart,x_SkuDescription,x_SkuDetails,x_SkuIsCreditEligible,x_SkuMeterCategory,\
                  x_SkuMeterId,x_SkuMeterName,x_SkuMeterSubcategory,x_SkuOfferId,x_SkuOrderId,x_SkuOrderName,\
                  x_SkuPlanName,x_SkuPartNumber,x_SkuRegion,x_SkuServiceFamily,x_SkuTier",
        date: DayText::Instant,
        ..COMMON
    },
    // partner, daily-rated-usage-recon-files.md.
    Layout {
        dialect: "recon-daily-rated",
        family: Family::Reconciliation,
        columns: "PartnerId,PartnerName,CustomerId,CustomerName,CustomerDomainName,CustomerCountry,MPNID,\
                  ResellerMPNID,InvoiceNumber,ProductId,SkuId,AvailabilityId,SkuName,ProductName,PublisherName,\
                  PublisherId,SubscriptionDescription,SubscriptionId,ChargeStartDate,ChargeEndDate,UsageDate,\
                  MeterType,MeterCategory,MeterId,MeterSubCategory,MeterName,MeterRegion,Unit,ResourceLocation,\
                  ConsumedService,ResourceGroup,ResourceURI,ChargeType,UnitPrice,Quantity,UnitType,\
                  BillingPreTaxTotal,BillingCurrency,PricingPreTaxTotal,PricingCurrency,ServiceInfo1,\
                  ServiceInfo2,Tags,AdditionalInfo,EffectiveUnitPrice,PCToBCExchangeRate,\
                  PCToBCExchangeRateDate,EntitlementId,EntitlementDescription,PartnerEarnedCreditPercentage,\
                  CreditPercentage,CreditType,BenefitOrderId,BenefitId,BenefitType",
        date: DayText::ShortSlashes,
        partner: PartnerSource::ResellerOrTenant,
        ..COMMON
    },
    // README, section Inputs.
    Layout {
        dialect: "consumption",
        family: Family::Own,
        columns: "date,partner_id,association,subscription_id,customer_id,amount,currency",
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
            ("cost-pay-as-you-go", 24),
            ("focus", 105),
            ("recon-daily-rated", 55),
            ("consumption", 7),
        ];
        let found: Vec<(&str, usize)> =
            LAYOUTS.iter().map(|l| (l.dialect, l.columns.split(',').count())).collect();
        assert_eq!(found, documented);
        for layout in LAYOUTS {
            let mut names: Vec<String> =
                layout.columns.split(',').map(crate::config::dialect::normalise).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), layout.columns.split(',').count(), "{}", layout.dialect);
        }
    }
}
