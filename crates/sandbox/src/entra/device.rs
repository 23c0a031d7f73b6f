//! Device codes: for an app without a browser, and a page on which a person enters the code that the app shows
//! (RFC 8628).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::TimeDelta;
use serde::Serialize;

use crate::entra::answer::not_stored;
use crate::entra::client::{known_tenant, public_client_of_form};
use crate::entra::form::Form;
use crate::entra::grants::{DEVICE_CODE_LIFETIME, DeviceCodes};
use crate::entra::refusal::EntraRefusal;
use crate::entra::scope::Scope;
use crate::entra::sign_in_page::{self, decision};
use crate::quirks::PollingInterval;
use crate::request_log::RequestId;
use crate::service::{Service, segment};

/// The page, called as Microsoft's own.
pub(crate) const VERIFICATION_PATH: &str = "/devicelogin";

/// The interval by which it is measured whether a device asks too fast, where none was given (RFC 8628, section 3.2).
const DEFAULT_INTERVAL_SECONDS: u32 = 5;

/// Fields in the documented order.
#[derive(Serialize)]
struct Begun {
    user_code: String,
    device_code: String,
    verification_uri: String,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u32>,
    message: String,
}

/// Issues a device code.
pub(crate) async fn begin(
    State(service): State<Arc<Service>>,
    Extension(id): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match service.begin_device(&segment(&uri, 1), &headers, &body) {
        Ok(begun) => not_stored(begun),
        Err(refusal) => refusal.into_response(id, service.clock.now()),
    }
}

impl Service {
    fn begin_device(&self, asked: &str, headers: &HeaderMap, body: &[u8]) -> Result<Begun, EntraRefusal> {
        let (tenant, form) = (known_tenant(asked)?.of_people()?, Form::of_body(headers, body));
        let registration = public_client_of_form(&self.registrations, tenant, headers, &form)?;
        let scope = Scope::parse(&form.required("scope")?)?;
        let interval = match self.quirks.polling_interval {
            PollingInterval::Five => Some(5),
            PollingInterval::One => Some(1),
            PollingInterval::LeftOut => None,
        };
        let at_least = TimeDelta::seconds(interval.unwrap_or(DEFAULT_INTERVAL_SECONDS).into());
        let DeviceCodes { device_code, user_code } =
            self.grants.begin_device(Arc::clone(registration), scope, at_least, self.clock.now());
        let verification_uri = format!("{}{VERIFICATION_PATH}", self.tokens.issuer());
        let message = format!("To sign in, open {verification_uri} in a browser and enter the code {user_code}.");
        let expires_in = DEVICE_CODE_LIFETIME.num_seconds();
        Ok(Begun { user_code, device_code, verification_uri, expires_in, interval, message })
    }
}

/// Shows the page.
pub(crate) async fn ask(State(service): State<Arc<Service>>) -> Response {
    sign_in_page::for_device(&service.users, None)
}

/// Takes the answer of the person.
pub(crate) async fn answer(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::of_body(&headers, &body);
    let answered = form.required("user_code").and_then(|code| Ok((code, decision(&headers, &body, &service.users)?)));
    match answered {
        Err(refusal) => sign_in_page::refused(&refusal),
        Ok((code, decision)) if service.decide(&code, decision.clone()) => sign_in_page::decided(&decision),
        Ok((code, _)) => sign_in_page::for_device(&service.users, Some(&code)),
    }
}
