//! What all tests need: a moment, events, and ways to ask.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mde_sandbox::{App, Clock, ConnectionEvent, Events, Sandbox};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// When tests take place, one second after the last connection of the documented example.
pub(crate) const NOW: &str = "2017-08-29T13:33:00Z";

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn clock() -> Clock {
    Clock::fixed(moment(NOW))
}

pub(crate) fn event(device: &str, ip: &str, time: &str) -> ConnectionEvent {
    ConnectionEvent { device: device.to_owned(), ip: ip.parse().unwrap(), time: moment(time) }
}

/// A sandbox that stands still at `NOW` and knows just these connections.
pub(crate) async fn sandbox(events: impl IntoIterator<Item = ConnectionEvent>) -> Sandbox {
    Sandbox::builder().clock(clock()).events(Events::from_iter(events)).start().await.unwrap()
}

/// Trusts no certificate at all, so that it needs none of the machine's.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

pub(crate) async fn send(sandbox: &Sandbox, method: Method, path: &str, token: &str) -> Response {
    let url = format!("{}{path}", sandbox.url());
    client().request(method, url).bearer_auth(token).send().await.unwrap()
}

/// A GET with the ready token.
pub(crate) async fn get(sandbox: &Sandbox, path: &str) -> Response {
    send(sandbox, Method::GET, path, sandbox.token()).await
}

/// The statistics of an address, which must be answered.
pub(crate) async fn statistics(sandbox: &Sandbox, ip: &str, look_back_hours: u32) -> Value {
    let response = get(sandbox, &format!("/api/ips/{ip}/stats?lookBackHours={look_back_hours}")).await;
    assert_eq!(response.status(), 200, "{ip}");
    json(response).await
}

pub(crate) async fn prevalence(sandbox: &Sandbox, ip: &str, look_back_hours: u32) -> u64 {
    statistics(sandbox, ip, look_back_hours).await["organizationPrevalence"].as_u64().unwrap()
}

pub(crate) async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or("(absent)")
}

/// The form by which an app gets a token for the API.
pub(crate) fn token_form(app: &App) -> Vec<(&str, &str)> {
    vec![
        ("client_id", app.client_id()),
        ("client_secret", app.client_secret()),
        ("grant_type", "client_credentials"),
        ("scope", "https://api.securitycenter.microsoft.com/.default"),
    ]
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A form on its way to the token endpoint of a tenant.
pub(crate) fn token_request(sandbox: &Sandbox, tenant: &str, form: &[(&str, &str)]) -> RequestBuilder {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", sandbox.url());
    client().post(url).header("content-type", "application/x-www-form-urlencoded").body(encoded(form))
}

/// What the token endpoint of the sandbox's tenant answers to a form.
pub(crate) async fn ask_token(sandbox: &Sandbox, form: &[(&str, &str)]) -> Response {
    token_request(sandbox, sandbox.tenant(), form).send().await.unwrap()
}

/// The token in an answer of the token endpoint, which must hold one.
pub(crate) async fn access_token(response: Response) -> String {
    let status = response.status();
    let body = json(response).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// The token that an app gets in its tenant.
pub(crate) async fn granted(sandbox: &Sandbox, app: &App) -> String {
    access_token(token_request(sandbox, app.tenant(), &token_form(app)).send().await.unwrap()).await
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

/// The claims of a token of the first app, with what differs from token to token.
pub(crate) fn first_app_claims(sandbox: &Sandbox, uti: &str, exp: i64) -> Value {
    json!({
        "aud": "https://api.securitycenter.microsoft.com",
        "iss": sandbox.url(),
        "tid": sandbox.tenant(),
        "appid": sandbox.apps()[0].client_id(),
        "roles": ["Ip.Read.All"],
        "ver": "1.0",
        "uti": uti,
        "exp": exp,
    })
}

/// Sends bytes as they are, and reads what comes until the sandbox closes the connection.
pub(crate) async fn raw(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let (written, read) = tokio::join!(to.write_all(bytes), from.read_to_end(&mut answer));
    written.and(read).unwrap();
    String::from_utf8(answer).unwrap()
}
