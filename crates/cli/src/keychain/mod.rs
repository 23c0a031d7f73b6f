//! Where the refresh token of a person who signed in is kept between runs: in the keychain of the platform, or in a file that
//! only its user can read.
//!
//! Later runs look for the file first, so that they find the token where it was kept. `file` and `platform` do not know each
//! other.

mod file;
mod platform;

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use mde_client::{BoxError, RefreshToken, RefreshTokenStore};
use mde_input::escape::escape_path;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::file::PrivateFile;
use crate::exit::{Exit, Stop};

/// The folder of the files, which are then used in place of the keychain.
pub(crate) const FOLDER_VARIABLE: &str = "MDE_CREDENTIALS";

/// The refresh token of one account.
#[derive(Clone, Debug)]
pub(crate) struct Keychain {
    account: String,
    /// None if the platform has no folder for it.
    file: Option<PrivateFile>,
    uses_platform: bool,
}

/// Where keychains are on this machine.
#[derive(Clone, Debug)]
pub(crate) struct KeychainOptions {
    /// The folder of the files.
    pub(crate) folder: Option<PathBuf>,
    /// Whether the keychain of the platform is used where it can be.
    pub(crate) uses_platform: bool,
}

/// A refresh token that is kept.
pub(crate) struct Kept {
    pub(crate) token: RefreshToken,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) location: Location,
}

/// Where a refresh token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Platform,
    File(PathBuf),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str(platform::NAME),
            Self::File(path) => write!(f, "the file {}", escape_path(path)),
        }
    }
}

/// Why a refresh token cannot be kept, read or deleted: a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl From<Unusable> for Stop {
    fn from(problem: Unusable) -> Self {
        Self::Failed { exit: Exit::Credential, message: problem.to_string() }
    }
}

/// What is kept.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    refresh_token: String,
    since: String,
}

impl Keychain {
    /// Of the person who signed in with this profile, at this authority, to this tenant, through this app. Another profile
    /// may be another person.
    pub(crate) fn new(authority: &str, tenant: &str, app: &str, profile: &str, options: KeychainOptions) -> Self {
        let account = format!("{authority}|{}|{}|{profile}", tenant.to_lowercase(), app.to_lowercase());
        let name = file_name(&account);
        let KeychainOptions { folder, uses_platform } = options;
        Self { account, file: folder.map(|folder| PrivateFile::new(folder, &name)), uses_platform }
    }

    /// The token, wherever it is kept. It may wait for the user, who is asked to unlock the keychain.
    pub(crate) fn find(&self) -> Result<Option<Kept>, Unusable> {
        if let Some(file) = &self.file
            && let Some(bytes) = file.read().map_err(|error| cannot("read", file.path(), &error))?
        {
            return Entry::read(&bytes, Location::File(file.path().to_owned())).map(Some);
        }
        if !self.uses_platform {
            return Ok(None);
        }
        match platform::read(&self.account).map_err(|problem| Unusable::platform(&problem))? {
            Some(bytes) => Entry::read(&bytes, Location::Platform).map(Some),
            None => Ok(None),
        }
    }

    /// Whether it is the token of the same account.
    pub(crate) fn is_of_account(&self, other: &Self) -> bool {
        self.account == other.account
    }

    /// Finds out before anybody signs in whether the file can be written, where the token goes into it.
    pub(crate) fn prepare(&self) -> Result<(), Unusable> {
        match &self.file {
            Some(file) if !(self.uses_platform && platform::exists()) => {
                file.prepare().map_err(|error| cannot("write", file.path(), &error))
            }
            _ => Ok(()),
        }
    }

    /// Whether a new token goes into the keychain of the platform first.
    pub(crate) fn uses_platform(&self) -> bool {
        self.uses_platform
    }

    /// Where a file is, if the keychain of the platform is not used or cannot be.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(PrivateFile::path)
    }

    /// Keeps a token in the keychain of the platform. It may wait for the user, who is asked to unlock it.
    pub(crate) fn keep_in_platform(&self, token: &RefreshToken) -> Result<Location, Unusable> {
        let entry = Entry::bytes(token)?;
        platform::write(&self.account, &entry).map_err(|problem| Unusable::platform(&problem))?;
        // Later runs would use it, and it is older.
        if let Some(file) = &self.file {
            file.delete().map_err(|error| cannot("delete", file.path(), &error))?;
        }
        Ok(Location::Platform)
    }

    /// Keeps a token in the file.
    pub(crate) fn keep_in_file(&self, token: &RefreshToken) -> Result<Location, Unusable> {
        let Some(file) = &self.file else {
            return Err(Unusable(format!("this platform has no folder for the file: set {FOLDER_VARIABLE}")));
        };
        file.write(&Entry::bytes(token)?).map_err(|error| cannot("write", file.path(), &error))?;
        Ok(Location::File(file.path().to_owned()))
    }

    /// Deletes the token wherever it is kept, and returns where it was.
    pub(crate) fn forget(&self) -> Result<Vec<Location>, Unusable> {
        let mut found = Vec::new();
        if let Some(file) = &self.file
            && file.delete().map_err(|error| cannot("delete", file.path(), &error))?
        {
            found.push(Location::File(file.path().to_owned()));
        }
        if self.uses_platform {
            match platform::delete(&self.account) {
                Ok(true) => found.push(Location::Platform),
                // Where a file was in use, the keychain could not be used.
                Err(problem) if found.is_empty() => return Err(Unusable::platform(&problem)),
                Ok(false) | Err(_) => {}
            }
        }
        Ok(found)
    }
}

/// A new token replaces the one that is there, where that is.
impl RefreshTokenStore for Keychain {
    fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
        Ok(self.find()?.map(|kept| kept.token))
    }

    fn save(&self, token: &RefreshToken) -> Result<(), BoxError> {
        match self.find()?.map(|kept| kept.location) {
            Some(Location::File(_)) => self.keep_in_file(token)?,
            Some(Location::Platform) => self.keep_in_platform(token)?,
            // The user signed out in the meantime.
            None => return Ok(()),
        };
        Ok(())
    }
}

/// Does what may wait for the user, who is asked to unlock the keychain. Where this is dropped, nobody waits any more.
pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Unusable> + Send + 'static,
) -> Result<T, Unusable> {
    let failed = |error| Unusable(format!("{} failed: {error}", platform::NAME));
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

impl Entry {
    fn bytes(token: &RefreshToken) -> Result<Vec<u8>, Unusable> {
        let since = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let entry = Self { refresh_token: token.expose().to_owned(), since };
        serde_json::to_vec(&entry).map_err(|error| Unusable(format!("cannot write the refresh token: {error}")))
    }

    /// The error of the parser could hold the token.
    fn read(bytes: &[u8], location: Location) -> Result<Kept, Unusable> {
        let Ok(entry) = serde_json::from_slice::<Self>(bytes) else {
            return Err(Unusable(format!("what {location} holds is not what mde has written")));
        };
        let since = DateTime::parse_from_rfc3339(&entry.since).ok().map(|time| time.to_utc());
        Ok(Kept { token: RefreshToken::new(entry.refresh_token), since, location })
    }
}

impl Unusable {
    fn platform(problem: &str) -> Self {
        Self(format!("{} cannot be used: {problem}", platform::NAME))
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Unusable {
    Unusable(format!("cannot {what} {}: {error}", escape_path(path)))
}

/// A name that any file system takes.
fn file_name(account: &str) -> String {
    let digest = Sha256::digest(account.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}.json")
}
