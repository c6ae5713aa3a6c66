//! Rows of consumption, chunk by chunk. Comes in: the number of a chunk. Goes out: its bytes. Each chunk has a stream of random numbers
//! of its own, so that its bytes do not depend on the thread or on the chunks before.
//!
//! Placed partners share a last chunk. Their amounts are drawn like all others; the last amount of each partner is the rest up to the
//! partner's target, so that the exact sum is the target.

use super::associations::{AssociationHolder, repeated, single};
use super::figure::Figure;
use super::layouts::{ExportFamily, ExportLayout, PartnerSource};
use super::random::{Random, RandomStream, count, index};
use super::template::{Reseller, RowFacts, Template};
use super::world::{Subscription, World};
use super::{Order, Spread};
use crate::base::amount::Amount;
use crate::base::association::Association;

/// Rows of a chunk: about 4 MB of a cost export. Part of the format: a change gives other data for the same seed.
pub(super) const CHUNK_ROWS: u64 = 4096;

/// An all-zero GUID: no subscription.
const NIL: [u8; 36] = *b"00000000-0000-0000-0000-000000000000";

/// Generates rows of consumption from a world, a layout and a template.
#[derive(Debug)]
pub(super) struct RowGenerator<'s> {
    pub(super) world: World,
    pub(super) layout: &'s ExportLayout,
    pub(super) template: Template,
    /// Rows in all chunks, without the chunk of the placed partners.
    pub(super) rows: u64,
    pub(super) order: Order,
    pub(super) spread: Spread,
}

/// One consumption, before an export repeats it for each association of the subscription.
struct Consumed {
    subscription: Subscription,
    /// Index of the day in the template's list.
    day: usize,
    /// Index of the type of charge in the template's list.
    charge: usize,
    amount: Figure,
}

impl RowGenerator<'_> {
    /// Number of chunks, without the last chunk of the placed partners.
    pub(super) fn chunks(&self) -> u64 {
        self.rows.div_ceil(CHUNK_ROWS)
    }

    /// Appends the rows of a chunk.
    pub(super) fn chunk(&self, number: u64, out: &mut Vec<u8>) {
        let mut random = Random::of(self.world.seed, RandomStream::Chunk, number);
        let end = self.rows.min((number + 1) * CHUNK_ROWS);
        let mut row = number * CHUNK_ROWS;
        while row < end {
            let (day, place) = match self.order {
                Order::Random => (random.below(count(self.template.days.len())), random.below(1 << 32)),
                Order::Grouped => self.grouped(row),
            };
            let charge = self.charge(&mut random);
            let drawn = Figure::draw(&mut random);
            let consumed = Consumed {
                subscription: match self.spread {
                    Spread::Skewed => self.world.subscription_at(place),
                    Spread::Even => self.world.subscription_evenly_at(place),
                },
                day: index(day),
                charge,
                amount: if self.template.charges[charge].is_free { Figure::ZERO } else { drawn },
            };
            row += self.put(&mut random, &consumed, end - row, out);
        }
    }

    /// The index of a row's day and its place among the subscriptions (0 to 2³²), in an export that is sorted by both.
    fn grouped(&self, row: u64) -> (u64, u64) {
        let (days, rows) = (u128::from(count(self.template.days.len())), u128::from(self.rows));
        let row = u128::from(row);
        let day = row * days / rows;
        let (first, next) = ((day * rows).div_ceil(days), ((day + 1) * rows).div_ceil(days));
        let place = ((row - first) << 32) / (next - first);
        let narrow = |n: u128| u64::try_from(n).expect("a day's index, and a place below 2^32");
        (narrow(day), narrow(place))
    }

    /// Draws the index of a type of charge by the shares of the types.
    fn charge(&self, random: &mut Random) -> usize {
        let mut roll = random.below(1000);
        for (nth, charge) in self.template.charges.iter().enumerate() {
            if roll < charge.per_thousand {
                return nth;
            }
            roll -= charge.per_thousand;
        }
        0
    }

    /// Appends the rows of the placed partners; returns their number.
    pub(super) fn placed(&self, rows_each: u64, out: &mut Vec<u8>) -> u64 {
        (0..self.world.placed).map(|partner| self.placed_partner(partner, rows_each, out)).sum()
    }

    fn placed_partner(&self, partner: u64, rows_each: u64, out: &mut Vec<u8>) -> u64 {
        let Some(target) = self.world.situation(partner).and_then(|p| p.target) else { return 0 };
        let mut random = Random::of(self.world.seed, RandomStream::Placed, partner);
        let (usage, other) = (0, 1);
        let mut written = 0;
        let mut put = |random: &mut Random, nth: u64, is_inside: bool, charge, amount| {
            let day = loop {
                let day = index(random.below(count(self.template.days.len())));
                if self.template.days[day].in_window == is_inside {
                    break day;
                }
            };
            let subscription = self.world.subscription(partner, nth % self.world.subscriptions(partner));
            written += self.put(random, &Consumed { subscription, day, charge, amount }, u64::MAX, out);
        };
        let mut missing = target.amount(self.layout.decimals);
        for nth in 1..rows_each {
            let amount = Figure::draw(&mut random);
            missing = missing.minus(amount.amount());
            put(&mut random, nth, true, usage, amount);
        }
        put(&mut random, 0, true, usage, Figure::exactly(missing, self.layout.decimals));
        // Two rows that must not count: one outside the window, one that is not consumption.
        let thousand =
            Figure::exactly(Amount::from_raw(1000 * 10_i128.pow(crate::base::amount::DECIMALS)), 2);
        put(&mut random, 0, false, usage, thousand);
        if self.template.charges.len() > 1 {
            put(&mut random, 1, true, other, thousand);
        }
        written
    }

    /// Appends a consumption, at most `limit` rows of it; returns the number of rows.
    fn put(&self, random: &mut Random, consumed: &Consumed, limit: u64, out: &mut Vec<u8>) -> u64 {
        let subscription = consumed.subscription;
        let noise = random.next();
        let mut row = RowFacts {
            subscription,
            subscription_id: self.world.subscription_id(subscription),
            partner: subscription.partner,
            billed: subscription.partner,
            reseller: Reseller::Absent(""),
            association: Association::Dpor,
            is_first: true,
            day: consumed.day,
            meter: index(random.below(count(self.template.meters.len()))),
            charge: consumed.charge,
            tags: random.pick::<Vec<u8>>(&self.template.tags),
            resource: noise >> 32 & 0x3FF,
            is_upper: noise & 31 == 0,
            is_upper_path: noise >> 5 & 7 == 0,
            amount: consumed.amount,
            amount_text: consumed.amount.text(),
            quantity: Figure::draw_quantity(random).text(),
            price: Figure::draw_quantity(random).text(),
        };
        match self.layout.partner {
            PartnerSource::AssociationsFile | PartnerSource::Tenant => {}
            PartnerSource::OneAssociation => row.association = single(&self.world, subscription),
            PartnerSource::Reseller => over_distributor(&self.world, &mut row),
            PartnerSource::ResellerOrTenant if is_direct(&self.world, subscription) => {
                row.reseller = no_reseller(self.layout.family, subscription);
            }
            PartnerSource::ResellerOrTenant => over_distributor(&self.world, &mut row),
            PartnerSource::RepeatedAssociation => return self.put_repeated(random, row, limit, out),
        }
        self.template.render(&self.world, &row, out);
        1
    }

    /// Appends a consumption once for each association of its subscription. Three of a thousand become a deal registration instead,
    /// which has no subscription.
    fn put_repeated(&self, random: &mut Random, mut row: RowFacts<'_>, limit: u64, out: &mut Vec<u8>) -> u64 {
        let subscription = row.subscription;
        if subscription.partner >= self.world.placed && random.chance(3) {
            row.association = Association::DealRegistration;
            row.subscription_id = NIL;
            self.template.render(&self.world, &row, out);
            return 1;
        }
        let associations = repeated(&self.world, subscription);
        let mut written = 0;
        for (holder, association) in associations {
            if written == limit {
                break;
            }
            row.partner = AssociationHolder::partner(*holder, &self.world, subscription);
            row.association = *association;
            row.is_first = written == 0;
            self.template.render(&self.world, &row, out);
            written += 1;
        }
        written
    }
}

/// Makes the row one that a distributor is billed for and the row's partner resells.
fn over_distributor(world: &World, row: &mut RowFacts<'_>) {
    row.billed = world.distributor(row.partner);
    row.reseller = Reseller::Partner(row.partner);
}

/// Whether the subscription's partner is billed directly.
fn is_direct(world: &World, subscription: Subscription) -> bool {
    let odd_one = if subscription.partner < world.placed { 3 } else { 5 };
    subscription.number % odd_one == odd_one - 1
}

/// The reseller of a subscription without one. Reconciliation files write it in three ways: blank, `-1`, or the partner itself.
fn no_reseller(family: ExportFamily, subscription: Subscription) -> Reseller {
    match (family, subscription.number % 3) {
        (ExportFamily::Reconciliation | ExportFamily::LegacyReconciliation, 0) => Reseller::Absent("-1"),
        (ExportFamily::Reconciliation | ExportFamily::LegacyReconciliation, 1) => {
            Reseller::Partner(subscription.partner)
        }
        _ => Reseller::Absent(""),
    }
}
