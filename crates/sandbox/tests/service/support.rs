//! What all tests need: a moment, events, and ways to ask.

use chrono::{DateTime, Utc};
use mde_sandbox::{Clock, ConnectionEvent, Events, Sandbox};
use reqwest::{Client, Method, Response};
use serde_json::Value;
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

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
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

/// Sends bytes as they are, and reads what comes until the sandbox closes the connection.
pub(crate) async fn raw(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let (written, read) = tokio::join!(to.write_all(bytes), from.read_to_end(&mut answer));
    written.and(read).unwrap();
    String::from_utf8(answer).unwrap()
}
