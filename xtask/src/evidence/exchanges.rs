//! What the requests and answers of a source claim about the contract.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::{Value as Json, json};

use crate::evidence::claims::{Agreement, Claim, Claimant, Observation, merged, subjects};
use crate::evidence::contract::{Operation, Schema, operations};
use crate::evidence::elements::NAMED;
use crate::evidence::form::{DESCRIBED, Node, OUTSIDE, shown};
use crate::evidence::names::Named;
use crate::evidence::requests::{self, Call, resolve_call};
use crate::evidence::sources::EvidenceSource;

/// Everything that the exchanges of a source show. What cannot be held against the contract is a finding.
pub(crate) fn claims<'a>(
    contract: &'a Named<'a>,
    source: &'a EvidenceSource,
    findings: &mut Vec<Finding>,
) -> Vec<Claim<'a>> {
    let mut claims = Vec::new();
    for exchange in source.exchanges() {
        let mut claimant = Claimant::new(contract, source);
        if exchange.get("route").is_some() {
            outside(&claimant, source, &exchange, findings);
            continue;
        }
        let Some(status) = exchange.get("status") else {
            let message = "the exchange has neither a `status` nor `route: outside`";
            let help = "add the status of the answer, or `route: outside`";
            findings.push(source.description.finding(DESCRIBED, &exchange.pointer, message, help));
            continue;
        };
        let call = match exchange.get_text("request") {
            Some((file, node)) => match resolve_call(&mut claimant, source, file, &exchange, &node, findings) {
                Some(call) => vec![call],
                None => continue,
            },
            None => subjects(&mut claimant, source).into_iter().map(Call::unknown).collect(),
        };
        for call in call {
            claimant.operation = Some(call.operation.pointer.clone());
            Answer { source, exchange: &exchange, status: &status, call: &call }.claim(&mut claimant);
        }
        claims.extend(merged(claimant.claims));
    }
    claims
}

/// An exchange of another route must not be one of the contract's.
fn outside(claimant: &Claimant<'_>, source: &EvidenceSource, exchange: &Node<'_>, findings: &mut Vec<Finding>) {
    let Some((file, node)) = exchange.get_text("request") else { return };
    let Some(text) = source.requests.get(file) else { return };
    let Ok(request) = requests::read(&text.name, &text.text) else { return };
    for operation in operations(claimant.contract) {
        if operation.method == request.method && request.fit(&operation.path).is_some() {
            let message = format!("the exchange has `route: outside`, but is a call of {}", operation.name());
            let help = "remove `route: outside`";
            let finding = source.description.finding(OUTSIDE, &node.pointer, message, help);
            findings.push(finding.with_note(claimant.contract.note(&operation.pointer, "this is the operation")));
        }
    }
}

/// One answer to a call.
struct Answer<'a, 'b> {
    source: &'a EvidenceSource,
    exchange: &'b Node<'a>,
    status: &'b Node<'a>,
    call: &'b Call,
}

impl<'a> Answer<'a, '_> {
    fn claim(&self, claimant: &mut Claimant<'a>) {
        let operation = &self.call.operation;
        let status = self.status.words();
        let response = operation.response(&status);
        claimant.exists(&self.exchange.pointer, self.status, response.clone());
        if claimant.contract.get(&response).is_none() {
            return;
        }
        self.claim_headers(claimant, &response);
        if let Some(node) = self.exchange.get("body") {
            claimant.absent(&self.exchange.pointer, &node, response.child("content"));
        }
        if let Some(body) = self.exchange.get_text("answer").and_then(|(file, _)| self.source.answers.get(file)) {
            self.claim_body(claimant, body, &operation.body(&status));
        }
    }

    fn claim_headers(&self, claimant: &mut Claimant<'a>, response: &Pointer) {
        if let Some((text, node)) = self.exchange.get_text("content-type") {
            let media_type = text.split(';').next().unwrap_or_default().trim().to_owned();
            let media = response.child("content").child(&media_type);
            match claimant.contract.get(&media) {
                Some(_) => claimant.exists(&self.exchange.pointer, &node, media),
                None => {
                    claimant.lacks(&node, response.child("content"), format!("the contract has no {media_type} here"))
                }
            }
        }
        for header in self.exchange.items("headers") {
            let Some((name, node)) = header.get_text("name") else { continue };
            let headers = response.child("headers");
            let declared = claimant.contract.get(&headers).and_then(Json::as_object).into_iter().flatten();
            match declared.map(|(key, _)| key).find(|key| key.eq_ignore_ascii_case(name)) {
                Some(key) => claimant.exists(&node.pointer, &node, headers.child(key)),
                None => claimant.lacks(&node, response.clone(), format!("the contract declares no header {name} here")),
            }
        }
    }

    fn claim_body(&self, claimant: &mut Claimant<'a>, body: &'a Document, schema: &Pointer) {
        let masked: BTreeSet<_> = ["placeholders", "elided"]
            .into_iter()
            .flat_map(|key| self.exchange.items(key))
            .filter_map(|node| {
                Some(
                    node.text()?
                        .split('/')
                        .skip(1)
                        .fold(Pointer::root(), |pointer, key| pointer.child(key.replace("~1", "/").replace("~0", "~"))),
                )
            })
            .collect();
        let node = Node::root(body);
        let fact = &self.exchange.pointer;
        claimant
            .observe(schema, &Observation { fact, node: node.clone(), value: body.root().clone(), masked: &masked });
        self.claim_context(claimant, &node, schema);
        self.claim_echoes(claimant, &node, schema, &masked);
        if let Some(code) = node.get("error").and_then(|error| error.get("code")) {
            self.claim_code(claimant, &code, &schema.parent().child("error-codes"));
        }
    }

    /// OData names the type of an answer at the end of its context.
    fn claim_context(&self, claimant: &mut Claimant<'a>, body: &Node<'a>, schema: &Pointer) {
        let Some((context, node)) = body.get_text("@odata.context") else { return };
        let Some((_, name)) = context.split_once("#").and_then(|(_, kind)| kind.rsplit_once('.')) else { return };
        claimant.equals(&self.exchange.pointer, &node, schema.child(NAMED), json!(name));
    }

    /// A code that was recorded is among those of its status.
    fn claim_code(&self, claimant: &mut Claimant<'a>, code: &Node<'a>, list: &Pointer) {
        let fact = &self.exchange.pointer;
        let known = claimant.contract.entries(list).into_iter();
        match known.into_iter().find(|known| claimant.contract.get(known) == Some(code.json)) {
            Some(known) => claimant.equals(fact, code, known, code.json.clone()),
            None => {
                let message =
                    format!("`{}` has no {}, but {} shows it", list.last(), shown(code.json), claimant.source);
                claimant.claim(fact, code, list.clone(), code.json.clone(), Agreement::Contradicted(message));
            }
        }
    }

    /// What a property repeats of the request is what was asked.
    fn claim_echoes(&self, claimant: &mut Claimant<'a>, body: &Node<'a>, schema: &Pointer, masked: &BTreeSet<Pointer>) {
        let schema = Schema::at(claimant.contract, schema);
        for (name, node) in body.entries() {
            let Some(property) = schema.property(name).filter(|_| !masked.contains(&node.pointer)) else { continue };
            let echo = property.child("echo");
            let Some(parameter) = claimant.contract.get(&echo).and_then(Json::as_str) else { continue };
            let Some((_, asked)) = self.call.values.iter().find(|(name, _)| name == parameter) else { continue };
            let answered = node.text().unwrap_or_default();
            let agreement = if same(asked, answered) {
                Agreement::Allowed
            } else {
                Agreement::Contradicted(format!(
                    "`{name}` echoes {parameter}, but {} sends {asked:?} and shows {answered:?}",
                    claimant.source
                ))
            };
            claimant.claim(&self.exchange.pointer, &node, echo, node.json.clone(), agreement);
        }
    }
}

/// Whether two texts are the same, as addresses where they are such.
fn same(asked: &str, answered: &str) -> bool {
    match (asked.parse::<IpAddr>(), answered.parse::<IpAddr>()) {
        (Ok(asked), Ok(answered)) => asked == answered,
        _ => asked == answered,
    }
}

impl Call {
    /// A call of which only the answer is known.
    fn unknown(operation: Operation) -> Self {
        Self { operation, values: Vec::new() }
    }
}
