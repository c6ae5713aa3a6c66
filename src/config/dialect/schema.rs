//! The TOML schema of a dialect. Comes in: the text of a file. Goes out: a valid [`Dialect`], or all faults of the text, each with line and
//! key. It compares dialects with no header and with no other dialect; the tables of the roles are read in `role_columns`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use toml::de::DeValue;

use super::role_columns::role_meaning;
use super::{ColumnKey, DateColumn, Dialect, DialectColumn, ForbiddenUnless, Grain, Role, normalise};
use crate::base::association::Association;
use crate::base::calendar::{DateForm, DateOrder};
use crate::base::limits;
use crate::config::located_toml::{
    Faults, Located, TomlPlace, TomlTable, TomlValue, any_texts, elements, entries, parse_text, some_texts,
    text, truth,
};

const KEYS: [&str; 18] = [
    "name",
    "title",
    "role",
    "order",
    "source",
    "required",
    "forbidden",
    "forbidden_unless",
    "told_by",
    "columns",
    "association_names",
    "consumption",
    "credentials",
    "partners",
    "associations",
    "rates",
    "markets",
    "credits",
];

/// Reads a dialect.
///
/// Errors: all faults of the text at once, in its order, each with line and key. If the text is not valid TOML, those faults alone.
pub fn parse(text: &str) -> Result<Dialect, Vec<String>> {
    let mut faults = Faults::default();
    let dialect = parse_text(text, &mut faults).and_then(|root| {
        let table = TomlTable::root(root.get_ref(), &KEYS, &mut faults);
        dialect(&table, &mut faults)
    });
    match dialect {
        Some(dialect) if faults.is_empty() => Ok(dialect),
        _ => Err(faults.into_lines(text)),
    }
}

/// All faults of a dialect's text; empty if it is sound.
pub fn check(text: &str) -> Vec<String> {
    parse(text).err().unwrap_or_default()
}

fn dialect(table: &TomlTable<'_>, faults: &mut Faults) -> Option<Dialect> {
    let name = table.required("name", faults).and_then(|value| name(&value, faults));
    let title = table.required("title", faults).and_then(|value| text(&value, faults));
    let role = table.required("role", faults).and_then(|value| word::<Role>(&value, faults));
    let source = table.required("source", faults).map(|value| some_texts(&value, faults));
    let mut reader = ColumnReader::new(table, faults);
    let required = table.required("required", faults).map(|value| reader.required(&value, faults));
    let forbidden = table.optional("forbidden");
    let forbidden = forbidden.map(|value| forbidden_names(&value, &reader.columns, faults));
    let unless = table.optional("forbidden_unless").and_then(|value| elements(&value, faults));
    let unless = unless.unwrap_or_default();
    let forbidden_unless: Vec<_> = unless.iter().map(|value| forbidden_unless(value, faults)).collect();
    let told_by = table.optional("told_by").map(|value| text(&value, faults));
    let meaning = role.and_then(|role| role_meaning(role, table, &mut reader, faults));
    Some(Dialect {
        name: name?,
        title: title?,
        role: role?,
        source: source?.into_iter().map(|source| source.value).collect(),
        columns: reader.columns,
        required: required?,
        forbidden: forbidden.unwrap_or_default(),
        forbidden_unless: forbidden_unless.into_iter().collect::<Option<_>>()?,
        told_by: match told_by {
            Some(told_by) => Some(told_by?),
            None => None,
        },
        meaning: meaning?,
    })
}

fn name(value: &TomlValue<'_>, faults: &mut Faults) -> Option<String> {
    let name = text(value, faults)?;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        faults.add(&value.place, "lower-case letters, digits and `-` only");
        return None;
    }
    Some(name)
}

/// The normalised names that a header must not have. A fault if one of them is a name of a column.
fn forbidden_names(value: &TomlValue<'_>, columns: &[DialectColumn], faults: &mut Faults) -> Vec<String> {
    let list = any_texts(value, faults);
    for name in &list {
        let compared = normalise(&name.value);
        if let Some(column) = columns.iter().find(|column| column.compared.contains(&compared)) {
            let (name_text, key) = (&name.value, &column.key);
            faults.add(&name.place, format!("`{name_text}` is also a name of the column `{key}`"));
        }
    }
    list.iter().map(|name| normalise(&name.value)).collect()
}

/// An element of `forbidden_unless`.
fn forbidden_unless(value: &TomlValue<'_>, faults: &mut Faults) -> Option<ForbiddenUnless> {
    let table = TomlTable::of(value, &["names", "beside"], faults)?;
    let names = table.required("names", faults).map(|value| header_names(&value, faults));
    let beside = table.required("beside", faults).map(|value| header_names(&value, faults));
    Some(ForbiddenUnless { names: names?, beside: beside? })
}

/// Header names in the form in which they are compared, at least one.
pub(super) fn header_names(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<String> {
    some_texts(value, faults).iter().map(|name| normalise(&name.value)).collect()
}

/// The value of an enum whose variants are words.
pub(super) fn word<T: for<'de> Deserialize<'de>>(value: &TomlValue<'_>, faults: &mut Faults) -> Option<T> {
    let is_blank = matches!(value.value, DeValue::String(text) if text.trim().is_empty());
    let word = if is_blank { String::new() } else { text(value, faults)? };
    let deserializer: StrDeserializer<'_, WordError> = word.as_str().into_deserializer();
    T::deserialize(deserializer)
        .map_err(|error| {
            // A place of a draft that is to be completed: the words that may stand there follow.
            let message = error.to_string();
            let message =
                if is_blank { message.replacen("unknown variant ``", "is blank", 1) } else { message };
            faults.add(&value.place, message);
        })
        .ok()
}

/// Resolves the keys of columns that a dialect's tables name.
pub(super) struct ColumnReader {
    columns: Vec<DialectColumn>,
    associations: Vec<(String, Association)>,
}

impl ColumnReader {
    /// Reads `[columns]` and `[association_names]`.
    fn new(table: &TomlTable<'_>, faults: &mut Faults) -> ColumnReader {
        let columns = table.required("columns", faults).map(|value| columns(&value, faults));
        let associations = table.optional("association_names").map(|value| association_names(&value, faults));
        ColumnReader { columns: columns.unwrap_or_default(), associations: associations.unwrap_or_default() }
    }

    fn find(&self, key: &str, place: &TomlPlace, faults: &mut Faults) -> Option<ColumnKey> {
        let found = self.columns.iter().position(|column| column.key == key).map(ColumnKey);
        if found.is_none() {
            faults.add(place, format!("no column `{key}` in [columns]"));
        }
        found
    }

    /// The column that a value names.
    pub(super) fn column(&self, value: &TomlValue<'_>, faults: &mut Faults) -> Option<ColumnKey> {
        let key = text(value, faults)?;
        self.find(&key, &value.place, faults)
    }

    /// The column that a value names, which holds ids.
    pub(super) fn id(&mut self, value: &TomlValue<'_>, faults: &mut Faults) -> Option<ColumnKey> {
        let column = self.column(value, faults)?;
        self.columns[column.0].is_id = true;
        Some(column)
    }

    /// The columns that a list names.
    pub(super) fn columns(&self, value: &TomlValue<'_>, faults: &mut Faults) -> Vec<ColumnKey> {
        let keys = any_texts(value, faults);
        keys.iter().filter_map(|key| self.find(&key.value, &key.place, faults)).collect()
    }

    /// The columns that a list names, which hold ids.
    pub(super) fn ids(&mut self, value: &TomlValue<'_>, faults: &mut Faults) -> Vec<ColumnKey> {
        let columns = self.columns(value, faults);
        columns.iter().for_each(|column| self.columns[column.0].is_id = true);
        columns
    }

    /// The sets of required columns: each element is the key of one column, or a list of keys.
    fn required(&self, value: &TomlValue<'_>, faults: &mut Faults) -> Vec<Vec<ColumnKey>> {
        let sets = elements(value, faults).unwrap_or_default();
        if sets.is_empty() {
            faults.add(&value.place, "at least one column");
        }
        sets.iter()
            .map(|set| match matches!(set.value, DeValue::Array(_)) {
                true => self.columns(set, faults),
                false => self.column(set, faults).into_iter().collect(),
            })
            .collect()
    }

    /// A date column.
    pub(super) fn date(&self, value: &TomlValue<'_>, faults: &mut Faults) -> Option<DateColumn> {
        let table = TomlTable::of(value, &["column", "forms", "order", "grain", "period_end"], faults)?;
        let column = table.required("column", faults).and_then(|value| self.column(&value, faults));
        let forms = table.required("forms", faults).and_then(|value| {
            let forms = elements(&value, faults)?;
            if forms.is_empty() {
                faults.add(&value.place, "at least one form of date");
            }
            Some(forms.iter().filter_map(|form| word::<DateForm>(form, faults)).collect())
        });
        let order = table.optional("order").and_then(|value| word::<DateOrder>(&value, faults));
        let grain = table.optional("grain").and_then(|value| word::<Grain>(&value, faults));
        let is_period_end = table.optional("period_end").and_then(|value| truth(&value, faults));
        let (order, grain) = (order.unwrap_or_default(), grain.unwrap_or(Grain::Day));
        Some(DateColumn {
            column: column?,
            forms: forms?,
            order,
            grain,
            is_period_end: is_period_end.unwrap_or_default(),
        })
    }

    /// The associations of the values of an association column, which `value` names.
    pub(super) fn association_names(
        &self,
        value: &TomlValue<'_>,
        faults: &mut Faults,
    ) -> Vec<(String, Association)> {
        if self.associations.is_empty() {
            faults.add(&value.place, "[association_names] is missing");
        }
        self.associations.clone()
    }
}

/// The columns in `[columns]`, sorted by key.
fn columns(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<DialectColumn> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut columns = Vec::new();
    for (key, value) in entries(value, faults).unwrap_or_default() {
        let names: Vec<Located<String>> = some_texts(&value, faults);
        for Located { value: name, place } in &names {
            if let Some(other) = owners.insert(normalise(name), key.clone())
                && other != key
            {
                faults.add(place, format!("`{name}` names both `{other}` and `{key}`"));
            }
        }
        let names: Vec<String> = names.into_iter().map(|name| name.value).collect();
        let compared = names.iter().map(|name| normalise(name)).collect();
        columns.push(DialectColumn { key, names, compared, is_id: false });
    }
    if columns.len() > limits::DIALECT_COLUMNS {
        let (found, limit) = (columns.len(), limits::DIALECT_COLUMNS);
        let message = format!("{found} are named, and at most {limit} can be used; name those that are read");
        faults.add(&value.place, message);
    }
    columns
}

/// Values of association columns in the form in which names are compared, with the association of each.
fn association_names(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<(String, Association)> {
    let mut found = Vec::new();
    for (word, value) in entries(value, faults).unwrap_or_default() {
        match Association::ALL.into_iter().find(|association| association.as_str() == word) {
            Some(association) => {
                let names = any_texts(&value, faults);
                found.extend(names.iter().map(|name| (normalise(&name.value), association)));
            }
            None => faults.add(&value.place, "no such association"),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_columns_than_a_row_can_hold_are_a_fault() {
        let (_, text) = crate::config::dialect::builtin_texts()[0];
        let more: String = (0..40).map(|n| format!("more_{n} = [\"More {n}\"]\n")).collect();
        let text = text.replacen("[columns]\n", &format!("[columns]\n{more}"), 1);
        assert!(check(&text).iter().any(|fault| fault.contains("columns: 4")), "{:?}", check(&text));
    }

    #[test]
    fn a_condition_states_what_values_mean_that_it_does_not_list() {
        let (_, text) =
            *crate::config::dialect::builtin_texts().iter().find(|(name, _)| *name == "focus").unwrap();
        let code = "code = \"unknown-provider\"";
        let of = |others: &str| check(&text.replacen(code, others, 1));
        assert_eq!(of("others = \"excluded\""), Vec::<String>::new());
        assert!(of("others = \"refused\"")[0].contains("`refused` is not `excluded`"));
        assert!(of("").iter().any(|fault| fault.contains("code")), "{:?}", of(""));
        let both = of(&format!("{code}\nothers = \"excluded\""));
        assert!(both[0].contains("either `code` or `others`"), "{both:?}");
    }

    #[test]
    fn all_faults_of_a_dialect_are_found_at_once_each_with_its_line() {
        let faults = check(
            "name = \"Mine\"\ntitle = \"\"\nrole = \"rate\"\nsource = []\nrequired = [\"day\", \"odd\"]\nfavourite = 1\n\
             [columns]\nday = [\"Day\", 1]\n",
        );
        let lines: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        assert_eq!(
            lines,
            ["line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "line 8"],
            "{faults:#?}"
        );
    }
}
