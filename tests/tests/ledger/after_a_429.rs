//! What the ledger makes of a hold: it stops, tries again with care, and leaves others their share.

use std::time::Duration;

use mde_client::{Acquire, PermitUse, QuotaKey};

use crate::program::{HOUR, MARGIN, MINUTE, Program, SECOND};

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
    let program = Program::new(&WIDE);
    program.pause(Duration::MAX);
    program.advance(HOUR);
    assert_eq!(program.acquire(), Acquire::Wait(Duration::MAX));
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
