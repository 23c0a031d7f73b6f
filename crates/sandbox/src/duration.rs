//! Whole numbers and durations as people write them.

use std::str::FromStr;
use std::time::Duration;

/// A unit by its name, in milliseconds.
type Unit = (&'static str, u64);

/// From milliseconds to hours. `ms` stands before `s`, so that it is not read as a number of `s`.
pub(crate) const UNITS: [Unit; 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// From seconds to hours.
pub(crate) const UNITS_FROM_SECONDS: [Unit; 3] = [UNITS[1], UNITS[2], UNITS[3]];

/// Why a text is not a number or a duration.
#[derive(Debug, PartialEq)]
pub(crate) enum NumberError {
    Malformed,
    TooLarge { number: String },
}

/// A whole number of type `N` and one of the units.
pub(crate) fn parse<N: FromStr + Into<u64>>(text: &str, units: &[Unit]) -> Result<Duration, NumberError> {
    let (number, milliseconds) = units
        .iter()
        .find_map(|(unit, milliseconds)| Some((text.strip_suffix(unit)?, *milliseconds)))
        .ok_or(NumberError::Malformed)?;
    let count: u64 = whole_number::<N>(number)?.into();
    let too_large = || NumberError::TooLarge { number: number.to_owned() };
    count.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(too_large)
}

/// The form that [`parse`] reads, in the largest unit that divides it. Less than a millisecond is cut off.
pub(crate) fn text(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let divides = |(_, length): &&Unit| milliseconds > 0 && milliseconds.is_multiple_of(u128::from(*length));
    let (unit, length) = UNITS.iter().rev().find(divides).unwrap_or(&UNITS[0]);
    format!("{}{unit}", milliseconds / u128::from(*length))
}

/// Whether a text is digits and nothing else, which is less than Rust accepts as a number.
pub(crate) fn is_whole_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such a number, if the type can hold it.
pub(crate) fn whole_number<N: FromStr>(digits: &str) -> Result<N, NumberError> {
    if !is_whole_number(digits) {
        return Err(NumberError::Malformed);
    }
    digits.parse().map_err(|_| NumberError::TooLarge { number: digits.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for written in ["0ms", "1ms", "1001ms", "90s", "2m", "25h"] {
            assert_eq!(parse::<u64>(written, &UNITS).map(text), Ok(written.to_owned()));
        }
    }

    #[test]
    fn only_a_whole_number_and_a_unit_are_a_duration() {
        for malformed in ["", "s", "1", "+1s", "-1s", "1.5s", "1 s", "1d", "1h30m"] {
            assert_eq!(parse::<u64>(malformed, &UNITS), Err(NumberError::Malformed), "{malformed}");
        }
        assert_eq!(parse::<u32>("1ms", &UNITS_FROM_SECONDS), Err(NumberError::Malformed));
    }

    #[test]
    fn a_number_that_is_too_large_is_repeated() {
        for (too_large, number) in [("4294967296s", "4294967296"), ("99999999999999999999h", "99999999999999999999")] {
            let expected = NumberError::TooLarge { number: number.to_owned() };
            assert_eq!(parse::<u32>(too_large, &UNITS_FROM_SECONDS), Err(expected));
        }
        assert!(parse::<u64>("18446744073709551615h", &UNITS).is_err());
    }
}
