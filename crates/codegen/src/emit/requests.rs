//! The objects that request bodies are made of: what is required goes into the constructor, the rest has a setter each.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::values::{docs, json_schema, own_ident, snake_ident, type_ident, type_path};
use crate::model::{Contract, Operation, PropertyKind, RequestObject, RequestProperty, ValueKind, Width};
use crate::reserved;

/// The argument of an operation for its body.
pub(crate) struct Body<'a> {
    pub(crate) name: Ident,
    pub(crate) kind: TokenStream,
    pub(crate) description: &'a str,
}

impl<'a> Body<'a> {
    pub(crate) fn of(operation: &'a Operation) -> Option<Self> {
        let body = operation.body.as_ref()?;
        let kind = type_path(&type_ident(&body.schema));
        Some(Self { name: own_ident(reserved::BODY), kind, description: body.description.trim() })
    }
}

/// Writes the types of all objects in requests.
pub(crate) fn requests(contract: &Contract) -> Vec<TokenStream> {
    contract.requests.iter().map(|object| request(contract, object)).collect()
}

fn request(contract: &Contract, object: &RequestObject) -> TokenStream {
    let (name, new) = (type_ident(&object.name), own_ident(reserved::NEW));
    let properties: Vec<_> = object.properties.iter().map(|property| Property::of(contract, property)).collect();
    let (required, optional): (Vec<_>, Vec<_>) = properties.iter().partition(|property| property.property.required);
    let fields = properties.iter().map(Property::field);
    let setters = optional.iter().map(|property| property.setter());
    let arguments = required.iter().map(|property| property.argument());
    let values = properties.iter().map(Property::initial);
    let docs_of_type = docs(&format!("{}\n\nMade by [`Self::{new}`], and sent as JSON.", object.description.trim()));
    let docs_of_new = docs(match (required.is_empty(), optional.is_empty()) {
        (true, _) => "An object of which nothing is set. What is not set is not sent.",
        (false, true) => "An object of these values.",
        (false, false) => "An object of the values that are required. What is not set besides them is not sent.",
    });
    let is_total = object.properties.iter().all(|property| is_total(contract, &property.kind));
    let eq = is_total.then(|| quote!(Eq,));
    let default = required.is_empty().then(|| quote!(Default,));
    let json_schema = json_schema();
    quote! {
        #docs_of_type
        #[derive(Clone, Debug, #default PartialEq, #eq ::serde::Serialize)]
        #json_schema
        #[non_exhaustive]
        pub struct #name {
            #(#fields),*
        }

        impl #name {
            #docs_of_new
            pub fn #new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }

            #(#setters)*
        }
    }
}

/// Whether every value is equal to itself, which a number with a fraction need not be.
fn is_total(contract: &Contract, kind: &PropertyKind) -> bool {
    match kind {
        PropertyKind::Number => false,
        PropertyKind::List(items) => is_total(contract, items),
        PropertyKind::Object(name) => {
            let object = contract.requests.iter().find(|object| object.name == *name);
            object.is_some_and(|object| object.properties.iter().all(|property| is_total(contract, &property.kind)))
        }
        _ => true,
    }
}

/// One property as the code has it.
struct Property<'a> {
    property: &'a RequestProperty,
    name: Ident,
    /// The type of a value.
    kind: TokenStream,
    /// The type of the argument that a value is made of, and how.
    bound: TokenStream,
    value: TokenStream,
}

impl<'a> Property<'a> {
    fn of(contract: &Contract, property: &'a RequestProperty) -> Self {
        let name = snake_ident(&property.name);
        let kind = kind(contract, &property.kind);
        let (bound, value) = match &property.kind {
            PropertyKind::Boolean | PropertyKind::Integer(_) | PropertyKind::Number => (kind.clone(), quote!(#name)),
            PropertyKind::List(items) => {
                let items = self::kind(contract, items);
                let bound = quote!(impl ::std::iter::IntoIterator<Item: ::std::convert::Into<#items>>);
                (bound, quote!(#name.into_iter().map(::std::convert::Into::into).collect()))
            }
            _ => (quote!(impl ::std::convert::Into<#kind>), quote!(#name.into())),
        };
        Self { property, name, kind, bound, value }
    }

    fn field(&self) -> TokenStream {
        let Self { name, kind, .. } = self;
        let RequestProperty { name: wire_name, description, required, .. } = self.property;
        let docs = docs(description);
        match required {
            true => quote! {
                #docs
                #[serde(rename = #wire_name)]
                pub #name: #kind
            },
            false => quote! {
                #docs
                #[serde(rename = #wire_name, skip_serializing_if = "::std::option::Option::is_none")]
                pub #name: ::std::option::Option<#kind>
            },
        }
    }

    fn argument(&self) -> TokenStream {
        let Self { name, bound, .. } = self;
        quote!(#name: #bound)
    }

    /// The value of the field in a new object.
    fn initial(&self) -> TokenStream {
        let Self { name, value, .. } = self;
        if self.property.required { quote!(#name: #value) } else { quote!(#name: ::std::option::Option::None) }
    }

    fn setter(&self) -> TokenStream {
        let Self { name, bound, value, .. } = self;
        let docs = docs(&self.property.description);
        quote! {
            #docs
            #[must_use]
            pub fn #name(mut self, #name: #bound) -> Self {
                self.#name = ::std::option::Option::Some(#value);
                self
            }
        }
    }
}

/// The type of a value.
fn kind(contract: &Contract, kind: &PropertyKind) -> TokenStream {
    match kind {
        PropertyKind::Boolean => quote!(bool),
        PropertyKind::Integer(Width::Int32) => quote!(i32),
        PropertyKind::Integer(Width::Int64) => quote!(i64),
        PropertyKind::Number => quote!(f64),
        PropertyKind::Text => quote!(::std::string::String),
        PropertyKind::Object(name) => type_path(&type_ident(name)),
        PropertyKind::Value(name) => match contract.value(name).map(|value| &value.kind) {
            Some(ValueKind::Address) => quote!(::std::net::IpAddr),
            Some(ValueKind::Timestamp) => quote!(crate::Timestamp),
            _ => type_path(&type_ident(name)),
        },
        PropertyKind::List(items) => {
            let items = self::kind(contract, items);
            quote!(::std::vec::Vec<#items>)
        }
    }
}
