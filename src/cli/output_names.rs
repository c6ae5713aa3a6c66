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
        if run.configuration_files().iter().any(|used| outputs::same_file(used, output)) {
            return Err(usage(format!(
                "{}: a rule set, dialect or project file of the run cannot be an output",
                output.display()
            )));
        }
    }
    Ok(())
}

/// Refuses a name that promises another format than the output has. `formats`: extensions of the output, first the one of a name without
/// extension. `way_out`: what else can be done.
pub(super) fn check_extension(
    path: &Path,
    (output, formats): (&str, &[&str]),
    way_out: &str,
) -> Result<(), Error> {
    if outputs::is_stream(path) {
        return Ok(());
    }
    let Some(extension) = extension(path) else { return Ok(()) };
    // Of a hidden name without another point nothing says the format, so that the format is the one of a name without extension.
    let fits = match path.extension() {
        Some(_) => formats.contains(&extension.as_str()),
        None => formats.first() == Some(&extension.as_str()),
    };
    if fits {
        return Ok(());
    }
    let path = path.display();
    let formats = match formats {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        formats => formats.concat(),
    };
    Err(usage(format!("{path}: {output} {formats}, not {extension}; {way_out}")))
}

/// The extension of a name in lower case; of a hidden name without another point, all behind the point. `None` if there is none.
fn extension(path: &Path) -> Option<String> {
    let extension = match path.extension() {
        Some(extension) => extension.to_string_lossy().to_lowercase(),
        None => path.file_name()?.to_string_lossy().strip_prefix('.')?.to_lowercase(),
    };
    (!extension.is_empty() && extension != ".").then_some(extension)
}

/// Extensions of formats that files are named by.
pub(super) fn extensions(formats: &[OutputFormat]) -> Vec<&'static str> {
    formats.iter().filter(|format| format.has_extension()).map(|format| format.as_str()).collect()
}

/// What to do about a name if there is an option for the format.
pub(super) const SAY_FORMAT: &str = "say --format if the name is right";

/// Refuses names of the files beside a report that promise another format.
pub(super) fn check_names_beside(
    rejects: Option<&Path>,
    summary: Option<&Path>,
    metrics: Option<&Path>,
) -> Result<(), Error> {
    let checked = [
        (rejects, "--rejects is", ["csv"].as_slice()),
        (summary, "--summary is", &["json"]),
        // node_exporter reads files that end in .prom.
        (metrics, "--metrics is", &["prom", "txt"]),
    ];
    for (path, output, formats) in checked {
        if let Some(path) = path {
            check_extension(path, (output, formats), "give a name with its extension, or with none")?;
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_promises_another_format_is_refused_and_one_that_promises_none_is_not() {
        let of = |path: &str| check_extension(Path::new(path), ("a report is", &["csv", "tsv"]), SAY_FORMAT);
        for path in
            ["report.csv", "REPORT.TSV", "report", "a.md/report", ".csv", "report.", "/dev/stdout", ".."]
        {
            assert!(of(path).is_ok(), "{path}");
        }
        for path in
            ["report.md", ".md", ".tsv", "report.2017", "report.csv.gz", "out/report.txt", "report.parquet"]
        {
            assert!(of(path).is_err(), "{path}");
        }
        assert_eq!(
            of("report.md").unwrap_err().to_string(),
            "report.md: a report is csv or tsv, not md; say --format if the name is right"
        );
    }
}
