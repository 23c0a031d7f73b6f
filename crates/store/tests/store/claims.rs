//! Claims: of several processes one asks about each subject.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mde_client::{Acquire, PermitUse, QuotaWindow};
use mde_store::{Claim, Claimed, Store};

use crate::{Place, SinceBoot, TimeOfDay, body, key, noon, open, put, scope, subjects, take};

/// For how long a process counts as alive that says nothing, as documented.
const LEASE: Duration = Duration::from_secs(5);

const MANY: QuotaWindow = QuotaWindow::new(1_000, Duration::from_secs(10));

/// What became of each, in their order: answered, claimed or held.
async fn claim(store: &Store, subjects: &[String], most: usize) -> (String, Vec<Claim>) {
    claim_since(store, subjects, most, SystemTime::UNIX_EPOCH).await
}

async fn claim_since(store: &Store, subjects: &[String], most: usize, not_before: SystemTime) -> (String, Vec<Claim>) {
    let (mut states, mut claims) = (String::new(), Vec::new());
    let claimed = store.claim(&scope(), subjects.to_vec(), not_before, most).await.unwrap();
    for ((subject, claimed), expected) in claimed.into_iter().zip(subjects) {
        assert_eq!(&subject, expected);
        match claimed {
            Claimed::Answered(answer) => {
                assert_eq!(answer.body, body(&subject).as_bytes());
                states.push('a');
            }
            Claimed::Granted(claim) => {
                claims.push(claim);
                states.push('c');
            }
            Claimed::Held => states.push('h'),
        }
    }
    (states, claims)
}

/// Whether it is lost by now.
async fn is_lost(claim: &mut Claim) -> bool {
    tokio::select! {
        biased;
        () = claim.lost() => true,
        () = std::future::ready(()) => false,
    }
}

/// Two processes on one file, each with a clock of its own: where that of the first stands still, so does the process.
async fn two(place: &Place) -> ([Store; 2], [TimeOfDay; 2]) {
    let clocks = [TimeOfDay::noon(), TimeOfDay::noon()];
    ([open(&place.path(), &clocks[0]).await, open(&place.path(), &clocks[1]).await], clocks)
}

#[tokio::test]
async fn what_one_has_claimed_the_other_leaves_to_it() {
    let place = Place::new();
    let ([one, other], _) = two(&place).await;
    let five = subjects(5);
    put(&one, &five[1]).await;
    let (states, claims) = claim(&one, &five, 2).await;
    assert_eq!(states, "cac", "up to the second claim");
    let (states, others) = claim(&other, &five, 8).await;
    assert_eq!(states, "hahcc");
    assert_eq!(claim(&one, &five, 8).await.0, "hahhh", "nor has one process two claims to the same");
    let twice = vec!["8.8.8.8".to_owned(); 2];
    assert_eq!(claim(&one, &twice, 8).await.0, "ch");
    drop((claims, others));
    // The jobs of a store are done in order.
    one.contents().await.unwrap();
    assert_eq!(claim(&other, &five, 8).await.0, "caccc");
}

/// Whoever sets the time of day ends no claim, and a start of the machine ends all.
#[tokio::test]
async fn a_claim_goes_by_the_time_since_the_machine_was_started() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    type Change = fn(&TimeOfDay, &SinceBoot);
    let cases: [(&str, Change, &str); 5] = [
        ("nothing", |_, _| {}, "h"),
        ("a time of day that is set forward", |time, _| time.advance(DAY), "h"),
        ("a time of day that is set back", |time, _| time.set_back(DAY), "h"),
        ("the lease", |_, boot| boot.advance(LEASE + Duration::from_secs(1)), "c"),
        ("a start of the machine", |_, boot| boot.restart(), "c"),
    ];
    for (name, change, expected) in cases {
        let place = Place::new();
        // The clocks of the first stand still, as if its process did.
        let clocks = [TimeOfDay::noon(), TimeOfDay::noon()].map(|time| (time, SinceBoot::default()));
        let open = |(time, boot): &(TimeOfDay, SinceBoot)| {
            let (options, path) = (time.options().boot_clock(Arc::new(boot.clone())), place.path());
            async move { options.open(&path).await.unwrap().0 }
        };
        let (one, other) = (open(&clocks[0]).await, open(&clocks[1]).await);
        let (_, claims) = claim(&one, &subjects(1), 1).await;
        change(&clocks[1].0, &clocks[1].1);
        assert_eq!(claim(&other, &subjects(1), 1).await.0, expected, "after {name}");
        drop(claims);
    }
}

#[tokio::test]
async fn a_claim_ends_with_the_answer() {
    let place = Place::new();
    let ([one, other], _) = two(&place).await;
    let subject = subjects(1);
    let (_, mut claims) = claim(&one, &subject, 1).await;
    put(&one, &subject[0]).await;
    assert_eq!(claim(&other, &subject, 1).await.0, "a");
    assert!(!is_lost(&mut claims[0]).await, "what was answered is not lost");
    // Too old for this one, who asks again. The end of the first claim, which comes late, does not end the second.
    let since = noon() + Duration::from_nanos(1);
    let (states, _second) = claim_since(&one, &subject, 1, since).await;
    drop(claims);
    one.contents().await.unwrap();
    assert_eq!((states.as_str(), claim_since(&other, &subject, 1, since).await.0.as_str()), ("c", "h"));
}

#[tokio::test]
async fn every_part_of_the_question_counts() {
    let place = Place::new();
    let ([one, other], _) = two(&place).await;
    let (_, _claims) = claim(&one, &subjects(1), 1).await;
    let mut hours = scope();
    hours.parameters = "lookBackHours=720".to_owned();
    let claimed = other.claim(&hours, subjects(1), SystemTime::UNIX_EPOCH, 1).await.unwrap();
    assert!(matches!(claimed[0].1, Claimed::Granted(_)), "{claimed:?}");
}

#[tokio::test]
async fn the_claims_of_a_process_that_stands_still_fall_free() {
    let place = Place::new();
    let ([one, other], [still, later]) = two(&place).await;
    let three = subjects(3);
    let (_, mut claims) = claim(&one, &three, 3).await;
    later.advance(LEASE);
    assert_eq!(claim(&other, &three, 3).await.0, "hhh");
    later.advance(Duration::from_nanos(1));
    let (states, _others) = claim(&other, &three[..1], 1).await;
    assert_eq!(states, "c");
    put(&other, &three[1]).await;
    assert!(!is_lost(&mut claims[0]).await, "it is not known before somebody looks");

    still.advance(LEASE + Duration::from_nanos(1));
    // No permit is given out before the calls of lost claims can be given up. What nobody took is claimed again.
    assert_eq!(take(&one, &[MANY]).await, Acquire::Busy);
    let mut lost = Vec::new();
    for claim in &mut claims {
        lost.push(is_lost(claim).await);
    }
    assert_eq!(lost, [true, true, false]);
    assert!(matches!(take(&one, &[MANY]).await, Acquire::Permit(_)));
    assert_eq!(claim(&other, &three[2..], 1).await.0, "h");
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_no_claim_alive() {
    let place = Place::new();
    let ([one, other], [_, earlier]) = two(&place).await;
    let (_, _claims) = claim(&one, &subjects(1), 1).await;
    earlier.set_back(Duration::from_secs(3600));
    assert_eq!(claim(&other, &subjects(1), 1).await.0, "c");
}

#[tokio::test]
async fn claims_outlive_their_file() {
    let place = Place::new();
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    let (_, mut claims) = claim(&store, &subjects(2), 2).await;
    std::fs::remove_file(place.path()).unwrap();
    assert!(matches!(take(&store, &[MANY]).await, Acquire::Permit(_)), "they are made again in the new file");
    let other = open(&place.path(), &TimeOfDay::noon()).await;
    assert_eq!(claim(&other, &subjects(2), 2).await.0, "hh");
    assert!(!is_lost(&mut claims[0]).await);
}

#[tokio::test]
async fn the_end_of_a_process_ends_its_claims() {
    let place = Place::new();
    let ([one, other], _) = two(&place).await;
    let (_, claims) = claim(&one, &subjects(2), 2).await;
    drop((claims, one));
    assert_eq!(claim(&other, &subjects(2), 2).await.0, "cc");
}

#[tokio::test]
async fn a_dropped_future_claims_nothing() {
    let place = Place::new();
    let ([one, other], _) = two(&place).await;
    {
        let scope = scope();
        let mut claiming = std::pin::pin!(one.claim(&scope, subjects(2), SystemTime::UNIX_EPOCH, 2));
        let _ = claiming.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    }
    one.contents().await.unwrap();
    one.contents().await.unwrap();
    assert_eq!(claim(&other, &subjects(2), 2).await.0, "cc");
}

#[tokio::test]
async fn the_work_of_all_is_counted_once_per_list() {
    let place = Place::new();
    let ([one, other], [_, later]) = two(&place).await;
    let third = open(&place.path(), &later).await;
    let share = async |store: &Store, list, calls| store.share_work(&key(), list, calls).await.unwrap();
    assert_eq!(share(&one, 1, 100).await, 100);
    assert_eq!(share(&other, 1, 90).await, 90, "of one list, the one that is farther knows better");
    assert_eq!(share(&third, 2, 30).await, 120);
    assert_eq!(share(&one, 1, 80).await, 110);
    drop(third);
    assert_eq!(share(&other, 1, 85).await, 80, "and who has ended has nothing to do");
    later.advance(LEASE + Duration::from_nanos(1));
    assert_eq!(share(&other, 1, 85).await, 85, "nor has who does not move");
    let elsewhere = key().of_app(None, None);
    assert_eq!(other.share_work(&elsewhere, 3, 7).await.unwrap(), 7, "each quota has its own work");
}

/// Takes a permit and gives it back as used. Returns whether there was one.
async fn call(store: &Store, windows: &[QuotaWindow]) -> bool {
    match take(store, windows).await {
        Acquire::Permit(permit) => {
            store.ledger().release(&key(), permit, PermitUse::Answered);
            true
        }
        Acquire::Wait(_) | Acquire::Busy => false,
    }
}

/// However often one asks, and however seldom the other.
#[tokio::test]
async fn processes_that_wait_take_turns() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let (greedy, modest) = (open(&place.path(), &clock).await, open(&place.path(), &clock).await);
    let windows = [QuotaWindow::new(20, Duration::from_secs(10))];
    let mut permits = [0; 2];
    for _ in 0..400 {
        for _ in 0..30 {
            permits[0] += usize::from(call(&greedy, &windows).await);
        }
        for _ in 0..10 {
            permits[1] += usize::from(call(&modest, &windows).await);
        }
        clock.advance(Duration::from_millis(250));
    }
    let [greedy, modest] = permits;
    // The first twenty were there when nobody else asked.
    assert!(greedy.abs_diff(modest) <= 20 + 8, "{greedy} and {modest}");
    assert!(greedy + modest >= 180, "and what there is is used: {greedy} and {modest}");
}

/// Who was killed while it waited, or does something else, holds up nobody.
#[tokio::test]
async fn who_does_not_come_when_it_is_its_turn_is_passed_over() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let (one, gone) = (open(&place.path(), &clock).await, open(&place.path(), &clock).await);
    let windows = [QuotaWindow::new(20, Duration::from_secs(10))];
    while call(&one, &windows).await {}
    let Acquire::Wait(wait) = take(&gone, &windows).await else { panic!("there is a permit") };
    clock.advance(wait);
    let mut ahead = 0;
    while call(&one, &windows).await {
        ahead += 1;
    }
    assert_eq!(ahead, 8, "so many before the other has come");
    // The documented patience.
    clock.advance(Duration::from_millis(1_001));
    assert!(call(&one, &windows).await);
}
