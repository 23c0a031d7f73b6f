//! Which operation a request is a call of, and what it says about its parameters.

use std::collections::BTreeSet;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::facts::of_host;
use crate::evidence::formats::type_of;
use crate::evidence::observe::Seen;
use crate::evidence::operations::{Operation, operations, text};
use crate::evidence::place::Place;
use crate::evidence::request::Request;
use crate::evidence::schema::Schema;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker};
use crate::evidence::{DESCRIBED, REQUEST};

/// A call: the operation, and the values that it gave to parameters.
pub(crate) struct Called {
    pub(crate) operation: Operation,
    pub(crate) values: Vec<(String, String)>,
}

/// Resolves a request to the one operation that it is a call of, and notes what it says. A request that is none is a
/// finding.
pub(crate) fn call<'a>(
    speaker: &mut Speaker<'a>,
    source: &'a Source,
    file: &str,
    exchange: &Place<'a>,
    place: &Place<'a>,
    findings: &mut Vec<Finding>,
) -> Option<Called> {
    let text = source.requests.get(file)?;
    let request = match crate::evidence::request::read(&text.name, &text.text) {
        Ok(request) => request,
        Err(finding) => {
            findings.push(*finding);
            return None;
        }
    };
    let place = Place { request: Some(text), ..place.clone() };
    let mut caller = Caller { speaker, request: &request, exchange, place: &place, file: &text.name };
    let (operation, mut values) = caller.resolve(findings)?;
    caller.speaker.operation = Some(operation.pointer.clone());
    caller.say_host();
    caller.say_headers(&operation, findings);
    values.extend(request.query.iter().cloned());
    caller.say_values(&operation, &values);
    Some(Called { operation, values })
}

struct Caller<'a, 'b> {
    speaker: &'b mut Speaker<'a>,
    request: &'b Request,
    exchange: &'b Place<'a>,
    place: &'b Place<'a>,
    file: &'b str,
}

impl<'a> Caller<'a, '_> {
    fn resolve(&self, findings: &mut Vec<Finding>) -> Option<(Operation, Vec<(String, String)>)> {
        let contract = self.speaker.contract;
        let fitting = operations(contract).into_iter().filter(|operation| operation.method == self.request.method);
        let mut fitting: Vec<_> =
            fitting.filter_map(|operation| Some((self.request.fit(&operation.path)?, operation))).collect();
        if fitting.len() == 1 {
            return fitting.pop().map(|(values, operation)| (operation, values));
        }
        let Request { method, path, .. } = self.request;
        let (count, help) = match fitting.len() {
            0 => (
                "no operation".to_owned(),
                "correct the path in the contract; or mark the exchange with `route: outside`, if it is about another route",
            ),
            count => (format!("{count} operations"), "write the paths so that only one of them matches"),
        };
        let message = format!("{method} {path} is a call of {count} of the contract");
        let finding = contract.finding(REQUEST, &Pointer::root().child("paths"), message, help);
        findings.push(finding.with_note(self.place.note("this is the request")));
        None
    }

    fn say_host(&mut self) {
        let Some(host) = &self.request.host else { return };
        let (contract, place) = (self.speaker.contract, self.place);
        match of_host(contract, host) {
            Some(server) => {
                let said = Json::String(format!("https://{host}"));
                self.speaker.equals(&self.exchange.pointer, place, server.child("url"), said);
            }
            None => {
                let servers = Pointer::root().child("servers");
                self.refuse(
                    servers,
                    Json::String(host.clone()),
                    format!("there is no server https://{host}, {} calls it", self.speaker.source),
                );
            }
        }
    }

    /// Every header that must be sent is there, unless the source shows the request line only.
    fn say_headers(&mut self, operation: &Operation, findings: &mut Vec<Finding>) {
        let contract = self.speaker.contract;
        let sent = |name: &str| self.request.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if let Some(place) = self.exchange.get("request-line-only").filter(|place| place.json() == &Json::Bool(true)) {
            if !self.request.headers.is_empty() {
                let message = format!("{} is marked as a request line only, yet it has headers", self.file);
                let help = "remove `request-line-only`";
                findings.push(place.document.finding(DESCRIBED, &place.pointer, message, help));
            }
            return;
        }
        let security = operation.security(contract);
        let mut required: Vec<(String, Pointer)> = Vec::new();
        if contract.get(&security).and_then(Json::as_array).is_some_and(|security| !security.is_empty()) {
            required.push(("Authorization".to_owned(), security));
        }
        for pointer in operation.parameters(contract) {
            let needed = contract.get(&pointer.child("required")) == Some(&Json::Bool(true));
            if needed && text(contract, &pointer.child("in")) == Some("header") {
                let name = text(contract, &pointer.child("name")).unwrap_or_default();
                required.push((name.to_owned(), pointer));
            }
        }
        let missing: Vec<_> = required.into_iter().filter(|(name, _)| !sent(name)).collect();
        for (name, pointer) in missing {
            let message =
                format!("the header {name} is required, the request of {} is without it", self.speaker.source);
            self.refuse(pointer, Json::Null, message);
        }
    }

    /// Every value is that of a parameter and keeps to its schema, and none that is required is missing.
    fn say_values(&mut self, operation: &Operation, values: &[(String, String)]) {
        let contract = self.speaker.contract;
        for (name, value) in values {
            let Some(pointer) = operation.parameter(contract, name) else {
                let list = operation.pointer.child("parameters");
                let message = format!("{} has no parameter {name}, {} sends it", operation.name(), self.speaker.source);
                self.refuse(list, Json::String(value.clone()), message);
                continue;
            };
            let schema = pointer.child("schema");
            let value = typed(contract, &schema, value);
            let masked = BTreeSet::new();
            let seen = Seen { fact: &self.exchange.pointer, place: self.place.clone(), value, masked: &masked };
            self.speaker.observe(&schema, &seen);
        }
        for pointer in operation.parameters(contract) {
            let name = text(contract, &pointer.child("name")).unwrap_or_default();
            let required = contract.get(&pointer.child("required")) == Some(&Json::Bool(true));
            let in_header = text(contract, &pointer.child("in")) == Some("header");
            if required && !in_header && !values.iter().any(|(given, _)| given == name) {
                let message = format!("{name} is required, the request of {} is without it", self.speaker.source);
                self.refuse(pointer.child("required"), Json::Null, message);
            }
        }
        if self.request.has_body && contract.get(&operation.pointer.child("requestBody")).is_none() {
            let message = format!("the operation takes no body, the request of {} has one", self.speaker.source);
            self.refuse(operation.pointer.clone(), Json::Null, message);
        }
    }

    fn refuse(&mut self, pointer: Pointer, said: Json, message: String) {
        let (fact, place) = (&self.exchange.pointer, self.place);
        self.speaker.say(fact, place, pointer, said, Outcome::Contradicted(message));
    }
}

/// A value of the path or the query, of the type that its schema asks for where it can be read as such.
fn typed(contract: &Document, schema: &Pointer, value: &str) -> Json {
    let expected = Schema::at(contract, schema).text("type");
    let read = serde_json::from_str::<Json>(value).ok();
    read.filter(|read| type_of(read) == expected && expected != Some("string")).unwrap_or_else(|| value.into())
}
