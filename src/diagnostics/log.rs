//! The log: what people and machines are told on standard error while a run goes on and when it ends. Comes in: events. Goes out: lines of
//! text, or of JSON with the time of each. It decides nothing, and a line that cannot be written is no fault of the run.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::calendar::{Moment, UtcClock};

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Lines for people; with their times if the log is verbose.
    #[default]
    Text,
    /// A JSON object a line: time, level, code, message, and the file if there is one.
    Json,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Why the exit code is not 0.
    Quiet,
    /// Progress, and the summary.
    #[default]
    Normal,
    /// Each file as it is read too, and every fault.
    Verbose,
}

/// How serious an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// It tells what is done.
    Info,
    /// It tells of something odd.
    Warning,
    /// It is why the exit code is not 0.
    Error,
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub struct LogEvent<'e> {
    /// How serious it is.
    pub level: LogLevel,
    /// A fixed code: of docs/CODES.md, or `reading`, `progress`, `summary`, `incomplete`, `too-many-refused`, `ended`.
    pub code: &'e str,
    /// **Absent**: it is about no one file.
    pub file: Option<&'e str>,
    /// What happened; without the file and the code.
    pub message: &'e str,
}

/// A line of a JSON log. The fields stand in the order of the line.
#[derive(Serialize)]
struct LogLine<'e> {
    time: Moment,
    level: LogLevel,
    code: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'e str>,
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
}

/// Where events go, and when the run began.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    clock: UtcClock,
    started: Moment,
    /// How events are written.
    pub format: LogFormat,
    /// How much is told.
    pub verbosity: Verbosity,
}

impl Log {
    /// The log of a run that begins now.
    pub fn new(clock: UtcClock, format: LogFormat, verbosity: Verbosity) -> Log {
        Log { clock, started: clock.now(), format, verbosity }
    }

    /// A log without time that tells nothing, for tests and benches.
    pub fn silent() -> Log {
        Log::new(UtcClock::stopped(), LogFormat::Text, Verbosity::Quiet)
    }

    /// When the run began.
    pub fn started(&self) -> Moment {
        self.started
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Whether only the reason of an exit code other than 0 is told.
    pub fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether each file is told as it is read.
    pub fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Tells an event; as text, as `line`.
    pub fn event(&self, event: LogEvent<'_>, line: &str) {
        match self.format {
            LogFormat::Text => self.text(line),
            LogFormat::Json => self.json(event, None),
        }
    }

    /// Tells the lines of a text, each an event.
    pub fn lines(&self, level: LogLevel, code: &str, text: &str) {
        match self.format {
            LogFormat::Text => self.text(text.trim_end_matches('\n')),
            LogFormat::Json => {
                for message in text.lines() {
                    self.json(LogEvent { level, code, file: None, message }, None);
                }
            }
        }
    }

    /// Tells the end of the run, in a JSON log.
    pub fn end(&self, exit_code: u8) {
        if self.format == LogFormat::Text || self.is_quiet() && exit_code == 0 {
            return;
        }
        let level = if exit_code == 0 { LogLevel::Info } else { LogLevel::Error };
        let message = format!("ended with exit code {exit_code}");
        self.json(LogEvent { level, code: "ended", file: None, message: &message }, Some(exit_code));
    }

    fn text(&self, text: &str) {
        let mut out = String::with_capacity(text.len() + 1);
        let time = self.is_verbose().then(|| self.now());
        for line in text.lines() {
            if let Some(time) = time {
                out += &format!("{time} ");
            }
            out += line;
            out.push('\n');
        }
        to_stderr(&out);
    }

    fn json(&self, event: LogEvent<'_>, exit_code: Option<u8>) {
        let LogEvent { level, code, file, message } = event;
        let line = LogLine { time: self.now(), level, code, file, message, exit_code };
        let text = serde_json::to_string(&line).expect("keys are text and nothing fails to serialise");
        to_stderr(&(text + "\n"));
    }
}

/// Writes a text whole, so that lines of several threads do not mix.
fn to_stderr(text: &str) {
    // If people cannot be told, the exit code still tells.
    io::stderr().lock().write_all(text.as_bytes()).unwrap_or_default();
}
