//! Looking up what the sources state and show in the pages that a reviewer has.

use xtask::evidence::{Attested, Pages, Tree, attest, check_pages};

const PAGE: &str = "# Get a host\n\nAt most 1500 calls per day.\n\n```\nGET /hosts/a\n\n{\n  \"name\": \"a\"\n}\n{\n  \"name\": \"b\"\n}\n```\n";

/// A source with the page above, of which everything is as the page has it.
const SOURCE: &str = "\
title: Get a host
page: {sha256: DIGEST}
facts:
  quota:
    - {calls: 1500, seconds: 86400, as-stated: [1500 calls per day, At most 1500]}
exchanges:
  - {request: request.http, status: 200, answer: answer.json}
";

const REQUEST: &str = "GET /hosts/a\n";
const ANSWER: &str = "{\n  \"name\": \"a\"\n}\n";

/// The SHA-256 of some bytes, as the list of the evidence has it.
fn sha256(bytes: &[u8]) -> String {
    match attest(b"", "source/file", Some(bytes)).unwrap() {
        Attested::List(list) => list[..64].to_owned(),
        Attested::Unchanged => panic!("an empty list has every file"),
    }
}

/// What is reported where one thing of the source is another.
fn report(find: &str, replace: &str, pages: &[(&str, &[u8])]) -> String {
    let files = [("source.yaml", SOURCE), ("request.http", REQUEST), ("answer.json", ANSWER)];
    let edited = |text: &str| text.replace(find, replace).replace("DIGEST", &sha256(PAGE.as_bytes()));
    let tree: Tree =
        files.iter().map(|(file, text)| (format!("documented/host/{file}"), edited(text).into_bytes())).collect();
    let pages: Pages = pages.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    let report = check_pages("openapi", &tree, &pages);
    let findings = report.findings.iter().map(ToString::to_string);
    findings.chain(report.lines).collect::<Vec<_>>().join("\n")
}

fn with_page(find: &str, replace: &str) -> String {
    report(find, replace, &[("any name.txt", PAGE.as_bytes())])
}

#[test]
fn a_page_is_known_by_its_digest_whatever_its_name_is() {
    assert_eq!(with_page("", ""), "host: 5 of 5 statements are in any name.txt");
}

#[test]
fn a_page_that_is_not_there_is_no_finding_and_one_of_no_source_is_mentioned() {
    let digest = sha256(PAGE.as_bytes());
    let expected = format!("host: not verified, its page {digest} is not there\nother.txt: the page of no source");
    assert_eq!(report("", "", &[("other.txt", b"# Get a host\n")]), expected);
}

#[test]
fn a_page_that_is_no_text_is_a_finding() {
    let bytes = b"\xff";
    let reported = report("DIGEST", &sha256(bytes), &[("page.bin", bytes)]);
    assert!(reported.contains("the page page.bin is not UTF-8"), "{reported}");
}

#[test]
fn what_is_not_in_the_page_to_the_letter_is_found() {
    let changes = [
        ("title: Get a host", "title: Get hosts"),
        ("1500 calls per day,", "500 calls per day,"),
        ("1500 calls per day,", "1500 calls per days,"),
        ("At most 1500]", "at most 1500]"),
        ("GET /hosts/a\n", "GET /hosts/b\n"),
        ("\"name\": \"a\"", "\"name\": \"c\""),
        // Each line is in the page, but not in this order.
        ("\"name\": \"a\"\n}", "\"name\": \"a\"\n}\n}"),
        // JSON does not mind, the letter does.
        ("  \"name\": \"a\"", "\"name\": \"a\""),
    ];
    let reported = changes.map(|(find, replace)| format!("# {replace}\n{}", with_page(find, replace)));
    assert!(reported.iter().all(|text| text.contains("host: 4 of 5 statements")), "{reported:?}");
    insta::assert_snapshot!(reported.join("\n\n"));
}
