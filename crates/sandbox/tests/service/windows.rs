//! Figures of many events, held against a count that looks at each of them.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use mde_sandbox::{Clock, ConnectionEvent, Events, Sandbox};
use serde_json::{Value, json};

use crate::support::{NOW, moment, prevalence, sandbox, statistics};

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
