//! What the success of an operation becomes: the type of the answer, the status, and the stream of the pages.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::arguments::{Argument, call_ident, constant_ident};
use super::values::{docs, own_ident, snake_ident, type_ident, type_path};
use crate::model::{Answer, Contract, NEXT_LINK, Operation};
use crate::reserved;

/// The type of what a call is answered with.
pub(crate) fn answer_type(answer: &Answer) -> TokenStream {
    match answer {
        Answer::Nothing => quote!(()),
        Answer::Object(name) | Answer::Page(name) => type_path(&type_ident(name)),
        Answer::List(name) => {
            let item = type_path(&type_ident(name));
            quote!(::std::vec::Vec<#item>)
        }
    }
}

/// The status of a success, where it is another than the runtime takes by default.
pub(crate) fn success(status: u16) -> Option<TokenStream> {
    let status = match status {
        200 => return None,
        201 => quote!(CREATED),
        _ => quote!(NO_CONTENT),
    };
    Some(quote!(const SUCCESS: ::reqwest::StatusCode = ::reqwest::StatusCode::#status;))
}

/// The method of a request builder that follows the links from page to page.
pub(crate) fn pages_method(operation: &Operation, arguments: &[Argument<'_>]) -> Option<TokenStream> {
    let Answer::Page(_) = &operation.answer else { return None };
    let (call, constant, answer) = (call_ident(operation), constant_ident(operation), answer_type(&operation.answer));
    let (client, options) = (own_ident(reserved::CLIENT), own_ident(reserved::OPTIONS));
    let (pages, send) = (own_ident(reserved::PAGES), own_ident(reserved::SEND));
    let values = arguments.iter().map(|argument| {
        let (name, value) = (&argument.name, argument.validated(&constant));
        quote!(#name: #value)
    });
    let docs = docs(&format!(
        "Returns all pages as a stream: the first, which is also what [`Self::{send}`] brings, and each one that the page \
         before it links to.\n\n\
         [`PageStream`](crate::PageStream) documents where a link may lead.\n\n\
         # Errors\n\
         A value that the contract does not allow, before anything is sent. The outcome of each call is an item of the \
         stream."
    ));
    Some(quote! {
        #docs
        pub fn #pages(self) -> ::std::result::Result<crate::PageStream<#answer>, crate::Error> {
            let call = self::#call { #(#values),* };
            ::std::result::Result::Ok(crate::pages::pages(self.#client, call, self.#options))
        }
    })
}

/// The schemas of all pages, without duplicates.
pub(crate) fn page_schemas(contract: &Contract) -> BTreeSet<&str> {
    let pages = contract.operations.iter().filter_map(|operation| match &operation.answer {
        Answer::Page(name) => Some(name.as_str()),
        _ => None,
    });
    pages.collect()
}

/// Where a page links to the next one.
pub(crate) fn page(schema: &str) -> TokenStream {
    let (page, link) = (type_path(&type_ident(schema)), snake_ident(NEXT_LINK));
    quote! {
        impl crate::pages::Page for #page {
            fn next_link(&self) -> ::std::option::Option<&str> {
                self.#link.as_deref()
            }
        }

        const _: fn(crate::PageStream<#page>) = |pages| crate::call::assert_send(&pages);
    }
}
