//! Every documented answer through the type that it is read as.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::contract::{contract, is_moment};
use crate::evidence::{Answer, addresses, answers, single_values, with_each};
use crate::losses::{NORMALISATIONS, Normalisation, losses};
use crate::rust_types::rust_type;

fn all() -> Vec<&'static Normalisation> {
    NORMALISATIONS.iter().collect()
}

/// What is lost of each answer. Where operations have several types for a status, and the source is about none of them, one
/// is enough, if nothing is lost with it.
fn lost(contract: &Json, answers: &[Answer], normalisations: &[&Normalisation]) -> Vec<String> {
    let mut lost = Vec::new();
    for answer in answers {
        let Answer { name, status, text, .. } = answer;
        let bodies = answer.bodies(contract);
        assert!(!bodies.is_empty(), "{name}: the contract has no body for the status {status}");
        let losses: Vec<_> = bodies.iter().map(|body| losses(contract, body, text, normalisations)).collect();
        if !losses.iter().any(Vec::is_empty) {
            lost.extend(losses.concat().iter().map(|loss| format!("{name}: {loss}")));
        }
    }
    lost
}

/// Every answer and every single value that the evidence has.
fn documented() -> Vec<Answer> {
    let (answers, _) = answers();
    let mut all = [single_values(&answers), addresses(&answers)].concat();
    all.extend(answers);
    all
}

#[test]
fn no_documented_answer_loses_anything() {
    let (answers, outside) = answers();
    let files = mde_openapi::FILES.iter().map(|file| file.path).filter(|path| path.ends_with(".json"));
    let files: BTreeSet<_> = files.filter(|path| !outside.contains(*path)).collect();
    let seen: BTreeSet<_> = answers.iter().map(|answer| answer.name.as_str()).collect();
    assert_eq!(seen, files, "every file with an answer is named by an exchange");
    assert_eq!(lost(contract(), &answers, &all()), [""; 0]);
}

#[test]
fn no_single_value_loses_anything_in_any_answer() {
    let (answers, _) = answers();
    let values = [single_values(&answers), addresses(&answers)].concat();
    for recorded in ["2021-08-02T10:18:39.9233319Z", "2001:0db8:0000:0000:0000:ff00:0042:8329", "BadRequest"] {
        assert!(values.iter().any(|answer| answer.name.ends_with(&format!("{recorded:?}"))), "{recorded}");
    }
    assert_eq!(lost(contract(), &values, &all()), [""; 0]);
}

#[test]
fn no_digit_of_a_time_is_lost() {
    let (answers, _) = answers();
    for fraction in ["", ".9", ".92", ".923", ".9233", ".92333", ".923331", ".9233319", ".0000001"] {
        let moment = format!("2021-08-02T10:18:39{fraction}Z");
        let with_moment = with_each(&answers, is_moment, &moment.into());
        assert_eq!(lost(contract(), &with_moment, &all()), [""; 0]);
    }
}

#[test]
fn the_order_of_the_properties_does_not_matter() {
    let contract = contract();
    for answer in documented() {
        let body: Json = serde_json::from_str(&answer.text).unwrap();
        let mut texts = BTreeSet::new();
        for turn in 0..body.as_object().unwrap().len() {
            texts.extend([false, true].map(|backwards| in_order(&body, turn, backwards)));
        }
        assert!(texts.len() > 1, "{}", answer.name);
        for body in answer.bodies(contract) {
            let round_trip = rust_type(body).round_trip.unwrap();
            let results: Vec<_> = texts.iter().map(|text| round_trip(text)).collect();
            assert!(results.iter().all(|result| *result == round_trip(&answer.text)), "{}: {results:?}", answer.name);
        }
    }
}

/// The text of a value with the properties of each object turned by some places, or backwards.
fn in_order(value: &Json, turn: usize, backwards: bool) -> String {
    let Some(object) = value.as_object().filter(|object| !object.is_empty()) else { return value.to_string() };
    let pairs = object.iter();
    let mut pairs: Vec<_> =
        pairs.map(|(key, value)| format!("{}:{}", json!(key), in_order(value, turn, backwards))).collect();
    let places = turn % pairs.len();
    pairs.rotate_left(places);
    if backwards {
        pairs.reverse();
    }
    format!("{{{}}}", pairs.join(","))
}

#[test]
fn no_normalisation_is_idle() {
    for idle in NORMALISATIONS {
        let others: Vec<_> = NORMALISATIONS.iter().filter(|other| other.name != idle.name).collect();
        assert_ne!(lost(contract(), &documented(), &others), [""; 0], "{:?} is not needed", idle.name);
    }
}

/// A difference outside the list is a loss, and so is a value that the contract no longer allows.
#[test]
fn a_loss_is_reported_with_its_location() {
    let body = |extra: &str| format!(r#"{{"ipAddress":"10.209.67.177","organizationPrevalence":1{extra}}}"#);
    let found = |contract: &Json, extra: &str| losses(contract, "InOrgIPStats", &body(extra), &all());
    let as_it_is = contract();
    let mut changed = as_it_is.clone();
    let properties = &mut changed["components"]["schemas"]["InOrgIPStats"]["properties"];
    properties["orgFirstSeen"]["nullable"] = json!(false);
    properties["ipAddress"] = json!({"type": "string"});
    let mut required = as_it_is.clone();
    required["components"]["schemas"]["InOrgIPStats"]["required"] = json!(["orgFirstSeen"]);
    let cases = [
        (as_it_is, "", None),
        (as_it_is, r#","orgFirstSeen":null"#, None),
        (as_it_is, r#","newProperty":{"of":"tomorrow"}"#, Some(r#""/newProperty": {"of":"tomorrow"} against nothing"#)),
        (as_it_is, r#","orgPrevalence":null"#, Some(r#""/orgPrevalence": null against nothing"#)),
        (&changed, r#","orgFirstSeen":null"#, Some(r#""/orgFirstSeen": null against nothing"#)),
        (&required, r#","orgFirstSeen":null"#, Some(r#""/orgFirstSeen": null against nothing"#)),
        (
            as_it_is,
            r#","orgLastSeen":"2021-08-02T12:18:39+02:00""#,
            Some(r#""/orgLastSeen": "2021-08-02T12:18:39+02:00" against "2021-08-02T10:18:39Z""#),
        ),
        (as_it_is, r#","orgPrevalence":1"#, Some("it cannot be read: invalid type: integer `1`, expected a string")),
    ];
    for (contract, extra, loss) in cases {
        let found = found(contract, extra);
        match loss {
            None => assert_eq!(found, [""; 0], "{extra}"),
            Some(loss) => assert!(found.len() == 1 && found[0].starts_with(loss), "{extra}: {found:?}"),
        }
    }
    let long = r#"{"ipAddress":"2001:0db8::1","organizationPrevalence":1}"#;
    assert_eq!(losses(as_it_is, "InOrgIPStats", long, &all()), [""; 0]);
    let of_text = losses(&changed, "InOrgIPStats", long, &all());
    assert_eq!(of_text, [r#""/ipAddress": "2001:0db8::1" against "2001:db8::1""#]);
}
