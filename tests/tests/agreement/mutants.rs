//! A contract that says anything else than the types is found out, element by element.

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

use crate::contract::{contract, referred, requires, resolved};
use crate::rust_types::rust_type;
use crate::schemas::{NORMALISATIONS, disagreements};

/// A change of one schema, and where it must be seen.
struct Mutant {
    what: String,
    schema: String,
    contract: Json,
    seen_at: String,
}

/// Changes a schema. `seen_at` lies within it.
fn mutant(what: &str, schema: &str, seen_at: &str, change: impl FnOnce(&mut Json)) -> Mutant {
    let mut after = contract().clone();
    change(&mut after["components"]["schemas"][schema]);
    assert_ne!(*contract(), after, "{schema}: {what} changes nothing");
    Mutant {
        what: format!("{schema}: {what}"),
        schema: schema.to_owned(),
        contract: after,
        seen_at: seen_at.to_owned(),
    }
}

/// The mutants that no type differs from.
fn survivors(mutants: &[Mutant]) -> Vec<&str> {
    let all: Vec<_> = NORMALISATIONS.iter().collect();
    let survivors = mutants.iter().filter(|Mutant { schema, contract, seen_at, .. }| {
        // The schema of what is read and that of what is written are each found out.
        let seen = (rust_type(schema).schemas)().iter().all(|rust| {
            disagreements(contract, schema, rust, &all).iter().any(|found| found.pointer.as_str() == seen_at)
        });
        !seen
    });
    survivors.map(|mutant| mutant.what.as_str()).collect()
}

/// The schemas that bodies are made of.
fn bodies() -> impl Iterator<Item = (&'static String, &'static Json)> {
    let schemas = contract()["components"]["schemas"].as_object().unwrap();
    schemas.iter().filter(|(_, schema)| schema["type"] == "object")
}

/// The bodies with each of their properties.
fn properties() -> impl Iterator<Item = (&'static String, &'static String, &'static Json)> {
    bodies().flat_map(|(body, schema)| {
        let properties = schema["properties"].as_object().unwrap();
        properties.iter().map(move |(name, property)| (body, name, property))
    })
}

fn set(key: &'static str, value: Json) -> impl FnOnce(&mut Json) {
    move |schema| schema[key] = value
}

fn remove(key: &str) -> impl FnOnce(&mut Json) {
    move |schema| {
        schema.as_object_mut().unwrap().remove(key);
    }
}

#[test]
fn a_changed_property_is_seen() {
    let mut mutants = Vec::new();
    for (body, name, property) in properties() {
        let at = |key: &str| format!("{}{key}", Pointer::root().child("properties").child(name));
        let mut change = |what: &str, seen_at: &str, change: &dyn Fn(&mut Json)| {
            let what = format!("{name} {what}");
            mutants.push(mutant(&what, body, &at(seen_at), |schema| change(&mut schema["properties"][name])));
        };
        change("is a boolean", "/type", &|property| property["type"] = json!("boolean"));
        change("has another format", "/format", &|property| property["format"] = json!("byte"));
        change("is a list", "/items", &|property| *property = json!({"type": "array", "items": property.clone()}));
        change("has another description", "/description", &|property| property["description"] = json!("Another."));
        change("has no description", "/description", &|property| remove("description")(property));
        change("is deprecated or no longer", "/deprecated", &|property| {
            property["deprecated"] = json!(property.get("deprecated").is_none());
        });
        if referred(property).is_some() {
            let reference = json!([{"$ref": "#/components/schemas/LookBackHours"}]);
            change("refers to another schema", "/minimum", &|property| property["allOf"] = reference.clone());
        }
    }
    assert!(mutants.len() > 50);
    assert_eq!(survivors(&mutants), [""; 0]);
}

#[test]
fn a_property_that_comes_or_goes_is_seen() {
    let mut mutants = Vec::new();
    for (body, name, property) in properties() {
        let at = Pointer::root().child("properties").child(name).to_string();
        let without = |schema: &mut Json| remove(name)(&mut schema["properties"]);
        mutants.push(mutant(&format!("{name} is gone"), body, &at, without));
        mutants.push(mutant(&format!("{name} is renamed"), body, "/properties/other", |schema| {
            without(schema);
            schema["properties"]["other"] = property.clone();
        }));
    }
    for (body, _) in bodies() {
        let new = json!({"type": "string", "description": "New."});
        let add = |schema: &mut Json| schema["properties"]["new"] = new;
        mutants.push(mutant("new is added", body, "/properties/new", add));
        mutants.push(mutant("another description", body, "/description", set("description", json!("Another."))));
        mutants.push(mutant("no object", body, "/type", set("type", json!("string"))));
        let closed = set("additionalProperties", json!(false));
        mutants.push(mutant("closed", body, "/additionalProperties", closed));
    }
    assert_eq!(survivors(&mutants), [""; 0]);
}

#[test]
fn a_changed_requirement_is_seen() {
    let mut mutants = Vec::new();
    for (body, name, _) in properties() {
        mutants.push(mutant(&format!("{name} is required or no longer"), body, "/required", |schema| {
            let required = schema["required"].as_array_mut().unwrap();
            let before = required.len();
            required.retain(|other| *other != name.as_str());
            if required.len() == before {
                required.push(json!(name));
            }
        }));
    }
    assert_eq!(survivors(&mutants), [""; 0]);
}

/// An Option reads null whether the contract allows that or not, so what may be absent hides a change. Of the two that
/// allow null, the round trip then loses the recorded nulls; of the others, only the evidence can tell.
#[test]
fn a_changed_null_is_seen_where_the_property_must_be_there() {
    let flipped = properties().map(|(body, name, property)| {
        let key = if resolved(contract(), property)["type"] == "object" { "anyOf" } else { "type" };
        let at = Pointer::root().child("properties").child(name).child(key);
        mutant(name, body, at.as_str(), |schema| {
            let property = &mut schema["properties"][name];
            property["nullable"] = json!(property["nullable"] != true);
        })
    });
    let flipped: Vec<_> = flipped.collect();
    let optional = properties().filter(|(body, name, _)| !requires(&contract()["components"]["schemas"][body], name));
    let optional: Vec<_> = optional.map(|(body, name, _)| format!("{body}: {name}")).collect();
    assert!(optional.iter().any(|name| name == "InOrgIPStats: orgFirstSeen"), "{optional:?}");
    assert_eq!(survivors(&flipped), optional);
}

#[test]
fn a_changed_value_is_seen() {
    let hours = "LookBackHours";
    let address = json!([{"format": "ipv4"}, {"format": "hostname"}]);
    let mutants = [
        mutant("from 0", hours, "/minimum", set("minimum", json!(0))),
        mutant("from 2", hours, "/minimum", set("minimum", json!(2))),
        mutant("without a least value", hours, "/minimum", remove("minimum")),
        mutant("to 719", hours, "/maximum", set("maximum", json!(719))),
        mutant("to 721", hours, "/maximum", set("maximum", json!(721))),
        mutant("without a greatest value", hours, "/maximum", remove("maximum")),
        mutant("another default", hours, "/default", set("default", json!(24))),
        mutant("no default", hours, "/default", remove("default")),
        mutant("wider", hours, "/format", set("format", json!("int64"))),
        mutant("no width", hours, "/format", remove("format")),
        mutant("a text", hours, "/type", set("type", json!("string"))),
        mutant("another description", hours, "/description", set("description", json!("Hours."))),
        mutant("another kind of address", "IpAddress", "/oneOf", set("oneOf", address)),
        mutant("one kind of address", "IpAddress", "/oneOf", set("oneOf", json!([{"format": "ipv4"}]))),
        mutant("no kind of address", "IpAddress", "/format", remove("oneOf")),
        mutant("a number", "IpAddress", "/type", set("type", json!("integer"))),
        mutant("a day", "Timestamp", "/format", set("format", json!("date"))),
        mutant("any text", "Timestamp", "/format", remove("format")),
        mutant("a number", "Timestamp", "/type", set("type", json!("integer"))),
    ];
    assert_eq!(survivors(&mutants), [""; 0]);
}

/// A value that is written out where it is used is seen there as well.
#[test]
fn a_changed_value_is_seen_in_the_answer() {
    let mut changed = contract().clone();
    changed["components"]["schemas"]["Timestamp"]["format"] = json!("date");
    changed["components"]["schemas"]["IpAddress"]["oneOf"] = json!([{"format": "ipv4"}]);
    let all: Vec<_> = NORMALISATIONS.iter().collect();
    for rust in (rust_type("InOrgIPStats").schemas)() {
        let found = disagreements(&changed, "InOrgIPStats", &rust, &all);
        let places: Vec<_> = found.iter().map(|difference| difference.pointer.to_string()).collect();
        let expected = ["ipAddress/oneOf", "ipAddress/format", "orgFirstSeen/format", "orgLastSeen/format"];
        assert_eq!(places, expected.map(|place| format!("/properties/{place}")));
    }
}

#[test]
#[should_panic(expected = "the contract has no schema NoSuchSchema")]
fn a_schema_without_a_type_is_told() {
    rust_type("NoSuchSchema");
}
