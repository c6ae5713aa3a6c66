//! What a verbose log tells of each input as it is read. Comes in: an input. Goes out: an event: the file, its role, dialect, form and size. It reads
//! nothing.

use super::input::{Input, InputFormat};
use crate::diagnostics::log::{Log, LogEvent, LogLevel};

/// Tells that an input is read from now on.
pub(super) fn tell(input: &Input<'_>, log: &Log) {
    if !log.is_verbose() {
        return;
    }
    let (role, dialect) = (input.role().as_str(), &input.layout.dialect.name);
    let message = format!("{role} ({dialect}), {}, {} bytes", form(input), input.bytes());
    let file = input.name.to_string();
    let event = LogEvent { level: LogLevel::Info, code: "reading", file: Some(&file), message: &message };
    log.event(event, &format!("reading {file}: {message}"));
}

/// The form of an input: its encoding and delimiter, or its container.
fn form(input: &Input<'_>) -> String {
    match &input.format {
        InputFormat::Text(text) => {
            let delimiter = match text.csv_format.delimiter {
                b'\t' => "tab".to_owned(),
                delimiter => char::from(delimiter).to_string(),
            };
            format!("{} text, delimiter {delimiter}", text.encoding.as_str())
        }
        InputFormat::Json(json) => format!("{}, {}", json.form.as_str(), json.encoding.as_str()),
        InputFormat::Sheet(_) => "a sheet of a workbook".to_owned(),
        InputFormat::Parquet(_) => "Parquet".to_owned(),
    }
}
