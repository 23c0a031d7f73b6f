//! Doc comments out of the texts of the contract.

use proc_macro2::TokenStream;
use quote::quote;

/// One doc line for each line of the text, so that a changed line of the contract changes one line of code.
pub(crate) fn docs(text: &str) -> TokenStream {
    let lines = text.trim().lines().map(|line| match line.trim_end() {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote! { #(#[doc = #lines])* }
}
