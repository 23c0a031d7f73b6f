//! The trait of a ledger, which counts the attempts that share a quota, and the types it speaks.

use std::fmt;
use std::time::Duration;

use crate::{BoxError, BoxFuture, QuotaWindow};

/// Counts the attempts of all who share a quota.
///
/// A client has a [`MemoryLedger`](crate::MemoryLedger) of its own, which its clones share. Programs that share an app
/// registration, on one machine or many, can share a ledger of their own making through this trait. A ledger only counts:
/// the client waits, notifies its observer, and gives up.
///
/// Each attempt takes a permit before it is sent and releases it afterwards, exactly once.
pub trait QuotaLedger: fmt::Debug + Send + Sync + 'static {
    /// Takes one permit out of every window, or out of none.
    ///
    /// An error fails the call, with the error as the source of the client's own, of the kind
    /// [`Configuration`](crate::ErrorKind::Configuration).
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>>;

    /// Releases a permit. It is called when an attempt ends, also where its caller dropped it, and must return
    /// soon: a ledger on another machine has to pass it on in the background.
    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse);

    /// Gives out no permit for a while, because the service throttled (429) an attempt of this key, and says how long that
    /// is from now on. The permit of that attempt is released afterwards.
    ///
    /// An error fails the call as it does in [`acquire`](Self::acquire); the refusal of the service is then among the
    /// causes as well.
    fn pause<'a>(
        &'a self,
        request: PermitRequest<'a>,
        throttled: Throttled<'a>,
    ) -> BoxFuture<'a, Result<Pause, BoxError>>;
}

/// Whose calls of what share a quota: the service counts for each API, tenant and app, whichever program calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct QuotaKey {
    /// The base URL of the endpoint.
    pub endpoint: String,
    /// The id of the operation, such as `getIPStatistics`.
    pub operation: String,
    /// The tenant, the claim `tid` of the token; none where it is not known.
    pub tenant: Option<String>,
    /// The app registration, the claim `appid` of the token; none where it is not known.
    pub app: Option<String>,
}

impl QuotaKey {
    /// A key of an endpoint and an operation, for any tenant and app.
    pub fn new(endpoint: impl Into<String>, operation: impl Into<String>) -> Self {
        Self { endpoint: endpoint.into(), operation: operation.into(), tenant: None, app: None }
    }

    /// The same key for one tenant and app.
    #[must_use]
    pub fn of_app(self, tenant: Option<String>, app: Option<String>) -> Self {
        Self { tenant, app, ..self }
    }
}

/// What a permit is wanted for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PermitRequest<'a> {
    /// Whose quota it comes out of.
    pub key: &'a QuotaKey,
    /// The windows that all have to have room.
    pub windows: &'a [QuotaWindow],
    /// How long the attempt may take. A permit that is not released by then belongs to a program that ended; it counts as
    /// used at the end of this time.
    pub lease: Duration,
}

impl<'a> PermitRequest<'a> {
    /// A request for one attempt.
    pub const fn new(key: &'a QuotaKey, windows: &'a [QuotaWindow], lease: Duration) -> Self {
        Self { key, windows, lease }
    }
}

/// Why a ledger is to pause: the service throttled an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Throttled<'a> {
    /// How long the service wants to be left alone; up to a second where it does not say.
    pub wait: Duration,
    /// The refusal in words, at most 300 characters of them, without secrets in it.
    pub cause: &'a str,
}

impl<'a> Throttled<'a> {
    /// A refusal that asks for so much time.
    pub const fn new(wait: Duration, cause: &'a str) -> Self {
        Self { wait, cause }
    }
}

/// A pause of all calls that share a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pause {
    /// How much of it is left.
    pub remaining: Duration,
    /// How many pauses there were in a row, this one included, without an attempt between them that the service served;
    /// from 1.
    pub in_a_row: u32,
}

impl Pause {
    /// A pause that goes on for so long.
    pub const fn new(remaining: Duration, in_a_row: u32) -> Self {
        Self { remaining, in_a_row }
    }
}

/// What a ledger says to who wants a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquire {
    /// One attempt may be sent.
    Permit(PermitId),
    /// There certainly is no permit for this long.
    Wait(Duration),
    /// Attempts in flight take up what there is. The client asks again when one of its own is released, or after a second.
    Busy,
}

/// A permit, as its ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PermitId(pub u64);

/// What became of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitUse {
    /// Nothing was sent: the permit is free again.
    Unsent,
    /// The service answered, so it has counted the attempt before now.
    Answered,
    /// The attempt may have been sent, but no answer came in: the service may yet count it.
    Unanswered,
}
