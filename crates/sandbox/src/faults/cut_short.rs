//! A body that ends before it should.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};

use crate::connection::Connection;

/// Gives some bytes and then lets the connection close, as soon as they are on their way.
///
/// A body that ended, or failed, would not do: hyper then drops what it has not sent yet.
pub(super) struct CutShort {
    left: Option<Bytes>,
    connection: Connection,
}

impl CutShort {
    pub(super) fn new(bytes: Bytes, connection: Connection) -> CutShort {
        CutShort { left: Some(bytes).filter(|bytes| !bytes.is_empty()), connection }
    }
}

impl Body for CutShort {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.left.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => {
                self.connection.end_once_flushed();
                Poll::Pending
            }
        }
    }
}
