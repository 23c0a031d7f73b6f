//! Calls in simulated time, by the thousands: all of the client is real but the network and the service behind it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod figures;
mod server;
mod token_bucket;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use tokio::time::{Instant, sleep, sleep_until};

use self::server::Server;
use crate::bulk::answers;
use crate::call::Call;
use crate::response_check::Mismatch;
use crate::transport::{Context, Exchange};
use crate::{BoxFuture, CallOptions, Client, Clock, Operation, QuotaLedger, QuotaWindow, operations};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The longest time that a request takes on its way, and the longest that an answer takes.
const LATENCY: Duration = Duration::from_secs(2);

const CONCURRENCY: usize = 16;

/// What is simulated: many calls of one client, in a runtime whose clock is paused and goes on when nobody has anything
/// to do.
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

    /// A program that makes its calls, and when one is refused waits for as long as it is told. Its calls take no time.
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
            Ok(()) => (StatusCode::OK, None),
            Err(wait) => (StatusCode::TOO_MANY_REQUESTS, Some(wait.as_secs().to_string())),
        };
        context.keep(Ok(Exchange { status, retry_after, request_id: None, body: Bytes::new() }));
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
