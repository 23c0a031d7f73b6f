//! Nothing that stands in a contract by mistake makes the generator panic.

use std::panic::catch_unwind;

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

use crate::support::{base, read, tree};

/// Puts each piece of junk in the place of each value of a contract, and takes each value away.
#[test]
fn junk_in_the_place_of_any_value_is_a_finding_or_code() {
    let pointers = put_junk(&base(), |_| true);
    assert!(pointers > 100);
}

/// The same in what a request is made of.
#[test]
fn junk_in_a_request_is_a_finding_or_code() {
    let of_requests = ["isolate/post/", "schemas/IsolationKind", "schemas/Isolation", "schemas/Note"];
    let is_of_requests = |pointer: &Pointer| of_requests.iter().any(|part| pointer.as_str().contains(part));
    let pointers = put_junk(&read("tests/lint/requests.yaml"), is_of_requests);
    assert!(pointers > 100);
}

/// In how many places there was junk.
fn put_junk(contract: &str, is_meant: impl Fn(&Pointer) -> bool) -> usize {
    let tree = tree(contract);
    let junk = [
        json!(null),
        json!(true),
        json!(1e300),
        json!(""),
        json!("größe /\\\"*/{}\u{7}"),
        json!([]),
        json!({}),
        json!({"$ref": "#/components/schemas/Host"}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
    ];
    let mut pointers = Vec::new();
    collect(&tree, &Pointer::root(), &mut pointers);
    pointers.retain(is_meant);
    for pointer in &pointers {
        let replaced = junk.iter().map(|junk| {
            let mut contract = tree.clone();
            *contract.pointer_mut(pointer.as_str()).unwrap() = junk.clone();
            contract
        });
        for contract in replaced.chain([without(&tree, pointer)]) {
            let text = contract.to_string();
            let outcome = catch_unwind(|| mde_codegen::generate("contract.yaml", &text));
            let value = contract.pointer(pointer.as_str());
            let outcome = outcome.unwrap_or_else(|_| panic!("{value:?} at {pointer} panics"));
            let Err(findings) = outcome else { continue };
            assert!(!findings.is_empty(), "{value:?} at {pointer} is refused without a finding");
            for finding in findings {
                assert!(
                    finding.rule != "generator-accepts" || finding.message.starts_with("this is not valid OpenAPI"),
                    "{value:?} at {pointer}: {finding}"
                );
            }
        }
    }
    pointers.len()
}

fn collect(value: &Json, pointer: &Pointer, pointers: &mut Vec<Pointer>) {
    pointers.push(pointer.clone());
    match value {
        Json::Object(entries) => {
            entries.iter().for_each(|(key, value)| collect(value, &pointer.child(key), pointers));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, &pointer.child(index), pointers));
        }
        _ => {}
    }
}

fn without(tree: &Json, pointer: &Pointer) -> Json {
    let mut contract = tree.clone();
    match contract.pointer_mut(pointer.parent().as_str()) {
        Some(Json::Object(entries)) => {
            entries.remove(&pointer.last());
        }
        Some(Json::Array(items)) => {
            items.remove(pointer.last().parse().unwrap());
        }
        _ => {}
    }
    contract
}
