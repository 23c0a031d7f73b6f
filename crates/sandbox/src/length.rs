//! Lengths of time, as people write them.

use std::time::Duration;

/// Why a text is no length of time.
pub(crate) enum LengthError {
    Malformed,
    TooLarge { number: String },
}

/// A whole number and one of the units `s`, `m` and `h`.
pub(crate) fn length(text: &str) -> Result<Duration, LengthError> {
    let (count, unit) = if let Some(count) = text.strip_suffix('s') {
        (count, 1)
    } else if let Some(count) = text.strip_suffix('m') {
        (count, 60)
    } else if let Some(count) = text.strip_suffix('h') {
        (count, 3600)
    } else {
        return Err(LengthError::Malformed);
    };
    Ok(Duration::from_secs(u64::from(whole_number(count)?) * unit))
}

/// Digits and nothing else, which is less than Rust's own form of a number.
pub(crate) fn is_whole_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such a number, if it is not too large.
pub(crate) fn whole_number(digits: &str) -> Result<u32, LengthError> {
    if !is_whole_number(digits) {
        return Err(LengthError::Malformed);
    }
    digits.parse().map_err(|_| LengthError::TooLarge { number: digits.to_owned() })
}
