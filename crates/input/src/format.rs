//! The options of the caller, and the detection of a source's format.

use std::path::Path;

use crate::csv::{has_column, has_known_heading};
use crate::escape::quote;
use crate::inputs::InputError;
use crate::json::has_field;
use crate::location::SourceName;

/// How a source is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Addresses, separated by white space, commas, semicolons, bars or quotes. `#` and `//` begin a comment.
    Lines,
    /// Comma, semicolon or tab separated values. The delimiter is detected.
    Csv,
    /// A JSON object, text or list on each line.
    Jsonl,
}

/// How sources are read. By default everything is detected, and each distinct address has one entry.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format of the files and streams, instead of the detected one.
    pub format: Option<Format>,
    /// The column of CSV, by its heading or its number from 1. With more than one file or stream it applies to those
    /// that are CSV.
    pub column: Option<String>,
    /// The field of JSON lines as a dotted path, such as `source.ip`. With more than one file or stream it applies to
    /// those that are JSON lines.
    pub field: Option<String>,
    /// An entry for each occurrence, instead of one for each distinct address.
    pub keep_duplicates: bool,
    /// Without addresses that belong to no host on the internet: private, shared, loopback, link-local, multicast,
    /// reserved, and those for documentation and benchmarks.
    pub public_only: bool,
}

/// The format of one source, with the column or the field where it is named.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading<'a> {
    Lines,
    Csv(Option<&'a str>),
    Jsonl(Option<&'a str>),
}

/// Chooses the format of each source, and keeps track of whether any has the named column or field.
#[derive(Debug)]
pub(crate) struct Detector<'a> {
    format: Option<Format>,
    column: Option<&'a str>,
    field: Option<&'a str>,
    /// If so, the column or the field need not apply to each of them.
    has_several_sources: bool,
    is_found: bool,
    sources: Vec<SourceName>,
}

impl<'a> Detector<'a> {
    pub(crate) fn new(options: &'a Options, sources: usize) -> Result<Self, InputError> {
        let (column, field) = (options.column.as_deref(), options.field.as_deref());
        let implied = match (column, field) {
            (Some(_), _) => Some((
                Format::Csv,
                "--column requires CSV, but --input-format names another format: remove one of them",
            )),
            (_, Some(_)) => Some((
                Format::Jsonl,
                "--field requires JSON lines, but --input-format names another format: remove one of them",
            )),
            _ => None,
        };
        let has_several_sources = sources > 1;
        let format = match (options.format, implied) {
            (Some(stated), Some((implied, problem))) if stated != implied => {
                return Err(InputError::Options(problem));
            }
            (None, Some((implied, _))) if !has_several_sources => Some(implied),
            (stated, _) => stated,
        };
        Ok(Self { format, column, field, has_several_sources, is_found: false, sources: Vec::new() })
    }

    /// The format of a source: the one of the options, else by its extension, else by its beginning.
    pub(crate) fn reading(
        &mut self,
        path: Option<&Path>,
        source_name: &SourceName,
        beginning: &[u8],
        is_all: bool,
    ) -> Result<Reading<'a>, InputError> {
        self.sources.push(source_name.clone());
        let has_column = self.column.is_some_and(|name| has_column(name, beginning, is_all));
        let has_field = self.field.is_some_and(|path| has_field(path, beginning, is_all));
        let is_number = self.column.is_some_and(|name| name.parse::<usize>().is_ok());
        let by_column_or_field = match (has_column && !is_number, has_field) {
            (true, _) => Some(Format::Csv),
            (_, true) => Some(Format::Jsonl),
            _ => None,
        };
        let format = match self.format.or_else(|| path.and_then(by_extension)).or(by_column_or_field) {
            Some(format) => format,
            None => by_content(source_name, beginning, is_all)?,
        };
        Ok(match format {
            Format::Lines => Reading::Lines,
            Format::Csv => {
                self.is_found |= has_column;
                Reading::Csv(self.column)
            }
            Format::Jsonl => {
                self.is_found |= has_field;
                Reading::Jsonl(self.field)
            }
        })
    }

    /// Fails if none of several sources has the named column or field.
    pub(crate) fn finish(&self) -> Result<(), InputError> {
        let wanted = match (self.column, self.field) {
            _ if self.is_found || !self.has_several_sources => return Ok(()),
            (Some(name), _) => format!("column {}", quote(name)),
            (_, Some(path)) => format!("field {}", quote(path)),
            _ => return Ok(()),
        };
        let sources = self.sources.iter().map(ToString::to_string).collect();
        Err(InputError::NotFound { wanted, sources })
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

fn by_content(source_name: &SourceName, beginning: &[u8], is_all: bool) -> Result<Format, InputError> {
    let text = beginning.trim_ascii_start();
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default().trim_ascii_end();
    let is_json = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let is_whole_line = is_all || line.len() < text.len();
    if line.starts_with(b"{") && (is_json(line) || !is_whole_line && line[1..].trim_ascii_start().starts_with(b"\"")) {
        return Ok(Format::Jsonl);
    }
    if line.starts_with(b"[") && begins_list(&line[1..]) && is_json(line) {
        return Ok(Format::Jsonl);
    }
    let opens_document = [&b"{"[..], b"["].contains(&line) || line.starts_with(b"[") && begins_list(&line[1..]);
    if opens_document {
        return Err(InputError::source(
            source_name,
            "looks like one JSON document: convert it to JSON lines, for example with jq -c '.[]', or use --input-format lines",
        ));
    }
    Ok(if has_known_heading(beginning, is_all) { Format::Csv } else { Format::Lines })
}

/// Whether a JSON object or text follows the bracket of a list.
fn begins_list(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'"'))
}
