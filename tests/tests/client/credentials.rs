//! Where the token comes from, how often, and where it never shows.

mod advice;
mod azure;
mod entra;
mod environment;
#[cfg(unix)]
mod machine;
mod outages;
mod refused;
mod renewal;
mod time_limit;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mde_client::{AccessToken, BoxError, BoxFuture, Client, ClientBuilder, ErrorKind, TokenProvider, TokenRequest};
use mde_tests::{ManualClock, Scripted, Step};

use crate::{ADDRESS, TOKEN, assert_error, client};

type Asked = Result<AccessToken, BoxError>;

/// Counts how many times it is asked, and gives what a test says for each.
#[derive(Clone)]
struct Provider {
    /// The scope that it must be asked for.
    scope: &'static str,
    asked: Arc<AtomicU32>,
    answer: Arc<dyn Fn(u32) -> BoxFuture<'static, Asked> + Send + Sync>,
}

impl Provider {
    fn new<F: Future<Output = Asked> + Send + 'static>(answer: impl Fn(u32) -> F + Send + Sync + 'static) -> Self {
        let scope = "https://api.securitycenter.microsoft.com/.default";
        Self { scope, asked: Arc::default(), answer: Arc::new(move |number| Box::pin(answer(number))) }
    }

    /// Gives a token of an hour, except where it fails.
    fn failing(fails: impl Fn(u32) -> bool + Send + Sync + 'static) -> Self {
        Self::new(move |number| {
            let failure = fails(number).then_some("AADSTS7000222: the secret has expired");
            async move { failure.map_or_else(|| Ok(hour(number)), |failure| Err(failure.into())) }
        })
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until it has been asked that many times.
    async fn is_asked(&self, times: u32) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

impl TokenProvider for Provider {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Asked> {
        Box::pin(async move {
            assert_eq!(request.scope(), self.scope);
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            // Others must find that somebody asks already.
            tokio::task::yield_now().await;
            (self.answer)(number).await
        })
    }
}

/// The token that a provider gives when it is asked for the nth time.
fn hour(number: u32) -> AccessToken {
    AccessToken::new(format!("token-{number}")).expires_in(Duration::from_secs(3600))
}

fn good() -> Step {
    Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#)
}

async fn server(answers: usize) -> Scripted {
    Scripted::start(vec![good(); answers]).await.unwrap()
}

fn builder(server: &Scripted, provider: &Provider) -> ClientBuilder {
    Client::builder().endpoint(server.url()).credential(provider.clone())
}

/// A client on a clock that a test moves.
fn on_a_clock(server: &Scripted, provider: &Provider) -> (Client, ManualClock) {
    let clock = ManualClock::default();
    (builder(server, provider).clock(clock.clone()).build().unwrap(), clock)
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
    let provider = Provider::failing(|_| false);
    let client = builder(&server, &provider).build().unwrap();
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(client.get_ip_statistics(ADDRESS).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&server), vec!["token-1"; 5]);
    assert_eq!(provider.asked(), 1);
}

/// Calls that wait for the same token share what comes of it, also where that is a failure.
#[tokio::test]
async fn who_waits_together_fares_alike() {
    let server = server(1).await;
    let provider = Provider::failing(|number| number == 1);
    let client = builder(&server, &provider).build().unwrap();
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(client.get_ip_statistics(ADDRESS).send())).collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.code(), Some("AADSTS7000222"));
    }
    assert_eq!(provider.asked(), 1);

    // The next one does not.
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-2"]);
}

/// Signing in has a limit, and what waits for a token has not been sent.
#[tokio::test]
async fn a_token_that_never_comes() {
    let server = server(1).await;
    let provider =
        Provider::new(
            |number| async move { if number == 1 { std::future::pending().await } else { Ok(hour(number)) } },
        );
    let (client, clock) = on_a_clock(&server, &provider);
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(60)).await;
    clock.advance(Duration::from_secs(60));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false));

    // The next one is not in its way.
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-2"]);
}

#[tokio::test]
async fn a_token_that_no_header_can_carry() {
    let server = server(0).await;
    let client = Client::builder().endpoint(server.url()).token(format!("{TOKEN}\n")).build().unwrap();
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_error("credential-unfit", &error);
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
