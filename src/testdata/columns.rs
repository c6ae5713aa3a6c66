//! Maps each documented column to its content. Comes in: the name of a column and the family of the export. Goes out: a [`FieldSource`]. It
//! renders nothing.

use super::calendar_texts::DayText;
use super::catalog::MeterText;
use super::charges::ChargeText;
use super::layouts::{ExportFamily, ExportLayout};
use super::older_columns::{enterprise_portal, legacy_reconciliation};

/// The content of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldSource {
    /// A constant text that needs no quotes.
    Fixed(&'static str),
    /// A property of the row's meter.
    Meter(MeterText),
    /// The row's day in one form.
    Day(DayText),
    /// A property of the row's type of charge.
    Charge(ChargeText),
    /// Id of the subscription, in upper case in some rows.
    SubscriptionId,
    /// The subscription as a path: `/subscriptions/...`
    SubscriptionPath,
    /// Number of the subscription in a portal.
    SubscriptionNumber,
    /// Name of the subscription.
    SubscriptionName,
    /// Id of the order of the subscription.
    OrderId,
    /// The customer's tenant.
    CustomerTenant,
    /// The customer's number.
    CustomerNumber,
    /// The customer's name.
    CustomerName,
    /// The customer's domain.
    CustomerDomain,
    /// The partner's id.
    PartnerId,
    /// The partner's name.
    PartnerName,
    /// The id of the head that the partner rolls up to.
    HeadId,
    /// Tenant of the billed partner.
    BilledTenant,
    /// Name of the billed partner.
    BilledName,
    /// Id of the billed partner.
    BilledId,
    /// Id of the reseller; blank or `-1` if the row has none.
    ResellerId,
    /// Name of the reseller; blank if the row has none.
    ResellerName,
    /// The association that credits the partner.
    Association,
    /// Role of a partner admin link; blank otherwise.
    AdminRole,
    /// 0 for the first of repeated rows, 1 for the others.
    DuplicateFlag,
    /// Name of the resource group.
    ResourceGroup,
    /// Path of the resource, in upper case in some rows.
    ResourceId,
    /// Name of the resource.
    ResourceName,
    /// Tags of the resource.
    Tags,
    /// The amount that counts.
    Amount,
    /// A greater amount: at retail price.
    Retail,
    /// A smaller amount: what the partner pays.
    Net,
    /// A price.
    Price,
    /// A quantity.
    Quantity,
    /// The currency of the amount.
    Currency,
}

pub(super) const BLANK: FieldSource = FieldSource::Fixed("");
const ACCOUNT: &str = "8f1d6a1c-5a1e-5a3c-9a5e-1b2c3d4e5f60:0b1c2d3e-4f5a-4b6c-8d7e-9f0a1b2c3d4e_2019-05-31";

/// The content of each of `columns`, in order.
pub(super) fn fields(layout: &ExportLayout, columns: &[&str]) -> Vec<FieldSource> {
    columns.iter().map(|name| field(layout, &name.to_lowercase().replace([' ', '-'], ""))).collect()
}

fn field(layout: &ExportLayout, name: &str) -> FieldSource {
    let special = match layout.family {
        ExportFamily::Insights => insights(name),
        ExportFamily::Focus => focus(name),
        ExportFamily::EnterprisePortal => enterprise_portal(name),
        ExportFamily::Reconciliation => reconciliation(layout.date, name),
        ExportFamily::LegacyReconciliation => legacy_reconciliation(name),
        ExportFamily::Own => own(name),
        ExportFamily::Enterprise | ExportFamily::PayAsYouGo => legacy(name),
        ExportFamily::Agreement => None,
    };
    match special {
        Some(field) => field,
        None => shared(layout, name),
    }
}

/// Columns of cost exports, by the names that most of them share.
fn shared(layout: &ExportLayout, name: &str) -> FieldSource {
    use FieldSource::{Charge, Day, Fixed, Meter};
    match name {
        "invoiceid" => Day(DayText::Invoice),
        "previousinvoiceid" => Charge(ChargeText::PreviousInvoice),
        "billingaccountid" => Fixed(ACCOUNT),
        "billingaccountname" => Fixed("Example Distribution"),
        "billingprofileid" => Fixed("ABCD-EFGH-BG7-PGB"),
        "billingprofilename" => Fixed("Example Distribution"),
        "invoicesectionid" => Fixed("IJKL-MNOP-PJA-PGB"),
        "invoicesectionname" => Fixed("Unassigned"),
        "partnertenantid" => FieldSource::BilledTenant,
        "partnername" => FieldSource::BilledName,
        "resellername" => FieldSource::ResellerName,
        "resellermpnid" => FieldSource::ResellerId,
        "customertenantid" => FieldSource::CustomerTenant,
        "customername" => FieldSource::CustomerName,
        "billingperiodenddate" => Day(DayText::MonthEnd),
        "billingperiodstartdate" => Day(DayText::MonthStart),
        "serviceperiodenddate" | "serviceperiodstartdate" | "exchangeratedate" => Day(DayText::Slashes),
        "date" | "usagedatetime" => Day(layout.date),
        "servicefamily" => Meter(MeterText::ServiceFamily),
        "productorderid" => FieldSource::OrderId,
        "productordername" => Fixed("Azure plan"),
        "consumedservice" => Meter(MeterText::Service),
        "meterid" => Meter(MeterText::Id),
        "metername" => Meter(MeterText::Name),
        "metercategory" => Meter(MeterText::Category),
        "metersubcategory" => Meter(MeterText::SubCategory),
        "meterregion" => Meter(MeterText::Region),
        "productid" => Meter(MeterText::ProductId),
        "productname" => Meter(MeterText::Product),
        "subscriptionid" | "subscriptionguid" => FieldSource::SubscriptionId,
        "subscriptionname" => FieldSource::SubscriptionName,
        "publishertype" => Charge(ChargeText::PublisherType),
        "publishername" => Fixed("Microsoft"),
        "resourcegroupname" | "resourcegroup" => FieldSource::ResourceGroup,
        "resourceid" | "instanceid" | "resourceuri" => FieldSource::ResourceId,
        "resourcename" => FieldSource::ResourceName,
        "resourcetype" => Meter(MeterText::ResourceType),
        "resourcelocation" => Meter(MeterText::Location),
        "location" | "resourcelocationnormalized" => Meter(MeterText::Region),
        "effectiveprice" | "paygprice" | "unitprice" | "effectiveunitprice" | "resourcerate" => {
            FieldSource::Price
        }
        "quantity" | "usagequantity" => FieldSource::Quantity,
        "unitofmeasure" | "unit" => Meter(MeterText::Unit),
        "chargetype" => Charge(ChargeText::Type),
        "billingcurrency" | "billingcurrencycode" | "currency" => FieldSource::Currency,
        "pricingcurrency" => Fixed("USD"),
        "costinbillingcurrency" | "costinpricingcurrency" | "costinusd" | "pretaxcost" => FieldSource::Amount,
        "paygcostinbillingcurrency" | "paygcostinusd" => FieldSource::Retail,
        "exchangeratepricingtobilling" => Fixed("1"),
        "isazurecrediteligible" => Fixed("True"),
        "additionalinfo" => Meter(MeterText::AdditionalInfo),
        "tags" => FieldSource::Tags,
        "partnerearnedcreditrate" => Fixed("0.15"),
        "partnerearnedcreditapplied" => Fixed("1"),
        "frequency" => Charge(ChargeText::Frequency),
        "term" => Charge(ChargeText::Term),
        "reservationid" => Charge(ChargeText::Reservation),
        "reservationname" => Charge(ChargeText::ReservationName),
        "pricingmodel" => Charge(ChargeText::PricingModel),
        "provider" => Charge(ChargeText::Provider),
        _ => BLANK,
    }
}

/// Columns that enterprise and pay-as-you-go exports fill differently.
fn legacy(name: &str) -> Option<FieldSource> {
    Some(match name {
        "accountname" => FieldSource::Fixed("Example Team"),
        "accountownerid" => FieldSource::Fixed("owner@example.com"),
        "accountid" => FieldSource::Fixed("104218"),
        "billingaccountid" | "billingprofileid" => FieldSource::Fixed("8611537"),
        "costcenter" => FieldSource::Fixed("ACM9000"),
        "offerid" => FieldSource::Fixed("MS-AZR-0017P"),
        "partnumber" => FieldSource::Meter(MeterText::Part),
        "productorderid" | "productordername" => BLANK,
        "servicename" => FieldSource::Meter(MeterText::Category),
        "servicetier" => FieldSource::Meter(MeterText::SubCategory),
        _ => return None,
    })
}

/// Columns of the Insights Azure usage report.
fn insights(name: &str) -> Option<FieldSource> {
    use FieldSource::{Day, Fixed, Meter};
    Some(match name {
        "pgampnid" => FieldSource::HeadId,
        "subscriptionstartdate" | "firstusedate" => Fixed("2015-03-01"),
        "subscriptionstate" => Fixed("Active"),
        "month" => Day(DayText::MonthIso),
        "servicelevel1" => Fixed("Azure"),
        "servicelevel2" => Meter(MeterText::Category),
        "servicelevel3" => Meter(MeterText::SubCategory),
        "servicelevel4" => Meter(MeterText::Name),
        "servicegroup2" => Meter(MeterText::ServiceFamily),
        "servicegroup3" => Meter(MeterText::Service),
        "computeos" => Fixed("Linux"),
        "usageunits" => Meter(MeterText::Unit),
        "customertpid" => FieldSource::CustomerNumber,
        "customersegment" => Fixed("SMB"),
        "customermarket" => Fixed("Germany"),
        "mpnid" => FieldSource::PartnerId,
        "partnername" => FieldSource::PartnerName,
        "partnerlocation" => Fixed("Germany"),
        "partnerattributiontype" => FieldSource::Association,
        "saleschannel" => Fixed("Partner"),
        "isacrduplicateatpgalevel" => FieldSource::DuplicateFlag,
        "resellerid" | "resellername" | "enrollmentnumber" => BLANK,
        "industryname" => Fixed("Other"),
        "admintype" => FieldSource::AdminRole,
        "acr_usd" => FieldSource::Amount,
        _ => return None,
    })
}

/// Columns of FOCUS.
fn focus(name: &str) -> Option<FieldSource> {
    use FieldSource::{Charge, Day, Fixed, Meter};
    Some(match name {
        "billedcost" | "effectivecost" | "x_billedcostinusd" | "x_effectivecostinusd" => FieldSource::Amount,
        "contractedcost" | "x_contractedcostinusd" | "listcost" | "x_listcostinusd" => FieldSource::Retail,
        "billingaccountid" => {
            Fixed("/providers/Microsoft.Billing/billingAccounts/8611537/billingProfiles/ABCD-EFGH-BG7-PGB")
        }
        "billingaccounttype" => Fixed("Billing Profile"),
        "x_billingaccountid" => Fixed("8611537"),
        "x_billingaccountname" | "x_billingprofilename" => Fixed("Example Distribution"),
        "x_billingprofileid" => Fixed("ABCD-EFGH-BG7-PGB"),
        "billingcurrency" | "x_pricingcurrency" => Fixed("USD"),
        "billingperiodstart" => Day(DayText::MonthInstant),
        "billingperiodend" => Day(DayText::NextMonthInstant),
        "chargeperiodstart" | "x_serviceperiodstart" | "x_billingexchangeratedate" => Day(DayText::Instant),
        "chargeperiodend" | "x_serviceperiodend" => Day(DayText::NextInstant),
        "chargecategory" => Charge(ChargeText::Type),
        "chargedescription" | "x_skudescription" => Meter(MeterText::Product),
        "chargefrequency" => Charge(ChargeText::Frequency),
        "commitmentdiscountid" => Charge(ChargeText::Reservation),
        "commitmentdiscountname" => Charge(ChargeText::ReservationName),
        "commitmentdiscountstatus" => Charge(ChargeText::CommitmentStatus),
        "consumedquantity" | "pricingquantity" => FieldSource::Quantity,
        "consumedunit" | "pricingunit" | "x_pricingunitdescription" => Meter(MeterText::Unit),
        "contractedunitprice" | "listunitprice" | "x_billedunitprice" | "x_effectiveunitprice" => {
            FieldSource::Price
        }
        "invoiceissuername" | "providername" | "publishername" => Fixed("Microsoft"),
        "pricingcategory" => Charge(ChargeText::PricingModel),
        "regionid" => Meter(MeterText::Location),
        "regionname" | "x_skuregion" => Meter(MeterText::Region),
        "servicecategory" | "x_skuservicefamily" => Meter(MeterText::ServiceFamily),
        "servicename" | "x_skumetercategory" => Meter(MeterText::Category),
        "x_skumetersubcategory" => Meter(MeterText::SubCategory),
        "skuid" | "skupriceid" => Meter(MeterText::ProductId),
        "skumeter" | "x_skumetername" => Meter(MeterText::Name),
        "x_skumeterid" => Meter(MeterText::Id),
        "x_skudetails" => Meter(MeterText::AdditionalInfo),
        "x_skupartnumber" => Meter(MeterText::Part),
        "x_skuorderid" => FieldSource::OrderId,
        "x_skuordername" => Fixed("Azure plan"),
        "subaccountid" => FieldSource::SubscriptionPath,
        "subaccountname" => FieldSource::SubscriptionName,
        "subaccounttype" => Fixed("Subscription"),
        "x_accountownerid" => Fixed("owner@example.com"),
        "x_billingexchangerate" | "x_pricingblocksize" => Fixed("1"),
        "x_customerid" => FieldSource::CustomerTenant,
        "x_customername" => FieldSource::CustomerName,
        "x_publishercategory" => Charge(ChargeText::PublisherType),
        "x_resourcegroupname" => FieldSource::ResourceGroup,
        "x_resourcetype" => Meter(MeterText::ResourceType),
        "x_skuiscrediteligible" => Fixed("true"),
        "invoiceid" => BLANK,
        _ => return None,
    })
}

/// Columns of the daily-rated reconciliation file.
fn reconciliation(date: DayText, name: &str) -> Option<FieldSource> {
    use FieldSource::{Day, Fixed, Meter};
    Some(match name {
        "partnerid" => FieldSource::BilledTenant,
        "customerid" => FieldSource::CustomerTenant,
        "customerdomainname" => FieldSource::CustomerDomain,
        "customercountry" => Fixed("DE"),
        "mpnid" => FieldSource::BilledId,
        "resellermpnid" => FieldSource::ResellerId,
        "invoicenumber" => Day(DayText::Invoice),
        "productid" => Fixed("DZH318Z0BPS6"),
        "skuid" => Fixed("003J"),
        "availabilityid" => Fixed("DZH318Z0BQ4L"),
        "skuname" | "productname" | "subscriptiondescription" | "entitlementdescription" => {
            Fixed("Azure plan")
        }
        "subscriptionid" => FieldSource::OrderId,
        "chargestartdate" => Day(DayText::MonthStart),
        "chargeenddate" => Day(DayText::MonthEnd),
        "usagedate" => Day(date),
        "pctobcexchangeratedate" => Day(DayText::ShortSlashes),
        "metertype" => Meter(MeterText::Product),
        "unittype" => Meter(MeterText::Unit),
        "billingpretaxtotal" => FieldSource::Net,
        "billingcurrency" => Fixed("USD"),
        "pricingpretaxtotal" => FieldSource::Amount,
        "pctobcexchangerate" => Fixed("1"),
        "entitlementid" => FieldSource::SubscriptionId,
        "partnerearnedcreditpercentage" | "creditpercentage" => Fixed("15"),
        "credittype" => Fixed("Partner Earned Credit"),
        _ => return None,
    })
}

/// Columns of attain's own format.
fn own(name: &str) -> Option<FieldSource> {
    Some(match name {
        "partner_id" => FieldSource::PartnerId,
        "association" => FieldSource::Association,
        "subscription_id" => FieldSource::SubscriptionId,
        "customer_id" => FieldSource::CustomerTenant,
        "amount" => FieldSource::Amount,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::layouts::LAYOUTS;

    #[test]
    fn every_export_has_a_date_and_an_amount_and_most_of_its_columns_are_filled() {
        for layout in LAYOUTS {
            let fields = fields(layout, &layout.columns().collect::<Vec<_>>());
            assert!(fields.contains(&FieldSource::Day(layout.date)), "{}", layout.dialect);
            assert!(fields.contains(&FieldSource::Amount), "{}", layout.dialect);
            let blank = fields.iter().filter(|f| **f == BLANK).count();
            assert!(blank * 3 < fields.len(), "{}: {blank} of {} are blank", layout.dialect, fields.len());
        }
    }
}
