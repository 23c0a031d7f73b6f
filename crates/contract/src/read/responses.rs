//! `responses`: one answer, one error schema for everything else.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::schemas::Shape;
use super::{Reader, schema_pointer, schema_reference};
use crate::{Echo, Parameter, Pointer, Value, ValueKind};

const RULE: &str = "echo-parameter";

impl<'a> Reader<'a> {
    /// Checks the responses of an operation; the name of the schema of its 200.
    pub(super) fn responses(&mut self, operation: &Pointer, values: &[Value]) -> Option<&'a str> {
        let responses = operation.child("responses");
        let mut answer = None;
        let mut error: Option<&str> = None;
        for (status, _, pointer) in self.entries(&responses) {
            let code = status.parse::<u16>().ok().filter(|code| status.len() == 3 && (100..600).contains(code));
            let Some(code) = code else {
                let message = format!("the response `{status}` stands for statuses that nobody documented");
                self.find("exact-status", &pointer, message, "list each status by its three digits");
                continue;
            };
            if code != 200 && code < 400 {
                let message = format!("a {code} beside the 200 gives a call two kinds of answer");
                self.find("one-success", &pointer, message, "declare 200 as the only success");
                continue;
            }
            let Some(schema) = self.response_schema(pointer.clone(), status, values) else { continue };
            if code == 200 {
                answer = Some(schema);
            } else if let Some(first) = error.filter(|first| *first != schema) {
                let message = format!("the {status} is described by {schema}, other errors by {first}");
                self.find("one-error-schema", &pointer, message, "describe every error by the same schema");
            } else {
                error = Some(schema);
            }
        }
        if self.document.get(&responses.child("200")).is_none() {
            self.find("one-success", &responses, "there is no response 200", "declare the answer under '200'");
        }
        answer
    }

    /// The name of the schema of a response's JSON body.
    fn response_schema(&mut self, pointer: Pointer, status: &str, values: &[Value]) -> Option<&'a str> {
        let pointer = self.resolve(pointer, "responses")?;
        self.text(&pointer.child("description"), "described");
        self.error_codes(&pointer.child("x-mde-error-codes"));
        for (_, _, header) in self.entries(&pointer.child("headers")) {
            if let Some(header) = self.resolve(header, "headers") {
                self.text(&header.child("description"), "described");
            }
        }
        let content = pointer.child("content");
        let media: Vec<_> = self.entries(&content).map(|(name, ..)| name.as_str()).collect();
        if media != ["application/json"] {
            let message = match media.as_slice() {
                [] => format!("the {status} has no body"),
                _ => format!("the {status} has the content {}", media.join(", ")),
            };
            let help = "describe its body as application/json and nothing else; the client copes with other bodies";
            self.find("json-body", &if media.is_empty() { pointer } else { content }, message, help);
            return None;
        }
        let schema = content.child("application/json").child("schema");
        let Some(name) = self.document.get(&schema).and_then(|schema| self.schema_name(schema)) else {
            let message = format!("the body of the {status} is not a reference to a named schema");
            let help = "put the schema under `components/schemas` and refer to it";
            self.find("named-schema", &schema, message, help);
            return None;
        };
        if self.document.get(&schema_pointer(name)).is_none() {
            self.unresolvable(&schema, &schema_reference(name), "schemas");
            return None;
        }
        if values.iter().any(|value| value.name == name) {
            let message = format!("the body of the {status} is {name}, a single value");
            self.find("answer-object", &schema, message, "describe the body by an object");
            return None;
        }
        Some(name)
    }

    fn error_codes(&mut self, pointer: &Pointer) {
        let Some(codes) = self.document.get(pointer) else { return };
        let texts = codes.as_array().is_some_and(|codes| !codes.is_empty() && codes.iter().all(Json::is_string));
        if !texts {
            let help = "list the codes as texts; quote one that is a number";
            self.find("error-codes", pointer, "`x-mde-error-codes` is no list of texts", help);
        }
    }

    /// The properties of an answer that repeat a parameter. `in_path` are all parameters of the path, also those that
    /// could not be read; `None` where they are not known.
    pub(super) fn echoes(
        &mut self,
        answer: &str,
        in_path: Option<&BTreeSet<&str>>,
        parameters: &[Parameter],
        values: &[Value],
    ) -> Vec<Echo> {
        let mut echoes = Vec::new();
        for (property, schema, pointer) in self.entries(&schema_pointer(answer).child("properties")) {
            let pointer = pointer.child("x-mde-echo");
            if self.document.get(&pointer).is_none() {
                continue;
            }
            let Some(named) = self.text(&pointer, RULE) else { continue };
            if in_path.is_some_and(|names| !names.contains(named)) {
                let message = format!("{named:?} is no path parameter of an operation with this answer");
                self.find(RULE, &pointer, message, "name the path parameter that the property repeats");
                continue;
            }
            let Some(parameter) = parameters.iter().find(|parameter| parameter.name == named) else { continue };
            let value = values.iter().find(|value| value.name == parameter.value);
            if value.is_some_and(|value| self.comparable(schema, &value.kind)) {
                echoes.push(Echo { property: property.clone(), parameter: parameter.name.clone() });
            } else {
                let message = format!("the property and the parameter {named:?} are not of one kind");
                let help = "mark an IP address that repeats an IP address, or a string that repeats one with a pattern";
                self.find(RULE, &pointer, message, help);
            }
        }
        echoes
    }

    /// Whether a property can be held against a parameter.
    fn comparable(&self, property: &'a Json, parameter: &ValueKind) -> bool {
        let target = self.schema_name(property).map(schema_pointer);
        match (parameter, target.and_then(|target| self.document.get(&target))) {
            (ValueKind::Address, Some(target)) => Shape::of(target) == Some(Shape::Address),
            (ValueKind::Text(_), None) => property.get("type").and_then(Json::as_str) == Some("string"),
            _ => false,
        }
    }
}
