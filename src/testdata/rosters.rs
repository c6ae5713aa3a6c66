//! The small files beside the consumption, in attain's own formats. Comes in: a world. Goes out: partners, markets, rates, associations.

use std::io::Write;

use csv::Writer;

use super::associations::association_periods;
use super::world::{COUNTRIES, World};

/// The roster: every partner.
pub(super) fn partners<W: Write>(world: &World, out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record(["partner_id", "name", "country", "market", "rolls_up_to", "tenant_id"])?;
    for partner in 0..world.partners {
        let head = world.rolls_up_to(partner).map(|p| world.partner_id(p).to_string());
        out.write_record([
            world.partner_id(partner).to_string().as_bytes(),
            world.partner_name(partner).as_bytes(),
            world.country(partner).map_or("", |c| c.0).as_bytes(),
            world.own_market(partner).map_or("", |m| m.as_str()).as_bytes(),
            head.unwrap_or_default().as_bytes(),
            &world.tenant(partner),
        ])?;
    }
    Ok(())
}

/// The market class of the countries that have one.
pub(super) fn markets<W: Write>(out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record(["country", "market"])?;
    for (country, market, _) in COUNTRIES {
        if let Some(market) = market {
            out.write_record([country, market.as_str()])?;
        }
    }
    Ok(())
}

/// USD per euro, for every month of the data. The rates are invented.
pub(super) fn rates<W: Write>(out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record(["currency", "month", "usd_per_unit"])?;
    let months = (6..=12).map(|m| (2016, m)).chain((1..=7).map(|m| (2017, m)));
    for ((year, month), step) in months.zip(0..) {
        let rate = 110_490 + (step * 3_517) % 3_001;
        out.write_record([
            "EUR",
            &format!("{year}-{month:02}"),
            &format!("{}.{:05}", rate / 100_000, rate % 100_000),
        ])?;
    }
    Ok(())
}

/// The partners associated with each subscription, with first and last day.
pub(super) fn associations<W: Write>(world: &World, out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record(["subscription_id", "partner_id", "type", "from", "to"])?;
    for partner in 0..world.partners {
        for nth in 0..world.subscriptions(partner) {
            let subscription = world.subscription(partner, nth);
            let id = world.subscription_id(subscription);
            for period in association_periods(world, subscription) {
                let holder = world.partner_id(period.holder.partner(world, subscription)).to_string();
                let association = period.association.as_str();
                out.write_record([
                    &id[..],
                    holder.as_bytes(),
                    association.as_bytes(),
                    period.from.as_bytes(),
                    period.to.as_bytes(),
                ])?;
            }
        }
    }
    Ok(())
}
