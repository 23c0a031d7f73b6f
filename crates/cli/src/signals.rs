//! Signals that ask a run to end: SIGINT (Ctrl-C), SIGTERM, and SIGHUP.

use std::sync::mpsc;
use std::time::Duration;
use std::{io, process, thread};

use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::exit::Exit;

/// How long a run may take to end and to restore the terminal, before the process exits.
const GRACE: Duration = Duration::from_secs(1);

/// The signals that ask a run to end. The first one is handled by the run; the second one exits the process, and so does
/// one that arrives when the run is over but its output is not yet written.
pub(crate) struct Signals(UnboundedReceiver<()>);

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
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tells the run of the signals, and ends the process where the run does not do so itself.
fn relay(run: &UnboundedSender<()>, ready: &mpsc::Sender<()>) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut heard = Heard::listen();
        let _ = ready.send(());
        heard.next().await;
        if run.send(()).is_ok() {
            heard.next().await;
            let _ = run.send(());
        }
        // One more does away with the grace.
        let _ = timeout(GRACE, heard.next()).await;
        process::exit(Exit::Interrupted as i32)
    })
}

#[cfg(unix)]
use unix::Heard;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signals of the system.
    pub(super) struct Heard([Option<Signal>; 3]);

    impl Heard {
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

    /// On other systems only `sigaction` tells, which needs unsafe code, so there a signal counts even if the process was
    /// started to ignore it.
    #[cfg(not(target_os = "linux"))]
    fn ignored() -> u64 {
        0
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Heard;

#[cfg(not(unix))]
impl Heard {
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
