//! The quota: as people write it (`50/1m,600/1h`), and how long a number of calls takes by it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mde_client::QuotaWindow;
use mde_input::escape::escape;
use mde_store::{QuotaPause, ThrottledCall};

use crate::phrase::{UNITS, exact, rounded_up, split_unit, when_text};

/// Seconds, minutes and hours, as the sandbox reads them too.
const QUOTA_UNITS: &[(char, u64)] = UNITS.split_at(3).0;

const EXAMPLE: &str = "such as 50/1m,600/1h";

/// The windows of `--quota`, one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotaFlag(Vec<QuotaWindow>);

impl QuotaFlag {
    pub(crate) fn windows(&self) -> &[QuotaWindow] {
        &self.0
    }
}

impl FromStr for QuotaFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(|part| window(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for QuotaFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&windows_text(&self.0))
    }
}

fn window(part: &str) -> Result<QuotaWindow, String> {
    let malformed = || format!("{part:?} is not of the form N/DURATION with a unit s, m or h, {EXAMPLE}");
    let (calls, duration) = part.split_once('/').ok_or_else(malformed)?;
    let (count, seconds) = split_unit(duration, QUOTA_UNITS).ok_or_else(malformed)?;
    let number = |digits: &str| {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        match digits.parse::<u32>() {
            Ok(0) => Err(format!("{part:?} allows nothing: both numbers start at 1, {EXAMPLE}")),
            Ok(number) => Ok(number),
            Err(_) => Err(format!("{digits} in {part:?} is too large: no number is above {}", u32::MAX)),
        }
    };
    let (calls, count) = (number(calls)?, number(count)?);
    Ok(QuotaWindow::new(calls, Duration::from_secs(u64::from(count) * seconds)))
}

/// Windows in the form that `--quota` reads, each with the largest unit that divides it.
pub(crate) fn windows_text(windows: &[QuotaWindow]) -> String {
    let texts: Vec<_> = windows.iter().map(window_text).collect();
    texts.join(",")
}

fn window_text(window: &QuotaWindow) -> String {
    format!("{}/{}", window.calls(), exact(window.period(), QUOTA_UNITS))
}

/// Of windows that are as long, the one that allows the fewest calls: the others never decide. The shortest comes first.
pub(crate) fn tightest(windows: &[QuotaWindow]) -> Vec<QuotaWindow> {
    let mut windows = windows.to_vec();
    windows.sort_by_key(|window| (window.period(), window.calls()));
    windows.dedup_by_key(|window| window.period());
    windows
}

/// How much of a quota is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage<'a> {
    /// The windows, the shortest first.
    pub(crate) windows: &'a [QuotaWindow],
    /// How many calls of each are used.
    pub(crate) used: &'a [u32],
    /// How long no call can be made.
    pub(crate) wait: Duration,
}

/// How long until the last one of so many calls can be sent, if the answers take no time.
pub(crate) fn estimate(calls: usize, usage: Usage<'_>) -> Duration {
    let windows = usage.windows;
    let now = windows.iter().map(QuotaWindow::period).max().unwrap_or_default();
    let mut sent = past(now, usage);
    let before = sent.len();
    sent.reserve(calls);
    for call in before..before + calls {
        let free_at = windows.iter().filter_map(|window| {
            let first_in_window = call.checked_sub(usize::try_from(window.calls()).ok()?)?;
            Some(sent.get(first_in_window)?.saturating_add(window.period()))
        });
        let earliest = sent.last().copied().unwrap_or_default().max(now.saturating_add(usage.wait));
        sent.push(free_at.fold(earliest, Duration::max));
    }
    if calls == 0 {
        return Duration::ZERO;
    }
    sent.last().copied().unwrap_or_default().saturating_sub(now)
}

/// How many of so many calls can be sent within this time, if the answers take no time.
pub(crate) fn calls_within(time: Duration, calls: usize, usage: Usage<'_>) -> usize {
    let (mut fit, mut too_many) = (0, calls.saturating_add(1));
    while too_many - fit > 1 {
        let half = fit + (too_many - fit) / 2;
        match estimate(half, usage) <= time {
            true => fit = half,
            false => too_many = half,
        }
    }
    fit
}

/// When calls were made. It is only known how many there are in each window, and of a full one when the first leaves it,
/// so they are taken to have come evenly.
fn past(now: Duration, Usage { windows, used, wait }: Usage<'_>) -> Vec<Duration> {
    let (mut sent, mut newer, mut newer_since) = (Vec::new(), 0, Duration::ZERO);
    for (window, used) in windows.iter().zip(used) {
        let count = used.saturating_sub(newer);
        let oldest = if *used < window.calls() { window.period() } else { window.period().saturating_sub(wait) };
        let span = oldest.saturating_sub(newer_since);
        for index in 0..count {
            let part = f64::from(index + 1) / f64::from(count);
            sent.push(now.saturating_sub(newer_since + span.mul_f64(part)));
        }
        (newer, newer_since) = (newer.max(*used), window.period());
    }
    sent.sort_unstable();
    sent
}

/// A pause of all calls: for how much longer, why, and who set it.
pub(crate) fn pause_text(pause: &QuotaPause) -> String {
    let remaining = rounded_up(pause.remaining);
    let in_a_row = match pause.in_a_row {
        0 | 1 => String::new(),
        count => format!(" (pause {count} in a row)"),
    };
    let cause = match &pause.call {
        Some(ThrottledCall { cause, process, at, .. }) => {
            let at = when_text(*at);
            format!(": {} (to process {process}, at {at})", escape(cause))
        }
        None => String::new(),
    };
    format!("all calls pause for another {remaining}{in_a_row}{cause}")
}

/// What lifting a pause risks.
pub(crate) const RESUME_RISK: &str =
    "sending on while the service throttles keeps every program on the same app registration throttled";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written_in_the_same_form() {
        let text = |text: &str| text.parse::<QuotaFlag>().map(|quota| quota.to_string());
        assert_eq!(text("50/1m,600/1h"), Ok("50/1m,600/1h".to_owned()));
        assert_eq!(text(" 5/90s , 1/60m "), Ok("5/90s,1/1h".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problem = |text: &str| text.parse::<QuotaFlag>().err().unwrap_or_default();
        for malformed in ["50", "50/m", "50/1", "50/1d", "x/1m", "-5/1m", "+5/1m", "5/1mm", "5/1é", ""] {
            let expected =
                format!("{malformed:?} is not of the form N/DURATION with a unit s, m or h, such as 50/1m,600/1h");
            assert_eq!(problem(malformed), expected);
        }
        assert!(problem("50/1m,").starts_with("\"\" is not"));
        assert!(problem("50/1m,0/1h").starts_with("\"0/1h\" allows nothing"));
        assert!(problem("4294967296/1h").starts_with("4294967296 in \"4294967296/1h\" is too large"));
    }

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const CONTRACT: [QuotaWindow; 2] = [QuotaWindow::new(100, MINUTE), QuotaWindow::new(1500, HOUR)];

    fn time(calls: usize, used: [u32; 2], wait: u64) -> String {
        let usage = Usage { windows: &CONTRACT, used: &used, wait: Duration::from_secs(wait) };
        rounded_up(estimate(calls, usage))
    }

    #[test]
    fn the_tightest_window_decides_at_each_call() {
        let cases = [(0, "0 s"), (100, "0 s"), (101, "60 s"), (1500, "14 min"), (1501, "1 h"), (10_000, "6 h 9 min")];
        for (calls, expected) in cases {
            assert_eq!(time(calls, [0, 0], 0), expected, "for {calls} calls");
        }
    }

    #[test]
    fn what_is_used_already_is_waited_for() {
        let cases = [
            (1, [0, 0], 0, "0 s"),
            (1, [100, 100], 0, "0 s"),
            (1, [100, 100], 40, "40 s"),
            (50, [100, 100], 0, "30 s"),
            (100, [100, 100], 60, "60 s"),
            (101, [100, 100], 60, "2 min"),
            (1, [0, 1500], 0, "0 s"),
            (750, [0, 1500], 0, "30 min"),
            (600, [83, 912], 0, "6 min"),
            (0, [100, 100], 60, "0 s"),
        ];
        for (calls, used, wait, expected) in cases {
            assert_eq!(time(calls, used, wait), expected, "for {calls} calls after {used:?}, waiting {wait} s");
        }
    }

    #[test]
    fn as_many_calls_fit_as_the_estimate_has_room_for() {
        let cases = [
            (10, 0, [0, 0], 10),
            (200, 59, [0, 0], 100),
            (200, 60, [0, 0], 200),
            (5000, 3599, [0, 0], 1500),
            (5000, 3600, [0, 0], 1600),
            (5000, 10, [100, 1500], 0),
            (0, 10, [0, 0], 0),
        ];
        for (calls, seconds, used, expected) in cases {
            let usage =
                Usage { windows: &CONTRACT, used: &used, wait: Duration::from_secs(60 * u64::from(used[0] / 100)) };
            let fit = calls_within(Duration::from_secs(seconds), calls, usage);
            assert_eq!(fit, expected, "of {calls} calls in {seconds} s after {used:?}");
        }
    }

    #[test]
    fn only_the_tightest_of_windows_as_long_decides() {
        let own = [QuotaWindow::new(750, HOUR), QuotaWindow::new(50, MINUTE)];
        assert_eq!(tightest(&[&own[..], &CONTRACT].concat()), [own[1], own[0]]);
    }
}
