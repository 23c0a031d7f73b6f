//! Recording a deliberate change of a piece of evidence.

use xtask::evidence::{AttestError, Attested, attest};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// As `sha256sum` writes it, with a path that begins like another and names that a person would quote elsewhere.
const LIST: &str = "\
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  page/a.json
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  page/a.json.old
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  page/c: 'd' #1.http
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  page/größe.json
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  recording/source.yaml
";

/// The list after a change.
fn attested(list: &str, path: &str, bytes: Option<&[u8]>) -> String {
    match attest(list.as_bytes(), path, bytes).unwrap() {
        Attested::List(text) => text,
        Attested::Unchanged => panic!("{path} is said to be unchanged"),
    }
}

/// The list with one of its lines, counted from 1, replaced by others.
fn with_line(number: usize, lines: &str) -> String {
    let all = LIST.split_inclusive('\n').enumerate();
    all.map(|(index, line)| if index + 1 == number { lines } else { line }).collect()
}

fn findings(list: &[u8], path: &str) -> Vec<String> {
    match attest(list, path, Some(b"")) {
        Err(AttestError::Unreadable(findings)) => findings.iter().map(|finding| finding.position.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_file_changes_its_line_only() {
    assert_eq!(attested(LIST, "page/a.json", Some(b"")), with_line(1, &format!("{EMPTY}  page/a.json\n")));
    assert_eq!(attested(LIST, "page/a.json.old", Some(b"abc")), with_line(2, &format!("{ABC}  page/a.json.old\n")));
    let last = attested(LIST, "recording/source.yaml", Some(b"abc"));
    assert_eq!(last, with_line(5, &format!("{ABC}  recording/source.yaml\n")));
}

#[test]
fn a_new_file_gets_a_line_in_its_place() {
    for (path, line_after) in [("page/a", 1), ("page/a.jsom", 1), ("page/b.json", 3), ("page/z", 5)] {
        let after = LIST.lines().nth(line_after - 1).unwrap();
        let expected = with_line(line_after, &format!("{ABC}  {path}\n{after}\n"));
        assert_eq!(attested(LIST, path, Some(b"abc")), expected, "{path}");
    }
    // The order is that of the bytes: capitals first, what is not ASCII last, and a slash after a hyphen.
    assert_eq!(attested(LIST, "Z/a", Some(b"abc")), format!("{ABC}  Z/a\n{LIST}"));
    assert_eq!(attested(LIST, "ö/a", Some(b"abc")), format!("{LIST}{ABC}  ö/a\n"));
    assert_eq!(attested(LIST, "page-two/a", Some(b"abc")), format!("{ABC}  page-two/a\n{LIST}"));
}

#[test]
fn a_removed_file_loses_its_line() {
    for (index, line) in LIST.lines().enumerate() {
        let path = line.split_once("  ").unwrap().1;
        assert_eq!(attested(LIST, path, None), with_line(index + 1, ""), "{path}");
    }
}

#[test]
fn what_was_recorded_is_taken_back_by_recording_what_was() {
    for path in ["page/a b.json", "page/'a'", "page/*", "page/ a ", "page/a  b", "page/a:b", "größe/#", "-/--"] {
        let added = attested(LIST, path, Some(b"abc"));
        assert_eq!(attest(added.as_bytes(), path, Some(b"abc")).unwrap(), Attested::Unchanged, "{path}");
        let changed = attested(&added, path, Some(b""));
        assert_eq!(attested(&changed, path, Some(b"abc")), added, "{path}");
        assert_eq!(attested(&changed, path, None), LIST, "{path}");
    }
}

#[test]
fn the_list_begins_and_ends_empty() {
    let one = format!("{ABC}  page/a.json\n");
    assert_eq!(attested("", "page/a.json", Some(b"abc")), one);
    assert_eq!(attested(&one, "page/a.json", None), "");
}

#[test]
fn line_ends_stay_as_they_are() {
    let windows = LIST.replace('\n', "\r\n");
    assert_eq!(attested(&windows, "page/a.json", Some(b"")), windows.replacen(ABC, EMPTY, 1));
    assert_eq!(attested(&windows, "zone/a", Some(b"abc")), format!("{windows}{ABC}  zone/a\r\n"));
    assert_eq!(attested(&windows, "recording/source.yaml", None), with_line(5, "").replace('\n', "\r\n"));
    let mixed = LIST.replacen('\n', "\r\n", 2);
    assert_eq!(attested(&mixed, "recording/source.yaml", None), with_line(5, "").replacen('\n', "\r\n", 2));
}

#[test]
fn a_last_line_without_an_end_is_a_line() {
    let list = LIST.trim_end();
    assert_eq!(attest(list.as_bytes(), "recording/source.yaml", Some(b"")).unwrap(), Attested::Unchanged);
    assert_eq!(attested(list, "zone/a", Some(b"abc")), format!("{LIST}{ABC}  zone/a\n"));
    assert_eq!(attested(list, "page/a.json", None), with_line(1, ""));
}

#[test]
fn nothing_to_record_is_reported() {
    assert!(matches!(attest(LIST.as_bytes(), "page/nothing.json", None), Err(AttestError::Nothing)));
    for (path, bytes) in [("page/a.json", "abc"), ("page/c: 'd' #1.http", ""), ("page/größe.json", "abc")] {
        assert_eq!(attest(LIST.as_bytes(), path, Some(bytes.as_bytes())).unwrap(), Attested::Unchanged, "{path}");
    }
}

#[test]
fn a_path_that_no_line_can_hold_is_reported() {
    for path in ["", "a", "/a", "a/", "a/b/c", "./a", "../a", "a/..", "a/b\\c", "a\\b/c", "a/b\nc", "a/b\r"] {
        for bytes in [Some(&b"abc"[..]), None] {
            assert!(matches!(attest(LIST.as_bytes(), path, bytes), Err(AttestError::Unlistable)), "{path:?}");
        }
    }
}

#[test]
fn a_list_with_a_fault_anywhere_is_not_touched() {
    let twice = format!("{LIST}{ABC}  recording/source.yaml\n");
    assert_eq!(findings(twice.as_bytes(), "page/a.json"), ["6:67"]);
    assert_eq!(findings(format!("{LIST}{ABC}  page/b\n").as_bytes(), "page/a.json"), ["6:67"]);
    assert_eq!(findings(format!("\n{LIST}<<<<<<< ours\n").as_bytes(), "page/a.json"), ["1:1", "7:1"]);
    assert_eq!(findings(b"\n\n\xc3\xb6\xff", "page/a.json"), ["3:2"]);
}

#[test]
fn every_error_is_a_sentence() {
    let errors = [
        attest(LIST.as_bytes(), "page/nothing.json", None),
        attest(LIST.as_bytes(), "page/old/a.json", Some(b"")),
        attest(format!("{LIST}\n{ABC}\n").as_bytes(), "page/a.json", Some(b"")),
    ];
    let errors: Vec<_> = errors.into_iter().map(|error| error.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n\n"));
}
