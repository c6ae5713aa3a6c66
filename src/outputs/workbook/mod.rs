//! The report as a workbook of spreadsheets. Comes in: what a run shows. Goes out: the bytes of an `.xlsx`: a summary with charts, the partners as a
//! table, months, ledger, people, rejects, warnings and coverage, and what explains them. It writes values and no formulas, for no locale, and the
//! same bytes for the same run.
//!
//! Sheets of data have their heads in A1 and nothing above or below their lines, so that scripts read them too. Their rows go to temporary files;
//! what explains partners is asked for some of them at a time.

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
mod temporary_files;
#[cfg(test)]
mod tests;
mod warnings;
mod widths;

use std::io;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::presentation::Presentation;
use contents::{WorkbookContents, WorkbookExtent};
use ledger::LEDGER_ROWS;
use months::MonthFigures;
use partners::PartnersSheet;
use rejects::REJECT_ROWS;
use sheet::{DATA_ROWS, DataSheet, SheetContents, failed};
use styles::Styles;
use widths::PartnerWidths;

/// A day for runs of days that spreadsheets have not.
const FIRST_DAY: &str = "1900-03-01";

/// Partners whose months or people are held at once.
const ASKED_AT_ONCE: usize = 4_096;

/// How hard parts are packed, of 9: more takes several times as long, and saves a fifth.
const ZIP_LEVEL: u8 = 2;

/// Writes the workbook.
///
/// # Errors
/// The output or a temporary file cannot be written; the report has more partners than a sheet has rows.
pub fn write_workbook(presentation: &Presentation<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(&temporary_files::or_error(|| workbook_of(presentation))?)
}

/// The bytes of the workbook.
fn workbook_of(presentation: &Presentation<'_>) -> io::Result<Vec<u8>> {
    partners::check_rows(presentation.selected.len(), DATA_ROWS)?;
    let styles = Styles::new();
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(presentation).map_err(failed)?).set_zip_compression_level(ZIP_LEVEL);
    let widths = PartnerWidths::new(presentation);
    let figures = MonthFigures::new(presentation);
    // Sheets begin one after the other, since the first use of a format gives it its number.
    styles.in_rows().into_iter().for_each(|format| workbook.register_format(format));
    let mut partners = PartnersSheet::begin(&mut workbook, &styles, presentation, (&figures, widths))?;
    let mut months = months::begin(&mut workbook, &styles, &figures, widths)?;
    let mut ledger = ledger::begin(&mut workbook, &styles, widths)?;
    let mut people = people::begin(&mut workbook, &styles, widths)?;
    let mut rejects = rejects::begin(&mut workbook, &styles)?;
    let mut warnings = warnings::begin(&mut workbook, &styles)?;
    // The longest first: a thread that has done one takes the next.
    let ledger_alone = || ledger::fill(&mut ledger, presentation, LEDGER_ROWS);
    let people_alone = || people::fill(&mut people, presentation, DATA_ROWS);
    let rejects_alone = || rejects::fill(&mut rejects, presentation, REJECT_ROWS);
    let others = || {
        months::fill(&mut months, presentation, &figures)?;
        warnings::fill(&mut warnings, presentation.summary)
    };
    let (filled, (ledger_extent, (people_extent, (rejects_extent, others)))) = rayon::join(
        || partners.fill(presentation, &figures),
        || rayon::join(ledger_alone, || rayon::join(people_alone, || rayon::join(rejects_alone, others))),
    );
    filled.and(others)?;
    let extent = WorkbookExtent {
        ledger: ledger_extent?,
        passes_left_out: people_extent?,
        has_all_rejects: rejects_extent?,
    };
    let sheets = [partners.data, months, ledger, people, rejects, warnings];
    let finished = sheets.into_iter().map(DataSheet::finish).collect::<io::Result<Vec<_>>>()?;
    let (sheets, contents): (Vec<Worksheet>, Vec<SheetContents>) = finished.into_iter().unzip();
    let contents = WorkbookContents::new(contents, presentation, extent);
    workbook.push_worksheet(summary::write(&styles, presentation, &contents)?);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.push_worksheet(about::write(&styles, presentation, &contents)?);
    workbook.save_to_buffer().map_err(failed)
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
