//! The report as a workbook of spreadsheets. Comes in: what a run shows. Goes out: the bytes of an `.xlsx`: a summary with charts, the partners as a
//! table, months, ledger, people, rejects, warnings and coverage, and what explains them. It writes values and no formulas, for no locale, and the
//! same bytes for the same run.
//!
//! Sheets of data have their heads in A1 and nothing above or below their lines, so that scripts read them too. Their rows go to temporary files;
//! explanations are asked for some partners at a time.

mod about;
mod canvas;
mod cells;
mod charts;
mod contents;
mod counts;
mod heads;
mod ledger;
mod months;
mod partners;
mod people;
mod rejects;
mod sheet;
mod styles;
mod summary;
#[cfg(test)]
mod tests;
mod warnings;

use std::io;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::explanation::Explanation;
use super::presentation::Presentation;
use contents::{WorkbookContents, WorkbookExtent};
use ledger::LEDGER_ROWS;
use months::{MonthFigures, MonthsSheet};
use people::PeopleSheet;
use rejects::REJECT_ROWS;
use sheet::{DATA_ROWS, SheetContents, failed};
use styles::Styles;

/// A day for runs of days that spreadsheets have not.
const FIRST_DAY: &str = "1900-03-01";

/// Partners whose explanations are held at once.
const EXPLAINED_AT_ONCE: usize = 1_000;

/// Writes the workbook.
///
/// # Errors
/// The output or a temporary file cannot be written; the report has more partners than a sheet has rows.
pub fn write_workbook(presentation: &Presentation<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    partners::check_rows(presentation.selected.len(), DATA_ROWS)?;
    let styles = Styles::new();
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(presentation).map_err(failed)?);
    let id_width = partners::id_width(presentation);
    let mut figures = MonthFigures::new(presentation);
    let mut months = MonthsSheet::new(&mut workbook, &styles, presentation, &figures, id_width)?;
    let mut people = PeopleSheet::new(&mut workbook, &styles, id_width)?;
    for_each_explanation(presentation, |explanation| {
        months.write(explanation, &mut figures)?;
        people.write(explanation)
    })?;
    let (ledger, ledger_contents, ledger_extent) =
        ledger::write(&mut workbook, &styles, presentation, (LEDGER_ROWS, id_width))?;
    let (rejects, rejects_contents, has_all_rejects) =
        rejects::write(&mut workbook, &styles, presentation, REJECT_ROWS)?;
    let (people, people_contents, passes_left_out) = people.finish()?;
    let (sheets, contents): (Vec<Worksheet>, Vec<SheetContents>) = [
        partners::write(&mut workbook, &styles, presentation, &figures)?,
        months.finish()?,
        (ledger, ledger_contents),
        (people, people_contents),
        (rejects, rejects_contents),
        warnings::write(&mut workbook, &styles, presentation.summary)?,
    ]
    .into_iter()
    .unzip();
    let extent = WorkbookExtent { ledger: ledger_extent, passes_left_out, has_all_rejects };
    let contents = WorkbookContents::new(contents, presentation, extent);
    workbook.push_worksheet(summary::write(&styles, presentation, &contents)?);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.push_worksheet(about::write(&styles, presentation, &contents)?);
    out.write_all(&workbook.save_to_buffer().map_err(failed)?)
}

/// Title, author and, in place of the time of writing, the day of the run.
fn properties(presentation: &Presentation<'_>) -> Result<DocProperties, XlsxError> {
    let context = presentation.context;
    let day = ExcelDateTime::parse_from_str(&context.as_of.to_string())
        .or_else(|_| ExcelDateTime::parse_from_str(FIRST_DAY))?;
    Ok(DocProperties::new()
        .set_title(format!("Tiers of partners, {} as of {}", context.rule_set, context.as_of))
        .set_author(&presentation.summary.program.name)
        .set_creation_datetime(&day))
}

/// Shows the explanation of each partner of the report, in its order. While some are shown, the next ones are made.
fn for_each_explanation(
    presentation: &Presentation<'_>,
    mut visit: impl FnMut(&Explanation) -> io::Result<()> + Send,
) -> io::Result<()> {
    let explained = |partners: Option<&&[usize]>| {
        let partners = partners?;
        let explanations = presentation.source.explanations(partners);
        // They come in report order.
        let mut places: Vec<usize> = (0..partners.len()).collect();
        places.sort_by_key(|place| partners[*place]);
        let mut placed: Vec<(usize, Explanation)> = places.into_iter().zip(explanations).collect();
        placed.sort_by_key(|(place, _)| *place);
        Some(placed)
    };
    let chunks: Vec<&[usize]> = presentation.selected.chunks(EXPLAINED_AT_ONCE).collect();
    let mut now = explained(chunks.first());
    for nth in 1..=chunks.len() {
        let show = || now.iter().flatten().try_for_each(|(_, explanation)| visit(explanation));
        let (shown, next) = rayon::join(show, || explained(chunks.get(nth)));
        shown?;
        now = next;
    }
    Ok(())
}
