//! A running sandbox.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::app::{App, TENANT};
use crate::builder::{SandboxBuilder, StartError};
use crate::clock::Clock;
use crate::faults::Fault;
use crate::journal::ReceivedRequest;
use crate::service::Service;
use crate::serving::ServingThread;
use crate::token_endpoint::token_url;
use crate::tokens::{SCOPE, TokenClaims};

/// A service that runs until it is dropped.
///
/// It has a thread of its own, so that it answers even while the runtime that started it is blocked. Any number can
/// run in one process; they share nothing.
pub struct Sandbox {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    pub(crate) tls_ca_pem: Option<String>,
    pub(crate) control_url: Option<String>,
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
    /// synthetic fleet, the default [`Behaviour`](crate::Behaviour), and six apps: one that may ask, one without any
    /// role, one whose secret has expired, one that asks for a user, one whose user lacks 'View Data', and one in a
    /// tenant without a licence.
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

    /// The tenant that has a licence, a GUID. It is the same in every sandbox. There is another one, which has none:
    /// [`App::in_unlicensed_tenant`].
    pub fn tenant(&self) -> &str {
        TENANT
    }

    /// Where the apps of [`Sandbox::tenant`] get their tokens.
    pub fn token_url(&self) -> String {
        token_url(&self.url, TENANT)
    }

    /// What apps ask tokens for to call this API: the audience of the commercial cloud, and `/.default` (documented).
    pub fn scope(&self) -> &str {
        SCOPE
    }

    /// The apps of both tenants: those of [`Sandbox::builder`], which are the same in every sandbox, then those that were
    /// added, in order. The first one may ask, unless it was replaced.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// A bearer token that may ask, one of the first app with [`TokenClaims::valid`]. It does not expire: its claim
    /// `exp`, which is there for clients that read it, is the end of the year 9999, and not even that moment ends it.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Issues another token of the first app, whatever that app's roles and secret are. It is known to this sandbox
    /// only, and does not expire, as is told of [`Sandbox::token`].
    ///
    /// It has the form of a JWT, unsigned, with the claims `aud`, `roles` or `scp`, `tid`, `appid`, `exp` and `ver` of
    /// a real token (recorded).
    pub fn issue_token(&self, claims: TokenClaims) -> String {
        self.service.issue(claims)
    }

    /// Lets something go wrong from now on, on calls that no fault which was injected before comes on. Calls that
    /// have been read to their end already are not affected.
    pub fn inject(&self, fault: Fault) {
        self.service.faults.inject(fault);
    }

    /// The faults that can still come, in the order of their injection. One for the next so many calls is there with as
    /// many as are left, and after the last of them no more.
    pub fn faults(&self) -> Vec<Fault> {
        self.service.faults.in_force()
    }

    /// Lets nothing go wrong any more. Answers that a fault delays already stay so.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// The latest 10,000 requests, in the order in which their heads were read; fewer where they come to more than 16 MiB
    /// of text, as only those of a client gone wrong do. A request is among them at once, and its status before its
    /// answer is sent. What is not HTTP never becomes a request, and those for the page are left out.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.journal.requests()
    }

    /// Forgets the requests so far, so that [`Sandbox::requests`] tells only of those that follow.
    pub fn forget_requests(&self) {
        self.service.journal.forget();
    }

    /// The clock by which it runs. What is done to it holds from the next request on.
    pub fn clock(&self) -> &Clock {
        &self.service.clock
    }

    /// Where it can be controlled, without a slash at the end, if [`SandboxBuilder::control`] is set. A GET of it
    /// tells how.
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
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
