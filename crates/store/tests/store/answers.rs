//! The cache of answers.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use mde_client::QuotaKey;
use mde_store::{Cleared, Scope, Store};

use crate::{Place, TimeOfDay, known, noon, open, put, put_all, scope, subjects};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn every_part_of_the_scope_counts() {
    let place = Place::new();
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    let of = |endpoint: &str, operation: &str, tenant: Option<&str>, app: Option<&str>, parameters: &str| Scope {
        key: QuotaKey::new(endpoint, operation).of_app(tenant.map(Into::into), app.map(Into::into)),
        parameters: parameters.to_owned(),
    };
    let scopes = [
        of("e", "o", Some("t"), Some("a"), "p"),
        of("E", "o", Some("t"), Some("a"), "p"),
        of("e", "O", Some("t"), Some("a"), "p"),
        of("e", "o", Some("T"), Some("a"), "p"),
        of("e", "o", Some("t"), Some("A"), "p"),
        of("e", "o", Some("t"), Some("a"), "P"),
        of("e", "o", None, Some("a"), "p"),
        of("e", "o", Some("t"), None, "p"),
        of("e", "o", Some(""), Some("a"), "p"),
        of("e", "o", Some("t"), Some(""), "p"),
        of("e", "o\",\"t", Some("a"), Some("p"), ""),
    ];
    for (number, scope) in scopes.iter().enumerate() {
        store.put(scope, "8.8.8.8", &[u8::try_from(number).unwrap()], noon()).await.unwrap();
    }
    for (number, scope) in scopes.iter().enumerate() {
        let known = store.get(scope, vec!["8.8.8.8".to_owned()], noon()).await.unwrap();
        assert_eq!(usize::from(known["8.8.8.8"].body[0]), number, "{scope:?}");
    }
    assert_eq!(store.contents().await.unwrap().answers, 11);
}

#[tokio::test]
async fn an_answer_is_returned_as_it_came_until_it_is_too_old() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    let answered_at = noon() - Duration::new(3600, 123_456_789);
    let body: Vec<u8> = (0..=255).collect();
    store.put(&scope(), "8.8.8.8", b"an earlier one", noon() - DAY).await.unwrap();
    store.put(&scope(), "8.8.8.8", &body, answered_at).await.unwrap();
    let scope = scope();
    let get = |not_before| store.get(&scope, vec!["8.8.8.8".to_owned(), "1.1.1.1".to_owned()], not_before);

    let known = get(answered_at).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((&known["8.8.8.8"].body, known["8.8.8.8"].answered_at), (&body, answered_at));
    assert_eq!(get(answered_at + Duration::from_nanos(1)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_of_the_future_is_not_returned() {
    let clock = TimeOfDay::noon();
    let store = clock.options().in_memory();
    store.put(&scope(), "8.8.8.8", b"", noon() + DAY).await.unwrap();
    let scope = scope();
    let get = || store.get(&scope, vec!["8.8.8.8".to_owned()], SystemTime::UNIX_EPOCH);
    assert_eq!(get().await.unwrap().len(), 0);
    clock.advance(DAY);
    assert_eq!(get().await.unwrap().len(), 1);
}

#[tokio::test]
async fn answers_older_than_31_days_are_deleted_when_the_file_is_opened() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    for (subject, age) in [("old", 31 * DAY + Duration::from_secs(1)), ("kept", 31 * DAY), ("new", Duration::ZERO)] {
        store.put(&scope(), subject, b"", noon() - age).await.unwrap();
    }
    assert_eq!(store.contents().await.unwrap().answers, 3);
    let contents = open(&place.path(), &clock).await.contents().await.unwrap();
    assert_eq!((contents.answers, contents.oldest), (2, Some(noon() - 31 * DAY)));
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_deletes_nothing() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    for age in [DAY, Duration::ZERO] {
        let store = open(&place.path(), &clock).await;
        store.put(&scope(), &format!("{age:?}"), b"", noon() - age).await.unwrap();
    }
    clock.advance(365 * DAY);
    assert_eq!(open(&place.path(), &clock).await.contents().await.unwrap().answers, 2);
    // Nor does an answer that was given by such a clock, once the clock is right again.
    let store = open(&place.path(), &clock).await;
    store.put(&scope(), "ahead", b"", noon() + 365 * DAY).await.unwrap();
    clock.set_back(365 * DAY);
    assert_eq!(open(&place.path(), &clock).await.contents().await.unwrap().answers, 3);
}

#[tokio::test]
async fn ten_thousand_are_read_at_once_and_deleted_at_once() {
    let place = Place::new();
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    let asked = subjects(10_000);
    put_all(&store, &asked).await;
    assert_eq!(known(&store, &asked).await.len(), 10_000);
    let before = store.contents().await.unwrap();
    assert_eq!((before.answers, before.oldest, before.newest), (10_000, Some(noon()), Some(noon())));

    assert_eq!(store.clear().await.unwrap().answers, 10_000);
    let after = store.contents().await.unwrap();
    assert_eq!((after.answers, after.oldest, after.newest), (0, None, None));
    assert!(before.size > 1_000_000 && after.size < 100_000, "{} and {} bytes", before.size, after.size);
    assert_eq!(store.clear().await.unwrap(), Cleared::default());
}

#[tokio::test]
async fn an_answer_is_written_even_if_the_future_is_dropped() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    {
        let scope = scope();
        let mut writing = pin!(store.put(&scope, "8.8.8.8", b"", noon()));
        let _ = writing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    assert_eq!(open(&place.path(), &clock).await.contents().await.unwrap().answers, 1);
}

#[tokio::test]
async fn clones_share_everything_and_two_stores_in_memory_nothing() {
    let store = Store::in_memory();
    put(&store.clone(), "8.8.8.8").await;
    assert_eq!(store.contents().await.unwrap().answers, 1);
    assert_eq!(Store::in_memory().contents().await.unwrap().answers, 0);
    assert_eq!((store.path(), store.quarantined()), (None, None));
}
