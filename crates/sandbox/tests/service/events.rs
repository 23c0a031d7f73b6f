//! Events: figures of many windows, those of a file of JSON lines, and the synthetic ones.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufReader, Read};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use mde_sandbox::{Clock, ConnectionEvent, Events, EventsError, Sandbox};
use serde_json::{Value, json};

use crate::support::{NOW, clock, moment, prevalence, sandbox, statistics};

/// How many contacts each address has, and of how many devices. All addresses share devices.
const ADDRESSES: [(&str, usize, u32); 5] = [
    ("192.0.2.1", 20_000, 300),
    ("192.0.2.2", 900, 300),
    ("2001:db8::3", 2_000, 1),
    ("192.0.2.4", 3, 300),
    ("192.0.2.5", 0, 1),
];

/// Contacts in random order, at whole half-hours of the 50 days before and after `NOW`, so that many share a moment and
/// fall on the very edge of a window.
fn random_events() -> Vec<ConnectionEvent> {
    let mut draws = Rng::with_seed(720);
    let mut events = Vec::new();
    for (ip, contacts, devices) in ADDRESSES {
        for _ in 0..contacts {
            let device = format!("device-{}", draws.u32(..devices));
            let time = moment(NOW) + TimeDelta::minutes(30 * draws.i64(-50 * 48..50 * 48));
            events.push(ConnectionEvent { device, ip: ip.parse().unwrap(), time });
        }
    }
    draws.shuffle(&mut events);
    events
}

/// Devices, first and last time, the slow way.
fn counted(events: &[ConnectionEvent], ip: &str, now: DateTime<Utc>, hours: u32) -> (usize, Value, Value) {
    let ip: std::net::IpAddr = ip.parse().unwrap();
    let of_window = |hours: u32| {
        let start = now - TimeDelta::hours(hours.into());
        events.iter().filter(move |event| event.ip == ip && event.time > start && event.time <= now)
    };
    let devices: HashSet<_> = of_window(hours).map(|event| &event.device).collect();
    let shown = |time: Option<DateTime<Utc>>| json!(time.map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()));
    let times = || of_window(720).map(|event| event.time);
    (devices.len(), shown(times().min()), shown(times().max()))
}

#[tokio::test]
async fn every_window_of_random_events_has_the_figures_that_counting_gives() {
    let events = random_events();
    let mut now = moment(NOW) - TimeDelta::days(51);
    let clock = Clock::fixed(now);
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .quota("1000000/1s".parse().unwrap())
        .events(Events::from_iter(events.clone()))
        .start()
        .await
        .unwrap();
    let mut draws = Rng::with_seed(24);
    while now < moment(NOW) + TimeDelta::days(90) {
        for (ip, ..) in ADDRESSES {
            for hours in [1, 24, 720, draws.u32(2..720)] {
                let answer = statistics(&sandbox, ip, hours).await;
                let (prevalence, first, last) = counted(&events, ip, now, hours);
                assert_eq!(answer["organizationPrevalence"], prevalence, "{ip} in {hours} hours before {now}");
                assert_eq!((&answer["orgFirstSeen"], &answer["orgLastSeen"]), (&first, &last), "{ip} at {now}");
            }
        }
        // Now and then between two half-hours.
        let step = Duration::from_secs(draws.u64(1..20 * 96) * 900);
        clock.advance(step);
        now += step;
    }
}

#[tokio::test]
async fn a_device_counts_once_however_often_it_comes_and_moments_are_shared() {
    let second = |second: i64| moment("2017-08-29T12:00:00Z") + TimeDelta::seconds(second);
    let connection = |device: String, ip: &str, time| ConnectionEvent { device, ip: ip.parse().unwrap(), time };
    let one_often = (0..3_000).map(|number| connection("one".to_owned(), "192.0.2.1", second(number)));
    let many_at_once = (0..3_000).map(|number| connection(format!("device-{number}"), "192.0.2.2", second(0)));
    // `NOW` is 5,580 seconds after noon.
    let to_come = (0..3_000).map(|number| connection(format!("device-{number}"), "192.0.2.3", second(5_581 + number)));
    let sandbox = sandbox(one_often.chain(many_at_once).chain(to_come)).await;
    for (ip, [in_one_hour, in_two_hours, in_30_days]) in
        [("192.0.2.1", [1, 1, 1]), ("192.0.2.2", [0, 3_000, 3_000]), ("192.0.2.3", [0, 0, 0])]
    {
        assert_eq!(prevalence(&sandbox, ip, 1).await, in_one_hour, "{ip}");
        assert_eq!(prevalence(&sandbox, ip, 2).await, in_two_hours, "{ip}");
        assert_eq!(prevalence(&sandbox, ip, 720).await, in_30_days, "{ip}");
    }
    assert_eq!(statistics(&sandbox, "192.0.2.3", 720).await["orgLastSeen"], Value::Null);
}

fn problem(lines: impl AsRef<[u8]>) -> String {
    let error = Events::read_json_lines(lines.as_ref(), "events.jsonl").unwrap_err();
    let text = error.to_string();
    let hint = r#"; write one event on each line, such as {"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}"#;
    text.strip_suffix(hint).map(str::to_owned).unwrap_or(format!("without the hint: {text}"))
}

#[tokio::test]
async fn lines_become_statistics_whatever_their_order_offset_and_ending() {
    let file = "\u{FEFF}{\"device\":\"b\",\"ip\":\"203.0.113.7\",\"time\":\"2017-08-29T12:00:00.5+02:00\"}\r\n\
        \r\n   \n\
        {\"time\":\"2017-08-29T09:00:00Z\",\"ip\":\"203.0.113.7\",\"device\":\"\\u0061\",\"port\":443}\n\
        {\"time\":\"2017-08-29T09:15:00Z\",\"ip\":\"203.0.113.7\",\"device\":\"a\"}\n\
        {\"device\":\"b\",\"ip\":\"2001:db8:0::1\",\"time\":\"2017-08-29T09:30:00Z\"}";
    let events = Events::read_json_lines(file.as_bytes(), "events.jsonl").unwrap();
    assert_eq!(format!("{events:?}"), "Events { devices: 2, addresses: 2, events: 4 }");
    let sandbox = Sandbox::builder().clock(clock()).events(events).start().await.unwrap();
    let answer = statistics(&sandbox, "203.0.113.7", 24).await;
    assert_eq!(answer["organizationPrevalence"], 2);
    assert_eq!(answer["orgFirstSeen"], "2017-08-29T09:00:00Z");
    assert_eq!(answer["orgLastSeen"], "2017-08-29T10:00:00.5Z");
    assert_eq!(statistics(&sandbox, "2001:db8::1", 24).await["organizationPrevalence"], 1);
}

#[test]
fn a_bad_line_is_named_with_its_place_and_what_is_wrong() {
    let good = r#"{"device":"a","ip":"203.0.113.7","time":"2017-08-29T09:00:00Z"}"#;
    for (line, message) in [
        (r#"{"device":"a","ip":"203.0.113.7"}"#, "33: missing field `time`"),
        (
            r#"{"device":"a","ip":"203.0.113.7","time":"2017"}"#,
            "47: the time \"2017\" is not an RFC 3339 time with an offset",
        ),
        (r#"{"device":"a","ip":"010.0.0.1","time":"x"}"#, "30: the ip \"010.0.0.1\" is not an IPv4 or IPv6 address"),
        (r#"{"device":"","ip":"203.0.113.7"}"#, "12: the device is empty"),
        (r#"{"device":7}"#, "11: invalid type: integer `7`, expected a string"),
        (r#"{"device":"a""#, "13: EOF while parsing an object"),
        (r#"  ["a","203.0.113.7","2017-08-29T09:00:00Z"]"#, "3: this is not a JSON object"),
        ("device,ip,time", "1: this is not a JSON object"),
    ] {
        assert_eq!(problem(format!("{good}\n\n{line}\n{good}")), format!("events.jsonl:3:{message}"));
    }
    assert_eq!(problem("\u{FEFF}{\"device\":7}"), "events.jsonl:1:14: invalid type: integer `7`, expected a string");
    assert_eq!(problem("\u{FEFF}device,ip,time"), "events.jsonl:1:4: this is not a JSON object");
    let long = format!(r#"{{"device":"a","ip":"{}"}}"#, "é".repeat(1000));
    let expected = format!("events.jsonl:1:2022: the ip \"{}…\" is not an IPv4 or IPv6 address", "é".repeat(60));
    assert_eq!(problem(long), expected);
    assert!(problem(format!("{good} {good}")).starts_with("events.jsonl:1:65: trailing characters"));
    assert!(problem(b"\n{\"device\":\"\xFF\"}").starts_with("events.jsonl:2:12: "));
}

#[test]
fn a_line_of_64_kib_is_read_and_a_longer_one_named_without_reading_on() {
    const LONGEST: usize = 65_536;
    let line = |length: usize| {
        let start = r#"{"device":"a","ip":"203.0.113.7","time":"2017-08-29T09:00:00Z","note":""#;
        format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
    };
    for lines in [line(LONGEST), format!("{0}\n\n{0}\n{0}", line(LONGEST))] {
        Events::read_json_lines(lines.as_bytes(), "events.jsonl").unwrap();
    }
    let too_long = line(LONGEST + 1);
    for (lines, place) in [
        (too_long.clone(), "events.jsonl:1"),
        (format!("{too_long}\n"), "events.jsonl:1"),
        (format!("\n{}\n{too_long}\n{too_long}", line(LONGEST)), "events.jsonl:3"),
        (" ".repeat(LONGEST + 1), "events.jsonl:1"),
    ] {
        assert_eq!(problem(lines), format!("{place}: the line is longer than 64 KiB"));
    }
    let endless = Events::read_json_lines(BufReader::new(io::repeat(b'x')), "events.jsonl").unwrap_err();
    assert!(matches!(endless, EventsError::Line { line: 1, column: None, .. }), "{endless:?}");
}

#[test]
fn a_bad_line_differs_from_an_input_that_breaks_off() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = Events::read_json_lines(BufReader::new(b"\n\n".chain(Broken)), "events.jsonl").unwrap_err();
    assert!(matches!(error, EventsError::Read { line: 3, .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot read line 3 of events.jsonl: the disk is gone");

    let error = Events::read_json_lines(&b"{"[..], "-").unwrap_err();
    assert!(matches!(error, EventsError::Line { line: 1, column: Some(_), .. }), "{error:?}");
}

#[test]
fn an_empty_file_is_an_organization_without_connections() {
    let events = Events::read_json_lines(&b""[..], "events.jsonl").unwrap();
    assert_eq!(format!("{events:?}"), "Events { devices: 0, addresses: 0, events: 0 }");
}

/// A row of the table in the documentation of `Events::synthetic`.
struct Row {
    ip: String,
    devices: [u64; 3],
    role: String,
}

const UNSEEN: &str = "192.168.1.1";

/// The table as it is printed, so that it is what holds. Its last row is about any other address.
fn table() -> Vec<Row> {
    let documentation = include_str!("../../src/synthetic.rs");
    let rows = documentation.lines().filter_map(|line| line.trim().strip_prefix("/// | ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let row = |cells: Vec<String>| {
        let [ip, day, two_days, month, role] = cells.try_into().unwrap();
        let ip = if ip == "any other" { UNSEEN.to_owned() } else { ip };
        Row { ip, devices: [day, two_days, month].map(|devices| devices.parse().unwrap()), role }
    };
    // After the heading and the line under it.
    cells.skip(2).map(row).collect()
}

#[test]
fn the_table_has_every_kind_of_address() {
    let table = table();
    assert_eq!(table.len(), 11);
    for kind in ["shared infrastructure", "rare", "never seen", "IPv6"] {
        assert!(table.iter().any(|row| row.role.contains(kind)), "{kind}");
    }
    for row in table {
        assert_eq!(row.role.contains("IPv6"), row.ip.contains(':'), "{}", row.ip);
        assert_eq!(row.role.contains("shared infrastructure"), row.devices[2] > 400, "{}", row.ip);
        assert_eq!(row.role.contains("rare"), row.devices[2] < 5 && row.ip != UNSEEN, "{}", row.ip);
    }
}

async fn assert_table(sandbox: &Sandbox) {
    for Row { ip, devices, .. } in table() {
        for (hours, expected) in [24, 48, 720].into_iter().zip(devices) {
            assert_eq!(prevalence(sandbox, &ip, hours).await, expected, "{ip} in {hours} hours");
        }
    }
}

#[tokio::test]
async fn the_documented_figures_hold_for_any_moment_and_a_quarter_of_an_hour() {
    for now in [NOW, "2025-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.5Z"] {
        let clock = Clock::fixed(moment(now));
        let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
        assert_table(&sandbox).await;
        clock.advance(Duration::from_secs(15 * 60));
        assert_table(&sandbox).await;
    }
}

#[test]
fn the_synthetic_events_are_as_many_as_documented() {
    let events = format!("{:?}", Events::synthetic(moment(NOW)));
    assert_eq!(events, "Events { devices: 800, addresses: 10, events: 27184 }");
}

#[tokio::test]
async fn two_sandboxes_give_the_same_answers() {
    let one = Sandbox::builder().clock(clock()).start().await.unwrap();
    let other = Sandbox::builder().clock(clock()).start().await.unwrap();
    for Row { ip, .. } in table() {
        assert_eq!(statistics(&one, &ip, 24).await, statistics(&other, &ip, 24).await);
    }
}

#[tokio::test]
async fn times_have_fractions_of_many_lengths() {
    let sandbox = Sandbox::builder().clock(clock()).start().await.unwrap();
    let mut lengths = BTreeSet::new();
    for Row { ip, .. } in table() {
        let answer = statistics(&sandbox, &ip, 720).await;
        for time in ["orgFirstSeen", "orgLastSeen"].iter().filter_map(|field| answer[field].as_str()) {
            lengths.insert(time.trim_end_matches('Z').split_once('.').map_or(0, |(_, digits)| digits.len()));
        }
    }
    assert_eq!(lengths, BTreeSet::from_iter(0..=7));
}

#[tokio::test]
async fn an_address_with_a_single_connection_has_equal_times() {
    let sandbox = Sandbox::builder().clock(clock()).start().await.unwrap();
    for ip in ["172.217.9.206", "2001:db8::ff00:42:8329"] {
        let answer = statistics(&sandbox, ip, 720).await;
        assert!(answer["orgFirstSeen"].is_string());
        assert_eq!(answer["orgFirstSeen"], answer["orgLastSeen"]);
    }
}

#[tokio::test]
async fn the_ends_of_time_are_moments_too() {
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let sandbox = Sandbox::builder().clock(Clock::fixed(now)).start().await.unwrap();
        statistics(&sandbox, "10.209.67.177", 720).await;
    }
    let clock = Clock::fixed(moment(NOW));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
    clock.advance(Duration::MAX);
    assert_eq!(prevalence(&sandbox, "10.209.67.177", 720).await, 0);
}
