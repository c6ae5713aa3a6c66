//! Every way a run can fail. An [`Error`] means that no report was written; a refused row is a reject, not an error.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::base::place::InputName;

/// Why a run gives no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments contradict each other or cannot be understood. Exit code 2.
    #[error("{message}")]
    Usage {
        /// What was wrong and what to do.
        message: String,
    },
    /// A rule set cannot be used. Exit code 2.
    #[error("{}", list_of("rule set", name, input_errors))]
    BadRuleSet {
        /// The name or file of the rule set.
        name: String,
        /// All faults of the rule set.
        input_errors: Vec<String>,
    },
    /// A dialect cannot be used. Exit code 2.
    #[error("{}", list_of("dialect", name, input_errors))]
    BadDialect {
        /// The name or file of the dialect.
        name: String,
        /// All faults of the dialect.
        input_errors: Vec<String>,
    },
    /// A project file cannot be used. Exit code 2.
    #[error("{}", list_of("project file", name, input_errors))]
    BadProject {
        /// The path of the file.
        name: String,
        /// All faults of the file.
        input_errors: Vec<String>,
    },
    /// Files are at fault; all input_errors of the run at once. Exit code 1.
    #[error("{}", list(input_errors))]
    Inputs {
        /// Sorted by file.
        input_errors: Vec<InputError>,
    },
    /// An output could not be written; the old one, if any, is untouched. Exit code 1.
    #[error("{}: cannot be written: {source}", path.display())]
    Output {
        /// The output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The exit code of the program (SPEC 4).
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage { .. }
            | Error::BadRuleSet { .. }
            | Error::BadDialect { .. }
            | Error::BadProject { .. } => 2,
            Error::Inputs { .. } | Error::Output { .. } => 1,
        }
    }
}

impl Error {
    /// Whether the program that reads standard output has ended, as `head` does once it has its lines: nothing is wrong that a message could tell.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output { path, source }
            if path.as_os_str() == "standard output" && source.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn list<T: fmt::Display>(input_errors: &[T]) -> String {
    let lines: Vec<String> = input_errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Every fault, with the name of its rule set or dialect.
fn list_of(what: &str, name: &str, input_errors: &[String]) -> String {
    let named: Vec<String> = input_errors.iter().map(|fault| format!("{what} {name}: {fault}")).collect();
    list(&named)
}

/// A fault of a file: no report can be given while it is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputError {
    /// The file, or the sheet. **Absent**: the fault lies between several files, which the message names.
    pub input: Option<InputName>,
    /// A fixed code, such as `truncated` or `same-bytes`.
    pub code: InputErrorCode,
    /// What was found, what was expected, what to do.
    pub message: String,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.input {
            Some(input) => write!(f, "{input}: {}: {}", self.code.as_str(), self.message),
            None => write!(f, "{}: {}", self.code.as_str(), self.message),
        }
    }
}

macro_rules! input_error_codes {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        /// What is wrong with a file. The text of a code is fixed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum InputErrorCode { $(#[doc = $doc] $name,)* }

        impl InputErrorCode {
            /// Every code, in order.
            pub const ALL: &'static [InputErrorCode] = &[$(InputErrorCode::$name,)*];

            /// The code as people and scripts see it.
            pub fn as_str(self) -> &'static str {
                match self { $(InputErrorCode::$name => $text,)* }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(InputErrorCode::$name => $doc,)* }
            }
        }
    };
}

input_error_codes! {
    NotFound = "not-found", "no such file or folder, or a pattern that matches nothing";
    Unreadable = "unreadable", "the file cannot be opened or read";
    UnknownHeader = "unknown-header", "no dialect fits the header";
    MissingColumn = "missing-column", "the header lacks a column that a dialect requires, or by which consumption is told from other rows";
    AmbiguousHeader = "ambiguous-header", "two dialects fit the header, or a used column stands in it twice";
    ChangedHeader = "changed-header", "another header with other columns stands in the middle of the file";
    AmbiguousNumbers = "ambiguous-numbers", "nothing tells whether the comma or the point is the decimal mark of the file";
    AmbiguousDays = "ambiguous-days", "nothing tells whether the day or the month is first in the dates of the file";
    WrongRole = "wrong-role", "the file has another role than was said";
    Truncated = "truncated", "compressed data or a workbook ends too early";
    Corrupt = "corrupt", "compressed data or a workbook is damaged";
    Encrypted = "encrypted", "the workbook is encrypted";
    ExpandsAbsurdly = "expands-absurdly", "the workbook expands past the limit";
    TooLarge = "too-large", "the file is larger than this format can be read";
    Unsupported = "unsupported", "a format that this version does not read";
    InputIsOutput = "input-is-output", "the run would write over an input";
    NoInput = "no-input", "no file of a known dialect was found";
    NoConsumption = "no-consumption", "the rule set needs consumption, and no file is an export of it or a credits table";
    RequiredRole = "required-role", "a role that --require names has no row";
    NoPartner = "unknown-partner", "no input names the partner that is asked for";
    SameBytes = "same-bytes", "one file is given twice";
    IncompleteRun = "incomplete-run", "a run lacks parts, rows or bytes that its manifest lists";
    OverlapUnclear = "overlap-unclear", "two snapshots of one dataset tell of the same consumption, and nothing decides which counts";
    DatasetsOverlap = "datasets-overlap", "two datasets tell of one subscription in one month, and no preference decides";
    PartnerIdUnused = "partner-id-unused", "--partner-id is given, and no input has rows that name no partner";
    NoCurrencyColumn = "no-currency-column", "no column of the file says the currency of its amounts, and no option does";
    OptionUnused = "option-unused", "an option is given for one file, and no file has a use for it";
    MonthCut = "month-cut", "the window cuts a month of a monthly export, or of a credits table that has it only as a whole";
    NoControl = "no-control", "a credits table without the control that was written with it";
    ControlMismatch = "control-mismatch", "a credits table does not have the lines that its control tells of";
    RollUpCycle = "roll-up-cycle", "partners roll up to each other";
    RollUpDisagrees = "roll-up-disagrees", "two lines disagree on the partner that another rolls up to";
    AmountsTooLarge = "amounts-too-large", "the amounts of the run reach 10^14 of a currency";
    NoRunSummary = "no-run-summary", "the file is no run summary of attain, or lacks a file that the command needs";
    MixedSet = "mixed-set", "an output of a run is not the one whose SHA-256 its run summary names";
    OutputFolder = "output-folder", "the folder of an output cannot be made or written";
}
