//! Synthetic events: a made-up organization, the same every time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::events::{Events, EventsBuilder, HISTORY_HOURS};

const DEVICES: u32 = 800;

/// Shares no factor with `DEVICES`, so that as many steps as there are devices visit each one once.
const STRIDE: u32 = 7;

/// The smallest seed with which the times in answers have fractions of every length.
const SEED: u64 = 2;

/// The distance of contacts from the edges of the bands, so that the figures hold while the clock advances a little.
const MARGIN_SECONDS: u64 = 15 * 60;

/// How many distinct devices contacted an address in the last day, the last two days and the last 30 days.
struct Row {
    address: IpAddr,
    devices: [u32; 3],
    contacts_each: u32,
}

const fn v4(address: [u8; 4], devices: [u32; 3], contacts_each: u32) -> Row {
    let [a, b, c, d] = address;
    Row { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), devices, contacts_each }
}

const fn v6(address: u128, devices: [u32; 3], contacts_each: u32) -> Row {
    Row { address: IpAddr::V6(Ipv6Addr::from_bits(address)), devices, contacts_each }
}

const ROWS: [Row; 10] = [
    v4([10, 209, 67, 177], [612, 701, 793], 12),
    v4([10, 0, 0, 53], [780, 796, 800], 12),
    v4([8, 8, 8, 8], [341, 405, 520], 8),
    v4([1, 1, 1, 1], [287, 350, 471], 8),
    v4([203, 0, 113, 7], [1, 2, 2], 3),
    v4([198, 51, 100, 23], [0, 1, 1], 2),
    v4([192, 0, 2, 44], [0, 0, 3], 2),
    v4([172, 217, 9, 206], [1, 1, 1], 1),
    v6(0x2001_0db8_0000_0000_0000_0000_0008_0042, [17, 23, 31], 4),
    v6(0x2001_0db8_0000_0000_0000_ff00_0042_8329, [1, 1, 1], 1),
];

impl Events {
    /// A made-up organization of 800 devices and some 27,000 connections in the 30 days before `now`.
    ///
    /// The figures are the same for every `now`, and stay so while the clock of the sandbox is up to 15 minutes
    /// ahead of it:
    ///
    /// | address | devices in 24 h | in 48 h | in 720 h | what it stands for |
    /// | --- | --- | --- | --- | --- |
    /// | 10.209.67.177 | 612 | 701 | 793 | shared infrastructure, internal; as in the documented example |
    /// | 10.0.0.53 | 780 | 796 | 800 | shared infrastructure, internal; the name server |
    /// | 8.8.8.8 | 341 | 405 | 520 | shared infrastructure, public |
    /// | 1.1.1.1 | 287 | 350 | 471 | shared infrastructure, public |
    /// | 203.0.113.7 | 1 | 2 | 2 | rare |
    /// | 198.51.100.23 | 0 | 1 | 1 | rare, and not since yesterday |
    /// | 192.0.2.44 | 0 | 0 | 3 | rare, and not in the last two days |
    /// | 172.217.9.206 | 1 | 1 | 1 | rare: a single connection, as was recorded of it, so that both times are equal |
    /// | 2001:db8::8:42 | 17 | 23 | 31 | IPv6 |
    /// | 2001:db8::ff00:42:8329 | 1 | 1 | 1 | IPv6, rare: a single connection, as was recorded of it |
    /// | any other | 0 | 0 | 0 | never seen; among them 192.168.1.1, of which just that was recorded |
    ///
    /// Among the first and last times in answers are fractions of a second with every number of digits from none to
    /// seven, the most that was recorded.
    ///
    /// Only what is marked as recorded is known of the real service; the figures are invented.
    pub fn synthetic(now: DateTime<Utc>) -> Events {
        let now = now.trunc_subsecs(0);
        let mut events = EventsBuilder::default();
        let devices: Vec<u32> = (0..DEVICES).map(|number| events.device(&format!("device-{number:04}"))).collect();
        let mut draws = SplitMix64::seeded(SEED);
        for row in &ROWS {
            let offset = draws.below(u64::from(DEVICES)) as u32;
            for rank in 0..row.devices[2] {
                let device = devices[((offset + rank * STRIDE) % DEVICES) as usize];
                let newest = draws.age(row.newest_contact(rank));
                for contact in 0..row.contacts_each {
                    let age = match contact {
                        0 => newest,
                        _ => newest + draws.below(oldest_age() - newest),
                    };
                    events.contact(row.address, moment(now, age, draws.fraction()), device);
                }
            }
        }
        events.finish()
    }
}

impl Row {
    /// The band of hours before now into which the newest contact of a device falls.
    fn newest_contact(&self, rank: u32) -> (u64, u64) {
        let [day, two_days, _] = self.devices;
        match rank {
            _ if rank < day => (0, 24),
            _ if rank < two_days => (24, 48),
            _ => (48, u64::from(HISTORY_HOURS)),
        }
    }
}

fn oldest_age() -> u64 {
    u64::from(HISTORY_HOURS) * 3600 - MARGIN_SECONDS
}

fn moment(now: DateTime<Utc>, age_seconds: u64, fraction: TimeDelta) -> DateTime<Utc> {
    i64::try_from(age_seconds)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .and_then(|age| now.checked_sub_signed(age - fraction))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

impl SplitMix64 {
    fn age(&mut self, (from_hour, to_hour): (u64, u64)) -> u64 {
        from_hour * 3600 + MARGIN_SECONDS + self.below((to_hour - from_hour) * 3600 - 2 * MARGIN_SECONDS)
    }

    /// Part of a second with zero to seven digits, as recorded answers have.
    fn fraction(&mut self) -> TimeDelta {
        let digits = self.below(8) as u32;
        let hundreds_of_nanoseconds = self.below(10_u64.pow(digits)) * 10_u64.pow(7 - digits);
        TimeDelta::nanoseconds(hundreds_of_nanoseconds as i64 * 100)
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): good enough to scatter events and faults.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn seeded(seed: u64) -> SplitMix64 {
        SplitMix64(seed)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// From 0 up to, but not including, 1: as many bits as an `f64` holds exactly.
    pub(crate) fn below_one(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix64;

    /// The numbers of the reference implementation in C.
    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut draws = SplitMix64::seeded(1_234_567);
        let drawn = [draws.draw(), draws.draw(), draws.draw()];
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
