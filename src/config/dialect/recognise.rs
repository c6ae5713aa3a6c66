//! Recognition: finds the dialect of a file by the names in its header alone. Comes in: names, dialects. Goes out: a [`Layout`], or the reason
//! why there is none. It opens no file; `formats` finds and splits the header.

use super::{ColumnKey, Dialect, Role, clean, normalise, normalise_localised};
use crate::config::own_columns;

/// Most header names in a message; the rest is counted.
const NAMES_SHOWN: usize = 12;

/// Most characters of a name that is compared for misspelling: longer ones cost too much.
const SPELLING_CHARS: usize = 64;

/// Most names that are compared for misspelling. The widest documented export has 106 columns.
const SPELLINGS: usize = 1000;

/// A dialect that fits a header, with the positions of its columns in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// For each column of [`Dialect::columns`], its position in the file. **Absent**: the file lacks the column.
    pub columns: Vec<Option<usize>>,
    /// The names in the header, in the order of the file, without BOM and surrounding blanks.
    pub header: Vec<String>,
}

impl Layout<'_> {
    /// The header name of a column. `None` if the file lacks the column.
    pub fn name(&self, column: ColumnKey) -> Option<&str> {
        self.columns.get(column.0).copied().flatten().and_then(|at| self.header.get(at)).map(String::as_str)
    }

    /// Whether the file has a column.
    pub fn has(&self, column: ColumnKey) -> bool {
        self.columns[column.0].is_some()
    }

    /// A column's name for messages: the name in the header, else the dialect's key.
    pub fn shown_name(&self, column: ColumnKey) -> String {
        self.name(column).unwrap_or(&self.dialect.columns[column.0].key).to_owned()
    }

    /// Header names of columns that are not read, in the order of the file.
    pub fn ignored(&self) -> Vec<&str> {
        let read = |at: &usize| self.columns.contains(&Some(*at));
        self.header.iter().enumerate().filter(|(at, _)| !read(at)).map(|(_, name)| name.as_str()).collect()
    }
}

/// The result of recognition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition<'d> {
    /// Exactly one dialect fits.
    Fits(Layout<'d>),
    /// The header belongs to our own report, rejects file or credits table.
    OwnOutput,
    /// Several dialects fit.
    Ambiguous {
        /// The names of the dialects.
        dialects: Vec<String>,
    },
    /// A dialect fits, but the header names a used column twice.
    DuplicateColumn {
        /// The dialect.
        dialect: &'d Dialect,
        /// The header names of such columns, each occurrence.
        columns: Vec<String>,
    },
    /// No dialect of the requested role fits, but a dialect of another role does.
    OtherRole {
        /// The dialect that fits.
        dialect: &'d Dialect,
    },
    /// No dialect fits, but the header has at least half of the required columns of one.
    NearMiss(NearMiss<'d>),
    /// No dialect comes near.
    Unknown,
}

/// The dialect nearest to a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// Required columns in the header, by their header names.
    pub found: Vec<String>,
    /// Required columns that the header lacks.
    pub missing: Vec<MissingColumn>,
    /// Forbidden names in the header.
    pub forbidden: Vec<String>,
}

/// A required column that a header lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The accepted names, most preferred first.
    pub any_of: Vec<String>,
    /// The header name with the most similar spelling. **Absent**: no name is similar.
    pub nearest: Option<String>,
}

/// Finds the dialect that fits a header, among the user's first, then among the built-in ones. `role` restricts them to one role.
pub fn recognise<'d>(
    header: &[String],
    user: &'d [Dialect],
    builtin: &'d [Dialect],
    role: Option<Role>,
) -> Recognition<'d> {
    let header = HeaderNames::new(header);
    if header.is_own_output() {
        return Recognition::OwnOutput;
    }
    let mut of_other_role = None;
    for dialects in [user, builtin] {
        let fits: Vec<&Dialect> = dialects.iter().filter(|d| header.fits(d)).collect();
        let of_role: Vec<&Dialect> =
            fits.iter().copied().filter(|d| role.is_none_or(|role| d.role == role)).collect();
        of_other_role = of_other_role.or(fits.first().copied());
        match of_role[..] {
            [] => {}
            [dialect] => return header.layout(dialect),
            _ => {
                return Recognition::Ambiguous { dialects: of_role.iter().map(|d| d.name.clone()).collect() };
            }
        }
    }
    if let Some(dialect) = of_other_role {
        return Recognition::OtherRole { dialect };
    }
    let candidates = user.iter().chain(builtin).filter(|d| role.is_none_or(|role| d.role == role));
    header.nearest(candidates).map_or(Recognition::Unknown, Recognition::NearMiss)
}

/// All of `dialects` that fit a header, in order.
pub fn fitting<'d>(header: &[String], dialects: &'d [Dialect]) -> Vec<&'d Dialect> {
    let header = HeaderNames::new(header);
    dialects.iter().filter(|d| header.fits(d)).collect()
}

/// The message for users on a header without a layout. `None` if the header has one, or is our own output.
pub fn explain(recognition: &Recognition<'_>, header: &[String]) -> Option<String> {
    match recognition {
        Recognition::Fits(_) | Recognition::OwnOutput => None,
        Recognition::Ambiguous { dialects } => Some(format!(
            "several dialects fit the header: {}; say the file's role (--consumption, --partners...), or forbid in one of the \
             dialects a column of the other",
            dialects.join(", ")
        )),
        Recognition::DuplicateColumn { dialect, columns } => Some(format!(
            "{} fits, but a column that it reads stands in the header twice: {}; rename or remove one of them",
            dialect.name,
            quoted(columns)
        )),
        Recognition::OtherRole { dialect } => Some(format!(
            "the header is that of {} ({}), whose role is {}; give the file without a role, or with that one",
            dialect.name,
            dialect.title,
            dialect.role.as_str()
        )),
        Recognition::NearMiss(near) => Some(near.message()),
        Recognition::Unknown if header.iter().all(|name| clean(name).is_empty()) => {
            Some("there is no header".to_owned())
        }
        Recognition::Unknown => Some(format!(
            "no dialect fits the header; found: {}; `attain dialects list` names the known ones, --dialect FILE adds one",
            quoted(header)
        )),
    }
}

impl NearMiss<'_> {
    fn message(&self) -> String {
        let mut parts = vec![format!(
            "no dialect fits the header; nearest is {} ({}); found: {}",
            self.dialect.name,
            self.dialect.title,
            quoted(&self.found)
        )];
        if !self.missing.is_empty() {
            let missing: Vec<String> = self.missing.iter().map(MissingColumn::message).collect();
            parts.push(format!("missing: {}", missing.join(", ")));
        }
        if !self.forbidden.is_empty() {
            parts.push(format!("must not be there: {}", quoted(&self.forbidden)));
        }
        parts.push("correct the header, or describe the layout with --dialect FILE".to_owned());
        parts.join("; ")
    }
}

impl MissingColumn {
    fn message(&self) -> String {
        let names: Vec<String> = self.any_of.iter().map(|name| format!("`{name}`")).collect();
        match &self.nearest {
            Some(nearest) => format!("{} (nearest: `{nearest}`)", names.join(" or ")),
            None => names.join(" or "),
        }
    }
}

/// Names between backticks, the first [`NAMES_SHOWN`] of them.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|n| format!("`{}`", shortened(n))).collect();
    match names.len().checked_sub(NAMES_SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A name as a message shows it: cut, and without control characters, since the file may be no table at all.
fn shortened(name: &str) -> String {
    let shown: String =
        clean(name).chars().take(SPELLING_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < clean(name).len() { format!("{shown}...") } else { shown }
}

/// The names of a header, with their compared forms.
struct HeaderNames {
    names: Vec<String>,
    forms: Vec<(String, Option<String>)>,
}

impl HeaderNames {
    fn new(names: &[String]) -> HeaderNames {
        HeaderNames {
            names: names.iter().map(|name| clean(name).to_owned()).collect(),
            forms: names.iter().map(|name| (normalise(name), normalise_localised(name))).collect(),
        }
    }

    fn is_own_output(&self) -> bool {
        let names: Vec<&str> = self.forms.iter().map(|(name, _)| name.as_str()).collect();
        own_columns::is_own_output(&names)
    }

    /// Positions of a normalised name.
    fn places<'h>(&'h self, name: &'h str) -> impl Iterator<Item = usize> + 'h {
        let is_it = move |(plain, localised): &(String, Option<String>)| {
            plain == name || localised.as_deref() == Some(name)
        };
        self.forms.iter().enumerate().filter(move |(_, forms)| is_it(forms)).map(|(at, _)| at)
    }

    /// All positions of a column, by the most preferred of its names that the header has. Empty if the header has none of them.
    fn find(&self, dialect: &Dialect, key: ColumnKey) -> Vec<usize> {
        let names = dialect.columns[key.0].names.iter();
        names
            .map(|n| self.places(&normalise(n)).collect())
            .find(|p: &Vec<usize>| !p.is_empty())
            .unwrap_or_default()
    }

    fn has(&self, dialect: &Dialect, any_of: &[ColumnKey]) -> bool {
        any_of.iter().any(|key| !self.find(dialect, *key).is_empty())
    }

    fn forbidden(&self, dialect: &Dialect) -> Vec<String> {
        let places = dialect.forbidden.iter().flat_map(|name| self.places(name));
        places.map(|at| self.names[at].clone()).collect()
    }

    fn fits(&self, dialect: &Dialect) -> bool {
        dialect.required.iter().all(|any_of| self.has(dialect, any_of)) && self.forbidden(dialect).is_empty()
    }

    fn layout<'d>(&self, dialect: &'d Dialect) -> Recognition<'d> {
        let places: Vec<Vec<usize>> =
            (0..dialect.columns.len()).map(|key| self.find(dialect, ColumnKey(key))).collect();
        let twice: Vec<String> =
            places.iter().filter(|p| p.len() > 1).flatten().map(|at| self.names[*at].clone()).collect();
        if !twice.is_empty() {
            return Recognition::DuplicateColumn { dialect, columns: twice };
        }
        let columns = places.iter().map(|p| p.first().copied()).collect();
        Recognition::Fits(Layout { dialect, columns, header: self.names.clone() })
    }

    /// The dialect with the greatest share of its required columns in the header, if the share is at least half. A forbidden name counts as a
    /// missing column, so that the intended one of two related layouts is named.
    fn nearest<'d>(&self, dialects: impl Iterator<Item = &'d Dialect>) -> Option<NearMiss<'d>> {
        let mut best: Option<(&Dialect, usize, usize)> = None;
        for dialect in dialects {
            let present = dialect.required.iter().filter(|any_of| self.has(dialect, any_of)).count();
            let of = dialect.required.len() + self.forbidden(dialect).len();
            if 2 * present < dialect.required.len() {
                continue;
            }
            let is_nearer = best.is_none_or(|(_, best_present, best_of)| {
                (present * best_of, present) > (best_present * of, best_present)
            });
            if is_nearer {
                best = Some((dialect, present, of));
            }
        }
        best.map(|(dialect, ..)| self.near_miss(dialect))
    }

    fn near_miss<'d>(&self, dialect: &'d Dialect) -> NearMiss<'d> {
        let (present, absent): (Vec<_>, Vec<_>) =
            dialect.required.iter().partition(|any_of| self.has(dialect, any_of));
        let keys = present.into_iter().flatten();
        let found = keys.flat_map(|key| self.find(dialect, *key)).map(|at| self.names[at].clone());
        let missing = absent.into_iter().map(|any_of| {
            let columns = any_of.iter().map(|key| &dialect.columns[key.0]);
            let any_of: Vec<String> = columns.flat_map(|c| c.names.iter().cloned()).collect();
            MissingColumn { nearest: self.nearest_name(dialect, &any_of), any_of }
        });
        NearMiss {
            dialect,
            found: found.collect(),
            missing: missing.collect(),
            forbidden: self.forbidden(dialect),
        }
    }

    /// The unread header name with the smallest edit distance to one of `wanted`, at most a third of the longer name.
    fn nearest_name(&self, dialect: &Dialect, wanted: &[String]) -> Option<String> {
        let read: Vec<usize> =
            (0..dialect.columns.len()).flat_map(|key| self.find(dialect, ColumnKey(key))).collect();
        let free = self.forms.iter().enumerate().filter(|(at, _)| !read.contains(at)).take(SPELLINGS);
        let spellings = free.flat_map(|(at, (plain, localised))| {
            std::iter::once(plain).chain(localised).map(move |spelling| (at, spelling))
        });
        let scored = spellings.flat_map(|(at, spelling)| {
            wanted.iter().filter_map(move |name| {
                let name = normalise(name);
                let length = name.chars().count().max(spelling.chars().count());
                let edits = (length <= SPELLING_CHARS).then(|| edits(spelling, &name))?;
                (3 * edits <= length).then_some((edits, at))
            })
        });
        scored.min().map(|(_, at)| self.names[at].clone())
    }
}

/// Levenshtein distance of two texts, in characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_by_character() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("costinusd", "costinusd"), 0);
        assert_eq!(edits("cost_in_usd", "costinusd"), 2);
        assert_eq!(edits("subscriptoinid", "subscriptionid"), 2);
        assert_eq!(edits("maßeinheit", "masseinheit"), 2);
    }

    #[test]
    fn a_name_in_parentheses_is_read_beside_the_whole_one() {
        assert_eq!(
            normalise_localised("Abonnement-GUID (SubscriptionGuid)").as_deref(),
            Some("subscriptionguid")
        );
        assert_eq!(normalise_localised("(SubscriptionGuid)"), None);
        assert_eq!(normalise_localised("SubscriptionGuid"), None);
        assert_eq!(normalise_localised("Cost ()"), None);
        assert_eq!(normalise("\u{feff} Cost (USD) "), "cost(usd)");
    }
}
