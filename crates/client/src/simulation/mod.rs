//! Calls in simulated time: all of the client is real but the network and the service behind it. 100,000 calls, on a network
//! where each way takes up to 2 s, with services that allow 100 calls a minute and 1,500 an hour and count them in
//! different ways; and what a token bucket would do in place of the ledger.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changes;
mod server;

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use tokio::time::{Instant, sleep, sleep_until};

use self::server::{Bucket, Counter, Fixed, Server, Sliding};
use crate::bulk::answers;
use crate::call::Call;
use crate::response::Mismatch;
use crate::transport::{Context, Exchange, Head, Reply};
use crate::{
    Acquire, BoxError, BoxFuture, CallOptions, Client, Clock, Operation, Pause, PermitId, PermitRequest, PermitUse,
    QuotaKey, QuotaLedger, QuotaWindow, Throttled, operations,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The longest time that a request takes on its way, and the longest that an answer takes.
const LATENCY: Duration = Duration::from_secs(2);

const CONCURRENCY: usize = 16;

/// What is simulated: many calls of one client, in a runtime whose clock is paused and advances when every task is idle.
#[derive(Debug)]
struct Simulation {
    server: Server,
    calls: u32,
    /// In place of the contract's, if there are any.
    windows: Vec<QuotaWindow>,
    /// In place of the client's own.
    ledger: Option<Arc<dyn QuotaLedger>>,
    /// How many calls an hour a foreign program has to make. They come at random moments, from an hour before the client
    /// begins. While the server refuses one it waits, and so do those that come in the meantime.
    foreign_calls: usize,
}

/// What came of it. All moments are since the client began.
#[derive(Debug, Default)]
struct Outcome {
    duration: Duration,
    /// When calls of the client arrived that were not refused.
    arrived: Vec<Duration>,
    /// When calls of the client arrived that were.
    refused: Vec<Duration>,
    most_attempts_of_a_call: u32,
    foreign_answered: usize,
    foreign_waiting: usize,
}

impl Simulation {
    fn of(server: Server, calls: u32) -> Self {
        Self { server, calls, windows: Vec::new(), ledger: None, foreign_calls: 0 }
    }

    async fn run(self) -> Outcome {
        let beginning = Instant::now();
        let lead = if self.foreign_calls > 0 { HOUR } else { Duration::ZERO };
        let world = World { server: self.server, random: Rng::with_seed(1), outcome: Outcome::default() };
        let service = Arc::new(Service { beginning, start: beginning + lead, world: Mutex::new(world) });
        let foreign = tokio::spawn(Arc::clone(&service).foreign(self.foreign_calls));
        sleep(lead).await;

        let builder = Client::builder().endpoint("http://127.0.0.1:1").token("token").random_seed(1).clock(Paused);
        let mut builder = builder.quota(self.windows);
        if let Some(ledger) = self.ledger {
            builder = builder.quota_ledger(ledger);
        }
        let called = Arc::clone(&service);
        let call = move |_: u32| Simulated(Arc::clone(&called));
        let values = stream::iter(0..self.calls);
        let mut answers = answers(builder.build().unwrap(), values, CONCURRENCY, CallOptions::new(), call);
        let mut most_attempts = 0;
        while let Some((_, answer)) = answers.next().await {
            most_attempts = answer.unwrap().attempts().max(most_attempts);
        }
        foreign.abort();
        let mut outcome = std::mem::take(&mut service.world.lock().unwrap().outcome);
        outcome.duration = service.start.elapsed();
        outcome.most_attempts_of_a_call = most_attempts;
        outcome
    }
}

#[derive(Debug)]
struct Service {
    beginning: Instant,
    /// When the client begins.
    start: Instant,
    world: Mutex<World>,
}

#[derive(Debug)]
struct World {
    server: Server,
    random: Rng,
    outcome: Outcome,
}

impl World {
    fn random_time(&mut self, longest: Duration) -> Duration {
        Duration::from_micros(self.random.u64(0..=u64::try_from(longest.as_micros()).unwrap()))
    }
}

impl Service {
    /// A call of the client, from its sending to its answer.
    async fn call(&self) -> Result<(), Duration> {
        let there = self.world.lock().unwrap().random_time(LATENCY);
        sleep(there).await;
        let (answer, back) = {
            let mut world = self.world.lock().unwrap();
            let answer = world.server.arrive(self.beginning.elapsed());
            let moment = self.start.elapsed();
            match answer {
                Ok(()) => world.outcome.arrived.push(moment),
                Err(_) => world.outcome.refused.push(moment),
            }
            (answer, world.random_time(LATENCY))
        };
        sleep(back).await;
        answer
    }

    /// A program that makes its calls, and when one is refused waits for as long as the server says. Its calls take no time.
    async fn foreign(self: Arc<Self>, calls_an_hour: usize) {
        if calls_an_hour == 0 {
            return;
        }
        for hour in 0_u32.. {
            let mut moments: Vec<_> = {
                let mut world = self.world.lock().unwrap();
                (0..calls_an_hour).map(|_| self.beginning + HOUR * hour + world.random_time(HOUR)).collect()
            };
            moments.sort_unstable();
            for (number, moment) in moments.iter().enumerate() {
                sleep_until(*moment).await;
                self.foreign_call(&moments[number..]).await;
            }
        }
    }

    async fn foreign_call(&self, moments: &[Instant]) {
        loop {
            let wait = {
                let mut world = self.world.lock().unwrap();
                let answer = world.server.arrive(self.beginning.elapsed());
                let now = Instant::now();
                world.outcome.foreign_answered += usize::from(answer.is_ok() && now >= self.start);
                world.outcome.foreign_waiting = moments.partition_point(|moment| *moment <= now);
                answer
            };
            match wait {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }
}

/// A call of an operation of the contract that goes to the simulated service.
#[derive(Debug)]
struct Simulated(Arc<Service>);

impl Call for Simulated {
    type Answer = ();

    const OPERATION: &'static Operation = &operations::GET_IP_STATISTICS;

    async fn attempt(&self, context: &Context) -> Option<()> {
        let answer = self.0.call().await;
        let (status, retry_after) = match answer {
            Ok(()) => (StatusCode::OK, Vec::new()),
            Err(wait) => (StatusCode::TOO_MANY_REQUESTS, vec![wait.as_secs().to_string()]),
        };
        let head = Head { status, retry_after, date: None, request_id: None };
        context.keep(Reply::Answer(Exchange { head, body: Bytes::new(), fault: None }));
        answer.ok()
    }

    fn check_response(&self, (): &()) -> Result<(), Mismatch> {
        Ok(())
    }
}

/// Tokio's clock.
#[derive(Clone, Copy, Debug)]
struct Paused;

impl Clock for Paused {
    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }
}

/// How many of these moments, which are in order, are in the stretch of time that has the most.
fn most_within(time: Duration, moments: &[Duration]) -> usize {
    let within = moments.iter().enumerate().map(|(index, last)| {
        let before = moments[..=index].partition_point(|first| *first + time <= *last);
        index + 1 - before
    });
    within.max().unwrap_or_default()
}

const CALLS: u32 = 100_000;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fixed,
    Sliding,
    Bucket,
}

impl Kind {
    fn server(self) -> Server {
        Server::new(operations::GET_IP_STATISTICS.quota.iter().map(|window| -> Box<dyn Counter> {
            match self {
                Self::Fixed => Box::new(Fixed::new(*window)),
                Self::Sliding => Box::new(Sliding::new(*window)),
                Self::Bucket => Box::new(Bucket::new(*window)),
            }
        }))
    }

    /// Simulates all calls in a separate runtime.
    fn run(self, foreign_calls: usize) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(Simulation { foreign_calls, ..Simulation::of(self.server(), CALLS) }.run())
    }
}

/// What comes of it with each kind of server, at the same time on as many cores as there are.
fn outcomes(foreign_calls: usize) -> [(Kind, Outcome); 3] {
    thread::scope(|scope| {
        let running =
            [Kind::Fixed, Kind::Sliding, Kind::Bucket].map(|kind| (kind, scope.spawn(move || kind.run(foreign_calls))));
        running.map(|(kind, running)| (kind, running.join().unwrap()))
    })
}

/// What is possible is the most that any program could do in the time that the simulation took, from its start to its
/// last answer, without ever making more than 100 calls within a minute or 1,500 within an hour: one that needs no
/// network, knows each moment at which a sliding window opens, and calls at that moment. That is the quota as it is
/// documented, and more cannot be hoped for without knowing how the service counts. A service with fixed windows or a
/// bucket would take some more, at an edge or from the full bucket at the start; the last column is measured by that.
#[test]
fn alone() {
    let mut table = "server   hours    429   of what is possible   of what this server would take\n".to_owned();
    for (kind, outcome) in outcomes(0) {
        let calls = outcome.arrived.len();
        assert_eq!(calls, usize::try_from(CALLS).unwrap(), "every call is answered");

        let possible = share(calls, Kind::Sliding.server().most_calls_in(outcome.duration));
        let taken = share(calls, kind.server().most_calls_in(outcome.duration));
        let (hours, refused) = (hours(outcome.duration), outcome.refused.len());
        writeln!(table, "{:8}{hours:6.2}{refused:7}{possible:20.2} %{taken:31.2} %", format!("{kind:?}")).unwrap();
        assert_eq!(refused, 0, "\n{table}");
        assert!(possible >= 99.5, "\n{table}");
    }
    insta::assert_snapshot!(table);
}

/// A foreign program takes a third of the quota: 500 calls an hour at random moments, from an hour before ours begins.
/// What it leaves is what this server would take in the time of the simulation, without what it took from the foreign
/// program.
#[test]
fn beside_a_foreign_program() {
    let mut table =
        "server   hours    429   of the attempts   most in a minute   most attempts of a call   of what is left\n"
            .to_owned();
    for (kind, outcome) in outcomes(500) {
        let calls = outcome.arrived.len();
        assert_eq!(calls, usize::try_from(CALLS).unwrap(), "every call is answered in the end");

        let refused = outcome.refused.len();
        let of_attempts = share(refused, calls + refused);
        let most_in_a_minute = most_within(MINUTE, &outcome.refused);
        let left = kind.server().most_calls_in(outcome.duration) - outcome.foreign_answered;
        let (used, most_attempts) = (share(calls, left), outcome.most_attempts_of_a_call);
        write!(table, "{:8}{:6.2}{refused:7}", format!("{kind:?}"), hours(outcome.duration)).unwrap();
        writeln!(table, "{of_attempts:16.2} %{most_in_a_minute:19}{most_attempts:26}{used:16.2} %").unwrap();
        assert!(of_attempts < 2.0, "no storm:\n{table}");
        assert!(most_attempts < 10, "no call is left behind:\n{table}");
        assert!(used > 90.0, "{table}");
        assert!(outcome.foreign_waiting < 100, "nor is the foreign program left behind: {}", outcome.foreign_waiting);
    }
    insta::assert_snapshot!(table);
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

fn hours(duration: Duration) -> f64 {
    duration.as_secs_f64() / HOUR.as_secs_f64()
}

const WINDOW: QuotaWindow = QuotaWindow::new(100, MINUTE);

/// The usual rate limiter: a bucket of 100 tokens, full at the start, into which 100 drop each minute.
#[derive(Debug)]
struct TokenBucket {
    start: Instant,
    bucket: Mutex<Bucket>,
}

impl QuotaLedger for TokenBucket {
    fn acquire<'a>(&'a self, _: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        let (now, mut bucket) = (self.start.elapsed(), self.bucket.lock().unwrap());
        let wait = bucket.wait(now);
        let taken = if wait.is_zero() {
            bucket.count(now);
            Acquire::Permit(PermitId(0))
        } else {
            Acquire::Wait(wait)
        };
        Box::pin(std::future::ready(Ok(taken)))
    }

    fn release(&self, _: &QuotaKey, _: PermitId, _: PermitUse) {}

    fn pause<'a>(&'a self, _: PermitRequest<'a>, _: Throttled<'a>) -> BoxFuture<'a, Result<Pause, BoxError>> {
        unreachable!("the server refuses nothing")
    }
}

/// A window of 100 calls a minute: with a token bucket the service sees nearly twice as many in some minute, with the
/// ledger 100 and never one more.
#[tokio::test(start_paused = true)]
async fn a_token_bucket_lets_through_twice_the_limit() {
    let token_bucket = TokenBucket { start: Instant::now(), bucket: Mutex::new(Bucket::new(WINDOW)) };
    let with_token_bucket = busiest_minute(Some(Arc::new(token_bucket))).await;
    let with_ledger = busiest_minute(None).await;

    assert!((190..=200).contains(&with_token_bucket), "{with_token_bucket}");
    assert_eq!(with_ledger, 100);
}

/// How many of 1,000 calls arrive within some minute at a server that refuses none.
async fn busiest_minute(ledger: Option<Arc<dyn QuotaLedger>>) -> usize {
    let outcome = Simulation { windows: vec![WINDOW], ledger, ..Simulation::of(Server::new([]), 1000) }.run().await;
    most_within(MINUTE, &outcome.arrived)
}
