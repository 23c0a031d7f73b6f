use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::credential::TokenCache;
use crate::quota::{OwnWindows, Quota, exceeds};
use crate::{
    Clock, Endpoint, EndpointError, Error, ErrorKind, Operation, QuotaWindow, StaticToken, SystemClock, TokenProvider,
    TokenRequest, operations,
};

/// A client of the service. Clones are cheap, and share the token, the connections and the quota.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    http: reqwest::Client,
    tokens: TokenCache,
    quota: Quota,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    pub(crate) quota_wait: Duration,
}

impl Client {
    /// Starts to build a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The endpoint that the client asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// The windows within which the client keeps its calls of an operation: those of the contract, with those that it
    /// was built with.
    pub fn quota(&self, operation: &Operation) -> Vec<QuotaWindow> {
        self.0.quota.windows(operation)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn tokens(&self) -> &TokenCache {
        &self.0.tokens
    }

    pub(crate) fn token_request(&self) -> TokenRequest<'_> {
        TokenRequest { authority: self.0.endpoint.authority(), audience: self.0.endpoint.audience() }
    }

    pub(crate) fn ledgers(&self) -> &Quota {
        &self.0.quota
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }
}

const _: () = {
    const fn assert_shareable<T: Send + Sync>() {}
    assert_shareable::<Client>();
    assert_shareable::<ClientBuilder>();
    assert_shareable::<Error>();
};

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { endpoint, limits, .. } = &*self.0;
        f.debug_struct("Client").field("endpoint", endpoint).field("limits", limits).finish_non_exhaustive()
    }
}

/// Builds a [`Client`]. Nothing is checked before [`Self::build`].
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder {
    endpoint: Result<Endpoint, EndpointError>,
    credential: Option<Box<dyn TokenProvider>>,
    http: Option<reqwest::ClientBuilder>,
    quota: Option<Vec<QuotaWindow>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            endpoint: Ok(Endpoint::COMMERCIAL),
            credential: None,
            http: None,
            quota: None,
            clock: Arc::new(SystemClock),
            limits: Limits {
                connect: Duration::from_secs(10),
                attempt: Duration::from_secs(30),
                call: Duration::from_secs(60),
                quota_wait: Duration::from_secs(60),
            },
        }
    }
}

impl ClientBuilder {
    /// Which host to ask, as an [`Endpoint`], a name such as `eu`, or a URL of the contract or of this machine. The
    /// commercial cloud's current host, if not given.
    pub fn endpoint(mut self, endpoint: impl TryInto<Endpoint, Error: Into<EndpointError>>) -> Self {
        self.endpoint = endpoint.try_into().map_err(Into::into);
        self
    }

    /// Takes one token that never changes; see [`Self::credential`].
    pub fn token(self, token: impl Into<String>) -> Self {
        self.credential(StaticToken::new(token))
    }

    /// Where tokens come from. There is no client without it.
    pub fn credential(mut self, credential: impl TokenProvider) -> Self {
        self.credential = Some(Box::new(credential));
        self
    }

    /// Takes an HTTP client of the caller's making, for a proxy or for certificates. Whatever it says, redirects are off,
    /// gzip is the only compression, anything but this machine is reached by https only and this machine without a proxy.
    pub fn http(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http = Some(builder);
        self
    }

    /// How long connecting may take. 10 s, if not given.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// How long one attempt may take, from connecting to the end of the body. 30 s, if not given.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.limits.attempt = limit;
        self
    }

    /// How long a call may take with its token, the wait for the quota not counted. 60 s, if not given.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.limits.call = limit;
        self
    }

    /// How long a call may wait for the quota before it fails as throttled. 60 s, if not given.
    pub fn quota_wait(mut self, limit: Duration) -> Self {
        self.limits.quota_wait = limit;
        self
    }

    /// Uses less than the contract's quota, to leave room for other programs on the same app registration. On this
    /// machine the windows take the place of the contract's, and may be wider.
    pub fn quota(mut self, windows: impl IntoIterator<Item = QuotaWindow>) -> Self {
        self.quota = Some(windows.into_iter().collect());
        self
    }

    /// Tells the time and waits by another clock than the machine's. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where the endpoint is not known or the URL unfit, no
    /// credential is given, the quota is wider than the contract's, or the HTTP client cannot be built.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = self.endpoint.map_err(|error| configuration(error.to_string()))?;
        let credential = self.credential.ok_or_else(|| {
            configuration("the client has no credential").with_advice("give it a token, or a provider of tokens")
        })?;
        let own = own_windows(&endpoint, self.quota.unwrap_or_default())?;
        let http = http_client(&endpoint, self.http, &self.limits)?;
        let (clock, limits) = (self.clock, self.limits);
        let tokens = TokenCache::new(credential, Arc::clone(&clock));
        let quota = Quota::new(Arc::clone(&clock), own);
        Ok(Client(Arc::new(Inner { endpoint, http, tokens, quota, clock, limits })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, quota, limits, .. } = self;
        let mut debug = f.debug_struct("ClientBuilder");
        debug.field("endpoint", endpoint).field("quota", quota).field("limits", limits).finish_non_exhaustive()
    }
}

fn configuration(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn own_windows(endpoint: &Endpoint, windows: Vec<QuotaWindow>) -> Result<OwnWindows, Error> {
    if let Some(window) = windows.iter().find(|window| window.calls() == 0 || window.period().is_zero()) {
        return Err(configuration(format!("a quota of {window} allows nothing"))
            .with_advice("give at least one call and some time"));
    }
    if endpoint.is_loopback() && !windows.is_empty() {
        return Ok(OwnWindows::Instead(windows));
    }
    for operation in operations::ALL {
        if let Some(window) = windows.iter().find(|window| exceeds(**window, operation.quota)) {
            let allowed: Vec<_> = operation.quota.iter().map(ToString::to_string).collect();
            let message = format!("a quota of {window} is more than the service allows for {}", operation.id);
            return Err(configuration(message).with_advice(format!("stay within {}", allowed.join(" and "))));
        }
    }
    Ok(OwnWindows::Besides(windows))
}

fn http_client(
    endpoint: &Endpoint,
    builder: Option<reqwest::ClientBuilder>,
    limits: &Limits,
) -> Result<reqwest::Client, Error> {
    const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let builder = builder.unwrap_or_else(|| reqwest::Client::builder().user_agent(USER_AGENT));
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .gzip(true)
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(limits.connect);
    let builder = if endpoint.is_loopback() { builder.no_proxy().https_only(false) } else { builder.https_only(true) };
    builder.build().map_err(|error| {
        configuration("the HTTP client cannot be built")
            .with_advice("check the proxy and the certificates that were given to it")
            .with_source(error.without_url())
    })
}
