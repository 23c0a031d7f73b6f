use std::collections::BTreeMap;
use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Number, Value as Json};

use crate::lint::rules::READABLE_YAML;
use crate::{Finding, Note, Pointer};

/// How many collections may stand within each other, far fewer than would exhaust a stack.
const DEEPEST: usize = 100;

/// A line and a column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    fn of(marker: Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// Where something begins, and where what follows it begins.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Position,
    end: Position,
}

impl Span {
    const NOTHING: Self = Self { start: Position::START, end: Position::START };

    fn of(node: &MarkedYaml<'_>) -> Self {
        Self { start: Position::of(node.span.start), end: Position::of(node.span.end) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A YAML document as a tree of JSON values that remembers where each of them was written.
///
/// The tree is what YAML and JSON have in common: a key is text, a number is finite, there is one document. An alias
/// stands for a copy of what it names.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    root: Json,
    values: BTreeMap<Pointer, Span>,
    keys: BTreeMap<Pointer, Span>,
}

impl Document {
    /// Reads YAML (or JSON, which is YAML). `name` is how findings call the document.
    ///
    /// # Errors
    /// One finding, where the text is no YAML, holds a key twice, is nested too deeply, or holds what JSON cannot.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<Finding>> {
        let fault = |position, pointer: &Pointer, message: String| {
            Box::new(Finding {
                file: name.to_owned(),
                position,
                pointer: pointer.clone(),
                rule: READABLE_YAML,
                message,
                help: "write it as one plain YAML document that JSON could hold".to_owned(),
                end: position,
                notes: Vec::new(),
            })
        };
        if let Some(position) = too_deep(text) {
            let message = format!("more than {DEEPEST} mappings and lists stand within each other");
            return Err(fault(position, &Pointer::root(), message));
        }
        let documents = MarkedYaml::load_from_str(text)
            .map_err(|error| fault(Position::of(*error.marker()), &Pointer::root(), error.info().to_owned()))?;
        let [tree] = documents.as_slice() else {
            let message = format!("the file holds {} documents, not one", documents.len());
            return Err(fault(Position::START, &Pointer::root(), message));
        };
        let mut document =
            Self { name: name.to_owned(), root: Json::Null, values: BTreeMap::new(), keys: BTreeMap::new() };
        document.root = document
            .convert(tree, &Pointer::root())
            .map_err(|(position, pointer, message)| fault(position, &pointer, message))?;
        Ok(document)
    }

    /// How findings call the document.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole tree. The keys of every object are in alphabetical order, however serde_json is configured, so
    /// that what is generated from the tree is the same in every build.
    pub fn root(&self) -> &Json {
        &self.root
    }

    /// The value at a pointer.
    pub fn get(&self, pointer: &Pointer) -> Option<&Json> {
        self.root.pointer(pointer.as_str())
    }

    /// Where a value was written; for one that is missing, where its nearest present ancestor was.
    pub fn position(&self, pointer: &Pointer) -> Position {
        self.nearest(pointer, &self.values).start
    }

    /// Where the key of a value was written, or the item itself in an array; for one that is missing, where its nearest
    /// present ancestor was.
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
        let Span { start, end } = self.told(pointer);
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

    /// A note about the value at a pointer, to stand below a finding about another place.
    pub fn note(&self, pointer: &Pointer, message: impl Into<String>) -> Note {
        let Span { start, end } = self.told(pointer);
        Note { file: self.name.clone(), position: start, end, pointer: pointer.clone(), message: message.into() }
    }

    /// What a person is shown of a value: a scalar itself, the key of anything else.
    fn told(&self, pointer: &Pointer) -> Span {
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
                return Span::NOTHING;
            }
            pointer = pointer.parent();
        }
    }

    fn convert(&mut self, node: &MarkedYaml<'_>, pointer: &Pointer) -> Result<Json, (Position, Pointer, String)> {
        let span = Span::of(node);
        let position = span.start;
        self.values.insert(pointer.clone(), span);
        let fault = |message: String| Err((position, pointer.clone(), message));
        match &node.data {
            YamlData::Value(Scalar::Null) => Ok(Json::Null),
            YamlData::Value(Scalar::Boolean(value)) => Ok(Json::Bool(*value)),
            YamlData::Value(Scalar::Integer(value)) => Ok(Json::Number((*value).into())),
            YamlData::Value(Scalar::FloatingPoint(value)) => match Number::from_f64(value.into_inner()) {
                Some(number) => Ok(Json::Number(number)),
                None => fault(format!("{value} is no number that JSON knows")),
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
                    let Some(text) = key_text(key) else {
                        return Err((Position::of(key.span.start), pointer.clone(), "a key is not text".to_owned()));
                    };
                    let child = pointer.child(&text);
                    let key_span = Span::of(key);
                    let key_position = key_span.start;
                    if text == "<<" {
                        return Err((key_position, child, "merge keys are YAML 1.1 and not read".to_owned()));
                    }
                    if self.keys.insert(child.clone(), key_span).is_some() {
                        return Err((key_position, child, format!("the key {text:?} is written twice")));
                    }
                    sorted.insert(text, self.convert(value, &child)?);
                }
                Ok(Json::Object(Map::from_iter(sorted)))
            }
            YamlData::Tagged(tag, _) => fault(format!("the tag {tag} has no meaning here")),
            YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
                fault("this value cannot be read".to_owned())
            }
        }
    }
}

/// Where the text begins to nest more deeply than is read. The loader would exhaust the stack, which ends the program.
fn too_deep(text: &str) -> Option<Position> {
    let mut depth: usize = 0;
    // What cannot be parsed is left to the loader, which says why.
    for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Some(Position::of(span.start));
        }
    }
    None
}

/// A status such as `200` may be written without quotes; the key is its text all the same.
fn key_text(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
        _ => None,
    }
}
