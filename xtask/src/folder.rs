//! The folder of the contract, read from disk.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use mde_contract::Finding;
use mde_evidence::Tree;

use crate::Failure;

/// The contract within its folder.
const CONTRACT: &str = "mde.yaml";

/// A folder with a contract and its evidence.
pub(crate) struct Folder {
    /// How messages call it.
    pub(crate) name: String,
    /// The text of the contract.
    pub(crate) contract: String,
    /// The evidence and the rulings: everything that the crate embeds besides the contract.
    pub(crate) tree: Tree,
}

impl Folder {
    /// Reads a folder; that of the workspace, if none is given.
    pub(crate) fn read(path: Option<PathBuf>) -> Result<Self, Failure> {
        let name = path.as_ref().map_or_else(|| "openapi".to_owned(), |path| path.display().to_string());
        let path = path.unwrap_or_else(|| workspace_root().join("openapi"));
        let contract = fs::read_to_string(path.join(CONTRACT))
            .map_err(|error| format!("{name}/{CONTRACT} cannot be read: {error}"))?;
        let mut tree = Tree::new();
        for entry in entries(&path)? {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file == mde_evidence::SOURCES {
                collect(&entry.path(), &file, &mut tree)?;
            } else if file.ends_with(".yaml") && file != CONTRACT {
                tree.insert(file, read(&entry.path())?);
            }
        }
        Ok(Self { name: name.trim_end_matches('/').to_owned(), contract, tree })
    }

    /// How messages call the contract.
    pub(crate) fn contract_name(&self) -> String {
        format!("{}/{CONTRACT}", self.name)
    }

    /// Files that cannot be embedded, because a constant holds text. The description of a source is left to the check
    /// of the sources.
    pub(crate) fn not_text(&self) -> Vec<Finding> {
        let described = |path: &str| path.rsplit('/').next() == Some(mde_evidence::SOURCE_FILE);
        let not_text = self.tree.iter().filter(|(path, bytes)| !described(path) && std::str::from_utf8(bytes).is_err());
        let finding = |path| {
            let file = format!("{}/{path}", self.name);
            Finding::of_file(file, "evidence-is-text", "the file is not UTF-8", "save it as UTF-8")
        };
        not_text.map(|(path, _)| finding(path)).collect()
    }
}

fn collect(path: &Path, name: &str, tree: &mut Tree) -> Result<(), Failure> {
    for entry in entries(path)? {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, tree)?;
        } else {
            tree.insert(name, read(&entry.path())?);
        }
    }
    Ok(())
}

fn entries(path: &Path) -> Result<Vec<DirEntry>, Failure> {
    let entries = fs::read_dir(path).and_then(Iterator::collect);
    entries.map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}

/// The root of the workspace that this tool belongs to.
pub(crate) fn workspace_root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let xtask = PathBuf::from(manifest);
    xtask.parent().map(Path::to_owned).unwrap_or(xtask)
}
