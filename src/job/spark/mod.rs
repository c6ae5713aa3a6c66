//! The job for Apache Spark that `attain spark` writes (SPEC 3.10). Comes in: options. Goes out: the text of the job; or why there is none. It reads the headers of
//! samples and a listing, and opens no source.

pub(super) mod control;
mod listing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::dialect::{DatasetFamily, Dialect, Role, RoleMeaning, builtin};
use crate::diagnostics::error::{Error, InputError};
use crate::formats::{Dialects, GivenPath, discover, recognise_all};
use crate::job::load_dialects;
use crate::job::spark::listing::{ListingFiles, files_of_listing};
use crate::outputs::SparkJob;

/// What a job reads, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct SparkOptions {
    /// Paths, folders and patterns as Spark knows them.
    pub(crate) sources: Vec<String>,
    /// Names of built-in dialects, and files of own ones. Empty: every built-in dialect of consumption, unless there are samples.
    pub(crate) dialects: Vec<String>,
    /// Local files with the headers of sources.
    pub(crate) samples: Vec<PathBuf>,
    /// A list of files with size and time.
    pub(crate) listing: Option<PathBuf>,
    /// The provider of rows that name none, in the form in which partners are compared.
    pub(crate) partner_id: Option<String>,
    /// Upper case.
    pub(crate) currency: Option<String>,
    pub(crate) is_day_first: bool,
    pub(crate) is_usage_only: bool,
}

/// The text of the job.
///
/// # Errors
/// A dialect is none, or a sample is no export of consumption.
pub(crate) fn write(options: &SparkOptions) -> Result<String, Error> {
    let usage = |message: String| Error::Usage { message };
    let (files, names): (Vec<&String>, Vec<&String>) =
        options.dialects.iter().partition(|word| word.ends_with(".toml") || Path::new(word).is_file());
    let files: Vec<PathBuf> = files.into_iter().map(PathBuf::from).collect();
    let user = load_dialects(&files)?;
    if let Some(other) = user.iter().find(|dialect| dialect.role != Role::Consumption) {
        return Err(usage(format!(
            "dialect {}: its role is {}, and a job reads consumption",
            other.name,
            other.role.as_str()
        )));
    }
    let of_consumption = || builtin().iter().filter(|dialect| dialect.role == Role::Consumption);
    let mut chosen: Vec<&Dialect> = Vec::new();
    for name in names {
        let dialect = of_consumption().find(|dialect| dialect.name == *name);
        chosen.push(dialect.ok_or_else(|| {
            usage(format!("no dialect of consumption `{name}`; attain dialects list names them"))
        })?);
    }
    for name in sample_dialects(&options.samples, &user)? {
        chosen.extend(of_consumption().find(|dialect| dialect.name == name));
    }
    chosen.sort_by_key(|dialect| dialect.name.as_str());
    chosen.dedup_by_key(|dialect| dialect.name.as_str());
    if chosen.is_empty() && user.is_empty() {
        chosen = of_consumption().collect();
    }
    let listed = match &options.listing {
        Some(path) => {
            let dialects: Vec<&Dialect> = user.iter().chain(chosen.iter().copied()).collect();
            listing(path, &options.sources, &dialects).map_err(usage)?
        }
        None => ListingFiles { sources: options.sources.clone(), ..ListingFiles::default() },
    };
    let job = SparkJob {
        sources: listed.sources,
        superseded: listed.superseded,
        passed_over: listed.passed_over,
        user: user.iter().collect(),
        builtin: chosen,
        partner_id: options.partner_id.clone(),
        currency: options.currency.clone(),
        is_day_first: options.is_day_first,
        is_usage_only: options.is_usage_only,
    };
    Ok(job.to_python())
}

/// The files of a listing. Errors: it cannot be read, or the dialects leave open what it lists.
fn listing(path: &Path, sources: &[String], dialects: &[&Dialect]) -> Result<ListingFiles, String> {
    let families = dialects.iter().filter_map(|dialect| match &dialect.meaning {
        RoleMeaning::Consumption(rules) => Some(rules.dataset),
        _ => None,
    });
    let families: BTreeSet<DatasetFamily> = families.collect();
    let (Some(family), 1) = (families.first(), families.len()) else {
        return Err(
            "--listing: names of files do not show what they hold; say --dialect, of one kind of export"
                .to_owned(),
        );
    };
    let folder = match sources {
        [] => "",
        [folder] => folder,
        _ => {
            return Err(
                "--listing: with it, SOURCE is the one folder in which the listed paths begin".to_owned()
            );
        }
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    files_of_listing(&text, folder, *family).map_err(|why| format!("{}: {why}", path.display()))
}

/// The names of the dialects of samples.
fn sample_dialects(samples: &[PathBuf], user: &[Dialect]) -> Result<Vec<String>, Error> {
    let given = |path: &PathBuf| GivenPath {
        path: path.clone(),
        role: Some(Role::Consumption),
        is_assumed: false,
        source: None,
    };
    let given: Vec<GivenPath> = samples.iter().map(given).collect();
    let discovered = discover(&given, &[]);
    let dialects = Dialects { user, builtin: builtin(), of_sources: &[] };
    let recognised = recognise_all(discovered.files, dialects);
    let mut errors: Vec<InputError> = discovered.input_errors;
    errors.extend(recognised.input_errors);
    if errors.is_empty() {
        return Ok(recognised.inputs.iter().map(|input| input.layout.dialect.name.clone()).collect());
    }
    errors.sort();
    Err(Error::Inputs { input_errors: errors })
}
