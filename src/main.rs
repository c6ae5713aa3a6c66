//! The program: arguments in, exit code out.

use std::process::ExitCode;

use attain::base::calendar::UtcClock;

fn main() -> ExitCode {
    // The only clock: for the default of `--as-of`, and for the times of the log and of the run.
    attain::cli::main(std::env::args_os(), UtcClock::new(chrono::Utc::now))
}
