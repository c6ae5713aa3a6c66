//! Recognition: which dialect a file has, told from the names in its header alone. Comes in: names, dialects. Goes out: a
//! [`Layout`] or why there is none. It opens nothing; where a header stands and how it is split is known elsewhere.

use super::{ColumnKey, Dialect, Role, clean, normalise, normalise_localised};
use crate::config::own_columns;

/// Header names that a message shows; the rest is counted.
const NAMES_SHOWN: usize = 12;

/// A longer name is no misspelt one, and costs too much to compare.
const SPELLING_CHARS: usize = 64;

/// Misspelt names are looked for among this many; the widest documented export has 106 columns.
const SPELLINGS: usize = 1000;

/// A dialect that fits a header, with the columns of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// For each column of [`Dialect::columns`], the column of the file that it is read from. **Absent**: the file lacks it.
    pub columns: Vec<Option<usize>>,
    /// The names in the header, in the order of the file, without BOM and surrounding blanks.
    pub header: Vec<String>,
}

impl Layout<'_> {
    /// The name in the header of one of the dialect's columns. **Absent**: the file lacks it.
    pub fn name(&self, column: ColumnKey) -> Option<&str> {
        self.columns.get(column.0).copied().flatten().and_then(|at| self.header.get(at)).map(String::as_str)
    }

    /// Whether the file has one of the dialect's columns.
    pub fn has(&self, column: ColumnKey) -> bool {
        self.columns[column.0].is_some()
    }

    /// A column as people know it: its name in the header, else the dialect's.
    pub fn shown_name(&self, column: ColumnKey) -> String {
        self.name(column).unwrap_or(&self.dialect.columns[column.0].key).to_owned()
    }

    /// The names in the header that are not read, in the order of the file.
    pub fn ignored(&self) -> Vec<&str> {
        let read = |at: &usize| self.columns.contains(&Some(*at));
        self.header.iter().enumerate().filter(|(at, _)| !read(at)).map(|(_, name)| name.as_str()).collect()
    }
}

/// What a header is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition<'d> {
    /// Exactly one dialect fits.
    Fits(Layout<'d>),
    /// The header of our own report, rejects file or credits table.
    OwnOutput,
    /// Several dialects fit.
    Ambiguous {
        /// Their names.
        dialects: Vec<String>,
    },
    /// A dialect fits, but a column that it reads stands in the header twice.
    DuplicateColumn {
        /// The dialect.
        dialect: &'d Dialect,
        /// The names in the header, each place of each.
        columns: Vec<String>,
    },
    /// No dialect of the role that was said fits, but one of another role does.
    OtherRole {
        /// The dialect that fits.
        dialect: &'d Dialect,
    },
    /// No dialect fits, but at least half of what one requires is there.
    NearMiss(NearMiss<'d>),
    /// Nothing that is known.
    Unknown,
}

/// The dialect that a header comes nearest to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// The names in the header that it requires.
    pub found: Vec<String>,
    /// What it requires and the header lacks.
    pub missing: Vec<Missing>,
    /// Names in the header that it must not have.
    pub forbidden: Vec<String>,
}

/// A required column that a header lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The names of which one would do, most preferred first.
    pub any_of: Vec<String>,
    /// The name in the header that is spelt most like one of them. **Absent**: none is like it.
    pub nearest: Option<String>,
}

/// Which of the dialects fits a header: the user's first, then the built-in ones. `role` leaves only those of one role.
pub fn recognise<'d>(
    header: &[String],
    user: &'d [Dialect],
    builtin: &'d [Dialect],
    role: Option<Role>,
) -> Recognition<'d> {
    let header = Header::new(header);
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

/// Every one of `dialects` that fits a header, in order.
pub fn fitting<'d>(header: &[String], dialects: &'d [Dialect]) -> Vec<&'d Dialect> {
    let header = Header::new(header);
    dialects.iter().filter(|d| header.fits(d)).collect()
}

/// Says to people why a header gives no layout. **Absent**: it does, or it is our own output.
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
            let missing: Vec<String> = self.missing.iter().map(Missing::message).collect();
            parts.push(format!("missing: {}", missing.join(", ")));
        }
        if !self.forbidden.is_empty() {
            parts.push(format!("must not be there: {}", quoted(&self.forbidden)));
        }
        parts.push("correct the header, or describe the layout with --dialect FILE".to_owned());
        parts.join("; ")
    }
}

impl Missing {
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

/// A name as a message can show it, also if the file is no table at all.
fn shortened(name: &str) -> String {
    let shown: String =
        clean(name).chars().take(SPELLING_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < clean(name).len() { format!("{shown}...") } else { shown }
}

/// The names of a header, and the forms in which they are compared.
struct Header {
    names: Vec<String>,
    forms: Vec<(String, Option<String>)>,
}

impl Header {
    fn new(names: &[String]) -> Header {
        Header {
            names: names.iter().map(|name| clean(name).to_owned()).collect(),
            forms: names.iter().map(|name| (normalise(name), normalise_localised(name))).collect(),
        }
    }

    fn is_own_output(&self) -> bool {
        let names: Vec<&str> = self.forms.iter().map(|(name, _)| name.as_str()).collect();
        own_columns::is_own_output(&names)
    }

    /// Where a normalised name stands.
    fn places<'h>(&'h self, name: &'h str) -> impl Iterator<Item = usize> + 'h {
        let is_it = move |(plain, localised): &(String, Option<String>)| {
            plain == name || localised.as_deref() == Some(name)
        };
        self.forms.iter().enumerate().filter(move |(_, forms)| is_it(forms)).map(|(at, _)| at)
    }

    /// Where the first name of a column that stands in the header stands: every place of it; empty if there is none.
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

    /// The dialect with the greatest share of its required columns, if that is at least half. What it forbids counts as much as
    /// what it lacks, so that of two related layouts the one that was meant is named.
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
            Missing { nearest: self.nearest_name(dialect, &any_of), any_of }
        });
        NearMiss {
            dialect,
            found: found.collect(),
            missing: missing.collect(),
            forbidden: self.forbidden(dialect),
        }
    }

    /// The name, among those that the dialect does not read already, that needs the fewest edits to be one of `wanted`; at most
    /// a third of its characters.
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

/// How many characters must be put in, left out or replaced to make `a` into `b`.
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
