//! Named strings with `enum`, which become enums in Rust.

use serde_json::Value as Json;

use super::reader::Reader;
use super::rules;
use crate::model::Enumeration;
use crate::pointer::Pointer;

impl Reader<'_> {
    /// The values of a named string with `enum`.
    pub(super) fn enumeration(&mut self, pointer: &Pointer) -> Option<Enumeration> {
        let pointer = pointer.child("enum");
        let items: Vec<_> = self.items(&pointer).collect();
        if items.is_empty() {
            let help = "list the values that may be sent";
            self.report(rules::ENUM_VALUES, &pointer, "the enum lists no value", help);
            return None;
        }
        let mut names = Vec::new();
        for (value, pointer) in items {
            match value {
                Json::String(text) if text.trim() == text => names.push((text.as_str(), pointer)),
                other => {
                    let message =
                        format!("{other} is not a text without spaces around it, as each value of an enum is");
                    let help = "write it as a text; what is a number has bounds in place of an enum";
                    self.report(rules::ENUM_VALUES, &pointer, message, help);
                    return None;
                }
            }
        }
        let values = names.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.variant_names(&names).then_some(Enumeration { values })
    }
}
