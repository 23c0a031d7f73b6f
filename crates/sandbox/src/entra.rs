//! The side of Microsoft Entra ID where tokens are got: by apps, which authenticate, and for people, who sign in on a page.

// Files import one way: the endpoints `token`, `authorize` and `device` share the `grants` of people
// and the `sign_in_page`; below them are `client`, `scope`, `form`, `answer` and `refusal`.
mod answer;
mod authorize;
mod client;
mod device;
mod form;
pub(crate) mod grants;
mod refusal;
mod scope;
mod sign_in_page;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::browser::{Pages, guard};
use crate::entra::device::VERIFICATION_PATH;
use crate::faults::FaultOn;
use crate::faults::layer::with_faults;
use crate::service::Service;

pub(crate) use client::token_url;

pub(crate) fn routes(service: &Arc<Service>) -> Router<Arc<Service>> {
    let scheme = if service.tokens.issuer().starts_with("https:") { "https" } else { "http" };
    let pages = Router::new()
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::ask).post(authorize::answer))
        .route(VERIFICATION_PATH, get(device::ask).post(device::answer))
        .route_layer(middleware::from_fn_with_state(Pages { scheme, policy: sign_in_page::POLICY }, guard));
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", with_faults(post(token::token), FaultOn::Token, &service.faults))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device::begin))
        .merge(pages)
}
