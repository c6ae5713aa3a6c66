//! An interner: short texts as numbers, each text once, in one allocation. Comes in: texts. Goes out: numbers, and texts again.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Interned texts, numbered in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interner {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// The hash and the number of each text: the hash is compared first, so that few other texts are compared.
    table: HashTable<(u64, u32)>,
    hasher: FixedState,
}

impl Interner {
    /// The number of a text.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        let (text, ends) = (&self.text, &self.ends);
        let found = self.table.find(hash, |(known, n)| *known == hash && get(text, ends, *n) == name);
        if let Some((_, number)) = found {
            return *number;
        }
        let number = u32::try_from(ends.len()).expect("fewer than 2^32 names fit memory");
        self.text.push_str(name);
        self.ends.push(u32::try_from(self.text.len()).expect("names of a run stay below 4 GiB"));
        self.table.insert_unique(hash, (hash, number), |(hash, _)| *hash);
        number
    }

    /// Every text, in the order of numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.ends.len()).map(|number| self.name(number))
    }

    /// The text of a number.
    pub(crate) fn name(&self, number: u32) -> &str {
        get(&self.text, &self.ends, number)
    }
}

fn get<'t>(text: &'t str, ends: &[u32], number: u32) -> &'t str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &text[start..ends[number] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let mut names = Interner::default();
        let numbers: Vec<u32> = ["b", "", "a", "b", ""].iter().map(|n| names.number(n)).collect();
        assert_eq!(numbers, [0, 1, 2, 0, 1]);
        assert_eq!([0, 1, 2].map(|n| names.name(n)), ["b", "", "a"]);
        for n in 0..2000 {
            assert_eq!(names.number(&n.to_string()), n + 3);
        }
        assert_eq!(names.name(1002), "999");
    }
}
