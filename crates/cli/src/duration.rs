//! Durations as people write them: `90s`, `30m`, `6h`, `2d`.

use std::time::Duration;

const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];

/// Reads one.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let malformed = || format!("{text:?} is no duration: give a number with a unit s, m, h or d, such as 6h");
    let (digits, seconds) = UNITS
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .ok_or_else(malformed)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let number: u64 = digits.parse().map_err(|_| malformed())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(malformed)
}

/// Writes one of whole seconds in the form that is read, with the largest unit that divides it.
pub(crate) fn text(duration: Duration) -> String {
    let all = duration.as_secs();
    let (unit, seconds) =
        UNITS.into_iter().rfind(|(_, seconds)| all > 0 && all.is_multiple_of(*seconds)).unwrap_or(UNITS[0]);
    format!("{}{unit}", all / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_in_the_same_form() {
        for (given, written) in
            [("6h", "6h"), ("90m", "90m"), ("120m", "2h"), ("48h", "2d"), ("61s", "61s"), ("0h", "0s")]
        {
            assert_eq!(parse(given).map(text), Ok(written.to_owned()), "{given}");
        }
    }
}
