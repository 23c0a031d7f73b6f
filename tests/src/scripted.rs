//! A server that gives scripted answers.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the server does with one connection.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads a request, writes these bytes and closes.
    Write(Vec<u8>),
    /// Reads a request, writes these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Reads a request, writes these bytes and then nothing more, but leaves the connection open.
    Hang(Vec<u8>),
}

impl Step {
    /// A whole answer: the status line without `HTTP/1.1`, lines of headers, and a body.
    pub fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            bytes += header;
            bytes += "\r\n";
        }
        let mut bytes = (bytes + "\r\n").into_bytes();
        bytes.extend_from_slice(body);
        Self::Write(bytes)
    }

    /// A 200 with a JSON body.
    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Self::answer("200 OK", &["content-type: application/json"], body)
    }
}

/// A server on this machine that does what a test scripts, one step for each connection, and remembers what it was
/// asked. After the last step it closes connections unanswered.
#[derive(Debug)]
pub struct Scripted {
    url: String,
    seen: Arc<Seen>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    bodies: Mutex<Vec<String>>,
    hung: Notify,
}

impl Scripted {
    /// Starts the server on a free port.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(steps: impl IntoIterator<Item = Step>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::<Seen>::default();
        let (mut steps, by_server) = (steps.into_iter().collect::<VecDeque<_>>(), Arc::clone(&seen));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Some(step) = steps.pop_front() else { continue };
                tokio::spawn(serve(stream, step, Arc::clone(&by_server)));
            }
        });
        Ok(Self { url, seen, server })
    }

    /// Its base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The request line and the headers of each request so far, as they came over the wire.
    pub fn requests(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The body of each request so far; empty, where there is none.
    pub fn bodies(&self) -> Vec<String> {
        self.seen.bodies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the server hangs, once for each time that it does, and a client in the same runtime has read what was
    /// written before.
    pub async fn hangs(&self) {
        self.seen.hung.notified().await;
        // What is written arrives at once on one machine. The runtime looks at its sockets between two turns of a task.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A failure to read or write is the client's leaving, which is the test's matter.
async fn serve(mut stream: TcpStream, step: Step, seen: Arc<Seen>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut body = vec![0; content_length(&head)];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    seen.bodies.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8_lossy(&body).into_owned());
    seen.heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    match step {
        Step::Write(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Step::Reset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.set_zero_linger();
        }
        Step::Hang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            seen.hung.notify_one();
            std::future::pending().await
        }
    }
}

fn content_length(head: &str) -> usize {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or_default()
}
