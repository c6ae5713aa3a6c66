//! The columns of exports that are no longer made: the usage detail of the EA portal and the legacy usage-based reconciliation. Comes in: the name of
//! a column, in lower case and without blanks. Goes out: its content, where these exports fill the column in another way than others do.

use super::calendar_texts::DayText;
use super::catalog::MeterText;
use super::charges::ChargeText;
use super::columns::{BLANK, FieldSource};

/// Columns of the usage detail of the EA portal.
pub(super) fn enterprise_portal(name: &str) -> Option<FieldSource> {
    use FieldSource::{Day, Fixed, Meter};
    Some(match name {
        "accountownerid" => Fixed("owner@example.com"),
        "accountname" => Fixed("Example Team"),
        "serviceadministratorid" => Fixed("admin@example.com"),
        // A number of the portal, not the subscription.
        "subscriptionid" => FieldSource::SubscriptionNumber,
        "month" => Day(DayText::MonthNumber),
        "day" => Day(DayText::DayNumber),
        "year" => Day(DayText::YearNumber),
        "product" => Meter(MeterText::Product),
        "consumedquantity" => FieldSource::Quantity,
        "extendedcost" => FieldSource::Amount,
        "departmentname" => Fixed("Research"),
        "costcenter" => Fixed("ACM9000"),
        _ => return None,
    })
}

/// Columns of the legacy usage-based reconciliation.
pub(super) fn legacy_reconciliation(name: &str) -> Option<FieldSource> {
    use FieldSource::{Charge, Day, Fixed, Meter};
    Some(match name {
        "partnerid" => FieldSource::BilledTenant,
        "partnerbillableaccountid" => Fixed("5000161452"),
        "customercompanyname" => FieldSource::CustomerName,
        "mpnid" => FieldSource::BilledId,
        "invoicenumber" => Day(DayText::Invoice),
        "chargestartdate" => Day(DayText::ChargeStart),
        "chargeenddate" => Day(DayText::ChargeEnd),
        "subscriptiondescription" => Fixed("Microsoft Azure"),
        "orderid" => FieldSource::OrderId,
        "servicename" => Meter(MeterText::Category),
        "servicetype" | "meteredservicetype" => Meter(MeterText::SubCategory),
        "resourceguid" => Meter(MeterText::Id),
        "resourcename" => Meter(MeterText::Name),
        "region" | "meteredregion" => Meter(MeterText::Region),
        "sku" => Fixed("MS-AZR-0145P"),
        "consumedquantity" | "overagequantity" => FieldSource::Quantity,
        "includedquantity" | "taxamount" => Fixed("0"),
        "listprice" | "pretaxeffectiverate" | "posttaxeffectiverate" => FieldSource::Price,
        "pretaxcharges" => FieldSource::Amount,
        "posttaxtotal" => FieldSource::Retail,
        "chargetype" => Charge(ChargeText::Type),
        "customerid" => FieldSource::CustomerTenant,
        "domainname" => FieldSource::CustomerDomain,
        "billingcycletype" => Fixed("Monthly"),
        "usagedate" => Day(DayText::ShortSlashes),
        "meteredservice" => Meter(MeterText::Service),
        "project" => BLANK,
        _ => return None,
    })
}
