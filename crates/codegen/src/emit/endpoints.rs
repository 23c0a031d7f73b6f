//! The table of endpoints, from `servers`.

use heck::ToShoutySnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::values::docs;
use crate::model::{Contract, Server};

/// Writes a constant for each server and alias, and the table for lookups by name.
pub(crate) fn endpoints(contract: &Contract) -> TokenStream {
    let servers = &contract.servers;
    let constants = servers.iter().map(constant);
    let all = servers.iter().map(|server| ident(&server.name));
    let aliases = servers.iter().flat_map(|server| {
        let target = ident(&server.name);
        server.aliases.iter().map(move |alias| quote! { (#alias, Self::#target) })
    });
    quote! {
        impl crate::Endpoint {
            #(#constants)*

            /// Every endpoint of the contract, in its order.
            pub const ALL: &'static [Self] = &[#(Self::#all),*];

            /// Aliases.
            pub(crate) const ALIASES: &'static [(&'static str, Self)] = &[#(#aliases),*];
        }
    }
}

fn constant(server: &Server) -> TokenStream {
    let Server { name, url, description, authority, audience, .. } = server;
    let description = docs(description);
    let constant = ident(name);
    let aliases = server.aliases.iter().map(|alias| {
        let docs = docs(&format!("Another name for [`Self::{constant}`]."));
        let alias = ident(alias);
        quote! {
            #docs
            pub const #alias: Self = Self::#constant;
        }
    });
    quote! {
        #description
        pub const #constant: Self = Self::of_contract(#name, #url, #authority, #audience);
        #(#aliases)*
    }
}

fn ident(name: &str) -> Ident {
    format_ident!("{}", name.to_shouty_snake_case())
}
