//! Finds out what a text is.

use std::path::Path;

use super::columns;
use super::place::Origin;
use crate::args::{InputArguments, InputFormat};
use crate::exit::Stop;

/// What is said of a file, its name, and then how it begins.
pub(super) fn format(
    arguments: &InputArguments,
    path: Option<&Path>,
    origin: &Origin,
    beginning: &[u8],
    is_all: bool,
) -> Result<InputFormat, Stop> {
    if let Some(format) = stated(arguments)? {
        return Ok(format);
    }
    let extension =
        path.and_then(Path::extension).and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("csv" | "tsv") => Ok(InputFormat::Csv),
        Some("jsonl" | "ndjson") => Ok(InputFormat::Jsonl),
        _ => of_content(origin, beginning, is_all),
    }
}

/// What the command line says.
pub(super) fn stated(arguments: &InputArguments) -> Result<Option<InputFormat>, Stop> {
    let implied = match (&arguments.column, &arguments.field) {
        (Some(_), _) => Some((InputFormat::Csv, "--column is for CSV")),
        (_, Some(_)) => Some((InputFormat::Jsonl, "--field is for JSON lines")),
        _ => None,
    };
    match (arguments.input_format, implied) {
        (Some(stated), Some((implied, reason))) if stated != implied => {
            Err(Stop::usage(format!("{reason}, and --input-format says otherwise: leave one of them out")))
        }
        (stated, implied) => Ok(stated.or(implied.map(|(format, _)| format))),
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
    let opens_document = [&b"{"[..], b"["].contains(&line) || line.starts_with(b"[") && begins_list(&line[1..]);
    if opens_document {
        return Err(Stop::usage(format!(
            "{origin} looks like one JSON document: make it JSON lines, as by jq -c '.[]', or say --input-format lines"
        )));
    }
    Ok(if columns::has_known_heading(beginning, is_all) { InputFormat::Csv } else { InputFormat::Lines })
}

/// Whether there is a JSON object or text after the bracket of a list.
fn begins_list(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'"'))
}
