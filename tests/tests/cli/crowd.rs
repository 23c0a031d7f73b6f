//! `mde sandbox`, while a crowd of clients holds connections open and sends nothing, or incomplete requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Running, mde};

const SANDBOX: [&str; 5] = ["sandbox", "--format", "json", "--quota", "100000/1h"];

/// A client that asks again and again over one connection.
struct Asking<'a> {
    connection: BufReader<TcpStream>,
    token: &'a str,
}

impl<'a> Asking<'a> {
    fn over(connection: TcpStream, token: &'a str) -> Self {
        // Far longer than it takes, so that the test fails rather than hangs.
        connection.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        Self { connection: BufReader::new(connection), token }
    }

    fn is_answered(&mut self) {
        let token = self.token;
        let request =
            format!("GET /api/ips/10.209.67.177/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        self.connection.get_mut().write_all(request.as_bytes()).unwrap();
        let head: Vec<_> =
            self.connection.by_ref().lines().map(|line| line.unwrap()).take_while(|line| !line.is_empty()).collect();
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.connection.read_exact(&mut body).unwrap();
        assert!(body.starts_with(b"{\"@odata.context\":"));
    }
}

/// Opens so many connections, and after each few of them asks over a new one and over one that is there from the start.
fn assert_answers_in_a_crowd(sandbox: &mut Command, count: usize, few: usize) {
    let mut sandbox = Running::of(sandbox.stdout(Stdio::piped()).stderr(Stdio::null()));
    let running = sandbox.json();
    let (url, token) = (running["url"].as_str().unwrap(), running["token"].as_str().unwrap());
    let connect = || TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();

    let mut asking = Asking::over(connect(), token);
    let mut crowd = Vec::new();
    for number in 1..=count {
        let mut connection = connect();
        let partial =
            ["", "GET / HTT", "GET / HTTP/1.1\r\nHost: x\r\n", "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n"];
        connection.write_all(partial[number % 4].as_bytes()).unwrap();
        crowd.push(connection);
        if number % few == 0 {
            asking.is_answered();
            Asking::over(connect(), token).is_answered();
        }
    }
    for _ in 0..few {
        asking.is_answered();
        Asking::over(connect(), token).is_answered();
    }
    assert_eq!(crowd.len(), count, "and all the while nobody of it went away");
}

#[test]
#[cfg(unix)]
fn too_few_open_files_for_a_crowd_are_shared() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_mde-under-test")]).args(SANDBOX);
    assert_answers_in_a_crowd(&mut shell, 60, 10);
}

#[test]
#[ignore = "needs 10,000 open files: raise the limit by ulimit -n 11000"]
fn ten_thousand_silent_connections_delay_no_client() {
    assert_answers_in_a_crowd(&mut mde(&SANDBOX), 10_000, 50);
}
