//! An answer of the service with its status, ids and raw bytes, and the check that it is about what was asked, which the
//! contract marks by `x-mde-echo`.

use std::net::IpAddr;
use std::ops::Deref;

use bytes::Bytes;
use reqwest::StatusCode;

/// An answer of the service: the value, and what it came in.
///
/// It dereferences to the value.
#[derive(Clone, Debug)]
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

/// An answer about something else than what was asked.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) property: &'static str,
    pub(crate) asked: String,
    pub(crate) answered: String,
}

/// Holds a property of an answer against the parameter that it repeats.
pub(crate) fn check<A: ToString, E: Repeats<A>>(
    property: &'static str,
    asked: &A,
    answered: &E,
) -> Result<(), Mismatch> {
    match answered.differs_from(asked) {
        Some(answered) => Err(Mismatch { property, asked: asked.to_string(), answered }),
        None => Ok(()),
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
