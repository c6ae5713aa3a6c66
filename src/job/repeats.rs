//! Files of equal content among the inputs. Comes in: inputs. Goes out: for each of them the first file of its content; and, of roles other than
//! consumption, the inputs without repetitions. Snapshots of consumption are compared elsewhere.

use std::collections::BTreeMap;

use crate::base::place::InputName;
use crate::config::dialect::Role;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{FileContent, Input, SkipClass, SkippedFile, repeated_files};

/// Passes over files of other roles than consumption that repeat another.
pub(super) fn skip_repeated_files(
    inputs: &mut Vec<Input<'_>>,
    skipped: &mut Vec<SkippedFile>,
    warnings: &mut Warnings,
) {
    let is_other = |role: Role| !matches!(role, Role::Consumption | Role::Credits);
    let content = repeated(inputs.iter().filter(|input| is_other(input.role())));
    // Columns in names of folders belong to the content.
    let key = |input: &Input<'_>| Some((content.get(&input.name.file)?, input.layout.partition_texts()));
    let mut first: BTreeMap<_, &String> = BTreeMap::new();
    for input in inputs.iter().filter(|input| is_other(input.role())) {
        if let Some(key) = key(input) {
            first.entry(key).or_insert(&input.name.file);
        }
    }
    let repeats = |input: &Input<'_>| {
        let first = first.get(&key(input)?).copied().filter(|first| **first != input.name.file);
        first.filter(|_| is_other(input.role())).cloned()
    };
    let skip: Vec<(InputName, String)> =
        inputs.iter().filter_map(|input| Some((input.name.clone(), repeats(input)?))).collect();
    inputs.retain(|input| !skip.iter().any(|(name, _)| *name == input.name));
    for (name, first) in skip {
        warnings.add(WarningCode::SameBytes, format!("{name} has the same content as {first}"));
        skipped.push(SkippedFile {
            name,
            class: SkipClass::Superseded,
            reason: format!("the same content as {first}"),
        });
    }
}

/// Of every file that repeats another or is repeated, the first file of that content.
pub(super) fn repeated<'i, 'd: 'i>(inputs: impl Iterator<Item = &'i Input<'d>>) -> BTreeMap<String, String> {
    let content = |input: &'i Input<'d>| {
        let path = input.path().filter(|_| input.has_rows())?;
        Some(FileContent { name: &input.name.file, path, bytes: input.bytes(), is_packed: input.is_packed() })
    };
    let files: Vec<FileContent<'_>> = inputs.filter_map(content).collect();
    repeated_files(&files).into_iter().map(|(name, first)| (name.to_owned(), first.to_owned())).collect()
}
