//! A running sandbox.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::app::{App, TENANT};
use crate::builder::{SandboxBuilder, StartError};
use crate::journal::ReceivedRequest;
use crate::service::Service;
use crate::serving::ServingThread;
use crate::tokens::TokenClaims;

/// A service that runs until it is dropped.
///
/// It has a thread of its own, so that it answers even while the runtime that started it is blocked. Any number can
/// run in one process; they share nothing.
pub struct Sandbox {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    pub(crate) tls_ca_pem: Option<String>,
    pub(crate) apps: Vec<App>,
    pub(crate) token: String,
    pub(crate) service: Arc<Service>,
    pub(crate) thread: Option<ServingThread>,
}

impl Sandbox {
    /// Starts a sandbox with everything as [`Sandbox::builder`] sets it.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the system has no free port or no thread left.
    pub async fn start() -> Result<Sandbox, StartError> {
        Sandbox::builder().start().await
    }

    /// The settings of a sandbox: any free port of 127.0.0.1, http, the documented quota, the system's clock, a
    /// synthetic fleet, times that are not clipped to the look-back window, and three apps: one that may ask, one
    /// without any role, and one whose secret has expired.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// Where it listens, such as `http://127.0.0.1:41234`, without a slash at the end. It is the base of the API and
    /// the authority of the token endpoint alike, and begins with `https` if [`SandboxBuilder::tls`] is set.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, with the port that was found if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of the authority that vouches for this sandbox, as PEM, if it speaks TLS. No two sandboxes have
    /// the same, and its key exists no more.
    pub fn tls_ca_pem(&self) -> Option<&str> {
        self.tls_ca_pem.as_deref()
    }

    /// The tenant whose apps get tokens, a GUID. It is the same in every sandbox.
    pub fn tenant(&self) -> &str {
        TENANT
    }

    /// The apps of the tenant: those of [`Sandbox::builder`], which are the same in every sandbox, then those that were
    /// added, in order. The first one may ask, unless it was replaced.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// A bearer token that may ask, one of the first app with [`TokenClaims::valid`]. It does not expire.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Issues another token of the first app, whatever that app's roles and secret are. It is known to this sandbox
    /// only, and does not expire.
    ///
    /// It has the form of a JWT, unsigned, with the claims `aud`, `roles`, `tid`, `appid` and `ver` of a real app
    /// token (recorded).
    pub fn issue_token(&self, claims: TokenClaims) -> String {
        self.service.issue(claims)
    }

    /// The latest 10,000 requests, in the order in which they were answered. A request is among them before its
    /// answer is sent. What is not HTTP never becomes a request, and those for the page are left out.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.journal.requests()
    }
}

/// Closes the port and all connections before it returns.
impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.end();
        }
    }
}

/// Without the token.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url).field("token", &"<redacted>").finish_non_exhaustive()
    }
}
