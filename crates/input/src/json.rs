//! JSON lines: the addresses of one field.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::diagnose::not_utf_8;
use crate::escape::{quote, quote_list};
use crate::inputs::{Collector, InputError};
use crate::lines::Lexer;
use crate::location::{Cursor, Position, SourceName};
use crate::names::known_names;
use crate::source::Pieces;

/// The longest line, in bytes. No log record should be longer.
const MAX_LINE_BYTES: usize = 1 << 20;

/// The fields of an object, and of those that it has twice the second value.
#[derive(Debug, Default)]
struct Object<'a> {
    fields: BTreeMap<String, &'a RawValue>,
    second: BTreeMap<String, &'a RawValue>,
}

/// A field that an object has twice, which leaves open what its value is.
#[derive(Debug)]
struct Twice<'a> {
    name: String,
    second: &'a RawValue,
}

impl<'a> Object<'a> {
    /// Empty, where the value is no object.
    fn of(value: &'a RawValue) -> Self {
        serde_json::from_str(value.get()).unwrap_or_default()
    }

    fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.fields.keys().map(String::as_str)
    }

    fn get(&self, name: &str) -> Result<Option<&'a RawValue>, Twice<'a>> {
        match self.second.get(name) {
            Some(second) => Err(Twice { name: name.to_owned(), second }),
            None => Ok(self.fields.get(name).copied()),
        }
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Object::default();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            match object.fields.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) => {
                    object.second.entry(entry.key().clone()).or_insert(value);
                }
            }
        }
        Ok(object)
    }
}

/// Reads a source that is JSON lines.
pub(crate) fn read(pieces: &mut Pieces<'_>, fields: &[String], collector: &mut Collector) -> Result<(), InputError> {
    let field = fields.first().map(String::as_str);
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
        let fields = Object::of(object);
        let found = match self.field {
            None => match self.known_field(&fields)? {
                Some(name) => fields.get(name).map(|value| (name, Vec::from_iter(value), None)),
                None => Ok(("", Vec::new(), None)),
            },
            Some(path) => at_path(object, path).and_then(|found| match known_list_of_objects(&fields) {
                Some(name) if found.is_empty() => fields.get(name).map(|list| (name, Vec::from_iter(list), Some(path))),
                _ => Ok((path, found, None)),
            }),
        };
        let (name, values, path) = match found {
            Ok(found) => found,
            Err(twice) => return self.twice(twice, line, collector),
        };
        if values.is_empty() {
            return self.missing_field(object, self.field, fields.names(), line, collector);
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
        let fields = Object::of(object);
        let found = match path {
            Some(path) => at_path(object, path),
            None => match self.known_field(&fields)? {
                Some(name) => fields.get(name).map(Vec::from_iter),
                None => Ok(Vec::new()),
            },
        };
        let values = match found {
            Ok(values) => values,
            Err(twice) => return self.twice(twice, line, collector),
        };
        if values.is_empty() {
            let names: Vec<_> = fields.names().map(|field| format!("{name}.{field}")).collect();
            return self.missing_field(object, path, names.iter().map(String::as_str), line, collector);
        }
        values.into_iter().try_for_each(|value| self.value(value, line, collector))
    }

    /// Reports a field that an object has twice, where the second value stands.
    fn twice(&mut self, twice: Twice<'_>, line: &str, collector: &mut Collector) -> Result<(), InputError> {
        let json = twice.second.get();
        let problem = format!("is the second value of {} in its object", quote(&twice.name));
        self.lexer.invalid(json.as_bytes(), problem, self.position(json, line), collector)
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
    fn known_field<'f>(&self, fields: &'f Object<'_>) -> Result<Option<&'f str>, InputError> {
        match known_names(fields.names()).as_slice() {
            [] => Ok(None),
            [index] => Ok(fields.names().nth(*index)),
            several => {
                let names: Vec<_> = fields.names().enumerate().filter(|(index, _)| several.contains(index)).collect();
                let names = quote_list(names.into_iter().map(|(_, name)| name));
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

/// The field with the list of objects that many services wrap their answers in, as OData does by `value`.
fn known_list_of_objects<'f>(object: &'f Object<'_>) -> Option<&'f str> {
    let [index] = known_names(object.names())[..] else { return None };
    let (name, value) = object.fields.iter().nth(index)?;
    let begins_object = value.get().strip_prefix('[')?.trim_start().starts_with('{');
    begins_object.then_some(name)
}

/// Whether a source is JSON, by its beginning.
pub(crate) fn is_json(source_name: &SourceName, beginning: &[u8], is_all: bool) -> Result<bool, InputError> {
    let text = beginning.trim_ascii_start();
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default().trim_ascii_end();
    let is_json = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let is_whole_line = is_all || line.len() < text.len();
    if line.starts_with(b"{") && (is_json(line) || !is_whole_line && line[1..].trim_ascii_start().starts_with(b"\"")) {
        return Ok(true);
    }
    if line.starts_with(b"[") && begins_list(&line[1..]) && is_json(line) {
        return Ok(true);
    }
    let opens_document = [&b"{"[..], b"["].contains(&line) || line.starts_with(b"[") && begins_list(&line[1..]);
    if opens_document {
        return Err(InputError::source(
            source_name,
            "looks like one JSON document: convert it to JSON lines, for example with jq -c '.[]', or use --input-format lines",
        ));
    }
    Ok(false)
}

/// Whether a JSON object or text follows the bracket of a list.
fn begins_list(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'"'))
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
    // What is there twice is there.
    let is_there = |value| at_path(value, path).map_or(true, |found| !found.is_empty());
    values.any(|value| {
        let object = Object::of(value);
        let list = known_list_of_objects(&object).and_then(|name| object.fields.get(name));
        is_there(value) || list.is_some_and(|list| is_there(list))
    })
}

/// The values at a dotted path. A list on the way gives several. A name may contain dots itself.
fn at_path<'a>(value: &'a RawValue, path: &str) -> Result<Vec<&'a RawValue>, Twice<'a>> {
    let mut all = Vec::new();
    if let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        for value in values.into_iter().filter(|value| !value.get().starts_with('[')) {
            all.extend(at_path(value, path)?);
        }
        return Ok(all);
    }
    let object = Object::of(value);
    if let Some(value) = object.get(path)? {
        return Ok(vec![value]);
    }
    for (dot, _) in path.match_indices('.') {
        if let Some(value) = object.get(&path[..dot])? {
            let found = at_path(value, &path[dot + 1..])?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    Ok(all)
}
