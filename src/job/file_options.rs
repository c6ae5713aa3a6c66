//! What a file must state, or an option for it: its currency, and which of its rows are consumption (SPEC 3.11). Comes in: inputs and options. Goes
//! out: the currency of a file, input errors. It reads no row.

use super::RunOptions;
use crate::base::file_option::FileOption;
use crate::config::dialect::{Consumption, RoleMeaning, undecided};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::formats::Input;
use crate::rows::amount::without_currency;

fn rules<'i>(input: &'i Input<'_>) -> Option<&'i Consumption> {
    match &input.layout.dialect.meaning {
        RoleMeaning::Consumption(rules) => Some(rules),
        RoleMeaning::Credentials(_)
        | RoleMeaning::Partners(_)
        | RoleMeaning::Associations(_)
        | RoleMeaning::Rates(_)
        | RoleMeaning::Markets(_)
        | RoleMeaning::Credits(_) => None,
    }
}

/// What says the value of an option for an input, for people: the option, or the source of its file.
pub(super) fn value_source<T: PartialEq>(option: &FileOption<T>, input: &Input<'_>, name: &str) -> String {
    let file = &input.name.file;
    match option.of_file(file).is_none() && option.of_source(file).is_some() {
        true => "its [[source]]".to_owned(),
        false => name.to_owned(),
    }
}

/// The currency of the amounts of an export that does not state it, by `--currency`. `None` if it states its currency, or the option is not given.
pub(super) fn currency<'o>(input: &Input<'_>, options: &'o RunOptions) -> Option<&'o str> {
    let currency = options.reading.currency.of(&input.name.file)?;
    rules(input).and_then(|rules| without_currency(&input.layout, rules)).map(|_| currency.as_str())
}

/// Whether it takes `--usage-only` to know that all rows of an export are usage.
pub(super) fn is_usage_only(input: &Input<'_>, options: &RunOptions) -> bool {
    options.reading.usage_only.of(&input.name.file).is_some()
        && rules(input).is_some_and(|rules| undecided(&input.layout, rules).is_some())
}

/// Options for one file that fit no file. `inputs` are all that were recognised.
pub(super) fn unused(inputs: &[Input<'_>], options: &RunOptions) -> Vec<InputError> {
    let reading = &options.reading;
    let exports = inputs.iter().filter(|input| rules(input).is_some());
    let files: Vec<&str> = exports.map(|input| input.name.file.as_str()).collect();
    let currencies = reading.currency.unused(&files).into_iter();
    let currencies = currencies.map(|(path, currency)| format!("--currency {currency}:{path}"));
    let usage_only =
        reading.usage_only.unused(&files).into_iter().map(|(path, ())| format!("--usage-only={path}"));
    let of_exports = currencies.chain(usage_only).map(|option| (option, "export of consumption"));
    let files: Vec<&str> = inputs.iter().map(|input| input.name.file.as_str()).collect();
    let marks = reading.decimal_mark.unused(&files).into_iter();
    let marks = marks.map(|(path, _)| format!("--decimal-comma={path}"));
    let orders = reading.date_order.unused(&files).into_iter().map(|(path, _)| format!("--day-first={path}"));
    let of_inputs = marks.chain(orders).map(|option| (option, "input"));
    let error = |(option, what): (String, &str)| InputError {
        input: None,
        code: InputErrorCode::OptionUnused,
        message: format!(
            "{option} is the name of no {what}, nor the end of one behind a `/`; correct the path, or leave the option out"
        ),
    };
    let mut errors: Vec<InputError> = of_exports.chain(of_inputs).map(error).collect();
    errors.extend(unused_currencies(inputs, options));
    errors
}

/// Sources that state a currency, while each of their exports states its own.
fn unused_currencies(inputs: &[Input<'_>], options: &RunOptions) -> Vec<InputError> {
    let lacks = |input: &&Input<'_>| {
        rules(input).is_some_and(|rules| without_currency(&input.layout, rules).is_some())
    };
    let files: Vec<&str> = inputs.iter().filter(lacks).map(|input| input.name.file.as_str()).collect();
    let unused = options.reading.currency.unused_of_sources(&files);
    let error = |(number, currency): (usize, &String)| {
        let label = &options.sources[number].label;
        let message = format!(
            "{label}: currency = \"{currency}\" applies to no file, since each states the currency of its amounts; leave the key out"
        );
        InputError { input: None, code: InputErrorCode::OptionUnused, message }
    };
    unused.into_iter().map(error).collect()
}

/// Exports that state neither their currency nor what their rows are, and are given no option for it; and options that contradict their file.
pub(super) fn unstated(inputs: &[Input<'_>], options: &RunOptions) -> Vec<InputError> {
    let mut errors = Vec::new();
    for input in inputs {
        let Some(rules) = rules(input) else { continue };
        let error = |code, message| InputError { input: Some(input.name.clone()), code, message };
        let is_usage_only = options.reading.usage_only.of(&input.name.file).is_some();
        if let Some(message) = undecided(&input.layout, rules).filter(|_| !is_usage_only) {
            errors.push(error(InputErrorCode::MissingColumn, message));
        }
        let layout = &input.layout;
        let reading = &options.reading;
        match without_currency(layout, rules) {
            Some((amount, currency)) if reading.currency.of(&input.name.file).is_none() => {
                let names = &layout.dialect.columns[currency.0].names;
                errors.push(error(
                    InputErrorCode::NoCurrencyColumn,
                    format!(
                        "no column says the currency of `{}`; say --currency CODE, such as --currency USD:{}, or give the file a column `{}`",
                        layout.shown_name(amount),
                        input.name.file,
                        names.join("` or `")
                    ),
                ));
            }
            Some(_) => {}
            None => {
                if let Some(currency) = reading.currency.of_file(&input.name.file) {
                    errors.push(error(
                        InputErrorCode::OptionUnused,
                        format!(
                            "--currency {currency} is given for the file, which states the currency of its amounts; leave the option out"
                        ),
                    ));
                }
            }
        }
    }
    errors
}
