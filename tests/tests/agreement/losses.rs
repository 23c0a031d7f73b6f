//! What a body loses on its way through a type.

use std::net::IpAddr;

use serde_json::{Map, Value as Json};

use crate::contract::{is_address, requires, resolved, schema};
use crate::difference::differences;
use crate::rust_types::rust_type;

/// One way in which a body may be written differently and still say the same.
pub(crate) struct Normalisation {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Makes one of the forms into the other.
    apply: fn(&Property<'_>, &mut Map<String, Json>),
}

/// All there are; whatever else differs is lost.
pub(crate) const NORMALISATIONS: &[Normalisation] = &[
    // The contract allows both, and one type of Rust, an Option, is what it becomes.
    Normalisation { name: "null is nothing, where a property may be either", apply: null_is_nothing },
    // An IPv6 address has many forms; the type keeps the address and writes the short one.
    Normalisation { name: "an address is the same in each of its forms", apply: one_form_of_address },
];

/// A property as the contract describes it.
struct Property<'a> {
    name: &'a str,
    own: &'a Json,
    resolved: &'a Json,
    required: bool,
}

fn null_is_nothing(property: &Property<'_>, body: &mut Map<String, Json>) {
    let may_be_either = property.own["nullable"] == true && !property.required;
    if may_be_either && body.get(property.name).is_some_and(Json::is_null) {
        body.remove(property.name);
    }
}

fn one_form_of_address(property: &Property<'_>, body: &mut Map<String, Json>) {
    let Some(Json::String(text)) = body.get_mut(property.name).filter(|_| is_address(property.resolved)) else {
        return;
    };
    if let Ok(address) = text.parse::<IpAddr>() {
        *text = address.to_string();
    }
}

/// What a body loses or gains when it is read as the type of a schema and written again, place by place.
pub(crate) fn losses(contract: &Json, name: &str, text: &str, normalisations: &[&Normalisation]) -> Vec<String> {
    let round_trip = rust_type(name).round_trip.unwrap_or_else(|| panic!("{name} is no body"));
    let mut before: Json = serde_json::from_str(text).unwrap();
    let mut after = match round_trip(text) {
        Ok(after) => after,
        Err(reason) => return vec![reason],
    };
    for body in [&mut before, &mut after] {
        normalise(contract, schema(contract, name), body, normalisations);
    }
    differences(&before, &after).iter().map(ToString::to_string).collect()
}

fn normalise(contract: &Json, object: &Json, body: &mut Json, normalisations: &[&Normalisation]) {
    match body {
        Json::Object(body) => {
            for (name, own) in object["properties"].as_object().into_iter().flatten() {
                let resolved = resolved(contract, own);
                let property = Property { name, own, resolved, required: requires(object, name) };
                for normalisation in normalisations {
                    (normalisation.apply)(&property, body);
                }
                if let Some(value) = body.get_mut(name) {
                    normalise(contract, resolved, value, normalisations);
                }
            }
        }
        Json::Array(items) => {
            for item in items {
                normalise(contract, resolved(contract, &object["items"]), item, normalisations);
            }
        }
        _ => {}
    }
}
