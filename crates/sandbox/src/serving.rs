//! The thread on which a sandbox answers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use axum::Router;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::rustls::ServerConfig;

use crate::builder::StartError;
use crate::tls::TlsListener;

pub(crate) struct ServingThread {
    /// Dropped to end the thread.
    stop: oneshot::Sender<()>,
    handle: thread::JoinHandle<()>,
}

impl ServingThread {
    /// Returns once requests can be sent.
    pub(crate) async fn start(
        listener: TcpListener,
        routes: Router,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<ServingThread> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let handle = thread::Builder::new()
            .name("mde-sandbox".to_owned())
            .spawn(move || serve(listener, routes, tls, ready, stopped))?;
        is_ready.await.unwrap_or_else(|_| Err(io::Error::other("the thread of the sandbox ended")))?;
        Ok(ServingThread { stop, handle })
    }

    /// Returns once the port and all connections are closed.
    pub(crate) fn end(self) {
        drop(self.stop);
        // The thread could only have panicked, and then it serves no more either.
        let _ = self.handle.join();
    }
}

pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().to_canonical().is_loopback() {
        return Err(StartError::NotLoopback { address });
    }
    TcpListener::bind(address).and_then(|listener| listener.set_nonblocking(true).map(|()| listener)).map_err(
        |reason| match reason.kind() {
            io::ErrorKind::AddrInUse => StartError::InUse { address },
            _ => StartError::Listen { address, reason },
        },
    )
}

/// Serves until the other end of `stopped` is dropped. The runtime goes with this function, and all connections go
/// with the runtime: waiting for them to end would wait for whoever holds one open.
fn serve(
    listener: TcpListener,
    routes: Router,
    tls: Option<Arc<ServerConfig>>,
    ready: oneshot::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    match serving_runtime(listener, routes, tls) {
        Ok(runtime) => {
            // Nobody waits for a start that was given up.
            let _ = ready.send(Ok(()));
            // Nothing is ever sent: it ends with an error, when the sandbox is dropped.
            let _ = runtime.block_on(stopped);
        }
        Err(reason) => {
            let _ = ready.send(Err(reason));
        }
    }
}

fn serving_runtime(listener: TcpListener, routes: Router, tls: Option<Arc<ServerConfig>>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let within = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    match tls {
        None => drop(runtime.spawn(axum::serve(listener, routes).into_future())),
        Some(config) => {
            let listener = TlsListener::start(listener, config)?;
            drop(runtime.spawn(axum::serve(listener, routes).into_future()));
        }
    }
    drop(within);
    Ok(runtime)
}
