//! The sheet of warnings and coverage: a line for each warning, for each dataset and month, and for each file that was passed over. Comes in: the run
//! summary. Goes out: lines of one table, told apart by their kind.

use std::io;

use rust_xlsxwriter::Workbook;

use super::sheet::{ColumnKind, DATA_ROWS, DataSheet, SheetColumn};
use super::styles::Styles;
use crate::base::amount::Amount;
use crate::outputs::columns::CellValue;
use crate::outputs::summary::{Skipped, Summary};

/// Name of the sheet.
pub(super) const NAME: &str = "Warnings and coverage";

/// A line of the sheet.
#[derive(Debug, Default)]
struct NoticeLine {
    kind: &'static str,
    code: String,
    month: String,
    count: Option<u64>,
    of: Option<u64>,
    unit: &'static str,
    is_denied: Option<bool>,
    text: String,
}

/// The sheet, still without lines.
pub(super) fn begin<'s>(workbook: &mut Workbook, styles: &'s Styles) -> io::Result<DataSheet<'s>> {
    let text = |name, width, what| SheetColumn::new(name, ColumnKind::Text, width, what);
    let count = |name, what| SheetColumn::new(name, ColumnKind::Count, 10, what);
    let columns = vec![
        text("kind", 11, "warning, coverage, overlap or skipped"),
        text("code", 26, "Code of the warning, dataset of the coverage, or class of the skipped file"),
        text("month", 9, "Month of the coverage"),
        count("count", "How many: warnings of the code, days that the dataset tells of, agreeing cells"),
        count("of", "Of how many: days of the month in the window, cells that both snapshots have"),
        text("unit", 10, "What is counted"),
        text("makes_incomplete", 14, "Whether the run is incomplete by it: yes or no"),
        text("text", 110, "The warning, the amounts that the dataset tells of, or why the file was skipped"),
    ];
    DataSheet::new(workbook, styles, NAME, columns, 2)
}

/// Writes every line.
pub(super) fn fill(data: &mut DataSheet<'_>, summary: &Summary) -> io::Result<()> {
    let lines = warnings(summary).chain(coverage(summary)).chain(overlaps(summary)).chain(skipped(summary));
    for line in lines.take(DATA_ROWS) {
        let denied = line.is_denied.map(|is_denied| if is_denied { "yes" } else { "no" });
        data.write_row([
            CellValue::verbatim(Some(line.kind)),
            CellValue::text(Some(&line.code)),
            CellValue::text(Some(&line.month)),
            line.count.map_or(CellValue::Absent, CellValue::Count),
            line.of.map_or(CellValue::Absent, CellValue::Count),
            CellValue::verbatim(Some(line.unit)),
            CellValue::verbatim(denied),
            CellValue::text(Some(&line.text)),
        ])?;
    }
    Ok(())
}

/// A line for each warning that is listed, and one for those that are only counted.
fn warnings(summary: &Summary) -> impl Iterator<Item = NoticeLine> + '_ {
    summary.warnings.iter().flat_map(|warnings| {
        let is_denied = summary.completeness.incomplete_by.contains(&warnings.code);
        let line = move |text: String| NoticeLine {
            kind: "warning",
            code: warnings.code.clone(),
            count: Some(warnings.count),
            unit: "warnings",
            is_denied: Some(is_denied),
            text,
            ..NoticeLine::default()
        };
        let listed = u64::try_from(warnings.listed.len()).unwrap_or(u64::MAX);
        let more = warnings.count.saturating_sub(listed);
        let more = (more > 0).then(|| line(format!("{more} more, which are only counted")));
        warnings.listed.iter().cloned().map(line).chain(more)
    })
}

/// A line for each month and dataset, and one for a month that no dataset tells of.
fn coverage(summary: &Summary) -> impl Iterator<Item = NoticeLine> + '_ {
    let days = |days: usize| u64::try_from(days).ok();
    summary.coverage.iter().flat_map(move |entry| {
        let line = move |code: &str, told: usize, text: String| NoticeLine {
            kind: "coverage",
            code: code.to_owned(),
            month: entry.month.to_string(),
            count: days(told),
            of: days(entry.days),
            unit: "days",
            text,
            ..NoticeLine::default()
        };
        let untold = (!entry.is_told)
            .then(|| line("", entry.days_told, "no dataset tells of the whole month".to_owned()));
        let of_datasets = entry.datasets.iter().map(move |(dataset, of_dataset)| {
            let amount = |(currency, amount): (&String, &Amount)| format!("{amount} {currency}");
            let amounts: Vec<String> = of_dataset.amounts.iter().map(amount).collect();
            line(dataset, of_dataset.days_told, format!("{} rows: {}", of_dataset.rows, amounts.join(", ")))
        });
        untold.into_iter().chain(of_datasets)
    })
}

/// A line for each pair of snapshots that tell of the same consumption.
fn overlaps(summary: &Summary) -> impl Iterator<Item = NoticeLine> + '_ {
    summary.overlaps.iter().map(|overlap| NoticeLine {
        kind: "overlap",
        code: overlap.counts.to_owned(),
        count: Some(overlap.agreeing),
        of: Some(overlap.cells),
        unit: "cells",
        text: format!("{} and {}", overlap.files.0, overlap.files.1),
        ..NoticeLine::default()
    })
}

/// A line for each file and sheet that was passed over.
fn skipped(summary: &Summary) -> impl Iterator<Item = NoticeLine> + '_ {
    let place = |skipped: &Skipped| match &skipped.sheet {
        Some(sheet) => format!("{}[{sheet}]: {}", skipped.file, skipped.reason),
        None => format!("{}: {}", skipped.file, skipped.reason),
    };
    summary.skipped.iter().map(move |skipped| NoticeLine {
        kind: "skipped",
        code: skipped.class.clone(),
        text: place(skipped),
        ..NoticeLine::default()
    })
}
