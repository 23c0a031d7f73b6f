//! Client id and secret in the Authorization header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mde_sandbox::{App, Sandbox};
use reqwest::Response;

use crate::support::{access_token, ask_token, sandbox, token_form, token_request};
use crate::token_refusals::refusal;

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
