//! A small sound data set, two exports and a roster, that any database reads: no bad row, at most 18 decimals. Its sums were
//! computed once by another tool and stand in `tests/cases/totals`.

use std::path::Path;

use chrono::{Days, NaiveDate};

use super::dice::{DayStyle, Dice};
use super::headers;
use super::sheet::Sheet;

const SEED: u64 = 20_170_707;
const ROWS: usize = 100;
/// Partner, the one that it rolls up to, its tenant.
const PARTNERS: [(&str, &str, &str); 5] = [
    ("1000001", "", "3f1c3b1e-0000-4000-8000-000000000001"),
    ("1000002", "1000001", "3f1c3b1e-0000-4000-8000-000000000002"),
    ("1000003", "", ""),
    ("1000004", "", "3f1c3b1e-0000-4000-8000-000000000004"),
    ("1000005", "", ""),
];

/// Writes `partners.csv`, `consumption.csv` and `cost-partner.csv` into a folder.
pub(crate) fn write(folder: &Path) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let dice = &mut Dice::new(SEED);
    let mut partners = Sheet::plain("partner_id,name,country,market,rolls_up_to,tenant_id");
    for (id, head, tenant) in PARTNERS {
        let cells =
            [("partner_id", id), ("market", "developed"), ("rolls_up_to", head), ("tenant_id", tenant)];
        partners.line(&cells.map(|(column, value)| (column, value.to_owned())), dice);
    }
    partners.save(folder, "partners.csv", dice);

    let mut own = Sheet::plain("date,partner_id,association,subscription_id,customer_id,amount,currency");
    for _ in 0..ROWS {
        let cells = [
            ("date", DayStyle::Iso.write(day(dice), dice)),
            ("partner_id", PARTNERS[dice.below(5)].0.to_owned()),
            ("association", dice.pick(&["dpor", "tpor", "pal", "csp-tier-1"]).to_owned()),
            ("subscription_id", format!("own-subscription-{}", dice.below(9))),
            ("amount", amount(dice)),
            ("currency", "USD".to_owned()),
        ];
        own.line(&cells, dice);
    }
    own.save(folder, "consumption.csv", dice);

    let mut cost = Sheet::plain(headers::MPA);
    for _ in 0..ROWS {
        // A tenant that a partner has, so that no row is without one.
        let tenant = PARTNERS[dice.below(2) * 3].2.to_owned();
        let reseller = dice.pick(&["1000002", "1000003", "1000005", "-1", ""]).to_owned();
        let cells = [
            ("date", DayStyle::PaddedSlashes.write(day(dice), dice)),
            ("partnerTenantId", tenant),
            ("resellerMpnId", reseller),
            ("SubscriptionId", format!("subscription-{}", dice.below(9))),
            ("chargeType", dice.pick(&["Usage", "Usage", "Usage", "Purchase", "Refund"]).to_owned()),
            ("publisherType", dice.pick(&["Microsoft", "Microsoft", "Microsoft", "Marketplace"]).to_owned()),
            ("provider", "Azure".to_owned()),
            ("costInUsd", amount(dice)),
            ("costInBillingCurrency", amount(dice)),
            ("billingCurrency", "EUR".to_owned()),
            ("pricingCurrency", "USD".to_owned()),
        ];
        cost.line(&cells, dice);
    }
    cost.save(folder, "cost-partner.csv", dice);
}

/// A day from 2016-03-01 on, sixteen months long.
fn day(dice: &mut Dice) -> NaiveDate {
    NaiveDate::from_ymd_opt(2016, 3, 1).expect("a day") + Days::new(dice.below(500) as u64)
}

fn amount(dice: &mut Dice) -> String {
    let sign = if dice.chance(80) { "-" } else { "" };
    let units = dice.below(9000);
    let number = match dice.below(5) {
        0 => format!("{}.{}E-0{}", 1 + dice.below(9), dice.digits(5), 1 + dice.below(9)),
        1 => format!("{units}.{}", dice.digits(18)),
        2 => format!("{units}.{}", dice.digits(2)),
        3 => format!("0.{}", dice.digits(16)),
        _ => units.to_string(),
    };
    format!("{sign}{number}")
}
