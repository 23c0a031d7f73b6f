//! The schema of a type in Rust against the schema of the contract that it was generated from.

use serde_json::{Map, Value as Json, json};

use crate::contract::{is_address, is_moment, referred, requires, schema};
use crate::difference::{Difference, differences};

/// The two schemas of one type.
pub(crate) struct Sides<'a> {
    /// The whole contract, which references lead into.
    whole: &'a Json,
    /// What the contract calls the type.
    name: &'a str,
    contract: Json,
    rust: Json,
}

/// One way in which the two sides may say the same in different words.
pub(crate) struct Normalisation {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Brings both to one form.
    apply: fn(&mut Sides<'_>),
}

/// All there are, in the order in which they apply; whatever else differs is a disagreement.
pub(crate) const NORMALISATIONS: &[Normalisation] = &[
    // In OpenAPI 3.0 nothing can stand beside a `$ref`, so the contract wraps one in `allOf`; in JSON Schema it can.
    Normalisation { name: "a reference within allOf is a reference", apply: unwrap_references },
    // The types of addresses and moments are not ours or serve any contract, so their schemas stand where they are used.
    Normalisation { name: "a named value stands where it is used", apply: write_values_out },
    // For the same reason they have no name and no description of the contract.
    Normalisation { name: "the type of an address or a moment has words of its own", apply: drop_own_words },
    // Null must keep to each part of an `allOf`, so a moment that a property refers to allows it; in Rust the Option does.
    Normalisation { name: "the null of a moment is read where it is used", apply: drop_null_of_moment },
    // Rust writes every word of a name in the same way, and the contract names a schema by its key, not by a title.
    Normalisation { name: "capitals do not make another name", apply: name_alike },
    // What may be absent becomes an Option, and that reads null too.
    Normalisation { name: "what may be absent may be null", apply: let_absent_be_null },
    // OpenAPI 3.0 has a key for null, JSON Schema a type.
    Normalisation { name: "nullable is a type", apply: spell_null_as_type },
    // OpenAPI has no format for both kinds of address, schemars has one.
    Normalisation { name: "ipv4 or ipv6 is ip", apply: spell_address_as_format },
    // The type of a value that is narrowed tells how in its documentation too, in a paragraph after the contract's.
    Normalisation { name: "a narrowed value says its bounds or its form in words", apply: drop_bounds_in_words },
    // Our extensions are for the generator and for the checks.
    Normalisation { name: "an extension says nothing about values", apply: drop_extensions },
    // What is required is a set.
    Normalisation { name: "the order of what is required is no order", apply: sort_required },
    // A schema of its own says in which dialect it is, and carries those that it refers to.
    Normalisation { name: "a schema stands alone in Rust", apply: drop_frame },
];

/// Where the schema of the contract and the one of a type differ. Schemas of other objects that it refers to are named
/// in it and are not part of it.
pub(crate) fn disagreements(
    whole: &Json,
    name: &str,
    rust: &Json,
    normalisations: &[&Normalisation],
) -> Vec<Difference> {
    let mut sides = Sides { whole, name, contract: schema(whole, name).clone(), rust: rust.clone() };
    for normalisation in normalisations {
        (normalisation.apply)(&mut sides);
    }
    differences(&sides.contract, &sides.rust)
}

/// Visits a schema and all within it.
fn each(schema: &mut Json, visit: &mut dyn FnMut(&mut Map<String, Json>)) {
    let Some(schema) = schema.as_object_mut() else { return };
    let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(|property| each(property, visit));
    let alternatives = schema.get_mut("anyOf").and_then(Json::as_array_mut);
    alternatives.into_iter().flatten().for_each(|alternative| each(alternative, visit));
    if let Some(items) = schema.get_mut("items") {
        each(items, visit);
    }
    visit(schema);
}

fn unwrap_references(sides: &mut Sides<'_>) {
    each(&mut sides.contract, &mut |schema| {
        if let Some(name) = referred(&Json::Object(schema.clone())) {
            let reference = format!("#/components/schemas/{name}");
            schema.remove("allOf");
            schema.insert("$ref".to_owned(), reference.into());
        }
    });
}

fn write_values_out(sides: &mut Sides<'_>) {
    let whole = sides.whole;
    each(&mut sides.contract, &mut |own| {
        let Some(name) = own.get("$ref").and_then(|_| referred(&Json::Object(own.clone())).map(str::to_owned)) else {
            return;
        };
        let value = schema(whole, &name);
        if value["type"] != "object" {
            own.remove("$ref");
            for (key, value) in value.as_object().into_iter().flatten() {
                own.entry(key.as_str()).or_insert_with(|| value.clone());
            }
        }
    });
}

fn drop_own_words(sides: &mut Sides<'_>) {
    let own = &sides.whole["components"]["schemas"][sides.name];
    if is_address(own) || is_moment(own) {
        remove(&mut sides.contract, &["description"]);
        remove(&mut sides.rust, &["title"]);
    } else {
        sides.contract["title"] = sides.name.into();
    }
}

fn drop_null_of_moment(sides: &mut Sides<'_>) {
    if is_moment(&sides.contract) {
        remove(&mut sides.contract, &["nullable"]);
    }
}

fn name_alike(sides: &mut Sides<'_>) {
    for side in [&mut sides.contract, &mut sides.rust] {
        each(side, &mut |schema| {
            if let Some(Json::String(title)) = schema.get_mut("title") {
                title.make_ascii_lowercase();
            }
            if let Some(Json::String(reference)) = schema.get_mut("$ref") {
                let name = reference.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
                *reference = name;
            }
        });
    }
}

fn let_absent_be_null(sides: &mut Sides<'_>) {
    each(&mut sides.contract, &mut |schema| {
        let object = Json::Object(schema.clone());
        let properties = schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten();
        for (_, property) in properties.filter(|(name, _)| !requires(&object, name)) {
            property["nullable"] = true.into();
        }
    });
}

fn spell_null_as_type(sides: &mut Sides<'_>) {
    each(&mut sides.contract, &mut |schema| {
        if schema.remove("nullable") != Some(true.into()) {
            return;
        }
        if let Some(of_value) = schema.get_mut("type") {
            *of_value = json!([of_value.clone(), "null"]);
        } else if let Some(reference) = schema.remove("$ref") {
            schema.insert("anyOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
        }
    });
}

fn spell_address_as_format(sides: &mut Sides<'_>) {
    each(&mut sides.contract, &mut |schema| {
        if is_address(&Json::Object(schema.clone())) && !schema.contains_key("format") {
            schema.remove("oneOf");
            schema.insert("format".to_owned(), "ip".into());
        }
    });
}

fn drop_bounds_in_words(sides: &mut Sides<'_>) {
    let words = match (&sides.rust["minimum"], &sides.rust["maximum"], &sides.rust["pattern"]) {
        (Json::Number(minimum), Json::Number(maximum), _) => format!("\n\nFrom {minimum} to {maximum}"),
        (_, _, Json::String(_)) => "\n\nNever empty, ".to_owned(),
        _ => return,
    };
    if let Some(Json::String(description)) = sides.rust.get_mut("description") {
        description.truncate(description.find(&words).unwrap_or(description.len()));
    }
}

fn drop_extensions(sides: &mut Sides<'_>) {
    each(&mut sides.contract, &mut |schema| schema.retain(|key, _| !key.starts_with("x-mde-")));
}

fn sort_required(sides: &mut Sides<'_>) {
    for side in [&mut sides.contract, &mut sides.rust] {
        each(side, &mut |schema| {
            if let Some(Json::Array(required)) = schema.get_mut("required") {
                required.sort_by_key(Json::to_string);
            }
        });
    }
}

fn drop_frame(sides: &mut Sides<'_>) {
    remove(&mut sides.rust, &["$schema", "$defs"]);
}

fn remove(schema: &mut Json, keys: &[&str]) {
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|key, _| !keys.contains(&key.as_str()));
    }
}
