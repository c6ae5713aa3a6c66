//! Small nasty data sets: every known export, everything odd that SPEC 6 tells of, deterministic from a seed. Comes in: a seed, a
//! day, a size. Goes out: a folder of plain text files. It judges nothing; bad rows are about one in twenty.

pub(crate) mod dice;
mod edges;
mod exports;
mod headers;
mod people;
mod roster;
mod sheet;
pub(crate) mod sound;

use std::path::Path;

use chrono::NaiveDate;

use dice::Dice;

/// What to write.
pub(crate) struct Wish {
    pub(crate) seed: u64,
    pub(crate) as_of: NaiveDate,
    /// Whether exports whose rows are whole months are among the files.
    pub(crate) monthly: bool,
    pub(crate) rows_per_export: usize,
}

/// The small world that all files speak of.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) as_of: NaiveDate,
    /// Partner ids; the first ones are the largest.
    pub(crate) partners: Vec<String>,
    /// For each partner the index of the one that it rolls up to: always an earlier one, so that there is no cycle.
    pub(crate) rolls_up_to: Vec<Option<usize>>,
    /// For each partner its tenant; some are shared.
    pub(crate) tenants: Vec<String>,
    /// Subscriptions, in lower case.
    pub(crate) subscriptions: Vec<String>,
}

impl World {
    fn new(as_of: NaiveDate, dice: &mut Dice) -> World {
        let odd = ["0067890", "12345", "acme-1", "ACME-1", "=1+1", "@acme", "-77", "00", "1e5"];
        let mut partners: Vec<String> = odd.map(str::to_owned).into();
        partners.extend((0..60).map(|n| format!("{}", 1_000_000 + n * 7919)));
        // Mixed, so that the odd ids are neither all large nor all small.
        for index in (1..partners.len()).rev() {
            partners.swap(index, dice.below(index + 1));
        }
        let rolls_up_to =
            (0..partners.len()).map(|n| (n > 0 && dice.chance(200)).then(|| dice.below(n))).collect();
        let mut tenants: Vec<String> = Vec::new();
        for _ in 0..partners.len() {
            let shared = !tenants.is_empty() && dice.chance(150);
            let tenant = if shared { tenants[dice.below(tenants.len())].clone() } else { dice.guid() };
            tenants.push(tenant);
        }
        let subscriptions = (0..150).map(|_| dice.guid()).collect();
        World { as_of, partners, rolls_up_to, tenants, subscriptions }
    }

    /// The world with the subscriptions of one export alone: two exports of one subscription would be an overlap.
    pub(crate) fn of_export(&self, index: usize, exports: usize) -> World {
        let subscriptions = self.subscriptions.iter().skip(index).step_by(exports).cloned().collect();
        World { subscriptions, ..self.clone() }
    }

    /// The index of some partner, mostly a large one.
    pub(crate) fn any_partner(&self, dice: &mut Dice) -> usize {
        dice.skewed(self.partners.len())
    }

    /// A subscription id as some export writes it.
    pub(crate) fn subscription(&self, dice: &mut Dice) -> String {
        let id = &self.subscriptions[dice.skewed(self.subscriptions.len())];
        dice.case(id)
    }
}

/// Writes a data set into an empty folder.
pub(crate) fn write(folder: &Path, wish: &Wish) {
    let mut dice = Dice::new(wish.seed);
    let world = World::new(wish.as_of, &mut dice);
    roster::write(folder, &world, &mut dice);
    people::write(folder, &world, &mut dice);
    edges::write(folder, &world, &mut dice);
    exports::write(folder, &world, wish, &mut dice);
    std::fs::write(folder.join("_manifest.json"), "{\"blobCount\": 1}").expect("the folder can be written");
    std::fs::write(folder.join("notes.txt"), "Nothing that a report is made of.\n")
        .expect("the folder can be written");
}
