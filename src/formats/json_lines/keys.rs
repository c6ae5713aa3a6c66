//! The keys of the objects of one input. Comes in: keys as they stand. Goes out: the columns that each key is a name of, resolved once;
//! most objects have the keys of the object before them, in the same order. It reads no value.

use std::collections::HashMap;

use crate::base::limits;
use crate::config::dialect::Layout;

/// A column that a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyColumn {
    /// The cell of a row.
    pub(super) slot: usize,
    /// How far behind the preferred name of the column the key stands among its names.
    pub(super) rank: usize,
}

/// A key that was resolved.
#[derive(Debug)]
struct KeyEntry {
    key: Box<str>,
    columns: Vec<KeyColumn>,
    /// The number of the last object with the key.
    last_object: u64,
}

/// The keys of one input.
pub(super) struct KeyTable<'l> {
    layout: &'l Layout<'l>,
    entries: Vec<KeyEntry>,
    by_key: HashMap<Box<str>, usize>,
    /// The entries of the last object, in its order.
    order: Vec<usize>,
    /// How many keys of this object were taken.
    taken: usize,
    object: u64,
}

/// The outcome of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyOutcome {
    /// The entry of the key, whose columns are wanted.
    Wanted(usize),
    /// No column that is read has the name.
    Ignored,
    /// The object has the key twice.
    Twice,
}

impl<'l> KeyTable<'l> {
    pub(super) fn new(layout: &'l Layout<'l>) -> KeyTable<'l> {
        KeyTable {
            layout,
            entries: Vec::new(),
            by_key: HashMap::new(),
            order: Vec::new(),
            taken: 0,
            object: 0,
        }
    }

    /// Begins the next object.
    pub(super) fn begin_object(&mut self) {
        self.object += 1;
        self.taken = 0;
    }

    /// Takes the next key of the object.
    pub(super) fn take(&mut self, key: &str) -> KeyOutcome {
        let predicted = self.order.get(self.taken).copied();
        let entry = match predicted.filter(|entry| *self.entries[*entry].key == *key) {
            Some(entry) => entry,
            None => match self.find_column(key) {
                Some(entry) => {
                    self.order.truncate(self.taken);
                    self.order.push(entry);
                    entry
                }
                None => return KeyOutcome::Ignored,
            },
        };
        self.taken += 1;
        let found = &mut self.entries[entry];
        if found.last_object == self.object {
            return KeyOutcome::Twice;
        }
        found.last_object = self.object;
        if found.columns.is_empty() { KeyOutcome::Ignored } else { KeyOutcome::Wanted(entry) }
    }

    /// The columns of an entry.
    pub(super) fn columns(&self, entry: usize) -> &[KeyColumn] {
        &self.entries[entry].columns
    }

    /// The entry of a key. `None` if no column has the name, and the table has as many keys as it may hold.
    fn find_column(&mut self, key: &str) -> Option<usize> {
        if let Some(entry) = self.by_key.get(key) {
            return Some(*entry);
        }
        let is_read = |column: &KeyColumn| self.layout.columns[column.slot].is_some();
        let named = self.layout.dialect.columns_named(key).into_iter();
        let columns: Vec<KeyColumn> =
            named.map(|(column, rank)| KeyColumn { slot: column.0, rank }).filter(is_read).collect();
        if columns.is_empty() && self.entries.len() >= limits::JSON_KEYS {
            return None;
        }
        let entry = self.entries.len();
        self.entries.push(KeyEntry { key: key.into(), columns, last_object: 0 });
        self.by_key.insert(key.into(), entry);
        Some(entry)
    }
}
