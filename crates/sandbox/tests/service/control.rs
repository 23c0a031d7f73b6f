//! The listener by which a sandbox is controlled.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};

use mde_sandbox::{Clock, Events, Sandbox, StartError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sign_in::{begin_device, poll, refreshed};
use crate::support::{NOW, client, clock, event, get, header, moment, prevalence};

const PATH: &str = "/api/ips/203.0.113.7/stats";

fn free_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

async fn start() -> Sandbox {
    let events = Events::from_iter([event("a", "203.0.113.7", NOW)]);
    let builder = Sandbox::builder().clock(clock()).events(events).quota("2/1m".parse().unwrap());
    builder.control(free_port()).start().await.unwrap()
}

/// The status, and what came as JSON, if anything.
async fn control(sandbox: &Sandbox, method: Method, path: &str, body: &str) -> (u16, Value) {
    let url = format!("{}{path}", sandbox.control_url().unwrap());
    let response = client().request(method, url).body(body.to_owned()).send().await.unwrap();
    let status = response.status().as_u16();
    let json = header(&response, "content-type") == "application/json";
    let body = response.bytes().await.unwrap();
    assert_eq!(json, !body.is_empty());
    (status, if json { serde_json::from_slice(&body).unwrap() } else { Value::Null })
}

/// The parts of an error.
async fn refused(sandbox: &Sandbox, method: Method, path: &str, body: &str) -> (u16, String) {
    let (status, answer) = control(sandbox, method, path, body).await;
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    let message = answer["error"].as_str().unwrap();
    (status, message.replace(sandbox.control_url().unwrap(), "URL"))
}

/// The answer to a request with such headers.
async fn status_with(sandbox: &Sandbox, method: Method, headers: &[(&str, &str)]) -> u16 {
    let mut request = client().request(method, format!("{}/clock", sandbox.control_url().unwrap()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn there_is_none_by_default() {
    assert_eq!(Sandbox::start().await.unwrap().control_url(), None);
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let start = |asked: SocketAddr| Sandbox::builder().control(asked).start();
    let asked: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = start(asked).await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback { address } if address == asked), "{error}");

    let first = crate::support::sandbox([]).await;
    let error = start(first.address()).await.unwrap_err();
    assert!(matches!(error, StartError::InUse { address } if address == first.address()), "{error}");
}

#[tokio::test]
async fn the_root_lists_the_requests() {
    let sandbox = start().await;
    let url = sandbox.control_url().unwrap();
    let response = client().get(url).send().await.unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "text/plain; charset=utf-8"));
    let help = response.text().await.unwrap();
    insta::assert_snapshot!(help.replace(url, "http://127.0.0.1:PORT"));

    // What it says is so.
    let user_code = begin_device(&sandbox).await["user_code"].as_str().unwrap().to_owned();
    for line in
        help.replace("USER_CODE", &user_code).lines().filter_map(|line| line.strip_prefix("curl --noproxy '*' "))
    {
        let after = |option: &str| {
            let rest = line.split_once(option)?.1;
            rest.strip_prefix('\'').map_or_else(|| rest.split(' ').next(), |quoted| quoted.split('\'').next())
        };
        let method = after("-X ").unwrap_or("GET").parse().unwrap();
        let url = line.rsplit(' ').next().unwrap();
        let request = client().request(method, url).body(after("-d ").unwrap_or("").to_owned());
        assert!(request.send().await.unwrap().status().is_success(), "{line}");
    }
}

#[tokio::test]
async fn it_lists_and_forgets_the_requests() {
    let sandbox = start().await;
    get(&sandbox, PATH).await;
    let (status, requests) = control(&sandbox, Method::GET, "/requests", "").await;
    assert_eq!(status, 200);
    let of_library = &sandbox.requests()[0];
    assert_eq!(
        requests,
        json!([{ "method": "GET", "path_and_query": PATH, "headers": of_library.headers, "status": 200 }])
    );
    assert!(!requests.to_string().contains(sandbox.token()), "{requests}");
    assert!(requests[0]["headers"].as_array().unwrap().contains(&json!(["authorization", "Bearer <redacted>"])));

    assert_eq!(control(&sandbox, Method::DELETE, "/requests", "").await, (204, Value::Null));
    assert_eq!(control(&sandbox, Method::GET, "/requests", "").await, (200, json!([])));
    assert_eq!(sandbox.requests(), []);
    get(&sandbox, PATH).await;
    assert_eq!(sandbox.requests().len(), 1, "only what is asked of the service is among them");
    sandbox.forget_requests();
    assert_eq!(sandbox.requests(), []);
    assert_eq!(get(&sandbox, PATH).await.status(), 429, "and what was asked has still been asked");
}

#[tokio::test]
async fn it_answers_to_a_device_code_and_revokes_refresh_tokens() {
    let sandbox = start().await;
    let decide = async |user_code: &str, body| {
        control(&sandbox, Method::POST, &format!("/device-codes/{user_code}"), body).await
    };
    let declined = begin_device(&sandbox).await;
    assert_eq!(decide(declined["user_code"].as_str().unwrap(), "decline\n").await, (204, Value::Null));
    assert_eq!(poll(&sandbox, &declined).await["error"], "authorization_declined");

    let approved = begin_device(&sandbox).await;
    assert_eq!(decide(approved["user_code"].as_str().unwrap(), "avery@sandbox.example").await, (204, Value::Null));
    let refresh_token = poll(&sandbox, &approved).await["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(refreshed(&sandbox, &refresh_token).await["token_type"], "Bearer");
    assert_eq!(control(&sandbox, Method::DELETE, "/refresh-tokens", "").await, (204, Value::Null));
    assert_eq!(refreshed(&sandbox, &refresh_token).await["error_codes"], json!([50173]));
}

#[tokio::test]
async fn it_injects_and_clears_faults() {
    let sandbox = start().await;
    let faults = async |method, body| control(&sandbox, method, "/faults", body).await;
    assert_eq!(faults(Method::GET, "").await, (200, json!([])));
    assert_eq!(faults(Method::POST, " html=502 next=2\n").await, (200, json!(["html=502 next=2"])));
    assert_eq!(faults(Method::POST, "503").await, (200, json!(["html=502 next=2", "status=503"])));
    assert_eq!(get(&sandbox, PATH).await.status(), 502);
    assert_eq!(faults(Method::GET, "").await, (200, json!(["html=502 next=1", "status=503"])));
    assert_eq!(faults(Method::DELETE, "").await, (204, Value::Null));
    assert_eq!(sandbox.faults(), []);
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
}

#[tokio::test]
async fn it_sets_and_moves_the_clock() {
    let sandbox = start().await;
    let clock = async |method, path, body| control(&sandbox, method, path, body).await;
    let standing = |now: &str| (200, json!({ "now": now, "stands_still": true }));
    assert_eq!(clock(Method::GET, "/clock", "").await, standing(NOW));
    assert_eq!(clock(Method::POST, "/clock/advance", "90s").await, standing("2017-08-29T13:34:30Z"));
    assert_eq!(clock(Method::POST, "/clock/advance", " 10m\n").await, standing("2017-08-29T13:44:30Z"));
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 1);
    assert_eq!(clock(Method::POST, "/clock/advance", "2h").await, standing("2017-08-29T15:44:30Z"));
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 0);

    let set = clock(Method::PUT, "/clock", "2017-08-29T15:33:00.25+02:00").await;
    assert_eq!(set, standing("2017-08-29T13:33:00.250Z"));
    assert_eq!(sandbox.clock().now(), moment("2017-08-29T13:33:00.25Z"));
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 1);

    for (method, path, body) in [(Method::DELETE, "/clock", ""), (Method::POST, "/clock/advance", "876000h")] {
        let (status, answer) = clock(method, path, body).await;
        assert_eq!((status, &answer["stands_still"]), (200, &json!(false)));
        assert!(moment(answer["now"].as_str().unwrap()) > moment("2020-01-01T00:00:00Z"), "{answer}");
    }
    assert!(sandbox.clock().now() > moment("2120-01-01T00:00:00Z"), "a hundred years on");
}

#[tokio::test]
async fn an_invalid_request_changes_nothing() {
    let sandbox = start().await;
    let mut answered = Vec::new();
    for (method, path, body) in [
        (Method::PUT, "/clock", ""),
        (Method::PUT, "/clock", "yesterday"),
        (Method::PUT, "/clock", "2025-06-01"),
        (Method::PUT, "/clock", "2025-13-01T00:00:00Z"),
        (Method::POST, "/clock/advance", ""),
        (Method::POST, "/clock/advance", "-5m"),
        (Method::POST, "/clock/advance", "1d"),
        (Method::POST, "/clock/advance", "4294967296s"),
        (Method::POST, "/clock", "90s"),
        (Method::POST, "/faults", ""),
        (Method::POST, "/faults", "next=3"),
        (Method::POST, "/faults", "502 often"),
        (Method::DELETE, "/", ""),
        (Method::GET, "/clock/advance", ""),
        (Method::POST, "/device-codes/BCDFGHJK", "nobody"),
        (Method::POST, "/device-codes/BCDFGHJK", "decline"),
        (Method::GET, "/no/such%20thing", ""),
        (Method::PUT, "/requests", &"x".repeat(100_000)),
    ] {
        let (status, message) = refused(&sandbox, method.clone(), path, body).await;
        let body = if body.len() > 100 { "(much)" } else { body };
        answered.push(format!("{method} {path} {body}\n{status} {message}\n"));
    }
    insta::assert_snapshot!(answered.join("\n"));
    assert_eq!((sandbox.clock().now(), sandbox.faults()), (moment(NOW), vec![]));
    let url = format!("{}/clock", sandbox.control_url().unwrap());
    let response = client().put(url).body(&b"\xff\xfe"[..]).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().starts_with(r#"{"error":""#));
}

#[tokio::test]
async fn a_wrong_method_gets_the_list_of_right_ones() {
    let sandbox = start().await;
    let url = format!("{}/requests", sandbox.control_url().unwrap());
    let response = client().post(url).send().await.unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "GET,HEAD,DELETE"));
}

#[tokio::test]
async fn a_page_in_a_browser_cannot_control_it() {
    let sandbox = start().await;
    let url = sandbox.control_url().unwrap();
    for origin in ["https://example.org", "null", url] {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS] {
            assert_eq!(status_with(&sandbox, method, &[("origin", origin)]).await, 403, "{origin}");
        }
    }
    for host in ["example.org", "example.org:80", "127.0.0.1.example.org", "localhost.example.org", "192.0.2.1", "x y"]
    {
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(status_with(&sandbox, method, &[("host", host)]).await, 403, "{host}");
        }
    }
    assert_eq!(sandbox.clock().now(), moment(NOW), "its time was not given back");
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:80", "[::ffff:127.0.0.1]"] {
        assert_eq!(status_with(&sandbox, Method::GET, &[("host", host)]).await, 200, "{host}");
    }
}

#[tokio::test]
async fn it_speaks_plain_http_beside_a_service_that_speaks_tls() {
    let builder = Sandbox::builder().clock(Clock::system()).tls(true).control(free_port());
    let sandbox = builder.start().await.unwrap();
    assert!(sandbox.control_url().unwrap().starts_with("http://127.0.0.1:"));
    assert_ne!(sandbox.control_url().unwrap().rsplit(':').next(), sandbox.url().rsplit(':').next());
    assert_eq!(control(&sandbox, Method::GET, "/clock", "").await.1["stands_still"], json!(false));
}

#[tokio::test]
async fn it_ends_with_the_sandbox() {
    let sandbox = start().await;
    let address = sandbox.control_url().unwrap().strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(address).unwrap();
    drop(sandbox);
    // Closed or reset.
    assert!(matches!(idle.read(&mut [0; 1]), Ok(0) | Err(_)));
}
