//! Cases as tables: each YAML file of a folder lists cases, each with a name, a change of the base, and what is found.
//!
//! A `change` is written as the lines of a unified diff, with as much context as it takes to stand in its file once; `@@`
//! on a line of its own stands between two places. `change FILE` is one of another file than the main one. A file that
//! is not in the base begins empty, and one that becomes empty is removed.
//!
//! `UPDATE_CASES=1 cargo test` writes what is found into the files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mde_codegen::Document;
use serde_json::Value as Json;

/// The texts of a folder, by their path within it.
pub(crate) type Files = BTreeMap<String, String>;

/// A change of the base, and what is found in the files that it gives.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Files,
    changes: Vec<(String, String)>,
    found: String,
}

/// What the cases of a folder have in common.
pub(crate) struct Tables<'a> {
    /// Where the tables are, from the root of the package.
    pub(crate) folder: &'a str,
    pub(crate) base: Files,
    /// The file that a `change` without a name is about.
    pub(crate) main: &'a str,
}

impl Tables<'_> {
    /// Holds what is found in each case against what its table says. In the base alone nothing may be found.
    pub(crate) fn check(&self, find: impl Fn(&Files) -> String) {
        assert_eq!(find(&self.base), "", "nothing may be found in the base of {}", self.folder);
        let update = std::env::var_os("UPDATE_CASES").is_some();
        let mut wrong = Vec::new();
        for (path, cases) in self.read() {
            let mut table = String::new();
            for case in &cases {
                let found = find(&case.files);
                let found = found.trim_end();
                assert_ne!(found, "", "{}: nothing is found", case.name);
                if found != case.found {
                    wrong.push(format!("{}: found\n{found}\nexpected\n{}", case.name, case.found));
                }
                self.write(case, found, &mut table);
            }
            if update {
                fs::write(&path, &table).unwrap();
            } else if wrong.is_empty() {
                let is_as_written = fs::read_to_string(&path).unwrap() == table;
                assert!(is_as_written, "{} is laid out otherwise: run with UPDATE_CASES=1", path.display());
            }
        }
        assert!(update || wrong.is_empty(), "{}\n\nUPDATE_CASES=1 accepts what is found", wrong.join("\n\n"));
    }

    /// The cases of every table, ordered by file.
    pub(crate) fn read(&self) -> Vec<(PathBuf, Vec<Case>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder);
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{} has no table", self.folder);
        paths.into_iter().map(|path| (path.clone(), self.table(&path))).collect()
    }

    fn table(&self, path: &Path) -> Vec<Case> {
        let text = fs::read_to_string(path).unwrap();
        let table = Document::parse(&path.display().to_string(), &text).unwrap_or_else(|fault| panic!("{fault}"));
        let cases = table.root().as_array().unwrap_or_else(|| panic!("{} lists no cases", path.display()));
        cases.iter().map(|case| self.case(case)).collect()
    }

    fn case(&self, case: &Json) -> Case {
        let text =
            |key: &str| case[key].as_str().unwrap_or_else(|| panic!("no {key:?} in {case}")).trim_end_matches('\n');
        let name = text("name");
        let keys = case.as_object().into_iter().flat_map(|case| case.keys());
        let changes = keys.filter_map(|key| {
            let file = key.strip_prefix("change")?.trim_start();
            Some((if file.is_empty() { self.main } else { file }.to_owned(), text(key).to_owned()))
        });
        let changes: Vec<_> = changes.collect();
        let mut files = self.base.clone();
        for (file, change) in &changes {
            let before = files.remove(file).unwrap_or_default();
            let after = changed(before, change, name);
            if !after.is_empty() {
                files.insert(file.clone(), after);
            }
        }
        assert_ne!(files, self.base, "{name}: nothing is changed");
        Case { name: name.to_owned(), files, changes, found: text("found").to_owned() }
    }

    fn write(&self, case: &Case, found: &str, table: &mut String) {
        let apart = if table.is_empty() { "" } else { "\n" };
        writeln!(table, "{apart}- name: {}", case.name).unwrap();
        for (file, change) in &case.changes {
            let key = if file == self.main { "change".to_owned() } else { format!("change {file}") };
            write_block(&key, change, table);
        }
        write_block("found", found, table);
    }
}

/// A block has to say how far it is indented where its first line begins with a space.
fn write_block(key: &str, text: &str, table: &mut String) {
    writeln!(table, "  {key}: |{}", if text.starts_with(' ') { "2" } else { "" }).unwrap();
    for line in text.lines() {
        writeln!(table, "{}{line}", if line.is_empty() { "" } else { "    " }).unwrap();
    }
}

/// A text with a change applied to it.
fn changed(mut text: String, change: &str, name: &str) -> String {
    for place in change.split("\n@@\n") {
        let side = |other: char| -> String {
            let lines = place.lines().filter(|line| !line.starts_with(other));
            lines.map(|line| line.get(1..).unwrap_or_default().to_owned() + "\n").collect()
        };
        let (before, after) = (side('+'), side('-'));
        if before.is_empty() {
            text.push_str(&after);
            continue;
        }
        // A line break in front, so that what is found begins at the start of a line.
        let (around, before, after) = (format!("\n{text}"), format!("\n{before}"), format!("\n{after}"));
        assert_eq!(around.matches(&before).count(), 1, "{name}: this must stand in the base once:{before}");
        text = around.replace(&before, &after).split_off(1);
    }
    text
}
