//! Claims, as a program uses them, so that of several processes one asks about each subject.

use std::future::pending;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::SystemTime;

use mde_client::QuotaKey;
use tokio::sync::oneshot;

use crate::answers::{CachedAnswer, Scope};
use crate::claim_rows::{self, Known, Question};
use crate::connection::{Connection, Context};
use crate::error::StoreError;
use crate::store::{Job, Store, Worker};

/// What became of a subject that was to be claimed.
#[derive(Debug)]
pub enum Claimed {
    /// There is an answer that is new enough.
    Answered(CachedAnswer),
    /// The subject is the caller's to ask about.
    Granted(Claim),
    /// Somebody else asks about it: another process, or a holder of a claim of this store. Its answer will be there soon,
    /// or the claim be free again.
    Held,
}

/// The right to ask about a subject, which one process at a time has. It ends when it is dropped, and when the answer is
/// [put](Store::put) into the store. If its process is killed, it ends within **5 s**.
#[derive(Debug)]
pub struct Claim {
    /// It keeps the thread running that ends the claim.
    worker: Arc<Worker>,
    question: Question,
    number: u64,
    lost: oneshot::Receiver<()>,
}

impl Claim {
    /// Waits until the claim is lost, for good if it is not: what is asked need not be asked any more, or not by its owner.
    ///
    /// A process that stands still for more than **5 s**, as while a lid is closed, or that does not use the store for more
    /// than **30 s**, loses its claims to who asks for them; [`Store::share_work`] is a use that costs little. The
    /// ledger of the store looks again before it gives out a permit. So a call that is given up when its claim is lost makes
    /// no request that somebody else made meanwhile.
    pub async fn lost(&mut self) {
        // Without a sender it has ended, but not been lost.
        if self.lost.is_terminated() || (&mut self.lost).await.is_err() {
            pending::<()>().await;
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let (question, number) = (std::mem::take(&mut self.question), self.number);
        self.worker.enqueue(move |connection| release(connection, &question, number));
    }
}

impl Store {
    /// Goes through subjects in their order, until `most` of them are claimed, and returns what is known of each that it came
    /// to. An answer counts if it came at `not_before` or later, as for [`Self::get`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::SystemTime;
    /// # use mde_client::QuotaKey;
    /// # use mde_store::{Claimed, Scope, Store};
    /// # let sandbox = mde_sandbox::Sandbox::start().await?;
    /// # let store = Store::in_memory();
    /// # let scope = Scope { key: QuotaKey::new("e", "o"), parameters: String::new() };
    /// let client = mde_client::Client::builder().endpoint(sandbox.url()).token(sandbox.token());
    /// let client = client.quota_ledger(store.ledger()).build()?;
    /// let subjects = vec!["8.8.8.8".to_owned(), "1.1.1.1".to_owned()];
    /// for (subject, claimed) in store.claim(&scope, subjects, SystemTime::UNIX_EPOCH, 8).await? {
    ///     match claimed {
    ///         Claimed::Answered(answer) => println!("{subject} is cached: {} bytes", answer.body.len()),
    ///         Claimed::Held => println!("{subject} is asked about by another process: claim it again in a while"),
    ///         Claimed::Granted(mut claim) => {
    ///             let ip: std::net::IpAddr = subject.parse()?;
    ///             tokio::select! {
    ///                 response = client.get_ip_statistics(ip).send() => {
    ///                     store.put(&scope, &subject, response?.raw(), SystemTime::now()).await?;
    ///                 }
    ///                 () = claim.lost() => println!("{subject} was asked about meanwhile: claim it again"),
    ///             }
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn claim(
        &self,
        scope: &Scope,
        subjects: Vec<String>,
        not_before: SystemTime,
        most: usize,
    ) -> Result<Vec<(String, Claimed)>, StoreError> {
        let (scope, sender) = (scope.text(), self.0.sender());
        let claim = move |connection: &mut Connection| {
            let known = connection.run(|context: &mut Context<'_>| {
                let between = (not_before, context.clock);
                claim_rows::claim(context.db, context.claims, &scope, (&subjects, most), between)
            })?;
            let pair = |(subject, known): (String, Known)| {
                let claim = matches!(known, Known::Claimed).then(|| {
                    let question = (scope.clone(), subject.clone());
                    let (number, lost) = connection.claims().note(question.clone(), not_before);
                    UnacceptedClaim { sender: sender.clone(), question, number, lost: Some(lost) }
                });
                (subject, known, claim)
            };
            Ok(subjects.into_iter().zip(known).map(pair).collect::<Vec<_>>())
        };
        let accept = |(subject, known, claim): (String, Known, Option<UnacceptedClaim>)| {
            let claimed = match (known, claim.and_then(|claim| claim.accept(&self.0))) {
                (Known::Answered(answer), _) => Claimed::Answered(answer),
                (Known::Claimed, Some(claim)) => Claimed::Granted(claim),
                _ => Claimed::Held,
            };
            (subject, claimed)
        };
        Ok(self.0.call(claim).await?.into_iter().map(accept).collect())
    }

    /// Says how many calls this process has still to make, and returns how many it is for all that share the quota and are
    /// alive. `list` identifies what there is to ask: processes with the same list share it, so it counts once, by the one
    /// that has the fewest calls left. Lists that overlap count twice where they do, so the sum is then too high.
    ///
    /// The last number counts until the store is dropped, or its process was dead for 5 s.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn share_work(&self, key: &QuotaKey, list: u64, calls: u64) -> Result<u64, StoreError> {
        let key = key.clone();
        let share = move |context: &mut Context<'_>| {
            claim_rows::share_work(context.db, context.claims, &key, (list, calls), context.clock)
        };
        self.0.run(share).await
    }
}

/// A claim on its way to the caller, on the thread that must not wait for its own end. It is released where the caller's
/// future was dropped.
struct UnacceptedClaim {
    sender: Option<Sender<Job>>,
    question: Question,
    number: u64,
    lost: Option<oneshot::Receiver<()>>,
}

impl UnacceptedClaim {
    fn accept(mut self, worker: &Arc<Worker>) -> Option<Claim> {
        self.sender = None;
        let question = std::mem::take(&mut self.question);
        Some(Claim { worker: Arc::clone(worker), question, number: self.number, lost: self.lost.take()? })
    }
}

impl Drop for UnacceptedClaim {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            let (question, number) = (std::mem::take(&mut self.question), self.number);
            let _ = sender.send(Box::new(move |connection| release(connection, &question, number)));
        }
    }
}

/// Where the claim cannot be deleted, it ends with the process.
fn release(connection: &mut Connection, question: &Question, number: u64) {
    if connection.claims().holds(question, number) {
        let _ = connection.run(|context| claim_rows::release(context.db, context.claims, question, number));
    }
}
