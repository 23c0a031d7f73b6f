//! The events that a client reports to its observer.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use crate::Error;

/// What a client reports to its observer: see [`ClientBuilder::observer`](crate::ClientBuilder::observer).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call waits for the quota. It is reported once for each wait, before the wait begins.
    QuotaWait {
        /// The operation, such as `getIPStatistics`.
        operation: &'static str,
        /// How long there certainly is no permit; none where it depends on calls in flight.
        wait: Option<Duration>,
    },
    /// The service throttled an attempt (429), and so all calls of the operation pause.
    Throttled {
        /// The operation.
        operation: &'static str,
        /// For how long.
        pause: Duration,
        /// How many pauses there were in a row, this one included, without a served attempt between them; from 1.
        in_a_row: u32,
    },
    /// An attempt came to its end.
    Attempted {
        /// The operation.
        operation: &'static str,
        /// The number of the attempt within its call, from 1.
        attempt: u32,
        /// How long it took.
        elapsed: Duration,
        /// The status of the answer, or why there is none that can be used.
        outcome: Result<StatusCode, &'a Error>,
    },
    /// A call pauses before it makes an attempt again.
    Retry {
        /// The operation.
        operation: &'static str,
        /// How long it pauses.
        delay: Duration,
        /// Why.
        error: &'a Error,
    },
}

/// The observer of a client.
pub(crate) struct Observer(pub(crate) Box<dyn Fn(Event<'_>) + Send + Sync>);

impl Observer {
    pub(crate) fn notify(&self, event: Event<'_>) {
        (self.0)(event);
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self(Box::new(|_| {}))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
