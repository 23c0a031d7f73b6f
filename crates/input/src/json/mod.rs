//! JSON: one document or many, on lines of their own or not. They are read as a stream, and the fields of the addresses are
//! found by their names.
//!
//! Files import downwards only: `mod` -> `by_row` -> `documents` (one after the other) -> `detect` -> `candidates` (which
//! fields count) -> `walk` -> `roles` -> `groups`
//! (entries of each field) -> `shapes` (types, patterns) -> `paths` -> `names` -> `parser` -> `feed`.

mod by_row;
mod candidates;
mod detect;
mod documents;
mod feed;
mod groups;
mod names;
mod parser;
mod paths;
mod roles;
mod shapes;
mod walk;

use self::candidates::{choose, collected, has_named_field};
use self::documents::walk;
use self::names::FieldPath;
use self::walk::{LineNotes, Walker};
use crate::inputs::{Collector, InputError};
use crate::location::{Position, SourceName};
use crate::options::Options;
use crate::shape::Shaping;
use crate::source::Pieces;

pub(crate) use self::by_row::rows;
pub(crate) use self::detect::is_json;

/// Reads a source that is JSON. Of several sources, each need not have all of the fields.
pub(crate) fn read(
    pieces: &mut Pieces<'_>,
    fields: &[String],
    is_only_source: bool,
    collector: &mut Collector,
    shaping: Option<&mut Shaping>,
) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let fields = FieldPath::distinct(fields);
    let mut damages = collector.empty_copy();
    let mut walker = Walker::new(source_name.clone(), &fields, collector);
    match &shaping {
        None => walk(pieces, &source_name, &mut walker, &mut damages, |_, _, _| Ok(()))?,
        Some(shaping) => {
            by_row::expect_lines(pieces)?;
            walker.line_notes = Some(LineNotes { prefix: Some(shaping.prefix.clone()), ..LineNotes::default() });
            walk(pieces, &source_name, &mut walker, &mut damages, |walker, _, is_damaged| {
                by_row::expect_object(walker, is_damaged).map_err(|problem| {
                    let location = source_name.location(Position::line(walker.line));
                    InputError::source(location, problem)
                })
            })?;
        }
    }
    let has_others = walker.paths.all().any(|(_, path)| path.addresses > 0);
    match choose(&walker, &fields, is_only_source) {
        Ok(chosen) => {
            if let Some(shaping) = shaping {
                shaping.damaged = damages.given();
                by_row::note(&walker, &fields, &chosen, shaping)
                    .map_err(|problem| InputError::source(source_name, problem))?;
            }
            let mut collectors = collected(walker, &chosen);
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
    walk(&mut pieces, &source_name, &mut walker, &mut damages, |_, _, _| Ok::<_, InputError>(())).is_ok()
        && has_named_field(&walker.paths)
}
