//! What the generator makes of a value of an answer, as far as it takes to see that two are not the same.

use heck::ToPascalCase;

use super::Walk;
use super::place::At;
use super::schemas::{Kind, kind};
use crate::diff::Side;

impl<'a> Walk<'a> {
    /// What a schema of a contract is called in the new one.
    pub(super) fn new_name(&self, at: &At<'a>, name: &str) -> String {
        let renamed = self.renames.get(name).filter(|_| at.side == Side::Base);
        renamed.cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The type of a field. A list that may be left out is empty then.
    pub(super) fn field_type(&self, property: &At<'a>, required: bool) -> String {
        let plain = self.value_type(property);
        let may_be_missing = !required && property.text("type") != "array";
        if may_be_missing || property.flag("nullable") { format!("Option<{plain}>") } else { plain }
    }

    pub(super) fn value_type(&self, schema: &At<'a>) -> String {
        if let Some(name) = schema.schema_name() {
            return match schema.schema(name).map(|target| kind(&target)) {
                Some(Kind::Address) => "IpAddr".to_owned(),
                Some(Kind::Moment) => "Timestamp".to_owned(),
                _ => self.new_name(schema, name).to_pascal_case(),
            };
        }
        match (schema.text("type"), schema.text("format")) {
            ("array", _) => format!("Vec<{}>", self.item_type(schema)),
            ("integer", format) => integer(format).to_owned(),
            ("number", "float") => "f32".to_owned(),
            (name, _) => name.to_owned(),
        }
    }

    fn item_type(&self, list: &At<'a>) -> String {
        list.get("items").map(|items| self.field_type(&items, true)).unwrap_or_default()
    }
}

/// The integer of Rust for a format; what is no width is as wide as can be.
fn integer(format: &str) -> &str {
    match format {
        "int8" => "i8",
        "uint8" => "u8",
        "int16" => "i16",
        "uint16" => "u16",
        "int" | "int32" => "i32",
        "uint" | "uint32" => "u32",
        "uint64" => "u64",
        _ => "i64",
    }
}
