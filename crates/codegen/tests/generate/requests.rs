//! What is written for requests: enums, objects of bodies, and calls that may change something.

use crate::support::{code, edited, read};

fn contract() -> String {
    read("tests/lint/requests.yaml")
}

/// Each piece of the code stands between empty lines; the transport is progenitor's.
#[test]
fn an_enum_an_object_and_two_calls() {
    let code = code(&contract());
    let pieces = code.split("\n\n").take_while(|piece| !piece.contains("mod transport"));
    let shown = [
        "pub enum MachineState",
        "for MachineState",
        "pub struct Note ",
        "pub fn release_machine",
        "pub fn list_machines(",
    ];
    let pieces: Vec<_> = pieces.filter(|piece| shown.iter().any(|name| piece.contains(name))).collect();
    insta::assert_snapshot!(pieces.join("\n\n"));
}

#[test]
fn no_quota_is_invented() {
    let code = code(&contract());
    assert_eq!(code.matches("quota: &[]").count(), 5);
    assert_eq!(code.matches("    /// No quota of it is documented.\n").count(), 5);
    assert_eq!(code.matches("No quota of this operation is documented, so the client waits only").count(), 5);
}

/// Where one of many changes fails, the caller has to decide what becomes of the others.
#[test]
fn only_questions_are_asked_of_many() {
    let code = code(&contract());
    assert!(code.contains("pub fn list_machines_many<S>"));
    assert!(!code.contains("release_machine_many"));
    assert!(!code.contains("remove_note_many"));
}

#[test]
fn an_object_with_a_fraction_anywhere_in_it_is_not_eq() {
    let derives = |code: &str, name: &str| -> String {
        let before = code.split(&format!("pub struct {name} {{")).next().unwrap();
        let (_, derive) = before.rsplit_once("#[derive(").unwrap();
        derive.split(')').next().unwrap().to_owned()
    };
    let with = code(&contract());
    assert_eq!(derives(&with, "Note"), "Clone, Debug, Default, PartialEq, ::serde::Serialize");
    assert_eq!(derives(&with, "Isolation"), "Clone, Debug, PartialEq, ::serde::Serialize");
    let without = code(&edited(&contract(), "          type: number\n", "          type: boolean\n"));
    assert_eq!(derives(&without, "Note"), "Clone, Debug, Default, PartialEq, Eq, ::serde::Serialize");
    assert_eq!(derives(&without, "Isolation"), "Clone, Debug, PartialEq, Eq, ::serde::Serialize");
}
