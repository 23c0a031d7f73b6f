//! The open connections: which were silent for longest, and how one is ended from within.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A connection, as an answer sees it. It is among the extensions of every request.
#[derive(Clone)]
pub(crate) struct Connection(Arc<State>);

struct State {
    /// When bytes last went either way, in the order of all traffic.
    traffic: AtomicU64,
    /// How many whole requests wait for their answer. It is then us who are silent.
    unanswered: AtomicUsize,
    reset: AtomicBool,
    ends_once_flushed: AtomicBool,
    ended: Notify,
    open: Arc<OpenConnections>,
}

impl Connection {
    /// Ends the connection at once, so that the client sees it reset. What was written and not yet sent is lost.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Relaxed);
        self.end();
    }

    /// Ends the connection once all that was written is on its way.
    pub(crate) fn end_once_flushed(&self) {
        self.0.ends_once_flushed.store(true, Ordering::Relaxed);
    }

    /// To be kept as long as a request, of which nothing is still to come, waits for its answer.
    pub(crate) fn waits(&self) -> Waiting {
        self.0.unanswered.fetch_add(1, Ordering::Relaxed);
        Waiting(self.clone())
    }

    fn end(&self) {
        self.0.ended.notify_one();
    }

    /// The lower, the sooner it may be ended to make room.
    fn rank(&self) -> (bool, u64) {
        (self.0.unanswered.load(Ordering::Relaxed) > 0, self.0.traffic.load(Ordering::Relaxed))
    }

    /// Resolves when the connection has to end.
    pub(crate) async fn ended(&self) {
        self.0.ended.notified().await;
    }

    fn note_traffic(&self) {
        self.0.traffic.store(self.0.open.tick(), Ordering::Relaxed);
    }
}

/// A request that waits for its answer.
pub(crate) struct Waiting(Connection);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.unanswered.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connections of a sandbox.
pub(crate) struct OpenConnections {
    /// Beyond so many the one that was silent for longest is closed, of those that wait for no answer if there are any.
    most: usize,
    ticks: AtomicU64,
    by_number: Mutex<HashMap<u64, Connection>>,
}

impl OpenConnections {
    pub(crate) fn at_most(most: usize) -> OpenConnections {
        OpenConnections { most, ticks: AtomicU64::new(0), by_number: Mutex::default() }
    }

    /// Enters a connection, and ends the one that was silent for longest if there are too many.
    pub(crate) fn enter(self: &Arc<Self>, stream: TcpStream) -> (Socket, Connection) {
        let number = self.tick();
        let connection = Connection(Arc::new(State {
            traffic: AtomicU64::new(number),
            unanswered: AtomicUsize::new(0),
            reset: AtomicBool::new(false),
            ends_once_flushed: AtomicBool::new(false),
            ended: Notify::new(),
            open: Arc::clone(self),
        }));
        let mut by_number = self.locked();
        if by_number.len() >= self.most {
            end_most_silent(&mut by_number);
        }
        by_number.insert(number, connection.clone());
        (Socket { stream, number, connection: connection.clone() }, connection)
    }

    /// Makes room for another connection, if there is one to end. Its file is closed once its task has run.
    pub(crate) fn end_most_silent(&self) -> bool {
        end_most_silent(&mut self.locked())
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    /// The table is whole whoever panicked while holding the lock.
    fn locked(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        self.by_number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at all of them, which are too few for an order of their own to pay.
fn end_most_silent(by_number: &mut HashMap<u64, Connection>) -> bool {
    let most_silent = by_number.iter().min_by_key(|(_, connection)| connection.rank());
    let ended = most_silent.map(|(number, _)| *number).and_then(|number| by_number.remove(&number));
    if let Some(connection) = &ended {
        connection.end();
    }
    ended.is_some()
}

/// A TCP stream that notes its traffic, and leaves the table of connections when it is dropped.
pub(crate) struct Socket {
    stream: TcpStream,
    number: u64,
    connection: Connection,
}

impl Socket {
    fn note<T>(&self, polled: Poll<T>) -> Poll<T> {
        if polled.is_ready() {
            self.connection.note_traffic();
        }
        polled
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.connection.0.reset.load(Ordering::Relaxed) {
            // It fails for a connection that is gone already, which is what was wanted.
            let _ = self.stream.set_zero_linger();
        }
        self.connection.0.open.locked().remove(&self.number);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.note(polled)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        // Who writes through buffers of its own flushes here only after it has emptied them.
        if polled.is_ready() && self.connection.0.ends_once_flushed.load(Ordering::Relaxed) {
            self.connection.end();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
