//! The listener on this machine that a browser is sent back to with the code.
//!
//! Whatever else runs on the machine can connect to it, and browsers connect more often than they ask: so it serves
//! connections side by side, each within bounds, and takes nothing but an answer with the state that was sent out.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use oauth2::AuthorizationCode;
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Clock;
use crate::auth::refusal::OAuthRefusal;
use crate::clock::timeout;
use crate::redact::Redactor;

/// How long one connection may take to send its request, and to take its answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// In bytes: the head of a request. A code of Entra has some thousands.
const LARGEST_HEAD: usize = 32 * 1024;

/// At a time. More wait until one of these is done.
const MOST_CONNECTIONS: usize = 32;

/// After a connection that could not be accepted, as where the program has too many files open for a while. Those that were
/// accepted go on meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens until it is dropped.
pub(super) struct RedirectListener {
    listener: TcpListener,
    port: u16,
}

/// What the person is sent back with.
type Answer = Result<AuthorizationCode, OAuthRefusal>;

impl RedirectListener {
    pub(super) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The code of the first answer with this state, or why there is none.
    pub(super) async fn code(&self, state: &str, clock: &dyn Clock) -> Answer {
        let mut connections = FuturesUnordered::new();
        loop {
            let is_full = connections.len() >= MOST_CONNECTIONS;
            tokio::select! {
                Some(answer) = connections.next() => if let Some(answer) = answer { return answer },
                stream = self.accept(clock), if !is_full => connections.push(async move {
                    timeout(clock, CONNECTION_TIMEOUT, serve(stream, state)).await.flatten()
                }),
            }
        }
    }

    /// The next connection. It may be dropped at any time, and loses none.
    async fn accept(&self, clock: &dyn Clock) -> TcpStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(_) => clock.sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

/// Answers one request. What came with the right state is an answer; anything else is not, also a connection without any
/// request, which browsers open ahead of time.
async fn serve(mut stream: TcpStream, state: &str) -> Option<Answer> {
    let (page, answer) = match request_line(&mut stream).await {
        Ok(None) | Err(_) => return None,
        Ok(Some(line)) => read(&line, state),
    };
    // A browser that does not wait for its page has brought the code all the same.
    let _ = stream.write_all(page.response().as_bytes()).await;
    let _ = stream.shutdown().await;
    answer
}

/// The first line of a request, read to the end of its head; none, where the connection ends before. It is empty where the
/// head is too large.
async fn request_line(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > LARGEST_HEAD {
            return Ok(Some(String::new()));
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Ok(Some(String::from_utf8_lossy(line).into_owned()))
}

/// What a request is answered, and whether it brings what is waited for.
fn read(line: &str, state: &str) -> (Page, Option<Answer>) {
    let target = line.strip_prefix("GET ").and_then(|rest| rest.split_once(" HTTP/1.")).map(|(target, _)| target);
    let url = target.filter(|target| target.starts_with('/'));
    let url = url.and_then(|target| Url::parse(&format!("http://localhost{target}")).ok());
    let Some(url) = url.filter(|url| url.path() == "/") else { return (Page::NotFound, None) };
    let mut query: HashMap<_, _> = url.query_pairs().filter(|(_, value)| !value.is_empty()).collect();
    if query.get("state").is_none_or(|given| given != state) {
        return (Page::Unexpected, None);
    }
    match (query.remove("error"), query.remove("code")) {
        (Some(error), _) => {
            let redactor = Redactor::for_secret(state);
            let description = query.get("error_description").map(AsRef::as_ref);
            (Page::Refused, Some(Err(OAuthRefusal::new(&error, description, &redactor))))
        }
        (None, Some(code)) => (Page::Received, Some(Ok(AuthorizationCode::new(code.into_owned())))),
        (None, None) => (Page::Unexpected, None),
    }
}

/// What the browser shows. It repeats nothing of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Received,
    Refused,
    Unexpected,
    NotFound,
}

impl Page {
    fn response(self) -> String {
        let (status, title, text) = match self {
            Self::Received => (
                "200 OK",
                "You can close this window",
                "The program that you sign in to has got its answer, and goes on by itself.",
            ),
            Self::Refused => (
                "200 OK",
                "You are not signed in",
                "The program that you sign in to shows why. You can close this window.",
            ),
            Self::Unexpected => (
                "400 Bad Request",
                "This is no answer to a sign-in",
                "The program that listens here waits for another one. Sign in by the page that it has opened.",
            ),
            Self::NotFound => ("404 Not Found", "Not found", "There is nothing here."),
        };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body>\n</html>\n"
        );
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n\
             cache-control: no-store\r\ncontent-security-policy: default-src 'none'\r\nreferrer-policy: no-referrer\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\n\r\n{body}"
        )
    }
}
