//! What Ctrl-C does: the signals that ask a run to end, and a ledger that can be drained, so that no further attempt begins
//! and the run knows when the last one in flight is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use std::{io, process, thread};

use mde_client::{
    Acquire, BoxError, BoxFuture, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, Throttled,
};
use tokio::runtime;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::exit::Exit;

/// How long a run may take to note a signal; and to end and to restore the terminal, before the process exits.
const GRACE: Duration = Duration::from_secs(1);

/// The signals that ask a run to end. The first one is handled by the run; the second one exits the process, and so does
/// one that the run does not note in time, because its thread waits for who reads its output, or that arrives when the run
/// is over but its output is not yet written.
pub(crate) struct Signals(UnboundedReceiver<Noted>);

/// Sent by the run that notes a signal.
type Noted = oneshot::Sender<()>;

impl Signals {
    /// Where the system does not let us listen, a signal ends the process.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = unbounded_channel();
        let (ready, is_ready) = mpsc::channel();
        // The run has one thread, which a write to a full pipe blocks for good.
        let listener = thread::Builder::new().name("signals".to_owned()).spawn(move || relay(&sender, &ready));
        if listener.is_ok() {
            // An error means that there is nothing to wait for.
            let _ = is_ready.recv();
        }
        Self(receiver)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        match self.0.recv().await {
            Some(noted) => {
                // Nobody waits for the note on a second signal.
                let _ = noted.send(());
            }
            None => std::future::pending().await,
        }
    }
}

/// Forwards signals to the run, and ends the process if the run does not end in time.
fn relay(run: &UnboundedSender<Noted>, ready: &mpsc::Sender<()>) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut signals = SystemSignals::listen();
        let _ = ready.send(());
        signals.next().await;
        let is_blocked = match timeout(GRACE, notify(run)).await {
            Ok(Some(())) => {
                signals.next().await;
                drop(notify(run));
                false
            }
            Ok(None) => false,
            Err(_) => true,
        };
        if !is_blocked {
            // A third signal skips the grace period.
            let _ = timeout(GRACE, signals.next()).await;
        }
        process::exit(Exit::Interrupted as i32)
    })
}

/// Notifies the run of a signal, and waits until the run notes it; nothing if the run is over.
fn notify(run: &UnboundedSender<Noted>) -> impl Future<Output = Option<()>> + use<> {
    let (noted, note) = oneshot::channel();
    let _ = run.send(noted);
    async { note.await.ok() }
}

#[cfg(unix)]
use unix::SystemSignals;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signals of the system.
    pub(super) struct SystemSignals([Option<Signal>; 3]);

    impl SystemSignals {
        /// A signal that the process was started to ignore, as by `nohup`, stays ignored.
        pub(super) fn listen() -> Self {
            let ignored = ignored();
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            Self(kinds.map(|kind| match ignored >> (kind.as_raw_value() - 1) & 1 {
                0 => signal(kind).ok(),
                _ => None,
            }))
        }

        pub(super) async fn next(&mut self) {
            let [interrupted, terminated, hung_up] = &mut self.0;
            tokio::select! {
                () = received(interrupted) => {}
                () = received(terminated) => {}
                () = received(hung_up) => {}
            }
        }
    }

    async fn received(signal: &mut Option<Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    /// The signals that the process ignores, the first one in the lowest bit.
    #[cfg(target_os = "linux")]
    fn ignored() -> u64 {
        let status = procfs::process::Process::myself().and_then(|process| process.status());
        status.map_or(0, |status| status.sigign)
    }

    /// On other systems only `sigaction` shows it, which needs unsafe code, so there a signal counts even if the process was
    /// started to ignore it.
    #[cfg(not(target_os = "linux"))]
    fn ignored() -> u64 {
        0
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct SystemSignals;

#[cfg(not(unix))]
impl SystemSignals {
    fn listen() -> Self {
        Self
    }

    /// If the system cannot report it, Ctrl-C ends the process.
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A ledger that forwards to another one until it is drained.
#[derive(Debug)]
pub(crate) struct DrainingLedger {
    ledger: Arc<dyn QuotaLedger>,
    is_draining: AtomicBool,
    /// How many permits are in use: attempts in flight.
    out: AtomicUsize,
    /// How many permits are being acquired, and how many answers are being cached.
    at_work: AtomicUsize,
    is_idle: Notify,
}

impl DrainingLedger {
    pub(crate) fn new(ledger: Arc<dyn QuotaLedger>) -> Self {
        let (out, at_work) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { ledger, is_draining: AtomicBool::new(false), out, at_work, is_idle: Notify::new() }
    }

    /// From now on no attempt begins. Calls that need a permit wait.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    /// How many attempts are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.out.load(Ordering::SeqCst)
    }

    /// Work that [`Self::idle`] waits for, until the result is dropped.
    pub(crate) fn begin_work(&self) -> PendingWork<'_> {
        self.at_work.fetch_add(1, Ordering::SeqCst);
        PendingWork(self)
    }

    /// Waits until no attempt is in flight, and all their answers are cached.
    pub(crate) async fn idle(&self) {
        loop {
            let changed = self.is_idle.notified();
            if self.is_idle_now() {
                return;
            }
            changed.await;
        }
    }

    fn is_idle_now(&self) -> bool {
        self.in_flight() == 0 && self.at_work.load(Ordering::SeqCst) == 0
    }

    fn notify_if_idle(&self) {
        if self.is_idle_now() {
            self.is_idle.notify_waiters();
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }
}

/// Work that a run waits for before it ends.
pub(crate) struct PendingWork<'a>(&'a DrainingLedger);

impl Drop for PendingWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
        self.0.notify_if_idle();
    }
}

impl QuotaLedger for DrainingLedger {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        Box::pin(async move {
            if self.is_draining() {
                return Ok(Acquire::Busy);
            }
            let _work = self.begin_work();
            let acquired = self.ledger.acquire(request).await?;
            match acquired {
                Acquire::Permit(permit) if self.is_draining() => {
                    self.ledger.release(request.key, permit, PermitUse::Unsent);
                    Ok(Acquire::Busy)
                }
                Acquire::Permit(_) => {
                    self.out.fetch_add(1, Ordering::SeqCst);
                    Ok(acquired)
                }
                _ => Ok(acquired),
            }
        })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        self.ledger.release(key, permit, usage);
        self.out.fetch_sub(1, Ordering::SeqCst);
        self.notify_if_idle();
    }

    fn pause<'a>(
        &'a self,
        request: PermitRequest<'a>,
        throttled: Throttled<'a>,
    ) -> BoxFuture<'a, Result<Pause, BoxError>> {
        self.ledger.pause(request, throttled)
    }
}
