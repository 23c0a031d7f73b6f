//! What came of a token request: whether the host was reached, and whether it answered as one does at which one signs in.

use std::error::Error as Cause;

use reqwest::StatusCode;

/// Why there is no token, where that is not the credential's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    /// The host was not reached, or the connection broke.
    Transport,
    /// A time limit ran out.
    Timeout,
    /// The host answered something else than a token or a refusal, with this status, where it is known.
    Service(Option<StatusCode>),
}

impl Outage {
    /// Looks for it in an error and in its causes.
    pub(super) fn find<'a>(mut chain: impl Iterator<Item = &'a (dyn Cause + 'static)>) -> Option<Self> {
        chain.find_map(|cause| match cause.downcast_ref::<reqwest::Error>() {
            Some(error) => of_http(error),
            None => of_azure(cause),
        })
    }
}

fn of_http(error: &reqwest::Error) -> Option<Outage> {
    if error.is_timeout() {
        Some(Outage::Timeout)
    } else if error.is_connect() || error.is_request() || error.is_body() {
        Some(Outage::Transport)
    } else if error.is_decode() {
        Some(Outage::Service(error.status()))
    } else {
        error.status().filter(StatusCode::is_server_error).map(|status| Outage::Service(Some(status)))
    }
}

#[cfg(feature = "azure")]
fn of_azure(cause: &(dyn Cause + 'static)) -> Option<Outage> {
    use azure_core::error::ErrorKind;

    use crate::error::chain;

    let error = cause.downcast_ref::<azure_core::Error>()?;
    // What it wraps knows better whether it was a matter of time.
    let of_http = || chain(error).any(|cause| cause.is::<reqwest::Error>());
    match error.kind() {
        ErrorKind::Connection | ErrorKind::Io => (!of_http()).then_some(Outage::Transport),
        ErrorKind::HttpResponse { status, raw_response, .. } => {
            let is_refusal = raw_response.as_ref().is_none_or(|answer| is_oauth_error(answer.body()));
            (u16::from(*status) >= 500 || !is_refusal)
                .then(|| Outage::Service(StatusCode::from_u16(u16::from(*status)).ok()))
        }
        // The Azure SDK forgets the status of an answer that it cannot read.
        ErrorKind::DataConversion => is_unreadable(error).then_some(Outage::Service(None)),
        _ => None,
    }
}

#[cfg(not(feature = "azure"))]
fn of_azure(_: &(dyn Cause + 'static)) -> Option<Outage> {
    None
}

#[cfg(feature = "azure")]
fn is_oauth_error(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|body| body.get("error").is_some())
}

/// Whether an answer was no JSON, or said something else than the form asks for. The Azure SDK cannot read a refusal either
/// whose words are escaped; it is one all the same.
#[cfg(feature = "azure")]
fn is_unreadable(error: &azure_core::Error) -> bool {
    error.downcast_ref::<serde_json::Error>().is_some_and(|error| !error.to_string().contains("a borrowed string"))
}
