//! The client keeps within the quota, on a clock that the test moves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_client::{CallOptions, Client, ErrorKind, Event, QuotaKey, QuotaWindow, operations};
use mde_sandbox::Sandbox;
use mde_tests::{ManualClock, Scripted, Step};

use crate::{ADDRESS, TOKEN, assert_error};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// How much longer than it is the client takes each window to be.
const MARGIN: Duration = Duration::from_millis(250);

/// A sandbox and a client with clocks that move together.
struct Pair {
    sandbox: Sandbox,
    client: Client,
    clock: ManualClock,
}

impl Pair {
    async fn start(quota_of_sandbox: &str, quota_of_client: &[QuotaWindow]) -> Self {
        let sandbox = Sandbox::builder()
            .clock(mde_sandbox::Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap()))
            .quota(quota_of_sandbox.parse().unwrap())
            .start()
            .await
            .unwrap();
        let clock = ManualClock::default();
        let client = Client::builder()
            .endpoint(sandbox.url())
            .token(sandbox.token())
            .clock(clock.clone())
            .quota(quota_of_client.iter().copied())
            .options(CallOptions::new().quota_wait(2 * HOUR))
            .build()
            .unwrap();
        Self { sandbox, client, clock }
    }

    fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
        self.clock.advance(by);
    }

    async fn ask(&self) {
        self.client.get_ip_statistics(ADDRESS).send().await.unwrap();
    }

    fn statuses(&self) -> Vec<u16> {
        self.sandbox.requests().iter().map(|request| request.status).collect()
    }
}

fn one_call_an_hour(url: &str) -> Client {
    let builder = Client::builder().endpoint(url).token(TOKEN).clock(ManualClock::default());
    builder.quota([QuotaWindow::new(1, HOUR)]).options(CallOptions::new().max_retries(0)).build().unwrap()
}

#[tokio::test]
async fn the_contract_is_kept_by_default() {
    let pair = Pair::start("1000/1m", &[]).await;
    for _ in 0..100 {
        pair.ask().await;
    }
    let next = tokio::spawn(pair.client.get_ip_statistics(ADDRESS).send());
    pair.clock.somebody_sleeps(MINUTE + MARGIN).await;
    assert_eq!(pair.statuses().len(), 100, "the contract allows 100 calls within a minute");
    pair.advance(MINUTE + MARGIN);
    next.await.unwrap().unwrap();
    assert_eq!(pair.statuses(), vec![200; 101]);
}

/// Both windows hold, and both slide: a call may be sent when the oldest one has left the window, not before.
#[tokio::test]
async fn windows_slide() {
    let windows = [QuotaWindow::new(2, MINUTE), QuotaWindow::new(3, HOUR)];
    let pair = Pair::start("2/1m,3/1h", &windows).await;
    pair.ask().await;
    pair.advance(Duration::from_secs(40));
    pair.ask().await;
    let third = tokio::spawn(pair.client.get_ip_statistics(ADDRESS).send());
    pair.clock.somebody_sleeps(Duration::from_secs(20) + MARGIN).await;
    pair.advance(Duration::from_secs(20) + MARGIN);
    third.await.unwrap().unwrap();
    pair.advance(40 * MINUTE);
    let fourth = tokio::spawn(pair.client.get_ip_statistics(ADDRESS).send());
    pair.clock.somebody_sleeps(19 * MINUTE).await;
    pair.advance(19 * MINUTE);
    fourth.await.unwrap().unwrap();
    assert_eq!(pair.statuses(), vec![200; 4], "the sandbox counts the same windows and never said 429");
}

/// However many ask at once, no more than the window allows are on their way.
#[tokio::test]
async fn calls_under_way_count() {
    let pair = Pair::start("3/1m", &[QuotaWindow::new(3, MINUTE)]).await;
    let calls: Vec<_> = (0..9).map(|_| tokio::spawn(pair.client.get_ip_statistics(ADDRESS).send())).collect();
    for round in 1..=3 {
        while pair.statuses().len() < round * 3 {
            tokio::task::yield_now().await;
        }
        if round < 3 {
            pair.clock.somebody_sleeps(MINUTE + MARGIN).await;
        }
        assert_eq!(pair.statuses().len(), round * 3);
        // An answer that is still on its way to the client would begin its minute late.
        while calls.iter().filter(|call| call.is_finished()).count() < round * 3 {
            tokio::task::yield_now().await;
        }
        pair.advance(MINUTE + MARGIN);
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(pair.statuses(), vec![200; 9]);
}

#[tokio::test]
async fn a_wait_that_is_too_long_fails_at_once() {
    let server = Scripted::start([Step::answer("404 Not Found", &[], "")]).await.unwrap();
    let client = one_call_an_hour(server.url());
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err();

    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();

    assert_eq!((error.kind(), error.status(), error.retry_after()), (ErrorKind::Throttled, None, Some(HOUR + MARGIN)));
    assert!(!error.may_have_been_sent());
    assert_eq!(server.requests().len(), 1);
    assert_error("quota-wait-too-long", &error);
}

/// How long calls in flight use the quota is not known, so a call waits for them until its limit.
#[tokio::test]
async fn a_wait_for_calls_under_way_that_is_too_long() {
    let server = Scripted::start([Step::Hang(Vec::new())]).await.unwrap();
    let clock = ManualClock::default();
    let options = CallOptions::new().quota_wait(Duration::from_millis(1500));
    let builder = Client::builder().endpoint(server.url()).token(TOKEN).clock(clock.clone()).options(options);
    let client = builder.quota([QuotaWindow::new(1, HOUR)]).build().unwrap();
    let _under_way = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    server.hangs().await;
    let waiting = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    for pause in [Duration::from_secs(1), Duration::from_millis(500)] {
        clock.somebody_sleeps(pause).await;
        clock.advance(pause);
    }
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, None));
    assert_eq!(server.requests().len(), 1);
    assert_error("quota-under-way", &error);
}

/// A window may be longer than any clock goes on.
#[tokio::test]
async fn a_window_without_end() {
    let server = Scripted::start([Step::answer("404 Not Found", &[], "")]).await.unwrap();
    let builder = Client::builder().endpoint(server.url()).token(TOKEN).clock(ManualClock::default());
    let client = builder.quota([QuotaWindow::new(1, Duration::MAX)]).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::MAX)));
}

/// Sending on while the service throttles keeps one throttled, so a 429 holds every clone of the client.
#[tokio::test]
async fn a_429_holds_all_callers() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 8"], "");
    let answer = Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#);
    let server = Scripted::start([throttled, answer.clone(), answer]).await.unwrap();
    let clock = ManualClock::default();
    let client = Client::builder().endpoint(server.url()).token(TOKEN).clock(clock.clone()).build().unwrap();
    let first = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(8)).await;

    clock.advance(Duration::from_secs(3));
    let other = tokio::spawn(client.clone().get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(5)).await;
    assert_eq!(server.requests().len(), 1);
    clock.advance(Duration::from_secs(5));

    assert_eq!(first.await.unwrap().unwrap().attempts(), 2);
    assert_eq!(other.await.unwrap().unwrap().attempts(), 1);
}

/// Whatever wakes a call that waits, such as the end of another one, is no news to who watches.
#[tokio::test]
async fn a_wait_is_reported_once() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 8"], "");
    let answer = Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#);
    let server = Scripted::start([Step::Hang(Vec::new()), throttled, answer]).await.unwrap();
    let (clock, waits) = (ManualClock::default(), Arc::<Mutex<Vec<_>>>::default());
    let reported = Arc::clone(&waits);
    let observe = move |event: Event<'_>| {
        if let Event::QuotaWait { wait, .. } = event {
            reported.lock().unwrap().push(wait);
        }
    };
    let builder = Client::builder().endpoint(server.url()).token(TOKEN).clock(clock.clone());
    let client = builder.observer(observe).build().unwrap();
    let other = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    server.hangs().await;
    let waiting = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(8)).await;

    clock.advance(Duration::from_secs(3));
    other.abort();
    assert!(other.await.unwrap_err().is_cancelled());
    clock.somebody_sleeps(Duration::from_secs(5)).await;
    clock.advance(Duration::from_secs(5));

    waiting.await.unwrap().unwrap();
    assert_eq!(*waits.lock().unwrap(), [Some(Duration::from_secs(8))]);
}

/// A call that never left costs nothing.
#[tokio::test]
async fn an_unsent_call_gives_its_permit_back() {
    let client = one_call_an_hour("http://127.0.0.1:1");
    for _ in 0..3 {
        let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "not throttled");
    }
}

/// A call that its caller gave up may have been counted by the service all the same.
#[tokio::test]
async fn a_dropped_call_is_counted() {
    let server = Scripted::start([Step::Hang(Vec::new())]).await.unwrap();
    let client = one_call_an_hour(server.url());
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    // It may still be on its way for two seconds.
    let wait = HOUR + Duration::from_secs(2) + MARGIN;
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(wait)));
}

/// By the token, if nobody says otherwise, and without a call of the operation.
#[tokio::test]
async fn whose_quota_it_is_before_a_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let builder = || Client::builder().endpoint(sandbox.url());
    let operation = &operations::GET_IP_STATISTICS;

    let by_token = builder().token(sandbox.token()).build().unwrap().quota_key(operation).await.unwrap();
    let expected = QuotaKey::new(sandbox.url(), "getIPStatistics");
    let app = sandbox.apps()[0].client_id().to_owned();
    assert_eq!(by_token, expected.clone().of_app(Some(sandbox.tenant().to_owned()), Some(app)));

    // The key of a token that says nothing of itself.
    let opaque = builder().token("opaque").build().unwrap().quota_key(operation).await.unwrap();
    assert_eq!(opaque, expected.clone());

    let said = builder().token(sandbox.token()).quota_of("tenant", "app").build().unwrap();
    let said = said.quota_key(operation).await.unwrap();
    assert_eq!(said, expected.of_app(Some("tenant".to_owned()), Some("app".to_owned())));
    assert_eq!(sandbox.requests().len(), 0);
}
