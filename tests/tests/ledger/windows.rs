//! When there is a permit, and when there certainly is none.

use std::time::Duration;

use mde_client::{Acquire, PermitUse, QuotaKey};

use crate::program::{HOUR, LEASE, MARGIN, MINUTE, Program, SECOND, key, of};

const MILLISECOND: Duration = Duration::from_millis(1);

/// How much later an attempt without an answer counts as settled, as documented.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

#[test]
fn there_is_a_permit_when_the_oldest_leaves_the_window() {
    let program = Program::new(&[(2, MINUTE)]);
    program.call();
    program.advance(20 * SECOND);
    program.call();
    assert_eq!(program.acquire(), Acquire::Wait(40 * SECOND + MARGIN));
    program.advance(40 * SECOND + MARGIN - MILLISECOND);
    assert_eq!(program.acquire(), Acquire::Wait(MILLISECOND));
    program.advance(MILLISECOND);
    program.call();
    assert_eq!(program.acquire(), Acquire::Wait(20 * SECOND), "the other one came 20 s later");
}

/// The service may have counted a call long after its permit was acquired, but not after its answer.
#[test]
fn a_window_begins_when_the_answer_comes() {
    let program = Program::new(&[(1, MINUTE)]);
    let permit = program.permit();
    program.advance(10 * SECOND);
    program.release(permit, PermitUse::Answered);
    assert_eq!(program.acquire(), Acquire::Wait(MINUTE + MARGIN));
}

#[test]
fn all_windows_hold_at_once() {
    let program = Program::new(&[(2, MINUTE), (3, HOUR)]);
    assert_eq!(program.calls(), (2, Acquire::Wait(MINUTE + MARGIN)));
    program.advance(MINUTE + MARGIN);
    assert_eq!(program.calls(), (1, Acquire::Wait(HOUR - MINUTE)));
    program.advance(HOUR - MINUTE);
    assert_eq!(program.calls(), (2, Acquire::Wait(MINUTE + MARGIN)), "the first two are an hour old now");
}

/// Each call says which windows are to hold for it. What another one asked for does not bind it, nor is it forgotten.
#[test]
fn windows_may_differ_from_call_to_call() {
    let program = Program::new(&[(2, HOUR)]);
    let shorter = of(&[(1, MINUTE)]);
    program.call();
    assert_eq!(program.take_for(&program.key, &shorter), Acquire::Wait(MINUTE + MARGIN));
    program.advance(MINUTE + MARGIN);
    let Acquire::Permit(permit) = program.take_for(&program.key, &shorter) else { panic!("{program:?}") };
    program.release(permit, PermitUse::Answered);
    assert_eq!(program.acquire(), Acquire::Wait(HOUR - MINUTE));
    assert!(matches!(program.take_for(&program.key, &[]), Acquire::Permit(_)), "without windows there is no limit");
}

#[test]
fn an_unsent_attempt_gives_its_permit_back() {
    let program = Program::new(&[(1, MINUTE)]);
    for _ in 0..3 {
        program.release(program.permit(), PermitUse::Unsent);
    }
    program.permit();
    assert_eq!(program.acquire(), Acquire::Busy);
}

#[test]
fn an_unanswered_attempt_counts_for_longer() {
    let program = Program::new(&[(2, MINUTE)]);
    program.release(program.permit(), PermitUse::Unanswered);
    program.call();
    assert_eq!(program.acquire(), Acquire::Wait(MINUTE + MARGIN), "the answered one leaves first");
    program.advance(MINUTE + MARGIN);
    program.call();
    assert_eq!(program.acquire(), Acquire::Wait(ON_ITS_WAY));
}

/// A permit under way may be given back at any time, so that no wait is certain that its window depends on.
#[test]
fn a_wait_is_only_named_where_it_is_certain() {
    let program = Program::new(&[(2, MINUTE), (3, HOUR)]);
    let (first, second) = (program.permit(), program.permit());
    assert_eq!(program.acquire(), Acquire::Busy);
    program.release(first, PermitUse::Answered);
    assert_eq!(program.acquire(), Acquire::Busy);
    program.release(second, PermitUse::Answered);
    assert_eq!(program.acquire(), Acquire::Wait(MINUTE + MARGIN));
    program.advance(MINUTE + MARGIN);
    program.permit();
    assert_eq!(program.acquire(), Acquire::Busy, "the hour is full, with one under way");
}

#[test]
fn each_key_has_a_quota_of_its_own() {
    let program = Program::new(&[(1, MINUTE)]);
    let (tenant, app) = (Some("a tenant".to_owned()), Some("an app".to_owned()));
    let keys = [
        key(),
        QuotaKey::new("https://eu.api.example", "getIPStatistics"),
        QuotaKey::new("https://api.example", "getDomainStatistics"),
        key().of_app(tenant.clone(), None),
        key().of_app(None, app.clone()),
        key().of_app(tenant, app),
    ];
    for key in &keys {
        assert!(matches!(program.take_for(key, &program.windows), Acquire::Permit(_)), "{key:?}");
    }
    for key in &keys {
        assert_eq!(program.take_for(key, &program.windows), Acquire::Busy, "{key:?}");
    }
}

/// Whoever never settles a permit does not keep it for ever. Then it counts like one that was not answered.
#[test]
fn a_permit_is_settled_when_its_lease_ends() {
    let program = Program::new(&[(1, MINUTE)]);
    let permit = program.permit();
    program.advance(LEASE - MILLISECOND);
    assert_eq!(program.acquire(), Acquire::Busy);
    program.advance(MILLISECOND);
    assert_eq!(program.acquire(), Acquire::Wait(ON_ITS_WAY + MINUTE + MARGIN));
    program.release(permit, PermitUse::Unsent);
    assert_eq!(program.acquire(), Acquire::Wait(ON_ITS_WAY + MINUTE + MARGIN), "too late to say so");
}

#[test]
fn a_window_may_last_for_ever() {
    let program = Program::new(&[(2, Duration::MAX), (1, MINUTE)]);
    program.call();
    program.advance(HOUR);
    program.release(program.permit(), PermitUse::Unanswered);
    program.advance(HOUR);
    assert_eq!(program.acquire(), Acquire::Wait(Duration::MAX));
}

#[test]
fn a_window_without_calls_never_has_a_permit() {
    assert_eq!(Program::new(&[(0, MINUTE)]).acquire(), Acquire::Wait(Duration::MAX));
}

/// What no window needs is not kept: neither attempts that have left, nor those that no window can hold, nor the keys
/// that have none.
#[test]
fn what_is_over_is_forgotten() {
    let program = Program::new(&[(100, MINUTE)]);
    program.calls();
    assert_eq!(format!("{:?}", program.ledger), "MemoryLedger { keys: 1, entries: 100, .. }");
    for number in 0..1000 {
        program.advance(MINUTE);
        let other = QuotaKey::new("https://api.example", number.to_string());
        let acquired = program.take_for(&other, &program.windows);
        assert!(matches!(acquired, Acquire::Permit(_)), "{acquired:?}");
    }
    let entries = format!("{:?}", program.ledger);
    assert_eq!(entries, "MemoryLedger { keys: 2, entries: 2, .. }", "the last one, and one whose lease has ended");
}

#[test]
fn no_more_is_kept_than_a_window_can_hold() {
    let program = Program::new(&[(100, HOUR)]);
    program.call();
    for _ in 0..1000 {
        let Acquire::Permit(permit) = program.take_for(&program.key, &[]) else { panic!("{program:?}") };
        program.release(permit, PermitUse::Answered);
    }
    assert_eq!(program.acquire(), Acquire::Wait(HOUR + MARGIN));
    assert_eq!(format!("{:?}", program.ledger), "MemoryLedger { keys: 1, entries: 100, .. }");
}
