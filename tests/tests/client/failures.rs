//! What the client makes of everything that is no 200: status first, body second.

use std::time::Duration;

use mde_client::{CallOptions, Client, Error, ErrorKind};
use mde_tests::{ManualClock, Scripted, Step};

use crate::{ADDRESS, TOKEN, assert_errors, client};

async fn refused(step: Step) -> Error {
    let server = Scripted::start([step]).await.unwrap();
    client(&server).get_ip_statistics(ADDRESS).look_back_hours(48).send().await.unwrap_err()
}

fn envelope(code: &str, message: &str) -> String {
    let target = "7d3ce8a1-0000-4000-8000-000000000000";
    serde_json::json!({ "error": { "code": code, "message": message, "target": target } }).to_string()
}

#[tokio::test]
async fn refusals_with_the_documented_body() {
    let missing_role = "Missing application roles. API required roles: Ip.Read.All, application roles: A,B.";
    let no_licence = "Unauthorized request - reason of failure: Account mode is inactive";
    let cases = [
        ("400", "400 Bad Request", envelope("InvalidIpAddress", "IP address x is invalid."), ErrorKind::InvalidInput),
        ("401", "401 Unauthorized", envelope("Unauthorized", no_licence), ErrorKind::Credential),
        ("403", "403 Forbidden", envelope("Forbidden", missing_role), ErrorKind::Permission),
        ("404", "404 Not Found", envelope("ResourceNotFound", "Nothing here."), ErrorKind::Service),
        ("500", "500 Internal Server Error", envelope("InternalServerError", "It failed."), ErrorKind::Service),
    ];
    let mut errors = Vec::new();
    for (name, status, body, kind) in cases {
        let error = refused(Step::answer(status, &["request-id: rid-1"], body)).await;
        assert_eq!(error.kind(), kind, "{name}");
        errors.push((name, error));
    }
    assert_errors("documented-refusals", &errors);
}

#[tokio::test]
async fn refusals_with_another_body() {
    let html = "<html><head><title>502 Bad Gateway</title></head>\r\n<body>\x1b[31mnginx</body></html>";
    let cases = [
        ("404-empty", Step::answer("404 Not Found", &[], ""), ErrorKind::Service),
        ("401-oauth", Step::answer("401 Unauthorized", &[], r#"{"error":"invalid_token"}"#), ErrorKind::Credential),
        ("407-proxy", Step::answer("407 Proxy Authentication Required", &[], "no"), ErrorKind::Service),
        ("418-undocumented", Step::answer("418 I'm a teapot", &[], "short and stout"), ErrorKind::Service),
        ("302", Step::answer("302 Found", &["location: https://example.com/"], ""), ErrorKind::Service),
        ("500-html", Step::answer("500 Internal Server Error", &["content-type: text/html"], html), ErrorKind::Service),
        ("502-html", Step::answer("502 Bad Gateway", &["content-type: text/html"], html), ErrorKind::Service),
        ("503-long", Step::answer("503 Service Unavailable", &[], "x".repeat(5000)), ErrorKind::Service),
        ("504", Step::answer("504 Gateway Timeout", &[], [0xff, 0x00, b'!']), ErrorKind::Service),
        ("204", Step::Write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()), ErrorKind::Service),
    ];
    let mut errors = Vec::new();
    for (name, step, kind) in cases {
        let error = refused(step).await;
        assert_eq!(error.kind(), kind, "{name}");
        errors.push((name, error));
    }
    assert_errors("undocumented-refusals", &errors);
}

/// The status is that of the head, and what went wrong with the body is said along with it.
#[tokio::test]
async fn refusals_whose_body_does_not_come_in() {
    let raw = |head: &str, body: &[u8]| Step::Write([format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat());
    let message = envelope("TooManyRequests", "You can send requests again in 8 seconds.");
    let chunk = format!("{:x}\r\n{message}\r\n", message.len());
    let encoded = |encoding: &str| format!("content-encoding: {encoding}");
    let cases = [
        ("closed", raw("403 Forbidden\r\nrequest-id: rid-1\r\ncontent-length: 900", b"{\"err")),
        // The text came in, and is obeyed.
        (
            "last chunk missing",
            raw("429 Too Many Requests\r\nretry-after: 3\r\ntransfer-encoding: chunked", chunk.as_bytes()),
        ),
        ("too large", Step::answer("503 Service Unavailable", &["retry-after: 5"], "x".repeat(2 << 20))),
        ("no gzip", Step::answer("401 Unauthorized", &[&encoded("gzip")], "<html>")),
        ("brotli", Step::answer("502 Bad Gateway", &[&encoded("br")], [0x8b, 0x02, 0x80])),
        ("two encodings", Step::answer("400 Bad Request", &[&encoded("deflate, gzip")], [0x8b, 0x02, 0x80])),
    ];
    let mut errors = Vec::new();
    for (name, step) in cases {
        errors.push((name, refused(step).await));
    }
    assert_errors("refusals-without-their-body", &errors);
}

/// Whatever limit ends the wait for a body, the status is known by then.
#[tokio::test]
async fn bodies_that_do_not_come_in_time() {
    let (short, long) = (Duration::from_secs(5), Duration::from_secs(60));
    let limits = |attempt, call| CallOptions::new().attempt_timeout(attempt).call_timeout(call);
    let mut errors = Vec::new();
    for status in ["429 Too Many Requests\r\nretry-after: 30", "200 OK"] {
        for (limit, options) in [("attempt", limits(short, long)), ("call", limits(long, short))] {
            let head = format!("HTTP/1.1 {status}\r\nrequest-id: rid-1\r\ncontent-length: 900\r\n\r\n{{");
            let (clock, server) = (ManualClock::default(), Scripted::start([Step::Hang(head.into())]).await.unwrap());
            let builder = Client::builder().endpoint(server.url()).token(TOKEN).clock(clock.clone());
            let client = builder.options(options.max_retries(0)).build().unwrap();
            let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
            server.hangs().await;
            clock.advance(short);
            let error = call.await.unwrap().unwrap_err();
            errors.push((format!("{} {limit}", &status[..3]), error));
        }
    }
    assert_errors("late-bodies", &errors);
}

/// A 429 is a throttling error whatever its body is, with the longest wait that it names.
#[tokio::test]
async fn throttling() {
    let recorded = mde_openapi::FILES.iter().find(|file| file.path.ends_with("recording-429-per-minute/answer.json"));
    let recorded = recorded.unwrap().text;
    let status = "429 Too Many Requests";
    let cases = [
        ("header", Step::answer(status, &["retry-after: 30"], envelope("TooManyRequests", "Slow down.")), Some(30)),
        ("recorded-text", Step::answer(status, &[], recorded), Some(8)),
        ("text-larger", Step::answer(status, &["retry-after: 3"], recorded), Some(8)),
        ("header-larger", Step::answer(status, &["retry-after: 60"], recorded), Some(60)),
        ("several", Step::answer(status, &["retry-after: 3", "retry-after: 9, 7"], ""), Some(9)),
        ("fraction", Step::answer(status, &["retry-after: 8.2"], ""), Some(9)),
        (
            "date-by-the-service's-clock",
            Step::answer(
                status,
                &["date: Wed, 21 Oct 2015 07:28:00 GMT", "retry-after: Wednesday, 21-Oct-15 07:28:40 GMT"],
                "",
            ),
            Some(40),
        ),
        ("neither", Step::answer(status, &[], envelope("TooManyRequests", "Slow down.")), None),
        ("html", Step::answer(status, &["retry-after: 7"], "<html>busy</html>"), Some(7)),
        ("empty", Step::answer(status, &["retry-after: 7"], ""), Some(7)),
        ("past-date", Step::answer(status, &["retry-after: Wed, 21 Oct 2015 07:28:00 GMT"], ""), None),
        ("absurd", Step::answer(status, &["retry-after: 99999999999999999999"], ""), Some(60 * 60)),
        ("nonsense", Step::answer(status, &["retry-after: soon"], ""), None),
    ];
    let mut errors = Vec::new();
    for (name, step, seconds) in cases {
        let error = refused(step).await;
        assert_eq!(
            (error.kind(), error.status().map(|status| status.as_u16())),
            (ErrorKind::Throttled, Some(429)),
            "{name}"
        );
        match seconds {
            Some(seconds) => assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)), "{name}"),
            // So long all calls pause where the service does not say.
            None => assert!(error.retry_after() <= Some(Duration::from_secs(1)), "{name}"),
        }
        errors.push((name, error));
    }
    assert_errors("throttled", &errors);
}

#[tokio::test]
async fn a_connection_that_breaks() {
    let truncated = b"HTTP/1.1 200 OK\r\nrequest-id: rid-2\r\ncontent-length: 900\r\n\r\n{\"ipAdd".to_vec();
    let mut texts = Vec::new();
    for (name, step) in [("reset", Step::Reset(Vec::new())), ("truncated", Step::Write(truncated))] {
        let error = refused(step).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{name}");
        assert!(error.may_have_been_sent(), "{name}");
        // What the operating system calls it differs; what is ours does not.
        let ours = format!("{error}\nstatus: {:?}, request id: {:?}", error.status(), error.request_id());
        texts.push(format!("# {name}\n{ours}"));
    }
    insta::with_settings!({ filters => [(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT")] }, {
        insta::assert_snapshot!(texts.join("\n\n"));
    });
}

#[tokio::test]
async fn nobody_listens() {
    // No program may listen on port 1 without special rights.
    let client = Client::builder().endpoint("http://127.0.0.1:1").token(TOKEN).build().unwrap();
    let once = CallOptions::new().max_retries(0);
    let error = client.get_ip_statistics(ADDRESS).options(once).send().await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Transport, false));
    insta::assert_snapshot!(error.to_string());
}

/// The limits run on the client's clock, so that a test need not wait.
#[tokio::test]
async fn a_service_that_never_answers() {
    let cases = [
        ("attempt", Duration::from_secs(5), Duration::from_secs(60)),
        ("call", Duration::from_secs(60), Duration::from_secs(5)),
    ];
    let mut errors = Vec::new();
    for (name, attempt, call) in cases {
        let clock = ManualClock::default();
        let server = Scripted::start([Step::Hang(Vec::new())]).await.unwrap();
        let client = Client::builder()
            .endpoint(server.url())
            .token(TOKEN)
            .clock(clock.clone())
            .options(CallOptions::new().attempt_timeout(attempt).call_timeout(call).max_retries(0))
            .build()
            .unwrap();
        let answer = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(4));
        tokio::task::yield_now().await;
        assert!(!answer.is_finished(), "{name}: a second is left");
        clock.advance(Duration::from_secs(1));
        let error = answer.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Timeout, true), "{name}");
        errors.push((name, error));
    }
    assert_errors("timeouts", &errors);
}

#[tokio::test]
async fn a_value_out_of_bounds_is_never_sent() {
    let server = Scripted::start([]).await.unwrap();
    let client = client(&server);
    let mut errors = Vec::new();
    for hours in [0, 721, -1, i64::MAX] {
        let error = client.get_ip_statistics(ADDRESS).look_back_hours(hours).send().await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::InvalidInput, false));
        assert_eq!(error.invalid_value().map(|invalid| invalid.value()), Some(hours.to_string().as_str()));
        errors.push((hours, error));
    }
    assert_errors("look-back-out-of-bounds", &errors);
    assert_eq!(server.requests(), Vec::<String>::new());
}
