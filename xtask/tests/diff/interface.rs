//! What is public of generated code.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, quote};
use syn::{Attribute, Fields, File, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, UseTree, Visibility};

/// What users of generated code can rely on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Each item and each part of one, as far as a program can name or use it.
    pub(crate) items: BTreeSet<String>,
    /// The constants that say which values are taken, with what they say.
    pub(crate) limits: BTreeMap<String, String>,
}

impl Interface {
    pub(crate) fn of(code: &str) -> Self {
        let file: File = syn::parse_str(code).unwrap();
        let mut interface = Self { items: BTreeSet::new(), limits: BTreeMap::new() };
        let types = types_of_transport(&file.items);
        for item in &file.items {
            match item {
                Item::Use(exported) => names(&exported.tree).iter().for_each(|name| interface.structure(&types[name])),
                Item::Struct(structure) => interface.structure(structure),
                Item::Impl(block) => interface.block(block),
                Item::Macro(call) => interface.add(call),
                Item::Mod(module) if is_public(&module.vis) => interface.constants(&module.content.as_ref().unwrap().1),
                Item::Mod(_) | Item::Const(_) => {}
                other => panic!("the generator writes what this test does not know: {}", other.to_token_stream()),
            }
        }
        interface
    }

    fn add(&mut self, item: impl ToTokens) {
        self.items.insert(item.to_token_stream().to_string());
    }

    /// A structure by its name, what is derived for it, and its public fields.
    fn structure(&mut self, structure: &ItemStruct) {
        if !is_public(&structure.vis) {
            return;
        }
        let (name, generics) = (&structure.ident, &structure.generics);
        for attribute in code_of(&structure.attrs) {
            self.add(quote!(#attribute struct #name));
        }
        self.add(quote!(struct #name #generics));
        if let Fields::Named(fields) = &structure.fields {
            for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                let (field, kind) = (&field.ident, &field.ty);
                self.add(quote!(#name . #field : #kind));
            }
        }
    }

    fn block(&mut self, block: &ItemImpl) {
        let (kind, bounds) = (&block.self_ty, &block.generics.where_clause);
        let owner = &quote!(#kind #bounds);
        let implemented = block.trait_.as_ref().map(|(path, _)| path);
        if let Some(path) = implemented {
            self.add(quote!(impl #path for #owner));
        }
        for item in &block.items {
            match item {
                ImplItem::Fn(function) if is_public(&function.vis) => {
                    let signature = signature(function);
                    self.add(quote!(#owner #signature));
                }
                ImplItem::Const(constant) if is_public(&constant.vis) => {
                    let (name, kind, value) = (&constant.ident, &constant.ty, &constant.expr);
                    self.add(quote!(#owner const #name : #kind));
                    if ["MIN", "MAX", "PATTERN"].iter().any(|limit| name == limit) {
                        let limit = quote!(#owner #name).to_string();
                        self.limits.insert(limit, value.to_token_stream().to_string());
                    }
                }
                ImplItem::Type(kind) if implemented.is_some() => {
                    let name = &kind.ident;
                    let kind = &kind.ty;
                    self.add(quote!(#owner #implemented type #name = #kind));
                }
                _ => {}
            }
        }
    }

    fn constants(&mut self, items: &[Item]) {
        for item in items {
            let Item::Const(constant) = item else { panic!("no constant: {}", item.to_token_stream()) };
            let (name, kind) = (&constant.ident, &constant.ty);
            self.add(quote!(const #name : #kind));
        }
    }
}

/// The types of answers, which are public where they are exported.
fn types_of_transport(items: &[Item]) -> BTreeMap<String, ItemStruct> {
    let inner = |items: &[Item], sought: &str| {
        let mut modules = items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.ident == sought => Some(module.content.clone().unwrap().1),
            _ => None,
        });
        modules.next_back().unwrap()
    };
    let structures = inner(&inner(items, "transport"), "types").into_iter().filter_map(|item| match item {
        Item::Struct(structure) => Some((structure.ident.to_string(), structure)),
        _ => None,
    });
    structures.collect()
}

fn names(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => names(&path.tree),
        UseTree::Group(group) => group.items.iter().flat_map(names).collect(),
        UseTree::Name(name) => vec![name.ident.to_string()],
        other => panic!("an export of another kind: {}", other.to_token_stream()),
    }
}

/// A signature without the names of its arguments, which no caller writes.
fn signature(function: &ImplItemFn) -> String {
    let signature = &function.sig;
    let arguments = signature.inputs.iter().map(|argument| match argument {
        FnArg::Receiver(receiver) => receiver.to_token_stream().to_string(),
        FnArg::Typed(argument) => argument.ty.to_token_stream().to_string(),
    });
    let arguments: Vec<_> = arguments.collect();
    let (asyncness, constness, name, output) =
        (&signature.asyncness, &signature.constness, &signature.ident, &signature.output);
    let (generics, bounds) = (&signature.generics, &signature.generics.where_clause);
    quote!(#constness #asyncness fn #name #generics (#(#arguments),*) #output #bounds).to_string()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The attributes without the documentation.
fn code_of(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| !attribute.path().is_ident("doc"))
}
