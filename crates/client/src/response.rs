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
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: StatusCode, request_id: Option<String>, raw: Bytes) -> Self {
        Self { value, status, request_id, raw }
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
