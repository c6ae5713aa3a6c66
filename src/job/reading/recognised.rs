//! Which of the files that were found a run reads: their dialects, the newest snapshots, assumed records, stated options. Comes in: files. Goes out:
//! the inputs in the order of their names, what was passed over and why. Does not read rows.

use crate::base::text::list_some;
use crate::config::dialect::{self, Dialect};
use crate::config::rules::RuleSet;
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::diagnostics::warning::Warnings;
use crate::formats::{
    CopiedInputs, Dialects, DiscoveredFile, Input, ManifestPath, RecognisedInputs, SkippedFile, TableFolder,
    assumed_names, recognise_all,
};
use crate::job::assumed::AssumedFiles;
use crate::job::left_out::LeftOutFiles;
use crate::job::project_sources::PATHS_SHOWN;
use crate::job::snapshots::RunSnapshots;
use crate::job::{RunOptions, completeness, file_options, gate, overlap_passes, project_sources, snapshots};
use crate::rows::plan::Evidence;

/// The files that a run reads, and those that it leaves out.
pub(super) struct FilesOfRun<'f> {
    pub(super) found: Vec<DiscoveredFile>,
    pub(super) manifests: &'f [ManifestPath],
    pub(super) tables: &'f [TableFolder],
    pub(super) left_out: &'f mut LeftOutFiles,
}

/// The inputs of a run, before a row of them is read.
pub(super) struct RecognisedRun<'d> {
    /// In the order of their names.
    pub(super) inputs: Vec<Input<'d>>,
    pub(super) assumed: AssumedFiles,
    pub(super) skipped: Vec<SkippedFile>,
    pub(super) snapshots: RunSnapshots,
    pub(super) evidence: Evidence,
    pub(super) copies: CopiedInputs,
}

impl<'d> RecognisedRun<'d> {
    /// Recognises the files of a run.
    ///
    /// # Errors
    ///
    /// What is wrong with the files so far, where a run that leaves faulty files out has to do so before it reads the others.
    pub(super) fn of_files(
        options: &RunOptions,
        rules: &RuleSet,
        user: &'d [Dialect],
        FilesOfRun { found, manifests, tables, left_out }: FilesOfRun<'_>,
        warnings: &mut Warnings,
        input_errors: &mut Vec<InputError>,
    ) -> Result<RecognisedRun<'d>, Error> {
        let assumed = AssumedFiles { files: assumed_names(&found) };
        let (for_all, of_sources) = user.split_at(options.dialects.len());
        let dialects = Dialects { user: for_all, of_sources, builtin: dialect::builtin() };
        let all_found: Vec<snapshots::NamedFile> =
            found.iter().map(|file| (file.shown.clone(), file.path.clone())).collect();
        let RecognisedInputs { mut inputs, mut skipped, input_errors: unrecognised, copies, .. } =
            recognise_all(found, dialects);
        input_errors.extend(unrecognised);
        left_out.note_roles(&inputs);
        if left_out.is_empty() {
            input_errors.extend(project_sources::without_inputs(&inputs, input_errors, options));
            input_errors.extend(file_options::unused(&inputs, options));
        }
        input_errors.extend(assumed.input_errors(&inputs));
        let of_assumed = assumed.split_off(&mut inputs);
        let beside = snapshots::Beside { found: &all_found, manifests, tables };
        let mut of_run = snapshots::of_run(&mut inputs, &mut skipped, &beside, warnings, input_errors);
        of_run.add_assumed(&of_assumed);
        inputs.extend(of_assumed);
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        input_errors.extend(file_options::unstated(&inputs, options));
        let evidence = overlap_passes::evidence(&mut inputs, &of_run, options);
        if inputs.is_empty() && input_errors.is_empty() {
            let given: Vec<String> =
                options.given.iter().map(|given| given.path.display().to_string()).collect();
            let message = format!(
                "no file of a known dialect was found in {}, so that there is nothing to report on{}",
                list_some(&given, PATHS_SHOWN),
                completeness::passed_over(&skipped)
            );
            input_errors.push(InputError { input: None, code: InputErrorCode::NoInput, message });
        } else if input_errors.is_empty() {
            // A file at fault may be the export.
            input_errors.extend(completeness::no_consumption(
                options.demand,
                rules,
                &inputs,
                &skipped,
                &assumed,
            ));
        }
        if options.keeps_going {
            // The files at fault are left out before the others are read.
            gate(std::mem::take(input_errors))?;
        }
        Ok(RecognisedRun {
            inputs,
            assumed,
            skipped,
            snapshots: of_run,
            evidence,
            copies: CopiedInputs::new(copies),
        })
    }
}
