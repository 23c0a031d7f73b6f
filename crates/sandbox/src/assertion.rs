//! Client assertions: a JWT that an app signs with the key of its certificate, in place of a secret (RFC 7523).

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::server::ParsedCertificate;

/// The one type of assertion that is documented.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an assertion is checked against.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a str,
    /// The certificates registered with the app.
    pub(crate) certificates: &'a [Certificate],
    /// The URL of the token endpoint, by each of its names. Errors name the first one.
    pub(crate) audiences: [String; 2],
    /// By the sandbox's clock.
    pub(crate) now: DateTime<Utc>,
    /// The signer uses the clock of the machine, whatever the sandbox's shows.
    pub(crate) now_of_machine: DateTime<Utc>,
}

/// What is wrong with an assertion. Quotes are single ones for the reason that `TokenRefusal` gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssertionFlaw {
    #[error("The client assertion is not a signed JWT: {part}.")]
    Malformed { part: &'static str },
    #[error(
        "The client assertion is signed by the algorithm '{algorithm}', but this sandbox knows RS256 and PS256 only."
    )]
    UnknownAlgorithm { algorithm: String },
    #[error("No certificate is registered with app '{client_id}', so that it cannot sign client assertions.")]
    NoCertificate { client_id: String },
    #[error("No certificate that is registered with app '{client_id}' has the thumbprint {thumbprints}.")]
    UnknownCertificate { client_id: String, thumbprints: Thumbprints },
    #[error(
        "The client assertion is not signed by the key of a certificate that is registered with app '{client_id}'."
    )]
    WrongSignature { client_id: String },
    #[error("The client assertion has '{value}' as '{claim}', which has to be the client id '{client_id}'.")]
    OtherApp { claim: &'static str, value: String, client_id: String },
    #[error("The client assertion is for '{audience}' (its 'aud'), but this token endpoint is '{expected}'.")]
    WrongAudience { audience: String, expected: String },
    #[error("The client assertion has expired: its 'exp' is {moment}, and here it is {now}.")]
    Expired { moment: String, now: String },
    #[error("The client assertion is not valid yet: its 'nbf' is {moment}, and here it is {now}.")]
    Early { moment: String, now: String },
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
    #[serde(rename = "crit", default, deserialize_with = "is_present")]
    has_crit: bool,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    /// Seconds since 1970, of which there may be fractions.
    exp: f64,
    nbf: Option<f64>,
}

/// Checks the claims only after the signature: until then anybody may have written them.
pub(crate) fn verify(assertion: &str, expected: &Expected) -> Result<(), AssertionFlaw> {
    let malformed = |part| AssertionFlaw::Malformed { part };
    let parts: Vec<_> = assertion.splitn(4, '.').collect();
    let [header, claims, signature] = *parts else {
        return Err(malformed("it has to be three parts separated by dots"));
    };
    let parsed: Header =
        json(header).ok_or(malformed("its header has to be a JSON object with 'alg' in base64url without padding"))?;
    if parsed.has_crit {
        return Err(malformed("its header must not have 'crit', for this sandbox understands no extensions"));
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| malformed("its signature has to be in base64url without padding"))?;
    check_signature(&parsed, &format!("{header}.{claims}"), &signature, expected)?;
    let claims = json(claims).ok_or(malformed(
        "its claims have to be a JSON object in base64url without padding, with 'aud', 'iss' and 'sub' as text, and \
         'exp' and, if at all, 'nbf' as numbers",
    ))?;
    check_claims(claims, expected)
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    // serde would read an array as well.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if is_object { serde_json::from_slice(&bytes).ok() } else { None }
}

/// True for any value, null included.
fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

fn check_signature(header: &Header, signed: &str, signature: &[u8], expected: &Expected) -> Result<(), AssertionFlaw> {
    let Expected { certificates, .. } = expected;
    let client_id = expected.client_id.to_owned();
    let algorithm: &'static RsaParameters = match header.alg.as_str() {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        _ => return Err(AssertionFlaw::UnknownAlgorithm { algorithm: header.alg.clone() }),
    };
    if certificates.is_empty() {
        return Err(AssertionFlaw::NoCertificate { client_id });
    }
    let thumbprints = header.thumbprints()?;
    let mut named = certificates.iter().filter(|certificate| certificate.has_thumbprints(&thumbprints)).peekable();
    if named.peek().is_none() {
        return Err(AssertionFlaw::UnknownCertificate { client_id, thumbprints });
    }
    if named.any(|certificate| certificate.has_signed(algorithm, signed.as_bytes(), signature)) {
        Ok(())
    } else {
        Err(AssertionFlaw::WrongSignature { client_id })
    }
}

impl Header {
    /// The thumbprints in the header, if it names the certificate.
    fn thumbprints(&self) -> Result<Thumbprints, AssertionFlaw> {
        Ok(Thumbprints {
            sha1: decoded_digest(self.x5t.as_deref(), "'x5t' in its header has to be a SHA-1 digest in base64url")?,
            sha256: decoded_digest(
                self.x5t_s256.as_deref(),
                "'x5t#S256' in its header has to be a SHA-256 digest in base64url",
            )?,
        })
    }
}

/// Clients write digests in either alphabet of base64, and with or without padding.
fn decoded_digest<const LENGTH: usize>(
    text: Option<&str>,
    flaw: &'static str,
) -> Result<Option<[u8; LENGTH]>, AssertionFlaw> {
    let Some(text) = text else {
        return Ok(None);
    };
    // The padding of 20 and of 32 bytes is one character.
    let text = text.strip_suffix('=').unwrap_or(text);
    let bytes = [URL_SAFE_NO_PAD, STANDARD_NO_PAD].iter().find_map(|base64| base64.decode(text).ok());
    let digest = bytes.and_then(|bytes| bytes.try_into().ok());
    digest.map(Some).ok_or(AssertionFlaw::Malformed { part: flaw })
}

fn check_claims(claims: Claims, expected: &Expected) -> Result<(), AssertionFlaw> {
    let client_id = expected.client_id;
    for (claim, value) in [("iss", claims.iss), ("sub", claims.sub)] {
        if !value.eq_ignore_ascii_case(client_id) {
            return Err(AssertionFlaw::OtherApp { claim, value, client_id: client_id.to_owned() });
        }
    }
    if !expected.audiences.iter().any(|audience| audience.eq_ignore_ascii_case(&claims.aud)) {
        let [audience, _] = &expected.audiences;
        return Err(AssertionFlaw::WrongAudience { audience: claims.aud, expected: audience.clone() });
    }
    let begins = claims.nbf.unwrap_or(f64::NEG_INFINITY);
    let is_valid_at = |moment| begins <= seconds(moment) && seconds(moment) < claims.exp;
    if is_valid_at(expected.now) || is_valid_at(expected.now_of_machine) {
        return Ok(());
    }
    let now = text(expected.now);
    Err(if claims.exp <= seconds(expected.now) {
        AssertionFlaw::Expired { moment: date(claims.exp), now }
    } else {
        AssertionFlaw::Early { moment: date(begins), now }
    })
}

/// Since 1970, to the microsecond.
fn seconds(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_micros() as f64 / 1e6
}

/// As a date, if there is one.
fn date(seconds: f64) -> String {
    DateTime::from_timestamp(seconds as i64, 0).map_or_else(|| seconds.to_string(), text)
}

fn text(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Why a certificate cannot be registered with an app.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The text has no valid PEM block of a certificate.
    #[error("no certificate: one PEM block that begins with -----BEGIN CERTIFICATE----- is needed")]
    Missing,
    /// With several certificates it is not clear which one the app signs with.
    #[error("{count} certificates in one text: register each of them by a call of its own, and no authority's")]
    Several {
        /// How many there are.
        count: usize,
    },
    /// The block holds something else.
    #[error("the PEM block is not an X.509 certificate of version 3")]
    NotX509,
    /// No assertion can be signed with the key.
    #[error("the key of the certificate is not an RSA key of 2048 to 8192 bits, and apps sign with such keys only")]
    UnsupportedKey,
}

/// What the sandbox keeps of a certificate. Its dates and its issuer are not checked.
#[derive(Clone)]
pub(crate) struct Certificate {
    /// A `SubjectPublicKeyInfo` in DER.
    public_key: Vec<u8>,
    sha1: Vec<u8>,
    sha256: Vec<u8>,
}

/// The digests by which an assertion names its certificate. Without any, each certificate is tried.
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
