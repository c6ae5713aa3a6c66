//! Values of options that may be given for one file. Comes in: texts. Goes out: the option for all files and for single ones, or an error of usage. It
//! opens no file.

use super::usage;
use crate::base::file_option::FileOption;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;

/// The values of `--currency`: a code for all exports, or a code and the path of one.
pub(super) fn currency_option(values: &[String]) -> Result<FileOption<String>, Error> {
    let mut option = FileOption::default();
    for value in values {
        let (code, path) =
            value.split_once(':').map_or((value.as_str(), None), |(code, path)| (code, Some(path)));
        if code.len() != 3
            || !code.bytes().all(|b| b.is_ascii_alphabetic())
            || path.is_some_and(str::is_empty)
        {
            return Err(usage(format!(
                "--currency {value}: a code of three letters is expected, such as EUR, or EUR:jan.csv"
            )));
        }
        let of = path.map_or("all exports".to_owned(), |path| format!("`{path}`"));
        let disagree = |_| usage(format!("--currency: two currencies are given for {of}"));
        option.add(code.to_ascii_uppercase(), path).map_err(disagree)?;
    }
    Ok(option)
}

/// The values of `--partner-id`: a partner for all exports, or a partner and the path of one.
pub(super) fn partner_option(values: &[String]) -> Result<FileOption<PartnerId>, Error> {
    let mut option = FileOption::default();
    for value in values {
        let (id, path) = value.split_once(':').map_or((value.as_str(), None), |(id, path)| (id, Some(path)));
        let nobody = || usage(format!("--partner-id: `{id}` names no partner"));
        let id = PartnerId::parse(id).ok_or_else(nobody)?;
        let of = path.map_or("all exports".to_owned(), |path| format!("`{path}`"));
        let disagree = |_| usage(format!("--partner-id: two partners are given for {of}"));
        option.add(id, path).map_err(disagree)?;
    }
    Ok(option)
}

/// A value that an option states for all inputs, where its text is blank, or for the file of a path.
pub(super) fn stated_for<T: Copy + PartialEq>(texts: &[String], value: T) -> FileOption<T> {
    let mut option = FileOption::default();
    for text in texts {
        let path = Some(text.as_str()).filter(|path| !path.is_empty());
        option.add(value, path).expect("one value agrees with itself");
    }
    option
}
