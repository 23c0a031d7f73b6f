//! The apps that are registered in the sandbox's tenants.

use std::fmt;

use crate::assertion::{Certificate, CertificateError};
use crate::rate_limit::{Quota, RateLimit};
use crate::users::{REQUIRED_ROLE, TokenClaims, User};

/// The tenant that has a licence.
pub(crate) const TENANT: &str = "5a4db0c5-0000-4000-8000-000000000001";

/// The other tenant, which has none.
pub(crate) const UNLICENSED_TENANT: &str = "5a4db0c5-0000-4000-8000-000000000007";

/// What apps ask for to get tokens for that audience (documented).
pub(crate) const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// A program that is registered in a tenant, with the client secret by which it gets tokens.
///
/// By default an app is in [`Sandbox::tenant`](crate::Sandbox::tenant), acts for itself, has no role, and a secret that
/// has not expired:
///
/// ```
/// use mde_sandbox::App;
///
/// let app = App::new("5a4db0c5-0000-4000-8000-00000000000a", "made up").with_role("Ip.Read.All");
/// assert_eq!(app.note(), "may ask");
/// ```
#[derive(Clone)]
#[must_use = "an app is registered by SandboxBuilder::app()"]
pub struct App {
    client_id: String,
    client_secret: String,
    roles: Vec<String>,
    user: Option<User>,
    certificates: Vec<Certificate>,
    secret_has_expired: bool,
    is_licensed: bool,
    is_public: bool,
}

impl App {
    /// An app by its client id, any text but usually a GUID, and its client secret. An empty secret never
    /// authenticates: an app that has one gets tokens by a certificate only.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> App {
        App {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            roles: Vec::new(),
            user: None,
            certificates: Vec::new(),
            secret_has_expired: false,
            is_licensed: true,
            is_public: false,
        }
    }

    /// A public client by its client id: an app that people have on their own machines, and that cannot keep a secret.
    /// A [`User`] signs in to it, in a browser or by a device code, and it gets tokens for that user.
    ///
    /// Its redirect URIs are `http://localhost` and `http://127.0.0.1`, with any port and path.
    pub fn public(client_id: impl Into<String>) -> App {
        App { is_public: true, ..App::new(client_id, "") }
    }

    /// Grants an application permission, which the app's tokens then name in the claim `roles`.
    pub fn with_role(mut self, role: impl Into<String>) -> App {
        self.roles.push(role.into());
        self
    }

    /// Marks the client secret as expired: the app gets no token with it.
    pub fn with_expired_secret(mut self) -> App {
        self.secret_has_expired = true;
        self
    }

    /// Registers a certificate, as PEM, in addition to those already registered. Client assertions signed with its key
    /// get tokens, whether or not the secret has expired. The key must be RSA; dates and issuer of the certificate are
    /// not checked.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] if `pem` does not hold exactly one certificate, or one with another key.
    pub fn with_certificate(mut self, pem: impl AsRef<[u8]>) -> Result<App, CertificateError> {
        self.certificates.push(Certificate::from_pem(pem.as_ref())?);
        Ok(self)
    }

    /// Makes the app act for a user who has signed in: its tokens have the user's scopes in the claim `scp`, in place
    /// of the app's roles.
    ///
    /// Like any other app with a secret it gets them by client credentials. Entra issues them only after the user has
    /// signed in, as to an [`App::public`]: a ruling of ours, which spares tests the sign-in.
    pub fn on_behalf_of(mut self, user: User) -> App {
        self.user = Some(user);
        self
    }

    /// Moves the app from [`Sandbox::tenant`](crate::Sandbox::tenant) to a tenant without a licence for the service: it
    /// gets tokens there, but every call with one of them is refused. An app of the same client id in the tenant with
    /// the licence is another app.
    pub fn in_unlicensed_tenant(mut self) -> App {
        self.is_licensed = false;
        self
    }

    /// The tenant in which the app is registered, the claim `tid` of its tokens.
    pub fn tenant(&self) -> &str {
        if self.is_licensed { TENANT } else { UNLICENSED_TENANT }
    }

    /// Identifies the app in its tenant, the claim `appid` of its tokens.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether people sign in to the app: [`App::public`].
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// The secret with which the app authenticates. That of a public client is empty.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// What distinguishes this app from the others, for people: `may ask`, `lacks the role Ip.Read.All`, `its secret
    /// has expired`, `may ask for a user`, `lacks the scope Ip.Read.All`, `its user lacks 'View Data'`, `its tenant has
    /// no licence` or `people sign in to it`.
    pub fn note(&self) -> &str {
        if self.secret_has_expired {
            return "its secret has expired";
        }
        if !self.is_licensed {
            return "its tenant has no licence";
        }
        if self.is_public {
            return "people sign in to it";
        }
        match &self.user {
            None if self.roles.iter().any(|role| role == REQUIRED_ROLE) => "may ask",
            None => "lacks the role Ip.Read.All",
            Some(user) if !user.has_required_scope() => "lacks the scope Ip.Read.All",
            Some(user) if !user.views_data() => "its user lacks 'View Data'",
            Some(_) => "may ask for a user",
        }
    }

    /// The claims of the app's tokens.
    pub(crate) fn claims(&self, audience: &str) -> TokenClaims {
        TokenClaims { audience: audience.to_owned(), roles: self.roles.clone(), user: self.user.clone() }
    }

    pub(crate) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(crate) fn is_licensed(&self) -> bool {
        self.is_licensed
    }

    pub(crate) fn secret_has_expired(&self) -> bool {
        self.secret_has_expired
    }

    /// GUIDs are the same in any letter case.
    pub(crate) fn is(&self, tenant: &str, client_id: &str) -> bool {
        self.tenant().eq_ignore_ascii_case(tenant) && self.client_id.eq_ignore_ascii_case(client_id)
    }

    /// The apps that every sandbox has.
    pub(crate) fn defaults() -> Vec<App> {
        let user = User::new().with_scope(REQUIRED_ROLE);
        vec![
            App::new("5a4db0c5-0000-4000-8000-000000000002", "sandbox-secret-with-role").with_role(REQUIRED_ROLE),
            App::new("5a4db0c5-0000-4000-8000-000000000003", "sandbox-secret-without-role"),
            App::new("5a4db0c5-0000-4000-8000-000000000004", "sandbox-secret-expired")
                .with_role(REQUIRED_ROLE)
                .with_expired_secret(),
            App::new("5a4db0c5-0000-4000-8000-000000000005", "sandbox-secret-for-user")
                .on_behalf_of(user.clone().with_view_data()),
            App::new("5a4db0c5-0000-4000-8000-000000000006", "sandbox-secret-without-view-data").on_behalf_of(user),
            App::new("5a4db0c5-0000-4000-8000-000000000008", "sandbox-secret-without-licence")
                .with_role(REQUIRED_ROLE)
                .in_unlicensed_tenant(),
            App::public("5a4db0c5-0000-4000-8000-000000000009"),
        ]
    }
}

/// Without the secret.
impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("App")
            .field("client_id", &self.client_id)
            .field("client_secret", &"<redacted>")
            .field("roles", &self.roles)
            .field("user", &self.user)
            .field("certificates", &self.certificates)
            .field("secret_has_expired", &self.secret_has_expired)
            .field("is_licensed", &self.is_licensed)
            .field("is_public", &self.is_public)
            .finish()
    }
}

/// An app with its own rate limit.
pub(crate) struct Registration {
    pub(crate) app: App,
    pub(crate) rate_limit: RateLimit,
}

impl Registration {
    pub(crate) fn new(app: App, quota: Quota) -> Registration {
        Registration { app, rate_limit: RateLimit::new(quota) }
    }
}
