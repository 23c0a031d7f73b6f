//! Reads IP addresses from arguments, files and streams: lists, tables, JSON or any text, plain or defanged, with ports, in
//! URLs.
//!
//! Text goes in; addresses, their counts and diagnoses with locations come out. What is certain is taken, what is
//! certainly nothing is passed over and counted, and only what may be a damaged address is invalid. The result is what
//! was written or a diagnosis, and never another address. Every source is read in pieces, so memory grows with the number
//! of distinct texts and not with the size of the sources.
//!
//! ```
//! use mde_input::{Options, Source};
//!
//! let mut list = &b"8[.]8.8.8, hxxp://[2001:db8::1]:80/x\n8.8.8.8 256.1.1.1\n"[..];
//! let sources = vec![Source::Reader { name: "list.txt", reader: &mut list }];
//! let inputs = mde_input::read(sources, &Options::default())?;
//!
//! assert_eq!(inputs.distinct_addresses().len(), 2);
//! assert_eq!(inputs.entries[0].occurrences, 2);
//! let invalid = &inputs.entries[2];
//! assert_eq!(invalid.location.to_string(), "list.txt:2:9");
//! assert_eq!(invalid.address, Err("has the part \"256\", which is above 255".to_owned()));
//! # Ok::<(), mde_input::InputError>(())
//! ```
//!
//! A table or JSON lines can be read a second time, row by row, to add columns to it: see [`read_rows`].
//!
//! Modules import downwards only: `lib` -> `rows` (again, by row) -> `format` (detection) -> `json` (fields) -> `table` (columns) -> `list`
//! (lines, unless half of the words are no addresses) -> `lines` (lexer) -> `extract` (addresses in any text) ->
//! `source` (bytes in pieces) -> `shape` (of rows) -> `joiner` (tokens that are one notation) -> `lead` (bullets) -> `inputs` (entries and
//! errors) -> `token` (what a word is) -> `address` -> `range` (networks) -> `diagnose` -> `near_miss` -> `service`
//! (ports) -> `refang` -> `look_alike` -> `public` -> `location` -> `options` -> `names` (of columns and fields) ->
//! `escape`. The head of each folder's `mod.rs` says the same of its files.

mod address;
mod diagnose;
pub mod escape;
mod extract;
mod format;
mod inputs;
mod joiner;
mod json;
mod lead;
mod lines;
mod list;
mod location;
mod look_alike;
mod names;
mod near_miss;
mod options;
mod public;
mod range;
mod refang;
mod rows;
mod service;
mod shape;
mod source;
mod table;
mod token;

use std::io::Read;
use std::path::Path;

pub use self::inputs::{Entry, Finding, InputError, Inputs, PassedOver};
pub use self::location::{Location, Position};
pub use self::options::{Format, Options};
pub use self::rows::Rows;
pub use self::shape::{Column, Content, Form, Row, Shape};
pub use self::source::Source;

use self::format::{Detector, Reading};
use self::inputs::Collector;
use self::location::SourceName;
use self::shape::Shaping;
use self::source::Pieces;

/// Reads the sources in their order.
///
/// # Errors
///
/// [`InputError`] if the options contradict each other, a source cannot be read or is not text, it is open which column
/// or field holds the addresses, or there is nothing to read, unless addresses are
/// [extracted](Options::extract). An invalid text is not an error but an [`Entry`]. More than
/// 50,000 of them end the reading: the result is then what was read so far, with [`Inputs::stopped_at`].
pub fn read(sources: Vec<Source<'_>>, options: &Options) -> Result<Inputs, InputError> {
    read_sources(sources, options, None)
}

/// Reads a source whose rows can be read again, each with what its columns or fields of addresses have. Of JSON, the names of
/// members are noted that begin with the prefix.
///
/// # Errors
///
/// Those of [`read`], but that there may be no address where there are rows; and [`InputError::Source`] if nothing can be added to its rows: it is a list, any text, a table
/// without a delimiter, or JSON with anything but one object on each line.
pub fn read_rows(
    name: &str,
    reader: &mut dyn Read,
    options: &Options,
    prefix: &str,
) -> Result<(Rows, Inputs), InputError> {
    let mut shaping = Shaping { prefix: prefix.to_owned(), ..Shaping::default() };
    let inputs = read_sources(vec![Source::Reader { name, reader }], options, Some(&mut shaping))?;
    let (shape, fields) = shaping.into_shape();
    Ok((Rows::new(name, options, shape, fields), inputs))
}

fn read_sources(
    sources: Vec<Source<'_>>,
    options: &Options,
    shaping: Option<&mut Shaping>,
) -> Result<Inputs, InputError> {
    let mut collector = Collector::new(options.clone());
    let result = read_all(sources, options, &mut collector, shaping);
    let inputs = collector.finish();
    match result {
        Err(InputError::TooManyInvalid { .. }) => Ok(inputs),
        result => result.map(|()| inputs),
    }
}

fn read_all(
    sources: Vec<Source<'_>>,
    options: &Options,
    collector: &mut Collector,
    mut shaping: Option<&mut Shaping>,
) -> Result<(), InputError> {
    let names = names(&sources);
    let detected = sources.iter().filter(|source| !matches!(source, Source::Argument { .. })).count();
    let mut detector = Detector::new(options, detected)?;
    for source in sources {
        let (pieces, path) = match source {
            Source::Argument { index, text } => {
                lines::read_argument(index, text, collector)?;
                continue;
            }
            Source::File(path) => (Pieces::of_file(path)?, path),
            Source::Reader { name, reader } => (Pieces::of_reader(name, reader), Path::new(name)),
        };
        read_pieces(pieces, path, &mut detector, collector, shaping.as_deref_mut())?;
    }
    detector.finish()?;
    // A text need not hold any, and of a source with rows they are known.
    let may_be_without = options.extract || shaping.is_some_and(|shaping| !shaping.columns.is_empty());
    match collector.given() {
        0 if !may_be_without => Err(InputError::Empty { sources: names, passed_over: collector.passed_over() }),
        _ => Ok(()),
    }
}

fn read_pieces(
    mut pieces: Pieces<'_>,
    path: &Path,
    detector: &mut Detector<'_>,
    collector: &mut Collector,
    shaping: Option<&mut Shaping>,
) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let (beginning, is_all) = pieces.beginning()?;
    match detector.reading(path, &source_name, beginning, is_all) {
        Reading::Extract if shaping.is_some() => Err(InputError::source(
            source_name,
            "has no rows with --extract alone: name a column with --column, or a field with --field",
        )),
        Reading::Lines if shaping.is_some() => Err(InputError::source(
            source_name,
            "is a list, to whose lines nothing can be added: give CSV or JSON lines, or --input-format csv for a row on \
             each line",
        )),
        Reading::Extract => extract::read(&mut pieces, collector),
        Reading::Lines => list::read(&mut pieces, collector),
        Reading::Csv(columns) => {
            let is_json = !columns.is_empty() && json::is_json(beginning, is_all);
            table::read(&mut pieces, columns, collector, shaping).map_err(|error| match error {
                InputError::Source { name, .. } if is_json => {
                    InputError::source(name, "is JSON, which has no columns: name a field with --field")
                }
                error => error,
            })
        }
        Reading::Json(fields) => json::read(&mut pieces, fields, detector.has_one_source(), collector, shaping),
    }
}

/// The names of the files, or of the streams if there is no file.
fn names(sources: &[Source<'_>]) -> Vec<String> {
    let (mut files, mut streams) = (Vec::new(), Vec::new());
    for source in sources {
        match source {
            Source::File(path) => files.push(SourceName::file(path).to_string()),
            Source::Reader { name, .. } => streams.push(SourceName::stream(name).to_string()),
            Source::Argument { .. } => {}
        }
    }
    if files.is_empty() { streams } else { files }
}
