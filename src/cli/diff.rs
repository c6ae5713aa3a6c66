//! `attain diff` on the command line. Comes in: arguments. Goes out: an exit code (SPEC 4): 0, or 5 if a tier changed and `--exit-code` asks.

use std::path::PathBuf;

use clap::Args;

use super::input::OUTPUT;
use super::output_names::{SAY_FORMAT, check_extension};
use crate::diagnostics::error::Error;
use crate::job::diff::{DiffOptions, TierOutcome, diff};
use crate::outputs::OutputFormat;

#[derive(Args)]
pub(super) struct DiffArgs {
    /// The run summary (.run.json) of the old run
    old: PathBuf,
    /// The run summary (.run.json) of the new run
    new: PathBuf,
    /// Where the difference goes [default: standard output]
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    /// text, csv or json [default: by the extension of -o, else text]
    #[arg(long, value_name = "FORMAT", value_parser = parse_difference_format, help_heading = OUTPUT)]
    format: Option<OutputFormat>,
    /// Exit code 5 if a partner has another tier than before
    #[arg(long)]
    exit_code: bool,
}

/// The word of text for people on the command line.
const TEXT: &str = "text";

fn parse_difference_format(word: &str) -> Result<OutputFormat, String> {
    let of_word = |format: &&OutputFormat| match format.has_extension() {
        true => format.as_str().eq_ignore_ascii_case(word),
        false => word == TEXT,
    };
    let found = OutputFormat::OF_DIFFERENCE.iter().find(of_word).copied();
    found.ok_or_else(|| "text, csv or json is expected".to_owned())
}

pub(super) fn diff_command(args: DiffArgs) -> Result<u8, Error> {
    let output = args.output.filter(|output| output.as_os_str() != "-");
    let by_extension =
        output.as_deref().and_then(|path| OutputFormat::of_extension(path, OutputFormat::OF_DIFFERENCE));
    if let (Some(path), None) = (&output, args.format) {
        check_extension(path, ("a difference is", &["txt", "csv", "json"]), SAY_FORMAT)?;
    }
    let format = args.format.or(by_extension).unwrap_or(OutputFormat::Table);
    let options = DiffOptions { old: args.old, new: args.new, output, format };
    let outcome = diff(&options)?;
    Ok(if args.exit_code && outcome == TierOutcome::Changed { 5 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_csv_and_json_are_the_formats_of_a_difference() {
        assert_eq!(parse_difference_format("text"), Ok(OutputFormat::Table));
        assert_eq!(parse_difference_format("CSV"), Ok(OutputFormat::Csv));
        assert_eq!(parse_difference_format("json"), Ok(OutputFormat::Json));
        for word in ["table", "tsv", "parquet", ""] {
            assert!(parse_difference_format(word).is_err(), "{word}");
        }
    }
}
