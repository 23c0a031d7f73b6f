//! The listener by which a sandbox is controlled while it runs.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::SecondsFormat;
use serde::Serialize;

use crate::clock::{Clock, ClockError};
use crate::duration::{self, NumberError, UNITS_FROM_SECONDS};
use crate::entra::grants::Decision;
use crate::faults::FaultError;
use crate::request_log::ReceivedRequest;
use crate::server::{Listener, StartError, listen};
use crate::service::{Service, loopback_host, read_body, segment};
use crate::users::User;

/// The requests: the method with its data as curl takes them, the path, and what it does.
const HELP: [(&str, &str, &str); 11] = [
    ("", "/requests", "the latest requests and how they were answered, as JSON"),
    ("-X DELETE ", "/requests", "forget them"),
    ("", "/faults", "the faults that can still apply, as JSON"),
    ("-X POST -d 'html=502 next=3' ", "/faults", "inject a fault: what goes wrong, and on which calls"),
    ("-X DELETE ", "/faults", "remove all faults"),
    (
        "-X POST -d avery@sandbox.example ",
        "/device-codes/USER_CODE",
        "sign a user in on the device that shows this code, or decline",
    ),
    ("-X DELETE ", "/refresh-tokens", "revoke all refresh tokens"),
    ("", "/clock", "the time of the sandbox, and whether its clock stands still"),
    ("-X PUT -d 2025-06-01T00:00:00Z ", "/clock", "set the clock and stop it"),
    ("-X POST -d 10m ", "/clock/advance", "advance the clock by a number of s, m or h"),
    ("-X DELETE ", "/clock", "follow the machine's clock again"),
];

struct Control {
    url: String,
    service: Arc<Service>,
}

/// The listener, and its URL.
pub(crate) fn listener(asked: SocketAddr, service: Arc<Service>) -> Result<(Listener, String), StartError> {
    let socket = listen(asked)?;
    let address = socket.local_addr().map_err(|reason| StartError::Serve { address: asked, reason })?;
    let url = format!("http://{address}");
    let routes = routes(Control { url: url.clone(), service });
    Ok((Listener { socket, routes, tls: None }, url))
}

fn routes(control: Control) -> Router {
    Router::new()
        .route("/", get(help))
        .route("/requests", get(requests).delete(forget_requests))
        .route("/faults", get(faults).post(inject_fault).delete(clear_faults))
        .route("/clock", get(read_clock).put(set_clock).delete(follow_system))
        .route("/clock/advance", post(advance_clock))
        .route("/device-codes/{user_code}", post(decide_device))
        .route("/refresh-tokens", delete(revoke_refresh_tokens))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(programs_only))
        .with_state(Arc::new(control))
}

/// An error as text.
struct Problem(StatusCode, String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(serde_json::json!({ "error": self.1 }))).into_response()
    }
}

/// A page in a browser must not control what runs on the user's machine. What it sends to another site has an Origin;
/// and a page whose name was made to resolve to this machine sends that name as Host.
async fn programs_only(request: Request, next: Next) -> Result<Response, Problem> {
    if request.headers().contains_key(ORIGIN) {
        let message = "this request has an Origin header, so it comes from a page in a browser: only other programs may control a sandbox";
        return Err(Problem(StatusCode::FORBIDDEN, message.to_owned()));
    }
    if loopback_host(request.headers()).is_none() {
        let message = "the Host header has to be localhost or a loopback address";
        return Err(Problem(StatusCode::FORBIDDEN, message.to_owned()));
    }
    match read_body(request).await {
        Ok(request) => Ok(next.run(request).await),
        Err(status) => {
            Err(Problem(status, "the body is malformed, larger than 64 KiB, or slower than 3 seconds".to_owned()))
        }
    }
}

async fn help(State(control): State<Arc<Control>>) -> String {
    let url = &control.url;
    let line = |(curl, path, what): &(&str, &str, &str)| format!("# {what}\ncurl --noproxy '*' {curl}{url}{path}\n");
    format!("This controls a running sandbox.\n\n{}", HELP.iter().map(line).collect::<Vec<_>>().join("\n"))
}

async fn requests(State(control): State<Arc<Control>>) -> Json<Vec<ReceivedRequest>> {
    Json(control.service.request_log.requests())
}

async fn forget_requests(State(control): State<Arc<Control>>) -> StatusCode {
    control.service.request_log.forget();
    StatusCode::NO_CONTENT
}

/// The faults in their text form.
async fn faults(State(control): State<Arc<Control>>) -> Json<Vec<String>> {
    Json(control.service.faults.in_force().iter().map(ToString::to_string).collect())
}

async fn inject_fault(control: State<Arc<Control>>, body: Bytes) -> Result<Json<Vec<String>>, Problem> {
    let fault = text(&body).parse().map_err(|error: FaultError| Problem(StatusCode::BAD_REQUEST, error.to_string()))?;
    control.service.faults.inject(fault);
    Ok(faults(control).await)
}

async fn clear_faults(State(control): State<Arc<Control>>) -> StatusCode {
    control.service.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct ClockState {
    now: String,
    stands_still: bool,
}

async fn read_clock(State(control): State<Arc<Control>>) -> Json<ClockState> {
    let reading = control.service.clock.read();
    let now = reading.now.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    Json(ClockState { now, stands_still: reading.stands_still })
}

async fn set_clock(control: State<Arc<Control>>, body: Bytes) -> Result<Json<ClockState>, Problem> {
    let time: Clock =
        text(&body).parse().map_err(|error: ClockError| Problem(StatusCode::BAD_REQUEST, error.to_string()))?;
    control.service.clock.set(time.now());
    Ok(read_clock(control).await)
}

async fn advance_clock(control: State<Arc<Control>>, body: Bytes) -> Result<Json<ClockState>, Problem> {
    let text = text(&body);
    let by = duration::parse::<u32>(&text, &UNITS_FROM_SECONDS).map_err(|error| {
        let message = match error {
            NumberError::Malformed => {
                format!("{text:?} is not a duration: send a whole number and s, m or h as the body, such as 90s")
            }
            NumberError::TooLarge { number } => format!("{number} is too large: the largest number is {}", u32::MAX),
        };
        Problem(StatusCode::BAD_REQUEST, message)
    })?;
    control.service.clock.advance(by);
    Ok(read_clock(control).await)
}

/// The body without the space around it. What is not UTF-8 is replaced: it is never part of a time or a duration, and
/// of a fault only in its body, which is text.
fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).trim().to_owned()
}

async fn follow_system(control: State<Arc<Control>>) -> Json<ClockState> {
    control.service.clock.follow_system();
    read_clock(control).await
}

/// In place of a name, the body that declines.
const DECLINE: &str = "decline";

async fn decide_device(State(control): State<Arc<Control>>, uri: Uri, body: Bytes) -> Result<StatusCode, Problem> {
    let name = text(&body);
    let user = control.service.users.iter().find(|user| user.name() == name);
    let decision = match user {
        Some(user) => Decision::SignIn(user.clone()),
        None if name == DECLINE => Decision::Decline,
        None => {
            let names: Vec<_> = control.service.users.iter().map(User::name).collect();
            let message = format!(
                "{name:?} is not a user of this sandbox: send one of {}, or {DECLINE}, as the body",
                names.join(", ")
            );
            return Err(Problem(StatusCode::BAD_REQUEST, message));
        }
    };
    let user_code = segment(&uri, 2);
    if !control.service.decide(&user_code, decision) {
        let message =
            format!("no device waits for an answer to the code {user_code:?}: it is mistyped, used or expired");
        return Err(Problem(StatusCode::NOT_FOUND, message));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke_refresh_tokens(State(control): State<Arc<Control>>) -> StatusCode {
    control.service.grants.revoke_refresh_tokens();
    StatusCode::NO_CONTENT
}

async fn unknown_path(State(control): State<Arc<Control>>, uri: Uri) -> Problem {
    let message = format!("unknown path {}: GET {}/ lists the requests", uri.path(), control.url);
    Problem(StatusCode::NOT_FOUND, message)
}

async fn wrong_method(State(control): State<Arc<Control>>, method: Method, uri: Uri) -> Problem {
    let message = format!("{} does not accept {method}: GET {}/ lists the requests", uri.path(), control.url);
    Problem(StatusCode::METHOD_NOT_ALLOWED, message)
}
