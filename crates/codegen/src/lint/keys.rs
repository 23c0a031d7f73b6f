//! The keys that an object of the contract may have. Whatever is not read here would be ignored by everything that
//! reads the contract, and could say anything.

use serde_json::{Map, Value as Json};

use super::{Reader, other_keys};
use crate::Pointer;
use crate::lint::rules;

/// One kind of object that OpenAPI describes.
struct Object {
    /// How messages call it.
    called: &'static str,
    /// The keys below which nothing more is checked here.
    plain: &'static [&'static str],
    /// The keys that hold one object.
    one: &'static [(&'static str, &'static Object)],
    /// The keys that hold a list or a mapping of objects.
    each: &'static [(&'static str, &'static Object)],
}

static CONTRACT: Object = Object {
    called: "a contract",
    plain: &["openapi", "security", "externalDocs"],
    one: &[("info", &INFO), ("components", &COMPONENTS)],
    each: &[("servers", &SERVER), ("tags", &TAG), ("paths", &PATH)],
};

static INFO: Object = Object {
    called: "`info`",
    plain: &["title", "version", "description", "termsOfService", "contact", "license"],
    one: &[],
    each: &[],
};

static SERVER: Object = Object { called: "a server", plain: &["url", "description"], one: &[], each: &[] };

static TAG: Object = Object { called: "a tag", plain: &["name", "description", "externalDocs"], one: &[], each: &[] };

static COMPONENTS: Object = Object {
    called: "`components`",
    plain: &["examples"],
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
    called: "a path",
    plain: &["$ref", "summary", "description"],
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
    called: "an operation",
    plain: &["operationId", "tags", "summary", "description", "externalDocs", "requestBody", "deprecated", "security"],
    one: &[],
    each: &[("parameters", &PARAMETER), ("responses", &RESPONSE)],
};

static PARAMETER: Object = Object {
    called: "a parameter",
    plain: &[
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
    called: "a header",
    plain: &["description", "required", "deprecated", "example", "examples"],
    one: &[("schema", &SCHEMA)],
    each: &[],
};

static RESPONSE: Object = Object {
    called: "a response",
    plain: &["description"],
    one: &[],
    each: &[("headers", &HEADER), ("content", &MEDIA)],
};

static MEDIA: Object =
    Object { called: "a body", plain: &["example", "examples"], one: &[("schema", &SCHEMA)], each: &[] };

static SCHEMA: Object = Object {
    called: "a schema",
    plain: SCHEMA_KEYS,
    one: &[("items", &SCHEMA)],
    each: &[("properties", &PROPERTY), ("allOf", &SCHEMA), ("oneOf", &SCHEMA), ("anyOf", &SCHEMA)],
};

static PROPERTY: Object = Object { called: "a property", plain: SCHEMA.plain, one: SCHEMA.one, each: SCHEMA.each };

static SCHEME: Object = Object {
    called: "a security scheme",
    plain: &["type", "description", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl"],
    one: &[("flows", &FLOWS)],
    each: &[],
};

static FLOWS: Object = Object {
    called: "`flows`",
    plain: &[],
    one: &[("implicit", &FLOW), ("password", &FLOW), ("clientCredentials", &FLOW), ("authorizationCode", &FLOW)],
    each: &[],
};

static FLOW: Object =
    Object { called: "a flow", plain: &["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"], one: &[], each: &[] };

/// What a schema may say besides the schemas within it.
const SCHEMA_KEYS: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "required",
    "additionalProperties",
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

/// Every extension of ours, and the object that it is read on.
const EXTENSIONS: [(&str, &str); 8] = [
    ("x-mde-aliases", "a server"),
    ("x-mde-audience", "a server"),
    ("x-mde-authority", "a server"),
    ("x-mde-echo", "a property"),
    ("x-mde-error-codes", "a response"),
    ("x-mde-name", "a server"),
    ("x-mde-permissions", "an operation"),
    ("x-mde-quota", "an operation"),
];

impl Object {
    fn keys(&self) -> Vec<&'static str> {
        let below = self.one.iter().chain(self.each).map(|(key, _)| *key);
        self.plain.iter().copied().chain(below).collect()
    }
}

impl Reader<'_> {
    /// No key may be misspelt or misplaced, for nothing else would notice it.
    pub(super) fn known_keys(&mut self) {
        self.keys_of(&CONTRACT, &Pointer::root(), self.document.root());
    }

    fn keys_of(&mut self, kind: &Object, pointer: &Pointer, value: &Json) {
        let Some(object) = value.as_object() else { return };
        if object.get("$ref").is_some_and(Json::is_string) && !kind.plain.contains(&"$ref") {
            self.beside_reference(kind, pointer, object);
            return;
        }
        let known = kind.keys();
        for key in other_keys(object, &known) {
            if key.starts_with("x-mde-") {
                self.extension(&pointer.child(key), key, Some(kind.called));
            } else if !key.starts_with("x-") {
                let message = format!("`{key}` of {} is not read", kind.called);
                let help = "mend its spelling, or leave it out, for nothing would keep to it";
                self.find(rules::KNOWN_KEY, &pointer.child(key), message, help);
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
        let (message, help) = match EXTENSIONS.into_iter().find(|(known, _)| *known == key) {
            Some((_, place)) if Some(place) == here => return,
            Some((_, place)) => (format!("`{key}` means nothing here"), format!("put it on {place}")),
            None => {
                let known = EXTENSIONS.map(|(known, _)| known).join(", ");
                (format!("`{key}` is none of our extensions"), format!("use one of {known}"))
            }
        };
        self.find(rules::KNOWN_EXTENSION, pointer, message, help);
    }

    /// OpenAPI 3.0 ignores what stands beside a `$ref`.
    fn beside_reference(&mut self, kind: &Object, pointer: &Pointer, object: &Map<String, Json>) {
        let help = match kind.called {
            "a property" => "write the reference as `allOf: [{$ref: …}]`, for beside that it is read",
            _ => "leave it out, or say it of what is referred to",
        };
        for key in other_keys(object, &["$ref"]) {
            let message = format!("`{key}` beside `$ref` is ignored");
            self.find(rules::REFERENCE_ALONE, &pointer.child(key), message, help);
        }
    }
}
