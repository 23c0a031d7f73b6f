//! A log that is written and read between any two entries says the same as one that stays in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use fastrand::Rng;
use mde_client::{Acquire, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaWindow, WindowLog};

const WINDOWS: [QuotaWindow; 2] =
    [QuotaWindow::new(7, Duration::from_secs(10)), QuotaWindow::new(30, Duration::from_secs(100))];

fn written_and_read(log: &WindowLog) -> WindowLog {
    serde_json::from_str(&serde_json::to_string(log).unwrap()).unwrap()
}

#[test]
fn a_log_goes_on_where_it_was_written() {
    let key = QuotaKey::new("https://api.example", "getIPStatistics");
    let request = PermitRequest::new(&key, &WINDOWS, Duration::from_secs(5));
    let mut random = Rng::with_seed(6);
    let (mut kept, mut copied) = (WindowLog::default(), WindowLog::default());
    let mut now = Duration::ZERO;
    let mut under_way: Vec<PermitId> = Vec::new();
    let (mut permits, mut waits) = (0, 0);
    for number in 0..5_000 {
        now += Duration::from_millis(random.u64(0..1_500));
        copied = written_and_read(&copied);
        match random.u32(0..1_000) {
            0..600 => {
                let id = PermitId(number);
                let acquired = kept.acquire(id, request, now);
                assert_eq!(copied.acquire(id, request, now), acquired, "at {now:?}");
                match acquired {
                    Acquire::Permit(id) => under_way.push(id),
                    Acquire::Wait(_) | Acquire::Busy => waits += 1,
                }
                permits += u32::from(matches!(acquired, Acquire::Permit(_)));
            }
            600..998 if !under_way.is_empty() => {
                let id = under_way.swap_remove(random.usize(..under_way.len()));
                let usage = random.choice([PermitUse::Unsent, PermitUse::Answered, PermitUse::Unanswered]).unwrap();
                kept.release(id, usage, now);
                copied.release(id, usage, now);
            }
            998.. => {
                let wait = Duration::from_secs(random.u64(0..20));
                assert_eq!(copied.pause(request, wait, now), kept.pause(request, wait, now), "at {now:?}");
            }
            _ => {}
        }
        for window in WINDOWS {
            assert_eq!(copied.used(window, now), kept.used(window, now), "of {window} at {now:?}");
        }
        assert_eq!(copied.paused(now), kept.paused(now));
        assert_eq!(copied.is_blank(now), kept.is_blank(now));
    }
    assert!(permits > 300 && waits > 300, "{permits} permits, {waits} waits");

    now += Duration::from_secs(200);
    for in_a_row in 1..=6 {
        now += Duration::from_secs(10);
        copied = written_and_read(&copied);
        let pause = kept.pause(request, Duration::from_secs(1), now);
        assert_eq!((pause.in_a_row, copied.pause(request, Duration::from_secs(1), now)), (in_a_row, pause));
    }
}

#[test]
fn a_hold_without_end_is_written_as_one() {
    let key = QuotaKey::new("https://api.example", "getIPStatistics");
    let windows = [QuotaWindow::new(7, Duration::MAX)];
    let request = PermitRequest::new(&key, &windows, Duration::from_secs(5));
    let mut log = WindowLog::default();
    log.pause(request, Duration::MAX, Duration::from_secs(1));
    let mut log = written_and_read(&log);
    assert_eq!(log.acquire(PermitId(1), request, Duration::from_secs(2)), Acquire::Wait(Duration::MAX));
}

/// As versions wrote it that did not count how many pauses come in a row.
#[test]
fn a_log_of_an_older_version_is_read() {
    let old = r#"{"under_way":[],"settled":[1000],"longest":10250,"most_calls":7,"held_until":9000,"holds":3,
                  "at_once":1,"shares":[]}"#;
    let (log, now) = (serde_json::from_str::<WindowLog>(old).unwrap(), Duration::from_secs(2));
    assert_eq!(log.paused(now), Some(Pause::new(Duration::from_secs(7), 0)));
    assert_eq!(log.used(WINDOWS[0], now), 1);
}

/// Whoever looks at a window changes nothing, however short it is, and sees what is known of a longer one.
#[test]
fn any_window_can_be_looked_at() {
    let key = QuotaKey::new("https://api.example", "getIPStatistics");
    let seconds = Duration::from_secs;
    let [short, long] = [seconds(10), seconds(100)].map(|period| QuotaWindow::new(9, period));
    let mut log = WindowLog::default();
    for (number, usage) in [(1, Some(PermitUse::Answered)), (2, None)] {
        let windows = [short];
        let request = PermitRequest::new(&key, &windows, seconds(5));
        assert_eq!(log.acquire(PermitId(number), request, seconds(0)), Acquire::Permit(PermitId(number)));
        if let Some(usage) = usage {
            log.release(PermitId(number), usage, seconds(1));
        }
    }
    let log = written_and_read(&log);
    let used = |window, now| log.used(window, seconds(now));
    // The second is counted from 7 s on, when its lease has ended and its request arrived.
    assert_eq!((used(short, 4), used(short, 12), used(short, 18)), (2, 1, 0));
    assert_eq!((used(long, 18), used(long, 102), used(long, 108)), (2, 1, 0));
}

#[test]
fn times_between_milliseconds_are_counted_for_no_shorter_than_they_should_be() {
    let key = QuotaKey::new("https://api.example", "getIPStatistics");
    let windows = [QuotaWindow::new(1, Duration::from_secs(10))];
    let request = PermitRequest::new(&key, &windows, Duration::from_secs(5));
    let mut log = WindowLog::default();
    let settled = Duration::from_nanos(1_000_000_001);
    assert_eq!(log.acquire(PermitId(1), request, settled), Acquire::Permit(PermitId(1)));
    log.release(PermitId(1), PermitUse::Answered, settled);
    let Acquire::Wait(wait) = written_and_read(&log).acquire(PermitId(2), request, settled) else { panic!("no wait") };
    let exact = Duration::from_millis(10_250);
    assert!(exact <= wait && wait < exact + Duration::from_millis(1), "{wait:?}");
}

/// The contract's windows, filled evenly: a ledger may write the log twice for each call.
#[test]
fn a_full_log_is_small() {
    let key = QuotaKey::new("https://api.example", "getIPStatistics");
    let windows = [QuotaWindow::new(100, Duration::from_secs(60)), QuotaWindow::new(1500, Duration::from_secs(3600))];
    let request = PermitRequest::new(&key, &windows, Duration::from_secs(60));
    let mut log = WindowLog::default();
    let beginning = Duration::from_secs(86_400 * 365);
    for number in 0..1_500 {
        let now = beginning + Duration::from_millis(2_400 * number);
        assert_eq!(log.acquire(PermitId(number), request, now), Acquire::Permit(PermitId(number)));
        log.release(PermitId(number), PermitUse::Answered, now);
    }
    assert_eq!(log.used(windows[1], beginning + Duration::from_secs(3_600)), 1_500);
    let length = serde_json::to_string(&log).unwrap().len();
    assert!(length < 8_000, "{length} bytes");
}
