//! Mutants of the evidence.

use mde_codegen::{Document, Pointer};
use xtask::evidence::{Elements, Evidence, SOURCE_FILE, SUMS_FILE, Tree, check_sources};

use super::mutation::{filter_map_in_parallel, mutants, real_tree};

/// What the contract has no place for, or what says in words what is checked beside it. Nothing can be held against it,
/// so only its digest keeps it as it is. The snapshot below lists the other values of which another would do as well: one
/// number of devices is as good as the next, and a status of one source may be stated by another.
const WORDS: &[&str] = &[
    "about",
    "as-stated",
    "date",
    "expires-in",
    "form",
    "form-with-certificate",
    "hours",
    "lifetime-seconds",
    "meaning",
    "method",
    "more-codes",
    "name",
    "notes",
    "phrase",
    "publisher",
    "quota-key",
    "sent",
    "text",
    "title",
    "unit",
    "value",
    "values",
    "when",
];

#[test]
fn a_changed_byte_in_any_file_is_reported_with_the_name_of_the_file() {
    let tree = real_tree();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.starts_with("documented/")) {
        let name = path.trim_start_matches("documented/");
        let mut tree = source_of(&tree, path);
        assert_eq!(check_sources("openapi", &tree), [], "{path}");
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let mut changed = bytes.clone();
            // Another digit or letter, so that the file stays what it is otherwise.
            changed[at] ^= 1;
            at += line.len();
            tree.insert(path.clone(), changed);
            let reported = check_sources("openapi", &tree)
                .into_iter()
                .any(|finding| finding.message.contains(name) || finding.file.ends_with(name));
            assert!(reported, "{path}, the byte {at}");
        }
    }
}

#[test]
fn every_changed_fact_is_found_even_when_it_was_attested() {
    let tree = real_tree();
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let contract = Elements::read(&contract);
    let evidence = Evidence::read("openapi", &tree);
    let claims = evidence.claims(&contract, None);
    let mut survivors = Vec::new();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(".json") || path.ends_with(SOURCE_FILE)) {
        let original = Document::parse(path, std::str::from_utf8(bytes).unwrap()).unwrap();
        let mutants = mutants(original.root()).into_iter().filter(|mutant| {
            let other_value = OTHER_VALUES.iter().any(|what| mutant.name.starts_with(what));
            other_value && !is_words(path, &mutant.pointer)
        });
        let mutants: Vec<_> = mutants.collect();
        let source = source_of(&tree, path);
        survivors.extend(filter_map_in_parallel(&mutants, |mutant| {
            let mut tree = source.clone();
            tree.insert(path.clone(), mutant.tree(original.root()).to_string().into_bytes());
            let mut findings = check_sources("openapi", &tree);
            findings.retain(|finding| finding.rule != "evidence-attested");
            let changed = evidence.with_source_of(&tree, path);
            findings.extend(changed.verdict(&changed.claims(&contract, Some(&claims))));
            findings.is_empty().then(|| format!("{path}: {}", mutant.name))
        }));
    }
    insta::assert_snapshot!("facts-that-only-their-digest-holds", survivors.join("\n"));
}

/// Changes that leave a value of the same kind.
const OTHER_VALUES: [&str; 4] = ["changed ", "one more ", "one less ", "flipped "];

/// The files of the source that a file belongs to, and their lines of the list; of the list itself, the files of all.
fn source_of(tree: &Tree, path: &str) -> Tree {
    let list = format!("documented/{SUMS_FILE}");
    if path == list {
        return tree.clone();
    }
    let folder = path.rsplit_once('/').unwrap().0.to_owned() + "/";
    let files = tree.iter().filter(|(other, _)| other.starts_with(&folder));
    let mut source: Tree = files.map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    let name = folder.trim_start_matches("documented/");
    let lines = std::str::from_utf8(&tree[&list]).unwrap().split_inclusive('\n');
    let lines: String = lines.filter(|line| line.split_once("  ").unwrap().1.starts_with(name)).collect();
    source.insert(list, lines.into_bytes());
    source
}

fn is_words(path: &str, pointer: &Pointer) -> bool {
    path.ends_with(SOURCE_FILE) && pointer.as_str().split('/').any(|key| WORDS.contains(&key))
}
