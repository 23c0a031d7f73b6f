//! Why a token bucket is not enough.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::server::{Bucket, Counter, Server};
use super::{MINUTE, Simulation, most_within};
use crate::{Acquire, BoxError, BoxFuture, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, QuotaWindow};

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

    fn pause<'a>(&'a self, _: PermitRequest<'a>, _: Duration) -> BoxFuture<'a, Result<(), BoxError>> {
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
