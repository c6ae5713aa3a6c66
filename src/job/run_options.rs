//! What a run is asked to do: its options, the time that it holds, its rule set and the user's dialects. Comes in: what the command line says.
//! Goes out: options and rules that every step of a run reads. Does not read inputs.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::base::calendar::{Day, Window, WindowKind};
use crate::config::dialect::{self, Dialect, Role};
use crate::config::rules::{self, RuleSet};
use crate::credits::engine::local::fold::RowPath;
use crate::diagnostics::error::Error;
use crate::diagnostics::log::Log;
use crate::diagnostics::warning::DeniedWarnings;
use crate::formats::{GivenPath, digest};
use crate::job::completeness::RoleDemand;
use crate::job::project_sources::SourceOptions;
use crate::judge::overlaps::OverlapChoices;
use crate::rows::ReadingOptions;

/// What a run is asked to read, and how.
#[derive(Debug, Clone)]
pub(crate) struct RunOptions {
    pub(crate) given: Vec<GivenPath>,
    pub(crate) rules: String,
    pub(crate) as_of: Day,
    pub(crate) window: WindowKind,
    /// Length of the window as a what-if. **Absent**: the rule set decides.
    pub(crate) window_months: Option<u32>,
    /// Whether all time is in the window.
    pub(crate) covers_all_time: bool,
    pub(crate) dialects: Vec<PathBuf>,
    pub(crate) reading: ReadingOptions,
    /// **Absent**: all cores.
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) block_bytes: NonZeroUsize,
    pub(crate) digest: Option<digest::DigestAlgorithm>,
    /// Whether faulty files are left out.
    pub(crate) keeps_going: bool,
    /// Where people are told what is done.
    pub(crate) log: Log,
    /// Which roles the run asks for.
    pub(crate) demand: RoleDemand,
    /// Roles that must have rows.
    pub(crate) required: Vec<Role>,
    /// The sources of a project file, as [`GivenPath::source`] numbers them.
    pub(crate) sources: Vec<SourceOptions>,
    /// The project file. **Absent**: the run has none.
    pub(crate) project: Option<ProjectUsed>,
    /// The warnings that make the run incomplete.
    pub(crate) denied: DeniedWarnings,
    /// Outputs of this run, which a walk passes over.
    pub(crate) outputs: Vec<PathBuf>,
    /// Whether to tell, for each input, the partners that it names.
    pub(crate) lists_partners: bool,
    /// Whether to tell when tiers are lost, which needs the consumption of the month of `as_of` up to that day.
    pub(crate) tells_losses: bool,
    /// Which periods of consumption are held.
    pub(crate) held: HeldTime,
    pub(crate) overlaps: OverlapChoices,
    pub(crate) path: RowPath,
}

/// The project file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectUsed {
    pub(crate) path: PathBuf,
    /// **Absent**: its top level alone.
    pub(crate) profile: Option<String>,
}

impl RunOptions {
    /// The files that say what the run does: its project file, its rule set and its dialects.
    pub(crate) fn configuration_files(&self) -> Vec<PathBuf> {
        let rules = Path::new(&self.rules);
        let files = self.dialects.iter().map(PathBuf::as_path);
        files
            .chain(self.project.as_ref().map(|project| project.path.as_path()))
            .chain(self.sources.iter().filter_map(SourceOptions::dialect_file))
            .chain([rules])
            .filter(|path| path.is_file())
            .map(Path::to_path_buf)
            .collect()
    }
}

/// Which periods of consumption a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum HeldTime {
    /// Those that its window needs: what other months say is left in the exports.
    #[default]
    Window,
    /// Those that the windows of all days up to `as_of` need, for a history. From `by_day_from` on, every day is judged; **absent**: the last days of
    /// months alone.
    EveryWindow { by_day_from: Option<Day> },
    /// Every month, for a credits table; days where something needs them.
    EveryMonth,
    /// Every day.
    EveryDay,
}

impl HeldTime {
    /// Whether a credits table is written, which tells of more than the windows that are judged.
    pub(crate) fn is_written(self) -> bool {
        match self {
            HeldTime::Window | HeldTime::EveryWindow { .. } => false,
            HeldTime::EveryMonth | HeldTime::EveryDay => true,
        }
    }

    /// Whether many windows are judged.
    pub(crate) fn is_of_history(self) -> bool {
        matches!(self, HeldTime::EveryWindow { .. })
    }
}

/// The rules of a run.
#[derive(Debug, Clone)]
pub(crate) struct RunRules {
    pub(crate) rules: RuleSet,
    /// That they are not those in force.
    pub(crate) note: Option<String>,
    pub(crate) window: Window,
}

/// Does `work` on the threads of a run.
pub(crate) fn on_threads<T: Send>(options: &RunOptions, work: impl FnOnce() -> T + Send) -> T {
    let cores = || std::thread::available_parallelism().ok();
    let threads = options.threads.or_else(cores).map_or(1, NonZeroUsize::get);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    pool.install(work)
}

/// The rule set of a run: by name, or from a file.
pub(crate) fn rules_of(options: &RunOptions) -> Result<RunRules, Error> {
    let (mut rules, note) = load_rules(&options.rules, options.as_of)?;
    if let Some(months) = options.window_months {
        rules = rules.with_window_months(months);
    }
    if options.given.iter().any(|given| given.is_assumed) {
        rules = rules.with_assumptions();
    }
    let window = if options.covers_all_time {
        Window { first: Day::MIN, last: Day::MAX }
    } else {
        Window::before(options.as_of, options.window, rules.window_months)
    };
    Ok(RunRules { rules, note, window })
}

/// A rule set by its name, or by its file if there is one of that name or it looks like a path.
pub(crate) fn load_rules(name: &str, as_of: Day) -> Result<(RuleSet, Option<String>), Error> {
    let path = Path::new(name);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) || path.is_file() {
        let fault = |fault: String| Error::BadRuleSet { name: name.to_owned(), input_errors: vec![fault] };
        let text = std::fs::read_to_string(path).map_err(|e| fault(format!("cannot be read: {e}")))?;
        let rules = rules::parse(&text)
            .map_err(|input_errors| Error::BadRuleSet { name: name.to_owned(), input_errors })?;
        rules::check_name(&rules).map_err(fault)?;
        return Ok((rules, None));
    }
    let selected = rules::select(name, as_of)?;
    Ok((selected.rule_set, selected.note))
}

/// The user's own dialects.
pub(crate) fn load_dialects(paths: &[PathBuf]) -> Result<Vec<Dialect>, Error> {
    let load = |path: &PathBuf| {
        let name = path.display().to_string();
        let fault = |input_errors| Error::BadDialect { name: name.clone(), input_errors };
        let text = std::fs::read_to_string(path).map_err(|e| fault(vec![format!("cannot be read: {e}")]))?;
        dialect::parse(&text).map_err(fault)
    };
    paths.iter().map(load).collect()
}
