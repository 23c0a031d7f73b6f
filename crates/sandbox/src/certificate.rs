//! Certificates by whose keys apps sign.

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{RsaParameters, UnparsedPublicKey};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::server::ParsedCertificate;

/// Why a certificate cannot be registered with an app.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is no legible block of a certificate in the text.
    #[error("no certificate: one PEM block that begins with -----BEGIN CERTIFICATE----- is needed")]
    Missing,
    /// It is not clear by which of them the app is to sign.
    #[error("{count} certificates in one text: register each of them by a call of its own, and no authority's")]
    Several {
        /// How many there are.
        count: usize,
    },
    /// The block holds something else.
    #[error("what stands in the PEM block is not an X.509 certificate of version 3")]
    NotX509,
    /// No assertion could be signed by the key.
    #[error("the key of the certificate is not an RSA key of 2048 to 8192 bits, and apps sign by such keys only")]
    UnsupportedKey,
}

/// What the sandbox keeps of a certificate. Its dates and its issuer are not looked at.
#[derive(Clone)]
pub(crate) struct Certificate {
    /// A `SubjectPublicKeyInfo` in DER.
    public_key: Vec<u8>,
    sha1: Vec<u8>,
    sha256: Vec<u8>,
}

/// The digests by which somebody names a certificate. Without any, each certificate may be meant.
#[derive(Debug)]
pub(crate) struct Thumbprints {
    pub(crate) sha1: Option<[u8; 20]>,
    pub(crate) sha256: Option<[u8; 32]>,
}

impl Certificate {
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Certificate, CertificateError> {
        let found: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| CertificateError::Missing)?;
        let [certificate] = found.as_slice() else {
            return Err(match found.len() {
                0 => CertificateError::Missing,
                count => CertificateError::Several { count },
            });
        };
        let parsed = ParsedCertificate::try_from(certificate).map_err(|_| CertificateError::NotX509)?;
        let public_key = parsed.subject_public_key_info().to_vec();
        PublicEncryptingKey::from_der(&public_key).map_err(|_| CertificateError::UnsupportedKey)?;
        Ok(Certificate {
            public_key,
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref().to_vec(),
            sha256: digest(&SHA256, certificate).as_ref().to_vec(),
        })
    }

    pub(crate) fn has_thumbprints(&self, thumbprints: &Thumbprints) -> bool {
        thumbprints.sha1.is_none_or(|sha1| self.sha1 == sha1)
            && thumbprints.sha256.is_none_or(|sha256| self.sha256 == sha256)
    }

    pub(crate) fn has_signed(&self, algorithm: &'static RsaParameters, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(algorithm, &self.public_key).verify(message, signature).is_ok()
    }
}

impl fmt::Display for Thumbprints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sha1 = self.sha1.iter().map(|bytes| hexadecimal(bytes));
        let given: Vec<_> = sha1.chain(self.sha256.iter().map(|bytes| hexadecimal(bytes))).collect();
        formatter.write_str(&given.join(" and "))
    }
}

/// By its SHA-1 thumbprint, as Azure's portal shows certificates.
impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({})", hexadecimal(&self.sha1))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
