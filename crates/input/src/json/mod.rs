//! JSON: one document or many, on lines of their own or not. They are read as a stream, and the fields of the addresses are
//! found by their names.
//!
//! Files import downwards only: `mod` -> `detect` -> `candidates` (which fields count) -> `walk` -> `roles` -> `groups`
//! (entries of each field) -> `shapes` (types, patterns) -> `paths` -> `names` -> `parser` -> `feed`.

mod candidates;
mod detect;
mod feed;
mod groups;
mod names;
mod parser;
mod paths;
mod roles;
mod shapes;
mod walk;

use struson::reader::ReaderError;

use self::candidates::{decide, has_named_field};
use self::detect::is_by_line;
use self::feed::Feed;
use self::names::FieldPath;
use self::parser::{is_cut, offset, parser, position};
use self::walk::Walker;
use crate::diagnose::not_utf_8;
use crate::inputs::{Collector, InputError, Reason};
use crate::location::{Position, SourceName};
use crate::options::Options;
use crate::source::Pieces;

pub(crate) use self::detect::is_json;

/// The most characters of a damaged document that are shown.
const MAX_SHOWN: usize = 40;

/// Reads a source that is JSON. Of several sources, each need not have all of the fields.
pub(crate) fn read(
    pieces: &mut Pieces<'_>,
    fields: &[String],
    is_only_source: bool,
    collector: &mut Collector,
) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let fields = FieldPath::distinct(fields);
    let mut damages = collector.empty_copy();
    let mut walker = Walker::new(source_name.clone(), &fields, collector);
    walk(pieces, &source_name, &mut walker, &mut damages)?;
    let has_others = walker.paths.all().any(|(_, path)| path.addresses > 0);
    match decide(walker, &fields, is_only_source) {
        Ok(mut collectors) => {
            collectors.push(damages);
            collector.absorb(collectors)
        }
        // Which fields there are is not known.
        Err(_) if damages.given() > 0 && !has_others => collector.absorb(vec![damages]),
        Err(problem) => Err(InputError::source(source_name, problem)),
    }
}

/// Whether the beginning of a source has the field.
pub(crate) fn has_field(path: &str, beginning: &[u8], is_all: bool) -> bool {
    if !is_json(beginning, is_all) {
        return false;
    }
    let fields = [FieldPath::new(path)];
    let (collector, mut damages) = (Collector::new(Options::default()), Collector::new(Options::default()));
    let mut bytes = beginning;
    let mut pieces = Pieces::of_reader("", &mut bytes);
    let source_name = SourceName::stream("");
    let mut walker = Walker::new(source_name.clone(), &fields, &collector);
    walk(&mut pieces, &source_name, &mut walker, &mut damages).is_ok() && has_named_field(&walker.paths)
}

/// Walks through all documents, and notes where they are damaged.
fn walk(
    pieces: &mut Pieces<'_>,
    source_name: &SourceName,
    walker: &mut Walker<'_>,
    damages: &mut Collector,
) -> Result<(), InputError> {
    let (beginning, is_all) = pieces.beginning()?;
    let is_by_line = is_by_line(beginning, is_all);
    let mut feed = Feed::new(pieces, is_by_line);
    while feed.begin_line()? {
        let mut parser = parser(&mut feed);
        let found = walker.documents(&mut parser);
        let (at, passed) = (position(walker.line, &parser), offset(&parser));
        drop(parser);
        if let Err(error) = found {
            if let Some(error) = feed.take_error() {
                return Err(error);
            }
            // What is blank is no document.
            if walker.has_begun || !is_cut(&error) {
                let is_next = !is_cut(&error) && feed.is_blank(walker.last_end, passed);
                let is_between = walker.break_off(is_by_line, is_next);
                feed.skip_line()?;
                let damage = Damage { error: &error, at, passed, is_by_line };
                let is_comma = is_between && feed.around(passed).1.trim_ascii_end() == b",";
                if is_by_line && feed.line().trim_ascii_start().starts_with(b"#") {
                    damages.pass_over(Reason::Comment);
                } else if !(is_by_line && is_comma) {
                    let (text, problem, position) = damage.describe(&feed);
                    damages.invalid(&text, problem, || source_name.location(position))?;
                }
            }
        }
        if !is_by_line {
            break;
        }
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
