//! Where something is given.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::printable::printable_path;

/// Where something is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The how-manieth argument, from 1.
    Argument(u32),
    /// Within a file or standard input.
    Text { name: Arc<str>, mark: Mark },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(position) => write!(f, "argument {position}"),
            Self::Text { name, mark } => write!(f, "{name}:{}:{}", mark.line, mark.column),
        }
    }
}

/// A line and a column of a text, in characters and from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Mark {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    pub(super) fn line(line: u32) -> Self {
        Self { line, column: 1 }
    }

    /// So many characters further on in the line.
    pub(super) fn right(self, characters: usize) -> Self {
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        Self { column: self.column.saturating_add(characters), ..self }
    }

    pub(super) fn next_line(self) -> Self {
        Self::line(self.line.saturating_add(1))
    }
}

/// What is read.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The how-manieth argument, from 1.
    Argument(u32),
    /// A file or standard input, by its name for people.
    Named(Arc<str>),
}

impl Origin {
    pub(super) fn standard_input() -> Self {
        Self::Named("standard input".into())
    }

    /// A name may hold what a terminal would take for a command.
    pub(super) fn file(path: &Path) -> Self {
        Self::Named(printable_path(path).into())
    }

    pub(super) fn place(&self, mark: Mark) -> Place {
        match self {
            Self::Argument(position) => Place::Argument(*position),
            Self::Named(name) => Place::Text { name: Arc::clone(name), mark },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(position) => write!(f, "argument {position}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Keeps count of lines and columns. Lines end by LF, CR or both.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) mark: Mark,
    after_cr: bool,
    is_fixed: bool,
}

impl Position {
    pub(super) fn at(mark: Mark) -> Self {
        Self { mark, after_cr: false, is_fixed: false }
    }

    /// For a text that is not as it was written, so that there is no place but that of its beginning.
    pub(super) fn fixed_at(mark: Mark) -> Self {
        Self { mark, after_cr: false, is_fixed: true }
    }

    /// What is so many characters further on in the line than a mark.
    pub(super) fn right_of(&self, mark: Mark, characters: usize) -> Mark {
        if self.is_fixed { mark } else { mark.right(characters) }
    }

    pub(super) fn pass(&mut self, byte: u8) {
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            _ if self.is_fixed => {}
            b'\n' if after_cr => {}
            b'\n' | b'\r' => self.mark = self.mark.next_line(),
            // A byte in the middle of a character.
            0x80..=0xbf => {}
            _ => self.mark = self.mark.right(1),
        }
    }
}
