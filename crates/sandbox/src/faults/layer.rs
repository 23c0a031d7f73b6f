//! The fault layer: between a route and its handler, it decides which fault applies to a call, and applies it.

use std::convert::Infallible;
use std::future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use hyper::body::Frame;
use tokio::time::sleep;

use super::{Calls, Fault, FaultOn, Source};
use crate::connection::Connection;
use crate::synthetic::SplitMix64;

/// Puts the faults of an endpoint in front of it.
pub(crate) fn with_faults<S: Clone + Send + Sync + 'static>(
    endpoint: MethodRouter<S>,
    which: FaultOn,
    faults: &Arc<Faults>,
) -> MethodRouter<S> {
    endpoint.layer(middleware::from_fn_with_state((Arc::clone(faults), which), apply_fault))
}

async fn apply_fault(
    State((faults, which)): State<(Arc<Faults>, FaultOn)>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = faults.take(which) else {
        return next.run(request).await;
    };
    let response = match fault.source {
        Source::Service => Some(next.run(request).await),
        Source::Status(status) => Some((status, Body::from(fault.body.clone())).into_response()),
        Source::Html(status) => Some(html_page(status)),
        Source::Reset => None,
    };
    sleep(fault.delay).await;
    match response {
        Some(response) => fault.change(response, connection).await,
        None => {
            connection.reset();
            future::pending().await
        }
    }
}

/// A page as gateways send it; the wording is ours.
fn html_page(status: StatusCode) -> Response {
    let title = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let title = format!("{}{title}", status.as_u16());
    let page = format!(
        "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<p>This page is not \
         an answer of the service: it comes from a gateway in front of it.</p>\n</body>\n</html>\n"
    );
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

impl Fault {
    async fn change(&self, response: Response, connection: Connection) -> Response {
        let (mut head, body) = response.into_parts();
        self.replace_headers(&mut head.headers);
        if self.address.is_none() && self.truncated_to.is_none() {
            return Response::from_parts(head, body);
        }
        // Our bodies are in memory, and reading those does not fail.
        let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        if let Some(address) = self.address {
            bytes = with_address(address, bytes);
        }
        head.headers.remove(CONTENT_LENGTH);
        let body = match self.truncated_to {
            None => Body::from(bytes),
            Some(most) => {
                let sent = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                head.headers.insert(CONTENT_LENGTH, bytes.len().max(sent + 1).into());
                Body::new(TruncatedBody::new(bytes.slice(..sent), connection))
            }
        };
        Response::from_parts(head, body)
    }

    fn replace_headers(&self, headers: &mut HeaderMap) {
        for (name, _) in &self.headers {
            headers.remove(name);
        }
        headers.extend(self.headers.iter().cloned());
    }
}

/// The same statistics about another address. The marker cannot be part of a value, since JSON escapes quotes there.
fn with_address(address: IpAddr, answer: Bytes) -> Bytes {
    const MARKER: &str = "\"ipAddress\":\"";
    let text = String::from_utf8_lossy(&answer);
    let Some((before, (_, after))) =
        text.split_once(MARKER).and_then(|(before, rest)| Some((before, rest.split_once('"')?)))
    else {
        return answer;
    };
    Bytes::from(format!("{before}{MARKER}{address}\"{after}"))
}

/// A body that sends some bytes and then closes the connection once they are sent.
///
/// Ending the body, or failing, would not do: hyper then drops what it has not sent yet.
struct TruncatedBody {
    left: Option<Bytes>,
    connection: Connection,
}

impl TruncatedBody {
    fn new(bytes: Bytes, connection: Connection) -> TruncatedBody {
        TruncatedBody { left: Some(bytes).filter(|bytes| !bytes.is_empty()), connection }
    }
}

impl HttpBody for TruncatedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.left.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => {
                self.connection.end_once_flushed();
                Poll::Pending
            }
        }
    }
}

/// The faults in force, in the order of injection.
pub(crate) struct Faults(Mutex<Vec<Active>>);

struct Active {
    /// The fault, with the number of calls that are left.
    fault: Fault,
    /// The calls since it last applied.
    passed: u32,
    draws: SplitMix64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Faults {
        Faults(Mutex::new(faults.into_iter().map(Active::new).collect()))
    }

    pub(crate) fn inject(&self, fault: Fault) {
        self.locked().push(Active::new(fault));
    }

    pub(crate) fn clear(&self) {
        self.locked().clear();
    }

    pub(crate) fn in_force(&self) -> Vec<Fault> {
        self.locked().iter().map(|active| active.fault.clone()).collect()
    }

    /// The fault that applies to the next call of an endpoint. Later faults do not see the call.
    fn take(&self, endpoint: FaultOn) -> Option<Fault> {
        let mut faults = self.locked();
        let sees = |active: &Active| active.fault.on == endpoint || active.fault.on == FaultOn::Both;
        let due = faults.iter_mut().position(|active| sees(active) && active.applies())?;
        let fault = faults[due].fault.clone();
        if faults[due].fault.calls == Calls::Next(0) {
            faults.remove(due);
        }
        Some(fault)
    }

    /// The list is valid even if a holder of the lock panicked.
    fn locked(&self) -> MutexGuard<'_, Vec<Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Active {
    fn new(fault: Fault) -> Active {
        let seed = match fault.calls {
            Calls::Share { seed, .. } => seed,
            Calls::All | Calls::Next(_) | Calls::Every(_) => 0,
        };
        Active { fault, passed: 0, draws: SplitMix64::seeded(seed) }
    }

    /// Counts a call, and returns whether the fault applies to it.
    fn applies(&mut self) -> bool {
        match &mut self.fault.calls {
            Calls::All => true,
            Calls::Next(left) => {
                *left -= 1;
                true
            }
            Calls::Every(calls) => {
                self.passed = (self.passed + 1) % *calls;
                self.passed == 0
            }
            Calls::Share { share, .. } => self.draws.below_one() < *share,
        }
    }
}
