//! The folder of the contract, read from disk.

use std::fs::{self, DirEntry};
use std::io::Write;
use std::path::{Path, PathBuf};

use mde_codegen::{Document, Finding, Rule};
use tempfile::NamedTempFile;

use crate::diff::AcceptedBreaks;
use crate::evidence::{Pages, SOURCE_FILE, SOURCES, SUMS_FILE, Tree};
use crate::outcome::Failure;

/// The rules for the files around the contract.
pub(crate) const FILE_RULES: &[Rule] = &[
    Rule {
        id: "accepted-break-form",
        summary: "An entry of accepted-breaks.yaml names one change, with a date and a reason.",
        page: include_str!("../rules/accepted-break-form.md"),
    },
    Rule {
        id: "accepted-break-needless",
        summary: "An entry of accepted-breaks.yaml accepts a change that breaks callers or users.",
        page: include_str!("../rules/accepted-break-needless.md"),
    },
    Rule {
        id: "accepted-break-stale",
        summary: "An entry of accepted-breaks.yaml matches a change, with the values that were reviewed.",
        page: include_str!("../rules/accepted-break-stale.md"),
    },
    Rule {
        id: EVIDENCE_IS_TEXT,
        summary: "Every file is text in UTF-8.",
        page: include_str!("../rules/evidence-is-text.md"),
    },
];

const EVIDENCE_IS_TEXT: &str = "evidence-is-text";

/// The contract within its folder.
pub(crate) const CONTRACT: &str = "mde.yaml";

/// The list of the breaking changes that a review accepted, within its folder.
pub(crate) const ACCEPTED_BREAKS: &str = "accepted-breaks.yaml";

/// A folder with a contract and its evidence.
pub(crate) struct Folder {
    /// The name in messages.
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
            if file == SOURCES {
                collect(&entry.path(), &file, &mut tree)?;
            } else if is_embedded(&file) {
                tree.insert(file, read(&entry.path())?);
            }
        }
        Ok(Self { name: name.trim_end_matches('/').to_owned(), contract, tree })
    }

    /// The name of the contract in messages.
    pub(crate) fn contract_name(&self) -> String {
        format!("{}/{CONTRACT}", self.name)
    }

    /// The text of a file, by the name that findings have for it.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        let path = file.strip_prefix(&self.name)?.strip_prefix('/')?;
        if path == CONTRACT {
            return Some(self.contract.clone());
        }
        String::from_utf8(self.tree.get(path)?.clone()).ok()
    }

    /// The breaking changes that a review accepted; `None`, where the folder has no such list.
    pub(crate) fn accepted_breaks(&self) -> Result<Option<AcceptedBreaks>, Vec<Finding>> {
        let Some(bytes) = self.tree.get(ACCEPTED_BREAKS) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(bytes).map_err(|_| vec![self.no_text(ACCEPTED_BREAKS)])?;
        let document =
            Document::parse(&format!("{}/{ACCEPTED_BREAKS}", self.name), text).map_err(|fault| vec![*fault])?;
        AcceptedBreaks::read(&document).map(Some)
    }

    /// Files that cannot be embedded, because a constant holds text. The description of a source, and the list of what
    /// was attested, are left to the check of the sources.
    pub(crate) fn not_text(&self) -> Vec<Finding> {
        let checked_elsewhere = [SOURCE_FILE, SUMS_FILE];
        let described = |path: &str| path.rsplit('/').next().is_some_and(|file| checked_elsewhere.contains(&file));
        let not_text = self.tree.iter().filter(|(path, bytes)| !described(path) && std::str::from_utf8(bytes).is_err());
        not_text.map(|(path, _)| self.no_text(path)).collect()
    }

    fn no_text(&self, path: &str) -> Finding {
        Finding::of_file(format!("{}/{path}", self.name), EVIDENCE_IS_TEXT, "the file is not UTF-8", "save it as UTF-8")
    }
}

/// Whether a file is one of the evidence or of the rulings, by its path in the folder.
pub(crate) fn is_embedded(path: &str) -> bool {
    let of_a_source = path.strip_prefix(SOURCES).is_some_and(|rest| rest.starts_with('/'));
    of_a_source || (path.ends_with(".yaml") && path != CONTRACT && !path.contains('/'))
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

/// Reads the files in a folder of pages, by their names.
pub(crate) fn read_pages(path: &Path) -> Result<Pages, Failure> {
    let files = entries(path)?.into_iter().map(|entry| entry.path()).filter(|path| path.is_file());
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        read(&path).map(|bytes| (name, bytes))
    };
    files.map(named).collect()
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

/// Replaces a file in one step, so that no reader sees half of it.
pub(crate) fn write_atomically(path: &Path, contents: &str) -> Result<(), Failure> {
    replace(path, contents).map_err(|error| format!("{} cannot be written: {error}", path.display()).into())
}

fn replace(path: &Path, contents: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let mut file = temporary_file(folder)?;
    file.write_all(contents.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A temporary file is for its owner only; this one becomes a file of the project, which the umask alone restricts.
#[cfg(unix)]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}
