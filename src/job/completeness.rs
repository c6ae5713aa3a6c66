//! What a run lacks: files that were passed over though they look like data, and roles without rows. Comes in: what was recognised and read,
//! and the rule set. Goes out: warnings, and the input error of a run without consumption. It reads no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::list_some;
use crate::config::dialect::Role;
use crate::config::rules::{MeasureKind, RuleSet};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{Input, SkipClass, SkippedFile};
use crate::job::RunOptions;
use crate::job::assumed::AssumedFiles;

/// Files that a message names before it counts the others.
const FILES_SHOWN: usize = 8;

/// Which roles a run asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RoleDemand {
    /// A report: every role that the requirements of the rule set need; without an export of consumption there is none.
    #[default]
    Report,
    /// A look at a folder before its report: as a report, but with warnings alone.
    Preflight,
    /// A look at some files: none.
    Files,
}

/// The roles without which a requirement of the rule set cannot be met.
fn needed_roles(rules: &RuleSet) -> BTreeSet<Role> {
    let required = rules.tiers.iter().flat_map(|tier| &tier.requires);
    let role = |kind: MeasureKind| match kind {
        MeasureKind::Consumption => Role::Consumption,
        MeasureKind::Individuals => Role::Credentials,
    };
    required.map(|requirement| role(rules.measures[requirement.measure].kind())).collect()
}

/// The input error of a report whose rule set needs consumption, if no input is an export of consumption or a credits table.
pub(super) fn no_consumption(
    demand: RoleDemand,
    rules: &RuleSet,
    inputs: &[Input<'_>],
    skipped: &[SkippedFile],
    assumed: &AssumedFiles,
) -> Option<InputError> {
    let is_missing = demand == RoleDemand::Report
        && needed_roles(rules).contains(&Role::Consumption)
        && !inputs.iter().any(|input| assumed.is_read_consumption(input));
    is_missing.then(|| {
        let message = format!(
            "no file is an export of consumption or a credits table, and {} needs consumption{}; give the exports of the window",
            rules.id(),
            passed_over(skipped)
        );
        InputError { input: None, code: InputErrorCode::NoConsumption, message }
    })
}

/// The files that may have been meant: those that look like data, then those that are empty or hidden.
pub(super) fn passed_over(skipped: &[SkippedFile]) -> String {
    let list = |heading: &str, files: &BTreeSet<String>| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        match files.is_empty() {
            true => String::new(),
            false => format!("; {heading}: {}", list_some(&files, FILES_SHOWN)),
        }
    };
    let of_class = |is_of: &dyn Fn(SkipClass) -> bool| {
        skipped.iter().filter(|file| is_of(file.class)).collect::<Vec<&SkippedFile>>()
    };
    let of = |heading: &str, is_of: &dyn Fn(SkipClass) -> bool| {
        list(heading, &of_class(is_of).iter().map(|file| file.name.file.clone()).collect())
    };
    // What such a file is tells what to do about it.
    let with_reason = |heading: &str, is_of: &dyn Fn(SkipClass) -> bool| {
        let named = |file: &&SkippedFile| format!("{} ({})", file.name, file.reason);
        list(heading, &of_class(is_of).iter().map(named).collect())
    };
    let is_explained = |class: SkipClass| matches!(class, SkipClass::UnreadFormat | SkipClass::Unusable);
    let is_other_data =
        |class: SkipClass| class.is_data() && class != SkipClass::Foreign && !is_explained(class);
    with_reason("no input", &|class| class == SkipClass::Foreign)
        + &with_reason("not read", &is_explained)
        + &of("passed over, though it looks like data", &is_other_data)
        + &of("empty", &|class| class == SkipClass::Empty)
        + &of("hidden", &|class| class == SkipClass::Hidden)
}

/// The roles that a requirement of the rule set needs and that have no row. `accepted` has the rows of each role that were not refused.
pub(super) fn missing_roles(rules: &RuleSet, accepted: &BTreeMap<Role, u64>) -> Vec<Role> {
    let is_missing = |role: &Role| accepted.get(role).is_none_or(|rows| *rows == 0);
    needed_roles(rules).into_iter().filter(is_missing).collect()
}

/// The roles that `--require` names and that have no row.
fn required_without_rows<'o>(
    options: &'o RunOptions,
    accepted: &BTreeMap<Role, u64>,
) -> impl Iterator<Item = Role> + use<'o> {
    let present: Vec<Role> = accepted.iter().filter(|(_, rows)| **rows > 0).map(|(role, _)| *role).collect();
    options.required.iter().copied().filter(move |role| !present.contains(role))
}

/// An input error for each role that a report requires by `--require` and that has no row.
pub(super) fn without_required(options: &RunOptions, accepted: &BTreeMap<Role, u64>) -> Vec<InputError> {
    let error = |role: Role| InputError {
        input: None,
        code: InputErrorCode::RequiredRole,
        message: format!(
            "no row of {role} was read, and --require names {role}; give the file, or leave the role out",
            role = role.as_str()
        ),
    };
    match options.demand {
        RoleDemand::Report => required_without_rows(options, accepted).map(error).collect(),
        RoleDemand::Preflight | RoleDemand::Files => Vec::new(),
    }
}

/// Warns before a report of each role that `--require` names and that has no row. `missing`: the roles that were warned of already.
pub(super) fn warn_of_required(
    options: &RunOptions,
    accepted: &BTreeMap<Role, u64>,
    missing: &[Role],
    warnings: &mut Warnings,
) {
    if options.demand == RoleDemand::Preflight {
        for role in required_without_rows(options, accepted).filter(|role| !missing.contains(role)) {
            let text = format!("no row of {} was read, which --require names", role.as_str());
            warnings.add(WarningCode::RoleMissing, text);
        }
    }
}

/// Warns of each missing role.
pub(super) fn warn_of_missing_roles(
    demand: RoleDemand,
    rules: &RuleSet,
    missing: &[Role],
    warnings: &mut Warnings,
) {
    for role in missing.iter().filter(|_| demand != RoleDemand::Files) {
        let text = format!("no row of {} was read, which {} needs", role.as_str(), rules.id());
        warnings.add(WarningCode::RoleMissing, text);
    }
}

/// Warns of files that are blank, and of files that look like data and are not read: once for a workbook.
pub(super) fn warn_of_skipped(skipped: &[SkippedFile], warnings: &mut Warnings) {
    let mut unrecognised: BTreeMap<&str, Vec<&SkippedFile>> = BTreeMap::new();
    let mut empty: Vec<&str> = Vec::new();
    for file in skipped {
        match file.class {
            SkipClass::Unrecognised => unrecognised.entry(&file.name.file).or_default().push(file),
            SkipClass::UnreadFormat => {
                let text = format!("{} is {}; until then, move it elsewhere", file.name, file.reason);
                warnings.add(WarningCode::UnrecognisedFile, text);
            }
            SkipClass::Unusable => {
                let text = format!("{} looks like data, and is not read: {}", file.name, file.reason);
                warnings.add(WarningCode::UnrecognisedFile, text);
            }
            SkipClass::Empty => empty.push(&file.name.file),
            SkipClass::UnreadSheet
            | SkipClass::CreditsTable
            | SkipClass::Foreign
            | SkipClass::NoData
            | SkipClass::Output
            | SkipClass::Companion
            | SkipClass::Superseded
            | SkipClass::TotalsRow
            | SkipClass::Hidden => {}
        }
    }
    for sheets in unrecognised.values() {
        let more = match sheets.len() - 1 {
            0 => String::new(),
            1 => ", nor is 1 other sheet of the workbook".to_owned(),
            more => format!(", nor are {more} other sheets of the workbook"),
        };
        let first = sheets[0];
        let text = format!(
            "{} looks like data, and is not read{more}; describe its layout with --dialect FILE, or move it elsewhere",
            first.name
        );
        warnings.add(WarningCode::UnrecognisedFile, text);
    }
    empty.sort_unstable();
    for file in empty {
        warnings
            .add(WarningCode::EmptyFile, format!("{file} is empty; if it should have rows, export it again"));
    }
}
