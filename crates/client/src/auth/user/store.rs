//! Where the refresh token of a person is kept.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use crate::{BoxError, Error, ErrorKind};

/// What gets the next access token without asking the person again. Its text shows in no `Debug` output.
///
/// It is as good as the person's sign-in for as long as it lives: with Microsoft Entra 90 days by default, where each use
/// brings a new one, and until the person's password or access changes
/// (<https://learn.microsoft.com/entra/identity-platform/refresh-tokens>).
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Takes the text of the token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(SecretString::from(token.into()))
    }

    /// The text of the token, to keep it where no other user of the machine can read it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").finish_non_exhaustive()
    }
}

/// Keeps the refresh token of one person for one app, such as in the keychain of the platform.
///
/// Its methods may block, as keychains do: a [`UserCredential`](super::UserCredential) calls them on a thread for such work.
/// Several programs may share what is kept, and replace it. So it is read before each use. Where the host refuses a token,
/// it is read again, and once more after 1 s, for one that another program has stored meanwhile; up to four different tokens
/// are tried.
///
/// ```
/// use std::io::Write as _;
/// use std::path::PathBuf;
///
/// use mde_client::{BoxError, RefreshToken, RefreshTokenStore};
///
/// /// A file that nobody else may read; on Windows, if that holds for its folder.
/// struct InFile(PathBuf);
///
/// impl RefreshTokenStore for InFile {
///     fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
///         match std::fs::read_to_string(&self.0) {
///             Ok(token) => Ok(Some(RefreshToken::new(token))),
///             Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
///             Err(error) => Err(error.into()),
///         }
///     }
///
///     fn save(&self, token: &RefreshToken) -> Result<(), BoxError> {
///         let mut options = std::fs::OpenOptions::new();
///         options.write(true).create(true).truncate(true);
///         // For a file that is new.
///         #[cfg(unix)]
///         std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
///         Ok(options.open(&self.0)?.write_all(token.expose().as_bytes())?)
///     }
/// }
/// ```
pub trait RefreshTokenStore: Send + Sync + 'static {
    /// The token that is kept, or nothing where nobody has signed in.
    ///
    /// # Errors
    /// Any, with a text that holds no secret. A credential then gives no access token, and asks nobody to sign in, unless it
    /// [always prompts](super::UserCredential::always_prompt).
    fn load(&self) -> Result<Option<RefreshToken>, BoxError>;

    /// Keeps a token in place of the one that was kept before, which may be good no longer.
    ///
    /// # Errors
    /// Any, with a text that holds no secret. It is logged as a warning; the access token that came along serves all the
    /// same.
    fn save(&self, token: &RefreshToken) -> Result<(), BoxError>;
}

/// Forgets the token at the end of the program.
#[derive(Default)]
pub(super) struct MemoryStore(Mutex<Option<RefreshToken>>);

impl RefreshTokenStore for MemoryStore {
    fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, token: &RefreshToken) -> Result<(), BoxError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

/// What a store holds, read on a thread for blocking work.
pub(super) async fn load(store: &Arc<dyn RefreshTokenStore>) -> Result<Option<RefreshToken>, BoxError> {
    let of_thread = Arc::clone(store);
    let loaded = tokio::task::spawn_blocking(move || of_thread.load()).await.map_err(|_| panicked())?;
    loaded.map_err(|cause| {
        let error = Error::new(ErrorKind::Configuration, format!("the stored refresh token cannot be read: {cause}"));
        error.with_advice("check the keychain or file that it is kept in").with_source(cause).into()
    })
}

/// Keeps a token. Where that fails, the person has to sign in again sooner, and nothing else is lost.
pub(super) async fn save(store: &Arc<dyn RefreshTokenStore>, token: RefreshToken) {
    let of_thread = Arc::clone(store);
    let saved = tokio::task::spawn_blocking(move || of_thread.save(&token)).await;
    if let Err(error) = saved.unwrap_or_else(|_| Err(panicked().into())) {
        warn!(%error, "the refresh token could not be stored; the next access token may need the person again");
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Configuration, "the store of refresh tokens panicked, or the program ends")
}
