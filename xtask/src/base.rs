//! What a contract is compared with.

use std::fs;
use std::path::Path;

use semver::Version;

use crate::folder::{CONTRACT, Folder, workspace_root};
use crate::git::Revision;
use crate::outcome::{Failure, UsageError};
use crate::{versions, wire};

/// The list of the versions of all packages, within the workspace.
const LOCK: &str = "Cargo.lock";

/// Where the contract of before is.
pub(crate) enum Base {
    Folder(Folder),
    Revision { revision: Revision, contract: String },
}

impl Base {
    /// Finds a folder, or else a revision.
    pub(crate) fn find(base: String) -> Result<Self, Failure> {
        if Path::new(&base).is_dir() {
            return Ok(Self::Folder(Folder::read(Some(base.into()))?));
        }
        let revision = Revision::find(base)?;
        let path = format!("openapi/{CONTRACT}");
        match revision.text(&path)? {
            Some(contract) => Ok(Self::Revision { revision, contract }),
            None => {
                Err(UsageError(format!("{:?} has no {path} to compare with; name a later revision", revision.name))
                    .into())
            }
        }
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Folder(folder) => &folder.name,
            Self::Revision { revision, .. } => &revision.name,
        }
    }

    /// How messages call the contract in it.
    pub(crate) fn contract_name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.contract_name(),
            Self::Revision { revision, .. } => format!("{}:openapi/{CONTRACT}", revision.name),
        }
    }

    pub(crate) fn contract(&self) -> &str {
        match self {
            Self::Folder(folder) => &folder.contract,
            Self::Revision { contract, .. } => contract,
        }
    }

    /// The version of the client with this contract; that of the workspace, where nothing else is known.
    pub(crate) fn client_version(&self) -> Result<Version, Failure> {
        let lock = match self {
            Self::Folder(_) => None,
            Self::Revision { revision, .. } => revision.text(LOCK)?,
        };
        lock.and_then(|lock| versions::client_in(&lock)).map_or_else(client_version, Ok)
    }

    /// What changed in the snapshots of the wire since; a folder holds none.
    pub(crate) fn snapshot_diff(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::Folder(_) => Ok(None),
            Self::Revision { revision, .. } => wire::snapshot_diff(revision),
        }
    }
}

/// The version of the client in the workspace.
pub(crate) fn client_version() -> Result<Version, Failure> {
    let lock =
        fs::read_to_string(workspace_root().join(LOCK)).map_err(|error| format!("{LOCK} cannot be read: {error}"))?;
    versions::client_in(&lock).ok_or_else(|| format!("{LOCK} names no version of mde-client").into())
}
