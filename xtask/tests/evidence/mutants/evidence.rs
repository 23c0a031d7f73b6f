//! Mutants of the evidence.

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;
use xtask::evidence::{
    Attested, Elements, Evidence, Pages, SOURCE_FILE, SUMS_FILE, Tree, attest, check_pages, check_sources,
};

use super::mutation::{Mutant, elements, filter_map_in_parallel, mutants, real_tree, replaced};

/// Keys with words of ours: another wording would do as well. The numbers, dates and hosts in them are held, and changed
/// below.
const OUR_WORDS: [&str; 5] = ["about", "meaning", "notes", "title", "when"];

#[test]
fn a_changed_byte_in_any_file_is_reported_with_the_name_of_the_file() {
    let tree = real_tree();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.starts_with("documented/")) {
        let name = path.trim_start_matches("documented/");
        let mut tree = source_of(&tree, path);
        let mut findings = check_sources("openapi", &tree);
        findings.retain(|finding| !is_lonely(finding));
        assert_eq!(findings, [], "{path}");
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

/// Two snapshots list what survives. The first has statements that still say the fact, with other words around it: who has
/// the page finds them. Of the second, nobody else can know better:
///
/// - words and names of ours, where another number would be right as well (`about`, `when`, the rows of `clouds`);
/// - the messages of errors and the one statement of a page that we do not have: each is stated once, by one source;
/// - single values of a recording without an answer, of which no other source knows (`addresses`, a first time);
/// - the header of an answer outside the contract, and the end of a route that is not written out;
/// - the operation of a source that is superseded, of which nothing is held against the contract;
/// - the digest of a page: one that nobody has is reported as not verified.
#[test]
fn every_changed_fact_is_found_even_when_it_was_attested() {
    let tree = real_tree();
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let contract = Elements::read(&contract);
    let evidence = Evidence::read("openapi", &tree);
    let claims = evidence.claims(&contract, None);
    let (mut on_page, mut survivors) = (Vec::new(), Vec::new());
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(".json") || path.ends_with(SOURCE_FILE)) {
        let original = Document::parse(path, std::str::from_utf8(bytes).unwrap()).unwrap();
        let others = mutants(original.root()).into_iter().filter(|mutant| {
            let other_value = OTHER_VALUES.iter().any(|what| mutant.name.starts_with(what));
            other_value && !is_our_words(path, &mutant.pointer)
        });
        let mutants: Vec<_> = others.chain(renumbered(original.root())).collect();
        let source = source_of(&tree, path);
        let survived = filter_map_in_parallel(&mutants, |mutant| {
            let mut changed = source.clone();
            changed.insert(path.clone(), mutant.tree(original.root()).to_string().into_bytes());
            let mut findings = check_sources("openapi", &changed);
            findings.retain(|finding| finding.rule != "evidence-attested" && !is_lonely(finding));
            let evidence = evidence.with_source_of(&changed, path);
            findings.extend(evidence.verdict(&evidence.claims(&contract, Some(&claims))));
            let is_on_page = || !found_on_page(&source, &changed).is_empty();
            findings.is_empty().then(|| (format!("{path}: {}", mutant.name), is_on_page()))
        });
        for (name, is_on_page) in survived {
            if is_on_page { on_page.push(name) } else { survivors.push(name) }
        }
    }
    insta::assert_snapshot!("facts-that-only-their-page-holds", on_page.join("\n"));
    insta::assert_snapshot!("facts-that-only-their-digest-holds", survivors.join("\n"));
}

/// Whether a finding comes only from the other sources not being in the tree.
fn is_lonely(finding: &Finding) -> bool {
    finding.pointer.as_str() == "/superseded-by" && finding.message.starts_with("microsoft-learn-ip-statistics is ")
}

/// Each text with a digit, with another one in its place.
fn renumbered(tree: &Json) -> Vec<Mutant> {
    let texts = elements(tree).into_iter().filter_map(|(pointer, value)| {
        let text = value.as_str()?;
        let at = text.rfind(|c: char| c.is_ascii_digit())?;
        let digit = (text.as_bytes()[at] - b'0' + 1) % 10;
        let other = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
        Some(replaced("renumbered", &pointer, other.into()))
    });
    texts.collect()
}

/// What is not found in the page of a source after a change. The page itself is not ours to copy: in its place stands a
/// text of everything that the source states and shows of it.
fn found_on_page(source: &Tree, changed: &Tree) -> Vec<Finding> {
    let file = |tree: &Tree| {
        tree.iter().find(|(path, _)| path.ends_with(SOURCE_FILE)).map(|(path, bytes)| (path.clone(), bytes.clone()))
    };
    let (path, bytes) = file(source).unwrap();
    let original = Document::parse(&path, std::str::from_utf8(&bytes).unwrap()).unwrap();
    let Some(digest) = original.root().pointer("/page/sha256").and_then(Json::as_str) else { return Vec::new() };
    let statements =
        elements(original.root()).into_iter().filter(|(pointer, _)| pointer.parent().last() == "as-stated");
    let mut page = original.root()["title"].as_str().unwrap().to_owned() + "\n";
    for text in statements.filter_map(|(_, value)| value.as_str().map(str::to_owned)) {
        page += &format!("{text}\n");
    }
    for (_, bytes) in source.iter().filter(|(path, _)| path.ends_with(".json") || path.ends_with(".http")) {
        page += std::str::from_utf8(bytes).unwrap();
    }
    let (_, described) = file(changed).unwrap();
    let mut changed = changed.clone();
    let described = String::from_utf8(described).unwrap().replace(digest, &sha256(page.as_bytes()));
    changed.insert(path, described.into_bytes());
    check_pages("openapi", &changed, &Pages::from([("page.txt".to_owned(), page.into_bytes())])).findings
}

/// The SHA-256 of some bytes, as the list of the evidence has it.
fn sha256(bytes: &[u8]) -> String {
    match attest(b"", "source/file", Some(bytes)).unwrap() {
        Attested::List(list) => list[..64].to_owned(),
        Attested::Unchanged => panic!("an empty list has every file"),
    }
}

#[test]
fn files_of_two_sources_cannot_be_exchanged() {
    let tree = real_tree();
    let kinds = [".json", ".http"];
    let files: Vec<_> = tree.keys().filter(|path| kinds.iter().any(|kind| path.ends_with(kind))).collect();
    let is_pair = |left: &str, right: &str| left.rsplit('.').next() == right.rsplit('.').next();
    let mut count = 0;
    for (index, left) in files.iter().enumerate() {
        for right in files.iter().skip(index + 1).filter(|right| is_pair(left, right)) {
            let mut changed = tree.clone();
            changed.insert((*left).clone(), tree[*right].clone());
            changed.insert((*right).clone(), tree[*left].clone());
            assert!(!found(&changed).is_empty(), "{left} and {right} can be exchanged");
            count += 1;
        }
    }
    assert!(count > 10, "only {count} pairs");
}

/// The snapshot lists the pairs that survive: messages without a number, of which no other source has a part.
#[test]
fn values_of_two_sources_cannot_be_exchanged() {
    let tree = real_tree();
    let sources: Vec<_> = tree
        .iter()
        .filter(|(path, _)| path.ends_with(SOURCE_FILE))
        .map(|(path, bytes)| (path, Document::parse(path, std::str::from_utf8(bytes).unwrap()).unwrap()))
        .collect();
    let mut swaps = Vec::new();
    for (index, (left, left_root)) in sources.iter().enumerate() {
        for (right, right_root) in sources.iter().skip(index + 1) {
            for (pointer, value) in elements(left_root.root()) {
                let Some(other) = right_root.get(&pointer).filter(|other| **other != value) else { continue };
                let is_value = !value.is_object() && !value.is_array() && !other.is_object() && !other.is_array();
                // Where two digests are exchanged, nothing is found in the pages of a reviewer.
                if is_value && !is_our_words(left, &pointer) && pointer.as_str() != "/page/sha256" {
                    swaps.push((*left, left_root.root(), *right, right_root.root(), pointer, value, other.clone()));
                }
            }
        }
    }
    let survivors = filter_map_in_parallel(&swaps, |(left, left_root, right, right_root, pointer, value, other)| {
        let with = |root: &Json, value: &Json| replaced("", pointer, value.clone()).tree(root).to_string().into_bytes();
        let mut changed = tree.clone();
        changed.insert((*left).clone(), with(left_root, other));
        changed.insert((*right).clone(), with(right_root, value));
        let is_on_page = |path: &str| found_on_page(&source_of(&tree, path), &source_of(&changed, path)).is_empty();
        let survives = found(&changed).is_empty() && is_on_page(left) && is_on_page(right);
        survives.then(|| format!("{left} and {right}: {pointer}, {value} and {other}"))
    });
    assert!(swaps.len() > 100, "only {} pairs", swaps.len());
    insta::assert_snapshot!("values-that-can-be-exchanged", survivors.join("\n"));
}

/// What is found where everything was attested as it is.
fn found(tree: &Tree) -> Vec<Finding> {
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap();
    let mut findings = check_sources("openapi", tree);
    findings.retain(|finding| finding.rule != "evidence-attested");
    findings.extend(Evidence::read("openapi", tree).check(&contract));
    findings
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

fn is_our_words(path: &str, pointer: &Pointer) -> bool {
    path.ends_with(SOURCE_FILE) && pointer.as_str().split('/').any(|key| OUR_WORDS.contains(&key))
}

/// What a documentation page says of the whole API holds for every operation, so the kind of a source matters.
#[test]
fn another_kind_of_any_source_is_found() {
    let tree = real_tree();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(SOURCE_FILE)) {
        let text = std::str::from_utf8(bytes).unwrap();
        let own = text.lines().find(|line| line.starts_with("kind: ")).unwrap();
        for kind in ["documentation", "catalogue", "recording", "client", "community"] {
            let other = format!("kind: {kind}");
            if other != own {
                let mut source = source_of(&tree, path);
                source.insert(path.clone(), text.replacen(own, &other, 1).into_bytes());
                let findings = check_sources("openapi", &source);
                assert!(findings.iter().any(|finding| finding.rule == "source-consistent"), "{path}: {other}");
            }
        }
    }
}
