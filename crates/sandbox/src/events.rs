//! The connection events, from a file of JSON lines or elsewhere, and the statistics computed from them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, Read as _};
use std::mem;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};

use crate::quirks::Times;

/// The history of the service in hours: "statistics are based on the past 30 days" (documented).
pub(crate) const HISTORY_HOURS: u16 = 720;

/// One device opened one connection to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// The device, by any text; two devices are the same if their texts are equal, letter case included.
    pub device: String,
    /// The address that it connected to. An IPv4 address and its IPv4-mapped IPv6 form are two addresses.
    pub ip: IpAddr,
    /// When the connection was opened, in UTC. Answers show it to 100 nanoseconds, the rest is cut off.
    pub time: DateTime<Utc>,
}

/// Connection events, indexed so that an answer takes less than a millisecond with a million events of one address.
/// Cloning is cheap.
///
/// They take 16 bytes of memory each, and each address 50 to 100 more. Names of devices are not kept.
///
/// They are collected from [`ConnectionEvent`]s in any order, read from a file with
/// [`Events::read_json_lines`], or made up by [`Events::synthetic`].
#[derive(Clone)]
pub struct Events(Arc<Index>);

struct Index {
    devices: usize,
    /// The range of the contacts of each address.
    addresses: HashMap<IpAddr, Range<usize>>,
    /// The time of each contact. Those of one address are next to each other, oldest first.
    times: Vec<DateTime<Utc>>,
    /// For each contact, one more than the index of the device's previous contact with any address in this order, or 0.
    after_previous: Vec<u32>,
}

/// What an answer says about an address.
pub(crate) struct Statistics {
    pub(crate) prevalence: usize,
    pub(crate) first_seen: Option<DateTime<Utc>>,
    pub(crate) last_seen: Option<DateTime<Utc>>,
}

impl Events {
    /// Devices are counted in `(now - look_back_hours, now]`; the times are those of the same window, or of the whole
    /// history, `(now - 30 days, now]`.
    pub(crate) fn statistics(&self, ip: IpAddr, now: DateTime<Utc>, look_back_hours: u16, times: Times) -> Statistics {
        let index = &self.0;
        let contacts = index.addresses.get(&ip).cloned().unwrap_or_default();
        let window = index.within(contacts.clone(), now, look_back_hours);
        let shown = match times {
            Times::History => index.within(contacts, now, HISTORY_HOURS),
            Times::Window => window.clone(),
        };
        let shown = &index.times[shown];
        Statistics {
            prevalence: index.distinct_devices(window),
            first_seen: shown.first().copied(),
            last_seen: shown.last().copied(),
        }
    }
}

impl Index {
    /// How many devices have one of these contacts, which must all be of one address.
    ///
    /// Each device has exactly one that is its first there: the one whose previous contact comes before all of these. A
    /// scan takes 0.15 ms for a million contacts, less than a set of devices.
    fn distinct_devices(&self, contacts: Range<usize>) -> usize {
        let start = to_u32(contacts.start);
        self.after_previous[contacts].iter().filter(|after| **after <= start).count()
    }

    /// Those of the contacts of one address that took place in the `hours` up to now.
    fn within(&self, contacts: Range<usize>, now: DateTime<Utc>, hours: u16) -> Range<usize> {
        let start = now.checked_sub_signed(TimeDelta::hours(i64::from(hours))).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let times = &self.times[contacts.clone()];
        let upto = |moment: DateTime<Utc>| contacts.start + times.partition_point(|time| *time <= moment);
        upto(start)..upto(now)
    }
}

impl FromIterator<ConnectionEvent> for Events {
    fn from_iter<I: IntoIterator<Item = ConnectionEvent>>(events: I) -> Events {
        let mut collected = EventsBuilder::default();
        for event in events {
            collected.add(&event.device, event.ip, event.time);
        }
        collected.finish()
    }
}

/// Counts only: millions of events are of no use in a log.
impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Events")
            .field("devices", &self.0.devices)
            .field("addresses", &self.0.addresses.len())
            .field("events", &self.0.times.len())
            .finish()
    }
}

/// Events while they are collected, when device names are still needed.
#[derive(Default)]
pub(crate) struct EventsBuilder {
    devices: HashMap<String, u32>,
    addresses: HashMap<IpAddr, u32>,
    contacts: Vec<Contact>,
}

/// An event, with numbers for the device and the address.
struct Contact {
    address: u32,
    time: DateTime<Utc>,
    device: u32,
}

impl EventsBuilder {
    pub(crate) fn add(&mut self, device: &str, ip: IpAddr, time: DateTime<Utc>) {
        let device = self.device(device);
        self.contact(ip, time, device);
    }

    /// The number that stands for a device.
    pub(crate) fn device(&mut self, name: &str) -> u32 {
        if let Some(number) = self.devices.get(name) {
            return *number;
        }
        let number = to_u32(self.devices.len());
        self.devices.insert(name.to_owned(), number);
        number
    }

    pub(crate) fn contact(&mut self, ip: IpAddr, time: DateTime<Utc>, device: u32) {
        let next = to_u32(self.addresses.len());
        let address = *self.addresses.entry(ip).or_insert(next);
        self.contacts.push(Contact { address, time, device });
    }

    pub(crate) fn finish(self) -> Events {
        let EventsBuilder { devices, addresses, mut contacts } = self;
        let devices = devices.len();
        contacts.sort_unstable_by_key(|contact| (contact.address, contact.time));
        let range = |number| {
            contacts.partition_point(|contact| contact.address < number)
                ..contacts.partition_point(|contact| contact.address <= number)
        };
        let addresses = addresses.into_iter().map(|(ip, number)| (ip, range(number))).collect();
        let times = contacts.iter().map(|contact| contact.time).collect();
        let mut after_latest = vec![0; devices];
        let after_previous = contacts
            .iter()
            .zip(1..)
            .map(|(contact, after)| mem::replace(&mut after_latest[contact.device as usize], to_u32(after)))
            .collect();
        Events(Arc::new(Index { devices, addresses, times, after_previous }))
    }
}

/// A number that does not fit would take more memory than any machine has.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

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
