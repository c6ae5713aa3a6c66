//! The report as a workbook. Comes in: what a run shows. Goes out: the bytes of an `.xlsx`.

use std::io;

use super::presentation::Presentation;

/// Writes the workbook.
///
/// # Errors
/// The output cannot be written.
pub fn write_workbook(_presentation: &Presentation<'_>, _out: &mut dyn io::Write) -> io::Result<()> {
    Err(io::Error::other("workbooks are not written yet"))
}
