//! A YAML document as a tree of JSON values, with the position of each value and each key.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use saphyr_parser::{Event, Parser};
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

/// A value that cannot be read: its position, its pointer, and what is wrong.
type Fault = (Position, Pointer, String);

/// A YAML document as a tree of JSON values that keeps the position of each of them.
///
/// The tree is the common subset of YAML and JSON: keys are text, numbers are finite, and a file has one document. An
/// alias becomes a copy of its anchor's value.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    root: Json,
    values: BTreeMap<Pointer, Span>,
    keys: BTreeMap<Pointer, Span>,
}

impl Document {
    /// Parses YAML, or JSON, which is a subset of it. Findings show `name` as the file name.
    ///
    /// # Errors
    /// One finding if the text is not YAML, has a duplicate key, nests more than 100 levels deep, or has a value that
    /// JSON cannot represent.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<Finding>> {
        let fault = |position, pointer: &Pointer, message: String| {
            Box::new(Finding {
                file: name.to_owned(),
                position,
                pointer: pointer.clone(),
                rule: READABLE_YAML,
                message,
                help: "write one YAML document that JSON can represent".to_owned(),
                end: position,
                notes: Vec::new(),
            })
        };
        if let Some(position) = too_deep(text) {
            let message = format!("mappings and lists are nested more than {MAX_DEPTH} levels deep");
            return Err(fault(position, &Pointer::root(), message));
        }
        let documents = MarkedYaml::load_from_str(text)
            .map_err(|error| fault(position_of(*error.marker()), &Pointer::root(), error.info().to_owned()))?;
        let [tree] = documents.as_slice() else {
            let message = format!("the file has {} documents instead of one", documents.len());
            return Err(fault(Position::START, &Pointer::root(), message));
        };
        let mut document =
            Self { name: name.to_owned(), root: Json::Null, values: BTreeMap::new(), keys: BTreeMap::new() };
        document.root = document
            .convert(tree, &Pointer::root())
            .map_err(|(position, pointer, message)| fault(position, &pointer, message))?;
        Ok(document)
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
        self.root.pointer(pointer.as_str())
    }

    /// The position of a value, or of its nearest existing ancestor.
    pub fn position(&self, pointer: &Pointer) -> Position {
        self.nearest(pointer, &self.values).start
    }

    /// The position of the key of a value (of an array item, its own position), or of its nearest existing ancestor.
    pub fn key_position(&self, pointer: &Pointer) -> Position {
        self.nearest(pointer, &self.keys).start
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
        self.nearest(pointer, if scalar { &self.values } else { &self.keys })
    }

    fn nearest(&self, pointer: &Pointer, spans: &BTreeMap<Pointer, Span>) -> Span {
        let mut pointer = pointer.clone();
        loop {
            if let Some(span) = spans.get(&pointer) {
                return *span;
            }
            if pointer == Pointer::root() {
                return Span::EMPTY;
            }
            pointer = pointer.parent();
        }
    }

    fn convert(&mut self, node: &MarkedYaml<'_>, pointer: &Pointer) -> Result<Json, Fault> {
        let span = Span::of(node);
        self.values.insert(pointer.clone(), span);
        let fault = |message: String| Err((span.start, pointer.clone(), message));
        match &node.data {
            YamlData::Value(Scalar::Null) => Ok(Json::Null),
            YamlData::Value(Scalar::Boolean(value)) => Ok(Json::Bool(*value)),
            YamlData::Value(Scalar::Integer(value)) => Ok(Json::Number((*value).into())),
            YamlData::Value(Scalar::FloatingPoint(value)) => match Number::from_f64(value.into_inner()) {
                Some(number) => Ok(Json::Number(number)),
                None => fault(format!("{value} is not a JSON number")),
            },
            YamlData::Value(Scalar::String(value)) => Ok(Json::String(value.to_string())),
            YamlData::Sequence(items) => {
                let mut converted = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let child = pointer.child(index);
                    self.keys.insert(child.clone(), Span::of(item));
                    converted.push(self.convert(item, &child)?);
                }
                Ok(Json::Array(converted))
            }
            YamlData::Mapping(entries) => {
                let mut sorted = BTreeMap::new();
                for (key, value) in entries {
                    let (text, child) = self.key(key, pointer)?;
                    sorted.insert(text, self.convert(value, &child)?);
                }
                Ok(Json::Object(Map::from_iter(sorted)))
            }
            YamlData::Tagged(tag, _) => fault(format!("the tag {tag} is not supported")),
            YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
                fault("this value cannot be read".to_owned())
            }
        }
    }

    /// A key of the mapping at a pointer, as text and as the pointer to its value.
    fn key(&mut self, key: &MarkedYaml<'_>, mapping: &Pointer) -> Result<(String, Pointer), Fault> {
        let span = Span::of(key);
        let text = match &key.data {
            YamlData::Value(Scalar::String(text)) => text.to_string(),
            // A status such as `200` may be written without quotes.
            YamlData::Value(Scalar::Integer(number)) => number.to_string(),
            _ => return Err((span.start, mapping.clone(), "a key is not a string".to_owned())),
        };
        let pointer = mapping.child(&text);
        if text == "<<" {
            let message = "merge keys are a YAML 1.1 feature and not supported";
            return Err((span.start, pointer, message.to_owned()));
        }
        if self.keys.insert(pointer.clone(), span).is_some() {
            return Err((span.start, pointer, format!("duplicate key {text:?}")));
        }
        Ok((text, pointer))
    }
}

/// The first position that nests too deep. The loader recurses and would overflow the stack, which aborts the process.
fn too_deep(text: &str) -> Option<Position> {
    let mut depth: usize = 0;
    // The loader reports syntax errors.
    for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(position_of(span.start));
        }
    }
    None
}

fn position_of(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}
