//! The parser of JSON, where it stands, and a text of it in bounded memory.

use std::io::Read;

use struson::reader::{JsonReader, JsonStreamReader, JsonSyntaxError, ReaderError, ReaderSettings, SyntaxErrorKind};

use super::feed::Feed;
use crate::location::Position;

/// The longest text that is read for addresses, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// The most lists and objects in each other. Each that is open costs memory.
const MAX_NESTING: u32 = 100_000;

pub(super) type Parser<'f, 'p, 'r> = JsonStreamReader<&'f mut Feed<'p, 'r>>;

/// A parser of documents, one after another.
pub(super) fn parser<'f, 'p, 'r>(feed: &'f mut Feed<'p, 'r>) -> Parser<'f, 'p, 'r> {
    let settings = ReaderSettings {
        allow_multiple_top_level: true,
        allow_trailing_comma: true,
        track_path: false,
        max_nesting_depth: Some(MAX_NESTING),
        restrict_number_values: false,
        ..ReaderSettings::default()
    };
    JsonStreamReader::new_custom(feed, settings)
}

/// The position of the parser, where the document begins at the line.
pub(super) fn position(line: u32, parser: &Parser<'_, '_, '_>) -> Position {
    let found = parser.current_position(false).line_pos;
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let (lines, columns) = found.map_or((0, 0), |found| (number(found.line), number(found.column)));
    Position { line: line.saturating_add(lines), column: columns.saturating_add(1) }
}

/// How many bytes the parser passed.
pub(super) fn offset(parser: &Parser<'_, '_, '_>) -> u64 {
    parser.current_position(false).data_pos.unwrap_or(0)
}

/// Whether the end came within a document, and nothing else is wrong with it.
pub(super) fn is_cut(error: &ReaderError) -> bool {
    matches!(error, ReaderError::SyntaxError(JsonSyntaxError { kind: SyntaxErrorKind::IncompleteDocument, .. }))
}

/// A text, or the beginning of one that is too long.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    is_too_long: bool,
    has_escapes: bool,
}

impl Text {
    /// Reads the text that is next.
    pub(super) fn read(&mut self, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        parser.peek()?;
        let start = offset(parser);
        self.bytes.clear();
        self.is_too_long = false;
        let result = self.read_all(parser);
        if let Err(error) = result {
            return Err(match error.downcast::<JsonSyntaxError>() {
                Ok(error) => ReaderError::SyntaxError(error),
                Err(error) => ReaderError::IoError { error, location: parser.current_position(false) },
            });
        }
        // An escape has more bytes than what it stands for. Two quotation marks surround the text.
        let length = (offset(parser) - start).saturating_sub(2);
        self.has_escapes = self.is_too_long || length != self.bytes.len() as u64;
        Ok(())
    }

    fn read_all(&mut self, parser: &mut Parser<'_, '_, '_>) -> std::io::Result<()> {
        let mut reader = parser.next_string_reader().map_err(std::io::Error::other)?;
        let mut piece = [0; 512];
        loop {
            let length = reader.read(&mut piece)?;
            if length == 0 {
                return Ok(());
            }
            let room = MAX_TEXT_BYTES - self.bytes.len();
            self.is_too_long |= length > room;
            self.bytes.extend_from_slice(&piece[..length.min(room)]);
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match str::from_utf8(&self.bytes) {
            Ok(text) => text,
            // The end of a text that is too long may be within a character.
            Err(error) => str::from_utf8(&self.bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }

    pub(super) fn has_escapes(&self) -> bool {
        self.has_escapes
    }

    /// Why it cannot be read, as a sentence without its subject.
    pub(super) fn problem(&self) -> Option<String> {
        self.is_too_long.then(|| format!("is a text of more than {} KiB", MAX_TEXT_BYTES / 1024))
    }
}
