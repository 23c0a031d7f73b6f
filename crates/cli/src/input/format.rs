//! Finds out what a text is.

use std::path::Path;

use super::columns::{has_column, has_known_heading};
use super::json_lines::has_field;
use super::place::Origin;
use super::quoted::quoted;
use crate::cli::{InputArguments, InputFormat};
use crate::exit::Stop;

/// How to read a source.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading<'a> {
    Lines,
    /// The column, where it is named.
    Csv(Option<&'a str>),
    /// The field, where it is named.
    Jsonl(Option<&'a str>),
}

/// What the command line asks of the sources.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    format: Option<InputFormat>,
    column: Option<&'a str>,
    field: Option<&'a str>,
    /// Then not each of them needs to be of the format that the column or the field is for.
    is_of_several: bool,
    is_found: bool,
    sources: Vec<Origin>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(arguments: &'a InputArguments, sources: usize) -> Result<Self, Stop> {
        let (column, field) = (arguments.column.as_deref(), arguments.field.as_deref());
        let implied = match (column, field) {
            (Some(_), _) => Some((InputFormat::Csv, "--column is for CSV")),
            (_, Some(_)) => Some((InputFormat::Jsonl, "--field is for JSON lines")),
            _ => None,
        };
        let is_of_several = sources > 1;
        let format = match (arguments.input_format, implied) {
            (Some(stated), Some((implied, reason))) if stated != implied => {
                return Err(Stop::usage(format!("{reason}, and --input-format says otherwise: leave one of them out")));
            }
            (None, Some((implied, _))) if !is_of_several => Some(implied),
            (stated, _) => stated,
        };
        Ok(Self { format, column, field, is_of_several, is_found: false, sources: Vec::new() })
    }

    /// What is said of a source, its name, and then how it begins.
    pub(super) fn reading(
        &mut self,
        path: Option<&Path>,
        origin: &Origin,
        beginning: &[u8],
        is_all: bool,
    ) -> Result<Reading<'a>, Stop> {
        self.sources.push(origin.clone());
        let has_column = self.column.is_some_and(|name| has_column(name, beginning, is_all));
        let has_field = self.field.is_some_and(|path| has_field(path, beginning, is_all));
        let is_number = self.column.is_some_and(|name| name.parse::<usize>().is_ok());
        let by_what_it_has = match (has_column && !is_number, has_field) {
            (true, _) => Some(InputFormat::Csv),
            (_, true) => Some(InputFormat::Jsonl),
            _ => None,
        };
        let format = match self.format.or_else(|| path.and_then(of_name)).or(by_what_it_has) {
            Some(format) => format,
            None => of_content(origin, beginning, is_all)?,
        };
        Ok(match format {
            InputFormat::Lines => Reading::Lines,
            InputFormat::Csv => {
                self.is_found |= has_column;
                Reading::Csv(self.column)
            }
            InputFormat::Jsonl => {
                self.is_found |= has_field;
                Reading::Jsonl(self.field)
            }
        })
    }

    /// Of several sources, one at least has what is asked for.
    pub(super) fn finish(&self) -> Result<(), Stop> {
        let asked = match (self.column, self.field) {
            _ if self.is_found || !self.is_of_several => return Ok(()),
            (Some(name), _) => format!("column {}", quoted(name)),
            (_, Some(path)) => format!("field {}", quoted(path)),
            _ => return Ok(()),
        };
        let sources: Vec<_> = self.sources.iter().map(ToString::to_string).collect();
        Err(Stop::usage(format!("none of these has the {asked}: {}", sources.join(", "))))
    }
}

fn of_name(path: &Path) -> Option<InputFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(InputFormat::Csv),
        "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
        _ => None,
    }
}

fn of_content(origin: &Origin, beginning: &[u8], is_all: bool) -> Result<InputFormat, Stop> {
    let text = beginning.trim_ascii_start();
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default().trim_ascii_end();
    let is_json = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let is_whole_line = is_all || line.len() < text.len();
    if line.starts_with(b"{") && (is_json(line) || !is_whole_line && line[1..].trim_ascii_start().starts_with(b"\"")) {
        return Ok(InputFormat::Jsonl);
    }
    if line.starts_with(b"[") && begins_list(&line[1..]) && is_json(line) {
        return Ok(InputFormat::Jsonl);
    }
    let opens_document = [&b"{"[..], b"["].contains(&line) || line.starts_with(b"[") && begins_list(&line[1..]);
    if opens_document {
        return Err(Stop::usage(format!(
            "{origin} looks like one JSON document: make it JSON lines, as by jq -c '.[]', or say --input-format lines"
        )));
    }
    Ok(if has_known_heading(beginning, is_all) { InputFormat::Csv } else { InputFormat::Lines })
}

/// Whether there is a JSON object or text after the bracket of a list.
fn begins_list(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'"'))
}
