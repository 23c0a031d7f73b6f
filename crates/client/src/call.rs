//! How a call is made: token, permit, attempt, and again where that may help.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use tracing::{Instrument, Span, debug, field, info_span};

use crate::auth::{CachedToken, no_token};
use crate::clock::RequestId;
use crate::clock::timeout;
use crate::operation::Limits;
use crate::outcome::{incomplete, mismatched, no_permit, paused, refused, timed_out, unanswered, unreadable};
use crate::quota::{NoPermit, Pause, Permit, PermitRequest, PermitUse, QuotaKey, Throttled};
use crate::redact::truncate;
use crate::response::Mismatch;
use crate::retry::{Decision, RetryClass, RetryLimits, RetryState, decide, throttle_pause};
use crate::transport::{Context, Exchange, Reply};
use crate::{
    BoxError, CallOptions, Client, Error, ErrorKind, Event, InvalidValue, Operation, QuotaWindow, Response, SignInHint,
};

/// The most of a refusal that is passed to a ledger, in characters without the ellipsis.
const LONGEST_CAUSE: usize = 299;

/// A call with its values, as the generated code describes it.
pub(crate) trait Call: fmt::Debug + Sync {
    /// What a success holds.
    type Answer: DeserializeOwned + Send;

    const OPERATION: &'static Operation;

    /// The one status that is a success.
    const SUCCESS: StatusCode = StatusCode::OK;

    /// Sends the call once, through the generated transport. None where the answer is no success, or cannot be read; the
    /// context then has the exchange or why there is none.
    fn attempt(&self, context: &Context) -> impl Future<Output = Option<Self::Answer>> + Send;

    /// Whether the answer is about what was asked.
    fn check_response(&self, answer: &Self::Answer) -> Result<(), Mismatch>;
}

/// A value of the caller's, or an error that says what is wrong with it.
pub(crate) fn valid<T>(operation: &Operation, value: Result<T, InvalidValue>) -> Result<T, Error> {
    value.map_err(|invalid| Error::invalid(invalid).during(operation))
}

/// Calls are made from tasks, which move between threads. The generated code holds each kind of call against this.
pub(crate) const fn assert_send<T: Send>(_: &T) {}

/// Makes a call.
pub(crate) async fn send<C: Call>(
    client: &Client,
    call: &C,
    options: CallOptions,
) -> Result<Response<C::Answer>, Error> {
    let mut run = Run::new(client, C::OPERATION, options.or(client.options()).limits());
    let span = info_span!(
        "call",
        operation = C::OPERATION.id,
        endpoint = client.endpoint().name(),
        client_request_id = run.id.as_str(),
        attempts = field::Empty,
        status = field::Empty,
        request_id = field::Empty,
        failure = field::Empty,
    );
    let made = async {
        // The values reveal who is being investigated.
        debug!(?call, "values");
        run.attempts(call).await
    };
    let result = match made.instrument(span.clone()).await {
        Ok(response) => Ok(response.after(run.made, run.id.as_str())),
        Err(error) => Err(error.during(C::OPERATION).after(run.made, run.id.as_str())),
    };
    span.record("attempts", run.made);
    note(&span, &result);
    result
}

/// Writes into the span of a call or an attempt how it ended.
fn note<T>(span: &Span, result: &Result<Response<T>, Error>) {
    let (status, request_id) = match result {
        Ok(response) => (Some(response.status()), response.request_id()),
        Err(error) => {
            span.record("failure", field::debug(error.kind()));
            (error.status(), error.request_id())
        }
    };
    if let Some(status) = status {
        span.record("status", status.as_u16());
    }
    if let Some(request_id) = request_id {
        span.record("request_id", request_id);
    }
}

/// A call that is being made.
struct Run<'a> {
    client: &'a Client,
    operation: &'static Operation,
    windows: Vec<QuotaWindow>,
    limits: Limits,
    id: RequestId,
    /// How many attempts there were.
    made: u32,
    history: RetryState,
    /// What is left of the time for the call, the waits for the quota not counted.
    time: Duration,
    /// What is left of the time to wait for the quota.
    quota_wait: Duration,
    /// How long the last permit was waited for.
    waited: Duration,
}

impl<'a> Run<'a> {
    fn new(client: &'a Client, operation: &'static Operation, limits: Limits) -> Self {
        let id = client.random().request_id();
        let (time, quota_wait) = (limits.call, limits.quota_wait);
        let (history, waited) = (RetryState::default(), Duration::ZERO);
        let windows = client.quota(operation);
        Self { client, operation, windows, limits, id, made: 0, history, time, quota_wait, waited }
    }

    /// The loop: one attempt after the other, until one is answered or nothing is to be gained by another.
    async fn attempts<C: Call>(&mut self, call: &C) -> Result<Response<C::Answer>, Error> {
        let mut token = self.token().await?;
        let mut previous = None;
        loop {
            let key = self.client.key_of(self.operation, Some(&token));
            let permit = match self.permit(&key).await {
                Ok(permit) => permit,
                Err(error) => return Err(error.following(previous)),
            };
            // Again, from memory, because the wait may have outlived the token.
            token = match self.token().await {
                Ok(token) => token,
                Err(error) => {
                    permit.release(PermitUse::Unsent);
                    return Err(error.following(previous));
                }
            };
            let result = self.attempt(call, &token).await;
            // Before the permit is released, so that no other call gets through.
            let pause = match &result {
                Err(error) if error.retry_class() == RetryClass::Throttled => self.pause(&key, error).await.map(Some),
                _ => Ok(None),
            };
            permit.release(usage(&result));
            let error = match (result, pause) {
                (Ok(response), _) => return Ok(response),
                (Err(error), Ok(None)) => error,
                (Err(error), Ok(Some(pause))) => paused(error, pause),
                (Err(error), Err(failure)) => return Err(failure.following(Some(error))),
            };
            previous = match self.before_another(error, &mut token).await {
                Ok(error) => Some(error),
                Err(error) => return Err(error.preceded_by(previous)),
            };
        }
    }

    /// Does what comes before another attempt, and gives the error back, unless there is to be none.
    async fn before_another(&mut self, error: Error, token: &mut CachedToken) -> Result<Error, Error> {
        match self.decide(&error) {
            Decision::GiveUp => return Err(error),
            Decision::WaitForQuota => {}
            Decision::RetryAfter(delay) => {
                if !self.client.budget().withdraw() {
                    return Err(
                        error.with_more_advice("it was not tried again, because too many calls fail at present")
                    );
                }
                self.history.retries += 1;
                self.client.notify(Event::Retry { operation: self.operation.id, delay, error: &error });
                if let Err(late) = self.limited(self.client.clock().sleep(delay)).await {
                    return Err(late.following(Some(error)));
                }
            }
            Decision::RenewToken => {
                self.history.token_renewed = true;
                match self.renew(token).await {
                    Ok(Ok(Some(renewed))) => *token = renewed,
                    Ok(Ok(None)) => return Err(error),
                    Ok(Err(cause)) => return Err(error.with_source(cause)),
                    Err(late) => return Err(late.following(Some(error))),
                }
            }
        }
        Ok(error)
    }

    /// One attempt, and what it does to the budget of retries.
    async fn attempt<C: Call>(&mut self, call: &C, token: &CachedToken) -> Result<Response<C::Answer>, Error> {
        self.made += 1;
        let (client, operation, number) = (self.client, self.operation.id, self.made);
        let span = info_span!(
            "attempt",
            attempt = number,
            wait_ms = milliseconds(self.waited),
            status = field::Empty,
            request_id = field::Empty,
            failure = field::Empty
        );
        let start = client.clock().now();
        let result = exchange(client, call, token, &self.id, self.attempt_limit()).instrument(span.clone()).await;
        let elapsed = client.clock().now().saturating_duration_since(start);
        self.time = self.time.saturating_sub(elapsed);
        note(&span, &result);
        if is_answered_for_good(&result) {
            client.budget().deposit();
        }
        let outcome = result.as_ref().map(Response::status);
        client.notify(Event::Attempted { operation, attempt: number, elapsed, outcome });
        result
    }

    /// The attempt's own, or what is left of the call's.
    fn attempt_limit(&self) -> TimeLimit {
        let Limits { attempt, call, .. } = self.limits;
        match self.time < attempt {
            true => TimeLimit { left: self.time, of: "the call", limit: call },
            false => TimeLimit { left: attempt, of: "the service", limit: attempt },
        }
    }

    fn decide(&self, error: &Error) -> Decision {
        let Limits { retries, pauses, .. } = self.limits;
        let allowance = RetryLimits { retries, time: self.time, quota_wait: self.quota_wait, pauses };
        decide(error.retry_class(), error.retry_after(), self.history, allowance, self.client.random().fraction())
    }

    /// Makes all calls pause.
    async fn pause(&mut self, key: &QuotaKey, throttled: &Error) -> Result<Pause, Error> {
        let wait = throttle_pause(throttled.retry_after(), self.client.random().fraction());
        let mut cause = throttled.problem().to_owned();
        truncate(&mut cause, LONGEST_CAUSE);
        let request = PermitRequest::new(key, &self.windows, self.limits.attempt);
        let paused = self.client.limiter().pause(request, Throttled::new(wait, &cause)).await;
        let pause = paused.map_err(|cause| no_permit(NoPermit::Ledger(cause), self.limits.quota_wait))?;
        let Pause { remaining, in_a_row, .. } = pause;
        self.history.pauses = in_a_row;
        self.client.notify(Event::Throttled { operation: self.operation.id, pause: remaining, in_a_row });
        debug!(pause_ms = milliseconds(remaining), in_a_row, "all calls pause");
        Ok(pause)
    }

    async fn permit(&mut self, key: &QuotaKey) -> Result<Permit, Error> {
        let (client, operation) = (self.client, self.operation.id);
        let request = PermitRequest::new(key, &self.windows, self.limits.attempt);
        let start = client.clock().now();
        let notify = |wait: Option<Duration>| {
            debug!(wait_ms = wait.map(milliseconds), "waits for the quota");
            client.notify(Event::QuotaWait { operation, wait });
        };
        let permit = client.limiter().acquire(client.clock(), request, self.quota_wait, notify).await;
        self.waited = client.clock().now().saturating_duration_since(start);
        self.quota_wait = self.quota_wait.saturating_sub(self.waited);
        permit.map_err(|reason| no_permit(reason, self.limits.quota_wait))
    }

    async fn token(&mut self) -> Result<CachedToken, Error> {
        let client = self.client;
        let token = self.limited(client.tokens().token(client.token_request())).await;
        let token = token.map_err(|late| while_signing_in(late, client))?;
        let token = token.map_err(|cause| no_token(cause, client.endpoint()))?;
        // Before there is a permit, for one that cannot be sent.
        token.authorization()?;
        Ok(token)
    }

    /// Another token than the one that was refused, if the credential has one.
    async fn renew(&mut self, refused: &CachedToken) -> Result<Result<Option<CachedToken>, BoxError>, Error> {
        let client = self.client;
        let renewed = self.limited(client.tokens().renew(client.token_request(), refused)).await;
        renewed.map_err(|late| while_signing_in(late, client))
    }

    /// Does something within the time of the call.
    async fn limited<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Error> {
        let clock = self.client.clock();
        let start = clock.now();
        let value = timeout(clock, self.time, future).await;
        self.time = self.time.saturating_sub(clock.now().saturating_duration_since(start));
        value.ok_or_else(|| timed_out("the call", self.limits.call))
    }
}

/// Says what a call waited for whose time was up before that for signing in.
fn while_signing_in(late: Error, client: &Client) -> Error {
    let SignInHint { waits_for, advice } = client.tokens().hint();
    let problem = format!("{}; until then, {waits_for} gave no token", late.problem());
    Error::new(late.kind(), problem).with_advice(advice)
}

/// How long an attempt may take, and by which limit.
#[derive(Clone, Copy)]
struct TimeLimit {
    left: Duration,
    of: &'static str,
    limit: Duration,
}

/// One request, and what came back.
async fn exchange<C: Call>(
    client: &Client,
    call: &C,
    token: &CachedToken,
    id: &RequestId,
    limit: TimeLimit,
) -> Result<Response<C::Answer>, Error> {
    let context = Context::new(client.http(), client.endpoint().url(), token.authorization()?, HeaderValue::from(id));
    let answer = timeout(client.clock(), limit.left, call.attempt(&context)).await;
    let outcome = outcome(client, call, token, &context, answer, limit);
    outcome.map_err(|error| once_only(C::OPERATION, error).without_secrets(token.redactor()))
}

/// What may change something is not sent again where the service may have processed it: nobody knows whether it did.
fn once_only(operation: &Operation, error: Error) -> Error {
    let is_certain = operation.is_safe() || !error.may_have_been_sent();
    if is_certain || error.retry_class() != RetryClass::Passing {
        return error;
    }
    error.with_retry_class(RetryClass::Uncertain).with_advice(
        "the service may have carried it out, so it was not sent again: check what became of it before another call",
    )
}

/// What is to be made of what came back, by its status first.
fn outcome<C: Call>(
    client: &Client,
    call: &C,
    token: &CachedToken,
    context: &Context,
    answer: Option<Option<C::Answer>>,
    TimeLimit { of, limit, .. }: TimeLimit,
) -> Result<Response<C::Answer>, Error> {
    let late = || timed_out(of, limit).with_retry_class(RetryClass::Passing).sent();
    let exchange = match (context.take_reply(), &answer) {
        (Reply::Answer(exchange), _) => exchange.without_secrets(token.redactor()),
        (Reply::Failed(cause), _) => return Err(unanswered(client, cause)),
        (Reply::Nothing, None) => return Err(late()),
        (Reply::Nothing, Some(_)) => {
            return Err(Error::new(ErrorKind::Configuration, "the request could not be made of these values"));
        }
    };
    if exchange.head.status != C::SUCCESS {
        return Err(refused(client, C::OPERATION, token, exchange));
    }
    if let Some(fault) = exchange.fault {
        return Err(incomplete(client, exchange.head, fault, late()));
    }
    let answer = answer.flatten().ok_or_else(|| unreadable::<C::Answer>(&exchange, token))?;
    call.check_response(&answer).map_err(|mismatch| mismatched(&exchange, &mismatch))?;
    let Exchange { head, body, .. } = exchange;
    Ok(Response::new(answer, head.status, head.request_id, body))
}

/// What an attempt means for its permit.
fn usage<T>(result: &Result<Response<T>, Error>) -> PermitUse {
    match result {
        Ok(_) => PermitUse::Answered,
        Err(error) if !error.may_have_been_sent() => PermitUse::Unsent,
        Err(error) if error.status().is_some() => PermitUse::Answered,
        Err(_) => PermitUse::Unanswered,
    }
}

/// Whether the service is there and knows what it says, also where that is a refusal.
fn is_answered_for_good<T>(result: &Result<Response<T>, Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => {
            error.status().is_some() && !matches!(error.retry_class(), RetryClass::Passing | RetryClass::Uncertain)
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
