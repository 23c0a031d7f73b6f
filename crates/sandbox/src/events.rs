//! Who connected to what and when, and the statistics computed from it.

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::behaviour::Times;

/// How far back the service looks at all: "statistics are based on the past 30 days" (documented).
pub(crate) const HISTORY_HOURS: u16 = 720;

/// One device opened one connection to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Which device. Any text; two devices are the same if their texts are equal, letter case included.
    pub device: String,
    /// The address that it connected to. An IPv4 address and its IPv4-mapped IPv6 form are two addresses.
    pub ip: IpAddr,
    /// When the connection was opened, in UTC. Answers show it to 100 nanoseconds, the rest is cut off.
    pub time: DateTime<Utc>,
}

/// Connection events, indexed so that an answer looks only at those of one address. Cloning is cheap.
///
/// They are collected from [`ConnectionEvent`]s in any order, read from a file with
/// [`Events::read_json_lines`], or made up by [`Events::synthetic`].
#[derive(Clone)]
pub struct Events(Arc<Index>);

struct Index {
    devices: usize,
    /// Per address, oldest first.
    contacts: HashMap<IpAddr, Vec<Contact>>,
}

#[derive(Clone, Copy)]
struct Contact {
    time: DateTime<Utc>,
    device: u32,
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
        let contacts = self.0.contacts.get(&ip).map_or(&[][..], Vec::as_slice);
        let window = within(contacts, now, look_back_hours);
        let shown = match times {
            Times::History => within(contacts, now, HISTORY_HOURS),
            Times::Window => window,
        };
        Statistics {
            prevalence: self.0.distinct_devices(window),
            first_seen: shown.first().map(|contact| contact.time),
            last_seen: shown.last().map(|contact| contact.time),
        }
    }
}

impl Index {
    fn distinct_devices(&self, contacts: &[Contact]) -> usize {
        let mut seen = vec![false; self.devices];
        contacts.iter().filter(|contact| !mem::replace(&mut seen[contact.device as usize], true)).count()
    }
}

fn within(contacts: &[Contact], now: DateTime<Utc>, hours: u16) -> &[Contact] {
    let start = now.checked_sub_signed(TimeDelta::hours(i64::from(hours))).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let upto = |time: DateTime<Utc>| contacts.partition_point(|contact| contact.time <= time);
    &contacts[upto(start)..upto(now)]
}

impl FromIterator<ConnectionEvent> for Events {
    fn from_iter<I: IntoIterator<Item = ConnectionEvent>>(events: I) -> Events {
        let mut collected = EventsBuilder::default();
        for event in events {
            collected.add(event);
        }
        collected.finish()
    }
}

/// Counts only: millions of events help nobody in a log.
impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Events")
            .field("devices", &self.0.devices)
            .field("addresses", &self.0.contacts.len())
            .field("events", &self.0.contacts.values().map(Vec::len).sum::<usize>())
            .finish()
    }
}

/// Events while they are collected, when device names are still needed.
#[derive(Default)]
pub(crate) struct EventsBuilder {
    devices: HashMap<String, u32>,
    contacts: HashMap<IpAddr, Vec<Contact>>,
}

impl EventsBuilder {
    pub(crate) fn add(&mut self, event: ConnectionEvent) {
        let device = self.device(event.device);
        self.contact(event.ip, event.time, device);
    }

    /// The number that stands for a device.
    pub(crate) fn device(&mut self, name: String) -> u32 {
        // Memory runs out long before the numbers do.
        let next = u32::try_from(self.devices.len()).unwrap_or(u32::MAX);
        *self.devices.entry(name).or_insert(next)
    }

    pub(crate) fn contact(&mut self, ip: IpAddr, time: DateTime<Utc>, device: u32) {
        self.contacts.entry(ip).or_default().push(Contact { time, device });
    }

    pub(crate) fn finish(mut self) -> Events {
        for contacts in self.contacts.values_mut() {
            contacts.sort_unstable_by_key(|contact| contact.time);
            contacts.shrink_to_fit();
        }
        Events(Arc::new(Index { devices: self.devices.len(), contacts: self.contacts }))
    }
}
