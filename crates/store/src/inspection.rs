//! What is in a file, for those who only read: nothing is created, migrated, renamed or deleted.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use tokio::sync::oneshot;

use crate::answers;
use crate::connection::{Behavior, LockWait, Shared};
use crate::error::{DbError, StoreError};
use crate::file::{self, FolderLock, NewerVersion};
use crate::ledger_rows::{self, QuotaUse};
use crate::ownership;
use crate::schema;

/// What a store contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// The number of answers.
    pub answers: u64,
    /// When the oldest answer came.
    pub oldest: Option<SystemTime>,
    /// When the newest answer came.
    pub newest: Option<SystemTime>,
    /// The size of the file and its write-ahead log, in bytes; 0 in memory.
    pub size: u64,
    /// The quarantined files beside it, by whichever process. They may contain answers too.
    pub quarantined: Vec<PathBuf>,
}

/// What [`Store::inspect`](crate::Store::inspect) found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// What the file contains.
    pub contents: Contents,
    /// The quotas of which anything is used.
    pub quotas: Vec<QuotaUse>,
    /// Whether the file is there and has the tables of this version, so that opening it migrates nothing.
    pub is_current: bool,
    /// Where the file is of a newer version: the inspected one is beside it.
    pub newer_version: Option<NewerVersion>,
}

/// Runs [`inspect_now`] on a thread of its own, for it blocks.
pub(crate) async fn inspect(path: PathBuf, behavior: Behavior) -> Result<Option<Inspection>, StoreError> {
    let (sender, receiver) = oneshot::channel();
    let canceled = CancelOnDrop::default();
    let (shared, inspected) = (Arc::clone(&canceled.0), path.clone());
    // The caller's future may have been dropped.
    let inspect = move || drop(sender.send(inspect_now(&inspected, &behavior, &shared)));
    // If the system refuses a thread, the sender is dropped.
    let _ = thread::Builder::new().name("mde-store".to_owned()).spawn(inspect);
    receiver.await.unwrap_or_else(|_| Err(StoreError::new(Some(&path), "cannot start a thread for it")))
}

/// Ends the wait for a lock when the caller's future is dropped.
#[derive(Default)]
struct CancelOnDrop(Arc<Shared>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel_open();
    }
}

fn inspect_now(path: &Path, behavior: &Behavior, shared: &Shared) -> Result<Option<Inspection>, StoreError> {
    let wait = LockWait::new(path, behavior, shared);
    let error = |path: &Path, error| match error {
        DbError::Locked => StoreError::locked(Some(path), behavior.lock_wait),
        error => StoreError::new(Some(path), error),
    };
    let _lock = FolderLock::acquire(path, || wait.pause()).map_err(|problem| error(path, problem))?;
    match wait.repeat(|| inspect_file(path, behavior)) {
        Err(DbError::Newer(version)) => {
            let used = file::of_version(path, schema::VERSION);
            let inspection = wait.repeat(|| inspect_file(&used, behavior)).map_err(|problem| error(&used, problem))?;
            let inspection = inspection.unwrap_or_default();
            let newer_version = Some(NewerVersion { path: path.to_owned(), version, used });
            Ok(Some(Inspection { newer_version, ..inspection }))
        }
        inspection => inspection.map_err(|problem| error(path, problem)),
    }
}

fn inspect_file(path: &Path, behavior: &Behavior) -> Result<Option<Inspection>, DbError> {
    if !ownership::check(path)? {
        ownership::check_place(path)?;
        let quarantined = file::quarantined(path);
        let contents = Contents { quarantined, ..Contents::default() };
        return Ok((!contents.quarantined.is_empty()).then(|| Inspection { contents, ..Inspection::default() }));
    }
    let (db, version) = schema::open_to_read(path)?;
    let quotas = ledger_rows::in_use(&db, &behavior.now())?;
    let contents = contents(&db, Some(path))?;
    Ok(Some(Inspection { contents, quotas, is_current: version == schema::VERSION, newer_version: None }))
}

/// What a database contains, and what is beside its file.
pub(crate) fn contents(db: &rusqlite::Connection, file: Option<&Path>) -> Result<Contents, DbError> {
    let (answers, oldest, newest) = answers::summary(db)?;
    let size = file.map_or(0, file::size);
    let quarantined = file.map(file::quarantined).unwrap_or_default();
    Ok(Contents { answers, oldest, newest, size, quarantined })
}
