//! Advances the manual clock of a client whenever it waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mde_client::{CallOptions, ClientBuilder, Event};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{ManualClock, Scripted};

/// Advances the manual clock of a client: by each pause that it reports, and by the timeout of an attempt that hangs. So a
/// test takes no time, and knows how long its client would have taken.
#[derive(Debug)]
pub struct AutoAdvance {
    clock: ManualClock,
    pauses: UnboundedReceiver<Duration>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl AutoAdvance {
    /// The attempt timeout of the client.
    pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Gives the builder a clock, an observer and a seed.
    pub fn with(builder: ClientBuilder) -> (ClientBuilder, Self) {
        let clock = ManualClock::default();
        let (sender, pauses) = unbounded_channel();
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
                // The receiver is gone once the call has ended.
                let _ = sender.send(pause);
            }
        };
        let options = CallOptions::new().attempt_timeout(Self::ATTEMPT_TIMEOUT);
        let builder = builder.options(options).clock(clock.clone()).random_seed(1).observer(observe);
        (builder, Self { clock, pauses, lines })
    }

    /// Runs a call, and advances the clock whenever it waits.
    pub async fn run<T>(&mut self, call: impl Future<Output = T>, server: Option<&Scripted>) -> T {
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

    /// The events that the observer got so far, a line for each event.
    pub fn events(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn line(event: Event<'_>) -> String {
    match event {
        Event::QuotaWait { wait: Some(wait), .. } => format!("waits {wait:.3?} for the quota"),
        Event::QuotaWait { wait: None, .. } => "waits for calls in flight".to_owned(),
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
