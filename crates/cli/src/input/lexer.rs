//! Cuts text into words, whatever separates them.

use super::collector::Collector;
use super::place::{Mark, Origin, Position};
use super::run::Run;
use crate::exit::Stop;

/// Longer than any URL should be, in bytes.
pub(super) const LONGEST_WORD: usize = 2048;

/// Cuts text, which comes in pieces, into words. Between them is white space, a comma, a semicolon, a bar or a quotation
/// mark. A word that begins with `#` or `//` begins a comment, to the end of the line.
#[derive(Debug)]
pub(super) struct Lexer {
    position: Position,
    word: Vec<u8>,
    word_mark: Mark,
    is_too_long: bool,
    is_comment: bool,
    /// Whether more than spaces came after the last word.
    is_apart: bool,
    run: Run,
}

enum Kind {
    LineEnd,
    Space,
    Separator,
    Other,
}

impl Lexer {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            position: Position::at(Mark::START),
            word: Vec::new(),
            word_mark: Mark::START,
            is_too_long: false,
            is_comment: false,
            is_apart: true,
            run: Run::new(origin),
        }
    }

    /// Takes a text of which nothing is missing, and which begins at a place.
    pub(super) fn text(&mut self, text: &[u8], mark: Mark, collector: &mut Collector) -> Result<(), Stop> {
        self.text_at(text, Position::at(mark), collector)
    }

    pub(super) fn text_at(&mut self, text: &[u8], position: Position, collector: &mut Collector) -> Result<(), Stop> {
        self.position = position;
        self.feed(text, collector)?;
        self.finish(collector)
    }

    pub(super) fn feed(&mut self, bytes: &[u8], collector: &mut Collector) -> Result<(), Stop> {
        for byte in bytes {
            self.take(*byte, collector)?;
            self.position.pass(*byte);
        }
        Ok(())
    }

    /// Ends the text.
    pub(super) fn finish(&mut self, collector: &mut Collector) -> Result<(), Stop> {
        self.end_word(collector)?;
        self.is_apart = true;
        self.is_comment = false;
        self.run.end(collector)
    }

    /// Takes something that is no text of addresses at all.
    pub(super) fn invalid(
        &mut self,
        text: &[u8],
        problem: String,
        mark: Mark,
        collector: &mut Collector,
    ) -> Result<(), Stop> {
        self.run.invalid(text, problem, mark, collector)
    }

    fn take(&mut self, byte: u8, collector: &mut Collector) -> Result<(), Stop> {
        match kind(byte) {
            Kind::LineEnd => {
                self.end_word(collector)?;
                self.is_comment = false;
                self.is_apart = true;
            }
            _ if self.is_comment => {}
            Kind::Space => self.end_word(collector)?,
            Kind::Separator => {
                self.end_word(collector)?;
                self.is_apart = true;
            }
            Kind::Other => self.lengthen(byte),
        }
        Ok(())
    }

    fn lengthen(&mut self, byte: u8) {
        match (self.word.as_slice(), byte) {
            ([], b'#') => self.is_comment = true,
            (b"/", b'/') => {
                self.word.clear();
                self.is_comment = true;
            }
            (word, _) if word.len() == LONGEST_WORD => self.is_too_long = true,
            (word, _) => {
                if word.is_empty() {
                    self.word_mark = self.position.mark;
                }
                self.word.push(byte);
            }
        }
    }

    fn end_word(&mut self, collector: &mut Collector) -> Result<(), Stop> {
        if self.word.is_empty() {
            return Ok(());
        }
        let is_apart = std::mem::take(&mut self.is_apart);
        if std::mem::take(&mut self.is_too_long) {
            let problem = format!("is longer than {LONGEST_WORD} bytes");
            self.run.invalid(&self.word, problem, self.word_mark, collector)?;
        } else {
            match str::from_utf8(&self.word) {
                Ok(word) if word.is_ascii() => self.run.push(word, self.word_mark, is_apart, collector)?,
                Ok(word) => {
                    let place_of = |characters| self.position.right_of(self.word_mark, characters);
                    self.run.push_pieces(word, place_of, collector)?;
                }
                Err(error) => {
                    let problem = not_utf_8(&self.word, error.valid_up_to());
                    self.run.invalid(&self.word, problem, self.word_mark, collector)?;
                }
            }
        }
        self.word.clear();
        Ok(())
    }
}

/// What is wrong with bytes that are no UTF-8.
pub(super) fn not_utf_8(bytes: &[u8], valid: usize) -> String {
    let byte = bytes.get(valid).copied().unwrap_or_default();
    format!("is not UTF-8, by its byte 0x{byte:02X}: save the text as UTF-8")
}

fn kind(byte: u8) -> Kind {
    match byte {
        b'\n' | b'\r' => Kind::LineEnd,
        b' ' => Kind::Space,
        b',' | b';' | b'|' | b'"' | b'\'' | b'`' | b'\t' | b'\x0b' | b'\x0c' => Kind::Separator,
        _ => Kind::Other,
    }
}
