//! The credential of a person who signs in: in a browser, by a device code, or by the refresh token of an earlier time.

// Files import in one direction: mod -> browser -> redirect; mod -> device_code; both -> authority -> store.
mod authority;
mod browser;
mod device_code;
mod redirect;
mod store;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::Instrument;

use authority::{Authority, Tokens};
use browser::Open;
pub use device_code::DeviceCode;
use device_code::Show;
use store::MemoryStore;
pub use store::{RefreshToken, RefreshTokenStore};

use super::identifiers::{client_id_of_app, tenant_of_person};
use super::refusal::{SignInFailure, SignInNeeded};
use super::token::{AccessToken, SIGN_IN_TIMEOUT, SignInHint, TokenProvider, TokenRequest};
use crate::{BoxError, BoxFuture, Error, ErrorKind};

/// A person who signs in, through a public client of one's own: an app registration of Microsoft Entra with the platform
/// "Mobile and desktop applications", its redirect `http://localhost` (any port is taken then) and the delegated permission
/// of the operations. For device codes, "Allow public client flows" is on besides. The person needs a role in the service,
/// such as 'View Data'.
///
/// The person signs in at the [authority](crate::Endpoint::authority) of the client's endpoint, which uses https or is on
/// this machine. The access token is kept in memory by the client; the refresh token, by which the next one is had without
/// the person, is kept where [`Self::store`] says. It needs a Tokio runtime with IO and time.
///
/// A call has 60 s for all that it does, unless its options give it more, and a person takes longer. So a program signs in before its
/// first call, by [`Client::token_claims`](crate::Client::token_claims).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use mde_client::{Client, UserCredential};
///
/// // The sandbox stands in for the service and for Microsoft Entra.
/// let sandbox = Arc::new(mde_sandbox::Sandbox::start().await?);
/// # let entra = Arc::clone(&sandbox);
/// let person = UserCredential::new(sandbox.tenant(), sandbox.public_clients()[0].client_id())?.by_device_code(move |code| {
///     println!("open {} and enter {}", code.verification_uri(), code.user_code());
/// #   assert!(entra.approve_device_code(code.user_code(), &entra.users()[0]));
/// });
/// let client = Client::builder().endpoint(sandbox.url()).credential(person).build()?;
/// let claims = client.token_claims().await?.ok_or("the token is not a JWT")?;
/// assert_eq!(claims.scopes, ["Ip.Read.All"]);
/// # Ok(())
/// # }
/// ```
///
/// Where the store holds no refresh token, or one that is good no longer, and there is no prompt, the error is one for which
/// [`Error::needs_sign_in`] holds.
pub struct UserCredential {
    tenant: String,
    client_id: String,
    store: Arc<dyn RefreshTokenStore>,
    prompt: Option<Prompt>,
    /// What the person does who has to sign in, where there is no prompt.
    how: Option<String>,
    /// Whether the person is to be asked whatever is stored; no longer, once that was done.
    ignores_stored: AtomicBool,
    /// Taken while the refresh token is used, which may be good for one use only.
    refreshing: Arc<tokio::sync::Mutex<()>>,
}

/// How a person is asked to sign in.
enum Prompt {
    Browser(Box<Open>),
    DeviceCode(Box<Show>),
}

impl UserCredential {
    /// A person of a tenant, by its id, one of its domains or `organizations`, through a public client by its client id.
    /// Without a prompt it only uses the stored refresh token.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where one of them is empty, or the tenant holds a character
    /// that is neither in an id nor in a domain.
    pub fn new(tenant: impl Into<String>, client_id: impl Into<String>) -> Result<Self, Error> {
        let (tenant, client_id) = (tenant_of_person(tenant.into())?, client_id_of_app(client_id.into())?);
        let store = Arc::new(MemoryStore::default());
        let (ignores_stored, refreshing) = (AtomicBool::new(false), Arc::default());
        Ok(Self { tenant, client_id, store, prompt: None, how: None, ignores_stored, refreshing })
    }

    /// Where the refresh token is kept. In the memory of the credential, if not given. Where it cannot be read, there is no
    /// access token and no prompt either, but the error of the store, unless [`Self::always_prompt`] was called.
    #[must_use]
    pub fn store(self, store: impl RefreshTokenStore) -> Self {
        Self { store: Arc::new(store), ..self }
    }

    /// Signs in in a browser where there is no usable refresh token. The closure opens the URL that it gets, or shows it to
    /// the person; it should return soon. The URL is for the person alone, and belongs into no log.
    ///
    /// ```
    /// use std::process::Command;
    ///
    /// use mde_client::UserCredential;
    ///
    /// # fn main() -> Result<(), mde_client::Error> {
    /// let person = UserCredential::new("contoso.example", "5a4db0c5-0000-4000-8000-000000000009")?.in_browser(|url| {
    ///     let status = Command::new("xdg-open").arg(url).status()?;
    ///     if status.success() { Ok(()) } else { Err("no browser was opened".into()) }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn in_browser(self, open: impl Fn(&str) -> Result<(), BoxError> + Send + Sync + 'static) -> Self {
        Self { prompt: Some(Prompt::Browser(Box::new(open))), ..self }
    }

    /// Signs in by a device code where there is no usable refresh token. The closure shows the person what to do; it should
    /// return soon.
    #[must_use]
    pub fn by_device_code(self, show: impl Fn(&DeviceCode) + Send + Sync + 'static) -> Self {
        Self { prompt: Some(Prompt::DeviceCode(Box::new(show))), ..self }
    }

    /// What a person does who has to sign in, in the words of the program: the advice of the error where there is no prompt,
    /// such as ``sign in again: `my-program login` ``.
    #[must_use]
    pub fn sign_in_advice(self, advice: impl Into<String>) -> Self {
        Self { how: Some(advice.into()), ..self }
    }

    /// Asks the person for the first token, whatever refresh token is stored: to sign in anew, or as somebody else.
    #[must_use]
    pub fn always_prompt(self) -> Self {
        Self { ignores_stored: AtomicBool::new(true), ..self }
    }

    /// A token by the stored refresh token; none, where none is stored. It goes on where nobody waits for it any more,
    /// because the authority may have replaced the refresh token, and the old one is good no longer.
    async fn refresh(&self, authority: &Arc<Authority>) -> Result<Option<AccessToken>, BoxError> {
        let guard = Arc::clone(&self.refreshing).lock_owned().await;
        let (authority, store) = (Arc::clone(authority), Arc::clone(&self.store));
        let refresh = async move {
            let _guard = guard;
            by_stored(&authority, &store).await
        };
        let refreshed = tokio::spawn(refresh.in_current_span()).await;
        refreshed.unwrap_or_else(|_| Err("the refresh ended before it was done".into()))
    }
}

/// Redeems the stored refresh token. One that is refused may have been replaced by another program.
async fn by_stored(authority: &Authority, store: &Arc<dyn RefreshTokenStore>) -> Result<Option<AccessToken>, BoxError> {
    /// How many others may be ahead, each with a token of its own.
    const MOST_TRIES: usize = 4;
    let Some(mut token) = store::load(store).await? else { return Ok(None) };
    for _ in 1..MOST_TRIES {
        match authority.refresh(&token).await {
            Ok(tokens) => return Ok(Some(keep(store, tokens).await)),
            Err(SignInFailure::Refused(refusal)) if refusal.is_invalid_grant() => {
                match replaced(&token, authority, store).await? {
                    Some(other) => token = other,
                    None => return Err(SignInFailure::Refused(refusal).into()),
                }
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(Some(keep(store, authority.refresh(&token).await?).await))
}

/// What another program has stored instead of a token, or is about to store.
async fn replaced(
    old: &RefreshToken,
    authority: &Authority,
    store: &Arc<dyn RefreshTokenStore>,
) -> Result<Option<RefreshToken>, BoxError> {
    /// Between the answer that another program gets and the end of its storing the token.
    const STORED_WITHIN: Duration = Duration::from_secs(1);
    let loaded = store::load(store).await?;
    if loaded.as_ref().is_some_and(|token| token.expose() != old.expose()) {
        return Ok(loaded);
    }
    authority.clock().sleep(STORED_WITHIN).await;
    Ok(store::load(store).await?.filter(|token| token.expose() != old.expose()))
}

/// Stores the refresh token that came along.
async fn keep(store: &Arc<dyn RefreshTokenStore>, tokens: Tokens) -> AccessToken {
    if let Some(token) = tokens.refresh {
        store::save(store, token).await;
    }
    tokens.access
}

impl Prompt {
    async fn sign_in(&self, authority: &Authority) -> Result<Tokens, BoxError> {
        match self {
            Self::Browser(open) => browser::sign_in(authority, open).await,
            Self::DeviceCode(show) => Ok(device_code::sign_in(authority, show).await?),
        }
    }
}

fn needs_person(error: &BoxError) -> bool {
    matches!(error.downcast_ref(), Some(SignInFailure::Refused(refusal)) if refusal.needs_person())
}

impl UserCredential {
    fn nobody(&self) -> Error {
        let how = self.how.as_deref().unwrap_or("sign in first");
        Error::new(ErrorKind::Credential, "nobody has signed in").with_advice(how).with_sign_in_needed(true)
    }

    fn with_advice(&self, cause: BoxError) -> BoxError {
        let Some(how) = self.how.clone() else { return cause };
        match cause.downcast::<Error>() {
            // Of what the refresh token is kept in.
            Ok(error) => error.with_more_advice(&how).into(),
            Err(cause) if needs_person(&cause) => SignInNeeded { how, cause }.into(),
            Err(cause) => cause,
        }
    }
}

impl TokenProvider for UserCredential {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async move {
            let authority = Arc::new(Authority::new(&self.tenant, &self.client_id, request)?);
            let prompt = self.prompt.as_ref().filter(|_| !request.is_renewal);
            if prompt.is_none() || !self.ignores_stored.load(Ordering::Relaxed) {
                match self.refresh(&authority).await {
                    Ok(Some(token)) => return Ok(token),
                    Err(error) if prompt.is_none() || !needs_person(&error) => return Err(self.with_advice(error)),
                    Ok(None) | Err(_) => {}
                }
            }
            let tokens = prompt.ok_or_else(|| self.nobody())?.sign_in(&authority).await?;
            self.ignores_stored.store(false, Ordering::Relaxed);
            Ok(keep(&self.store, tokens).await)
        })
    }

    fn hint(&self) -> SignInHint {
        match self.prompt {
            None => SignInHint::OF_HOST,
            Some(_) => SignInHint { waits_for: "the sign-in of a person", advice: "sign in again, and sooner" },
        }
    }

    fn sign_in_timeout(&self) -> Duration {
        /// A minute more than a device code of Microsoft Entra is good for, so that its end is what is reported.
        const OF_A_PERSON: Duration = Duration::from_secs(16 * 60);
        if self.prompt.is_some() { OF_A_PERSON } else { SIGN_IN_TIMEOUT }
    }
}

/// Shows nothing of what it holds but who signs in where, and how.
impl fmt::Debug for UserCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, client_id, prompt, .. } = self;
        let prompt = match prompt {
            None => "none",
            Some(Prompt::Browser(_)) => "browser",
            Some(Prompt::DeviceCode(_)) => "device code",
        };
        let mut debug = f.debug_struct("UserCredential");
        debug.field("tenant", tenant).field("client_id", client_id);
        debug.field("prompt", &format_args!("{prompt}")).finish_non_exhaustive()
    }
}
