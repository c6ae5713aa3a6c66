//! Names of output files on the command line. Comes in: paths. Goes out: errors of usage. It opens nothing.

use std::path::{Path, PathBuf};

use super::usage;
use crate::diagnostics::error::Error;
use crate::job::RunOptions;
use crate::outputs::{self, OutputFormat};

/// Outputs must differ from each other, and from the rule set and dialects of the run.
pub(super) fn distinct_outputs(outputs: &[PathBuf], run: &RunOptions) -> Result<(), Error> {
    for (index, output) in outputs.iter().enumerate() {
        if outputs[..index].iter().any(|other| outputs::same_file(other, output)) {
            return Err(usage(format!("{}: two outputs cannot be the same file", output.display())));
        }
        let rules = Path::new(&run.rules);
        if run
            .dialects
            .iter()
            .map(PathBuf::as_path)
            .chain([rules])
            .any(|used| used.is_file() && outputs::same_file(used, output))
        {
            return Err(usage(format!(
                "{}: a rule set or dialect of the run cannot be an output",
                output.display()
            )));
        }
    }
    Ok(())
}

/// The extension of a name that promises another format than one of `formats`.
pub(super) fn foreign_extension(output: &Path, formats: &[OutputFormat]) -> Option<String> {
    if OutputFormat::of_extension(output, formats).is_some() {
        return None;
    }
    let extension = output.extension()?.to_str()?.to_lowercase();
    let foreign = [
        "csv", "tsv", "json", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "gz", "zst", "zip", "pdf",
        "html",
    ];
    foreign.contains(&extension.as_str()).then_some(extension)
}
