//! The client and its builder: what all calls of one client share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{CachedToken, TokenCache, no_token};
use crate::clock::Random;
use crate::events::Observer;
use crate::quota::{Limiter, OwnWindows, exceeds};
use crate::retry::Budget;
use crate::transport::http_client;
use crate::{
    CallOptions, Clock, Endpoint, EndpointError, Error, ErrorKind, Event, MemoryLedger, Operation, QuotaKey,
    QuotaLedger, QuotaWindow, StaticToken, SystemClock, TokenClaims, TokenProvider, TokenRequest,
};

/// A client of the service. Clones are cheap, and share the token, the connections, the quota and the budget of
/// retries.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    http: reqwest::Client,
    tokens: TokenCache,
    limiter: Limiter,
    windows: OwnWindows,
    /// Tenant and app, where the caller knows better than the token.
    owner: Option<(String, String)>,
    budget: Budget,
    random: Random,
    observer: Observer,
    clock: Arc<dyn Clock>,
    options: CallOptions,
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
    /// was built with. None where no quota is documented and none was set: such calls wait only after a 429.
    pub fn quota(&self, operation: &Operation) -> Vec<QuotaWindow> {
        self.0.windows.of(operation)
    }

    /// Whose quota the calls of an operation come out of, which is also whose answers they get. Where
    /// [`ClientBuilder::quota_of`] has not said so, a token is fetched, unless there is one already.
    ///
    /// # Errors
    /// Of the kind [`Credential`](ErrorKind::Credential): where no token can be had, also where the time for signing in
    /// ([`ClientBuilder::sign_in_timeout`]) is up; of another, where one would sign in but nobody answers there.
    pub async fn quota_key(&self, operation: &Operation) -> Result<QuotaKey, Error> {
        let key = match self.0.owner {
            Some(_) => self.key_of(operation, None),
            None => {
                let token = self.tokens().token(self.token_request()).await;
                let token = token.map_err(|cause| no_token(cause, self.endpoint()).during(operation))?;
                self.key_of(operation, Some(&token))
            }
        };
        Ok(key)
    }

    /// The claims of the client's token, unverified; nothing where the token is not a JWT. The token is fetched, unless
    /// there is one already.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = mde_sandbox::Sandbox::start().await?;
    /// let client = mde_client::Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build()?;
    /// let claims = client.token_claims().await?.ok_or("the token is not a JWT")?;
    /// assert!(claims.audiences.iter().any(|audience| audience == client.endpoint().audience()));
    /// assert_eq!(claims.roles, ["Ip.Read.All"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Self::quota_key`], and where the text is not that of a token alone, as where `Bearer` or quotation marks
    /// were pasted along.
    pub async fn token_claims(&self) -> Result<Option<TokenClaims>, Error> {
        let token = self.tokens().token(self.token_request()).await;
        let token = token.map_err(|cause| no_token(cause, self.endpoint()))?;
        token.authorization()?;
        Ok(token.claims().cloned())
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn tokens(&self) -> &TokenCache {
        &self.0.tokens
    }

    pub(crate) fn token_request(&self) -> TokenRequest<'_> {
        let Inner { endpoint, http, clock, .. } = &*self.0;
        TokenRequest { http, authority: endpoint.authority(), audience: endpoint.audience(), clock, is_renewal: false }
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// Whose quota a call with this token comes out of.
    pub(crate) fn key_of(&self, operation: &Operation, token: Option<&CachedToken>) -> QuotaKey {
        let (tenant, app) = match &self.0.owner {
            Some((tenant, app)) => (Some(tenant.as_str()), Some(app.as_str())),
            None => (token.and_then(CachedToken::tenant), token.and_then(CachedToken::app)),
        };
        let key = QuotaKey::new(self.0.endpoint.url(), operation.id);
        key.of_app(tenant.map(str::to_owned), app.map(str::to_owned))
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }

    pub(crate) fn random(&self) -> &Random {
        &self.0.random
    }

    pub(crate) fn notify(&self, event: Event<'_>) {
        self.0.observer.notify(event);
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn options(&self) -> CallOptions {
        self.0.options
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
        let Inner { endpoint, options, .. } = &*self.0;
        f.debug_struct("Client").field("endpoint", endpoint).field("options", options).finish_non_exhaustive()
    }
}

/// Builds a [`Client`]. Nothing is checked before [`Self::build`].
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder {
    endpoint: Result<Endpoint, EndpointError>,
    credential: Option<Box<dyn TokenProvider>>,
    http: Option<reqwest::ClientBuilder>,
    connect_timeout: Duration,
    sign_in_timeout: Option<Duration>,
    options: CallOptions,
    quota: Vec<QuotaWindow>,
    ledger: Option<Arc<dyn QuotaLedger>>,
    owner: Option<(String, String)>,
    observer: Observer,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    operations: &'static [&'static Operation],
}

impl ClientBuilder {
    /// A builder for this endpoint, which holds windows of the caller's against the quota of these operations. The
    /// generated code gives both.
    pub(crate) fn new(endpoint: Endpoint, operations: &'static [&'static Operation]) -> Self {
        Self {
            endpoint: Ok(endpoint),
            credential: None,
            http: None,
            connect_timeout: Duration::from_secs(10),
            sign_in_timeout: None,
            options: CallOptions::new(),
            quota: Vec::new(),
            ledger: None,
            owner: None,
            observer: Observer::default(),
            clock: Arc::new(SystemClock),
            seed: None,
            operations,
        }
    }

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
        self.connect_timeout = limit;
        self
    }

    /// How long the credential may take for a token: a program such as the Azure CLI takes seconds, and may hang. It holds
    /// wherever a token is fetched; within a call the time of the call holds besides, and whichever ends first. If not
    /// given, what the credential thinks right ([`TokenProvider::sign_in_timeout`]): 60 s, or 16 minutes where it asks a person.
    pub fn sign_in_timeout(mut self, limit: Duration) -> Self {
        self.sign_in_timeout = Some(limit);
        self
    }

    /// How long calls may take, and how often they may be tried, where the call itself does not say.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Uses less than the contract's quota, to leave room for other programs on the same app registration. On this
    /// machine the windows take the place of the contract's, and may be wider.
    pub fn quota(mut self, windows: impl IntoIterator<Item = QuotaWindow>) -> Self {
        self.quota = windows.into_iter().collect();
        self
    }

    /// Counts calls in another ledger than one of the client's own, to share the quota with other clients.
    pub fn quota_ledger(mut self, ledger: Arc<dyn QuotaLedger>) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Says which tenant and app the quota is of. Where it is not said, the claims `tid` and `appid` are read from the
    /// token, unverified.
    pub fn quota_of(mut self, tenant: impl Into<String>, app: impl Into<String>) -> Self {
        self.owner = Some((tenant.into(), app.into()));
        self
    }

    /// Watches attempts, pauses and waits, such as for a progress bar. The closure is called during a call, so it
    /// should return soon; where it panics, that call does.
    ///
    /// ```
    /// use mde_client::{Client, Event};
    ///
    /// let builder = Client::builder().observer(|event| match event {
    ///     Event::QuotaWait { wait: Some(wait), .. } => println!("waiting {wait:?} for the quota"),
    ///     Event::Throttled { pause, .. } => println!("throttled: all calls pause for {pause:?}"),
    ///     _ => {}
    /// });
    /// # let _ = builder;
    /// ```
    pub fn observer(mut self, observe: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer(Box::new(observe));
        self
    }

    /// Tells the time and waits by another clock than the machine's. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the pauses between attempts and the ids of calls the same each time. For tests.
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
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
        let windows = own_windows(&endpoint, self.quota, self.operations)?;
        let http = http_client(&endpoint, self.http, self.connect_timeout)?;
        let clock = self.clock;
        let ledger = self.ledger.unwrap_or_else(|| Arc::new(MemoryLedger::new(Arc::clone(&clock))));
        Ok(Client(Arc::new(Inner {
            endpoint,
            http,
            tokens: TokenCache::new(credential, Arc::clone(&clock), self.sign_in_timeout),
            limiter: Limiter::new(ledger),
            windows,
            owner: self.owner,
            budget: Budget::full(),
            random: Random::new(self.seed),
            observer: self.observer,
            clock,
            options: self.options,
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, quota, options, .. } = self;
        let mut debug = f.debug_struct("ClientBuilder");
        debug.field("endpoint", endpoint).field("quota", quota).field("options", options).finish_non_exhaustive()
    }
}

fn configuration(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn own_windows(endpoint: &Endpoint, windows: Vec<QuotaWindow>, operations: &[&Operation]) -> Result<OwnWindows, Error> {
    if let Some(window) = windows.iter().find(|window| window.calls() == 0 || window.period().is_zero()) {
        return Err(configuration(format!("a quota of {window} allows nothing"))
            .with_advice("give at least one call and some time"));
    }
    if endpoint.is_loopback() && !windows.is_empty() {
        return Ok(OwnWindows::Instead(windows));
    }
    for operation in operations {
        if let Some(window) = windows.iter().find(|window| exceeds(**window, operation.quota)) {
            let allowed: Vec<_> = operation.quota.iter().map(ToString::to_string).collect();
            let message = format!("a quota of {window} is more than the service allows for {}", operation.id);
            return Err(configuration(message).with_advice(format!("stay within {}", allowed.join(" and "))));
        }
    }
    Ok(OwnWindows::Besides(windows))
}
