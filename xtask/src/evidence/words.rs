//! What a program can read in words: the quantities, the dates and the names in a sentence of a source or of ours.

/// What is read in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stated {
    Quantity(Quantity),
    /// A day or a month, as in 2026-01-31, or the middle of a year.
    Date(String),
    /// A host, a path, a name in camel case, or whatever stands in quotes.
    Name(String),
}

/// A number, and how many seconds its unit has, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    pub(crate) number: u64,
    pub(crate) unit: Option<u64>,
}

impl Quantity {
    /// Whether the two are the same: 30 days and 720 hours are; without a unit, the number decides.
    pub(crate) fn is(self, other: Self) -> bool {
        match (self.unit, other.unit) {
            (Some(unit), Some(other_unit)) => {
                self.number.checked_mul(unit).is_some_and(|total| Some(total) == other.number.checked_mul(other_unit))
            }
            _ => self.number == other.number,
        }
    }

    /// As a person would write it.
    pub(crate) fn shown(self) -> String {
        let unit = UNITS.iter().find(|(_, seconds)| Some(*seconds) == self.unit);
        unit.map_or_else(|| self.number.to_string(), |(unit, _)| format!("{} {unit}s", self.number))
    }
}

/// Units of time in the singular, and their seconds.
const UNITS: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)];

/// How many seconds a unit has that is written in the singular or the plural.
pub(crate) fn unit_of(word: &str) -> Option<u64> {
    let word = word.to_lowercase();
    let singular = word.strip_suffix('s').unwrap_or(&word);
    UNITS.iter().find(|(unit, _)| *unit == singular).map(|(_, seconds)| *seconds)
}

/// Everything that can be read in a sentence, in its order; what stands in quotes comes last.
pub(crate) fn stated(text: &str) -> Vec<Stated> {
    let words = words(text);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).copied().unwrap_or_default();
        found.extend(read(word, next));
    }
    found.extend(quoted(text).into_iter().map(Stated::Name));
    found
}

/// The words of a text; a path and a URL are one.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_alphanumeric() || ".,-_/:{}@$".contains(c);
    let parts = text.split(|c| !is_part(c)).flat_map(|part| {
        let is_path = part.starts_with('/') || part.contains("://");
        let separator = move |c| c == '/' && !is_path;
        part.split(separator)
    });
    parts.map(|word| word.trim_matches(|c| ".,:-".contains(c))).filter(|word| !word.is_empty()).collect()
}

fn read(word: &str, next: &str) -> Option<Stated> {
    if word.eq_ignore_ascii_case("per") {
        let unit = unit_of(next)?;
        return Some(Stated::Quantity(Quantity { number: 1, unit: Some(unit) }));
    }
    if let Some(seconds) = clock(word) {
        return Some(Stated::Quantity(Quantity { number: seconds, unit: Some(1) }));
    }
    if word.contains('-') && is_date(word) {
        return Some(Stated::Date(word.to_owned()));
    }
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(word.len());
    let (number, rest) = word.split_at(digits);
    if let Ok(number) = number.replace(',', "").parse()
        && rest.chars().all(char::is_alphabetic)
    {
        let unit = unit_of(if rest.is_empty() { next } else { rest });
        return Some(Stated::Quantity(Quantity { number, unit }));
    }
    is_name(word).then(|| Stated::Name(word.to_owned()))
}

/// The seconds of a time span that is written as in 00:01:00.
fn clock(word: &str) -> Option<u64> {
    let parts: Vec<_> = word.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return None };
    let part = |part: &str| (part.len() == 2).then(|| part.parse::<u64>().ok()).flatten();
    Some(part(hours)? * 3600 + part(minutes)? * 60 + part(seconds)?)
}

/// Whether a word is a day of the calendar.
fn is_day(word: &str) -> bool {
    word.len() == 10 && chrono::NaiveDate::parse_from_str(word, "%Y-%m-%d").is_ok()
}

/// Whether a word is a name by its form alone: a path, a URL, `{token}`, `a.host.name` or `camelCase`.
fn is_name(word: &str) -> bool {
    let camel = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().any(|c| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric());
    camel || word.contains(['/', '{', '_', '@']) || word.contains('.')
}

/// What stands in backquotes or single quotes; an apostrophe within a word is none.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for quote in ['`', '\''] {
        let mut rest = text;
        while let Some(start) = opening(rest, quote) {
            let after = &rest[start + 1..];
            let Some(end) = after.find(quote) else { break };
            found.push(after[..end].to_owned());
            rest = &after[end + 1..];
        }
    }
    found
}

fn opening(text: &str, quote: char) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        if character == quote && !before.is_alphanumeric() {
            return Some(at);
        }
        before = character;
    }
    None
}

/// Whether a text says when a source is from: `unknown`, a year, a month, a day, or the middle of a year.
pub(crate) fn is_date(text: &str) -> bool {
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) && text >= "2000";
    let (year, rest) = text.split_once('-').unwrap_or((text, ""));
    match (year, rest.len()) {
        ("unknown", 0) => true,
        ("mid", _) => is_year(rest),
        (_, 0) => is_year(text),
        (_, 2) => is_year(year) && is_day(&format!("{text}-01")),
        _ => is_year(year) && is_day(text),
    }
}

/// Whether words stand in a text and do not begin or end within a word or a number of it.
pub(crate) fn contains_words(text: &str, words: &str) -> bool {
    let joins = |left: Option<char>, right: Option<char>| {
        left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
    };
    text.match_indices(words).any(|(at, found)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
        !joins(before, found.chars().next()) && !joins(found.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Quantity, Stated, contains_words, is_date, stated};

    fn quantities(text: &str) -> Vec<String> {
        let of_quantity = |stated| match stated {
            Stated::Quantity(quantity) => Some(Quantity::shown(quantity)),
            _ => None,
        };
        stated(text).into_iter().filter_map(of_quantity).collect()
    }

    fn names(text: &str) -> Vec<String> {
        let of_name = |stated| match stated {
            Stated::Name(name) => Some(name),
            _ => None,
        };
        stated(text).into_iter().filter_map(of_name).collect()
    }

    #[test]
    fn a_number_has_the_unit_that_stands_behind_it() {
        assert_eq!(quantities("is 720 Hours(30days)."), ["720 hours", "30 days"]);
        assert_eq!(quantities("max 720 hours/30 days"), ["720 hours", "30 days"]);
        assert_eq!(quantities("1,500 calls per hour"), ["1500", "1 hours"]);
        assert_eq!(quantities("allowed 30 per 00:01:00"), ["30", "60 seconds"]);
        assert_eq!(quantities("HTTP 400, or 429 (Rate Limited)"), ["400", "429"]);
    }

    #[test]
    fn digits_within_a_name_are_no_number() {
        assert_eq!(quantities("Int32 of api-eu3 at 10.209.67.177 on 2026-01-31"), [""; 0]);
    }

    #[test]
    fn units_are_converted() {
        let [Stated::Quantity(days), Stated::Quantity(hours), Stated::Quantity(plain)] =
            &stated("30 days 720 hours 720")[..]
        else {
            panic!("three quantities")
        };
        assert!(days.is(*hours) && hours.is(*plain) && !days.is(*plain));
        assert!(!Quantity { number: u64::MAX, unit: Some(86400) }.is(Quantity { number: u64::MAX, unit: Some(3600) }));
    }

    #[test]
    fn names_are_known_by_their_form() {
        assert_eq!(names("IP is valid but doesn't exist - organizationPrevalence 0"), ["organizationPrevalence"]);
        assert_eq!(names("GET /api/ips/{ip}/stats"), ["/api/ips/{ip}/stats"]);
        assert_eq!(names("OAuth2: `https://a.example.com/.default`").len(), 2);
        assert_eq!(names("Ip.Read.All | 'Read profiles'"), ["Ip.Read.All", "Read profiles"]);
        assert_eq!(names("Optional. See the page."), [""; 0]);
    }

    #[test]
    fn dates_are_days_of_the_calendar_or_less_exact() {
        for date in ["unknown", "2019", "2024-04", "2023-05-04", "mid-2023"] {
            assert!(is_date(date), "{date}");
        }
        for text in [
            "",
            "soon",
            "24",
            "2023-13",
            "2023-02-29",
            "2023-5-4",
            "mid-23",
            "2023-05-04x",
            "2023-",
            "1899",
            "2024-04-",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn words_are_not_found_within_others() {
        assert!(contains_words("at most 1500 calls.", "1500 calls") && contains_words("(Optional)", "Optional"));
        assert!(
            !contains_words("at most 1500 calls", "500 calls") && !contains_words("at most 1500 calls", "1500 call")
        );
        assert!(contains_words("1500 calls or 500 calls", "500 calls"));
    }

    #[test]
    fn a_date_is_read_as_one() {
        assert_eq!(stated("on 2026-02-30").iter().filter(|stated| matches!(stated, Stated::Date(_))).count(), 0);
        assert_eq!(stated("on 2026-02-28").first().unwrap(), &Stated::Date("2026-02-28".to_owned()));
    }
}
