//! `cargo xtask regen`, and every generated file as it should be.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use mde_codegen::{Document, Finding};
use serde::Serialize;

use crate::folder::{Folder, workspace_root, write_atomically};
use crate::outcome::{Failure, Outcome};
use crate::report::print_findings;
use crate::unified_diff::unified_diff;

/// Rewrites every generated file that is not as it should be, and names each.
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
pub(crate) struct Output {
    /// Its path within the workspace, with forward slashes.
    pub(crate) path: &'static str,
    pub(crate) contents: String,
}

/// Generates every file from a folder; nothing, where a person must mend the folder first.
pub(crate) fn outputs(folder: &Folder) -> Result<Vec<Output>, Vec<Finding>> {
    let client = mde_codegen::generate(&folder.contract_name(), &folder.contract)?;
    let document = Document::parse(&folder.contract_name(), &folder.contract).map_err(|finding| vec![*finding])?;
    Ok(vec![
        Output { path: "crates/client/src/generated.rs", contents: client },
        Output { path: "openapi/mde.json", contents: format!("{:#}\n", document.root()) },
        Output { path: "openapi/src/files.rs", contents: files(folder) },
    ])
}

/// A generated file that is not as it should be.
#[derive(Serialize)]
pub(crate) struct Stale {
    /// Its path within the workspace, with forward slashes.
    pub(crate) path: &'static str,
    /// What mends it.
    pub(crate) command: &'static str,
    /// What that changes, as a unified diff.
    pub(crate) diff: String,
}

impl Output {
    /// How the file in the workspace differs from what it should be, if it does.
    pub(crate) fn stale(&self) -> Option<Stale> {
        let current = fs::read_to_string(workspace_root().join(self.path)).unwrap_or_default();
        let diff = unified_diff("as it is", &current, "as it should be", &self.contents)?;
        Some(Stale { path: self.path, command: "cargo xtask regen", diff })
    }
}

/// The list of what the crate mde-openapi embeds besides the contract.
fn files(folder: &Folder) -> String {
    let mut source = "\
// Written by `cargo xtask regen` from the files of this folder; an edit here is lost.

use crate::File;

/// The rulings and every file of the evidence, ordered by path.
#[rustfmt::skip]
pub const FILES: &[File] = &[
"
    .to_owned();
    for path in folder.tree.keys() {
        // Writing to a string cannot fail.
        let _ = writeln!(source, "    File {{ path: {path:?}, text: include_str!({:?}) }},", format!("../{path}"));
    }
    source + "];\n"
}
