//! Chooses the format of each source: by the options, else by its name, else by its beginning.

use std::path::Path;

use crate::escape::quote;
use crate::inputs::InputError;
use crate::json::{has_field, is_json};
use crate::location::SourceName;
use crate::options::{Format, Options};
use crate::table::{has_columns, is_table};

/// The format of one source, with the columns or the fields where they are named.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading<'a> {
    /// Any text, out of which addresses are taken.
    Extract,
    Lines,
    Csv(&'a [String]),
    Json(&'a [String]),
}

/// Chooses the format of each source, and keeps track of whether any has the named columns or fields.
#[derive(Debug)]
pub(crate) struct Detector<'a> {
    options: &'a Options,
    format: Option<Format>,
    /// If so, the columns or the fields need not apply to each of them.
    has_several_sources: bool,
    is_found: bool,
    sources: Vec<SourceName>,
}

impl<'a> Detector<'a> {
    pub(crate) fn new(options: &'a Options, sources: usize) -> Result<Self, InputError> {
        let implied = match (options.columns.is_empty(), options.fields.is_empty()) {
            (false, _) => Some((
                Format::Csv,
                "--column requires CSV, but --input-format names another format: remove one of them",
            )),
            (_, false) => Some((
                Format::Json,
                "--field requires JSON, but --input-format names another format: remove one of them",
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
        Ok(Self { options, format, has_several_sources, is_found: false, sources: Vec::new() })
    }

    /// The format of a source: the one of the options, else by its extension, else by its beginning.
    pub(crate) fn reading(
        &mut self,
        path: &Path,
        source_name: &SourceName,
        beginning: &[u8],
        is_all: bool,
    ) -> Reading<'a> {
        self.sources.push(source_name.clone());
        let Options { columns, fields, .. } = self.options;
        let is_number = |name: &String| name.parse::<usize>().is_ok();
        let has_columns = !columns.is_empty() && has_columns(columns, beginning, is_all);
        let has_fields = fields.iter().any(|path| has_field(path, beginning, is_all));
        let by_column_or_field = match (has_columns && !columns.iter().all(is_number), has_fields) {
            (true, _) => Some(Format::Csv),
            (_, true) => Some(Format::Json),
            _ => None,
        };
        let Options { extract, .. } = *self.options;
        // A file by whose name it is a table is any text as well, unless a part of it is named.
        let by_name = by_extension(path).filter(|_| !extract || !columns.is_empty() || !fields.is_empty());
        let format = match self.format.or(by_name).or(by_column_or_field) {
            None | Some(Format::Lines) if extract => return Reading::Extract,
            Some(format) => format,
            None => by_content(beginning, is_all),
        };
        match format {
            Format::Lines => Reading::Lines,
            Format::Csv => {
                self.is_found |= has_columns;
                Reading::Csv(columns)
            }
            Format::Json => {
                self.is_found |= has_fields;
                Reading::Json(fields)
            }
        }
    }

    /// Whether the columns or the fields have to be in this source, as there is no other.
    pub(crate) fn has_one_source(&self) -> bool {
        !self.has_several_sources
    }

    /// Fails if none of several sources has a named column or field.
    pub(crate) fn finish(&self) -> Result<(), InputError> {
        let Options { columns, fields, .. } = self.options;
        let wanted = match (columns.first(), fields.first()) {
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
        "json" | "jsonl" | "ndjson" => Some(Format::Json),
        _ => None,
    }
}

fn by_content(beginning: &[u8], is_all: bool) -> Format {
    match () {
        () if is_json(beginning, is_all) => Format::Json,
        () if is_table(beginning, is_all) => Format::Csv,
        () => Format::Lines,
    }
}
