//! The thread that does the work, one job after the other.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use crate::keeper::{Desk, Keeper, Untold};
use crate::trouble::Trouble;
use crate::{SetAside, StoreError, StoreOptions};

pub(crate) type Job = Box<dyn FnOnce(&mut Keeper) + Send>;

/// Who hands jobs to the thread. When it is dropped, it waits until all of them are done.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) path: Option<PathBuf>,
    /// None only while it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    untold: Untold,
}

impl Worker {
    pub(crate) fn start(path: Option<PathBuf>, options: StoreOptions) -> Arc<Self> {
        let untold = Untold::default();
        let keeper = Keeper::new(path.clone(), options, Arc::clone(&untold));
        let (jobs, queue) = channel();
        // Where the system gives no thread, nobody takes the jobs, which whoever hands one in is told.
        let thread = thread::Builder::new().name("mde-store".to_owned()).spawn(move || work(keeper, queue)).ok();
        Arc::new(Self { path, jobs: Some(jobs), thread, untold })
    }

    /// Has a job done, and waits for what it yields.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Desk<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(move |keeper| {
            // Whoever asked may have gone.
            let _ = reply.send(keeper.perform(job));
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

    pub(crate) fn set_aside(&self) -> Option<SetAside> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
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
