//! The sandbox behind certificates of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mde_sandbox::{Sandbox, StartError};
use reqwest::{Certificate, Client, Version};

use crate::support::{clock, encoded, json, token_form};

const PATH: &str = "/api/ips/203.0.113.7/stats";

async fn start() -> Sandbox {
    Sandbox::builder().clock(clock()).tls(true).start().await.unwrap()
}

/// A client that trusts the sandbox's authority only.
fn trusting(sandbox: &Sandbox) -> Client {
    let authority = Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    // Far longer than any test, and shorter than the sum of the timeouts of silent connections.
    let limit = Duration::from_secs(60);
    Client::builder().no_proxy().tls_certs_only([authority]).timeout(limit).build().unwrap()
}

async fn status(client: &Client, sandbox: &Sandbox) -> u16 {
    let request = client.get(format!("{}{PATH}", sandbox.url())).bearer_auth(sandbox.token());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_gets_a_token_and_an_answer() {
    let sandbox = start().await;
    assert_eq!(sandbox.url(), format!("https://{}", sandbox.address()));
    let client = trusting(&sandbox);
    let response = client
        .post(format!("{}/{}/oauth2/v2.0/token", sandbox.url(), sandbox.tenant()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(&token_form(&sandbox.apps()[0])))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let token = json(response).await["access_token"].as_str().unwrap().to_owned();

    let request = client.get(format!("{}{PATH}", sandbox.url())).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.version(), Version::HTTP_11, "although the client offers HTTP/2 as well");
}

#[tokio::test]
async fn the_certificate_is_for_every_name_of_the_machine_and_for_the_address() {
    let sandbox = start().await;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}{PATH}", sandbox.address().port());
        assert_eq!(trusting(&sandbox).get(url).send().await.unwrap().status(), 401, "{host}");
    }
    for asked in ["[::1]:0", "127.0.0.2:0"] {
        match Sandbox::builder().listen(asked.parse().unwrap()).tls(true).start().await {
            Ok(sandbox) => assert_eq!(status(&trusting(&sandbox), &sandbox).await, 200, "{asked}"),
            // Not every machine has IPv6, or more than one IPv4 loopback address.
            Err(error) => assert!(matches!(error, StartError::Listen { .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_is_not_served() {
    let (sandbox, other) = (start().await, start().await);
    assert_ne!(sandbox.tls_ca_pem(), other.tls_ca_pem());
    for stranger in [crate::support::client(), trusting(&other)] {
        let error = stranger.get(format!("{}{PATH}", sandbox.url())).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    }
    assert!(sandbox.requests().is_empty());
    assert_eq!(status(&trusting(&sandbox), &sandbox).await, 200);
}

#[tokio::test]
async fn only_the_certificate_of_the_authority_is_shown() {
    let sandbox = start().await;
    let pem = sandbox.tls_ca_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(pem.matches("-----BEGIN").count(), 1, "{pem}");
    assert!(!format!("{sandbox:?}").contains(sandbox.token()));
    assert_eq!(crate::support::sandbox([]).await.tls_ca_pem(), None);
}

#[tokio::test]
async fn connections_without_a_handshake_block_no_others() {
    let sandbox = start().await;
    let mut held = Vec::new();
    for number in 0..100 {
        let mut stream = TcpStream::connect(sandbox.address()).unwrap();
        if number % 2 == 0 {
            // The first bytes of a TLS handshake.
            stream.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
        }
        held.push(stream);
    }
    assert_eq!(status(&trusting(&sandbox), &sandbox).await, 200);
    drop(held);
}

#[tokio::test]
async fn what_is_not_tls_is_not_served_and_does_no_harm() {
    let sandbox = start().await;
    for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"\x16\x03\x01\xff\xff\x00", &[0; 70_000]] {
        let mut stream = TcpStream::connect(sandbox.address()).unwrap();
        // It may be closed while bytes are still being written.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
        assert_eq!(status(&trusting(&sandbox), &sandbox).await, 200);
    }
    assert_eq!(sandbox.requests().len(), 3);
}

#[tokio::test]
async fn dropping_it_closes_the_port_and_every_connection() {
    let sandbox = start().await;
    let address = sandbox.address();
    let client = trusting(&sandbox);
    assert_eq!(status(&client, &sandbox).await, 200);
    let mut halfway = TcpStream::connect(address).unwrap();
    halfway.write_all(b"\x16\x03\x01").unwrap();
    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
    assert!(matches!(halfway.read(&mut [0; 64]), Ok(0) | Err(_)));
}
