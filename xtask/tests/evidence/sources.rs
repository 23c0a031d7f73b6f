//! Findings about sources without a sound description, and about evidence that is not as attested.

use xtask::evidence::{Attested, Tree, attest, check_sources};

const DESCRIPTION: &str = "\
title: A page
publisher: not recorded
date: 2024-01-31
kind: documentation
about: What the page says.
facts: {}
exchanges: []
";

const LIST: &str = "documented/SHA256SUMS";

/// What `sha256sum */*` writes in the folder; the SHA-256 of `abc` and of nothing are those of the standard.
const SUMS: &str = "\
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  page/abc.json
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  page/empty.http
b4a7acde9dd804f1f70db43a763ecbfc330e5ea8ac959966d50b41fd8c15e0eb  page/source.yaml
f81b23ea8705b391d88188c875805bd3e8dbf50a65b3742bc57711cb7eedbc00  recording/source.yaml
";

/// Two sources, the second with nothing but its description, and a file that belongs to none on purpose.
fn tree() -> Tree {
    let second =
        "title: B\npublisher: not recorded\ndate: unknown\nkind: recording\nabout: B\nfacts: {}\nexchanges: []\n";
    let files: [(&str, &[u8]); 6] = [
        (LIST, SUMS.as_bytes()),
        ("documented/page/source.yaml", DESCRIPTION.as_bytes()),
        ("documented/page/abc.json", b"abc"),
        ("documented/page/empty.http", b""),
        ("documented/recording/source.yaml", second.as_bytes()),
        ("rulings.yaml", b"- no source\n"),
    ];
    files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()
}

/// With another file, or one that is another.
fn with(path: &str, bytes: impl AsRef<[u8]>) -> Tree {
    let mut tree = tree();
    tree.insert(path.to_owned(), bytes.as_ref().to_vec());
    tree
}

fn without(path: &str) -> Tree {
    let mut tree = tree();
    tree.remove(path).unwrap();
    tree
}

/// A text with one thing replaced.
fn edited(text: &str, find: &str, replace: &str) -> String {
    assert_eq!(text.matches(find).count(), 1, "{find:?}");
    text.replace(find, replace)
}

/// The list with one thing replaced.
fn listed(find: &str, replace: &str) -> Tree {
    with(LIST, edited(SUMS, find, replace))
}

/// The description of the first source with one thing replaced, and attested.
fn described(find: &str, replace: &str) -> Tree {
    attested(with("documented/page/source.yaml", edited(DESCRIPTION, find, replace)), "page/source.yaml")
}

/// The tree after a file is attested as it is.
fn attested(mut tree: Tree, path: &str) -> Tree {
    let bytes = tree.get(&format!("documented/{path}")).map(Vec::as_slice);
    if let Attested::List(text) = attest(&tree[LIST], path, bytes).unwrap() {
        tree.insert(LIST.to_owned(), text.into_bytes());
    }
    tree
}

fn text(tree: &Tree) -> String {
    let findings: Vec<_> = check_sources("openapi", tree).iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}

/// The findings of each case, of which there is at least one.
fn report<const N: usize>(cases: [(&str, Tree); N]) -> String {
    let reported = cases.map(|(name, tree)| format!("# {name}\n{}", text(&tree)));
    assert!(reported.iter().all(|text| text.lines().count() > 1), "{reported:?}");
    reported.join("\n\n")
}

#[test]
fn evidence_as_attested_has_no_findings() {
    assert_eq!(text(&tree()), "");
    assert_eq!(text(&Tree::new()), "");
    assert_eq!(text(&Tree::from([(LIST.to_owned(), Vec::new())])), "");
}

#[test]
fn a_list_with_windows_line_ends_or_without_a_last_one_says_the_same() {
    assert_eq!(text(&with(LIST, SUMS.replace('\n', "\r\n"))), "");
    assert_eq!(text(&with(LIST, SUMS.trim_end())), "");
}

#[test]
fn each_change_of_the_evidence_is_reported() {
    let reported = report([
        ("a changed byte", with("documented/page/abc.json", "abd")),
        ("a changed description", with("documented/page/source.yaml", edited(DESCRIPTION, "A page", "Another"))),
        ("a missing file", without("documented/page/abc.json")),
        ("an unlisted file", with("documented/page/more.json", "{}")),
        ("a list that is gone", without(LIST)),
        ("a list that is empty", with(LIST, "")),
    ]);
    insta::assert_snapshot!(reported);
}

#[test]
fn each_fault_of_the_list_is_reported() {
    let abc = SUMS.lines().next().unwrap();
    let reported = report([
        ("a digest in capitals", listed("ba7816bf", "bA7816BF")),
        ("a digest with a digit less", listed("0015ad  ", "0015a  ")),
        ("a digest with a digit more", listed("0015ad  ", "0015ad0  ")),
        ("the mark of a binary file", listed("  page/abc", " *page/abc")),
        ("the mark of an escaped name", listed("ba7816bf", "\\ba7816bf")),
        ("a path from elsewhere", listed("page/abc.json", "./page/abc.json")),
        ("the list itself", with(LIST, format!("{}  SHA256SUMS\n{SUMS}", "0".repeat(64)))),
        ("a line that ends too early", listed("  page/abc.json", "")),
        ("an empty line", listed("page/abc.json\n", "page/abc.json\n\n")),
        ("a line of a merge", listed("page/abc.json\n", "page/abc.json\n<<<<<<< ours\n")),
        ("the same line twice", listed("page/abc.json\n", &format!("page/abc.json\n{abc}\n"))),
        (
            "two digests for a file",
            listed("page/abc.json\n", &format!("page/abc.json\n{}  page/abc.json\n", "0".repeat(64))),
        ),
        ("a line that stands too late", with(LIST, format!("{}{abc}\n", edited(SUMS, &format!("{abc}\n"), "")))),
        ("a list that is not UTF-8", with(LIST, [SUMS.as_bytes(), "ö\u{df}".as_bytes(), b"\xff"].concat())),
    ]);
    insta::assert_snapshot!(reported);
}

#[test]
fn each_fault_of_a_description_is_reported() {
    let broken = |bytes: &[u8]| attested(with("documented/page/source.yaml", bytes), "page/source.yaml");
    let reported = report([
        ("a folder without a description", attested(with("documented/new/abc.json", "abc"), "new/abc.json")),
        ("a description that is gone", attested(without("documented/page/source.yaml"), "page/source.yaml")),
        ("a file beside the folders", with("documented/notes.txt", "")),
        ("a file in a folder within", with("documented/page/old/abc.json", "abc")),
        ("a description that is no YAML", broken(b"title: [\n")),
        ("a description that is not UTF-8", broken(b"title: \xff\n")),
        ("a description that is empty", broken(b"")),
        ("a missing title", described("title: A page\n", "")),
        ("an empty publisher", described("not recorded", "''")),
        ("a date that is a number", described("2024-01-31", "2024")),
    ]);
    insta::assert_snapshot!(reported);
}

#[test]
fn what_is_recorded_is_in_order() {
    let cases = [
        (with("documented/page/abc.json", "abd"), "page/abc.json"),
        (with("documented/page/more.json", "{}"), "page/more.json"),
        (without("documented/page/abc.json"), "page/abc.json"),
        (without("documented/recording/source.yaml"), "recording/source.yaml"),
    ];
    for (tree, path) in cases {
        assert_eq!(check_sources("openapi", &tree).len(), 1, "{path}");
        assert_eq!(text(&attested(tree, path)), "");
    }
}

/// A line that cannot be read may be that of any file, so no file is said to have none.
#[test]
fn a_line_that_cannot_be_read_hides_no_other_change() {
    let mut tree = listed("ba7816bf", "BA7816BF");
    tree.insert("documented/page/empty.http".to_owned(), b"abc".to_vec());
    let places: Vec<_> = check_sources("openapi", &tree).iter().map(|finding| finding.position.to_string()).collect();
    assert_eq!(places, ["1:1", "2:1"]);
}

#[test]
fn what_is_wrong_is_what_stands_between_the_place_and_the_end() {
    let spans = |tree: &Tree| {
        let findings = check_sources("openapi", tree);
        findings.iter().map(|finding| format!("{}-{}", finding.position, finding.end)).collect::<Vec<_>>()
    };
    assert_eq!(spans(&with("documented/page/abc.json", "abd")), ["1:1-1:65"]);
    assert_eq!(spans(&without("documented/page/empty.http")), ["2:67-2:82"]);
    assert_eq!(spans(&listed("  page/abc.json", " *größe")), ["1:65-1:72"]);
    assert_eq!(spans(&with("documented/page/more.json", "")), ["1:1-1:1"]);
}

#[test]
fn independent_changes_are_reported_together_in_the_order_of_the_files() {
    let mut tree = with("documented/page/abc.json", "abd");
    for path in ["recording/more.json", "notes.txt", "zones.txt"] {
        tree.insert(format!("documented/{path}"), Vec::new());
    }
    tree.insert("documented/page/source.yaml".to_owned(), b"title: [\n".to_vec());
    let findings = check_sources("openapi", &tree);
    let places: Vec<_> = findings.iter().map(|finding| format!("{}:{}", finding.file, finding.position)).collect();
    let expected = [
        "SHA256SUMS:1:1",
        "SHA256SUMS:1:1",
        "SHA256SUMS:3:1",
        "notes.txt:1:1",
        "page/source.yaml:2:1",
        "zones.txt:1:1",
    ];
    assert_eq!(places, expected.map(|file| format!("openapi/documented/{file}")));
}
