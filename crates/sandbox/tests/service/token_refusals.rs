//! Every answer of the token endpoint that is not a token, and which of two comes first.

use mde_sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{ask_token, header, json, sandbox, send, token_form, token_request};

/// Status, `error` and description, which begins with the code in `error_codes`, if there is one.
pub(crate) async fn refusal(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let body = json(response).await;
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let description = text("error_description");
    match body["error_codes"].as_array().unwrap().as_slice() {
        [] => assert!(!description.contains("AADSTS"), "{body}"),
        [code] => assert!(description.starts_with(&format!("AADSTS{code}: ")), "{body}"),
        _ => panic!("{body}"),
    }
    (status, text("error"), description)
}

/// The answer to the form of the first app after a change.
async fn changed<'a>(sandbox: &'a Sandbox, change: impl FnOnce(&mut Vec<(&'a str, &'a str)>)) -> (u16, String, String) {
    let mut form = token_form(&sandbox.apps()[0]);
    change(&mut form);
    refusal(ask_token(sandbox, &form).await).await
}

fn refused(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

#[tokio::test]
async fn a_refusal_has_the_shape_of_oauth() {
    let sandbox = sandbox([]).await;
    let mut form = token_form(&sandbox.apps()[0]);
    form[1].1 = "wrong";
    let response = ask_token(&sandbox, &form).await;
    assert_eq!(response.status(), 401);
    assert_eq!(header(&response, "content-type"), "application/json");
    let id = "00000000-0000-4000-8000-000000000001";
    assert_eq!(header(&response, "request-id"), id);
    assert_eq!(
        json(response).await,
        json!({
            "error": "invalid_client",
            "error_description":
                "AADSTS7000215: The client secret is not that of app '5a4db0c5-0000-4000-8000-000000000002'.",
            "error_codes": [7000215],
            "timestamp": "2017-08-29 13:33:00Z",
            "trace_id": id,
            "correlation_id": id,
        })
    );
}

#[tokio::test]
async fn an_expired_secret_differs_from_a_wrong_one() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[2];
    let expired = refusal(ask_token(&sandbox, &token_form(app)).await).await;
    let description = format!("AADSTS7000222: The client secret of app '{}' has expired.", app.client_id());
    assert_eq!(expired, refused(401, "invalid_client", &description));

    let mut form = token_form(app);
    form[1].1 = sandbox.apps()[0].client_secret();
    let (status, error, description) = refusal(ask_token(&sandbox, &form).await).await;
    assert_eq!((status, error.as_str()), (401, "invalid_client"));
    assert!(description.starts_with("AADSTS7000215: "), "{description}");
    assert!(!description.contains(form[1].1), "{description}");
}

#[tokio::test]
async fn an_unknown_app_is_named() {
    let sandbox = sandbox([]).await;
    let description = "AADSTS700016: No app of this tenant has the client id 'nobody'.";
    let answer = changed(&sandbox, |form| form[0].1 = "nobody").await;
    assert_eq!(answer, refused(400, "unauthorized_client", description));
}

#[tokio::test]
async fn an_unknown_tenant_is_named() {
    let sandbox = sandbox([]).await;
    for (asked, tenant) in [
        ("contoso.example", "contoso.example"),
        ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
        ("api", "api"),
        ("%FF", "\u{FFFD}"),
        ("a%2Fb", "a/b"),
    ] {
        let response = send(&sandbox, Method::POST, &format!("/{asked}/oauth2/v2.0/token"), "unknown").await;
        let description = format!("AADSTS90002: '{tenant}' is not a tenant of this sandbox.");
        assert_eq!(refusal(response).await, refused(400, "invalid_request", &description));
    }
}

#[tokio::test]
async fn a_scope_is_the_audience_of_an_api_and_default() {
    let sandbox = sandbox([]).await;
    for scope in [
        "https://api.securitycenter.microsoft.com",
        "https://api.securitycenter.microsoft.com/",
        "https://api.securitycenter.microsoft.com//.default",
        "https://api.securitycenter.microsoft.com/.default ",
        "https://api.securitycenter.microsoft.com/.default openid",
        "https://api.securitycenter.microsoft.com/Ip.Read.All",
        "https://api.security.microsoft.com/.default",
        "https://graph.microsoft.com/.default",
        "HTTPS://api.securitycenter.microsoft.com/.default",
        "/.default",
    ] {
        let description = format!(
            "AADSTS70011: '{scope}' is not a scope for client credentials: send the audience of an API and /.default, \
             such as https://api.securitycenter.microsoft.com/.default."
        );
        let answer = changed(&sandbox, |form| form[3].1 = scope).await;
        assert_eq!(answer, refused(400, "invalid_scope", &description));
    }
}

/// What users get wrong, by their own reports.
#[tokio::test]
async fn a_tenant_of_anybody_is_not_valid_with_client_credentials() {
    let sandbox = sandbox([]).await;
    for tenant in ["common", "organizations", "consumers", "Common"] {
        let response = token_request(&sandbox, tenant, &token_form(&sandbox.apps()[0])).send().await.unwrap();
        let answer = refusal(response).await;
        let description = format!(
            "'{}' is not valid with client credentials: put the tenant of the app into the URL, by its id.",
            tenant.to_lowercase()
        );
        assert_eq!(answer, refused(400, "invalid_request", &description));
    }
}

#[tokio::test]
async fn another_grant_is_not_known() {
    let sandbox = sandbox([]).await;
    let description = "This sandbox does not know the grant type 'password'.";
    let answer = changed(&sandbox, |form| form[2].1 = "password").await;
    assert_eq!(answer, refused(400, "unsupported_grant_type", description));
}

#[tokio::test]
async fn each_parameter_is_given_once() {
    let sandbox = sandbox([]).await;
    for (position, name) in ["client_id", "client_secret", "grant_type", "scope"].into_iter().enumerate() {
        let description = format!("Send '{name}' in the body, which is a form (application/x-www-form-urlencoded).");
        let missing = refused(400, "invalid_request", &description);
        let removed = changed(&sandbox, |form| {
            form.remove(position);
        });
        assert_eq!(removed.await, missing);
        assert_eq!(changed(&sandbox, |form| form[position].1 = "").await, missing);

        let description = format!("'{name}' must not be given more than once.");
        let repeated = changed(&sandbox, |form| form.push(form[position])).await;
        assert_eq!(repeated, refused(400, "invalid_request", &description));
    }
    let form = [token_form(&sandbox.apps()[0]), vec![("resource", "x"), ("resource", "y")]].concat();
    assert_eq!(ask_token(&sandbox, &form).await.status(), 200, "other parameters are ignored");
}

#[tokio::test]
async fn the_first_thing_that_is_wrong_is_the_answer() {
    let sandbox = sandbox([]).await;
    let path = "/elsewhere/oauth2/v2.0/token";
    assert_eq!(send(&sandbox, Method::POST, path, "unknown").await.status(), 400);
    assert!(refusal(send(&sandbox, Method::POST, path, "unknown").await).await.2.starts_with("AADSTS90002: "));

    let app = &sandbox.apps()[2];
    let mut form = vec![("grant_type", ""), ("client_id", ""), ("client_assertion", "a.b.c"), ("client_secret", "")];
    form.push(("client_assertion_type", ""));
    for (position, value, beginning) in [
        (0, "", "Send 'grant_type' "),
        (0, "password", "This sandbox does not know the grant type "),
        (0, "client_credentials", "Send 'client_id' "),
        (1, "nobody", "AADSTS700016: "),
        (1, sandbox.public_clients()[0].client_id(), "App '5a4db0c5-0000-4000-8000-000000000009' is a public client: "),
        (1, app.client_id(), "Send 'client_assertion_type' "),
        (4, "another", "'client_assertion_type' has to be "),
        (3, "wrong", "Send 'client_secret' or 'client_assertion', and not both."),
        (2, "", "AADSTS7000215: "),
        (3, "", "Send 'client_secret' "),
        (3, "wrong", "AADSTS7000215: "),
        (3, app.client_secret(), "AADSTS7000222: "),
        (1, sandbox.apps()[0].client_id(), "AADSTS7000215: "),
        (3, sandbox.apps()[0].client_secret(), "Send 'scope' "),
    ] {
        form[position].1 = value;
        let description = refusal(ask_token(&sandbox, &form).await).await.2;
        assert!(description.starts_with(beginning), "{form:?} got {description}");
    }
    form.push(("scope", "elsewhere"));
    assert!(refusal(ask_token(&sandbox, &form).await).await.2.starts_with("AADSTS70011: "));
}

#[tokio::test]
async fn another_method_is_an_empty_405_and_another_path_an_empty_404() {
    let sandbox = sandbox([]).await;
    let path = |ending: &str| format!("/{}/oauth2/{ending}", sandbox.tenant());
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let response = send(&sandbox, method.clone(), &path("v2.0/token"), "unknown").await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(header(&response, "allow"), "POST");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
    for ending in ["token", "v2.0/token/", "v2.0/authorise", "v2.0/Token"] {
        let response = send(&sandbox, Method::POST, &path(ending), "unknown").await;
        assert_eq!(response.status(), 404, "{ending}");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
}
