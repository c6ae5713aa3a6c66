//! The arguments of `attain explain`. Comes in: arguments. Goes out: options of the job.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::input::{InputArgs, OUTPUT, run_options};
use super::output_names::{SAY_FORMAT, check_extension};
use super::session::Session;
use super::usage;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::job::explain::{ExplainOptions, ExplanationDepth};
use crate::job::explained_people::PeopleShown;
use crate::outputs::explanation::ExplanationFormat;
use crate::outputs::{TextStyle, terminal_width};

/// Characters of a line where there is no terminal: room for a subscription beside its figures.
const UNBOUND_WIDTH: usize = 120;

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// Explain every partner; all arguments are inputs then
    #[arg(long)]
    all: bool,
    /// How deep: the verdict; months and people; subscriptions; every row of consumption
    #[arg(long, value_enum, default_value = "subscriptions")]
    depth: DepthArg,
    /// Name people by number, or by the ids of the export; names and mail addresses are never shown
    #[arg(long, value_enum, default_value = "numbers")]
    people: PeopleArg,
    /// Text for people, JSON, or CSV with a line for each figure [default: by the extension of -o, else text]
    #[arg(long, value_enum, help_heading = OUTPUT)]
    format: Option<ExplanationFormatArg>,
    /// Where the explanation goes [default: standard output]
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    /// Ids of partners with commas between them, unless --all is given
    #[arg(value_name = "ID,...", required_unless_present = "all")]
    ids: Option<String>,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum DepthArg {
    Tier,
    Months,
    Subscriptions,
    Rows,
}

#[derive(Clone, Copy, ValueEnum)]
enum PeopleArg {
    Numbers,
    Ids,
}

#[derive(Clone, Copy, ValueEnum)]
enum ExplanationFormatArg {
    Text,
    Json,
    Csv,
}

pub(super) fn options(mut args: ExplainArgs, session: &Session) -> Result<ExplainOptions, Error> {
    let tolerance = args.input.max_rejects;
    let partners = match (args.ids, args.all) {
        (ids, true) => {
            // Without ids, the first argument is an input.
            if let Some(first) = ids {
                args.input.inputs.insert(0, PathBuf::from(first));
            }
            None
        }
        (ids, false) => Some(partners(&ids.unwrap_or_default())?),
    };
    let output = args.output.filter(|output| output.as_os_str() != "-");
    let format = match args.format {
        Some(ExplanationFormatArg::Text) => ExplanationFormat::Text,
        Some(ExplanationFormatArg::Json) => ExplanationFormat::Json,
        Some(ExplanationFormatArg::Csv) => ExplanationFormat::Csv,
        None => output.as_deref().map_or(Ok(ExplanationFormat::Text), of_extension)?,
    };
    let mut run = run_options(args.input, session)?;
    run.outputs = output.iter().cloned().collect();
    run.tells_losses = true;
    Ok(ExplainOptions {
        run,
        tolerance,
        partners,
        depth: match args.depth {
            DepthArg::Tier => ExplanationDepth::Tier,
            DepthArg::Months => ExplanationDepth::Months,
            DepthArg::Subscriptions => ExplanationDepth::Subscriptions,
            DepthArg::Rows => ExplanationDepth::Rows,
        },
        people: match args.people {
            PeopleArg::Numbers => PeopleShown::Numbers,
            PeopleArg::Ids => PeopleShown::Ids,
        },
        format,
        style: TextStyle {
            width: match std::io::stdout().is_terminal() {
                true => terminal_width(),
                false => UNBOUND_WIDTH,
            },
            paint: session.paint,
        },
        output,
    })
}

fn partners(ids: &str) -> Result<Vec<PartnerId>, Error> {
    if Path::new(ids).exists() {
        return Err(usage(format!(
            "`{ids}` is a file or folder: give the id of a partner first, or --all for every partner"
        )));
    }
    let id = |text: &str| {
        PartnerId::parse(text)
            .ok_or_else(|| usage(format!("`{text}` names no partner; give ids such as 4000101")))
    };
    ids.split(',').map(id).collect()
}

fn of_extension(path: &Path) -> Result<ExplanationFormat, Error> {
    check_extension(path, ("an explanation is", &["txt", "json", "csv"]), SAY_FORMAT)?;
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("json") => Ok(ExplanationFormat::Json),
        Some("csv") => Ok(ExplanationFormat::Csv),
        Some(_) | None => Ok(ExplanationFormat::Text),
    }
}
