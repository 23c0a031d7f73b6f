//! How far back a request asks to look.

use axum::http::Uri;

use crate::behaviour::InvalidLookBack;
use crate::events::HISTORY_HOURS;
use crate::length::is_whole_number;
use crate::refusal::Refusal;

const LOOK_BACK_HOURS: &str = "lookBackHours";

pub(crate) fn look_back_hours(uri: &Uri, invalid: InvalidLookBack) -> Result<u16, Refusal> {
    let mut values = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter_map(|(name, value)| (name == LOOK_BACK_HOURS).then_some(value));
    let Some(text) = values.next() else {
        return Ok(HISTORY_HOURS);
    };
    let repeated = values.next().is_some();
    match (text.parse(), invalid) {
        (Ok(hours @ 1..=HISTORY_HOURS), _) if !repeated => Ok(hours),
        (_, InvalidLookBack::Default) => Ok(HISTORY_HOURS),
        _ if repeated => Err(Refusal::RepeatedLookBack),
        (_, InvalidLookBack::Nearest) => nearest(&text).ok_or_else(|| Refusal::InvalidLookBack { text: text.into() }),
        (_, InvalidLookBack::Refused) => Err(Refusal::InvalidLookBack { text: text.into() }),
    }
}

/// The number of hours that is nearest to a whole number, which may have any number of digits.
fn nearest(text: &str) -> Option<u16> {
    let negative = text.strip_prefix('-');
    let digits = negative.or_else(|| text.strip_prefix('+')).unwrap_or(text);
    if !is_whole_number(digits) {
        return None;
    }
    match negative {
        Some(_) => Some(1),
        None => Some(digits.parse().unwrap_or(HISTORY_HOURS).clamp(1, HISTORY_HOURS)),
    }
}
