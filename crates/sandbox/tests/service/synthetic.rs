//! The synthetic events: the figures of their documentation, the same every time.

use std::collections::BTreeSet;

use chrono::DateTime;
use mde_sandbox::{Clock, Events, Sandbox};

use crate::support::{NOW, clock, moment, prevalence, statistics};

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
        clock.advance(std::time::Duration::from_secs(15 * 60));
        assert_table(&sandbox).await;
    }
}

#[test]
fn the_synthetic_events_are_as_many_as_documented() {
    let fleet = format!("{:?}", Events::synthetic(moment(NOW)));
    assert_eq!(fleet, "Events { devices: 800, addresses: 10, events: 27184 }");
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
    for now in [DateTime::<chrono::Utc>::MIN_UTC, DateTime::<chrono::Utc>::MAX_UTC] {
        let sandbox = Sandbox::builder().clock(Clock::fixed(now)).start().await.unwrap();
        statistics(&sandbox, "10.209.67.177", 720).await;
    }
    let clock = Clock::fixed(moment(NOW));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
    clock.advance(std::time::Duration::MAX);
    assert_eq!(prevalence(&sandbox, "10.209.67.177", 720).await, 0);
}
