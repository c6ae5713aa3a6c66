//! What each documented column is filled with. Comes in: a column's name and the kind of export. Goes out: a [`Field`].

use super::calendar_texts::DayText;
use super::catalog::{ChargeText, MeterText};
use super::layouts::{Family, Layout};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The same in every row; needs no quotes.
    Fixed(&'static str),
    /// A text of the row's meter.
    Meter(MeterText),
    /// A text of the row's day.
    Day(DayText),
    /// A text of the row's type of charge.
    Charge(ChargeText),
    /// The subscription, now and then in upper case.
    SubscriptionId,
    /// The subscription as a path: `/subscriptions/...`
    SubscriptionPath,
    /// Its name.
    SubscriptionName,
    /// An order that goes with it.
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
    /// Id of the reseller; blank, or `-1`, where there is none.
    ResellerId,
    /// Name of the reseller; blank where there is none.
    ResellerName,
    /// Why the partner gets credit.
    Association,
    /// Role of a partner admin link; blank otherwise.
    AdminRole,
    /// 0 for the first of repeated rows, 1 for the others.
    DuplicateFlag,
    /// Name of the resource group.
    ResourceGroup,
    /// Path of the resource, now and then in upper case.
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

const BLANK: Field = Field::Fixed("");
const ACCOUNT: &str = "8f1d6a1c-5a1e-5a3c-9a5e-1b2c3d4e5f60:0b1c2d3e-4f5a-4b6c-8d7e-9f0a1b2c3d4e_2019-05-31";

/// What `columns` of `layout` hold, in order.
pub(super) fn fields(layout: &Layout, columns: &[&str]) -> Vec<Field> {
    columns.iter().map(|name| field(layout, &name.to_lowercase())).collect()
}

fn field(layout: &Layout, name: &str) -> Field {
    let special = match layout.family {
        Family::Insights => insights(name),
        Family::Focus => focus(name),
        Family::Reconciliation => reconciliation(name),
        Family::Own => own(name),
        Family::Enterprise | Family::PayAsYouGo => legacy(name),
        Family::Agreement => None,
    };
    match special {
        Some(field) => field,
        None => shared(layout, name),
    }
}

/// Columns of cost exports, by the names that most of them share.
fn shared(layout: &Layout, name: &str) -> Field {
    use Field::{Charge, Day, Fixed, Meter};
    match name {
        "invoiceid" => Day(DayText::Invoice),
        "previousinvoiceid" => Charge(ChargeText::PreviousInvoice),
        "billingaccountid" => Fixed(ACCOUNT),
        "billingaccountname" => Fixed("Example Distribution"),
        "billingprofileid" => Fixed("ABCD-EFGH-BG7-PGB"),
        "billingprofilename" => Fixed("Example Distribution"),
        "invoicesectionid" => Fixed("IJKL-MNOP-PJA-PGB"),
        "invoicesectionname" => Fixed("Unassigned"),
        "partnertenantid" => Field::BilledTenant,
        "partnername" => Field::BilledName,
        "resellername" => Field::ResellerName,
        "resellermpnid" => Field::ResellerId,
        "customertenantid" => Field::CustomerTenant,
        "customername" => Field::CustomerName,
        "billingperiodenddate" => Day(DayText::MonthEnd),
        "billingperiodstartdate" => Day(DayText::MonthStart),
        "serviceperiodenddate" | "serviceperiodstartdate" | "exchangeratedate" => Day(DayText::Slashes),
        "date" | "usagedatetime" => Day(layout.date),
        "servicefamily" => Meter(MeterText::ServiceFamily),
        "productorderid" => Field::OrderId,
        "productordername" => Fixed("Azure plan"),
        "consumedservice" => Meter(MeterText::Service),
        "meterid" => Meter(MeterText::Id),
        "metername" => Meter(MeterText::Name),
        "metercategory" => Meter(MeterText::Category),
        "metersubcategory" => Meter(MeterText::SubCategory),
        "meterregion" => Meter(MeterText::Region),
        "productid" => Meter(MeterText::ProductId),
        "productname" => Meter(MeterText::Product),
        "subscriptionid" | "subscriptionguid" => Field::SubscriptionId,
        "subscriptionname" => Field::SubscriptionName,
        "publishertype" => Charge(ChargeText::PublisherType),
        "publishername" => Fixed("Microsoft"),
        "resourcegroupname" | "resourcegroup" => Field::ResourceGroup,
        "resourceid" | "instanceid" | "resourceuri" => Field::ResourceId,
        "resourcename" => Field::ResourceName,
        "resourcetype" => Meter(MeterText::ResourceType),
        "resourcelocation" => Meter(MeterText::Location),
        "location" | "resourcelocationnormalized" => Meter(MeterText::Region),
        "effectiveprice" | "paygprice" | "unitprice" | "effectiveunitprice" | "resourcerate" => Field::Price,
        "quantity" | "usagequantity" => Field::Quantity,
        "unitofmeasure" | "unit" => Meter(MeterText::Unit),
        "chargetype" => Charge(ChargeText::Type),
        "billingcurrency" | "billingcurrencycode" | "currency" => Field::Currency,
        "pricingcurrency" => Fixed("USD"),
        "costinbillingcurrency" | "costinpricingcurrency" | "costinusd" | "pretaxcost" => Field::Amount,
        "paygcostinbillingcurrency" | "paygcostinusd" => Field::Retail,
        "exchangeratepricingtobilling" => Fixed("1"),
        "isazurecrediteligible" => Fixed("True"),
        "additionalinfo" => Meter(MeterText::AdditionalInfo),
        "tags" => Field::Tags,
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
fn legacy(name: &str) -> Option<Field> {
    Some(match name {
        "accountname" => Field::Fixed("Example Team"),
        "accountownerid" => Field::Fixed("owner@example.com"),
        "accountid" => Field::Fixed("104218"),
        "billingaccountid" | "billingprofileid" => Field::Fixed("8611537"),
        "costcenter" => Field::Fixed("ACM9000"),
        "offerid" => Field::Fixed("MS-AZR-0017P"),
        "partnumber" => Field::Meter(MeterText::Part),
        "productorderid" | "productordername" => BLANK,
        "servicename" => Field::Meter(MeterText::Category),
        "servicetier" => Field::Meter(MeterText::SubCategory),
        _ => return None,
    })
}

/// Columns of the Insights Azure usage report.
fn insights(name: &str) -> Option<Field> {
    use Field::{Day, Fixed, Meter};
    Some(match name {
        "pgampnid" => Field::HeadId,
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
        "customertpid" => Field::CustomerNumber,
        "customersegment" => Fixed("SMB"),
        "customermarket" => Fixed("Germany"),
        "mpnid" => Field::PartnerId,
        "partnername" => Field::PartnerName,
        "partnerlocation" => Fixed("Germany"),
        "partnerattributiontype" => Field::Association,
        "saleschannel" => Fixed("Partner"),
        "isacrduplicateatpgalevel" => Field::DuplicateFlag,
        "resellerid" | "resellername" | "enrollmentnumber" => BLANK,
        "industryname" => Fixed("Other"),
        "admintype" => Field::AdminRole,
        "acr_usd" => Field::Amount,
        _ => return None,
    })
}

/// Columns of FOCUS.
fn focus(name: &str) -> Option<Field> {
    use Field::{Charge, Day, Fixed, Meter};
    Some(match name {
        "billedcost" | "effectivecost" | "x_billedcostinusd" | "x_effectivecostinusd" => Field::Amount,
        "contractedcost" | "x_contractedcostinusd" | "listcost" | "x_listcostinusd" => Field::Retail,
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
        "consumedquantity" | "pricingquantity" => Field::Quantity,
        "consumedunit" | "pricingunit" | "x_pricingunitdescription" => Meter(MeterText::Unit),
        "contractedunitprice" | "listunitprice" | "x_billedunitprice" | "x_effectiveunitprice" => {
            Field::Price
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
        "x_skuorderid" => Field::OrderId,
        "x_skuordername" => Fixed("Azure plan"),
        "subaccountid" => Field::SubscriptionPath,
        "subaccountname" => Field::SubscriptionName,
        "subaccounttype" => Fixed("Subscription"),
        "x_accountownerid" => Fixed("owner@example.com"),
        "x_billingexchangerate" | "x_pricingblocksize" => Fixed("1"),
        "x_customerid" => Field::CustomerTenant,
        "x_customername" => Field::CustomerName,
        "x_publishercategory" => Charge(ChargeText::PublisherType),
        "x_resourcegroupname" => Field::ResourceGroup,
        "x_resourcetype" => Meter(MeterText::ResourceType),
        "x_skuiscrediteligible" => Fixed("true"),
        "invoiceid" => BLANK,
        _ => return None,
    })
}

/// Columns of the daily-rated reconciliation file.
fn reconciliation(name: &str) -> Option<Field> {
    use Field::{Day, Fixed, Meter};
    Some(match name {
        "partnerid" => Field::BilledTenant,
        "customerid" => Field::CustomerTenant,
        "customerdomainname" => Field::CustomerDomain,
        "customercountry" => Fixed("DE"),
        "mpnid" => Field::BilledId,
        "resellermpnid" => Field::ResellerId,
        "invoicenumber" => Day(DayText::Invoice),
        "productid" => Fixed("DZH318Z0BPS6"),
        "skuid" => Fixed("003J"),
        "availabilityid" => Fixed("DZH318Z0BQ4L"),
        "skuname" | "productname" | "subscriptiondescription" | "entitlementdescription" => {
            Fixed("Azure plan")
        }
        "subscriptionid" => Field::OrderId,
        "chargestartdate" => Day(DayText::MonthStart),
        "chargeenddate" => Day(DayText::MonthEnd),
        "usagedate" | "pctobcexchangeratedate" => Day(DayText::ShortSlashes),
        "metertype" => Meter(MeterText::Product),
        "unittype" => Meter(MeterText::Unit),
        "billingpretaxtotal" => Field::Net,
        "billingcurrency" => Fixed("USD"),
        "pricingpretaxtotal" => Field::Amount,
        "pctobcexchangerate" => Fixed("1"),
        "entitlementid" => Field::SubscriptionId,
        "partnerearnedcreditpercentage" | "creditpercentage" => Fixed("15"),
        "credittype" => Fixed("Partner Earned Credit"),
        _ => return None,
    })
}

/// Columns of attain's own format.
fn own(name: &str) -> Option<Field> {
    Some(match name {
        "partner_id" => Field::PartnerId,
        "association" => Field::Association,
        "subscription_id" => Field::SubscriptionId,
        "customer_id" => Field::CustomerTenant,
        "amount" => Field::Amount,
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
            let fields = fields(layout, &layout.columns.split(',').collect::<Vec<_>>());
            assert!(fields.contains(&Field::Day(layout.date)), "{}", layout.dialect);
            assert!(fields.contains(&Field::Amount), "{}", layout.dialect);
            let blank = fields.iter().filter(|f| **f == BLANK).count();
            assert!(blank * 3 < fields.len(), "{}: {blank} of {} are blank", layout.dialect, fields.len());
        }
    }
}
