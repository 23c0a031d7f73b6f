//! No token and no secret shows, however closely one looks; and an address shows only to those who debug.
//!
//! A test target of its own, because it listens to everything that the process logs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};

use mde_client::{AzureCredential, CallOptions, Client, ClientBuilder, Error, ErrorKind, StaticToken};
use mde_sandbox::{Sandbox, TokenClaims};
use mde_tests::{Log, Scripted, Step};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// An address that stands nowhere but in the calls of these tests.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 217));

/// What was seen of a client from outside: what it logged, and what its values and errors say of themselves.
#[derive(Default)]
struct Seen {
    log: Log,
    texts: String,
}

impl Seen {
    fn value(&mut self, value: &impl Debug) {
        self.texts += &format!("{value:?}\n{value:#?}\n");
    }

    fn error(&mut self, error: &Error) {
        self.value(error);
        self.texts += &format!("{error}\n{error:#}\n");
        let mut cause = error.source();
        while let Some(error) = cause {
            self.texts += &format!("{error}\n{error:?}\n");
            cause = error.source();
        }
    }
}

/// Asks, and looks at everything that can be looked at. A second attempt would only say the same.
async fn ask(seen: &mut Seen, builder: ClientBuilder) -> Option<ErrorKind> {
    let builder = builder.options(CallOptions::new().max_retries(0));
    seen.value(&builder);
    let client = builder.build().unwrap();
    seen.value(&client);
    let call = client.get_ip_statistics(ADDRESS).look_back_hours(48);
    seen.value(&call);
    let result = call.send().await;
    seen.value(&client);
    match result {
        Ok(answer) => {
            seen.value(&answer);
            None
        }
        Err(error) => {
            seen.error(&error);
            Some(error.kind())
        }
    }
}

#[tokio::test]
async fn nothing_secret_shows() {
    let mut seen = Seen::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(seen.log.clone());
    subscriber.finish().init();

    let sandbox = Sandbox::start().await.unwrap();
    let powerless = sandbox.issue_token(TokenClaims { roles: Vec::new(), ..TokenClaims::valid() });
    let (unknown, unfit) = ("secret-token-of-nobody", "secret-token\nwith a line break");
    let secure = Sandbox::builder().tls(true).start().await.unwrap();
    let app = secure.apps().first().unwrap();
    let wrong_secret = "secret~of+nobody/here=";
    let authority = reqwest::Certificate::from_pem(secure.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let trusting = || reqwest::Client::builder().add_root_certificate(authority.clone());
    let azure = |secret: &str| AzureCredential::client_secret(secure.tenant(), app.client_id(), secret).unwrap();
    let echoing = Scripted::start([Step::answer("500 Internal Server Error", &[], "x".repeat(9000))]).await.unwrap();

    let to = |url: &str| Client::builder().endpoint(url.to_owned());
    let cases = [
        (to(sandbox.url()).token(sandbox.token()), None),
        (to(sandbox.url()).token(powerless.as_str()), Some(ErrorKind::Permission)),
        (to(sandbox.url()).token(unknown), Some(ErrorKind::Credential)),
        (to(sandbox.url()).token(unfit), Some(ErrorKind::Credential)),
        (to("http://127.0.0.1:1").token(sandbox.token()), Some(ErrorKind::Transport)),
        (to(echoing.url()).token(sandbox.token()), Some(ErrorKind::Service)),
        (to(secure.url()).token(secure.token()), Some(ErrorKind::Transport)),
        (to(secure.url()).token(secure.token()).http(trusting()), None),
        (to(secure.url()).credential(azure(app.client_secret())).http(trusting()), None),
        (to(secure.url()).credential(azure(wrong_secret)).http(trusting()), Some(ErrorKind::Credential)),
    ];
    for (number, (builder, expected)) in cases.into_iter().enumerate() {
        assert_eq!(ask(&mut seen, builder).await, expected, "case {number}");
    }
    seen.value(&azure(wrong_secret));
    seen.value(&StaticToken::new(unknown));
    seen.value(&sandbox);

    let log = seen.log.text();
    let received = secure.requests();
    let tokens_issued = received.iter().filter(|request| request.path_and_query.ends_with("/token")).count();
    assert_eq!(tokens_issued, 2, "the credential of Azure asked the sandbox");
    for proof in ["getIPStatistics", "hyper", "rustls", "azure"] {
        assert!(log.contains(proof), "the log is not that of everything: {proof} is missing");
    }
    let of_jwt = |token: &str| token.split('.').nth(1).unwrap().to_owned();
    let secrets = [
        of_jwt(sandbox.token()),
        of_jwt(&powerless),
        of_jwt(secure.token()),
        unknown.to_owned(),
        "secret-token".to_owned(),
        app.client_secret().to_owned(),
        wrong_secret.to_owned(),
        // As a form writes it.
        "secret%7Eof%2Bnobody".to_owned(),
        "secret~of%2Bnobody".to_owned(),
    ];
    for secret in &secrets {
        let shows = |text: &str| text.lines().find(|line| line.contains(secret.as_str())).map(str::to_owned);
        assert_eq!(shows(&log), None, "{secret} in the log");
        assert_eq!(shows(&seen.texts), None, "{secret} in a value or an error");
    }
    // Whatever token the credential of Azure got, its header would begin like this.
    assert!(!log.contains("eyJ"), "a token in the log");
    let above_debug = |line: &&str| [" INFO ", " WARN ", "ERROR "].iter().any(|level| line.contains(level));
    let telling = log.lines().filter(above_debug).find(|line| line.contains(&ADDRESS.to_string()));
    assert_eq!(telling, None, "an address above debug");
    assert!(log.contains(&ADDRESS.to_string()), "who debugs sees the address");
}
