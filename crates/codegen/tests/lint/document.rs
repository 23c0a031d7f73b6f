//! Parsing YAML into a tree with positions.

use mde_codegen::{Document, Pointer, Position};
use serde_json::json;

const TEXT: &str = "\
# A comment, so that the first line is empty.
plain: text
'quoted key': \"value\"
nested:
  list:
    - one
    - {two: 2, größe: 3}
  200: number
empty:
";

fn parse(text: &str) -> Document {
    Document::parse("trial.yaml", text).unwrap()
}

fn at(keys: &[&str]) -> Pointer {
    keys.iter().fold(Pointer::root(), |pointer, key| pointer.child(key))
}

fn position(line: usize, column: usize) -> Position {
    Position { line, column }
}

#[test]
fn the_tree_equals_that_of_the_same_json() {
    let document = parse(TEXT);
    let expected = json!({
        "plain": "text",
        "quoted key": "value",
        "nested": {"list": ["one", {"two": 2, "größe": 3}], "200": "number"},
        "empty": null,
    });
    assert_eq!(document.root(), &expected);
    assert_eq!(document.name(), "trial.yaml");
    assert_eq!(document.get(&at(&["nested", "list", "1", "two"])), Some(&json!(2)));
    assert_eq!(document.get(&at(&["nested", "list", "2"])), None);
}

#[test]
fn every_value_and_every_key_has_a_position() {
    let document = parse(TEXT);
    let places = [
        (at(&[]), (2, 1), (1, 1)),
        (at(&["plain"]), (2, 8), (2, 1)),
        (at(&["quoted key"]), (3, 15), (3, 1)),
        (at(&["nested"]), (5, 3), (4, 1)),
        (at(&["nested", "list"]), (6, 5), (5, 3)),
        (at(&["nested", "list", "0"]), (6, 7), (6, 7)),
        (at(&["nested", "list", "1"]), (7, 7), (7, 7)),
        (at(&["nested", "list", "1", "two"]), (7, 13), (7, 8)),
        // Columns count characters, not bytes.
        (at(&["nested", "list", "1", "größe"]), (7, 23), (7, 16)),
        (at(&["nested", "200"]), (8, 8), (8, 3)),
    ];
    for (pointer, value, key) in places {
        assert_eq!(document.position(&pointer), position(value.0, value.1), "the value at {pointer}");
        assert_eq!(document.key_position(&pointer), position(key.0, key.1), "the key at {pointer}");
    }
}

#[test]
fn a_missing_value_has_the_position_of_its_nearest_ancestor() {
    let document = parse(TEXT);
    assert_eq!(document.key_position(&at(&["nested", "list", "1", "three", "four"])), position(7, 7));
    assert_eq!(document.key_position(&at(&["nested", "absent"])), position(4, 1));
    assert_eq!(document.key_position(&at(&["absent"])), position(1, 1));
    assert_eq!(document.position(&at(&["nested", "absent"])), position(5, 3));
}

#[test]
fn a_finding_points_to_a_scalar_itself_and_to_the_key_of_anything_else() {
    let document = parse(TEXT);
    let place = |keys: &[&str]| document.finding("trial", &at(keys), "It is so", "fix it").position;
    assert_eq!(place(&["plain"]), position(2, 8));
    assert_eq!(place(&["nested", "list"]), position(5, 3));
    assert_eq!(place(&["nested", "list", "1"]), position(7, 7));
    assert_eq!(place(&["nested", "absent"]), position(4, 1));
    let shown = document.finding("trial", &at(&["plain"]), "It is so", "fix it").to_string();
    assert_eq!(shown, "trial.yaml:2:8: It is so\n  at /plain [trial]\n  help: fix it");
}

#[test]
fn keys_are_sorted() {
    let keys: Vec<_> = parse("b: 1\nA: 2\na: 3\n").root().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["A", "a", "b"]);
}

#[test]
fn an_alias_is_a_copy_with_a_position_of_its_own() {
    let document = parse("first: &name {a: 1}\nsecond: *name\n");
    assert_eq!(document.root(), &json!({"first": {"a": 1}, "second": {"a": 1}}));
    assert_eq!(document.position(&at(&["second"])), position(2, 9));
    assert_eq!(document.position(&at(&["second", "a"])), position(1, 18));
}

#[test]
fn json_and_windows_line_endings_are_accepted() {
    assert_eq!(parse(r#"{"a": [1, -2.5, true, null]}"#).root(), &json!({"a": [1, -2.5, true, null]}));
    assert_eq!(parse("a: |\r\n  one\r\n  two\r\nb: 1\r\n").root(), &json!({"a": "one\ntwo\n", "b": 1}));
    assert_eq!(parse("\u{feff}a: 1\n").root(), &json!({"a": 1}));
}

#[test]
fn scalars_have_the_types_of_yaml_1_2() {
    let document = parse("[yes, 'true', 2024-01-31, 1.2.3, 0x1F, !!str 5, 1e3]");
    assert_eq!(document.root(), &json!(["yes", "true", "2024-01-31", "1.2.3", 31, "5", 1000.0]));
}

/// Unreadable texts, each with the position, the pointer and the message.
#[test]
fn what_json_cannot_represent_is_rejected_with_its_position() {
    let cases = [
        ("empty", "", "1:1 / the file has 0 documents instead of one"),
        ("only a comment", "# nothing\n", "1:1 / the file has 0 documents instead of one"),
        ("two documents", "a: 1\n---\nb: 2\n", "1:1 / the file has 2 documents instead of one"),
        ("a key twice", "a: 1\nb:\n  c: 1\n  c: 2\n", "4:3 / duplicated key in mapping"),
        ("a key twice, as number and text", "a:\n  200: 1\n  '200': 2\n", "3:3 /a/200 duplicate key \"200\""),
        ("a key that is a float", "a:\n  1.5: x\n", "2:3 /a a key is not a string"),
        ("a key that is a truth", "a: {true: x}\n", "1:5 /a a key is not a string"),
        ("a key that is a list", "a: {[b]: x}\n", "1:5 /a a key is not a string"),
        (
            "a merge key",
            "a: &b {c: 1}\nd:\n  <<: *b\n",
            "3:3 /d/<< merge keys are a YAML 1.1 feature and not supported",
        ),
        ("a tag on a mapping", "a: !thing {b: 1}\n", "1:4 /a the tag !thing is not supported"),
        ("a tag on a list", "a:\n  - !thing [1]\n", "2:5 /a/0 the tag !thing is not supported"),
        ("a tag that does not fit", "a: !!int x\n", "1:4 /a this value cannot be read"),
        ("no number", "a: [.nan]\n", "1:5 /a/0 NaN is not a JSON number"),
        ("an endless number", "a: -.inf\n", "1:4 /a -inf is not a JSON number"),
        ("a number too large", "a: 1e999\n", "1:4 /a inf is not a JSON number"),
        ("an unknown alias", "a: *b\n", "1:4 / while parsing node, found unknown anchor"),
        ("an alias of itself", "a: &b [*b]\n", "1:8 /a/0 this value cannot be read"),
        ("a tab", "a:\n\tb: 1\n", "2:2 / tabs disallowed within this context (block indentation)"),
        ("an open quote", "a: \"b\n", "1:4 / while scanning a quoted scalar, found unexpected end of stream"),
        ("an open bracket", "a: [1, 2\n", "2:1 / while parsing a flow sequence, expected ',' or ']'"),
    ];
    for (name, text, expected) in cases {
        let finding = Document::parse("trial.yaml", text).unwrap_err();
        assert_eq!(format!("{} {} {}", finding.position, finding.pointer, finding.message), expected, "{name}");
        assert_eq!(finding.rule, "readable-yaml", "{name}");
        assert_eq!(finding.file, "trial.yaml", "{name}");
    }
}

#[test]
fn deep_nesting_is_rejected_before_it_overflows_the_stack() {
    let stairs: String = (0..5000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    for (name, text, place) in [("lists", "- ".repeat(50_000), (1, 201)), ("mappings", stairs, (101, 101))] {
        let finding = Document::parse("trial.yaml", &text).unwrap_err();
        assert_eq!(finding.position, position(place.0, place.1), "{name}");
        assert_eq!(finding.message, "mappings and lists are nested more than 100 levels deep", "{name}");
    }
    assert!(Document::parse("trial.yaml", &format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
    assert!(Document::parse("trial.yaml", &"[".repeat(50_000)).is_err());
}

#[test]
fn aliases_of_aliases_do_not_exhaust_the_memory() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert!(Document::parse("trial.yaml", &text).is_err());
}
