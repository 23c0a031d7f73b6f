//! What a body is: the type that progenitor wrote for its schema, and the properties that its fields are.

use heck::ToSnakeCase;
use proc_macro2::Ident;
use quote::format_ident;
use serde_json::Value as Json;
use syn::{Expr, Field, ItemStruct, LitStr, Type};

use crate::document::Document;
use crate::pointer::Pointer;

/// The type of a body.
pub(crate) struct Body {
    /// What the contract calls its schema.
    pub(crate) schema: String,
    pub(crate) name: Ident,
    /// In the order of the type.
    pub(crate) properties: Vec<Property>,
}

/// A property of a body, and the field that it is.
pub(crate) struct Property {
    /// Its name in JSON.
    pub(crate) wire_name: String,
    pub(crate) field: Ident,
    pub(crate) kind: Type,
    /// Whether an answer must have it.
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    pub(crate) description: String,
}

impl Property {
    /// The type of the value, where there is one.
    pub(crate) fn value_kind(&self) -> &Type {
        match argument(&self.kind, "Option") {
            Some(inner) if !self.required => inner,
            _ => &self.kind,
        }
    }

    /// The method that sets it.
    pub(crate) fn setter(&self) -> Ident {
        format_ident!("with_{}", self.wire_name.to_snake_case())
    }

    /// The name in Rust and, where it is another one, the name in JSON.
    pub(crate) fn docs(&self, of: &Body) -> String {
        let description = of.in_names_of_rust(&self.description, true);
        if self.field == self.wire_name {
            return description;
        }
        format!("{description}\n\nIn JSON: `{}`.", self.wire_name)
    }
}

/// The one argument of a type such as `Option<T>`, by the last name of its path.
pub(crate) fn argument<'a>(kind: &'a Type, of: &str) -> Option<&'a Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == of)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

impl Body {
    /// Reads the type of a schema.
    pub(crate) fn of(document: &Document, schema: &str, kind: &ItemStruct) -> Self {
        let pointer = Pointer::root().child("components").child("schemas").child(schema);
        let required = document.get(&pointer.child("required")).and_then(Json::as_array);
        let properties = kind.fields.iter().filter_map(|field| {
            let ident = field.ident.clone()?;
            let wire_name = wire_name(field).unwrap_or_else(|| ident.to_string());
            let property = pointer.child("properties").child(&wire_name);
            let description = document.get(&property.child("description")).and_then(Json::as_str)?;
            Some(Property {
                required: required.is_some_and(|required| required.iter().any(|name| *name == *wire_name)),
                deprecated: document.get(&property.child("deprecated")) == Some(&Json::Bool(true)),
                description: description.trim().to_owned(),
                kind: field.ty.clone(),
                field: ident,
                wire_name,
            })
        });
        Self { schema: schema.to_owned(), name: kind.ident.clone(), properties: properties.collect() }
    }

    /// A description with the names of fields in the place of those in JSON.
    pub(crate) fn in_names_of_rust(&self, description: &str, linked: bool) -> String {
        let parts = description.split('`').enumerate().map(|(index, part)| {
            let named = self.properties.iter().find(|property| property.wire_name == part).filter(|_| index % 2 == 1);
            match named {
                Some(Property { field, .. }) if linked => format!("[`{field}`](Self::{field})"),
                Some(Property { field, .. }) => format!("`{field}`"),
                None if index % 2 == 1 => format!("`{part}`"),
                None => part.to_owned(),
            }
        });
        parts.collect()
    }
}

/// Whether a type is a path that ends in a name.
pub(crate) fn is_named(kind: &Type, name: &str) -> bool {
    matches!(kind, Type::Path(path) if path.path.segments.len() > 1
        && path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// The name that serde gives a field.
fn wire_name(field: &Field) -> Option<String> {
    let mut name = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        });
    }
    name
}
