//! The quota, as several processes share it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fastrand::Rng;
use mde_client::{Acquire, PermitId, PermitRequest, PermitUse, QuotaWindow, Throttled, WindowLog};
use mde_store::Store;

use crate::{LEASE, Place, SinceBoot, TimeOfDay, key, open, take, used};

const SECOND: Duration = Duration::from_secs(1);
const FIVE: QuotaWindow = QuotaWindow::new(5, Duration::from_secs(10));
const TWENTY: QuotaWindow = QuotaWindow::new(20, Duration::from_secs(100));

async fn permit(store: &Store, windows: &[QuotaWindow]) -> PermitId {
    match take(store, windows).await {
        Acquire::Permit(permit) => permit,
        none => panic!("{none:?}"),
    }
}

/// How many permits a process may be ahead of one that waits, as documented.
const AHEAD: u32 = 8;

/// Whatever three stores do on one file, the result is that of one log, but where one leaves a permit to the others.
#[tokio::test]
async fn several_stores_count_as_one_log_does() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(open(&place.path(), &clock).await);
    }
    let (key, windows) = (key(), [FIVE, TWENTY]);
    let request = PermitRequest::new(&key, &windows, LEASE);
    let mut random = Rng::with_seed(6);
    let (mut one, mut now, mut numbers) = (WindowLog::default(), Duration::ZERO, 0..);
    let mut in_flight: Vec<(PermitId, PermitId)> = Vec::new();
    let (mut permits, mut left) = (0, 0);
    let mut of_store = [0_u32; 3];
    for step in 0..2_000 {
        let by = Duration::from_millis(random.u64(0..1_000));
        clock.advance(by);
        now += by;
        let index = random.usize(..3);
        let store = &stores[index];
        match random.u32(0..1_000) {
            0..600 => {
                let id = PermitId(numbers.next().unwrap());
                match (one.acquire(id, request, now), take(store, &windows).await) {
                    (Acquire::Permit(id), Acquire::Permit(shared)) => {
                        in_flight.push((id, shared));
                        permits += 1;
                        of_store[index] += 1;
                    }
                    (Acquire::Permit(id), Acquire::Busy) => {
                        assert!(of_store[index] >= AHEAD, "in step {step}, after {of_store:?}");
                        one.release(id, PermitUse::Unsent, now);
                        left += 1;
                    }
                    (expected, acquired) => assert_eq!(acquired, expected, "in step {step}"),
                }
            }
            600..950 if !in_flight.is_empty() => {
                let (id, shared) = in_flight.swap_remove(random.usize(..in_flight.len()));
                let usage = random.choice([PermitUse::Unsent, PermitUse::Answered, PermitUse::Unanswered]).unwrap();
                one.release(id, usage, now);
                store.ledger().release(&key, shared, usage);
                // The queue is in order, but only within one process.
                store.contents().await.unwrap();
            }
            998.. => {
                let wait = Duration::from_secs(random.u64(0..20));
                let pause = store.ledger().pause(request, Throttled::new(wait, "too many")).await.unwrap();
                assert_eq!(pause, one.pause(request, wait, now), "in step {step}");
            }
            950.. => {
                let index = random.usize(..3);
                stores[index] = open(&place.path(), &clock).await;
            }
            _ => {}
        }
        let expected = windows.map(|window| one.used(window, now));
        assert_eq!(stores[random.usize(..3)].quota_used(&key, &windows).await.unwrap(), expected, "in step {step}");
    }
    assert!(permits > 100 && left < permits / 4, "{permits} permits, and {left} were left to others");
}

#[tokio::test]
async fn a_permit_whose_process_died_counts_as_used_at_the_end_of_its_lease() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let one = QuotaWindow::new(1, Duration::from_secs(10));
    permit(&open(&place.path(), &clock).await, &[one]).await;

    let store = open(&place.path(), &clock).await;
    assert_eq!((take(&store, &[one]).await, used(&store, one).await), (Acquire::Busy, 1));
    clock.advance(LEASE);
    // Its request may be on its way for 2 s, and the window is acquired to be 250 ms longer than it is.
    let wait = Duration::from_millis(12_250);
    assert_eq!((take(&store, &[one]).await, used(&store, one).await), (Acquire::Wait(wait), 1));
    clock.advance(wait);
    assert_eq!(used(&store, one).await, 0);
    permit(&store, &[one]).await;
}

#[tokio::test]
async fn a_pause_applies_to_all_and_outlives_its_process() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let other = open(&place.path(), &clock).await;
    let key = key();
    let paused = open(&place.path(), &clock).await;
    let request = PermitRequest::new(&key, &[FIVE], LEASE);
    paused.ledger().pause(request, Throttled::new(8 * SECOND, "too many")).await.unwrap();
    drop(paused);
    clock.advance(3 * SECOND);
    assert_eq!(take(&other, &[FIVE]).await, Acquire::Wait(5 * SECOND));
    clock.advance(5 * SECOND);
    let again = other.ledger().pause(request, Throttled::new(Duration::ZERO, "too many")).await.unwrap();
    assert_eq!(again.in_a_row, 2, "the other process began the first one");
}

#[tokio::test]
async fn a_clock_that_was_set_back_adds_no_time() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    let one = QuotaWindow::new(1, Duration::from_secs(10));
    let id = permit(&store, &[one]).await;
    store.ledger().release(&key(), id, PermitUse::Answered);
    assert_eq!(used(&store, one).await, 1);
    clock.set_back(Duration::from_secs(24 * 60 * 60));
    assert_eq!(take(&store, &[one]).await, Acquire::Wait(Duration::from_millis(10_250)));
    clock.advance(4 * SECOND);
    assert_eq!(take(&store, &[one]).await, Acquire::Wait(Duration::from_millis(6_250)));
    clock.set_back(Duration::from_secs(100 * 365 * 24 * 60 * 60));
    // The time since the last entry is lost.
    assert_eq!(take(&store, &[one]).await, Acquire::Wait(Duration::from_millis(10_250)));
    assert_eq!(used(&store, one).await, 1);
}

#[tokio::test]
async fn a_permit_is_released_if_the_future_is_dropped() {
    let store = TimeOfDay::noon().options().in_memory();
    let (key, one) = (key(), [QuotaWindow::new(1, SECOND)]);
    for _ in 0..20 {
        let ledger = store.ledger();
        let mut taking = pin!(ledger.acquire(PermitRequest::new(&key, &one, LEASE)));
        if let Poll::Ready(acquired) = taking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            // The thread was faster, so the caller has it.
            let Acquire::Permit(permit) = acquired.unwrap() else { continue };
            ledger.release(&key, permit, PermitUse::Unsent);
            continue;
        }
        // Half of them are dropped when there is a permit, half before.
        if fastrand::bool() {
            store.contents().await.unwrap();
        }
    }
    store.contents().await.unwrap();
    assert_eq!(used(&store, one[0]).await, 0);
}

#[tokio::test]
async fn dropping_the_last_handle_waits_for_all_jobs() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    let window = QuotaWindow::new(200, Duration::from_secs(10));
    let mut permits = Vec::new();
    for _ in 0..200 {
        permits.push(permit(&store, &[window]).await);
    }
    let ledger = store.ledger();
    drop(store);
    for permit in permits {
        ledger.release(&key(), permit, PermitUse::Unsent);
    }
    drop(ledger);
    assert_eq!(used(&open(&place.path(), &clock).await, window).await, 0);
}

#[tokio::test]
async fn quotas_in_use_are_listed_and_outlive_the_answers() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    assert_eq!(store.quotas_in_use().await.unwrap(), []);
    permit(&store, &[FIVE, TWENTY]).await;
    store.clear().await.unwrap();
    let in_use = open(&place.path(), &clock).await.quotas_in_use().await.unwrap();
    assert_eq!(in_use.len(), 1);
    assert_eq!((&in_use[0].key, &in_use[0].windows[..]), (&key(), &[(FIVE, 1), (TWENTY, 1)][..]));
    clock.advance(Duration::from_secs(200));
    assert_eq!(store.quotas_in_use().await.unwrap(), []);
}

#[tokio::test]
async fn each_key_has_a_quota_of_its_own() {
    let store = TimeOfDay::noon().options().in_memory();
    let one = [QuotaWindow::new(1, SECOND)];
    permit(&store, &one).await;
    let other = key().of_app(Some("tenant".to_owned()), None);
    let acquired = store.ledger().acquire(PermitRequest::new(&other, &one, LEASE)).await.unwrap();
    assert!(matches!(acquired, Acquire::Permit(_)), "{acquired:?}");
    assert_eq!(take(&store, &one).await, Acquire::Busy);
}

/// One call of one that a day may take, and what is used after something happens to the clocks.
#[tokio::test]
async fn the_quota_goes_by_the_time_since_the_machine_was_started() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const HALF: Duration = Duration::from_secs(12 * 60 * 60);
    type Change = fn(&TimeOfDay, &SinceBoot);
    let cases: [(&str, Change, u32); 8] = [
        ("nothing", |_, _| {}, 1),
        ("a time of day that is set forward by a day", |time, _| time.advance(2 * DAY), 1),
        ("a time of day that is set back", |time, _| time.set_back(2 * DAY), 1),
        ("half a day", |_, boot| boot.advance(HALF), 1),
        ("more than a day", |_, boot| boot.advance(DAY + SECOND), 0),
        (
            "a day, and a time of day that is set back",
            |time, boot| (time.set_back(9 * DAY), boot.advance(DAY + SECOND)).1,
            0,
        ),
        ("a start of the machine", |time, boot| (time.advance(HALF), boot.restart()).1, 1),
        ("a start of the machine after a day", |time, boot| (time.advance(DAY + SECOND), boot.restart()).1, 0),
    ];
    let one = QuotaWindow::new(1, DAY);
    for (name, change, expected) in cases {
        let (place, time, boot) = (Place::new(), TimeOfDay::noon(), SinceBoot::default());
        let open = || async {
            let options = time.options().boot_clock(Arc::new(boot.clone()));
            options.open(&place.path()).await.unwrap().0
        };
        let store = open().await;
        let permit = permit(&store, &[one]).await;
        store.ledger().release(&key(), permit, PermitUse::Answered);
        assert_eq!(used(&store, one).await, 1);
        change(&time, &boot);
        assert_eq!(used(&store, one).await, expected, "after {name}");
        drop(store);
        let store = open().await;
        assert_eq!(used(&store, one).await, expected, "after {name}, by another process");
        assert_eq!(matches!(take(&store, &[one]).await, Acquire::Permit(_)), expected == 0, "after {name}");
    }
}
