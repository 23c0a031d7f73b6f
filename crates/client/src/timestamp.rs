//! Moments as the service writes them, with or without an offset.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in UTC, to the nanosecond.
///
/// It reads what .NET services write: RFC 3339 with any number of fractional digits, of which nine count, also without an
/// offset, which then means UTC, as in `0001-01-01T00:00:00`. It writes RFC 3339 in UTC with no more fractional digits than
/// are needed. A leap second is the second after it, as in POSIX time, because many programs do not read `:60`. A moment
/// that is not in the years 0 to 9999 of UTC has no text, and is not read.
///
/// ```
/// use mde_client::Timestamp;
///
/// let moment: Timestamp = "2021-08-02T12:18:39.9233319+02:00".parse()?;
/// assert_eq!(moment.to_string(), "2021-08-02T10:18:39.9233319Z");
/// # Ok::<(), mde_client::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The moment as chrono knows it.
    pub const fn to_datetime(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// A leap second becomes the second after it.
    fn from(moment: DateTime<Utc>) -> Self {
        /// chrono keeps a leap second as more nanoseconds than a second has.
        const SECOND: u32 = 1_000_000_000;
        let beyond = moment.timestamp_subsec_nanos().checked_sub(SECOND);
        let next = beyond.and_then(|beyond| DateTime::from_timestamp(moment.timestamp() + 1, beyond));
        Self(next.unwrap_or(moment))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(Timestamp(moment): Timestamp) -> Self {
        moment
    }
}

/// Why a text is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a date and time such as 2017-08-29T13:32:59.1234567Z")]
pub struct ParseTimestampError {
    text: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let with_offset = DateTime::parse_from_rfc3339(text);
        let moment = with_offset.or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z")));
        let moment = moment.ok().map(|moment| Self::from(moment.to_utc()));
        // An offset or a leap second may lead out of the years that RFC 3339 can write.
        let written = moment.filter(|Self(moment)| (0..=9999).contains(&moment.year()));
        written.ok_or_else(|| ParseTimestampError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S"))?;
        let nanoseconds = self.0.timestamp_subsec_nanos();
        if nanoseconds > 0 {
            let digits = format!("{nanoseconds:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Timestamp {
    /// What the contract calls it is not known here.
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
