//! The invented partners, customers and subscriptions. Comes in: a seed and sizes. Goes out: every fact of a partner or subscription, computed
//! from the seed and its number, so that no list of them is held in memory.
//!
//! Partners are numbered: placed ones first, then ordinary ones, the biggest first. The number of rows of an ordinary partner falls as
//! 1 / its number (Zipf).

use super::placed::{PLACED, PlacedPartner};
use super::random::{Random, RandomStream, count, index};
use crate::base::market::Market;

/// A GUID as text of 36 bytes.
pub(super) type Guid = [u8; 36];

/// The invented world, by its seed and sizes.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    /// Seed of all random numbers.
    pub(super) seed: u64,
    /// Number of partners.
    pub(super) partners: u64,
    /// Number of placed partners; they have the first numbers.
    pub(super) placed: u64,
}

/// A subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscription {
    /// Number of the subscription's partner.
    pub(super) partner: u64,
    /// Number of the subscription, unique in the world.
    pub(super) number: u64,
}

/// Most subscriptions that a partner has; on average there are five.
const SUBSCRIPTIONS: u64 = 9;

/// Subscriptions of a placed partner.
const PLACED_SUBSCRIPTIONS: u64 = 3;

/// Countries, their class in the generated `markets` file, and a code. The last one is in no file.
pub(super) const COUNTRIES: [(&str, Option<Market>, &str); 10] = [
    ("Germany", Some(Market::Developed), "DE"),
    ("United States", Some(Market::Developed), "US"),
    ("Japan", Some(Market::Developed), "JP"),
    ("France", Some(Market::Developed), "FR"),
    ("Australia", Some(Market::Developed), "AU"),
    ("India", Some(Market::Developing), "IN"),
    ("Kenya", Some(Market::Developing), "KE"),
    ("Viet Nam", Some(Market::Developing), "VN"),
    ("Peru", Some(Market::Developing), "PE"),
    ("Ruritania", None, "ZZ"),
];

const FIRST_WORDS: [&str; 16] = [
    "Amber",
    "Birch",
    "Cobalt",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lagoon",
    "Meadow",
    "Nørrebro",
    "Opal",
    "Zürisee",
];
const SECOND_WORDS: [&str; 12] = [
    "Systems",
    "Cloud Services",
    "Consulting",
    "Digital",
    "Networks",
    "Partners",
    "Software",
    "Data",
    "Solutions",
    "Works",
    "IT, Inc.",
    "Services, Ltd.",
];

impl World {
    /// A world of `partners` partners. As many are placed as fit into `rows` rows.
    pub(super) fn new(seed: u64, partners: u64, rows: u64) -> World {
        let placed = count(PLACED.len()).min(partners.saturating_sub(1)).min(rows / 16);
        World { seed, partners, placed }
    }

    /// The placed partner of a number. `None` for an ordinary partner.
    pub(super) fn situation(&self, partner: u64) -> Option<&'static PlacedPartner> {
        if partner < self.placed { PLACED.get(index(partner)) } else { None }
    }

    /// The partner's id: seven digits or more.
    pub(super) fn partner_id(&self, partner: u64) -> u64 {
        4_000_000 + partner * 7 + Random::of(self.seed, RandomStream::Partner, partner).below(7)
    }

    /// The partner's name; some names have a comma, some an accent.
    pub(super) fn partner_name(&self, partner: u64) -> String {
        match self.situation(partner) {
            Some(placed) => placed.name.to_owned(),
            None => format!("{} {}", self.name_words(partner).concat(), partner),
        }
    }

    /// The words of an ordinary partner's name, without its number.
    pub(super) fn name_words(&self, partner: u64) -> [&'static str; 3] {
        let first = FIRST_WORDS[index(partner * 5 % count(FIRST_WORDS.len()))];
        [first, " ", SECOND_WORDS[index(partner % count(SECOND_WORDS.len()))]]
    }

    /// The partner that a partner rolls up to. `None` for a head.
    pub(super) fn rolls_up_to(&self, partner: u64) -> Option<u64> {
        if let Some(placed) = self.situation(partner) {
            return placed.rolls_up.then(|| partner - 1);
        }
        let ordinary = partner - self.placed;
        (ordinary % 25 == 24 || ordinary % 100 == 98).then(|| partner - 1)
    }

    /// The head at the end of the partner's roll-up chain; a head is its own.
    pub(super) fn head(&self, partner: u64) -> u64 {
        let mut head = partner;
        while let Some(next) = self.rolls_up_to(head) {
            head = next;
        }
        head
    }

    /// The big partner that is billed for a partner's customers, if the partner is not billed directly.
    pub(super) fn distributor(&self, partner: u64) -> u64 {
        self.placed + partner % 8.min(self.partners - self.placed)
    }

    /// The partner's country and its market. `None` if blank.
    pub(super) fn country(&self, partner: u64) -> Option<(&'static str, Option<Market>)> {
        if let Some(placed) = self.situation(partner) {
            let (name, market, _) = COUNTRIES.iter().find(|c| c.1.is_some() && c.1 == placed.market)?;
            return Some((name, *market));
        }
        let mut random = Random::of(self.seed, RandomStream::Partner, partner);
        random.next();
        let (name, market, _) = random.pick(&COUNTRIES);
        Some((name, *market))
    }

    /// The partner's market in the roster. `None` if blank, so that the country decides.
    pub(super) fn own_market(&self, partner: u64) -> Option<Market> {
        match self.situation(partner) {
            Some(placed) => placed.market,
            None => self.country(partner).and_then(|c| c.1).filter(|_| partner % 4 != 3),
        }
    }

    /// Number of the partner's subscriptions.
    pub(super) fn subscriptions(&self, partner: u64) -> u64 {
        if partner < self.placed { PLACED_SUBSCRIPTIONS } else { 1 + partner * 4 % SUBSCRIPTIONS }
    }

    /// The partner's `nth` subscription.
    pub(super) fn subscription(&self, partner: u64, nth: u64) -> Subscription {
        Subscription { partner, number: partner * SUBSCRIPTIONS + nth }
    }

    /// The subscription at `place` (0 to 2³², exclusive) on a line of all subscriptions of ordinary partners, in order, each as wide as its
    /// share of the rows. Octaves of partner numbers (1, 2 to 3, 4 to 7, …) are equally wide, which gives shares of about 1 / number.
    pub(super) fn subscription_at(&self, place: u64) -> Subscription {
        let ordinary = self.partners - self.placed;
        let octaves = u64::from(u64::BITS - ordinary.leading_zeros());
        let (octave, place) = divide(place, octaves);
        let first = (1 << octave) - 1;
        let width = (1 << octave).min(ordinary - first);
        let (within, place) = divide(place, width);
        let partner = self.placed + first + within;
        let (nth, _) = divide(place, self.subscriptions(partner));
        self.subscription(partner, nth)
    }

    /// As [`World::subscription_at`], but with equally wide subscriptions.
    pub(super) fn subscription_evenly_at(&self, place: u64) -> Subscription {
        // Every run of SUBSCRIPTIONS consecutive partners has the same number of subscriptions, so whole runs need no loop.
        let of_neighbours: u64 = (1..=SUBSCRIPTIONS).sum();
        let whole = (self.partners - self.placed) / SUBSCRIPTIONS;
        let rest = self.placed + whole * SUBSCRIPTIONS..self.partners;
        let all = whole * of_neighbours + rest.map(|partner| self.subscriptions(partner)).sum::<u64>();
        let (nth, _) = divide(place, all);
        let mut partner = self.placed + nth / of_neighbours * SUBSCRIPTIONS;
        let mut nth = nth % of_neighbours;
        while nth >= self.subscriptions(partner) {
            nth -= self.subscriptions(partner);
            partner += 1;
        }
        self.subscription(partner, nth)
    }

    /// The id of a subscription, in lower case.
    pub(super) fn subscription_id(&self, subscription: Subscription) -> Guid {
        guid(&mut Random::of(self.seed, RandomStream::Subscription, subscription.number))
    }

    /// Whether a subscription is billed in EUR, in exports that have another currency than USD.
    pub(super) fn is_in_euro(&self, subscription: Subscription) -> bool {
        subscription.partner >= self.placed && subscription.number % 23 == 5
    }

    /// The tenant id of a partner.
    pub(super) fn tenant(&self, partner: u64) -> Guid {
        guid(&mut Random::of(self.seed, RandomStream::Tenant, partner))
    }

    /// The tenant id of a subscription's customer. Three consecutive subscriptions have one customer.
    pub(super) fn customer_tenant(&self, subscription: Subscription) -> Guid {
        guid(&mut Random::of(self.seed, RandomStream::Customer, subscription.number / 3))
    }

    /// The order id of a subscription.
    pub(super) fn order_id(&self, subscription: Subscription) -> Guid {
        guid(&mut Random::of(self.seed, RandomStream::Order, subscription.number))
    }
}

/// Divides 0..2³² into `parts` equal parts: the part in which `place` lies, and the place within the part, scaled to 0..2³².
fn divide(place: u64, parts: u64) -> (u64, u64) {
    let scaled = u128::from(place) * u128::from(parts);
    let part = u64::try_from(scaled >> 32).expect("below `parts`");
    (part, u64::try_from(scaled & 0xFFFF_FFFF).expect("32 bits"))
}

/// Draws a GUID of version 4.
pub(super) fn guid(random: &mut Random) -> Guid {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    let bytes = (u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes();
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (n, byte) in bytes.into_iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text[14] = b'4';
    text[19] = HEX[usize::from(8 | (bytes[8] >> 4 & 3))];
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_ordinary_partner_and_only_they_have_a_place_and_a_few_are_big() {
        let world = World::new(1, 1000, 1_000_000);
        let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
        for step in 0..1_u64 << 16 {
            *seen.entry(world.subscription_at(step << 16).partner).or_default() += 1;
        }
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), (world.placed..1000).collect::<Vec<_>>());
        assert!(seen[&world.placed] > 100 * seen[&999]);
    }

    #[test]
    fn evenly_spread_every_subscription_of_ordinary_partners_has_one_place() {
        for partners in [22, 29, 30, 57, 1000] {
            let world = World::new(1, partners, 1_000_000);
            let each: Vec<u64> = (world.placed..partners)
                .flat_map(|p| (0..world.subscriptions(p)).map(move |nth| world.subscription(p, nth).number))
                .collect();
            let places = (0..count(each.len())).map(|n| ((n << 32) + (1 << 31)) / count(each.len()));
            let found: Vec<u64> = places.map(|place| world.subscription_evenly_at(place).number).collect();
            assert_eq!(found, each, "{partners}");
        }
    }

    #[test]
    fn places_follow_the_order_of_subscriptions() {
        let world = World::new(1, 300, 1_000_000);
        let numbers: Vec<u64> = (0..1 << 12).map(|n| world.subscription_at(n << 20).number).collect();
        assert!(numbers.is_sorted());
    }

    #[test]
    fn partners_have_about_five_subscriptions() {
        let world = World::new(1, 9_021, 1_000_000);
        let total: u64 = (world.placed..world.partners).map(|p| world.subscriptions(p)).sum();
        assert_eq!(total / (world.partners - world.placed), 5);
    }

    #[test]
    fn partner_ids_are_distinct_and_roll_up_ends_at_a_head() {
        let world = World::new(9, 500, 1_000_000);
        let mut ids: Vec<u64> = (0..500).map(|p| world.partner_id(p)).collect();
        ids.dedup();
        assert_eq!(ids.len(), 500);
        for partner in 0..500 {
            let head = world.head(partner);
            assert!(world.rolls_up_to(head).is_none());
            assert_eq!(
                head < world.placed,
                partner < world.placed,
                "only placed partners roll up to a placed partner"
            );
        }
    }

    #[test]
    fn a_guid_has_its_form() {
        let text = guid(&mut Random::of(1, RandomStream::Order, 1));
        let text = std::str::from_utf8(&text).unwrap();
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(&text[14..15], "4");
    }
}
