//! The arguments of `attain spark`. Comes in: arguments. Goes out: a job for Apache Spark, or an error of usage.

use std::path::PathBuf;

use clap::Args;

use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::job::spark::SparkOptions;

#[derive(Args)]
pub(super) struct SparkArgs {
    /// Files, folders or patterns as Spark knows them: `abfss://...`, `s3a://...`, `/mnt/...`; their dialects are recognised from their
    /// headers when the job runs
    #[arg(value_name = "SOURCE", required_unless_present = "listing")]
    sources: Vec<String>,
    /// Where the job goes [default: standard output]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// The only dialects that files may have: a name of a built-in one, or a file of your own, tried first (repeatable) [default: every
    /// built-in dialect of consumption]
    #[arg(long, value_name = "NAME|FILE")]
    dialect: Vec<String>,
    /// A local file with the header of a source: its dialect is one of the only dialects (repeatable)
    #[arg(long, value_name = "FILE")]
    sample: Vec<PathBuf>,
    /// A list of files with size and time, as `azcopy list`, `dbutils.fs.ls` or `hdfs dfs -ls` give it: of each series only the newest
    /// snapshots are read, and the job names the superseded ones
    #[arg(long, value_name = "FILE")]
    listing: Option<PathBuf>,
    /// The partner of rows that name none (a direct partner's own cost export)
    #[arg(long, value_name = "ID")]
    partner_id: Option<String>,
    /// The currency of files that do not state it
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Ambiguous dates are D/M/Y
    #[arg(long)]
    day_first: bool,
    /// All rows are usage, also of files that lack the columns by which usage is told from other rows
    #[arg(long)]
    usage_only: bool,
}

/// Writes the job.
pub(super) fn spark_command(args: SparkArgs) -> Result<u8, Error> {
    let output = args.output.clone().filter(|output| output.as_os_str() != "-");
    let partner_id = match &args.partner_id {
        Some(text) => {
            let none = || super::usage(format!("--partner-id: `{text}` names no partner"));
            Some(PartnerId::parse(text).ok_or_else(none)?)
        }
        None => None,
    };
    let currency = args.currency.as_ref().map(|code| code.to_ascii_uppercase());
    if let Some(code) = &currency
        && (code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()))
    {
        return Err(super::usage(format!(
            "--currency {code}: a code of three letters is expected, such as EUR"
        )));
    }
    let options = SparkOptions {
        sources: args.sources,
        dialects: args.dialect,
        samples: args.sample,
        listing: args.listing,
        partner_id: partner_id.map(|id| id.to_string()),
        currency,
        is_day_first: args.day_first,
        is_usage_only: args.usage_only,
    };
    let text = crate::job::spark::write(&options)?;
    match output {
        Some(path) => {
            std::fs::write(&path, text).map_err(|source| Error::Output { path, source })?;
        }
        None => super::to_stdout(&text)?,
    }
    Ok(0)
}
