//! Client id and secret in the Authorization header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mde_sandbox::{App, Sandbox};
use reqwest::Response;

use crate::support::{client, encoded, json, sandbox};
use crate::token_refusals::refusal;

const FORM: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "https://api.securitycenter.microsoft.com/.default")];

async fn ask(sandbox: &Sandbox, headers: &[&str], form: &[(&str, &str)]) -> Response {
    let url = format!("{}/{}/oauth2/v2.0/token", sandbox.url(), sandbox.tenant());
    let mut request = client().post(url).header("content-type", "application/x-www-form-urlencoded");
    for header in headers {
        request = request.header("authorization", *header);
    }
    request.body(encoded(form)).send().await.unwrap()
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
        let response = ask(&sandbox, &[header], &FORM).await;
        assert_eq!(response.status(), 200, "{header}");
        assert!(json(response).await["access_token"].is_string());
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
async fn wrong_ones_are_told_as_in_the_body() {
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
                       form-urlencoded, stand with a colon in between.";
    for headers in [&["Basic ?"][..], &["Basic bm9uc2Vuc2U="], &["Basic /zov"], &["Basic JUZGOmE="], &[&good, &good]] {
        let answer = refusal(ask(&sandbox, headers, &FORM).await).await;
        assert_eq!(answer, (401, "invalid_client".to_owned(), description.to_owned()), "{headers:?}");
    }
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
            format!("'{name}' must not be in the body as well, for the Authorization header says who asks.");
        let answer = refusal(ask(&sandbox, &[&header], &form).await).await;
        assert_eq!(answer, (400, "invalid_request".to_owned(), description));
    }
}
