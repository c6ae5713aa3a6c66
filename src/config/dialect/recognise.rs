//! Recognition: finds the dialect of a file by the names in its header alone. Comes in: names, dialects. Goes out: a [`Layout`], or the reason
//! why there is none. It opens no file; `formats` finds and splits the header.

mod stated;

pub use self::stated::{recognise_stated, stated_fault};
use super::foreign_layouts::foreign_header;
use super::resemblance::most_alike;
use super::spelling::{SPELLING_CHARS, is_documented_for, is_misspelling};
use super::{
    ColumnAbsence, ColumnKey, Dialect, DialectColumn, FolderColumn, ForeignLayout, Layout, Role,
    RowCondition, clean, normalise, normalise_localised,
};
use crate::base::text::edits;
use crate::config::own_columns;

/// Fewest required columns that make a header near to a dialect if it lacks more than one other.
const NEAR_COLUMNS: usize = 3;

/// Names of a missing column that a message tells, if no other column may stand in its place: the documented ones come first.
const NAMES_TOLD: usize = 2;

/// Most names that are compared for misspelling; the widest documented export has 106.
const SPELLINGS: usize = 1000;

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
    /// A dialect fits, but a column that it uses is absent and a name in the header is a misspelling of it.
    Misspelt {
        /// The dialect.
        dialect: &'d Dialect,
        /// The columns.
        columns: Vec<MisspeltColumn>,
    },
    /// No dialect of the requested role fits, but a dialect of another role does.
    OtherRole {
        /// The dialect that fits.
        dialect: &'d Dialect,
    },
    /// No dialect fits, and the header belongs to a documented export that is no input.
    Foreign(&'static ForeignLayout),
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

/// A column that a header has under a misspelt name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisspeltColumn {
    /// The documented name.
    pub name: String,
    /// The name in the header.
    pub written: String,
}

/// A required column that a header lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The accepted names, most preferred first.
    pub any_of: Vec<String>,
    /// The names that a message tells.
    pub told: Vec<String>,
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
    recognise_in_folders(header, &[], user, builtin, role)
}

/// [`recognise`] for a file below folders whose names hold columns. Of a column that the file has too, the file's own is read.
pub fn recognise_in_folders<'d>(
    header: &[String],
    folder_columns: &[FolderColumn],
    user: &'d [Dialect],
    builtin: &'d [Dialect],
    role: Option<Role>,
) -> Recognition<'d> {
    let header = HeaderNames::new(header, folder_columns);
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
    if let Some(layout) = header.foreign_layout() {
        return Recognition::Foreign(layout);
    }
    let candidates = user.iter().chain(builtin).filter(|d| role.is_none_or(|role| d.role == role));
    header.nearest(candidates).map_or(Recognition::Unknown, Recognition::NearMiss)
}

impl Dialect {
    /// The columns that a header name names, each with the place of the name among the names of the column, the preferred one first.
    pub fn columns_named(&self, name: &str) -> Vec<(ColumnKey, usize)> {
        let header = HeaderNames::new(&[name.to_owned()], &[]);
        let place = |column: &DialectColumn| {
            column.compared.iter().position(|compared| header.places(compared).next().is_some())
        };
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(at, column)| Some((ColumnKey(at), place(column)?))).collect()
    }
}

/// All of `dialects` that fit a header, in order.
pub fn fitting<'d>(header: &[String], dialects: &'d [Dialect]) -> Vec<&'d Dialect> {
    let header = HeaderNames::new(header, &[]);
    dialects.iter().filter(|d| header.fits(d)).collect()
}

/// The names of a header, then those in the names of folders, with their compared forms.
struct HeaderNames<'f> {
    names: Vec<String>,
    forms: Vec<(String, Option<String>)>,
    /// How many names the file itself has.
    in_file: usize,
    folder_columns: &'f [FolderColumn],
}

impl<'f> HeaderNames<'f> {
    fn new(names: &[String], folder_columns: &'f [FolderColumn]) -> HeaderNames<'f> {
        let all = || names.iter().chain(folder_columns.iter().map(|column| &column.name));
        HeaderNames {
            names: all().map(|name| clean(name).to_owned()).collect(),
            forms: all().map(|name| (normalise(name), normalise_localised(name))).collect(),
            in_file: names.len(),
            folder_columns,
        }
    }

    fn is_own_output(&self) -> bool {
        let names: Vec<&str> = self.forms[..self.in_file].iter().map(|(name, _)| name.as_str()).collect();
        own_columns::is_own_output(&names)
    }

    fn foreign_layout(&self) -> Option<&'static ForeignLayout> {
        let names: Vec<&str> = self.forms.iter().map(|(name, _)| name.as_str()).collect();
        foreign_header(&names)
    }

    /// Positions of a normalised name.
    fn places<'h>(&'h self, name: &'h str) -> impl Iterator<Item = usize> + 'h {
        let is_it = move |(plain, localised): &(String, Option<String>)| {
            plain == name || localised.as_deref() == Some(name)
        };
        self.forms.iter().enumerate().filter(move |(_, forms)| is_it(forms)).map(|(at, _)| at)
    }

    /// All positions of a column, by the most preferred of its names that the file has, else of those that a folder has. Empty if there is
    /// none of them.
    fn find(&self, dialect: &Dialect, key: ColumnKey) -> Vec<usize> {
        let of = |is_wanted: &dyn Fn(&usize) -> bool| {
            let names = dialect.columns[key.0].compared.iter();
            let places = names.map(|name| self.places(name).filter(is_wanted).collect());
            places.into_iter().find(|p: &Vec<usize>| !p.is_empty()).unwrap_or_default()
        };
        let in_file = of(&|at| *at < self.in_file);
        if in_file.is_empty() && self.in_file < self.names.len() { of(&|_| true) } else { in_file }
    }

    fn has(&self, dialect: &Dialect, any_of: &[ColumnKey]) -> bool {
        any_of.iter().any(|key| !self.find(dialect, *key).is_empty())
    }

    fn has_any(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.places(name).next().is_some())
    }

    /// The sets of columns that tell how near the header is to a dialect: those that it requires, and those that decide whether a row is
    /// consumption, unless the header may lack them.
    fn expected<'d>(&self, dialect: &'d Dialect) -> Vec<&'d [ColumnKey]> {
        let decides = |condition: &&RowCondition| {
            let may_be_absent = match &condition.absence {
                ColumnAbsence::Never => false,
                ColumnAbsence::With(names) => self.has_any(names),
                ColumnAbsence::Without(names) => !self.has_any(names),
                ColumnAbsence::Always => true,
            };
            !may_be_absent || !self.find(dialect, condition.column).is_empty()
        };
        let deciding = dialect.conditions().iter().filter(decides);
        let deciding = deciding.map(|condition| std::slice::from_ref(&condition.column));
        dialect.required.iter().map(Vec::as_slice).chain(deciding).collect()
    }

    /// Names in the header that a dialect forbids.
    fn forbidden(&self, dialect: &Dialect) -> Vec<String> {
        let unless = dialect.forbidden_unless.iter().filter(|unless| !self.has_any(&unless.beside));
        let names = dialect.forbidden.iter().chain(unless.flat_map(|unless| &unless.names));
        let places = names.flat_map(|name| self.places(name));
        places.map(|at| self.names[at].clone()).collect()
    }

    fn fits(&self, dialect: &Dialect) -> bool {
        dialect.required.iter().all(|any_of| self.has(dialect, any_of)) && self.forbidden(dialect).is_empty()
    }

    fn layout<'d>(&self, dialect: &'d Dialect) -> Recognition<'d> {
        let places = (0..dialect.columns.len()).map(|key| self.find(dialect, ColumnKey(key)));
        let mut places: Vec<Vec<usize>> = places.collect();
        for (key, places) in places.iter_mut().enumerate() {
            if places.len() > 1 && dialect.is_for_warnings(ColumnKey(key)) {
                places.clear();
            }
        }
        let twice: Vec<String> =
            places.iter().filter(|p| p.len() > 1).flatten().map(|at| self.names[*at].clone()).collect();
        if !twice.is_empty() {
            return Recognition::DuplicateColumn { dialect, columns: twice };
        }
        let misspelt = self.misspelt(dialect, &places);
        if !misspelt.is_empty() {
            return Recognition::Misspelt { dialect, columns: misspelt };
        }
        let mut in_folders: Vec<Option<usize>> =
            places.iter().map(|p| p.first()?.checked_sub(self.in_file)).collect();
        // Where one of several columns is enough, columns of the file come before columns of folders.
        for any_of in &dialect.required {
            if any_of.iter().any(|key| places[key.0].first().is_some_and(|at| *at < self.in_file)) {
                any_of.iter().for_each(|key| in_folders[key.0] = None);
            }
        }
        Recognition::Fits(Layout {
            dialect,
            columns: places.iter().map(|p| p.first().copied().filter(|at| *at < self.in_file)).collect(),
            header: self.names[..self.in_file].to_vec(),
            folder_columns: self.folder_columns.to_vec(),
            in_folders,
            on_demand: Vec::new(),
        })
    }

    /// The columns of a dialect that the header lacks, and has under a misspelt name. `places`: the positions of each column.
    fn misspelt(&self, dialect: &Dialect, places: &[Vec<usize>]) -> Vec<MisspeltColumn> {
        let read: Vec<usize> = places.iter().flatten().copied().collect();
        let keys = (0..dialect.columns.len()).map(ColumnKey);
        let absent = keys.filter(|key| places[key.0].is_empty() && !dialect.is_for_warnings(*key));
        absent
            .filter_map(|key| {
                let column = &dialect.columns[key.0];
                let (name, at) = self.misspelling(column, &read)?;
                Some(MisspeltColumn { name: name.to_owned(), written: self.names[at].clone() })
            })
            .collect()
    }

    /// The first name of a column that the header has misspelt, and the position of the misspelt name. Positions in `read` are left out.
    fn misspelling<'d>(&self, column: &'d DialectColumn, read: &[usize]) -> Option<(&'d str, usize)> {
        let free = self.forms.iter().enumerate().filter(|(at, _)| !read.contains(at)).take(SPELLINGS);
        let free: Vec<(usize, &str)> = free.map(|(at, (plain, _))| (at, plain.as_str())).collect();
        column.names.iter().zip(&column.compared).find_map(|(name, compared)| {
            let (at, _) = free.iter().find(|(_, written)| is_misspelling(written, compared))?;
            Some((name.as_str(), *at))
        })
    }

    /// Whether a header is near a dialect (SPEC 4): it has at least three and at least half of the required columns, or all but one, which
    /// it has under a misspelt name.
    fn is_near(&self, dialect: &Dialect) -> bool {
        let (present, absent): (Vec<_>, Vec<_>) =
            self.expected(dialect).into_iter().partition(|any_of| self.has(dialect, any_of));
        match &absent[..] {
            // Roles of two columns have names that stand in many exports: a forbidden name tells those.
            [] => present.len() >= NEAR_COLUMNS || self.forbidden(dialect).is_empty(),
            [any_of] if self.has_misspelt(dialect, any_of) => true,
            _ => present.len() >= NEAR_COLUMNS && present.len() >= absent.len(),
        }
    }

    /// Whether the header has one of some columns that it lacks under a misspelt name.
    fn has_misspelt(&self, dialect: &Dialect, any_of: &[ColumnKey]) -> bool {
        let read = self.read(dialect);
        any_of.iter().any(|key| self.misspelling(&dialect.columns[key.0], &read).is_some())
    }

    /// The positions of all names that a dialect reads.
    fn read(&self, dialect: &Dialect) -> Vec<usize> {
        (0..dialect.columns.len()).flat_map(|key| self.find(dialect, ColumnKey(key))).collect()
    }

    /// The dialect whose documented headers the header is most like; else the near one with the greatest share of its required columns present,
    /// a forbidden name being a missing column.
    fn nearest<'d>(&self, dialects: impl Iterator<Item = &'d Dialect> + Clone) -> Option<NearMiss<'d>> {
        if let Some(dialect) = most_alike(self.forms.iter().map(|(plain, _)| plain), dialects.clone()) {
            return Some(self.near_miss(dialect));
        }
        let mut best: Option<(&Dialect, usize, usize)> = None;
        for dialect in dialects {
            let expected = self.expected(dialect);
            let present = expected.iter().filter(|any_of| self.has(dialect, any_of)).count();
            let of = expected.len() + self.forbidden(dialect).len();
            if !self.is_near(dialect) {
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
            self.expected(dialect).into_iter().partition(|any_of| self.has(dialect, any_of));
        let keys = present.into_iter().flatten();
        let found = keys.flat_map(|key| self.find(dialect, *key)).map(|at| self.names[at].clone());
        let missing = absent.into_iter().map(|any_of| {
            let columns = any_of.iter().map(|key| &dialect.columns[key.0]);
            let of_each = if any_of.len() == 1 { NAMES_TOLD } else { 1 };
            let told = columns.clone().flat_map(|c| c.names.iter().take(of_each).cloned()).collect();
            let any_of: Vec<String> = columns.flat_map(|c| c.names.iter().cloned()).collect();
            MissingColumn { nearest: self.nearest_name(dialect, &any_of), any_of, told }
        });
        NearMiss {
            dialect,
            found: found.collect(),
            missing: missing.collect(),
            forbidden: self.forbidden(dialect),
        }
    }

    /// The unread header name with the smallest edit distance to one of `wanted`, at most a third of the longer name. A name that a header of
    /// the dialect is documented to have is another column's (`HostProviderName` is no `ProviderName`).
    fn nearest_name(&self, dialect: &Dialect, wanted: &[String]) -> Option<String> {
        let read = self.read(dialect);
        let is_free = |(at, (plain, _)): &(usize, &(String, Option<String>))| {
            !read.contains(at) && !is_documented_for(dialect, plain)
        };
        let free = self.forms.iter().enumerate().filter(is_free).take(SPELLINGS);
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

#[cfg(test)]
mod tests;
