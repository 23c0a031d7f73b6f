//! Whether the clock of this machine is right, by those of the hosts.

use std::io;
use std::time::Duration;

use mde_client::Endpoint;

use super::host::Host;
use super::report::{Finding, Report};
use crate::exit::Exit;
use crate::pace;

const TOLERABLE: Duration = Duration::from_secs(60);
const LARGEST: Duration = Duration::from_secs(5 * 60);

/// How far the clocks of the hosts are ahead of ours, in seconds: that of the host that agrees best, for a clock that
/// is wrong agrees with nobody.
pub(super) fn check<'a>(
    hosts: impl IntoIterator<Item = Option<&'a Host>>,
    endpoint: &Endpoint,
    report: &mut Report<'_>,
) -> io::Result<Option<i64>> {
    let dated = hosts.into_iter().flatten().filter_map(|host| Some((host.answer()?.ahead?, &host.way.name)));
    let best = dated.min_by_key(|(ahead, _)| ahead.unsigned_abs());
    report.tell("clock", finding(best, endpoint))?;
    Ok(best.map(|(ahead, _)| ahead))
}

fn finding(best: Option<(i64, &String)>, endpoint: &Endpoint) -> Finding {
    let Some((ahead, host)) = best else { return Finding::skip("no host has told the time") };
    let difference = Duration::from_secs(ahead.unsigned_abs());
    if difference <= TOLERABLE {
        return Finding::ok(format!("agrees with that of {host}"));
    }
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let problem = format!("the clock of this machine is {} {direction} that of {host}", distance(difference));
    if endpoint.is_loopback() {
        return Finding::warn(
            problem,
            "if that is a sandbox with a clock of its own (--clock, --control), all is well; tokens are read by its clock",
        );
    }
    let fix = "set the clock by a time server: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows";
    match difference <= LARGEST {
        true => Finding::warn(problem, fix),
        false => Finding::fail(Exit::Usage, format!("{problem}, and tokens are refused for that"), fix),
    }
}

/// How far away a moment is: nobody counts in hours what is days.
pub(super) fn distance(duration: Duration) -> String {
    const HOUR: u64 = 60 * 60;
    match duration.as_secs() / HOUR {
        0..48 => pace::text(duration),
        hours => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ahead: i64, endpoint: &Endpoint) -> String {
        format!("{:?}", finding(Some((ahead, &"h".to_owned())), endpoint))
    }

    #[test]
    fn five_minutes_are_a_failure_and_one_a_warning() {
        for ahead in [0, 60, -60] {
            assert!(told(ahead, &Endpoint::EU).contains("Ok, text: \"agrees with that of h\""), "{ahead}");
        }
        assert!(
            told(61, &Endpoint::EU).contains("Warn, text: \"the clock of this machine is 2 min behind that of h\"")
        );
        assert!(
            told(-300, &Endpoint::EU).contains("Warn, text: \"the clock of this machine is 5 min ahead of that of h\"")
        );
        let failure = "Fail(Usage), text: \"the clock of this machine is 2 h behind that of h, and tokens are refused";
        assert!(told(7200, &Endpoint::EU).contains(failure));
    }

    #[test]
    fn what_is_days_is_told_in_days() {
        let hours = |hours: u64| distance(Duration::from_secs(hours * 3600));
        assert_eq!([hours(47), hours(48), hours(26_487)], ["47 h", "2 days", "1103 days"]);
    }

    #[test]
    fn a_sandbox_may_have_a_clock_of_its_own() -> Result<(), mde_client::EndpointError> {
        assert!(told(7200, &"http://127.0.0.1:1".parse()?).contains("Warn"));
        Ok(())
    }
}
