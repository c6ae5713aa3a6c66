//! The conditions of consumption, `[[consumption.rows]]`. Comes in: TOML tables. Goes out: conditions, or faults. It reads no other table.

use super::{RoleReader, values};
use crate::config::dialect::schema::header_names;
use crate::config::dialect::{ColumnAbsence, OtherValues, RowCondition};
use crate::config::located_toml::{Located, TomlTable, TomlValue, any_texts, text, truth};
use crate::diagnostics::reject::RejectCode;

const CONDITION_KEYS: [&str; 8] =
    ["column", "counts", "excluded", "code", "others", "absent_with", "absent_without", "may_be_absent"];

impl RoleReader<'_> {
    /// A condition of consumption.
    pub(super) fn condition(&mut self, value: &TomlValue<'_>) -> Option<RowCondition> {
        let table = self.table(value, &CONDITION_KEYS)?;
        let column = self.column(&table, "column");
        let counts = self.texts(&table, "counts");
        let excluded = table.optional("excluded").map(|value| any_texts(&value, self.faults));
        let others = self.other_values(&table);
        if excluded.is_none() && !matches!(others, Some(OtherValues::Excluded)) {
            self.required(&table, "excluded");
        }
        for both in counts.iter().flatten() {
            let is_it = |other: &Located<String>| other.value.eq_ignore_ascii_case(&both.value);
            if excluded.iter().flatten().any(is_it) {
                self.faults.add(&both.place, format!("`{}` both counts and is excluded", both.value));
            }
        }
        let absence = self.absence(&table);
        Some(RowCondition {
            column: column?,
            counts: values(counts?),
            excluded: values(excluded.unwrap_or_default()),
            others: others?,
            absence: absence?,
        })
    }

    /// What values mean that a condition does not list: `code`, the code of their reject, or `others = "excluded"`.
    fn other_values(&mut self, table: &TomlTable<'_>) -> Option<OtherValues> {
        if let Some(value) = table.optional("others") {
            if let Some(code) = table.optional("code") {
                self.faults.add(&code.place, "either `code` or `others`");
            }
            let word = text(&value, self.faults)?;
            if word != "excluded" {
                self.faults.add(&value.place, format!("`{word}` is not `excluded`"));
                return None;
            }
            return Some(OtherValues::Excluded);
        }
        let value = self.required(table, "code")?;
        let word = text(&value, self.faults)?;
        let is_it = |code: &RejectCode| code.as_str() == word && word.starts_with("unknown-");
        let code = RejectCode::ALL.iter().copied().find(is_it);
        if code.is_none() {
            self.faults.add(&value.place, format!("`{word}` is no code for an unknown value"));
        }
        code.map(OtherValues::Refused)
    }

    /// When a file may lack the column of a condition.
    fn absence(&mut self, table: &TomlTable<'_>) -> Option<ColumnAbsence> {
        let with = table.optional("absent_with").map(|value| header_names(&value, self.faults));
        let without = table.optional("absent_without").map(|value| header_names(&value, self.faults));
        let always = table.optional("may_be_absent").map(|value| truth(&value, self.faults));
        match (with, without, always) {
            (None, None, None | Some(Some(false))) => Some(ColumnAbsence::Never),
            (Some(names), None, None) => Some(ColumnAbsence::With(names)),
            (None, Some(names), None) => Some(ColumnAbsence::Without(names)),
            (None, None, Some(is_always)) => is_always.map(|_| ColumnAbsence::Always),
            _ => {
                let message = "one of `absent_with`, `absent_without` and `may_be_absent` at most";
                self.faults.add(&table.place, message);
                None
            }
        }
    }
}
