//! How often a call is tried, after which pauses, and when it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mde_client::{AccessToken, BoxError, BoxFuture, CallOptions, Client, ErrorKind, TokenProvider, TokenRequest};
use mde_tests::{AutoAdvance, ManualClock, Scripted, Step};
use tokio::sync::Notify;

use crate::faults::Fresh;
use crate::{ADDRESS, TOKEN, describe};

const GOOD: &str = r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#;

fn unavailable() -> Step {
    Step::answer("503 Service Unavailable", &[], "")
}

/// Makes calls one after the other, and returns the events that the client reported.
async fn story(steps: Vec<Step>, calls: usize, options: CallOptions) -> String {
    let server = Scripted::start(steps).await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token(TOKEN));
    let client = builder.build().unwrap();
    for _ in 0..calls {
        // What the caller gets is the last line of the story anyway.
        let _ = time.run(client.get_ip_statistics(ADDRESS).options(options).send(), Some(&server)).await;
    }
    time.events().join("\n")
}

#[tokio::test]
async fn pauses_grow() {
    let options = CallOptions::new().max_retries(7).call_timeout(Duration::from_secs(600));
    insta::assert_snapshot!(story(vec![unavailable(); 8], 1, options).await);
}

/// What becomes of a call whose attempts are answered by these statuses and then by a 200, by a client that retries three
/// times: it fails at the last status of the word, or it succeeds.
#[tokio::test]
async fn a_429_is_no_failed_attempt() {
    const MANY: u32 = 429;
    const BUSY: u32 = 503;
    let words =
        (0..16).map(|bits| (0..4).map(|bit| if bits >> bit & 1 == 0 { BUSY } else { MANY }).collect::<Vec<_>>());
    let mut cases: Vec<_> = words.map(|word| (word.contains(&MANY), word)).collect();
    // A token is renewed once, and that is no failed attempt either.
    cases.extend([
        (true, vec![401, BUSY, BUSY, BUSY]),
        (true, vec![BUSY, BUSY, BUSY, 401]),
        (true, vec![BUSY, 401, BUSY, MANY, BUSY]),
        (true, vec![MANY, 401, MANY]),
        (false, vec![BUSY, 401, BUSY, BUSY, BUSY]),
        (false, vec![401, MANY, BUSY, 401]),
    ]);
    for (succeeds, word) in cases {
        let mut steps: Vec<_> =
            word.iter().map(|status| Step::answer(&format!("{status} Whatever It Is"), &[], "")).collect();
        steps.push(Step::json(GOOD));
        let server = Scripted::start(steps).await.unwrap();
        let builder = Client::builder().endpoint(server.url()).credential(Fresh::default());
        let (builder, mut time) = AutoAdvance::with(builder);
        let client = builder.build().unwrap();
        let answer = time.run(client.get_ip_statistics(ADDRESS).send(), Some(&server)).await;
        let status = answer.map_or_else(|error| error.status(), |answer| Some(answer.status()));
        let expected = if succeeds { Some(&200) } else { word.last() };
        assert_eq!(status.map(|status| u32::from(status.as_u16())).as_ref(), expected, "{word:?}");
        assert_eq!(server.requests().len(), word.len() + usize::from(succeeds), "{word:?}");
    }
}

/// A service that always says 1 s is asked ever more seldom, by whichever call.
#[tokio::test]
async fn pauses_of_all_calls_grow() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 1"], "");
    insta::assert_snapshot!(story(vec![throttled; 9], 3, CallOptions::new()).await);
}

/// Gives one token, and when it is asked for another one says so and never answers.
#[derive(Clone, Default)]
struct Stuck {
    is_asked: Arc<AtomicBool>,
    is_stuck: Arc<Notify>,
}

impl TokenProvider for Stuck {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async move {
            if self.is_asked.swap(true, Ordering::SeqCst) {
                self.is_stuck.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(AccessToken::new(TOKEN))
        })
    }
}

/// Who gives up names what the service said before, also where something else came of the last attempt.
#[tokio::test]
async fn a_credential_that_gives_no_other_token_in_time() {
    let server = Scripted::start([Step::answer("401 Unauthorized", &["request-id: rid-1"], "")]).await.unwrap();
    let (clock, stuck) = (ManualClock::default(), Stuck::default());
    let builder = Client::builder().endpoint(server.url()).credential(stuck.clone()).clock(clock.clone());
    // So that the time of the call is up first.
    let builder = builder.sign_in_timeout(Duration::from_secs(120));
    let call = tokio::spawn(builder.build().unwrap().get_ip_statistics(ADDRESS).send());
    stuck.is_stuck.notified().await;
    clock.advance(Duration::from_secs(60));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    insta::assert_snapshot!(describe(&error));
}

#[tokio::test]
async fn no_retry_means_none() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 1"], "");
    for step in [unavailable(), throttled, Step::Reset(Vec::new())] {
        let server = Scripted::start([step, Step::json(GOOD)]).await.unwrap();
        let client = Client::builder().endpoint(server.url()).token(TOKEN).build().unwrap();
        let error =
            client.get_ip_statistics(ADDRESS).options(CallOptions::new().max_retries(0)).send().await.unwrap_err();
        assert_eq!((error.attempts(), server.requests().len()), (1, 1), "{error}");
    }
}

/// A pause that would outlast the call is not begun.
#[tokio::test]
async fn the_time_of_the_call_is_kept() {
    let busy = Step::answer("503 Service Unavailable", &["retry-after: 20"], "");
    let options = CallOptions::new().call_timeout(Duration::from_secs(45)).max_retries(9);
    insta::assert_snapshot!(story(vec![busy; 9], 1, options).await);
}

/// In an outage the clients of a program do not multiply their calls: twenty repetitions, and then a call is one attempt,
/// until calls are answered again, ten for each repetition.
#[tokio::test]
async fn the_budget_of_repetitions() {
    let mut steps = vec![unavailable(); 20 + 12];
    steps.extend(vec![Step::json(GOOD); 10]);
    steps.extend(vec![unavailable(); 3]);
    insta::assert_snapshot!(story(steps, 12 + 10 + 2, CallOptions::new().max_retries(2)).await);
}

/// Who gives up says what went wrong before, and why it was not tried again.
#[tokio::test]
async fn what_an_exhausted_call_says() {
    let server = Scripted::start(vec![unavailable(); 40]).await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token(TOKEN));
    let client = builder.build().unwrap();
    let mut errors = Vec::new();
    for _ in 0..7 {
        let call = client.get_ip_statistics(ADDRESS).send();
        errors.push(time.run(call, Some(&server)).await.unwrap_err());
    }
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Service));
    insta::assert_snapshot!("exhausted-attempts", describe(&errors[0]));
    insta::assert_snapshot!("exhausted-budget", describe(errors.last().unwrap()));
}

/// Where the last failure is another one, the one before it is its cause.
#[tokio::test]
async fn what_went_wrong_before() {
    let server = Scripted::start([unavailable(), Step::answer("403 Forbidden", &[], "")]).await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token(TOKEN));
    let client = builder.build().unwrap();
    let error = time.run(client.get_ip_statistics(ADDRESS).send(), Some(&server)).await.unwrap_err();
    insta::assert_snapshot!(describe(&error));
}

/// The id of a call goes with each of its attempts, and differs from call to call.
#[tokio::test]
async fn the_id_of_a_call() {
    let server = Scripted::start([unavailable(), Step::json(GOOD), Step::json(GOOD)]).await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token(TOKEN));
    let client = builder.build().unwrap();
    let first = time.run(client.get_ip_statistics(ADDRESS).send(), Some(&server)).await.unwrap();
    let second = time.run(client.get_ip_statistics(ADDRESS).send(), Some(&server)).await.unwrap();
    let header = |head: &String| {
        head.lines().find_map(|line| line.strip_prefix("client-request-id: ").map(str::to_owned)).unwrap()
    };
    let sent: Vec<_> = server.requests().iter().map(header).collect();
    assert_eq!(sent, [first.client_request_id(), first.client_request_id(), second.client_request_id()]);
    assert_ne!(sent[0], sent[2]);
    assert_eq!((first.attempts(), second.attempts()), (2, 1));
}
