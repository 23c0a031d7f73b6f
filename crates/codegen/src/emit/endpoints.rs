//! The table of endpoints, from `servers`.

use heck::ToShoutySnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::values::{docs, own_ident};
use crate::model::{Contract, Server};
use crate::reserved;

/// Writes a constant for each server and alias, and the table for lookups by name.
pub(crate) fn endpoints(contract: &Contract) -> TokenStream {
    let servers = &contract.servers;
    let constants = servers.iter().map(constant);
    let all = servers.iter().map(endpoint_ident);
    let aliases = servers.iter().flat_map(|server| {
        let target = endpoint_ident(server);
        server.aliases.iter().map(move |alias| quote! { (#alias, Self::#target) })
    });
    let (all_name, aliases_name) = (own_ident(reserved::ALL), own_ident(reserved::ALIASES));
    quote! {
        impl crate::Endpoint {
            #(#constants)*

            /// Every endpoint of the contract, in its order.
            pub const #all_name: &'static [Self] = &[#(Self::#all),*];

            /// Aliases.
            pub(crate) const #aliases_name: &'static [(&'static str, Self)] = &[#(#aliases),*];
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

/// The constant of an endpoint.
pub(crate) fn endpoint_ident(server: &Server) -> Ident {
    ident(&server.name)
}

fn ident(name: &str) -> Ident {
    format_ident!("{}", name.to_shouty_snake_case())
}
