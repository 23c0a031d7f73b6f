//! A request as it was written down, in the form of HTTP: the operation that it is a call of, and what it claims about
//! the parameters.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mde_codegen::{Finding, Pointer, Position};
use serde_json::Value as Json;

use crate::evidence::claims::{Agreement, Claimant, Observation, subjects};
use crate::evidence::contract::{Operation, Schema, operations, server_of_host, type_of};
use crate::evidence::form::{DESCRIBED, Node, REQUEST};
use crate::evidence::names::Named;
use crate::evidence::sources::EvidenceSource;

/// A request, read; each part with the column that it begins at in the first line.
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host of an absolute target.
    pub(crate) host: Option<String>,
    pub(crate) path: String,
    /// The query, decoded, in its order.
    pub(crate) query: Vec<(String, String)>,
    /// The headers, in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether there is anything behind the headers.
    pub(crate) has_body: bool,
}

/// Reads a request.
///
/// # Errors
/// A finding, where it is none.
pub(crate) fn read(file: &str, text: &str) -> Result<Request, Box<Finding>> {
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target) = match (words.next(), words.next(), words.next()) {
        (Some(method), Some(target), None | Some("HTTP/1.1" | "HTTP/1.0")) if words.next().is_none() => {
            (method, target)
        }
        _ => return Err(unreadable(file, 1, format!("{line:?} is not a request line"))),
    };
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(unreadable(file, 1, format!("{method:?} is not an HTTP method")));
    }
    let (host, rest) = match target.strip_prefix("https://") {
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            (Some(rest[..end].to_owned()), &rest[end..])
        }
        None => (None, target),
    };
    if !rest.starts_with('/') {
        return Err(unreadable(file, 1, format!("{target:?} is neither a path nor an https URL")));
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut headers = Vec::new();
    let mut number = 1;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        number += 1;
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.is_empty() && !name.contains(' '))
        else {
            return Err(unreadable(file, number, format!("{line:?} is not a header")));
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let has_body = lines.any(|line| !line.is_empty());
    Ok(Request { method: method.to_owned(), host, path: path.to_owned(), query, headers, has_body })
}

fn unreadable(file: &str, line: usize, message: String) -> Box<Finding> {
    let help = "write `GET`, a space and a path or https URL, then one header per line";
    let mut finding = Finding::of_file(file, REQUEST, message, help);
    finding.position = Position { line, column: 1 };
    finding.end = finding.position;
    Box::new(finding)
}

impl Request {
    /// The values of a path template's parameters, where the path fits it.
    pub(crate) fn fit(&self, template: &str) -> Option<Vec<(String, String)>> {
        let (given, expected): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), template.split('/').collect());
        if given.len() != expected.len() {
            return None;
        }
        let mut values = Vec::new();
        for (given, expected) in given.into_iter().zip(expected) {
            match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !given.is_empty() => values.push((name.to_owned(), decoded(given)?)),
                _ if given == expected => {}
                _ => return None,
            }
        }
        Some(values)
    }
}

fn decoded(segment: &str) -> Option<String> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}

/// A call: the operation, and the values that it gave to parameters.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) values: Vec<(String, String)>,
}

/// Resolves a request to the one operation that it is a call of, and notes what it says. A request that is none is a
/// finding.
pub(crate) fn resolve_call<'a>(
    claimant: &mut Claimant<'a>,
    source: &'a EvidenceSource,
    file: &str,
    exchange: &Node<'a>,
    node: &Node<'a>,
    findings: &mut Vec<Finding>,
) -> Option<Call> {
    let text = source.requests.get(file)?;
    let request = match read(&text.name, &text.text) {
        Ok(request) => request,
        Err(finding) => {
            findings.push(*finding);
            return None;
        }
    };
    let node = Node { request: Some(text), ..node.clone() };
    let named = match source.speaks_of() {
        Some(_) => Some(subjects(claimant, source).pop()?),
        None => None,
    };
    let mut caller = Caller { claimant, request: &request, exchange, node: &node, file: &text.name };
    let (operation, mut values) = match named {
        Some(operation) => {
            let Some(values) = caller.values_of(&operation) else {
                return Some(Call { operation, values: Vec::new() });
            };
            (operation, values)
        }
        None => caller.resolve(findings)?,
    };
    caller.claimant.operation = Some(operation.pointer.clone());
    caller.claim_host();
    caller.claim_headers(&operation, findings);
    values.extend(request.query.iter().cloned());
    caller.claim_values(&operation, &values);
    Some(Call { operation, values })
}

struct Caller<'a, 'b> {
    claimant: &'b mut Claimant<'a>,
    request: &'b Request,
    exchange: &'b Node<'a>,
    node: &'b Node<'a>,
    file: &'b str,
}

impl<'a> Caller<'a, '_> {
    fn resolve(&self, findings: &mut Vec<Finding>) -> Option<(Operation, Vec<(String, String)>)> {
        let contract = self.claimant.contract;
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
                "correct the path in the contract; or mark the exchange with `route: outside` if it is about another route",
            ),
            count => (format!("{count} operations"), "write the paths so that only one of them matches"),
        };
        let message = format!("{method} {path} matches {count} of the contract");
        let finding = contract.finding(REQUEST, &Pointer::root().child("paths"), message, help);
        findings.push(finding.with_note(self.node.note("this is the request")));
        None
    }

    /// The values in the path of a call of a known operation; `None` where the request is not one of it.
    fn values_of(&mut self, operation: &Operation) -> Option<Vec<(String, String)>> {
        let Request { method, path, .. } = self.request;
        let values = self.request.fit(&operation.path).filter(|_| *method == operation.method);
        if values.is_none() {
            let wrong = if *method == operation.method { "path" } else { "method" };
            let message =
                format!("{} is {}, but {} shows {method} {path}", operation.id, operation.name(), self.claimant.source);
            self.claimant.operation = Some(operation.pointer.clone());
            self.refuse(operation.pointer.child(wrong), Json::String(format!("{method} {path}")), message);
        }
        values
    }

    fn claim_host(&mut self) {
        let Some(host) = &self.request.host else { return };
        let (contract, node) = (self.claimant.contract, self.node);
        match server_of_host(contract, host) {
            Some(server) => {
                let stated = Json::String(format!("https://{host}"));
                self.claimant.equals(&self.exchange.pointer, node, server.child("url"), stated);
            }
            None => {
                let servers = Pointer::root().child("servers");
                self.refuse(
                    servers,
                    Json::String(host.clone()),
                    format!("the contract has no server https://{host}, but {} calls it", self.claimant.source),
                );
            }
        }
    }

    /// Every header that must be sent is there, unless the source shows the request line only.
    fn claim_headers(&mut self, operation: &Operation, findings: &mut Vec<Finding>) {
        let contract = self.claimant.contract;
        let sent = |name: &str| self.request.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if let Some(node) = self.exchange.get("request-line-only").filter(|node| node.json == &Json::Bool(true)) {
            if !self.request.headers.is_empty() {
                let message = format!("{} is marked `request-line-only`, but has headers", self.file);
                let help = "remove `request-line-only`";
                findings.push(node.document.finding(DESCRIBED, &node.pointer, message, help));
            }
            return;
        }
        let security = operation.security();
        let mut required: Vec<(String, Pointer)> = Vec::new();
        if contract.get(&security).and_then(Json::as_object).is_some_and(|security| !security.is_empty()) {
            required.push(("Authorization".to_owned(), security));
        }
        for pointer in operation.parameters(contract) {
            let needed = contract.get(&pointer.child("required")) == Some(&Json::Bool(true));
            if needed && contract.text(&pointer.child("in")) == Some("header") {
                let name = contract.text(&pointer.child("name")).unwrap_or_default();
                required.push((name.to_owned(), pointer));
            }
        }
        let missing: Vec<_> = required.into_iter().filter(|(name, _)| !sent(name)).collect();
        for (name, pointer) in missing {
            let message =
                format!("the header {name} is required, but the request of {} lacks it", self.claimant.source);
            self.refuse(pointer, Json::Null, message);
        }
    }

    /// Every value is that of a parameter and keeps to its schema, and none that is required is missing.
    fn claim_values(&mut self, operation: &Operation, values: &[(String, String)]) {
        let contract = self.claimant.contract;
        for (name, value) in values {
            let Some(pointer) = operation.parameter(contract, name) else {
                let list = operation.pointer.child("parameters");
                let message =
                    format!("{} has no parameter {name}, but {} sends it", operation.name(), self.claimant.source);
                self.refuse(list, Json::String(value.clone()), message);
                continue;
            };
            let schema = pointer.child("schema");
            let value = typed(contract, &schema, value);
            let masked = BTreeSet::new();
            let seen = Observation { fact: &self.exchange.pointer, node: self.node.clone(), value, masked: &masked };
            self.claimant.observe(&schema, &seen);
        }
        for pointer in operation.parameters(contract) {
            let name = contract.text(&pointer.child("name")).unwrap_or_default();
            let required = contract.get(&pointer.child("required")) == Some(&Json::Bool(true));
            let in_header = contract.text(&pointer.child("in")) == Some("header");
            if required && !in_header && !values.iter().any(|(given, _)| given == name) {
                let message = format!("{name} is required, but the request of {} lacks it", self.claimant.source);
                self.refuse(pointer.child("required"), Json::Null, message);
            }
        }
        if self.request.has_body && contract.get(&operation.pointer.child("requestBody")).is_none() {
            let message = format!("the operation takes no body, but the request of {} has one", self.claimant.source);
            self.refuse(operation.pointer.clone(), Json::Null, message);
        }
    }

    fn refuse(&mut self, pointer: Pointer, stated: Json, message: String) {
        let (fact, node) = (&self.exchange.pointer, self.node);
        self.claimant.claim(fact, node, pointer, stated, Agreement::Contradicted(message));
    }
}

/// A value of the path or the query, of the type that its schema asks for where it can be read as such.
fn typed(contract: &Named<'_>, schema: &Pointer, value: &str) -> Json {
    let expected = Schema::at(contract, schema).text("type");
    let read = serde_json::from_str::<Json>(value).ok();
    read.filter(|read| type_of(read) == expected && expected != Some("string")).unwrap_or_else(|| value.into())
}
