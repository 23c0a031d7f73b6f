//! The progress as text.

use std::time::Duration;

use mde_client::QuotaWindow;

use crate::phrase::{estimated, rounded_up};
use crate::quota::{Usage, estimate};

/// How wide the bar is between its ends.
const BAR: usize = 20;

const BETWEEN: &str = " · ";

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// How many distinct addresses there are.
    pub(super) total: usize,
    pub(super) seen: usize,
    pub(super) unseen: usize,
    pub(super) contradictory: usize,
    pub(super) failed: usize,
    /// How many of the answers were cached.
    pub(super) from_cache: usize,
    /// The windows of the quota, the shortest first, and how many calls of each are used.
    pub(super) windows: Vec<QuotaWindow>,
    pub(super) used: Vec<u32>,
    /// How many calls other runs have still to make that share the quota.
    pub(super) others: usize,
    /// For how long from now on no call can be made.
    pub(super) wait: Option<Duration>,
}

impl State {
    pub(super) fn done(&self) -> usize {
        self.answered() + self.failed
    }

    pub(super) fn answered(&self) -> usize {
        self.seen + self.unseen + self.contradictory
    }

    pub(super) fn left(&self) -> usize {
        self.total.saturating_sub(self.done())
    }

    /// How long the rest takes by the quota, with that of others, whatever it took so far. Any of these calls may be the
    /// last one. Nothing where the quota lets all of them go at once: how long the answers take is not known.
    fn eta(&self) -> Option<String> {
        let left = self.left();
        let time = if left > 0 { estimate(left.saturating_add(self.others), self.usage()) } else { Duration::ZERO };
        (!time.is_zero()).then(|| format!("ETA about {}", estimated(time)))
    }

    pub(super) fn usage(&self) -> Usage<'_> {
        Usage { windows: &self.windows, used: &self.used, wait: self.wait.unwrap_or_default() }
    }

    fn counts(&self) -> Vec<String> {
        let Self { seen, unseen, contradictory, failed, from_cache, .. } = self;
        let mut counts = vec![format!("{seen} seen"), format!("{unseen} unseen")];
        if *contradictory > 0 {
            counts.push(format!("{contradictory} contradictory"));
        }
        counts.extend([format!("{failed} failed"), format!("{from_cache} cached")]);
        counts
    }

    /// Such as `83/100 per min`.
    fn quota(&self) -> impl Iterator<Item = String> {
        let windows = self.windows.iter().zip(&self.used);
        windows.map(|(window, used)| format!("{used}/{} per {}", window.calls(), period(window.period())))
    }

    fn waiting(&self) -> Option<String> {
        self.wait.map(|wait| format!("waiting {} for the quota", rounded_up(wait)))
    }
}

fn period(period: Duration) -> String {
    match period.as_secs() {
        3600 => "h".to_owned(),
        60 => "min".to_owned(),
        1 => "s".to_owned(),
        _ => rounded_up(period),
    }
}

/// What is drawn on a terminal of this width, in as many lines as it takes.
pub(super) fn bar(state: &State, width: usize) -> String {
    let (done, total) = (state.done(), state.total);
    let full = (BAR * done).checked_div(total).unwrap_or(BAR);
    let mut parts = vec![format!("[{}{}] {done}/{total}", "#".repeat(full), "-".repeat(BAR - full))];
    parts.extend(state.eta());
    parts.extend(state.counts());
    let mut quota = state.quota();
    parts.extend(quota.next().map(|first| format!("quota {first}")));
    parts.extend(quota);
    parts.extend(state.waiting());
    packed(&parts, width)
}

fn packed(parts: &[String], width: usize) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for part in parts {
        let length = part.chars().count();
        let gap = BETWEEN.chars().count();
        if column > 0 && column + gap + length <= width {
            text.push_str(BETWEEN);
            column += gap;
        } else if column > 0 {
            text.push('\n');
            column = 0;
        }
        text.push_str(part);
        column += length;
    }
    text
}

/// The line that is printed at intervals without a terminal.
pub(super) fn line(state: &State) -> String {
    let (done, total) = (state.done(), state.total);
    let quota: Vec<_> = state.quota().collect();
    let mut parts =
        vec![format!("{done} of {total} done: {}", state.counts().join(", ")), format!("quota {}", quota.join(", "))];
    parts.extend(state.waiting());
    parts.extend(state.eta());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn early() -> State {
        State {
            total: 7,
            seen: 1,
            windows: vec![QuotaWindow::new(20, Duration::from_secs(10))],
            used: vec![1],
            ..State::default()
        }
    }

    fn halfway() -> State {
        State {
            total: 100_000,
            seen: 12_345,
            unseen: 43_210,
            contradictory: 0,
            failed: 321,
            from_cache: 10_000,
            windows: vec![
                QuotaWindow::new(100, Duration::from_secs(60)),
                QuotaWindow::new(1500, Duration::from_secs(3600)),
            ],
            used: vec![83, 1412],
            others: 0,
            wait: None,
        }
    }

    fn waiting() -> State {
        State { used: vec![100, 1500], wait: Some(Duration::from_millis(57_200)), ..halfway() }
    }

    /// With as much to do as others have.
    fn among_others() -> State {
        State { others: 44_124, ..halfway() }
    }

    fn at_the_end() -> State {
        State { total: 55_876, ..halfway() }
    }

    #[test]
    fn the_bar_fits_the_terminal() {
        let mut shown = String::new();
        for width in [40, 80, 200] {
            for state in [early(), halfway(), waiting(), at_the_end()] {
                let text = bar(&state, width);
                assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
                shown += &format!("{width} columns\n{text}\n\n");
            }
        }
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn lines_say_the_same() {
        let lines = [early(), halfway(), among_others(), waiting(), at_the_end()].map(|state| line(&state));
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn nothing_to_do_is_all_done() {
        assert_eq!(
            bar(&State::default(), 80).lines().next(),
            Some("[####################] 0/0 · 0 seen · 0 unseen · 0 failed · 0 cached")
        );
    }
}
