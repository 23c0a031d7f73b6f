//! The ETA of a run: how long a number of calls takes by the quota.

use std::time::Duration;

use mde_client::QuotaWindow;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duration::rounded_up;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const CONTRACT: [QuotaWindow; 2] = [QuotaWindow::new(100, MINUTE), QuotaWindow::new(1500, HOUR)];

    fn time(calls: usize, used: [u32; 2], wait: u64) -> String {
        let usage = Usage { windows: &CONTRACT, used: &used, wait: Duration::from_secs(wait) };
        rounded_up(estimate(calls, usage))
    }

    #[test]
    fn the_tightest_window_decides_at_each_call() {
        let cases = [(0, "0 s"), (100, "0 s"), (101, "1 min"), (1500, "14 min"), (1501, "1 h"), (10_000, "6 h 9 min")];
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
            (100, [100, 100], 60, "1 min"),
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
    fn only_the_tightest_of_windows_as_long_decides() {
        let own = [QuotaWindow::new(750, HOUR), QuotaWindow::new(50, MINUTE)];
        assert_eq!(tightest(&[&own[..], &CONTRACT].concat()), [own[1], own[0]]);
    }
}
