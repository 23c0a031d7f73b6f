//! Where the token comes from, how often, and where it never shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mde_client::{AccessToken, BoxError, BoxFuture, Client, ErrorKind, TokenProvider, TokenRequest};
use mde_tests::{ManualClock, Scripted, Step};

use crate::{ADDRESS, TOKEN, assert_told, client};

/// Counts its tokens up, and fails where it is told to.
#[derive(Clone, Default)]
struct Counting {
    asked: Arc<AtomicU32>,
    fails_from: u32,
}

impl TokenProvider for Counting {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async move {
            assert_eq!(request.scope(), "https://api.securitycenter.microsoft.com/.default");
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            // Others must find that somebody asks already.
            tokio::task::yield_now().await;
            if self.fails_from > 0 && number >= self.fails_from {
                return Err("AADSTS7000222: the secret has expired".into());
            }
            Ok(AccessToken::new(format!("token-{number}")).expires_in(Duration::from_secs(3600)))
        })
    }
}

async fn server(answers: usize) -> Scripted {
    let answer = Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#);
    Scripted::start(vec![answer; answers]).await.unwrap()
}

fn tokens(server: &Scripted) -> Vec<String> {
    let heads = server.requests();
    let bearer =
        |head: &String| head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ").map(str::to_owned));
    heads.iter().filter_map(bearer).collect()
}

#[tokio::test]
async fn one_token_for_many_calls() {
    let server = server(5).await;
    let provider = Counting::default();
    let client = Client::builder().endpoint(server.url()).credential(provider.clone()).build().unwrap();
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(client.get_ip_statistics(ADDRESS).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&server), vec!["token-1"; 5]);
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let server = server(3).await;
    let clock = ManualClock::default();
    let provider = Counting::default();
    let client = Client::builder().endpoint(server.url()).credential(provider).clock(clock.clone()).build().unwrap();
    for seconds in [0, 55 * 60 - 1, 1] {
        clock.advance(Duration::from_secs(seconds));
        client.get_ip_statistics(ADDRESS).send().await.unwrap();
    }
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-2"]);
}

/// An early renewal that fails is no matter while the old token lives, and one when it does not.
#[tokio::test]
async fn a_renewal_that_fails() {
    let server = server(2).await;
    let clock = ManualClock::default();
    let provider = Counting { fails_from: 2, ..Counting::default() };
    let client = Client::builder().endpoint(server.url()).credential(provider).clock(clock.clone()).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    clock.advance(Duration::from_secs(56 * 60));
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    clock.advance(Duration::from_secs(4 * 60));

    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();

    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false));
    assert_eq!(tokens(&server), ["token-1", "token-1"]);
    assert_told("credential-failed", &error);
}

/// The time for a call covers its token, and what waits for a token has not been sent.
#[tokio::test]
async fn a_token_that_never_comes() {
    struct Never;
    impl TokenProvider for Never {
        fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
            Box::pin(std::future::pending())
        }
    }
    let server = server(0).await;
    let clock = ManualClock::default();
    let client = Client::builder().endpoint(server.url()).credential(Never).clock(clock.clone()).build().unwrap();
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(60)).await;
    clock.advance(Duration::from_secs(60));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Timeout, false));
}

#[tokio::test]
async fn a_token_that_no_header_can_carry() {
    let server = server(0).await;
    let client = Client::builder().endpoint(server.url()).token(format!("{TOKEN}\n")).build().unwrap();
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_told("credential-unfit", &error);
}

#[tokio::test]
async fn no_token_shows() {
    let server = server(1).await;
    let token = mde_client::StaticToken::new(TOKEN);
    let builder = Client::builder().endpoint(server.url()).token(TOKEN);
    let texts = [
        format!("{token:?}"),
        format!("{:?}", AccessToken::new(TOKEN)),
        format!("{builder:?}"),
        format!("{:?}", client(&server)),
        format!("{:?}", client(&server).get_ip_statistics(ADDRESS)),
    ];
    for text in texts {
        assert!(!text.contains(TOKEN), "{text}");
    }
}
