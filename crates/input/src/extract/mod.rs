//! Takes addresses out of any text. What may be a damaged address is named; all other words are counted.
//!
//! Modules import downwards only: `words` (blank-separated words, in pieces) -> `judge` (what a chain is) -> `tail` (what
//! follows an address) -> `context` (what stands around a number) -> `chain` (groups joined by dots and colons).

mod chain;
mod context;
mod judge;
mod tail;
mod words;

use crate::inputs::{Collector, InputError};
use crate::location::{Cursor, Position, SourceName};
use crate::source::Pieces;

use self::words::{LOOK_BACK, Words};

/// Reads a source that is any text.
pub(crate) fn read(pieces: &mut Pieces<'_>, collector: &mut Collector) -> Result<(), InputError> {
    let mut extractor = Extractor::new(pieces.source_name.clone());
    while let Some(piece) = pieces.next()? {
        extractor.feed(piece, collector)?;
    }
    extractor.finish(collector)
}

/// Takes the addresses out of a complete text that begins at the cursor.
pub(crate) fn text(
    text: &[u8],
    cursor: Cursor,
    source_name: &SourceName,
    collector: &mut Collector,
) -> Result<(), InputError> {
    Words::at(cursor).take(text, true, source_name, collector)
}

/// Takes addresses out of a text that comes in pieces.
#[derive(Debug)]
pub(crate) struct Extractor {
    source_name: SourceName,
    /// The bytes that are still to be read, after some that show what stands before them.
    window: Vec<u8>,
    words: Words,
}

impl Extractor {
    pub(crate) fn new(source_name: SourceName) -> Self {
        Self { source_name, window: Vec::new(), words: Words::at(Cursor::at(Position::START)) }
    }

    pub(crate) fn feed(&mut self, piece: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        self.window.extend_from_slice(piece);
        self.words.take(&self.window, false, &self.source_name, collector)?;
        let passed = self.words.passed().saturating_sub(LOOK_BACK);
        self.words.forget(&self.window, passed);
        self.window.drain(..passed);
        Ok(())
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        self.words.take(&self.window, true, &self.source_name, collector)
    }
}
