//! Names that the contract cannot use, because the client or the generated code has them already.
//!
//! What the generated code calls its own, the emitter takes from here. What the runtime of the client has, a test
//! compares with its source. Every other name is free: generated code takes what is not its own by its full path.

/// What `mde_client` exports at its root, where a generated type of that name would be out of reach.
pub(crate) const CLIENT_TYPES: [&str; 44] = [
    "AccessToken",
    "Acquire",
    "AnswerStream",
    "AzureCredential",
    "BoxError",
    "BoxFuture",
    "CallOptions",
    "Client",
    "ClientBuilder",
    "Clock",
    "DeviceCode",
    "Endpoint",
    "EndpointError",
    "EnvironmentCredential",
    "Error",
    "ErrorKind",
    "Event",
    "InvalidValue",
    "MemoryLedger",
    "Operation",
    "PageStream",
    "ParseTimestampError",
    "Pause",
    "Permission",
    "PermitId",
    "PermitRequest",
    "PermitUse",
    "QuotaKey",
    "QuotaLedger",
    "QuotaWindow",
    "Redactor",
    "RefreshToken",
    "RefreshTokenStore",
    "Response",
    "SignInHint",
    "StaticToken",
    "SystemClock",
    "Throttled",
    "Timestamp",
    "TokenClaims",
    "TokenProvider",
    "TokenRequest",
    "UserCredential",
    "WindowLog",
];

/// The methods of `mde_client::Client`, with those of the traits that it derives.
pub(crate) const CLIENT_METHODS: [&str; 16] = [
    "budget",
    "builder",
    "clock",
    "clone",
    "endpoint",
    "http",
    "key_of",
    "limiter",
    "notify",
    "options",
    "quota",
    "quota_key",
    "random",
    "token_claims",
    "token_request",
    "tokens",
];

/// The names that `mde_client::Endpoint` gives to hosts which are not in the contract.
pub(crate) const ENDPOINT_NAMES: [&str; 2] = ["custom", "loopback"];

/// The constant with all operations, and the one with all endpoints.
pub(crate) const ALL: &str = "ALL";

/// The constant with the other names of endpoints.
pub(crate) const ALIASES: &str = "ALIASES";

/// The argument and the field of a request builder for the body.
pub(crate) const BODY: &str = "body";

/// The constructor of an object in a request.
pub(crate) const NEW: &str = "new";

/// The field of a request builder that holds the client.
pub(crate) const CLIENT: &str = "client";

/// The field and the setter of a request builder for the number of calls in flight.
pub(crate) const CONCURRENCY: &str = "concurrency";

/// The field and the setter of a request builder for time limits and retries.
pub(crate) const OPTIONS: &str = "options";

/// The method of a request builder that follows the links from page to page.
pub(crate) const PAGES: &str = "pages";

/// The method of a request builder that sends.
pub(crate) const SEND: &str = "send";

/// Every field and method that a request builder may have whatever its parameters are.
pub(crate) const BUILDER: [&str; 5] = [CLIENT, CONCURRENCY, OPTIONS, PAGES, SEND];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// A file of the client's runtime.
    fn source(name: &str) -> String {
        fs::read_to_string(runtime().join(name)).unwrap()
    }

    fn runtime() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src")
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_types_are_those_that_the_client_exports() {
        fn leaves(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
            match tree {
                syn::UseTree::Path(path) => leaves(&path.tree, names),
                syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, names)),
                syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
                syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
                _ => {}
            }
        }
        let mut names = BTreeSet::new();
        for item in syn::parse_file(&source("lib.rs")).unwrap().items {
            match item {
                syn::Item::Use(item) if matches!(item.vis, syn::Visibility::Public(_)) => {
                    leaves(&item.tree, &mut names);
                }
                syn::Item::Mod(_) | syn::Item::Use(_) => {}
                _ => panic!("an item of its own in lib.rs"),
            }
        }
        assert_eq!(names, set(&CLIENT_TYPES));
    }

    #[test]
    fn the_methods_are_those_of_the_client() {
        let (mut names, mut derives) = (BTreeSet::new(), Vec::new());
        for path in files(&runtime()).iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            if path.ends_with("generated.rs") {
                continue;
            }
            for item in syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap().items {
                match item {
                    syn::Item::Impl(item) if item.trait_.is_none() && is_client(&item.self_ty) => {
                        names.extend(item.items.iter().filter_map(|item| match item {
                            syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
                            _ => None,
                        }));
                    }
                    syn::Item::Struct(item) if item.ident == "Client" => {
                        let attributes = item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
                        derives.extend(
                            attributes.map(|attribute| attribute.meta.require_list().unwrap().tokens.to_string()),
                        );
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(derives, ["Clone"], "the methods of what is derived belong into the list");
        names.insert("clone".to_owned());
        assert_eq!(names, set(&CLIENT_METHODS));
    }

    fn is_client(kind: &syn::Type) -> bool {
        matches!(kind, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Client"))
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn the_endpoints_are_those_that_the_client_makes_itself() {
        let source = source("endpoint.rs");
        let code = source.split("\nmod tests {").next().unwrap();
        let names = code.split("name: Cow::Borrowed(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), set(&ENDPOINT_NAMES));
    }
}
