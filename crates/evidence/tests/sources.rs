//! What is said of evidence that is not as it was attested.

use mde_evidence::{Tree, check_sources};

/// The SHA-256 of `abc` and of nothing are those of the standard.
const DESCRIPTION: &str = "\
title: A page
publisher: A vendor
date: 2024-01-31
kind: documentation
about: What the page says.

files:
  abc.json: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
  empty.http: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
";

/// Two sources, the second without files, and a file that belongs to none on purpose.
fn tree() -> Tree {
    let second = "title: B\npublisher: B\ndate: unknown\nkind: recording\nabout: B\nfiles: {}\n";
    let files: [(&str, &[u8]); 5] = [
        ("documented/page/source.yaml", DESCRIPTION.as_bytes()),
        ("documented/page/abc.json", b"abc"),
        ("documented/page/empty.http", b""),
        ("documented/recording/source.yaml", second.as_bytes()),
        ("rulings.yaml", b"- no source\n"),
    ];
    files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()
}

fn with(path: &str, bytes: &[u8]) -> Tree {
    let mut tree = tree();
    tree.insert(path.to_owned(), bytes.to_vec());
    tree
}

fn without(path: &str) -> Tree {
    let mut tree = tree();
    tree.remove(path);
    tree
}

/// The description of the first source with one thing replaced.
fn described(find: &str, replace: &str) -> Tree {
    assert_eq!(DESCRIPTION.matches(find).count(), 1, "{find:?}");
    with("documented/page/source.yaml", DESCRIPTION.replace(find, replace).as_bytes())
}

fn text(tree: &Tree) -> String {
    let findings: Vec<_> = check_sources("openapi", tree).iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}

#[test]
fn evidence_as_it_was_attested_is_nothing_to_talk_about() {
    assert_eq!(text(&tree()), "");
    assert_eq!(text(&Tree::new()), "");
}

#[test]
fn each_change_of_the_evidence_is_told() {
    let cases = [
        ("a changed byte", with("documented/page/abc.json", b"abd")),
        ("a missing file", without("documented/page/abc.json")),
        ("an unlisted file", with("documented/page/more.json", b"{}")),
        ("a digest in capitals", described("ba7816bf", "BA7816BF")),
        (
            "a digest that is a number",
            described("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "5"),
        ),
        ("a folder without a description", with("documented/new/abc.json", b"abc")),
        ("a description that is gone", without("documented/page/source.yaml")),
        ("a file beside the folders", with("documented/notes.txt", b"")),
        ("a file in a folder within", with("documented/page/old/abc.json", b"abc")),
        ("a description that is no YAML", with("documented/page/source.yaml", b"title: [\n")),
        ("a description that is not UTF-8", with("documented/page/source.yaml", b"title: \xff\n")),
        ("a description that is empty", with("documented/page/source.yaml", b"")),
        ("a missing title", described("title: A page\n", "")),
        ("an empty publisher", described("A vendor", "''")),
        ("a date that is a number", described("2024-01-31", "2024")),
        ("no files", described("files:\n", "x-files:\n")),
        ("files as a list", described("files:\n", "files: [abc.json]\nx-files:\n")),
    ];
    let told: Vec<_> = cases.iter().map(|(name, tree)| format!("# {name}\n{}", text(tree))).collect();
    assert!(told.iter().all(|told| told.lines().count() > 1));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn independent_changes_are_told_together_in_the_order_of_the_files() {
    let mut tree = with("documented/page/abc.json", b"abd");
    tree.insert("documented/recording/more.json".to_owned(), Vec::new());
    for stray in ["documented/notes.txt", "documented/zones.txt"] {
        tree.insert(stray.to_owned(), Vec::new());
    }
    let findings = check_sources("openapi", &tree);
    let files: Vec<_> = findings.iter().map(|finding| finding.file.as_str()).collect();
    let expected = ["notes.txt", "page/source.yaml", "recording/source.yaml", "zones.txt"];
    assert_eq!(files, expected.map(|file| format!("openapi/documented/{file}")));
}
