//! The numbers of providers, as far as a worker has asked the table of the run for them. Comes in: providers as keys, or the tenants of a
//! batch. Goes out: their numbers in the run. It reads no cell.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::sum_table::SumTable;
use crate::config::dialect::ColumnKey;
use crate::credits::keys::{ProviderKey, ProviderNumber, SubscriptionKey};
use crate::formats::inline_key::mix;

/// The numbers of providers, as far as a worker has asked for them.
#[derive(Debug, Default)]
pub(super) struct ProviderNumbers {
    /// The last one, which the next row often repeats.
    pub(super) last: Option<(ProviderKey, ProviderNumber)>,
    pub(super) tenants: TenantNumbers,
    pub(super) batch: BatchTenants,
    pub(super) others: HashMap<ProviderKey, ProviderNumber, FixedState>,
}

/// The numbers of tenants whose ids are GUIDs, in an open-addressing table.
#[derive(Debug, Default)]
pub(super) struct TenantNumbers {
    pub(super) guids: Vec<u128>,
    /// By index into `guids`.
    pub(super) numbers: Vec<ProviderNumber>,
    /// A power of two, at most half of them taken: one more than an index into `guids`, at the position of its hash or after it; 0 is free.
    pub(super) slots: Vec<u32>,
}

/// The tenants of a batch, looked up together.
#[derive(Debug, Default)]
pub(super) struct BatchTenants {
    /// Where they stand.
    pub(super) column: Option<ColumnKey>,
    /// By row. [`NO_GUID`]: the cell is read by itself.
    pub(super) guids: Vec<u128>,
    pub(super) numbers: Vec<Option<ProviderNumber>>,
}

/// No tenant: a GUID of zeros names none.
pub(super) const NO_GUID: u128 = 0;

impl ProviderNumbers {
    #[inline(always)]
    pub(super) fn number(&mut self, table: &SumTable, key: ProviderKey) -> ProviderNumber {
        match self.last {
            Some((last, number)) if last == key => number,
            _ => {
                let number = match key {
                    ProviderKey::Tenant(tenant) if let Some(guid) = tenant.guid() => {
                        self.tenants.get_or_insert(guid, || table.provider(key))
                    }
                    _ => *self.others.entry(key).or_insert_with(|| table.provider(key)),
                };
                self.last = Some((key, number));
                number
            }
        }
    }
}

impl TenantNumbers {
    /// Looks up the tenants of a batch. Prefetch slot and GUID of every row before probing any: with many tenants, a probe waits for
    /// memory twice.
    pub(super) fn number_all(
        &mut self,
        table: &SumTable,
        BatchTenants { guids, numbers, .. }: &mut BatchTenants,
    ) {
        if !self.slots.is_empty() {
            let touched = guids.iter().fold(0, |all, guid| all ^ self.slots[self.position(*guid)]);
            std::hint::black_box(touched);
            let first = |guid: &u128| self.slots[self.position(*guid)].checked_sub(1);
            let touched = guids.iter().filter_map(first).fold(0, |all, nth| all ^ self.guids[nth as usize]);
            std::hint::black_box(touched);
        }
        numbers.clear();
        for guid in guids {
            let provider = || table.provider(ProviderKey::Tenant(SubscriptionKey::of_guid(*guid)));
            numbers.push((*guid != NO_GUID).then(|| self.get_or_insert(*guid, provider)));
        }
    }

    #[inline(always)]
    pub(super) fn get_or_insert(
        &mut self,
        guid: u128,
        number: impl FnOnce() -> ProviderNumber,
    ) -> ProviderNumber {
        if self.slots.len() <= 2 * self.guids.len() {
            self.grow();
        }
        let slot = self.slot(guid);
        match self.slots[slot].checked_sub(1) {
            Some(nth) => self.numbers[nth as usize],
            None => {
                let number = number();
                self.guids.push(guid);
                self.numbers.push(number);
                self.slots[slot] = u32::try_from(self.guids.len()).expect("fewer than 2^32 providers");
                number
            }
        }
    }

    /// The slot of a GUID, or the free one where it belongs.
    #[inline(always)]
    fn slot(&self, guid: u128) -> usize {
        let mut slot = self.position(guid);
        while let Some(nth) = self.slots[slot].checked_sub(1) {
            if self.guids[nth as usize] == guid {
                break;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    /// Where the search for a GUID begins.
    #[inline(always)]
    fn position(&self, guid: u128) -> usize {
        let [a, b, c, d, ..] = mix(0, guid).to_le_bytes();
        u32::from_le_bytes([a, b, c, d]) as usize & (self.slots.len() - 1)
    }

    #[cold]
    fn grow(&mut self) {
        self.slots = vec![0; (4 * self.guids.len()).next_power_of_two().max(16)];
        for (guid, nth) in self.guids.iter().zip(1..) {
            let mut slot = self.position(*guid);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = nth;
        }
    }
}
