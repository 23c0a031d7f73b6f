//! Signals that the tests were started to ignore, which the programs that they start would ignore, too.

use std::sync::Once;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

/// A shell starts background jobs with signals ignored, and so does nohup. A handler undoes that for programs started
/// later: it does not outlive the start of another program, which then has the default of the system.
pub(crate) fn restore_defaults() {
    static ONCE: Once = Once::new();
    // In a thread of its own, because a runtime cannot be dropped within an asynchronous test.
    ONCE.call_once(|| thread::spawn(install_handlers).join().unwrap());
}

fn install_handlers() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()] {
        if is_ignored(kind) {
            drop(signal(kind).unwrap());
        }
    }
}

fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 << (kind.as_raw_value() - 1) != 0
}
