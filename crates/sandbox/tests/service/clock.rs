//! The clock, which is set and moved while the sandbox runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use mde_sandbox::{Clock, Sandbox};

use crate::support::{NOW, event, get, header, json, moment, prevalence, sandbox};

const SECOND: Duration = Duration::from_secs(1);

/// Whether it shows the time of the machine, but for a day: the machine's own clock may be set meanwhile.
fn is_ahead_of_the_machine_by(clock: &Clock, by: TimeDelta) -> bool {
    (clock.now() - Utc::now() - by).abs() < TimeDelta::days(1)
}

#[test]
fn a_clock_that_stands_is_moved_by_hand_only() {
    let clock = Clock::fixed(moment(NOW));
    assert_eq!((clock.now(), clock.now()), (moment(NOW), moment(NOW)));
    clock.advance(90 * SECOND);
    assert_eq!(clock.now(), moment("2017-08-29T13:34:30Z"));
    clock.set(moment("1999-12-31T23:59:59.5Z"));
    clock.advance(SECOND);
    assert_eq!(clock.now(), moment("2000-01-01T00:00:00.5Z"));
    assert_eq!(format!("{clock:?}"), "Clock::fixed(2000-01-01T00:00:00.500Z)");
}

#[test]
fn a_clock_that_follows_the_machine_can_be_ahead_of_it() {
    let (clock, week) = (Clock::system(), TimeDelta::weeks(1));
    assert!(is_ahead_of_the_machine_by(&clock, TimeDelta::zero()));
    assert_eq!(format!("{clock:?}"), "Clock::system()");
    clock.advance(week.to_std().unwrap());
    clock.advance(week.to_std().unwrap());
    assert!(is_ahead_of_the_machine_by(&clock, week * 2));
    assert_eq!(format!("{clock:?}"), "Clock::system() and 1209600s");
    let before = clock.now();
    while clock.now() == before {}
    clock.set(moment(NOW));
    assert_eq!((clock.now(), clock.now()), (moment(NOW), moment(NOW)));
    clock.follow_system();
    assert!(is_ahead_of_the_machine_by(&clock, TimeDelta::zero()));
}

#[test]
fn clones_are_the_same_clock() {
    let clock = Clock::system();
    let clone = clock.clone();
    clone.set(moment(NOW));
    assert_eq!(clock.now(), moment(NOW));
    clock.advance(SECOND);
    assert_eq!(clone.now(), moment("2017-08-29T13:33:01Z"));
}

#[test]
fn it_stops_at_the_ends_of_what_answers_can_show() {
    let (start, end) = (moment("0001-01-01T00:00:00Z"), moment("9999-12-31T23:59:59.999999999Z"));
    for clock in [Clock::system(), Clock::fixed(moment(NOW)), Clock::fixed(DateTime::<Utc>::MIN_UTC)] {
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), end);
        clock.set(DateTime::<Utc>::MAX_UTC);
        assert_eq!(clock.now(), end);
        clock.set(DateTime::<Utc>::MIN_UTC);
        assert_eq!(clock.now(), start);
    }
    assert_eq!(Clock::fixed(DateTime::<Utc>::MIN_UTC).now(), start);
}

#[test]
fn a_text_is_a_clock_that_stands() {
    let clock: Clock = "2017-08-29T15:33:00+02:00".parse().unwrap();
    assert_eq!((clock.now(), clock.now()), (moment(NOW), moment(NOW)));
    for text in ["", "now", "2025-06-01", "9999-12-31T23:59:59-23:59", "0000-12-31T00:00:00Z"] {
        let error = text.parse::<Clock>().unwrap_err().to_string();
        let expected = "is not an RFC 3339 time in the years 1 to 9999: write one such as 2025-06-01T00:00:00Z";
        assert_eq!(error, format!("{text:?} {expected}"));
    }
}

#[tokio::test]
async fn answers_are_dated_by_it_and_stay_within_what_rfc_3339_can_write() {
    let clock = Clock::fixed(moment(NOW));
    // In UTC the one is in the year 10000, the other in the last month before the year 1.
    let events = ["9999-12-31T23:59:59-23:59", "0000-12-15T00:00:00Z"].map(|time| event("a", "203.0.113.7", time));
    let events = mde_sandbox::Events::from_iter(events);
    let sandbox = Sandbox::builder().clock(clock.clone()).events(events).start().await.unwrap();
    let response = get(&sandbox, "/api/ips/203.0.113.7/stats").await;
    assert_eq!(header(&response, "date"), "Tue, 29 Aug 2017 13:33:00 GMT");
    clock.set(DateTime::<Utc>::MIN_UTC);
    let response = get(&sandbox, "/api/ips/203.0.113.7/stats").await;
    assert_eq!(header(&response, "date"), "Mon, 01 Jan 0001 00:00:00 GMT");
    assert_eq!(json(response).await["orgFirstSeen"], "0000-12-15T00:00:00Z");
    clock.set(DateTime::<Utc>::MAX_UTC);
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 720).await, 0);
}

#[tokio::test]
async fn the_clock_of_a_sandbox_moves_its_answers() {
    let sandbox = sandbox([event("a", "203.0.113.7", NOW)]).await;
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 1);
    sandbox.clock().advance(3600 * SECOND);
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 0);
    sandbox.clock().set(moment("2017-08-29T13:32:59Z"));
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 0, "it is still to come");
    sandbox.clock().advance(SECOND);
    assert_eq!(prevalence(&sandbox, "203.0.113.7", 1).await, 1);
}

#[tokio::test]
async fn sandboxes_can_share_a_clock() {
    let clock = Clock::fixed(moment(NOW));
    let start = || Sandbox::builder().clock(clock.clone()).start();
    let (one, other) = (start().await.unwrap(), start().await.unwrap());
    one.clock().advance(SECOND);
    assert_eq!(other.clock().now(), moment("2017-08-29T13:33:01Z"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_lock_the_quota() {
    const PATH: &str = "/api/ips/203.0.113.7/stats";
    let clock = Clock::fixed(moment(NOW));
    let sandbox = Sandbox::builder().clock(clock.clone()).quota("1/1m".parse().unwrap()).start().await.unwrap();
    let ask = async || get(&sandbox, PATH).await.status().as_u16();
    assert_eq!((ask().await, ask().await), (200, 429));
    // Whatever was taken later than now never happened.
    clock.set(moment(NOW) - TimeDelta::days(1));
    assert_eq!((ask().await, ask().await), (200, 429));
    clock.advance(60 * SECOND);
    assert_eq!((ask().await, ask().await), (200, 429));
    for end in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        clock.set(end);
        assert_eq!((ask().await, ask().await), (200, 429), "{end}");
    }
}
