//! Text with addresses separated by almost anything, which a lexer cuts into tokens.

use crate::address::parse_plain;
use crate::diagnose::not_utf_8;
use crate::extract;
use crate::inputs::{Collector, InputError, Reason};
use crate::joiner::{Gap, TokenJoiner};
use crate::location::{Cursor, Position, SourceName};
use crate::source::Pieces;
use crate::token::{is_enclosing, is_missing, is_quote};

/// The longest token, in bytes. No URL should be longer.
pub(crate) const MAX_TOKEN_BYTES: usize = 2048;

/// The longest line that is read at once if it is a plain address, in bytes. An address has at most 45.
const MAX_PLAIN_LINE: usize = 48;

/// A source that is text, whose first line may turn out to be that of CSV.
#[derive(Debug)]
pub(crate) struct List {
    lexer: Lexer,
    first_line: String,
    /// The index of the first entry, once there may be one.
    first_entry: Option<usize>,
}

impl List {
    pub(crate) fn new(pieces: &mut Pieces<'_>) -> Result<Self, InputError> {
        let lexer = Lexer::of_list(pieces.source_name.clone());
        let (beginning, _) = pieces.beginning()?;
        let first_line = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        Ok(Self { lexer, first_line: String::from_utf8_lossy(first_line).into_owned(), first_entry: None })
    }

    /// Reads all of it.
    pub(crate) fn read(mut self, pieces: &mut Pieces<'_>, collector: &mut Collector) -> Result<(), InputError> {
        while let Some(piece) = pieces.next()? {
            self.feed(piece, collector)?;
        }
        self.finish(collector)
    }

    pub(crate) fn feed(&mut self, piece: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        self.first_entry.get_or_insert(collector.entries());
        let result = self.lexer.feed(piece, collector);
        if result.is_err() {
            self.hint(collector);
        }
        result
    }

    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let result = self.lexer.finish(collector);
        self.hint(collector);
        result
    }

    fn hint(&self, collector: &mut Collector) {
        if let Some(first_entry) = self.first_entry
            && !collector.hint_at_csv(first_entry, &self.first_line)
        {
            collector.hint_at_comments(first_entry);
        }
    }
}

/// Reads a command-line argument, which may be a list.
pub(crate) fn read_argument(index: u32, text: &str, collector: &mut Collector) -> Result<(), InputError> {
    let source_name = SourceName::Argument(index);
    let mut lexer = Lexer::new(source_name.clone());
    let (given, passed_over) = (collector.given(), collector.passed_over());
    lexer.text(text.as_bytes(), Position::START, collector)?;
    if collector.given() == given {
        // It is named as a whole, and counted once.
        collector.reset_passed_over(passed_over);
        let problem = if text.trim().is_empty() { "is empty" } else { "contains no address" };
        collector.invalid(text.as_bytes(), problem.to_owned(), || source_name.location(Position::START))?;
    }
    Ok(())
}

/// Cuts text, which comes in pieces, into tokens. They are separated by white space, commas, semicolons, bars, quotes and
/// arrows. A token that begins with `#` or `//` begins a comment, to the end of the line, and so does a semicolon before a
/// blank at the beginning of a line of a list.
#[derive(Debug)]
pub(crate) struct Lexer {
    cursor: Cursor,
    token: Vec<u8>,
    token_start: Position,
    is_too_long: bool,
    is_comment: bool,
    /// What stands between the last token and the next.
    gap: Gap,
    joiner: TokenJoiner,
}

enum Kind {
    LineEnd,
    Space,
    Quote,
    Separator,
    Other,
}

impl Lexer {
    pub(crate) fn new(source_name: SourceName) -> Self {
        Self {
            cursor: Cursor::at(Position::START),
            token: Vec::new(),
            token_start: Position::START,
            is_too_long: false,
            is_comment: false,
            gap: Gap::Line,
            joiner: TokenJoiner::new(source_name),
        }
    }

    /// For the lines of a list, where a count may stand before an address, and a semicolon may begin a comment.
    pub(crate) fn of_list(source_name: SourceName) -> Self {
        let mut lexer = Self::new(source_name);
        lexer.joiner.is_list = true;
        lexer
    }

    /// Takes a complete text that begins at a position.
    pub(crate) fn text(
        &mut self,
        text: &[u8],
        position: Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        self.text_at(text, Cursor::at(position), collector)
    }

    pub(crate) fn text_at(&mut self, text: &[u8], cursor: Cursor, collector: &mut Collector) -> Result<(), InputError> {
        if collector.extracts() {
            return extract::text(text, cursor, &self.joiner.source_name, collector);
        }
        if let Ok(plain) = str::from_utf8(text)
            && let Some(address) = parse_plain(plain)
        {
            collector.address(address, plain, || self.joiner.location(cursor.position));
            return Ok(());
        }
        self.cursor = cursor;
        if is_missing_as_a_whole(text) {
            collector.pass_over(Reason::WithoutAddress);
            return Ok(());
        }
        let before = collector.accounted();
        self.feed(text, collector)?;
        self.finish(collector)?;
        // An empty list, such as `[]`.
        if collector.accounted() == before && !text.trim_ascii().is_empty() {
            collector.pass_over(Reason::WithoutAddress);
        }
        Ok(())
    }

    pub(crate) fn feed(&mut self, bytes: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            let length = match self.plain_line(rest, collector)? {
                Some(length) => length,
                None => self.lengthen_by_run(rest),
            };
            if length > 0 {
                self.cursor.pass_ascii(length);
                rest = &rest[length..];
                continue;
            }
            self.take(*byte, collector)?;
            self.cursor.pass(*byte);
            rest = after;
        }
        Ok(())
    }

    /// Adds the bytes to the token that certainly belong to it, and returns how many they are.
    fn lengthen_by_run(&mut self, bytes: &[u8]) -> usize {
        if self.token.is_empty() || self.is_comment {
            return 0;
        }
        let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || b".:[]()-_".contains(byte);
        let room = MAX_TOKEN_BYTES - self.token.len();
        let length = bytes.iter().take(room).take_while(belongs).count();
        self.token.extend_from_slice(&bytes[..length]);
        length
    }

    /// Takes the address of the line at the start of some bytes, if it is a plain address and nothing else, and returns the
    /// length of the line without its end. Most lines of most lists are, and this is the fastest way to read them.
    fn plain_line(&mut self, bytes: &[u8], collector: &mut Collector) -> Result<Option<usize>, InputError> {
        let may_be = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
        if self.gap != Gap::Line
            || !bytes.first().copied().is_some_and(may_be)
            || !self.token.is_empty()
            || self.is_comment
        {
            return Ok(None);
        }
        let beginning = &bytes[..bytes.len().min(MAX_PLAIN_LINE)];
        let Some(end) = memchr::memchr2(b'\n', b'\r', beginning) else { return Ok(None) };
        let Ok(text) = str::from_utf8(&bytes[..end]) else { return Ok(None) };
        let Some(address) = parse_plain(text) else { return Ok(None) };
        self.joiner.end(collector)?;
        collector.address(address, text, || self.joiner.location(self.cursor.position));
        // The end of the line follows, as after a token.
        self.gap = Gap::Apart;
        Ok(Some(end))
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        self.end_token(collector)?;
        self.gap = Gap::Line;
        self.is_comment = false;
        self.joiner.end(collector)
    }

    /// Adds something that cannot hold addresses.
    pub(crate) fn invalid(
        &mut self,
        text: &[u8],
        problem: String,
        position: Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        self.joiner.invalid(text, problem, position, collector)
    }

    fn take(&mut self, byte: u8, collector: &mut Collector) -> Result<(), InputError> {
        match kind(byte) {
            Kind::LineEnd => {
                self.end_token(collector)?;
                self.is_comment = false;
                self.gap = Gap::Line;
            }
            _ if self.is_comment => {}
            Kind::Space => {
                self.end_token(collector)?;
                match self.gap {
                    Gap::Bar => self.gap = Gap::Apart,
                    Gap::Semicolon => {
                        self.is_comment = true;
                        collector.pass_over(Reason::Comment);
                    }
                    _ => {}
                }
            }
            Kind::Separator
                if byte == b';' && self.joiner.is_list && matches!(self.gap, Gap::Line | Gap::Semicolon) =>
            {
                self.end_token(collector)?;
                self.gap = Gap::Semicolon;
            }
            Kind::Quote => {
                self.end_token(collector)?;
                self.gap = self.gap.with_quote();
            }
            Kind::Separator => {
                let is_bar = byte == b'|' && !self.token.is_empty();
                self.end_token(collector)?;
                self.gap = if is_bar { Gap::Bar } else { Gap::Apart };
            }
            Kind::Other if byte == b'>' && self.token.ends_with(b"-") => self.end_before_arrow(collector)?,
            Kind::Other if byte == b'>' && self.token.ends_with(b"=") => self.end_before_arrow(collector)?,
            Kind::Other => {
                self.lengthen(byte);
                if self.is_comment {
                    collector.pass_over(Reason::Comment);
                }
            }
        }
        Ok(())
    }

    /// Ends the token before an arrow, such as `->`, of which everything but its head is in the token.
    fn end_before_arrow(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let is_shaft = |byte: &u8| matches!(byte, b'-' | b'=');
        let length = self.token.iter().rposition(|byte| !is_shaft(byte)).map_or(0, |last| last + 1);
        self.token.truncate(length);
        self.end_token(collector)?;
        self.gap = Gap::Apart;
        Ok(())
    }

    fn lengthen(&mut self, byte: u8) {
        match (self.token.as_slice(), byte) {
            ([], b'#') => self.is_comment = true,
            (b"/", b'/') => {
                self.token.clear();
                self.is_comment = true;
            }
            (token, _) if token.len() == MAX_TOKEN_BYTES => self.is_too_long = true,
            (token, _) => {
                if token.is_empty() {
                    self.token_start = self.cursor.position;
                }
                self.token.push(byte);
            }
        }
    }

    fn end_token(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        if self.token.is_empty() {
            return Ok(());
        }
        let gap = std::mem::replace(&mut self.gap, Gap::Blank);
        if std::mem::take(&mut self.is_too_long) {
            let problem = format!("is longer than {MAX_TOKEN_BYTES} bytes");
            self.joiner.invalid(&self.token, problem, self.token_start, collector)?;
        } else {
            match str::from_utf8(&self.token) {
                Ok(token) if token.is_ascii() => self.joiner.push(token, self.token_start, gap, collector)?,
                Ok(token) => {
                    let cursor = &self.cursor;
                    let position_of = |at| cursor.right_of(self.token_start, at);
                    self.gap = push_pieces(token, gap, position_of, &mut self.joiner, collector)?;
                }
                Err(error) => {
                    let problem = not_utf_8(&self.token, error.valid_up_to());
                    self.joiner.invalid(&self.token, problem, self.token_start, collector)?;
                }
            }
        }
        self.token.clear();
        Ok(())
    }
}

/// Pushes the tokens of a text that are separated by characters beyond ASCII: white space such as a no-break space, quotes,
/// arrows, commas. `position_of` gives the position of a character by its index. Returns what stands behind the last one.
fn push_pieces(
    text: &str,
    mut gap: Gap,
    position_of: impl Fn(usize) -> Position,
    joiner: &mut TokenJoiner,
    collector: &mut Collector,
) -> Result<Gap, InputError> {
    let is_separator = |c: char| !c.is_ascii() && (is_enclosing(c) || "，、；｜".contains(c));
    let mut characters = 0;
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || is_separator(c)) {
        let last = piece.chars().next_back();
        let token = piece.trim_end_matches(|c: char| c.is_whitespace() || is_separator(c));
        if !token.is_empty() {
            joiner.push(token, position_of(characters), gap, collector)?;
            gap = Gap::Blank;
        }
        match last {
            Some(c) if is_quote(c) => gap = gap.with_quote(),
            Some(c) if is_separator(c) => gap = Gap::Apart,
            _ => {}
        }
        characters += piece.chars().count();
    }
    Ok(gap)
}

/// Whether a whole text says that there is no address, by several words or behind the sign of a comment: `not available`,
/// `#N/A`.
fn is_missing_as_a_whole(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| {
        let text = text.trim();
        let is_more_than_a_word = text.starts_with('#') || (text.contains(' ') && text.contains(char::is_alphanumeric));
        is_more_than_a_word && is_missing(text)
    })
}

fn kind(byte: u8) -> Kind {
    match byte {
        b'\n' | b'\r' => Kind::LineEnd,
        b' ' => Kind::Space,
        b'"' | b'\'' | b'`' => Kind::Quote,
        b',' | b';' | b'|' | b'\t' | b'\x0b' | b'\x0c' => Kind::Separator,
        _ => Kind::Other,
    }
}
