//! Many calls of one operation, each with another value of its required parameter.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::arguments::{Argument, builder_ident, call_ident, constant_ident, options_setter};
use super::pages::answer_type;
use super::values::{docs, own_ident, snake_ident};
use crate::model::Operation;
use crate::reserved;

/// Writes the method and the builder for many calls of an operation.
///
/// Only for questions with exactly one required parameter: without one, all calls would be the same; with several, the
/// stream would be one of tuples, whose fields have no names; a boolean makes two calls. What changes something is not
/// done to a whole stream: where some calls fail, the caller has to decide what becomes of the others.
pub(crate) fn many(operation: &Operation, arguments: &[Argument<'_>]) -> Vec<TokenStream> {
    let (required, optional): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.parameter.required);
    let [varied] = required[..] else { return Vec::new() };
    if !operation.is_safe() || varied.is_boolean() {
        return Vec::new();
    }
    vec![method(operation, varied, &optional), builder(operation, varied, &optional)]
}

/// Made from the id, not from the name of the other method, which may end in `_` to avoid a keyword.
fn method_ident(operation: &Operation) -> Ident {
    snake_ident(&format!("{}_many", operation.id))
}

fn many_ident(operation: &Operation) -> Ident {
    format_ident!("{}Many", builder_ident(operation))
}

/// The bound of the values.
fn bound(varied: &Argument<'_>) -> TokenStream {
    let kind = &varied.kind;
    quote!(S: ::futures_core::Stream<Item: ::std::convert::Into<#kind>> + ::std::marker::Send + 'static)
}

fn method(operation: &Operation, varied: &Argument<'_>, optional: &[&Argument<'_>]) -> TokenStream {
    let (name, builder) = (method_ident(operation), many_ident(operation));
    let (field, bound) = (&varied.name, bound(varied));
    let (client, concurrency) = (own_ident(reserved::CLIENT), own_ident(reserved::CONCURRENCY));
    let options = own_ident(reserved::OPTIONS);
    let fields = optional.iter().map(|argument| {
        let name = &argument.name;
        quote!(#name: ::std::option::Option::None)
    });
    let docs = docs(&format!(
        "Calls [`{one}`](Self::{one}) for each distinct value of a stream, several at a time.\n\n\
         - each of `values`: {}\n\n\
         [`AnswerStream`](crate::AnswerStream) documents the order of the answers, and has an example.",
        varied.parameter.description.trim(),
        one = snake_ident(&operation.id),
    ));
    quote! {
        impl crate::Client {
            #docs
            pub fn #name<S>(&self, values: S) -> self::#builder<S>
            where
                #bound
            {
                self::#builder {
                    #client: self.clone(),
                    #field: values,
                    #(#fields,)*
                    #concurrency: crate::bulk::CONCURRENCY,
                    #options: crate::CallOptions::new(),
                }
            }
        }
    }
}

fn builder(operation: &Operation, varied: &Argument<'_>, optional: &[&Argument<'_>]) -> TokenStream {
    let (builder, method, constant) = (many_ident(operation), method_ident(operation), constant_ident(operation));
    let (call, answer) = (call_ident(operation), answer_type(&operation.answer));
    let (field, kind, bound) = (&varied.name, &varied.kind, bound(varied));
    let docs_of_type = docs(&format!(
        "Many calls of {}, made by [`Client::{method}`](crate::Client::{method}) and begun by [`Self::send`].",
        operation.id
    ));
    let fields = optional.iter().map(|argument| argument.field());
    let setters = optional.iter().map(|argument| argument.setter());
    let validated = optional.iter().map(|argument| {
        let (name, value) = (&argument.name, argument.validated(&constant));
        quote!(let #name = #value;)
    });
    let duplicates = optional.iter().map(|argument| argument.duplicate());
    let options_setter = options_setter();
    let (client, concurrency) = (own_ident(reserved::CLIENT), own_ident(reserved::CONCURRENCY));
    let (options, send) = (own_ident(reserved::OPTIONS), own_ident(reserved::SEND));
    quote! {
        #docs_of_type
        #[derive(Clone, Debug)]
        #[must_use = "calls do nothing until they are sent"]
        pub struct #builder<S> {
            #client: crate::Client,
            #field: S,
            #(#fields,)*
            #concurrency: usize,
            #options: crate::CallOptions,
        }

        impl<S> #builder<S>
        where
            #bound
        {
            #(#setters)*

            /// The number of calls in flight at once, at least 1. Default: 8.
            pub fn #concurrency(mut self, #concurrency: usize) -> Self {
                self.#concurrency = #concurrency;
                self
            }

            #options_setter

            /// Returns the stream of answers. Calls are made while it is polled.
            ///
            /// # Errors
            /// A value that the contract does not allow, before anything is sent. The outcome of each call is an item
            /// of the stream.
            pub fn #send(self) -> ::std::result::Result<crate::AnswerStream<#kind, #answer>, crate::Error> {
                #(#validated)*
                ::std::result::Result::Ok(crate::bulk::answers(self.#client, self.#field, self.#concurrency, self.#options, move |#field| {
                    self::#call { #field, #(#duplicates),* }
                }))
            }
        }

        const _: fn(crate::AnswerStream<#kind, #answer>) = |answers| crate::call::assert_send(&answers);
    }
}
