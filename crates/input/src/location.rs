//! Where a text is given: an argument, or a line and a column of a file or stream.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::escape::{escape, escape_path};

/// Where a text is given. Its display form is `argument 2` or `list.txt:3:5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The index of a command-line argument, from 1.
    Argument(u32),
    /// A position within a file or a stream.
    Text {
        /// The name of the file or the stream, escaped for display.
        name: Arc<str>,
        /// The line and the column.
        position: Position,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(index) => write!(f, "argument {index}"),
            Self::Text { name, position } => write!(f, "{name}:{}:{}", position.line, position.column),
        }
    }
}

/// A line and a column of a text. Both count from 1, and columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1. Lines end by LF, CR or both.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    pub(crate) fn line(line: u32) -> Self {
        Self { line, column: 1 }
    }

    /// The position that many characters to the right.
    pub(crate) fn right(self, characters: usize) -> Self {
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        Self { column: self.column.saturating_add(characters), ..self }
    }

    fn next_line(self) -> Self {
        Self::line(self.line.saturating_add(1))
    }
}

/// The name of a source.
#[derive(Clone, Debug)]
pub(crate) enum SourceName {
    /// The index of a command-line argument, from 1.
    Argument(u32),
    /// A file or a stream, escaped for display.
    Named(Arc<str>),
}

impl SourceName {
    pub(crate) fn stream(name: &str) -> Self {
        Self::Named(escape(name).into())
    }

    /// A file name may hold terminal control sequences, hence the escape.
    pub(crate) fn file(path: &Path) -> Self {
        Self::Named(escape_path(path).into())
    }

    pub(crate) fn location(&self, position: Position) -> Location {
        match self {
            Self::Argument(index) => Location::Argument(*index),
            Self::Named(name) => Location::Text { name: Arc::clone(name), position },
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(index) => write!(f, "argument {index}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Counts lines and columns while bytes pass.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(crate) position: Position,
    after_cr: bool,
    is_fixed: bool,
}

impl Cursor {
    pub(crate) fn at(position: Position) -> Self {
        Self { position, after_cr: false, is_fixed: false }
    }

    /// For a text that was decoded, so that only the position of its beginning is known.
    pub(crate) fn fixed_at(position: Position) -> Self {
        Self { position, after_cr: false, is_fixed: true }
    }

    /// The position that many characters to the right of another.
    pub(crate) fn right_of(&self, position: Position, characters: usize) -> Position {
        if self.is_fixed { position } else { position.right(characters) }
    }

    /// Passes many bytes at once.
    pub(crate) fn pass_all(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            self.pass_within_line(&bytes[..end]);
            self.pass(bytes[end]);
            bytes = &bytes[end + 1..];
        }
        self.pass_within_line(bytes);
    }

    pub(crate) fn pass(&mut self, byte: u8) {
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            _ if self.is_fixed => {}
            b'\n' if after_cr => {}
            b'\n' | b'\r' => self.position = self.position.next_line(),
            // A continuation byte of UTF-8.
            0x80..=0xbf => {}
            _ => self.position = self.position.right(1),
        }
    }

    /// Passes bytes without the end of a line among them.
    pub(crate) fn pass_within_line(&mut self, bytes: &[u8]) {
        if !self.is_fixed && !bytes.is_empty() {
            self.after_cr = false;
            let continuing = bytes.iter().filter(|byte| matches!(byte, 0x80..=0xbf)).count();
            self.position = self.position.right(bytes.len() - continuing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Position};

    #[test]
    fn lines_end_by_lf_cr_or_both() {
        let cases = [("", (1, 1)), ("é8", (1, 3)), ("a\n", (2, 1)), ("a\r\nb", (2, 2)), ("a\r\rb", (3, 2))];
        for (text, (line, column)) in cases {
            let mut cursor = Cursor::at(Position::START);
            text.bytes().for_each(|byte| cursor.pass(byte));
            assert_eq!(cursor.position, Position { line, column }, "after {text:?}");
            for cut in 0..=text.len() {
                let mut cursor = Cursor::at(Position::START);
                [&text.as_bytes()[..cut], &text.as_bytes()[cut..]].into_iter().for_each(|piece| cursor.pass_all(piece));
                assert_eq!(cursor.position, Position { line, column }, "after {text:?}, cut at {cut}");
            }
        }
    }
}
