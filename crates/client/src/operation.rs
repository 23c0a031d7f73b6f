//! What the contract says of an operation: method, path, quota, permissions.

use std::fmt;
use std::time::Duration;

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
    /// How many calls the service allows to all programs on one app registration together.
    pub quota: &'static [QuotaWindow],
    /// What an app needs that acts for itself.
    pub application_permission: Option<Permission>,
    /// What an app needs that acts for a user.
    pub delegated_permission: Option<Permission>,
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
