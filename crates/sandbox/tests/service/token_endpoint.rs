//! Tokens that apps get by their secrets.

use std::time::Duration;

use mde_sandbox::{Clock, Sandbox};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    NOW, access_token, ask_token, claims, encoded, get, granted, header, json, moment, raw, sandbox, send, token_form,
};

const PATH: &str = "/api/ips/203.0.113.7/stats";

#[tokio::test]
async fn a_secret_gets_a_token_that_may_ask() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let response = ask_token(&sandbox, &token_form(app)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "request-id"), "00000000-0000-4000-8000-000000000001");
    let body = json(response).await;
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(body, json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 0, "access_token": token}));
    assert_eq!(
        claims(token),
        json!({
            "aud": "https://api.securitycenter.microsoft.com",
            "iss": sandbox.url(),
            "tid": sandbox.tenant(),
            "appid": app.client_id(),
            "roles": ["Ip.Read.All"],
            "ver": "1.0",
            "uti": "1",
            "exp": moment(NOW).timestamp() + 3900,
        })
    );
    assert_eq!(send(&sandbox, Method::GET, PATH, token).await.status(), 200);
}

#[tokio::test]
async fn every_token_is_another_one() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    assert_ne!(granted(&sandbox, app).await, granted(&sandbox, app).await);
}

#[tokio::test]
async fn the_scope_decides_the_audience() {
    let sandbox = sandbox([]).await;
    for (audience, status) in [
        ("https://api.securitycenter.microsoft.com", 200),
        ("https://api-gcc.securitycenter.microsoft.us", 403),
        ("https://api-gov.securitycenter.microsoft.us", 403),
    ] {
        let scope = format!("{audience}/.default");
        let mut form = token_form(&sandbox.apps()[0]);
        form[3].1 = &scope;
        let token = access_token(ask_token(&sandbox, &form).await).await;
        assert_eq!(claims(&token)["aud"], audience);
        assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), status, "{audience}");
    }
}

#[tokio::test]
async fn a_token_expires_after_65_minutes_and_the_ready_one_never() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
    let token = granted(&sandbox, &sandbox.apps()[0]).await;
    clock.advance(Duration::from_secs(3900) - Duration::from_nanos(1));
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);

    clock.advance(Duration::from_nanos(1));
    let response = send(&sandbox, Method::GET, PATH, &token).await;
    assert_eq!(response.status(), 401);
    let error = json(response).await["error"].clone();
    assert_eq!(
        (error["code"].as_str(), error["message"].as_str()),
        (Some("Unauthorized"), Some("The token has expired."))
    );
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    let renewed = granted(&sandbox, &sandbox.apps()[0]).await;
    assert_eq!(send(&sandbox, Method::GET, PATH, &renewed).await.status(), 200);

    clock.advance(Duration::MAX);
    granted(&sandbox, &sandbox.apps()[0]).await;
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
}

#[tokio::test]
async fn tenant_and_client_id_are_the_same_in_any_letter_case() {
    let sandbox = sandbox([]).await;
    let client_id = sandbox.apps()[0].client_id().to_uppercase();
    let mut form = token_form(&sandbox.apps()[0]);
    form[0].1 = &client_id;
    let tenant = sandbox.tenant().to_uppercase();
    assert_ne!(tenant, sandbox.tenant());
    let answer = post(&sandbox, &tenant, "application/X-WWW-form-urlencoded; charset=utf-8", &encoded(&form)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn the_body_has_to_be_a_form() {
    let sandbox = sandbox([]).await;
    let form = encoded(&token_form(&sandbox.apps()[0]));
    let answer = post(&sandbox, sandbox.tenant(), "application/json", &form).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(r#""error_codes":[]"#), "{answer}");
}

/// A request for a token as it goes over the wire.
async fn post(sandbox: &Sandbox, tenant: &str, content_type: &str, body: &str) -> String {
    let head = format!(
        "POST /{tenant}/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    raw(sandbox, format!("{head}{body}").as_bytes()).await
}
