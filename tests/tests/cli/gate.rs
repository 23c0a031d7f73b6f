//! A service that answers when a test lets it, so that a test knows which calls are in flight.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Far longer than anything takes, so that a test fails rather than hangs.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Default)]
struct State {
    /// The paths that were asked for, in the order of arrival.
    asked: Vec<String>,
    /// How many more answers may go out.
    answers: usize,
}

/// Answers for each address that one device talked to it, as soon as it may.
pub(crate) struct Gate {
    url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Gate {
    /// It runs until the tests end.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let of_server = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&of_server);
                thread::spawn(move || serve(&stream.unwrap(), &state));
            }
        });
        Self { url, state }
    }

    /// One that answers everything.
    pub(crate) fn open() -> Self {
        let gate = Self::start();
        gate.lets(usize::MAX / 2);
        gate
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets so many more answers out.
    pub(crate) fn lets(&self, answers: usize) {
        let (state, changed) = &*self.state;
        state.lock().unwrap().answers += answers;
        changed.notify_all();
    }

    /// How many were asked for, answered or not.
    pub(crate) fn asked(&self) -> usize {
        self.state.0.lock().unwrap().asked.len()
    }

    /// The last path that was asked for.
    pub(crate) fn last(&self) -> String {
        self.state.0.lock().unwrap().asked.last().unwrap().clone()
    }

    /// Waits until so many were asked for.
    pub(crate) fn is_asked(&self, count: usize) {
        let (state, changed) = &*self.state;
        let is_short = |state: &mut State| state.asked.len() < count;
        let (state, timeout) = changed.wait_timeout_while(state.lock().unwrap(), LIMIT, is_short).unwrap();
        assert!(!timeout.timed_out(), "{} of {count} are asked for", state.asked.len());
    }

    /// The command against it, by the token of an app that may ask.
    pub(crate) fn ask<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("MDE_ENDPOINT", &self.url).env("MDE_TOKEN", token("tenant-1", "app-1"))
    }
}

/// A token with tenant and app, which is not verified.
pub(crate) fn token(tenant: &str, app: &str) -> String {
    of_claims(format!(r#"{{"tid":"{tenant}","appid":"{app}"}}"#))
}

/// A token that ends at this time, in seconds since 1970.
pub(crate) fn token_until(end: u64) -> String {
    of_claims(format!(r#"{{"tid":"tenant-1","appid":"app-1","exp":{end}}}"#))
}

fn of_claims(claims: String) -> String {
    let encode = |part: String| URL_SAFE_NO_PAD.encode(part);
    format!("{}.{}.x", encode(r#"{"alg":"none"}"#.to_owned()), encode(claims))
}

/// One request. A client may leave without waiting for the answer.
fn serve(mut stream: &TcpStream, (state, changed): &(Mutex<State>, Condvar)) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    lines.find(String::is_empty);
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let ip = path.split('/').nth(3).unwrap().to_owned();
    let mut state = state.lock().unwrap();
    state.asked.push(path);
    changed.notify_all();
    let mut state = changed.wait_while(state, |state| state.answers == 0).unwrap();
    state.answers -= 1;
    drop(state);
    let body = format!(r#"{{"ipAddress":"{ip}","organizationPrevalence":1,"orgFirstSeen":null,"orgLastSeen":null}}"#);
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}
