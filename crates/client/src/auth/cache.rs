//! The token of a client: fetched when it is needed, and kept while it is good.

use std::convert::identity;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use tracing::warn;

use super::token::{AccessToken, SignInHint, TokenClaims, TokenProvider, TokenRequest, authorization};
use crate::clock::timeout;
use crate::redact::Redactor;
use crate::{BoxError, Clock, Error, ErrorKind};

/// How long before its end a token is renewed, unless half of its life is less.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// How long a call waits for an early renewal, which it could do without.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(10);

/// How long after an early renewal that brought nothing new the next one may come.
const PAUSE: Duration = Duration::from_secs(30);

/// Keeps the token of a client. Any of its futures may be dropped at any time: what is known changes only after the
/// credential has answered or its time is up, or before it is asked, and never halfway.
pub(crate) struct TokenCache {
    provider: Box<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    /// How long the credential may take, and how long a call waits for another one that asks it.
    limit: Duration,
    state: Mutex<State>,
    /// Taken for as long as the credential is asked, so that one call asks it at a time.
    refresh_lock: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// How many times the credential was asked with consequences: all but early renewals that failed.
    asked: u64,
    known: CacheState,
}

#[derive(Default)]
enum CacheState {
    #[default]
    Nothing,
    Token(Entry),
    /// For calls that waited while another call's request failed.
    Failure(Arc<dyn std::error::Error + Send + Sync>),
}

struct Entry {
    token: CachedToken,
    /// When to ask for the next one; never, for a token without an end.
    renew_at: Option<Instant>,
    end: Option<Instant>,
}

/// What there is to be had without asking.
enum Lookup {
    Good(CachedToken),
    /// It is valid but due for renewal. One caller gets this, and no other for a while.
    Due(CachedToken),
    /// Nothing; and how many times the credential had been asked then.
    Missing(u64),
}

impl TokenCache {
    /// The credential may take as long as it thinks right, where nothing else is given.
    pub(crate) fn new(provider: Box<dyn TokenProvider>, clock: Arc<dyn Clock>, limit: Option<Duration>) -> Self {
        let limit = limit.unwrap_or_else(|| provider.sign_in_timeout());
        Self { provider, clock, limit, state: Mutex::default(), refresh_lock: tokio::sync::Mutex::new(()) }
    }

    /// What to say where the credential gives no token in time.
    pub(crate) fn hint(&self) -> SignInHint {
        self.provider.hint()
    }

    /// A valid token. A call that finds none waits for the request in flight and shares its result.
    pub(crate) async fn token(&self, request: TokenRequest<'_>) -> Result<CachedToken, BoxError> {
        let lookup = self.state().lookup(self.clock.now());
        match lookup {
            Lookup::Good(token) => Ok(token),
            Lookup::Due(token) => self.renew_early(request, token).await,
            Lookup::Missing(asked) => {
                let _guard = self.within(self.limit, self.refresh_lock.lock()).await?;
                let meanwhile = self.state().result_since(asked);
                match meanwhile {
                    Some(outcome) => outcome,
                    None => self.ask(request).await,
                }
            }
        }
    }

    /// Another token than one that the service refused, or nothing, if the credential has no other. However many calls
    /// were refused with the same token, the credential is asked once.
    pub(crate) async fn renew(
        &self,
        request: TokenRequest<'_>,
        refused: &CachedToken,
    ) -> Result<Option<CachedToken>, BoxError> {
        let _guard = self.within(self.limit, self.refresh_lock.lock()).await?;
        let meanwhile = self.state().result_since(refused.0.asked);
        let token = match meanwhile {
            Some(outcome) => outcome?,
            None => {
                // Before it is asked, so that no call uses the refused token, whatever the result.
                self.state().known = CacheState::Nothing;
                self.ask(request).await?
            }
        };
        Ok((!token.has_text_of(refused)).then_some(token))
    }

    /// Asks on behalf of all who need a token now. The caller has the refresh lock.
    async fn ask(&self, request: TokenRequest<'_>) -> Result<CachedToken, BoxError> {
        let outcome = self.within(self.limit, self.provider.token(request)).await.and_then(identity);
        let mut state = self.state();
        match outcome {
            Ok(token) => Ok(state.keep(token, &*self.clock)),
            Err(error) => {
                let failure = Arc::from(Redactor::for_unknown().redact_error(error));
                state.asked += 1;
                state.known = CacheState::Failure(Arc::clone(&failure));
                Err(Box::new(failure))
            }
        }
    }

    /// The next token, if no other call is asking for it and it comes soon; otherwise the old one, while it is valid.
    async fn renew_early(&self, request: TokenRequest<'_>, old: CachedToken) -> Result<CachedToken, BoxError> {
        let Ok(_guard) = self.refresh_lock.try_lock() else { return Ok(old) };
        let limit = REFRESH_TIMEOUT.min(self.limit);
        let request = TokenRequest { is_renewal: true, ..request };
        let error = match self.within(limit, self.provider.token(request)).await.and_then(identity) {
            Ok(token) => return Ok(self.state().keep(token, &*self.clock)),
            Err(error) => Redactor::for_unknown().redact_error(error),
        };
        let lookup = self.state().lookup(self.clock.now());
        match lookup {
            Lookup::Good(token) | Lookup::Due(token) => {
                warn!(%error, "the token could not be renewed early; the old one serves while it lives");
                Ok(token)
            }
            Lookup::Missing(_) => Err(error),
        }
    }

    /// Waits for the credential, or for a call that asks it. Where no token comes in time, none can be had.
    async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Result<T, BoxError> {
        let late = || {
            let SignInHint { waits_for, advice } = self.hint();
            let limit = match (limit.as_secs(), limit.subsec_nanos()) {
                (seconds, 0) if seconds >= 120 && seconds % 60 == 0 => format!("{} min", seconds / 60),
                (seconds, 0) => format!("{seconds} s"),
                _ => format!("{limit:?}"),
            };
            Error::new(ErrorKind::Credential, format!("{waits_for} gave no token within {limit}")).with_advice(advice)
        };
        timeout(&*self.clock, limit, future).await.ok_or_else(|| late().into())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lookup(&mut self, now: Instant) -> Lookup {
        match &mut self.known {
            CacheState::Token(entry) if entry.end.is_some_and(|end| now >= end) => Lookup::Missing(self.asked),
            CacheState::Token(entry) if entry.renew_at.is_some_and(|renew_at| now >= renew_at) => {
                // Whatever comes of it: also a call that is dropped while it asks is the only one for a while.
                entry.renew_at = now.checked_add(PAUSE);
                Lookup::Due(entry.token.clone())
            }
            CacheState::Token(entry) => Lookup::Good(entry.token.clone()),
            CacheState::Nothing | CacheState::Failure(_) => Lookup::Missing(self.asked),
        }
    }

    /// What came of it, if the credential was asked since; also a token without a life, which serves those who waited.
    fn result_since(&self, asked: u64) -> Option<Result<CachedToken, BoxError>> {
        match &self.known {
            _ if self.asked == asked => None,
            CacheState::Nothing => None,
            CacheState::Token(entry) => Some(Ok(entry.token.clone())),
            CacheState::Failure(failure) => Some(Err(Box::new(Arc::clone(failure)))),
        }
    }

    fn keep(&mut self, token: AccessToken, clock: &dyn Clock) -> CachedToken {
        self.asked += 1;
        let now = clock.now();
        let lifetime = token.lifetime(clock.system_time());
        let claims = TokenClaims::read(token.expose());
        let redactor = Redactor::for_secret(token.expose());
        let token = CachedToken(Arc::new(Fetched { token, claims, redactor, asked: self.asked }));
        let after = |duration| now.checked_add(duration);
        let end = lifetime.and_then(after);
        let mut renew_at = lifetime.and_then(|lifetime| after(lifetime.saturating_sub(EARLY).max(lifetime / 2)));
        // A credential with its own cache may give the same token to the end. Half of what is left of its life would
        // then be less each time.
        if matches!(&self.known, CacheState::Token(entry) if entry.token.has_text_of(&token)) {
            renew_at = renew_at.max(renew_at.and_then(|_| after(PAUSE)));
        }
        self.known = CacheState::Token(Entry { token: token.clone(), renew_at, end });
        token
    }
}

/// A token as the calls share it.
#[derive(Clone)]
pub(crate) struct CachedToken(Arc<Fetched>);

struct Fetched {
    token: AccessToken,
    /// None for a token that is not a JWT.
    claims: Option<TokenClaims>,
    /// Made once, because every answer is searched for the token.
    redactor: Redactor,
    /// Which ask brought it.
    asked: u64,
}

impl CachedToken {
    /// As a header that shows in no `Debug` output.
    ///
    /// # Errors
    /// Where the text is not that of a token alone, as where `Bearer` or quotation marks were pasted along.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        authorization(&self.0.token)
    }

    /// The tenant, as the token claims it, unverified.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.0.claims.as_ref()?.tenant.as_deref()
    }

    /// The app registration, as the token claims it, unverified.
    pub(crate) fn app(&self) -> Option<&str> {
        self.0.claims.as_ref()?.app.as_deref()
    }

    /// All claims of the token, if it can be read.
    pub(crate) fn claims(&self) -> Option<&TokenClaims> {
        self.0.claims.as_ref()
    }

    /// Hides its text.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.0.redactor
    }

    fn has_text_of(&self, other: &Self) -> bool {
        self.0.token.expose() == other.0.token.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StaticToken;

    /// The header is marked sensitive, for any code that logs headers.
    #[tokio::test]
    async fn the_header_does_not_show_its_token() -> Result<(), BoxError> {
        let clock: Arc<dyn Clock> = Arc::new(crate::SystemClock);
        let cache = TokenCache::new(Box::new(StaticToken::new("secret")), Arc::clone(&clock), Some(PAUSE));
        let http = reqwest::Client::new();
        let request = TokenRequest { authority: "", audience: "", http: &http, clock: &clock, is_renewal: false };
        let header = cache.token(request).await?.authorization()?;
        assert_eq!((header.to_str()?, format!("{header:?}").as_str()), ("Bearer secret", "Sensitive"));
        Ok(())
    }
}
