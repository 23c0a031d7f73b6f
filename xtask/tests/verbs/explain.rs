//! `explain` shows what a rule asks for and why.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::support::{Copy, assert_runs};

#[test]
fn a_rule_has_a_page_and_a_change_is_explained_with_what_it_breaks() {
    let copy = Copy::new();
    let rules = ["evidence-is-text", "operation-id-renamed"];
    assert_runs("explain-pages", rules.map(|rule| (rule, copy.run(&["explain", rule]))));
}

#[test]
fn all_rules_are_listed_each_once_and_each_is_explained() {
    let copy = Copy::new();
    let list = copy.run(&["explain"]);
    assert_eq!(list.code, 0);
    let ids: Vec<_> =
        list.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(ids.len() > 100, "{}", list.stdout);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a name stands for two rules");
    for id in ids {
        let run = copy.run(&["explain", id]);
        assert_eq!(run.code, 0, "{id}");
        assert!(run.stdout.starts_with(&format!("# {id}\n\n")), "{}", run.stdout);
    }
}

#[test]
fn an_unknown_rule_is_a_wrong_call_and_those_of_like_names_are_offered() {
    let copy = Copy::new();
    let unknown = ["one-eror-schem", "xyz"];
    assert_runs("explain-unknown", unknown.map(|rule| (rule, copy.run(&["explain", rule]))));
}

#[test]
fn a_closed_output_is_not_an_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let mut child = command.arg("explain").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
