//! What ends a sandbox: Ctrl-C, a script or a container that stops it, or a terminal that is closed.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

#[cfg(not(unix))]
use crate::ask::interrupt;

/// The signals that end a sandbox. From their being listened for on, none of them ends the process as such.
#[cfg(unix)]
pub(crate) struct End([Option<Signal>; 3]);

#[cfg(unix)]
impl End {
    /// Has to be called in a runtime. Where the system does not let us listen, a signal ends the process.
    pub(crate) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self(kinds.map(|kind| signal(kind).ok()))
    }

    pub(crate) async fn comes(self) {
        let [interrupted, terminated, hung_up] = self.0;
        tokio::select! {
            () = received(interrupted) => {}
            () = received(terminated) => {}
            () = received(hung_up) => {}
        }
    }
}

#[cfg(unix)]
async fn received(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Ctrl-C ends a sandbox.
#[cfg(not(unix))]
pub(crate) struct End;

#[cfg(not(unix))]
impl End {
    pub(crate) fn listen() -> Self {
        Self
    }

    pub(crate) async fn comes(self) {
        interrupt().await;
    }
}
