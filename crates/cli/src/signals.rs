//! What asks a run to end: Ctrl-C, a script or a container that stops it, or a terminal that is closed.

use std::sync::mpsc;
use std::time::Duration;
use std::{io, process, thread};

use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::exit::Exit;

/// How long a run may take to end by itself, which leaves the terminal as it was, before the process is ended.
const GRACE: Duration = Duration::from_secs(1);

/// The signals that ask a run to end. From their being listened for on, the first one is the run's to heed; the second
/// ends the process, and so does one that comes when the run is over and only its output is not.
pub(crate) struct Signals(UnboundedReceiver<()>);

impl Signals {
    /// Where the system does not let us listen, a signal ends the process.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = unbounded_channel();
        let (ready, is_ready) = mpsc::channel();
        // The run has one thread, which a write to a pipe that nobody reads holds up for good.
        let listener = thread::Builder::new().name("signals".to_owned()).spawn(move || relay(&sender, &ready));
        if listener.is_ok() {
            // An error says that there is nothing to wait for.
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

    /// What the system tells of.
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

    /// Other systems tell only by `sigaction`, which cannot be called without unsafe code, so that there a signal counts
    /// even if the process was started to ignore it.
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

    /// Where the system does not tell, there is none, and Ctrl-C ends the process.
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
