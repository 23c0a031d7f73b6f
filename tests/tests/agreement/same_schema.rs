//! Every type of the client has the schema that the contract gives it.

use mde_codegen::{Contract, Document, ParameterValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::contract::contract;
use crate::rust_types::{rust_type, schemas};
use crate::schemas::{NORMALISATIONS, Normalisation, disagreements};

/// The disagreements of a type, when it is read and when it is written.
fn differences(contract: &Json, name: &str, rust: [Json; 2], normalisations: &[&Normalisation]) -> Vec<String> {
    let differences = rust.iter().flat_map(|rust| disagreements(contract, name, rust, normalisations));
    differences.map(|difference| format!("{name} {difference}")).collect()
}

fn all() -> Vec<&'static Normalisation> {
    NORMALISATIONS.iter().collect()
}

/// The schemas that the client has a type for: what answers and errors are made of, and what parameters take.
fn names() -> Vec<String> {
    let document = Document::parse(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).unwrap();
    let Contract { answers, errors, values, operations, .. } = Contract::read(&document).unwrap();
    let values: Vec<_> = values.into_iter().map(|value| value.name).collect();
    for parameter in operations.iter().flat_map(|operation| &operation.parameters) {
        let is_known = match &parameter.value {
            ParameterValue::Named(name) => values.contains(name),
            _ => true,
        };
        assert!(is_known, "the parameter {} takes no known value", parameter.name);
    }
    [answers, errors, values].concat()
}

#[test]
fn the_types_have_the_schemas_of_the_contract() {
    let names = names();
    assert!(names.len() > 3, "{names:?}");
    for name in names {
        assert_eq!(differences(contract(), &name, (rust_type(&name).schemas)(), &all()), [""; 0]);
    }
}

/// What the generator makes of shapes that the contract does not have yet.
#[derive(Deserialize, JsonSchema, PartialEq, Serialize)]
struct Whole {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Part>,
    others: Vec<Part>,
    seen: bool,
}

#[derive(Deserialize, JsonSchema, PartialEq, Serialize)]
struct Part {
    size: f64,
}

fn with_other_shapes() -> Json {
    let part = json!({"$ref": "#/components/schemas/Part"});
    json!({"components": {"schemas": {
        "Whole": {
            "description": "What the generator makes of shapes that the contract does not have yet.",
            "type": "object",
            "required": ["seen", "others"],
            "properties": {
                "first": {"allOf": [part]},
                "others": {"type": "array", "items": part},
                "seen": {"type": "boolean"},
            },
        },
        "Part": {
            "type": "object",
            "required": ["size"],
            "properties": {"size": {"type": "number", "format": "double"}},
        },
    }}})
}

#[test]
fn other_shapes_agree_too() {
    let contract = with_other_shapes();
    assert_eq!(differences(&contract, "Whole", schemas::<Whole>(), &all()), [""; 0]);
    assert_eq!(differences(&contract, "Part", schemas::<Part>(), &all()), [""; 0]);
}

#[test]
fn no_normalisation_is_idle() {
    for idle in NORMALISATIONS {
        let others: Vec<_> = NORMALISATIONS.iter().filter(|other| other.name != idle.name).collect();
        let mut disagreements = differences(&with_other_shapes(), "Whole", schemas::<Whole>(), &others);
        for name in names() {
            disagreements.extend(differences(contract(), &name, (rust_type(&name).schemas)(), &others));
        }
        assert_ne!(disagreements, [""; 0], "{:?} is not needed", idle.name);
    }
}
