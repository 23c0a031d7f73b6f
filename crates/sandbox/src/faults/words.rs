//! The words of a text: `name` or `name=value`, where a value can stand in quotes.

use std::fmt::{self, Write as _};
use std::str::CharIndices;

use crate::faults::error::FaultError;

/// Characters that are written with a backslash in quotes, and by which letter. Quotes stand for themselves.
const ESCAPES: [(char, char); 6] = [('\\', '\\'), ('\'', '\''), ('"', '"'), ('n', '\n'), ('r', '\r'), ('t', '\t')];

pub(super) struct Word<'a> {
    /// As it was written.
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    /// Without quotes and escapes.
    pub(super) value: Option<String>,
}

impl<'a> Word<'a> {
    /// Splits a text where spaces are outside of quotes.
    pub(super) fn all(text: &'a str) -> Result<Vec<Word<'a>>, FaultError> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let name_ends = rest.find(|at: char| at == '=' || at.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(name_ends);
            let (value, after) = match after.strip_prefix('=') {
                None => (None, after),
                Some(value) => {
                    let (value, after) = read_value(rest, value)?;
                    (Some(value), after)
                }
            };
            words.push(Word { text: &rest[..rest.len() - after.len()], name, value });
            rest = after.trim_start();
        }
        Ok(words)
    }
}

/// The value at the beginning of `text`, and what follows it. `word` is the text from the name on.
fn read_value<'a>(word: &str, text: &'a str) -> Result<(String, &'a str), FaultError> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let misquoted = || FaultError::Quotes { word: word.to_owned() };
    let mut value = String::new();
    let mut characters = text[1..].char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(read_escape(&mut characters).ok_or_else(misquoted)??),
            end if end == quote => {
                let after = &text[1 + at + 1..];
                return if after.starts_with(|next: char| !next.is_whitespace()) {
                    Err(misquoted())
                } else {
                    Ok((value, after))
                };
            }
            other => value.push(other),
        }
    }
    Err(misquoted())
}

/// What a backslash and the next character stand for, if there is one.
fn read_escape(characters: &mut CharIndices) -> Option<Result<char, FaultError>> {
    let (_, letter) = characters.next()?;
    let known = ESCAPES.iter().find(|(known, _)| *known == letter);
    Some(known.map(|(_, character)| *character).ok_or_else(|| FaultError::Escape { escape: format!("\\{letter}") }))
}

/// A value as [`Word::all`] reads it, in quotes only if it needs them.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs_none = !self.0.starts_with(['\'', '"']) && !self.0.contains(char::is_whitespace);
        if needs_none {
            return formatter.write_str(self.0);
        }
        formatter.write_char('\'')?;
        for character in self.0.chars() {
            match ESCAPES.iter().find(|(_, escaped)| *escaped == character && character != '"') {
                Some((letter, _)) => write!(formatter, "\\{letter}")?,
                None => formatter.write_char(character)?,
            }
        }
        formatter.write_char('\'')
    }
}
