//! What the repository that the workspace stands in knows of an earlier state. Nothing is ever written to it.

use std::io::ErrorKind;
use std::process::{Command, Output};

use crate::folder::workspace_root;
use crate::outcome::{Failure, UsageError};

/// A commit, and how the caller called it.
pub(crate) struct Revision {
    pub(crate) name: String,
    commit: String,
}

impl Revision {
    /// The commit that a revision stands for, be it a branch, a tag or a hash.
    pub(crate) fn find(name: String) -> Result<Self, Failure> {
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

    /// The text of a file by its path within the workspace, if it was there.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        if self.paths(path)?.is_empty() {
            return Ok(None);
        }
        let text = self.answer(&["cat-file", "blob", &format!("{}:./{path}", self.commit)])?;
        Ok(Some(text))
    }

    /// The paths of the files in a folder, or of a file itself, if they were there.
    pub(crate) fn paths(&self, path: &str) -> Result<Vec<String>, Failure> {
        let list = self.answer(&["ls-tree", "-z", "--name-only", &self.commit, "--", path])?;
        Ok(list.split_terminator('\0').map(str::to_owned).collect())
    }

    /// What git says to a question that it can answer.
    fn answer(&self, question: &[&str]) -> Result<String, Failure> {
        let Output { status, stdout, stderr } = git(question)?;
        if !status.success() {
            let reason = String::from_utf8_lossy(&stderr);
            return Err(format!("git cannot read {:?}: {}", self.name, reason.trim()).into());
        }
        String::from_utf8(stdout).map_err(|_| format!("a file in {:?} is not UTF-8", self.name).into())
    }
}

fn git(arguments: &[&str]) -> Result<Output, Failure> {
    let output = Command::new("git").args(arguments).current_dir(workspace_root()).output();
    output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "git is not installed, and only git knows a revision; name a folder instead".into(),
        _ => format!("git cannot be run: {error}").into(),
    })
}
