//! The thread that does the work, one job after the other.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use crate::keeper::{Desk, Keeper, Shared};
use crate::trouble::Trouble;
use crate::{StoreError, StoreOptions};

pub(crate) type Job = Box<dyn FnOnce(&mut Keeper) + Send>;

/// Who hands jobs to the thread. When it is dropped, it waits until all of them are done.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) path: Option<PathBuf>,
    /// None only while it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    pub(crate) shared: Shared,
}

impl Worker {
    pub(crate) fn start(path: Option<PathBuf>, options: StoreOptions) -> Arc<Self> {
        let shared = Shared::default();
        let keeper = Keeper::new(path.clone(), options, shared.clone());
        let (jobs, queue) = channel();
        // Where the system gives no thread, nobody takes the jobs, which whoever hands one in is told.
        let thread = thread::Builder::new().name("mde-store".to_owned()).spawn(move || work(keeper, queue)).ok();
        Arc::new(Self { path, jobs: Some(jobs), thread, shared })
    }

    /// Has a job done, and waits for what it yields.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Desk<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(move |keeper| keeper.perform(job)).await
    }

    /// Has something asked of the keeper, and waits for what it says.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Keeper) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(move |keeper| {
            // Whoever asked may have gone.
            let _ = reply.send(question(keeper));
        });
        let gone = || StoreError::new(self.path.as_deref(), "the system gives no thread to write it with");
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Has a job done at some time.
    pub(crate) fn enqueue(&self, job: impl FnOnce(&mut Keeper) + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Box::new(job));
        }
    }

    /// A way to hand in jobs that does not keep the thread waiting for more, once it is dropped.
    pub(crate) fn entrance(&self) -> Option<Sender<Job>> {
        self.jobs.clone()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(mut keeper: Keeper, queue: Receiver<Job>) {
    for job in queue {
        job(&mut keeper);
    }
}
