//! How long the service asks to wait.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// A day: no honest answer asks for more, and a clock that is wrong may.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The larger of what the header and the text of a refusal name.
pub(crate) fn retry_after(header: Option<&str>, message: Option<&str>, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.and_then(|header| of_header(header, now));
    let message = message.and_then(of_message);
    header.max(message).map(|wait| wait.min(LONGEST))
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
