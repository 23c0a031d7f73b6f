//! What takes time, or a system in distress: only in here can the time be made to pass, and be it by nobody having
//! anything to do.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::routing::any;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::*;
use crate::tls::Tls;
use crate::whole::{LARGEST_BODY, whole_requests_only};

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
    routes.layer(axum::middleware::from_fn(whole_requests_only))
}

/// Serves in the runtime of the test.
async fn serve_here(tls: bool, most: usize) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let tls = if tls { Some(TlsAcceptor::from(Tls::new(address)?.config)) } else { None };
    drop(tokio::spawn(accept_all(listener, routes(), tls, Arc::new(OpenConnections::at_most(most)))));
    Ok(address)
}

/// The other end of a connection that holds few bytes on the way, so that it is known who has read how much.
fn call() -> Result<DuplexStream, Box<dyn Error>> {
    let (client, server) = duplex(1024);
    let open = Arc::new(OpenConnections::at_most(1));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let stream = std::net::TcpStream::connect(listener.local_addr()?)?;
    stream.set_nonblocking(true)?;
    let (_, connection) = open.enter(TcpStream::from_std(stream)?);
    drop(tokio::spawn(answer_requests(server, routes(), connection)));
    Ok(client)
}

/// All that comes until the connection is closed.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Result<String, io::Error> {
    let mut answer = String::new();
    timeout(10 * PATIENCE, stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}

/// Writes again and again until nobody takes any more, or the connection is closed. Returns how much was taken.
async fn pour(stream: &mut DuplexStream, bytes: &[u8]) -> usize {
    let mut taken = 0;
    while let Ok(Ok(())) = timeout(PATIENCE / 10, stream.write_all(bytes)).await {
        taken += bytes.len();
        assert!(taken < 10_000_000, "it takes any amount");
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn who_stops_halfway_is_dropped_after_the_limit() -> Tested {
    let post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhalf";
    for (tls, sent, answer) in [
        (true, &b""[..], ""),
        (true, b"\x16\x03\x01\x02\x00\x01", ""),
        (false, b"", ""),
        (false, b"GET / HTT", ""),
        (false, b"GET / HTTP/1.1\r\nHost: x\r\n", ""),
        (false, post, "HTTP/1.1 408 Request Timeout\r\n"),
    ] {
        let address = serve_here(tls, 9).await?;
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(sent).await?;
        let told = rest(&mut stream).await?;
        assert!(told.starts_with(answer) && told.is_empty() == answer.is_empty(), "{sent:?}: {told}");
        assert!(started.elapsed() >= PATIENCE, "{sent:?}: {:?}", started.elapsed());
        assert!(started.elapsed() < 2 * PATIENCE, "{sent:?}: {:?}", started.elapsed());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_sends_byte_by_byte_has_no_more_time() -> Tested {
    for head in ["GET / HTTP/1.1\r\nHost: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"] {
        let address = serve_here(false, 9).await?;
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        while stream.write_all(b"x").await.is_ok() {
            assert!(started.elapsed() < 2 * PATIENCE, "{head}");
            sleep(PATIENCE / 10).await;
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
    assert!(started.elapsed() >= PATIENCE, "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_head_without_end_is_not_kept() -> Tested {
    for endless in ["x", "X-Y: z\r\n"] {
        let mut stream = call()?;
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").await?;
        let taken = pour(&mut stream, endless.as_bytes()).await;
        assert!(taken <= 2 * LARGEST_HEAD, "{taken}");
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 431 "));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_is_not_kept() -> Tested {
    for (header, endless) in [("Content-Length: 10000000", "x"), ("Transfer-Encoding: chunked", "1\r\nx\r\n")] {
        let mut stream = call()?;
        stream.write_all(format!("POST / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n").as_bytes()).await?;
        let taken = pour(&mut stream, endless.as_bytes()).await;
        assert!(taken <= endless.len() * (LARGEST_BODY + LARGEST_HEAD), "{taken}");
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 413 "), "{header}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_gets_no_further_answers() -> Tested {
    let mut stream = call()?;
    let taken = pour(&mut stream, REQUEST).await;
    assert!(taken < 10 * LARGEST_HEAD, "{taken}");
    Ok(())
}

#[tokio::test]
async fn beyond_the_cap_who_waits_for_an_answer_is_kept() -> Tested {
    let address = serve_here(false, 3).await?;
    let mut waiting = TcpStream::connect(address).await?;
    waiting.write_all(b"GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    AWAITED.notified().await;
    let mut others = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(REQUEST).await?;
        let mut answer = [0; 256];
        let count = stream.read(&mut answer).await?;
        assert!(answer[..count].starts_with(b"HTTP/1.1 200"));
        others.push(stream);
    }
    RELEASED.notify_one();
    assert!(rest(&mut waiting).await?.ends_with("late"));
    Ok(())
}

#[tokio::test]
async fn beyond_the_cap_the_one_silent_for_longest_is_closed() -> Tested {
    let address = serve_here(false, 3).await?;
    let mut kept = TcpStream::connect(address).await?;
    let mut silent = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await?;
        silent.push(stream);
        // The oldest of all, and heard of all the time.
        kept.write_all(REQUEST).await?;
        let mut answer = [0; 256];
        let count = kept.read(&mut answer).await?;
        assert!(answer[..count].starts_with(b"HTTP/1.1 200"));
    }
    for mut stream in silent.drain(..28) {
        assert!(rest(&mut stream).await.is_ok_and(|told| told.is_empty()));
    }
    for mut stream in silent {
        stream.write_all(b"Connection: close\r\n\r\n").await?;
        assert!(rest(&mut stream).await?.starts_with("HTTP/1.1 200"));
    }
    Ok(())
}
