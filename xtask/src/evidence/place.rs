use mde_codegen::{Document, Note, Pointer, Position};
use serde_json::Value as Json;

use crate::evidence::source::RequestFile;

/// One value of a document of the evidence or the rulings.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) document: &'a Document,
    pub(crate) pointer: Pointer,
    /// The request that says more than the document does, which only names its file.
    pub(crate) request: Option<&'a RequestFile>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(document: &'a Document) -> Self {
        Self { document, pointer: Pointer::root(), request: None }
    }

    /// The value; null for one that is not there.
    pub(crate) fn json(&self) -> &'a Json {
        self.document.get(&self.pointer).unwrap_or(&Json::Null)
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        self.json().as_str()
    }

    /// The value as text: a text itself, another value as JSON writes it.
    pub(crate) fn words(&self) -> String {
        self.text().map_or_else(|| self.json().to_string(), str::to_owned)
    }

    /// The value of a key, where there is one.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let pointer = self.pointer.child(key);
        self.document.get(&pointer).map(|_| Self { document: self.document, pointer, request: None })
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<(&'a str, Self)> {
        let place = self.get(key)?;
        Some((place.text()?, place))
    }

    /// The items of the list under a key; none where there is no list.
    pub(crate) fn items(&self, key: &str) -> Vec<Self> {
        let pointer = self.pointer.child(key);
        let count = self.document.get(&pointer).and_then(Json::as_array).map_or(0, Vec::len);
        (0..count).map(|index| Self { document: self.document, pointer: pointer.child(index), request: None }).collect()
    }

    /// The entries of this mapping; none where it is none.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.json().as_object().into_iter().flatten();
        entries
            .map(|(key, _)| {
                (key.as_str(), Self { document: self.document, pointer: self.pointer.child(key), request: None })
            })
            .collect()
    }

    /// What a source says here, to stand below a finding.
    pub(crate) fn note(&self, message: impl Into<String>) -> Note {
        let Some(request) = self.request else { return self.document.note(&self.pointer, message) };
        let length = request.text.lines().next().unwrap_or_default().chars().count();
        Note {
            file: request.name.clone(),
            position: Position { line: 1, column: 1 },
            end: Position { line: 1, column: length + 1 },
            pointer: Pointer::root(),
            message: message.into(),
        }
    }
}
