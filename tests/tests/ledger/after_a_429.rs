//! What the ledger makes of a hold: it stops, tries again with care, and leaves others their share.

use std::time::Duration;

use mde_client::{Acquire, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, WindowLog};

use crate::program::{HOUR, LEASE, MARGIN, MINUTE, Program, SECOND, key, of};

type Windows = &'static [(u32, Duration)];

/// Windows that are never full in a test, so that nothing but the hold is in the way.
const WIDE: [(u32, Duration); 1] = [(1_000_000, MINUTE)];

#[test]
fn nobody_gets_a_permit_while_it_lasts() {
    let program = Program::new(&WIDE);
    program.pause(8 * SECOND);
    program.pause(5 * SECOND);
    assert_eq!(program.acquire(), Acquire::Wait(8 * SECOND), "the longer one counts");
    program.advance(7 * SECOND);
    program.pause(5 * SECOND);
    assert_eq!(program.acquire(), Acquire::Wait(5 * SECOND));
    let other = QuotaKey::new("https://api.example", "getDomainStatistics");
    assert!(matches!(program.take_for(&other, &program.windows), Acquire::Permit(_)), "another quota");
    program.advance(5 * SECOND);
    program.permit();
}

#[test]
fn it_may_last_for_ever() {
    let program = Program::new(&[(9, Duration::MAX)]);
    program.pause(Duration::MAX);
    program.advance(HOUR);
    assert_eq!(program.acquire(), Acquire::Wait(Duration::MAX));
}

/// How long a pause is for which the service asks, by the longest window; and the next one.
#[test]
fn no_pause_is_longer_than_the_longest_window() {
    const YEARS: Duration = Duration::from_secs(3_153_600_000);
    let cases: [(Windows, Duration, [Duration; 2]); 5] = [
        (&[(100, MINUTE), (1500, HOUR)], MINUTE, [MINUTE, 2 * MINUTE]),
        (&[(100, MINUTE), (1500, HOUR)], YEARS, [HOUR; 2]),
        (&[(100, MINUTE)], HOUR, [MINUTE; 2]),
        (&[], 50 * MINUTE, [50 * MINUTE; 2]),
        (&[], YEARS, [HOUR; 2]),
    ];
    for (windows, wait, [first, second]) in cases {
        let program = Program::new(windows);
        assert_eq!(program.pause(wait), Pause::new(first, 1), "{wait:?} by {windows:?}");
        assert_eq!(program.acquire(), Acquire::Wait(first));
        program.advance(first);
        assert_eq!(program.pause(wait), Pause::new(second, 2), "again {wait:?} by {windows:?}");
    }
}

/// The pauses in seconds, each after an attempt that was throttled, where the service always asks for the same.
#[test]
fn each_pause_in_a_row_is_twice_as_long() {
    const CONTRACT: [(u32, Duration); 2] = [(100, MINUTE), (1500, HOUR)];
    let cases: [(Windows, u64, [u64; 12]); 5] = [
        (&CONTRACT, 1, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]),
        (&CONTRACT, 0, [0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]),
        (&CONTRACT, 60, [60, 120, 240, 300, 300, 300, 300, 300, 300, 300, 300, 300]),
        (&CONTRACT, 700, [700; 12]),
        (&[], 1, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]),
    ];
    for (windows, asked, pauses) in cases {
        let program = Program::new(windows);
        for (in_a_row, seconds) in (1..).zip(pauses) {
            let pause = program.throttled_call(Duration::from_secs(asked));
            assert_eq!(pause, Pause::new(Duration::from_secs(seconds), in_a_row), "{asked} s by {windows:?}");
            program.advance(pause.remaining);
        }
    }
}

/// Whoever gives up after 20 has not given up on a window that was full.
#[test]
fn twenty_in_a_row_last_longer_than_the_longest_window() {
    for window in [Duration::from_millis(10), SECOND, MINUTE, HOUR, 24 * HOUR, 90 * 24 * HOUR] {
        let program = Program::new(&[(1_000_000, window)]);
        let pauses = (0..20).map(|_| {
            let Pause { remaining, .. } = program.throttled_call(Duration::ZERO);
            program.advance(remaining);
            remaining
        });
        let sum: Duration = pauses.sum();
        assert!(sum > window, "{sum:?} for {window:?}");
    }
}

/// Attempts that were in flight together when the service began to throttle tell the same, however late each does.
#[test]
fn a_burst_counts_once() {
    let program = Program::new(&WIDE);
    let burst: Vec<_> = (0..4).map(|_| program.permit()).collect();
    let throttled = |index: usize, expected: Pause| {
        assert_eq!(program.pause(SECOND), expected, "{index}");
        program.release(burst[index], PermitUse::Answered);
    };
    throttled(0, Pause::new(SECOND, 1));
    throttled(1, Pause::new(SECOND, 1));
    program.advance(SECOND);
    throttled(2, Pause::new(SECOND, 1));
    program.advance(3 * SECOND);
    throttled(3, Pause::new(SECOND, 1));
    program.advance(SECOND);
    assert_eq!(program.throttled_call(SECOND), Pause::new(2 * SECOND, 2));
}

/// What is served between two pauses, and what is not.
#[test]
fn a_served_call_ends_the_row() {
    for (usage, in_a_row) in [(PermitUse::Answered, 1), (PermitUse::Unanswered, 3), (PermitUse::Unsent, 3)] {
        let program = Program::new(&WIDE);
        let from_before = program.permit();
        program.advance(program.throttled_call(SECOND).remaining);
        program.release(from_before, PermitUse::Answered);
        assert_eq!(program.throttled_call(SECOND).in_a_row, 2, "it was in flight when the first pause began");
        program.advance(4 * SECOND);
        program.release(program.permit(), usage);
        assert_eq!(program.throttled_call(SECOND).in_a_row, in_a_row, "{usage:?}");
    }
}

#[test]
fn what_is_older_than_the_longest_window_is_not_counted() {
    let program = Program::new(&WIDE);
    program.throttled_call(SECOND);
    program.advance(SECOND + MINUTE);
    assert_eq!(program.throttled_call(SECOND).in_a_row, 2);
    program.advance(2 * SECOND + MINUTE + MARGIN);
    assert_eq!(program.throttled_call(SECOND).in_a_row, 1);
}

/// Whoever knows better may end a pause. The service may begin the next one, and only one attempt asks for it.
#[test]
fn a_pause_that_is_lifted() {
    let (key, windows) = (key(), of(&WIDE));
    let request = PermitRequest::new(&key, &windows, LEASE);
    let mut log = WindowLog::default();
    log.pause(request, SECOND, Duration::ZERO);
    assert_eq!(log.pause(request, SECOND, SECOND), Pause::new(2 * SECOND, 2));
    assert_eq!(log.paused(2 * SECOND), Some(Pause::new(SECOND, 2)));
    log.resume(2 * SECOND);
    assert_eq!(log.paused(2 * SECOND), None);
    assert_eq!(log.acquire(PermitId(1), request, 2 * SECOND), Acquire::Permit(PermitId(1)));
    assert_eq!(log.acquire(PermitId(2), request, 2 * SECOND), Acquire::Busy);
    assert_eq!(log.pause(request, SECOND, 2 * SECOND), Pause::new(SECOND, 1));
}

/// How many permits there are at once, and how many more with each answer.
#[test]
fn afterwards_permits_come_one_at_a_time() {
    let program = Program::new(&WIDE);
    program.pause(SECOND);
    program.advance(SECOND);
    for at_once in 1..=4 {
        let permits: Vec<_> = (0..at_once).map(|_| program.permit()).collect();
        assert_eq!(program.acquire(), Acquire::Busy, "{at_once} are under way");
        program.release(permits[0], PermitUse::Answered);
        for permit in &permits[1..] {
            program.release(*permit, PermitUse::Unsent);
        }
    }
}

#[test]
fn only_an_answer_lets_more_through() {
    let program = Program::new(&WIDE);
    program.pause(SECOND);
    program.advance(SECOND);
    for usage in [PermitUse::Unsent, PermitUse::Unanswered] {
        program.release(program.permit(), usage);
        program.release(program.permit(), usage);
    }
    program.permit();
    assert_eq!(program.acquire(), Acquire::Busy);
}

/// An answer says nothing about the time after a hold if its attempt was sent before it.
#[test]
fn an_answer_to_an_attempt_from_before_the_hold_lets_no_more_through() {
    let program = Program::new(&WIDE);
    let from_before = [program.permit(), program.permit()];
    program.pause(SECOND);
    program.advance(SECOND);
    assert_eq!(program.acquire(), Acquire::Busy, "two are under way, where one may be");
    from_before.iter().for_each(|permit| program.release(*permit, PermitUse::Answered));
    program.permit();
    assert_eq!(program.acquire(), Acquire::Busy);
}

#[test]
fn another_hold_begins_anew() {
    let program = Program::new(&WIDE);
    program.pause(SECOND);
    program.advance(SECOND);
    program.call();
    program.throttled_call(SECOND);
    program.advance(SECOND);
    program.permit();
    assert_eq!(program.acquire(), Acquire::Busy);
}

/// Of 100 calls a minute we made 40 when the minute was full, so others made 60. With a twentieth more, 37 are left, for
/// an hour; then half of it comes back, and half of the rest.
#[test]
fn what_others_used_is_kept_free() {
    let program = Program::new(&[(100, MINUTE)]);
    (0..39).for_each(|_| program.call());
    program.throttled_call(SECOND);
    assert_eq!(program.acquire(), Acquire::Wait(MINUTE + MARGIN), "the minute holds more than is left to us");
    program.advance(MINUTE + MARGIN);
    assert_eq!(program.calls(), (37, Acquire::Wait(MINUTE + MARGIN)));
    program.advance(HOUR - 2 * MINUTE);
    assert_eq!(program.calls().0, 37);
    program.advance(MINUTE + MARGIN);
    assert_eq!(program.calls().0, 100 - 63 / 2);
    program.advance(HOUR);
    assert_eq!(program.calls().0, 100 - 63 / 4);
    program.advance(5 * HOUR);
    assert_eq!(program.calls().0, 100);
}

/// Where less will be kept free sooner than an attempt of ours leaves, a wait until then is all that is certain.
#[test]
fn a_wait_ends_when_less_is_kept_free() {
    let program = Program::new(&[(100, MINUTE)]);
    (0..39).for_each(|_| program.call());
    program.throttled_call(SECOND);
    program.advance(HOUR - 10 * SECOND);
    assert_eq!(program.calls(), (37, Acquire::Wait(10 * SECOND)));
    program.advance(10 * SECOND);
    assert_eq!(program.calls(), (100 - 63 / 2 - 37, Acquire::Wait(MINUTE + MARGIN - 10 * SECOND)));
}

#[test]
fn another_hold_keeps_it_free_for_longer() {
    let program = Program::new(&[(100, MINUTE)]);
    (0..39).for_each(|_| program.call());
    program.throttled_call(SECOND);
    program.advance(HOUR - MINUTE);
    (0..35).for_each(|_| program.call());
    program.throttled_call(SECOND);
    program.advance(2 * MINUTE);
    assert_eq!(program.calls().0, 100 - 64 - 4, "now they made 64, and a twentieth is 4");
}

/// Ten of 100 are a larger part than ten of 1,500. But a minute that is full has room again within a minute, so a longer
/// hold tells of the hour.
#[test]
fn the_fullest_window_that_fits_the_hold_is_taken_for_the_full_one() {
    let windows = [(100, MINUTE), (1500, HOUR)];
    let program = Program::new(&windows);
    (0..10).for_each(|_| program.call());
    program.pause(MINUTE);
    program.advance(MINUTE);
    program.advance(MARGIN);
    assert_eq!(program.calls().0, 10, "a tenth of the minute is always left");

    let program = Program::new(&windows);
    (0..99).for_each(|_| program.call());
    program.throttled_call(MINUTE + SECOND);
    program.advance(MINUTE + SECOND);
    assert_eq!(program.calls(), (50, Acquire::Wait(HOUR - MINUTE - SECOND)), "a tenth of the hour is left");
}

/// A service that throttles for longer than any window known here counts something else.
#[test]
fn a_hold_longer_than_all_windows_says_nothing_about_them() {
    let program = Program::new(&[(100, MINUTE)]);
    program.pause(HOUR);
    program.advance(HOUR);
    assert_eq!(program.calls().0, 100);
}

#[test]
fn one_call_is_always_left() {
    let program = Program::new(&[(3, MINUTE)]);
    program.pause(SECOND);
    program.advance(SECOND);
    assert_eq!(program.calls().0, 1);
}
