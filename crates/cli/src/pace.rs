//! How long a number of calls takes by a quota.

use std::time::Duration;

use mde_client::QuotaWindow;

/// How long after the first call the last one can be sent, if the answers take no time.
pub(crate) fn duration(calls: usize, windows: &[QuotaWindow]) -> Duration {
    let mut sent: Vec<Duration> = Vec::with_capacity(calls);
    for call in 0..calls {
        let free_at = windows.iter().filter_map(|window| {
            let first_in_window = call.checked_sub(usize::try_from(window.calls()).ok()?)?;
            Some(sent.get(first_in_window)?.saturating_add(window.period()))
        });
        let earliest = sent.last().copied().unwrap_or_default();
        sent.push(free_at.fold(earliest, Duration::max));
    }
    sent.last().copied().unwrap_or_default()
}

/// A duration for people, in no more than two units, rounded up.
pub(crate) fn text(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let minutes = seconds.div_ceil(60);
    match (seconds, minutes) {
        (0..60, _) => format!("{seconds} s"),
        (_, 0..60) => format!("{minutes} min"),
        _ => match (minutes / 60, minutes % 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, rest) => format!("{hours} h {rest} min"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const CONTRACT: [QuotaWindow; 2] = [QuotaWindow::new(100, MINUTE), QuotaWindow::new(1500, HOUR)];

    #[test]
    fn the_tightest_window_decides_at_each_call() {
        let cases = [(0, "0 s"), (100, "0 s"), (101, "1 min"), (1500, "14 min"), (1501, "1 h"), (10_000, "6 h 9 min")];
        for (calls, expected) in cases {
            assert_eq!(text(duration(calls, &CONTRACT)), expected, "for {calls} calls");
        }
    }

    #[test]
    fn durations_are_rounded_up() {
        let text = |milliseconds| text(Duration::from_millis(milliseconds));
        assert_eq!([text(1), text(59_000), text(61_000), text(7_200_000)], ["1 s", "59 s", "2 min", "2 h"]);
    }
}
