//! Asks about many addresses, few at a time.

use std::cell::Cell;
use std::future::ready;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use mde_client::{Client, Error, ErrorKind, LookBackHours};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::connection::Wait;
use crate::counted::counted;
use crate::exit::Stop;
use crate::memory::Memory;
use crate::progress::Progress;
use crate::record::{Answer, Failure, Outcome};
use crate::report::Report;
use crate::signals::Signals;
use crate::stoppable_ledger::StoppableLedger;

/// How many calls are under way at once. More would gain nothing by the documented quota.
const CONCURRENCY: usize = 8;

/// After so many failures with no answer between them, the service is taken to be out of order.
const OUTAGE: usize = 20;

/// How often there may be news of the progress.
const TICK: Duration = Duration::from_millis(500);

/// How asking came to an end.
#[derive(Debug)]
pub(crate) enum End {
    /// Every address has an outcome; of the failures, if any, that of the first address is here.
    Complete(Option<(IpAddr, Error)>),
    /// This failure would meet every further call as well, so no further one was made.
    Refused(Error),
    /// The service is out of order, as this last failure of many says, so no further call was made.
    Outage(Error),
    /// The user pressed Ctrl-C.
    Interrupted,
    /// The user pressed Ctrl-C again, and the calls under way were given up.
    Stopped,
}

impl End {
    /// Whether the list was asked about to its end.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }
}

/// Whom to ask, and what.
pub(crate) struct Question<'a> {
    pub(crate) client: &'a Client,
    pub(crate) look_back_hours: Option<LookBackHours>,
    pub(crate) memory: &'a Memory,
    pub(crate) waits: &'a mut UnboundedReceiver<Wait>,
    pub(crate) signals: &'a mut Signals,
}

/// What came of a call, and the how many-th it is.
struct Called {
    index: usize,
    address: IpAddr,
    result: Result<Answer, Error>,
}

/// Asks about each of the addresses, and notes what becomes of it. Where it ends early, calls on the wire end first.
pub(crate) async fn ask(
    question: Question<'_>,
    addresses: &[IpAddr],
    report: &mut Report<'_>,
    progress: &mut Progress<'_>,
) -> Result<End, Stop> {
    let Question { client, look_back_hours, memory, waits, signals } = question;
    let begun = Cell::new(0);
    let call = |address: IpAddr| {
        let index = begun.replace(begun.get() + 1);
        call(client, look_back_hours, memory, (index, address))
    };
    let mut answers = pin!(answers(addresses, memory.ledger(), call));
    let mut course = Course { report, progress, first_failure: None, failures: 0, ending: None };
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                if course.ending.is_some() {
                    return Ok(End::Stopped);
                }
                course.interrupt(memory.ledger().under_way());
            }
            Some(wait) = waits.recv() => {
                if course.ending.is_none() && course.progress.waits(wait) {
                    course.progress.tell(memory.quota_used(course.progress.windows()).await);
                }
            }
            _ = ticks.tick() => {
                if course.progress.is_due() {
                    course.progress.tell(memory.quota_used(course.progress.windows()).await);
                }
            }
            next = answers.next() => {
                let Some(called) = next else { break };
                course.note(called);
                memory.news().into_iter().for_each(|news| course.progress.say(news));
            }
            () = memory.ledger().idle(), if course.ending.is_some() => break,
        }
        if course.ending.is_some() {
            memory.ledger().stop();
        }
    }
    course.end(addresses, begun.get())
}

/// One call, whose answer is kept before anything else is done with it.
async fn call(
    client: &Client,
    look_back_hours: Option<LookBackHours>,
    memory: &Memory,
    (index, address): (usize, IpAddr),
) -> Called {
    let call = client.get_ip_statistics(address);
    let call = match look_back_hours {
        Some(hours) => call.look_back_hours(hours),
        None => call,
    };
    let result = match call.send().await {
        Ok(response) => Ok(memory.keep(address, response).await),
        Err(error) => Err(error),
    };
    Called { index, address, result }
}

/// What has come of it so far.
struct Course<'a, 'r, 'p> {
    report: &'a mut Report<'r>,
    progress: &'a mut Progress<'p>,
    /// Of the first address that has one, as they come in any order.
    first_failure: Option<(usize, IpAddr, Error)>,
    /// How many calls failed since one was answered.
    failures: usize,
    /// Why no further call is made.
    ending: Option<Ending>,
}

enum Ending {
    Refused(Error),
    Outage(Error),
    Interrupted,
    /// Nobody takes the results.
    Output(io::Error),
}

impl Course<'_, '_, '_> {
    fn interrupt(&mut self, under_way: usize) {
        if under_way > 0 {
            let calls = counted(under_way, "call", "calls");
            self.progress.say(format_args!("ends after {calls} under way; Ctrl-C again ends at once"));
        }
        self.ending = Some(Ending::Interrupted);
    }

    fn note(&mut self, Called { index, address, result }: Called) {
        let outcome = match &result {
            Ok(answer) => Outcome::Answered(answer.clone()),
            Err(error) => Outcome::Failed(Failure::from(error)),
        };
        self.progress.note(&outcome);
        if !matches!(self.ending, Some(Ending::Output(_)))
            && let Err(error) = self.report.asked(address, outcome)
        {
            self.ending = Some(Ending::Output(error));
        }
        match result {
            Ok(_) => self.failures = 0,
            Err(error) => self.failed(index, address, error),
        }
    }

    fn failed(&mut self, index: usize, address: IpAddr, error: Error) {
        self.failures = match error.kind() {
            // The service is there, and knows what it says.
            ErrorKind::InvalidInput => 0,
            _ => self.failures + 1,
        };
        if self.ending.is_some() {
            return;
        }
        if meets_every_call(error.kind()) {
            self.ending = Some(Ending::Refused(error));
        } else if self.failures >= OUTAGE {
            self.ending = Some(Ending::Outage(error));
        } else if self.first_failure.as_ref().is_none_or(|(first, ..)| index < *first) {
            self.first_failure = Some((index, address, error));
        }
    }

    fn complete(self) -> End {
        End::Complete(self.first_failure.map(|(_, address, error)| (address, error)))
    }

    fn end(mut self, addresses: &[IpAddr], begun: usize) -> Result<End, Stop> {
        match self.ending.take() {
            None => Ok(self.complete()),
            // The calls under way may have been the last ones.
            Some(Ending::Interrupted) if addresses.iter().all(|address| self.report.is_known(*address)) => {
                Ok(self.complete())
            }
            Some(Ending::Interrupted) => Ok(End::Interrupted),
            Some(Ending::Output(error)) => Err(error.into()),
            Some(Ending::Refused(error)) => {
                self.give_up(&error, "an earlier call failed", addresses, begun)?;
                Ok(End::Refused(error))
            }
            Some(Ending::Outage(error)) => {
                self.give_up(&error, "the service is out of order", addresses, begun)?;
                Ok(End::Outage(error))
            }
        }
    }

    /// Gives an outcome to every address that has none. Of those that were begun, some waited for their turn by the quota
    /// or to be tried again.
    fn give_up(&mut self, error: &Error, why: &str, addresses: &[IpAddr], begun: usize) -> io::Result<()> {
        let reason = Failure::from(error).explanation;
        for (index, address) in addresses.iter().enumerate() {
            if !self.report.is_known(*address) {
                let what = if index < begun { "given up" } else { "not asked" };
                let failure = Failure::unasked(format!("{what}, because {why}: {reason}"));
                self.report.note(*address, Outcome::Failed(failure))?;
            }
        }
        Ok(())
    }
}

/// The first call goes alone: whether the token will do is worth knowing before more of the quota is spent. Once the ledger
/// is stopped, none begins.
fn answers<'a, C, F>(
    addresses: &[IpAddr],
    ledger: &'a StoppableLedger,
    call: C,
) -> impl Stream<Item = Called> + use<'a, C, F>
where
    C: Fn(IpAddr) -> F + Copy,
    F: Future<Output = Called>,
{
    let (first, rest) = addresses.split_at(addresses.len().min(1));
    let one_by_one =
        |addresses: &[IpAddr]| stream::iter(addresses.to_vec()).take_while(|_| ready(!ledger.is_stopped())).map(call);
    one_by_one(first).buffered(1).chain(one_by_one(rest).buffer_unordered(CONCURRENCY))
}

fn meets_every_call(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Credential | ErrorKind::Permission | ErrorKind::Configuration)
}
