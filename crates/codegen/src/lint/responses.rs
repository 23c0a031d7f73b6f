//! `responses`: one schema for the 200, one for every error, their headers and error codes, and the properties that
//! repeat a parameter.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::reader::{Reader, Shape, schema_pointer, schema_reference, schemas_pointer};
use super::rules;
use crate::model::{Echo, Parameter, ParameterValue, Value, ValueKind};
use crate::pointer::Pointer;

impl<'a> Reader<'a> {
    /// Checks the responses of an operation, and returns the names of the schemas of its 200 and of its errors.
    pub(super) fn responses(&mut self, operation: &Pointer, values: &[Value]) -> (Option<&'a str>, Option<&'a str>) {
        let responses = operation.child("responses");
        let mut answer = None;
        let mut error: Option<&'a str> = None;
        for (status, _, pointer) in self.entries(&responses).filter(|(status, ..)| !status.starts_with("x-")) {
            let code = status.parse::<u16>().ok().filter(|code| status.len() == 3 && (100..600).contains(code));
            let Some(code) = code else {
                let message = format!("the response `{status}` is not an exact status");
                self.report(rules::EXACT_STATUS, &pointer, message, "list each documented status by its three digits");
                continue;
            };
            if code != 200 && code < 400 {
                let message = format!("a {code} in addition to the 200 would need a second response type");
                self.report(rules::ONE_SUCCESS, &pointer, message, "keep 200 as the only success");
                continue;
            }
            let Some(schema) = self.response_schema(pointer.clone(), status, values) else { continue };
            if code == 200 {
                answer = Some(schema);
            } else if let Some(first) = error.filter(|first| *first != schema) {
                let message = format!("the {status} has the schema {schema}, other errors have {first}");
                self.report(rules::ONE_ERROR_SCHEMA, &pointer, message, "use the same schema for every error");
            } else {
                error = Some(schema);
            }
        }
        if self.document.get(&responses.child("200")).is_none() {
            self.report(
                rules::ONE_SUCCESS,
                &responses,
                "the response 200 is missing",
                "add the response of a success under '200'",
            );
        }
        (answer, error)
    }

    /// The name of the schema of a response's JSON body.
    fn response_schema(&mut self, pointer: Pointer, status: &str, values: &[Value]) -> Option<&'a str> {
        let pointer = self.resolve(pointer, "responses")?;
        self.text(&pointer.child("description"), rules::DESCRIBED);
        self.error_codes(&pointer.child("x-mde-error-codes"), status);
        for (_, _, header) in self.entries(&pointer.child("headers")) {
            self.header(header);
        }
        let content = pointer.child("content");
        let media: Vec<_> = self.entries(&content).map(|(name, ..)| name.as_str()).collect();
        if media != ["application/json"] {
            let message = match media.as_slice() {
                [] => format!("the {status} has no body"),
                _ => format!("the {status} has the content types {}", media.join(", ")),
            };
            let help = "describe its body as application/json only; the client handles other bodies itself";
            self.report(rules::JSON_BODY, &if media.is_empty() { pointer } else { content }, message, help);
            return None;
        }
        let schema = content.child("application/json").child("schema");
        let Some(name) = self.document.get(&schema).and_then(|schema| self.schema_name(schema)) else {
            let message = format!("the body of the {status} is not a reference to a named schema");
            let help = "move the schema to `components/schemas` and refer to it";
            self.report(rules::NAMED_SCHEMA, &schema, message, help);
            return None;
        };
        if self.document.get(&schema_pointer(name)).is_none() {
            self.unresolved(&schema, &schema_reference(name), "schemas");
            return None;
        }
        self.reference_only(&schema);
        if values.iter().any(|value| value.name == name) {
            let message = format!("the body of the {status} is {name}, which is a single value");
            self.report(rules::ANSWER_OBJECT, &schema, message, "use an object for the body");
            return None;
        }
        Some(name)
    }

    /// Checks a response header.
    pub(super) fn header(&mut self, pointer: Pointer) {
        let Some(pointer) = self.resolve(pointer, "headers") else { return };
        self.text(&pointer.child("description"), rules::DESCRIBED);
        let schema = pointer.child("schema");
        match self.document.get(&schema) {
            Some(value) => self.response_value(&schema, value, "header"),
            None => {
                let help = "add a `schema` with a plain type";
                self.report(rules::ANSWER_OBJECT, &pointer, "the header has no schema", help);
            }
        }
    }

    fn error_codes(&mut self, pointer: &Pointer, status: &str) {
        let Some(codes) = self.document.get(pointer) else { return };
        if status == "200" {
            let message = "a 200 is not an error and cannot have error codes";
            self.report(rules::ERROR_CODES, pointer, message, "move them to the error response that has them");
        }
        let texts = codes.as_array().is_some_and(|codes| !codes.is_empty() && codes.iter().all(Json::is_string));
        if !texts {
            let help = "list the codes as strings; quote numbers";
            self.report(rules::ERROR_CODES, pointer, "`x-mde-error-codes` is not a list of strings", help);
            return;
        }
        let mut seen = BTreeSet::new();
        for (_, code) in self.items(pointer) {
            if let Some(text) = self.text(&code, rules::ERROR_CODES).filter(|text| !seen.insert(*text)) {
                self.report(rules::ERROR_CODES, &code, format!("the code {text:?} is listed twice"), "list it once");
            }
        }
    }
}

/// `x-mde-echo`.
impl<'a> Reader<'a> {
    /// Reports `x-mde-echo` on schemas that are not the body of a 200.
    pub(super) fn echoes_outside_responses(&mut self, operations: &[Pointer]) {
        let bodies: Option<BTreeSet<_>> = operations.iter().map(|operation| self.body_of_200(operation)).collect();
        // A 200 that cannot be read has a finding of its own, and could be any of the schemas.
        let Some(bodies) = bodies.filter(|bodies| !bodies.is_empty()) else { return };
        for (name, _, schema) in self.entries(&schemas_pointer()).filter(|(name, ..)| !bodies.contains(name.as_str())) {
            for (_, property, pointer) in self.entries(&schema.child("properties")) {
                if property.get("x-mde-echo").is_some() {
                    let message = format!("{name} is not the body of a 200");
                    let help = "move it to the schema of a 200, or remove it";
                    self.report(rules::ECHO_PARAMETER, &pointer.child("x-mde-echo"), message, help);
                }
            }
        }
    }

    /// The name of the schema of an operation's 200.
    fn body_of_200(&mut self, operation: &Pointer) -> Option<&'a str> {
        let response = self.resolve(operation.child("responses").child("200"), "responses")?;
        let schema = response.child("content").child("application/json").child("schema");
        let name = self.schema_name(self.document.get(&schema)?)?;
        self.document.get(&schema_pointer(name)).filter(|target| Shape::of(target).is_none()).map(|_| name)
    }

    /// The properties of a response that repeat a parameter. `in_path` has all path parameters, including those that
    /// could not be read; `None` if they are unknown.
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
            let Some(named) = self.text(&pointer, rules::ECHO_PARAMETER) else { continue };
            if in_path.is_some_and(|names| !names.contains(named)) {
                let message = format!("{named:?} is not a path parameter of an operation with this response");
                self.report(
                    rules::ECHO_PARAMETER,
                    &pointer,
                    message,
                    "name the path parameter that the property repeats",
                );
                continue;
            }
            let Some(parameter) = parameters.iter().find(|parameter| parameter.name == named) else { continue };
            let value = values.iter().find(|value| parameter.value == ParameterValue::Named(value.name.clone()));
            if value.is_some_and(|value| self.is_comparable(schema, &value.kind)) {
                echoes.push(Echo { property: property.clone(), parameter: parameter.name.clone() });
            } else {
                let message = format!("the property and the parameter {named:?} have different types");
                let help = "repeat an IP address as an IP address, and a string with a pattern as a plain string";
                self.report(rules::ECHO_PARAMETER, &pointer, message, help);
            }
        }
        echoes
    }

    /// The properties of a response that are integers.
    pub(super) fn counts(&self, answer: &str) -> Vec<String> {
        let properties = self.entries(&schema_pointer(answer).child("properties"));
        let integers =
            properties.filter(|(_, property, _)| property.get("type").and_then(Json::as_str) == Some("integer"));
        integers.map(|(name, ..)| name.clone()).collect()
    }

    /// Whether a property can be compared to a parameter.
    fn is_comparable(&self, property: &'a Json, parameter: &ValueKind) -> bool {
        let target = self.schema_name(property).map(schema_pointer);
        match (parameter, target.and_then(|target| self.document.get(&target))) {
            (ValueKind::Address, Some(target)) => Shape::of(target) == Some(Shape::Address),
            (ValueKind::Text(_), None) => property.get("type").and_then(Json::as_str) == Some("string"),
            _ => false,
        }
    }
}
