//! Mutants of the contract.

use mde_codegen::{Contract, Document, Finding, Pointer};
use serde_json::{Value as Json, json};
use xtask::evidence::Evidence;

use super::mutation::{Mutant, elements, filter_map_in_parallel, is_within, mutants, real_tree, with};

/// Descriptions state nothing about the service, so another wording is no mistake. Where users of the client read them,
/// the generated code becomes stale.
fn is_wording(mutant: &Mutant) -> bool {
    let pointer = &mutant.pointer;
    let describes = pointer.last() == "description" && pointer.parent().last() != "properties";
    mutant.name.starts_with("changed ") && (describes || pointer.parent().last() == "scopes")
}

/// The survivors, and why each is no mistake.
const SURVIVORS: [(&str, &str); 1] =
    [("changed /info/version", "the version counts our own changes; the generated code names it and becomes stale")];

#[test]
fn the_real_contract_has_nothing_wrong() {
    let findings = findings(&tree(), &Evidence::read("openapi", &real_tree()));
    assert!(findings.is_empty(), "{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_change_of_the_contract_is_found_where_it_is() {
    let contract = tree();
    let mutants = mutants(&contract).into_iter().chain(additions(&contract));
    let mutants: Vec<_> = mutants.filter(|mutant| !is_wording(mutant)).collect();
    assert!(mutants.len() > 900, "only {} mutants", mutants.len());
    let evidence = Evidence::read("openapi", &real_tree());
    let survivors = filter_map_in_parallel(&mutants, |mutant| survived(mutant, &contract, &evidence));
    let expected: Vec<_> = SURVIVORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(survivors, expected, "{} survivors", survivors.len());
}

/// The name of a mutant that is not found, or not where it is.
fn survived(mutant: &Mutant, contract: &Json, evidence: &Evidence) -> Option<String> {
    let findings = findings(&mutant.tree(contract), evidence);
    let place = &mutant.pointer;
    let original =
        mutant.name.split_once(" /").map(|(_, pointer)| Pointer::of_reference(&format!("#/{pointer}")).unwrap());
    let found = findings.iter().any(|finding| {
        let at = |place: &Pointer| is_within(&finding.pointer, place) || is_at_holder(&finding.pointer, place);
        at(place) || original.as_ref().is_some_and(|place| at(place) || refers_to(contract, &finding.pointer, place))
    });
    (!found).then(|| mutant.name.clone())
}

/// Whether a finding is about what holds a place that is gone; of an item, about what the list is of.
fn is_at_holder(finding: &Pointer, place: &Pointer) -> bool {
    let holder = place.parent();
    let is_item = place.last().parse::<usize>().is_ok();
    let lacks_reference = finding.last() == "$ref" && finding.parent() == holder;
    *finding == holder || lacks_reference || (is_item && finding.parent() == holder.parent())
}

/// Whether a finding is about a reference to a place that is gone, or to something within it.
fn refers_to(contract: &Json, finding: &Pointer, place: &Pointer) -> bool {
    let reference = contract.pointer(finding.as_str()).and_then(Json::as_str).and_then(Pointer::of_reference);
    finding.last() == "$ref" && reference.is_some_and(|target| is_within(&target, place))
}

/// What `cargo xtask check` finds wrong with the contract itself.
fn findings(contract: &Json, evidence: &Evidence) -> Vec<Finding> {
    let contract = Document::parse("mde.yaml", &contract.to_string()).unwrap();
    let mut findings = Contract::read(&contract).err().unwrap_or_default();
    findings.extend(evidence.check(&contract));
    findings.retain(|finding| finding.file == "mde.yaml");
    findings
}

fn tree() -> Json {
    Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap().root().clone()
}

/// The one element that has a value under a key.
fn holder_of(contract: &Json, key: &str, value: &str) -> Pointer {
    let values = elements(contract).into_iter();
    let mut holders = values.filter(|(pointer, found)| pointer.last() == key && found == value);
    holders.next().map(|(pointer, _)| pointer.parent()).unwrap()
}

/// Elements without a source, wherever one could be added.
fn additions(contract: &Json) -> Vec<Mutant> {
    let at = |text: &str| Pointer::of_reference(&format!("#{text}")).unwrap();
    let operation = holder_of(contract, "operationId", "getIPStatistics");
    let property = json!({"description": "New.", "type": "string"});
    let envelope = contract.pointer(operation.child("responses").child("500").as_str()).unwrap();
    let mut server = contract.pointer("/servers/0").unwrap().clone();
    server["url"] = json!("https://cn.api.security.microsoft.com");
    server["x-mde-name"] = json!("cn");
    let parameter = json!({"name": "more", "in": "query", "description": "New.", "schema": {"$ref": "#/components/schemas/LookBackHours"}});
    let mut additions = vec![
        with("added", contract, &at("/servers"), "", server),
        with(
            "added",
            contract,
            &holder_of(contract, "x-mde-name", "gcc-high").child("x-mde-aliases"),
            "",
            json!("other"),
        ),
        with("added", contract, &operation.child("responses"), "409", envelope.clone()),
        with("added", contract, &operation.child("parameters"), "", parameter),
        with("added", contract, &operation.child("x-mde-quota"), "", json!({"calls": 10_000, "seconds": 86_400})),
        with(
            "added",
            contract,
            &operation.child("responses").child("403").child("x-mde-error-codes"),
            "",
            json!("New"),
        ),
        with(
            "added",
            contract,
            &operation.child("x-mde-permissions").child("application"),
            "user-role",
            json!("View Data"),
        ),
        with("added", contract, &operation, "deprecated", json!(true)),
        with("added", contract, &at("/security/0/entra"), "", json!("https://api.security.microsoft.com/.default")),
        with(
            "added",
            contract,
            &at("/components/securitySchemes/entra/flows/clientCredentials/scopes"),
            "https://new/.default",
            json!("New."),
        ),
        with("added", contract, &at("/tags"), "", json!({"name": "New", "description": "New."})),
        with(
            "added",
            contract,
            &at("/components/schemas"),
            "New",
            json!({"description": "New.", "type": "object", "properties": {"new": property}}),
        ),
    ];
    for (pointer, value) in elements(contract) {
        if pointer.last() == "properties" {
            additions.push(with("added", contract, &pointer, "newProperty", property.clone()));
        } else if pointer.parent().last() == "properties" {
            for key in ["nullable", "deprecated"].into_iter().filter(|key| value.get(key).is_none()) {
                additions.push(with("added", contract, &pointer, key, json!(true)));
            }
            additions.push(with("added", contract, &pointer, "format", json!("other")));
        } else if pointer.last() == "required" && value.is_array() {
            let properties = contract.pointer(pointer.parent().child("properties").as_str()).unwrap();
            let names =
                properties.as_object().unwrap().keys().filter(|name| !value.as_array().unwrap().contains(&json!(name)));
            additions.extend(names.map(|name| with("added", contract, &pointer, "", json!(name))));
        }
    }
    additions
}
