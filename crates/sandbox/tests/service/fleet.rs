//! The synthetic fleet: the figures of its documentation, the same every time.

use chrono::DateTime;
use mde_sandbox::{Clock, Events, Sandbox};

use crate::support::{NOW, clock, moment, prevalence, statistics};

const TABLE: [(&str, [u64; 3]); 11] = [
    ("10.209.67.177", [612, 701, 793]),
    ("10.0.0.53", [780, 796, 800]),
    ("8.8.8.8", [341, 405, 520]),
    ("1.1.1.1", [287, 350, 471]),
    ("203.0.113.7", [1, 2, 2]),
    ("198.51.100.23", [0, 1, 1]),
    ("192.0.2.44", [0, 0, 3]),
    ("172.217.9.206", [1, 1, 1]),
    ("2001:db8::8:42", [17, 23, 31]),
    ("2001:db8::ff00:42:8329", [1, 1, 1]),
    ("192.168.1.1", [0, 0, 0]),
];

async fn assert_table(sandbox: &Sandbox) {
    for (ip, expected) in TABLE {
        for (hours, expected) in [24, 48, 720].into_iter().zip(expected) {
            assert_eq!(prevalence(sandbox, ip, hours).await, expected, "{ip} in {hours} hours");
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
fn the_fleet_is_as_large_as_documented() {
    let fleet = format!("{:?}", Events::synthetic(moment(NOW)));
    assert_eq!(fleet, "Events { devices: 800, addresses: 10, events: 27184 }");
}

#[tokio::test]
async fn two_sandboxes_give_the_same_answers() {
    let one = Sandbox::builder().clock(clock()).start().await.unwrap();
    let other = Sandbox::builder().clock(clock()).start().await.unwrap();
    for (ip, _) in TABLE {
        assert_eq!(statistics(&one, ip, 24).await, statistics(&other, ip, 24).await);
    }
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
