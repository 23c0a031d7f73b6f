//! The progress of a run: a bar on a terminal, lines elsewhere.

mod text;

use std::io::{self, Write};
use std::time::{Duration, Instant, SystemTime};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mde_client::QuotaWindow;

use crate::connection::Wait;
use crate::console::Notes;
use crate::phrase::{estimated, plural, rounded_up, share, when_text};
use crate::quota::{calls_within, estimate, tightest, windows_text};
use crate::record::{Outcome, Status};
use text::State;

/// How often a line is printed without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(30);

/// Shorter waits for the quota are not shown.
const WORTH_SHOWING: Duration = Duration::from_secs(2);

/// A pause of all calls that takes this long is shown although progress is not.
const WORTH_A_WARNING: Duration = Duration::from_secs(60);

/// Pauses that end within this time of each other are one.
const SAME_PAUSE: Duration = Duration::from_secs(2);

/// More addresses than this are a long list, whatever the quota.
const MANY: usize = 20;

/// The width in columns of a terminal that does not report its own.
const USUAL_WIDTH: usize = 80;

/// Shows the progress, and messages beside it.
pub(crate) struct Progress<'a> {
    notes: Notes<'a>,
    is_quiet: bool,
    bar: Bar,
    state: State,
    /// For how long a later run takes the answers of this one.
    answers_valid_for: Option<Duration>,
    /// When a line was last printed.
    shown_at: Instant,
    waits_until: Option<Instant>,
    throttled_until: Option<Instant>,
}

/// The bar, if there is one. What is written to its terminal by others goes around it.
#[derive(Clone)]
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    fn on_standard_error() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // One that cannot draw, as on a dumb terminal, is none.
        Self((!bar.is_hidden()).then(|| bar.with_style(style())))
    }

    fn around<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(bar) = self.0.as_ref().filter(|bar| !bar.is_finished()) else { return write() };
        let written = bar.suspend(write);
        park_cursor();
        written
    }

    fn draw(&self, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(text);
            park_cursor();
        }
    }
}

/// The bar fills its last line up to the end, from where the ^C that a terminal shows would go to the next one, and the
/// bar could not be taken away.
fn park_cursor() {
    let mut terminal = io::stderr();
    let _ = terminal.write_all(b"\r").and_then(|()| terminal.flush());
}

/// All of it is text of ours.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl<'a> Progress<'a> {
    /// Nothing is shown yet.
    pub(crate) fn new(
        notes: Notes<'a>,
        is_quiet: bool,
        windows: &[QuotaWindow],
        answers_valid_for: Option<Duration>,
    ) -> Self {
        let bar = if notes.are_on_a_terminal() && !is_quiet { Bar::on_standard_error() } else { Bar(None) };
        let windows = tightest(windows);
        let state = State { used: vec![0; windows.len()], windows, ..State::default() };
        Self {
            notes,
            is_quiet,
            bar,
            state,
            answers_valid_for,
            shown_at: Instant::now(),
            waits_until: None,
            throttled_until: None,
        }
    }

    /// For who writes to the same terminal.
    pub(crate) fn bar(&self) -> Bar {
        self.bar.clone()
    }

    /// The windows of the quota that decide.
    pub(crate) fn windows(&self) -> &[QuotaWindow] {
        &self.state.windows
    }

    /// Shows an error or a warning.
    pub(crate) fn notify(&mut self, message: impl std::fmt::Display) {
        let Self { notes, bar, .. } = self;
        bar.around(|| notes.notify(message));
    }

    /// Shows a note, unless `--quiet` is given.
    pub(crate) fn remark(&mut self, message: impl std::fmt::Display) {
        if !self.is_quiet {
            self.notify(message);
        }
    }

    /// Before the first call: the number of calls and their ETA, with so many calls of each window used already, and so many
    /// to make by all runs that share the quota.
    pub(crate) fn announce(
        &mut self,
        left_out: usize,
        addresses: usize,
        from_cache: usize,
        (used, all): (Vec<u32>, usize),
    ) {
        // If all addresses are skipped, that was already reported.
        if left_out > 0 && addresses > 0 {
            let left_out = plural(left_out, "address is", "addresses are");
            self.remark(format_args!("{left_out} not public, and skipped"));
        }
        self.state.total = addresses;
        self.state.used = used;
        let calls = addresses - from_cache;
        self.state.others = all.saturating_sub(calls);
        let windows = &self.state.windows;
        let fewest = windows.iter().map(QuotaWindow::calls).min().and_then(|calls| usize::try_from(calls).ok());
        if addresses <= MANY && fewest.is_none_or(|fewest| calls <= fewest) {
            return;
        }
        let text = self.announcement(addresses, from_cache);
        self.remark(text);
    }

    fn announcement(&self, addresses: usize, from_cache: usize) -> String {
        let calls = addresses - from_cache;
        if calls == 0 {
            return format!("all {addresses} addresses are cached");
        }
        let cached = match from_cache {
            0 => String::new(),
            _ => format!("{} cached, ", share(from_cache, addresses, "address", "addresses")),
        };
        let (calls_text, quota) = (plural(calls, "call", "calls"), windows_text(&self.state.windows));
        let others = match self.state.others {
            0 => String::new(),
            others => format!(" besides {others} of other runs"),
        };
        let time = match estimate(calls + self.state.others, self.state.usage()) {
            Duration::ZERO => {
                return format!("{cached}{calls_text} to make{others}, with no wait for the quota of {quota}");
            }
            time => time,
        };
        let eta = estimated(time);
        let text = format!("{cached}{calls_text} to make{others}; ETA about {eta}, by the quota of {quota}");
        match self.answers_valid_for.filter(|counts| *counts < time) {
            Some(counts) => format!(
                "{text}; that is longer than cached answers are valid ({}): set a longer --max-age to be able to resume",
                rounded_up(counts)
            ),
            None => text,
        }
    }

    /// Before the first call: a warning where the token has ended by the clock of this machine, which may be wrong, so that
    /// the service decides; or where, by the estimate, it ends before the last call is made.
    pub(crate) fn compare_with_token(&mut self, ends_at: SystemTime) {
        let (calls, others) = (self.left(), self.state.others);
        if calls == 0 {
            return;
        }
        let Ok(left) = ends_at.duration_since(SystemTime::now()) else {
            self.notify(format_args!("MDE_TOKEN ended at {}, by the clock of this machine", when_text(ends_at)));
            return;
        };
        let time = estimate(calls + others, self.state.usage());
        if time <= left {
            return;
        }
        // Calls of other runs may all come first.
        let fit = calls_within(left, calls + others, self.state.usage()).saturating_sub(others);
        let ends_at = when_text(ends_at);
        self.notify(format_args!(
            "MDE_TOKEN ends at {ends_at}, in {}, and cannot be renewed: {} can be made until then, and all of them take \
             about {}\nuse a credential that renews its tokens (mde config show --help), or run the same command with a new \
             token when this one has ended",
            rounded_up(left),
            about(fit, calls),
            estimated(time),
        ));
    }

    /// Notes the outcome for an address.
    pub(crate) fn note(&mut self, outcome: &Outcome) {
        let state = &mut self.state;
        match outcome {
            Outcome::Failed(_) => state.failed += 1,
            Outcome::Answered(answer) => {
                state.from_cache += usize::from(answer.from_cache);
                match answer.statistics.status() {
                    Status::Seen => state.seen += 1,
                    Status::Unseen => state.unseen += 1,
                    _ => state.contradictory += 1,
                }
            }
        }
    }

    /// How many addresses have no outcome.
    pub(crate) fn left(&self) -> usize {
        self.state.left()
    }

    /// Notes how many calls all runs have still to make that share the quota.
    pub(crate) fn note_work(&mut self, all: usize) {
        self.state.others = all.saturating_sub(self.left());
    }

    /// How many addresses have no answer.
    pub(crate) fn to_go(&self) -> usize {
        self.state.total - self.state.answered()
    }

    /// Whether an update is due.
    pub(crate) fn is_due(&self) -> bool {
        !self.is_quiet && (self.bar.0.is_some() || self.shown_at.elapsed() >= LINE_INTERVAL)
    }

    /// Notes that calls wait. Returns whether that is worth an update.
    pub(crate) fn note_wait(&mut self, wait: Wait) -> bool {
        let time = match wait {
            Wait::Throttled(time) | Wait::Quota(time) => time,
            Wait::SignIn(text) => {
                self.remark(text);
                return false;
            }
        };
        let now = Instant::now();
        let until = now.checked_add(time);
        let is_waiting = self.waits_until.is_some_and(|until| until > now);
        self.waits_until = self.waits_until.max(until);
        if let Wait::Throttled(pause) = wait {
            // Calls in flight at the same time get the same answer.
            let is_new = self.throttled_until.and_then(|shown| shown.checked_add(SAME_PAUSE)) < until;
            self.throttled_until = self.throttled_until.max(until);
            if is_new && pause >= WORTH_A_WARNING {
                self.notify(throttled(pause));
            } else if is_new {
                self.remark(throttled(pause));
            }
        }
        time >= WORTH_SHOWING && !is_waiting && !self.is_quiet
    }

    /// Shows the progress, with so many calls of each window used.
    pub(crate) fn update(&mut self, used: Vec<u32>) {
        self.state.used = used;
        self.shown_at = Instant::now();
        match self.bar.0 {
            Some(_) => self.draw(),
            None => {
                let state = self.state();
                self.remark(text::line(&state));
            }
        }
    }

    fn draw(&self) {
        let width = terminal_size::terminal_size_of(io::stderr());
        let width = width.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
        self.bar.draw(text::bar(&self.state(), width));
    }

    fn state(&self) -> State {
        let wait = self.waits_until.and_then(|until| until.checked_duration_since(Instant::now()));
        State { wait: wait.filter(|wait| !wait.is_zero()), ..self.state.clone() }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar.0 {
            bar.finish_and_clear();
        }
    }
}

/// Removes the bar however the run ends.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Such as `about 1500 of 10000 calls`.
fn about(fit: usize, calls: usize) -> String {
    match fit {
        0 => format!("none of {}", plural(calls, "call", "calls")),
        _ => format!("about {fit} of {}", plural(calls, "call", "calls")),
    }
}

fn throttled(pause: Duration) -> String {
    let pause = rounded_up(pause);
    format!(
        "the service throttles, so all calls pause for {pause}; all programs on the same app registration share one quota"
    )
}

/// A writer to the terminal that the bar is on, line by line.
pub(crate) fn beside<'a>(writer: &'a mut dyn Write, bar: Bar) -> impl Write + 'a {
    io::LineWriter::new(Beside { writer, bar })
}

struct Beside<'a> {
    writer: &'a mut dyn Write,
    bar: Bar,
}

impl Write for Beside<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { writer, bar } = self;
        bar.around(|| writer.write(bytes).and_then(|count| writer.flush().map(|()| count)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
