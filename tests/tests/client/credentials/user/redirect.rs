//! The listener that a browser comes back to: whatever else connects to it neither ends nor stops a sign-in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::browser::{Page, with_browser};
use super::*;

/// What is answered to these bytes.
async fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut answer = Vec::new();
    // The listener may refuse the rest of what is too large.
    let _ = stream.write_all(bytes).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) async fn get(port: u16, target: &str) -> String {
    send(port, format!("GET {target} HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n").as_bytes()).await
}

/// Signs in, with something else before the browser comes back.
async fn with<F: Future<Output = ()>>(before: impl FnOnce(Arc<Page>, ManualClock) -> F) {
    let host = host([tokens("access-1", None)]).await;
    let (person, mut pages) = with_browser(person());
    let (client, clock) = client(&host, person);
    let browser = async {
        let page = Arc::new(pages.recv().await.unwrap());
        before(Arc::clone(&page), clock).await;
        assert_eq!(host.requests(), Vec::<String>::new());
        page.comes_back("code=the-code-of-the-page").await
    };
    let (signed_in, answer) = tokio::join!(sign_in(&client), browser);
    signed_in.unwrap();
    assert!(answer.contains("You can close this window"), "{answer}");
    assert_eq!(forms(&host)[0]["code"], "the-code-of-the-page");
}

#[tokio::test]
async fn requests_that_are_no_answer() {
    with(|page, _| async move {
        let (port, state) = (page.port(), page.parameter("state"));
        for (target, status) in [
            ("/favicon.ico".to_owned(), "404"),
            (format!("/other?code=another-code-entirely&state={state}"), "404"),
            ("//evil.example/?code=x".to_owned(), "404"),
            ("http://evil.example/".to_owned(), "404"),
            ("/".to_owned(), "400"),
            ("/?code=another-code-entirely".to_owned(), "400"),
            ("/?code=another-code-entirely&state=another".to_owned(), "400"),
            ("/?error=access_denied&state=".to_owned(), "400"),
            (format!("/?state={state}"), "400"),
            (format!("/?code=&state={state}"), "400"),
            (format!("/?code=another-code-entirely&state={}", &state[1..]), "400"),
        ] {
            let answer = get(port, &target).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
            assert!(!answer.contains("another-code"), "{answer}");
        }
        for request in [
            format!("POST /?code=another-code-entirely&state={state} HTTP/1.1\r\n\r\n"),
            format!("HEAD /?code=another-code-entirely&state={state} HTTP/1.1\r\n\r\n"),
            "\u{0}\u{1}\r\n\r\n".to_owned(),
            format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)),
        ] {
            let answer = send(port, request.as_bytes()).await;
            // A connection with bytes that nobody reads may be reset before its answer is.
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 404 "), "{answer}");
        }
    })
    .await;
}

/// Browsers connect ahead of time, and others may hold on to as many connections as they like.
#[tokio::test]
async fn connections_without_a_request() {
    with(|page, clock| async move {
        let mut held = Vec::new();
        for _ in 0..40 {
            let mut stream = TcpStream::connect(("127.0.0.1", page.port())).await.unwrap();
            stream.write_all(b"GET / HT").await.unwrap();
            held.push(stream);
        }
        drop(TcpStream::connect(("127.0.0.1", page.port())).await.unwrap());
        // Each has 10 s. Those that waited for the first to end have theirs after that.
        for _ in 0..2 {
            clock.somebody_sleeps(10 * SECOND).await;
            tokio::task::yield_now().await;
            clock.advance(10 * SECOND);
        }
    })
    .await;
}

/// One that sends its request in pieces is served as well.
#[tokio::test]
async fn a_slow_browser() {
    let host = host([tokens("access-1", None)]).await;
    let (person, mut pages) = with_browser(person());
    let (client, _) = client(&host, person);
    let browser = async {
        let page = pages.recv().await.unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", page.port())).await.unwrap();
        let request = format!("GET /?code=the-code-of-the-page&state={} HTTP/1.1\r\n\r\n", page.parameter("state"));
        for byte in request.into_bytes() {
            stream.write_u8(byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(sign_in(&client), browser).0.unwrap();
}

/// It listens on this machine only.
#[tokio::test]
async fn nobody_from_outside_reaches_it() {
    with(|page, _| async move {
        // Of all addresses of 127.0.0.0/8 it is at one.
        assert!(TcpStream::connect(("127.0.0.2", page.port())).await.is_err());
    })
    .await;
}
