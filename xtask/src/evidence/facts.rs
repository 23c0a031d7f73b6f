//! What the facts of a source claim about the contract, fact by fact.

use std::collections::BTreeSet;

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

use crate::evidence::claims::{Agreement, Claim, Claimant, Observation, merged, subjects};
use crate::evidence::contract::{Operation, Schema, flows, keeps, schemes, server_of_host, servers};
use crate::evidence::form::{Node, shown};
use crate::evidence::names::Named;
use crate::evidence::sources::EvidenceSource;

/// Everything that a source states, except by its exchanges.
pub(crate) fn claims<'a>(contract: &'a Named<'a>, source: &'a EvidenceSource) -> Vec<Claim<'a>> {
    let mut claimant = Claimant::new(contract, source);
    claim_servers(&mut claimant, source);
    claim_token(&mut claimant, source);
    for operation in subjects(&mut claimant, source) {
        claimant.operation = Some(operation.pointer.clone());
        claim_operation(&mut claimant, source, &operation);
        claim_parameters(&mut claimant, source, &operation);
        claim_statuses(&mut claimant, source, &operation);
        claim_properties(&mut claimant, source, &operation);
        claim_token_of_operation(&mut claimant, source, &operation);
    }
    // Documentation of the whole API holds for each operation; what was seen of an operation that is not known, for some one.
    if source.documents() { claimant.claims } else { merged(claimant.claims) }
}

fn claim_servers<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource) {
    for host in source.facts_of("hosts") {
        claim_host(claimant, &host);
    }
    for cloud in source.facts_of("clouds") {
        for host in cloud.items("hosts") {
            let Some(server) = claim_host(claimant, &host) else { continue };
            for key in ["authority", "audience"] {
                if let Some(node) = cloud.get(key) {
                    claimant.same(&node, server.child(key));
                }
            }
        }
    }
}

/// The server of a host, where there is one; the contract must have it.
fn claim_host<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>) -> Option<Pointer> {
    let host = node.text()?;
    match server_of_host(claimant.contract, host) {
        Some(server) => {
            claimant.equals(&node.pointer, node, server.child("url"), json!(format!("https://{host}")));
            Some(server)
        }
        None => {
            claimant.lacks(
                node,
                Pointer::root().child("servers"),
                format!("the contract has no server https://{host}"),
            );
            None
        }
    }
}

/// How a grant type of OAuth 2 is called as a flow of OpenAPI.
const FLOWS: [(&str, &str); 2] =
    [("client_credentials", "clientCredentials"), ("authorization_code", "authorizationCode")];

fn claim_token<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource) {
    let Some(token) = source.facts().get("token") else { return };
    if let Some((grant, node)) = token.get_text("grant-type") {
        let flow = FLOWS.into_iter().find(|(known, _)| *known == grant).map_or(grant, |(_, flow)| flow);
        let known = flows(claimant.contract).into_iter().find(|pointer| pointer.last() == flow);
        match known {
            Some(pointer) => claimant.exists(&node.pointer, &node, pointer),
            None => claimant.lacks(&node, schemes(), format!("no security scheme has the flow {flow}")),
        }
    }
    if let Some((url, node)) = token.get_text("url") {
        claim_token_url(claimant, &node, url);
    }
    if let Some((host, node)) = token.get_text("audience-host")
        && let Some(server) = server_of_host(claimant.contract, host)
    {
        claim_as(claimant, &node, server.child("audience"), &format!("https://{host}"));
    }
}

fn claim_token_of_operation<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource, operation: &Operation) {
    let Some(token) = source.facts().get("token") else { return };
    for token_claim in token.items("claims") {
        let (Some(node), Some((of, _))) = (token_claim.get("contains"), token_claim.get_text("of")) else { continue };
        claimant.same(&node, operation.pointer.child("permissions").child(of).child("name"));
    }
    if let Some((host, node)) = token.get_text("audience-host") {
        // The source gives the host only, so what it says of a scope is what the scope would be made of.
        let scope = format!("https://{host}/.default");
        for pointer in operation.scopes(claimant.contract) {
            claim_as(claimant, &node, pointer, &scope);
        }
    }
    if let Some((form, node)) = token.get_text("scope-form") {
        claim_scope_form(claimant, &node, form, operation);
    }
}

/// The element must be this text, which follows from what a node says.
fn claim_as<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, pointer: Pointer, value: &str) {
    let known = claimant.contract.text(&pointer).unwrap_or_default();
    let agreement = if known == value {
        Agreement::Witnessed
    } else {
        Agreement::Contradicted(format!("the contract says {known}, but {} is for {value}", claimant.source))
    };
    claimant.claim(&node.pointer, node, pointer, node.json.clone(), agreement);
}

/// The token URL of a flow is what a source says, with the authority of a server; braces are escaped there.
fn claim_token_url<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, url: &str) {
    let contract = claimant.contract;
    let authorities: Vec<_> =
        servers(contract).iter().filter_map(|server| contract.text(&server.child("authority"))).collect();
    for flow in flows(claimant.contract) {
        let pointer = flow.child("tokenUrl");
        let known = contract.text(&pointer).unwrap_or_default().replace("%7B", "{").replace("%7D", "}");
        let agreement = if authorities.iter().any(|authority| url.replace("{authority}", authority) == known) {
            Agreement::Allowed
        } else {
            Agreement::Contradicted(format!("the contract says {known:?}, but {} says {url:?}", claimant.source))
        };
        claimant.claim(&node.pointer, node, pointer, json!(url), agreement);
    }
}

/// Each required scope is made of the audience of a server.
fn claim_scope_form<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, form: &str, operation: &Operation) {
    let contract = claimant.contract;
    let audiences = servers(contract);
    let audiences = audiences.iter().filter_map(|server| contract.text(&server.child("audience")));
    let possible: Vec<_> = audiences.map(|audience| json!(form.replace("{audience}", audience))).collect();
    for pointer in operation.scopes(claimant.contract) {
        let scope = contract.get(&pointer).unwrap_or(&Json::Null);
        let agreement = if possible.contains(scope) {
            Agreement::Allowed
        } else {
            Agreement::Contradicted(format!("{scope} is not of the form {form}, which {} gives", claimant.source))
        };
        claimant.claim(&node.pointer, node, pointer, json!(form), agreement);
    }
}

fn claim_operation<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource, operation: &Operation) {
    let facts = source.facts();
    if let Some(named) = facts.get("operation") {
        for (key, element) in
            [("method", "method"), ("path", "path"), ("operation-id", "operationId"), ("summary", "summary")]
        {
            if let Some(node) = named.get(key) {
                claimant.same(&node, operation.pointer.child(element));
            }
        }
        if let Some(node) = named.get("tag") {
            claim_tag(claimant, &node, operation);
        }
    }
    if let Some(permissions) = facts.get("permissions") {
        claim_permissions(claimant, &permissions, operation);
    }
    for window in facts.items("quota") {
        claim_quota(claimant, &window, operation);
    }
    if let Some(node) = facts.get("request-body") {
        claimant.absent(&node.pointer, &node, operation.pointer.child("requestBody"));
    }
    if let Some(node) = facts.get("odata-query-options") {
        claim_odata(claimant, &node, operation);
    }
    if let Some(node) = facts.get("scope") {
        claim_scope(claimant, &node, operation);
    }
    for header in facts.items("headers") {
        claim_request_header(claimant, &header, operation);
    }
}

/// A tag of the operation, which the contract describes.
fn claim_tag<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, operation: &Operation) {
    let tags = operation.pointer.child("tags");
    claimant.lists(node, &tags);
    let Some(tag) = node.text().filter(|tag| claimant.contract.get(&tags.child(tag)).is_some()) else { return };
    let described = Pointer::root().child("tags").child(tag);
    match claimant.contract.get(&described) {
        Some(_) => claimant.same(node, described.child("name")),
        None => claimant.lacks(node, Pointer::root().child("tags"), format!("the tag {tag} is not described")),
    }
}

fn claim_permissions<'a>(claimant: &mut Claimant<'a>, permissions: &Node<'a>, operation: &Operation) {
    for (kind, permission) in permissions.entries() {
        let pointer = operation.pointer.child("permissions").child(kind);
        for (key, node) in permission.entries() {
            claimant.same(&node, pointer.child(key));
        }
    }
}

fn claim_quota<'a>(claimant: &mut Claimant<'a>, window: &Node<'a>, operation: &Operation) {
    let (Some(calls), Some(seconds)) = (window.get("calls"), window.get("seconds")) else { return };
    let windows = operation.pointer.child("quota");
    let window = windows.child(seconds.json);
    match claimant.contract.get(&window) {
        Some(_) => {
            claimant.same(&seconds, window.child("seconds"));
            claimant.same(&calls, window.child("calls"));
        }
        None => claimant.lacks(&seconds, window, format!("`quota` has no window of {} seconds", seconds.json)),
    }
}

fn claim_odata<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, operation: &Operation) {
    if node.json != &Json::Bool(false) {
        return;
    }
    for pointer in operation.parameters(claimant.contract) {
        let name = claimant.contract.text(&pointer.child("name")).unwrap_or_default();
        if name.starts_with('$') {
            let message =
                format!("the contract has the OData option {name}, but {} says that none applies", claimant.source);
            claimant.claim(&node.pointer, node, pointer, node.json.clone(), Agreement::Contradicted(message));
        }
    }
}

/// A scope stands in the security requirement, and among the scopes of the scheme that it names.
fn claim_scope<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, operation: &Operation) {
    let required = operation.scopes(claimant.contract);
    let stated = node.json;
    let pointer = required.iter().find(|pointer| claimant.contract.get(pointer) == Some(stated)).or(required.first());
    match pointer {
        Some(pointer) => claimant.same(node, pointer.clone()),
        None => claimant.lacks(node, operation.security(), "no scope is required".to_owned()),
    }
    let Some(scope) = stated.as_str() else { return };
    for flow in flows(claimant.contract) {
        claimant.exists(&node.pointer, node, flow.child("scopes").child(scope));
    }
}

/// A header that is sent: Authorization is what a security scheme of OpenAPI stands for, others are parameters.
fn claim_request_header<'a>(claimant: &mut Claimant<'a>, header: &Node<'a>, operation: &Operation) {
    let Some((name, node)) = header.get_text("name") else { return };
    if name.eq_ignore_ascii_case("Authorization") {
        let security = operation.security();
        let required = claimant.contract.get(&security).and_then(Json::as_object);
        if required.is_none_or(|required| required.is_empty() || required.contains_key("none")) {
            claimant.lacks(&node, security, "no security is required".to_owned());
        }
        return;
    }
    let declared = operation.parameters(claimant.contract).into_iter().any(|pointer| {
        claimant.contract.text(&pointer.child("name")).is_some_and(|known| known.eq_ignore_ascii_case(name))
            && claimant.contract.text(&pointer.child("in")) == Some("header")
    });
    if !declared {
        claimant.lacks(&node, operation.pointer.child("parameters"), format!("the operation has no header {name}"));
    }
}

fn claim_parameters<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource, operation: &Operation) {
    for fact in source.facts_of("parameters") {
        let Some((name, node)) = fact.get_text("name") else { continue };
        match operation.parameter(claimant.contract, name) {
            Some(pointer) => claim_parameter(claimant, &fact, &pointer),
            None => {
                let list = operation.pointer.child("parameters");
                claimant.lacks(&node, list, format!("{} has no parameter {name}", operation.name()));
            }
        }
    }
    for address in source.facts_of("addresses") {
        claim_address(claimant, &address, operation);
    }
}

fn claim_parameter<'a>(claimant: &mut Claimant<'a>, fact: &Node<'a>, pointer: &Pointer) {
    let schema = Schema::at(claimant.contract, &pointer.child("schema"));
    for (key, node) in fact.entries() {
        match key {
            "name" | "in" | "required" => claimant.same(&node, pointer.child(key)),
            "type" | "format" | "minimum" | "maximum" | "default" | "unit" => {
                claim_keyword(claimant, &schema, key, &node)
            }
            "client-default" => claim_keyword(claimant, &schema, "default", &node),
            "address-families" => claim_families(claimant, &schema, &node),
            _ => {}
        }
    }
}

/// A keyword of the schema must have the value that a node states.
fn claim_keyword<'a>(claimant: &mut Claimant<'a>, schema: &Schema<'a>, key: &str, node: &Node<'a>) {
    let given = schema.keyword(key);
    if given.is_empty() {
        claimant.same(node, schema.named().child(key));
    }
    for (pointer, _) in given {
        claimant.same(node, pointer);
    }
}

fn claim_families<'a>(claimant: &mut Claimant<'a>, schema: &Schema<'a>, node: &Node<'a>) {
    let stated: BTreeSet<_> = node.json.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let Some((pointer, alternatives)) = schema.keyword("oneOf").into_iter().next() else {
        claimant.lacks(node, schema.named().child("oneOf"), "the contract names no address families".to_owned());
        return;
    };
    let known = alternatives.as_object().into_iter().flatten();
    let known: BTreeSet<_> = known.filter_map(|(_, part)| part.get("format")?.as_str()).collect();
    let agreement = if known == stated {
        Agreement::Allowed
    } else {
        let source = claimant.source;
        Agreement::Contradicted(format!(
            "the contract allows {}, but {source} says {}",
            shown(&json!(known)),
            shown(node.json)
        ))
    };
    claimant.claim(&node.pointer, node, pointer, node.json.clone(), agreement);
}

/// An address that the service is known to have taken or given is one that the contract admits.
fn claim_address<'a>(claimant: &mut Claimant<'a>, node: &Node<'a>, operation: &Operation) {
    let contract = claimant.contract;
    for pointer in operation.parameters(contract) {
        let schema = Schema::at(contract, &pointer.child("schema"));
        let admits_addresses = schema.keyword("oneOf").iter().any(|(_, alternatives)| {
            let formats = alternatives.as_object().into_iter().flatten();
            formats.filter_map(|(_, part)| part.get("format")?.as_str()).any(|format| format.starts_with("ip"))
        });
        if admits_addresses {
            let masked = BTreeSet::new();
            let seen =
                Observation { fact: &node.pointer, node: node.clone(), value: node.json.clone(), masked: &masked };
            claimant.observe(&pointer.child("schema"), &seen);
            return;
        }
    }
    let is_address = ["ipv4", "ipv6"].into_iter().any(|format| keeps(node.json, format) == Some(true));
    if is_address {
        let list = operation.pointer.child("parameters");
        claimant.lacks(node, list, format!("{} takes no address", operation.name()));
    }
}

fn claim_statuses<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource, operation: &Operation) {
    for fact in source.facts_of("statuses") {
        let Some(node) = fact.get("status") else { continue };
        let status = node.words();
        let response = operation.response(&status);
        claimant.exists(&node.pointer, &node, response.clone());
        if claimant.contract.get(&response).is_none() {
            continue;
        }
        let codes = fact.items("codes").into_iter();
        let of_messages = fact.items("messages").into_iter().filter_map(|message| message.get("code"));
        for code in codes.chain(of_messages) {
            claimant.lists(&code, &response.child("error-codes"));
        }
        for header in fact.items("headers") {
            claim_response_header(claimant, &header, &response);
        }
        if let Some(node) = fact.get("body") {
            claimant.absent(&node.pointer, &node, response.child("content"));
        }
    }
}

fn claim_response_header<'a>(claimant: &mut Claimant<'a>, header: &Node<'a>, response: &Pointer) {
    let Some((name, node)) = header.get_text("name") else { return };
    let pointer = response.child("headers").child(name);
    claimant.exists(&node.pointer, &node, pointer.clone());
    if let Some(unit) = header.get("unit").filter(|_| claimant.contract.get(&pointer).is_some()) {
        claimant.same(&unit, pointer.child("unit"));
    }
}

/// A property of a success is one of the 200; a property of an error is one of every error that has a body.
fn claim_properties<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource, operation: &Operation) {
    for fact in source.facts_of("properties") {
        let Some((name, node)) = fact.get_text("name") else { continue };
        let statuses = match fact.get_text("of") {
            Some(("success", _)) => vec!["200".to_owned()],
            _ => operation.errors_with_a_body(claimant.contract),
        };
        for status in statuses {
            let mut pointer = operation.body(&status);
            let mut declared = true;
            for part in name.split('/') {
                let schema = Schema::at(claimant.contract, &pointer);
                pointer = schema.pointer_of_property(part);
                declared &= schema.property(part).is_some();
            }
            claimant.exists(&node.pointer, &node, pointer.clone());
            if declared {
                claim_property(claimant, &fact, &pointer);
            }
        }
    }
}

fn claim_property<'a>(claimant: &mut Claimant<'a>, fact: &Node<'a>, pointer: &Pointer) {
    let schema = Schema::at(claimant.contract, pointer);
    for key in ["type", "unit"] {
        let Some(node) = fact.get(key) else { continue };
        let given = schema.keyword(key);
        if given.is_empty() {
            claimant.same(&node, pointer.child(key));
        }
        for (pointer, _) in given {
            claimant.same(&node, pointer);
        }
    }
    let masked = BTreeSet::new();
    for key in ["values", "fragments"] {
        for node in fact.items(key) {
            // A fragment shows only that the value is text.
            let value = if key == "values" { node.json.clone() } else { json!(node.text()) };
            claimant.observe(pointer, &Observation { fact: &node.pointer, node: node.clone(), value, masked: &masked });
        }
    }
}
