//! Tokens that apps get by their secrets, in the form or in the Authorization header.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mde_sandbox::{App, Clock, Sandbox};
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{
    NOW, access_token, ask_token, claims, encoded, first_app_claims, get, granted, header, json, moment, raw, sandbox,
    send, token_form, token_request,
};
use crate::token_refusals::refusal;

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
    assert_eq!(claims(token), first_app_claims(&sandbox, "1", moment(NOW).timestamp() + 3900));
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

const FORM: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "https://api.securitycenter.microsoft.com/.default")];

async fn ask(sandbox: &Sandbox, headers: &[impl AsRef<[u8]>], form: &[(&str, &str)]) -> Response {
    let request = token_request(sandbox, sandbox.tenant(), form);
    let request = headers.iter().fold(request, |request, header| request.header("authorization", header.as_ref()));
    request.send().await.unwrap()
}

fn basic(client_id: &str, client_secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_secret}")))
}

#[tokio::test]
async fn id_and_secret_may_stand_in_the_header() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let header = basic(app.client_id(), app.client_secret());
    for header in [&header, &header.replace("Basic", "bAsIc")] {
        access_token(ask(&sandbox, &[header], &FORM).await).await;
    }
    assert!(!format!("{:?}", sandbox.requests()).contains(header.trim_start_matches("Basic ")));
}

#[tokio::test]
async fn both_are_form_urlencoded_within_it() {
    let app = App::new("the:robot", "50 % of+it:\u{e9}");
    let sandbox = Sandbox::builder().app(app).start().await.unwrap();
    let header = basic("the%3Arobot", "50+%25+of%2Bit:%C3%A9");
    assert_eq!(ask(&sandbox, &[&header], &FORM).await.status(), 200);
    let (status, _, description) = refusal(ask(&sandbox, &[&basic("the%3Arobot", "50")], &FORM).await).await;
    assert_eq!((status, &*description), (401, "AADSTS7000215: The client secret is not that of app 'the:robot'."));
}

#[tokio::test]
async fn wrong_ones_get_the_errors_of_the_body() {
    let sandbox = sandbox([]).await;
    let (first, expired) = (&sandbox.apps()[0], &sandbox.apps()[2]);
    for (id, secret, status, beginning) in [
        ("nobody", "x", 400, "AADSTS700016: "),
        ("", "", 400, "AADSTS700016: "),
        (first.client_id(), "", 401, "AADSTS7000215: "),
        (first.client_id(), "wrong", 401, "AADSTS7000215: "),
        (expired.client_id(), expired.client_secret(), 401, "AADSTS7000222: "),
    ] {
        let answer = refusal(ask(&sandbox, &[&basic(id, secret)], &FORM).await).await;
        assert!(answer.0 == status && answer.2.starts_with(beginning), "{id} got {answer:?}");
    }
}

#[tokio::test]
async fn what_is_illegible_is_refused() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let good = basic(app.client_id(), app.client_secret());
    let description = "Send one Authorization header of the form 'Basic {base64}', in which client id and secret, each \
                       form-urlencoded, are separated by a colon.";
    for headers in [
        &[&b"Basic"[..]][..],
        &[b"basic "],
        &[b"Basic \xff\xff"],
        &[b"Basic ?"],
        &[b"Basic bm9uc2Vuc2U="],
        &[b"Basic /zov"],
        &[b"Basic JUZGOmE="],
        &[good.as_bytes(), good.as_bytes()],
        &[good.as_bytes(), b"Basic"],
    ] {
        for form in [&FORM[..], &token_form(app)] {
            let answer = refusal(ask(&sandbox, headers, form).await).await;
            assert_eq!(answer, (401, "invalid_client".to_owned(), description.to_owned()), "{headers:?}");
        }
    }
}

#[tokio::test]
async fn other_schemes_are_ignored() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let good = basic(app.client_id(), app.client_secret());
    for other in [&b"Bearer x"[..], b"Basics ?", b"Basi", b"\xff\xff"] {
        assert_eq!(ask(&sandbox, &[other], &token_form(app)).await.status(), 200, "{other:?}");
        assert_eq!(ask(&sandbox, &[other, good.as_bytes()], &FORM).await.status(), 200, "{other:?}");
    }
}

#[tokio::test]
async fn an_empty_secret_is_never_right() {
    let sandbox = Sandbox::builder().app(App::new("robot", "")).start().await.unwrap();
    let (status, error, description) = refusal(ask(&sandbox, &[&basic("robot", "")], &FORM).await).await;
    assert_eq!((status, error.as_str()), (401, "invalid_client"));
    assert_eq!(description, "AADSTS7000215: The client secret is not that of app 'robot'.");
    let answer = refusal(ask_token(&sandbox, &token_form(sandbox.apps().last().unwrap())).await).await;
    assert!(answer.0 == 400 && answer.2.starts_with("Send 'client_secret' in the body"), "{answer:?}");
}

#[tokio::test]
async fn nothing_of_it_stands_in_the_body_as_well() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let header = basic(app.client_id(), app.client_secret());
    for (name, value) in
        [("client_id", app.client_id()), ("client_secret", app.client_secret()), ("client_assertion", "a.b.c")]
    {
        let form = [&FORM[..], &[(name, value)]].concat();
        let description =
            format!("'{name}' must not be in the body as well: the Authorization header authenticates the app.");
        let answer = refusal(ask(&sandbox, &[&header], &form).await).await;
        assert_eq!(answer, (400, "invalid_request".to_owned(), description));
    }
}
