//! How much of each window other callers on the same app registration are taken to use.

use std::time::Duration;

use crate::QuotaWindow;

/// How long after the start of a log. Sums of it saturate, so that what is never over needs no case of its own.
pub(super) type Moment = Duration;

/// For how long at least a share is kept free: who has called in the last hour may do so again.
const RESERVED: Duration = Duration::from_secs(60 * 60);

/// How much of each window others are taken to use.
#[derive(Debug, Default)]
pub(super) struct ForeignUsage {
    pub(super) shares: Vec<Share>,
}

#[derive(Debug)]
pub(super) struct Share {
    pub(super) window: QuotaWindow,
    pub(super) calls: u32,
    pub(super) halves_at: Moment,
}

impl ForeignUsage {
    /// Notes that a window is full with so many calls of our own in it.
    pub(super) fn record_rest(&mut self, window: QuotaWindow, own: u32, now: Moment) {
        let rest = window.calls().saturating_sub(own);
        // Their calls do not come evenly.
        let calls = rest.saturating_add(rest.div_ceil(20));
        self.shares.retain(|share| share.window != window);
        self.shares.push(Share { window, calls, halves_at: now.saturating_add(reserved_for(&window)) });
    }

    /// How many calls they leave to us, of which a tenth of the window is the least.
    pub(super) fn leaves(&self, window: &QuotaWindow) -> u32 {
        let calls = self.share(window).map_or(0, |share| share.calls);
        window.calls().saturating_sub(calls).max(window.calls().div_ceil(10))
    }

    /// When they will be taken to use less of a window.
    pub(super) fn change_at(&self, window: &QuotaWindow) -> Option<Moment> {
        self.share(window).map(|share| share.halves_at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    pub(super) fn advance(&mut self, now: Moment) {
        for share in &mut self.shares {
            while share.calls > 0 && share.halves_at <= now {
                share.calls /= 2;
                share.halves_at = share.halves_at.saturating_add(reserved_for(&share.window));
            }
        }
        self.shares.retain(|share| share.calls > 0);
    }

    fn share(&self, window: &QuotaWindow) -> Option<&Share> {
        self.shares.iter().find(|share| share.window == *window)
    }
}

fn reserved_for(window: &QuotaWindow) -> Duration {
    window.period().max(RESERVED)
}
