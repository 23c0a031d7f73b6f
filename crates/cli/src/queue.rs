//! The addresses that a run has still to ask about. Those that another process asks about at present come later: by then
//! their answers are cached.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use mde_store::Claim;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::cache::{Cache, Claimed};
use crate::record::Answer;

/// How many addresses are looked up at a time.
const LOOKED_UP: usize = 256;

/// How many are claimed at a time: as many as are asked at once, so that a claim costs a fraction of a write.
const CLAIMED: usize = 8;

/// How often those that others ask about are looked up again.
const RECHECK: Duration = Duration::from_millis(500);

/// An address, and its index in the list.
type Numbered = (usize, IpAddr);

/// What a run does next.
pub(crate) enum Next {
    /// The call is to be made, by who has the claim; none where nobody else could make it.
    Ask(Numbered, Option<Claim>),
    /// Another process got the answer meanwhile.
    Known(Numbered, Answer),
}

/// The addresses of a run that have no outcome.
pub(crate) struct Queue<'a> {
    cache: &'a Cache,
    state: RefCell<State>,
    /// Notified when a call ends.
    is_changed: Notify,
}

struct State {
    /// In the order of the list.
    waiting: VecDeque<Numbered>,
    /// What others asked about when it was last looked up, and when that was.
    held: VecDeque<Numbered>,
    looked_up_at: Instant,
    next: VecDeque<Next>,
    /// How many calls are being made.
    asking: usize,
    /// Which calls were begun, by the index of their addresses.
    begun: Vec<bool>,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(cache: &'a Cache, addresses: &[IpAddr]) -> Self {
        let state = State {
            waiting: addresses.iter().copied().enumerate().collect(),
            held: VecDeque::new(),
            looked_up_at: Instant::now(),
            next: VecDeque::new(),
            asking: 0,
            begun: vec![false; addresses.len()],
        };
        Self { cache, state: RefCell::new(state), is_changed: Notify::new() }
    }

    /// What to do next. None once every address has an outcome, and when the run is to end.
    pub(crate) async fn next(&self) -> Option<Next> {
        loop {
            if self.cache.ledger().is_draining() {
                return None;
            }
            if let Some(next) = self.state.borrow_mut().pop() {
                return Some(next);
            }
            let (is_waiting, is_held, is_asking) = self.state.borrow().is_any();
            match (is_waiting, is_held) {
                (true, _) => self.look_up().await,
                (false, true) => {
                    // Also where it is not changed, for another process may have.
                    let _ = timeout(RECHECK, self.is_changed.notified()).await;
                    self.state.borrow_mut().take_up_held();
                }
                // A call may yet lose its claim.
                (false, false) if is_asking => self.is_changed.notified().await,
                (false, false) => return None,
            }
        }
    }

    /// Notes that a call was made, or given up because its claim was lost: then the address comes up again.
    pub(crate) fn end(&self, address: Numbered, is_lost: bool) {
        let mut state = self.state.borrow_mut();
        state.asking -= 1;
        if is_lost {
            state.held.push_back(address);
        }
        drop(state);
        self.is_changed.notify_one();
    }

    /// Ends the claims of calls that are not begun.
    pub(crate) fn stop(&self) {
        self.state.borrow_mut().next.clear();
    }

    /// Whether the call about the address of this index was begun.
    pub(crate) fn is_begun(&self, index: usize) -> bool {
        self.state.borrow().begun.get(index).copied().unwrap_or_default()
    }

    async fn look_up(&self) {
        let addresses = self.state.borrow_mut().next_to_look_up();
        let ips: Vec<_> = addresses.iter().map(|(_, ip)| *ip).collect();
        let claimed = self.cache.claim(&ips, CLAIMED).await;
        self.state.borrow_mut().note(addresses, claimed);
    }
}

impl State {
    fn pop(&mut self) -> Option<Next> {
        let next = self.next.pop_front()?;
        if let Next::Ask((index, _), _) = &next {
            self.asking += 1;
            if let Some(begun) = self.begun.get_mut(*index) {
                *begun = true;
            }
        }
        Some(next)
    }

    /// Whether any address waits, is held, and is asked about.
    fn is_any(&self) -> (bool, bool, bool) {
        (!self.waiting.is_empty(), !self.held.is_empty(), self.asking > 0)
    }

    fn next_to_look_up(&mut self) -> Vec<Numbered> {
        if self.looked_up_at.elapsed() >= RECHECK {
            self.take_up_held();
        }
        let count = self.waiting.len().min(LOOKED_UP);
        self.waiting.drain(..count).collect()
    }

    /// They are earlier in the list than those that wait.
    fn take_up_held(&mut self) {
        self.looked_up_at = Instant::now();
        while let Some(address) = self.held.pop_back() {
            self.waiting.push_front(address);
        }
    }

    /// Notes what is known of the first of these addresses; the others wait on.
    fn note(&mut self, addresses: Vec<Numbered>, claimed: Vec<Claimed>) {
        for address in addresses.iter().skip(claimed.len()).rev() {
            self.waiting.push_front(*address);
        }
        for (address, claimed) in addresses.into_iter().zip(claimed) {
            match claimed {
                Claimed::Answered(answer) => self.next.push_back(Next::Known(address, answer)),
                Claimed::Granted(claim) => self.next.push_back(Next::Ask(address, claim)),
                Claimed::Held => self.held.push_back(address),
            }
        }
    }
}
