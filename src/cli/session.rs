//! Options of every command: how much is told, in which form and in which colours. Comes in: arguments, the environment's wish for colours,
//! the clock. Goes out: a [`Session`]. It runs nothing.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;

use clap::{Args, ValueEnum};

use crate::base::calendar::{Day, UtcClock};
use crate::diagnostics::log::{Log, LogFormat, Verbosity};
use crate::outputs::Paint;

#[derive(Args)]
#[command(next_help_heading = "Messages")]
pub(super) struct SessionArgs {
    /// No progress, no summary for people; standard error tells only why the exit code is not 0
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Also tell each file as it is read, and every fault; with times
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Colours on standard output
    ///
    /// `auto`: if it is a terminal, and NO_COLOR is not set. CLICOLOR_FORCE means `always`. Files are never coloured.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    color: ColorArg,
    /// What standard error has: lines for people, or a JSON object a line
    ///
    /// Each object has `time`, `level` (`info`, `warning`, `error`), `code` and `message`, and `file` if it is about one; the last has
    /// `exit_code`.
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormatArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormatArg {
    Text,
    Json,
}

/// What every command is told beside its own arguments.
#[derive(Clone, Copy)]
pub(super) struct Session {
    /// The default of `--as-of`.
    pub(super) today: Day,
    pub(super) log: Log,
    /// Whether text on standard output is coloured.
    pub(super) paint: Paint,
}

impl SessionArgs {
    pub(super) fn session(&self, clock: UtcClock) -> Session {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let format = match self.log_format {
            LogFormatArg::Text => LogFormat::Text,
            LogFormatArg::Json => LogFormat::Json,
        };
        let wish = ColorWish::of_environment();
        let paint = match wish.colours(self.color, std::io::stdout().is_terminal()) {
            true => Paint::Colored,
            false => Paint::Plain,
        };
        Session { today: clock.today(), log: Log::new(clock, format, verbosity), paint }
    }
}

/// What the environment wishes of colours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ColorWish {
    None,
    Never,
    Always,
}

impl ColorWish {
    fn of_environment() -> ColorWish {
        ColorWish::of(|name| std::env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> ColorWish {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if is_set("NO_COLOR") {
            ColorWish::Never
        } else if is_set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").as_deref() != Some(OsStr::new("0")) {
            ColorWish::Always
        } else if variable("TERM").as_deref() == Some(OsStr::new("dumb")) {
            ColorWish::Never
        } else {
            ColorWish::None
        }
    }

    fn colours(self, asked: ColorArg, is_terminal: bool) -> bool {
        match (asked, self) {
            (ColorArg::Always, _) | (ColorArg::Auto, ColorWish::Always) => true,
            (ColorArg::Never, _) | (ColorArg::Auto, ColorWish::Never) => false,
            (ColorArg::Auto, ColorWish::None) => is_terminal,
        }
    }
}

/// The colours of help and of errors of usage, which are told before the arguments are understood.
pub(super) fn help_colors(args: &[OsString]) -> clap::ColorChoice {
    let value = args.iter().enumerate().rev().find_map(|(at, arg)| match arg.to_str()? {
        "--color" => args.get(at + 1)?.to_str(),
        arg => arg.strip_prefix("--color="),
    });
    match value {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        Some(_) | None => clap::ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(set: &[(&str, &str)]) -> ColorWish {
        ColorWish::of(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn an_option_beats_the_environment_and_the_environment_the_terminal() {
        let auto = |set: &[(&str, &str)], is_terminal| wish(set).colours(ColorArg::Auto, is_terminal);
        assert!(auto(&[], true) && !auto(&[], false));
        assert!(auto(&[("NO_COLOR", "")], true) && !auto(&[("NO_COLOR", "1")], true));
        assert!(auto(&[("CLICOLOR_FORCE", "1")], false) && !auto(&[("CLICOLOR_FORCE", "0")], false));
        assert!(!auto(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true));
        assert!(!auto(&[("TERM", "dumb")], true));
        assert!(wish(&[("NO_COLOR", "1")]).colours(ColorArg::Always, false));
        assert!(!wish(&[("CLICOLOR_FORCE", "1")]).colours(ColorArg::Never, true));
    }

    #[test]
    fn the_colours_of_help_are_known_before_its_arguments_are() {
        let choice = |args: &[&str]| help_colors(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(choice(&["attain", "--color", "always", "--help"]), clap::ColorChoice::Always);
        assert_eq!(choice(&["attain", "report", "--color=never"]), clap::ColorChoice::Never);
        assert_eq!(choice(&["attain", "--color"]), clap::ColorChoice::Auto);
    }
}
