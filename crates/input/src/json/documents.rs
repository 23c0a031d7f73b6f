//! Walks through the documents of a source, one after the other, and names where they are damaged.

use struson::reader::ReaderError;

use super::detect::is_by_line;
use super::feed::Feed;
use super::parser::{is_cut, offset, parser, position};
use super::walk::Walker;
use crate::diagnose::not_utf_8;
use crate::inputs::{Collector, InputError, Reason};
use crate::location::{Position, SourceName};
use crate::source::Pieces;

/// The most characters of a damaged document that are shown.
const MAX_SHOWN: usize = 40;

/// Walks through all documents, and notes where they are damaged. Where each line is a document, `on_line` gets where it
/// begins, in bytes from the beginning of the source, and whether it is damaged.
pub(super) fn walk<E: From<InputError>>(
    pieces: &mut Pieces<'_>,
    source_name: &SourceName,
    walker: &mut Walker<'_>,
    damages: &mut Collector,
    mut on_line: impl FnMut(&mut Walker<'_>, u64, bool) -> Result<(), E>,
) -> Result<(), E> {
    let (beginning, is_all) = pieces.beginning()?;
    let is_by_line = is_by_line(beginning, is_all);
    let mut feed = Feed::new(pieces, is_by_line);
    while feed.begin_line()? {
        let start = feed.start();
        let mut is_damaged = false;
        let mut parser = parser(&mut feed);
        let found = walker.documents(&mut parser);
        let (at, passed) = (position(walker.line, &parser), offset(&parser));
        drop(parser);
        if let Err(error) = found {
            if let Some(error) = feed.take_error() {
                return Err(error.into());
            }
            // What is blank is no document.
            if walker.has_begun || !is_cut(&error) {
                let is_next = !is_cut(&error) && feed.is_blank(walker.last_end, passed);
                let is_between = walker.break_off(is_by_line, is_next);
                feed.skip_line()?;
                let damage = Damage { error: &error, at, passed, is_by_line };
                let is_comma = is_between && feed.around(passed).1.trim_ascii_end() == b",";
                is_damaged = !(is_by_line && is_comma);
                if is_by_line && feed.line().trim_ascii_start().starts_with(b"#") {
                    damages.pass_over(Reason::Comment);
                } else if is_damaged {
                    let (text, problem, position) = damage.describe(&feed);
                    damages.invalid(&text, problem, || source_name.location(position))?;
                }
            }
        }
        if !is_by_line {
            break;
        }
        on_line(walker, start, is_damaged)?;
        walker.line = walker.line.saturating_add(1);
    }
    Ok(())
}

/// Where documents are damaged.
struct Damage<'a> {
    error: &'a ReaderError,
    at: Position,
    passed: u64,
    is_by_line: bool,
}

impl Damage<'_> {
    /// The text that stands there, what is wrong with it, and its position.
    fn describe(&self, feed: &Feed<'_, '_>) -> (Vec<u8>, String, Position) {
        let Position { line, column } = self.at;
        let (before, after) = feed.around(self.passed);
        let known = match self.error {
            ReaderError::IoError { .. } => {
                str::from_utf8(after).err().map(|error| not_utf_8(after, error.valid_up_to()))
            }
            ReaderError::MaxNestingDepthExceeded { max_nesting_depth, .. } => {
                Some(format!("is in more than {max_nesting_depth} lists and objects"))
            }
            _ => None,
        };
        if self.is_by_line {
            let problem = known.unwrap_or_else(|| format!("is not valid JSON from column {column} on"));
            return (feed.line().to_vec(), problem, Position::line(line));
        }
        let is_at_end = after.trim_ascii().is_empty();
        let what = known.unwrap_or_else(|| match is_at_end {
            true => "is where the document breaks off".to_owned(),
            false => "is not valid JSON".to_owned(),
        });
        let shown = if is_at_end { tail(before) } else { head(after) };
        (shown.into_bytes(), format!("{what}; nothing after it was read"), self.at)
    }
}

/// The first characters of the line.
fn head(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().lines().next().unwrap_or_default().chars().take(MAX_SHOWN).collect()
}

/// The last characters of the line.
fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.trim().lines().next_back().unwrap_or_default().trim();
    let skipped = line.chars().count().saturating_sub(MAX_SHOWN);
    line.chars().skip(skipped).collect()
}
