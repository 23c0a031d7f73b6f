//! Mutants of the rulings.

use mde_codegen::Document;
use serde_json::{Value as Json, json};
use xtask::evidence::{Elements, Evidence, Tree};

use super::mutation::{elements, filter_map_in_parallel, mutants, real_tree};

/// What a ruling says to people, besides its id.
const PROSE: [&str; 3] = ["because", "says", "we-hold"];

/// What a ruling concerns, shows, and holds of descriptions. It may concern less, show less of what is not overruled, and
/// hold less of what descriptions say: `cargo xtask diff` shows the reviewer a ruling that gives something up.
const SHORTENED: [&str; 5] = ["/about", "/sources", "/rulings", "/behaviour", "/words"];

#[test]
fn every_changed_ruling_is_found() {
    let tree = real_tree();
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let contract = Elements::read(&contract);
    let original = Document::parse("rulings.yaml", std::str::from_utf8(&tree["rulings.yaml"]).unwrap()).unwrap();
    let original = without_prose(original.root().clone());
    let evidence = Evidence::read("openapi", &tree);
    let claims = evidence.claims(&contract, None);
    let survives = |rulings: String| {
        let tree = Tree::from([("rulings.yaml".to_owned(), rulings.into_bytes())]);
        evidence.with_rulings(&tree).verdict(&claims).is_empty()
    };
    assert!(survives(original.to_string()));
    let mutants = mutants(&original).into_iter().filter(|mutant| {
        let reworded = mutant.name.starts_with("changed")
            && (PROSE.contains(&mutant.pointer.last().as_str()) || mutant.pointer.last() == "id");
        let (place, list) = (&mutant.pointer, mutant.pointer.parent());
        let is_shortened = |key: &str| {
            place.as_str().ends_with(key) || list.as_str().ends_with(key) || list.parent().as_str().ends_with("/words")
        };
        let shortened = mutant.name.starts_with("removed") && SHORTENED.iter().any(|key| is_shortened(key));
        !reworded && !shortened
    });
    let mutants: Vec<_> = mutants.collect();
    assert!(mutants.len() > 500, "only {} mutants", mutants.len());
    let survivors = filter_map_in_parallel(&mutants, |mutant| {
        survives(mutant.tree(&original).to_string()).then(|| mutant.name.clone())
    });
    assert!(survivors.is_empty(), "{survivors:#?}");
}

/// The rulings with their prose cut short, which the check does not read and which takes most of the time to parse.
fn without_prose(mut rulings: Json) -> Json {
    for (pointer, value) in elements(&rulings.clone()) {
        if value.is_string() && PROSE.contains(&pointer.last().as_str()) {
            *rulings.pointer_mut(pointer.as_str()).unwrap() = json!("Prose.");
        }
    }
    rulings
}
