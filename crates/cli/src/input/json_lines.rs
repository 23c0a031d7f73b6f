//! JSON lines: the addresses of one field.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::collector::Collector;
use super::headings::known;
use super::lexer::{Lexer, not_utf_8};
use super::place::{Mark, Origin};
use super::quoted::{list, quoted};
use super::source::Source;
use crate::exit::Stop;

/// Longer than a record of any log should be, in bytes.
const LONGEST_LINE: usize = 1 << 20;

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a source that is JSON lines.
pub(super) fn read(source: &mut Source<'_>, field: Option<&str>, collector: &mut Collector) -> Result<(), Stop> {
    let origin = source.origin.clone();
    let lexer = Lexer::new(origin.clone());
    let mut lines = Lines { field, origin, lexer, number: 1, line: Vec::new(), is_too_long: false };
    while let Some(mut piece) = source.next()? {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            lines.lengthen(&piece[..end]);
            lines.end(collector)?;
            piece = &piece[end + 1..];
        }
        lines.lengthen(piece);
    }
    lines.end(collector)
}

struct Lines<'a> {
    field: Option<&'a str>,
    origin: Origin,
    lexer: Lexer,
    number: u32,
    line: Vec<u8>,
    is_too_long: bool,
}

impl Lines<'_> {
    fn lengthen(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE - self.line.len();
        self.is_too_long |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end(&mut self, collector: &mut Collector) -> Result<(), Stop> {
        let line = std::mem::take(&mut self.line);
        self.take(&line, collector)?;
        (self.line, self.is_too_long) = (line, false);
        self.line.clear();
        self.number = self.number.saturating_add(1);
        Ok(())
    }

    fn take(&mut self, line: &[u8], collector: &mut Collector) -> Result<(), Stop> {
        let start = Mark::line(self.number);
        if self.is_too_long {
            return self.lexer.invalid(line, "begins a line longer than 1 MiB".to_owned(), start, collector);
        }
        let text = match str::from_utf8(line) {
            Ok(text) if text.trim().is_empty() => return Ok(()),
            Ok(text) => text,
            Err(error) => {
                let problem = not_utf_8(line, error.valid_up_to());
                return self.lexer.invalid(line, problem, start, collector);
            }
        };
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) if value.get().starts_with('{') => self.object(value, text, collector),
            Ok(value) => self.value(value, text, collector),
            Err(error) => {
                let before: usize = text.get(..error.column()).map_or(0, |before| before.chars().count());
                let problem = format!("is a line that is no JSON, from column {} on", before.max(1));
                self.lexer.invalid(line, problem, start, collector)
            }
        }
    }

    fn object(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), Stop> {
        let fields: Object<'_> = serde_json::from_str(value.get()).unwrap_or_default();
        let found = match self.field {
            Some(path) => at_path(value, path),
            None => self.known_field(&fields)?.into_iter().collect(),
        };
        if found.is_empty() {
            let wanted = self
                .field
                .map_or_else(|| "no known field of addresses".to_owned(), |path| format!("no field {}", quoted(path)));
            let problem = match fields.len() {
                0 => format!("has {wanted}, nor any other"),
                _ => format!("has {wanted}; name one by --field: {}", list(fields.keys().map(String::as_str))),
            };
            return self.lexer.invalid(line.trim().as_bytes(), problem, Mark::line(self.number), collector);
        }
        found.into_iter().try_for_each(|value| self.value(value, line, collector))
    }

    /// The field whose name is known to be that of addresses. More than one leave it open.
    fn known_field<'a>(&self, fields: &Object<'a>) -> Result<Option<&'a RawValue>, Stop> {
        match known(fields.keys().map(String::as_str)).as_slice() {
            [] => Ok(None),
            [index] => Ok(fields.values().nth(*index).copied()),
            several => {
                let names: Vec<_> = fields.keys().enumerate().filter(|(index, _)| several.contains(index)).collect();
                let names = list(names.into_iter().map(|(_, name)| name.as_str()));
                let place = self.origin.place(Mark::line(self.number));
                Err(Stop::usage(format!(
                    "{place} has {} fields that may hold the addresses; say which by --field: {names}",
                    several.len()
                )))
            }
        }
    }

    /// A text, or a list of texts. What is null is passed over, as an empty text is.
    fn value(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), Stop> {
        let json = value.get();
        if let Ok(text) = serde_json::from_str::<Option<String>>(json) {
            // Behind the quotation mark.
            let mark = self.mark(json, line).right(1);
            return self.lexer.text(text.unwrap_or_default().as_bytes(), mark, collector);
        }
        if let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(json) {
            return values.into_iter().try_for_each(|value| match value.get().starts_with('[') {
                // Nobody writes such lists, and by lists in lists in lists a stack ends.
                true => self.no_text(value, line, collector),
                false => self.value(value, line, collector),
            });
        }
        self.no_text(value, line, collector)
    }

    fn no_text(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), Stop> {
        let json = value.get();
        let problem = "is a JSON value that is no text".to_owned();
        self.lexer.invalid(json.as_bytes(), problem, self.mark(json, line), collector)
    }

    /// Where a part of a line is.
    fn mark(&self, part: &str, line: &str) -> Mark {
        let before = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        Mark::line(self.number).right(line.get(..before).map_or(0, |before| before.chars().count()))
    }
}

/// The values at a dotted path, of which a list on the way has several. A name may hold dots itself.
fn at_path<'a>(value: &'a RawValue, path: &str) -> Vec<&'a RawValue> {
    if let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        let values = values.into_iter().filter(|value| !value.get().starts_with('['));
        return values.flat_map(|value| at_path(value, path)).collect();
    }
    let Ok(fields) = serde_json::from_str::<Object<'_>>(value.get()) else { return Vec::new() };
    if let Some(value) = fields.get(path) {
        return vec![*value];
    }
    let splits = path.match_indices('.').map(|(dot, _)| (&path[..dot], &path[dot + 1..]));
    splits
        .filter_map(|(name, rest)| fields.get(name).map(|value| at_path(value, rest)))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}
