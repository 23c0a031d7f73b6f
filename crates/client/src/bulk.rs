//! Many calls of one operation, each about another value.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::call::{Call, send};
use crate::{BoxFuture, CallOptions, Client, Error, Response};

/// How many calls are in flight at once by default.
pub(crate) const CONCURRENCY: usize = 8;

/// How many values are pulled before other tasks get their turn, so that an endless input does not block the thread.
const AT_A_STRETCH: usize = 256;

/// The answers to many calls of one operation, as a [`Stream`] of pairs: the value that was asked about, and what came of
/// the call.
///
/// - Each distinct value is asked about once, however often the input has it. Distinct is what is not equal as a value: an
///   IPv4 address and its IPv6 form are two, and so are texts that differ in case alone.
/// - The answers come in the order in which the calls complete. The order of the input is lost.
/// - No more calls are in flight at once than `concurrency` says; one that waits for the quota counts. A value is
///   pulled out of the input when there is room for its call, not before.
/// - Memory grows with the distinct values and with nothing else.
/// - A failed call does not end the stream. Where a credential is refused or a permission is missing
///   ([`Credential`](crate::ErrorKind::Credential), [`Permission`](crate::ErrorKind::Permission)), the calls to come
///   will fail in the same way, and one may as well drop the stream.
/// - Dropping it drops the calls in flight and the input. Nothing runs in the background: the calls go on only while the
///   stream is polled, and their time limits go on meanwhile. What takes long with an answer belongs into a task of its own.
/// - A call waits for the quota as long as it takes, if neither its options nor those of the client set a limit. Where the
///   service throttles (429) and serves nothing meanwhile, it fails as [`Throttled`](crate::ErrorKind::Throttled) when the
///   20th pause in a row begins, after more than the longest window of the quota; so will the calls to come, one for each
///   pause, and one may as well drop the stream.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mde_sandbox::Sandbox::start().await?;
/// # let client = mde_client::Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build()?;
/// use std::net::Ipv4Addr;
///
/// use futures_util::{StreamExt, stream};
/// use mde_client::ErrorKind;
///
/// let ips = stream::iter((1..=20).map(|host| Ipv4Addr::new(10, 209, 67, host)));
/// let mut answers = client.get_ip_statistics_many(ips).look_back_hours(48).concurrency(4).send()?;
/// let mut answered = 0;
/// while let Some((ip, answer)) = answers.next().await {
///     match answer {
///         Ok(stats) => println!("{} devices talked to {ip}", stats.organization_prevalence),
///         Err(error) if matches!(error.kind(), ErrorKind::Credential | ErrorKind::Permission) => return Err(error.into()),
///         Err(error) => println!("nothing is known of {ip}: {error}"),
///     }
///     answered += 1;
/// }
/// assert_eq!(answered, 20);
/// # Ok(())
/// # }
/// ```
#[must_use = "no call is made before the stream is polled"]
pub struct AnswerStream<K, T> {
    /// Until it ends.
    input: Option<Input<K>>,
    concurrency: usize,
    under_way: FuturesUnordered<BoxFuture<'static, Answered<K, T>>>,
    call: Box<dyn Fn(K) -> BoxFuture<'static, Answered<K, T>> + Send>,
}

/// A value, and what came of the call about it.
type Answered<K, T> = (K, Result<Response<T>, Error>);

/// The values to come, and those that were there.
struct Input<K> {
    values: Pin<Box<dyn Stream<Item = K> + Send>>,
    seen: HashSet<K>,
}

/// Makes a call for each distinct value.
pub(crate) fn answers<K, C>(
    client: Client,
    values: impl Stream<Item: Into<K>> + Send + 'static,
    concurrency: usize,
    options: CallOptions,
    make_call: impl Fn(K) -> C + Send + 'static,
) -> AnswerStream<K, C::Answer>
where
    K: Clone + Eq + Hash + Send + 'static,
    C: Call + Send + 'static,
{
    let patient = CallOptions::new().quota_wait(Duration::MAX);
    let options = options.or(client.options()).or(patient);
    let call = move |value: K| -> BoxFuture<'static, _> {
        let (client, call) = (client.clone(), make_call(value.clone()));
        Box::pin(async move { (value, send(&client, &call, options).await) })
    };
    AnswerStream {
        input: Some(Input { values: Box::pin(values.map(Into::into)), seen: HashSet::new() }),
        concurrency: concurrency.max(1),
        under_way: FuturesUnordered::new(),
        call: Box::new(call),
    }
}

impl<K: Clone + Eq + Hash> Input<K> {
    /// The next value that was not there yet, for as many pulls as are left.
    fn poll_distinct(&mut self, pulls: &mut usize, context: &mut Context<'_>) -> Poll<Option<K>> {
        while *pulls > 0 {
            *pulls -= 1;
            match ready!(self.values.as_mut().poll_next(context)) {
                Some(value) if self.seen.contains(&value) => {}
                Some(value) => {
                    self.seen.insert(value.clone());
                    return Poll::Ready(Some(value));
                }
                None => return Poll::Ready(None),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<K: Clone + Eq + Hash, T> AnswerStream<K, T> {
    /// Begins calls while there is room for one and a value to ask about.
    fn begin_calls(&mut self, context: &mut Context<'_>) {
        let mut pulls = AT_A_STRETCH;
        while self.under_way.len() < self.concurrency {
            let Some(input) = &mut self.input else { return };
            match input.poll_distinct(&mut pulls, context) {
                Poll::Ready(Some(value)) => self.under_way.push((self.call)(value)),
                Poll::Ready(None) => self.input = None,
                Poll::Pending => return,
            }
        }
    }
}

impl<K: Clone + Eq + Hash, T> Stream for AnswerStream<K, T> {
    type Item = Answered<K, T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.begin_calls(context);
        match this.under_way.poll_next_unpin(context) {
            Poll::Ready(None) if this.input.is_some() => Poll::Pending,
            other => other,
        }
    }
}

/// Whatever the types are: none of them is pinned in place.
impl<K, T> Unpin for AnswerStream<K, T> {}

impl<K, T> fmt::Debug for AnswerStream<K, T> {
    /// In numbers: the values are not for every log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("AnswerStream");
        debug.field("under_way", &self.under_way.len()).field("concurrency", &self.concurrency);
        debug.field("distinct", &self.input.as_ref().map(|input| input.seen.len())).finish_non_exhaustive()
    }
}
