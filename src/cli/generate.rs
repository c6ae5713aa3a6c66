//! `attain generate` on the command line. Comes in: arguments. Goes out: a folder of synthetic data. It makes none itself.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{to_stdout, usage};
use crate::diagnostics::error::Error;
use crate::testdata::{self, GenerateError};

#[derive(Args)]
pub(super) struct GenerateArgs {
    /// The folder to write to; it is made if it is missing, and must be empty
    dir: PathBuf,
    /// How many partners
    #[arg(long, default_value_t = 1000)]
    partners: u32,
    /// How many rows of consumption
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// The dialect of the consumption
    #[arg(long, default_value = "cost-partner")]
    dialect: String,
    /// The only columns of the consumption to write, with commas between them [default: all that are documented]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// Seed: equal seeds give equal bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The order of the rows: anywhere, or by day and subscription as in real exports (other rows, not the same in another order)
    #[arg(long, value_enum, default_value = "random")]
    order: OrderArg,
    /// How often partners occur: a few much oftener than the rest as in real exports, or every subscription alike
    #[arg(long, value_enum, default_value = "skewed")]
    spread: SpreadArg,
}

#[derive(Clone, Copy, ValueEnum)]
enum OrderArg {
    Random,
    Grouped,
}

#[derive(Clone, Copy, ValueEnum)]
enum SpreadArg {
    Skewed,
    Even,
}

pub(super) fn generate_command(args: GenerateArgs) -> Result<u8, Error> {
    let options = testdata::Options {
        dir: args.dir.clone(),
        partners: args.partners,
        rows: args.rows,
        dialect: args.dialect,
        columns: args.columns,
        seed: args.seed,
        order: match args.order {
            OrderArg::Random => testdata::Order::Random,
            OrderArg::Grouped => testdata::Order::Grouped,
        },
        spread: match args.spread {
            SpreadArg::Skewed => testdata::Spread::Skewed,
            SpreadArg::Even => testdata::Spread::Even,
        },
        threads: 0,
    };
    let generated = testdata::generate(&options).map_err(|error| match error {
        GenerateError::UnknownDialect { .. }
        | GenerateError::UnknownColumn { .. }
        | GenerateError::NoPartners => usage(error.to_string()),
        other => Error::Output { path: args.dir.clone(), source: io::Error::other(other.to_string()) },
    })?;
    let line = |(path, bytes): &(PathBuf, u64)| format!("{}  {bytes} bytes\n", path.display());
    to_stdout(&generated.files.iter().map(line).collect::<String>())?;
    Ok(0)
}
