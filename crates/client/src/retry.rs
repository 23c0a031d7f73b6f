//! Whether a failed attempt is made again, and when: the decision, the budget of retries, and `Retry-After`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// What a failure means for another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// Another attempt would fail as well.
    Lasting,
    /// Another attempt may succeed: nothing came back, or 408, 500, 502, 503, 504.
    Passing,
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
    /// Attempts that were answered 429.
    pub(crate) throttled: u32,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    GiveUp,
    /// Repeat the attempt after this long.
    RetryAfter(Duration),
    /// Repeat the attempt when all calls may go on, which takes this long.
    WaitForQuota(Duration),
    /// Repeat the attempt with another token, if the credential has one.
    RenewToken,
}

/// Decides, without looking at anything but its arguments. `hint` is how long the service wants to be left alone;
/// `random` is from 0 to 1.
pub(crate) fn decide(
    failure: RetryClass,
    hint: Option<Duration>,
    history: RetryState,
    allowance: RetryLimits,
    random: f64,
) -> Decision {
    match failure {
        RetryClass::Lasting => Decision::GiveUp,
        RetryClass::Unauthorized if history.token_renewed => Decision::GiveUp,
        RetryClass::Unauthorized => Decision::RenewToken,
        _ if history.retries >= allowance.retries => Decision::GiveUp,
        RetryClass::Passing => {
            let delay = backoff(history.retries).mul_f64(random).max(hint.unwrap_or_default());
            if delay < allowance.time { Decision::RetryAfter(delay) } else { Decision::GiveUp }
        }
        RetryClass::Throttled => {
            let pause = throttle_pause(hint, history.throttled, random);
            if pause <= allowance.quota_wait { Decision::WaitForQuota(pause) } else { Decision::GiveUp }
        }
    }
}

/// How long all calls pause after a 429: as long as the service says. Where it does not, or says less than a second,
/// longer with each 429 in a row, and never so short that it would be sending on.
pub(crate) fn throttle_pause(hint: Option<Duration>, throttled: u32, random: f64) -> Duration {
    match hint {
        Some(hint) if hint >= FIRST_BACKOFF => hint,
        _ => {
            let half = backoff(throttled) / 2;
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

/// A day: no honest answer asks for more, and a clock that is wrong may.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The larger of what the header and the text of a refusal name.
pub(crate) fn retry_after(header: Option<&str>, message: Option<&str>, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.and_then(|header| of_header(header, now));
    let message = message.and_then(of_message);
    header.max(message).map(|wait| wait.min(LONGEST_RETRY_AFTER))
}

/// `Retry-After` in seconds, as the service documents it, or as an HTTP date, as HTTP allows it.
fn of_header(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(header).ok()?.to_utc();
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// "You can send requests again in 8 seconds.", as it was recorded.
fn of_message(message: &str) -> Option<Duration> {
    let (_, rest) = message.split_once("again in ")?;
    let (number, unit) = rest.split_once(' ')?;
    let seconds = number.parse().ok()?;
    unit.starts_with("second").then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: RetryLimits =
        RetryLimits { retries: 3, time: Duration::from_secs(60), quota_wait: Duration::from_secs(60) };

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    fn retry_after(seconds: f64) -> Decision {
        Decision::RetryAfter(Duration::from_secs_f64(seconds))
    }

    fn wait(seconds: f64) -> Decision {
        Decision::WaitForQuota(Duration::from_secs_f64(seconds))
    }

    /// The failure, what the service says, the attempts of that kind before, the random number, and what comes of it.
    #[test]
    fn each_failure_by_attempt() {
        use RetryClass::{Lasting, Passing, Throttled, Unauthorized};
        let cases = [
            (Lasting, None, 0, 0.5, Decision::GiveUp),
            (Lasting, seconds(1), 0, 0.5, Decision::GiveUp),
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
            // A 429 is obeyed to the letter; without a word of the service half of the pause is random.
            (Throttled, seconds(8), 0, 0.5, wait(8.0)),
            (Throttled, seconds(8), 9, 0.5, wait(8.0)),
            (Throttled, seconds(60), 0, 0.5, wait(60.0)),
            (Throttled, seconds(61), 0, 0.5, Decision::GiveUp),
            (Throttled, None, 0, 0.0, wait(0.5)),
            (Throttled, None, 0, 1.0, wait(1.0)),
            (Throttled, seconds(0), 1, 0.0, wait(1.0)),
            (Throttled, None, 4, 1.0, wait(16.0)),
            (Throttled, None, 5, 1.0, wait(20.0)),
            (Throttled, None, u32::MAX, 1.0, wait(20.0)),
        ];
        for (failure, hint, before, random, expected) in cases {
            let history = match failure {
                Throttled => RetryState { throttled: before, ..RetryState::default() },
                _ => RetryState { retries: before, ..RetryState::default() },
            };
            let decision = decide(failure, hint, history, PLENTY, random);
            assert_eq!(decision, expected, "{failure:?}, {hint:?}, {before} before, {random}");
        }
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
