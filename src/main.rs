//! The program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The only place that reads a clock for a figure: the default of `--as-of` is today, UTC.
    attain::cli::main(std::env::args_os(), chrono::Utc::now().date_naive())
}
