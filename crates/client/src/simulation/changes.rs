//! Calls of an operation that may change something, and has no documented quota: what is sent again, and what is waited for.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use reqwest::StatusCode;
use tokio::time::Instant;

use super::Paused;
use crate::call::{Call, send};
use crate::response::Mismatch;
use crate::transport::{Context, Exchange, Head, Reply};
use crate::{CallOptions, Client, Error, Operation, Response};

/// An operation that no contract has.
const CHANGE: Operation = Operation {
    id: "change",
    method: "POST",
    path: "/change",
    quota: &[],
    application_permission: None,
    delegated_permission: None,
};

/// What becomes of one attempt.
#[derive(Clone, Copy, Debug)]
enum Step {
    Answered(u16),
    /// A connection to nobody, which fails before anything is sent.
    Refused,
    /// A request that nobody answers.
    Unanswered,
}

/// A call whose attempts go as they are listed.
#[derive(Debug)]
struct Change(Mutex<VecDeque<Step>>);

impl Change {
    fn of(steps: &[Step]) -> Self {
        Self(Mutex::new(steps.iter().copied().collect()))
    }

    async fn send(&self) -> Result<Response<()>, Error> {
        send(&client(), self, CallOptions::new()).await
    }
}

impl Call for Change {
    type Answer = ();

    const OPERATION: &'static Operation = &CHANGE;

    async fn attempt(&self, context: &Context) -> Option<()> {
        // There is none for an attempt too many, which panics.
        let step = self.0.lock().unwrap().pop_front().unwrap();
        match step {
            Step::Answered(status) => {
                let status = StatusCode::from_u16(status).unwrap();
                let head = Head { status, retry_after: Vec::new(), date: None, request_id: None };
                context.keep(Reply::Answer(Exchange { head, body: Bytes::new(), fault: None }));
                status.is_success().then_some(())
            }
            Step::Refused => {
                let error = context.http().post("http://127.0.0.1:1").send().await.unwrap_err();
                assert!(error.is_connect(), "{error:?}");
                context.keep(Reply::Failed(error));
                None
            }
            Step::Unanswered => std::future::pending().await,
        }
    }

    fn check_response(&self, (): &()) -> Result<(), Mismatch> {
        Ok(())
    }
}

fn client() -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:1").token("token").random_seed(1).clock(Paused);
    builder.build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_was_certainly_not_processed_is_sent_again() {
    for first in [Step::Answered(429), Step::Refused] {
        let response = Change::of(&[first, Step::Answered(200)]).send().await.unwrap();
        assert_eq!(response.attempts(), 2, "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_processed_is_not_sent_again() {
    let statuses = [408, 500, 502, 503, 504].map(Step::Answered);
    for first in statuses.into_iter().chain([Step::Unanswered]) {
        let error = Change::of(&[first]).send().await.unwrap_err();
        assert!(error.attempts() == 1 && error.may_have_been_sent(), "{first:?}: {error:?}");
        assert!(error.to_string().contains("the service may have carried it out, so it was not sent again"), "{error}");
    }
}

/// A refusal is no doubt: it says what to do about it, and nothing of having been carried out.
#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_in_doubt() {
    for status in [400, 401, 403, 404, 409] {
        let error = Change::of(&[Step::Answered(status)]).send().await.unwrap_err();
        assert!(!error.to_string().contains("carried it out"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_documented_quota_nothing_waits_but_for_the_end_of_a_pause() {
    let client = client();
    let calls: Vec<_> = (0..1000).map(|_| Change::of(&[Step::Answered(200)])).collect();
    let start = Instant::now();
    let sent = join_all(calls.iter().map(|call| send(&client, call, CallOptions::new()))).await;
    assert!(sent.iter().all(Result::is_ok) && start.elapsed().is_zero(), "after {:?}", start.elapsed());

    let throttled = Change::of(&[Step::Answered(429), Step::Answered(200)]);
    send(&client, &throttled, CallOptions::new()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(500), "after {:?}", start.elapsed());
}
