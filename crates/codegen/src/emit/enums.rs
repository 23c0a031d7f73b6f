//! Enums for the named strings with `enum`.

use heck::ToPascalCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::values::{docs, json_schema, type_ident};
use crate::model::{Enumeration, Value};

/// Writes an enum, with the text of each value, and how a text becomes one.
pub(crate) fn enumeration(value: &Value, enumeration: &Enumeration) -> Vec<TokenStream> {
    let name = type_ident(&value.name);
    let (texts, variants): (Vec<_>, Vec<_>) = enumeration.values.iter().map(|text| (text, variant_ident(text))).unzip();
    let docs_of_type = docs(&value.description);
    let docs_of_variants = texts.iter().map(|text| docs(&format!("Sent as `{text}`.")));
    let json_schema = json_schema();
    let type_and_texts = quote! {
        #docs_of_type
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Deserialize, ::serde::Serialize)]
        #json_schema
        #[non_exhaustive]
        pub enum #name {
            #(
                #docs_of_variants
                #[serde(rename = #texts)]
                #variants,
            )*
        }

        impl #name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The value as it is sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts),*
                }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    let from_text = from_text(&name);
    vec![type_and_texts, from_text]
}

/// Reads a value from the text that is sent for it; the error lists them all. By the name of its type, because a variant may
/// be called as the error of a trait is.
fn from_text(name: &Ident) -> TokenStream {
    let label = name.to_string();
    quote! {
        impl ::std::str::FromStr for #name {
            type Err = crate::InvalidValue;

            fn from_str(text: &str) -> ::std::result::Result<Self, crate::InvalidValue> {
                crate::InvalidValue::choose(#label, text, Self::ALL, Self::as_str)
            }
        }

        impl ::std::convert::TryFrom<&str> for #name {
            type Error = crate::InvalidValue;

            fn try_from(text: &str) -> ::std::result::Result<Self, crate::InvalidValue> {
                ::std::str::FromStr::from_str(text)
            }
        }

        impl ::std::convert::TryFrom<::std::string::String> for #name {
            type Error = crate::InvalidValue;

            fn try_from(text: ::std::string::String) -> ::std::result::Result<Self, crate::InvalidValue> {
                ::std::str::FromStr::from_str(&text)
            }
        }
    }
}

fn variant_ident(text: &str) -> Ident {
    format_ident!("{}", text.to_pascal_case())
}
