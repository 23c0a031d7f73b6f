//! Every generated file, as it should be.

use std::fmt::Write;

use mde_contract::Finding;

use crate::folder::Folder;

/// A generated file.
pub(crate) struct Output {
    /// Its path within the workspace, with forward slashes.
    pub(crate) path: &'static str,
    pub(crate) contents: String,
}

/// Generates every file from a folder; nothing, where a person must mend the folder first.
pub(crate) fn outputs(folder: &Folder) -> Result<Vec<Output>, Vec<Finding>> {
    let client = mde_codegen::generate(&folder.contract_name(), &folder.contract)?;
    Ok(vec![
        Output { path: "crates/client/src/generated.rs", contents: client },
        Output { path: "openapi/src/files.rs", contents: files(folder) },
    ])
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
