//! Asks about many addresses, few at a time.

use std::cell::Cell;
use std::net::IpAddr;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use futures_util::stream::{self, Stream, StreamExt};
use mde_client::{Error, ErrorKind, InOrgIpStats, LookBackHours, Response, Timestamp};

use crate::connection::Connection;
use crate::console::Notes;
use crate::exit::Stop;
use crate::pace;
use crate::record::{Answer, Failure, Outcome};
use crate::report::Report;

/// How many calls are under way at once. More would gain nothing by the documented quota.
const CONCURRENCY: usize = 8;

/// How asking came to an end.
#[derive(Debug)]
pub(crate) enum End {
    /// Every address has an outcome; the first failure, if any, is here with its address.
    Complete(Option<(IpAddr, Error)>),
    /// This failure would meet every further call as well, so no further one was made.
    Refused(Error),
    /// The user pressed Ctrl-C.
    Interrupted,
}

type Called = Result<Response<InOrgIpStats>, Error>;

/// Asks about each of the addresses, and notes what becomes of it.
pub(crate) async fn ask(
    connection: &mut Connection,
    look_back_hours: Option<LookBackHours>,
    addresses: &[IpAddr],
    report: &mut Report<'_>,
    notes: &mut Notes<'_>,
) -> Result<End, Stop> {
    let Connection { client, pauses, .. } = connection;
    let begun = Cell::new(0);
    let call = |address: IpAddr| {
        let call = client.get_ip_statistics(address);
        let call = match look_back_hours {
            Some(hours) => call.look_back_hours(hours),
            None => call,
        };
        begun.set(begun.get() + 1);
        async move { (address, call.send().await) }
    };
    let mut answers = pin!(answers(addresses, call));
    let mut interrupted = pin!(interrupt());
    let mut first_failure = None;
    loop {
        let next = tokio::select! {
            biased;
            () = &mut interrupted => return Ok(End::Interrupted),
            Some(pause) = pauses.recv() => {
                notes.say(throttled(pause));
                continue;
            }
            next = answers.next() => next,
        };
        match next {
            None => return Ok(End::Complete(first_failure)),
            Some((address, Ok(response))) => {
                let statistics = response.into_value().into();
                let answered_at = Timestamp::from(DateTime::<Utc>::from(SystemTime::now()));
                report.asked(address, Outcome::Answered(Answer { statistics, answered_at, from_memory: false }))?;
            }
            Some((address, Err(error))) => {
                report.asked(address, Outcome::Failed(Failure::from(&error)))?;
                if meets_every_call(error.kind()) {
                    give_up(&error, addresses, begun.get(), report)?;
                    return Ok(End::Refused(error));
                }
                first_failure.get_or_insert((address, error));
            }
        }
    }
}

fn throttled(pause: Duration) -> String {
    let pause = pace::text(pause);
    format!(
        "the service throttles, so all calls pause for {pause}; every program on the same app registration shares one quota"
    )
}

/// The first call goes alone: whether the token will do is worth knowing before more of the quota is spent.
fn answers<C, F>(addresses: &[IpAddr], call: C) -> impl Stream<Item = (IpAddr, Called)>
where
    C: Fn(IpAddr) -> F + Copy,
    F: Future<Output = (IpAddr, Called)>,
{
    let (first, rest) = addresses.split_at(addresses.len().min(1));
    let one_by_one = |addresses: &[IpAddr]| stream::iter(addresses.to_vec()).map(call);
    one_by_one(first).buffered(1).chain(one_by_one(rest).buffer_unordered(CONCURRENCY))
}

fn meets_every_call(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Credential | ErrorKind::Permission | ErrorKind::Configuration)
}

/// Gives an outcome to every address that has none. Calls under way are dropped: they may be waiting for their turn by
/// the quota, for an hour.
fn give_up(error: &Error, addresses: &[IpAddr], begun: usize, report: &mut Report<'_>) -> Result<(), Stop> {
    let reason = Failure::from(error).explanation;
    for (index, address) in addresses.iter().enumerate() {
        if !report.is_known(*address) {
            let what = if index < begun { "given up" } else { "not asked" };
            let failure = Failure::unasked(format!("{what}, because an earlier call failed: {reason}"));
            report.note(*address, Outcome::Failed(failure))?;
        }
    }
    Ok(())
}

/// Ends when the user presses Ctrl-C. Where the system does not tell, it never does, and Ctrl-C ends the process.
pub(crate) async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
