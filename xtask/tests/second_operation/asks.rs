//! A program on the client of a temporary checkout to which two operations were added: it asks a server on this machine, which
//! answers as the MADE-UP evidence does, and prints what comes of it. `xtask/tests/verbs/second_operation.rs` runs it.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use mde_client::{CallOptions, Client, operations};

const DOMAIN: &str = include_str!("../../../openapi/documented/made-up-domain-statistics/answer.json");
const FILE: &str = include_str!("../../../openapi/documented/made-up-file-statistics/answer.json");
/// The only address that the server answers about.
const ADDRESS: &str = r#"{"ipAddress":"192.0.2.1","organizationPrevalence":0}"#;

const KNOWN: &str = "0123456789abcdef0123456789abcdef01234567";
const UNKNOWN: &str = "89abcdef0123456789abcdef0123456789abcdef";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.expect("a connection"))));
    let client = Client::builder().endpoint(url.as_str()).token("made-up").build()?;
    for operation in operations::ALL {
        let permission = operation.application_permission.map(|permission| permission.name);
        println!("{} needs {permission:?}, {} windows", operation.id, client.quota(operation).len());
    }

    let host = client.get_domain_statistics("made-up.example").look_back_hours(48).send().await?;
    println!("{}: {} devices since {:?}", host.host, host.organization_prevalence, host.org_first_seen);
    let file = client.get_file_statistics(KNOWN).look_back_hours(48).send().await?;
    println!("{}: {} devices since {:?}", file.sha1, file.organization_prevalence, file.org_first_seen);
    let address = client.get_ip_statistics(Ipv4Addr::new(192, 0, 2, 1)).send().await?;
    println!("{}: {} devices", address.ip_address, address.organization_prevalence);

    let options = CallOptions::new().max_retries(2);
    let unknown = client.get_file_statistics(UNKNOWN).options(options).send().await.expect_err("no such file");
    println!("{:?}, {:?}, attempt {}: {}", unknown.status(), unknown.kind(), unknown.attempts(), unknown.problem());
    println!("{}", unknown.advice().unwrap_or_default().replace(&url, "URL"));
    let other = client.get_file_statistics("..").send().await.expect_err("no hash");
    println!("{:?}: {other}", other.kind());
    Ok(())
}

/// Prints the first line of a request, and answers it.
fn serve(mut stream: TcpStream) {
    let mut head = BufReader::new(stream.try_clone().expect("a socket")).lines().map(|line| line.expect("a line"));
    let line = head.next().expect("a request line");
    head.find(String::is_empty).expect("an end of the head");
    println!("> {line}");
    let (status, body) = match line.split([' ', '?']).nth(1) {
        Some("/api/domains/made-up.example/stats") => ("200 OK", DOMAIN),
        Some("/api/files/0123456789abcdef0123456789abcdef01234567/stats") => ("200 OK", FILE),
        Some("/api/ips/192.0.2.1/stats") => ("200 OK", ADDRESS),
        _ => ("404 Not Found", ""),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).expect("an answer");
}
