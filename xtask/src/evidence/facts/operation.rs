//! What identifies an operation, who may call it and how often.

use mde_codegen::Pointer;
use serde_json::Value as Json;

use crate::evidence::form::shown;
use crate::evidence::operations::{Operation, text};
use crate::evidence::place::Place;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker};

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source, operation: &Operation) {
    let facts = source.facts();
    if let Some(named) = facts.get("operation") {
        speaker.exists(&named.pointer, &named, operation.pointer.clone());
        for (key, pointer) in
            [("operation-id", operation.pointer.child("operationId")), ("summary", operation.pointer.child("summary"))]
        {
            if let Some(place) = named.get(key) {
                speaker.same(&place, pointer);
            }
        }
        if let Some(place) = named.get("tag") {
            let tag = operation.pointer.child("tags").child(0);
            if speaker.contract.get(&tag) == Some(place.json()) {
                say_tag(speaker, &place);
            }
            speaker.same(&place, tag);
        }
    }
    if let Some(permissions) = facts.get("permissions") {
        say_permissions(speaker, &permissions, operation);
    }
    for window in facts.items("quota") {
        say_quota(speaker, &window, operation);
    }
    if let Some(place) = facts.get("request-body") {
        speaker.absent(&place.pointer, &place, operation.pointer.child("requestBody"));
    }
    if let Some(place) = facts.get("odata-query-options") {
        say_odata(speaker, &place, operation);
    }
    if let Some(place) = facts.get("scope") {
        say_scope(speaker, &place, operation);
    }
    for header in facts.items("headers") {
        say_header(speaker, &header, operation);
    }
}

fn say_tag<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>) {
    let tags = Pointer::root().child("tags");
    let count = speaker.contract.get(&tags).and_then(Json::as_array).map_or(0, Vec::len);
    let names = (0..count).map(|index| tags.child(index).child("name"));
    match names.into_iter().find(|name| text(speaker.contract, name) == place.text()) {
        Some(name) => speaker.same(place, name),
        None => speaker.lacks(place, tags, format!("the tag {} is not described", shown(place.json()))),
    }
}

fn say_permissions<'a>(speaker: &mut Speaker<'a>, permissions: &Place<'a>, operation: &Operation) {
    for (kind, permission) in permissions.entries() {
        let pointer = operation.pointer.child("x-mde-permissions").child(kind);
        for (key, place) in permission.entries() {
            speaker.same(&place, pointer.child(key));
        }
    }
}

fn say_quota<'a>(speaker: &mut Speaker<'a>, window: &Place<'a>, operation: &Operation) {
    let (Some(calls), Some(seconds)) = (window.get("calls"), window.get("seconds")) else { return };
    let windows = operation.pointer.child("x-mde-quota");
    let known = speaker.contract.get(&windows).and_then(Json::as_array);
    let place = known.and_then(|known| known.iter().position(|known| known.get("seconds") == Some(seconds.json())));
    match place {
        Some(index) => {
            speaker.same(&seconds, windows.child(index).child("seconds"));
            speaker.same(&calls, windows.child(index).child("calls"));
        }
        None => speaker.lacks(&seconds, windows, format!("`x-mde-quota` has no window of {} seconds", seconds.json())),
    }
}

fn say_odata<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, operation: &Operation) {
    if place.json() != &Json::Bool(false) {
        return;
    }
    for pointer in operation.parameters(speaker.contract) {
        let name = text(speaker.contract, &pointer.child("name")).unwrap_or_default();
        if name.starts_with('$') {
            let message =
                format!("the contract has the OData option {name}, {} says that none applies", speaker.source);
            speaker.say(&place.pointer, place, pointer, place.json().clone(), Outcome::Contradicted(message));
        }
    }
}

/// A scope stands in the security requirement, and among the scopes of the scheme that it names.
fn say_scope<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, operation: &Operation) {
    let required = required_scopes(speaker, operation);
    let said = place.json();
    let pointer = required.iter().find(|pointer| speaker.contract.get(pointer) == Some(said)).or(required.first());
    match pointer {
        Some(pointer) => speaker.same(place, pointer.clone()),
        None => speaker.lacks(place, operation.security(speaker.contract), "no scope is required".to_owned()),
    }
    let Some(scope) = said.as_str() else { return };
    for flow in flows(speaker) {
        speaker.exists(&place.pointer, place, flow.child("scopes").child(scope));
    }
}

/// Where each required scope of an operation stands.
pub(super) fn required_scopes(speaker: &Speaker<'_>, operation: &Operation) -> Vec<Pointer> {
    let security = operation.security(speaker.contract);
    let mut pointers = Vec::new();
    let requirements = speaker.contract.get(&security).and_then(Json::as_array).into_iter().flatten();
    for (index, requirement) in requirements.enumerate() {
        for (scheme, scopes) in requirement.as_object().into_iter().flatten() {
            let count = scopes.as_array().map_or(0, Vec::len);
            let scheme = security.child(index).child(scheme);
            pointers.extend((0..count).map(|index| scheme.child(index)));
        }
    }
    pointers
}

/// Where each OAuth flow of the contract stands.
pub(super) fn flows(speaker: &Speaker<'_>) -> Vec<Pointer> {
    let keys = |pointer: &Pointer| {
        let keys = speaker.contract.get(pointer).and_then(Json::as_object).into_iter().flatten();
        keys.map(|(key, _)| pointer.child(key)).collect::<Vec<_>>()
    };
    keys(&schemes()).into_iter().flat_map(|scheme| keys(&scheme.child("flows"))).collect()
}

/// Where the security schemes of the contract stand.
pub(super) fn schemes() -> Pointer {
    Pointer::root().child("components").child("securitySchemes")
}

/// A header that is sent: Authorization is what a security scheme of OpenAPI stands for, others are parameters.
fn say_header<'a>(speaker: &mut Speaker<'a>, header: &Place<'a>, operation: &Operation) {
    let Some((name, place)) = header.get_text("name") else { return };
    if name.eq_ignore_ascii_case("Authorization") {
        let security = operation.security(speaker.contract);
        let required = speaker.contract.get(&security).and_then(Json::as_array);
        if required
            .is_none_or(|required| required.is_empty() || required.contains(&Json::Object(serde_json::Map::new())))
        {
            speaker.lacks(&place, security, "no security is required".to_owned());
        }
        return;
    }
    let declared = operation.parameters(speaker.contract).into_iter().any(|pointer| {
        text(speaker.contract, &pointer.child("name")).is_some_and(|known| known.eq_ignore_ascii_case(name))
            && text(speaker.contract, &pointer.child("in")) == Some("header")
    });
    if !declared {
        speaker.lacks(&place, operation.pointer.child("parameters"), format!("the operation has no header {name}"));
    }
}
