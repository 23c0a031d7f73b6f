//! Rulings that do not say what they did.

use mde_codegen::Document;
use xtask::evidence::Evidence;

use super::mutation::{mutants, real_tree};

/// What a ruling says to people.
const WORDS: [&str; 4] = ["because", "id", "says", "we-hold"];

/// Lists of what a ruling concerns or shows. It may concern less, and show less of what is not overruled.
const SHORTENED: [&str; 3] = ["/about", "/sources", "/rulings"];

#[test]
fn every_changed_ruling_is_found() {
    let tree = real_tree();
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let original = Document::parse("rulings.yaml", std::str::from_utf8(&tree["rulings.yaml"]).unwrap()).unwrap();
    let survives = |rulings: String| {
        let mut tree = tree.clone();
        tree.insert("rulings.yaml".to_owned(), rulings.into_bytes());
        Evidence::read("openapi", &tree).check(&contract).is_empty()
    };
    assert!(survives(original.root().to_string()));
    let mutants = mutants(original.root()).into_iter().filter(|mutant| {
        let reworded = mutant.name.starts_with("changed") && WORDS.contains(&mutant.pointer.last().as_str());
        let list = mutant.pointer.parent();
        let shortened = mutant.name.starts_with("removed") && SHORTENED.iter().any(|key| list.as_str().ends_with(key));
        !reworded && !shortened
    });
    let mutants: Vec<_> = mutants.collect();
    assert!(mutants.len() > 500, "only {} mutants", mutants.len());
    let survivors: Vec<_> = mutants.into_iter().filter(|mutant| survives(mutant.tree.to_string())).collect();
    let survivors: Vec<_> = survivors.iter().map(|mutant| mutant.name.as_str()).collect();
    assert_eq!(survivors, [""; 0]);
}
