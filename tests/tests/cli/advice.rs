//! What to do about a failure is said once, and apart from what happened.

use mde_client::{AccessToken, BoxError, BoxFuture, CallOptions, Client, TokenProvider, TokenRequest};
use mde_tests::{Scripted, Step};
use serde_json::Value;

use crate::{Run, mde, run_fast, sandbox};

const ENVELOPE: &str = r#"{"error":{"code":"Busy","message":"It is\nbusy\\n.","target":"t-1"}}"#;

/// Every failure after which no other call is waited for.
fn faults() -> Vec<(&'static str, Step)> {
    let answer = |status: &'static str, body: &str| (status, Step::answer(status, &["request-id: rid-1"], body));
    vec![
        answer("400 Bad Request", ENVELOPE),
        answer("401 Unauthorized", ""),
        answer("401 Unauthorized", ENVELOPE),
        answer("403 Forbidden", ENVELOPE),
        answer("404 Not Found", ""),
        answer("408 Request Timeout", ""),
        answer("418 I'm a teapot", "<p>short\r\nand stout"),
        answer("302 Found", ""),
        answer("500 Internal Server Error", ENVELOPE),
        answer("502 Bad Gateway", "<html>\n</html>"),
        answer("503 Service Unavailable", ENVELOPE),
        answer("504 Gateway Timeout", ""),
        answer("200 OK", "<html>\nlogin"),
        answer("200 OK", r#"{"ipAddress":"192.0.2.1","organizationPrevalence":-1}"#),
        answer("200 OK", r#"{"ipAddress":"192.0.2.2","organizationPrevalence":1}"#),
        answer("200 OK", &" ".repeat(2 << 20)),
        ("closed", Step::Write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec())),
        ("no HTTP", Step::Write(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        ("reset", Step::Reset(Vec::new())),
    ]
}

fn assert_advice(name: &str, run: &Run, advice: &str) {
    let shown = format!("{name}: {}{}", run.out, run.err);
    assert_eq!(run.err.matches(advice).count(), 1, "{shown}");
    // The service's own text has a backslash of its own.
    let without = |text: &str| text.replace(r"busy\n.", "").replace(r"busy\\n.", "");
    assert!(!without(&run.err).contains(r"\n") && !without(&run.out).contains(r"\n"), "{shown}");
    assert!(!run.out.contains(advice), "{shown}");
}

#[tokio::test]
async fn advice_is_given_once_and_never_within_the_problem() {
    for (name, step) in faults() {
        let server = Scripted::start(vec![step; 10]).await.unwrap();
        let once = CallOptions::new().max_retries(0);
        let client = Client::builder().endpoint(server.url()).token("x").options(once).build().unwrap();
        let ip: std::net::IpAddr = "192.0.2.1".parse().unwrap();
        let error = client.get_ip_statistics(ip).send().await.unwrap_err();
        let Some(advice) = error.advice() else {
            assert!(error.to_string().lines().count() == 1, "{name}: {error}");
            continue;
        };
        assert!(!error.problem().contains(advice) && !error.problem().contains('\n'), "{name}: {error}");
        assert_eq!(error.to_string().matches(advice).count(), 1, "{name}: {error}");
        for format in ["json", "table"] {
            let run = run_fast(&["ip", "stats", "192.0.2.1", "--utc", "--format", format], server.url()).await;
            assert_advice(name, &run, advice);
            if format == "json" {
                let document: Value = serde_json::from_str(&run.out).unwrap();
                let message = document["records"][0]["error"]["message"].as_str().unwrap();
                assert!(!message.contains(advice) && !message.contains('\n'), "{name}: {message}");
            }
        }
    }
}

/// The failure of the attempt before is the cause of the last one, and has advice of its own.
#[tokio::test]
async fn a_failure_before_does_not_bring_its_advice_along() {
    let fault = |status: &str| Step::answer(status, &[], ENVELOPE);
    let steps = [vec![fault("500 Internal Server Error"); 3], vec![fault("503 Service Unavailable")]].concat();
    for format in ["json", "table"] {
        let server = Scripted::start(steps.clone()).await.unwrap();
        let run = run_fast(&["ip", "stats", "192.0.2.1", "--utc", "--format", format], server.url()).await;
        assert_eq!(server.requests().len(), 4);
        assert!(
            run.err.contains("the service answered 503") && run.err.contains("the service answered 500"),
            "{}",
            run.err
        );
        assert_advice(format, &run, "try again later");
    }
}

/// Its error is one of the client's own.
struct Unconfigured;

impl TokenProvider for Unconfigured {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async { Err(Client::builder().build().unwrap_err().into()) })
    }
}

#[tokio::test]
async fn a_cause_of_ours_does_not_bring_its_advice_along() {
    let cause = Client::builder().build().unwrap_err();
    let advice = cause.advice().unwrap();
    let client = Client::builder().endpoint("http://127.0.0.1:1").credential(Unconfigured).build().unwrap();
    let ip: std::net::IpAddr = "192.0.2.1".parse().unwrap();
    let error = client.get_ip_statistics(ip).send().await.unwrap_err();
    assert!(error.problem().ends_with(cause.problem()) && !error.problem().contains(advice), "{error}");
    assert_eq!(error.to_string().matches(advice).count(), 1, "{error}");
}

/// What else was pasted is named before anything is sent, and nothing of the token shows.
#[tokio::test]
async fn a_token_that_was_pasted_badly_is_told_before_anything_is_sent() {
    let sandbox = sandbox().start().await.unwrap();
    let token = sandbox.token().to_owned();
    let cases = [
        (format!("Bearer {token}"), "begins with \"Bearer\", which is not a part of it"),
        (format!("bearer\t{token}"), "begins with \"Bearer\", which is not a part of it"),
        (format!("Authorization: Bearer {token}"), "begins with \"Authorization\""),
        (format!("\"{token}\""), "holds a quotation mark"),
        (format!("'{token}'"), "holds a quotation mark"),
        (format!("{{\"access_token\":\"{token}\"}}"), "holds a quotation mark"),
        (format!("{}\n{}", &token[..40], &token[40..]), "holds a line break"),
        (format!("{} {}", &token[..40], &token[40..]), "holds a space or another character that no token has"),
        (format!("{}\u{200b}{}", &token[..40], &token[40..]), "holds a space or another character that no token has"),
        (format!("{}…", &token[..40]), "holds a space or another character that no token has"),
    ];
    for (pasted, found) in cases {
        for format in ["table", "json"] {
            let mut command = mde(&["ip", "stats", "203.0.113.7", "--format", format]);
            command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", &pasted);
            let run = Run::from(command.output().unwrap());
            let shown = format!("{}{}", run.out, run.err);
            assert_eq!(run.code, Some(3), "{shown}");
            assert!(run.err.contains(&format!("the token {found}")), "{found}: {shown}");
            assert_eq!(run.err.matches("give the token alone, without \"Bearer\"").count(), 1, "{shown}");
            assert!(!shown.contains(&token[..16]) && !shown.contains(&token[40..56]), "{shown}");
        }
    }
    assert!(sandbox.requests().is_empty(), "nothing was sent");
}
