//! Signing in by a device code: the person enters a code on a page, on any device (RFC 8628).

use std::fmt;
use std::time::Duration;

use super::authority::{Authority, DeviceAuthorization, Tokens};
use crate::auth::refusal::SignInFailure;
use crate::redact::{Redactor, excerpt};

/// What a person has to do to sign in by a device code: open a page in any browser, and enter a code there.
///
/// `Debug` shows neither the code nor the message, which holds it.
pub struct DeviceCode {
    verification_uri: String,
    user_code: String,
    expires_in: Duration,
    message: Option<String>,
}

impl DeviceCode {
    /// The page to open, such as `https://microsoft.com/devicelogin`.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// The code to enter on that page.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// How long the code is good for, from now on.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// What the authority wants the person to be shown: a sentence with the page and the code. None, where it sent none.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What may be shown of an answer: no control characters, and nothing of the code that the program keeps to itself.
    fn of(device: &DeviceAuthorization) -> Result<Self, SignInFailure> {
        /// In bytes.
        const LONGEST: usize = 1000;
        let redactor = Redactor::for_secret(device.device_code().secret());
        let shown = |text: &str| excerpt(text.as_bytes(), LONGEST, &redactor);
        Ok(Self {
            verification_uri: device.verification_uri().url().to_string(),
            user_code: shown(device.user_code().secret()).ok_or(SignInFailure::Unreadable(None))?,
            expires_in: device.expires_in(),
            message: device.extra_fields().message.as_deref().and_then(shown),
        })
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verification_uri, expires_in, .. } = self;
        let mut debug = f.debug_struct("DeviceCode");
        debug.field("verification_uri", verification_uri).field("expires_in", expires_in).finish_non_exhaustive()
    }
}

/// Shows a person what to do.
pub(super) type Show = dyn Fn(&DeviceCode) + Send + Sync;

/// Shows the person the code, and waits for what comes of it.
pub(super) async fn sign_in(authority: &Authority, show: &Show) -> Result<Tokens, SignInFailure> {
    let device = authority.device_code().await?;
    show(&DeviceCode::of(&device)?);
    authority.poll(&device).await
}
