//! What the types of bodies get beside what progenitor writes: `Eq` and `Hash`, documentation in the names of Rust, a
//! warning on what is deprecated, and a constructor for tests of users.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use serde_json::Value as Json;
use syn::parse::Parser as _;
use syn::{Attribute, Item, ItemStruct};

use super::body::{Body, Property, argument, is_named};
use super::examples;
use super::values::{bodies, docs, type_ident, type_path};
use crate::document::Document;
use crate::model::Contract;
use crate::pointer::Pointer;

/// Completes the types of all bodies in what progenitor wrote, and returns what they are.
pub(crate) fn complete(document: &Document, contract: &Contract, code: &mut syn::File) -> Vec<Body> {
    let types = code.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut().map(|(_, items)| items),
        _ => None,
    });
    let mut structs: Vec<_> = types.into_iter().flatten().filter_map(of_struct).collect();
    let read: Vec<_> = bodies(contract)
        .into_iter()
        .filter_map(|schema| {
            let kind = structs.iter().find(|kind| kind.ident == type_ident(schema))?;
            Some(Body::of(document, schema, kind))
        })
        .collect();
    let derived = [("Eq", &["f32", "f64"][..]), ("Hash", &["f32", "f64", "HashMap", "Map", "Value"])]
        .map(|(derive, never)| (format_ident!("{derive}"), without(&read, never)));
    for body in &read {
        let Some(kind) = structs.iter_mut().find(|kind| kind.ident == body.name) else { continue };
        let derives = derived.iter().filter(|(_, names)| names.contains(&body.name)).map(|(derive, _)| derive);
        body.complete(document, contract, &read, kind, &derives.collect::<Vec<_>>());
    }
    read
}

fn of_struct(item: &mut Item) -> Option<&mut ItemStruct> {
    match item {
        Item::Struct(kind) => Some(kind),
        _ => None,
    }
}

/// The bodies that hold none of these types, at any depth.
fn without(all: &[Body], never: &[&str]) -> BTreeSet<Ident> {
    let holds = |body: &Body, names: &dyn Fn(&Ident) -> bool| {
        body.properties.iter().any(|property| idents(property.kind.to_token_stream()).iter().any(names))
    };
    let mut out: BTreeSet<&Ident> = BTreeSet::new();
    loop {
        let found = all.iter().filter(|body| !out.contains(&body.name));
        let found =
            found.filter(|body| holds(body, &|name| out.contains(name) || never.iter().any(|never| name == never)));
        let found: Vec<_> = found.map(|body| &body.name).collect();
        if found.is_empty() {
            return all.iter().map(|body| &body.name).filter(|name| !out.contains(name)).cloned().collect();
        }
        out.extend(found);
    }
}

/// Every name in a type.
fn idents(tokens: TokenStream) -> Vec<Ident> {
    let names = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => vec![name],
        TokenTree::Group(group) => idents(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    names.collect()
}

impl Body {
    fn complete(
        &self,
        document: &Document,
        contract: &Contract,
        all: &[Self],
        kind: &mut ItemStruct,
        derives: &[&Ident],
    ) {
        let pointer = Pointer::root().child("components").child("schemas").child(&self.schema);
        let description = document.get(&pointer.child("description")).and_then(Json::as_str).unwrap_or_default().trim();
        let mut text = self.in_names_of_rust(description, true);
        if let Some(example) = examples::of_body(contract, all, self) {
            text += &format!("\n\n{example}");
        }
        document_as(&mut kind.attrs, &text, description);
        for attribute in kind.attrs.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
            if let syn::Meta::List(list) = &mut attribute.meta {
                let known = &list.tokens;
                list.tokens = quote!(#known #(, #derives)*);
            }
        }
        for field in &mut kind.fields {
            let Some(property) = self.properties.iter().find(|property| field.ident.as_ref() == Some(&property.field))
            else {
                continue;
            };
            document_as(&mut field.attrs, &property.docs(self), &property.description);
            if property.deprecated {
                let note = self.in_names_of_rust(&property.description, false).replace('\n', " ");
                field.attrs.extend(attributes(quote!(#[deprecated(note = #note)])));
            }
        }
    }

    /// The constructor, which takes what every answer has, and a setter for each of the rest.
    fn constructor(&self, contract: &Contract, all: &[Self]) -> TokenStream {
        let kind = type_path(&self.name);
        let (required, optional): (Vec<_>, Vec<_>) = self.properties.iter().partition(|property| property.required);
        let allow = self
            .properties
            .iter()
            .any(|property| property.deprecated)
            .then(|| quote!(#[allow(deprecated, reason = "whoever makes an answer makes it as the service does")]));
        let what = if required.is_empty() { "Made of nothing yet" } else { "Made of what it always has" };
        let mut text =
            format!("{what}. For tests of code that takes answers: those of the service are read by the client.");
        if let Some(example) = examples::of_constructor(contract, all, self) {
            text += &format!("\n\n{example}");
        }
        let docs_of_new = docs(&text);
        let arguments = required.iter().map(|property| {
            let (field, (bound, _)) = (&property.field, passed(property));
            quote!(#field: #bound)
        });
        let fields = self.properties.iter().map(|property| {
            let (field, (_, value)) = (&property.field, passed(property));
            match property.required {
                true if is_as_given(property) => quote!(#field),
                true => quote!(#field: #value),
                false => quote!(#field: ::std::default::Default::default()),
            }
        });
        let setters = optional.iter().map(|property| {
            let (field, setter, (bound, value)) = (&property.field, property.setter(), passed(property));
            let docs = docs(&format!("The same with [`{field}`](Self::{field})."));
            let optional = argument(&property.kind, "Option").is_some();
            let value = if optional { quote!(::std::option::Option::Some(#value)) } else { value };
            quote! {
                #docs
                #[must_use]
                pub fn #setter(mut self, #field: #bound) -> Self {
                    self.#field = #value;
                    self
                }
            }
        });
        quote! {
            #allow
            impl #kind {
                #docs_of_new
                pub fn new(#(#arguments),*) -> Self {
                    Self { #(#fields),* }
                }

                #(#setters)*
            }
        }
    }
}

/// Writes the constructors of all bodies.
pub(crate) fn constructors(contract: &Contract, all: &[Body]) -> Vec<TokenStream> {
    all.iter().map(|body| body.constructor(contract, all)).collect()
}

/// The type of an argument for a property, and the expression of its value.
fn passed(property: &Property) -> (TokenStream, TokenStream) {
    let (field, kind) = (&property.field, property.value_kind());
    if is_as_given(property) {
        (quote!(#kind), quote!(#field))
    } else {
        (quote!(impl ::std::convert::Into<#kind>), quote!(#field.into()))
    }
}

/// Whether an argument has the very type of the property. Of a text and an address, people have other forms too.
fn is_as_given(property: &Property) -> bool {
    let kind = property.value_kind();
    !is_named(kind, "String") && !is_named(kind, "IpAddr")
}

/// Replaces the documentation. The JSON schema keeps the description of the contract, which is about JSON.
fn document_as(attrs: &mut Vec<Attribute>, text: &str, description: &str) {
    attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    let schema =
        (text != description).then(|| quote!(#[cfg_attr(feature = "schemars", schemars(description = #description))]));
    let docs = docs(text);
    // After the derive, whose helper it is.
    attrs.extend(attributes(quote!(#schema)));
    attrs.splice(0..0, attributes(docs));
}

fn attributes(tokens: TokenStream) -> Vec<Attribute> {
    Attribute::parse_outer.parse2(tokens).unwrap_or_default()
}
