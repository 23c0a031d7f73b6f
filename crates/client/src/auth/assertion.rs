//! Client assertions: a JWT that an app signs by the key of its certificate, in place of a secret (RFC 7523).

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use azure_core::Uuid;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::certificate::SigningCertificate;
use crate::{Error, ErrorKind};

/// How long an assertion is valid. Microsoft asks for 5 to 10 minutes at most.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Signs an assertion for each token that is asked for, in the [form that Microsoft documents][form].
///
/// [form]: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
#[derive(Debug)]
pub(super) struct SignedAssertion {
    pub(super) certificate: Arc<SigningCertificate>,
    /// The URL of the token endpoint.
    pub(super) audience: String,
    pub(super) client_id: String,
}

impl SignedAssertion {
    fn sign(&self, now: SystemTime) -> azure_core::Result<String> {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        // A clock that stands before 1970 is refused by the token endpoint, which says so.
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.certificate.thumbprint() });
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": Uuid::new_v4().to_string(),
            "iat": now.as_secs(),
            "nbf": now.as_secs(),
            "exp": (now + LIFETIME).as_secs(),
        });
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.certificate.sign(&signed).ok_or_else(|| {
            let error = Error::new(ErrorKind::Configuration, "the private key of the certificate does not sign")
                .with_advice("make a new key and certificate, and register it with the app");
            azure_core::Error::new(azure_core::error::ErrorKind::Credential, error)
        })?;
        Ok(format!("{signed}.{signature}"))
    }
}

impl ClientAssertion for SignedAssertion {
    fn secret<'a, 'o, 'f>(
        &'a self,
        _: Option<ClientMethodOptions<'o>>,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<String>> + Send + 'f>>
    where
        'a: 'f,
        'o: 'f,
        Self: 'f,
    {
        Box::pin(ready(self.sign(SystemTime::now())))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_has_the_documented_form() {
        let file = include_bytes!("../../tests/certificates/pkcs8.pem");
        let assertion = SignedAssertion {
            certificate: Arc::new(SigningCertificate::read(file, None).unwrap()),
            audience: "https://login.example/contoso.example/oauth2/v2.0/token".to_owned(),
            client_id: "an-app".to_owned(),
        };
        let signed = assertion.sign(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000)).unwrap();
        let parts: Vec<_> = signed.split('.').collect();
        let [header, claims, signature] = *parts else { panic!("{} parts", parts.len()) };
        let read = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        // As OpenSSL computes it: openssl x509 -outform der | openssl dgst -sha256 -binary | basenc --base64url
        let thumbprint = "UB5oR1cWH7CM1VvyIygb4PPLBYtZ_7KpXm8vktNeeOw";
        assert_eq!(read(header), json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
        let mut claims = read(claims);
        let id = claims.as_object_mut().unwrap().remove("jti").unwrap();
        assert!(Uuid::parse_str(id.as_str().unwrap()).is_ok(), "{id}");
        let expected = json!({
            "aud": assertion.audience, "iss": "an-app", "sub": "an-app", "iat": 1_000, "nbf": 1_000, "exp": 1_300
        });
        assert_eq!(claims, expected);
        assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 2048 / 8);
    }
}
