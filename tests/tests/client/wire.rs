//! What goes over the wire.

use std::net::IpAddr;

use mde_client::{Client, operations};
use mde_tests::{Scripted, Step, source_of};

use crate::{ADDRESS, TOKEN, client};

const ANSWER: &str = r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#;

/// Sends one call and gives the head of the request, without what differs from run to run.
async fn sent(ip: IpAddr, hours: Option<i64>) -> String {
    let server = Scripted::start([Step::json(ANSWER.replace("10.209.67.177", &ip.to_string()))]).await.unwrap();
    let mut call = client(&server).get_ip_statistics(ip);
    if let Some(hours) = hours {
        call = call.look_back_hours(hours);
    }
    call.send().await.unwrap();
    let head = server.requests().remove(0);
    let host = server.url().trim_start_matches("http://");
    head.replace(host, "HOST").replace(TOKEN, "TOKEN").replace("\r\n", "\n")
}

/// Every request for an address that a source shows is the request that the client makes.
#[tokio::test]
async fn documented_requests() {
    let mut count = 0;
    let requests = mde_openapi::FILES.iter().filter(|file| file.path.ends_with(".http"));
    let about_addresses =
        requests.filter(|file| source_of(file.path).operation.as_deref() == Some(operations::GET_IP_STATISTICS.id));
    for file in about_addresses {
        let line = file.text.lines().next().unwrap();
        let target = line.strip_prefix("GET ").unwrap();
        let path_and_query = &target[target.find("/api/").unwrap()..];
        let (path, query) = path_and_query.split_once('?').unwrap();
        let ip = path.split('/').nth(3).unwrap().parse().unwrap();
        let hours = query.strip_prefix("lookBackHours=").unwrap().parse().unwrap();

        let head = sent(ip, Some(hours)).await;

        assert!(head.starts_with(&format!("GET {path_and_query} HTTP/1.1\n")), "{}: {head}", file.path);
        insta::assert_snapshot!(file.path.replace('/', "-"), head);
        count += 1;
    }
    assert!(count >= 2, "both source documents show a request");
}

/// The service has a default of its own; nothing is sent in its place.
#[tokio::test]
async fn without_a_look_back() {
    insta::assert_snapshot!(sent("2001:db8::1".parse().unwrap(), None).await);
}

/// A base URL with a slash at its end must not become `//api`.
#[tokio::test]
async fn a_slash_behind_the_endpoint() {
    let server = Scripted::start([Step::json(ANSWER)]).await.unwrap();
    let client = Client::builder().endpoint(format!("{}/", server.url())).token(TOKEN).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert!(server.requests()[0].starts_with("GET /api/ips/10.209.67.177/stats HTTP/1.1\r\n"));
}

/// A redirect would take the token to another host, whatever the caller's own HTTP client thinks of it.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Scripted::start([Step::json(ANSWER)]).await.unwrap();
    let location = format!("location: {}/", other.url());
    let server = Scripted::start([Step::answer("302 Found", &[&location], "")]).await.unwrap();
    let follows = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(10));
    let client = Client::builder().endpoint(server.url()).token(TOKEN).http(follows).build().unwrap();

    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();

    assert_eq!(error.status().map(|status| status.as_u16()), Some(302));
    assert_eq!(other.requests(), Vec::<String>::new());
}

/// What stays on this machine does not take the way through a proxy.
#[tokio::test]
async fn loopback_is_not_proxied() {
    let proxy = Scripted::start([Step::json(ANSWER)]).await.unwrap();
    let server = Scripted::start([Step::json(ANSWER)]).await.unwrap();
    let proxied = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy.url()).unwrap());
    let client = Client::builder().endpoint(server.url()).token(TOKEN).http(proxied).build().unwrap();

    client.get_ip_statistics(ADDRESS).send().await.unwrap();

    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}
