//! The headers of consumption exports, as SPEC 6.4 documents them, and how each writes its days.

use super::dice::DayStyle::{self, *};

/// One vintage of one export.
pub(crate) struct Header {
    pub(crate) file: &'static str,
    pub(crate) columns: &'static str,
    /// Columns of the list that this file does not have.
    pub(crate) leave_out: &'static [&'static str],
    pub(crate) days: &'static [DayStyle],
    pub(crate) is_monthly: bool,
    /// Whether consumption is repeated per association.
    pub(crate) repeats: bool,
    /// Whether reservations are spread over their usage, so that there are no purchases.
    pub(crate) is_amortized: bool,
}

const fn daily(file: &'static str, columns: &'static str, days: &'static [DayStyle]) -> Header {
    Header { file, columns, leave_out: &[], days, is_monthly: false, repeats: false, is_amortized: false }
}

const fn insights(file: &'static str, columns: &'static str, days: &'static [DayStyle]) -> Header {
    Header { is_monthly: true, repeats: true, ..daily(file, columns, days) }
}

const COST_DAYS: &[DayStyle] = &[PaddedSlashes, Slashes, ShortYear, Iso];
const PAYG_DAYS: &[DayStyle] = &[Iso, IsoAndTime];
const FOCUS_DAYS: &[DayStyle] = &[IsoInstant, IsoShortInstant, IsoAndTime, IsoOffset];
const RECON_DAYS: &[DayStyle] = &[SlashesAndTime, Slashes];
const MONTHS: &[DayStyle] = &[MonthAsDay, Month, MonthDigits, MonthName, MonthSlashes];

/// The documented header of that name, in one line.
macro_rules! documented {
    ($name:literal) => {
        include_str!(concat!("../../../src/config/dialect/headers/", $name, ".csv")).trim_ascii_end()
    };
}

/// Every vintage.
pub(crate) const ALL: &[Header] = &[
    insights("usage-2023.tsv", INSIGHTS_2023, MONTHS),
    insights("usage-system.csv", INSIGHTS_SYSTEM, MONTHS),
    daily("own-days.csv", OWN_DAYS, &[Iso]),
    daily("mpa-2023.csv", MPA, COST_DAYS),
    Header { leave_out: &["benefitId", "benefitName", "provider"], ..daily("mpa-2021.csv", MPA, COST_DAYS) },
    Header { leave_out: &["costInUsd"], ..daily("mpa-without-usd.csv", MPA, COST_DAYS) },
    daily("csp-subscription.csv", CSP_SUBSCRIPTION, COST_DAYS),
    daily("mca-2023.csv", MCA, COST_DAYS),
    daily("enterprise-2024.csv", EA_2024, COST_DAYS),
    daily("enterprise-2019.csv", EA_2019, COST_DAYS),
    daily("enterprise-portal.csv", EA_PORTAL, COST_DAYS),
    Header {
        is_amortized: true,
        leave_out: &["AccountId", "ResourceLocationNormalized"],
        ..daily("enterprise-amortized.csv", EA_2024, COST_DAYS)
    },
    daily("payg-2019.csv", PAYG, PAYG_DAYS),
    daily("focus-1.0.csv", FOCUS_1_0, FOCUS_DAYS),
    Header { leave_out: &["x_EffectiveCostInUsd"], ..daily("focus-without-usd.csv", FOCUS_1_0, FOCUS_DAYS) },
    daily("focus-1.2.csv", FOCUS_1_2, FOCUS_DAYS),
    daily("focus-preview.csv", FOCUS_PREVIEW, FOCUS_DAYS),
    daily("recon-2023.csv", RECON_2023, RECON_DAYS),
    Header {
        leave_out: &["BenefitOrderId", "BenefitId", "BenefitType"],
        ..daily("recon-2021.csv", RECON_2021, RECON_DAYS)
    },
    Header { is_monthly: true, ..daily("own-months.csv", OWN_MONTHS, &[Month]) },
    daily("enterprise-mixed.csv", EA_MIXED, COST_DAYS),
    daily("focus-1.3.csv", FOCUS_1_3, FOCUS_DAYS),
    daily("focus-1.4.csv", FOCUS_1_4, FOCUS_DAYS),
];

const INSIGHTS_2023: &str = documented!("insights-azure-usage-2023");
const INSIGHTS_SYSTEM: &str = "SubscriptionId,Month,ServiceName,MeterCategory,PartnerID,PartnerAttributionType,\
    IsDuplicateAtMpnLevel,MonthlySubscriptionLevelACR,TotalACR";
const OWN_DAYS: &str = "date,partner_id,association,subscription_id,customer_id,amount,currency,comment";
const OWN_MONTHS: &str = "month,partner_id,association,subscription_id,customer_id,amount,currency,comment";
/// The cost export of a partner, 2023.
pub(crate) const MPA: &str = documented!("cost-partner-2023-12-01-preview");
const CSP_SUBSCRIPTION: &str = documented!("cost-partner-subscription-2021-sample");
const MCA: &str = "invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,billingProfileName,\
    invoiceSectionId,invoiceSectionName,costCenter,billingPeriodEndDate,billingPeriodStartDate,\
    servicePeriodEndDate,servicePeriodStartDate,date,serviceFamily,productOrderId,productOrderName,\
    consumedService,meterId,meterName,meterCategory,meterSubCategory,meterRegion,ProductId,ProductName,\
    SubscriptionId,subscriptionName,publisherType,publisherId,publisherName,resourceGroupName,\
    ResourceId,resourceLocation,location,effectivePrice,quantity,unitOfMeasure,chargeType,\
    billingCurrency,pricingCurrency,costInBillingCurrency,costInPricingCurrency,costInUsd,\
    paygCostInBillingCurrency,paygCostInUsd,exchangeRatePricingToBilling,exchangeRateDate,\
    isAzureCreditEligible,serviceInfo1,serviceInfo2,additionalInfo,tags,PayGPrice,frequency,term,\
    reservationId,reservationName,PricingModel,unitPrice,costAllocationRuleName,benefitId,benefitName,\
    provider";
const EA_2024: &str = documented!("cost-enterprise-2024-08-01");
const EA_2019: &str = documented!("cost-enterprise-2019-10-01-currency");
const EA_PORTAL: &str = documented!("cost-enterprise-cost-billing-currency");
const PAYG: &str = "Abonnement-GUID (SubscriptionGuid),ResourceGroup,ResourceLocation,UsageDateTime,MeterCategory,\
    MeterSubcategory,MeterId,MeterName,MeterRegion,UsageQuantity,ResourceRate,PreTaxCost,\
    ConsumedService,ResourceType,InstanceId,Tags,OfferId,AdditionalInfo,ServiceInfo1,ServiceInfo2,\
    ServiceName,ServiceTier,Currency,UnitOfMeasure";
const RECON_2023: &str = documented!("recon-daily-rated-2023");
const EA_MIXED: &str = documented!("cost-enterprise-mixed-subscription-sample");
const FOCUS_1_3: &str = documented!("focus-1.3");
const FOCUS_1_4: &str = documented!("focus-1.4");
const FOCUS_1_0: &str = documented!("focus-1.0");
const FOCUS_1_2: &str = documented!("focus-1.2-preview-106");
const FOCUS_PREVIEW: &str = "BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,BillingPeriodEnd,\
    BillingPeriodStart,ChargeCategory,ChargeSubcategory,ChargeDescription,ChargeFrequency,\
    ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,\
    CommitmentDiscountName,CommitmentDiscountType,UsageQuantity,UsageUnit,x_OnDemandCost,\
    ContractedUnitPrice,EffectiveCost,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,\
    PricingQuantity,PricingUnit,ProviderName,PublisherName,Region,ResourceId,ResourceName,ResourceType,\
    ServiceCategory,ServiceName,SkuId,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags,\
    x_AccountId,x_AccountName,x_AccountOwnerId,x_BilledCostInUsd,x_BilledUnitPrice,x_BillingAccountId,\
    x_BillingAccountName,x_BillingExchangeRate,x_BillingExchangeRateDate,x_BillingProfileId,\
    x_BillingProfileName,x_ContractedCostInUsd,x_CostAllocationRuleName,x_CostCenter,x_CustomerId,\
    x_CustomerName,x_EffectiveCostInUsd,x_EffectiveUnitPrice,x_InvoiceId,x_InvoiceIssuerId,\
    x_InvoiceSectionId,x_InvoiceSectionName,x_ListCostInUsd,x_PartnerCreditApplied,x_PartnerCreditRate,\
    x_PricingBlockSize,x_PricingCurrency,x_PricingSubcategory,x_PricingUnitDescription,\
    x_PublisherCategory,x_PublisherId,x_ResellerId,x_ResellerName,x_ResourceGroupName,x_ResourceType,\
    x_ServicePeriodEnd,x_ServicePeriodStart,x_SkuDescription,x_SkuDetails,x_SkuIsCreditEligible,\
    x_SkuMeterCategory,x_SkuMeterId,x_SkuMeterName,x_SkuMeterSubcategory,x_SkuOfferId,x_SkuOrderId,\
    x_SkuOrderName,x_SkuPartNumber,x_SkuRegion,x_SkuServiceFamily,x_SkuTerm,x_SkuTier";
const RECON_2021: &str = "PartnerId,PartnerName,CustomerId,CustomerName,CustomerDomainName,CustomerCountry,MPNID,\
    Tier2MpnId,InvoiceNumber,ProductId,SkuId,AvailabilityId,SkuName,ProductName,PublisherName,\
    PublisherId,SubscriptionDescription,SubscriptionId,ChargeStartDate,ChargeEndDate,UsageDate,\
    MeterType,MeterCategory,MeterId,MeterSubCategory,MeterName,MeterRegion,Unit,ResourceLocation,\
    ConsumedService,ResourceGroup,ResourceURI,ChargeType,UnitPrice,Quantity,UnitType,BillingPreTaxTotal,\
    BillingCurrency,PricingPreTaxTotal,PricingCurrency,ServiceInfo1,ServiceInfo2,Tags,AdditionalInfo,\
    EffectiveUnitPrice,PCToBCExchangeRate,PCToBCExchangeRateDate,EntitlementId,EntitlementDescription,\
    PartnerEarnedCreditPercentage,CreditPercentage,CreditType,BenefitOrderId,BenefitId,BenefitType";
