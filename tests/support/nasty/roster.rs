//! Partners, associations, rates and markets, with lines that disagree and lines that are wrong.

use std::path::Path;

use chrono::{Days, Months, NaiveDate};

use super::World;
use super::dice::Dice;
use super::sheet::Sheet;

/// A partner that stands only in the `rolls_up_to` of others.
const ONLY_A_HEAD: &str = "7700077";
const COUNTRIES: [&str; 6] = ["Freedonia", "Sylvania", "Ruritania", "Côte d'Or", "Grand Fenwick", "=Zembla"];

pub(crate) fn write(folder: &Path, world: &World, dice: &mut Dice) {
    partners(folder, world, dice);
    profile(folder, world, dice);
    markets(folder, dice);
    rates(folder, world, dice);
    associations(folder, world, dice);
}

fn partners(folder: &Path, world: &World, dice: &mut Dice) {
    let mut sheet = Sheet::new("partner_id,name,country,market,rolls_up_to,tenant_id", dice);
    for (index, id) in world.partners.iter().enumerate() {
        if dice.chance(200) {
            continue; // Known from elsewhere, or not at all.
        }
        let head = match world.rolls_up_to[index] {
            Some(head) => world.partners[head].clone(),
            None if dice.chance(60) => ONLY_A_HEAD.to_owned(),
            None => dice.pick(&["", "", "", "NULL", id]).to_owned(),
        };
        // A partner with lines that disagree on the market gets no country, which could decide it.
        let disagrees = dice.chance(80);
        let country = if disagrees { "" } else { dice.pick(&COUNTRIES) };
        let market = dice.pick(&["developed", "developing", "Developed", "", ""]);
        let line = |name: String, market: &str, tenant: String| {
            [
                ("partner_id", id.clone()),
                ("name", name),
                ("country", country.to_owned()),
                ("market", market.to_owned()),
                ("rolls_up_to", head.clone()),
                ("tenant_id", tenant),
            ]
        };
        let tenant = dice.case(&world.tenants[index]);
        let name = name(index, dice);
        sheet.line(&line(name.clone(), market, tenant.clone()), dice);
        if disagrees {
            let market = dice.pick(&["developed", "developing", ""]);
            let tenant = if dice.chance(500) { tenant } else { dice.guid() };
            let name = if dice.chance(500) { name } else { format!("{name} again") };
            sheet.line(&line(name, market, tenant), dice);
        }
    }
    sheet.line(&[("partner_id", "NULL".to_owned()), ("name", "Nobody".to_owned())], dice);
    sheet.line(&[("partner_id", "424242".to_owned()), ("market", "emerging".to_owned())], dice);
    sheet.faulty_line(dice);
    sheet.save(folder, "partners.csv", dice);
}

fn name(index: usize, dice: &mut Dice) -> String {
    let prefix = dice.pick(&[
        "Partner",
        "Partner",
        "=HYPERLINK(1)",
        "+1 Cloud",
        "-Minus",
        "@at",
        "A, \"B\"; C",
        "Ünï",
    ]);
    format!("{prefix} {index}")
}

fn profile(folder: &Path, world: &World, dice: &mut Dice) {
    let mut sheet =
        Sheet::new("MPNId,PartnerName,PGA_MPNID,PGA_PartnerName,City,Country,HierarchyLevel", dice);
    for (index, id) in world.partners.iter().enumerate() {
        if dice.chance(600) {
            continue;
        }
        // Never another head than the roster's, which would be an error; often none.
        let Some(head) = world.rolls_up_to[index].filter(|_| dice.chance(700)) else { continue };
        sheet.line(
            &[
                ("MPNId", id.clone()),
                ("PartnerName", format!("Location {index}")),
                ("PGA_MPNID", world.partners[head].clone()),
                ("Country", dice.pick(&COUNTRIES).to_owned()),
                ("HierarchyLevel", "Location".to_owned()),
            ],
            dice,
        );
    }
    sheet.line(&[("MPNId", String::new()), ("PartnerName", "Nobody".to_owned())], dice);
    sheet.save(folder, "profile.csv", dice);
}

fn markets(folder: &Path, dice: &mut Dice) {
    let mut sheet = Sheet::new("country,market", dice);
    for (country, market) in [
        ("freedonia", "developed"),
        ("Sylvania", "developing"),
        ("CÔTE D'OR", "Developing"),
        ("Grand Fenwick", "developed"),
        ("Atlantis", "sunken"),
        ("", "developed"),
    ] {
        sheet.line(&[("country", country.to_owned()), ("market", market.to_owned())], dice);
    }
    sheet.save(folder, "markets.csv", dice);
}

fn rates(folder: &Path, world: &World, dice: &mut Dice) {
    let mut sheet = Sheet::new("currency,month,usd_per_unit", dice);
    let mut line = |currency: &str, month: &str, rate: &str, dice: &mut Dice| {
        sheet.line(
            &[
                ("currency", currency.to_owned()),
                ("month", month.to_owned()),
                ("usd_per_unit", rate.to_owned()),
            ],
            dice,
        );
    };
    let mut month = world.as_of - Days::new(460);
    while month <= world.as_of + Days::new(62) {
        let text = month.format("%Y-%m").to_string();
        let rate = format!("1.{}", dice.digits(7));
        line("GBP", &text, &rate, dice);
        if !dice.chance(100) {
            let rate = format!("1.{}", dice.digits(10));
            line("eur", &text, &rate, dice);
            line("EUR", &text, &rate, dice); // The same said twice.
        }
        month = month + Months::new(1);
    }
    line("DKK", "2017-01", "0.14", dice);
    line("DKK", "2017-01", "0.15", dice);
    line("", "2017-01", "0.14", dice);
    line("SEK", "soon", "0.11", dice);
    line("SEK", "2017-13", "0.11", dice);
    line("SEK", "2017-01", "0,11", dice);
    line("SEK", "2017-02", "", dice);
    sheet.save(folder, "rates.csv", dice);
}

fn associations(folder: &Path, world: &World, dice: &mut Dice) {
    let mut sheet = Sheet::new("subscription_id,partner_id,type,from,to", dice);
    let day =
        |dice: &mut Dice| -> Option<NaiveDate> { dice.chance(500).then(|| dice.day_around(world.as_of)) };
    let text = |day: Option<NaiveDate>| day.map_or(String::new(), |d| d.to_string());
    for subscription in &world.subscriptions {
        for _ in 0..dice.below(5) {
            let first = world.any_partner(dice);
            // Often its head too: one row, one credit to the head.
            let holders = [Some(first), world.rolls_up_to[first].filter(|_| dice.chance(600))];
            for partner in holders.into_iter().flatten() {
                let (mut from, mut to) = (day(dice), day(dice));
                if let (Some(a), Some(b)) = (from, to)
                    && b < a
                {
                    (from, to) = (to, from);
                }
                let kind =
                    dice.pick(&["dpor", "dpor", "DPOR", "tpor", "csp-tier-1", "csp-tier-2", "pal", "pal"]);
                line(
                    &mut sheet,
                    &dice.case(subscription),
                    &world.partners[partner],
                    kind,
                    [text(from), text(to)],
                    dice,
                );
            }
        }
    }
    let (subscription, partner_id) = (world.subscriptions[0].as_str(), world.partners[0].as_str());
    let days = |from: &str, to: &str| [from.to_owned(), to.to_owned()];
    line(&mut sheet, "", partner_id, "dpor", days("", ""), dice);
    line(&mut sheet, subscription, "UNKNOWN", "dpor", days("", ""), dice);
    line(&mut sheet, subscription, partner_id, "friend", days("", ""), dice);
    line(&mut sheet, subscription, partner_id, "dpor", days("2017-02-02", "2017-02-01"), dice);
    line(&mut sheet, subscription, partner_id, "dpor", days("once", ""), dice);
    line(&mut sheet, subscription, partner_id, "dpor", days("", "2017-02-29"), dice);
    line(&mut sheet, &dice.guid(), "5550001", "pal", days("", ""), dice); // A line with nothing at all.
    sheet.save(folder, "associations.csv", dice);
}

fn line(
    sheet: &mut Sheet,
    subscription: &str,
    partner: &str,
    kind: &str,
    [from, to]: [String; 2],
    dice: &mut Dice,
) {
    sheet.line(
        &[
            ("subscription_id", subscription.to_owned()),
            ("partner_id", partner.to_owned()),
            ("type", kind.to_owned()),
            ("from", from),
            ("to", to),
        ],
        dice,
    );
}
