//! The certificate of an app with its private key, read from PEM or from a PKCS #12 archive.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p12_keystore::Pkcs12Archive;
use pem::Pem;
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef};

use super::identifiers::unfit;
use crate::Error;

/// The algorithm of an RSA key (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// The algorithm of a key on an elliptic curve (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

const BOTH: &str = "give the certificate together with its private key, as PEM or as a PKCS #12 archive (.pfx)";

/// A certificate and its key, which signs.
pub(super) struct SigningCertificate {
    key: RsaKeyPair,
    thumbprint: String,
}

impl SigningCertificate {
    /// Takes the certificate that belongs to the key; others, such as those of its authorities, are left out. The form is
    /// detected by the content.
    pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Self, Error> {
        let is_pem = bytes.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes());
        let found = if is_pem { of_pem(bytes, password)? } else { of_archive(bytes, password)? };
        match (found.keys.is_empty(), found.certificates.is_empty()) {
            (true, _) => return Err(unfit("the certificate comes without its private key", BOTH)),
            (false, true) => return Err(unfit("the private key comes without its certificate", BOTH)),
            (false, false) => {}
        }
        for key in found.keys {
            if let Some(certificate) = found.certificates.iter().find(|certificate| belongs(certificate, &key)) {
                let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate));
                return Ok(Self { key, thumbprint });
            }
        }
        Err(unfit("the certificate does not belong to the private key", BOTH))
    }

    /// The digest of the certificate by SHA-256, in base64url, as the header of a JWT names it (RFC 7515, `x5t#S256`).
    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A signature by RSASSA-PSS with SHA-256, which a JWT calls PS256 (RFC 7518), in base64url; none where the key does not
    /// sign.
    pub(super) fn sign(&self, text: &str) -> Option<String> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Nothing of the key.
impl fmt::Debug for SigningCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningCertificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// What a file holds, in its order.
#[derive(Default)]
struct Found {
    keys: Vec<RsaKeyPair>,
    /// In DER.
    certificates: Vec<Vec<u8>>,
}

/// How a block of PEM begins (RFC 7468).
const BEGIN: &str = "-----BEGIN ";

fn of_pem(bytes: &[u8], password: Option<&str>) -> Result<Found, Error> {
    let broken = |_| unfit("the certificate is not PEM: a block of it is damaged", BOTH);
    let mut found = Found::default();
    for block in pem::parse_many(bytes).map_err(broken)? {
        match block.tag() {
            "CERTIFICATE" => found.certificates.push(block.into_contents()),
            "PRIVATE KEY" => found.keys.push(key_of_pkcs8(block.contents())?),
            "ENCRYPTED PRIVATE KEY" => found.keys.push(key_of_encrypted_pkcs8(block.contents(), password)?),
            "RSA PRIVATE KEY" => found.keys.push(key_of_pkcs1(&block)?),
            "EC PRIVATE KEY" => return Err(not_rsa("an EC key")),
            "DSA PRIVATE KEY" => return Err(not_rsa("a DSA key")),
            // Comments of other programs, parameters, public keys.
            _ => {}
        }
    }
    Ok(found)
}

/// The form of OpenSSL before its version 1.0. It has an encryption of its own.
fn key_of_pkcs1(block: &Pem) -> Result<RsaKeyPair, Error> {
    if block.headers().get("DEK-Info").is_some() {
        let problem = "the private key is encrypted in an old form of PEM, which is not read";
        return Err(unfit(problem, "write it anew: openssl pkcs12 -export -in OLD.pem -out NEW.pfx"));
    }
    RsaKeyPair::from_der(block.contents()).map_err(rejected)
}

fn key_of_encrypted_pkcs8(der: &[u8], password: Option<&str>) -> Result<RsaKeyPair, Error> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| unusable("it is damaged"))?;
    let password = password.ok_or_else(without_password)?;
    let key = encrypted.decrypt(password).map_err(|_| wrong_password())?;
    key_of_pkcs8(key.as_bytes())
}

fn key_of_pkcs8(der: &[u8]) -> Result<RsaKeyPair, Error> {
    let key = PrivateKeyInfoRef::try_from(der).map_err(|_| unusable("it is damaged"))?;
    match key.algorithm.oid {
        RSA => RsaKeyPair::from_pkcs8(der).map_err(rejected),
        EC => Err(not_rsa("an EC key")),
        other => Err(not_rsa(&format!("a key of the algorithm {other}"))),
    }
}

fn of_archive(bytes: &[u8], password: Option<&str>) -> Result<Found, Error> {
    use p12_keystore::error::Error as Flaw;
    let archive = Pkcs12Archive::from_pkcs12(bytes, password.unwrap_or_default()).map_err(|flaw| match flaw {
        // What was decrypted by a wrong password is padded wrongly, or is nothing that could be read.
        Flaw::MacError(_) | Flaw::UnpadError | Flaw::Pkcs5Error(_) | Flaw::InvalidPrivateKey => match password {
            Some(_) => wrong_password(),
            None => without_password(),
        },
        Flaw::UnsupportedEncryptionScheme | Flaw::UnsupportedMacAlgorithm => {
            let advice = "write it anew: openssl pkcs12 -in OLD.pfx -out NEW.pem";
            unfit("the PKCS #12 archive is encrypted in a way that is not read", advice)
        }
        _ => unfit("the certificate is neither PEM nor a PKCS #12 archive", BOTH),
    })?;
    let keys = archive.keys.iter().map(|bag| key_of_pkcs8(bag.key.as_der())).collect::<Result<_, _>>()?;
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
    Ok(Found { keys, certificates })
}

/// Whether a certificate is about the public key that a private key has.
fn belongs(certificate: &[u8], key: &RsaKeyPair) -> bool {
    let parsed = x509_parser::parse_x509_certificate(certificate);
    parsed.is_ok_and(|(_, parsed)| *parsed.public_key().subject_public_key.data == *key.public_key().as_ref())
}

fn rejected(reason: KeyRejected) -> Error {
    unusable(match reason.description_() {
        "TooSmall" => "it is too small",
        "TooLarge" => "it is too large",
        _ => "it is damaged",
    })
}

fn unusable(why: &str) -> Error {
    unfit(format!("the private key of the certificate cannot be used: {why}"), RSA_KEYS)
}

fn not_rsa(what: &str) -> Error {
    unfit(format!("the private key of the certificate is {what}"), RSA_KEYS)
}

const RSA_KEYS: &str = "make a certificate with an RSA key of 2048 to 8192 bits, and register it with the app";

fn without_password() -> Error {
    unfit("the private key of the certificate is encrypted, and no password is given", "give its password")
}

fn wrong_password() -> Error {
    unfit("the password does not open the private key of the certificate", "check the password and the file")
}
