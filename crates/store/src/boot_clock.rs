//! The time that processes of one machine share and that no one sets: the time since the machine was started.

use std::fmt;
use std::time::{Duration, SystemTime};

use mde_client::Clock;

/// A moment by a clock that runs from the start of the machine, also while it sleeps, and that nobody sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootTime {
    /// Another one after each start of the machine. Moments of different starts cannot be compared.
    pub boot_id: String,
    /// The time since the start.
    pub elapsed: Duration,
}

/// How a store reads the time since the machine was started. A test may bring one of its own.
pub trait BootClock: fmt::Debug + Send + Sync + 'static {
    /// The time now; none where the system does not report it.
    fn now(&self) -> Option<BootTime>;
}

/// The clock of the machine: on Linux `CLOCK_BOOTTIME`, with the id of the boot and of the namespace of the time. Other
/// systems have no such clock and id that safe code reaches: there it is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct SystemBootClock;

impl BootClock for SystemBootClock {
    #[cfg(target_os = "linux")]
    fn now(&self) -> Option<BootTime> {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::Boottime);
        let elapsed = Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?);
        Some(BootTime { boot_id: linux::boot_id()?.to_owned(), elapsed })
    }

    #[cfg(not(target_os = "linux"))]
    fn now(&self) -> Option<BootTime> {
        None
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::sync::OnceLock;

    /// It stays the same for as long as a process runs.
    pub(super) fn boot_id() -> Option<&'static str> {
        static BOOT_ID: OnceLock<Option<String>> = OnceLock::new();
        let read = || {
            let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            // A container may have a clock that is offset. Kernels before 5.6 have no such namespace.
            let namespace = fs::read_link("/proc/self/ns/time").unwrap_or_default();
            Some(format!("{} {}", boot.trim(), namespace.display()).trim_end().to_owned())
        };
        BOOT_ID.get_or_init(read).as_deref()
    }
}

/// No time since the start: what is shared is the time of day.
#[derive(Clone, Debug)]
pub(crate) struct NoBootClock;

impl BootClock for NoBootClock {
    fn now(&self) -> Option<BootTime> {
        None
    }
}

/// A moment by both clocks.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) time_of_day: SystemTime,
    pub(crate) boot: Option<BootTime>,
}

impl Moment {
    /// The time that counts between processes: that since the machine was started, in place of that since 1970, where it is
    /// known. It can be compared with those of the same [`boot_id`](Self::boot_id) alone.
    pub(crate) fn shared(&self) -> SystemTime {
        self.boot.as_ref().and_then(|boot| SystemTime::UNIX_EPOCH.checked_add(boot.elapsed)).unwrap_or(self.time_of_day)
    }

    /// The start of the machine by which [`shared`](Self::shared) counts; empty where that is the time of day.
    pub(crate) fn boot_id(&self) -> &str {
        self.boot.as_ref().map(|boot| boot.boot_id.as_str()).unwrap_or_default()
    }
}

/// Both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks<'a> {
    pub(crate) time_of_day: &'a dyn Clock,
    pub(crate) boot: &'a dyn BootClock,
}

impl Clocks<'_> {
    pub(crate) fn now(self) -> Moment {
        Moment { time_of_day: self.time_of_day.system_time(), boot: self.boot.now() }
    }
}
