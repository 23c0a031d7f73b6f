//! How a call is made: token, permit, one attempt, and what becomes of the answer.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;

use crate::attempt::{Broken, Cause, Context, Exchange, LARGEST_BODY};
use crate::clock::within;
use crate::echo::Mismatch;
use crate::generated::transport;
use crate::refusal::Refusal;
use crate::retry_after::retry_after;
use crate::{AccessToken, Client, Error, ErrorKind, InvalidValue, Operation, Response};

/// A call with its values, as the generated code describes it.
pub(crate) trait Call {
    /// What a 200 holds.
    type Answer: DeserializeOwned;

    const OPERATION: &'static Operation;

    /// Sends it once. Nothing comes of it where the answer is no 200, or cannot be read; the context of the transport
    /// knows more.
    fn attempt(&self, transport: &transport::Client) -> impl Future<Output = Option<Self::Answer>> + Send;

    /// Whether the answer is about what was asked.
    fn check_echo(&self, answer: &Self::Answer) -> Result<(), Mismatch>;
}

/// A value of the caller's, or an error that says what is wrong with it.
pub(crate) fn valid<T>(operation: &Operation, value: Result<T, InvalidValue>) -> Result<T, Error> {
    value.map_err(|invalid| Error::invalid(invalid).during(operation))
}

/// Makes a call. The wait for a permit has a limit of its own; token and attempt share that of the call.
pub(crate) async fn send<C: Call>(client: &Client, call: &C) -> Result<Response<C::Answer>, Error> {
    let made = async {
        let mut time = TimeLeft::of(client);
        // First, because a call that cannot be authorized should not wait.
        time.limit(client, authorization(client)).await??;
        let limit = client.limits().quota_wait;
        let permit = client.ledgers().acquire(C::OPERATION, limit).await.map_err(|wait| too_long(wait, limit))?;
        // Again, from memory, because the wait may have outlived the token.
        let authorization = match time.limit(client, authorization(client)).await.and_then(|result| result) {
            Ok(authorization) => authorization,
            Err(error) => {
                permit.give_back();
                return Err(error);
            }
        };
        let made = time.limit(client, attempt(client, call, authorization)).await;
        let result = made.map_err(Error::sent).and_then(|result| result);
        match &result {
            Err(error) if !error.may_have_been_sent() => permit.give_back(),
            _ => drop(permit),
        }
        result
    };
    made.await.map_err(|error: Error| {
        if let (ErrorKind::Throttled, Some(wait), Some(_)) = (error.kind(), error.retry_after(), error.status()) {
            client.ledgers().hold(C::OPERATION, wait);
        }
        error.during(C::OPERATION)
    })
}

/// Calls are made from tasks, which move between threads. The generated code holds each kind of call against this.
pub(crate) const fn assert_send<T: Send>(_: &T) {}

/// What is left of the time for a call, the wait for a permit not counted.
struct TimeLeft(Duration);

impl TimeLeft {
    fn of(client: &Client) -> Self {
        Self(client.limits().call)
    }

    async fn limit<T>(&mut self, client: &Client, future: impl Future<Output = T>) -> Result<T, Error> {
        let start = client.clock().now();
        let value = within(client.clock(), self.0, future).await;
        self.0 = self.0.saturating_sub(client.clock().now() - start);
        value.ok_or_else(|| timed_out("the call", client.limits().call))
    }
}

fn timed_out(what: &str, limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("{what} took longer than {limit:?}"))
        .with_advice("try again later, or give it more time")
}

fn too_long(wait: Duration, limit: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let message =
        format!("the quota is spent; the next call may be sent in {seconds} s, and this one waits {limit:?} at most");
    Error::new(ErrorKind::Throttled, message)
        .with_advice("call again then, or let the client wait longer for its quota")
        .with_retry_after(Some(wait))
}

/// A current token, as a header.
async fn authorization(client: &Client) -> Result<HeaderValue, Error> {
    let token: AccessToken = client.tokens().token(client.token_request()).await.map_err(|cause| {
        Error::new(ErrorKind::Credential, format!("no token could be had for {}", client.endpoint().audience()))
            .with_advice("check the credential: its tenant, its secret, and the consent of an administrator")
            .with_source(cause)
    })?;
    HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
        Error::new(ErrorKind::Credential, "the token holds characters that no header can carry")
            .with_advice("give the token alone, without line breaks or quotes")
    })
}

/// One attempt, judged by its status first and its body second.
async fn attempt<C: Call>(client: &Client, call: &C, authorization: HeaderValue) -> Result<Response<C::Answer>, Error> {
    let limit = client.limits().attempt;
    let context = Context::new(authorization);
    let transport = transport::Client::new_with_client(client.endpoint().url(), client.http().clone(), context.clone());
    let answer = within(client.clock(), limit, call.attempt(&transport)).await;
    let answer = answer.ok_or_else(|| timed_out("the service", limit).sent())?;
    let exchange = match context.take_exchange() {
        Some(Ok(exchange)) => exchange,
        Some(Err(broken)) => return Err(broken_off(client, broken)),
        None => return Err(Error::new(ErrorKind::Configuration, "the request could not be made of these values")),
    };
    if exchange.status != StatusCode::OK {
        return Err(refused(client, C::OPERATION, exchange));
    }
    let answer = answer.ok_or_else(|| unreadable::<C::Answer>(&exchange))?;
    call.check_echo(&answer).map_err(|mismatch| about_something_else(&exchange, &mismatch))?;
    Ok(Response::new(answer, exchange.status, exchange.request_id, exchange.body))
}

fn broken_off(client: &Client, Broken { begun, cause }: Broken) -> Error {
    let url = client.endpoint().url();
    let error = match cause {
        Cause::TooLarge => Error::new(ErrorKind::Decode, format!("the answer is larger than {LARGEST_BODY} bytes"))
            .with_advice("check that the endpoint is that of the service")
            .sent(),
        Cause::Transport(cause) if cause.is_connect() => {
            Error::new(ErrorKind::Transport, format!("{url} cannot be reached"))
                .with_advice("check the network, the proxy and the name of the endpoint")
                .with_source(cause)
        }
        Cause::Transport(cause) if cause.is_timeout() => {
            Error::new(ErrorKind::Timeout, format!("{url} did not answer in time")).with_source(cause).sent()
        }
        Cause::Transport(cause) => Error::new(ErrorKind::Transport, format!("the connection to {url} broke"))
            .with_advice("the same call may be made again")
            .with_source(cause)
            .sent(),
    };
    match begun {
        Some((status, request_id)) => error.with_answer(status, request_id),
        None => error,
    }
}

fn refused(client: &Client, operation: &Operation, exchange: Exchange) -> Error {
    let Exchange { status, retry_after: header, request_id, body } = exchange;
    let refusal = Refusal::read(&body);
    let (kind, help) = advice(client, operation, status);
    let wait = retry_after(
        header.as_deref(),
        refusal.message.as_deref(),
        chrono::DateTime::from(std::time::SystemTime::now()),
    );
    let reason = match (&refusal.message, &refusal.excerpt) {
        (Some(message), _) => format!(": {message}"),
        (None, Some(_)) => " with a body that is not in the documented form".to_owned(),
        (None, None) => " without a body".to_owned(),
    };
    let code = refusal.code.as_deref().filter(|code| says_more(code, status));
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    let help = match wait {
        Some(wait) => format!("{help}; the next call may be sent in {} s", wait.as_secs()),
        None => help,
    };
    Error::new(kind, format!("the service answered {status}{code}{reason}"))
        .with_advice(help)
        .with_answer(status, request_id)
        .with_refusal(refusal)
        .with_retry_after(wait)
}

/// Whether a code tells a reader more than the status does, as `InvalidIpAddress` does and `Forbidden` or `429` do not.
fn says_more(code: &str, status: StatusCode) -> bool {
    let reason = status.canonical_reason().unwrap_or_default().replace(' ', "");
    !code.eq_ignore_ascii_case(&reason) && code != status.as_str()
}

/// The kind of a refusal, and what to do about it.
fn advice(client: &Client, operation: &Operation, status: StatusCode) -> (ErrorKind, String) {
    let audience = client.endpoint().audience();
    match status {
        StatusCode::BAD_REQUEST => (ErrorKind::InvalidInput, "check the values of the call".to_owned()),
        StatusCode::UNAUTHORIZED => {
            let help = format!(
                "check that the token is for {audience} and has not expired, and that the tenant has an active licence"
            );
            (ErrorKind::Credential, help)
        }
        StatusCode::FORBIDDEN => {
            let permission = operation.application_permission.or(operation.delegated_permission);
            let grant = permission.map(|permission| {
                let (name, display_name) = (permission.name, permission.display_name);
                format!("grant the app the permission {name} ({display_name}) with an administrator's consent, then ")
            });
            (ErrorKind::Permission, format!("{}get a new token for {audience}", grant.unwrap_or_default()))
        }
        StatusCode::NOT_FOUND => {
            (ErrorKind::Service, format!("check that {} is an endpoint of the service", client.endpoint().url()))
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let help = "send less: every program on the same app registration shares one quota";
            (ErrorKind::Throttled, help.to_owned())
        }
        status if status.is_server_error() => (ErrorKind::Service, "try again later".to_owned()),
        status if status.is_redirection() => (
            ErrorKind::Service,
            "check the endpoint; a redirect is not followed, lest the token go elsewhere".to_owned(),
        ),
        _ => (
            ErrorKind::Service,
            "this status is not documented; check what stands between here and the service".to_owned(),
        ),
    }
}

fn unreadable<T: DeserializeOwned>(exchange: &Exchange) -> Error {
    let reader = &mut serde_json::Deserializer::from_slice(&exchange.body);
    let (place, cause) = match serde_path_to_error::deserialize::<_, T>(reader) {
        Err(error) => (error.path().to_string(), error.into_inner().to_string()),
        Ok(_) => (".".to_owned(), "there is more behind the value".to_owned()),
    };
    let place = if place == "." { String::new() } else { format!(" at {place}") };
    let refusal = Refusal { excerpt: crate::refusal::excerpt(&exchange.body), ..Refusal::default() };
    Error::new(
        ErrorKind::Decode,
        format!("the service answered {}, but the body cannot be read{place}: {cause}", exchange.status),
    )
    .with_advice("check that nothing stands between here and the service that writes answers of its own")
    .with_answer(exchange.status, exchange.request_id.clone())
    .with_refusal(refusal)
}

fn about_something_else(exchange: &Exchange, mismatch: &Mismatch) -> Error {
    let Mismatch { property, asked, answered } = mismatch;
    Error::new(ErrorKind::Decode, format!("the answer is about {answered} ({property}), but {asked} was asked about"))
        .with_advice("do not use it; a cache or a proxy may have mixed up two answers")
        .with_answer(exchange.status, exchange.request_id.clone())
}
