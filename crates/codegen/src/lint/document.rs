//! The document itself: its OpenAPI version, its title, and the keys that each of its objects may have.
//!
//! A key that is not read here is ignored by every reader of the contract, so a misspelt one would go unnoticed.

use serde_json::{Map, Value as Json};

use super::reader::{Reader, other_keys};
use super::rules;
use crate::pointer::Pointer;

/// A kind of object in OpenAPI, with the keys it may have.
struct Object {
    /// Its name in messages.
    name: &'static str,
    /// The keys whose values are not checked here.
    leaves: &'static [&'static str],
    /// The keys that hold one object.
    one: &'static [(&'static str, &'static Object)],
    /// The keys that hold a list or a mapping of objects.
    each: &'static [(&'static str, &'static Object)],
}

static CONTRACT: Object = Object {
    name: "a contract",
    leaves: &["openapi", "security", "externalDocs"],
    one: &[("info", &INFO), ("components", &COMPONENTS)],
    each: &[("servers", &SERVER), ("tags", &TAG), ("paths", &PATH)],
};

static INFO: Object = Object {
    name: "`info`",
    leaves: &["title", "version", "description", "termsOfService", "contact", "license"],
    one: &[],
    each: &[],
};

static SERVER: Object = Object { name: "a server", leaves: &["url", "description"], one: &[], each: &[] };

static TAG: Object = Object { name: "a tag", leaves: &["name", "description", "externalDocs"], one: &[], each: &[] };

static COMPONENTS: Object = Object {
    name: "`components`",
    leaves: &["examples"],
    one: &[],
    each: &[
        ("schemas", &SCHEMA),
        ("parameters", &PARAMETER),
        ("headers", &HEADER),
        ("responses", &RESPONSE),
        ("securitySchemes", &SCHEME),
    ],
};

static PATH: Object = Object {
    name: "a path",
    leaves: &["$ref", "summary", "description"],
    one: &[
        ("get", &OPERATION),
        ("put", &OPERATION),
        ("post", &OPERATION),
        ("delete", &OPERATION),
        ("options", &OPERATION),
        ("head", &OPERATION),
        ("patch", &OPERATION),
        ("trace", &OPERATION),
    ],
    each: &[("parameters", &PARAMETER)],
};

static OPERATION: Object = Object {
    name: "an operation",
    leaves: &["operationId", "tags", "summary", "description", "externalDocs", "deprecated", "security"],
    one: &[("requestBody", &REQUEST_BODY)],
    each: &[("parameters", &PARAMETER), ("responses", &RESPONSE)],
};

// That it is no reference is a rule of its own.
static REQUEST_BODY: Object = Object {
    name: "a request body",
    leaves: &["$ref", "description", "required"],
    one: &[],
    each: &[("content", &MEDIA)],
};

static PARAMETER: Object = Object {
    name: "a parameter",
    leaves: &[
        "name",
        "in",
        "description",
        "required",
        "deprecated",
        "allowEmptyValue",
        "style",
        "explode",
        "allowReserved",
        "content",
        "example",
        "examples",
    ],
    one: &[("schema", &SCHEMA)],
    each: &[],
};

static HEADER: Object = Object {
    name: "a header",
    leaves: &["description", "required", "deprecated", "example", "examples"],
    one: &[("schema", &SCHEMA)],
    each: &[],
};

static RESPONSE: Object = Object {
    name: "a response",
    leaves: &["description"],
    one: &[],
    each: &[("headers", &HEADER), ("content", &MEDIA)],
};

static MEDIA: Object =
    Object { name: "a body", leaves: &["example", "examples"], one: &[("schema", &SCHEMA)], each: &[] };

static SCHEMA: Object = Object {
    name: "a schema",
    leaves: SCHEMA_KEYS,
    one: &[("items", &SCHEMA), ("additionalProperties", &SCHEMA)],
    each: &[("properties", &PROPERTY), ("allOf", &SCHEMA), ("oneOf", &SCHEMA), ("anyOf", &SCHEMA)],
};

static PROPERTY: Object = Object { name: "a property", leaves: SCHEMA.leaves, one: SCHEMA.one, each: SCHEMA.each };

static SCHEME: Object = Object {
    name: "a security scheme",
    leaves: &["type", "description", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl"],
    one: &[("flows", &FLOWS)],
    each: &[],
};

static FLOWS: Object = Object {
    name: "`flows`",
    leaves: &[],
    one: &[("implicit", &FLOW), ("password", &FLOW), ("clientCredentials", &FLOW), ("authorizationCode", &FLOW)],
    each: &[],
};

static FLOW: Object =
    Object { name: "a flow", leaves: &["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"], one: &[], each: &[] };

/// The keys of a schema whose values are not schemas.
const SCHEMA_KEYS: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "required",
    "enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "not",
    "discriminator",
    "readOnly",
    "deprecated",
    "example",
    "externalDocs",
];

/// The extensions of `mde`, and each object that they belong to.
const EXTENSIONS: [(&str, &str); 11] = [
    ("x-mde-aliases", "a server"),
    ("x-mde-audience", "a server"),
    ("x-mde-authority", "a server"),
    ("x-mde-echo", "a property"),
    ("x-mde-error-codes", "a response"),
    ("x-mde-name", "a server"),
    ("x-mde-permissions", "an operation"),
    ("x-mde-quota", "an operation"),
    ("x-mde-unit", "a header"),
    ("x-mde-unit", "a property"),
    ("x-mde-unit", "a schema"),
];

impl Object {
    fn keys(&self) -> Vec<&'static str> {
        let below = self.one.iter().chain(self.each).map(|(key, _)| *key);
        self.leaves.iter().copied().chain(below).collect()
    }
}

impl<'a> Reader<'a> {
    /// `openapi`: the generator reads 3.0 only.
    pub(super) fn openapi_version(&mut self) {
        let pointer = Pointer::root().child("openapi");
        let Some(version) = self.text(&pointer, rules::OPENAPI_VERSION) else { return };
        let is_3_0 = version.strip_prefix("3.0.").is_some_and(|patch| patch.parse::<u8>().is_ok());
        if !is_3_0 {
            let help = "use OpenAPI 3.0.3; the generator supports 3.0 only";
            self.report(
                rules::OPENAPI_VERSION,
                &pointer,
                format!("the OpenAPI version {version:?} is not supported"),
                help,
            );
        }
    }

    /// `info`: the title and the version.
    pub(super) fn info(&mut self) -> Option<(String, String)> {
        let info = Pointer::root().child("info");
        let title = self.single_line(&info.child("title"));
        let version = self.single_line(&info.child("version"));
        self.text(&info.child("description"), rules::DESCRIBED);
        Some((title?.to_owned(), version?.to_owned()))
    }

    /// The title or the version, which goes into one line of the generated code.
    fn single_line(&mut self, pointer: &Pointer) -> Option<&'a str> {
        let text = self.text(pointer, rules::TITLE_AND_VERSION)?;
        if text.contains('\n') {
            let message = format!("`{}` has more than one line", pointer.last());
            self.report(rules::TITLE_AND_VERSION, pointer, message, "write it on one line");
        }
        Some(text)
    }
}

impl Reader<'_> {
    /// Reports every misspelt or misplaced key.
    pub(super) fn known_keys(&mut self) {
        self.keys_of(&CONTRACT, &Pointer::root(), self.document.root());
    }

    fn keys_of(&mut self, kind: &Object, pointer: &Pointer, value: &Json) {
        let Some(object) = value.as_object() else { return };
        if object.get("$ref").is_some_and(Json::is_string) && !kind.leaves.contains(&"$ref") {
            self.beside_reference(kind, pointer, object);
            return;
        }
        self.examples_of(kind.name, pointer);
        let known = kind.keys();
        for key in other_keys(object, &known) {
            if key.starts_with("x-mde-") {
                self.extension(&pointer.child(key), key, Some(kind.name));
            } else if !key.starts_with("x-") {
                let message = format!("`{key}` is not a supported key of {}", kind.name);
                let help = "fix the spelling, or remove it: no tool reads it";
                self.report(rules::KNOWN_KEY, &pointer.child(key), message, help);
            }
        }
        for (key, below) in kind.one {
            if let Some(value) = object.get(*key) {
                self.keys_of(below, &pointer.child(key), value);
            }
        }
        for (key, below) in kind.each {
            self.keys_of_each(below, &pointer.child(key));
        }
    }

    fn keys_of_each(&mut self, kind: &Object, pointer: &Pointer) {
        for (item, pointer) in self.items(pointer) {
            self.keys_of(kind, &pointer, item);
        }
        for (name, value, pointer) in self.entries(pointer) {
            if name.starts_with("x-mde-") {
                self.extension(&pointer, name, None);
            }
            self.keys_of(kind, &pointer, value);
        }
    }

    fn extension(&mut self, pointer: &Pointer, key: &str, here: Option<&str>) {
        let objects: Vec<_> = EXTENSIONS.iter().filter(|(known, _)| *known == key).map(|(_, object)| *object).collect();
        if here.is_some_and(|here| objects.contains(&here)) {
            return;
        }
        let (message, help) = if objects.is_empty() {
            let mut known = EXTENSIONS.map(|(known, _)| known).to_vec();
            known.dedup();
            (format!("`{key}` is not a known extension"), format!("use one of {}", known.join(", ")))
        } else {
            (format!("`{key}` has no meaning here"), format!("move it to {}", objects.join(" or ")))
        };
        self.report(rules::KNOWN_EXTENSION, pointer, message, help);
    }

    /// OpenAPI 3.0 ignores all keys beside a `$ref`.
    fn beside_reference(&mut self, kind: &Object, pointer: &Pointer, object: &Map<String, Json>) {
        let help = match kind.name {
            "a property" => "write the reference as `allOf: [{$ref: …}]`, which allows other keys",
            _ => "remove it, or move it to the referenced component",
        };
        for key in other_keys(object, &["$ref"]) {
            let message = format!("`{key}` beside `$ref` is ignored");
            self.report(rules::REFERENCE_ALONE, &pointer.child(key), message, help);
        }
    }
}
