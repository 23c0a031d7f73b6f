//! Time limits and retries of a call.

use std::time::Duration;

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

    /// How long one attempt may take, from connecting to the end of the body. 30 s, if nobody says otherwise.
    pub const fn attempt_timeout(self, limit: Duration) -> Self {
        Self { attempt_timeout: Some(limit), ..self }
    }

    /// How long a call may take with its token, all its attempts and the pauses between them; the wait for the quota is
    /// not counted. 60 s, if nobody says otherwise.
    pub const fn call_timeout(self, limit: Duration) -> Self {
        Self { call_timeout: Some(limit), ..self }
    }

    /// How long a call may wait for the quota, all waits taken together, before it fails as throttled. If nobody says
    /// otherwise, 60 s for a single call, and without a limit for one of many.
    pub const fn quota_wait(self, limit: Duration) -> Self {
        Self { quota_wait: Some(limit), ..self }
    }

    /// How often an attempt that failed for a passing reason may be repeated: where the service could not be reached,
    /// did not answer in time, or answered 408, 500, 502, 503 or 504. 3, if nobody says otherwise.
    ///
    /// A repetition after a 429 does not count, for it waits for the quota, and [`Self::quota_wait`] is its limit. With 0
    /// nothing is sent twice, not even then. The new token after a 401 is no repetition.
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
            retries: self.max_retries.unwrap_or(3),
        }
    }
}

/// The options of a call with nothing left open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    pub(crate) quota_wait: Duration,
    pub(crate) retries: u32,
}
