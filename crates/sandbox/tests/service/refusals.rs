//! Every answer that is not the statistics, and which of two comes first.

use mde_sandbox::{Quota, Sandbox, TokenClaims};
use reqwest::Method;
use serde_json::json;

use crate::support::{client, clock, get, header, json, raw, sandbox, send};

const PATH: &str = "/api/ips/203.0.113.7/stats";

fn claims(audience: &str, roles: &[&str]) -> TokenClaims {
    let roles = roles.iter().map(ToString::to_string).collect();
    TokenClaims { audience: audience.to_owned(), roles, ..TokenClaims::valid() }
}

/// Status, code and message of a GET with the ready token.
async fn refusal(sandbox: &Sandbox, path: &str) -> (u16, String, String) {
    let response = get(sandbox, path).await;
    let status = response.status().as_u16();
    let body = json(response).await;
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("message"))
}

#[tokio::test]
async fn what_is_no_address_gets_the_documented_400() {
    let sandbox = sandbox([]).await;
    for (asked, text) in [
        ("", ""),
        ("256.1.1.1", "256.1.1.1"),
        ("010.0.0.1", "010.0.0.1"),
        ("1.1.1", "1.1.1"),
        ("16843009", "16843009"),
        ("0x01010101", "0x01010101"),
        ("1.1.1.1%20", "1.1.1.1 "),
        ("1.1.1.1%2F24", "1.1.1.1/24"),
        ("fe80::1%25eth0", "fe80::1%eth0"),
        ("%5B::1%5D", "[::1]"),
        ("%00", "\0"),
        ("%FF", "\u{FFFD}"),
        ("%zz", "%zz"),
        ("%22", "\""),
    ] {
        let refusal = refusal(&sandbox, &format!("/api/ips/{asked}/stats")).await;
        assert_eq!(refusal, (400, "InvalidIpAddress".to_owned(), format!("IP address {text} is invalid.")), "{asked}");
    }
}

#[tokio::test]
async fn a_look_back_is_a_whole_number_from_1_to_720_given_once() {
    let sandbox = sandbox([]).await;
    for hours in ["1", "720"] {
        assert_eq!(get(&sandbox, &format!("{PATH}?lookBackHours={hours}")).await.status(), 200, "{hours}");
    }
    for (sent, text) in [
        ("0", "0"),
        ("-1", "-1"),
        ("721", "721"),
        ("65537", "65537"),
        ("99999999999999999999", "99999999999999999999"),
        ("4.5", "4.5"),
        ("48h", "48h"),
        ("", ""),
        ("+24", " 24"),
        ("%FF", "\u{FFFD}"),
    ] {
        let refusal = refusal(&sandbox, &format!("{PATH}?lookBackHours={sent}")).await;
        let message = format!("lookBackHours must be a whole number from 1 to 720, not {text:?}.");
        assert_eq!(refusal, (400, "BadRequest".to_owned(), message), "{sent}");
    }
    let twice = refusal(&sandbox, &format!("{PATH}?lookBackHours=24&a=b&lookBackHours=24")).await;
    let message = "lookBackHours must not be given more than once.".to_owned();
    assert_eq!(twice, (400, "BadRequest".to_owned(), message));
}

#[tokio::test]
async fn without_a_token_of_this_sandbox_the_answer_is_401() {
    let (asked, other) = (sandbox([]).await, sandbox([]).await);
    let token = asked.token();
    let foreign = other.token();
    for authorization in [
        "".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer unknown".to_owned(),
        format!("Basic {token}"),
        token.to_owned(),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.to_lowercase()),
        format!("Bearer {foreign}"),
    ] {
        let request = client().get(format!("{}{PATH}", asked.url())).header("authorization", &authorization);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{authorization}");
        assert_eq!(json(response).await["error"]["code"], "Unauthorized");
    }
    assert_eq!(client().get(format!("{}{PATH}", asked.url())).send().await.unwrap().status(), 401);
    let twice = client().get(format!("{}{PATH}", asked.url())).bearer_auth(token).bearer_auth(token);
    assert_eq!(twice.send().await.unwrap().status(), 401);
    let lower_case = client().get(format!("{}{PATH}", asked.url())).header("authorization", format!("bearer {token}"));
    assert_eq!(lower_case.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_the_role_the_answer_is_the_recorded_403() {
    let sandbox = sandbox([]).await;
    let audience = TokenClaims::valid().audience;
    for (roles, listed) in [(&["Alert.Read.All", "Url.Read.All"][..], "Alert.Read.All,Url.Read.All"), (&[], "")] {
        let token = sandbox.issue_token(claims(&audience, roles));
        let response = send(&sandbox, Method::GET, PATH, &token).await;
        assert_eq!(response.status(), 403);
        let error = json(response).await["error"].clone();
        assert_eq!(error["code"], "Forbidden");
        assert_eq!(
            error["message"],
            format!("Missing application roles. API required roles: Ip.Read.All, application roles: {listed}.")
        );
    }
    let token = sandbox.issue_token(claims(&audience, &["Alert.Read.All", "Ip.Read.All"]));
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
}

#[tokio::test]
async fn a_token_for_another_audience_gets_403() {
    let sandbox = sandbox([]).await;
    for audience in [
        "https://api.security.microsoft.com",
        "https://api.securitycenter.microsoft.com/",
        "https://graph.microsoft.com",
    ] {
        let token = sandbox.issue_token(claims(audience, &["Ip.Read.All"]));
        let response = send(&sandbox, Method::GET, PATH, &token).await;
        assert_eq!(response.status(), 403, "{audience}");
        let error = json(response).await["error"].clone();
        assert_eq!(error["code"], "Forbidden");
        assert!(error["message"].as_str().unwrap().contains(audience), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_route_is_an_empty_404() {
    let sandbox = sandbox([]).await;
    for path in [
        "/elsewhere",
        "/swagger-ui/",
        "/swagger-ui/swagger-ui-bundle.js.map",
        "/api",
        "/api/ips/203.0.113.7",
        "/api/ips/203.0.113.7/stats/",
        "/api/ips/1.1.1.1/24/stats",
        "/api/IPS/203.0.113.7/stats",
        "/api/domains/example.com/stats",
        "//api/ips/203.0.113.7/stats",
    ] {
        let response = get(&sandbox, path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(header(&response, "content-length"), "0");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
}

#[tokio::test]
async fn another_method_is_an_empty_405() {
    let sandbox = sandbox([]).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"] {
        let response = send(&sandbox, Method::from_bytes(method.as_bytes()).unwrap(), PATH, "unknown").await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(header(&response, "allow"), "GET");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
}

#[tokio::test]
async fn every_answer_is_numbered_and_errors_repeat_the_number() {
    let sandbox = sandbox([]).await;
    let id = |number| format!("00000000-0000-4000-8000-{number:012x}");
    assert_eq!(header(&get(&sandbox, PATH).await, "request-id"), id(1));
    assert_eq!(header(&get(&sandbox, "/elsewhere").await, "request-id"), id(2));
    let response = get(&sandbox, "/api/ips/x/stats").await;
    assert_eq!(header(&response, "request-id"), id(3));
    assert_eq!(
        json(response).await,
        json!({"error": {"code": "InvalidIpAddress", "message": "IP address x is invalid.", "target": id(3)}})
    );
}

#[tokio::test]
async fn the_first_thing_that_is_wrong_is_the_answer() {
    let quota: Quota = "1/1h".parse().unwrap();
    let sandbox = Sandbox::builder().clock(clock()).quota(quota).start().await.unwrap();
    let wrong = "/api/ips/x/stats?lookBackHours=0";
    let nowhere = "/api/ips/x/nowhere";
    let roleless = sandbox.issue_token(claims("elsewhere", &[]));

    let status = async |method, path, token: &str| send(&sandbox, method, path, token).await.status().as_u16();
    assert_eq!(status(Method::POST, nowhere, "unknown").await, 404);
    assert_eq!(status(Method::POST, wrong, "unknown").await, 405);
    assert_eq!(status(Method::GET, wrong, "unknown").await, 401);
    let response = send(&sandbox, Method::GET, wrong, &roleless).await;
    assert_eq!(response.status(), 403);
    assert!(json(response).await["error"]["message"].as_str().unwrap().contains("elsewhere"));

    let address = refusal(&sandbox, wrong).await;
    assert_eq!((address.0, address.1.as_str()), (400, "InvalidIpAddress"));
    // That one counted as the only call, although it was not answered.
    assert_eq!(status(Method::GET, wrong, sandbox.token()).await, 429);
    assert_eq!(status(Method::GET, wrong, &roleless).await, 403);
}

#[tokio::test]
async fn odd_requests_are_answered_or_closed_and_do_no_harm() {
    let sandbox = sandbox([]).await;
    let long = format!("GET /api/ips/{}/stats HTTP/1.0\r\n\r\n", "1".repeat(60_000));
    let many = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(500));
    for (request, begins) in [
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404"),
        ("CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404"),
        ("GET http://example.com/api/ips/x/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 401"),
        ("GET /api/ips/x/stats HTTP/1.0\r\nAuthorization: Bearer \u{e9}\r\n\r\n", "HTTP/1.0 401"),
        ("GET /api/ips/x/stats?%&%%&=&lookBackHours HTTP/1.0\r\n\r\n", "HTTP/1.0 401"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
        ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400"),
        (&long, "HTTP/1.0 401"),
        (&many, "HTTP/1.1 431"),
    ] {
        let answer = raw(&sandbox, request.as_bytes()).await;
        let shown: String = request.chars().take(80).collect();
        assert!(answer.starts_with(begins), "{shown:?} got {answer:?}");
        assert_eq!(get(&sandbox, PATH).await.status(), 200, "after {shown:?}");
    }
}
