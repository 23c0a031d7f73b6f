//! A running sandbox, and what can be set before it starts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::api;
use crate::apps::{App, Registration, SCOPE, TENANT};
use crate::clock::Clock;
use crate::control;
use crate::entra::grants::{Decision, Grants};
use crate::entra::token_url;
use crate::events::Events;
use crate::faults::Fault;
use crate::faults::layer::Faults;
use crate::page::{self, Page};
use crate::quirks::Quirks;
use crate::rate_limit::Quota;
use crate::request_log::{ReceivedRequest, RequestLog};
use crate::server::{Listener, ServerThread, StartError, Tls, listen};
use crate::service::Service;
use crate::tokens::Tokens;
use crate::users::{TokenClaims, User};

/// A service that runs until it is dropped.
///
/// It has a thread of its own, so that it answers even while the runtime that started it is blocked. Any number can
/// run in one process; they share nothing.
pub struct Sandbox {
    address: SocketAddr,
    url: String,
    tls_ca_pem: Option<String>,
    control_url: Option<String>,
    apps: Vec<App>,
    public_clients: Vec<App>,
    token: String,
    service: Arc<Service>,
    thread: Option<ServerThread>,
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

    /// A sandbox with the defaults: any free port of 127.0.0.1, http, the documented quota, the system's clock,
    /// synthetic events, the default [`Quirks`](crate::Quirks), and six apps: one that may call, one without any role,
    /// one whose secret has expired, one that acts for a user, one whose user lacks 'View Data', and one in a tenant
    /// without a licence. To a public client three users can sign in: one who may call, one who lacks 'View Data', and one
    /// who has consented to nothing.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// The URL, such as `http://127.0.0.1:41234`, without a slash at the end. It is the base of the API and the
    /// authority of the token endpoint, and begins with `https` if [`SandboxBuilder::tls`] is set.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it listens on, with the port that was found if 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of the authority that signed this sandbox's, as PEM, if it speaks TLS. No two sandboxes have the
    /// same, and its key is not kept.
    pub fn tls_ca_pem(&self) -> Option<&str> {
        self.tls_ca_pem.as_deref()
    }

    /// The tenant that has a licence, a GUID. It is the same in every sandbox. There is another one, which has none:
    /// [`App::in_unlicensed_tenant`].
    pub fn tenant(&self) -> &str {
        TENANT
    }

    /// The URL at which the apps of [`Sandbox::tenant`] get their tokens.
    pub fn token_url(&self) -> String {
        token_url(&self.url, TENANT)
    }

    /// The scope of tokens for this API: the audience of the commercial cloud, and `/.default` (documented).
    pub fn scope(&self) -> &str {
        SCOPE
    }

    /// The apps of both tenants that authenticate themselves: those of [`Sandbox::builder`], which are the same in every
    /// sandbox, then those that were added, in order. The first one may call, unless it was replaced.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The apps to which people sign in ([`App::public`]): that of [`Sandbox::builder`], which is the same in every
    /// sandbox, then those that were added, in order.
    pub fn public_clients(&self) -> &[App] {
        &self.public_clients
    }

    /// The people who can sign in: those of [`Sandbox::builder`], which are the same in every sandbox, then those that
    /// were added, in order. The first one may call, unless it was replaced.
    pub fn users(&self) -> &[User] {
        &self.service.users
    }

    /// Signs a user in on a device, as if the user had entered its code on the page. `false` if no device waits for an
    /// answer to this code.
    pub fn approve_device_code(&self, user_code: &str, user: &User) -> bool {
        self.service.decide(user_code, Decision::SignIn(user.clone()))
    }

    /// Declines to sign in on a device, as if a user had entered its code on the page. `false` if no device waits for an
    /// answer to this code.
    pub fn decline_device_code(&self, user_code: &str) -> bool {
        self.service.decide(user_code, Decision::Decline)
    }

    /// Revokes all refresh tokens issued so far, as an administrator of Entra does for a user. Access tokens stay valid.
    pub fn revoke_refresh_tokens(&self) {
        self.service.grants.revoke_refresh_tokens();
    }

    /// A bearer token of the first app with [`TokenClaims::valid`]. It never expires: its claim `exp`, for clients that
    /// read it, is the end of the year 9999, and even then the token stays valid.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Issues another token of the first app, whatever that app's roles and secret are. It is known to this sandbox
    /// only, and never expires.
    ///
    /// It has the form of a JWT, unsigned, with the claims `aud`, `roles` or `scp`, `tid`, `appid`, `exp` and `ver` of
    /// a real token (recorded).
    pub fn issue_token(&self, claims: TokenClaims) -> String {
        self.service.issue(claims)
    }

    /// Injects a fault, on calls that no earlier fault applies to. Calls that have already been read completely are not
    /// affected.
    pub fn inject(&self, fault: Fault) {
        self.service.faults.inject(fault);
    }

    /// The faults that can still apply, in the order of their injection. One for the next calls has the number that is
    /// left, and is removed after the last.
    pub fn faults(&self) -> Vec<Fault> {
        self.service.faults.in_force()
    }

    /// Removes all faults. Answers that a fault already delays stay delayed.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// The latest 10,000 requests, in the order in which their heads were read; fewer if they exceed 16 MiB of text, as
    /// usual clients never do. A request is in the list at once, and its status before its answer is sent. What is not
    /// HTTP is never a request, and requests for the page with the contract are left out.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.request_log.requests()
    }

    /// Forgets the requests so far: [`Sandbox::requests`] then returns only those that follow.
    pub fn forget_requests(&self) {
        self.service.request_log.forget();
    }

    /// The clock of the sandbox. A change applies from the next request on.
    pub fn clock(&self) -> &Clock {
        &self.service.clock
    }

    /// The URL of the control address, without a slash at the end, if [`SandboxBuilder::control`] is set. A GET lists
    /// its requests.
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

/// The options of a sandbox before it starts. Made by [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "nothing runs until start() is called"]
pub struct SandboxBuilder {
    listen: SocketAddr,
    quota: Quota,
    events: Option<Events>,
    clock: Clock,
    quirks: Quirks,
    apps: Vec<App>,
    users: Vec<User>,
    faults: Vec<Fault>,
    tls: bool,
    control: Option<SocketAddr>,
}

impl SandboxBuilder {
    pub(crate) fn new() -> SandboxBuilder {
        SandboxBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            quota: Quota::default(),
            events: None,
            clock: Clock::system(),
            quirks: Quirks::default(),
            apps: App::defaults(),
            users: User::defaults(),
            faults: Vec::new(),
            tls: false,
            control: None,
        }
    }

    /// Where to listen: a loopback address, IPv4 or IPv6; port 0 is any free one. The default is `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> SandboxBuilder {
        self.listen = address;
        self
    }

    /// The quota of each app. The default is the documented one, `100/1m,1500/1h`.
    pub fn quota(mut self, quota: Quota) -> SandboxBuilder {
        self.quota = quota;
        self
    }

    /// The events from which answers are computed. The default is [`Events::synthetic`] at the time of the start by the
    /// sandbox's clock.
    pub fn events(mut self, events: Events) -> SandboxBuilder {
        self.events = Some(events);
        self
    }

    /// The clock. The default is [`Clock::system`].
    pub fn clock(mut self, clock: Clock) -> SandboxBuilder {
        self.clock = clock;
        self
    }

    /// What to do where documentation and recordings differ or say nothing. The default is [`Quirks::default`].
    pub fn quirks(mut self, quirks: Quirks) -> SandboxBuilder {
        self.quirks = quirks;
        self
    }

    /// Registers an app. It replaces one of the same tenant and client id.
    pub fn app(mut self, app: App) -> SandboxBuilder {
        match self.apps.iter_mut().find(|registered| registered.is(app.tenant(), app.client_id())) {
            Some(registered) => *registered = app,
            None => self.apps.push(app),
        }
        self
    }

    /// Adds a user who can sign in. It replaces one of the same name.
    pub fn user(mut self, user: User) -> SandboxBuilder {
        match self.users.iter_mut().find(|known| known.name() == user.name()) {
            Some(known) => *known = user,
            None => self.users.push(user),
        }
        self
    }

    /// Injects a fault at the start, as [`Sandbox::inject`] does later. Several faults are injected in the order given.
    pub fn fault(mut self, fault: Fault) -> SandboxBuilder {
        self.faults.push(fault);
        self
    }

    /// Whether to speak TLS (`true`), or plain http (`false`, the default).
    ///
    /// The certificate is for `localhost`, `127.0.0.1`, `::1` and the address listened on, and is valid at any time. It
    /// is made at the start, under an authority made for it, whose certificate is [`Sandbox::tls_ca_pem`]; clients have
    /// to trust that.
    pub fn tls(mut self, tls: bool) -> SandboxBuilder {
        self.tls = tls;
        self
    }

    /// A second loopback address for controlling the sandbox while it runs, in plain http; port 0 is any free one. By
    /// default there is none.
    ///
    /// `GET /` lists what it accepts: requests received, faults, and the [`Clock`]. Its requests are neither logged nor
    /// counted against a quota. Any program on this machine may use it; a page in a browser may not.
    pub fn control(mut self, address: SocketAddr) -> SandboxBuilder {
        self.control = Some(address);
        self
    }

    /// Starts listening. Requests can be sent as soon as this returns.
    ///
    /// # Errors
    ///
    /// [`StartError`] if an address is not a loopback one or is in use, or if the system refuses to listen there or
    /// to start a thread.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let asked = self.listen;
        let socket = listen(asked)?;
        let serve_error = |reason| StartError::Serve { address: asked, reason };
        let address = socket.local_addr().map_err(serve_error)?;
        let tls = self.tls.then(|| Tls::new(address)).transpose().map_err(serve_error)?;
        let (tls_config, tls_ca_pem) = tls.map(|tls| (tls.config, tls.ca_pem)).unzip();
        let scheme = if self.tls { "https" } else { "http" };
        let url = format!("{scheme}://{address}");

        let register = |app: &App| Arc::new(Registration::new(app.clone(), self.quota.clone()));
        let service = Arc::new(Service {
            events: self.events.unwrap_or_else(|| Events::synthetic(self.clock.now())),
            clock: self.clock,
            quirks: self.quirks,
            registrations: self.apps.iter().map(register).collect(),
            users: self.users,
            tokens: Tokens::new(url.clone()),
            grants: Grants::new().map_err(serve_error)?,
            faults: Arc::new(Faults::new(self.faults)),
            request_log: RequestLog::default(),
        });
        let token = service.issue(TokenClaims::valid());

        let (public_clients, apps): (Vec<_>, Vec<_>) = self.apps.into_iter().partition(App::is_public);
        let page = page::routes(Page {
            scheme,
            token: token.clone(),
            apps: apps.clone(),
            public_clients: public_clients.clone(),
            users: service.users.clone(),
        });
        let routes = api::routes(Arc::clone(&service)).merge(page);
        let mut listeners = vec![Listener { socket, routes, tls: tls_config }];
        let mut control_url = None;
        if let Some(asked) = self.control {
            let (listener, url) = control::listener(asked, Arc::clone(&service))?;
            listeners.push(listener);
            control_url = Some(url);
        }
        let thread = Some(ServerThread::start(listeners).await.map_err(serve_error)?);
        Ok(Sandbox { address, url, tls_ca_pem, control_url, apps, public_clients, token, service, thread })
    }
}
