//! What the client has for each operation: a constant with its facts, and a request builder.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::arguments::{Argument, builder_ident, call_ident, constant_ident, options_setter};
use super::body::Body;
use super::endpoints::endpoint_ident;
use super::examples;
use super::many::many;
use super::pages::{answer_type, page, page_schemas, pages_method, success};
use super::requests;
use super::transport::method_ident;
use super::values::{docs, own_ident, snake_ident};
use crate::model::{Contract, Operation, Permission, QuotaWindow};
use crate::reserved;

/// Writes the constants and the builders of all operations.
pub(crate) fn operations(contract: &Contract, bodies: &[Body]) -> Vec<TokenStream> {
    let constants = contract.operations.iter().map(constant);
    let names = contract.operations.iter().map(constant_ident);
    let all = own_ident(reserved::ALL);
    let first = contract.servers.iter().take(1).map(endpoint_ident);
    let mut pieces = vec![quote! {
        /// The facts of each operation, from the contract.
        pub mod operations {
            #(#constants)*

            /// Every operation of the contract, ordered by path.
            pub const #all: &[&crate::Operation] = &[#(&#names),*];
        }

        impl ::std::default::Default for crate::ClientBuilder {
            fn default() -> Self {
                Self::new(#(crate::Endpoint::#first)*, operations::#all)
            }
        }
    }];
    for operation in &contract.operations {
        let arguments = Argument::all(contract, operation);
        let example = examples::of_operation(contract, bodies, operation, &snake_ident(&operation.id));
        pieces.push(method(operation, &arguments, example));
        pieces.push(builder(operation, &arguments));
        pieces.extend(many(operation, &arguments));
        pieces.push(call(operation, &arguments));
    }
    pieces.extend(page_schemas(contract).into_iter().map(page));
    pieces
}

fn constant(operation: &Operation) -> TokenStream {
    let Operation { id, method, path, summary, .. } = operation;
    let no_quota = if operation.quota.is_empty() { "\n\nNo quota of it is documented." } else { "" };
    let docs = docs(&format!("{}: {}.{no_quota}", id, summary.trim_end_matches('.')));
    let name = constant_ident(operation);
    let quota = operation.quota.iter().map(|QuotaWindow { calls, seconds, .. }| {
        let (calls, seconds) = (Literal::u32_unsuffixed(*calls), Literal::u32_unsuffixed(*seconds));
        quote! { crate::QuotaWindow::new(#calls, ::std::time::Duration::from_secs(#seconds)) }
    });
    let application = permission(operation.permissions.application.as_ref());
    let delegated = permission(operation.permissions.delegated.as_ref());
    quote! {
        #docs
        pub const #name: crate::Operation = crate::Operation {
            id: #id,
            method: #method,
            path: #path,
            quota: &[#(#quota),*],
            application_permission: #application,
            delegated_permission: #delegated,
        };
    }
}

fn permission(permission: Option<&Permission>) -> TokenStream {
    let Some(Permission { name, display_name, user_role, .. }) = permission else {
        return quote!(::std::option::Option::None);
    };
    let user_role = match user_role {
        Some(role) => quote!(::std::option::Option::Some(#role)),
        None => quote!(::std::option::Option::None),
    };
    quote! {
        ::std::option::Option::Some(crate::Permission { name: #name, display_name: #display_name, user_role: #user_role })
    }
}

fn method(operation: &Operation, arguments: &[Argument<'_>], example: Option<String>) -> TokenStream {
    let (name, builder) = (snake_ident(&operation.id), builder_ident(operation));
    let required: Vec<_> = arguments.iter().filter(|argument| argument.parameter.required).collect();
    let body = requests::Body::of(operation);
    let parameters = required.iter().map(|argument| {
        let (name, bound) = (&argument.name, argument.bound());
        quote!(#name: #bound)
    });
    let parameters = parameters.chain(body.as_ref().map(|requests::Body { name, kind, .. }| quote!(#name: #kind)));
    let fields = arguments.iter().map(|argument| {
        let name = &argument.name;
        if !argument.parameter.required {
            return quote!(#name: ::std::option::Option::None);
        }
        let value = argument.converted();
        quote!(#name: #value)
    });
    let fields = fields.chain(body.as_ref().map(|requests::Body { name, .. }| quote!(#name)));
    let example = example.map(|example| format!("\n\n{example}")).unwrap_or_default();
    let docs = docs(&(method_docs(operation, &required) + &example));
    let (client, options) = (own_ident(reserved::CLIENT), own_ident(reserved::OPTIONS));
    quote! {
        impl crate::Client {
            #docs
            pub fn #name(&self, #(#parameters),*) -> self::#builder {
                self::#builder { #client: self.clone(), #(#fields,)* #options: crate::CallOptions::new() }
            }
        }
    }
}

fn method_docs(operation: &Operation, required: &[&Argument<'_>]) -> String {
    let mut text = format!("{}.\n\n{}\n\n", operation.summary.trim_end_matches('.'), operation.description.trim());
    for argument in required {
        text += &format!("- `{}`: {}\n", argument.name, argument.parameter.description.trim());
    }
    if let Some(requests::Body { name, description, .. }) = requests::Body::of(operation) {
        text += &format!("- `{name}`: {description}\n");
    }
    if let Some(permission) = &operation.permissions.application {
        text += &format!("\nAn app needs the permission `{}` ({:?}).", permission.name, permission.display_name);
    }
    if let Some(permission) = &operation.permissions.delegated {
        text += &format!("\nOn behalf of a user it needs `{}` ({:?})", permission.name, permission.display_name);
        if let Some(role) = &permission.user_role {
            text += &format!(", and the user the role permission {role:?}");
        }
        text += ".";
    }
    text + "\n\n" + &quota_docs(operation) + repetition_docs(operation)
}

fn quota_docs(operation: &Operation) -> String {
    let windows: Vec<_> =
        operation.quota.iter().map(|window| format!("{} calls within {} s", window.calls, window.seconds)).collect();
    if windows.is_empty() {
        return "No quota of this operation is documented, so the client waits only where the service answers 429."
            .to_owned();
    }
    format!("The service allows {}, shared by all programs on one app registration.", windows.join(", "))
}

/// What is only said of calls that may change something.
fn repetition_docs(operation: &Operation) -> &'static str {
    if operation.is_safe() {
        return "";
    }
    "\n\nIt is sent again only where the service certainly did not process it: after a 429 or a 401, or where no connection \
     could be made. After a timeout, a broken connection or a 5xx it may have been carried out."
}

fn builder(operation: &Operation, arguments: &[Argument<'_>]) -> TokenStream {
    let (builder, method) = (builder_ident(operation), snake_ident(&operation.id));
    let answer = answer_type(&operation.answer);
    let (client, options, send) =
        (own_ident(reserved::CLIENT), own_ident(reserved::OPTIONS), own_ident(reserved::SEND));
    let docs_of_type = docs(&format!(
        "A call of {}, made by [`Client::{method}`](crate::Client::{method}) and sent by [`Self::send`].",
        operation.id
    ));
    let body = requests::Body::of(operation);
    let fields = arguments.iter().map(|argument| argument.field());
    let fields = fields.chain(body.as_ref().map(|requests::Body { name, kind, .. }| quote!(#name: #kind)));
    let optional = arguments.iter().filter(|argument| !argument.parameter.required);
    let setters = optional.map(|argument| argument.setter());
    let (call, constant, options_setter) = (call_ident(operation), constant_ident(operation), options_setter());
    let pages_method = pages_method(operation, arguments);
    let values = arguments.iter().map(|argument| {
        let (name, value) = (&argument.name, argument.validated(&constant));
        quote!(#name: #value)
    });
    let values = values.chain(body.as_ref().map(|requests::Body { name, .. }| quote!(#name: self.#name)));
    quote! {
        #docs_of_type
        #[derive(Clone, Debug)]
        #[must_use = "a call does nothing until it is sent"]
        pub struct #builder {
            #client: crate::Client,
            #(#fields,)*
            #options: crate::CallOptions,
        }

        impl #builder {
            #(#setters)*

            #options_setter

            /// Sends the call and waits for the answer. Waits for a permit first if the quota is used up.
            ///
            /// # Errors
            /// [`Error`](crate::Error) says what happened, its kind, and what to do. A value that the contract does not
            /// allow is reported before anything is sent.
            pub async fn #send(self) -> ::std::result::Result<crate::Response<#answer>, crate::Error> {
                let call = self::#call { #(#values),* };
                crate::call::send(&self.#client, &call, self.#options).await
            }

            #pages_method
        }

        const _: fn(self::#builder) = |call| crate::call::assert_send(&call.#send());
    }
}

/// The validated values of a call, and how one attempt of it goes through the transport.
fn call(operation: &Operation, arguments: &[Argument<'_>]) -> TokenStream {
    let (call, method) = (call_ident(operation), method_ident(&operation.id));
    let answer = answer_type(&operation.answer);
    let (constant, success) = (constant_ident(operation), success(operation.success));
    let fields = arguments.iter().map(|argument| {
        let Argument { name, kind, .. } = argument;
        if argument.parameter.required { quote!(#name: #kind) } else { quote!(#name: ::std::option::Option<#kind>) }
    });
    let body = requests::Body::of(operation);
    let fields = fields.chain(body.as_ref().map(|requests::Body { name, kind, .. }| quote!(#name: #kind)));
    let values = arguments.iter().map(|argument| {
        let name = &argument.name;
        match (argument.is_boolean(), argument.parameter.required) {
            (true, _) => quote!(self.#name),
            (false, true) => quote!(&self.#name),
            (false, false) => quote!(self.#name.as_ref()),
        }
    });
    let values = values.chain(body.as_ref().map(|requests::Body { name, .. }| quote!(&self.#name)));
    let echoes = operation.echoes.iter().map(|echo| {
        let (parameter, property) = (snake_ident(&echo.parameter), snake_ident(&echo.property));
        let wire_name = &echo.property;
        quote!(crate::response::check(#wire_name, &self.#parameter, &answer.#property)?;)
    });
    let counts = operation.counts.iter().map(|wire_name| {
        let property = snake_ident(wire_name);
        quote!(crate::response::check_count(#wire_name, &answer.#property)?;)
    });
    let is_unread = operation.echoes.is_empty() && operation.counts.is_empty();
    let answer_name = if is_unread { quote!(_) } else { quote!(answer) };
    quote! {
        #[derive(Debug)]
        struct #call {
            #(#fields),*
        }

        impl crate::call::Call for #call {
            type Answer = #answer;

            const OPERATION: &'static crate::Operation = &operations::#constant;
            #success

            async fn attempt(&self, context: &crate::transport::Context) -> ::std::option::Option<Self::Answer> {
                let transport = transport::Client::new_with_client(
                    context.base_url(),
                    context.http().clone(),
                    context.clone(),
                );
                ::std::option::Option::Some(transport.#method(#(#values),*).await.ok()?.into_inner())
            }

            fn check_response(&self, #answer_name: &Self::Answer) -> ::std::result::Result<(), crate::response::Mismatch> {
                #(#echoes)*
                #(#counts)*
                ::std::result::Result::Ok(())
            }
        }
    }
}
