//! Requests are read to their end before they are looked at.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;

/// How many bytes a body has at most: many times what any request for a token has.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a client may take over a body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// A layer that refuses a request whose body is too large, too slow or malformed, with an empty answer.
pub(crate) async fn whole_requests_only(request: Request, next: Next) -> Response {
    match whole(request).await {
        Ok(request) => next.run(request).await,
        Err(status) => status.into_response(),
    }
}

/// The request with all of its body, or the status that says why not. The connection does not outlive such an answer,
/// since a part of the request is still to come.
pub(crate) async fn whole(request: Request) -> Result<Request, StatusCode> {
    let (head, body) = request.into_parts();
    // Known before it is sent, where its length is given: who expects to be told to continue is told not to.
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect()).await {
        Ok(Ok(whole)) => Ok(Request::from_parts(head, Body::from(whole.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
