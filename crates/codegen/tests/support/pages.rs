//! The pages of the rules: their examples, as changes of the base contract.

use mde_codegen::{Document, Finding};
use serde_json::Value as Json;

/// The bad and the good example of a page.
pub(crate) fn examples(page: &str) -> [&str; 2] {
    let parts = || {
        let (_, examples) = page.split_once("\n\n## Bad\n\n```yaml\n")?;
        let (bad, good) = examples.split_once("```\n\n## Good\n\n```yaml\n")?;
        Some([bad, good.strip_suffix("```\n")?])
    };
    parts().unwrap_or_else(|| panic!("a page ends with a bad and a good example:\n{page}"))
}

/// The base contract with an excerpt merged into it, as in RFC 7386: mappings are merged, null removes, anything else
/// replaces.
pub(crate) fn merged(base: &str, excerpt: &str) -> Result<String, Box<Finding>> {
    let mut contract = Document::parse("base", base).unwrap().root().clone();
    merge(&mut contract, Document::parse("excerpt", excerpt)?.root());
    Ok(contract.to_string())
}

fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(serde_json::Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Json::Null), value);
        }
    }
}
