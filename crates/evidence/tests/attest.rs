//! Recording a deliberate change of a piece of evidence.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mde_evidence::{AttestError, Attested, attest};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// With all that a person may write: comments, quotes, lines of their own, a key that looks like another.
const DESCRIPTION: &str = "\
# What one source says.
title: 'A   page'   # as printed

facts:
  files:   {not: these}
  list: [1,
    2]

files:
  a.json: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
  a.json.old: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  c.http: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

# The end.
notes: none
";

/// The description after a change.
fn attested(description: &str, name: &str, bytes: Option<&[u8]>) -> String {
    match attest(description, name, bytes).unwrap() {
        Attested::Description(text) => text,
        Attested::Unchanged => panic!("{name} is said to be unchanged"),
    }
}

#[test]
fn a_changed_file_changes_its_line_only() {
    let changed = attested(DESCRIPTION, "a.json", Some(b""));
    assert_eq!(changed, DESCRIPTION.replacen(ABC, EMPTY, 1));
}

#[test]
fn a_file_whose_name_begins_like_another_is_told_from_it() {
    let changed = attested(DESCRIPTION, "a.json.old", Some(b"abc"));
    let line = format!("  a.json.old: {EMPTY}");
    assert_eq!(changed, DESCRIPTION.replace(&line, &format!("  a.json.old: {ABC}")));
    let added = attested(DESCRIPTION, "a", Some(b"abc"));
    assert_eq!(added, DESCRIPTION.replace("  c.http:", &format!("  a: {ABC}\n  c.http:")));
}

#[test]
fn a_new_file_gets_a_line_in_its_place() {
    let added = attested(DESCRIPTION, "b.json", Some(b"abc"));
    assert_eq!(added, DESCRIPTION.replace("  c.http:", &format!("  b.json: {ABC}\n  c.http:")));
    let last = attested(DESCRIPTION, "d.json", Some(b"abc"));
    assert_eq!(last, DESCRIPTION.replace("\n\n# The end.", &format!("\n  d.json: {ABC}\n\n# The end.")));
}

#[test]
fn a_removed_file_loses_its_line() {
    let removed = attested(DESCRIPTION, "c.http", None);
    assert_eq!(removed, DESCRIPTION.replace(&format!("  c.http: {EMPTY}\n"), ""));
}

#[test]
fn the_last_line_leaves_an_empty_list_and_the_first_takes_its_place() {
    let one = format!("title: T\nfiles:\n  a.json: {ABC}\n");
    let none = "title: T\nfiles: {}\n";
    assert_eq!(attested(&one, "a.json", None), none);
    assert_eq!(attested(none, "a.json", Some(b"abc")), one);
}

#[test]
fn a_file_that_is_as_attested_is_unchanged_whatever_the_rest_looks_like() {
    assert_eq!(attest(DESCRIPTION, "a.json", Some(b"abc")).unwrap(), Attested::Unchanged);
    let without_end = DESCRIPTION.trim_end();
    assert_eq!(attest(without_end, "a.json", Some(b"abc")).unwrap(), Attested::Unchanged);
    let in_one_line = format!("files: {{a.json: {ABC}}}\n");
    assert_eq!(attest(&in_one_line, "a.json", Some(b"abc")).unwrap(), Attested::Unchanged);
}

#[test]
fn windows_line_ends_stay() {
    let windows = DESCRIPTION.replace('\n', "\r\n");
    assert_eq!(attested(&windows, "a.json", Some(b"")), windows.replacen(ABC, EMPTY, 1));
}

#[test]
fn a_name_that_yaml_would_read_in_another_way_is_quoted() {
    for name in ["a #1.json", "a: b.json", "'a'.json", "größe.json", "- a", "{a}", "200", "a b.json"] {
        let added = attested(DESCRIPTION, name, Some(b"abc"));
        assert_eq!(attest(&added, name, Some(b"abc")).unwrap(), Attested::Unchanged, "{name}");
        assert_eq!(attested(&added, name, None), DESCRIPTION, "{name}");
    }
    let quoted = format!("files:\n  'a.json': {ABC}\n");
    assert_eq!(attested(&quoted, "a.json", Some(b"")), format!("files:\n  a.json: {EMPTY}\n"));
}

#[test]
fn an_unsorted_list_keeps_its_order() {
    let unsorted = format!("files:\n  c: {ABC}\n  # The first of two.\n  a: {ABC}\n");
    assert_eq!(
        attested(&unsorted, "a", Some(b"")),
        format!("files:\n  c: {ABC}\n  # The first of two.\n  a: {EMPTY}\n")
    );
}

#[test]
fn what_cannot_be_recorded_is_told() {
    assert!(matches!(attest(DESCRIPTION, "nothing.json", None), Err(AttestError::Nothing)));
    assert!(matches!(attest("title: [\n", "a.json", Some(b"")), Err(AttestError::Unreadable(_))));
    for list in ["title: T\n", "files: [a.json]\n", "files: {a.json: b}\n", "files:\n    a.json: b\n\n  b.json: c\n"] {
        assert!(attest(list, "new.json", Some(b"")).is_err(), "{list:?}");
    }
    // Of an entry in two lines only the first would be another.
    let in_two_lines = format!("files:\n  a:\n    {ABC}\n");
    assert!(matches!(attest(&in_two_lines, "a", Some(b"")), Err(AttestError::NoList)));
    // An entry that stands apart from the list would be written twice.
    let apart = format!("files:\n  a: {ABC}\n\n  b: {ABC}\n");
    assert!(matches!(attest(&apart, "b", Some(b"")), Err(AttestError::NoList)));
}

#[test]
fn every_error_is_a_sentence() {
    let errors = [
        attest(DESCRIPTION, "nothing.json", None),
        attest("title: [\n", "a.json", Some(b"")),
        attest("title: T\n", "a.json", Some(b"")),
    ];
    let errors: Vec<_> = errors.into_iter().map(|error| error.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n\n"));
}
