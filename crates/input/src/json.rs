//! JSON lines: the addresses of one field.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::csv::known_names;
use crate::escape::{quote, quote_list};
use crate::inputs::{Collector, InputError};
use crate::lines::{Lexer, not_utf_8};
use crate::location::{Cursor, Position, SourceName};
use crate::source::Pieces;

/// The longest line, in bytes. No log record should be longer.
const MAX_LINE_BYTES: usize = 1 << 20;

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a source that is JSON lines.
pub(crate) fn read(pieces: &mut Pieces<'_>, field: Option<&str>, collector: &mut Collector) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let lexer = Lexer::new(source_name.clone());
    let mut lines = Lines { field, source_name, lexer, number: 1, line: Vec::new(), is_too_long: false };
    while let Some(mut piece) = pieces.next()? {
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
    source_name: SourceName,
    lexer: Lexer,
    number: u32,
    line: Vec<u8>,
    is_too_long: bool,
}

impl Lines<'_> {
    fn lengthen(&mut self, bytes: &[u8]) {
        let room = MAX_LINE_BYTES - self.line.len();
        self.is_too_long |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        let line = std::mem::take(&mut self.line);
        self.take(&line, collector)?;
        (self.line, self.is_too_long) = (line, false);
        self.line.clear();
        self.number = self.number.saturating_add(1);
        Ok(())
    }

    fn take(&mut self, line: &[u8], collector: &mut Collector) -> Result<(), InputError> {
        let start = Position::line(self.number);
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
            Ok(value) => match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
                Ok(values) => values.into_iter().try_for_each(|value| match value.get().starts_with('{') {
                    true => self.object(value, text, collector),
                    false => self.in_list(value, text, collector),
                }),
                Err(_) => self.value(value, text, collector),
            },
            Err(error) => {
                let before: usize = text.get(..error.column()).map_or(0, |before| before.chars().count());
                let problem = format!("is not valid JSON from column {} on", before.max(1));
                self.lexer.invalid(line, problem, start, collector)
            }
        }
    }

    fn object(&mut self, object: &RawValue, line: &str, collector: &mut Collector) -> Result<(), InputError> {
        let fields = fields(object);
        let (name, values, path) = match self.field {
            None => match self.known_field(&fields)? {
                Some((name, value)) => (name, vec![value], None),
                None => ("", Vec::new(), None),
            },
            Some(path) => match (at_path(object, path), known_list_of_objects(&fields)) {
                (found, Some((name, list))) if found.is_empty() => (name, vec![list], Some(path)),
                (found, _) => (path, found, None),
            },
        };
        if values.is_empty() {
            return self.missing_field(object, self.field, fields.keys().map(String::as_str), line, collector);
        }
        values.into_iter().try_for_each(|value| match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
            Ok(values) => values.into_iter().try_for_each(|value| match value.get().starts_with('{') {
                true => self.object_of_list(value, name, path, line, collector),
                false => self.in_list(value, line, collector),
            }),
            Err(_) => self.value(value, line, collector),
        })
    }

    /// An object in the list that a field holds, and the path within it. Lists of objects do not nest further.
    fn object_of_list(
        &mut self,
        object: &RawValue,
        name: &str,
        path: Option<&str>,
        line: &str,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let fields = fields(object);
        let values = match path {
            Some(path) => at_path(object, path),
            None => self.known_field(&fields)?.map(|(_, value)| value).into_iter().collect(),
        };
        if values.is_empty() {
            let names: Vec<_> = fields.keys().map(|field| format!("{name}.{field}")).collect();
            return self.missing_field(object, path, names.iter().map(String::as_str), line, collector);
        }
        values.into_iter().try_for_each(|value| self.value(value, line, collector))
    }

    /// Reports an object without the field, with the names of the fields it has.
    fn missing_field<'a>(
        &mut self,
        object: &RawValue,
        path: Option<&str>,
        names: impl ExactSizeIterator<Item = &'a str>,
        line: &str,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let wanted =
            path.map_or_else(|| "no known field of addresses".to_owned(), |path| format!("no field {}", quote(path)));
        let problem = match names.len() {
            0 => format!("has {wanted}: the object is empty"),
            _ => format!("has {wanted}; name one with --field: {}", quote_list(names)),
        };
        self.lexer.invalid(object.get().as_bytes(), problem, self.position(object.get(), line), collector)
    }

    /// The field with a usual name. More than one leave open which is meant.
    fn known_field<'a, 'f>(&self, fields: &'f Object<'a>) -> Result<Option<(&'f str, &'a RawValue)>, InputError> {
        match known_names(fields.keys().map(String::as_str)).as_slice() {
            [] => Ok(None),
            [index] => Ok(fields.iter().nth(*index).map(|(name, value)| (name.as_str(), *value))),
            several => {
                let names: Vec<_> = fields.keys().enumerate().filter(|(index, _)| several.contains(index)).collect();
                let names = quote_list(names.into_iter().map(|(_, name)| name.as_str()));
                let location = self.source_name.location(Position::line(self.number));
                Err(InputError::source(
                    location,
                    format!("has {} fields that may hold the addresses; name one with --field: {names}", several.len()),
                ))
            }
        }
    }

    /// A text, or a list of texts. Null is skipped like an empty text.
    fn value(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), InputError> {
        let json = value.get();
        if let Ok(text) = serde_json::from_str::<Option<String>>(json) {
            // Behind the quotation mark.
            let position = self.position(json, line).right(1);
            // With an escape, the text is shorter than the JSON.
            let cursor = if json.contains('\\') { Cursor::fixed_at(position) } else { Cursor::at(position) };
            return self.lexer.text_at(text.unwrap_or_default().as_bytes(), cursor, collector);
        }
        if let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(json) {
            return values.into_iter().try_for_each(|value| self.in_list(value, line, collector));
        }
        self.not_a_text(value, line, collector)
    }

    fn in_list(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), InputError> {
        match value.get().starts_with('[') {
            // Such lists are not in use, and recursion into them could exhaust the stack.
            true => self.not_a_text(value, line, collector),
            false => self.value(value, line, collector),
        }
    }

    fn not_a_text(&mut self, value: &RawValue, line: &str, collector: &mut Collector) -> Result<(), InputError> {
        let json = value.get();
        let problem = "is a JSON value that is not a string".to_owned();
        self.lexer.invalid(json.as_bytes(), problem, self.position(json, line), collector)
    }

    /// The position of a part of a line.
    fn position(&self, part: &str, line: &str) -> Position {
        let before = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        Position::line(self.number).right(line.get(..before).map_or(0, |before| before.chars().count()))
    }
}

fn fields(object: &RawValue) -> Object<'_> {
    serde_json::from_str(object.get()).unwrap_or_default()
}

/// The list of objects that many services wrap their answers in, as OData does by the field `value`.
fn known_list_of_objects<'a, 'f>(fields: &'f Object<'a>) -> Option<(&'f str, &'a RawValue)> {
    let [index] = known_names(fields.keys().map(String::as_str))[..] else { return None };
    let (name, value) = fields.iter().nth(index)?;
    let begins_object = value.get().strip_prefix('[')?.trim_start().starts_with('{');
    begins_object.then_some((name, *value))
}

/// Whether a line of the beginning has the field.
pub(crate) fn has_field(path: &str, beginning: &[u8], is_all: bool) -> bool {
    let lines = match beginning.iter().rposition(|byte| *byte == b'\n') {
        _ if is_all => beginning,
        Some(end) => &beginning[..end],
        // A long line may have it; reading reports it if not.
        None => return beginning.trim_ascii_start().starts_with(b"{"),
    };
    let mut values =
        lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<&RawValue>(line).ok());
    values.any(|value| {
        let list = || known_list_of_objects(&fields(value)).map(|(_, list)| at_path(list, path));
        !at_path(value, path).is_empty() || list().is_some_and(|found| !found.is_empty())
    })
}

/// The values at a dotted path. A list on the way gives several. A name may contain dots itself.
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
