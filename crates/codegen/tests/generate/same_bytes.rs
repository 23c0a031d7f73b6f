//! The same contract gives the same bytes.

use serde_json::Value as Json;

use crate::support::{base, code, real_contract, tree};

#[test]
fn generating_twice_gives_the_same_bytes() {
    for contract in [base(), real_contract()] {
        assert!(code(&contract) == code(&contract));
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for contract in [base(), real_contract()] {
        let reversed = reversed(&tree(&contract));
        assert!(reversed.find("\"servers\"") < reversed.find("\"openapi\""), "the keys are not reversed");
        assert!(code(&reversed) == code(&contract));
    }
}

#[test]
fn windows_line_ends_do_not_matter() {
    let contract = real_contract();
    assert!(code(&contract.replace('\n', "\r\n")) == code(&contract));
}

#[test]
fn comments_and_quotes_do_not_matter() {
    let contract = base();
    let rewritten = contract.replace("title: Hosts", "title: 'Hosts'").replace("servers:\n", "# Hosts.\n\nservers:\n");
    assert!(code(&rewritten) == code(&contract));
}

/// The tree as JSON, which is YAML, with the last key of each object first.
fn reversed(value: &Json) -> String {
    match value {
        Json::Object(entries) => {
            let entries =
                entries.iter().rev().map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), reversed(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}
