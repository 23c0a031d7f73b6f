//! Types for the values that the contract narrows: integers with bounds, text with a pattern.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value as Json;
use typify::accept_as_ident;

use crate::document::Document;
use crate::finding::Finding;
use crate::model::{BoundedInteger, Contract, Text, Value, ValueKind, Width};

/// The derive of the JSON schema, behind the feature `schemars`.
pub(crate) fn json_schema() -> TokenStream {
    quote! { #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))] }
}

/// The type that a named schema becomes.
pub(crate) fn type_ident(schema: &str) -> Ident {
    format_ident!("{}", schema.to_pascal_case())
}

/// A name that the generated code has for itself.
pub(crate) fn own_ident(reserved: &str) -> Ident {
    format_ident!("{reserved}")
}

/// A type of the contract, where another of the same name may be in scope.
pub(crate) fn type_path(name: &Ident) -> TokenStream {
    quote!(self::#name)
}

/// The method, field or argument that a name of the contract becomes, the same as the generator makes of it.
pub(crate) fn snake_ident(name: &str) -> Ident {
    let snake = name.to_snake_case();
    if accept_as_ident(&snake) { format_ident!("{snake}") } else { format_ident!("{snake}_") }
}

/// Finds the patterns that are not regular expressions.
pub(crate) fn broken_patterns(document: &Document, contract: &Contract) -> Vec<Finding> {
    let broken = contract.values.iter().filter_map(|value| {
        let ValueKind::Text(Text { pattern, .. }) = &value.kind else { return None };
        let error = regress::Regex::new(pattern).err()?;
        let message = format!("the pattern {pattern:?} is not a valid regular expression: {error}");
        let help = "use the ECMA 262 dialect, as in JSON Schema";
        Some(document.finding("text-pattern", &value.pointer.child("pattern"), message, help))
    });
    broken.collect()
}

/// Writes the types of all narrowed values.
pub(crate) fn values(contract: &Contract) -> Vec<TokenStream> {
    let pieces = contract.values.iter().map(|value| match &value.kind {
        ValueKind::Integer(integer) => bounded_integer(contract, value, integer),
        ValueKind::Text(text) => text_value(value, text),
        _ => Vec::new(),
    });
    pieces.flatten().collect()
}

fn bounded_integer(contract: &Contract, value: &Value, integer: &BoundedInteger) -> Vec<TokenStream> {
    let name = type_ident(&value.name);
    let label = name.to_string();
    let repr = match integer.width {
        Width::Int32 => format_ident!("i32"),
        Width::Int64 => format_ident!("i64"),
    };
    let literal = Literal::i64_unsuffixed;
    let (minimum, maximum) = (literal(integer.minimum), literal(integer.maximum));
    let mut description = format!("{}\n\nFrom {} to {}", value.description.trim(), integer.minimum, integer.maximum);
    if let Some(default) = integer.default {
        description += &format!("; the service uses {default} if none is sent");
    }
    let description = docs(&(description + "."));
    let service_default = integer.default.map(|default| {
        let default = literal(default);
        quote! {
            /// The value that the service uses if none is sent.
            pub const SERVICE_DEFAULT: Self = Self(#default);
        }
    });
    let default_of_schema = integer.default.map(|_| quote!(, extend("default" = Self::SERVICE_DEFAULT.0)));
    let json_schema = json_schema();
    let docs_of_checked = docs(&docs_of_checked(contract, value, integer));
    let type_and_constants = quote! {
        #description
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        #json_schema
        #[serde(transparent)]
        pub struct #name(
            #[cfg_attr(
                feature = "schemars",
                schemars(range(min = Self::MIN.0, max = Self::MAX.0) #default_of_schema)
            )]
            #repr
        );

        impl #name {
            /// The minimum.
            pub const MIN: Self = Self(#minimum);
            /// The maximum.
            pub const MAX: Self = Self(#maximum);
            #service_default

            /// Checks the bounds.
            ///
            /// # Errors
            /// A value out of bounds, with the bounds.
            pub fn new(value: #repr) -> ::std::result::Result<Self, crate::InvalidValue> {
                ::std::convert::TryFrom::try_from(value)
            }

            #docs_of_checked
            pub const fn checked(value: #repr) -> ::std::option::Option<Self> {
                if Self::MIN.0 <= value && value <= Self::MAX.0 {
                    ::std::option::Option::Some(Self(value))
                } else {
                    ::std::option::Option::None
                }
            }

            /// The value as a plain integer.
            pub const fn get(self) -> #repr {
                self.0
            }
        }
    };
    let from_text = quote! {
        impl ::std::str::FromStr for #name {
            type Err = crate::InvalidValue;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                crate::InvalidValue::parse_integer(#label, text, Self::MIN.0.into(), Self::MAX.0.into()).map(Self)
            }
        }
    };
    let from_integers = quote! { crate::operation::try_from_integers!(#name); };
    vec![type_and_constants, display(&name), from_text, from_integers]
}

/// With the first value that a source shows, where there is one.
fn docs_of_checked(contract: &Contract, value: &Value, integer: &BoundedInteger) -> String {
    let name = type_ident(&value.name);
    let shown = contract.example_of(&value.name).and_then(Json::as_i64).unwrap_or(integer.minimum);
    let path = format!("mde_client::{name}");
    format!(
        "The value, where it is within the bounds; also in a constant.\n\n\
         ```\nconst VALUE: {path} = {path}::checked({shown}).unwrap();\nassert_eq!(VALUE.get(), {shown});\n```"
    )
}

fn text_value(value: &Value, text: &Text) -> Vec<TokenStream> {
    let name = type_ident(&value.name);
    let label = name.to_string();
    let pattern = &text.pattern;
    let description = docs(&format!(
        "{}\n\nNever empty, never `.` or `..`, without a slash or a backslash, and of the form [`Self::PATTERN`].",
        value.description.trim()
    ));
    let json_schema = json_schema();
    let type_and_constants = quote! {
        #description
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        #json_schema
        #[serde(transparent)]
        pub struct #name(#[cfg_attr(feature = "schemars", schemars(regex(pattern = Self::PATTERN)))] ::std::string::String);

        impl #name {
            /// The regular expression, in the dialect of ECMA 262, that a value matches.
            pub const PATTERN: &'static str = #pattern;

            /// Checks the pattern.
            ///
            /// # Errors
            /// A text that does not match, with the pattern.
            pub fn new(text: impl ::std::convert::Into<::std::string::String>) -> ::std::result::Result<Self, crate::InvalidValue> {
                crate::InvalidValue::check_text(#label, text.into(), Self::PATTERN).map(Self)
            }

            /// The value as plain text.
            pub const fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl ::std::convert::AsRef<str> for #name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
    let from_text = quote! {
        impl ::std::str::FromStr for #name {
            type Err = crate::InvalidValue;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Self::new(text)
            }
        }
    };
    let sources = [quote!(&str), quote!(::std::string::String)].map(|source| {
        quote! {
            impl ::std::convert::TryFrom<#source> for #name {
                type Error = crate::InvalidValue;

                fn try_from(text: #source) -> ::std::result::Result<Self, Self::Error> {
                    Self::new(text)
                }
            }
        }
    });
    [type_and_constants, display(&name), from_text].into_iter().chain(sources).collect()
}

fn display(name: &Ident) -> TokenStream {
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
    }
}

/// One doc attribute per line, so that a changed line of the contract changes one line of code.
pub(crate) fn docs(text: &str) -> TokenStream {
    let lines = text.trim().lines().map(|line| match line.trim_end() {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote! { #(#[doc = #lines])* }
}

/// The schemas of the responses and of the errors, without duplicates.
pub(crate) fn bodies(contract: &Contract) -> BTreeSet<&str> {
    contract.answers.iter().chain(&contract.errors).map(String::as_str).collect()
}
