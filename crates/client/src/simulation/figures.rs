//! What comes of 100,000 calls, on a network where each way takes up to 2 s, with services that allow 100 calls a minute
//! and 1,500 an hour and count them in different ways.

use std::fmt::Write;
use std::time::Duration;

use super::server::{Bucket, Counter, Fixed, Server, Sliding};
use super::{HOUR, MINUTE, Outcome, Simulation, most_within};
use crate::operations::GET_IP_STATISTICS;

const CALLS: u32 = 100_000;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fixed,
    Sliding,
    Bucket,
}

impl Kind {
    fn server(self) -> Server {
        Server::new(GET_IP_STATISTICS.quota.iter().map(|window| -> Box<dyn Counter> {
            match self {
                Self::Fixed => Box::new(Fixed::new(*window)),
                Self::Sliding => Box::new(Sliding::new(*window)),
                Self::Bucket => Box::new(Bucket::new(*window)),
            }
        }))
    }

    async fn run(self, foreign_calls: usize) -> Outcome {
        Simulation { foreign_calls, ..Simulation::of(self.server(), CALLS) }.run().await
    }
}

/// What is possible is the most that any program could do in the time that the simulation took, from its start to its
/// last answer, without ever making more than 100 calls within a minute or 1,500 within an hour: one that needs no
/// network, knows each moment at which a sliding window opens, and calls at that moment. That is the quota as it is
/// documented, and more cannot be hoped for without knowing how the service counts. A service with fixed windows or a
/// bucket would take some more, at an edge or from the full bucket at the start; the last column is measured by that.
#[tokio::test(start_paused = true)]
async fn alone() {
    let mut table = "server   hours    429   of what is possible   of what this server would take\n".to_owned();
    for kind in [Kind::Fixed, Kind::Sliding, Kind::Bucket] {
        let outcome = kind.run(0).await;
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
#[tokio::test(start_paused = true)]
async fn beside_a_foreign_program() {
    let mut table =
        "server   hours    429   of the attempts   most in a minute   most attempts of a call   of what is left\n"
            .to_owned();
    for kind in [Kind::Fixed, Kind::Sliding, Kind::Bucket] {
        let outcome = kind.run(500).await;
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
