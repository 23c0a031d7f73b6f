//! No token and no secret shows, however closely one looks; and an address shows only to those who debug.
//!
//! A test target of its own, because it listens to everything that the process logs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod echoing;
#[cfg(target_os = "linux")]
mod login;
mod parts;
mod person;

use std::error::Error as _;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};

use mde_client::{AzureCredential, CallOptions, Client, ClientBuilder, Error, ErrorKind, StaticToken};
use mde_sandbox::{Sandbox, TokenClaims};
use mde_tests::{Log, Scripted, Step};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::echoing::Echoing;

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

/// Asks hosts that repeat the token, in the body and as the id of the request.
async fn hosts_that_repeat_the_token(seen: &mut Seen, token: &str) {
    let envelope =
        format!(r#"{{"error":{{"code":"Bad{token}","message":"The token {token} is bad","target":"{token}"}}}}"#);
    let page = format!("<p>{}{token}</p>", "x".repeat(2000));
    let id = format!("request-id: {token}");
    for (status, body, kind) in [
        ("401 Unauthorized", &envelope, Some(ErrorKind::Credential)),
        ("403 Forbidden", &envelope, Some(ErrorKind::Permission)),
        ("403 Forbidden", &page, Some(ErrorKind::Permission)),
        ("200 OK", &page, Some(ErrorKind::Decode)),
        (
            "200 OK",
            &format!(r#"{{"ipAddress":"{ADDRESS}","organizationPrevalence":"{token}"}}"#),
            Some(ErrorKind::Decode),
        ),
        ("200 OK", &format!(r#"{{"ipAddress":"{ADDRESS}","organizationPrevalence":1}}"#), None),
    ] {
        let host = Scripted::start(vec![Step::answer(status, &[&id], body); 2]).await.unwrap();
        let builder = Client::builder().endpoint(host.url()).token(token);
        assert_eq!(ask(seen, builder).await, kind, "{status}");
    }
}

/// Signs in at hosts that repeat the secret, or the form with it.
async fn hosts_that_repeat_the_secret(seen: &mut Seen, token: &str, secret: &str) {
    let refusal = |description: &str| {
        format!(r#"{{"error":"invalid_client","error_codes":[7000215],"error_description":"{description}"}}"#)
    };
    for (status, body, kind) in [
        ("401 Unauthorized", refusal(&format!("AADSTS7000215: bad secret {secret} body FORM")), ErrorKind::Credential),
        ("401 Unauthorized", refusal(&format!("AADSTS7000215: bad {secret}\\r\\nFORM")), ErrorKind::Credential),
        ("401 Unauthorized", refusal("bad FORM"), ErrorKind::Credential),
        ("200 OK", format!(r#"{{"expires_in":"{secret}","access_token":"a"}}"#), ErrorKind::Service),
        ("200 OK", r#"{"expires_in":"FORM"}"#.to_owned(), ErrorKind::Service),
        ("200 OK", format!(r#"{{"expires_in":"{token}"}}"#), ErrorKind::Service),
    ] {
        let host = Echoing::start(status, body.clone()).await;
        let credential = AzureCredential::client_secret("contoso.example", "an-app", secret).unwrap();
        let http = reqwest::Client::builder().tls_certs_only([host.certificate]);
        let builder = Client::builder().endpoint(host.url).credential(credential).http(http);
        assert_eq!(ask(seen, builder).await, Some(kind), "{status} {body}");
    }
    assert!(seen.texts.contains("AADSTS7000215: bad secret (hidden) body client_id=an-app&client_secret=(hidden)&"));
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
    for token in [sandbox.token(), unknown] {
        hosts_that_repeat_the_token(&mut seen, token).await;
    }
    hosts_that_repeat_the_secret(&mut seen, sandbox.token(), wrong_secret).await;
    let secrets_of_person = person::signs_in(&mut seen).await;
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
    for secret in secrets.iter().chain(&secrets_of_person) {
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
