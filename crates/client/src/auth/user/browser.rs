//! Signing in in a browser: an authorization code with PKCE (RFC 7636), on a redirect to this machine (RFC 8252).

use oauth2::RedirectUrl;

use super::authority::{Authority, Authorization, Tokens};
use super::redirect::RedirectListener;
use crate::auth::refusal::SignInFailure;
use crate::{BoxError, Error, ErrorKind};

/// Opens a page, or shows the person where it is.
pub(super) type Open = dyn Fn(&str) -> Result<(), BoxError> + Send + Sync;

/// Opens the page to sign in at, and waits for the browser to come back with a code.
pub(super) async fn sign_in(authority: &Authority, open: &Open) -> Result<Tokens, BoxError> {
    let listener = RedirectListener::bind().await.map_err(|cause| {
        Error::new(ErrorKind::Configuration, format!("no port of 127.0.0.1 can be listened on: {cause}"))
            .with_advice("sign in by a device code, which needs no port")
            .with_source(cause)
    })?;
    // Entra takes any port where the app is registered with `http://localhost`, and offers that name for public clients.
    let redirect = RedirectUrl::new(format!("http://localhost:{}", listener.port()))?;
    let Authorization { url, state, verifier } = authority.authorization(&redirect);
    open(url.as_str()).map_err(|cause| {
        Error::new(ErrorKind::Configuration, "the browser cannot be opened")
            .with_advice("sign in by a device code, which needs no browser on this machine")
            .with_source(cause)
    })?;
    let code = listener.code(state.secret(), authority.clock()).await.map_err(SignInFailure::Refused)?;
    Ok(authority.redeem(code, verifier, &redirect).await?)
}
