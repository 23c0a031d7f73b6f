//! What a user reads when something is wrong, and the exit code that a script sees.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use mde_sandbox::TokenClaims;
use mde_tests::{Scripted, Step};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::{Cases, Run, Running, mde, run, run_against, run_fast, run_with_token, sandbox, settings};

fn assert_text(name: &str, text: &str) {
    settings().bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn no_token() {
    let run = run(&["ip", "stats", "8.8.8.8"]);
    assert_text("no-token", &run.text());
    assert!(run.err.lines().count() <= 5);
}

/// All invalid addresses are named in one run, before any call.
#[tokio::test]
async fn invalid_addresses() {
    let sandbox = sandbox().start().await.unwrap();
    let addresses = [
        "203.0.113.7",
        "010.0.0.1",
        "256.1.1.1",
        "10.0.0.0/8",
        "8.8.8.8:99999",
        "[2001:db8::1]:99999",
        "fe80::1%eth0",
        "example.com",
        "3232235521",
        "0x7f.1",
        "1.2.3",
        "",
        "=cmd()",
        "1.1.1[x]1",
    ];
    let arguments = [&["ip", "stats"], &addresses[..]].concat();
    assert_text("invalid-addresses", &run_against(&sandbox, &arguments).text());
    assert_eq!(sandbox.requests().len(), 0, "no call is made");

    let arguments = [&["ip", "stats", "--skip-invalid", "--format", "csv"], &addresses[..]].concat();
    assert_text("invalid-addresses-skipped", &run_against(&sandbox, &arguments).text());
    assert_eq!(sandbox.requests().len(), 1, "the rest is called");
}

#[tokio::test]
async fn tokens_that_are_refused() {
    let sandbox = sandbox().start().await.unwrap();
    let valid = TokenClaims::valid();
    let no_role =
        TokenClaims { roles: vec!["Machine.Read.All".to_owned(), "Alert.Read.All".to_owned()], ..valid.clone() };
    let other_audience = TokenClaims { audience: "https://api.security.microsoft.com".to_owned(), ..valid };
    let tokens = [
        ("unknown", "unknown-token".to_owned()),
        ("without the role", sandbox.issue_token(no_role)),
        ("for another audience", sandbox.issue_token(other_audience)),
    ];
    let mut cases = Cases::default();
    for (name, token) in tokens {
        let arguments = ["ip", "stats", "203.0.113.7", "192.168.1.1", "--format", "json"];
        cases.add(name, &run_with_token(&sandbox, &token, &arguments).text());
    }
    assert_text("refused-tokens", &cases.0);
    assert_eq!(sandbox.requests().len(), 3, "one call is enough to know a token");
}

/// What the first address is refused with ends the run, also where the body of the refusal breaks off.
#[tokio::test]
async fn a_refusal_whose_body_breaks_off() {
    let fault = r#"403 body='{"error":{"code":"Forbidden","message":"No."}}' truncate=5"#;
    let sandbox = sandbox().fault(fault.parse().unwrap()).start().await.unwrap();
    let run = run_against(&sandbox, &["ip", "stats", "203.0.113.7", "192.168.1.1"]);
    assert_eq!((run.code, sandbox.requests().len()), (Some(3), 1), "{}", run.err);
    assert!(run.err.starts_with("mde: the service answered 403 Forbidden with a body that broke off"), "{}", run.err);
}

/// Twenty pauses in a row are an outage. The window is short so that the pauses are.
#[tokio::test]
async fn a_service_that_serves_nothing() {
    let server = Scripted::start(vec![Step::answer("429 Too Many Requests", &[], ""); 40]).await.unwrap();
    let arguments = ["ip", "stats", "203.0.113.7", "192.168.1.1", "--quota", "100/1s", "--format", "json"];
    let run = run_fast(&arguments, server.url()).await;
    assert_eq!((run.code, server.requests().len()), (Some(4), 20), "{}", run.err);
    let end = run.err.split_once("stopped, because").map(|(_, end)| end.to_owned());
    assert_text("serves-nothing", &end.unwrap_or(run.err));
}

/// Another program on the same app registration has used up the quota.
/// The clock of the sandbox stands still, so the command waits without end.
#[tokio::test]
async fn a_quota_used_up_by_others() {
    let sandbox = sandbox().quota("2/1h".parse().unwrap()).start().await.unwrap();
    let mut command = mde(&["ip", "stats", "203.0.113.7", "192.168.1.1", "8.8.8.8"]);
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    let mut running = Running::of(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    insta::assert_snapshot!("quota-spent", running.first_note());
}

#[test]
fn invalid_quotas() {
    let mut cases = Cases::default();
    for quota in ["101/1m", "100/1m,fifty/1h", "100/1d", "0/1m", ""] {
        let mut command = mde(&["ip", "stats", "8.8.8.8", "--quota", quota]);
        let run = Run::from(command.env("MDE_TOKEN", "x").output().unwrap());
        cases.add(&format!("--quota {quota:?}"), &run.text());
    }
    assert_text("invalid-quotas", &cases.0);
}

#[test]
fn invalid_endpoints() {
    let mut cases = Cases::default();
    for endpoint in ["europe", "https://api.example.com", "http://api.security.microsoft.com"] {
        let mut command = mde(&["ip", "stats", "8.8.8.8", "--endpoint", endpoint]);
        let run = Run::from(command.env("MDE_TOKEN", "x").output().unwrap());
        cases.add(&format!("--endpoint {endpoint}"), &run.text());
    }
    let mut command = mde(&["ip", "stats", "8.8.8.8"]);
    let run = command.env("MDE_TOKEN", "x").env("MDE_ENDPOINT", "https://anna:geheim@example.com").output().unwrap();
    cases.add("MDE_ENDPOINT, with a password", &Run::from(run).text());
    assert_text("invalid-endpoints", &cases.0);
}

#[test]
fn invalid_look_backs() {
    let mut cases = Cases::default();
    for hours in ["0", "721", "-1", "48h"] {
        let run = run(&["ip", "stats", "8.8.8.8", "--look-back-hours", hours]);
        cases.add(&format!("--look-back-hours {hours}"), &run.text());
    }
    assert_text("invalid-look-backs", &cases.0);
}

#[tokio::test]
async fn a_service_that_is_not_there() {
    let run = run_fast(&["ip", "stats", "8.8.8.8", "1.1.1.1", "--utc"], "http://127.0.0.1:1").await;
    assert_eq!(run.code, Some(4));
    assert_text("not-there", &run.text());
}

/// Some are answered and some are not: the exit code shows it, and each record says why.
#[tokio::test]
async fn a_service_that_fails_at_times() {
    let answer =
        Step::json(r#"{"ipAddress":"203.0.113.7","organizationPrevalence":2,"orgFirstSeen":null,"orgLastSeen":null}"#);
    let failure = Step::answer("503 Service Unavailable", &["request-id: rid-9"], "<html>busy</html>");
    let server = Scripted::start([vec![answer], vec![failure; 4]].concat()).await.unwrap();
    let arguments = ["ip", "stats", "203.0.113.7", "192.168.1.1", "--format", "json"];
    assert_text("fails-at-times", &run_fast(&arguments, server.url()).await.text());
}

/// Answers of the first address, and fails for the others: for the second one only after the third.
async fn refuse_in_another_order(mut connection: TcpStream, is_third_answered: Arc<Semaphore>) {
    let (reader, mut writer) = connection.split();
    let mut lines = BufReader::new(reader).lines();
    let request = lines.next_line().await.unwrap().unwrap();
    while lines.next_line().await.unwrap().is_some_and(|line| !line.is_empty()) {}
    let answer: &[u8] = match &request {
        first if first.contains("192.0.2.1/") => {
            let body = r#"{"ipAddress":"192.0.2.1","organizationPrevalence":0,"orgFirstSeen":null,"orgLastSeen":null}"#;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
        }
        _ => b"HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    };
    if request.contains("192.0.2.2/") {
        is_third_answered.acquire().await.unwrap().forget();
        // It is on its way, on another connection.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    writer.write_all(answer).await.unwrap();
    writer.shutdown().await.unwrap();
    if request.contains("192.0.2.3/") {
        is_third_answered.add_permits(1);
    }
}

#[tokio::test]
async fn the_first_failure_is_that_of_the_first_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let is_third_answered = Arc::new(Semaphore::new(0));
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(refuse_in_another_order(connection, is_third_answered.clone()));
        }
    });
    let mut command = tokio::process::Command::from(mde(&["ip", "stats", "192.0.2.1", "192.0.2.2", "192.0.2.3"]));
    let run: Run = command.env("MDE_TOKEN", "x").env("MDE_ENDPOINT", endpoint).output().await.unwrap().into();
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.err.contains("mde: 2 of 3 failed, first 192.0.2.2: "), "{}", run.err);
}
