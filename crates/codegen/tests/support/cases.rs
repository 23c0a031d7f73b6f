//! Table-driven cases: each YAML file of a folder is a list of cases, each with a name, a change of the base files, and
//! the findings that the change causes.
//!
//! A `change` has the lines of a unified diff, with enough context to match its file exactly once. A line `@@` separates
//! two places. `change FILE` changes another file than the main one; a file that is not in the base starts empty, and one
//! that becomes empty is removed. `UPDATE_CASES=1 cargo test` writes the findings into the tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mde_codegen::Document;
use serde_json::Value as Json;

/// The texts of a folder, by path.
pub(crate) type Files = BTreeMap<String, String>;

/// One case: the base files with a change, and the expected findings.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Files,
    /// The changes as they are written, each with the file that it applies to.
    changes: Vec<(String, String)>,
    found: String,
}

/// A folder of tables, and what its cases have in common.
pub(crate) struct Tables<'a> {
    /// The folder, relative to the root of the package.
    pub(crate) folder: &'a str,
    pub(crate) base: Files,
    /// The file that a `change` without a name applies to.
    pub(crate) main: &'a str,
}

impl Tables<'_> {
    /// Compares the findings of each case to its table, and checks that the base has none.
    pub(crate) fn check(&self, find: impl Fn(&Files) -> String) {
        assert_eq!(find(&self.base), "", "the base of {} must have no findings", self.folder);
        let update = std::env::var_os("UPDATE_CASES").is_some();
        let mut failures = Vec::new();
        for (path, cases) in self.read() {
            let mut table = String::new();
            for case in &cases {
                let found = find(&case.files);
                let found = found.trim_end();
                assert_ne!(found, "", "{}: the change causes no finding", case.name);
                if found != case.found {
                    failures.push(format!("{}: found\n{found}\nexpected\n{}", case.name, case.found));
                }
                self.write(case, found, &mut table);
            }
            if update {
                fs::write(&path, &table).unwrap();
            } else if failures.is_empty() {
                let is_formatted = fs::read_to_string(&path).unwrap() == table;
                assert!(is_formatted, "{} is not formatted: run with UPDATE_CASES=1", path.display());
            }
        }
        assert!(update || failures.is_empty(), "{}\n\nUPDATE_CASES=1 accepts the findings", failures.join("\n\n"));
    }

    /// The cases of every table, ordered by file.
    pub(crate) fn read(&self) -> Vec<(PathBuf, Vec<Case>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder);
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{} has no tables", self.folder);
        paths.into_iter().map(|path| (path.clone(), self.table(&path))).collect()
    }

    fn table(&self, path: &Path) -> Vec<Case> {
        let text = fs::read_to_string(path).unwrap();
        let table = Document::parse(&path.display().to_string(), &text).unwrap_or_else(|fault| panic!("{fault}"));
        let cases = table.root().as_array().unwrap_or_else(|| panic!("{} is not a list of cases", path.display()));
        cases.iter().map(|case| self.case(case)).collect()
    }

    fn case(&self, case: &Json) -> Case {
        let text = |key: &str| {
            let text = case[key].as_str().unwrap_or_else(|| panic!("no {key:?} in {case}"));
            text.trim_end_matches('\n').to_owned()
        };
        let name = text("name");
        let keys = case.as_object().into_iter().flat_map(|case| case.keys());
        let changes = keys.filter_map(|key| match key.strip_prefix("change")?.trim_start() {
            "" => Some((self.main.to_owned(), text(key))),
            file => Some((file.to_owned(), text(key))),
        });
        let changes: Vec<_> = changes.collect();
        let mut files = self.base.clone();
        for (file, change) in &changes {
            let before = files.remove(file).unwrap_or_default();
            let after = changed(before, change, &name);
            if !after.is_empty() {
                files.insert(file.clone(), after);
            }
        }
        assert_ne!(files, self.base, "{name}: the case changes nothing");
        Case { name, files, changes, found: text("found") }
    }

    /// Appends a case to the text of its table.
    fn write(&self, case: &Case, found: &str, table: &mut String) {
        let separator = if table.is_empty() { "" } else { "\n" };
        writeln!(table, "{separator}- name: {}", case.name).unwrap();
        for (file, change) in &case.changes {
            let key = if file == self.main { "change".to_owned() } else { format!("change {file}") };
            write_block(&key, change, table);
        }
        write_block("found", found, table);
    }
}

/// Appends a block scalar. If its first line begins with a space, YAML needs the indentation in the header.
fn write_block(key: &str, text: &str, table: &mut String) {
    writeln!(table, "  {key}: |{}", if text.starts_with(' ') { "2" } else { "" }).unwrap();
    for line in text.lines() {
        writeln!(table, "{}{line}", if line.is_empty() { "" } else { "    " }).unwrap();
    }
}

/// Applies a change to a text.
fn changed(mut text: String, change: &str, name: &str) -> String {
    for hunk in change.split("\n@@\n") {
        let side = |other: char| -> String {
            let lines = hunk.lines().filter(|line| !line.starts_with(other));
            lines.map(|line| line.get(1..).unwrap_or_default().to_owned() + "\n").collect()
        };
        let (before, after) = (side('+'), side('-'));
        if before.is_empty() {
            text.push_str(&after);
            continue;
        }
        // The leading line break anchors the match at the start of a line.
        let (padded, before, after) = (format!("\n{text}"), format!("\n{before}"), format!("\n{after}"));
        assert_eq!(padded.matches(&before).count(), 1, "{name}: this must match the base exactly once:{before}");
        text = padded.replace(&before, &after).split_off(1);
    }
    text
}
