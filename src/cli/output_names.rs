//! Names of output files on the command line. Comes in: paths. Goes out: errors of usage. It opens nothing.

use std::path::{Path, PathBuf};

use super::usage;
use crate::diagnostics::error::Error;
use crate::job::{RunOptions, SourceOptions};
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
            .chain(run.project.as_deref())
            .chain(run.sources.iter().filter_map(SourceOptions::dialect_file))
            .chain([rules])
            .any(|used| used.is_file() && outputs::same_file(used, output))
        {
            return Err(usage(format!(
                "{}: a rule set, dialect or project file of the run cannot be an output",
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

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(usage(format!(
            "{}: there is such a file already, and it is not written over; rename or remove it",
            path.display()
        ))),
        written => written.map_err(|source| Error::Output { path: path.to_path_buf(), source }),
    }
}
