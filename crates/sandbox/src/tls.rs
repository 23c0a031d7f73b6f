//! Certificates of a sandbox's own.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

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
