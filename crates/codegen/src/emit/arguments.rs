//! The parameters of an operation, as its request builders see them.

use heck::{ToPascalCase, ToShoutySnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::values::{docs, own_ident, snake_ident, type_ident, type_path};
use crate::model::{Contract, Operation, Parameter, ParameterValue, ValueKind};
use crate::reserved;

/// One parameter as a builder sees it.
pub(crate) struct Argument<'a> {
    pub(crate) parameter: &'a Parameter,
    pub(crate) name: Ident,
    /// The type of the value in a call.
    pub(crate) kind: TokenStream,
    /// How an argument becomes a value.
    check: Check,
    /// Whether its type is `Copy`.
    is_copy: bool,
}

/// How an argument becomes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// It is one.
    Plain,
    /// Whatever its type is, it is valid.
    Into,
    /// It may be invalid.
    TryInto,
}

impl<'a> Argument<'a> {
    /// The arguments of an operation, in the order of its parameters.
    pub(crate) fn all(contract: &Contract, operation: &'a Operation) -> Vec<Self> {
        operation.parameters.iter().map(|parameter| Self::of(contract, parameter)).collect()
    }

    fn of(contract: &Contract, parameter: &'a Parameter) -> Self {
        let name = snake_ident(&parameter.name);
        let ParameterValue::Named(schema) = &parameter.value else {
            return Self { parameter, name, kind: quote!(bool), check: Check::Plain, is_copy: true };
        };
        let value = contract.value(schema).map(|value| &value.kind);
        let (kind, check) = match value {
            Some(ValueKind::Address) => (quote!(::std::net::IpAddr), Check::Into),
            Some(ValueKind::Timestamp) => (quote!(crate::Timestamp), Check::Into),
            _ => (type_path(&type_ident(schema)), Check::TryInto),
        };
        let is_copy = !matches!(value, Some(ValueKind::Text(_)));
        Self { parameter, name, kind, check, is_copy }
    }

    /// Whether it is `true` or `false`, which the transport takes by value.
    pub(crate) fn is_boolean(&self) -> bool {
        self.parameter.value == ParameterValue::Boolean
    }

    /// The type that a setter of the builder accepts.
    pub(crate) fn bound(&self) -> TokenStream {
        let kind = &self.kind;
        match self.check {
            Check::Plain => quote!(#kind),
            Check::Into => quote!(impl ::std::convert::Into<#kind>),
            Check::TryInto => {
                quote!(impl ::std::convert::TryInto<#kind, Error: ::std::convert::Into<crate::InvalidValue>>)
            }
        }
    }

    /// The expression that converts the argument to what the builder stores.
    pub(crate) fn converted(&self) -> TokenStream {
        let (name, wire_name) = (&self.name, &self.parameter.name);
        match self.check {
            Check::Plain => quote!(#name),
            Check::Into => quote!(#name.into()),
            Check::TryInto => quote!(#name.try_into().map_err(|error| error.into().of_parameter(#wire_name))),
        }
    }

    /// The field of a builder for an optional value.
    pub(crate) fn field(&self) -> TokenStream {
        let Self { name, kind, .. } = self;
        let kind = match self.check {
            Check::Plain | Check::Into => quote!(#kind),
            Check::TryInto => quote!(::std::result::Result<#kind, crate::InvalidValue>),
        };
        if self.parameter.required { quote!(#name: #kind) } else { quote!(#name: ::std::option::Option<#kind>) }
    }

    /// What it means and, where it is another name, what it is sent as.
    fn docs(&self) -> String {
        let Parameter { name, description, .. } = self.parameter;
        let description = description.trim();
        if self.name == name { description.to_owned() } else { format!("{description}\n\nSent as `{name}`.") }
    }

    /// The setter of an optional parameter.
    pub(crate) fn setter(&self) -> TokenStream {
        let (name, bound, value) = (&self.name, self.bound(), self.converted());
        let docs = docs(&self.docs());
        quote! {
            #docs
            pub fn #name(mut self, #name: #bound) -> Self {
                self.#name = ::std::option::Option::Some(#value);
                self
            }
        }
    }

    /// The validated value, from the field of a builder. An invalid value returns from the function that contains this.
    pub(crate) fn validated(&self, constant: &Ident) -> TokenStream {
        let name = &self.name;
        match (self.check, self.parameter.required) {
            (Check::Plain | Check::Into, _) => quote!(self.#name),
            (Check::TryInto, true) => quote!(crate::call::valid(&operations::#constant, self.#name)?),
            (Check::TryInto, false) => {
                quote!(self.#name.map(|value| crate::call::valid(&operations::#constant, value)).transpose()?)
            }
        }
    }

    /// A copy of the value in the variable of this name.
    pub(crate) fn duplicate(&self) -> TokenStream {
        let name = &self.name;
        if self.is_copy { quote!(#name) } else { quote!(#name: #name.clone()) }
    }
}

/// The setter of the options, which every builder has.
pub(crate) fn options_setter() -> TokenStream {
    let options = own_ident(reserved::OPTIONS);
    quote! {
        /// Sets the time limits and the number of retries, in place of those of the client.
        pub fn #options(mut self, #options: crate::CallOptions) -> Self {
            self.#options = #options;
            self
        }
    }
}

/// The constant of an operation in the module `operations`.
pub(crate) fn constant_ident(operation: &Operation) -> Ident {
    format_ident!("{}", operation.id.to_shouty_snake_case())
}

/// The type that builds one call.
pub(crate) fn builder_ident(operation: &Operation) -> Ident {
    format_ident!("{}", operation.id.to_pascal_case())
}

/// The type of the validated values of a call.
pub(crate) fn call_ident(operation: &Operation) -> Ident {
    format_ident!("{}Call", operation.id.to_pascal_case())
}
