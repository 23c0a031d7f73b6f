//! Which fault comes on which call.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::faults::fault::{Calls, Fault, FaultOn};
use crate::random::SplitMix64;

/// The faults in force, in the order of injection.
pub(crate) struct Faults(Mutex<Vec<Active>>);

struct Active {
    /// With as many calls as are left.
    fault: Fault,
    /// How many calls it has seen since it came last.
    passed: u32,
    draws: SplitMix64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Faults {
        Faults(Mutex::new(faults.into_iter().map(Active::new).collect()))
    }

    pub(crate) fn inject(&self, fault: Fault) {
        self.locked().push(Active::new(fault));
    }

    pub(crate) fn clear(&self) {
        self.locked().clear();
    }

    pub(crate) fn in_force(&self) -> Vec<Fault> {
        self.locked().iter().map(|active| active.fault.clone()).collect()
    }

    /// The fault that comes on the next call of an endpoint. Those after it do not see the call.
    pub(super) fn take(&self, endpoint: FaultOn) -> Option<Fault> {
        let mut faults = self.locked();
        let sees = |active: &Active| active.fault.on == endpoint || active.fault.on == FaultOn::Both;
        let due = faults.iter_mut().position(|active| sees(active) && active.comes())?;
        let fault = faults[due].fault.clone();
        if faults[due].fault.calls == Calls::Next(0) {
            faults.remove(due);
        }
        Some(fault)
    }

    /// The list is whole whoever panicked while holding the lock.
    fn locked(&self) -> MutexGuard<'_, Vec<Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Active {
    fn new(fault: Fault) -> Active {
        let seed = match fault.calls {
            Calls::Share { seed, .. } => seed,
            Calls::All | Calls::Next(_) | Calls::Every(_) => 0,
        };
        Active { fault, passed: 0, draws: SplitMix64::seeded(seed) }
    }

    /// Counts a call, and tells whether the fault comes on it.
    fn comes(&mut self) -> bool {
        match &mut self.fault.calls {
            Calls::All => true,
            Calls::Next(left) => {
                *left -= 1;
                true
            }
            Calls::Every(calls) => {
                self.passed = (self.passed + 1) % *calls;
                self.passed == 0
            }
            Calls::Share { share, .. } => self.draws.below_one() < *share,
        }
    }
}
