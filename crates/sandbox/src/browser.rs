//! What the pages for a browser have in common: under which names they are shown, and that no other site acts by them.

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::service::loopback_host;

/// How pages are served.
#[derive(Clone, Copy)]
pub(crate) struct Pages {
    pub(crate) scheme: &'static str,
    /// The Content-Security-Policy.
    pub(crate) policy: &'static str,
}

/// The URL by which the browser calls the sandbox. To a browser `localhost` and `127.0.0.1` are different sites, and so
/// is a forwarded port, and a page may call only its own.
#[derive(Clone)]
pub(crate) struct OwnUrl(pub(crate) String);

/// Serves pages only under this machine's own names, and takes only what they send themselves.
///
/// A foreign site can make its name resolve to a loopback address, and the browser then treats a page as part of that
/// site; but the site cannot choose the Host that the browser sends. Nor can it choose the Origin, which a browser adds
/// to each form that it sends. A program sends none.
pub(crate) async fn guard(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    let own_url = loopback_host(request.headers()).map(|host| format!("{}://{host}", pages.scheme));
    let mut response = match own_url {
        None => {
            let advice = "this page is shown under the names localhost, 127.0.0.1 and [::1] only\n";
            (StatusCode::MISDIRECTED_REQUEST, advice).into_response()
        }
        Some(own_url) if request.method() == Method::POST && is_of_another_site(request.headers(), &own_url) => {
            (StatusCode::FORBIDDEN, "this form was sent by a page of another site\n").into_response()
        }
        Some(own_url) => {
            request.extensions_mut().insert(OwnUrl(own_url));
            next.run(request).await
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages.policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What a page was asked for is nobody else's business, nor what the log of requests keeps.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    // The page holds a token, and the next sandbox on this port is another one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_of_another_site(headers: &HeaderMap, own_url: &str) -> bool {
    headers.get_all(ORIGIN).iter().any(|origin| !origin.as_bytes().eq_ignore_ascii_case(own_url.as_bytes()))
}
