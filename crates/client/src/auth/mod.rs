//! Where tokens come from, and how long they are kept.

#[cfg(feature = "azure")]
mod azure;
mod cache;
mod claims;
mod environment;
mod oauth_error;

use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

#[cfg(feature = "azure")]
pub use azure::AzureCredential;
pub(crate) use cache::{CachedToken, TokenCache};
pub use claims::TokenClaims;
pub use environment::EnvironmentCredential;
pub(crate) use oauth_error::no_token;

use crate::{BoxError, BoxFuture};

/// Where a client gets its tokens from.
///
/// The client keeps a token until five minutes before it expires (half of its life, if that is sooner), asks again then,
/// and asks for one token at a time, however many calls wait for it. Where that early renewal fails, or takes longer than
/// 10 s, the old token serves while it lives, and the next attempt comes 30 s later at the soonest. A token that the service
/// refuses (401) is dropped, and asked for again once; if the same one comes back, the refusal stands.
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
    /// Gets a token. The future may be dropped before it is done, when the time of the call that waits for it is up.
    ///
    /// # Errors
    /// An error may say what it will, but must not hold a secret: a client passes it on as the source of its own, of the
    /// kind [`Credential`](crate::ErrorKind::Credential), and shows of its text the line with a code of Microsoft Entra,
    /// such as `AADSTS7000215`. Where a `reqwest::Error` among its causes tells of the network, of time or of an answer
    /// that cannot be read, the kind is [`Transport`](crate::ErrorKind::Transport),
    /// [`Timeout`](crate::ErrorKind::Timeout) or [`Service`](crate::ErrorKind::Service). The calls that waited for one token share one error.
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>>;
}

/// What a token is wanted for.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TokenRequest<'a> {
    /// The client's own HTTP client, with its proxy and its certificates, for a provider that fetches its tokens over the
    /// network. It follows no redirects, and for an endpoint that is not on this machine it speaks https only.
    pub http: &'a reqwest::Client,
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

/// Without the HTTP client, whose headers may be nobody's business.
impl fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { authority, audience, .. } = self;
        let mut debug = f.debug_struct("TokenRequest");
        debug.field("authority", authority).field("audience", audience).finish_non_exhaustive()
    }
}

/// A bearer token. Its text shows in no `Debug` output.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use mde_client::AccessToken;
///
/// let lasting = AccessToken::new("a token");
/// let by_lifetime = AccessToken::new("a token").expires_in(Duration::from_secs(3599));
/// let by_date = AccessToken::new("a token").expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000));
/// assert!(!format!("{lasting:?} {by_lifetime:?} {by_date:?}").contains("a token"));
/// ```
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    expiry: Expiry,
}

#[derive(Clone, Copy, Debug)]
enum Expiry {
    Never,
    In(Duration),
    At(SystemTime),
}

impl AccessToken {
    /// A token that lives as long as the client does. Its text goes without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self { secret: SecretString::from(token.into()), expiry: Expiry::Never }
    }

    /// Says how long the token lives, from the moment at which it is handed to the client.
    #[must_use]
    pub fn expires_in(self, lifetime: Duration) -> Self {
        Self { expiry: Expiry::In(lifetime), ..self }
    }

    /// Says until when the token lives, by the time of day. A moment that has passed means that it serves only the calls
    /// that wait for it.
    #[must_use]
    pub fn expires_at(self, moment: SystemTime) -> Self {
        Self { expiry: Expiry::At(moment), ..self }
    }

    /// How long it lives from a moment on; for ever, where nothing is said.
    fn lifetime(&self, now: SystemTime) -> Option<Duration> {
        match self.expiry {
            Expiry::Never => None,
            Expiry::In(lifetime) => Some(lifetime),
            Expiry::At(moment) => Some(moment.duration_since(now).unwrap_or_default()),
        }
    }

    fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// One token, given once, that never changes.
///
/// ```
/// use mde_client::{Client, StaticToken};
///
/// let client = Client::builder().credential(StaticToken::new("a token")).build()?;
/// # Ok::<(), mde_client::Error>(())
/// ```
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
