//! Rulings that do not say what they did.

use mde_codegen::Document;
use xtask::evidence::{Evidence, Tree};

use super::mutation::{filter_map_in_parallel, mutants, real_tree};

/// What a ruling says to people.
const WORDS: [&str; 4] = ["because", "id", "says", "we-hold"];

/// Lists of what a ruling concerns or shows. It may concern less, and show less of what is not overruled.
const SHORTENED: [&str; 3] = ["/about", "/sources", "/rulings"];

#[test]
fn every_changed_ruling_is_found() {
    let tree = real_tree();
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let original = Document::parse("rulings.yaml", std::str::from_utf8(&tree["rulings.yaml"]).unwrap()).unwrap();
    let evidence = Evidence::read("openapi", &tree);
    let claims = evidence.claims(&contract, None);
    let survives = |rulings: String| {
        let tree = Tree::from([("rulings.yaml".to_owned(), rulings.into_bytes())]);
        evidence.with_rulings(&tree).verdict(&claims).is_empty()
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
    let survivors = filter_map_in_parallel(&mutants, |mutant| {
        survives(mutant.tree(original.root()).to_string()).then(|| mutant.name.clone())
    });
    assert_eq!(survivors, [String::new(); 0]);
}
