//! How one signs in, and what a token contains.

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

use crate::evidence::facts::operation::{flows, required_scopes, schemes};
use crate::evidence::facts::servers::{of_host, servers};
use crate::evidence::operations::{Operation, text};
use crate::evidence::place::Place;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker};

/// How a grant type of OAuth 2 is called as a flow of OpenAPI.
const FLOWS: [(&str, &str); 2] =
    [("client_credentials", "clientCredentials"), ("authorization_code", "authorizationCode")];

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source) {
    let Some(token) = source.facts().get("token") else { return };
    if let Some((grant, place)) = token.get_text("grant-type") {
        let flow = FLOWS.into_iter().find(|(known, _)| *known == grant).map_or(grant, |(_, flow)| flow);
        let known = flows(speaker).into_iter().find(|pointer| pointer.last() == flow);
        match known {
            Some(pointer) => speaker.exists(&place.pointer, &place, pointer),
            None => speaker.lacks(&place, schemes(), format!("no security scheme has the flow {flow}")),
        }
    }
    if let Some((url, place)) = token.get_text("url") {
        say_token_url(speaker, &place, url);
    }
    if let Some((host, place)) = token.get_text("audience-host")
        && let Some(server) = of_host(speaker.contract, host)
    {
        say_as(speaker, &place, server.child("x-mde-audience"), &format!("https://{host}"));
    }
}

pub(super) fn say_of_operation<'a>(speaker: &mut Speaker<'a>, source: &'a Source, operation: &Operation) {
    let Some(token) = source.facts().get("token") else { return };
    for claim in token.items("claims") {
        let (Some(place), Some((of, _))) = (claim.get("contains"), claim.get_text("of")) else { continue };
        speaker.same(&place, operation.pointer.child("x-mde-permissions").child(of).child("name"));
    }
    if let Some((host, place)) = token.get_text("audience-host") {
        // The source gives the host only, so what it says of a scope is what the scope would be made of.
        let scope = format!("https://{host}/.default");
        for pointer in required_scopes(speaker, operation) {
            say_as(speaker, &place, pointer, &scope);
        }
    }
    if let Some((form, place)) = token.get_text("scope-form") {
        say_scope_form(speaker, &place, form, operation);
    }
}

/// The element is this text, as follows from what a place says.
fn say_as<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, pointer: Pointer, value: &str) {
    let known = text(speaker.contract, &pointer).unwrap_or_default();
    let outcome = if known == value {
        Outcome::Witnessed
    } else {
        Outcome::Contradicted(format!("the contract says {known}, {} is for {value}", speaker.source))
    };
    speaker.say(&place.pointer, place, pointer, place.json().clone(), outcome);
}

/// The token URL of a flow is what a source says, with the authority of a server; braces are escaped there.
fn say_token_url<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, url: &str) {
    let contract = speaker.contract;
    let authorities: Vec<_> =
        servers(contract).iter().filter_map(|server| text(contract, &server.child("x-mde-authority"))).collect();
    for flow in flows(speaker) {
        let pointer = flow.child("tokenUrl");
        let known = text(contract, &pointer).unwrap_or_default().replace("%7B", "{").replace("%7D", "}");
        let outcome = if authorities.iter().any(|authority| url.replace("{authority}", authority) == known) {
            Outcome::Allowed
        } else {
            Outcome::Contradicted(format!("the contract says {known:?}, {} says {url:?}", speaker.source))
        };
        speaker.say(&place.pointer, place, pointer, json!(url), outcome);
    }
}

/// Each required scope is made of the audience of a server.
fn say_scope_form<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>, form: &str, operation: &Operation) {
    let contract = speaker.contract;
    let audiences = servers(contract);
    let audiences = audiences.iter().filter_map(|server| text(contract, &server.child("x-mde-audience")));
    let possible: Vec<_> = audiences.map(|audience| json!(form.replace("{audience}", audience))).collect();
    for pointer in required_scopes(speaker, operation) {
        let scope = contract.get(&pointer).unwrap_or(&Json::Null);
        let outcome = if possible.contains(scope) {
            Outcome::Allowed
        } else {
            Outcome::Contradicted(format!("{scope} is not of the form {form}, which {} gives", speaker.source))
        };
        speaker.say(&place.pointer, place, pointer, json!(form), outcome);
    }
}
