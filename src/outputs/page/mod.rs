//! The report as a page. Comes in: what a run shows. Goes out: the bytes of one HTML file.

use std::io;

use super::presentation::Presentation;

/// Writes the page.
///
/// # Errors
/// The output cannot be written.
pub fn write_page(_presentation: &Presentation<'_>, _out: &mut dyn io::Write) -> io::Result<()> {
    Err(io::Error::other("pages are not written yet"))
}
