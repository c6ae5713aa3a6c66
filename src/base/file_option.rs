//! An option that may be said for all inputs, and for one file again. Comes in: values, with the path of a file or without. Goes out: the value
//! that holds for an input. It opens no file, and does not know what the values mean.

/// The values of one option: at most one for all inputs, at most one for each path, and at most one for each source of a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOption<T> {
    of_all: Option<T>,
    of_files: Vec<(String, T)>,
    of_sources: Vec<SourceValue<T>>,
}

/// The value for the files of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceValue<T> {
    /// Names of files, and of folders and archives whose files are of the source.
    paths: Vec<String>,
    /// **Absent**: the source leaves the option to the value for all inputs.
    value: Option<T>,
}

/// An option that was given twice for the same inputs, with different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValuesDisagree;

impl<T> Default for FileOption<T> {
    fn default() -> FileOption<T> {
        FileOption { of_all: None, of_files: Vec::new(), of_sources: Vec::new() }
    }
}

impl<T: PartialEq> FileOption<T> {
    /// An option that is given once, for all inputs. Without one, the option is not given.
    pub fn for_all(value: Option<T>) -> FileOption<T> {
        FileOption { of_all: value, of_files: Vec::new(), of_sources: Vec::new() }
    }

    /// Adds a value: for the inputs whose names end in `path`, or for all inputs without a path.
    ///
    /// # Errors
    /// The option has another value already, for the same path.
    pub fn add(&mut self, value: T, path: Option<&str>) -> Result<(), ValuesDisagree> {
        let Some(path) = path else {
            if self.of_all.as_ref().is_some_and(|other| *other != value) {
                return Err(ValuesDisagree);
            }
            self.of_all = Some(value);
            return Ok(());
        };
        let path = normal(path);
        match self.of_files.iter().find(|(other, _)| *other == path) {
            Some((_, other)) if *other == value => {}
            Some(_) => return Err(ValuesDisagree),
            None => self.of_files.push((path, value)),
        }
        Ok(())
    }

    /// Adds the next source: the value for its files, or that it has none. Of several sources that a file is of, the first decides.
    pub fn add_source(&mut self, paths: &[String], value: Option<T>) {
        self.of_sources.push(SourceValue { paths: paths.iter().map(|path| normal(path)).collect(), value });
    }

    /// Whether the option is not given.
    pub fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    /// The values: the one for all inputs, then the values for files, then the values of sources, as they were given.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let of_sources = self.of_sources.iter().filter_map(|source| source.value.as_ref());
        self.of_all.iter().chain(self.of_files.iter().map(|(_, value)| value)).chain(of_sources)
    }

    /// The value for all inputs. `None` if none is given.
    pub fn of_all(&self) -> Option<&T> {
        self.of_all.as_ref()
    }

    /// The value for the input of this name, as shown to users: the one that is given for its file, else the one of its source, else the one for all
    /// inputs. `None` if none is given.
    pub fn of(&self, file: &str) -> Option<&T> {
        self.of_file_or_source(file).or(self.of_all.as_ref())
    }

    /// The value that is given for the file of this name, else the one of its source. `None` if none is given.
    pub fn of_file_or_source(&self, file: &str) -> Option<&T> {
        self.of_file(file).or_else(|| self.of_source(file))
    }

    /// The value of the source of this file. `None` if the file is of no source, or its source has no value.
    pub fn of_source(&self, file: &str) -> Option<&T> {
        if self.of_sources.is_empty() {
            return None;
        }
        let file = normal(file);
        let is_of = |source: &&SourceValue<T>| source.paths.iter().any(|path| is_within(&file, path));
        self.of_sources.iter().find(is_of)?.value.as_ref()
    }

    /// The values of sources that hold none of these files, each with the number of its source.
    pub fn unused_of_sources(&self, files: &[&str]) -> Vec<(usize, &T)> {
        let files: Vec<String> = files.iter().map(|file| normal(file)).collect();
        let is_used =
            |paths: &[String]| paths.iter().any(|path| files.iter().any(|file| is_within(file, path)));
        let of_sources = self.of_sources.iter().enumerate().filter(|(_, source)| !is_used(&source.paths));
        of_sources.filter_map(|(number, source)| Some((number, source.value.as_ref()?))).collect()
    }

    /// The value that is given for the file of this name alone: by the longest path that the name is equal to or ends in. `None` if none is given.
    pub fn of_file(&self, file: &str) -> Option<&T> {
        if self.of_files.is_empty() {
            return None;
        }
        let file = normal(file);
        let fits = self.of_files.iter().filter(|(path, _)| ends_in(&file, path));
        fits.max_by_key(|(path, _)| path.len()).map(|(_, value)| value)
    }

    /// The paths for which a value is given and that are the end of none of these names, with the value.
    pub fn unused<'o>(&'o self, files: &[&str]) -> Vec<(&'o str, &'o T)> {
        let files: Vec<String> = files.iter().map(|file| normal(file)).collect();
        let is_unused = |path: &str| !files.iter().any(|file| ends_in(file, path));
        self.of_files
            .iter()
            .filter(|(path, _)| is_unused(path))
            .map(|(path, value)| (path.as_str(), value))
            .collect()
    }
}

/// A path with `/` between its parts, and without `./` in front.
fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.strip_prefix("./").map_or(path.clone(), str::to_owned)
}

/// Whether a name is a path, or of a file below it.
pub(crate) fn is_within(file: &str, path: &str) -> bool {
    let (file, path) = (normal(file), normal(path));
    let path = path.trim_end_matches('/');
    match path {
        "" => file.starts_with('/'),
        "." => !file.starts_with('/') && !file.starts_with("../"),
        path => file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// Whether a name is a path, or ends in it behind a `/`.
fn ends_in(file: &str, path: &str) -> bool {
    file.strip_suffix(path)
        .is_some_and(|before| before.is_empty() || (before.ends_with('/') && !path.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(values: &[(&'static str, Option<&str>)]) -> FileOption<&'static str> {
        let mut option = FileOption::default();
        values.iter().for_each(|(value, path)| option.add(*value, *path).unwrap());
        option
    }

    #[test]
    fn a_value_for_a_file_beats_the_one_for_all() {
        let option = option(&[("EUR", None), ("CNY", Some("jan.csv"))]);
        assert_eq!(option.of("in/feb.csv"), Some(&"EUR"));
        assert_eq!(option.of("in/jan.csv"), Some(&"CNY"));
        assert_eq!(option.of("jan.csv"), Some(&"CNY"));
        assert_eq!(option.of_file("in/feb.csv"), None);
        assert_eq!(FileOption::<&str>::default().of("jan.csv"), None);
    }

    #[test]
    fn a_path_is_the_whole_name_or_its_end_between_slashes() {
        let option = option(&[("CNY", Some("./a/jan.csv"))]);
        for file in ["a/jan.csv", "./a/jan.csv", "in/a/jan.csv", r"in\a\jan.csv"] {
            assert_eq!(option.of(file), Some(&"CNY"), "{file}");
        }
        for file in ["jan.csv", "ba/jan.csv", "a/jan.csv.gz"] {
            assert_eq!(option.of(file), None, "{file}");
        }
        assert_eq!(option.unused(&["jan.csv"]), [("a/jan.csv", &"CNY")]);
        assert_eq!(option.unused(&["jan.csv", "b/a/jan.csv"]), []);
    }

    #[test]
    fn of_two_paths_the_longer_decides() {
        let option = option(&[("CNY", Some("a/jan.csv")), ("EUR", Some("jan.csv"))]);
        assert_eq!(option.of("a/jan.csv"), Some(&"CNY"));
        assert_eq!(option.of("b/jan.csv"), Some(&"EUR"));
    }

    #[test]
    fn a_source_says_what_holds_for_its_files_unless_one_is_named() {
        let mut option = option(&[("EUR", None), ("CNY", Some("jan.csv"))]);
        option.add_source(&["./in/a".to_owned()], Some("GBP"));
        option.add_source(&["in/plain".to_owned()], None);
        option.add_source(&["in".to_owned()], Some("CHF"));
        assert_eq!(option.of("in/a/feb.csv"), Some(&"GBP"));
        assert_eq!(option.of("in/a/june.zip/feb.csv"), Some(&"GBP"));
        assert_eq!(option.of("in/a/jan.csv"), Some(&"CNY"));
        assert_eq!(option.of("in/ab/feb.csv"), Some(&"CHF"));
        assert_eq!(option.of("in/plain/feb.csv"), Some(&"EUR"));
        assert_eq!(option.of("elsewhere.csv"), Some(&"EUR"));
        assert_eq!(option.of_file("in/a/feb.csv"), None);
        assert_eq!(option.unused_of_sources(&["in/a/feb.csv"]), []);
        assert_eq!(option.unused_of_sources(&["in/b.csv"]), [(0, &"GBP")]);
    }

    #[test]
    fn a_folder_holds_the_files_below_it() {
        for (file, path, expected) in [
            ("./a.csv", ".", true),
            ("a/b.csv", ".", true),
            ("../a.csv", ".", false),
            ("/a.csv", ".", false),
            ("a/b.csv", "a/", true),
            ("ab.csv", "a", false),
            ("/a.csv", "/", true),
        ] {
            assert_eq!(is_within(file, path), expected, "{file} in {path}");
        }
    }

    #[test]
    fn two_values_for_the_same_inputs_are_a_fault() {
        let mut option = option(&[("EUR", None), ("CNY", Some("jan.csv"))]);
        assert_eq!(option.add("EUR", None), Ok(()));
        assert_eq!(option.add("USD", None), Err(ValuesDisagree));
        assert_eq!(option.add("CNY", Some("./jan.csv")), Ok(()));
        assert_eq!(option.add("USD", Some("jan.csv")), Err(ValuesDisagree));
    }
}
