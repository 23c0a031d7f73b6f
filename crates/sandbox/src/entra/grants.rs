//! What people have allowed, and apps have not used up yet: authorization codes, device codes and refresh tokens.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};

use crate::apps::Registration;
use crate::entra::refusal::EntraRefusal;
use crate::entra::scope::Scope;
use crate::quirks::{FastPolling, Quirks, RefreshTokens};
use crate::users::User;

/// How long an authorization code is valid: typically about 10 minutes (documented).
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// How long a device code is valid (documented).
pub(crate) const DEVICE_CODE_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// How long a refresh token is valid after it was issued (documented).
const REFRESH_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(90);

/// How much longer a device has to wait between two requests after `slow_down` (RFC 8628, section 3.5).
const SLOWER_BY: TimeDelta = TimeDelta::seconds(5);

/// The most of each kind that are known. The oldest is forgotten first.
const MAX_GRANTS: usize = 1000;

/// The letters of a user code: without vowels, so that no word comes of them (RFC 8628, section 6.1).
const USER_CODE_LETTERS: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";

/// The length of a user code, in letters.
const USER_CODE_LENGTH: usize = 8;

/// A person who signed in to an app, and what for.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) registration: Arc<Registration>,
    pub(crate) user: User,
    pub(crate) scope: Scope,
}

/// All grants of a sandbox. Their texts are unpredictable, and it shows none of them.
pub(crate) struct Grants {
    key: hmac::Key,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    issued: u64,
    codes: VecDeque<AuthorizationCode>,
    devices: VecDeque<Device>,
    refresh_tokens: VecDeque<RefreshToken>,
}

struct AuthorizationCode {
    code: String,
    sign_in: SignIn,
    redirect_uri: String,
    challenge: String,
    expires: DateTime<Utc>,
    is_redeemed: bool,
}

struct Device {
    device_code: String,
    user_code: String,
    registration: Arc<Registration>,
    scope: Scope,
    expires: DateTime<Utc>,
    interval: TimeDelta,
    last_poll: Option<DateTime<Utc>>,
    decision: Option<Decision>,
}

/// What a person answers on a page.
#[derive(Clone)]
pub(crate) enum Decision {
    SignIn(User),
    Decline,
}

struct RefreshToken {
    token: String,
    sign_in: SignIn,
    expires: DateTime<Utc>,
    state: TokenState,
}

#[derive(PartialEq)]
enum TokenState {
    Valid,
    Replaced,
    Revoked,
}

/// What a device gets, and what its user types.
pub(crate) struct DeviceCodes {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
}

impl Grants {
    /// Fails if the system has no randomness.
    pub(crate) fn new() -> io::Result<Grants> {
        let mut key = [0; 32];
        rand::fill(&mut key).map_err(|_| io::Error::other("the system has no random bytes"))?;
        Ok(Grants { key: hmac::Key::new(hmac::HMAC_SHA256, &key), known: Mutex::default() })
    }

    pub(crate) fn issue_code(
        &self,
        sign_in: SignIn,
        redirect_uri: String,
        challenge: String,
        now: DateTime<Utc>,
    ) -> String {
        let mut known = self.locked();
        let code = secret(&self.unpredictable(&mut known));
        let expires = later(now, CODE_LIFETIME);
        let issued =
            AuthorizationCode { code: code.clone(), sign_in, redirect_uri, challenge, expires, is_redeemed: false };
        remember(&mut known.codes, issued);
        code
    }

    /// Uses an authorization code, which is possible once.
    pub(crate) fn redeem_code(
        &self,
        registration: &Arc<Registration>,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        let mut known = self.locked();
        let is_it = |issued: &&mut AuthorizationCode| {
            issued.code == code && Arc::ptr_eq(&issued.sign_in.registration, registration)
        };
        let issued = known.codes.iter_mut().find(is_it).ok_or(EntraRefusal::UnknownCode)?;
        if issued.is_redeemed {
            return Err(EntraRefusal::RedeemedCode);
        }
        if issued.expires <= now {
            return Err(EntraRefusal::ExpiredCode);
        }
        if issued.redirect_uri != redirect_uri {
            return Err(EntraRefusal::OtherRedirectUri);
        }
        if issued.challenge != challenge_of(verifier) {
            return Err(EntraRefusal::WrongVerifier);
        }
        issued.is_redeemed = true;
        Ok(issued.sign_in.clone())
    }

    pub(crate) fn begin_device(
        &self,
        registration: Arc<Registration>,
        scope: Scope,
        interval: TimeDelta,
        now: DateTime<Utc>,
    ) -> DeviceCodes {
        let mut known = self.locked();
        let device_code = secret(&self.unpredictable(&mut known));
        let user_code = letters(&self.unpredictable(&mut known));
        let device = Device {
            device_code: device_code.clone(),
            user_code: user_code.clone(),
            registration,
            scope,
            expires: later(now, DEVICE_CODE_LIFETIME),
            interval,
            last_poll: None,
            decision: None,
        };
        remember(&mut known.devices, device);
        DeviceCodes { device_code, user_code }
    }

    /// Notes what a person answers to a user code, in any letter case, with or without hyphens and spaces. `false` if
    /// no device waits for an answer to this code.
    pub(crate) fn decide(&self, user_code: &str, decision: Decision, now: DateTime<Utc>) -> bool {
        let typed: String = user_code.chars().filter(|letter| *letter != '-' && !letter.is_whitespace()).collect();
        let mut known = self.locked();
        let waiting = known.devices.iter_mut().find(|device| {
            device.user_code.eq_ignore_ascii_case(&typed) && device.decision.is_none() && device.expires > now
        });
        let found = waiting.is_some();
        if let Some(device) = waiting {
            device.decision = Some(decision);
        }
        found
    }

    /// Uses a device code, once a person has signed in; until then the device has to ask again.
    pub(crate) fn poll(
        &self,
        registration: &Arc<Registration>,
        device_code: &str,
        quirks: &Quirks,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        let mut known = self.locked();
        let is_it =
            |device: &Device| device.device_code == device_code && Arc::ptr_eq(&device.registration, registration);
        let position = known.devices.iter().position(is_it).ok_or(EntraRefusal::UnknownDeviceCode)?;
        let device = &mut known.devices[position];
        if device.expires <= now {
            return Err(EntraRefusal::ExpiredDeviceCode);
        }
        match device.decision.clone() {
            None => Err(device.pending(quirks.fast_polling, now)),
            Some(Decision::Decline) => Err(EntraRefusal::DeclinedOnDevice(quirks.declined_device)),
            Some(Decision::SignIn(user)) => {
                let sign_in =
                    SignIn { registration: Arc::clone(&device.registration), user, scope: device.scope.clone() };
                known.devices.remove(position);
                Ok(sign_in)
            }
        }
    }

    pub(crate) fn issue_refresh_token(&self, sign_in: SignIn, now: DateTime<Utc>) -> String {
        let mut known = self.locked();
        let token = secret(&self.unpredictable(&mut known));
        let expires = later(now, REFRESH_TOKEN_LIFETIME);
        remember(
            &mut known.refresh_tokens,
            RefreshToken { token: token.clone(), sign_in, expires, state: TokenState::Valid },
        );
        token
    }

    pub(crate) fn use_refresh_token(
        &self,
        registration: &Arc<Registration>,
        token: &str,
        handling: RefreshTokens,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        let mut known = self.locked();
        let is_it = |issued: &&mut RefreshToken| {
            issued.token == token && Arc::ptr_eq(&issued.sign_in.registration, registration)
        };
        let issued = known.refresh_tokens.iter_mut().find(is_it).ok_or(EntraRefusal::InvalidRefreshToken)?;
        match issued.state {
            TokenState::Revoked => return Err(EntraRefusal::RevokedRefreshToken),
            TokenState::Replaced => return Err(EntraRefusal::InvalidRefreshToken),
            TokenState::Valid if issued.expires <= now => return Err(EntraRefusal::ExpiredRefreshToken),
            TokenState::Valid => {}
        }
        if handling == RefreshTokens::Replaced {
            issued.state = TokenState::Replaced;
        }
        Ok(issued.sign_in.clone())
    }

    /// Revokes the refresh tokens issued so far.
    pub(crate) fn revoke_refresh_tokens(&self) {
        for issued in &mut self.locked().refresh_tokens {
            issued.state = TokenState::Revoked;
        }
    }

    /// Bytes that nobody can know before, and that no other call returns.
    fn unpredictable(&self, known: &mut Known) -> hmac::Tag {
        known.issued += 1;
        hmac::sign(&self.key, &known.issued.to_be_bytes())
    }

    /// The state is consistent: nothing panics while it holds the lock.
    fn locked(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    /// The answer to a device for which nobody has decided yet.
    fn pending(&mut self, fast_polling: FastPolling, now: DateTime<Utc>) -> EntraRefusal {
        let is_too_fast = self.last_poll.is_some_and(|last| now < later(last, self.interval));
        self.last_poll = Some(now);
        if is_too_fast && fast_polling == FastPolling::SlowDown {
            self.interval += SLOWER_BY;
            return EntraRefusal::SlowDown;
        }
        EntraRefusal::AuthorizationPending
    }
}

fn remember<T>(known: &mut VecDeque<T>, issued: T) {
    if known.len() == MAX_GRANTS {
        known.pop_front();
    }
    known.push_back(issued);
}

fn secret(bytes: &hmac::Tag) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn letters(bytes: &hmac::Tag) -> String {
    let letter = |byte: &u8| char::from(USER_CODE_LETTERS[usize::from(*byte) % USER_CODE_LETTERS.len()]);
    bytes.as_ref().iter().take(USER_CODE_LENGTH).map(letter).collect()
}

/// The code challenge of a verifier by the method S256 (RFC 7636, section 4.2).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn later(now: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
