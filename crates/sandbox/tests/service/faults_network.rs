//! Faults of the network: connections that are reset or closed too early, and answers that come late.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mde_sandbox::{Events, Fault, Sandbox};
use reqwest::{Certificate, Client, Method};

use crate::support::{ask_token, client, clock, get, raw, send, token_form};

const PATH: &str = "/api/ips/203.0.113.7/stats";
const FOR_EVER: Duration = Duration::MAX;

async fn start(fault: Fault, tls: bool) -> Sandbox {
    Sandbox::builder().clock(clock()).events(Events::from_iter([])).tls(tls).fault(fault).start().await.unwrap()
}

fn client_of(sandbox: &Sandbox) -> Client {
    let authorities = sandbox.tls_ca_pem().map(|pem| Certificate::from_pem(pem.as_bytes()).unwrap());
    Client::builder().no_proxy().tls_certs_only(authorities).build().unwrap()
}

fn statuses(sandbox: &Sandbox) -> Vec<u16> {
    sandbox.requests().iter().map(|request| request.status).collect()
}

fn request(sandbox: &Sandbox) -> String {
    format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", sandbox.token())
}

/// All bytes that come until the connection ends, and how it ends.
fn exchange(sandbox: &Sandbox) -> (String, Result<(), ErrorKind>) {
    let mut stream = TcpStream::connect(sandbox.address()).unwrap();
    stream.write_all(request(sandbox).as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    (String::from_utf8(answer).unwrap(), end.map(drop).map_err(|error| error.kind()))
}

/// The header `content-length` and the body.
fn length_and_body(answer: &str) -> (usize, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (length.parse().unwrap(), body)
}

#[tokio::test]
async fn a_reset_is_one_and_leaves_the_request_in_the_log() {
    let sandbox = start(Fault::reset(), false).await;
    assert_eq!(exchange(&sandbox), (String::new(), Err(ErrorKind::ConnectionReset)));
    let requests = sandbox.requests();
    assert_eq!((requests.len(), requests[0].path_and_query.as_str(), requests[0].status), (1, PATH, 0));
}

#[tokio::test]
async fn a_client_sees_a_reset_with_and_without_tls() {
    for tls in [false, true] {
        let sandbox = start(Fault::reset().next(1).unwrap(), tls).await;
        let client = client_of(&sandbox);
        let ask = || client.get(format!("{}{PATH}", sandbox.url())).bearer_auth(sandbox.token()).send();
        let error = ask().await.unwrap_err();
        assert!(format!("{error:?}").contains("ConnectionReset"), "tls {tls}: {error:?}");
        assert_eq!(statuses(&sandbox), [0], "tls {tls}");
        assert_eq!(ask().await.unwrap().status(), 200, "tls {tls}");
        assert_eq!(statuses(&sandbox), [0, 200], "tls {tls}");
    }
}

#[tokio::test]
async fn a_reset_takes_nothing_from_the_quota_and_comes_at_the_token_endpoint_too() {
    let builder = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap());
    let sandbox = builder.fault("reset next=2 on=both".parse().unwrap()).start().await.unwrap();
    assert_eq!(exchange(&sandbox).1, Err(ErrorKind::ConnectionReset));
    let url = format!("{}/{}/oauth2/v2.0/token", sandbox.url(), sandbox.tenant());
    assert!(client().post(url).body("client_id=x").send().await.is_err());
    assert_eq!(ask_token(&sandbox, &token_form(&sandbox.apps()[0])).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    assert_eq!(statuses(&sandbox), [0, 0, 200, 200]);
}

#[tokio::test]
async fn a_truncated_answer_ends_after_so_many_bytes_of_the_promised_ones() {
    let whole = get(&start(Fault::delayed(Duration::ZERO), false).await, PATH).await.text().await.unwrap();
    for bytes in [0, 1, 20, whole.len() - 1] {
        let sandbox = start(Fault::truncated(bytes as u64), false).await;
        let (answer, end) = exchange(&sandbox);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(length_and_body(&answer), (whole.len(), &whole[..bytes]));
        assert_eq!(end, Ok(()), "it is closed, not reset");
        assert_eq!(statuses(&sandbox), [200]);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_longer_is_promised_to_be() {
    for bytes in [4, 5, u64::MAX] {
        let fault = Fault::status(500).unwrap().body("busy").unwrap().truncate(bytes).unwrap();
        let (answer, end) = exchange(&start(fault, false).await);
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert_eq!((length_and_body(&answer), end), ((5, "busy"), Ok(())));
    }
}

#[tokio::test]
async fn all_bytes_before_the_cut_arrive_however_many() {
    let body = "0123456789".repeat(400_000);
    let fault = Fault::status(200).unwrap().body(body.as_str()).unwrap().truncate(3_999_999).unwrap();
    let (answer, end) = exchange(&start(fault, false).await);
    let (length, sent) = length_and_body(&answer);
    assert_eq!((length, sent.len(), end), (4_000_000, 3_999_999, Ok(())));
    assert!(body.starts_with(sent));
}

#[tokio::test]
async fn what_never_has_a_body_is_not_truncated() {
    let fault: Fault = "204 truncate=3".parse().unwrap();
    let sandbox = start(fault, false).await;
    let response = get(&sandbox, PATH).await;
    assert_eq!(response.status(), 204);
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_client_sees_a_body_that_is_too_short_with_and_without_tls() {
    for tls in [false, true] {
        let sandbox = start(Fault::truncated(20).next(1).unwrap(), tls).await;
        let client = client_of(&sandbox);
        let ask = || client.get(format!("{}{PATH}", sandbox.url())).bearer_auth(sandbox.token()).send();
        let mut response = ask().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut received = Vec::new();
        let error = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received.extend(chunk),
                Ok(None) => panic!("tls {tls}: the body must not end well"),
                Err(error) => break error,
            }
        };
        assert_eq!(received, b"{\"@odata.context\":\"h", "tls {tls}");
        assert!(error.is_body() || error.is_decode(), "{error:?}");
        assert_eq!(ask().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_late_answer_does_not_delay_others() {
    for late in [Fault::delayed(FOR_EVER), Fault::status(503).unwrap().after(FOR_EVER), Fault::reset().after(FOR_EVER)]
    {
        let sandbox = start(late.next(1).unwrap(), false).await;
        let mut waiting = TcpStream::connect(sandbox.address()).unwrap();
        waiting.write_all(request(&sandbox).as_bytes()).unwrap();
        while !sandbox.faults().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(get(&sandbox, PATH).await.status(), 200);
        assert_eq!(statuses(&sandbox), [0, 200]);

        waiting.set_nonblocking(true).unwrap();
        assert_eq!(waiting.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(sandbox);
    }
}

#[tokio::test]
async fn a_client_that_gave_up_is_in_the_log() {
    let sandbox = start(Fault::delayed(FOR_EVER).next(1).unwrap(), false).await;
    let mut waiting = TcpStream::connect(sandbox.address()).unwrap();
    waiting.write_all(request(&sandbox).as_bytes()).unwrap();
    // Until it is on the first call, the fault would come on the second.
    while !sandbox.faults().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(waiting);
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    assert_eq!(statuses(&sandbox), [0, 200]);
}

#[tokio::test]
async fn what_is_late_comes_at_last() {
    for (fault, status) in [("delay=1ms", 200), ("503 delay=1ms", 503), ("html=502 delay=1ms", 502)] {
        let sandbox = start(fault.parse().unwrap(), false).await;
        assert_eq!(get(&sandbox, PATH).await.status(), status, "{fault}");
    }
    let sandbox = start("reset delay=1ms".parse().unwrap(), false).await;
    assert_eq!(exchange(&sandbox).1, Err(ErrorKind::ConnectionReset));
    let sandbox = start("truncate=2 delay=1ms".parse().unwrap(), false).await;
    assert_eq!(length_and_body(&exchange(&sandbox).0).1, "{\"");
    let sandbox =
        start("truncate=40 address=192.0.2.1 content-type=text/plain delay=1ms".parse().unwrap(), false).await;
    let (answer, _) = exchange(&sandbox);
    assert!(answer.contains("content-type: text/plain") && length_and_body(&answer).1.len() == 40, "{answer}");
}

#[tokio::test]
async fn the_service_answers_before_a_delay_and_not_after_it() {
    let builder = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap());
    let sandbox = builder.fault(Fault::delayed(FOR_EVER).next(1).unwrap()).start().await.unwrap();
    let mut waiting = TcpStream::connect(sandbox.address()).unwrap();
    waiting.write_all(request(&sandbox).as_bytes()).unwrap();
    while !sandbox.faults().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&sandbox, PATH).await.status(), 429, "the late one has taken the permit");
}

#[tokio::test]
async fn a_request_of_head_has_nothing_to_truncate() {
    let sandbox = start("200 body=busy truncate=2".parse().unwrap(), false).await;
    let head = format!("HEAD {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = raw(&sandbox, head.as_bytes()).await;
    assert_eq!(length_and_body(&answer), (4, ""), "{answer}");
    assert_eq!(send(&sandbox, Method::HEAD, PATH, "").await.status(), 200);
}
