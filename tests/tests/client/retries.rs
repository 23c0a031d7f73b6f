//! How often a call is tried, after which pauses, and when it is not.

use std::time::Duration;

use mde_client::{CallOptions, Client, ErrorKind};
use mde_tests::{AutoAdvance, Scripted, Step};

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
