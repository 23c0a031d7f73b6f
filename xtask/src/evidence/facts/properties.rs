//! What an answer is made of.

use std::collections::BTreeSet;

use mde_codegen::Pointer;
use serde_json::json;

use crate::evidence::observe::Seen;
use crate::evidence::operations::Operation;
use crate::evidence::place::Place;
use crate::evidence::schema::Schema;
use crate::evidence::source::Source;
use crate::evidence::statement::Speaker;

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source, operation: &Operation) {
    for fact in source.facts_of("properties") {
        let Some((name, place)) = fact.get_text("name") else { continue };
        let status = match fact.get_text("of") {
            Some(("success", _)) => "200".to_owned(),
            _ => operation.error_statuses(speaker.contract).into_iter().next().unwrap_or_default(),
        };
        let mut pointer = operation.body(speaker.contract, &status);
        let mut declared = true;
        for part in name.split('/') {
            let schema = Schema::at(speaker.contract, &pointer);
            pointer = schema.place_of_property(part);
            declared &= schema.property(part).is_some();
        }
        speaker.exists(&place.pointer, &place, pointer.clone());
        if declared {
            say_property(speaker, &fact, &pointer);
        }
    }
}

fn say_property<'a>(speaker: &mut Speaker<'a>, fact: &Place<'a>, pointer: &Pointer) {
    if let Some(place) = fact.get("type") {
        let types = Schema::at(speaker.contract, pointer).keyword("type");
        if types.is_empty() {
            speaker.same(&place, pointer.child("type"));
        }
        for (pointer, _) in types {
            speaker.same(&place, pointer);
        }
    }
    let masked = BTreeSet::new();
    for key in ["values", "fragments"] {
        for place in fact.items(key) {
            // Part of a value shows that it is text, and no more.
            let value = if key == "values" { place.json().clone() } else { json!(place.text()) };
            speaker.observe(pointer, &Seen { fact: &place.pointer, place: place.clone(), value, masked: &masked });
        }
    }
}
