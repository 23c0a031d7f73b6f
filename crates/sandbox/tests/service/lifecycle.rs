//! Starting and stopping, and the ready token.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use mde_sandbox::{Sandbox, StartError, TokenClaims};

use crate::support::{claims, client, first_app_claims, get, sandbox};

const PATH: &str = "/api/ips/203.0.113.7/stats";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn by_default_it_listens_on_a_free_port_of_loopback() {
    let (one, other) = (Sandbox::start().await.unwrap(), Sandbox::start().await.unwrap());
    assert_ne!(one.address(), other.address());
    assert_eq!(one.address().ip().to_string(), "127.0.0.1");
    assert_eq!(one.url(), format!("http://127.0.0.1:{}", one.address().port()));
    assert_eq!(get(&one, PATH).await.status(), 200);
    assert_eq!(get(&other, PATH).await.status(), 200);
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    for asked in ["0.0.0.0:0", "192.0.2.1:8080", "[::]:0", "[2001:db8::1]:8080", "[::ffff:192.0.2.1]:0"] {
        let error = Sandbox::builder().listen(address(asked)).start().await.unwrap_err();
        assert!(matches!(error, StartError::NotLoopback { address } if address.to_string() == asked));
        assert_eq!(
            error.to_string(),
            format!(
                "the sandbox does not listen on {asked}, only on loopback such as 127.0.0.1:0: it hands out tokens to \
                 anybody, and its figures are made up"
            )
        );
    }
}

#[tokio::test]
async fn any_loopback_address_will_do() {
    for (asked, url) in [
        ("127.0.0.2:0", "http://127.0.0.2:"),
        ("[::1]:0", "http://[::1]:"),
        ("[::ffff:127.0.0.1]:0", "http://[::ffff:127.0.0.1]:"),
    ] {
        match Sandbox::builder().listen(address(asked)).start().await {
            Ok(sandbox) => {
                assert!(sandbox.url().starts_with(url), "{}", sandbox.url());
                assert_eq!(get(&sandbox, PATH).await.status(), 200);
            }
            // Not every machine has IPv6, or more than one IPv4 loopback address.
            Err(error) => assert!(matches!(error, StartError::Listen { .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = sandbox([]).await;
    let error = Sandbox::builder().listen(first.address()).start().await.unwrap_err();
    assert!(matches!(error, StartError::InUse { .. }));
    assert_eq!(
        error.to_string(),
        format!("{} is in use already: choose another port, or port 0 for any free one", first.address())
    );
}

#[tokio::test]
async fn dropping_it_closes_the_port_and_every_connection() {
    let sandbox = sandbox([]).await;
    let address = sandbox.address();
    let mut idle = TcpStream::connect(address).unwrap();
    let mut halfway = TcpStream::connect(address).unwrap();
    halfway.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
    assert_eq!(get(&sandbox, PATH).await.status(), 200);

    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
    for stream in [&mut idle, &mut halfway] {
        // Closed or reset, depending on what was still unread.
        assert!(matches!(stream.read(&mut [0; 64]), Ok(0) | Err(_)));
    }
    let again = Sandbox::builder().listen(address).start().await.unwrap();
    assert_eq!(get(&again, PATH).await.status(), 200);
}

#[tokio::test(flavor = "current_thread")]
async fn it_answers_while_the_runtime_that_started_it_is_blocked() {
    let sandbox = sandbox([]).await;
    let mut stream = TcpStream::connect(sandbox.address()).unwrap();
    stream.write_all(b"GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[tokio::test]
async fn it_outlives_the_runtime_that_started_it() {
    let starter = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(sandbox([]))
    });
    let sandbox = starter.join().unwrap();
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
}

#[tokio::test]
async fn no_token_is_shown() {
    let sandbox = sandbox([]).await;
    let other = sandbox.issue_token(TokenClaims::valid());
    for authorization in [format!("Bearer {other}"), other.clone(), format!("Basic {other}")] {
        client()
            .get(format!("{}/elsewhere", sandbox.url()))
            .header("authorization", authorization)
            .send()
            .await
            .unwrap();
    }
    let shown = format!("{sandbox:?} {:?}", sandbox.requests());
    assert!(shown.contains(sandbox.url()) && shown.contains("<redacted>"), "{shown}");
    assert!(!shown.contains(&other) && !shown.contains(sandbox.token()));
}

#[tokio::test]
async fn a_token_has_the_form_of_a_real_one() {
    let sandbox = sandbox([]).await;
    let claims = claims(sandbox.token());
    assert_eq!(claims, first_app_claims(&sandbox, "0", 253_402_300_799));
    for guid in ["tid", "appid"] {
        assert_eq!(claims[guid].as_str().unwrap().len(), 36);
    }
}
