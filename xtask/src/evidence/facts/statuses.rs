//! With which statuses the service answers.

use crate::evidence::operations::Operation;
use crate::evidence::place::Place;
use crate::evidence::source::Source;
use crate::evidence::statement::Speaker;

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source, operation: &Operation) {
    for fact in source.facts_of("statuses") {
        let Some(place) = fact.get("status") else { continue };
        let status = place.words();
        let response = operation.response(speaker.contract, &status);
        speaker.exists(&place.pointer, &place, response.clone());
        if speaker.contract.get(&response).is_none() {
            continue;
        }
        let codes = fact.items("codes").into_iter();
        let of_messages = fact.items("messages").into_iter().filter_map(|message| message.get("code"));
        for code in codes.chain(of_messages) {
            speaker.lists(&code, &response.child("x-mde-error-codes"));
        }
        for header in fact.items("headers") {
            say_header(speaker, &header, &response);
        }
        if let Some(place) = fact.get("body") {
            speaker.absent(&place.pointer, &place, response.child("content"));
        }
    }
}

fn say_header<'a>(speaker: &mut Speaker<'a>, header: &Place<'a>, response: &mde_codegen::Pointer) {
    if let Some((name, place)) = header.get_text("name") {
        speaker.exists(&place.pointer, &place, response.child("headers").child(name));
    }
}
