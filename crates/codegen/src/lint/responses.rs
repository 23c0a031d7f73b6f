//! `responses`: one success with what it holds, one schema for every error, their headers and error codes, and the properties that
//! repeat a parameter.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::constructs::unsupported;
use super::reader::{Reader, Shape, schema_pointer, schema_reference, schemas_pointer};
use super::rules;
use crate::model::{Answer, Echo, NEXT_LINK, Parameter, ParameterValue, Value, ValueKind};
use crate::pointer::Pointer;

/// The statuses that may be the one success of an operation.
const SUCCESSES: [u16; 3] = [200, 201, 204];

/// The help for a response whose status is not one.
const LIST_STATUSES: &str =
    "list each documented status by its three digits; the client reports one that is not listed by its number";

impl<'a> Reader<'a> {
    /// Checks the responses of an operation, and returns the status of its success with what that holds, and the name of the
    /// schema of its errors.
    pub(super) fn responses(
        &mut self,
        operation: &Pointer,
        values: &[Value],
    ) -> (Option<(u16, Answer)>, Option<&'a str>) {
        let responses = operation.child("responses");
        let statuses = self.statuses(&responses);
        let success = statuses.iter().map(|(code, _)| *code).filter(|code| SUCCESSES.contains(code)).min();
        if success.is_none() && statuses.iter().all(|(code, _)| *code >= 400) {
            let help = "add the response of a success under '200', '201' or '204'";
            self.report(rules::ONE_SUCCESS, &responses, "the response of a success is missing", help);
        }
        let (mut answer, mut error) = (None, None);
        for (code, pointer) in statuses {
            if code >= 400 {
                self.error(&mut error, code, pointer, values);
            } else if Some(code) == success {
                answer = self.success(operation, code, pointer, values).map(|answer| (code, answer));
            } else {
                self.other_success(code, success, &pointer);
            }
        }
        (answer, error)
    }

    /// The responses under an exact status.
    fn statuses(&mut self, responses: &Pointer) -> Vec<(u16, Pointer)> {
        let mut statuses = Vec::new();
        for (status, _, pointer) in self.entries(responses).filter(|(status, ..)| !status.starts_with("x-")) {
            match status.parse::<u16>().ok().filter(|code| status.len() == 3 && (100..600).contains(code)) {
                Some(code) => statuses.push((code, pointer)),
                None => {
                    let message = match status.as_str() {
                        "default" => {
                            "`default` is every status that is not listed, with one type for all of them".into()
                        }
                        _ => format!("the response `{status}` is not an exact status"),
                    };
                    self.report(rules::EXACT_STATUS, &pointer, message, LIST_STATUSES);
                }
            }
        }
        statuses
    }

    /// Reports a status below 400 that is not the one success.
    fn other_success(&mut self, code: u16, success: Option<u16>, pointer: &Pointer) {
        let (message, help) = match (code, success) {
            (300..400, _) => (
                format!(
                    "a {code} leads elsewhere, and redirects are not followed, so that the token goes to no other host"
                ),
                "remove it; the client reports a redirect as an error",
            ),
            (200..300, Some(success)) => (
                format!("a {code} in addition to the {success} would need a second type for the answer"),
                "keep the one success that the service documents",
            ),
            _ => (
                format!("a {code} is not a success that the client knows"),
                "use 200 or 201 with a body, or 204 without one; leave out an operation that is answered by another status",
            ),
        };
        self.report(rules::ONE_SUCCESS, pointer, message, help);
    }

    /// Checks the response of an error, all of which have one schema.
    fn error(&mut self, known: &mut Option<&'a str>, code: u16, pointer: Pointer, values: &[Value]) {
        let help = "describe its body as application/json only; the client handles other bodies itself";
        let Some(schema) = self.response(&pointer, code).and_then(|response| self.media(&response, code, help)) else {
            return;
        };
        let Some(name) = self.body_object(&schema, code, values) else { return };
        match *known {
            Some(first) if first != name => {
                let message = format!("the {code} has the schema {name}, other errors have {first}");
                self.report(rules::ONE_ERROR_SCHEMA, &pointer, message, "use the same schema for every error");
            }
            _ => *known = Some(name),
        }
    }

    /// What the success of an operation holds.
    fn success(&mut self, operation: &Pointer, code: u16, pointer: Pointer, values: &[Value]) -> Option<Answer> {
        let response = self.response(&pointer, code)?;
        if code == 204 {
            let content = response.child("content");
            if self.document.get(&content).is_some() {
                let help = "remove it, or describe the answer under '200' if the service sends one";
                self.report(rules::JSON_BODY, &content, "the 204 has a body, which HTTP does not allow", help);
            }
            return Some(Answer::Nothing);
        }
        let help = "describe its body as application/json only; a success without a body is a 204, and an operation that is \
                    answered by another content type is to be left out";
        let schema = self.media(&response, code, help)?;
        let body = self.document.get(&schema);
        let is_list = body.and_then(|body| body.get("type")).and_then(Json::as_str) == Some("array");
        if is_list && body.is_some_and(|body| body.get("items").is_some_and(|items| self.schema_name(items).is_some()))
        {
            return self.body_list(&schema, code, values).map(Answer::List);
        }
        let name = self.body_object(&schema, code, values)?;
        let is_page = self.page_link(operation, name);
        Some(if is_page { Answer::Page(name.to_owned()) } else { Answer::Object(name.to_owned()) })
    }

    /// Checks what every response has, and returns where it is.
    fn response(&mut self, pointer: &Pointer, code: u16) -> Option<Pointer> {
        let pointer = self.resolve(pointer.clone(), "responses")?;
        self.text(&pointer.child("description"), rules::DESCRIBED);
        self.error_codes(&pointer.child("x-mde-error-codes"), code);
        for (_, _, header) in self.entries(&pointer.child("headers")) {
            self.header(header);
        }
        Some(pointer)
    }

    /// Where the schema of a JSON body is.
    fn media(&mut self, response: &Pointer, code: u16, help: &str) -> Option<Pointer> {
        let content = response.child("content");
        let media: Vec<_> = self.entries(&content).map(|(name, ..)| name.as_str()).collect();
        if media != ["application/json"] {
            let message = match media.as_slice() {
                [] => format!("the {code} has no body"),
                _ => format!("the {code} has the content types {}", media.join(", ")),
            };
            self.report(rules::JSON_BODY, if media.is_empty() { response } else { &content }, message, help);
            return None;
        }
        Some(content.child("application/json").child("schema"))
    }

    /// The name of the object that a body refers to.
    fn body_object(&mut self, schema: &Pointer, code: u16, values: &[Value]) -> Option<&'a str> {
        let body = self.document.get(schema);
        let Some(name) = body.and_then(|body| self.schema_name(body)) else {
            let (problem, help) = body.map_or_else(
                || ("has no schema, so that it may be anything", "refer to an object under `components/schemas`"),
                unsupported,
            );
            self.report(rules::NAMED_SCHEMA, schema, format!("the body of the {code} {problem}"), help);
            return None;
        };
        self.reference_only(schema);
        self.named_object(schema, name, &format!("the body of the {code}"), values)
    }

    /// The name of the object that a body is a list of.
    fn body_list(&mut self, schema: &Pointer, code: u16, values: &[Value]) -> Option<String> {
        for (key, _, pointer) in self.entries(schema) {
            if !["type", "items", "description"].contains(&key.as_str()) && !key.starts_with("x-") {
                let message = format!("`{key}` is not supported of a body that is a list");
                let help = "remove it, and state it in the description";
                self.report(rules::OPEN_ANSWERS, &pointer, message, help);
            }
        }
        let items = schema.child("items");
        let name = self.document.get(&items).and_then(|items| self.schema_name(items))?;
        self.reference_only(&items);
        self.named_object(&items, name, &format!("an item in the body of the {code}"), values).map(str::to_owned)
    }

    /// The name of a schema, which must be that of an object.
    fn named_object(&mut self, pointer: &Pointer, name: &'a str, what: &str, values: &[Value]) -> Option<&'a str> {
        if self.document.get(&schema_pointer(name)).is_none() {
            self.unresolved(pointer, &schema_reference(name), "schemas");
            return None;
        }
        if values.iter().any(|value| value.name == name) {
            let message = format!("{what} is {name}, which is a single value");
            self.report(rules::ANSWER_OBJECT, pointer, message, "use an object");
            return None;
        }
        Some(name)
    }

    /// Whether an answer links to a next page. Such a link must be one that the client can follow.
    fn page_link(&mut self, operation: &Pointer, answer: &str) -> bool {
        let schema = schema_pointer(answer);
        let (link, value) = (schema.child("properties").child(NEXT_LINK), schema.child("properties").child("value"));
        let Some(property) = self.document.get(&link) else { return false };
        let type_of = |schema: &Json| schema.get("type").and_then(Json::as_str).map(str::to_owned);
        let mut fault = |pointer: &Pointer, message: &str, help: &str| {
            self.report(rules::PAGE_LINK, pointer, message, help);
        };
        if operation.last() != "get" {
            let message = format!("{answer} links to a next page, and only a GET can be sent to a link");
            fault(&operation.child("responses"), &message, "leave the link out of the answer of this operation");
        }
        if type_of(property).as_deref() != Some("string") || property.get("format").is_some() {
            fault(&link, "the link to the next page is not a plain string", "give it `type: string`");
        }
        if self.items(&schema.child("required")).any(|(required, _)| required == NEXT_LINK) {
            let help = "remove it from `required`; the last page has no link";
            self.report(rules::PAGE_LINK, &schema.child("required"), "the link to the next page is required", help);
        }
        if self.document.get(&value).and_then(type_of).as_deref() != Some("array") {
            let help = "add `value`, the list that the pages are parts of; or leave the link out";
            self.report(rules::PAGE_LINK, &link, "a page has no list under `value`", help);
        }
        true
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

    fn error_codes(&mut self, pointer: &Pointer, code: u16) {
        let Some(codes) = self.document.get(pointer) else { return };
        if code < 400 {
            let message = format!("a {code} is not an error and cannot have error codes");
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
    /// Reports `x-mde-echo` on schemas that are not the body of a success.
    pub(super) fn echoes_outside_responses(&mut self, operations: &[Pointer]) {
        let bodies: Option<Vec<_>> = operations.iter().map(|operation| self.success_object(operation)).collect();
        // A success that cannot be read has a finding of its own, and could be any of the schemas.
        let Some(bodies) = bodies.filter(|bodies| !bodies.is_empty()) else { return };
        let bodies: BTreeSet<_> = bodies.into_iter().flatten().collect();
        for (name, _, schema) in self.entries(&schemas_pointer()).filter(|(name, ..)| !bodies.contains(name.as_str())) {
            for (_, property, pointer) in self.entries(&schema.child("properties")) {
                if property.get("x-mde-echo").is_some() {
                    let message = format!("{name} is not the body of a success");
                    let help = "move it to the schema of such a body, or remove it";
                    self.report(rules::ECHO_PARAMETER, &pointer.child("x-mde-echo"), message, help);
                }
            }
        }
    }

    /// The name of the object that the body of an operation's success is; none where there is no body, or it is a list.
    fn success_object(&mut self, operation: &Pointer) -> Option<Option<&'a str>> {
        let responses = operation.child("responses");
        let status = SUCCESSES.iter().find(|code| self.document.get(&responses.child(code)).is_some())?;
        if *status == 204 {
            return Some(None);
        }
        let response = self.resolve(responses.child(status), "responses")?;
        let schema = self.document.get(&response.child("content").child("application/json").child("schema"))?;
        if schema.get("type").and_then(Json::as_str) == Some("array") {
            return Some(None);
        }
        let name = self.schema_name(schema)?;
        self.document.get(&schema_pointer(name)).filter(|target| Shape::of(target).is_none()).map(|_| Some(name))
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
