//! Makes the calls of a list, few at a time, and decides how the run ends.

use std::future::ready;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::stream::{self, Stream, StreamExt};
use mde_client::{Client, Error, ErrorKind, LookBackHours};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::cache::Cache;
use crate::connection::Wait;
use crate::exit::{ErrorText, Exit, Stop};
use crate::interrupt::Signals;
use crate::phrase::{plural, share};
use crate::progress::Progress;
use crate::queue::{Next, Queue};
use crate::record::{Answer, Failure, Outcome};
use crate::report::Report;
use crate::summary::Summary;

/// How many calls are in flight at once. More would gain nothing with the documented quota.
const CONCURRENCY: usize = 8;

/// After so many failures with no answer between them, the service counts as down.
const OUTAGE: usize = 20;

/// How often the progress is updated.
const TICK: Duration = Duration::from_millis(500);

/// How often the number of calls that are left is reported to other processes.
const SHARE: Duration = Duration::from_secs(2);

/// How a run of calls ended. Gives the exit code of the command and what its user reads.
#[derive(Debug)]
pub(crate) enum RunEnd {
    /// Every address has an outcome; of the failures, if any, that of the first address is here.
    Complete(Option<(IpAddr, Error)>),
    /// Every further call would fail likewise, so none was made.
    Refused(Error),
    /// The service is down, as this last failure of many or this 429 after many pauses shows, so no further call was made.
    Outage(Error),
    /// The user pressed Ctrl-C.
    Interrupted,
    /// The user pressed Ctrl-C again, and the calls in flight were abandoned.
    Stopped,
}

impl RunEnd {
    /// Whether every address has an outcome.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }

    /// Whether what is known of the list is worth a file of its own. After a second Ctrl-C nothing more is written.
    pub(crate) fn has_partial(&self, summary: &Summary) -> bool {
        !matches!(self, Self::Complete(_) | Self::Stopped) && summary.answered() > 0
    }

    /// What the user reads at the end, if anything: what happened, that the file is not written, in which other one is what
    /// is known, and how to `resume`.
    pub(crate) fn text(&self, summary: &Summary, file: Option<(&str, Option<&str>)>, resume: &str) -> Option<String> {
        let mut text = self.what_happened(summary, file.is_none())?;
        if !self.is_complete() {
            if let Some((file, partial)) = file {
                text += &format!("\n{file} is not written, because the list is not complete");
                text += &partial.map(|partial| format!("; what is known is in {partial}")).unwrap_or_default();
            }
            if self.can_resume(summary, file.is_some()) {
                text += &format!("\n{resume}");
            }
        }
        Some(text)
    }

    fn what_happened(&self, summary: &Summary, is_written: bool) -> Option<String> {
        let Summary { failed, expected, .. } = summary;
        match self {
            Self::Complete(None) => None,
            Self::Complete(Some((address, error))) => {
                Some(format!("{failed} of {expected} failed, first {address}: {}", ErrorText::of(error)))
            }
            Self::Refused(error) => Some(ErrorText::of(error).to_string()),
            // A call of a run gives up on a 429 only where nothing is served for longer than the quota explains.
            Self::Outage(error) if error.kind() == ErrorKind::Throttled => {
                Some(format!("stopped, because the service serves nothing; the last refusal: {}", ErrorText::of(error)))
            }
            Self::Outage(error) => {
                Some(format!("stopped after {OUTAGE} failures in a row; the last one: {}", ErrorText::of(error)))
            }
            Self::Interrupted => {
                let written = if is_written { ", and written" } else { "" };
                let known = share(summary.records(), *expected, "record", "records");
                Some(format!("interrupted: {known} known{written}"))
            }
            Self::Stopped => Some("stopped at once".to_owned()),
        }
    }

    /// Whether the same command can resume.
    fn can_resume(&self, summary: &Summary, has_file: bool) -> bool {
        match self {
            Self::Complete(_) => false,
            Self::Refused(_) | Self::Outage(_) => summary.answered() > 0 || has_file,
            Self::Interrupted | Self::Stopped => true,
        }
    }

    /// The exit code of the command.
    pub(crate) fn exit(&self, summary: &Summary) -> Exit {
        let nothing_answered = summary.answered() == 0;
        match self {
            Self::Interrupted | Self::Stopped => Exit::Interrupted,
            Self::Refused(error) if nothing_answered => Exit::of_error(error),
            Self::Complete(Some(_)) | Self::Outage(_) if nothing_answered => Exit::Unavailable,
            _ if summary.failed > 0 || summary.invalid > 0 || summary.contradictory > 0 => Exit::Incomplete,
            _ => Exit::Success,
        }
    }
}

/// What the calls of a run need.
pub(crate) struct RunContext<'a> {
    pub(crate) client: &'a Client,
    pub(crate) look_back_hours: Option<LookBackHours>,
    pub(crate) cache: &'a Cache,
    pub(crate) waits: &'a mut UnboundedReceiver<Wait>,
    pub(crate) signals: &'a mut Signals,
}

/// What became of an address, and its index.
struct Ended {
    index: usize,
    address: IpAddr,
    result: Result<Answer, Error>,
}

/// Makes a call for each address, and reports its outcome. If the run ends early, it waits for calls in flight.
pub(crate) async fn make_calls(
    context: RunContext<'_>,
    addresses: &[IpAddr],
    report: &mut Report<'_>,
    progress: &mut Progress<'_>,
) -> Result<RunEnd, Stop> {
    let RunContext { client, look_back_hours, cache, waits, signals } = context;
    let queue = Queue::new(cache, addresses);
    let mut outcomes = pin!(outcomes(&queue, |next| outcome(client, look_back_hours, cache, &queue, next)));
    let mut state = RunState { report, progress, first_failure: None, failures: 0, end: None, output_error: None };
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    let mut shared_at = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                if state.end.is_some() {
                    return Ok(RunEnd::Stopped);
                }
                // First, so that other processes go on meanwhile.
                queue.stop();
                state.interrupt(cache.ledger().in_flight());
            }
            Some(wait) = waits.recv() => {
                if state.end.is_none() && state.progress.note_wait(wait) {
                    state.progress.update(cache.quota_used(state.progress.windows()).await);
                }
            }
            _ = ticks.tick() => {
                cache.notices().into_iter().for_each(|notice| state.progress.notify(notice));
                if shared_at.elapsed() >= SHARE {
                    state.progress.note_work(cache.share_work(state.progress.left()).await);
                    shared_at = Instant::now();
                }
                if state.progress.is_due() {
                    state.progress.update(cache.quota_used(state.progress.windows()).await);
                }
            }
            next = outcomes.next() => {
                let Some(ended) = next else { break };
                state.note(ended);
                cache.notices().into_iter().for_each(|notice| state.progress.notify(notice));
            }
            () = cache.ledger().idle(), if state.end.is_some() => break,
        }
        if state.end.is_some() {
            cache.ledger().drain();
            queue.stop();
        }
    }
    state.finish(addresses, &queue)
}

/// What becomes of an address. None where another process asked about it while the call waited: then it comes up again.
async fn outcome(
    client: &Client,
    look_back_hours: Option<LookBackHours>,
    cache: &Cache,
    queue: &Queue<'_>,
    next: Next,
) -> Option<Ended> {
    let ((index, address), claim) = match next {
        Next::Known((index, address), answer) => return Some(Ended { index, address, result: Ok(answer) }),
        Next::Ask(address, claim) => (address, claim),
    };
    let call = call(client, look_back_hours, cache, address);
    let result = match claim {
        None => Some(call.await),
        Some(mut claim) => tokio::select! {
            biased;
            () = claim.lost() => None,
            result = call => Some(result),
        },
    };
    queue.end((index, address), result.is_none());
    result.map(|result| Ended { index, address, result })
}

/// One call, whose answer is cached before anything else is done with it.
async fn call(
    client: &Client,
    look_back_hours: Option<LookBackHours>,
    cache: &Cache,
    address: IpAddr,
) -> Result<Answer, Error> {
    let call = client.get_ip_statistics(address);
    let call = match look_back_hours {
        Some(hours) => call.look_back_hours(hours),
        None => call,
    };
    Ok(cache.put(address, call.send().await?).await)
}

/// The state of a run.
struct RunState<'a, 'r, 'p> {
    report: &'a mut Report<'r>,
    progress: &'a mut Progress<'p>,
    /// The failure of the first address in the order of the list; failures come in any order.
    first_failure: Option<(usize, IpAddr, Error)>,
    /// How many calls failed since one was answered.
    failures: usize,
    /// Why no further call is made.
    end: Option<RunEnd>,
    /// Why nothing more is written.
    output_error: Option<io::Error>,
}

impl RunState<'_, '_, '_> {
    fn interrupt(&mut self, in_flight: usize) {
        if in_flight > 0 {
            let calls = plural(in_flight, "call", "calls");
            self.progress.notify(format_args!("waiting for {calls} in flight; press Ctrl-C again to stop at once"));
        }
        self.end = Some(RunEnd::Interrupted);
    }

    fn note(&mut self, Ended { index, address, result }: Ended) {
        let outcome = match &result {
            Ok(answer) => Outcome::Answered(answer.clone()),
            Err(error) => Outcome::Failed(Failure::from(error)),
        };
        self.progress.note(&outcome);
        if self.output_error.is_none()
            && let Err(error) = self.report.ended(address, outcome)
        {
            self.output_error = Some(error);
            self.end.get_or_insert(RunEnd::Interrupted);
        }
        match result {
            // An answer of another process says nothing of the service as this one sees it.
            Ok(answer) if answer.from_cache => {}
            Ok(_) => self.failures = 0,
            Err(error) => self.failed(index, address, error),
        }
    }

    fn failed(&mut self, index: usize, address: IpAddr, error: Error) {
        self.failures = match error.kind() {
            // The service is up, and refuses only this value.
            ErrorKind::InvalidInput => 0,
            _ => self.failures + 1,
        };
        if self.end.is_some() {
            return;
        }
        if affects_every_call(error.kind()) {
            self.end = Some(RunEnd::Refused(error));
        } else if self.failures >= OUTAGE || error.kind() == ErrorKind::Throttled {
            self.end = Some(RunEnd::Outage(error));
        } else if self.first_failure.as_ref().is_none_or(|(first, ..)| index < *first) {
            self.first_failure = Some((index, address, error));
        }
    }

    fn complete(self) -> RunEnd {
        RunEnd::Complete(self.first_failure.map(|(_, address, error)| (address, error)))
    }

    fn finish(mut self, addresses: &[IpAddr], queue: &Queue<'_>) -> Result<RunEnd, Stop> {
        if let Some(error) = self.output_error {
            return Err(error.into());
        }
        match self.end.take() {
            None => Ok(self.complete()),
            // The calls in flight may have been the last ones.
            Some(RunEnd::Interrupted) if addresses.iter().all(|address| self.report.is_known(*address)) => {
                Ok(self.complete())
            }
            Some(end @ (RunEnd::Complete(_) | RunEnd::Interrupted | RunEnd::Stopped)) => Ok(end),
            Some(RunEnd::Refused(error)) => {
                self.give_up(&error, "an earlier call failed", addresses, queue)?;
                Ok(RunEnd::Refused(error))
            }
            Some(RunEnd::Outage(error)) => {
                self.give_up(&error, "the service keeps failing", addresses, queue)?;
                Ok(RunEnd::Outage(error))
            }
        }
    }

    /// Fails every address that has no outcome. Calls that were begun waited for the quota or for a retry.
    fn give_up(&mut self, error: &Error, why: &str, addresses: &[IpAddr], queue: &Queue<'_>) -> io::Result<()> {
        let reason = Failure::from(error).text;
        for (index, address) in addresses.iter().enumerate() {
            if !self.report.is_known(*address) {
                let what = if queue.is_begun(index) { "given up" } else { "not asked" };
                let failure = Failure::unasked(format!("{what}, because {why}: {reason}"));
                self.report.note(*address, Outcome::Failed(failure))?;
            }
        }
        Ok(())
    }
}

/// The first call goes alone: a refused token should cost one call only. Once the ledger is draining, no call begins.
fn outcomes<'a, O, F>(queue: &'a Queue<'_>, outcome: O) -> impl Stream<Item = Ended> + use<'a, O, F>
where
    O: Fn(Next) -> F + Copy,
    F: Future<Output = Option<Ended>>,
{
    let to_first_call = stream::unfold(false, async move |was_called| {
        let next = if was_called { None } else { queue.next().await }?;
        let is_call = matches!(next, Next::Ask(..));
        Some((next, is_call))
    });
    let rest = stream::unfold((), async move |()| Some((queue.next().await?, ())));
    let first = to_first_call.map(outcome).buffered(1);
    first.chain(rest.map(outcome).buffer_unordered(CONCURRENCY)).filter_map(ready)
}

fn affects_every_call(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Credential | ErrorKind::Permission | ErrorKind::Configuration)
}
