//! The types and the transport that progenitor writes, with our types in place of some schemas.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::OpenAPI;
use proc_macro2::{Ident, TokenStream};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl, TypePatch};
use quote::quote;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use serde_path_to_error::Segment;

use super::bodies::complete;
use super::body::Body;
use super::values::{bodies, json_schema, snake_ident, type_ident};
use crate::document::Document;
use crate::finding::Finding;
use crate::model::{Contract, Operation, ValueKind};
use crate::pointer::Pointer;

const RULE: &str = "generator-accepts";

/// Writes the private module `transport`, and the hook that sends its requests through the runtime. Returns the types of
/// bodies in it as well.
pub(crate) fn transport(document: &Document, contract: &Contract) -> Result<(TokenStream, Vec<Body>), Box<Finding>> {
    let spec = openapi(document)?;
    let settings = settings(contract);
    let generated =
        run(&settings, &spec).map_err(|refusal| Box::new(blame(document, contract, &settings, &refusal)))?;
    let Generated { code, types } = generated;
    if let Some(name) = bodies(contract).into_iter().find(|name| !types.contains(&type_ident(name).to_string())) {
        let pointer = Pointer::root().child("components").child("schemas").child(name);
        let message = format!("the generator wrote no type {} for this schema", type_ident(name));
        return Err(Box::new(document.finding(RULE, &pointer, message, "give the schema a name in PascalCase")));
    }
    let mut code = parsed(document, code)?;
    if let Some((operation, parameter)) = shadowed(contract, &code) {
        let pointer = operation.pointer.child("parameters");
        let message = format!("the generator has a use of its own for the name of the parameter {parameter:?}");
        return Err(Box::new(document.finding(RULE, &pointer, message, "choose another name for it")));
    }
    let bodies = complete(document, contract, &mut code);
    let transport = quote! {
        /// The wire types and the transport, written by progenitor. Private, so that they are not part of the public API.
        #[allow(clippy::all, clippy::unwrap_used, dead_code, deprecated, missing_docs, unreachable_pub, unused_imports)]
        mod transport {
            #code
        }

        impl ::progenitor_client::ClientHooks<crate::transport::Context> for transport::Client {
            async fn exec(
                &self,
                request: ::reqwest::Request,
                _: &::progenitor_client::OperationInfo,
            ) -> ::reqwest::Result<::reqwest::Response> {
                ::std::result::Result::Ok(crate::transport::execute(&self.inner, request).await)
            }
        }
    };
    Ok((transport, bodies))
}

/// Parses what was written.
///
/// # Errors
/// A finding, where it is not valid Rust.
pub(crate) fn parsed(document: &Document, code: TokenStream) -> Result<syn::File, Box<Finding>> {
    syn::parse2(code).map_err(|error| {
        let message = format!("the generated code is not valid Rust: {error}");
        let help = "look for a name in the contract that is not valid in Rust, such as a keyword";
        Box::new(document.finding(RULE, &Pointer::root(), message, help))
    })
}

/// What the method of an operation is called in the transport, where the generator has methods of its own. None of them
/// begins with this.
const METHOD: &str = "send";

/// The method of an operation in the transport.
pub(crate) fn method_ident(id: &str) -> Ident {
    snake_ident(&format!("{METHOD}_{id}"))
}

/// The first parameter whose name is also that of a variable in the method that the generator wrote for its operation.
fn shadowed<'a>(contract: &'a Contract, code: &syn::File) -> Option<(&'a Operation, &'a str)> {
    let items = code.items.iter().filter_map(|item| match item {
        syn::Item::Impl(item) => Some(&item.items),
        _ => None,
    });
    let methods = items.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(method) => Some((method.sig.ident.clone(), variables(&method.block))),
        _ => None,
    });
    let methods: BTreeMap<_, _> = methods.collect();
    contract.operations.iter().find_map(|operation| {
        let variables = methods.get(&method_ident(&operation.id))?;
        let mut names = operation.parameters.iter().map(|parameter| parameter.name.as_str());
        let parameter = names.find(|name| variables.contains(&snake_ident(name)))?;
        Some((operation, parameter))
    })
}

/// The variables that a block begins with `let`.
fn variables(block: &syn::Block) -> Vec<Ident> {
    let patterns = block.stmts.iter().filter_map(|statement| match statement {
        syn::Stmt::Local(local) => Some(&local.pat),
        _ => None,
    });
    let idents = patterns.filter_map(|pattern| match pattern {
        syn::Pat::Ident(pattern) => Some(pattern.ident.clone()),
        _ => None,
    });
    idents.collect()
}

fn openapi(document: &Document) -> Result<OpenAPI, Box<Finding>> {
    serde_path_to_error::deserialize(for_progenitor(document.root())).map_err(|error| {
        let segments = error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let pointer = segments.fold(Pointer::root(), |pointer, segment| pointer.child(segment));
        let error = error.inner();
        let help = "write what OpenAPI 3.0.3 defines for this place";
        let message = format!("this is not valid OpenAPI: {error}");
        Box::new(document.finding(RULE, &pointer, message, help))
    })
}

/// The contract for progenitor: without the descriptions that our own builders carry, so that a changed line of the
/// contract changes one line of code.
fn for_progenitor(root: &Json) -> Json {
    let mut root = root.clone();
    if let Some(info) = root.get_mut("info").and_then(Json::as_object_mut) {
        info.remove("description");
    }
    let paths = root.get_mut("paths").and_then(Json::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Json::as_object_mut) {
        remove_descriptions(path.get_mut("parameters"));
        for operation in path.values_mut().filter_map(Json::as_object_mut) {
            operation.remove("summary");
            operation.remove("description");
            if let Some(Json::String(id)) = operation.get_mut("operationId") {
                *id = format!("{METHOD}_{id}");
            }
            remove_descriptions(operation.get_mut("parameters"));
            if let Some(body) = operation.get_mut("requestBody").and_then(Json::as_object_mut) {
                body.remove("description");
            }
        }
    }
    remove_descriptions(root.pointer_mut("/components/parameters"));
    root
}

/// Removes the description of each parameter, inline and under `components`.
fn remove_descriptions(parameters: Option<&mut Json>) {
    let parameters: Vec<_> = match parameters {
        Some(Json::Array(items)) => items.iter_mut().collect(),
        Some(Json::Object(entries)) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    for parameter in parameters.into_iter().filter_map(Json::as_object_mut) {
        parameter.remove("description");
    }
}

fn settings(contract: &Contract) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::transport::Context))
        // In the order of the keys, so that what is written of an answer is the same every time.
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for value in &contract.values {
        let replacement = match value.kind {
            ValueKind::Address => "::std::net::IpAddr".to_owned(),
            ValueKind::Timestamp => "crate::Timestamp".to_owned(),
            _ => format!("crate::{}", type_ident(&value.name)),
        };
        let traits = [TypeImpl::Display, TypeImpl::FromStr];
        settings.with_replacement(type_ident(&value.name), replacement, traits.into_iter());
    }
    for object in &contract.requests {
        let name = type_ident(&object.name);
        settings.with_replacement(&name, format!("crate::{name}"), std::iter::empty());
    }
    for name in bodies(contract) {
        let mut patch = TypePatch::default();
        patch.with_attr("#[non_exhaustive]").with_attr(json_schema());
        settings.with_patch(type_ident(name).to_string(), &patch);
    }
    settings
}

/// What progenitor wrote, and the names of the types in it.
struct Generated {
    code: TokenStream,
    types: BTreeSet<String>,
}

/// Runs progenitor, which panics on some shapes.
fn run(settings: &GenerationSettings, spec: &OpenAPI) -> Result<Generated, String> {
    let generate = || {
        let mut generator = Generator::new(settings);
        let code = generator.generate_tokens(spec).map_err(|error| error.to_string())?;
        let types = generator.get_type_space().iter_types().map(|kind| kind.name()).collect();
        Ok(Generated { code, types })
    };
    without_panic_output(|| catch_unwind(AssertUnwindSafe(generate))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(text.unwrap_or("it gave up without a word").to_owned())
    })
}

/// Names what the generator refuses: a schema, or else an operation, which it refuses also when given that alone.
fn blame(document: &Document, contract: &Contract, settings: &GenerationSettings, refusal: &str) -> Finding {
    let (pointer, name) = refused_schema(document, settings)
        .or_else(|| refused_operation(document, contract, settings))
        .unwrap_or_else(|| (Pointer::root(), "the contract".to_owned()));
    // What follows the first line is a dump of the generator's own.
    let refusal = refusal.trim().lines().next().unwrap_or_default().trim_end_matches(':');
    let message = format!("the generator does not support {name}: {refusal}");
    document.finding(RULE, &pointer, message, "describe it by a plainer shape")
}

fn refused_schema(document: &Document, settings: &GenerationSettings) -> Option<(Pointer, String)> {
    let schemas = Pointer::root().child("components").child("schemas");
    let names: Vec<_> = document.get(&schemas)?.as_object()?.keys().collect();
    let culprit = names.into_iter().find(|name| {
        let mut root = for_progenitor(document.root());
        root["paths"] = json!({});
        let others = root.pointer_mut(schemas.as_str()).and_then(Json::as_object_mut).into_iter().flatten();
        for (_, other) in others.filter(|(other, _)| other != name) {
            *other = json!({"type": "object"});
        }
        is_refused(settings, root)
    })?;
    Some((schemas.child(culprit), format!("the schema {culprit}")))
}

fn refused_operation(
    document: &Document,
    contract: &Contract,
    settings: &GenerationSettings,
) -> Option<(Pointer, String)> {
    let culprit = contract.operations.iter().find(|operation| {
        let mut root = for_progenitor(document.root());
        if let Some(paths) = root.get_mut("paths").and_then(Json::as_object_mut) {
            paths.retain(|path, _| *path == operation.path);
        }
        is_refused(settings, root)
    })?;
    Some((culprit.pointer.clone(), format!("the operation {}", culprit.id)))
}

fn is_refused(settings: &GenerationSettings, root: Json) -> bool {
    OpenAPI::deserialize(root).is_ok_and(|spec| run(settings, &spec).is_err())
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Suppresses the panic message of this thread, because the finding contains it.
fn without_panic_output<T>(action: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    QUIET.set(true);
    let result = action();
    QUIET.set(false);
    result
}
