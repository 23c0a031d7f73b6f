//! Text with addresses separated by almost anything: a lexer cuts it into tokens, and a joiner puts tokens together that
//! are one address with spaces around its dots.

use crate::address::{parse_address, refang};
use crate::diagnose::not_utf_8;
use crate::extract;
use crate::inputs::{Collector, InputError, Reason};
use crate::location::{Cursor, Position, SourceName};
use crate::source::Pieces;

/// The longest token, in bytes. No URL should be longer.
pub(crate) const MAX_TOKEN_BYTES: usize = 2048;

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
        let lexer = Lexer::new(pieces.source_name.clone());
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
        let first_entry = *self.first_entry.get_or_insert(collector.entries());
        let result = self.lexer.feed(piece, collector);
        if result.is_err() {
            collector.hint_at_csv(first_entry, &self.first_line);
        }
        result
    }

    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let result = self.lexer.finish(collector);
        if let Some(first_entry) = self.first_entry {
            collector.hint_at_csv(first_entry, &self.first_line);
        }
        result
    }
}

/// Reads a command-line argument, which may be a list.
pub(crate) fn read_argument(index: u32, text: &str, collector: &mut Collector) -> Result<(), InputError> {
    let source_name = SourceName::Argument(index);
    let mut lexer = Lexer::new(source_name.clone());
    let before = collector.given();
    lexer.text(text.as_bytes(), Position::START, collector)?;
    if collector.given() == before {
        let problem = if text.trim().is_empty() { "is empty" } else { "contains no address" };
        collector.invalid(text.as_bytes(), problem.to_owned(), || source_name.location(Position::START))?;
    }
    Ok(())
}

/// Cuts text, which comes in pieces, into tokens. They are separated by white space, commas, semicolons, bars and
/// quotes. A token that begins with `#` or `//` begins a comment, to the end of the line.
#[derive(Debug)]
pub(crate) struct Lexer {
    cursor: Cursor,
    token: Vec<u8>,
    token_start: Position,
    is_too_long: bool,
    is_comment: bool,
    /// Whether more than spaces follow the last token.
    is_apart: bool,
    joiner: TokenJoiner,
}

enum Kind {
    LineEnd,
    Space,
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
            is_apart: true,
            joiner: TokenJoiner::new(source_name),
        }
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
        self.cursor = cursor;
        self.feed(text, collector)?;
        self.finish(collector)
    }

    pub(crate) fn feed(&mut self, bytes: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        for byte in bytes {
            self.take(*byte, collector)?;
            self.cursor.pass(*byte);
        }
        Ok(())
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        self.end_token(collector)?;
        self.is_apart = true;
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
                self.is_apart = true;
            }
            _ if self.is_comment => {}
            Kind::Space => self.end_token(collector)?,
            Kind::Separator => {
                self.end_token(collector)?;
                self.is_apart = true;
            }
            Kind::Other => {
                self.lengthen(byte);
                if self.is_comment {
                    collector.pass_over(Reason::Comment);
                }
            }
        }
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
        let is_apart = std::mem::take(&mut self.is_apart);
        if std::mem::take(&mut self.is_too_long) {
            let problem = format!("is longer than {MAX_TOKEN_BYTES} bytes");
            self.joiner.invalid(&self.token, problem, self.token_start, collector)?;
        } else {
            match str::from_utf8(&self.token) {
                Ok(token) if token.is_ascii() => self.joiner.push(token, self.token_start, is_apart, collector)?,
                Ok(token) => {
                    let position_of = |characters| self.cursor.right_of(self.token_start, characters);
                    self.joiner.push_pieces(token, position_of, collector)?;
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

fn kind(byte: u8) -> Kind {
    match byte {
        b'\n' | b'\r' => Kind::LineEnd,
        b' ' => Kind::Space,
        b',' | b';' | b'|' | b'"' | b'\'' | b'`' | b'\t' | b'\x0b' | b'\x0c' => Kind::Separator,
        _ => Kind::Other,
    }
}

/// The most tokens that are joined. `1 . 1 . 1 . 1` has seven.
const MAX_JOINED_TOKENS: usize = 16;

/// Joins tokens that may be one address: with nothing but spaces between them, and a dot at each seam.
#[derive(Debug)]
pub(crate) struct TokenJoiner {
    source_name: SourceName,
    tokens: Vec<(String, Position)>,
    is_too_long: bool,
}

impl TokenJoiner {
    pub(crate) fn new(source_name: SourceName) -> Self {
        Self { source_name, tokens: Vec::new(), is_too_long: false }
    }

    /// Takes the next token. It is apart from the one before unless there are only spaces between them.
    pub(crate) fn push(
        &mut self,
        token: &str,
        position: Position,
        is_apart: bool,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        match self.tokens.last() {
            Some((last, _)) if !is_apart && is_seam(last, token) => {}
            Some(_) => self.end(collector)?,
            None => {}
        }
        if self.tokens.len() == MAX_JOINED_TOKENS {
            self.is_too_long = true;
        } else {
            self.tokens.push((token.to_owned(), position));
        }
        Ok(())
    }

    /// Takes tokens that are separated by white space beyond ASCII, such as a no-break space.
    /// `position_of` gives the position of a character by its index.
    pub(crate) fn push_pieces(
        &mut self,
        tokens: &str,
        position_of: impl Fn(usize) -> Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let mut characters = 0;
        for piece in tokens.split(char::is_whitespace) {
            if !piece.is_empty() {
                self.push(piece, position_of(characters), true, collector)?;
            }
            characters += piece.chars().count() + 1;
        }
        Ok(())
    }

    /// Adds a token that is certainly not an address.
    pub(crate) fn invalid(
        &mut self,
        token: &[u8],
        problem: String,
        position: Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        self.end(collector)?;
        collector.invalid(token, problem, || self.source_name.location(position))
    }

    /// Adds the address or the addresses that the tokens are, or a diagnosis.
    pub(crate) fn end(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let mut tokens = std::mem::take(&mut self.tokens);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        match tokens.as_slice() {
            [] => {}
            [(token, position)] => self.single(token, *position, collector)?,
            _ => self.several(&tokens, is_too_long, collector)?,
        }
        tokens.clear();
        self.tokens = tokens;
        Ok(())
    }

    fn single(&self, token: &str, position: Position, collector: &mut Collector) -> Result<(), InputError> {
        collector.token(token, || self.source_name.location(position))
    }

    fn several(
        &self,
        tokens: &[(String, Position)],
        is_too_long: bool,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let Some((_, start)) = tokens.first() else { return Ok(()) };
        let mut joined = String::new();
        let mut written = Vec::new();
        for (token, _) in tokens {
            joined.push_str(token);
            written.push(token.as_str());
        }
        let written = written.join(" ");
        let fail = |problem: String, collector: &mut Collector| {
            collector.invalid(written.as_bytes(), problem, || self.source_name.location(*start))
        };
        if is_too_long {
            return fail(format!("has more than {MAX_JOINED_TOKENS} parts separated by spaces"), collector);
        }
        let alone: Vec<_> = tokens.iter().filter(|(token, _)| !is_only_dots(token)).collect();
        let valid = alone.iter().filter(|(token, _)| parse_address(token).is_ok()).count();
        if valid == alone.len() && valid > 0 {
            return alone.into_iter().try_for_each(|(token, position)| self.single(token, *position, collector));
        }
        if valid > 0 {
            return fail(
                "has a dot that may belong to either side: write each address in one piece".to_owned(),
                collector,
            );
        }
        match parse_address(&joined) {
            // Only IPv4 is written with spaces around its dots.
            Ok(address) if address.is_ipv4() => {
                collector.address(address, &written, || self.source_name.location(*start));
                Ok(())
            }
            Ok(_) => fail("contains white space".to_owned(), collector),
            Err(problem) => fail(problem, collector),
        }
    }
}

/// Whether the dot of an address may be where two tokens meet. A plain dot at the end of a token may as well end a
/// sentence or follow the number of a list item.
fn is_seam(left: &str, right: &str) -> bool {
    starts_with_dot(right) || is_only_dots(left) || ends_with_defanged_dot(left)
}

fn starts_with_dot(token: &str) -> bool {
    token.starts_with(['.', '[', '(', '{', '\\']) && refang(token).starts_with('.')
}

fn ends_with_defanged_dot(token: &str) -> bool {
    let is_defanged = token.ends_with([']', ')', '}']) || token.ends_with("\\.");
    is_defanged && refang(token).ends_with('.')
}

fn is_only_dots(token: &str) -> bool {
    starts_with_dot(token) && refang(token).bytes().all(|byte| byte == b'.')
}
