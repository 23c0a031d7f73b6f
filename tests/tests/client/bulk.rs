//! Many addresses at once.

mod gated;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt, stream};
use mde_client::{
    AnswerStream, BoxFuture, CallOptions, Client, Clock, Error, ErrorKind, InOrgIpStats, QuotaWindow, Response,
};
use mde_sandbox::Sandbox;
use mde_tests::{AutoAdvance, Scripted, Step};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};

use crate::{ADDRESS, TOKEN, describe};
use gated::Gated;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

type Item = (IpAddr, Result<Response<InOrgIpStats>, Error>);

fn client(url: &str) -> Client {
    Client::builder().endpoint(url).token(TOKEN).build().unwrap()
}

fn ip(host: usize) -> IpAddr {
    IpAddr::from([10, 0, 0, u8::try_from(host).unwrap()])
}

/// Waits until something is so, while others get their turn. A test had better fail than hang.
async fn until(mut so: impl FnMut() -> bool) {
    let comes = async {
        while !so() {
            yield_now().await;
        }
    };
    assert!(tokio::time::timeout(MINUTE, comes).await.is_ok(), "it did not come to that");
}

/// Gives everybody else more turns than it takes to send a request and to read an answer.
async fn a_while() {
    for _ in 0..1000 {
        yield_now().await;
    }
}

/// A stream that somebody polls all the time.
struct Polled {
    items: mpsc::UnboundedReceiver<Item>,
    task: JoinHandle<()>,
}

impl Polled {
    fn start(mut answers: AnswerStream<IpAddr, InOrgIpStats>) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(item) = answers.next().await {
                sender.send(item).unwrap();
            }
        });
        Self { items, task }
    }

    /// The address of the next item, which must be an answer.
    async fn answered(&mut self) -> IpAddr {
        let (ip, answer) = self.items.recv().await.unwrap();
        assert_eq!(answer.unwrap().ip_address, ip);
        ip
    }

    async fn assert_end(mut self) {
        tokio::select! {
            biased;
            item = self.items.recv() => assert!(item.is_none(), "one more: {item:?}"),
            () = a_while() => panic!("it does not end, or is not polled again"),
        }
        self.task.await.unwrap();
    }
}

/// An input that counts what is pulled out of it, and is gone when the count has no other owner.
fn counted(ips: impl IntoIterator<Item = IpAddr>) -> (stream::Iter<impl Iterator<Item = IpAddr>>, Arc<AtomicUsize>) {
    let pulled = Arc::<AtomicUsize>::default();
    let (count, ips) = (Arc::clone(&pulled), ips.into_iter().collect::<Vec<_>>());
    let counting = ips.into_iter().inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (stream::iter(counting), pulled)
}

#[tokio::test]
async fn each_distinct_address_once_in_the_order_of_completion() {
    let server = Gated::start().await;
    let ips = [1, 2, 1, 1, 3, 2, 1].map(ip);
    let mut polled = Polled::start(client(server.url()).get_ip_statistics_many(stream::iter(ips)).send().unwrap());
    until(|| server.open() >= 3).await;
    for host in [3, 1, 2] {
        server.answer(ip(host));
        assert_eq!(polled.answered().await, ip(host));
    }
    polled.assert_end().await;
    let mut asked = server.asked();
    asked.sort();
    assert_eq!(asked, [1, 2, 3].map(ip));
}

/// A value is pulled when there is room for its call, and not before.
#[tokio::test]
async fn never_more_under_way_than_said_and_none_pulled_ahead() {
    const ALL: usize = 12;
    for concurrency in [1, 3] {
        let server = Gated::start().await;
        let (ips, pulled) = counted((0..ALL).map(ip));
        let many = client(server.url()).get_ip_statistics_many(ips).concurrency(concurrency);
        let mut polled = Polled::start(many.send().unwrap());
        for answered in 0..ALL {
            let under_way = concurrency.min(ALL - answered);
            until(|| server.open() >= under_way).await;
            a_while().await;
            assert_eq!((server.open(), pulled.load(Ordering::Relaxed)), (under_way, answered + under_way));
            let next = server.asked()[answered];
            server.answer(next);
            assert_eq!(polled.answered().await, next);
        }
        polled.assert_end().await;
        assert_eq!(server.most_open(), concurrency);
    }
}

#[tokio::test]
async fn eight_are_under_way_where_nothing_is_said_and_none_is_one() {
    for (given, expected) in [(None, 8), (Some(0), 1)] {
        let server = Gated::start().await;
        let (ips, pulled) = counted((0..20).map(ip));
        let many = client(server.url()).get_ip_statistics_many(ips);
        let many = if let Some(given) = given { many.concurrency(given) } else { many };
        let polled = Polled::start(many.send().unwrap());
        until(|| server.open() >= expected).await;
        a_while().await;
        assert_eq!((server.open(), pulled.load(Ordering::Relaxed)), (expected, expected), "{given:?}");
        polled.task.abort();
    }
}

#[tokio::test]
async fn nothing_happens_before_it_is_polled() {
    let server = Gated::start().await;
    let (ips, pulled) = counted([ADDRESS]);
    let answers = client(server.url()).get_ip_statistics_many(ips).send().unwrap();
    a_while().await;
    assert_eq!((server.asked(), pulled.load(Ordering::Relaxed)), (vec![], 0));
    drop(answers);
}

#[tokio::test]
async fn dropping_it_takes_back_what_is_under_way_and_lets_go_of_the_input() {
    let server = Gated::start().await;
    let (ips, pulled) = counted((0..10).map(ip));
    let many = client(server.url()).get_ip_statistics_many(ips).concurrency(3);
    let polled = Polled::start(many.send().unwrap());
    until(|| server.open() >= 3).await;

    polled.task.abort();
    assert!(polled.task.await.unwrap_err().is_cancelled());

    until(|| server.taken_back() >= 3).await;
    a_while().await;
    assert_eq!((server.asked().len(), pulled.load(Ordering::Relaxed)), (3, 3));
    assert_eq!(Arc::strong_count(&pulled), 1);
}

#[tokio::test]
async fn a_failure_ends_none_of_the_others() {
    let server = Gated::start().await;
    let ips = stream::iter((1..=4).map(ip));
    let mut polled = Polled::start(client(server.url()).get_ip_statistics_many(ips).concurrency(2).send().unwrap());
    until(|| server.open() >= 2).await;
    server.refuse(ip(1));
    let (failed, answer) = polled.items.recv().await.unwrap();
    assert_eq!((failed, answer.unwrap_err().kind()), (ip(1), ErrorKind::InvalidInput));
    for host in [2, 3, 4] {
        until(|| server.asked().contains(&ip(host)) && server.open() > 0).await;
        server.answer(ip(host));
        assert_eq!(polled.answered().await, ip(host));
    }
    polled.assert_end().await;
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_reported_before_anything_is_sent() {
    let server = Gated::start().await;
    let (ips, pulled) = counted([ADDRESS]);
    let client = client(server.url());
    let error = client.get_ip_statistics_many(ips).look_back_hours(0).send().unwrap_err();
    let of_one = client.get_ip_statistics(ADDRESS).look_back_hours(0).send().await.unwrap_err();
    assert_eq!((error.kind(), describe(&error)), (ErrorKind::InvalidInput, describe(&of_one)));
    assert_eq!((server.asked(), pulled.load(Ordering::Relaxed)), (vec![], 0));
}

#[tokio::test]
async fn every_call_has_the_options_of_all() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build().unwrap();
    let many = client.get_ip_statistics_many(stream::iter([1, 2].map(ip))).look_back_hours(48).concurrency(1);
    let items: Vec<_> = many.send().unwrap().collect().await;
    assert_eq!(items.len(), 2);
    let asked: Vec<_> = sandbox.requests().into_iter().map(|request| request.path_and_query).collect();
    assert_eq!(asked, [1, 2].map(|host| format!("/api/ips/{}/stats?lookBackHours=48", ip(host))));
}

/// The server is on the same thread: it could not answer if the input kept the thread to itself.
#[tokio::test]
async fn an_endless_input_of_one_address_lets_others_have_their_turn() {
    const TOO_MANY: usize = 100_000_000;
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build().unwrap();
    let mut pulled = 0;
    let same = stream::repeat_with(move || {
        pulled += 1;
        assert!(pulled < TOO_MANY, "nobody else had a turn");
        ADDRESS
    });
    let mut answers = client.get_ip_statistics_many(same).send().unwrap();

    let (ip, answer) = answers.next().await.unwrap();

    assert_eq!(ip, ADDRESS);
    answer.unwrap();
    tokio::select! {
        biased;
        item = answers.next() => panic!("one address, one answer: {item:?}"),
        () = a_while() => {}
    }
    assert_eq!(sandbox.requests().len(), 1);
}

/// It asks for another turn by itself, where neither the input nor a call would.
#[tokio::test]
async fn a_long_run_of_one_address_ends() {
    let server = Gated::start().await;
    let same = stream::iter(std::iter::repeat_n(ADDRESS, 10_000));
    let mut polled = Polled::start(client(server.url()).get_ip_statistics_many(same).send().unwrap());
    until(|| server.open() >= 1).await;
    server.answer(ADDRESS);
    assert_eq!(polled.answered().await, ADDRESS);
    polled.assert_end().await;
}

/// A line of a file, which counts how many there are of its kind.
struct Line {
    ip: IpAddr,
    alive: Arc<AtomicUsize>,
}

impl Line {
    fn new(host: usize, alive: &Arc<AtomicUsize>, most_alive: &AtomicUsize) -> Self {
        let now = alive.fetch_add(1, Ordering::Relaxed) + 1;
        most_alive.fetch_max(now, Ordering::Relaxed);
        Self { ip: ip(host), alive: Arc::clone(alive) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl From<Line> for IpAddr {
    fn from(line: Line) -> Self {
        line.ip
    }
}

#[tokio::test]
async fn of_a_million_lines_the_distinct_addresses_are_kept() {
    const LINES: usize = 1_000_000;
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build().unwrap();
    let [alive, most_alive, made] = [(); 3].map(|()| Arc::<AtomicUsize>::default());
    let lines = {
        let (alive, most_alive, made) = (Arc::clone(&alive), Arc::clone(&most_alive), Arc::clone(&made));
        (0..LINES).map(move |index| {
            made.fetch_add(1, Ordering::Relaxed);
            Line::new(index % 10, &alive, &most_alive)
        })
    };
    // An input that does not end, to see what is kept of it.
    let lines = stream::iter(lines).chain(stream::pending());
    let mut answers = client.get_ip_statistics_many(lines).send().unwrap();

    let mut ips: Vec<_> = answers.by_ref().take(10).map(|(ip, answer)| answer.map(|_| ip).unwrap()).collect().await;
    tokio::select! {
        biased;
        item = answers.next() => panic!("ten addresses, ten answers: {item:?}"),
        () = until(|| made.load(Ordering::Relaxed) == LINES) => {}
    }

    ips.sort();
    assert_eq!(ips, (0..10).map(ip).collect::<Vec<_>>());
    assert_eq!((most_alive.load(Ordering::Relaxed), alive.load(Ordering::Relaxed)), (1, 0));
    insta::assert_snapshot!(format!("{answers:?}"), @"AnswerStream { under_way: 0, concurrency: 8, distinct: Some(10), .. }");
}

/// A clock on which a wait for the quota is over at once. Shorter ones are the time limits of calls, which do not take
/// any time, and longer ones are those without a limit.
#[derive(Clone, Debug)]
struct Skipping {
    start: Instant,
    skipped: Arc<std::sync::Mutex<Duration>>,
}

impl Clock for Skipping {
    fn now(&self) -> Instant {
        self.start + *self.skipped.lock().unwrap()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *self.skipped.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration < 10 * MINUTE || duration > DAY {
            return Box::pin(std::future::pending());
        }
        let skipped = Arc::clone(&self.skipped);
        Box::pin(async move { *skipped.lock().unwrap() += duration })
    }
}

/// Asks about three addresses where one call an hour is allowed. Gives the kinds of the failures, and the time it took.
async fn three_at_one_an_hour(of_client: CallOptions, of_call: CallOptions) -> (Vec<Option<ErrorKind>>, Duration) {
    let sandbox = Sandbox::start().await.unwrap();
    let clock = Skipping { start: Instant::now(), skipped: Arc::default() };
    let builder = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).clock(clock.clone());
    let client = builder.quota([QuotaWindow::new(1, HOUR)]).options(of_client).build().unwrap();
    let many = client.get_ip_statistics_many(stream::iter([1, 2, 3].map(ip))).options(of_call);
    let kinds = many.send().unwrap().map(|(_, answer)| answer.err().map(|error| error.kind())).collect().await;
    (kinds, clock.now() - clock.start)
}

#[tokio::test]
async fn the_wait_for_the_quota_has_no_limit_of_its_own() {
    let (kinds, took) = three_at_one_an_hour(CallOptions::new(), CallOptions::new()).await;
    assert_eq!(kinds, [None, None, None]);
    assert!((2 * HOUR..3 * HOUR).contains(&took), "{took:?}");
}

/// The pauses grow until they have lasted longer than the longest window. Then the first call fails, and of those to come
/// each with its first attempt.
#[tokio::test]
async fn a_service_that_serves_nothing_is_not_asked_for_ever() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 1"], "");
    let server = Scripted::start(vec![throttled; 30]).await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token("token"));
    let client = builder.build().unwrap();
    let many = client.get_ip_statistics_many(stream::iter([1, 2, 3].map(ip))).concurrency(1);
    let answers = many.send().unwrap().map(|(_, answer)| {
        let error = answer.unwrap_err();
        (error.kind(), error.attempts(), error.retry_after())
    });
    let failures: Vec<_> = time.run(answers.collect(), Some(&server)).await;
    let pause = Some(5 * MINUTE);
    let throttled = |attempts| (ErrorKind::Throttled, attempts, pause);
    assert_eq!(failures, [throttled(20), throttled(1), throttled(1)]);
    let elapsed = time.clock().elapsed();
    assert!((HOUR..HOUR + 10 * MINUTE).contains(&elapsed), "{elapsed:?}");
}

#[tokio::test]
async fn a_limit_of_the_wait_for_the_quota_is_kept() {
    let wait = |limit| CallOptions::new().quota_wait(limit);
    let throttled = vec![None, Some(ErrorKind::Throttled), Some(ErrorKind::Throttled)];
    let of_client = three_at_one_an_hour(wait(MINUTE), CallOptions::new()).await;
    assert_eq!(of_client, (throttled.clone(), Duration::ZERO));
    let of_call = three_at_one_an_hour(wait(DAY), wait(MINUTE)).await;
    assert_eq!(of_call, (throttled, Duration::ZERO));
}
