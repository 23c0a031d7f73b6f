//! Certificates of a sandbox's own, and connections under them.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// How long a client may take over its handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How many connections wait at most, between handshake and service.
const WAITING: usize = 64;

/// What a server and its clients need to trust each other.
pub(crate) struct Tls {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

impl Tls {
    /// A new authority and one certificate under it. The authority's key is gone afterwards: it signs nothing else.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Tls> {
        make(address).map_err(io::Error::other)
    }
}

fn make(address: SocketAddr) -> Result<Tls, Box<dyn Error + Send + Sync>> {
    // The dates that rcgen sets when told none are centuries apart, so that no clock is ever outside them.
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

/// Every name of this machine by which a client may call the address.
fn names(address: IpAddr) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    let address = address.to_string();
    if !names.contains(&address) {
        names.push(address);
    }
    names
}

/// Accepts connections, and hands them over once their handshake is done. Those that fail or take too long are
/// dropped, and nobody waits for them.
pub(crate) struct TlsListener {
    address: SocketAddr,
    connections: mpsc::Receiver<Connection>,
}

type Connection = (TlsStream<TcpStream>, SocketAddr);

impl TlsListener {
    /// Has to be called in a runtime, and accepts as long as that lives.
    pub(crate) fn start(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (ready, connections) = mpsc::channel(WAITING);
        tokio::spawn(accept_all(listener, TlsAcceptor::from(config), ready));
        Ok(TlsListener { address, connections })
    }
}

async fn accept_all(mut listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<Connection>) {
    loop {
        // axum's way to accept, which sits out errors such as too many open files.
        let (stream, from) = Listener::accept(&mut listener).await;
        let (handshake, ready) = (acceptor.accept(stream), ready.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_LIMIT, handshake).await {
                // It fails only when nobody serves any more.
                let _ = ready.send((stream, from)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Connection {
        match self.connections.recv().await {
            Some(connection) => connection,
            // The task that accepts has ended, and with it the runtime.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    //! Only in here can the time be made to pass.

    use std::net::Ipv4Addr;

    use tokio::io::AsyncReadExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_never_shakes_hands_is_dropped_after_the_limit() -> Result<(), Box<dyn Error>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let _listener = TlsListener::start(listener, Tls::new(address)?.config)?;
        let started = Instant::now();
        let mut idle = TcpStream::connect(address).await?;
        // Closed, without a byte.
        assert_eq!(timeout(2 * HANDSHAKE_LIMIT, idle.read(&mut [0; 64])).await??, 0);
        assert!(started.elapsed() >= HANDSHAKE_LIMIT);
        Ok(())
    }
}
