//! What an operation takes.

use std::collections::BTreeSet;

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

use crate::evidence::form::shown;
use crate::evidence::formats::keeps;
use crate::evidence::observe::Seen;
use crate::evidence::operations::Operation;
use crate::evidence::place::Place;
use crate::evidence::schema::Schema;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker};

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source, operation: &Operation) {
    for fact in source.facts_of("parameters") {
        let Some((name, place)) = fact.get_text("name") else { continue };
        match operation.parameter(speaker.contract, name) {
            Some(pointer) => say_parameter(speaker, &fact, &pointer),
            None => {
                let list = operation.pointer.child("parameters");
                speaker.lacks(&place, list, format!("{} has no parameter {name}", operation.name()));
            }
        }
    }
    for address in source.facts_of("addresses") {
        say_address(speaker, &address, operation);
    }
}

fn say_parameter<'a>(speaker: &mut Speaker<'a>, fact: &Place<'a>, pointer: &Pointer) {
    let schema = Schema::at(speaker.contract, &pointer.child("schema"));
    for (key, place) in fact.entries() {
        match key {
            "name" | "in" | "required" => speaker.same(&place, pointer.child(key)),
            "type" | "format" | "minimum" | "maximum" | "default" => say_keyword(speaker, &schema, key, &place),
            "client-default" => say_keyword(speaker, &schema, "default", &place),
            "address-families" => say_families(speaker, &schema, &place),
            _ => {}
        }
    }
}

/// A keyword of the schema has the value that a place states.
fn say_keyword<'a>(speaker: &mut Speaker<'a>, schema: &Schema<'a>, key: &str, place: &Place<'a>) {
    let given = schema.keyword(key);
    if given.is_empty() {
        speaker.same(place, schema.named().child(key));
    }
    for (pointer, _) in given {
        speaker.same(place, pointer);
    }
}

fn say_families<'a>(speaker: &mut Speaker<'a>, schema: &Schema<'a>, place: &Place<'a>) {
    let stated: BTreeSet<_> = place.json().as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let Some((pointer, alternatives)) = schema.keyword("oneOf").into_iter().next() else {
        speaker.lacks(place, schema.named().child("oneOf"), "the contract names no address families".to_owned());
        return;
    };
    let known = alternatives.as_array().into_iter().flatten();
    let known: BTreeSet<_> = known.filter_map(|part| part.get("format")?.as_str()).collect();
    let outcome = if known == stated {
        Outcome::Allowed
    } else {
        let source = speaker.source;
        Outcome::Contradicted(format!(
            "the contract admits {}, {source} says {}",
            shown(&json!(known)),
            shown(place.json())
        ))
    };
    speaker.say(&place.pointer, place, pointer, place.json().clone(), outcome);
}

/// An address that the service is known to have taken or given is one that the contract admits.
fn say_address<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, operation: &Operation) {
    let contract = speaker.contract;
    for pointer in operation.parameters(contract) {
        let schema = Schema::at(contract, &pointer.child("schema"));
        let admits_addresses = schema.keyword("oneOf").iter().any(|(_, alternatives)| {
            let formats = alternatives.as_array().into_iter().flatten();
            formats.filter_map(|part| part.get("format")?.as_str()).any(|format| format.starts_with("ip"))
        });
        if admits_addresses {
            let masked = BTreeSet::new();
            let seen =
                Seen { fact: &place.pointer, place: place.clone(), value: place.json().clone(), masked: &masked };
            speaker.observe(&pointer.child("schema"), &seen);
            return;
        }
    }
    let is_address = ["ipv4", "ipv6"].into_iter().any(|format| keeps(place.json(), format) == Some(true));
    if is_address {
        let list = operation.pointer.child("parameters");
        speaker.lacks(place, list, format!("{} takes no address", operation.name()));
    }
}
