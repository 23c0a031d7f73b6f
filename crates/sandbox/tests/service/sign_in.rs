//! Signing in as a person: by the page of an app or the code of a device, and staying signed in.

use std::time::Duration;

use mde_sandbox::{App, Quirks, Sandbox, Setting, User};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{claims, clock, encoded, header, json, sandbox, send, token_request};

const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default offline_access";
const REDIRECT_URI: &str = "http://localhost:41234";
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) type Form<'a> = Vec<(&'a str, &'a str)>;

pub(crate) fn client_id(sandbox: &Sandbox) -> &str {
    sandbox.public_clients()[0].client_id()
}

/// The form or query with one parameter changed, or removed if it is to have no value.
pub(crate) fn with<'a>(form: &Form<'a>, name: &'a str, value: &'a str) -> Form<'a> {
    let others = form.iter().copied().filter(|(known, _)| *known != name);
    let changed = Some((name, value)).filter(|_| !value.is_empty());
    others.chain(changed).collect()
}

/// What an app asks for to sign somebody in by a browser.
pub(crate) fn authorization(sandbox: &Sandbox) -> Form<'_> {
    vec![
        ("client_id", client_id(sandbox)),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("response_mode", "query"),
        ("scope", SCOPE),
        ("state", "a&state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

pub(crate) fn authorize_url(sandbox: &Sandbox, tenant: &str, query: &Form<'_>) -> String {
    format!("{}/{tenant}/oauth2/v2.0/authorize?{}", sandbox.url(), encoded(query))
}

/// What a browser sends, without following where the answer leads.
pub(crate) async fn browse(method: Method, url: &str, form: &Form<'_>) -> Response {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(Policy::none()).build().unwrap();
    let request = client.request(method, url).header("content-type", "application/x-www-form-urlencoded");
    request.body(encoded(form)).send().await.unwrap()
}

/// The parameters with which the browser comes back to the app at this address.
pub(crate) fn brought_back(response: &Response, to: &str) -> Vec<(String, String)> {
    assert_eq!(response.status(), 303);
    let (base, query) = header(response, "location").split_once('?').unwrap();
    assert_eq!(base, to);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The code that an app gets after a user pressed the button.
pub(crate) async fn code(sandbox: &Sandbox, user: &str) -> String {
    let url = authorize_url(sandbox, "organizations", &authorization(sandbox));
    let parameters = brought_back(&browse(Method::POST, &url, &vec![("user", user)]).await, "http://localhost:41234/");
    let [(name, code), (state, value)] = &parameters[..] else { panic!("{parameters:?}") };
    assert_eq!((name.as_str(), state.as_str(), value.as_str()), ("code", "state", "a&state"));
    code.clone()
}

pub(crate) fn code_form<'a>(sandbox: &'a Sandbox, code: &'a str) -> Form<'a> {
    vec![
        ("client_id", client_id(sandbox)),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

pub(crate) async fn ask(sandbox: &Sandbox, form: &Form<'_>) -> Response {
    token_request(sandbox, "organizations", form).send().await.unwrap()
}

/// The answer of the token endpoint to a code.
async fn redeemed(sandbox: &Sandbox, user: &str) -> Value {
    json(ask(sandbox, &code_form(sandbox, &code(sandbox, user).await)).await).await
}

pub(crate) async fn device_response(sandbox: &Sandbox, tenant: &str, form: &Form<'_>) -> Response {
    browse(Method::POST, &format!("{}/{tenant}/oauth2/v2.0/devicecode", sandbox.url()), form).await
}

pub(crate) async fn begin_device(sandbox: &Sandbox) -> Value {
    let form = vec![("client_id", client_id(sandbox)), ("scope", SCOPE)];
    json(device_response(sandbox, "organizations", &form).await).await
}

/// The answer of the token endpoint to the code of a device.
pub(crate) async fn poll(sandbox: &Sandbox, device: &Value) -> Value {
    let code = device["device_code"].as_str().unwrap();
    let form = vec![("client_id", client_id(sandbox)), ("grant_type", DEVICE_CODE), ("device_code", code)];
    json(ask(sandbox, &form).await).await
}

/// The answer of the token endpoint to a refresh token.
pub(crate) async fn refreshed(sandbox: &Sandbox, token: &str) -> Value {
    let form = vec![("client_id", client_id(sandbox)), ("grant_type", "refresh_token"), ("refresh_token", token)];
    json(ask(sandbox, &form).await).await
}

/// The status of a call with the token in an answer.
async fn call(sandbox: &Sandbox, answer: &Value) -> u16 {
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    send(sandbox, Method::GET, "/api/ips/::/stats", token).await.status().as_u16()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}"))
}

async fn with_setting(setting: &str) -> Sandbox {
    let quirks = Quirks::from_iter([setting.parse::<Setting>().unwrap()]);
    Sandbox::builder().clock(clock()).quirks(quirks).start().await.unwrap()
}

#[tokio::test]
async fn a_person_signs_in_by_a_browser() {
    let sandbox = sandbox([]).await;
    let code = code(&sandbox, "avery@sandbox.example").await;
    let response = ask(&sandbox, &code_form(&sandbox, &code)).await;
    assert_eq!(header(&response, "cache-control"), "no-store");
    let answer = json(response).await;
    let fields: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["access_token", "expires_in", "ext_expires_in", "refresh_token", "scope", "token_type"];
    assert_eq!(fields, expected);
    assert_eq!(answer["scope"], "https://api.securitycenter.microsoft.com/Ip.Read.All");
    let mut claims = claims(text(&answer, "access_token"));
    claims["uti"].take();
    let expected = json!({
        "aud": "https://api.securitycenter.microsoft.com",
        "iss": sandbox.url(),
        "tid": sandbox.tenant(),
        "appid": client_id(&sandbox),
        "scp": "Ip.Read.All",
        "upn": "avery@sandbox.example",
        "ver": "1.0",
        "uti": null,
        "exp": 1_504_017_480,
    });
    assert_eq!(claims, expected);
    assert_eq!(call(&sandbox, &answer).await, 200);
    sandbox.clock().advance(Duration::from_secs(3900));
    assert_eq!(call(&sandbox, &answer).await, 401);
}

#[tokio::test]
async fn a_person_signs_in_by_a_device_code() {
    let sandbox = sandbox([]).await;
    let mut device = begin_device(&sandbox).await;
    assert_eq!(poll(&sandbox, &device).await["error"], "authorization_pending");
    let user_code = text(&device, "user_code").to_owned();
    assert!(user_code.len() == 8 && user_code.bytes().all(|letter| letter.is_ascii_uppercase()), "{user_code}");

    let typed = format!(" {}-{} ", user_code[..4].to_lowercase(), &user_code[4..]);
    let url = format!("{}/devicelogin", sandbox.url());
    let page = browse(Method::POST, &url, &vec![("user_code", &typed), ("user", "avery@sandbox.example")]).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("signed in as <strong>avery@sandbox.example</strong>"));
    let again = browse(Method::POST, &url, &vec![("user_code", &typed), ("decline", "yes")]).await;
    assert_eq!(again.status(), 400, "it is decided");
    assert!(again.text().await.unwrap().contains("No device waits for the code"));

    let answer = poll(&sandbox, &device).await;
    assert_eq!(call(&sandbox, &answer).await, 200);
    assert_eq!(poll(&sandbox, &device).await["error"], "bad_verification_code", "it is used up");
    assert_eq!(refreshed(&sandbox, text(&answer, "refresh_token")).await["token_type"], "Bearer");

    device["device_code"].take();
    let message = format!("To sign in, open {url} in a browser and enter the code {user_code}.");
    let expected = json!({
        "user_code": user_code,
        "device_code": null,
        "verification_uri": url,
        "expires_in": 900,
        "interval": 5,
        "message": message,
    });
    assert_eq!(device, expected);
}

#[tokio::test]
async fn a_program_answers_to_a_device_code() {
    let sandbox = sandbox([]).await;
    let (approved, declined) = (begin_device(&sandbox).await, begin_device(&sandbox).await);
    let user = &sandbox.users()[1];
    assert!(sandbox.approve_device_code(text(&approved, "user_code"), user));
    assert!(sandbox.decline_device_code(text(&declined, "user_code")));
    assert!(!sandbox.approve_device_code(text(&declined, "user_code"), user), "it is decided");
    assert!(!sandbox.decline_device_code("BCDFGHJK"), "it is of no device");
    assert_eq!(call(&sandbox, &poll(&sandbox, &approved).await).await, 403, "this user lacks 'View Data'");
    assert_eq!(poll(&sandbox, &declined).await["error"], "authorization_declined");

    let late = begin_device(&sandbox).await;
    sandbox.clock().advance(Duration::from_secs(900));
    assert!(!sandbox.approve_device_code(text(&late, "user_code"), user), "it has expired");
}

#[tokio::test]
async fn what_a_user_may_decides_what_a_call_gets() {
    let url_reader = User::new().named("sam@sandbox.example").with_scope("Url.Read.All").with_view_data();
    let sandbox = Sandbox::builder().user(url_reader).start().await.unwrap();
    let names: Vec<_> = sandbox.users().iter().map(User::name).collect();
    let expected = ["avery@sandbox.example", "robin@sandbox.example", "kim@sandbox.example", "sam@sandbox.example"];
    assert_eq!(names, expected);
    for (name, status) in [(names[0], 200), (names[1], 403), (names[3], 403)] {
        assert_eq!(call(&sandbox, &redeemed(&sandbox, name).await).await, status, "{name}");
    }
    let refused = redeemed(&sandbox, names[2]).await;
    assert_eq!((text(&refused, "error"), &refused["error_codes"]), ("invalid_grant", &json!([65001])));
}

#[tokio::test]
async fn a_user_and_a_public_client_replace_those_of_the_same_name() {
    let app = App::public("5A4DB0C5-0000-4000-8000-000000000009");
    let builder = Sandbox::builder().user(User::new().named("avery@sandbox.example")).app(app);
    let sandbox = builder.app(App::public("another").in_unlicensed_tenant()).start().await.unwrap();
    assert_eq!((sandbox.users().len(), sandbox.apps().len()), (3, 6));
    let ids: Vec<_> = sandbox.public_clients().iter().map(App::client_id).collect();
    assert_eq!(ids, ["5A4DB0C5-0000-4000-8000-000000000009", "another"]);
    assert_eq!(redeemed(&sandbox, "avery@sandbox.example").await["error_codes"], json!([65001]));
    let form = vec![("client_id", "another"), ("scope", SCOPE)];
    let unlicensed = device_response(&sandbox, sandbox.public_clients()[1].tenant(), &form);
    assert_eq!(unlicensed.await.status(), 200);
}

#[tokio::test]
async fn a_refresh_token_is_good_until_it_expires_or_is_revoked() {
    let sandbox = sandbox([]).await;
    let first = redeemed(&sandbox, "avery@sandbox.example").await;
    sandbox.clock().advance(60 * DAY);
    let second = refreshed(&sandbox, text(&first, "refresh_token")).await;
    assert_eq!(call(&sandbox, &second).await, 200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    sandbox.clock().advance(30 * DAY);
    assert_eq!(refreshed(&sandbox, text(&first, "refresh_token")).await["error_codes"], json!([700082]));
    let third = refreshed(&sandbox, text(&second, "refresh_token")).await;

    sandbox.revoke_refresh_tokens();
    assert_eq!(refreshed(&sandbox, text(&third, "refresh_token")).await["error_codes"], json!([50173]));
    assert_eq!(call(&sandbox, &third).await, 200, "its access token is still good");
    let fourth = redeemed(&sandbox, "avery@sandbox.example").await;
    assert_eq!(refreshed(&sandbox, text(&fourth, "refresh_token")).await["token_type"], "Bearer");
}

#[tokio::test]
async fn settings_decide_what_becomes_of_a_refresh_token() {
    for (setting, has_new, is_old_good) in [
        ("refresh-tokens=kept", true, true),
        ("refresh-tokens=replaced", true, false),
        ("refresh-tokens=reused", false, true),
    ] {
        let sandbox = with_setting(setting).await;
        let first = redeemed(&sandbox, "avery@sandbox.example").await;
        let second = refreshed(&sandbox, text(&first, "refresh_token")).await;
        assert_eq!(second["refresh_token"].is_string(), has_new, "{setting}");
        let old = refreshed(&sandbox, text(&first, "refresh_token")).await;
        assert_eq!(old["access_token"].is_string(), is_old_good, "{setting}: {old}");
        if has_new {
            let new = refreshed(&sandbox, text(&second, "refresh_token")).await;
            assert!(new["access_token"].is_string(), "{setting}: {new}");
        }
    }
}

#[tokio::test]
async fn a_scope_decides_about_the_audience_and_the_refresh_token() {
    let sandbox = sandbox([]).await;
    let of = async |scope: &str| {
        let query = with(&authorization(&sandbox), "scope", scope);
        let url = authorize_url(&sandbox, sandbox.tenant(), &query);
        let response = browse(Method::POST, &url, &vec![("user", "avery@sandbox.example")]).await;
        let code = brought_back(&response, "http://localhost:41234/").remove(0).1;
        json(ask(&sandbox, &code_form(&sandbox, &code)).await).await
    };
    for scope in [
        "https://api.securitycenter.microsoft.com/.default",
        "https://api.securitycenter.microsoft.com/Ip.Read.All openid profile email",
    ] {
        let answer = of(scope).await;
        assert_eq!(call(&sandbox, &answer).await, 200, "{scope}");
        assert_eq!((&answer["refresh_token"], &answer["id_token"]), (&Value::Null, &Value::Null), "{scope}");
    }
    let government = of("offline_access https://api-gov.securitycenter.microsoft.us/.default").await;
    assert_eq!(government["scope"], "https://api-gov.securitycenter.microsoft.us/Ip.Read.All");
    assert_eq!(call(&sandbox, &government).await, 403);
    // The scope may be another one with each token.
    let token = text(&government, "refresh_token");
    let mut form = vec![("client_id", client_id(&sandbox)), ("grant_type", "refresh_token"), ("refresh_token", token)];
    form.push(("scope", "https://api.securitycenter.microsoft.com/Ip.Read.All"));
    let commercial = json(ask(&sandbox, &form).await).await;
    assert_eq!(call(&sandbox, &commercial).await, 200);
    assert!(commercial["refresh_token"].is_string(), "{commercial}");
    form[3].1 = "https://api.securitycenter.microsoft.com/Url.Read.All";
    assert_eq!(json(ask(&sandbox, &form).await).await["error_codes"], json!([65001]));
}

#[tokio::test]
async fn a_device_that_asks_too_fast_is_slowed_down_if_that_is_set() {
    let slow = with_setting("fast-polling=slow-down").await;
    let device = begin_device(&slow).await;
    let mut errors = Vec::new();
    // The interval is 5 seconds, and 5 more after each answer of this kind.
    for seconds in [0, 4, 9, 15] {
        slow.clock().advance(Duration::from_secs(seconds));
        errors.push(text(&poll(&slow, &device).await, "error").to_owned());
    }
    assert_eq!(errors, ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]);
    assert!(slow.approve_device_code(text(&device, "user_code"), &slow.users()[0]));
    assert_eq!(call(&slow, &poll(&slow, &device).await).await, 200, "nobody waits for nothing");

    for (setting, interval) in [("polling-interval=1", json!(1)), ("polling-interval=left-out", Value::Null)] {
        assert_eq!(begin_device(&with_setting(setting).await).await["interval"], interval);
    }
    let patient = sandbox([]).await;
    let device = begin_device(&patient).await;
    for _ in 0..3 {
        assert_eq!(poll(&patient, &device).await["error_codes"], json!([70016]));
    }
}

/// Anybody may begin, so that there must be a bound.
#[tokio::test]
async fn only_the_latest_thousand_are_known() {
    let sandbox = sandbox([]).await;
    let first = begin_device(&sandbox).await;
    let second = begin_device(&sandbox).await;
    for _ in 0..999 {
        begin_device(&sandbox).await;
    }
    assert_eq!(poll(&sandbox, &first).await["error"], "bad_verification_code");
    assert_eq!(poll(&sandbox, &second).await["error"], "authorization_pending");
}

#[tokio::test]
async fn no_secret_is_kept_or_shown() {
    let control = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::builder().clock(clock()).control(control).start().await.unwrap();
    let code = code(&sandbox, "avery@sandbox.example").await;
    let answer = json(ask(&sandbox, &code_form(&sandbox, &code)).await).await;
    let next = refreshed(&sandbox, text(&answer, "refresh_token")).await;
    let device = begin_device(&sandbox).await;
    sandbox.approve_device_code(text(&device, "user_code"), &sandbox.users()[0]);
    let polled = poll(&sandbox, &device).await;

    let mut shown = format!("{sandbox:?} {:?}", sandbox.requests());
    for path in ["", "/requests", "/faults", "/clock"] {
        let url = format!("{}{path}", sandbox.control_url().unwrap());
        shown += &browse(Method::GET, &url, &vec![]).await.text().await.unwrap();
    }
    assert!(shown.contains("redirect_uri=http%3A%2F%2Flocalhost%3A41234&"), "{shown}");
    let mut secrets = vec![code.as_str(), VERIFIER, CHALLENGE, "a%26state", text(&device, "device_code")];
    for answer in [&answer, &next, &polled] {
        secrets.extend([text(answer, "access_token"), text(answer, "refresh_token")]);
    }
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
