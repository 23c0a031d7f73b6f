//! How long bars are, and where they lie.

use chrono::{DateTime, TimeDelta, Utc};
use mde_client::{LookBackHours, Timestamp};

use crate::output::wording::{first_seen, last_seen};
use crate::record::Record;

/// The width of a drawing, in its own units.
pub(super) const WIDTH: i64 = 1000;

/// The narrowest bar that one sees.
const NARROWEST: i64 = 8;

/// Bars for numbers of devices. By a linear scale, one address that all devices talk to would make all rare ones look
/// alike.
pub(super) struct Bars {
    most: i64,
}

impl Bars {
    pub(super) fn over(records: &[Record]) -> Self {
        let devices = records.iter().filter_map(|record| record.statistics.as_ref());
        Self { most: devices.map(|statistics| statistics.organization_prevalence).max().unwrap_or_default() }
    }

    pub(super) fn most(&self) -> i64 {
        self.most
    }

    /// How long the bar is for so many devices, of [`WIDTH`].
    pub(super) fn length(&self, devices: i64) -> i64 {
        if devices <= 0 {
            return 0;
        }
        // From 1, whose logarithm is none, but which is more than nothing.
        let logarithm = |devices: i64| (devices as f64 + 1.0).ln();
        ((logarithm(devices) / logarithm(self.most) * WIDTH as f64).round() as i64).clamp(NARROWEST, WIDTH)
    }
}

/// The span of time that all rows share: the 30 days before the last answer, which statistics are about, however short
/// the look-back is.
pub(super) struct Axis {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// Where the look-back begins, if not at the start.
    pub(super) look_back: Option<i64>,
    /// Whether something begins before it.
    pub(super) is_exceeded: bool,
}

impl Axis {
    pub(super) fn over(records: &[Record], look_back: LookBackHours, now: DateTime<Utc>) -> Self {
        let span = TimeDelta::hours(LookBackHours::MAX.get().into());
        let answered = records.iter().filter_map(|record| record.answered_at).max();
        let answered = answered.map_or(now, Timestamp::to_datetime);
        // The clock of the service may be another, above all that of a sandbox.
        let end = match records.iter().filter_map(last_seen).max().map(Timestamp::to_datetime) {
            Some(last) if last > answered || last < answered - span => last,
            _ => answered,
        };
        let start = end - span;
        let axis = Self { start: start.into(), end: end.into(), look_back: None, is_exceeded: false };
        let look_back_start = end - TimeDelta::hours(look_back.get().into());
        let look_back = (look_back_start > start).then(|| axis.position(look_back_start.into()));
        let is_exceeded = records.iter().filter_map(first_seen).any(|first| first.to_datetime() < start);
        Self { look_back, is_exceeded, ..axis }
    }

    /// Where the bar begins from first to last, and how long it is.
    pub(super) fn bar(&self, first: Timestamp, last: Timestamp) -> (i64, i64) {
        let start = self.position(first).min(WIDTH - NARROWEST);
        (start, (self.position(last) - start).max(NARROWEST))
    }

    fn position(&self, moment: Timestamp) -> i64 {
        let since_start = |moment: Timestamp| (moment.to_datetime() - self.start.to_datetime()).num_seconds();
        (since_start(moment) * WIDTH / since_start(self.end).max(1)).clamp(0, WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples::{answered, mixed, now};

    #[test]
    fn more_devices_make_a_longer_bar() {
        let bars = Bars::over(&mixed());
        let lengths = [0, 1, 9, 100, 63515].map(|devices| bars.length(devices));
        assert_eq!((lengths[0], lengths[4]), (0, WIDTH));
        assert!(lengths.is_sorted_by(|one, next| one < next), "{lengths:?}");
    }

    #[test]
    fn the_axis_ends_with_the_last_answer() {
        let hours = |hours| LookBackHours::new(hours).unwrap_or(LookBackHours::MAX);
        let axis = Axis::over(&mixed(), hours(72), now());
        assert_eq!(
            (axis.start.to_string(), axis.end.to_string()),
            ("2026-03-01T12:00:00Z".to_owned(), "2026-03-31T12:00:00Z".to_owned())
        );
        assert_eq!((axis.look_back, axis.is_exceeded), (Some(900), false));
        let at = |text: &str| text.parse().unwrap_or(axis.end);
        assert_eq!(axis.bar(at("2026-03-16T12:00:00Z"), at("2026-03-28T12:00:00Z")), (500, 400));
        assert_eq!(axis.bar(axis.end, axis.end), (992, 8), "a moment is seen as well");
        assert_eq!(axis.bar(at("1970-01-01T00:00:00Z"), at("1970-01-02T00:00:00Z")), (0, 8));
    }

    #[test]
    fn another_clock_moves_the_axis() {
        for (first, last) in
            [("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"), ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")]
        {
            let axis = Axis::over(&[answered("8.8.8.8", 1, Some((first, last)))], LookBackHours::MAX, now());
            assert_eq!((axis.end.to_string().as_str(), axis.look_back, axis.is_exceeded), (last, None, true));
        }
    }
}
