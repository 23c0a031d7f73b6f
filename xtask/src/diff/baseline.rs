//! The contract that is compared with, and its evidence: in a folder, or in a revision of git. Nothing is written to the repository.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};

use semver::Version;

use crate::evidence::Tree;
use crate::folder::{CONTRACT, Folder, is_embedded, workspace_root};
use crate::outcome::{Failure, UsageError};
use crate::report::unified_diff;

/// The list of the versions of all packages, within the workspace.
const LOCK: &str = "Cargo.lock";

/// The package whose users the Rust axis is about.
const CLIENT: &str = "mde-client";

/// Where the snapshots of the client's tests are.
const SNAPSHOTS: &str = "tests/tests/client/snapshots/";

/// The folder of the contract, within the workspace.
const FOLDER: &str = "openapi";

/// The earlier contract, with its evidence.
pub(super) struct Baseline {
    pub(super) folder: Folder,
    /// Where it was found, unless it was on disk.
    revision: Option<Revision>,
}

impl Baseline {
    /// Finds a folder, or else a revision.
    pub(super) fn find(base: String) -> Result<Self, Failure> {
        if Path::new(&base).is_dir() {
            return Ok(Self { folder: Folder::read(Some(base.into()))?, revision: None });
        }
        let revision = Revision::find(base)?;
        Ok(Self { folder: revision.folder()?, revision: Some(revision) })
    }

    /// How messages call it.
    pub(super) fn name(&self) -> &str {
        self.revision.as_ref().map_or(&self.folder.name, |revision| &revision.name)
    }

    /// The commit, where it is one.
    pub(super) fn commit(&self) -> Option<&str> {
        self.revision.as_ref().map(|revision| revision.commit.as_str())
    }

    /// The version of the client with this contract; that of the workspace, where nothing else is known.
    pub(super) fn client_version(&self) -> Result<Version, Failure> {
        let lock = match &self.revision {
            None => None,
            Some(revision) => revision.text(LOCK)?,
        };
        lock.and_then(|lock| client_in(&lock)).map_or_else(client_version, Ok)
    }

    /// What changed in the snapshots of the wire since; a folder holds none.
    pub(super) fn snapshot_diff(&self) -> Result<Option<String>, Failure> {
        match &self.revision {
            None => Ok(None),
            Some(revision) => snapshot_diff(revision),
        }
    }
}

/// The version of the client in the workspace.
pub(super) fn client_version() -> Result<Version, Failure> {
    let lock =
        fs::read_to_string(workspace_root().join(LOCK)).map_err(|error| format!("{LOCK} cannot be read: {error}"))?;
    client_in(&lock).ok_or_else(|| format!("{LOCK} names no version of mde-client").into())
}

/// The version of the client that a `Cargo.lock` names.
fn client_in(lock: &str) -> Option<Version> {
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{CLIENT}\""));
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Version::parse(version).ok()
}

/// A commit, and how the caller called it.
pub(super) struct Revision {
    name: String,
    commit: String,
}

impl Revision {
    /// The commit that a revision stands for, be it a branch, a tag or a hash.
    fn find(name: String) -> Result<Self, Failure> {
        if name.starts_with('-') {
            return Err(UsageError(format!("{name:?} is no revision, for it begins with a hyphen")).into());
        }
        let repository = git(&["rev-parse", "--git-dir"])?;
        if !repository.status.success() {
            let reason = String::from_utf8_lossy(&repository.stderr);
            let reason = reason.lines().next().unwrap_or_default();
            return Err(
                format!("git finds no repository here to look for {name:?} in ({reason}); name a folder").into()
            );
        }
        let commit = git(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        if !commit.status.success() {
            let advice = "`git fetch` may bring it, and in CI a checkout with `fetch-depth: 0`";
            return Err(
                UsageError(format!("git knows no revision {name:?}, and there is no such folder; {advice}")).into()
            );
        }
        Ok(Self { name, commit: String::from_utf8(commit.stdout)?.trim_end().to_owned() })
    }

    /// The contract and its evidence.
    fn folder(&self) -> Result<Folder, Failure> {
        let path = format!("{FOLDER}/{CONTRACT}");
        let Some(contract) = self.text(&path)? else {
            let message = format!("{:?} has no {path} to compare with; name a later revision", self.name);
            return Err(UsageError(message).into());
        };
        let mut tree = Tree::new();
        for path in self.paths(&format!("{FOLDER}/"))? {
            let within = path.strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/'));
            if let Some(within) = within.filter(|within| is_embedded(within)) {
                tree.insert(within.to_owned(), self.bytes(&path)?);
            }
        }
        Ok(Folder { name: format!("{}:{FOLDER}", self.name), contract, tree })
    }

    /// The text of a file by its path within the workspace, if it was there.
    fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        if self.paths(path)?.is_empty() {
            return Ok(None);
        }
        self.utf8(self.bytes(path)?).map(Some)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.answer(&["cat-file", "blob", &format!("{}:./{path}", self.commit)])
    }

    /// The paths of the files below a folder, or of a file itself, if they were there.
    fn paths(&self, path: &str) -> Result<Vec<String>, Failure> {
        let list = self.utf8(self.answer(&["ls-tree", "-r", "-z", "--name-only", &self.commit, "--", path])?)?;
        Ok(list.split_terminator('\0').map(str::to_owned).collect())
    }

    /// The output of a git command that must succeed.
    fn answer(&self, question: &[&str]) -> Result<Vec<u8>, Failure> {
        let Output { status, stdout, stderr } = git(question)?;
        if !status.success() {
            let reason = String::from_utf8_lossy(&stderr);
            return Err(format!("git cannot read {:?}: {}", self.name, reason.trim()).into());
        }
        Ok(stdout)
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<String, Failure> {
        String::from_utf8(bytes).map_err(|_| format!("a file in {:?} is not UTF-8", self.name).into())
    }
}

fn git(arguments: &[&str]) -> Result<Output, Failure> {
    let output = Command::new("git").args(arguments).current_dir(workspace_root()).output();
    output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "git is not installed, and only git knows a revision; name a folder instead".into(),
        _ => format!("git cannot be run: {error}").into(),
    })
}

/// The snapshots that show a request as it is sent, and a documented answer as the generated types hold it. All others
/// show what the hand-written runtime says, which no contract changes.
const PREFIXES: [&str; 2] = ["client__wire__", "client__answers__"];

/// How the snapshots in the workspace differ from those of a revision, if they do.
fn snapshot_diff(base: &Revision) -> Result<Option<String>, Failure> {
    let mut paths: BTreeSet<String> = base.paths(SNAPSHOTS)?.into_iter().collect();
    if let Ok(entries) = fs::read_dir(workspace_root().join(SNAPSHOTS)) {
        for entry in entries {
            paths.insert(format!("{SNAPSHOTS}{}", entry?.file_name().to_string_lossy()));
        }
    }
    let mut diffs = String::new();
    for path in paths.iter().filter(|path| is_of_the_wire(path)) {
        let old = base.text(path)?;
        let new = fs::read_to_string(workspace_root().join(path)).ok();
        let name = |side, text: &Option<String>| {
            if text.is_some() { format!("{side}/{path}") } else { "/dev/null".to_owned() }
        };
        let (old_name, new_name) = (name("a", &old), name("b", &new));
        let diff = unified_diff(&old_name, &old.unwrap_or_default(), &new_name, &new.unwrap_or_default());
        diffs.extend(diff);
    }
    Ok(Some(diffs).filter(|diffs| !diffs.is_empty()))
}

fn is_of_the_wire(path: &str) -> bool {
    let name = path.strip_prefix(SNAPSHOTS).unwrap_or_default();
    name.ends_with(".snap") && PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
