//! How many lines are read in a second, of each kind of source: a list, a table, JSON lines, and a log out of which
//! addresses are taken.
//!
//! Each source has as few distinct addresses as a day of a log has, so that what is measured is reading and not remembering.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{Criterion, Throughput};
use fastrand::Rng;
use mde_input::{Format, Options, Source};

const LINES: u32 = 100_000;

const DISTINCT: u32 = 10_000;

/// A source, how it is read, and its lines.
type Case = (&'static str, Options, fn(&mut String, u32, Ipv4Addr) -> std::fmt::Result);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let csv = Options { columns: vec!["3".to_owned()], ..Options::default() };
    let json = Options { fields: vec!["src_ip".to_owned()], ..Options::default() };
    let extract = Options { format: Some(Format::Lines), extract: true, ..Options::default() };
    let cases: [Case; 6] = [
        ("list", Options::default(), |text, _, ip| writeln!(text, "{ip}")),
        ("list, defanged", Options::default(), |text, _, ip| writeln!(text, "{}", ip.to_string().replace('.', "[.]"))),
        ("column of CSV", csv.clone(), |text, number, ip| writeln!(text, "{number},user{},{ip},allow", number % 977)),
        ("column of quoted CSV", csv, |text, number, ip| {
            writeln!(text, "\"{number}\",\"user {}\",\"{ip}\",\"allow\"", number % 977)
        }),
        ("field of JSON lines", json, |text, number, ip| {
            writeln!(text, r#"{{"time":{number},"user":"user{}","src_ip":"{ip}","action":"allow"}}"#, number % 977)
        }),
        ("log, extracted", extract, |text, number, ip| {
            let (user, port) = (number % 977, 1024 + number % 60_000);
            writeln!(text, "Jan  1 00:00:00 host sshd[{number}]: Failed password for user{user} from {ip} port {port}")
        }),
    ];
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20).throughput(Throughput::Elements(LINES.into()));
    for (name, options, line) in cases {
        let text = lines(line);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reader = &mut black_box(text.as_bytes());
                mde_input::read(vec![Source::Reader { name, reader }], &options).unwrap()
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

fn lines(line: fn(&mut String, u32, Ipv4Addr) -> std::fmt::Result) -> String {
    let mut draws = Rng::with_seed(7);
    let mut text = String::new();
    for number in 0..LINES {
        line(&mut text, number, Ipv4Addr::from(0x0b00_0000 + draws.u32(..DISTINCT) * 7_919)).unwrap();
    }
    text
}
