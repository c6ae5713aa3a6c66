//! Recognises Parquet files. Comes in: a file. Goes out: an input with its columns; or why the file is skipped. It reads the footer, and
//! no pages.

use std::path::Path;

use super::{Dialects, FileOutcome, RecognisedInputs, layout_of};
use crate::base::place::InputName;
use crate::config::own_columns::CONTROL_KEY;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::discover::{DiscoveredBy, DiscoveredFile, is_parquet_list};
use crate::formats::fingerprint::Fingerprint;
use crate::formats::input::{Input, InputFormat, ParquetFormat};
use crate::formats::parquet::{ParquetFooter, ParquetInputError};
use crate::formats::skipped::SkipClass;

pub(super) fn parquet_input<'d>(
    file: &DiscoveredFile,
    path: &Path,
    fingerprint: Fingerprint,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let fault = |e: ParquetInputError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let footer =
        if is_parquet_list(&file.shown) { None } else { ParquetFooter::read(path).map_err(fault)? };
    let Some(footer) = footer else {
        let reason = "it only lists other Parquet files; give those".to_owned();
        if file.by == DiscoveredBy::Walk {
            out.skip(name, SkipClass::Unusable, reason);
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let class = || SkipClass::Unrecognised;
    let Some(layout) = layout_of(file, &name, &footer.names(), dialects, &class, out)? else { return Ok(()) };
    let control = footer.text_of_key(CONTROL_KEY);
    let parquet = footer.with_columns(path, &layout.columns, layout.constants()).map_err(fault)?;
    let format = ParquetFormat { path: path.to_path_buf(), file: parquet, control };
    out.inputs.push(Input {
        name,
        layout,
        by: file.by,
        archive: file.archive.clone(),
        fingerprint: Some(fingerprint),
        format: InputFormat::Parquet(format),
    });
    Ok(())
}
