//! A YAML document as a tree of JSON values, with the position of each value and each key.

use std::collections::BTreeMap;

use saphyr::{MarkedYaml, Marker, Scalar, YamlData, YamlLoader};
use saphyr_parser::{Event, Parser, ScanError, SpannedEventReceiver};
use serde_json::{Map, Number, Value as Json};

use crate::finding::{Finding, Note};
use crate::pointer::{Pointer, Position};

/// The rule of [`Document::parse`].
const READABLE_YAML: &str = "readable-yaml";

/// How deep mappings and lists may nest: far less than would overflow the stack.
const MAX_DEPTH: usize = 100;

/// The start of a value, and the first position after it.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Position,
    end: Position,
}

impl Span {
    const EMPTY: Self = Self { start: Position::START, end: Position::START };

    fn of(node: &MarkedYaml<'_>) -> Self {
        Self { start: position_of(node.span.start), end: position_of(node.span.end) }
    }
}

/// Where a value is in the text, and all that it holds.
#[derive(Clone, Debug)]
struct Place {
    value: Span,
    /// The key of the value; an item of a list has none and is its own, the root has none.
    key: Span,
    /// By key, or by index as text.
    children: BTreeMap<String, Place>,
}

/// What cannot be read.
struct Fault {
    position: Position,
    /// The keys that lead to the value, the last one first.
    keys: Vec<String>,
    message: String,
}

impl Fault {
    fn new(position: Position, message: impl Into<String>) -> Self {
        Self { position, keys: Vec::new(), message: message.into() }
    }

    /// The same, seen from the value that holds a key.
    fn under(mut self, key: &str) -> Self {
        self.keys.push(key.to_owned());
        self
    }
}

/// A YAML document as a tree of JSON values that keeps the position of each of them.
///
/// The tree is the common subset of YAML and JSON: keys are text, numbers are finite, and a file has one document. An
/// alias becomes a copy of its anchor's value.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    root: Json,
    place: Place,
}

impl Document {
    /// Parses YAML, or JSON, which is a subset of it. Findings show `name` as the file name.
    ///
    /// # Errors
    /// One finding if the text is not YAML, has a duplicate key, nests more than 100 levels deep, or has a value that
    /// JSON cannot represent.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<Finding>> {
        let read = load(text).and_then(|documents| match documents.as_slice() {
            [tree] => convert(tree, Span::EMPTY),
            _ => {
                let message = format!("the file has {} documents instead of one", documents.len());
                Err(Fault::new(Position::START, message))
            }
        });
        match read {
            Ok((root, place)) => Ok(Self { name: name.to_owned(), root, place }),
            Err(Fault { position, keys, message }) => Err(Box::new(Finding {
                file: name.to_owned(),
                position,
                pointer: keys.iter().rev().fold(Pointer::root(), |pointer, key| pointer.child(key)),
                rule: READABLE_YAML,
                message,
                help: "write one YAML document that JSON can represent".to_owned(),
                end: position,
                notes: Vec::new(),
            })),
        }
    }

    /// The name of the document in findings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The root of the tree. The keys of every object are in alphabetical order, with or without serde_json's
    /// `preserve_order`, so that generated code is the same in every build.
    pub fn root(&self) -> &Json {
        &self.root
    }

    /// The value at a pointer.
    pub fn get(&self, pointer: &Pointer) -> Option<&Json> {
        pointer.keys().try_fold(&self.root, |value, key| match value {
            Json::Object(entries) => entries.get(&*key),
            Json::Array(items) => items.get(index(&key)?),
            _ => None,
        })
    }

    /// The position of a value, or of its nearest existing ancestor.
    pub fn position(&self, pointer: &Pointer) -> Position {
        self.nearest(pointer).value.start
    }

    /// The position of the key of a value (of an array item, its own position), or of its nearest existing ancestor.
    pub fn key_position(&self, pointer: &Pointer) -> Position {
        self.nearest(pointer).key.start
    }

    /// A finding about the value at a pointer.
    pub fn finding(
        &self,
        rule: &'static str,
        pointer: &Pointer,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        let Span { start, end } = self.shown_span(pointer);
        Finding {
            file: self.name.clone(),
            position: start,
            pointer: pointer.clone(),
            rule,
            message: message.into(),
            help: help.into(),
            end,
            notes: Vec::new(),
        }
    }

    /// A note about the value at a pointer, to attach to a finding about another one.
    pub fn note(&self, pointer: &Pointer, message: impl Into<String>) -> Note {
        let Span { start, end } = self.shown_span(pointer);
        Note { file: self.name.clone(), position: start, end, pointer: pointer.clone(), message: message.into() }
    }

    /// What a report underlines: a scalar itself, the key of anything else.
    fn shown_span(&self, pointer: &Pointer) -> Span {
        let scalar = self.get(pointer).is_some_and(|value| !value.is_object() && !value.is_array());
        let place = self.nearest(pointer);
        if scalar { place.value } else { place.key }
    }

    /// The place of a value, or of its nearest existing ancestor.
    fn nearest(&self, pointer: &Pointer) -> &Place {
        let mut nearest = &self.place;
        for key in pointer.keys() {
            let Some(child) = nearest.children.get(&*key) else { break };
            nearest = child;
        }
        nearest
    }
}

/// An index of an array as a JSON pointer has it, without a sign or leading zeros.
fn index(key: &str) -> Option<usize> {
    if key.starts_with('+') || (key.starts_with('0') && key.len() > 1) { None } else { key.parse().ok() }
}

/// The documents of a text. The loader gets the events one by one, because its own loop recurses: a value that nests
/// too deep would overflow the stack, which aborts the process.
fn load(text: &str) -> Result<Vec<MarkedYaml<'_>>, Fault> {
    let mut loader = YamlLoader::default();
    let mut depth: usize = 0;
    let fault = |error: &ScanError| Fault::new(position_of(*error.marker()), error.info());
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| fault(&error))?;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let message = format!("mappings and lists are nested more than {MAX_DEPTH} levels deep");
            return Err(Fault::new(position_of(span.start), message));
        }
        loader.on_event(event, span);
    }
    match loader.error() {
        Some(error) => Err(fault(error)),
        None => Ok(loader.into_documents()),
    }
}

/// A value, and the places of all that it holds.
fn convert(node: &MarkedYaml<'_>, key: Span) -> Result<(Json, Place), Fault> {
    let value = Span::of(node);
    let fault = |message: String| Err(Fault::new(value.start, message));
    let mut children = BTreeMap::new();
    let json = match &node.data {
        YamlData::Value(Scalar::Null) => Json::Null,
        YamlData::Value(Scalar::Boolean(value)) => Json::Bool(*value),
        YamlData::Value(Scalar::Integer(value)) => Json::Number((*value).into()),
        YamlData::Value(Scalar::FloatingPoint(value)) => match Number::from_f64(value.into_inner()) {
            Some(number) => Json::Number(number),
            None => return fault(format!("{value} is not a JSON number")),
        },
        YamlData::Value(Scalar::String(value)) => Json::String(value.to_string()),
        YamlData::Sequence(items) => {
            let mut converted = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let index = index.to_string();
                let (json, place) = convert(item, Span::of(item)).map_err(|fault| fault.under(&index))?;
                converted.push(json);
                children.insert(index, place);
            }
            Json::Array(converted)
        }
        YamlData::Mapping(entries) => {
            let mut sorted = BTreeMap::new();
            for (key, value) in entries {
                let (key, span) = (key_text(key)?, Span::of(key));
                if children.contains_key(&key) {
                    return Err(Fault::new(span.start, format!("duplicate key {key:?}")).under(&key));
                }
                let (json, place) = convert(value, span).map_err(|fault| fault.under(&key))?;
                sorted.insert(key.clone(), json);
                children.insert(key, place);
            }
            Json::Object(Map::from_iter(sorted))
        }
        YamlData::Tagged(tag, _) => return fault(format!("the tag {tag} is not supported")),
        YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
            return fault("this value cannot be read".to_owned());
        }
    };
    Ok((json, Place { value, key, children }))
}

/// A key of a mapping, as text.
fn key_text(key: &MarkedYaml<'_>) -> Result<String, Fault> {
    let position = Span::of(key).start;
    match &key.data {
        YamlData::Value(Scalar::String(text)) if text == "<<" => {
            Err(Fault::new(position, "merge keys are a YAML 1.1 feature and not supported").under(text))
        }
        YamlData::Value(Scalar::String(text)) => Ok(text.to_string()),
        // A status such as `200` may be written without quotes.
        YamlData::Value(Scalar::Integer(number)) => Ok(number.to_string()),
        _ => Err(Fault::new(position, "a key is not a string")),
    }
}

fn position_of(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}
