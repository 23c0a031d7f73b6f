//! The thread on which a sandbox answers: its listeners, connections, TLS and timeouts.

use std::error::Error;
use std::future;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
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
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::connection::{Connection, Socket};

/// The most open connections, of all listeners together. Further ones wait in the system's backlog until one of these
/// ends; a connection without a complete request ends soon.
const MAX_CONNECTIONS: usize = 512;

/// The limit of the TLS handshake, and of the head of the first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection waits for the next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of a request's head. Up to twice as many are read ahead.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The wait after the system refused to accept, usually for too many open files.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(10);

/// A listening socket, and the routes that it serves.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) routes: Router,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address can be reached from other machines.
    #[error(
        "the sandbox does not listen on {address}, only on loopback such as 127.0.0.1:0: it hands out tokens to \
         anybody, and its figures are made up"
    )]
    NotLoopback {
        /// The requested address.
        address: SocketAddr,
    },
    /// The port is taken.
    #[error("{address} is in use already: choose another port, or port 0 for any free one")]
    InUse {
        /// The requested address.
        address: SocketAddr,
    },
    /// The system refuses the address.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
    /// The system has no thread or no event queue left, or no certificate could be made.
    #[error("cannot serve on {address}: {reason}")]
    Serve {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
}

pub(crate) struct ServerThread {
    /// Dropped to end the thread.
    stop: oneshot::Sender<()>,
    handle: thread::JoinHandle<()>,
}

impl ServerThread {
    /// Returns once requests can be sent.
    pub(crate) async fn start(listeners: Vec<Listener>) -> io::Result<ServerThread> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let handle =
            thread::Builder::new().name("mde-sandbox".to_owned()).spawn(move || serve(listeners, ready, stopped))?;
        is_ready.await.unwrap_or_else(|_| Err(io::Error::other("the thread of the sandbox ended")))?;
        Ok(ServerThread { stop, handle })
    }

    /// Returns once the port and all connections are closed.
    pub(crate) fn end(self) {
        drop(self.stop);
        // An error means that the thread panicked, and then it no longer serves either.
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

/// Serves until the other end of `stopped` is dropped. The runtime is dropped here, and all connections with it:
/// waiting for them to end would wait for whoever holds one open.
fn serve(listeners: Vec<Listener>, ready: oneshot::Sender<io::Result<()>>, stopped: oneshot::Receiver<()>) {
    match serving_runtime(listeners) {
        Ok(runtime) => {
            // The receiver is gone if the start was cancelled.
            let _ = ready.send(Ok(()));
            // Nothing is ever sent: this ends with an error when the sandbox is dropped.
            let _ = runtime.block_on(stopped);
        }
        Err(reason) => {
            let _ = ready.send(Err(reason));
        }
    }
}

fn serving_runtime(listeners: Vec<Listener>) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let within = runtime.enter();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    for Listener { socket, routes, tls } in listeners {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        drop(runtime.spawn(accept_all(socket, routes, tls.map(TlsAcceptor::from), Arc::clone(&slots))));
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

/// Whether the error is of one connection, which ended before it was accepted.
fn is_of_the_client(reason: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(reason.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve_connection(socket: Socket, routes: Router, tls: Option<TlsAcceptor>, connection: Connection) {
    match tls {
        None => answer_requests(socket, routes, connection).await,
        Some(acceptor) => {
            // A handshake that fails, or takes too long, ends the connection.
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
        // The first request has less time, see below.
        .header_read_timeout(IDLE_TIMEOUT)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(io), service);
    tokio::select! {
        // Bytes that arrived in time are read before the timeout is checked.
        biased;
        // An error is the client's: it went away, or what it sent is not HTTP.
        _ = serving => {}
        () = first_head_timeout(&connection) => {}
    }
}

/// Resolves if the head of the first request does not arrive in time.
async fn first_head_timeout(connection: &Connection) {
    sleep(HEAD_TIMEOUT).await;
    if connection.has_request() {
        future::pending().await
    }
}

/// A server's certificate, and the authority that clients have to trust.
pub(crate) struct Tls {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

impl Tls {
    /// A new authority and one certificate under it. The authority's key is not kept: it signs nothing else.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Tls> {
        make(address).map_err(io::Error::other)
    }
}

fn make(address: SocketAddr) -> Result<Tls, Box<dyn Error + Send + Sync>> {
    // By default rcgen sets dates centuries apart, so that no clock is ever outside them.
    let mut authority = CertificateParams::default();
    // Clients that trust several authorities tell them apart by name.
    authority.distinguished_name.push(DnType::CommonName, format!("authority of the mde sandbox at {address}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut server = CertificateParams::new(names(address.ip()))?;
    server.distinguished_name.push(DnType::CommonName, "mde sandbox");
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority)?;

    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { ca_pem: authority.pem(), config: Arc::new(config) })
}

/// Every name by which a client on this machine may call the address.
fn names(address: IpAddr) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    let address = address.to_string();
    if !names.contains(&address) {
        names.push(address);
    }
    names
}

#[cfg(test)]
mod tests;
