//! The log of requests: what it keeps, in which order, and what not.

use mde_sandbox::Sandbox;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{client, clock, get, raw, sandbox, send};

#[tokio::test]
async fn requests_are_remembered_in_the_order_of_arrival_with_their_own_statuses() {
    let sandbox = sandbox([]).await;
    let requests: String = (0..9_999).map(|_| "GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n").collect();
    raw(&sandbox, format!("{requests}GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
        .await;

    let mut slow = TcpStream::connect(sandbox.address()).await.unwrap();
    let head = "POST /x/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    while !sandbox.requests().iter().any(|request| request.method == "POST") {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&sandbox, "/api").await.status(), 404);
    slow.write_all(b"x").await.unwrap();
    slow.read_to_string(&mut String::new()).await.unwrap();

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 10_000);
    let latest: Vec<_> =
        requests[9_997..].iter().map(|request| (request.path_and_query.as_str(), request.status)).collect();
    assert_eq!(latest, [("/elsewhere", 404), ("/x/oauth2/v2.0/token", 400), ("/api", 404)]);
}

#[tokio::test]
async fn requests_are_remembered_as_they_were_sent_but_for_the_token() {
    let sandbox = sandbox([]).await;
    let token = sandbox.token();
    raw(
        &sandbox,
        format!(
            "GET /api/ips/%31.1.1.1/stats?lookBackHours=4%38&x HTTP/1.1\r\nHost: x\r\nX-B: 1\r\nAUTHORIZATION: Bearer \
             {token}\r\nX-A: 2\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    )
    .await;
    send(&sandbox, Method::POST, "/elsewhere", token).await;

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].path_and_query, "/api/ips/%31.1.1.1/stats?lookBackHours=4%38&x");
    assert_eq!(requests[0].status, 200);
    let headers: Vec<_> = requests[0].headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [("host", "x"), ("x-b", "1"), ("authorization", "Bearer <redacted>"), ("x-a", "2"), ("connection", "close"),]
    );
    assert_eq!((requests[1].method.as_str(), requests[1].status), ("POST", 404));
}

#[tokio::test]
async fn only_the_latest_requests_are_remembered() {
    let sandbox = sandbox([]).await;
    let requests: String = (0..10_000).map(|number| format!("GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n")).collect();
    let last = "GET /10000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    raw(&sandbox, format!("{requests}{last}").as_bytes()).await;

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 10_000);
    assert_eq!(requests.first().unwrap().path_and_query, "/1");
    assert_eq!(requests.last().unwrap().path_and_query, "/10000");
}

#[tokio::test]
async fn no_secret_of_a_request_is_kept() {
    let sandbox = sandbox([]).await;
    for name in ["client_secret", "Client_Assertion", "access_token", "access%5Ftoken"] {
        get(&sandbox, &format!("/elsewhere?x=1&{name}=hidden")).await;
    }
    for (name, value) in [
        ("authorization", "Basic hidden"),
        ("authorization", "hidden"),
        ("proxy-authorization", "Basic hidden"),
        ("cookie", "session=hidden"),
    ] {
        client().get(format!("{}/elsewhere", sandbox.url())).header(name, value).send().await.unwrap();
    }
    for name in ["code", "Code_Verifier", "device_code", "refresh_token"] {
        get(&sandbox, &format!("/elsewhere?x=1&{name}=hidden")).await;
    }
    get(&sandbox, "/elsewhere?x=%20&state=hidden&&Code%5FChallenge=hidden&state&y=1").await;
    let requests = sandbox.requests();
    assert!(!format!("{requests:?}").contains("hidden"), "{requests:?}");
    let shown: Vec<_> = requests[8..].iter().map(|request| request.path_and_query.as_str()).collect();
    assert_eq!(shown[..4], ["/elsewhere?<redacted>"; 4]);
    assert_eq!(shown[4], "/elsewhere?x=%20&state=<redacted>&&Code%5FChallenge=<redacted>&state&y=1");
    let value = |number: usize, name: &str| {
        let header = requests[number].headers.iter().find(|(header, _)| header == name);
        header.map(|(_, value)| value.as_str())
    };
    assert_eq!(requests[0].path_and_query, "/elsewhere?<redacted>");
    assert_eq!(value(4, "authorization"), Some("Basic <redacted>"));
    assert_eq!(value(5, "authorization"), Some("<redacted>"));
    assert_eq!(value(6, "proxy-authorization"), Some("Basic <redacted>"));
    assert_eq!(value(7, "cookie"), Some("<redacted>"));
}

#[tokio::test]
async fn the_log_keeps_no_more_than_16_mib() {
    let sandbox = Sandbox::builder().clock(clock()).quota("9999/1h".parse().unwrap()).start().await.unwrap();
    let (token, padding) = (sandbox.token(), "x".repeat(60_000));
    let large = format!(
        "GET /api/ips/203.0.113.7/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX: {padding}\r\n\r\n"
    );
    let mut call = TcpStream::connect(sandbox.address()).await.unwrap();
    for _ in 0..300 {
        call.write_all(large.as_bytes()).await.unwrap();
        let mut answer = [0; 4096];
        let count = call.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 200 "));
    }
    let kept = sandbox.requests().len();
    assert!((250..280).contains(&kept), "{kept}");
}
