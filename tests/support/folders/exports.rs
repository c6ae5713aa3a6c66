//! The layouts in which rows are written. Comes in: rows. Goes out: a file.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::dice::Dice;

use super::truth::Row;

/// A kind of export.
#[derive(Debug, Clone)]
pub(crate) enum Export {
    OwnByDay,
    OwnByMonth,
    /// Perhaps with rows that show the kind of cost.
    Cost {
        evidence: Option<Evidence>,
    },
    Focus,
    Insights,
    Recon {
        invoice: String,
    },
}

/// Rows that only one kind of cost has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Evidence {
    Actual,
    Amortized,
}

pub(crate) fn any(dice: &mut Dice) -> Export {
    match dice.below(9) {
        0 | 1 => Export::OwnByDay,
        2 => Export::OwnByMonth,
        3 | 4 => {
            let evidence =
                [None, None, None, Some(Evidence::Actual), Some(Evidence::Amortized)][dice.below(5)];
            Export::Cost { evidence }
        }
        5 => Export::Focus,
        6 => Export::Insights,
        _ => Export::Recon { invoice: dice.pick(&["", "", "G01", "G02"]).to_owned() },
    }
}

/// Writes a file, and says how many rows it has.
pub(crate) fn write(path: &Path, export: &Export, rows: &[Row], dice: &mut Dice) -> usize {
    let (text, count) = text(export, rows);
    // A packed file is the same file; the name of a part of a run stays as its manifest says.
    let _ = dice;
    fs::write(path, text).expect("a file can be written");
    count
}

pub(crate) fn write_packed(path: &Path, bytes: &[u8]) {
    let file = fs::File::create(path).expect("a file can be made");
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packer.write_all(bytes).expect("a file can be written");
    packer.finish().expect("a file can be written");
}

fn text(export: &Export, rows: &[Row]) -> (String, usize) {
    let header = match export {
        Export::OwnByDay => "date,partner_id,association,subscription_id,customer_id,amount,currency",
        Export::OwnByMonth => "month,partner_id,association,subscription_id,customer_id,amount,currency",
        Export::Cost { .. } => {
            "AccountOwnerId,SubscriptionId,Date,CostInBillingCurrency,BillingCurrencyCode,ChargeType,PublisherType,ReservationId"
        }
        Export::Focus => {
            "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,CommitmentDiscountStatus,EffectiveCost,ProviderName,SubAccountId,x_PublisherCategory"
        }
        Export::Insights => "Month,MPNId,PartnerAttributionType,SubscriptionId,ACR_USD",
        Export::Recon { .. } => {
            "PartnerId,MPNID,ResellerMPNID,CustomerId,InvoiceNumber,SubscriptionId,EntitlementId,UsageDate,ChargeType,PricingPreTaxTotal,PricingCurrency,BillingPreTaxTotal,BillingCurrency"
        }
    };
    let mut text = format!("{header}\n");
    let mut count = 0;
    for row in rows {
        let Row { subscription, day, amount, partner, reseller, association } = row;
        let slashes = day.format("%-m/%-d/%Y");
        let month = day.format("%Y-%m");
        let line = match export {
            Export::OwnByDay => format!("{day},{partner},{association},{subscription},,{amount},USD"),
            Export::OwnByMonth => format!("{month},{partner},{association},{subscription},,{amount},USD"),
            Export::Cost { .. } => format!("o@x.example,{subscription},{slashes},{amount},USD,Usage,Azure,"),
            Export::Focus => {
                format!(
                    "{amount},USD,Usage,{day}T00:00:00Z,,{amount},Microsoft,/subscriptions/{subscription},Cloud Provider"
                )
            }
            Export::Insights => {
                let months = format!("{month}-01,{partner},{association},{subscription},{amount}");
                // Told once more for another association of the partner.
                if subscription == "s3" {
                    count += 1;
                    format!("{months}\n{month}-01,{partner},pal,{subscription},{amount}")
                } else {
                    months
                }
            }
            Export::Recon { .. } if subscription.is_empty() => continue,
            Export::Recon { invoice } => format!(
                "t,{partner},{reseller},c,{invoice},plan,{subscription},{slashes},New,{amount},USD,{amount},USD"
            ),
        };
        count += 1;
        writeln!(text, "{line}").expect("a text takes all");
    }
    if let (Export::Cost { evidence: Some(kind) }, Some(Row { subscription, day, .. })) =
        (export, rows.first())
    {
        let reservation = "33333333-aaaa-4bbb-8ccc-000000000003";
        let slashes = day.format("%-m/%-d/%Y");
        let start = format!("o@x.example,{subscription},{slashes}");
        let lines: &[(&str, &str)] = match kind {
            Evidence::Actual => &[("500", "Purchase"), ("0", "Usage")],
            Evidence::Amortized => &[("4", "Usage")],
        };
        for (amount, kind) in lines {
            count += 1;
            writeln!(text, "{start},{amount},USD,{kind},Azure,{reservation}").expect("a text takes all");
        }
    }
    (text, count)
}
