//! Parts of sentences: durations, moments, a number of things, and the word that was probably meant.
//!
//! humantime would accept durations that `--quota` refuses (`1d`, `1month`), and prints `1h 30m` where `90m` was given.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};

/// A number of things, such as `1 call` and `2 calls`.
pub(crate) fn plural<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let name = if count == N::from(1) { one } else { many };
    format!("{count} {name}")
}

/// How many of all things, with the verb, such as `0 of 1 call is`, `1 of 3 calls is` and `2 of 3 calls are`.
pub(crate) fn share<N: Display + PartialEq + From<u8>>(count: N, all: N, one: &str, many: &str) -> String {
    let is_singular = count == N::from(1) || all == N::from(1);
    format!("{count} of {} {}", plural(all, one, many), if is_singular { "is" } else { "are" })
}

/// Names the known word that is nearest to the given one, or lists all known words where none is near.
pub(crate) fn suggestion<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let distance = |name: &str| strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase());
    // A third of the letters may be wrong, and one of a short name.
    let limit = (given.chars().count() / 3).max(1);
    match known.iter().map(|name| (distance(name), name)).min() {
        Some((distance, name)) if distance <= limit => format!("did you mean {name:?}?"),
        _ => format!(
            "give one of {}",
            known.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// A word as a POSIX shell takes it, in quotes only where it has to be.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

const MINUTE: u64 = 60;
const TWO_MINUTES: u64 = 2 * MINUTE;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The units that are read, with their seconds, the shortest first.
pub(crate) const UNITS: [(char, u64); 4] = [('s', 1), ('m', MINUTE), ('h', HOUR), ('d', DAY)];

/// Reads a duration such as `90s`, `30m`, `6h` or `2d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let malformed = || format!("{text:?} is not a duration: give a number with a unit s, m, h or d, such as 6h");
    let (digits, seconds) = split_unit(text, &UNITS).ok_or_else(malformed)?;
    let number: u64 = digits.parse().map_err(|_| malformed())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(malformed)
}

/// The digits before a unit, at least one and nothing else, and the seconds of the unit.
pub(crate) fn split_unit<'a>(text: &'a str, units: &[(char, u64)]) -> Option<(&'a str, u64)> {
    let (digits, seconds) = units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)))?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((digits, seconds))
}

/// A duration of whole seconds in the form that is read, with the largest unit that divides it.
pub(crate) fn exact(duration: Duration, units: &[(char, u64)]) -> String {
    let all = duration.as_secs();
    let divides = |seconds: &u64| all > 0 && all.is_multiple_of(*seconds);
    let (unit, seconds) = units.iter().rfind(|(_, seconds)| divides(seconds)).unwrap_or(&UNITS[0]);
    format!("{}{unit}", all / seconds)
}

/// At most two units, rounded up, in seconds below two minutes: `40 s`, `90 s`, `2 min`, `6 h 9 min`.
pub(crate) fn rounded_up(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let minutes = seconds.div_ceil(60);
    match (seconds, minutes) {
        (0..TWO_MINUTES, _) => format!("{seconds} s"),
        (_, 0..60) => format!("{minutes} min"),
        _ => match (minutes / 60, minutes % 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, rest) => format!("{hours} h {rest} min"),
        },
    }
}

/// An estimate, no finer than it can be known: in seconds below two minutes, in minutes below two hours, then in tens of
/// minutes, and in hours from a day on. Rounded up.
pub(crate) fn estimated(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(MINUTE);
    let step = match minutes {
        0..120 => return rounded_up(duration),
        120..1440 => 10 * MINUTE,
        _ => HOUR,
    };
    rounded_up(Duration::from_secs(duration.as_secs().div_ceil(step) * step))
}

/// As [`rounded_up`], but in days from two days on.
pub(crate) fn rounded_to_days(duration: Duration) -> String {
    match duration.as_secs() / HOUR {
        0..48 => rounded_up(duration),
        hours => format!("{} days", hours / 24),
    }
}

/// One unit, rounded down.
pub(crate) fn rounded_down(duration: Duration) -> String {
    match duration.as_secs() {
        0..MINUTE => "under 1 min".to_owned(),
        seconds @ MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        seconds if seconds < 2 * DAY => format!("{} h", seconds / HOUR),
        seconds => format!("{} days", seconds / DAY),
    }
}

/// A moment in UTC: `2026-01-31T12:00:00Z`.
pub(crate) fn when_text(moment: SystemTime) -> String {
    // Beyond this chrono has no dates.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    match since <= LAST {
        true => DateTime::<Utc>::from(SystemTime::UNIX_EPOCH + since).to_rfc3339_opts(SecondsFormat::Secs, true),
        false => "the far future".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "call", "calls")), ["0 calls", "1 call", "2 calls"]);
    }

    #[test]
    fn the_verb_of_a_share_follows_the_number() {
        let cases =
            [(0, 1, "0 of 1 call is"), (1, 1, "1 of 1 call is"), (1, 3, "1 of 3 calls is"), (0, 3, "0 of 3 calls are")];
        for (count, all, expected) in cases {
            assert_eq!(share(count, all, "call", "calls"), expected);
        }
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_cut_it() {
        let words = ["contoso", "a b", "it's", "", "$x"].map(shell_word);
        assert_eq!(words, ["contoso", "'a b'", "'it'\\''s'", "''", "'$x'"]);
    }

    #[test]
    fn a_near_word_is_suggested_alone() {
        let known = ["endpoint", "tenant", "look-back-hours"];
        let names = [("tennant", "tenant"), ("Endpiont", "endpoint"), ("look_back_hours", "look-back-hours")];
        for (given, meant) in names {
            assert_eq!(suggestion(given, known), format!("did you mean {meant:?}?"));
        }
        assert_eq!(suggestion("colour", known), "give one of endpoint, tenant, look-back-hours");
    }

    #[test]
    fn durations_are_read_and_written_in_the_same_form() {
        for (given, written) in
            [("6h", "6h"), ("90m", "90m"), ("120m", "2h"), ("48h", "2d"), ("61s", "61s"), ("0h", "0s")]
        {
            assert_eq!(parse_duration(given).map(|parsed| exact(parsed, &UNITS)), Ok(written.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_is_not_a_number_with_a_unit_is_refused() {
        for malformed in
            ["", "h", "6", "1.5h", "-1h", "+1h", "1w", "1h30m", "6é", "99999999999999999999d", "18446744073709551615d"]
        {
            let problem =
                format!("{malformed:?} is not a duration: give a number with a unit s, m, h or d, such as 6h");
            assert_eq!(parse_duration(malformed), Err(problem));
        }
    }

    #[test]
    fn durations_are_rounded_up() {
        let text = |milliseconds| rounded_up(Duration::from_millis(milliseconds));
        let cases = [
            (1, "1 s"),
            (59_000, "59 s"),
            (61_000, "61 s"),
            (119_001, "2 min"),
            (120_001, "3 min"),
            (7_200_000, "2 h"),
        ];
        for (milliseconds, expected) in cases {
            assert_eq!(text(milliseconds), expected, "for {milliseconds} ms");
        }
    }

    #[test]
    fn an_estimate_is_no_finer_than_it_can_be_known() {
        let cases = [
            (0, "0 s"),
            (75, "75 s"),
            (119, "119 s"),
            (121, "3 min"),
            (7_100, "1 h 59 min"),
            (7_201, "2 h 10 min"),
            (22_140, "6 h 10 min"),
            (86_340, "24 h"),
            (86_401, "25 h"),
            (237_600, "66 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(estimated(Duration::from_secs(seconds)), expected, "for {seconds} s");
        }
    }

    #[test]
    fn two_days_or_more_are_shown_in_days() {
        let hours = |hours: u64| rounded_to_days(Duration::from_secs(hours * HOUR));
        assert_eq!([hours(47), hours(48), hours(26_487)], ["47 h", "2 days", "1103 days"]);
    }

    #[test]
    fn one_unit_is_rounded_down() {
        let text = |seconds| rounded_down(Duration::from_secs(seconds));
        assert_eq!(
            [59, 60, 3599, 3600, 172_799, 172_800].map(text),
            ["under 1 min", "1 min", "59 min", "1 h", "47 h", "2 days"]
        );
    }
}
