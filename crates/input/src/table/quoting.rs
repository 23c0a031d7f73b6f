//! Quotation marks around cells, which may hold delimiters and line ends.

use memchr::memchr;

/// How far ahead the end of a quotation is looked for, in bytes, which bounds the cost of many that begin.
const MAX_AHEAD: usize = 16 * 1024;

/// How far the quotation marks of a row have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Before a cell, or behind blanks or an equals sign that begin it. Excel writes `="192.0.2.1"`.
    Start,
    /// In a cell that is not quoted, or behind the quoted part of one.
    Plain,
    Quoted,
    /// Behind the second of a pair, which closes the cell unless another one follows.
    Closed,
}

impl Quoting {
    /// Passes a byte, which `rest` follows.
    pub(crate) fn pass(self, byte: u8, rest: &[u8], begins_cell: bool, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Closed,
            (Self::Quoted, _) | (Self::Closed, b'"') => Self::Quoted,
            (_, byte) if byte == delimiter => Self::Start,
            (Self::Start, b' ' | b'\t' | b'=') => Self::Start,
            // Behind something else than the delimiter, a quotation mark may as well be a part of the text.
            (Self::Start, b'"') if begins_cell || is_closed_on_line(rest, delimiter) => Self::Quoted,
            _ => Self::Plain,
        }
    }

    /// The state behind a line.
    pub(crate) fn after(mut self, line: &[u8], delimiter: u8) -> Self {
        let mut begins_cell = self == Self::Start;
        for (index, byte) in line.iter().enumerate() {
            self = self.pass(*byte, &line[index + 1..], begins_cell, delimiter);
            begins_cell = *byte == delimiter;
        }
        self
    }
}

/// Whether a quotation mark that was opened is closed on the same line, right before a delimiter.
fn is_closed_on_line(rest: &[u8], delimiter: u8) -> bool {
    let mut rest = &rest[..rest.len().min(MAX_AHEAD)];
    while let Some(end) = memchr(b'"', rest) {
        if rest[..end].contains(&b'\n') || rest[..end].contains(&b'\r') {
            return false;
        }
        rest = &rest[end + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => rest = after,
            None => {
                let next = rest.iter().find(|byte| **byte == delimiter || !matches!(byte, b' ' | b'\t'));
                return next.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'));
            }
        }
    }
    false
}
