//! Drafts of dialects: a TOML file that proposes what each column of an unknown file means. Comes in: what its cells show. Goes out: TOML, sound if the
//! evidence suffices, else with marked places that `attain dialects check` asks for. It reads no file.

mod columns;
mod role;

use std::fmt::Write as _;

use self::columns::{Candidates, ColumnMeaning, candidates};
use self::role::role_of;
use crate::config::dialect::{self, ColumnEvidence, Dialect, normalise};
use crate::config::toml_text::{toml_list, toml_string};

/// The mark of a place that must be completed.
pub(super) const MARK: &str = "FILL IN";

/// Other columns that a comment names.
const OTHERS: usize = 6;

/// A draft of a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectDraft {
    /// The name of the dialect.
    pub name: String,
    /// The TOML.
    pub text: String,
    /// Places that must be completed.
    pub marks: usize,
}

impl DialectDraft {
    /// Gives the dialect another name.
    pub(crate) fn rename(&mut self, name: &str) {
        if name != self.name {
            self.text =
                self.text.replace(&format!("{}.dialect.toml", self.name), &format!("{name}.dialect.toml"));
            self.text = self.text.replace(
                &format!("\nname = {}\n", toml_string(&self.name)),
                &format!("\nname = {}\n", toml_string(name)),
            );
            name.clone_into(&mut self.name);
        }
    }

    /// What remains to be done, for people.
    pub fn to_do(&self) -> String {
        match self.marks {
            0 => "sound as it is; check what each column is said to mean".to_owned(),
            1 => format!("1 place is marked {MARK}"),
            more => format!("{more} places are marked {MARK}"),
        }
    }
}

/// Drafts a dialect for a file by its name for people, its sheet, and its columns. `read_by`: the built-in dialect that fits it already.
pub(crate) fn draft_dialect(
    file: &str,
    sheet: Option<&str>,
    read_by: Option<&Dialect>,
    columns: &[ColumnEvidence],
) -> DialectDraft {
    let name = name_of(file);
    let shown = match sheet {
        Some(sheet) => format!("{file}[{sheet}]"),
        None => file.to_owned(),
    };
    let found = candidates(columns);
    let role = role_of(&found, columns);
    let mut writer =
        DraftWriter { found, columns: String::new(), required: Vec::new(), tables: String::new() };
    writer.role(role);
    let head = format!(
        "# Draft of a dialect for {shown}, by its header and the cells of its first rows. Check what each column is said to mean; complete the\n\
         # places marked {MARK}. `attain dialects check {name}.dialect.toml` tells what is amiss, `attain dialects show consumption` prints a whole\n\
         # one. Then say `dialect = \"{name}.dialect.toml\"` in the [[source]] of the file, or --dialect {name}.dialect.toml.\n\
         name = {}\ntitle = {}\nrole = {}\nsource = [{}]\n",
        toml_string(&name),
        toml_string(&shown),
        toml_string(role.as_str()),
        toml_string(&format!("the header of {shown}")),
    );
    let required = format!(
        "# Columns without which a file is not of this dialect.\nrequired = {}\n\n",
        toml_list(writer.required.iter().map(String::as_str))
    );
    let unused = unused(columns, &writer.columns);
    let read_by = read_by.map_or(String::new(), |dialect| {
        let (name, role) = (&dialect.name, dialect.role.as_str());
        format!("# The built-in dialect {name} reads it as {role} already; `attain dialects show {name}` prints that one.\n")
    });
    let text = format!("{read_by}{head}{required}[columns]\n{}{unused}\n{}", writer.columns, writer.tables);
    let marks = text.matches(&format!("# {MARK}")).count();
    DialectDraft { name, text, marks }
}

/// The name of the dialect of a file: its stem in small letters, digits and `-`, unlike any built-in name.
fn name_of(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or(name);
    let mapped: String =
        stem.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = mapped.split('-').filter(|part| !part.is_empty()).collect();
    let name = if parts.is_empty() { "own".to_owned() } else { parts.join("-") };
    match dialect::builtin().iter().any(|dialect| dialect.name == name) {
        true => name + "-own",
        false => name,
    }
}

/// A comment with the columns that the draft does not use.
fn unused(columns: &[ColumnEvidence], used: &str) -> String {
    let is_used = |column: &&ColumnEvidence| !used.contains(&toml_string(&column.name));
    let names: Vec<&str> = columns.iter().filter(is_used).map(|column| column.name.as_str()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("# Not used: {}\n", toml_list(names)),
    }
}

/// Writes the columns and tables of a draft.
struct DraftWriter<'e> {
    found: std::collections::BTreeMap<ColumnMeaning, Candidates<'e>>,
    columns: String,
    required: Vec<String>,
    tables: String,
}

impl<'e> DraftWriter<'e> {
    fn proposed(&self, meaning: ColumnMeaning) -> Option<&'e ColumnEvidence> {
        self.found.get(&meaning).and_then(|found| found.proposed)
    }

    /// Writes a column that the dialect requires; a marked place if none is likely. Returns the column.
    fn required(&mut self, key: &str, meaning: ColumnMeaning, what: &str) -> Option<&'e ColumnEvidence> {
        self.required.push(key.to_owned());
        let column = self.optional(key, meaning, what);
        if column.is_none() {
            let others = self.others(meaning);
            let others =
                if others.is_empty() { String::new() } else { format!("; perhaps {}", others.join(" or ")) };
            self.columns += &format!("{key} = []  # {MARK}: the name of the column with {what}{others}\n");
        }
        column
    }

    /// Writes a column if one is likely. Returns the column.
    fn optional(&mut self, key: &str, meaning: ColumnMeaning, what: &str) -> Option<&'e ColumnEvidence> {
        let column = self.proposed(meaning)?;
        let others = self.others(meaning);
        let others = if others.is_empty() { String::new() } else { format!("; or {}", others.join(" or ")) };
        let name = toml_string(&column.name);
        writeln!(self.columns, "{key} = [{name}]  # {what}{others}").expect("a string takes all text");
        Some(column)
    }

    /// Other columns that may have a meaning, as TOML.
    fn others(&self, meaning: ColumnMeaning) -> Vec<String> {
        let others = self.found.get(&meaning).map(|found| found.others.as_slice()).unwrap_or_default();
        others.iter().take(OTHERS).map(|column| format!("[{}]", toml_string(&column.name))).collect()
    }

    fn table(&mut self, text: &str) {
        self.tables += text;
    }

    /// The table of a date column.
    fn date(&mut self, table: &str, key: &str, column: Option<&ColumnEvidence>) {
        let (forms, order, grain) = match column {
            Some(column) => date_forms(column),
            None => (vec!["iso", "slashes"], "", ""),
        };
        let forms = toml_list(forms);
        self.tables += &format!("{table}\ncolumn = \"{key}\"\nforms = {forms}\n{order}{grain}");
    }
}

/// The forms of the dates of a column, and its lines for the order of days and the grain.
fn date_forms(column: &ColumnEvidence) -> (Vec<&'static str>, &'static str, &'static str) {
    let is_month = column.is_mostly(column.iso_months.max(column.named_months))
        && !column.is_mostly(column.iso_days.max(column.slash_days));
    let forms = [
        ("iso", column.iso_days),
        ("slashes", column.slash_days),
        ("iso-month", column.iso_months),
        ("named-month", column.named_months),
    ];
    let forms: Vec<&str> = forms
        .into_iter()
        .filter(|(form, cells)| *cells > 0 && (!is_month || form.ends_with("month")))
        .map(|(form, _)| form)
        .collect();
    let forms = if forms.is_empty() { vec!["iso", "slashes"] } else { forms };
    let order = match (column.slash_days > 0, column.day_first > 0) {
        (true, true) => "order = \"day-first\"\n",
        (true, false) => "# order = \"day-first\"  # if 06/05/2017 is 6 May\n",
        (false, _) => "",
    };
    let grain = if is_month {
        "grain = \"month\"\n"
    } else {
        "# grain = \"month\"  # if each row is of a whole month\n"
    };
    (forms, order, grain)
}

/// A code of a currency at the beginning or end of a name, such as `cost_eur`.
fn currency_in(name: &str) -> Option<String> {
    const CODES: [&str; 12] =
        ["usd", "eur", "gbp", "chf", "jpy", "cny", "inr", "aud", "cad", "sek", "nok", "dkk"];
    let name = normalise(name);
    CODES.into_iter().find(|code| name.ends_with(code) || name.starts_with(code)).map(str::to_uppercase)
}

#[cfg(test)]
mod tests;
