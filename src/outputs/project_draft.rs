//! The project file that `attain init` writes: sources by role with what was seen, outputs and gates with an explanation each. Comes in: the files of a
//! folder. Goes out: TOML. It opens no file.

use std::collections::{BTreeMap, BTreeSet};

use super::DialectDraft;
use crate::base::text::list_some;
use crate::config::dialect::Role;
use crate::config::toml_text::{toml_list, toml_string};
use crate::diagnostics::warning::{DefaultDenial, WarningCode};

/// Files of a source whose look a comment tells.
const FILES_SHOWN: usize = 12;
/// Digits of a name that are a date or a number of a run, and change from export to export.
const DATED_DIGITS: usize = 4;

/// A file that a dialect fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedFile {
    /// The name, seen from the folder; of a file in an archive, of the archive.
    pub file: String,
    /// **Absent**: no workbook.
    pub sheet: Option<String>,
    /// The role of the dialect.
    pub role: Role,
    /// The name of the dialect.
    pub dialect: String,
    /// How it writes numbers and days, and its currencies, for people.
    pub seen: Vec<String>,
    /// Keys of its source without which it cannot be read.
    pub lacks: Vec<LackingKey>,
}

/// A key of a source that a user must state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LackingKey {
    /// The TOML, with a value as an example.
    pub line: &'static str,
    /// Why, for people.
    pub why: String,
}

/// A file that no dialect fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadFile {
    /// The name, seen from the folder.
    pub file: String,
    /// Why it is not read, for people.
    pub reason: String,
    /// **Absent**: its header could not be read.
    pub draft: Option<DialectDraft>,
}

/// The text of a project file for a folder.
pub(crate) fn project_draft(files: &[SurveyedFile], unread: &[UnreadFile], faults: &[String]) -> String {
    let mut text = HEAD.to_owned();
    text += &gates(files);
    for fault in faults {
        text += &comment(&format!("Not read: {fault}"));
    }
    if !faults.is_empty() {
        text.push('\n');
    }
    text += "# Sources. Of several that have a file, the first decides what holds for it.\n\n";
    unread.iter().for_each(|file| text += &of_unread(file));
    files.iter().filter(|file| !file.lacks.is_empty()).for_each(|file| text += &of_lacking(file));
    let mut folder = FolderNode::default();
    files.iter().for_each(|file| folder.add(&file.file, file.role));
    let mut paths: BTreeMap<Option<Role>, Vec<String>> = BTreeMap::new();
    folder.cover("", &mut paths);
    let is_whole = paths.values().flatten().any(|path| path == ".");
    for (role, paths) in &paths {
        text += &of_role(*role, paths, files);
    }
    if !is_whole {
        text += "# Everything else in the folder: what is recognised is read, and what looks like data and is not makes the run incomplete, so that\n\
                 # no new file is overlooked.\n[[source]]\npaths = [\".\"]\n";
    }
    text
}

const HEAD: &str = "\
# The project file of this folder, by `attain init`. `attain run` writes the report that it asks for; `attain config show` prints every value that
# holds. Keys are the long options of `attain run --help`, with `_` for `-`. The command line goes before it: `attain run --as-of 2017-07-07`.

# The day for which partners are judged: \"today\" is the day in UTC on which the program runs; or a date such as \"2017-07-07\".
as_of = \"today\"

# The rule set: a name, a name@version, or the path of a file. `attain rules list` names them.
rules = \"cloud-platform\"

# Where the report goes; {as_of} is the day. Beside it appear .rejects.csv, the refused rows, and .run.json, the summary of the run.
output = \"report-{as_of}.csv\"
# What became of each credit, the figures behind the report:
# ledger = \"ledger-{as_of}.csv\"

";

fn gates(files: &[SurveyedFile]) -> String {
    let denied = WarningCode::ALL.iter().filter(|code| code.default_denial() == DefaultDenial::Denied);
    let denied: Vec<&str> = denied.map(|code| code.as_str()).collect();
    let roles: BTreeSet<&str> = files.iter().map(|file| required(file.role).as_str()).collect();
    format!(
        "# Gates: when a run is not good enough to be used.\n\
         # Refused rows that are tolerated, a number or a share such as \"0.5%\"; more end with exit code 3.\nmax_rejects = 0\n\
         # Warnings that make the run incomplete, exit code 4. By default: {}.\n\
         # More of them here; docs/CODES.md says what each means.\ndeny = []\n\
         # Warnings that leave the run complete, though they are denied by default.\nallow = []\n\
         # Roles without whose rows there is no report, exit code 1: the roles seen in the folder.\nrequire = {}\n\
         # Two snapshots of one kind tell of the same consumption: auto, newest, sum or error.\non_overlap = \"auto\"\n\
         # Which kind of data counts where two tell of one subscription in one month, the first first:\n# prefer = [\"cost-actual\"]\n\n",
        denied.join(", "),
        toml_list(roles)
    )
}

/// The role whose rows a file has: a credits table has rows of consumption.
fn required(role: Role) -> Role {
    if role == Role::Credits { Role::Consumption } else { role }
}

/// A text as lines of a comment.
fn comment(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}

fn of_unread(file: &UnreadFile) -> String {
    let mut text = comment(&format!("{}: {}", file.file, file.reason));
    let Some(draft) = &file.draft else { return text + "\n" };
    let name = format!("{}.dialect.toml", draft.name);
    let lines = format!(
        "[[source]]\npaths = {}\ndialect = {}\n",
        toml_list([file.file.as_str()]),
        toml_string(&name)
    );
    text += &comment(&format!("{name} is a draft of its dialect: {}.", draft.to_do()));
    match draft.marks {
        0 => text + &lines + "\n",
        _ => text + "# Once it is complete, take the signs of comment away:\n" + &comment(&lines) + "\n",
    }
}

fn of_lacking(file: &SurveyedFile) -> String {
    let mut text = String::new();
    for lack in &file.lacks {
        text += &comment(&format!("{}: {}", file.file, lack.why));
    }
    text += &format!(
        "[[source]]\nrole = \"{}\"\npaths = {}\n",
        file.role.as_str(),
        toml_list([file.file.as_str()])
    );
    for lack in &file.lacks {
        text += &format!("# FILL IN: {}\n", lack.line);
    }
    text + "\n"
}

fn of_role(role: Option<Role>, paths: &[String], files: &[SurveyedFile]) -> String {
    let is_of = |file: &&SurveyedFile| {
        role.is_none_or(|role| file.role == role) && (role.is_some() || paths.contains(&file.file))
    };
    let mut text = String::new();
    let of_role: Vec<&SurveyedFile> = files.iter().filter(is_of).collect();
    for file in of_role.iter().take(FILES_SHOWN) {
        let sheet = file.sheet.as_ref().map_or(String::new(), |sheet| format!("[{sheet}]"));
        let role = if role.is_none() { format!("{}, ", file.role.as_str()) } else { String::new() };
        let seen: String = file.seen.iter().map(|seen| format!(", {seen}")).collect();
        text += &comment(&format!("{}{sheet}: {role}{}{seen}", file.file, file.dialect));
    }
    if let Some(more) = of_role.len().checked_sub(FILES_SHOWN).filter(|more| *more > 0) {
        text += &comment(&format!("{more} more"));
    }
    let role = role.map_or(String::new(), |role| format!("role = \"{}\"\n", role.as_str()));
    text + &format!("[[source]]\n{role}paths = {}\n\n", toml_list(paths.iter().map(String::as_str)))
}

/// A folder with the roles of its files.
#[derive(Debug, Clone, Default)]
struct FolderNode {
    files: BTreeMap<String, BTreeSet<Role>>,
    folders: BTreeMap<String, FolderNode>,
}

impl FolderNode {
    fn add(&mut self, path: &str, role: Role) {
        match path.split_once('/') {
            Some((folder, rest)) => self.folders.entry(folder.to_owned()).or_default().add(rest, role),
            None => {
                self.files.entry(path.to_owned()).or_default().insert(role);
            }
        }
    }

    fn roles(&self) -> BTreeSet<Role> {
        self.files
            .values()
            .flatten()
            .copied()
            .chain(self.folders.values().flat_map(FolderNode::roles))
            .collect()
    }

    /// Adds the paths of the files below, by role: a folder whose files have one role is one path. `at`: the path of the folder, with `/` behind.
    fn cover(&self, at: &str, paths: &mut BTreeMap<Option<Role>, Vec<String>>) {
        let roles: Vec<Role> = self.roles().into_iter().collect();
        if let [role] = roles[..] {
            let path = if at.is_empty() { "." } else { at.trim_end_matches('/') };
            paths.entry(Some(role)).or_default().push(path.to_owned());
            return;
        }
        for (name, folder) in &self.folders {
            folder.cover(&format!("{at}{name}/"), paths);
        }
        for (name, roles) in &self.files {
            let roles: Vec<Role> = roles.iter().copied().collect();
            let (role, path) = match roles[..] {
                [role] => (Some(role), self.pattern(name, role).unwrap_or_else(|| name.clone())),
                _ => (None, name.clone()),
            };
            let path = format!("{at}{path}");
            let of_role = paths.entry(role).or_default();
            if !of_role.contains(&path) {
                of_role.push(path);
            }
        }
    }

    /// The pattern of names that differ from a dated name in their dates, if all files of that pattern have its role. `None` if the name is not dated.
    fn pattern(&self, name: &str, role: Role) -> Option<String> {
        let pattern = dated_pattern(name)?;
        let of_pattern =
            self.files.iter().filter(|(other, _)| dated_pattern(other).as_ref() == Some(&pattern));
        let is_of_role = of_pattern.into_iter().all(|(_, roles)| roles.len() == 1 && roles.contains(&role));
        is_of_role.then_some(pattern)
    }
}

/// A name with `*` in place of its dates and long numbers. `None` if it has none, or signs of a pattern of its own.
fn dated_pattern(name: &str) -> Option<String> {
    if name.contains(['*', '?', '[', ']', '{', '}']) {
        return None;
    }
    let (mut pattern, mut number) = (String::new(), String::new());
    let mut is_dated = false;
    for c in name.chars().chain(['\0']) {
        let goes_on = c.is_ascii_digit() || (!number.is_empty() && matches!(c, '-' | '_' | '.'));
        if goes_on {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            let digits = number.trim_end_matches(['-', '_', '.']);
            let behind = &number[digits.len()..];
            if digits.chars().filter(char::is_ascii_digit).count() >= DATED_DIGITS {
                is_dated = true;
                pattern += &format!("*{behind}");
            } else {
                pattern += &number;
            }
            number.clear();
        }
        if c != '\0' {
            pattern.push(c);
        }
    }
    is_dated.then_some(pattern)
}

/// What `attain init` tells people that it has written.
pub(crate) fn draft_for_people(
    project: &str,
    files: &[SurveyedFile],
    unread: &[UnreadFile],
    faults: &[String],
) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    files.iter().for_each(|file| *counts.entry(file.role.as_str()).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(role, count)| format!("{role} {count}")).collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let what = if files.len() == 1 { "file" } else { "files" };
    let counts = list_some(&counts, counts.len().max(1));
    let mut text = format!("{project}: written, for {} {what}: {counts}\n", files.len());
    for file in files.iter().filter(|file| !file.lacks.is_empty()) {
        let lines: Vec<&str> = file.lacks.iter().map(|lack| lack.line).collect();
        text += &format!("{}: complete its [[source]]: {}\n", file.file, lines.join(", "));
    }
    for file in unread {
        text += &match &file.draft {
            Some(draft) => format!(
                "{}: no dialect reads it; {}.dialect.toml is a draft of one: {}\n",
                file.file,
                draft.name,
                draft.to_do()
            ),
            None => format!("{}: {}\n", file.file, file.reason),
        };
    }
    faults.iter().for_each(|fault| text += &format!("{fault}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_long_numbers_of_a_name_become_a_pattern() {
        for (name, pattern) in [
            ("cost-2026-09.csv", Some("cost-*.csv")),
            ("usage_202609_part1.csv.gz", Some("usage_*_part1.csv.gz")),
            ("2026.09.30-export.csv", Some("*-export.csv")),
            ("june-1.csv", None),
            ("part-001.csv", None),
            ("a[2026].csv", None),
            ("20260930.csv", Some("*.csv")),
        ] {
            assert_eq!(dated_pattern(name).as_deref(), pattern, "{name}");
        }
    }

    #[test]
    fn a_folder_of_one_role_is_one_path_and_dated_files_are_a_pattern() {
        let mut folder = FolderNode::default();
        for (file, role) in [
            ("a/b/jan.csv", Role::Consumption),
            ("a/c/feb.csv", Role::Consumption),
            ("cost-2026-08.csv", Role::Consumption),
            ("cost-2026-09.csv", Role::Consumption),
            ("list-2026-08.csv", Role::Partners),
            ("list-2026-09.csv", Role::Credentials),
            ("both.xlsx", Role::Partners),
            ("both.xlsx", Role::Credentials),
        ] {
            folder.add(file, role);
        }
        let mut paths = BTreeMap::new();
        folder.cover("", &mut paths);
        assert_eq!(paths[&Some(Role::Consumption)], ["a", "cost-*.csv"]);
        assert_eq!(paths[&Some(Role::Partners)], ["list-2026-08.csv"]);
        assert_eq!(paths[&Some(Role::Credentials)], ["list-2026-09.csv"]);
        assert_eq!(paths[&None], ["both.xlsx"]);
    }
}
