//! `cargo xtask regen` and `cargo xtask check`, and the expected contents of every generated file.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use mde_codegen::{Document, Finding};
use mde_input::escape::escape_lines;
use serde::Serialize;

use crate::evidence::{Evidence, check_pages, check_sources};
use crate::folder::{Folder, read_pages, workspace_root, write_atomically};
use crate::outcome::{Failure, Outcome};
use crate::report::{FindingJson, findings_json, print_findings, print_json, unified_diff};

/// Rewrites every generated file that is stale, and names each.
pub(crate) fn regen(openapi: Option<PathBuf>, root: Option<PathBuf>, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let folder = Folder::read(openapi)?;
    let root = root.unwrap_or_else(workspace_root);
    let outputs = match outputs(&folder) {
        Ok(outputs) => outputs,
        Err(findings) => {
            print_findings(&findings, &|file| folder.text(file), out)?;
            return Ok(Outcome::PersonMustDecide);
        }
    };
    for output in outputs {
        let path = root.join(output.path);
        if fs::read(&path).is_ok_and(|current| current == output.contents.as_bytes()) {
            writeln!(out, "unchanged {}", output.path)?;
        } else {
            write_atomically(&path, &output.contents)?;
            writeln!(out, "written   {}", output.path)?;
        }
    }
    Ok(Outcome::Fine)
}

/// A generated file.
struct Output {
    /// Its path within the workspace, with forward slashes.
    path: &'static str,
    contents: String,
}

/// Generates every file from a folder.
///
/// # Errors
/// The findings that must be fixed first.
fn outputs(folder: &Folder) -> Result<Vec<Output>, Vec<Finding>> {
    let client = mde_codegen::generate(&folder.contract_name(), &folder.contract)?;
    let document = Document::parse(&folder.contract_name(), &folder.contract).map_err(|finding| vec![*finding])?;
    Ok(vec![
        Output { path: "crates/client/src/generated.rs", contents: client },
        Output { path: "openapi/mde.json", contents: format!("{:#}\n", document.root()) },
        Output { path: "openapi/src/files.rs", contents: files(folder) },
    ])
}

/// A generated file that is stale.
#[derive(Serialize)]
struct Stale {
    /// Its path within the workspace, with forward slashes.
    path: &'static str,
    /// The command that updates it.
    command: &'static str,
    /// What the command changes, as a unified diff.
    diff: String,
}

impl Output {
    /// How the file in the workspace differs from the expected contents, if it does.
    fn stale(&self) -> Option<Stale> {
        let current = fs::read_to_string(workspace_root().join(self.path)).unwrap_or_default();
        let diff = unified_diff("current", &current, "expected", &self.contents)?;
        Some(Stale { path: self.path, command: "cargo xtask regen", diff })
    }
}

/// The list of what the crate mde-openapi embeds besides the contract.
fn files(folder: &Folder) -> String {
    // Written out, the root of that crate would look like an import of this file.
    let mut source = format!(
        "\
// Written by `cargo xtask regen` from the files of this folder; an edit here is lost.

use {}::File;

/// The rulings and every file of the evidence, ordered by path.
#[rustfmt::skip]
pub const FILES: &[File] = &[
",
        "crate"
    );
    for path in folder.tree.keys() {
        // Writing to a string cannot fail.
        let _ = writeln!(source, "    File {{ path: {path:?}, text: include_str!({:?}) }},", format!("../{path}"));
    }
    source + "];\n"
}

/// The output format of `check`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON document, also if there is nothing to report
    Json,
}

/// The result of checking a folder.
struct Checked {
    /// What needs a decision, ordered by file and position.
    findings: Vec<Finding>,
    /// What a command updates. Empty if the contract itself has findings.
    stale: Vec<Stale>,
    /// What was looked up in the pages of a reviewer, if there are any.
    pages: Option<Vec<String>>,
}

/// Reports what is stale and what needs a decision; text output is empty if there is neither, except for what was looked
/// up in `pages`.
pub(crate) fn check(
    openapi: Option<PathBuf>,
    pages: Option<&Path>,
    format: Format,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let folder = Folder::read(openapi)?;
    let mut checked = Checked::of(&folder);
    if let Some(pages) = pages {
        checked.look_up(&folder, pages)?;
    }
    match format {
        Format::Text => checked.print_text(&folder, out)?,
        Format::Json => checked.print_json(out)?,
    }
    Ok(checked.outcome())
}

impl Checked {
    fn of(folder: &Folder) -> Self {
        let mut findings = check_sources(&folder.name, &folder.tree);
        findings.extend(folder.not_text());
        findings.extend(folder.accepted_breaks().err().into_iter().flatten());
        // If it is not a document, `outputs` reports it.
        if let Ok(contract) = Document::parse(&folder.contract_name(), &folder.contract) {
            findings.extend(Evidence::read(&folder.name, &folder.tree).check(&contract));
        }
        let mut stale = Vec::new();
        match outputs(folder) {
            Ok(outputs) => stale.extend(outputs.iter().filter_map(|output| output.stale())),
            Err(of_contract) => findings.extend(of_contract),
        }
        findings.sort();
        // A file that cannot be read is reported by each of its readers.
        findings.dedup();
        Self { findings, stale, pages: None }
    }

    /// Adds what is found in the pages of a folder.
    fn look_up(&mut self, folder: &Folder, pages: &Path) -> Result<(), Failure> {
        let mut report = check_pages(&folder.name, &folder.tree, &read_pages(pages)?);
        self.findings.append(&mut report.findings);
        self.findings.sort();
        self.pages = Some(report.lines);
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self { findings, .. } if !findings.is_empty() => Outcome::PersonMustDecide,
            Self { stale, .. } if !stale.is_empty() => Outcome::Stale,
            _ => Outcome::Fine,
        }
    }

    fn print_text(&self, folder: &Folder, out: &mut dyn Write) -> Result<(), Failure> {
        for Stale { path, command, diff } in &self.stale {
            writeln!(out, "{path} is stale: run `{command}`\n{}", diff.trim_end())?;
        }
        if !self.findings.is_empty() {
            if !self.stale.is_empty() {
                writeln!(out)?;
            }
            print_findings(&self.findings, &|file| folder.text(file), out)?;
        }
        for line in self.pages.iter().flatten() {
            writeln!(out, "{}", escape_lines(line))?;
        }
        Ok(())
    }

    fn print_json(&self, out: &mut dyn Write) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct CheckedJson<'a> {
            findings: Vec<FindingJson<'a>>,
            stale: &'a [Stale],
            #[serde(skip_serializing_if = "Option::is_none")]
            pages: Option<&'a [String]>,
        }
        let pages = self.pages.as_deref();
        print_json(&CheckedJson { findings: findings_json(&self.findings), stale: &self.stale, pages }, out)
    }
}
