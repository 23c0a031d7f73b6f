//! What a caller sees of each fault, and how long it takes on the client's clock.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use mde_client::{
    AccessToken, BoxError, BoxFuture, Client, ClientBuilder, Endpoint, Error, InOrgIpStats, Response, TokenProvider,
    TokenRequest,
};
use mde_sandbox::Sandbox;
use mde_tests::{AutoAdvance, Scripted, Step};
use reqwest::dns::{Name, Resolve, Resolving};

use crate::{ADDRESS, TOKEN};

type Answer = Result<Response<InOrgIpStats>, Error>;

const GOOD: &str = r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#;
const HTML: &str = "<html><body>busy</body></html>";

/// A table of what became of each fault.
struct Matrix(String);

impl Matrix {
    fn new() -> Self {
        Self(format!(
            "{:<34}{:<14}{:<8}{:<13}{:<12}{:<10}{:<6}{}\n",
            "fault", "kind", "status", "retry after", "request id", "attempts", "sent", "waited"
        ))
    }

    /// A server that does the same to every request.
    async fn always(&mut self, fault: &str, step: Step) {
        self.row(fault, vec![step; 20]).await;
    }

    /// A server that does this once, and then answers.
    async fn once(&mut self, fault: &str, step: Step) {
        self.row(&format!("{fault}, once"), vec![step, Step::json(GOOD)]).await;
    }

    async fn row(&mut self, fault: &str, steps: Vec<Step>) {
        let server = Scripted::start(steps).await.unwrap();
        let builder = Client::builder().endpoint(server.url()).token(TOKEN);
        let answer = self.call(fault, builder, Some(&server)).await;
        let attempts = answer.map_or_else(|error| error.attempts(), |answer| answer.attempts());
        assert_eq!(server.requests().len(), usize::try_from(attempts).unwrap(), "{fault}");
    }

    async fn call(&mut self, fault: &str, builder: ClientBuilder, server: Option<&Scripted>) -> Answer {
        let (builder, mut time) = AutoAdvance::with(builder);
        let client = builder.build().unwrap();
        let answer = time.run(client.get_ip_statistics(ADDRESS).send(), server).await;
        let waited = format!("{:.1} s", time.clock().elapsed().as_secs_f64());
        let of = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let (kind, status, retry_after, request_id, attempts, sent) = match &answer {
            Ok(answer) => ("ok".to_owned(), Some(answer.status()), None, answer.request_id(), answer.attempts(), true),
            Err(error) => (
                format!("{:?}", error.kind()),
                error.status(),
                error.retry_after(),
                error.request_id(),
                error.attempts(),
                error.may_have_been_sent(),
            ),
        };
        let status = of(status.map(|status| status.as_u16().to_string()));
        let retry_after = of(retry_after.map(|wait| format!("{wait:?}")));
        let (request_id, sent) = (of(request_id.map(str::to_owned)), if sent { "yes" } else { "no" });
        writeln!(
            self.0,
            "{fault:<34}{kind:<14}{status:<8}{retry_after:<13}{request_id:<12}{attempts:<10}{sent:<6}{waited}"
        )
        .unwrap();
        answer
    }
}

fn answer(status: &str, headers: &[&str], body: &str) -> Step {
    let headers = [&["request-id: rid-1"], headers].concat();
    Step::answer(status, &headers, body)
}

fn envelope(code: &str, message: &str) -> String {
    serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
}

#[tokio::test]
async fn what_the_service_or_something_before_it_answers() {
    let mut matrix = Matrix::new();
    matrix.always("400", answer("400 Bad Request", &[], &envelope("BadRequest", "No."))).await;
    matrix.always("401 always", answer("401 Unauthorized", &[], "")).await;
    let missing = envelope("Forbidden", "Missing application roles. API required roles: Ip.Read.All.");
    matrix.always("403", answer("403 Forbidden", &[], &missing)).await;
    matrix.always("404 empty", answer("404 Not Found", &[], "")).await;
    matrix.always("408", answer("408 Request Timeout", &[], "")).await;
    matrix.always("418", answer("418 I'm a teapot", &[], "short and stout")).await;
    matrix.always("302 to another host", answer("302 Found", &["location: https://example.com/"], "")).await;
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let name = format!("{} HTML", &status[..3]);
        matrix.always(&name, answer(status, &["content-type: text/html"], HTML)).await;
        matrix.once(&name, answer(status, &["content-type: text/html"], HTML)).await;
    }
    let busy = "503 Service Unavailable";
    matrix.once("503 retry-after 5", answer(busy, &["retry-after: 5"], "")).await;
    matrix.always("503 retry-after 1 h", answer(busy, &["retry-after: 3600"], "")).await;
    insta::assert_snapshot!(matrix.0);
}

#[tokio::test]
async fn throttling() {
    let recorded = mde_openapi::FILES.iter().find(|file| file.path.ends_with("recording-429-per-minute/answer.json"));
    let recorded = recorded.unwrap().text;
    let status = "429 Too Many Requests";
    let date = "retry-after: Thu, 01 Jan 2026 00:00:30 GMT";
    let cases = [
        ("429 header", answer(status, &["retry-after: 8"], &envelope("TooManyRequests", "Slow down."))),
        ("429 text", answer(status, &[], recorded)),
        ("429 header below text", answer(status, &["retry-after: 3"], recorded)),
        ("429 header above text", answer(status, &["retry-after: 20"], recorded)),
        ("429 neither", answer(status, &[], &envelope("TooManyRequests", "Slow down."))),
        ("429 HTML", answer(status, &[], HTML)),
        ("429 empty", answer(status, &[], "")),
        ("429 date", answer(status, &[date], "")),
        ("429 at once", answer(status, &["retry-after: 0"], "")),
        ("429 for an hour", answer(status, &["retry-after: 3600"], "")),
    ];
    let mut matrix = Matrix::new();
    for (name, step) in cases {
        matrix.once(name, step.clone()).await;
        matrix.always(name, step).await;
    }
    insta::assert_snapshot!(matrix.0);
}

/// What goes wrong with a body behind a head that is whole.
fn broken_bodies(head: &str) -> [(&'static str, Step); 9] {
    let written = |more: &str, body: &[u8]| Step::Write([format!("{head}{more}\r\n\r\n").as_bytes(), body].concat());
    let whole = |encoding: &str, body: &[u8]| {
        written(&format!("content-encoding: {encoding}\r\ncontent-length: {}", body.len()), body)
    };
    let promised = format!("{head}content-length: 900\r\n\r\n{{\"er").into_bytes();
    [
        ("closed", Step::Write(promised.clone())),
        ("reset", Step::Reset(promised.clone())),
        ("stalls", Step::Hang(promised)),
        ("no chunk", written("transfer-encoding: chunked", b"zz\r\n{\"error\":")),
        ("last chunk missing", written("transfer-encoding: chunked", b"2\r\n{}\r\n")),
        ("too large", written(&format!("content-length: {}", 2 << 20), &[b' '; 2 << 20])),
        ("no gzip", whole("gzip", GOOD.as_bytes())),
        ("half a gzip", whole("gzip", &gzip(GOOD.as_bytes())[..30])),
        ("brotli", whole("br", &[0x8b, 0x02, 0x80])),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The status decides, and `Retry-After` and the request id are kept, whatever becomes of the body. Where the status is 200
/// there is nothing to decide by.
#[tokio::test]
async fn bodies_that_break() {
    let mut matrix = Matrix::new();
    for (name, status) in [
        ("200", "200 OK"),
        ("401", "401 Unauthorized"),
        ("403", "403 Forbidden"),
        ("404", "404 Not Found"),
        ("429", "429 Too Many Requests\r\nretry-after: 30"),
        ("503", "503 Service Unavailable\r\nretry-after: 5"),
    ] {
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\nrequest-id: rid-1\r\n");
        for (fault, step) in broken_bodies(&head) {
            matrix.once(&format!("{name} {fault}"), step).await;
        }
    }
    insta::assert_snapshot!(matrix.0);
}

#[tokio::test]
async fn connections_and_bodies() {
    let head = b"HTTP/1.1 200 OK\r\nrequest-id: rid-1\r\ncontent-length: 900\r\n\r\n{\"ipAdd".to_vec();
    let mut matrix = Matrix::new();
    matrix.always("reset before the answer", Step::Reset(Vec::new())).await;
    matrix.once("reset before the answer", Step::Reset(Vec::new())).await;
    matrix.always("closed in the body", Step::Write(head.clone())).await;
    matrix.once("closed in the body", Step::Write(head.clone())).await;
    matrix.once("reset in the body", Step::Reset(head.clone())).await;
    matrix.always("slow headers", Step::Hang(Vec::new())).await;
    matrix.once("slow headers", Step::Hang(Vec::new())).await;
    matrix.always("slow body", Step::Hang(head.clone())).await;
    matrix.once("slow body", Step::Hang(head)).await;
    matrix.always("no HTTP", Step::Write(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await;
    matrix.always("truncated JSON", answer("200 OK", &[], &GOOD[..20])).await;
    matrix.always("HTML", answer("200 OK", &["content-type: text/html"], HTML)).await;
    matrix.always("wrong content type", answer("200 OK", &["content-type: text/plain"], GOOD)).await;
    matrix.always("huge body", answer("200 OK", &[], &" ".repeat(2 << 20))).await;
    matrix.always("no gzip", answer("200 OK", &["content-encoding: gzip"], GOOD)).await;
    matrix.always("another address", answer("200 OK", &[], &GOOD.replace("177", "178"))).await;
    insta::assert_snapshot!(matrix.0);
}

/// A resolver that knows no name, so that no question leaves this machine.
struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err("no such host".into()) })
    }
}

/// Without a proxy, whatever the environment says.
fn direct() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

/// A resolver for which every name is this machine.
struct HereOnly(SocketAddr);

impl Resolve for HereOnly {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Box<dyn Iterator<Item = SocketAddr> + Send> = Box::new(std::iter::once(self.0));
        Box::pin(async { Ok(here) })
    }
}

#[tokio::test]
async fn hosts_that_cannot_be_reached() {
    let mut matrix = Matrix::new();
    // No program may listen on port 1 without special rights.
    let builder = Client::builder().endpoint("http://127.0.0.1:1").token(TOKEN);
    matrix.call("nobody listens", builder, None).await.unwrap_err();

    let builder = Client::builder().token(TOKEN).http(direct().dns_resolver(Arc::new(NoNames)));
    matrix.call("no such name", builder, None).await.unwrap_err();

    let plain = Scripted::start([]).await.unwrap();
    let builder = Client::builder().endpoint(plain.url().replace("http:", "https:")).token(TOKEN);
    matrix.call("closed in the handshake", builder, None).await.unwrap_err();

    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let builder = Client::builder().endpoint(sandbox.url()).token(TOKEN);
    matrix.call("unknown certificate authority", builder, None).await.unwrap_err();

    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let http = direct().add_root_certificate(authority).dns_resolver(Arc::new(HereOnly(sandbox.address())));
    let endpoint = format!("https://gateway.example:{}", sandbox.address().port());
    let endpoint = Endpoint::custom(&endpoint, &endpoint, Endpoint::COMMERCIAL.audience()).unwrap();
    let builder = Client::builder().endpoint(endpoint).token(TOKEN).http(http);
    matrix.call("certificate for another name", builder, None).await.unwrap_err();
    assert!(sandbox.requests().is_empty(), "nothing was sent");
    insta::assert_snapshot!(matrix.0);
}

/// Gives another token each time.
#[derive(Clone, Default)]
pub(crate) struct Fresh(Arc<AtomicU32>);

impl TokenProvider for Fresh {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(AccessToken::new(format!("token-{number}"))) })
    }
}

#[tokio::test]
async fn tokens_that_are_refused() {
    let refused = answer("401 Unauthorized", &[], "");
    let mut matrix = Matrix::new();
    let broken =
        Step::Write(b"HTTP/1.1 401 Unauthorized\r\nrequest-id: rid-1\r\ncontent-length: 900\r\n\r\n{".to_vec());
    for (name, steps) in [
        ("401 broken off, then good", vec![broken, Step::json(GOOD)]),
        ("401 once, then good", vec![refused.clone(), Step::json(GOOD)]),
        ("401 always", vec![refused; 9]),
    ] {
        let server = Scripted::start(steps).await.unwrap();
        let fresh = Fresh::default();
        let builder = Client::builder().endpoint(server.url()).credential(fresh.clone());
        // Either way the credential is asked twice, and the service too.
        let _ = matrix.call(&format!("{name} (new token)"), builder, Some(&server)).await;
        assert_eq!((fresh.0.load(Ordering::SeqCst), server.requests().len()), (2, 2), "{name}");
    }
    insta::assert_snapshot!(matrix.0);
}
