//! What the requests and answers of a source say about the contract.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::{Value as Json, json};

use crate::evidence::call::{Called, call};
use crate::evidence::facts::{merged, subjects};
use crate::evidence::form::shown;
use crate::evidence::observe::Seen;
use crate::evidence::operations::{Operation, followed};
use crate::evidence::place::Place;
use crate::evidence::schema::Schema;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker, Statement};
use crate::evidence::{DESCRIBED, OUTSIDE};

/// Everything that the exchanges of a source show. What cannot be held against the contract is a finding.
pub(crate) fn statements<'a>(
    contract: &'a Document,
    source: &'a Source,
    findings: &mut Vec<Finding>,
) -> Vec<Statement<'a>> {
    let mut statements = Vec::new();
    for exchange in source.exchanges() {
        let mut speaker = Speaker::new(contract, &source.name);
        if exchange.get("route").is_some() {
            outside(&speaker, source, &exchange, findings);
            continue;
        }
        let Some(status) = exchange.get("status") else {
            let message = "the exchange has no `status`, and is not marked as one of another route";
            let help = "give the status of the answer, or `route: outside`";
            findings.push(source.description.finding(DESCRIBED, &exchange.pointer, message, help));
            continue;
        };
        let called = match exchange.get_text("request") {
            Some((file, place)) => match call(&mut speaker, source, file, &exchange, &place, findings) {
                Some(called) => vec![called],
                None => continue,
            },
            None => subjects(&mut speaker, source).into_iter().map(Called::unknown).collect(),
        };
        for called in called {
            speaker.operation = Some(called.operation.pointer.clone());
            Answer { source, exchange: &exchange, status: &status, called: &called }.say(&mut speaker);
        }
        statements.extend(merged(speaker.statements));
    }
    statements
}

/// An exchange of another route must not be one of the contract's.
fn outside(speaker: &Speaker<'_>, source: &Source, exchange: &Place<'_>, findings: &mut Vec<Finding>) {
    let Some((file, place)) = exchange.get_text("request") else { return };
    let Some(text) = source.requests.get(file) else { return };
    let Ok(request) = crate::evidence::request::read(&text.name, &text.text) else { return };
    for operation in crate::evidence::operations::operations(speaker.contract) {
        if operation.method == request.method && request.fit(&operation.path).is_some() {
            let message =
                format!("the exchange is marked as one of another route, yet it is a call of {}", operation.name());
            let help = "remove `route: outside`";
            let finding = source.description.finding(OUTSIDE, &place.pointer, message, help);
            findings.push(finding.with_note(speaker.contract.note(&operation.pointer, "this is the operation")));
        }
    }
}

/// One answer to a call.
struct Answer<'a, 'b> {
    source: &'a Source,
    exchange: &'b Place<'a>,
    status: &'b Place<'a>,
    called: &'b Called,
}

impl<'a> Answer<'a, '_> {
    fn say(&self, speaker: &mut Speaker<'a>) {
        let operation = &self.called.operation;
        let status = self.status.words();
        let response = operation.response(speaker.contract, &status);
        speaker.exists(&self.exchange.pointer, self.status, response.clone());
        if speaker.contract.get(&response).is_none() {
            return;
        }
        self.say_headers(speaker, &response);
        if let Some(place) = self.exchange.get("body") {
            speaker.absent(&self.exchange.pointer, &place, response.child("content"));
        }
        if let Some(body) = self.exchange.get_text("answer").and_then(|(file, _)| self.source.answers.get(file)) {
            self.say_body(speaker, body, &operation.body(speaker.contract, &status));
        }
    }

    fn say_headers(&self, speaker: &mut Speaker<'a>, response: &Pointer) {
        if let Some((text, place)) = self.exchange.get_text("content-type") {
            let media_type = text.split(';').next().unwrap_or_default().trim().to_owned();
            let media = response.child("content").child(&media_type);
            match speaker.contract.get(&media) {
                Some(_) => speaker.exists(&self.exchange.pointer, &place, media),
                None => {
                    speaker.lacks(&place, response.child("content"), format!("the contract has no {media_type} here"))
                }
            }
        }
        for header in self.exchange.items("headers") {
            let Some((name, place)) = header.get_text("name") else { continue };
            let headers = response.child("headers");
            let declared = speaker.contract.get(&headers).and_then(Json::as_object).into_iter().flatten();
            match declared.map(|(key, _)| key).find(|key| key.eq_ignore_ascii_case(name)) {
                Some(key) => speaker.exists(&place.pointer, &place, followed(speaker.contract, headers.child(key))),
                None => speaker.lacks(&place, response.clone(), format!("the contract declares no header {name} here")),
            }
        }
    }

    fn say_body(&self, speaker: &mut Speaker<'a>, body: &'a Document, schema: &Pointer) {
        let masked: BTreeSet<_> =
            ["placeholders", "elided"]
                .into_iter()
                .flat_map(|key| self.exchange.items(key))
                .filter_map(|place| {
                    Some(
                        place.text()?.split('/').skip(1).fold(Pointer::root(), |pointer, key| {
                            pointer.child(key.replace("~1", "/").replace("~0", "~"))
                        }),
                    )
                })
                .collect();
        let place = Place::root(body);
        let fact = &self.exchange.pointer;
        speaker.observe(schema, &Seen { fact, place: place.clone(), value: body.root().clone(), masked: &masked });
        self.say_context(speaker, &place, schema);
        self.say_echoes(speaker, &place, schema, &masked);
        if let Some(code) = place.get("error").and_then(|error| error.get("code")) {
            let response = schema.parent().parent().parent();
            self.say_code(speaker, &code, &response.child("x-mde-error-codes"));
        }
    }

    /// OData names the type of an answer at the end of its context.
    fn say_context(&self, speaker: &mut Speaker<'a>, body: &Place<'a>, schema: &Pointer) {
        let Some((context, place)) = body.get_text("@odata.context") else { return };
        let Some((_, name)) = context.split_once("#").and_then(|(_, kind)| kind.rsplit_once('.')) else { return };
        let said = json!(format!("#/components/schemas/{name}"));
        speaker.equals(&self.exchange.pointer, &place, schema.child("$ref"), said);
    }

    /// A code that was recorded is among those of its status.
    fn say_code(&self, speaker: &mut Speaker<'a>, code: &Place<'a>, list: &Pointer) {
        let known = speaker.contract.get(list).and_then(Json::as_array);
        let fact = &self.exchange.pointer;
        match known.and_then(|known| known.iter().position(|known| known == code.json())) {
            Some(index) => speaker.equals(fact, code, list.child(index), code.json().clone()),
            None => {
                let message = format!("`{}` has no {}, {} shows it", list.last(), shown(code.json()), speaker.source);
                speaker.say(fact, code, list.clone(), code.json().clone(), Outcome::Contradicted(message));
            }
        }
    }

    /// What a property repeats of the request is what was asked.
    fn say_echoes(&self, speaker: &mut Speaker<'a>, body: &Place<'a>, schema: &Pointer, masked: &BTreeSet<Pointer>) {
        let schema = Schema::at(speaker.contract, schema);
        for (name, place) in body.entries() {
            let Some(property) = schema.property(name).filter(|_| !masked.contains(&place.pointer)) else { continue };
            let echo = property.child("x-mde-echo");
            let Some(parameter) = speaker.contract.get(&echo).and_then(Json::as_str) else { continue };
            let Some((_, asked)) = self.called.values.iter().find(|(name, _)| name == parameter) else { continue };
            let answered = place.text().unwrap_or_default();
            let outcome = if same(asked, answered) {
                Outcome::Allowed
            } else {
                Outcome::Contradicted(format!(
                    "`{name}` repeats {parameter}, yet {} asks {asked:?} and shows {answered:?}",
                    speaker.source
                ))
            };
            speaker.say(&self.exchange.pointer, &place, echo, place.json().clone(), outcome);
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

impl Called {
    /// A call of which only the answer is known.
    fn unknown(operation: Operation) -> Self {
        Self { operation, values: Vec::new() }
    }
}
