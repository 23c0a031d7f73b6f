//! A list: what is read as lines, unless at least half of its words are no addresses.

use crate::extract::{self, Extractor};
use crate::inputs::{Collector, InputError};
use crate::lines::{Lexer, List};
use crate::location::{Cursor, Position, SourceName};
use crate::near_miss::is_near_miss;
use crate::options::Options;
use crate::source::Pieces;

/// A list with no more words than this among its addresses has each of them named.
const MAX_NAMED_WORDS: u64 = 4;

/// Reads a source that is a list.
///
/// # Errors
///
/// Apart from those of reading: at least half of its words are no addresses, and some addresses could be extracted.
pub(crate) fn read(pieces: &mut Pieces<'_>, collector: &mut Collector) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let mut lines = List::new(pieces)?;
    let (beginning, _) = pieces.beginning()?;
    if !is_mostly_words(beginning, &source_name) {
        return lines.read(pieces, collector);
    }
    let may_be_csv = may_be_csv(beginning);
    let mut found = collector.for_extraction();
    let mut extractor = Extractor::new(source_name.clone());
    let (mut extracted, mut named) = (Ok(()), Ok(()));
    while let Some(piece) = pieces.next()? {
        if extracted.is_ok() {
            extracted = extractor.feed(piece, &mut found);
        }
        // A stream cannot be read again, so its words are named at once, until there is an address.
        if named.is_ok() && found.distinct() == 0 {
            named = lines.feed(piece, collector);
        }
    }
    if extracted.is_ok() {
        // Too many damaged addresses end the search; what was found before them is what the flag finds as well.
        let _ = extractor.finish(&mut found);
    }
    let addresses = match found.distinct() {
        0 => return named.and_then(|()| lines.finish(collector)),
        1 => "1 address".to_owned(),
        count => format!("{count} addresses"),
    };
    let hint = if may_be_csv { ", or if this is CSV, name its column with --column" } else { "" };
    let problem = format!("at least half of its words are no addresses; --extract would find {addresses}{hint}");
    Err(InputError::source(format_args!("{source_name}:"), problem))
}

/// Whether the first two lines have as many cells as each other, more than one.
fn may_be_csv(beginning: &[u8]) -> bool {
    let mut lines = beginning.split(|byte| *byte == b'\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    b",;\t".iter().any(|delimiter| {
        let count = |line: &[u8]| line.iter().filter(|byte| *byte == delimiter).count();
        // In a sentence, a blank follows.
        let is_of_sentence = |line: &[u8]| line.windows(2).any(|pair| pair == [*delimiter, b' ']);
        count(first) > 0 && count(first) == count(second) && !is_of_sentence(first) && !is_of_sentence(second)
    })
}

/// Whether at least half of the words of a beginning are no addresses, and no damaged ones. Comments and missing values
/// are no words.
fn is_mostly_words(beginning: &[u8], source_name: &SourceName) -> bool {
    let mut collector = Collector::new(Options::default());
    let mut lexer = Lexer::of_list(source_name.clone());
    let read = lexer.feed(beginning, &mut collector).and_then(|()| lexer.finish(&mut collector));
    let inputs = collector.finish();
    let words = inputs.entries.iter().filter(|entry| entry.address.is_err() && !is_damaged(&entry.text, source_name));
    let words: u64 = words.map(|entry| entry.occurrences).sum();
    let all: u64 = inputs.entries.iter().map(|entry| entry.occurrences).sum();
    read.is_ok() && words > MAX_NAMED_WORDS && words * 2 >= all
}

/// Whether the text begins with an address or a damaged one. What has a name before it, such as `src=192.0.2.1`, is of a
/// log.
fn begins_with_address(text: &str) -> bool {
    text.trim_start_matches(['(', '[', '<']).starts_with(|c: char| c.is_ascii_digit()) && is_near_miss(text)
}

/// Whether the text may be a damaged address, or are several with something in between.
fn is_damaged(text: &str, source_name: &SourceName) -> bool {
    if text.contains(' ') || begins_with_address(text) {
        return true;
    }
    let mut found = Collector::new(Options { extract: true, ..Options::default() });
    let cursor = Cursor::at(Position::START);
    let read = extract::text(text.as_bytes(), cursor, source_name, &mut found);
    read.is_ok() && found.named() > 0
}
