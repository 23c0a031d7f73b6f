//! Events from a file of JSON lines.

use std::borrow::Cow;
use std::io::{self, BufRead, Read as _};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};

use crate::events::{Events, EventsBuilder};

/// The longest line, without its newline. Fields of other names fit in, and a file of another kind, without a newline
/// for gigabytes, does not fill the memory.
const LONGEST_LINE: usize = 64 * 1024;

/// Why events could not be read. None are loaded then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// A line is not an event.
    #[error(
        "{name}:{line}:{}{problem}; write one event on each line, such as \
         {{\"device\":\"laptop-7\",\"ip\":\"203.0.113.7\",\"time\":\"2025-06-01T08:30:00Z\"}}",
        column.map(|column| format!("{column}: ")).unwrap_or_else(|| " ".to_owned())
    )]
    Line {
        /// The name that the caller gave.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The byte in the line at which the error was noticed, from 1, if known.
        column: Option<usize>,
        /// What is wrong.
        problem: String,
    },
    /// The input could not be read further.
    #[error("cannot read line {line} of {name}: {reason}")]
    Read {
        /// The name that the caller gave.
        name: String,
        /// The line that could not be read, from 1.
        line: usize,
        /// The system's error.
        reason: io::Error,
    },
}

impl Events {
    /// Reads one event per line: `{"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}`.
    ///
    /// Times are RFC 3339 with any offset; the order of lines does not matter, blank lines are skipped, as are a
    /// byte order mark at the start and fields of other names. A line has at most 65,536 bytes, its newline not
    /// counted. `name` is what errors call the input, usually the path of the file.
    ///
    /// # Errors
    ///
    /// [`EventsError`] for the first line that is not an event or cannot be read; nothing is loaded then.
    pub fn read_json_lines(mut reader: impl BufRead, name: &str) -> Result<Events, EventsError> {
        let mut events = EventsBuilder::default();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let count = reader
                .by_ref()
                .take(LONGEST_LINE as u64 + 1)
                .read_until(b'\n', &mut bytes)
                .map_err(|reason| EventsError::Read { name: name.to_owned(), line, reason })?;
            if count == 0 {
                break;
            }
            let Line { device, ip, time } = match event(&bytes, line == 1) {
                Ok(None) => continue,
                Ok(Some(event)) => event,
                Err((column, problem)) => {
                    return Err(EventsError::Line { name: name.to_owned(), line, column, problem });
                }
            };
            events.add(&device, ip, time);
        }
        Ok(events.finish())
    }
}

#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow, deserialize_with = "device")]
    device: Cow<'a, str>,
    #[serde(deserialize_with = "address")]
    ip: IpAddr,
    #[serde(deserialize_with = "moment")]
    time: DateTime<Utc>,
}

/// A text of a line, copied only where it has escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The event of a line, if the line is not blank.
fn event(bytes: &[u8], is_first: bool) -> Result<Option<Line<'_>>, (Option<usize>, String)> {
    if bytes.len() > LONGEST_LINE && !bytes.ends_with(b"\n") {
        return Err((None, format!("the line is longer than {} KiB", LONGEST_LINE / 1024)));
    }
    let (mark, text) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) if is_first => (3, rest),
        _ => (0, bytes),
    };
    // With the newline, the parser would report an early end on the next line.
    let text = text.trim_ascii_end();
    if text.is_empty() {
        return Ok(None);
    }
    // serde would accept an array of three as well.
    let start = text.len() - text.trim_ascii_start().len();
    if text.get(start) != Some(&b'{') {
        return Err((Some(mark + start + 1), "this is not a JSON object".to_owned()));
    }
    serde_json::from_slice(text).map(Some).map_err(|error| {
        // The parser counts lines from this one; ours is the line of the file.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let problem = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        (Some(error.column()).filter(|column| *column > 0).map(|column| mark + column), problem)
    })
}

fn device<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(D::Error::custom("the device is empty"));
    }
    Ok(text)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(format!("the ip {:?} is not an IPv4 or IPv6 address", beginning(&text))))
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    DateTime::parse_from_rfc3339(&text).map(|time| time.with_timezone(&Utc)).map_err(|_| {
        D::Error::custom(format!("the time {:?} is not an RFC 3339 time with an offset", beginning(&text)))
    })
}

/// The start of a text, enough to find it.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
