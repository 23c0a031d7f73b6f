//! One open connection: its socket, and how an answer ends it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

/// The limit of a write to a client that reads nothing.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection, as a handler sees it. It is among the extensions of every request.
#[derive(Clone, Default)]
pub(crate) struct Connection(Arc<State>);

#[derive(Default)]
struct State {
    has_request: AtomicBool,
    reset: AtomicBool,
    ends_once_flushed: AtomicBool,
    ended: Notify,
}

impl Connection {
    /// Ends the connection at once, so that the client sees it reset. What was written and not yet sent is lost.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Relaxed);
        self.0.ended.notify_one();
    }

    /// Ends the connection once everything written has been sent.
    pub(crate) fn end_once_flushed(&self) {
        self.0.ends_once_flushed.store(true, Ordering::Relaxed);
    }

    /// Resolves when the connection has to end.
    pub(crate) async fn ended(&self) {
        self.0.ended.notified().await;
    }

    /// Notes that the head of a request has arrived.
    pub(crate) fn note_request(&self) {
        self.0.has_request.store(true, Ordering::Relaxed);
    }

    /// Whether the head of any request has arrived.
    pub(crate) fn has_request(&self) -> bool {
        self.0.has_request.load(Ordering::Relaxed)
    }
}

/// A TCP stream that a [`Connection`] can end. Writes time out.
pub(crate) struct Socket {
    stream: TcpStream,
    connection: Connection,
    /// Runs while a write waits.
    write_timeout: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, connection: Connection) -> Socket {
        Socket { stream, connection, write_timeout: None }
    }

    /// Fails a write that has waited for too long.
    fn timed<T>(&mut self, polled: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.write_timeout = None;
            return polled;
        }
        let timeout = self.write_timeout.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(timeout.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.connection.0.reset.load(Ordering::Relaxed) {
            // This fails if the connection is gone already, and then there is nothing left to reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.timed(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        // A writer with buffers of its own flushes here only after it has emptied them.
        if polled.is_ready() && self.connection.0.ends_once_flushed.load(Ordering::Relaxed) {
            self.connection.0.ended.notify_one();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
