//! When a token is asked for again, and what becomes of the calls meanwhile.

use std::sync::Arc;
use std::time::Duration;

use mde_client::{AccessToken, CallOptions, Client, Clock, Error, ErrorKind, InOrgIpStats, QuotaWindow, Response};
use mde_tests::ManualClock;
use tokio::sync::Notify;

use super::{Provider, builder, hour, on_a_clock, server, tokens};
use crate::{ADDRESS, assert_error};

const MINUTE: Duration = Duration::from_secs(60);

async fn call(client: &Client) {
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
}

/// Five minutes before its end, or at half of its life.
#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    for (lifetime, renewed_after) in [(3600, 3300), (700, 400), (600, 300), (400, 200), (20, 10)] {
        let server = server(3).await;
        let lifetime = Duration::from_secs(lifetime);
        let provider =
            Provider::new(
                move |number| async move { Ok(AccessToken::new(format!("token-{number}")).expires_in(lifetime)) },
            );
        let (client, clock) = on_a_clock(&server, &provider);
        for seconds in [0, renewed_after - 1, 1] {
            clock.advance(Duration::from_secs(seconds));
            call(&client).await;
        }
        assert_eq!(tokens(&server), ["token-1", "token-1", "token-2"], "{lifetime:?}");
    }
}

/// A call that waited for the quota longer than its token lived is sent with the next one.
#[tokio::test]
async fn a_token_that_dies_in_the_wait_for_the_quota() {
    let server = server(2).await;
    let provider =
        Provider::new(|number| async move { Ok(AccessToken::new(format!("token-{number}")).expires_in(MINUTE)) });
    let clock = ManualClock::default();
    let patient = CallOptions::new().quota_wait(2 * MINUTE);
    let builder = builder(&server, &provider).clock(clock.clone()).options(patient);
    let client = builder.quota([QuotaWindow::new(1, MINUTE)]).build().unwrap();
    call(&client).await;
    let waiting = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    let wait = MINUTE + Duration::from_millis(250);
    clock.somebody_sleeps(wait).await;
    clock.advance(wait);
    waiting.await.unwrap().unwrap();
    assert_eq!(tokens(&server), ["token-1", "token-2"]);
}

/// The end of a token may be given as a date, which is held against the time of day.
#[tokio::test]
async fn a_token_that_expires_at_a_date() {
    let server = server(4).await;
    let end = ManualClock::default().system_time() + 60 * MINUTE;
    let provider = Provider::new(move |number| async move {
        Ok(AccessToken::new(format!("token-{number}")).expires_at(end + 60 * MINUTE * (number - 1)))
    });
    let (client, clock) = on_a_clock(&server, &provider);
    for seconds in [0, 55 * 60 - 1, 1, 60 * 60] {
        clock.advance(Duration::from_secs(seconds));
        call(&client).await;
    }
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-2", "token-3"]);
}

/// Nobody but the one who asks waits for a token that could be done without.
#[tokio::test]
async fn the_old_token_serves_while_the_next_one_is_fetched() {
    let server = server(4).await;
    let fetched = Arc::new(Notify::new());
    let wait = Arc::clone(&fetched);
    let provider = Provider::new(move |number| {
        let wait = Arc::clone(&wait);
        async move {
            if number == 2 {
                wait.notified().await;
            }
            Ok(hour(number))
        }
    });
    let (client, clock) = on_a_clock(&server, &provider);
    call(&client).await;
    clock.advance(56 * MINUTE);
    let renewing = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(2).await;

    call(&client).await;
    fetched.notify_one();
    renewing.await.unwrap().unwrap();
    call(&client).await;

    assert_eq!(tokens(&server), ["token-1", "token-1", "token-2", "token-2"]);
    assert_eq!(provider.asked(), 2);
}

/// A renewal that fails is no matter while the old token lives, and is not tried again at once.
#[tokio::test]
async fn a_renewal_that_fails() {
    let server = server(6).await;
    let provider = Provider::failing(|number| number > 1);
    let (client, clock) = on_a_clock(&server, &provider);
    call(&client).await;
    clock.advance(56 * MINUTE);
    for (seconds, asked) in [(0, 2), (0, 2), (29, 2), (1, 3), (29, 3)] {
        clock.advance(Duration::from_secs(seconds));
        call(&client).await;
        assert_eq!(provider.asked(), asked);
    }
    clock.advance(4 * MINUTE);

    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();

    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false));
    assert_eq!(tokens(&server), ["token-1"; 6]);
    assert_error("credential-failed", &error);
}

fn second_token_never_comes() -> Provider {
    Provider::new(|number| async move { if number == 2 { std::future::pending().await } else { Ok(hour(number)) } })
}

/// A call that gives up the early renewal after 10 s.
async fn call_that_waits_in_vain(client: &Client, clock: &ManualClock) -> Result<Response<InOrgIpStats>, Error> {
    let renewing = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(10)).await;
    clock.advance(Duration::from_secs(10));
    renewing.await.unwrap()
}

/// A call waits 10 s for a token that it could do without, and no longer.
#[tokio::test]
async fn a_renewal_that_hangs() {
    let server = server(3).await;
    let provider = second_token_never_comes();
    let (client, clock) = on_a_clock(&server, &provider);
    call(&client).await;
    clock.advance(56 * MINUTE);
    call_that_waits_in_vain(&client, &clock).await.unwrap();
    clock.advance(Duration::from_secs(20));
    call(&client).await;
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-3"]);
}

/// Where the old token dies meanwhile, there is nothing to go on with.
#[tokio::test]
async fn a_renewal_that_outlasts_the_old_token() {
    let server = server(1).await;
    let provider = second_token_never_comes();
    let (client, clock) = on_a_clock(&server, &provider);
    call(&client).await;
    clock.advance(59 * MINUTE + Duration::from_secs(55));
    let error = call_that_waits_in_vain(&client, &clock).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false));
    assert_error("credential-late", &error);
}

/// A call that is dropped while it asks leaves nothing behind but the pause before the next renewal.
#[tokio::test]
async fn a_renewal_that_is_dropped() {
    let server = server(3).await;
    let provider = second_token_never_comes();
    let (client, clock) = on_a_clock(&server, &provider);
    call(&client).await;
    clock.advance(56 * MINUTE);
    let renewing = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(2).await;
    renewing.abort();
    assert!(renewing.await.unwrap_err().is_cancelled());

    call(&client).await;
    clock.advance(Duration::from_secs(30));
    call(&client).await;
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-3"]);
}

/// A credential with a memory of its own gives the same token to its end. It is not asked at ever shorter intervals.
#[tokio::test]
async fn a_credential_that_never_renews_early() {
    let server = server(62).await;
    let end = ManualClock::default().system_time() + 60 * MINUTE;
    let clock = ManualClock::default();
    let by_the_credential = clock.clone();
    let provider = Provider::new(move |_| {
        let now = by_the_credential.system_time();
        async move {
            let lasting = AccessToken::new("token-lasting").expires_at(end);
            Ok(if now < end { lasting } else { AccessToken::new("token-next") })
        }
    });
    let client = super::builder(&server, &provider).clock(clock.clone()).build().unwrap();
    let mut asked = Vec::new();
    call(&client).await;
    clock.advance(55 * MINUTE);
    for _ in 0..61 {
        let before = provider.asked();
        call(&client).await;
        if provider.asked() > before {
            asked.push(clock.elapsed().as_secs());
        }
        clock.advance(Duration::from_secs(5));
    }
    assert_eq!(asked, [3300, 3450, 3525, 3565, 3595, 3600]);
    assert_eq!(tokens(&server).last().unwrap(), "token-next");
}
