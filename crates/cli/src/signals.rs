//! What asks a run to end: Ctrl-C, a script or a container that stops it, or a terminal that is closed.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask a run to end. From their being listened for on, none of them ends the process as such.
#[cfg(unix)]
pub(crate) struct Signals([Option<Signal>; 3]);

#[cfg(unix)]
impl Signals {
    /// Has to be called in a runtime. Where the system does not let us listen, a signal ends the process.
    pub(crate) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self(kinds.map(|kind| signal(kind).ok()))
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        let [interrupted, terminated, hung_up] = &mut self.0;
        tokio::select! {
            () = received(interrupted) => {}
            () = received(terminated) => {}
            () = received(hung_up) => {}
        }
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> Self {
        Self
    }

    /// Waits for the next one. Where the system does not tell, there is none, and Ctrl-C ends the process.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
