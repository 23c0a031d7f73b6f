//! What a caller has in hand.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use mde_client::{QuotaKey, QuotaLedger, QuotaWindow};

use crate::aside::{delete, files_set_aside};
use crate::keeper::Desk;
use crate::ledger::Ledger;
use crate::replace::is_broken_off;
use crate::trouble::{hopeless, shown};
use crate::worker::Worker;
use crate::{QuotaUse, Remembered, Scope, SetAside, StoreError, StoreOptions, answers, books, connect};

/// A memory, in a file that processes share. Clones are cheap, and are the same memory.
#[derive(Clone, Debug)]
pub struct Store(Arc<Worker>);

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
    /// How large the file is, in bytes, with what SQLite has beside it. A memory of the process has no file.
    pub size: u64,
    /// The files that were set aside, by this process or others, and are still there. They may hold answers too.
    pub set_aside: Vec<PathBuf>,
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleared {
    /// How many answers.
    pub answers: u64,
    /// How many files were deleted that had been set aside.
    pub files: u64,
}

impl Store {
    /// Opens the memory in a file, or makes a new one. A file that is damaged or locked for long is set aside.
    ///
    /// # Errors
    /// Where the file can neither be opened nor made.
    pub async fn open(path: &Path) -> Result<(Self, Option<SetAside>), StoreError> {
        StoreOptions::new().open(path).await
    }

    /// A memory that goes with the process.
    pub fn in_memory() -> Self {
        StoreOptions::new().in_memory()
    }

    pub(crate) fn of(path: Option<&Path>, options: StoreOptions) -> Self {
        Self(Worker::start(path.map(Path::to_owned), options))
    }

    pub(crate) async fn open_file(path: &Path, options: StoreOptions) -> Result<(Self, Option<SetAside>), StoreError> {
        let store = Self::of(Some(path), options);
        // Dropped before the store is, whose end waits for the thread.
        let waiting = store.0.shared.abandoned.unless_opened();
        // Any job opens the file.
        store.0.call(|_| Ok(())).await?;
        waiting.end();
        let set_aside = store.set_aside();
        Ok((store, set_aside))
    }

    /// Where it is kept, if it is.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The ledger of the quota, which all processes share that opened the same file.
    pub fn ledger(&self) -> Arc<dyn QuotaLedger> {
        Arc::new(Ledger(Arc::clone(&self.0)))
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
        let scope = scope.text();
        self.0.call(move |desk| answers::recall(desk.connection, &scope, &subjects, (not_before, desk.now()))).await
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
        let (scope, subject) = (scope.text(), subject.to_owned());
        let answer = Remembered { body: body.to_owned(), answered_at };
        self.0.call(move |desk| answers::keep(desk.connection, &scope, &subject, &answer)).await
    }

    /// How many calls of each of these windows are used, by all processes that share the memory.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn quota_used(&self, key: &QuotaKey, windows: &[QuotaWindow]) -> Result<Vec<u32>, StoreError> {
        let (key, windows) = (key.clone(), windows.to_vec());
        let used = move |desk: &mut Desk<'_>| books::used(desk.connection, &key, &windows, desk.now());
        self.0.ask(|keeper| keeper.perform_on_what_is_left(used)).await
    }

    /// The quotas of which anything is used.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn quotas_in_use(&self) -> Result<Vec<QuotaUse>, StoreError> {
        let survey = |desk: &mut Desk<'_>| books::survey(desk.connection, desk.now());
        self.0.ask(move |keeper| keeper.perform_on_what_is_left(survey)).await
    }

    /// How much it holds.
    ///
    /// # Errors
    /// As for [`Self::recall`].
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        let path = self.0.path.clone();
        let survey = self.0.call(move |desk| {
            let (answers, oldest, newest) = answers::survey(desk.connection)?;
            let size = path.as_deref().map_or(0, connect::size);
            let set_aside = path.as_deref().map(files_set_aside).unwrap_or_default();
            Ok(Contents { answers, oldest, newest, size, set_aside })
        });
        survey.await
    }

    /// Forgets all answers, and deletes the files that were set aside, for they may hold answers too. The ledger stays: the
    /// service does not forget either.
    ///
    /// # Errors
    /// As for [`Self::recall`], and where a file cannot be deleted.
    pub async fn clear(&self) -> Result<Cleared, StoreError> {
        let path = self.0.path.clone();
        let cleared = self.0.call(move |desk| {
            let answers = answers::clear(desk.connection)?;
            let files = path.as_deref().map(files_set_aside).unwrap_or_default();
            for file in &files {
                let what = || format!("{} cannot be deleted", shown(file));
                delete(file).map_err(|error| hopeless(&what())(error))?;
            }
            Ok(Cleared { answers, files: u64::try_from(files.len()).unwrap_or(u64::MAX) })
        });
        cleared.await
    }

    /// Whether there is anything at a path that may hold answers: the memory itself, or a file that was set aside. Nothing
    /// is opened or made.
    pub fn has_left_anything(path: &Path) -> bool {
        path.exists() || is_broken_off(path) || !files_set_aside(path).is_empty()
    }

    /// A file that was set aside since this was last asked, because it could no longer be used.
    pub fn set_aside(&self) -> Option<SetAside> {
        self.0.shared.untold().set_aside.pop_front()
    }

    /// Why the ledger can no longer be kept in the file, where that is so and nobody was told yet. It goes on in memory with
    /// what this process knows of it, until its end, and no other process sees what is booked there. Answers are neither
    /// kept nor recalled while the file cannot be used; whoever tries is told so each time.
    pub fn failure(&self) -> Option<StoreError> {
        self.0.shared.untold().failure.take()
    }
}
