//! The error of the client, and what it keeps of a refusal.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::redact::{Redactor, excerpt};
use crate::retry::RetryClass;
use crate::{BoxError, InvalidValue, Operation};

/// Why a call was not answered, or a client not built.
///
/// `Display` says in a line or two what happened and what to do. The cause, where there is one, is the
/// [`source`](std::error::Error::source). No part of it holds a token.
#[derive(Debug)]
pub struct Error(Box<Details>);

/// What kind of failure it is, for a program to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No token could be had, or the service did not accept it (401).
    Credential,
    /// The token lacks a permission, or is for another audience (403).
    Permission,
    /// A value that the contract does not allow, or that the service refused (400).
    InvalidInput,
    /// The quota is spent: the service said so (429), or the wait for a permit would have been too long.
    Throttled,
    /// The service refused or failed in another way.
    Service,
    /// The service could not be reached, or the connection broke.
    Transport,
    /// A time limit ran out.
    Timeout,
    /// An answer could not be read, was too large, or was about something else.
    Decode,
    /// The client cannot be built, or cannot make a request, as it is configured.
    Configuration,
}

#[derive(Debug)]
struct Details {
    kind: ErrorKind,
    failure: RetryClass,
    attempts: u32,
    client_request_id: Option<String>,
    problem: String,
    advice: Option<String>,
    operation: Option<&'static str>,
    status: Option<StatusCode>,
    refusal: Refusal,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    may_have_been_sent: bool,
    invalid: Option<InvalidValue>,
    needs_sign_in: bool,
    source: Option<BoxError>,
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, without the name of the operation.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// What to do about it, where there is something to be done.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The operation that failed, such as `getIPStatistics`.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation
    }

    /// The HTTP status, where an answer came, whatever its body was.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's code, such as `InvalidIpAddress`. The set is open.
    pub fn code(&self) -> Option<&str> {
        self.0.refusal.code.as_deref()
    }

    /// The service's own words, at most 2 KiB of them. They may change at any time.
    pub fn message(&self) -> Option<&str> {
        self.0.refusal.message.as_deref()
    }

    /// The service's tracking id, to be named to Microsoft support.
    pub fn target(&self) -> Option<&str> {
        self.0.refusal.target.as_deref()
    }

    /// The beginning of a body that was not in the documented form, such as a proxy's page; at most 2 KiB.
    pub fn body_excerpt(&self) -> Option<&str> {
        self.0.refusal.excerpt.as_deref()
    }

    /// The request id, where the answer carried one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The id that the client sent with each attempt of the call, as `client-request-id`; none where there is no call.
    pub fn client_request_id(&self) -> Option<&str> {
        self.0.client_request_id.as_deref()
    }

    /// How many attempts were made, the last one included; 0 where it never came to one.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long to wait before the next call, where the service or the client's own quota says so. What the service says of
    /// a 429 counts up to the longest window of the quota, and else up to an hour.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the service may have received the last attempt. False only where it certainly did not.
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// The value that the contract does not allow, where that is why nothing was sent.
    pub fn invalid_value(&self) -> Option<&InvalidValue> {
        self.0.invalid.as_ref()
    }

    /// Whether nothing but the person can help, by signing in (again): there is no refresh token, or it is good no longer.
    /// Credentials without a person never say so.
    pub fn needs_sign_in(&self) -> bool {
        self.0.needs_sign_in
    }

    pub(crate) fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            failure: RetryClass::Lasting,
            attempts: 0,
            client_request_id: None,
            problem: problem.into(),
            advice: None,
            operation: None,
            status: None,
            refusal: Refusal::default(),
            request_id: None,
            retry_after: None,
            may_have_been_sent: false,
            invalid: None,
            needs_sign_in: false,
            source: None,
        }))
    }

    pub(crate) fn invalid(value: InvalidValue) -> Self {
        let mut error = Self::new(ErrorKind::InvalidInput, value.to_string());
        error.0.invalid = Some(value);
        error
    }

    pub(crate) fn during(mut self, operation: &Operation) -> Self {
        self.0.operation = Some(operation.id);
        self
    }

    /// Says of which call it is the end.
    pub(crate) fn after(mut self, attempts: u32, client_request_id: &str) -> Self {
        self.0.attempts = attempts;
        self.0.client_request_id = Some(client_request_id.to_owned());
        self
    }

    pub(crate) fn retry_class(&self) -> RetryClass {
        self.0.failure
    }

    pub(crate) fn with_retry_class(mut self, failure: RetryClass) -> Self {
        self.0.failure = failure;
        self
    }

    /// Names what went wrong before, unless it is the same or something else is known to be the cause.
    pub(crate) fn preceded_by(mut self, previous: Option<Error>) -> Self {
        if self.0.source.is_none() {
            self.0.source = previous.filter(|previous| previous.problem() != self.problem()).map(Into::into);
        }
        self
    }

    /// Names the refusal before it among its causes, also where its own cause is known, which then comes last.
    pub(crate) fn following(mut self, refusal: Option<Error>) -> Self {
        if let Some(mut refusal) = refusal {
            self.0.may_have_been_sent |= refusal.0.may_have_been_sent;
            refusal.0.source = self.0.source.take().or(refusal.0.source);
            self.0.source = Some(refusal.into());
        }
        self
    }

    pub(crate) fn with_more_advice(mut self, more: &str) -> Self {
        let advice = self.0.advice.take();
        self.0.advice = Some(advice.map_or_else(|| more.to_owned(), |advice| format!("{advice}; {more}")));
        self
    }

    /// No advice where the text is empty, as where another error had none to take over.
    pub(crate) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into()).filter(|advice| !advice.is_empty());
        self
    }

    pub(crate) fn with_sign_in_needed(mut self, needs_sign_in: bool) -> Self {
        self.0.needs_sign_in = needs_sign_in;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_answer(mut self, status: StatusCode, request_id: Option<String>) -> Self {
        self.0.status = Some(status);
        self.0.request_id = request_id;
        self.sent()
    }

    pub(crate) fn with_refusal(mut self, refusal: Refusal) -> Self {
        self.0.refusal = refusal;
        self
    }

    /// Leaves out what the other side has repeated of the secrets that it was sent.
    pub(crate) fn without_secrets(mut self, redactor: &Redactor) -> Self {
        let Details { problem, advice, refusal, request_id, .. } = &mut *self.0;
        let Refusal { code, message, target, excerpt } = refusal;
        let texts = [advice, code, message, target, excerpt, request_id].into_iter().flatten();
        for text in texts.chain([problem]) {
            *text = redactor.redact(text);
        }
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn sent(mut self) -> Self {
        self.0.may_have_been_sent = true;
        self
    }
}

const _: () = assert!(size_of::<Error>() <= 128, "an error is returned by value from every call");

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { problem, advice, operation, request_id, attempts, .. } = &*self.0;
        if let Some(operation) = operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(problem)?;
        if *attempts > 1 {
            write!(f, ", in attempt {attempts}")?;
        }
        if let Some(request_id) = request_id {
            write!(f, " (request id {request_id})")?;
        }
        if let Some(advice) = advice {
            write!(f, "\n{advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.0.source.as_deref()?;
        // One that several calls share is shown itself, so that a program can find its own error again.
        match source.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>() {
            Some(shared) => Some(&**shared),
            None => Some(source),
        }
    }
}

/// The most of a body that an error keeps, in bytes.
const EXCERPT: usize = 2048;

/// The error envelope of the service, as far as the client reads it.
#[derive(Deserialize)]
struct Envelope {
    error: Detail,
}

#[derive(Deserialize)]
struct Detail {
    code: String,
    message: String,
    target: Option<String>,
}

/// What the body of a refusal says.
#[derive(Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) target: Option<String>,
    /// The beginning of a body that is not in the form of the contract.
    pub(crate) excerpt: Option<String>,
}

impl Refusal {
    /// Reads any body: that of the service, a page of a proxy, or nothing.
    pub(crate) fn read(body: &[u8], redactor: &Redactor) -> Self {
        if let Ok(Envelope { error }) = serde_json::from_slice(body) {
            let bounded = |text: String| body_excerpt(text.as_bytes(), redactor);
            return Self {
                code: bounded(error.code),
                message: bounded(error.message),
                target: error.target.and_then(bounded),
                excerpt: None,
            };
        }
        Self { excerpt: body_excerpt(body, redactor), ..Self::default() }
    }
}

/// The part of a body that an error keeps.
pub(crate) fn body_excerpt(body: &[u8], redactor: &Redactor) -> Option<String> {
    excerpt(body, EXCERPT, redactor)
}
