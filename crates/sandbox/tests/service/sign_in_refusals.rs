//! Every answer on the way to a person's token that is none, and what the pages let nobody do.

use std::time::Duration;

use mde_sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::sign_in::{
    DEVICE_CODE, Form, ask, authorization, authorize_url, begin_device, brought_back, browse, client_id, code,
    code_form, device_response, with,
};
use crate::support::{client, encoded, header, json, raw, sandbox};

const AVERY: (&str, &str) = ("user", "avery@sandbox.example");

/// What a page reports, or what the app is sent.
async fn outcome(response: Response) -> String {
    let status = response.status().as_u16();
    if status == 303 {
        let parameters = brought_back(&response, "http://localhost:41234/");
        return format!(
            "redirect {}",
            parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        );
    }
    let page = response.text().await.unwrap();
    let problem = page.split_once(r#"role="alert">"#).map(|(_, rest)| rest.split_once("</p>").unwrap().0);
    format!("page {status} {}", problem.unwrap_or("without a problem"))
}

/// A change to a request that works.
type Change = (&'static str, &'static str);

#[tokio::test]
async fn what_is_wrong_with_a_request_for_a_page() {
    let sandbox = sandbox([]).await;
    let confidential = sandbox.apps()[0].client_id().to_owned();
    let changes: [Change; 24] = [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "CONFIDENTIAL"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://localhost:41234"),
        ("redirect_uri", "http://localhost.example:41234"),
        ("redirect_uri", "http://localhost@example.org"),
        ("redirect_uri", "http://[::1]:41234"),
        ("redirect_uri", "http://127.0.0.2"),
        ("redirect_uri", "http://localhost:41234#fragment"),
        ("redirect_uri", "http://localhost:41234/\r\nx: y"),
        ("redirect_uri", "javascript:alert(1)"),
        ("response_type", ""),
        ("response_type", "token"),
        ("response_mode", "form_post"),
        ("scope", ""),
        ("scope", "offline_access"),
        ("scope", "https://graph.microsoft.com/.default"),
        (
            "scope",
            "https://api.securitycenter.microsoft.com/.default https://api-gov.securitycenter.microsoft.us/.default",
        ),
        ("code_challenge", ""),
        ("code_challenge", "too-short"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
    ];
    let mut seen = Vec::new();
    for (name, value) in changes {
        let value = if value == "CONFIDENTIAL" { &confidential } else { value };
        let url = authorize_url(&sandbox, "common", &with(&authorization(&sandbox), name, value));
        let shown = outcome(browse(Method::GET, &url, &vec![]).await).await;
        // To press a button is no way around a check.
        assert_eq!(outcome(browse(Method::POST, &url, &vec![AVERY]).await).await, shown, "{name}={value}");
        seen.push(format!("{name}={value:?}\n    {shown}"));
    }
    for tenant in ["consumers", "elsewhere"] {
        let url = authorize_url(&sandbox, tenant, &authorization(&sandbox));
        seen.push(format!("tenant {tenant}\n    {}", outcome(browse(Method::GET, &url, &vec![]).await).await));
    }
    for name in ["client_id", "redirect_uri", "state", "scope", "code_challenge"] {
        let query = [authorization(&sandbox), vec![(name, "again")]].concat();
        let url = authorize_url(&sandbox, "common", &query);
        seen.push(format!("{name} twice\n    {}", outcome(browse(Method::GET, &url, &vec![]).await).await));
    }
    let url = authorize_url(&sandbox, "common", &authorization(&sandbox));
    for form in [vec![("decline", "yes")], vec![("user", "nobody")], vec![], vec![AVERY, AVERY]] {
        seen.push(format!("form {form:?}\n    {}", outcome(browse(Method::POST, &url, &form).await).await));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn a_redirect_goes_to_any_port_and_path_of_this_machine_and_nowhere_else() {
    let sandbox = sandbox([]).await;
    for (asked, location) in [
        ("http://localhost", "http://localhost/?code="),
        ("http://localhost:1/", "http://localhost:1/?code="),
        ("http://127.0.0.1:65535/a/b", "http://127.0.0.1:65535/a/b?code="),
        ("http://localhost:1?x=1", "http://localhost:1/?x=1&code="),
    ] {
        let url = authorize_url(&sandbox, "common", &with(&authorization(&sandbox), "redirect_uri", asked));
        let response = browse(Method::POST, &url, &vec![AVERY]).await;
        let location_sent = header(&response, "location");
        assert!(location_sent.starts_with(location), "{asked}: {location_sent}");
    }
    let stateless = with(&authorization(&sandbox), "state", "");
    let response = browse(Method::POST, &authorize_url(&sandbox, "common", &stateless), &vec![AVERY]).await;
    assert_eq!(brought_back(&response, "http://localhost:41234/").len(), 1);
}

/// What a form to the token endpoint gets.
async fn refused(sandbox: &Sandbox, form: &Form<'_>) -> String {
    let response = ask(sandbox, form).await;
    let status = response.status().as_u16();
    let body: Value = json(response).await;
    match body["error"].as_str() {
        Some(error) => format!("{status} {error} {}", body["error_description"].as_str().unwrap()),
        None => format!("{status} a token"),
    }
}

/// The answers to a form with these changes, in turn, and at last without any.
async fn refusals(sandbox: &Sandbox, form: &Form<'_>, changes: &[Change]) -> String {
    let mut seen = format!("{}\n", form.iter().find(|(name, _)| *name == "grant_type").unwrap().1);
    for (name, value) in changes {
        let confidential = sandbox.apps()[0].client_id();
        let value = if *value == "CONFIDENTIAL" { confidential } else { value };
        seen += &format!("{name}={value:?}\n    {}\n", refused(sandbox, &with(form, name, value)).await);
    }
    seen + &format!("as it should be\n    {}\n", refused(sandbox, form).await)
}

const OF_CLIENTS: [Change; 6] = [
    ("client_id", ""),
    ("client_id", "nobody"),
    ("client_id", "CONFIDENTIAL"),
    ("client_secret", "sandbox-secret-with-role"),
    ("client_assertion", "a.b.c"),
    ("scope", "https://graph.microsoft.com/.default"),
];

#[tokio::test]
async fn what_is_wrong_with_a_request_for_a_token() {
    let sandbox = sandbox([]).await;
    let code_text = code(&sandbox, AVERY.1).await;
    let by_code = code_form(&sandbox, &code_text);
    let mut seen = Vec::new();
    let of_codes: [Change; 6] = [
        ("code", ""),
        ("code", "unknown"),
        ("redirect_uri", ""),
        ("redirect_uri", "http://localhost:41234/"),
        ("code_verifier", ""),
        ("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ];
    seen.push(refusals(&sandbox, &by_code, &[&OF_CLIENTS[..], &of_codes].concat()).await);
    seen.push(format!("a second time\n    {}\n", refused(&sandbox, &by_code).await));
    let late = code(&sandbox, AVERY.1).await;
    sandbox.clock().advance(Duration::from_secs(600));
    seen.push(format!("after 10 minutes\n    {}\n", refused(&sandbox, &code_form(&sandbox, &late)).await));

    let fresh = code(&sandbox, AVERY.1).await;
    let answer = json(ask(&sandbox, &code_form(&sandbox, &fresh)).await).await;
    let token = answer["refresh_token"].as_str().unwrap();
    let by_refresh_token =
        vec![("client_id", client_id(&sandbox)), ("grant_type", "refresh_token"), ("refresh_token", token)];
    let of_tokens: [Change; 2] = [("refresh_token", ""), ("refresh_token", "unknown")];
    seen.push(refusals(&sandbox, &by_refresh_token, &[&OF_CLIENTS[..], &of_tokens].concat()).await);
    sandbox.revoke_refresh_tokens();
    seen.push(format!("revoked\n    {}\n", refused(&sandbox, &by_refresh_token).await));

    let device = begin_device(&sandbox).await;
    let device_code = device["device_code"].as_str().unwrap();
    let by_device = vec![("client_id", client_id(&sandbox)), ("grant_type", DEVICE_CODE), ("device_code", device_code)];
    let of_devices: [Change; 2] = [("device_code", ""), ("device_code", "unknown")];
    seen.push(refusals(&sandbox, &by_device, &[&OF_CLIENTS[..], &of_devices].concat()).await);
    assert!(sandbox.decline_device_code(device["user_code"].as_str().unwrap()));
    seen.push(format!("declined\n    {}\n", refused(&sandbox, &by_device).await));
    sandbox.clock().advance(Duration::from_secs(900));
    seen.push(format!("after 15 minutes\n    {}\n", refused(&sandbox, &by_device).await));
    insta::assert_snapshot!(seen.concat());
}

#[tokio::test]
async fn what_is_wrong_with_a_request_for_a_device_code() {
    let sandbox = sandbox([]).await;
    let form = vec![("client_id", client_id(&sandbox)), ("scope", "https://api.securitycenter.microsoft.com/.default")];
    let mut seen = Vec::new();
    for (tenant, name, value) in [
        ("elsewhere", "x", "y"),
        ("consumers", "x", "y"),
        ("organizations", "client_id", ""),
        ("organizations", "client_id", "nobody"),
        ("organizations", "client_id", "CONFIDENTIAL"),
        ("organizations", "client_secret", "secret"),
        ("organizations", "scope", ""),
        ("organizations", "scope", "offline_access"),
    ] {
        let value = if value == "CONFIDENTIAL" { sandbox.apps()[0].client_id() } else { value };
        let response = device_response(&sandbox, tenant, &with(&form, name, value)).await;
        let status = response.status().as_u16();
        let body = json(response).await;
        let (error, description) = (body["error"].as_str().unwrap(), body["error_description"].as_str().unwrap());
        seen.push(format!("{tenant} {name}={value:?}\n    {status} {error} {description}"));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

/// A code, a device code and a refresh token are of the app that got them.
#[tokio::test]
async fn what_one_app_got_is_of_no_use_to_another() {
    let other = mde_sandbox::App::public("another");
    let sandbox = Sandbox::builder().app(other).start().await.unwrap();
    let as_other = async |form: Form<'_>| refused(&sandbox, &with(&form, "client_id", "another")).await;
    let code_text = code(&sandbox, AVERY.1).await;
    assert!(as_other(code_form(&sandbox, &code_text)).await.starts_with("400 invalid_grant "));
    let answer = json(ask(&sandbox, &code_form(&sandbox, &code_text)).await).await;
    let token = answer["refresh_token"].as_str().unwrap();
    let form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    assert!(as_other(form).await.starts_with("400 invalid_grant AADSTS70000: "));
    let device = begin_device(&sandbox).await;
    let form = vec![("grant_type", DEVICE_CODE), ("device_code", device["device_code"].as_str().unwrap())];
    assert!(as_other(form).await.starts_with("400 bad_verification_code "));
}

/// The pages and how they are served.
#[tokio::test]
async fn the_pages_run_nothing_and_show_every_user() {
    let odd = mde_sandbox::User::new().named(r#"<img src=x onerror=alert(1)> " & '"#);
    let sandbox = Sandbox::builder().user(odd).start().await.unwrap();
    let pages = [
        authorize_url(&sandbox, "common", &authorization(&sandbox)),
        authorize_url(&sandbox, "common", &with(&authorization(&sandbox), "client_id", "<script>")),
        format!("{}/devicelogin", sandbox.url()),
    ];
    for url in &pages {
        let response = browse(Method::GET, url, &vec![]).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self' \
                 http://localhost:* http://127.0.0.1:*; frame-ancestors 'none'",
            ),
            ("access-control-allow-origin", "(absent)"),
        ] {
            assert_eq!(header(&response, name), value, "{url}");
        }
        let page = response.text().await.unwrap();
        assert!(page.contains("This is a sandbox.") && !page.contains("<script") && !page.contains("<img"), "{page}");
        let buttons = page.matches("<button name=\"user\"").count();
        assert_eq!(buttons, if *url == pages[1] { 0 } else { 4 }, "{page}");
    }
    let shown = browse(Method::GET, &pages[0], &vec![]).await.text().await.unwrap();
    assert!(shown.contains("lacks 'View Data'") && shown.contains("has not consented to Ip.Read.All"), "{shown}");
}

/// Neither a page of another site, nor one whose name was made to resolve to this machine, signs anybody in.
#[tokio::test]
async fn another_site_signs_nobody_in() {
    let sandbox = sandbox([]).await;
    let device = begin_device(&sandbox).await;
    let user_code = device["user_code"].as_str().unwrap();
    let own = sandbox.url();
    let targets = [
        (authorize_url(&sandbox, "common", &authorization(&sandbox)), encoded(&[AVERY])),
        (format!("{own}/devicelogin"), encoded(&[("user_code", user_code), AVERY])),
    ];
    let same_port = format!("http://localhost:{}", sandbox.address().port());
    for (url, form) in &targets {
        for origin in ["https://example.org", "null", "http://127.0.0.1", same_port.as_str(), ""] {
            let request = client().post(url).header("content-type", "application/x-www-form-urlencoded");
            let response = request.header("origin", origin).body(form.clone()).send().await.unwrap();
            assert_eq!(response.status(), 403, "{origin}");
        }
        let path = url.strip_prefix(own).unwrap();
        for method in ["GET", "POST"] {
            let head = format!("{method} {path} HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n");
            let answer = raw(&sandbox, head.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 421 ") && !answer.contains("avery"), "{answer}");
        }
    }
    assert!(sandbox.decline_device_code(user_code), "nobody answered to the device");

    let (url, form) = &targets[0];
    let request = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request = request.post(url).header("content-type", "application/x-www-form-urlencoded").header("origin", own);
    assert_eq!(request.body(form.clone()).send().await.unwrap().status(), 303, "the page itself does");
}
