//! Whether a failed attempt is made again, and when: the decision, the budget of retries, and `Retry-After`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;

/// What a failure means for another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// Another attempt would fail as well.
    Lasting,
    /// Another attempt may succeed: nothing came back, or 408, 500, 502, 503, 504.
    Passing,
    /// Another attempt might do a second time what the first one has done: one like [`Self::Passing`], of a call that may
    /// change something.
    Uncertain,
    /// The service counted too many calls (429).
    Throttled,
    /// The service did not accept the token (401).
    Unauthorized,
}

/// What a call has been through before the failure that is decided on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RetryState {
    /// Attempts that repeated one which failed for a passing reason.
    pub(crate) retries: u32,
    /// How many pauses of all calls there were in a row, where the failure is a 429.
    pub(crate) pauses: u32,
    pub(crate) token_renewed: bool,
}

/// How much more a call may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryLimits {
    pub(crate) retries: u32,
    /// What is left of the call's time.
    pub(crate) time: Duration,
    /// What is left of the time to wait for the quota.
    pub(crate) quota_wait: Duration,
    /// At which pause in a row it ends.
    pub(crate) pauses: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    GiveUp,
    /// Repeat the attempt after this long.
    RetryAfter(Duration),
    /// Repeat the attempt when all calls may go on.
    WaitForQuota,
    /// Repeat the attempt with another token, if the credential has one.
    RenewToken,
}

/// Decides, without looking at anything but its arguments. `hint` is how long the service wants to be left alone, or after
/// a 429 how long all calls pause; `random` is from 0 to 1.
pub(crate) fn decide(
    failure: RetryClass,
    hint: Option<Duration>,
    history: RetryState,
    allowance: RetryLimits,
    random: f64,
) -> Decision {
    match failure {
        RetryClass::Lasting | RetryClass::Uncertain => Decision::GiveUp,
        RetryClass::Unauthorized if history.token_renewed => Decision::GiveUp,
        RetryClass::Unauthorized => Decision::RenewToken,
        RetryClass::Passing if history.retries >= allowance.retries => Decision::GiveUp,
        RetryClass::Passing => {
            let delay = backoff(history.retries).mul_f64(random).max(hint.unwrap_or_default());
            if delay < allowance.time { Decision::RetryAfter(delay) } else { Decision::GiveUp }
        }
        // It is not counted among the retries, but where there are none, nothing is sent twice.
        RetryClass::Throttled if allowance.retries == 0 || allowance.time.is_zero() => Decision::GiveUp,
        RetryClass::Throttled if history.pauses >= allowance.pauses => Decision::GiveUp,
        RetryClass::Throttled => {
            let pause = hint.unwrap_or_default();
            if pause <= allowance.quota_wait { Decision::WaitForQuota } else { Decision::GiveUp }
        }
    }
}

/// How long all calls are to pause after a 429: as long as the service says. Where it does not, or says less than a second,
/// up to a second, and never so short that it would be sending on.
pub(crate) fn throttle_pause(hint: Option<Duration>, random: f64) -> Duration {
    match hint {
        Some(hint) if hint >= FIRST_BACKOFF => hint,
        _ => {
            let half = FIRST_BACKOFF / 2;
            half + half.mul_f64(random)
        }
    }
}

const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// The longest delay before a retry: 1 s, and twice as long for each one before it, up to 20 s.
fn backoff(before: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(before)).min(LONGEST_BACKOFF)
}

/// How many retries a client has left, all its clones taken together, so that an outage is not hammered: each takes
/// one out, and each attempt that the service answered for good puts a tenth of one in.
#[derive(Debug)]
pub(crate) struct Budget {
    tenths: Mutex<u32>,
}

impl Budget {
    const FULL: u32 = 200;
    const RETRY: u32 = 10;
    const ANSWER: u32 = 1;

    pub(crate) fn full() -> Self {
        Self { tenths: Mutex::new(Self::FULL) }
    }

    /// Takes one retry out, if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        self.change(|tenths| tenths.checked_sub(Self::RETRY))
    }

    pub(crate) fn deposit(&self) {
        self.change(|tenths| Some(tenths.saturating_add(Self::ANSWER).min(Self::FULL)));
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        let mut tenths = self.tenths.lock().unwrap_or_else(PoisonError::into_inner);
        change(*tenths).map(|changed| *tenths = changed).is_some()
    }
}

/// The longest wait that the headers and the text of a refusal name. What is not understood says nothing.
pub(crate) fn retry_after(
    headers: &[String],
    date: Option<&str>,
    message: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    // The clocks of two machines differ.
    let now = date.and_then(|date| parse_http_date(date).ok()).unwrap_or(now);
    let headers = headers.iter().filter_map(|header| of_header(header, now)).max();
    headers.max(message.and_then(of_message))
}

/// `Retry-After` in seconds, as the service documents it, or as an HTTP date, as HTTP allows it; or a list of them, as
/// proxies join headers. Two of the three forms of a date have a comma in them.
fn of_header(header: &str, now: SystemTime) -> Option<Duration> {
    let until = |date: &str| {
        let date = parse_http_date(date.trim()).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    };
    let parts: Vec<_> = header.split(',').map(str::trim).collect();
    let alone = parts.iter().filter_map(|part| seconds(part).or_else(|| until(part)));
    let in_pairs = parts.windows(2).filter_map(|pair| until(&pair.join(", ")));
    alone.chain(in_pairs).max()
}

/// "You can send requests again in 8 seconds.", as it was recorded.
fn of_message(message: &str) -> Option<Duration> {
    let named = message.split("again in ").skip(1).filter_map(|rest| {
        let (number, unit) = rest.split_once(' ')?;
        seconds(number).filter(|_| unit.starts_with("second"))
    });
    named.max()
}

/// A number of seconds, rounded up to whole ones. One that is too large is the largest.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(whole.saturating_add(u64::from(fraction.bytes().any(|digit| digit != b'0')))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: RetryLimits =
        RetryLimits { retries: 3, time: Duration::from_secs(60), quota_wait: Duration::from_secs(60), pauses: 20 };

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    fn retry_after(seconds: f64) -> Decision {
        Decision::RetryAfter(Duration::from_secs_f64(seconds))
    }

    /// The failure, what the service says, the attempts of that kind before, the random number, and what comes of it.
    #[test]
    fn each_failure_by_attempt() {
        use RetryClass::{Lasting, Passing, Throttled, Unauthorized, Uncertain};
        let cases = [
            (Lasting, None, 0, 0.5, Decision::GiveUp),
            (Lasting, seconds(1), 0, 0.5, Decision::GiveUp),
            (Uncertain, None, 0, 0.5, Decision::GiveUp),
            (Uncertain, seconds(1), 0, 0.5, Decision::GiveUp),
            (Unauthorized, None, 0, 0.5, Decision::RenewToken),
            // Full jitter: all of the pause is random, and its bound doubles.
            (Passing, None, 0, 0.0, retry_after(0.0)),
            (Passing, None, 0, 1.0, retry_after(1.0)),
            (Passing, None, 1, 1.0, retry_after(2.0)),
            (Passing, None, 2, 1.0, retry_after(4.0)),
            (Passing, None, 2, 0.25, retry_after(1.0)),
            (Passing, None, 3, 1.0, Decision::GiveUp),
            // The service's word is the least, and ends the call where the call has less time.
            (Passing, seconds(7), 0, 1.0, retry_after(7.0)),
            (Passing, seconds(0), 1, 1.0, retry_after(2.0)),
            (Passing, seconds(59), 0, 1.0, retry_after(59.0)),
            (Passing, seconds(60), 0, 1.0, Decision::GiveUp),
            // A 429 waits for the end of the pause, where there is time for that, up to the 20th in a row.
            (Throttled, None, 1, 0.5, Decision::WaitForQuota),
            (Throttled, seconds(60), 1, 0.5, Decision::WaitForQuota),
            (Throttled, seconds(61), 1, 0.5, Decision::GiveUp),
            (Throttled, seconds(60), 19, 0.5, Decision::WaitForQuota),
            (Throttled, seconds(60), 20, 0.5, Decision::GiveUp),
        ];
        for (failure, hint, before, random, expected) in cases {
            let history = match failure {
                Throttled => RetryState { pauses: before, ..RetryState::default() },
                _ => RetryState { retries: before, ..RetryState::default() },
            };
            let decision = decide(failure, hint, history, PLENTY, random);
            assert_eq!(decision, expected, "{failure:?}, {hint:?}, {before} before, {random}");
        }
    }

    /// What the service asks for, the random number, and the pause in milliseconds.
    #[test]
    fn a_pause_is_never_so_short_that_it_would_be_sending_on() {
        let cases = [
            (seconds(8), 0.5, 8000),
            (seconds(1), 0.0, 1000),
            (seconds(0), 0.0, 500),
            (None, 0.0, 500),
            (None, 0.5, 750),
            (None, 1.0, 1000),
        ];
        for (hint, random, milliseconds) in cases {
            assert_eq!(throttle_pause(hint, random), Duration::from_millis(milliseconds), "{hint:?}, {random}");
        }
    }

    /// A 429 is never counted as a failed attempt, whatever came before it.
    #[test]
    fn without_time_nothing_waits() {
        let none = RetryLimits { time: Duration::ZERO, ..PLENTY };
        for failure in [RetryClass::Passing, RetryClass::Throttled] {
            assert_eq!(decide(failure, None, RetryState::default(), none, 0.0), Decision::GiveUp);
        }
        let spent = RetryState { retries: u32::MAX, ..RetryState::default() };
        assert_eq!(decide(RetryClass::Throttled, None, spent, PLENTY, 0.0), Decision::WaitForQuota);
    }

    #[test]
    fn a_token_is_renewed_once() {
        let history = RetryState { token_renewed: true, ..RetryState::default() };
        assert_eq!(decide(RetryClass::Unauthorized, None, history, PLENTY, 0.5), Decision::GiveUp);
    }

    #[test]
    fn without_retries_nothing_is_sent_twice() {
        let none = RetryLimits { retries: 0, ..PLENTY };
        for failure in [RetryClass::Passing, RetryClass::Throttled] {
            assert_eq!(decide(failure, seconds(1), RetryState::default(), none, 0.0), Decision::GiveUp);
        }
    }

    /// The headers, the text, and the wait in seconds. The service's clock shows 00:00:00, ours a minute more.
    #[test]
    fn what_a_refusal_asks_for() {
        const MOST: u64 = u64::MAX;
        let cases: [(&[&str], &str, Option<u64>); 28] = [
            (&["8"], "", Some(8)),
            (&[" 8 "], "", Some(8)),
            (&["0"], "", Some(0)),
            (&["8", "30", "5"], "", Some(30)),
            (&["8, 30,5"], "", Some(30)),
            (&["soon, 5"], "", Some(5)),
            (&["1.2"], "", Some(2)),
            (&["2.0"], "", Some(2)),
            (&["18446744073709551616"], "", Some(MOST)),
            (&["18446744073709551615.5"], "", Some(MOST)),
            (&["Thu, 01 Jan 2026 00:00:30 GMT"], "", Some(30)),
            (&["Thursday, 01-Jan-26 00:00:30 GMT"], "", Some(30)),
            (&["Thu Jan  1 00:00:30 2026"], "", Some(30)),
            (&["7, Thu, 01 Jan 2026 00:00:30 GMT, 8"], "", Some(30)),
            (&["Thu, 01 Jan 2026 00:00:30 GMT, Thu, 01 Jan 2026 00:00:50 GMT"], "", Some(50)),
            (&["Wed, 31 Dec 2025 23:59:59 GMT"], "", Some(0)),
            (&["Thu, 32 Jan 2026 00:00:30 GMT"], "", None),
            (&["soon"], "", None),
            (&["-5"], "", None),
            (&["+5"], "", None),
            (&["1e3"], "", None),
            (&["5 s"], "", None),
            (&[""], "", None),
            (&["3"], "again in 8 seconds.", Some(8)),
            (&["9"], "again in 8 seconds.", Some(9)),
            (&[], "again in 0.5 seconds, or again in 1 second", Some(1)),
            (&[], "again in 99999999999999999999 seconds", Some(MOST)),
            (&[], "again in -8 seconds, again in 8 minutes, again in a second", None),
        ];
        let date = "Thu, 01 Jan 2026 00:00:00 GMT";
        let now = parse_http_date("Thu, 01 Jan 2026 00:01:00 GMT").unwrap_or(SystemTime::UNIX_EPOCH);
        for (headers, message, expected) in cases {
            let headers: Vec<_> = headers.iter().map(|header| (*header).to_owned()).collect();
            let wait = super::retry_after(&headers, Some(date), Some(message), now);
            assert_eq!(wait, expected.and_then(seconds), "{headers:?}, {message:?}");
        }
        for (date, expected) in [(None, 5), (Some("today"), 5), (Some(date), 65)] {
            let headers = ["Thu, 01 Jan 2026 00:01:05 GMT".to_owned()];
            assert_eq!(super::retry_after(&headers, date, None, now), seconds(expected), "{date:?}");
        }
    }

    #[test]
    fn the_budget_is_twenty_and_a_tenth_for_each_answer() {
        let budget = Budget::full();
        budget.deposit();
        assert_eq!((0..30).filter(|_| budget.withdraw()).count(), 20);
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw());
        assert!(!budget.withdraw());
    }
}
