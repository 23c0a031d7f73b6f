//! Lets time pass for a client on a manual clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mde_client::{CallOptions, ClientBuilder, Event};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{ManualClock, Scripted};

/// Lets time pass for a client on a manual clock: as long as it says that it pauses, and as long as it gives an attempt
/// that hangs. So a test takes no time, and knows how long its client would have taken.
#[derive(Debug)]
pub struct Patience {
    clock: ManualClock,
    pauses: UnboundedReceiver<Duration>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Patience {
    /// How long an attempt may take of a client that is made patient.
    pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Gives the builder a clock, an observer and a seed.
    pub fn with(builder: ClientBuilder) -> (ClientBuilder, Self) {
        let clock = ManualClock::default();
        let (tell, pauses) = unbounded_channel();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&lines);
        let observe = move |event: Event<'_>| {
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(line(event));
            let pause = match event {
                Event::QuotaWait { wait, .. } => wait,
                Event::Retry { delay, .. } => Some(delay),
                _ => None,
            };
            if let Some(pause) = pause {
                // Nobody listens any more once the call has ended.
                let _ = tell.send(pause);
            }
        };
        let options = CallOptions::new().attempt_timeout(Self::ATTEMPT_TIMEOUT);
        let builder = builder.options(options).clock(clock.clone()).random_seed(1).observer(observe);
        (builder, Self { clock, pauses, lines })
    }

    /// Waits for a call, and lets time pass whenever it waits.
    pub async fn attend<T>(&mut self, call: impl Future<Output = T>, server: Option<&Scripted>) -> T {
        let mut call = std::pin::pin!(call);
        loop {
            let hangs = async {
                match server {
                    Some(server) => server.hangs().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                value = &mut call => return value,
                Some(pause) = self.pauses.recv() => self.clock.advance(pause),
                () = hangs => self.clock.advance(Self::ATTEMPT_TIMEOUT),
            }
        }
    }

    /// The clock of the client.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// What the client told its observer so far, a line for each event.
    pub fn told(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn line(event: Event<'_>) -> String {
    match event {
        Event::QuotaWait { wait: Some(wait), .. } => format!("waits {wait:.3?} for the quota"),
        Event::QuotaWait { wait: None, .. } => "waits for calls under way".to_owned(),
        Event::Throttled { pause, .. } => format!("all calls pause {pause:.3?}"),
        Event::Attempted { attempt, outcome: Ok(status), .. } => format!("attempt {attempt}: {status}"),
        Event::Attempted { attempt, outcome: Err(error), .. } => {
            let status = error.status().map(|status| format!(" {}", status.as_u16())).unwrap_or_default();
            format!("attempt {attempt}: {:?}{status}", error.kind())
        }
        Event::Retry { delay, .. } => format!("pauses {delay:.3?}"),
        _ => "another event".to_owned(),
    }
}
