use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{BoxError, BoxFuture, Clock};

/// Where a client gets its tokens from.
///
/// The client keeps a token until five minutes before it expires (half of its life, if that is sooner), asks again then,
/// and asks for one token at a time, however many calls wait for it.
///
/// ```
/// use mde_client::{AccessToken, BoxError, BoxFuture, TokenProvider, TokenRequest};
///
/// /// Reads the token from a file that another program keeps current.
/// struct TokenFile(std::path::PathBuf);
///
/// impl TokenProvider for TokenFile {
///     fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
///         Box::pin(async {
///             let token = std::fs::read_to_string(&self.0)?;
///             Ok(AccessToken::new(token.trim()).expires_in(std::time::Duration::from_secs(600)))
///         })
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync + 'static {
    /// Gets a token. An error may say what it will; a client passes it on as the source of its own, of the kind
    /// [`Credential`](crate::ErrorKind::Credential), so it must not hold a secret.
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>>;
}

/// What a token is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest<'a> {
    /// Where one signs in, such as `https://login.microsoftonline.com`.
    pub authority: &'a str,
    /// What the token is for, such as `https://api.securitycenter.microsoft.com`.
    pub audience: &'a str,
}

impl TokenRequest<'_> {
    /// The scope to ask for: the audience, followed by `/.default`.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience)
    }
}

/// A bearer token. Its text shows in no `Debug` output.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    expires_in: Option<Duration>,
}

impl AccessToken {
    /// A token that lives as long as the client does.
    pub fn new(token: impl Into<String>) -> Self {
        Self { secret: SecretString::from(token.into()), expires_in: None }
    }

    /// Says how long the token lives, from now on.
    #[must_use]
    pub fn expires_in(self, lifetime: Duration) -> Self {
        Self { expires_in: Some(lifetime), ..self }
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// One token, given once, that never changes.
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// Takes the text of the token, without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self(AccessToken::new(token))
    }
}

impl TokenProvider for StaticToken {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// The token of a client, fetched when it is needed and kept while it is good.
pub(crate) struct TokenCache {
    provider: Box<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: AccessToken,
    /// When to ask for the next one, and when this one is no longer good; never, for a token without an end.
    times: Option<(Instant, Instant)>,
}

impl TokenCache {
    pub(crate) fn new(provider: Box<dyn TokenProvider>, clock: Arc<dyn Clock>) -> Self {
        Self { provider, clock, held: Mutex::new(None) }
    }

    /// The lock is held while a token is fetched, so that all who wait get the one that comes.
    pub(crate) async fn token(&self, request: TokenRequest<'_>) -> Result<AccessToken, BoxError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        let fresh = held.as_ref().filter(|held| held.times.is_none_or(|(renew_at, _)| now < renew_at));
        if let Some(held) = fresh {
            return Ok(held.token.clone());
        }
        match self.provider.token(request).await {
            Ok(token) => {
                *held = Some(Held::since(self.clock.now(), token.clone()));
                Ok(token)
            }
            Err(error) => match held.as_ref().filter(|held| held.times.is_none_or(|(_, end)| now < end)) {
                Some(held) => Ok(held.token.clone()),
                None => Err(error),
            },
        }
    }
}

impl Held {
    fn since(now: Instant, token: AccessToken) -> Self {
        const EARLY: Duration = Duration::from_secs(5 * 60);
        let times = token.expires_in.and_then(|lifetime| {
            let renew_at = now.checked_add(lifetime.saturating_sub(EARLY).max(lifetime / 2))?;
            Some((renew_at, now.checked_add(lifetime)?))
        });
        Self { token, times }
    }
}
