//! Consumption, in every export that is known and several vintages of each. What a row means is thrown first, then written in the
//! columns of the export; about one row in twenty is spoilt.

use std::path::Path;

use super::dice::{DayStyle, Dice};
use super::headers::{self, Header};
use super::sheet::{BAD_TEXT, Sheet};
use super::{Wish, World};

/// Writes all consumption exports.
pub(crate) fn write(folder: &Path, world: &World, wish: &Wish, dice: &mut Dice) {
    for (index, header) in headers::ALL.iter().enumerate() {
        let world = &world.of_export(index, headers::ALL.len());
        if header.is_monthly && !wish.monthly {
            continue;
        }
        let names: Vec<&str> = header.columns.split(',').filter(|n| !header.leave_out.contains(n)).collect();
        let mut sheet = Sheet::new(&names.join(","), dice);
        let style = header.days[dice.below(header.days.len())];
        let input_errors =
            Faults { opens_a_quote: index == 6 || dice.chance(100), has_an_endless_line: index == 3 };
        if header.repeats {
            insights(&mut sheet, style, world, wish.rows_per_export, dice);
        } else {
            costs(&mut sheet, header, style, world, wish.rows_per_export, &input_errors, dice);
        }
        sheet.save(folder, header.file, dice);
    }
}

struct Faults {
    opens_a_quote: bool,
    has_an_endless_line: bool,
}

/// Column and value. Columns that an export lacks are passed over.
type Cells = Vec<(&'static str, String)>;

fn set(cells: &mut Cells, columns: &[&'static str], value: &str) {
    for column in columns {
        cells.retain(|(name, _)| !name.eq_ignore_ascii_case(column));
        cells.push((column, value.to_owned()));
    }
}

fn costs(
    sheet: &mut Sheet,
    header: &Header,
    style: DayStyle,
    world: &World,
    rows: usize,
    input_errors: &Faults,
    dice: &mut Dice,
) {
    let quiet_from = if input_errors.opens_a_quote { rows - 12 } else { rows };
    for row in 0..rows {
        if row == quiet_from {
            sheet.open_quote();
        }
        if input_errors.has_an_endless_line && row == rows / 2 {
            sheet.endless_line();
        }
        if row < quiet_from && dice.chance(6) {
            sheet.faulty_line(dice);
            continue;
        }
        let mut cells = cost(header, style, world, dice);
        if dice.chance(40) {
            exclude(&mut cells, header, dice);
        }
        if row < quiet_from && dice.chance(60) {
            spoil(&mut cells, style, dice);
        } else if sheet.may_hold_bad_text() && dice.chance(4) {
            set(&mut cells, SUBSCRIPTION, &format!("{}{BAD_TEXT}", world.subscription(dice)));
        }
        sheet.line(&cells, dice);
    }
}

const SUBSCRIPTION: &[&str] =
    &["SubscriptionId", "SubscriptionGuid", "EntitlementId", "SubAccountId", "subscription_id"];
const DATE: &[&str] = &["Date", "UsageDateTime", "UsageDate", "ChargePeriodStart", "month"];
const AMOUNT: &[&str] = &[
    "amount",
    "Cost",
    "PreTaxCost",
    "costInUsd",
    "CostInBillingCurrency",
    "costInPricingCurrency",
    "PricingPreTaxTotal",
    "BillingPreTaxTotal",
    "EffectiveCost",
    "x_EffectiveCostInUsd",
    "ACR_USD",
    "TotalACR",
];
const BILLING_CURRENCY: &[&str] = &["BillingCurrency", "BillingCurrencyCode", "Currency"];

/// A good row, in the columns of all exports at once.
fn cost(header: &Header, style: DayStyle, world: &World, dice: &mut Dice) -> Cells {
    let mut cells = Cells::new();
    let owner = world.any_partner(dice);
    let partner = &world.partners[owner];
    // The provider: often of the reseller's family, so that both have one head.
    let provider = match dice.below(6) {
        0 => world.rolls_up_to[owner].unwrap_or(owner),
        1 => (0..world.partners.len()).find(|n| world.rolls_up_to[*n] == Some(owner)).unwrap_or(owner),
        2 => owner,
        _ => world.any_partner(dice),
    };
    let itself = &world.partners[provider];
    set(&mut cells, DATE, &style.write(dice.day_around(world.as_of), dice));
    let subscription = world.subscription(dice);
    set(&mut cells, SUBSCRIPTION, &subscription);
    set(&mut cells, &["SubAccountId"], &format!("/subscriptions/{subscription}"));
    // The owner.
    let kinds = ["dpor", "DPOR", "tpor", "csp-tier-1", "csp-tier-2", "pal"];
    set(&mut cells, &["partner_id"], partner);
    set(&mut cells, &["association"], dice.pick(&kinds));
    let absent_id = dice.pick(&["", "-1", "0", "NULL", "Not applicable"]);
    let reseller = if dice.chance(550) { partner } else { absent_id };
    set(&mut cells, &["resellerMpnId"], reseller);
    let seller = if dice.chance(300) { partner } else { absent_id };
    set(&mut cells, &["x_ResellerId"], seller);
    // A tenant may be shared, or that of a partner that stands in no roster.
    let tenant = dice.case(&world.tenants[provider]);
    let unknown = dice.guid();
    let tenant = if dice.chance(30) { &unknown } else { &tenant };
    set(&mut cells, &["partnerTenantId"], tenant);
    let named = if dice.chance(200) { absent_id } else { itself };
    set(&mut cells, &["MPNID"], named);
    let tenant = if dice.chance(100) { dice.pick(&["", "-1", "NULL", "tenant 7"]) } else { tenant };
    set(&mut cells, &["PartnerId"], tenant);
    let reseller = if dice.chance(100) { itself } else { reseller };
    set(&mut cells, &["ResellerMPNID", "Tier2MpnId"], reseller);
    // What it is.
    set(&mut cells, &["chargeType"], dice.pick(&["Usage", "Usage", "usage"]));
    set(&mut cells, &["publisherType"], dice.pick(&["Azure", "Microsoft"]));
    set(&mut cells, &["provider"], "Azure");
    set(&mut cells, &["ChargeCategory"], "Usage");
    set(&mut cells, &["ProviderName"], "Microsoft");
    set(&mut cells, &["ServiceProviderName", "HostProviderName"], "Microsoft");
    set(&mut cells, &["x_PublisherCategory"], "Cloud Provider");
    set(&mut cells, &["CommitmentDiscountStatus"], dice.pick(&["", "", "Used"]));
    set(&mut cells, &["ChargeSubcategory"], dice.pick(&["On-Demand", "Used Commitment"]));
    // What it comes to, where.
    set(&mut cells, AMOUNT, &dice.amount());
    let billed = dice.amount();
    set(&mut cells, &["BillingPreTaxTotal", "costInBillingCurrency", "CostInBillingCurrency"], &billed);
    let currency = dice.pick(&["USD", "USD", "USD", "USD", "EUR", "EUR", "GBP", "usd"]);
    let currency = if dice.chance(3) { "JPY" } else { currency };
    set(&mut cells, BILLING_CURRENCY, currency);
    set(&mut cells, &["pricingCurrency"], dice.pick(&["USD", "USD", "USD", "EUR"]));
    set(&mut cells, &["BillingAccountId"], if header.is_amortized { "8611538" } else { "8611537" });
    if dice.chance(10) {
        // Where USD is not to be had: 0 or blank.
        set(&mut cells, &["x_EffectiveCostInUsd"], dice.pick(&["0", "", "0.0", "NULL"]));
        set(&mut cells, &["EffectiveCost"], dice.pick(&["0", "1.5", "", "-2E-3", "0.00"]));
    }
    cells
}

/// Makes it something that is no consumption.
fn exclude(cells: &mut Cells, header: &Header, dice: &mut Dice) {
    let charges: &[&str] = if header.is_amortized {
        &["UnusedReservation", "UnusedSavingsPlan", "Refund"]
    } else {
        &["Purchase", "Refund", "purchase"]
    };
    match dice.below(7) {
        0 | 1 => {
            set(cells, &["chargeType"], dice.pick(charges));
            set(cells, &["ChargeCategory"], dice.pick(&["Purchase", "Tax", "Credit", "Adjustment"]));
        }
        2 => {
            set(cells, &["publisherType"], dice.pick(&["Marketplace", "AWS"]));
            set(cells, &["x_PublisherCategory"], "Vendor");
        }
        3 => {
            set(cells, &["provider"], dice.pick(&["Microsoft 365", "Dynamics 365"]));
            set(cells, &["ProviderName"], "AWS");
            set(cells, &["ServiceProviderName"], dice.pick(&["Alpine, Inc.", "Contoso", "AWS"]));
        }
        4 => {
            set(cells, &["CommitmentDiscountStatus"], "Unused");
            set(cells, &["ChargeSubcategory"], "Unused Commitment");
        }
        // One value that does not count and one that no dialect lists: excluded.
        5 => {
            set(cells, &["chargeType", "ChargeCategory"], dice.pick(&["Mystery", "Purchase"]));
            set(cells, &["publisherType"], "Marketplace");
            set(cells, &["ProviderName"], "AWS");
        }
        _ => {
            set(cells, &["chargeType", "ChargeCategory"], "Mystery");
        }
    }
}

/// Makes one thing of it wrong.
fn spoil(cells: &mut Cells, style: DayStyle, dice: &mut Dice) {
    match dice.below(12) {
        0 => set(cells, DATE, dice.pick(&["", "soon", "42887", "2017.06.01", "NULL"])),
        1 => set(cells, DATE, dice.pick(&[style.impossible(), "2560-06-30", "1438-09-05", "1999-12-31"])),
        2 => set(cells, AMOUNT, dice.pick(&["", "NULL", " "])),
        3 | 4 => {
            set(cells, AMOUNT, dice.pick(&["1,234", "$0.08", "abc", "1.2.3", "NaN", "1e", "--1", "1 2"]))
        }
        5 => {
            let tenant = dice.guid();
            // The tenant decides, so that the dice fall as before.
            let ids = ["UNKNOWN", "Grand total", "5550001 Total", "Summe:", "ann@example.com"];
            let id = ids[usize::from(tenant.as_bytes()[0]) % ids.len()];
            set(cells, &["partner_id", "resellerMpnId", "ResellerMPNID", "Tier2MpnId", "MPNID"], id);
            set(cells, &["partnerTenantId"], &tenant);
        }
        6 => set(cells, &["association", "PartnerAttributionType"], dice.pick(&["", "friend", "CSP Tier 3"])),
        7 => set(cells, &["publisherType", "x_PublisherCategory"], "Elsewhere"),
        8 => {
            set(cells, &["provider", "ProviderName"], "Elsewhere");
            set(cells, &["ServiceProviderName"], "");
        }
        9 => set(cells, &["CommitmentDiscountStatus"], "Perhaps"),
        10 => {
            set(cells, BILLING_CURRENCY, "");
            set(cells, &["pricingCurrency"], "");
        }
        _ => set(cells, &["chargeType", "ChargeCategory"], "Mystery"),
    }
}

/// Insights Azure usage: the same consumption once per association of each partner of the subscription.
fn insights(sheet: &mut Sheet, style: DayStyle, world: &World, rows: usize, dice: &mut Dice) {
    let mut written = 0;
    while written < rows {
        let day = dice.day_around(world.as_of);
        let first = world.any_partner(dice);
        let family =
            [Some(first), world.rolls_up_to[first], dice.chance(200).then(|| world.any_partner(dice))];
        let subscription = match dice.below(40) {
            0 => "00000000-0000-0000-0000-000000000000".to_owned(),
            1 => dice.pick(&["", "NULL", "UNKNOWN"]).to_owned(),
            _ => world.subscription(dice),
        };
        let services: Vec<String> = (0..=dice.below(3)).map(|_| dice.amount()).collect();
        for partner in family.into_iter().flatten() {
            for _ in 0..=dice.below(3) {
                let kind = dice.pick(&[
                    "Partner of record",
                    "DPOR",
                    "Transacting Partner of Record",
                    "TPOR",
                    "CSP Tier 1",
                    "CSP Tier 2",
                    "csp tier 2",
                    "Partner admin link",
                    "PAL",
                    "Partner as end-customer",
                    "Deal registration",
                ]);
                for amount in &services {
                    written += 1;
                    if dice.chance(5) {
                        sheet.faulty_line(dice);
                        continue;
                    }
                    let mut cells = Cells::new();
                    set(&mut cells, &["Month"], &style.write(day, dice));
                    set(&mut cells, SUBSCRIPTION, &dice.case(&subscription));
                    set(&mut cells, &["MPNID", "PartnerID"], &world.partners[partner]);
                    set(&mut cells, &["PartnerAttributionType"], kind);
                    set(&mut cells, &["MonthlySubscriptionLevelACR"], "123456.78");
                    set(&mut cells, &["IsACRDuplicateAtPGALevel"], dice.pick(&["0", "1"]));
                    // Mostly the very same amount, so that only the partner id tells two credits apart.
                    let other = if dice.chance(100) { dice.amount() } else { amount.clone() };
                    set(&mut cells, AMOUNT, &other);
                    if dice.chance(30) {
                        spoil_insights(&mut cells, style, dice);
                    }
                    sheet.line(&cells, dice);
                }
            }
        }
    }
}

fn spoil_insights(cells: &mut Cells, style: DayStyle, dice: &mut Dice) {
    match dice.below(5) {
        0 => set(cells, &["Month"], dice.pick(&["", "soon", "Q3 2017"])),
        1 => set(cells, &["Month"], dice.pick(&[style.impossible(), "2560-06", "2050-01"])),
        2 => set(cells, &["MPNID", "PartnerID"], dice.pick(&["", "-2", "Unassigned"])),
        3 => set(cells, &["PartnerAttributionType"], dice.pick(&["", "Friend"])),
        _ => set(cells, AMOUNT, dice.pick(&["", "1,234", "abc"])),
    }
}
