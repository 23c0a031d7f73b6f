//! An answer of the service with its status, ids and raw bytes, and the checks of it that the generated code calls: that it
//! is about what was asked, which the contract marks by `x-mde-echo`, and that no count is negative.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;

use bytes::Bytes;
use reqwest::StatusCode;

/// An answer of the service: the value, and what it came in.
///
/// It dereferences to the value, which is `()` for an operation that is answered without a body (204).
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    request_id: Option<String>,
    raw: Bytes,
    attempts: u32,
    client_request_id: String,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: StatusCode, request_id: Option<String>, raw: Bytes) -> Self {
        Self { value, status, request_id, raw, attempts: 1, client_request_id: String::new() }
    }

    /// Says of which call it is the end.
    pub(crate) fn after(self, attempts: u32, client_request_id: &str) -> Self {
        Self { attempts, client_request_id: client_request_id.to_owned(), ..self }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, without what it came in.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The id to name to support, where the answer carried one as `request-id` or `x-ms-request-id`. Which of the two
    /// the service sends, if any, is not documented.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The id that the client sent with each attempt of the call, as `client-request-id`.
    pub fn client_request_id(&self) -> &str {
        &self.client_request_id
    }

    /// How many attempts it took, from 1.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The body as it came, decompressed, with the properties that the contract does not know.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The raw bytes by their number only: they may repeat what was sent.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, status, request_id, raw, attempts, client_request_id } = self;
        let mut debug = f.debug_struct("Response");
        debug.field("value", value).field("status", status).field("request_id", request_id).field("raw", &raw.len());
        debug.field("attempts", attempts).field("client_request_id", client_request_id).finish()
    }
}

/// An answer that cannot be one to what was asked.
#[derive(Debug)]
pub(crate) enum Mismatch {
    /// It is about something else.
    Other { property: &'static str, asked: String, answered: String },
    /// It counts less than nothing.
    Negative { property: &'static str, count: i64 },
}

/// Holds a property of an answer against the parameter that it repeats.
pub(crate) fn check<A: ToString, E: Repeats<A>>(
    property: &'static str,
    asked: &A,
    answered: &E,
) -> Result<(), Mismatch> {
    match answered.differs_from(asked) {
        Some(answered) => Err(Mismatch::Other { property, asked: asked.to_string(), answered }),
        None => Ok(()),
    }
}

/// Refuses a count below 0.
// Not every contract has a count.
#[allow(dead_code)]
pub(crate) fn check_count<C: Count>(property: &'static str, count: &C) -> Result<(), Mismatch> {
    match count.count() {
        Some(count) if count < 0 => Err(Mismatch::Negative { property, count }),
        _ => Ok(()),
    }
}

/// How many of something an answer counts.
// Not every contract has a count.
#[allow(dead_code)]
pub(crate) trait Count {
    /// None where the answer does not say.
    fn count(&self) -> Option<i64>;
}

impl Count for i64 {
    fn count(&self) -> Option<i64> {
        Some(*self)
    }
}

impl Count for i32 {
    fn count(&self) -> Option<i64> {
        Some(i64::from(*self))
    }
}

impl<C: Count> Count for Option<C> {
    fn count(&self) -> Option<i64> {
        self.as_ref()?.count()
    }
}

/// What an answer says it is about.
pub(crate) trait Repeats<A> {
    /// What the answer says, where that is something else than what was asked.
    fn differs_from(&self, asked: &A) -> Option<String>;
}

impl Repeats<IpAddr> for IpAddr {
    /// An IPv4 address may come back in its IPv6 form.
    fn differs_from(&self, asked: &IpAddr) -> Option<String> {
        (self.to_canonical() != asked.to_canonical()).then(|| self.to_string())
    }
}

impl<A: AsRef<str>> Repeats<A> for String {
    /// Domain names and digests do not depend on case.
    fn differs_from(&self, asked: &A) -> Option<String> {
        (!self.eq_ignore_ascii_case(asked.as_ref())).then(|| self.clone())
    }
}

impl<A, E: Repeats<A>> Repeats<A> for Option<E> {
    /// An answer that does not say what it is about says nothing wrong.
    fn differs_from(&self, asked: &A) -> Option<String> {
        self.as_ref()?.differs_from(asked)
    }
}
