//! The sheet of the ledger: lines of the partners that are nearest to a change of their tier. Comes in: verdicts, losses and the ledger. Goes out: lines,
//! at most so many as people can use; of each partner all, except where the first alone has more.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rust_xlsxwriter::Workbook;

use super::sheet::{ColumnKind, DataSheet, SheetColumn};
use super::styles::Styles;
use super::widths::PartnerWidths;
use crate::judge::verdict::MissingForTier;
use crate::outputs::columns::{CellValue, ValueKind};
use crate::outputs::presentation::Presentation;
use crate::outputs::{LazyChunks, OutputTable, ledger_table};

/// Most lines of the sheet.
pub(super) const LEDGER_ROWS: usize = 50_000;

/// Bounds of how many partners' lines are asked for at once: a call goes over all credits, and holds their lines.
const PARTNERS_AT_ONCE: (usize, usize) = (16, 4_000);

/// Which lines the sheet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LedgerExtent {
    /// Partners whose lines the sheet has.
    pub(super) partners: usize,
    /// Whether that is all lines of the partners that the report shows.
    pub(super) is_whole: bool,
}

/// The partners that a report shows, those nearest to a change of their tier first: by turns the nearest to the next tier and the next to lose theirs,
/// then the others in report order.
pub(super) fn nearest_to_change(presentation: &Presentation<'_>) -> Vec<usize> {
    let Presentation { rules, lines, selected, .. } = presentation;
    let mut partners = selected.to_vec();
    partners.sort_unstable();
    let missing = |nth: &usize| {
        Some((MissingForTier::for_next(&lines.facts[*nth], &lines.verdicts[*nth], rules)?, *nth))
    };
    let mut gaining: Vec<(MissingForTier, usize)> = partners.iter().filter_map(missing).collect();
    gaining.sort();
    let mut losing: Vec<_> =
        partners.iter().filter_map(|nth| Some((lines.losses[*nth].lost_on?, *nth))).collect();
    losing.sort();
    let mut turns = Vec::with_capacity(gaining.len() + losing.len() + partners.len());
    for turn in 0..gaining.len().max(losing.len()) {
        turns.extend(gaining.get(turn).map(|(_, nth)| *nth));
        turns.extend(losing.get(turn).map(|(_, nth)| *nth));
    }
    let mut ranked = BTreeSet::new();
    turns.into_iter().chain(partners).filter(|nth| ranked.insert(*nth)).collect()
}

/// The sheet, still without lines.
pub(super) fn begin<'s>(
    workbook: &mut Workbook,
    styles: &'s Styles,
    widths: PartnerWidths,
) -> io::Result<DataSheet<'s>> {
    let columns = columns(&ledger_table(LazyChunks::from(Vec::new())), widths.id);
    DataSheet::new(workbook, styles, "Ledger", columns, 1)
}

/// Writes at most `limit` lines, and tells which.
pub(super) fn fill(
    data: &mut DataSheet<'_>,
    presentation: &Presentation<'_>,
    limit: usize,
) -> io::Result<LedgerExtent> {
    let ranked = nearest_to_change(presentation);
    let mut extent = LedgerExtent { partners: 0, is_whole: true };
    let (mut first, mut partners) = (0, partners_at_once(presentation, limit));
    while extent.is_whole && first < ranked.len() {
        let some = &ranked[first..ranked.len().min(first + partners)];
        presentation.source.ledger(some, &mut |table| {
            let ids = some.iter().map(|nth| presentation.lines.facts[*nth].partner.as_str());
            let fitting = fitting_partners(table, ids, limit.saturating_sub(data.rows()));
            extent.is_whole = fitting.len() == some.len();
            extent.partners += fitting.len();
            if extent.partners == 0 {
                // One partner has more lines than the sheet: the first of them.
                let id = some.first().map(|nth| presentation.lines.facts[*nth].partner.as_str());
                extent.partners = 1;
                return write_lines(data, table, &id.into_iter().collect(), limit);
            }
            write_lines(data, table, &fitting, limit)
        })?;
        first += some.len();
        partners = (partners * 2).min(PARTNERS_AT_ONCE.1);
    }
    Ok(extent)
}

/// As many partners as have so many lines together, if they have no more lines than credited rows, and all as many.
fn partners_at_once(presentation: &Presentation<'_>, lines: usize) -> usize {
    let rows = usize::try_from(presentation.summary.control_totals.rows.credited).unwrap_or(usize::MAX);
    let rows_each = rows / presentation.lines.facts.len().max(1) + 1;
    (lines / rows_each).clamp(PARTNERS_AT_ONCE.0, PARTNERS_AT_ONCE.1)
}

/// The first of some partners whose lines have room together.
fn fitting_partners<'i>(
    table: &OutputTable<'_>,
    partners: impl Iterator<Item = &'i str>,
    room: usize,
) -> BTreeSet<&'i str> {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    table.rows.for_each(&mut |row| {
        let head = head_of(row);
        match lines.get_mut(head) {
            Some(count) => *count += 1,
            None => drop(lines.insert(head.to_owned(), 1)),
        }
    });
    let mut sum = 0;
    let fits = |partner: &&str| {
        sum += lines.get(*partner).copied().unwrap_or(0);
        sum <= room
    };
    partners.take_while(fits).collect()
}

/// Writes the lines of some partners.
fn write_lines(
    data: &mut DataSheet<'_>,
    table: &OutputTable<'_>,
    partners: &BTreeSet<&str>,
    limit: usize,
) -> io::Result<()> {
    let mut written = Ok(());
    table.rows.for_each(&mut |row| {
        if written.is_ok() && partners.contains(head_of(row)) && data.rows() < limit {
            written = write_line(data, row);
        }
    });
    written
}

/// An exact amount has a column for a number, and one for the amount whole.
fn write_line(data: &mut DataSheet<'_>, row: &[CellValue<'_>]) -> io::Result<()> {
    data.next_row();
    let mut beside = u16::try_from(row.len()).map_err(io::Error::other)?;
    for (column, value) in (0..).zip(row) {
        match value {
            CellValue::Amount(amount) => {
                data.write_amount(column, beside, *amount)?;
                beside += 1;
            }
            value => data.write(column, value)?,
        }
    }
    Ok(())
}

/// The partner at which a line counts.
fn head_of<'r>(row: &'r [CellValue<'_>]) -> &'r str {
    match row.first() {
        Some(CellValue::Text(head) | CellValue::Verbatim(head)) => head,
        _ => "",
    }
}

fn columns(table: &OutputTable<'_>, id_width: u16) -> Vec<SheetColumn> {
    let width = |name: &str, width: u16| match name {
        "head" | "partner" => id_width,
        "subscription" => 38,
        "association" => 14,
        "currency" => 9,
        "source" => 20,
        "reason" => 18,
        _ => width,
    };
    let mut columns: Vec<SheetColumn> = table
        .columns
        .iter()
        .map(SheetColumn::of)
        .map(|column| {
            let width = width(&column.name, column.width);
            column.width(width)
        })
        .collect();
    let exact = table.columns.iter().filter(|spec| spec.kind == ValueKind::Amount).map(|spec| {
        let name = format!("{}_exact", spec.name);
        let what = format!("The whole of {} where a number has fewer digits", spec.name);
        SheetColumn::new(&name, ColumnKind::Text, 18, &what)
    });
    columns.extend(exact);
    columns
}
