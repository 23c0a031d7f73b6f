//! Hostile and broken clients: whatever they do, the next one is answered.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mde_sandbox::Sandbox;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{clock, encoded, token_form};

/// Far longer than any test, so that one fails rather than hangs.
const LIMIT: Duration = Duration::from_secs(120);

trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}
type Call = Pin<Box<dyn Stream>>;

/// One that speaks http, and one that speaks TLS.
async fn both() -> [Sandbox; 2] {
    let start = |tls| Sandbox::builder().clock(clock()).quota("9999/1h".parse().unwrap()).tls(tls).start();
    [start(false).await.unwrap(), start(true).await.unwrap()]
}

async fn call(sandbox: &Sandbox) -> Call {
    let stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let Some(authority) = sandbox.tls_ca_pem() else {
        return Box::pin(stream);
    };
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let name = sandbox.address().ip().into();
    Box::pin(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
}

/// A right request, with another header.
fn request(sandbox: &Sandbox, header: &str) -> String {
    let token = sandbox.token();
    format!("GET /api/ips/203.0.113.7/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{header}\r\n\r\n")
}

/// The head of a right request for a token, and its body.
fn token_request(sandbox: &Sandbox, header: &str) -> (String, String) {
    let body = encoded(&token_form(&sandbox.apps()[0]));
    let head = format!(
        "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n{header}\r\n",
        sandbox.tenant(),
        body.len()
    );
    (head, body)
}

/// Everything that comes until the connection is closed, or reset.
async fn rest(call: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    let _ = timeout(LIMIT, call.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Sends bytes, as far as they are taken, and reads at the same time.
async fn reply(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let (mut reading, mut writing) = tokio::io::split(call(sandbox).await);
    let (answer, _) = tokio::join!(rest(&mut reading), async {
        let _ = writing.write_all(bytes).await;
        // Under TLS, what was written may still wait to be sent.
        let _ = writing.flush().await;
    });
    answer
}

async fn assert_answers(sandbox: &Sandbox) {
    let answer = reply(sandbox, request(sandbox, "Connection: close").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn what_is_not_http_gets_400() {
    for sandbox in both().await {
        for malformed in [
            "\0\0\0\r\n\r\n",
            "GET\r\n\r\n",
            "GET /\r\n\r\n",
            "GET  /  HTTP/1.1\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "G@T / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nX: \0\r\n\r\n",
            "POST /elsewhere HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            "POST /elsewhere HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "POST /elsewhere HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        ] {
            let answer = reply(&sandbox, malformed.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{malformed:?}: {answer}");
            assert_answers(&sandbox).await;
        }
    }
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    for sandbox in both().await {
        assert_eq!(reply(&sandbox, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await, "");
        assert_answers(&sandbox).await;
    }
}

#[tokio::test]
async fn a_half_closed_connection_still_gets_the_answer() {
    for sandbox in both().await {
        sandbox.inject("delay=1ms".parse().unwrap());
        let mut call = call(&sandbox).await;
        call.write_all(request(&sandbox, "Connection: close").as_bytes()).await.unwrap();
        call.shutdown().await.unwrap();
        assert!(rest(&mut call).await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn a_head_has_64_kib_at_most() {
    const LARGEST: usize = 64 * 1024;
    for sandbox in both().await {
        for (size, status) in [(LARGEST, 200), (LARGEST + 1, 431), (LARGEST * 3 / 2, 431)] {
            let without = request(&sandbox, "Connection: close\r\nX: ").len();
            let header = format!("Connection: close\r\nX: {}", "x".repeat(size - without));
            let sent = request(&sandbox, &header);
            assert_eq!(sent.len(), size);
            let answer = reply(&sandbox, sent.as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {answer}");
        }
    }
}

#[tokio::test]
async fn ten_megabytes_of_headers_are_refused() {
    const MANY: usize = 10_000_000;
    for sandbox in both().await {
        for headers in [
            format!("X: {}\r\n", "x".repeat(MANY)),
            "X: y\r\n".repeat(MANY / 6),
            format!("{}: x\r\n", "x".repeat(MANY)),
        ] {
            let answer = reply(&sandbox, format!("GET / HTTP/1.1\r\n{headers}\r\n").as_bytes()).await;
            // It is closed with much unread, and some systems then drop the answer.
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
            assert_answers(&sandbox).await;
        }
        let answer = reply(&sandbox, format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(MANY)).as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert_answers(&sandbox).await;
        assert_eq!(sandbox.requests().len(), 4, "only the right ones became requests");
    }
}

#[tokio::test]
async fn a_token_of_usual_size_among_many_headers_is_not_too_much() {
    for sandbox in both().await {
        let header = format!("X: {}\r\n{}Connection: close", "x".repeat(16_000), "Y: z\r\n".repeat(90));
        let answer = reply(&sandbox, request(&sandbox, &header).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn ten_megabytes_of_body_are_refused() {
    for sandbox in both().await {
        let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant());
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        for body in [
            format!("Content-Length: 10000000\r\n\r\n{}", "x".repeat(10_000_000)),
            format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(150)),
        ] {
            let answer = reply(&sandbox, format!("POST {path} HTTP/1.1\r\nHost: x\r\n{body}").as_bytes()).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert_eq!(sandbox.requests().last().unwrap().status, 413);
            assert_answers(&sandbox).await;
        }
    }
}

#[tokio::test]
async fn expect_100_continue_is_answered() {
    for sandbox in both().await {
        let (head, body) = token_request(&sandbox, "Expect: 100-continue\r\n");
        let mut call = call(&sandbox).await;
        call.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = [0; 25];
        timeout(LIMIT, call.read_exact(&mut go_on)).await.unwrap().unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        call.write_all(body.as_bytes()).await.unwrap();
        assert!(rest(&mut call).await.starts_with("HTTP/1.1 200 "));

        let head = head.replace(&format!("Length: {}", body.len()), "Length: 10000000");
        assert!(reply(&sandbox, head.as_bytes()).await.starts_with("HTTP/1.1 413 "));
        assert_answers(&sandbox).await;
    }
}

#[tokio::test]
async fn http_1_0_is_answered() {
    for sandbox in both().await {
        let answer = reply(&sandbox, request(&sandbox, "X: y").replace("HTTP/1.1", "HTTP/1.0").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    for sandbox in both().await {
        let bytes = ["A", "B", "C"].map(|name| request(&sandbox, "X: y").replace("203.0.113.7", name)).concat();
        let answer = reply(&sandbox, (bytes + &request(&sandbox, "Connection: close")).as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 3, "{answer}");
        let places: Vec<_> =
            ["address A ", "address B ", "address C ", "HTTP/1.1 200 "].map(|it| answer.find(it)).into();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{answer}");
    }
}

#[tokio::test]
async fn slow_clients_do_not_delay_others_and_are_answered() {
    for sandbox in both().await {
        let get = request(&sandbox, "Connection: close");
        let (head, body) = token_request(&sandbox, "");
        let post = head + &body;
        let mut slow = Vec::new();
        for number in 0..30 {
            // Within the request line, within a header, within the body.
            let (whole, sent) = [(&get, 9), (&get, 80), (&post, post.len() - 1)][number % 3];
            let mut call = call(&sandbox).await;
            call.write_all(&whole.as_bytes()[..sent]).await.unwrap();
            call.flush().await.unwrap();
            assert_answers(&sandbox).await;
            slow.push((call, &whole[sent..]));
        }
        for (mut call, rest_of_it) in slow {
            for byte in rest_of_it.as_bytes() {
                call.write_all(&[*byte]).await.unwrap();
                call.flush().await.unwrap();
            }
            assert!(rest(&mut call).await.starts_with("HTTP/1.1 200 "));
        }
    }
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_delay_others() {
    let [sandbox, _] = both().await;
    let many = request(&sandbox, "X: y").repeat(5000);
    let mut silent = Vec::new();
    for _ in 0..8 {
        let stream = TcpStream::connect(sandbox.address()).await.unwrap();
        stream.writable().await.unwrap();
        // As much as fits in between.
        assert!(stream.try_write(many.as_bytes()).unwrap() > 1000);
        silent.push(stream);
        assert_answers(&sandbox).await;
    }
}

#[tokio::test]
async fn clients_that_disconnect_at_once_do_no_harm() {
    for sandbox in both().await {
        for number in 0..100 {
            let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
            if number % 2 == 0 {
                // Reset instead of closed.
                stream.set_zero_linger().unwrap();
            }
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        }
        assert_answers(&sandbox).await;
    }
}
