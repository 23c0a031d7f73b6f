//! What a call is made of: the operation as the contract describes it, the options of the caller, and the error for a
//! value that the contract does not allow.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use crate::redact::truncate;

/// What the contract says of an operation. The constants are in [`operations`](crate::operations).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its id, such as `getIPStatistics`.
    pub id: &'static str,
    /// Its HTTP method, in capitals.
    pub method: &'static str,
    /// Its path, with a name in braces for each parameter.
    pub path: &'static str,
    /// How many calls the service allows to all programs on one app registration together; empty where no quota is
    /// documented.
    pub quota: &'static [QuotaWindow],
    /// What an app needs that acts for itself.
    pub application_permission: Option<Permission>,
    /// What an app needs that acts for a user.
    pub delegated_permission: Option<Permission>,
}

impl Operation {
    /// Whether its method is safe, as RFC 9110 calls it: it changes nothing, so it may be repeated whatever became of it.
    pub(crate) fn is_safe(&self) -> bool {
        self.method == "GET"
    }
}

/// A permission of the service, to be granted to an app registration with an administrator's consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permission {
    /// Its name, as in the claims of a token.
    pub name: &'static str,
    /// What the portal calls it.
    pub display_name: &'static str,
    /// The role permission that a user needs on top.
    pub user_role: Option<&'static str>,
}

/// How many calls are allowed within any stretch of time of a given length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaWindow {
    calls: u32,
    period: Duration,
}

impl QuotaWindow {
    /// At most `calls` calls within any stretch of time as long as `period`. A window of no calls or of no length is
    /// refused when a client is built with it.
    pub const fn new(calls: u32, period: Duration) -> Self {
        Self { calls, period }
    }

    /// How many calls.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// Within how long a stretch of time.
    pub const fn period(&self) -> Duration {
        self.period
    }
}

impl fmt::Display for QuotaWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.calls == 1 { "" } else { "s" };
        write!(f, "{} call{plural} within {:?}", self.calls, self.period)
    }
}

/// How long a call may take, and how often it may be tried. What is not set here is what the client was built with.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mde_sandbox::Sandbox::start().await?;
/// # let client = mde_client::Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build()?;
/// use std::{net::Ipv4Addr, time::Duration};
///
/// use mde_client::CallOptions;
///
/// // Now or never: no second attempt, and no wait for the quota.
/// let options = CallOptions::new().max_retries(0).quota_wait(Duration::ZERO);
/// let answer = client.get_ip_statistics(Ipv4Addr::new(10, 209, 67, 177)).options(options).send().await?;
/// # let _ = answer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CallOptions {
    attempt_timeout: Option<Duration>,
    call_timeout: Option<Duration>,
    quota_wait: Option<Duration>,
    max_retries: Option<u32>,
}

impl CallOptions {
    /// Options that change nothing.
    pub const fn new() -> Self {
        Self { attempt_timeout: None, call_timeout: None, quota_wait: None, max_retries: None }
    }

    /// How long one attempt may take, from connecting to the end of the body. Default: 30 s.
    pub const fn attempt_timeout(self, limit: Duration) -> Self {
        Self { attempt_timeout: Some(limit), ..self }
    }

    /// How long a call may take with its token, all its attempts and the pauses between them; the wait for the quota is
    /// not counted. Default: 60 s.
    pub const fn call_timeout(self, limit: Duration) -> Self {
        Self { call_timeout: Some(limit), ..self }
    }

    /// How long a call may wait for the quota, all waits taken together, before it fails as throttled. Default:
    /// 60 s for a single call, no limit for one of many.
    ///
    /// [`Duration::MAX`] is no limit: the call waits as long as it takes. It still fails, as throttled, at its first 429
    /// that begins the 20th pause in a row or a later one, with no call served between them; those pauses last longer than
    /// the longest window of the quota.
    pub const fn quota_wait(self, limit: Duration) -> Self {
        Self { quota_wait: Some(limit), ..self }
    }

    /// How often an attempt that failed for a passing reason may be repeated: where the service could not be reached,
    /// did not answer in time, or answered 408, 500, 502, 503 or 504. Default: 3.
    ///
    /// A repetition after a 429 does not count, whatever came before it, for it waits for the quota, and
    /// [`Self::quota_wait`] is its limit. With 0 nothing is sent twice, not even then. A retry with a new token after a 401
    /// does not count either.
    ///
    /// What may change something, which is any call but a GET, is repeated only where the service certainly did not process
    /// it: after a 429 or a 401, or where no connection could be made.
    pub const fn max_retries(self, count: u32) -> Self {
        Self { max_retries: Some(count), ..self }
    }

    /// What is set here, and for the rest what is set there.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            attempt_timeout: self.attempt_timeout.or(other.attempt_timeout),
            call_timeout: self.call_timeout.or(other.call_timeout),
            quota_wait: self.quota_wait.or(other.quota_wait),
            max_retries: self.max_retries.or(other.max_retries),
        }
    }

    pub(crate) fn limits(self) -> Limits {
        Limits {
            attempt: self.attempt_timeout.unwrap_or(Duration::from_secs(30)),
            call: self.call_timeout.unwrap_or(Duration::from_secs(60)),
            quota_wait: self.quota_wait.unwrap_or(Duration::from_secs(60)),
            pauses: if self.quota_wait == Some(Duration::MAX) { PAUSES } else { u32::MAX },
            retries: self.max_retries.unwrap_or(3),
        }
    }
}

/// How many pauses in a row, with nothing served between them, a call without a limit of its own lives to see. They last
/// longer than the longest window of the quota, so the service serves nobody.
const PAUSES: u32 = 20;

/// The options of a call with nothing left open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    pub(crate) quota_wait: Duration,
    /// At which pause in a row it ends.
    pub(crate) pauses: u32,
    pub(crate) retries: u32,
}

/// A value that the contract does not allow, with what it does allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    name: &'static str,
    value: String,
    expected: String,
}

impl InvalidValue {
    /// The parameter or the type that the value was for.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The value as it was given, cut short where it is long.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What would have been allowed.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    fn new(name: &'static str, value: impl fmt::Display, expected: String) -> Self {
        const LONGEST: usize = 80;
        let mut value = value.to_string();
        truncate(&mut value, LONGEST);
        Self { name, value, expected }
    }

    /// Names the parameter in the place of the type.
    pub(crate) fn of_parameter(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    pub(crate) fn check_integer<T, R>(name: &'static str, value: T, minimum: i64, maximum: i64) -> Result<R, Self>
    where
        T: Copy + fmt::Display + TryInto<i64>,
        R: TryFrom<i64>,
    {
        let within = value.try_into().ok().filter(|value| (minimum..=maximum).contains(value));
        within
            .and_then(|value| R::try_from(value).ok())
            .ok_or_else(|| Self::new(name, value, format!("a whole number from {minimum} to {maximum}")))
    }

    pub(crate) fn parse_integer<R>(name: &'static str, text: &str, minimum: i64, maximum: i64) -> Result<R, Self>
    where
        R: TryFrom<i64>,
    {
        let refused = || Self::new(name, text, format!("a whole number from {minimum} to {maximum}"));
        let value: i64 = text.parse().map_err(|_| refused())?;
        Self::check_integer(name, value, minimum, maximum).map_err(|_| refused())
    }
}

// Only a contract with texts or enums among its values needs these.
#[allow(dead_code)]
impl InvalidValue {
    /// The one of a few values that a text stands for.
    pub(crate) fn choose<T: Copy>(
        name: &'static str,
        text: &str,
        all: &[T],
        as_text: fn(T) -> &'static str,
    ) -> Result<T, Self> {
        let texts: Vec<_> = all.iter().map(|value| as_text(*value)).collect();
        let chosen = all.iter().zip(&texts).find(|(_, known)| **known == text).map(|(value, _)| *value);
        chosen.ok_or_else(|| Self::new(name, text, format!("one of {}", texts.join(", "))))
    }

    /// Refuses what would leave its segment of a path, whatever the pattern says.
    pub(crate) fn check_text(name: &'static str, text: String, pattern: &str) -> Result<String, Self> {
        let expected = if text.is_empty() {
            "a text that is not empty".to_owned()
        } else if text == "." || text == ".." || text.contains(['/', '\\']) {
            "a text without a slash or a backslash, and not `.` or `..`".to_owned()
        } else if regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(&text).is_some()) {
            return Ok(text);
        } else {
            format!("a text of the form {pattern}")
        };
        Err(Self::new(name, text, expected))
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be {:?}: give {}", self.name, self.value, self.expected)
    }
}

impl std::error::Error for InvalidValue {}

impl From<Infallible> for InvalidValue {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Lets a bounded integer be made of any primitive one, each checked. By full paths, since the contract names types beside
/// it.
macro_rules! try_from_integers {
    ($name:ident) => {
        crate::operation::try_from_integers!($name: u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
    };
    ($name:ident: $($integer:ty),*) => {
        $(impl ::std::convert::TryFrom<$integer> for $name {
            type Error = crate::InvalidValue;

            fn try_from(value: $integer) -> ::std::result::Result<Self, Self::Error> {
                crate::InvalidValue::check_integer(
                    stringify!($name), value, Self::MIN.0.into(), Self::MAX.0.into(),
                )
                .map(Self)
            }
        })*
    };
}
pub(crate) use try_from_integers;
