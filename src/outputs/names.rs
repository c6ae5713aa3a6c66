//! The names of the files that appear beside a report. Comes in: the path of the report. Goes out: three paths. It touches
//! no file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::targets::is_stream;
use crate::config::own_columns::FAILED_SUFFIX;

/// The files that appear beside a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesBeside {
    /// The report's stem + `.rejects.csv`.
    pub rejects: PathBuf,
    /// The report's stem + `.run.json`.
    pub summary: PathBuf,
    /// The report's stem + `.failed.json`: the record of a run that gave no report.
    pub failure: PathBuf,
}

/// What appears beside `report`, unless other names are given. The stem is the name without its last extension.
/// **Absent**: the report is a stream, such as `/dev/stdout`, or no file name; then there is nothing beside it.
///
/// ```
/// use std::path::Path;
/// let names = attain::outputs::names_beside(Path::new("out/report.csv")).unwrap();
/// assert_eq!(names.rejects, Path::new("out/report.rejects.csv"));
/// assert_eq!(names.summary, Path::new("out/report.run.json"));
/// ```
pub fn names_beside(report: &Path) -> Option<NamesBeside> {
    if is_stream(report) {
        return None;
    }
    let stem = report.file_stem()?;
    let beside = |suffix: &str| report.with_file_name(joined(stem, suffix));
    let failure = beside(FAILED_SUFFIX);
    Some(NamesBeside { rejects: beside(".rejects.csv"), summary: beside(".run.json"), failure })
}

fn joined(stem: &OsStr, suffix: &str) -> std::ffi::OsString {
    let mut name = stem.to_owned();
    name.push(suffix);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(report: &str) -> Option<(String, String)> {
        let names = names_beside(Path::new(report))?;
        Some((names.rejects.display().to_string(), names.summary.display().to_string()))
    }

    #[test]
    fn the_last_extension_of_the_report_is_replaced() {
        for (report, stem) in [
            ("report.csv", "report"),
            ("a.b/report", "a.b/report"),
            ("/x/report.2017.tsv", "/x/report.2017"),
            ("report.csv.gz", "report.csv"),
            (".hidden", ".hidden"),
            ("Größe.json", "Größe"),
        ] {
            let expected = (format!("{stem}.rejects.csv"), format!("{stem}.run.json"));
            assert_eq!(beside(report), Some(expected), "{report}");
        }
    }

    #[test]
    fn nothing_appears_beside_a_stream() {
        assert_eq!(beside("/dev/stdout"), None);
        assert_eq!(beside(".."), None);
    }
}
