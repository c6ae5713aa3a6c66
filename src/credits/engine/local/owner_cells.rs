//! The owner of a row, read from its cells by the fast path. Comes in: cells as they stand. Goes out: keys. [`Plan::owner`] and
//! [`Plan::subscription`] are the meaning of both paths: any other cell sends its row to the slow path.

use super::cell_cache::{DictionaryCache, InlineCache, VALUES};
use super::provider_numbers::{NO_GUID, ProviderNumbers};
use super::sum_table::SumTable;
use crate::base::association::Association;
use crate::base::ids;
use crate::base::numeric_id::{NumericId, numeric_id};
use crate::base::simd::Simd;
use crate::config::dialect::{ColumnKey, OwnerColumn, OwnerRule, RowAssociation, association_named};
use crate::credits::keys::{OwnerKey, PartnerKey, ProviderKey, ProviderNumber, SubscriptionKey};
use crate::formats::batch::RowBatch;
use crate::rows::plan::Plan;

/// The columns in which the rows of one input name their owner, and the caches of these columns.
#[derive(Debug)]
pub(super) struct OwnerCells<'d> {
    subscription: Option<ColumnKey>,
    repeats: bool,
    tenants_are_guids: bool,
    rules: Option<Vec<RuleCells<'d>>>,
    /// The owner of a row for which no rule finds a partner. **Absent**: the slow path refuses the row.
    otherwise: Option<OwnerKey>,
    providers: ProviderNumbers,
}

/// One way in which a row names a partner or its provider.
#[derive(Debug)]
struct RuleCells<'d> {
    cell: OwnerCell,
    is_provider: bool,
    differs_from: Option<ColumnKey>,
    association: &'d RowAssociation,
    associations: InlineCache<Association>,
    by_id: DictionaryCache<CellOwner>,
}

#[derive(Debug, Clone, Copy)]
enum OwnerCell {
    Partner(ColumnKey),
    Tenant(ColumnKey),
    /// The partner of `--partner-id`. **Absent**: its id has no fast key.
    Given(Option<PartnerKey>),
}

/// The partner or provider that one cell names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellOwner {
    /// It names none.
    None,
    Partner(PartnerKey),
    /// The provider that a tenant is.
    Provider(ProviderNumber),
    /// The slow path must read the cell.
    Unclear,
}

/// The owner of a row, and its subscription.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowOwner {
    pub(super) subscription: SubscriptionKey,
    pub(super) owner: OwnerKey,
}

impl<'d> OwnerCells<'d> {
    /// Empty caches for an input of this plan.
    pub(super) fn new(plan: &Plan<'d>) -> OwnerCells<'d> {
        let uses_file = plan.rules.owner.uses_associations_file();
        let cells = |rule: &'d OwnerRule| {
            let cell = match rule.owner {
                // A column that the file lacks names no partner.
                OwnerColumn::Partner(column) | OwnerColumn::Tenant(column)
                    if uses_file && !plan.layout.has(column) =>
                {
                    return None;
                }
                OwnerColumn::Partner(column) => OwnerCell::Partner(column),
                OwnerColumn::Tenant(column) => OwnerCell::Tenant(column),
                OwnerColumn::Option => OwnerCell::Given(PartnerKey::fast(plan.partner_option()?.as_bytes())),
            };
            Some(RuleCells {
                cell,
                is_provider: rule.is_provider(),
                differs_from: rule.differs_from,
                association: &rule.association,
                associations: InlineCache::with_capacity(VALUES),
                by_id: DictionaryCache::new(),
            })
        };
        let rules: Vec<RuleCells<'d>> = plan.rules.owner.rules().iter().filter_map(cells).collect();
        let is_by_file = uses_file && rules.is_empty();
        OwnerCells {
            subscription: plan.rules.subscription,
            repeats: plan.rules.repeats_per_association,
            tenants_are_guids: plan.tenants_are_guids(),
            rules: (!is_by_file).then_some(rules),
            otherwise: uses_file.then_some(OwnerKey::Associations),
            providers: ProviderNumbers::default(),
        }
    }

    /// Prepares for the rows of a batch: looks up their tenants, unless these are in a dictionary.
    #[inline(always)]
    pub(super) fn begin_batch<B: RowBatch, L: Simd>(&mut self, lanes: L, table: &SumTable, batch: &B) {
        let OwnerCells { rules, providers: ProviderNumbers { tenants, batch: found, .. }, .. } = self;
        // A tenant behind another rule for the provider is rarely asked for.
        let first = rules.iter().flatten().find(|rule| rule.is_provider).map(|rule| rule.cell);
        found.column = match first {
            Some(OwnerCell::Tenant(column)) => Some(column),
            Some(OwnerCell::Partner(_) | OwnerCell::Given(_)) | None => None,
        };
        found.guids.clear();
        if let Some(column) = found.column
            && batch.len() > 0
            && batch.dictionary_id(0, column.0).is_none()
        {
            let guid = |row| read_tenant(lanes, batch, row, column).flatten().and_then(SubscriptionKey::guid);
            found.guids.extend((0..batch.len()).map(|row| guid(row).unwrap_or(NO_GUID)));
        }
        tenants.number_all(table, found);
    }

    /// The owner of a row. `None` if the slow path must read the row.
    #[inline(always)]
    pub(super) fn read<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        table: &SumTable,
        batch: &B,
        row: usize,
    ) -> Option<RowOwner> {
        let subscription = match self.subscription {
            Some(column) => match unquoted::<B>(batch.text(row, column.0)?) {
                b"" if !self.repeats => SubscriptionKey::NONE,
                text => SubscriptionKey::fast(lanes, text)?,
            },
            None if self.repeats => return None,
            None => SubscriptionKey::NONE,
        };
        let OwnerCells { rules, otherwise, providers, tenants_are_guids, .. } = self;
        let Some(rules) = rules else {
            return Some(RowOwner { subscription, owner: OwnerKey::Associations });
        };
        let mut partner: Option<(PartnerKey, Association)> = None;
        let mut provider: Option<ProviderNumber> = None;
        for rule in rules {
            if if rule.is_provider { provider.is_some() } else { partner.is_some() || provider.is_some() } {
                continue;
            }
            let found = rule.read(lanes, table, providers, (batch, row), *tenants_are_guids);
            if let (CellOwner::Partner(this), Some(column)) = (found, rule.differs_from) {
                match read_partner(lanes, batch, row, column) {
                    CellOwner::Partner(other) if other == this => continue,
                    CellOwner::Partner(_) | CellOwner::None => {}
                    CellOwner::Provider(_) | CellOwner::Unclear => return None,
                }
            }
            match found {
                CellOwner::None => {}
                CellOwner::Unclear => return None,
                CellOwner::Partner(key) if !rule.is_provider => {
                    partner = Some((key, rule.association(batch, row)?));
                }
                CellOwner::Partner(key) => {
                    provider = Some(providers.number(table, ProviderKey::Partner(key)))
                }
                CellOwner::Provider(number) => provider = Some(number),
            }
        }
        let owner = match (partner, provider) {
            (Some((partner, association)), provider) => OwnerKey::Partner(partner, association, provider),
            (None, Some(provider)) => OwnerKey::Provider(provider),
            (None, None) => (*otherwise)?,
        };
        Some(RowOwner { subscription, owner })
    }
}

impl RuleCells<'_> {
    /// The owner that the cell of this rule names.
    #[inline(always)]
    fn read<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        table: &SumTable,
        providers: &mut ProviderNumbers,
        (batch, row): (&B, usize),
        tenants_are_guids: bool,
    ) -> CellOwner {
        let (column, is_partner) = match self.cell {
            OwnerCell::Partner(column) => (column, true),
            OwnerCell::Tenant(column) => (column, false),
            OwnerCell::Given(partner) => return partner.map_or(CellOwner::Unclear, CellOwner::Partner),
        };
        if providers.batch.column == Some(column)
            && !is_partner
            && let Some(Some(number)) = providers.batch.numbers.get(row)
        {
            return CellOwner::Provider(*number);
        }
        if let Some(cached) = self.by_id.get(batch, row, column) {
            return cached;
        }
        let found = match is_partner {
            true => read_partner(lanes, batch, row, column),
            false => match read_tenant(lanes, batch, row, column) {
                Some(Some(tenant)) if tenants_are_guids && tenant.guid().is_none() => CellOwner::Unclear,
                Some(Some(tenant)) => {
                    CellOwner::Provider(providers.number(table, ProviderKey::Tenant(tenant)))
                }
                Some(None) => CellOwner::None,
                None => CellOwner::Unclear,
            },
        };
        self.by_id.insert(batch, row, column, found)
    }

    /// The association of a row whose partner this rule names. `None` if the slow path must read the row.
    #[inline(always)]
    fn association<B: RowBatch>(&mut self, batch: &B, row: usize) -> Option<Association> {
        let (column, names) = match self.association {
            RowAssociation::Fixed(association) => return Some(*association),
            RowAssociation::Column(column, names) => (column, names),
        };
        // The key is the cell as it stands, with its quotes: the same bytes have one value.
        self.associations.get_or_insert(batch.inline_key(row, column.0)?, || {
            let text = unquoted::<B>(batch.text(row, column.0)?);
            // Letters beyond ASCII have different bytes in different encodings.
            let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
            association_named(names, text)
        })
    }
}

/// The text of a cell without its quotes.
#[inline(always)]
fn unquoted<B: RowBatch>(raw: &[u8]) -> &[u8] {
    match raw {
        [b'"', text @ .., b'"'] if B::MAY_BE_QUOTED => text,
        raw => raw,
    }
}

#[inline(always)]
fn read_partner<B: RowBatch, L: Simd>(lanes: L, batch: &B, row: usize, column: ColumnKey) -> CellOwner {
    if let Some((padded, count)) = batch.padded(row, column.0) {
        if count == 0 {
            return CellOwner::None;
        }
        if let Some(key) = PartnerKey::fast_padded(lanes, padded, count) {
            return CellOwner::Partner(key);
        }
    }
    read_other_partner(batch, row, column)
}

/// The tenant that a cell names; `Some(None)` if it names none. `None` if the slow path must read the cell.
#[inline(always)]
fn read_tenant<B: RowBatch, L: Simd>(
    lanes: L,
    batch: &B,
    row: usize,
    column: ColumnKey,
) -> Option<Option<SubscriptionKey>> {
    match batch.text(row, column.0).map(unquoted::<B>)? {
        b"" => Some(None),
        text if text.first() != Some(&b'/') => SubscriptionKey::fast(lanes, text).map(Some),
        _ => None,
    }
}

/// The partner of a cell that is no id of up to 16 digits, or that has no padding.
#[inline(never)]
fn read_other_partner<B: RowBatch>(batch: &B, row: usize, column: ColumnKey) -> CellOwner {
    match (batch.text(row, column.0).map(unquoted::<B>), batch.decimal(row, column.0)) {
        (Some(text), _) => match PartnerKey::fast(text) {
            Some(key) => CellOwner::Partner(key),
            None => of_numeric_text(text),
        },
        // A number that has lost digits to rounding is no id.
        (None, Some((number, 0))) if (1..1_000_000_000_000_000).contains(&number) => {
            u64::try_from(number).map_or(CellOwner::Unclear, |n| CellOwner::Partner(PartnerKey::Number(n)))
        }
        _ => CellOwner::Unclear,
    }
}

/// The partner of an id of digits in a form such as `5550001.0`.
fn of_numeric_text(text: &[u8]) -> CellOwner {
    let Ok(text) = std::str::from_utf8(text) else { return CellOwner::Unclear };
    match ids::partner_text(text) {
        None => CellOwner::None,
        Some(id) if numeric_id(text) != NumericId::LostPrecision => {
            PartnerKey::fast(id.as_bytes()).map_or(CellOwner::Unclear, CellOwner::Partner)
        }
        Some(_) => CellOwner::Unclear,
    }
}
