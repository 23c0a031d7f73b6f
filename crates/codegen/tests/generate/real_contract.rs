//! The code for the contract of this workspace.

use mde_codegen::{Document, Pointer};

use crate::support::{code, edited, read, real_contract};

#[test]
fn what_is_generated_is_what_is_checked_in() {
    let checked_in = read("../client/src/generated.rs");
    assert!(code(&real_contract()) == checked_in, "generated.rs is stale: run `cargo xtask regen`");
}

#[test]
fn the_first_line_names_the_command_and_the_file_can_be_included() {
    let code = code(&real_contract());
    assert!(code.starts_with("// Written by `cargo xtask regen` from the OpenAPI contract"));
    assert!(!code.contains("//!"), "a doc comment for the module cannot stand in a file that is included");
    assert!(code.ends_with("}\n"));
    assert!(!code.contains('\r'));
}

#[test]
fn one_changed_description_is_one_changed_line_for_readers_and_one_for_the_json_schema() {
    let contract = real_contract();
    let document = Document::parse("mde.yaml", &contract).unwrap();
    let property = ["components", "schemas", "InOrgIPStats", "properties", "organizationPrevalence", "description"];
    let pointer = property.iter().fold(Pointer::root(), |pointer, key| pointer.child(key));
    let description = document.get(&pointer).and_then(|text| text.as_str()).unwrap();
    // Of about the same length, by which the lines of an attribute are broken.
    let other = description.replace("devices", "machines");
    let changed = edited(&contract, description, &other);
    let (before, after) = (code(&contract), code(&changed));
    let lines: Vec<_> = before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
    assert_eq!(before.lines().count(), after.lines().count());
    let changed: Vec<_> = lines.iter().map(|(_, after)| after.trim().to_owned()).collect();
    assert_eq!(changed, [format!("/// {other}"), format!("description = {other:?}")]);
}
