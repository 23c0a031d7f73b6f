//! Signals that the tests were started with, which the programs that they start would have, too.

use std::sync::Once;

use tokio::signal::unix::{SignalKind, signal};

/// A shell starts what runs in the background with signals ignored, and so does nohup. A handler undoes that for the
/// programs to come: it does not outlive the start of another program, and what is left is what the system does.
pub(crate) fn restore_defaults() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _guard = runtime.enter();
        for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()] {
            if is_ignored(kind) {
                drop(signal(kind).unwrap());
            }
        }
    });
}

fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 << (kind.as_raw_value() - 1) != 0
}
