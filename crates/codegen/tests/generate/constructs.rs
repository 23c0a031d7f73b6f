//! The table of README.md: what of OpenAPI a contract may use. Each row is a contract that the generator accepts or refuses.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::support::{base, findings, read, text, tree};

/// What the places in the table are short for.
const PLACES: [(&str, &str); 10] = [
    ("path", "/paths/~1hosts~1{host}"),
    ("get", "/paths/~1hosts~1{host}/get"),
    ("post", "/paths/~1hosts~1{host}/post"),
    ("put", "/paths/~1hosts~1{host}/put"),
    ("head", "/paths/~1hosts~1{host}/head"),
    ("success", "/paths/~1hosts~1{host}/get/responses/200"),
    ("body", "/paths/~1hosts~1{host}/get/responses/200/content/application~1json/schema"),
    ("days", "/components/parameters/Days"),
    ("code", "/components/schemas/Problem/properties/code"),
    ("echo", "/components/schemas/Host/properties/name/x-mde-echo"),
];

const BEGIN: &str = "| construct | accepted | otherwise |\n| --- | --- | --- |\n";

#[test]
fn the_table_of_the_readme_is_what_the_generator_does() {
    let table = read("tests/generate/constructs.yaml");
    let (mut rows, mut accepted, mut count) = (String::new(), 0, 0);
    for row in tree(&table).as_array().unwrap() {
        let construct = row["construct"].as_str().unwrap();
        let mut contract = tree(&base());
        for (place, value) in row["set"].as_object().unwrap() {
            set(&mut contract, &pointer(place), value);
        }
        let findings = findings(&contract.to_string());
        // A contract that is broken in another way would be refused for that.
        assert!(findings.len() < 4 && !text(&findings).contains("[known-key]"), "{construct}: {}", text(&findings));
        count += 1;
        let (answer, otherwise) = match findings.is_empty() {
            true => ("yes", ""),
            false => ("no", row["instead"].as_str().unwrap_or_else(|| panic!("{construct}: {}", text(&findings)))),
        };
        accepted += usize::from(findings.is_empty());
        writeln!(rows, "| {construct} | {answer} | {otherwise} |").unwrap();
    }
    let expected = format!("Of these {count} constructs {accepted} are accepted:\n\n{BEGIN}{rows}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("Of these ").unwrap();
    let (_, after) = rest.split_once("|\n\n").unwrap();
    let written = format!("{before}{expected}{after}");
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(&path, written).unwrap();
    } else {
        assert!(readme == written, "README.md must have this table; UPDATE_CASES=1 writes it:\n{expected}");
    }
}

/// The whole of a place that may be abbreviated.
fn pointer(place: &str) -> String {
    let (first, rest) = place.split_once('/').map_or((place, ""), |(first, rest)| (first, rest));
    let whole = PLACES.iter().find(|(short, _)| *short == first).map(|(_, whole)| (*whole).to_owned());
    let whole =
        whole.unwrap_or_else(|| if first == "schemas" { "/components/schemas".into() } else { format!("/{first}") });
    if rest.is_empty() { whole } else { format!("{whole}/{rest}") }
}

fn set(contract: &mut Json, pointer: &str, value: &Json) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let mut target = contract;
    for step in parent.split('/').skip(1) {
        let object = target.as_object_mut().unwrap();
        target = object.entry(step.replace("~1", "/")).or_insert_with(|| Json::Object(Map::new()));
    }
    let (target, key) = (target.as_object_mut().unwrap(), key.replace("~1", "/"));
    match value {
        Json::Null => drop(target.remove(&key).unwrap()),
        value => drop(target.insert(key, value.clone())),
    }
}
