//! Words that may be one address, as its dots may have spaces around them.

use super::collector::Collector;
use super::place::{Mark, Origin};
use super::refang::refang;
use super::token::address_of;
use crate::exit::Stop;

/// `1 . 1 . 1 . 1` has seven.
const MOST_WORDS: usize = 16;

/// Words that follow each other with nothing but spaces between them, and a dot at each seam.
#[derive(Debug)]
pub(super) struct Run {
    origin: Origin,
    words: Vec<(String, Mark)>,
    is_too_long: bool,
}

impl Run {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, words: Vec::new(), is_too_long: false }
    }

    /// Takes the next word, which stands apart from the one before unless there are only spaces between them.
    pub(super) fn push(
        &mut self,
        word: &str,
        mark: Mark,
        is_apart: bool,
        collector: &mut Collector,
    ) -> Result<(), Stop> {
        match self.words.last() {
            Some((last, _)) if !is_apart && is_seam(last, word) => {}
            Some(_) => self.end(collector)?,
            None => {}
        }
        if self.words.len() == MOST_WORDS {
            self.is_too_long = true;
        } else {
            self.words.push((word.to_owned(), mark));
        }
        Ok(())
    }

    /// Takes words that white space beyond ASCII keeps apart, such as a no-break space.
    /// `place_of` says where the character of a number is, from 0.
    pub(super) fn push_pieces(
        &mut self,
        words: &str,
        place_of: impl Fn(usize) -> Mark,
        collector: &mut Collector,
    ) -> Result<(), Stop> {
        let mut characters = 0;
        for piece in words.split(char::is_whitespace) {
            if !piece.is_empty() {
                self.push(piece, place_of(characters), true, collector)?;
            }
            characters += piece.chars().count() + 1;
        }
        Ok(())
    }

    /// Takes a word that is no address for sure.
    pub(super) fn invalid(
        &mut self,
        word: &[u8],
        problem: String,
        mark: Mark,
        collector: &mut Collector,
    ) -> Result<(), Stop> {
        self.end(collector)?;
        collector.invalid(word, problem, || self.origin.place(mark))
    }

    /// Tells what the words are.
    pub(super) fn end(&mut self, collector: &mut Collector) -> Result<(), Stop> {
        let mut words = std::mem::take(&mut self.words);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        match words.as_slice() {
            [] => {}
            [(word, mark)] => self.single(word, *mark, collector)?,
            _ => self.several(&words, is_too_long, collector)?,
        }
        words.clear();
        self.words = words;
        Ok(())
    }

    fn single(&self, word: &str, mark: Mark, collector: &mut Collector) -> Result<(), Stop> {
        match address_of(word) {
            Ok(address) => {
                collector.address(address, word, || self.origin.place(mark));
                Ok(())
            }
            Err(problem) => collector.invalid(word.as_bytes(), problem, || self.origin.place(mark)),
        }
    }

    fn several(&self, words: &[(String, Mark)], is_too_long: bool, collector: &mut Collector) -> Result<(), Stop> {
        let Some((_, start)) = words.first() else { return Ok(()) };
        let mut joined = String::new();
        let mut written = Vec::new();
        for (word, _) in words {
            joined.push_str(word);
            written.push(word.as_str());
        }
        let written = written.join(" ");
        let fail = |problem: String, collector: &mut Collector| {
            collector.invalid(written.as_bytes(), problem, || self.origin.place(*start))
        };
        if is_too_long {
            return fail(format!("goes on for more than {MOST_WORDS} pieces"), collector);
        }
        let alone: Vec<_> = words.iter().filter(|(word, _)| !is_only_dots(word)).collect();
        let valid = alone.iter().filter(|(word, _)| address_of(word).is_ok()).count();
        if valid == alone.len() && valid > 0 {
            return alone.into_iter().try_for_each(|(word, mark)| self.single(word, *mark, collector));
        }
        if valid > 0 {
            return fail(
                "has a dot that may belong to either side: write each address in one piece".to_owned(),
                collector,
            );
        }
        match address_of(&joined) {
            // Only IPv4 is written with spaces around its dots.
            Ok(address) if address.is_ipv4() => {
                collector.address(address, &written, || self.origin.place(*start));
                Ok(())
            }
            Ok(_) => fail("has white space in it".to_owned(), collector),
            Err(problem) => fail(problem, collector),
        }
    }
}

/// Whether the dot of an address may be where two words meet. A plain dot at the end of a word may as well end a
/// sentence or follow the number of a list.
fn is_seam(left: &str, right: &str) -> bool {
    starts_with_dot(right) || is_only_dots(left) || ends_with_disguised_dot(left)
}

fn starts_with_dot(word: &str) -> bool {
    word.starts_with(['.', '[', '(', '{', '\\']) && refang(word).starts_with('.')
}

fn ends_with_disguised_dot(word: &str) -> bool {
    let is_disguised = word.ends_with([']', ')', '}']) || word.ends_with("\\.");
    is_disguised && refang(word).ends_with('.')
}

fn is_only_dots(word: &str) -> bool {
    starts_with_dot(word) && refang(word).bytes().all(|byte| byte == b'.')
}
