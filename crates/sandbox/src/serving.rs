//! The thread on which a sandbox answers.

use std::future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::builder::StartError;
use crate::connection::{Connection, Socket};

/// How many connections are open at most, of all listeners together. Further ones wait in the backlog of the system until
/// one of these ends, which one without a whole request does soon.
const MAX_CONNECTIONS: usize = 512;

/// How long a client may take over the TLS handshake, and over the head of its first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection is kept for the next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many bytes the head of a request has at most, which is also how much is read ahead, or twice as much.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long to wait before the next accept after the system refused one, usually for too many open files.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(10);

/// Where a sandbox is called, and what answers there.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) routes: Router,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

pub(crate) struct ServingThread {
    /// Dropped to end the thread.
    stop: oneshot::Sender<()>,
    handle: thread::JoinHandle<()>,
}

impl ServingThread {
    /// Returns once requests can be sent.
    pub(crate) async fn start(doors: Vec<Door>) -> io::Result<ServingThread> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let handle =
            thread::Builder::new().name("mde-sandbox".to_owned()).spawn(move || serve(doors, ready, stopped))?;
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
fn serve(doors: Vec<Door>, ready: oneshot::Sender<io::Result<()>>, stopped: oneshot::Receiver<()>) {
    match serving_runtime(doors) {
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

fn serving_runtime(doors: Vec<Door>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let within = runtime.enter();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    for Door { listener, routes, tls } in doors {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        drop(runtime.spawn(accept_all(listener, routes, tls.map(TlsAcceptor::from), Arc::clone(&slots))));
    }
    drop(within);
    Ok(runtime)
}

async fn accept_all(
    listener: tokio::net::TcpListener,
    routes: Router,
    tls: Option<TlsAcceptor>,
    slots: Arc<Semaphore>,
) {
    // The semaphore is never closed.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = Connection::default();
                let socket = Socket::new(stream, connection.clone());
                let (routes, tls) = (routes.clone(), tls.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = serve_connection(socket, routes, tls, connection.clone()) => {}
                        () = connection.ended() => {}
                    }
                    drop(slot);
                });
            }
            Err(reason) if is_of_the_client(&reason) => {}
            Err(_) => sleep(ACCEPT_BACKOFF).await,
        }
    }
}

/// Whether it concerns just one connection, which ended before it began.
fn is_of_the_client(reason: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(reason.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve_connection(socket: Socket, routes: Router, tls: Option<TlsAcceptor>, connection: Connection) {
    match tls {
        None => answer_requests(socket, routes, connection).await,
        Some(acceptor) => {
            // Who fails at the handshake, or takes too long, is dropped.
            if let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, acceptor.accept(socket)).await {
                answer_requests(stream, routes, connection).await;
            }
        }
    }
}

async fn answer_requests(io: impl AsyncRead + AsyncWrite + Unpin, routes: Router, connection: Connection) {
    let routes = TowerToHyperService::new(routes);
    let handle = connection.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        handle.note_request();
        request.extensions_mut().insert(handle.clone());
        routes.call(request.map(Body::new))
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        // A client may close its sending side and still wait for the answer.
        .half_close(true)
        // Of the first request too, but that one has less.
        .header_read_timeout(IDLE_TIMEOUT)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(io), service);
    tokio::select! {
        // What has arrived in time is read first.
        biased;
        // An error is the client's: it went away, or what it sent is not HTTP.
        _ = serving => {}
        () = first_head_timeout(&connection) => {}
    }
}

/// Resolves if no request has begun in time.
async fn first_head_timeout(connection: &Connection) {
    sleep(HEAD_TIMEOUT).await;
    if connection.has_request() {
        future::pending().await
    }
}

#[cfg(test)]
mod tests;
