//! A folder in which attain is run, for tests of project files. Comes in: files. Goes out: what a run wrote and said, without what the environment of
//! the test says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder in which attain is run, without what the environment of the test says.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub(crate) fn with_sample_data(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new(files);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        super::case::copy_folder(&sample, &folder.path("sample-data"));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn run_with(&self, args: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ATTAIN_")) {
            command.env_remove(name);
        }
        command.args(args.split_whitespace()).current_dir(self.0.path()).envs(variables.iter().copied());
        Ran(command.output().unwrap())
    }

    pub(crate) fn run(&self, args: &str) -> Ran {
        self.run_with(args, &[])
    }
}

/// What came out of a run.
pub(crate) struct Ran(pub(crate) Output);

impl Ran {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        assert_eq!(self.0.status.code(), Some(code), "{}\n{}", self.stdout(), self.stderr());
        self
    }
}
