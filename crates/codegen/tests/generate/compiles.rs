//! What is generated compiles: each contract of these tests, in the runtime of the client. That of the requests is also run,
//! by `exercise.rs`, against a server on this machine.
//!
//! cargo checks a copy of the client for each contract. They share their dependencies, which are built once.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::answers;
use crate::hostile::accepted;
use crate::second_operation::with_certificates;
use crate::support::{base, code, edited, read};

#[test]
fn every_contract_of_these_tests() {
    let contracts = [
        ("base", base()),
        ("certificates", with_certificates()),
        ("names-in-requests", requests()),
        ("created", answers::with_201()),
        ("no-content", answers::with_204()),
        ("nothing-at-all", answers::with_nothing()),
        ("list", answers::with_list()),
        ("maps", answers::with_maps()),
        ("pages", answers::with_pages()),
        ("names-of-calls", calls()),
        ("names-of-objects", objects()),
        ("names-of-integers", values("integer", "type: integer, format: int32, minimum: 1, maximum: 9, default: 3")),
        ("names-of-texts", values("text", "type: string, pattern: '^a'")),
        ("names-of-enums", values("enum", "type: string, enum: [a, b]")),
    ];
    let folder = workspace("generated-clients", &contracts.map(|(name, contract)| (name, code(&contract))));
    cargo(&folder, &["check", "--workspace", "--features", "schemars"]);
}

/// What each call of a contract with requests of every kind sends, and what comes of it.
#[test]
fn what_requests_send() {
    let folder = workspace("exercised-client", &[("exercised", code(&read("tests/lint/requests.yaml")))]);
    let package = folder.join("crates/exercised");
    write(&package.join("src/bin/exercise.rs"), &read("tests/generate/exercise.rs"));
    let manifest = manifest("exercised").replacen(
        "features = [\"sync\", \"time\"]",
        "features = [\"macros\", \"rt\", \"sync\", \"time\"]",
        1,
    );
    write(&package.join("Cargo.toml"), &manifest);
    insta::assert_snapshot!(cargo(&folder, &["run", "--package", "exercised"]));
}

/// A workspace with a copy of the client for each generated code, apart from that of this one, which another cargo may hold.
fn workspace(name: &str, clients: &[(&str, String)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(folder.join("crates"));
    write(&folder.join("Cargo.toml"), &tables());
    write(&folder.join("Cargo.lock"), &read("../../Cargo.lock"));
    for (name, code) in clients {
        let package = folder.join("crates").join(name);
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src"), &package.join("src"));
        write(&package.join("Cargo.toml"), &manifest(name));
        write(&package.join("src/generated.rs"), code);
    }
    folder
}

/// What a command of cargo prints in a workspace.
fn cargo(folder: &Path, command: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut cargo = Command::new(cargo);
    cargo.args(command).args(["--offline", "--quiet"]).current_dir(folder);
    let output = cargo.env("CARGO_TARGET_DIR", folder.join("target")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The shared tables of the workspace, for packages of its own.
fn tables() -> String {
    let root = read("../../Cargo.toml");
    let (_, tables) = root.split_once("[workspace.package]").unwrap();
    let (tables, _) = tables.split_once("[profile.").unwrap();
    let head = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[profile.dev]\ndebug = false\n\n[workspace.package]";
    format!("{head}{tables}")
}

/// The manifest of the client, without what generates its code and without its tests.
fn manifest(name: &str) -> String {
    let client = read("../client/Cargo.toml");
    let client = client.replacen("name = \"mde-client\"", &format!("name = \"{name}\""), 1);
    let client = client.replacen("codegen = [\"dep:mde-codegen\", \"dep:mde-openapi\"]", "codegen = []", 1);
    let client = client.replacen("default = [\"azure\", \"codegen\", \"rustls\"]", "default = []", 1);
    let mut kept = String::new();
    let mut is_kept = true;
    for line in client.lines() {
        if line.starts_with('[') {
            is_kept = !["[build-dependencies]", "[dev-dependencies]", "[[test]]"].contains(&line);
        }
        if is_kept {
            writeln!(kept, "{line}").unwrap();
        }
    }
    kept
}

/// Operations, and parameters of either kind, of every name that they may have.
fn calls() -> String {
    let mut paths = String::new();
    for (number, name) in accepted("operation").into_iter().enumerate() {
        paths += &operation(&format!("operation{number}"), name, "host", "HostName", "days", "DayCount");
    }
    for (number, name) in accepted("in path").into_iter().enumerate() {
        paths += &operation(&format!("path{number}"), &format!("byPath{number}"), name, "HostName", "days", "DayCount");
    }
    for (number, name) in accepted("in header").into_iter().enumerate() {
        let (path, id) = (format!("header{number}"), format!("byHeader{number}"));
        let operation = operation(&path, &id, "host", "HostName", name, "DayCount");
        paths += &operation.replace("in: query", "in: header");
    }
    for (number, name) in accepted("in query").into_iter().enumerate() {
        paths +=
            &operation(&format!("query{number}"), &format!("byQuery{number}"), "host", "HostName", name, "DayCount");
        paths += &operation(
            &format!("address{number}"),
            &format!("byAddress{number}"),
            name,
            "Address",
            "until",
            "HostName",
        );
    }
    with(&paths, "")
}

/// Objects of every name that they may have, each held by a property; and properties of every name.
fn objects() -> String {
    let (mut schemas, mut properties) = (String::new(), String::new());
    for (number, name) in accepted("object").into_iter().enumerate() {
        writeln!(
            schemas,
            "    '{name}': {{description: It., type: object, properties: {{a: {{description: It., type: string}}}}}}"
        )
        .unwrap();
        writeln!(
            properties,
            "        object{number}: {{description: It., allOf: [{{$ref: '#/components/schemas/{name}'}}]}}"
        )
        .unwrap();
    }
    for name in accepted("property") {
        writeln!(properties, "        '{name}': {{description: It., type: string}}").unwrap();
    }
    let paths = operation("one", "getHost", "host", "HostName", "days", "DayCount");
    with(&paths, &schemas).replace("        addresses:\n", &format!("{properties}        addresses:\n"))
}

/// Objects in requests, properties of theirs and values of an enum, of every name that they may have.
fn requests() -> String {
    let (mut schemas, mut properties) = (String::new(), String::new());
    for (number, name) in accepted("object").into_iter().enumerate() {
        let object = format!(
            "    '{name}': {{description: It., type: object, properties: {{a: {{description: It., type: string}}}}}}"
        );
        writeln!(schemas, "{object}").unwrap();
        let reference = format!("{{$ref: '#/components/schemas/{name}'}}");
        writeln!(properties, "        object{number}: {{description: It., allOf: [{reference}]}}").unwrap();
    }
    for name in accepted("in body") {
        writeln!(properties, "        '{name}': {{description: It., type: string}}").unwrap();
    }
    let variants: Vec<_> = accepted("variant").into_iter().map(|name| format!("'{name}'")).collect();
    let contract = edited(&read("tests/lint/requests.yaml"), "Active, Inactive", &variants.join(", "));
    let contract = edited(&contract, "\n  schemas:\n", &format!("\n  schemas:\n{schemas}"));
    edited(&contract, "        weight:\n", &format!("{properties}        weight:\n"))
}

/// Narrowed values of every name that they may have, each that of a required and of an optional parameter.
fn values(place: &str, keys: &str) -> String {
    let (mut schemas, mut paths) = (String::new(), String::new());
    for (number, name) in accepted(place).into_iter().enumerate() {
        writeln!(schemas, "    '{name}': {{description: It., {keys}}}").unwrap();
        paths += &operation(&format!("value{number}"), &format!("getValue{number}"), "one", name, "other", name);
    }
    with(&paths, &schemas)
}

fn operation(path: &str, id: &str, in_path: &str, kind: &str, in_query: &str, optional: &str) -> String {
    format!(
        "  /{path}/{{{in_path}}}:
    get:
      operationId: '{id}'
      tags: [Host]
      summary: It
      description: It.
      x-mde-permissions: {{application: {{name: A, display-name: A}}}}
      x-mde-quota: [{{calls: 1, seconds: 1}}]
      parameters:
        - {{name: '{in_path}', in: path, required: true, description: It., schema: {{$ref: '#/components/schemas/{kind}'}}}}
        - {{name: '{in_query}', in: query, description: It., schema: {{$ref: '#/components/schemas/{optional}'}}}}
      responses:
        '200':
          description: It.
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Host'}}}}}}
        '400':
          description: It.
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Problem'}}}}}}
"
    )
}

/// The base with other paths, and with more schemas.
fn with(paths: &str, schemas: &str) -> String {
    let contract = base().replace("          x-mde-echo: host\n", "");
    let (start, rest) = contract.split_once("paths:\n").unwrap();
    let (_, end) = rest.split_once("\ncomponents:\n").unwrap();
    let end = end.replacen("\n  schemas:\n", &format!("\n  schemas:\n{schemas}"), 1);
    format!("{start}paths:\n{paths}\ncomponents:\n{end}")
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target: PathBuf = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => write(&target, &fs::read_to_string(entry.path()).unwrap()),
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
