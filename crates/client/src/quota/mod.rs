//! How a client keeps within the quota of the service: the limiter waits for permits of a ledger, which counts in a window
//! log for each key.

mod ledger;
mod limiter;
mod memory_ledger;
mod window_log;

pub use ledger::{Acquire, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, Throttled};
pub(crate) use limiter::{Limiter, NoPermit, OwnWindows, Permit, exceeds};
pub use memory_ledger::MemoryLedger;
pub use window_log::WindowLog;
pub(crate) use window_log::longest_wait;
