//! How long an answer takes, as one sees it over the socket, and how long it takes to load events.
//!
//! An address without any contact shows what the socket and HTTP take of an answer; what the others take beyond that
//! goes into counting.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpStream};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BatchSize, Criterion, Throughput};
use fastrand::Rng;
use mde_sandbox::{Clock, ConnectionEvent, Events, Sandbox};

const UNSEEN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const QUIET: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const BUSY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3));

const DEVICES: u32 = 100_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    answers(&mut criterion);
    loading(&mut criterion);
    criterion.final_summary();
}

fn answers(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let events = contacts(QUIET, 10).chain(contacts(BUSY, 5_000_000)).collect();
    let builder = Sandbox::builder().clock(Clock::fixed(now())).quota("4294967295/1s".parse().unwrap()).events(events);
    let sandbox = runtime.block_on(builder.start()).unwrap();
    let mut connection = Connection::to(&sandbox);

    let mut group = criterion.benchmark_group("answer over the socket");
    for (contacts, ip) in [("no contact", UNSEEN), ("10 contacts", QUIET), ("5 million contacts", BUSY)] {
        for hours in [24, 720] {
            let request = request(&sandbox, ip, hours);
            group.bench_function(format!("{contacts}, {hours} h"), |bencher| {
                bencher.iter(|| connection.ask(&request));
            });
        }
    }
    group.finish();
}

fn loading(criterion: &mut Criterion) {
    const LINES: u32 = 1_000_000;

    let lines = contacts(BUSY, LINES).fold(String::new(), |mut lines, event| {
        let ConnectionEvent { device, ip, time } = event;
        let time = time.format("%Y-%m-%dT%H:%M:%S%.fZ");
        writeln!(lines, r#"{{"device":"{device}","ip":"{ip}","time":"{time}"}}"#).unwrap();
        lines
    });
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).throughput(Throughput::Elements(LINES.into()));
    group.bench_function("1 million JSON lines", |bencher| {
        bencher.iter(|| Events::read_json_lines(black_box(lines.as_bytes()), "events").unwrap());
    });
    group.bench_function("1 million events", |bencher| {
        let events: Vec<_> = contacts(BUSY, LINES).collect();
        bencher.iter_batched(|| events.clone(), Events::from_iter, BatchSize::PerIteration);
    });
    group.finish();
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_500_000_000, 0).unwrap()
}

/// Contacts of any device with one address, at any moment of the past 30 days.
fn contacts(ip: IpAddr, number: u32) -> impl Iterator<Item = ConnectionEvent> {
    let mut draws = Rng::with_seed(5);
    (0..number).map(move |_| ConnectionEvent {
        device: format!("device-{}", draws.u32(..DEVICES)),
        ip,
        time: now() - TimeDelta::microseconds(draws.i64(0..30 * 24 * 3_600_000_000)),
    })
}

fn request(sandbox: &Sandbox, ip: IpAddr, hours: u32) -> String {
    let token = sandbox.token();
    format!(
        "GET /api/ips/{ip}/stats?lookBackHours={hours} HTTP/1.1\r\n\
         Host: localhost\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    )
}

/// The least client there can be, so that little of what is measured is its own.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(sandbox: &Sandbox) -> Connection {
        let stream = TcpStream::connect(sandbox.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection(BufReader::new(stream))
    }

    fn ask(&mut self, request: &str) -> Vec<u8> {
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "the sandbox hung up");
        }
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let length =
            head.to_ascii_lowercase().split_once("content-length: ").unwrap().1.lines().next().unwrap().parse();
        let mut body = vec![0; length.unwrap()];
        self.0.read_exact(&mut body).unwrap();
        body
    }
}
