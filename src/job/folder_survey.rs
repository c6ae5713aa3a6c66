//! `attain init`: what the files of a folder are, for a project file. Comes in: options with the folder as their only input. Goes out: files with their
//! role and how they write numbers and days, files that no dialect fits with a draft of one each, faults. It judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::dialect_draft::dialect_draft;
use super::forms::{RunForms, dialect_order, first_cell, order_name};
use super::{RunOptions, file_options, on_threads};
use crate::base::amount::DecimalMark;
use crate::base::text::list_some;
use crate::config::dialect::{self, RoleMeaning};
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::formats::{
    Dialects, DiscoveredFile, Input, RecognisedInputs, SkipClass, discover, recognise_all, unpack_archives,
};
use crate::outputs::{LackingKey, SurveyedFile, UnreadFile};
use crate::rows::currency_names::{CurrencyNames, StatedCurrency, stated_currency};

/// Currencies of a file that a comment names.
const CURRENCIES_SHOWN: usize = 8;

/// What is in a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct FolderSurvey {
    pub(crate) files: Vec<SurveyedFile>,
    pub(crate) unread: Vec<UnreadFile>,
    /// What is wrong with files that a dialect does not mend.
    pub(crate) faults: Vec<String>,
    /// Whether the folder has any file that is not hidden.
    pub(crate) has_files: bool,
}

/// Looks at the folder that is the input of `options`.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn folder_survey(folder: &Path, options: &RunOptions) -> Result<FolderSurvey, Error> {
    on_threads(options, || survey_on_threads(folder, options))
}

fn survey_on_threads(folder: &Path, options: &RunOptions) -> Result<FolderSurvey, Error> {
    let mut found = discover(&options.given, &[]);
    if !found.input_errors.is_empty() {
        return Err(Error::Inputs { input_errors: found.input_errors });
    }
    let mut input_errors = Vec::new();
    let _unpacked = unpack_archives(&mut found.files, &mut found.manifests, &mut input_errors);
    let discovered = found.files.clone();
    let dialects = Dialects { user: &[], of_sources: &[], builtin: dialect::builtin() };
    let RecognisedInputs { inputs, skipped, input_errors: unrecognised, copies, .. } =
        recognise_all(found.files, dialects);
    input_errors.extend(unrecognised);
    let read_options = ReadOptions {
        threads: rayon::current_num_threads(),
        block_bytes: options.block_bytes.get(),
        progress: Arc::default(),
        log: options.log,
    };
    let mut forms = RunForms::stated(&inputs, options);
    let all: Vec<usize> = (0..inputs.len()).collect();
    let mut lacks = file_options::unstated(&inputs, options);
    forms.vote(&all, &inputs, &read_options, &mut lacks);
    let currencies = currencies(&inputs, &read_options);
    let names = FolderNames { folder, discovered: &discovered };
    let file = |(index, input): (usize, &Input<'_>)| SurveyedFile {
        file: names.of_input(input),
        sheet: input.name.sheet.clone(),
        role: input.role(),
        dialect: input.layout.dialect.name.clone(),
        seen: traits_for_people(input, &forms, index, &currencies[index]),
        lacks: lacks
            .iter()
            .filter(|error| error.input.as_ref() == Some(&input.name))
            .filter_map(lacking)
            .collect(),
    };
    let files: Vec<SurveyedFile> = inputs.iter().enumerate().map(file).collect();
    let mut unread: BTreeMap<String, String> = BTreeMap::new();
    let is_unread = |class| matches!(class, SkipClass::Unrecognised | SkipClass::Unusable);
    for skipped in skipped.iter().filter(|skipped| is_unread(skipped.class)) {
        unread.entry(skipped.name.file.clone()).or_insert_with(|| skipped.reason.clone());
    }
    let mut faults = Vec::new();
    for error in &input_errors {
        match (&error.input, error.code) {
            (Some(input), InputErrorCode::MissingColumn | InputErrorCode::UnknownHeader) => {
                unread.entry(input.file.clone()).or_insert_with(|| error.message.clone());
            }
            _ => faults.push(error.to_string()),
        }
    }
    drop(copies);
    let mut taken = BTreeSet::new();
    let unread = unread.into_iter().map(|(file, reason)| names.unread(&file, reason, &mut taken)).collect();
    Ok(FolderSurvey { files, unread, faults, has_files: !discovered.is_empty() })
}

/// The currencies that each input names.
fn currencies(inputs: &[Input<'_>], read_options: &ReadOptions) -> Vec<BTreeSet<String>> {
    let column = |input: &Input<'_>| match &input.layout.dialect.meaning {
        RoleMeaning::Consumption(rules) => stated_currency(&input.layout, rules),
        RoleMeaning::Credentials(_)
        | RoleMeaning::Partners(_)
        | RoleMeaning::Associations(_)
        | RoleMeaning::Rates(_)
        | RoleMeaning::Markets(_)
        | RoleMeaning::Credits(_) => StatedCurrency::Nowhere,
    };
    let columns: Vec<StatedCurrency> = inputs.iter().map(column).collect();
    let all: Vec<&Input<'_>> = inputs.iter().collect();
    // What cannot be read is told by a run.
    let (workers, _) = read_rows(&all, read_options, || CurrencyNames::new(&columns));
    CurrencyNames::merge(workers, &columns)
}

/// How an input writes numbers and days, and its currencies, for people.
fn traits_for_people(
    input: &Input<'_>,
    forms: &RunForms,
    index: usize,
    currencies: &BTreeSet<String>,
) -> Vec<String> {
    let mut seen = Vec::new();
    let of_input = forms.of_inputs[index];
    if let Some(votes) = forms.votes.get(&index) {
        match of_input.mark {
            DecimalMark::Comma => {
                seen.push(format!("decimal comma, as in {}", first_cell(input, &votes.comma)))
            }
            DecimalMark::Point if votes.point.cells > 0 => seen.push("decimal point".to_owned()),
            DecimalMark::Point => {}
        }
        if votes.has_open_dates() {
            let order = of_input.order.unwrap_or_else(|| dialect_order(input));
            seen.push(format!("dates {}", order_name(order)));
        }
    }
    if !currencies.is_empty() {
        let codes: Vec<&str> = currencies.iter().map(String::as_str).collect();
        seen.push(list_some(&codes, CURRENCIES_SHOWN));
    }
    seen
}

/// The key of a source that mends a fault. `None` if there is none.
fn lacking(error: &InputError) -> Option<LackingKey> {
    let line = match error.code {
        InputErrorCode::NoCurrencyColumn => "currency = \"EUR\"",
        InputErrorCode::AmbiguousNumbers => "decimal_comma = true",
        InputErrorCode::AmbiguousDays => "day_first = true",
        InputErrorCode::MissingColumn => "usage_only = true",
        _ => return None,
    };
    Some(LackingKey { line, why: error.message.clone() })
}

/// The names of files as seen from the folder.
struct FolderNames<'f> {
    folder: &'f Path,
    discovered: &'f [DiscoveredFile],
}

impl FolderNames<'_> {
    /// The name of the file of an input, or of its archive.
    fn of_input(&self, input: &Input<'_>) -> String {
        let shown =
            input.archive.as_deref().map_or(input.name.file.as_str(), |archive| archive.shown.as_str());
        self.below(shown)
    }

    fn below(&self, shown: &str) -> String {
        let folder = crate::formats::shown_name(self.folder);
        let rest = shown.strip_prefix(folder.trim_end_matches('/')).unwrap_or(shown);
        rest.trim_start_matches('/').to_owned()
    }

    /// A file that no dialect fits, with a draft of one if its header can be read.
    fn unread(&self, shown: &str, reason: String, taken: &mut BTreeSet<String>) -> UnreadFile {
        let file = self.discovered.iter().find(|file| file.shown == shown && file.archive.is_none());
        let draft = file.and_then(|file| dialect_draft(file.path.as_deref()?, None).ok());
        let draft = draft.map(|mut draft| {
            let name = draft.name.clone();
            let numbered = (2..).map(|number| format!("{name}-{number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
            let free = free.expect("numbers do not end");
            taken.insert(free.clone());
            draft.rename(&free);
            draft
        });
        UnreadFile { file: self.below(shown), reason, draft }
    }
}
