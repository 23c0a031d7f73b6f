//! The apps that are registered in the sandbox's tenant.

use std::fmt;

use crate::permits::Permits;
use crate::quota::Quota;
use crate::tokens::REQUIRED_ROLE;

/// The one tenant of a sandbox, the claim `tid` of its tokens.
pub(crate) const TENANT: &str = "5a4db0c5-0000-4000-8000-000000000001";

/// A program that is registered in the tenant, with the client secret by which it gets tokens.
///
/// Of itself an app has no role, and a secret that has not expired:
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
    secret_has_expired: bool,
}

impl App {
    /// An app by its client id, any text but usually a GUID, and its client secret.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> App {
        App {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            roles: Vec::new(),
            secret_has_expired: false,
        }
    }

    /// Grants an application permission, which the app's tokens then name in the claim `roles`.
    pub fn with_role(mut self, role: impl Into<String>) -> App {
        self.roles.push(role.into());
        self
    }

    /// Lets the client secret be one that was right once: the app gets no token by it.
    pub fn with_expired_secret(mut self) -> App {
        self.secret_has_expired = true;
        self
    }

    /// By which the app is known, the claim `appid` of its tokens.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What the app proves itself with.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// What a person has to know who chooses among apps: `may ask`, `lacks the role Ip.Read.All` or
    /// `its secret has expired`.
    pub fn note(&self) -> &str {
        if self.secret_has_expired {
            "its secret has expired"
        } else if self.roles.iter().any(|role| role == REQUIRED_ROLE) {
            "may ask"
        } else {
            "lacks the role Ip.Read.All"
        }
    }

    pub(crate) fn roles(&self) -> &[String] {
        &self.roles
    }

    pub(crate) fn secret_has_expired(&self) -> bool {
        self.secret_has_expired
    }

    /// GUIDs are the same in any letter case.
    pub(crate) fn has_id(&self, client_id: &str) -> bool {
        self.client_id.eq_ignore_ascii_case(client_id)
    }

    /// The apps of a sandbox that nobody has added any to.
    pub(crate) fn defaults() -> Vec<App> {
        vec![
            App::new("5a4db0c5-0000-4000-8000-000000000002", "sandbox-secret-with-role").with_role(REQUIRED_ROLE),
            App::new("5a4db0c5-0000-4000-8000-000000000003", "sandbox-secret-without-role"),
            App::new("5a4db0c5-0000-4000-8000-000000000004", "sandbox-secret-expired")
                .with_role(REQUIRED_ROLE)
                .with_expired_secret(),
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
            .field("secret_has_expired", &self.secret_has_expired)
            .finish()
    }
}

/// An app with what it has taken of its own quota.
pub(crate) struct Registration {
    pub(crate) app: App,
    pub(crate) permits: Permits,
}

impl Registration {
    pub(crate) fn new(app: App, quota: Quota) -> Registration {
        Registration { app, permits: Permits::new(quota) }
    }
}
