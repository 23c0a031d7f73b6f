//! Timeouts and limits of connections. They are tested here and not over the API, because the time of the runtime has to
//! be paused: it then passes as soon as every task waits.

use std::net::Ipv4Addr;

use axum::routing::any;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::*;
use crate::connection::WRITE_TIMEOUT;
use crate::service::{BODY_TIMEOUT, MAX_BODY_BYTES, limit_body};

type Tested = Result<(), Box<dyn Error>>;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// That the late answer is waited for, and that it may come.
static AWAITED: Notify = Notify::const_new();
static RELEASED: Notify = Notify::const_new();

fn routes() -> Router {
    let late = async || {
        AWAITED.notify_one();
        RELEASED.notified().await;
        "late"
    };
    let routes = Router::new().route("/", any(async || "here")).route("/late", any(late));
    routes.layer(axum::middleware::from_fn(limit_body))
}

/// Serves in the runtime of the test, so many connections at a time.
async fn serve_here(tls: bool, connections: usize) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let tls = if tls { Some(TlsAcceptor::from(Tls::new(address)?.config)) } else { None };
    drop(tokio::spawn(accept_all(listener, routes(), tls, Arc::new(Semaphore::new(connections)))));
    Ok(address)
}

/// The other end of a connection that holds few bytes on the way, so that it is known who has read how much.
fn call() -> DuplexStream {
    let (client, server) = duplex(1024);
    drop(tokio::spawn(answer_requests(server, routes(), Connection::default())));
    client
}

/// All that comes until the connection is closed.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Result<String, io::Error> {
    let mut answer = String::new();
    timeout(10 * IDLE_TIMEOUT, stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}

/// Writes until the other end takes no more, or the connection is closed. Returns how much was taken.
async fn pour(stream: &mut DuplexStream, bytes: &[u8]) -> usize {
    let mut taken = 0;
    while let Ok(Ok(())) = timeout(HEAD_TIMEOUT / 10, stream.write_all(bytes)).await {
        taken += bytes.len();
        assert!(taken < 10_000_000, "it takes any amount");
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_halfway_is_dropped_after_the_timeout() -> Tested {
    let post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhalf";
    for (tls, sent, answer, limit) in [
        (true, &b""[..], "", HEAD_TIMEOUT),
        (true, b"\x16\x03\x01\x02\x00\x01", "", HEAD_TIMEOUT),
        (false, b"", "", HEAD_TIMEOUT),
        (false, b"GET / HTT", "", HEAD_TIMEOUT),
        (false, b"GET / HTTP/1.1\r\nHost: x\r\n", "", HEAD_TIMEOUT),
        (false, post, "HTTP/1.1 408 Request Timeout\r\n", BODY_TIMEOUT),
    ] {
        let address = serve_here(tls, 9).await?;
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(sent).await?;
        let received = rest(&mut stream).await?;
        assert!(received.starts_with(answer) && received.is_empty() == answer.is_empty(), "{sent:?}: {received}");
        assert!(started.elapsed() >= limit, "{sent:?}: {:?}", started.elapsed());
        assert!(started.elapsed() < 2 * limit, "{sent:?}: {:?}", started.elapsed());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sending_byte_by_byte_does_not_extend_the_timeout() -> Tested {
    for (head, limit) in [
        ("GET / HTTP/1.1\r\nHost: ", HEAD_TIMEOUT),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n", BODY_TIMEOUT),
    ] {
        let address = serve_here(false, 9).await?;
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        while stream.write_all(b"x").await.is_ok() {
            assert!(started.elapsed() < 2 * limit, "{head}");
            sleep(limit / 10).await;
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_next_request_is_dropped() -> Tested {
    let address = serve_here(false, 9).await?;
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(REQUEST).await?;
    let answer = rest(&mut stream).await?;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"), "{answer}");
    assert!(started.elapsed() >= IDLE_TIMEOUT, "{:?}", started.elapsed());
    assert!(started.elapsed() < 2 * IDLE_TIMEOUT, "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_next_request_that_stops_halfway_is_dropped() -> Tested {
    let address = serve_here(false, 9).await?;
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&[REQUEST, b"GET / HTT"].concat()).await?;
    let answers = rest(&mut stream).await?;
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    assert!(started.elapsed() >= IDLE_TIMEOUT, "{:?}", started.elapsed());
    assert!(started.elapsed() < 2 * IDLE_TIMEOUT, "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_head_without_end_is_not_kept() -> Tested {
    for endless in ["x", "X-Y: z\r\n"] {
        let mut stream = call();
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").await?;
        let taken = pour(&mut stream, endless.as_bytes()).await;
        assert!(taken <= 2 * MAX_HEAD_BYTES, "{taken}");
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 431 "));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_is_not_kept() -> Tested {
    for (header, endless) in [("Content-Length: 10000000", "x"), ("Transfer-Encoding: chunked", "1\r\nx\r\n")] {
        let mut stream = call();
        stream.write_all(format!("POST / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n").as_bytes()).await?;
        let taken = pour(&mut stream, endless.as_bytes()).await;
        assert!(taken <= endless.len() * (MAX_BODY_BYTES + MAX_HEAD_BYTES), "{taken}");
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 413 "), "{header}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_gets_no_further_answers() -> Tested {
    let mut stream = call();
    let taken = pour(&mut stream, REQUEST).await;
    assert!(taken < 10 * MAX_HEAD_BYTES, "{taken}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_closed_for_others() -> Tested {
    let address = serve_here(false, 1).await?;
    let started = Instant::now();
    let silent = TcpStream::connect(address).await?;
    silent.writable().await?;
    // As much as fits in between, of which the answers no longer do.
    silent.try_write(&REQUEST.repeat(100_000))?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 200"));
    assert!(started.elapsed() >= WRITE_TIMEOUT, "{:?}", started.elapsed());
    assert!(started.elapsed() < 2 * WRITE_TIMEOUT, "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn at_the_limit_a_connection_that_waits_for_its_answer_is_kept() -> Tested {
    let address = serve_here(false, 3).await?;
    let mut waiting = TcpStream::connect(address).await?;
    waiting.write_all(b"GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    AWAITED.notified().await;
    let mut others = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(address).await?;
        is_answered(&mut stream).await?;
        others.push(stream);
    }
    RELEASED.notify_one();
    assert!(rest(&mut waiting).await?.ends_with("late"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn at_the_limit_silent_connections_end_and_a_busy_one_is_kept() -> Tested {
    let address = serve_here(false, 3).await?;
    let mut kept = TcpStream::connect(address).await?;
    let mut silent = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await?;
        silent.push(stream);
        is_answered(&mut kept).await?;
    }
    let started = Instant::now();
    for mut stream in silent.drain(..28) {
        assert!(rest(&mut stream).await.is_ok_and(|received| received.is_empty()));
        is_answered(&mut kept).await?;
    }
    assert!(started.elapsed() <= 15 * HEAD_TIMEOUT, "two at a time: {:?}", started.elapsed());
    // The last two have just been accepted, and are in time.
    for mut stream in silent {
        stream.write_all(b"Connection: close\r\n\r\n").await?;
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 200"));
    }
    Ok(())
}

/// Asks over a connection that is kept.
async fn is_answered(stream: &mut TcpStream) -> Tested {
    stream.write_all(REQUEST).await?;
    let mut answer = [0; 256];
    let count = stream.read(&mut answer).await?;
    assert!(answer[..count].starts_with(b"HTTP/1.1 200"));
    Ok(())
}
