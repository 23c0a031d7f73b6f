//! Text with addresses separated by almost anything, which a lexer cuts into tokens.

use crate::address::plain_ipv4;
use crate::diagnose::not_utf_8;
use crate::extract;
use crate::inputs::{Collector, InputError, Reason};
use crate::joiner::{Gap, TokenJoiner};
use crate::location::{Cursor, Position, SourceName};
use crate::source::Pieces;
use crate::token::{is_enclosing, is_missing, is_quote};

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
            collector.hint_at_words(first_entry);
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    LineEnd,
    Space,
    Quote,
    Separator,
    /// The head of an arrow, if there is a shaft before it.
    Head,
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

    /// Takes a complete text that begins at a position. If nothing is in it, it counts as one without an address.
    pub(crate) fn text(
        &mut self,
        text: &[u8],
        position: Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        self.text_at(text, Cursor::at(position), collector)
    }

    pub(crate) fn text_at(&mut self, text: &[u8], cursor: Cursor, collector: &mut Collector) -> Result<(), InputError> {
        let before = collector.accounted();
        if collector.extracts() {
            extract::text(text, cursor, &self.joiner.source_name, collector)?;
        } else if plain_ipv4(text).is_some_and(|address| collector.again(address)) {
            return Ok(());
        } else if !is_missing_as_a_whole(text) {
            self.cursor = cursor;
            self.feed(text, collector)?;
            self.finish(collector)?;
        }
        // A missing value, an empty text, or an empty list such as `[]`.
        if collector.accounted() == before {
            collector.pass_over(Reason::WithoutAddress);
        }
        Ok(())
    }

    pub(crate) fn feed(&mut self, mut bytes: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        while !bytes.is_empty() {
            // Most bytes belong to a token or to a comment, so that all of it is passed at once.
            let length = match self.is_comment {
                true => memchr::memchr2(b'\n', b'\r', bytes),
                false => bytes.iter().position(|byte| KINDS[usize::from(*byte)] != Kind::Other),
            };
            let (run, rest) = bytes.split_at(length.unwrap_or(bytes.len()));
            if !run.is_empty() {
                self.lengthen(run, collector);
                self.cursor.pass_within_line(run);
            }
            let Some((byte, rest)) = rest.split_first() else { return Ok(()) };
            self.take(*byte, collector)?;
            self.cursor.pass(*byte);
            bytes = rest;
        }
        Ok(())
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        self.end_token(Gap::Line, collector)?;
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

    /// Takes a byte that separates tokens, or may do so.
    fn take(&mut self, byte: u8, collector: &mut Collector) -> Result<(), InputError> {
        match KINDS[usize::from(byte)] {
            Kind::LineEnd => {
                self.end_token(Gap::Line, collector)?;
                self.is_comment = false;
                self.gap = Gap::Line;
            }
            Kind::Space => {
                self.end_token(Gap::Blank, collector)?;
                match self.gap {
                    Gap::Bar => self.gap = Gap::Apart,
                    Gap::Semicolon => {
                        self.is_comment = true;
                        collector.pass_over(Reason::Comment);
                    }
                    _ => {}
                }
            }
            Kind::Quote => {
                self.end_token(Gap::Quote, collector)?;
                self.gap = self.gap.with_quote();
            }
            Kind::Separator => {
                let gap = self.gap_of_separator(byte);
                self.end_token(gap, collector)?;
                self.gap = gap;
            }
            Kind::Head if self.token.ends_with(b"-") || self.token.ends_with(b"=") => {
                self.end_before_arrow(collector)?
            }
            Kind::Head | Kind::Other => self.lengthen(&[byte], collector),
        }
        Ok(())
    }

    fn gap_of_separator(&self, byte: u8) -> Gap {
        let is_behind_token = !self.token.is_empty();
        match (byte, self.gap) {
            (b'|', _) if is_behind_token => Gap::Bar,
            (b';', Gap::Line | Gap::Semicolon) if self.joiner.is_list && !is_behind_token => Gap::Semicolon,
            _ => Gap::Apart,
        }
    }

    /// Ends the token before an arrow, such as `->`, of which everything but its head is in the token.
    fn end_before_arrow(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let is_shaft = |byte: &u8| matches!(byte, b'-' | b'=');
        let length = self.token.iter().rposition(|byte| !is_shaft(byte)).map_or(0, |last| last + 1);
        self.token.truncate(length);
        self.end_token(Gap::Apart, collector)?;
        self.gap = Gap::Apart;
        Ok(())
    }

    /// Takes bytes that separate nothing: they begin or continue a token or a comment.
    fn lengthen(&mut self, run: &[u8], collector: &mut Collector) {
        if self.is_comment {
            return;
        }
        if matches!((self.token.as_slice(), run), ([], [b'#', ..] | [b'/', b'/', ..]) | (b"/", [b'/', ..])) {
            self.token.clear();
            self.is_comment = true;
            collector.pass_over(Reason::Comment);
            return;
        }
        if self.token.is_empty() {
            self.token_start = self.cursor.position;
        }
        let room = MAX_TOKEN_BYTES - self.token.len();
        self.is_too_long |= run.len() > room;
        self.token.extend_from_slice(&run[..run.len().min(room)]);
    }

    /// Ends the token, if there is one, behind which is that gap, or more of one.
    fn end_token(&mut self, behind: Gap, collector: &mut Collector) -> Result<(), InputError> {
        if self.token.is_empty() {
            return Ok(());
        }
        let gap = std::mem::replace(&mut self.gap, Gap::Blank);
        // Most of a long list. Nothing can join it, and all that there is to do is to count it.
        let is_alone = [gap, behind].iter().all(|gap| matches!(gap, Gap::Line | Gap::Apart));
        if is_alone && plain_ipv4(&self.token).is_some_and(|address| collector.again(address)) {
            self.token.clear();
            return Ok(());
        }
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

/// The kind of each byte.
const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut separators: &[u8] = b",;|\t\x0b\x0c";
    while let [separator, rest @ ..] = separators {
        kinds[*separator as usize] = Kind::Separator;
        separators = rest;
    }
    let mut quotes: &[u8] = b"\"'`";
    while let [quote, rest @ ..] = quotes {
        kinds[*quote as usize] = Kind::Quote;
        quotes = rest;
    }
    kinds[b' ' as usize] = Kind::Space;
    kinds[b'>' as usize] = Kind::Head;
    kinds[b'\n' as usize] = Kind::LineEnd;
    kinds[b'\r' as usize] = Kind::LineEnd;
    kinds
};
