//! Where faults come in: between a route and what answers there.

use std::future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tokio::time::sleep;

use crate::connection::Connection;
use crate::faults::cut_short::CutShort;
use crate::faults::fault::{Fault, FaultOn, Source};
use crate::service::Service;

/// Puts the faults of an endpoint before it.
pub(crate) fn faulty(
    endpoint: MethodRouter<Arc<Service>>,
    which: FaultOn,
    service: &Arc<Service>,
) -> MethodRouter<Arc<Service>> {
    endpoint.layer(middleware::from_fn_with_state((Arc::clone(service), which), pass))
}

async fn pass(
    State((service, which)): State<(Arc<Service>, FaultOn)>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = service.faults.take(which) else {
        return next.run(request).await;
    };
    let response = match fault.source {
        Source::Service => Some(next.run(request).await),
        Source::Status(status) => Some((status, Body::from(fault.body.clone())).into_response()),
        Source::Html(status) => Some(page(status)),
        Source::Reset => None,
    };
    sleep(Duration::from_millis(fault.delay_ms)).await;
    match response {
        Some(response) => fault.change(response, connection).await,
        None => {
            connection.reset();
            future::pending().await
        }
    }
}

/// As gateways have one; the wording is ours.
fn page(status: StatusCode) -> Response {
    let title = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let title = format!("{}{title}", status.as_u16());
    let page = format!(
        "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<p>This page is no \
         answer of the service: it comes from something in front of it.</p>\n</body>\n</html>\n"
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
        // All our bodies are in memory already, and reading those does not fail.
        let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        if let Some(address) = self.address {
            bytes = naming(address, bytes);
        }
        head.headers.remove(CONTENT_LENGTH);
        let body = match self.truncated_to {
            None => Body::from(bytes),
            Some(most) => {
                let sent = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                head.headers.insert(CONTENT_LENGTH, bytes.len().max(sent + 1).into());
                Body::new(CutShort::new(bytes.slice(..sent), connection))
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

/// The same statistics about another address. In JSON, the marker cannot be part of a value, whose quotes are escaped.
fn naming(address: IpAddr, answer: Bytes) -> Bytes {
    const MARKER: &str = "\"ipAddress\":\"";
    let text = String::from_utf8_lossy(&answer);
    let Some((before, (_, after))) =
        text.split_once(MARKER).and_then(|(before, rest)| Some((before, rest.split_once('"')?)))
    else {
        return answer;
    };
    Bytes::from(format!("{before}{MARKER}{address}\"{after}"))
}
