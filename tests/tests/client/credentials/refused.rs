//! What happens where the service refuses the token.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use mde_client::{AccessToken, Client, Error, ErrorKind};
use mde_tests::{Scripted, Step};

use super::{Provider, builder, good, hour, on_a_clock, tokens};
use crate::ADDRESS;

fn refusal() -> Step {
    let body = r#"{"error":{"code":"Unauthorized","message":"Unauthorized request","target":"t-1"}}"#;
    Step::answer("401 Unauthorized", &[], body)
}

async fn failure(client: &Client) -> Error {
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential, "{error}");
    error
}

#[tokio::test]
async fn another_token_is_tried() {
    let server = Scripted::start([refusal(), good(), good()]).await.unwrap();
    let provider = Provider::failing(|_| false);
    let client = builder(&server, &provider).build().unwrap();
    for _ in 0..2 {
        client.get_ip_statistics(ADDRESS).send().await.unwrap();
    }
    assert_eq!(tokens(&server), ["token-1", "token-2", "token-2"]);
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn but_only_one() {
    let server = Scripted::start(vec![refusal(); 9]).await.unwrap();
    let provider = Provider::failing(|_| false);
    let client = builder(&server, &provider).build().unwrap();
    let error = failure(&client).await;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(tokens(&server), ["token-1", "token-2"]);
    assert_eq!(provider.asked(), 2);
}

/// It is asked for, because the client cannot know; what comes back is not sent again.
#[tokio::test]
async fn the_same_token_is_not_tried_again() {
    let server = Scripted::start(vec![refusal(); 9]).await.unwrap();
    let provider = Provider::new(|_| async { Ok(AccessToken::new("token-only")) });
    let client = builder(&server, &provider).build().unwrap();
    let error = failure(&client).await;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(tokens(&server), ["token-only"]);
    assert_eq!(provider.asked(), 2);
}

/// However many were refused with the same token, one of them asks for the next.
#[tokio::test]
async fn many_refusals_ask_once() {
    const CALLS: usize = 8;
    let steps = [vec![refusal(); CALLS], vec![good(); CALLS]].concat();
    let server = Arc::new(Scripted::start(steps).await.unwrap());
    let all_sent = Arc::clone(&server);
    let provider = Provider::new(move |number| {
        let server = Arc::clone(&all_sent);
        async move {
            // Nobody goes on before all have been refused.
            while number == 2 && server.requests().len() < CALLS {
                tokio::task::yield_now().await;
            }
            Ok(hour(number))
        }
    });
    let client = builder(&server, &provider).build().unwrap();
    let calls: Vec<_> = (0..CALLS).map(|_| tokio::spawn(client.get_ip_statistics(ADDRESS).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&server), [["token-1"; CALLS], ["token-2"; CALLS]].concat());
    assert_eq!(provider.asked(), 2);
}

/// The refused token is not good again because no other could be had.
#[tokio::test]
async fn a_failure_to_get_another() {
    let server = Scripted::start([refusal(), good()]).await.unwrap();
    let provider = Provider::failing(|number| number == 2);
    let client = builder(&server, &provider).build().unwrap();
    let error = failure(&client).await;
    assert_eq!(error.source().unwrap().to_string(), "AADSTS7000222: the secret has expired");
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-1", "token-3"]);
}

/// A renewal that failed before the refusal is no answer to it.
#[tokio::test]
async fn a_refusal_after_an_early_renewal_that_failed() {
    let server = Scripted::start([good(), refusal(), good()]).await.unwrap();
    let provider = Provider::failing(|number| number == 2);
    let (client, clock) = on_a_clock(&server, &provider);
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    clock.advance(Duration::from_secs(56 * 60));
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-3"]);
}

/// A call that is dropped while it asks does not make the refused token good, nor stand in the way of the next.
#[tokio::test]
async fn a_renewal_that_is_dropped() {
    let server = Scripted::start([refusal(), good()]).await.unwrap();
    let provider =
        Provider::new(
            |number| async move { if number == 2 { std::future::pending().await } else { Ok(hour(number)) } },
        );
    let client = builder(&server, &provider).build().unwrap();
    let renewing = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(2).await;
    renewing.abort();
    assert!(renewing.await.unwrap_err().is_cancelled());
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-1", "token-3"]);
}
