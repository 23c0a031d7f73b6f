//! The bytes of JSON for the parser: the whole source as one, or each of its lines. What the parser has just passed is
//! kept for messages.

use std::io::{self, Read};

use memchr::memchr2;

use crate::inputs::InputError;
use crate::source::Pieces;

/// How many of the bytes that were handed out are kept. The parser is never further behind than its own buffer of 1 KiB.
const KEPT_BYTES: usize = 2048;

/// How much of a damaged or unfit value is kept. Of a longer one, messages show the beginning.
const MAX_EXCERPT_BYTES: usize = 512;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The beginning of something, which fills while bytes are handed out.
#[derive(Debug, Default)]
struct Excerpt {
    bytes: Vec<u8>,
    is_open: bool,
}

impl Excerpt {
    fn begin(&mut self, bytes: &[u8]) {
        self.bytes.clear();
        self.is_open = true;
        self.lengthen(bytes);
    }

    fn lengthen(&mut self, bytes: &[u8]) {
        if self.is_open {
            let room = MAX_EXCERPT_BYTES - self.bytes.len();
            self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}

/// Hands out the bytes of a source, up to its end or up to the end of a line.
pub(super) struct Feed<'p, 'r> {
    pieces: &'p mut Pieces<'r>,
    buffer: Vec<u8>,
    /// The index of the byte that is next, in the buffer.
    next: usize,
    /// How many bytes of the source are no longer in the buffer.
    gone: u64,
    /// Where the document begins, as a number of bytes.
    start: u64,
    is_by_line: bool,
    /// The end of the line that was reached: its number of bytes, or none.
    line_end: Option<usize>,
    is_after_cr: bool,
    line: Excerpt,
    value: Excerpt,
    error: Option<InputError>,
}

impl<'p, 'r> Feed<'p, 'r> {
    pub(super) fn new(pieces: &'p mut Pieces<'r>, is_by_line: bool) -> Self {
        Self {
            pieces,
            buffer: Vec::new(),
            next: 0,
            gone: 0,
            start: 0,
            is_by_line,
            line_end: None,
            is_after_cr: false,
            line: Excerpt::default(),
            value: Excerpt::default(),
            error: None,
        }
    }

    /// Begins the next line. There is none at the end.
    pub(super) fn begin_line(&mut self) -> Result<bool, InputError> {
        if !self.has_more()? {
            return Ok(false);
        }
        if std::mem::take(&mut self.is_after_cr) && self.buffer[self.next] == b'\n' {
            self.next += 1;
            if !self.has_more()? {
                return Ok(false);
            }
        }
        // Files with such marks may have been joined.
        if self.buffer[self.next..].starts_with(BYTE_ORDER_MARK) {
            self.next += BYTE_ORDER_MARK.len();
        }
        self.start = self.gone + self.next as u64;
        self.line_end = None;
        self.line.begin(b"");
        Ok(true)
    }

    /// Where the document begins, in bytes from the beginning of the source.
    pub(super) fn start(&self) -> u64 {
        self.pieces.bom_bytes + self.start
    }

    /// Passes the rest of the line, where each line is a document.
    pub(super) fn skip_line(&mut self) -> Result<(), InputError> {
        if !self.is_by_line {
            return Ok(());
        }
        let mut rest = [0; 4096];
        loop {
            match self.read(&mut rest) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(_) => return self.take_error().map_or(Ok(()), Err),
            }
        }
    }

    /// The beginning of the line.
    pub(super) fn line(&self) -> &[u8] {
        &self.line.bytes
    }

    /// Keeps the beginning of what stands at an offset from the beginning of the document.
    pub(super) fn keep(&mut self, offset: u64) {
        let from = self.index(offset);
        self.value.begin(&self.buffer[from..self.handed_out().max(from)]);
    }

    /// The beginning of what was to be kept, which has that many bytes.
    pub(super) fn kept(&mut self, length: u64) -> &[u8] {
        self.value.is_open = false;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        &self.value.bytes[..length.min(self.value.bytes.len())]
    }

    /// What was handed out from an offset on, and what was handed out before it.
    pub(super) fn around(&self, offset: u64) -> (&[u8], &[u8]) {
        let at = self.index(offset);
        (&self.buffer[..at], &self.buffer[at..self.handed_out().max(at)])
    }

    /// Whether there is only white space between two offsets, of which the second is not far behind what was handed out.
    pub(super) fn is_blank(&self, from: u64, to: u64) -> bool {
        to.saturating_sub(from) < KEPT_BYTES as u64 / 2
            && self.buffer[self.index(from)..self.index(to)].trim_ascii().is_empty()
    }

    /// Why the source could not be read, if it could not.
    pub(super) fn take_error(&mut self) -> Option<InputError> {
        self.error.take()
    }

    fn index(&self, offset: u64) -> usize {
        let index = (self.start + offset).saturating_sub(self.gone);
        usize::try_from(index).unwrap_or(usize::MAX).min(self.handed_out())
    }

    fn handed_out(&self) -> usize {
        self.next - self.line_end.unwrap_or(0)
    }

    /// Whether there is a byte, which is then in the buffer.
    fn has_more(&mut self) -> Result<bool, InputError> {
        if self.next < self.buffer.len() {
            return Ok(true);
        }
        let Some(piece) = self.pieces.next()? else { return Ok(false) };
        let cut = self.buffer.len().saturating_sub(KEPT_BYTES);
        self.buffer.drain(..cut);
        self.next -= cut;
        self.gone += cut as u64;
        self.buffer.extend_from_slice(piece);
        Ok(true)
    }
}

impl Read for Feed<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.line_end.is_some() {
            return Ok(0);
        }
        match self.has_more() {
            Ok(true) => {}
            Ok(false) => return Ok(0),
            Err(error) => {
                self.error = Some(error);
                return Err(io::ErrorKind::Other.into());
            }
        }
        let rest = &self.buffer[self.next..];
        let mut length = rest.len().min(into.len());
        let end = if self.is_by_line { memchr2(b'\n', b'\r', &rest[..length]) } else { None };
        if let Some(end) = end {
            self.is_after_cr = rest[end] == b'\r';
            self.line_end = Some(1);
            length = end;
        }
        let bytes = &rest[..length];
        into[..length].copy_from_slice(bytes);
        self.line.lengthen(bytes);
        self.value.lengthen(bytes);
        self.next += length + usize::from(end.is_some());
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::Feed;
    use crate::source::Pieces;

    #[test]
    fn lines_end_by_lf_cr_or_both() {
        let mut text = &b"a\r\n\nb\rc\r\n"[..];
        let mut pieces = Pieces::of_reader("-", &mut text);
        let mut feed = Feed::new(&mut pieces, true);
        let mut lines = Vec::new();
        while feed.begin_line().is_ok_and(|is_there| is_there) {
            let mut line = String::new();
            assert!(feed.read_to_string(&mut line).is_ok());
            assert_eq!(feed.line(), line.as_bytes());
            lines.push(line);
        }
        assert_eq!(lines, ["a", "", "b", "c"]);
    }

    #[test]
    fn what_was_just_passed_can_be_shown() {
        let text = "x".repeat(100_000) + "middle" + &"y".repeat(100_000);
        let mut bytes = text.as_bytes();
        let mut pieces = Pieces::of_reader("-", &mut bytes);
        let mut feed = Feed::new(&mut pieces, false);
        let mut passed = vec![0; 100_003];
        assert!(feed.read_exact(&mut passed).is_ok());
        feed.keep(99_999);
        assert!(feed.read_exact(&mut passed[..10]).is_ok());
        assert_eq!(feed.kept(9), b"xmiddleyy");
        let (before, after) = feed.around(100_006);
        assert!(before.ends_with(b"xmiddle") && after == b"yyyyyyy");
    }
}
