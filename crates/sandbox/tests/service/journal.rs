//! The order of requests that are answered in another one.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{get, raw, sandbox};

#[tokio::test]
async fn requests_are_remembered_in_the_order_of_arrival_with_their_own_statuses() {
    let sandbox = sandbox([]).await;
    let requests: String = (0..9_999).map(|_| "GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n").collect();
    raw(&sandbox, format!("{requests}GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
        .await;

    let mut slow = TcpStream::connect(sandbox.address()).await.unwrap();
    let head = "POST /x/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    while !sandbox.requests().iter().any(|request| request.method == "POST") {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&sandbox, "/api").await.status(), 404);
    slow.write_all(b"x").await.unwrap();
    slow.read_to_string(&mut String::new()).await.unwrap();

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 10_000);
    let latest: Vec<_> =
        requests[9_997..].iter().map(|request| (request.path_and_query.as_str(), request.status)).collect();
    assert_eq!(latest, [("/elsewhere", 404), ("/x/oauth2/v2.0/token", 400), ("/api", 404)]);
}
