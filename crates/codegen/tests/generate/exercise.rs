//! A program on the client that is generated from `tests/lint/requests.yaml`: it prints what the calls send over a socket,
//! and what comes of them. `compiles.rs` builds it within a copy of the client, and runs it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use exercised::{
    CallOptions, Client, Isolation, IsolationKind, MachineState, Minutes, Note, Response, Timestamp, operations,
};

const FOUND: &str = "200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"id\":\"0a1b\"}";
const LISTED: &str = "200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const THROTTLED: &str = "429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
const UNAVAILABLE: &str = "503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
/// The connection closes without an answer.
const NOTHING: &str = "";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    parameters().await?;
    bodies().await?;
    invalid_values().await?;
    repetitions().await?;
    quota()?;
    Ok(())
}

async fn parameters() -> Result<(), Box<dyn Error>> {
    let moment: Timestamp = "2026-01-31T12:00:00Z".parse()?;
    let client = client("parameters of every kind", &[LISTED])?;
    let call = client.list_machines("Active").managed(true).since(moment).other(MachineState::Inactive);
    outcome(call.send().await);

    let client = self::client("parameters that are not set", &[LISTED])?;
    outcome(client.list_machines(MachineState::Inactive).send().await);

    let client = self::client("a boolean that is required", &[FOUND])?;
    outcome(client.remove_note("0a1b", false).send().await);
    Ok(())
}

async fn bodies() -> Result<(), Box<dyn Error>> {
    let moment: Timestamp = "2026-01-31T12:00:00Z".parse()?;
    let client = client("a body with everything set, and headers", &[FOUND])?;
    let note = Note::new().text("It is slow.").weight(0.5).allowed([Ipv4Addr::LOCALHOST]);
    let isolation = Isolation::new("because", IsolationKind::UnManaged)
        .until(moment)
        .delay(Minutes::new(5)?)
        .notify(false)
        .attempts(3)
        .labels(["one", "two"])
        .notes([note, Note::default()]);
    let call = client.isolate_machine("0a1b", isolation).if_match("\"7\"").dry_run(true).after(moment);
    outcome(call.send().await);

    let client = self::client("a body with what is required", &[FOUND])?;
    outcome(client.isolate_machine("0a1b", required()).send().await);

    let client = self::client("a put and a patch", &[FOUND, FOUND])?;
    outcome(client.set_note("0a1b", Note::new()).send().await);
    outcome(client.change_note("0a1b", Note::new().text("It is fast.")).send().await);

    let client = self::client("a post without a body", &[FOUND])?;
    outcome(client.release_machine("0a1b").send().await);
    Ok(())
}

async fn invalid_values() -> Result<(), Box<dyn Error>> {
    let client = client("values that the contract does not allow", &[])?;
    outcome(client.list_machines("active").send().await);
    outcome(client.list_machines("Active").other("").send().await);
    outcome(client.isolate_machine("0a1b", required()).if_match("7").send().await);
    Ok(())
}

async fn repetitions() -> Result<(), Box<dyn Error>> {
    let client =
        client("a get is repeated after a 503 and after a broken connection", &[UNAVAILABLE, NOTHING, LISTED])?;
    outcome(client.list_machines("Active").send().await);

    for (what, first) in [("a 503", UNAVAILABLE), ("a broken connection", NOTHING)] {
        let client = self::client(&format!("a post is not repeated after {what}"), &[first, FOUND])?;
        outcome(client.isolate_machine("0a1b", required()).send().await);
    }
    let client = self::client("a delete is not repeated after a 503", &[UNAVAILABLE, FOUND])?;
    outcome(client.remove_note("0a1b", true).send().await);

    let client = self::client("a post is repeated after a 429, also without a documented quota", &[THROTTLED, FOUND])?;
    outcome(client.release_machine("0a1b").send().await);

    println!("\n== a post is repeated where no connection can be made");
    let client = Client::builder().endpoint("http://127.0.0.1:1").token("token").random_seed(1).build()?;
    let options = CallOptions::new().max_retries(1);
    outcome(client.isolate_machine("0a1b", required()).options(options).send().await);
    Ok(())
}

fn quota() -> Result<(), Box<dyn Error>> {
    let client = client("the quota that is documented", &[])?;
    for operation in operations::ALL {
        println!("{}: {:?}", operation.id, client.quota(operation));
    }
    Ok(())
}

fn required() -> Isolation {
    Isolation::new("because", IsolationKind::Full)
}

/// A client of a server that gives these answers, one for each connection, and prints what it is asked.
fn client(what: &str, answers: &[&'static str]) -> Result<Client, Box<dyn Error>> {
    println!("\n== {what}");
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let answers = answers.to_vec();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().expect("a connection");
            serve(stream, answer);
        }
    });
    let options = CallOptions::new().attempt_timeout(Duration::from_secs(10));
    Ok(Client::builder().endpoint(url.as_str()).token("token").random_seed(1).options(options).build()?)
}

/// Prints a request, and answers it.
fn serve(mut stream: TcpStream, answer: &str) {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        request.extend(byte);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    let differs = |line: &&str| line.starts_with("host: ") || line.starts_with("user-agent: ");
    for line in head.trim_end().lines().filter(|line| !differs(line)) {
        println!("> {line}");
    }
    if !body.is_empty() {
        println!("> {}", String::from_utf8_lossy(&body));
    }
    if !answer.is_empty() {
        let answer = format!("HTTP/1.1 {answer}").replacen("\r\n", "\r\nconnection: close\r\n", 1);
        stream.write_all(answer.as_bytes()).expect("an answer");
    }
}

/// Prints what came of a call. Ports differ from run to run.
fn outcome<T: std::fmt::Debug>(result: Result<Response<T>, exercised::Error>) {
    match result {
        Ok(response) => println!("{:?} at attempt {}", response.value(), response.attempts()),
        Err(error) => {
            let text = error.to_string();
            let parts = text.split("127.0.0.1:").map(|part| part.trim_start_matches(char::is_numeric));
            let text = parts.collect::<Vec<_>>().join("127.0.0.1:PORT");
            println!("{text} ({:?}, attempt {})", error.kind(), error.attempts());
        }
    }
}
