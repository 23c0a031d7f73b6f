//! The diff of the code is as small as the change of the contract.

use mde_codegen::Pointer;
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use crate::support::{base, code, tree};

/// For each text of the contract: the lines of the code that change with it.
#[test]
fn a_changed_text_changes_the_lines_that_show_it() {
    let tree = tree(&base());
    let before = code(&tree.to_string());
    let mut texts = Vec::new();
    collect(&tree, &Pointer::root(), &mut texts);
    assert!(texts.len() > 20);
    let mut shown = String::new();
    for pointer in texts {
        let mut changed = tree.clone();
        if let Some(Json::String(text)) = changed.pointer_mut(pointer.as_str()) {
            *text = format!("{} Changed.", text.trim_end());
        }
        shown += &format!("{pointer}\n");
        let after = code(&changed.to_string());
        for change in TextDiff::from_lines(&before, &after).iter_all_changes() {
            match change.tag() {
                ChangeTag::Equal => {}
                ChangeTag::Delete => {}
                ChangeTag::Insert => {
                    assert!(change.value().contains("Changed."), "{pointer} changes {:?}", change.value());
                    shown += &format!("    {}\n", change.value().trim());
                }
            }
        }
        assert_eq!(before.lines().count(), after.lines().count(), "{pointer}");
    }
    insta::assert_snapshot!(shown);
}

fn collect(value: &Json, pointer: &Pointer, texts: &mut Vec<Pointer>) {
    match value {
        Json::Object(entries) => {
            for (key, value) in entries {
                let child = pointer.child(key);
                if matches!(key.as_str(), "description" | "summary" | "display-name" | "user-role") {
                    texts.push(child.clone());
                }
                collect(value, &child, texts);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &pointer.child(index), texts);
            }
        }
        _ => {}
    }
}
