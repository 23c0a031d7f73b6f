//! What the workspace promises of its own files, as far as a machine can hold it: which package may know which, files
//! that import one way, sizes, doc comments, no stray file, and an ARCHITECTURE.md that names files which exist.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest that a source file may be, in lines. Generated files are not for reading from top to bottom.
const LONGEST: usize = 600;

/// Which packages of ours each one may depend on, for its users and for its build. Its tests may use more.
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("openapi", &[]),
    ("crates/codegen", &[]),
    ("crates/client", &["mde-codegen", "mde-openapi"]),
    ("crates/store", &["mde-client"]),
    ("crates/input", &[]),
    ("crates/sandbox", &["mde-openapi"]),
    ("crates/cli", &["mde-client", "mde-input", "mde-sandbox", "mde-store"]),
    ("xtask", &["mde-codegen", "mde-input", "mde-openapi"]),
    ("tests", &["mde-cli", "mde-client", "mde-codegen", "mde-openapi"]),
    ("fuzz", &["mde-client", "mde-codegen", "mde-input", "mde-sandbox"]),
];

/// The kinds of file that belong into a folder, by the end of their names. The first row that fits a path counts.
const BELONGS: [(&str, &[&str]); 16] = [
    (".cargo/", &["config.toml"]),
    (".ci/", &["run"]),
    (".github/", &[".yml"]),
    ("openapi/documented/", &[".yaml", ".json", ".http", "SHA256SUMS"]),
    ("openapi/", &[".rs", ".toml", ".md", ".yaml", "mde.json"]),
    ("crates/cli/src/", &[".rs", ".bash", ".css", ".js", ".snap"]),
    ("crates/sandbox/src/", &[".rs", ".css", ".js", ".html"]),
    ("tests/tests/cli/input/cases/", &[".txt", ".bin", ".xlsx"]),
    ("crates/input/tests/layouts/", &[".txt"]),
    ("crates/client/tests/certificates/", &["README.md", ".pem", ".pfx"]),
    ("crates/", &[".rs", ".toml", ".md", ".snap", ".yaml"]),
    ("xtask/", &[".rs", ".toml", ".md", ".snap", ".yaml", ".json", ".http"]),
    ("tests/", &[".rs", ".toml", ".snap", ".yaml"]),
    // Whatever bytes the fuzzer came upon, named by their checksum.
    ("fuzz/corpus/", &[""]),
    ("fuzz/", &[".rs", "Cargo.toml"]),
    ("", &[".md", "Cargo.toml", "Cargo.lock", "rustfmt.toml", ".gitignore", ".gitattributes"]),
];

/// What is not a part of the repository, as `.gitignore` has it.
const IGNORED: [&str; 6] = [".git", "target", "fuzz/target", "fuzz/artifacts", "fuzz/coverage", "fuzz/Cargo.lock"];

/// The text of every file of the workspace, by its path with forward slashes. What is not text is empty.
fn files() -> BTreeMap<String, String> {
    let root = root();
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            if entry.file_type().unwrap().is_dir() {
                if !IGNORED.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if !IGNORED.contains(&name.as_str()) {
                files.insert(name, fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The source files of the workspace that people write.
fn sources() -> BTreeMap<String, String> {
    let is_generated = |text: &str| text.starts_with("// Written by `cargo xtask regen`");
    files().into_iter().filter(|(path, text)| path.ends_with(".rs") && !is_generated(text)).collect()
}

fn assert_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn packages_know_only_those_below_them() {
    let files = files();
    let packages: BTreeSet<_> =
        files.keys().filter_map(|path| path.strip_suffix("/Cargo.toml")).map(str::to_owned).collect();
    let listed: BTreeSet<_> = MAY_KNOW.iter().map(|(package, _)| (*package).to_owned()).collect();
    assert_eq!(packages, listed, "every package has a row in the table");
    let mut wrong = Vec::new();
    for (package, may_know) in MAY_KNOW {
        let mut counts = false;
        for line in files[&format!("{package}/Cargo.toml")].lines() {
            if line.starts_with('[') {
                counts = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
            }
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if counts && (name.starts_with("mde-") || name == "xtask") && !may_know.contains(&name) {
                wrong.push(format!("{package} may not depend on {name}"));
            }
        }
    }
    assert_none("dependencies that run the wrong way", wrong);
}

#[test]
fn every_file_belongs_where_it_is() {
    let belongs = |path: &String| {
        let (_, ends) = BELONGS.iter().find(|(folder, _)| path.starts_with(folder)).unwrap();
        ends.iter().any(|end| path.ends_with(end)) && !path.ends_with(".snap.new")
    };
    let stray = files().into_keys().filter(|path| !belongs(path)).collect();
    assert_none("stray files, which a test may have written outside its temporary folder", stray);
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let without = sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert_none("files without a doc comment at their top", without);
}

#[test]
fn no_source_file_is_too_long() {
    let lines = sources().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long = lines.filter(|(_, lines)| *lines > LONGEST).map(|(path, lines)| format!("{path}: {lines} lines"));
    assert_none("files of more lines than people read", long.collect());
}

#[test]
fn the_runtime_of_the_client_does_not_know_what_is_generated() {
    let src = "crates/client/src";
    let all: BTreeMap<_, _> = files().into_iter().filter(|(path, _)| path.starts_with(src)).collect();
    let generated = format!("{src}/generated.rs");
    let runtime = all.keys().filter(|path| **path != generated && **path != format!("{src}/lib.rs"));
    // What is simulated is a test of the runtime with a call of an operation.
    let runtime = runtime.filter(|path| path.ends_with(".rs") && !path.contains("/simulation/"));
    let knows = runtime.filter(|path| imports(path, src, &all).contains(&generated));
    assert_none("files of the client's runtime that import generated code", knows.cloned().collect());
}

#[test]
fn the_architecture_names_files_that_exist() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |quoted: &&str| quoted.contains('/') && !quoted.contains([' ', '*', '{', '<', ':']);
    let paths: Vec<_> = quoted.filter(is_path).collect();
    assert!(paths.len() > 40, "it names {} files", paths.len());
    let missing = paths.into_iter().filter(|path| !root().join(path).exists()).map(str::to_owned).collect();
    assert_none("ARCHITECTURE.md names what does not exist", missing);
}

#[test]
fn files_import_one_way() {
    let sources = sources();
    let mut circles = Vec::new();
    for (package, _) in MAY_KNOW {
        let files: Vec<_> = sources.keys().filter(|path| path.starts_with(&format!("{package}/src/"))).collect();
        let imports: BTreeMap<_, _> =
            files.iter().map(|path| (path.as_str(), imports(path, &format!("{package}/src"), &sources))).collect();
        circles.extend(files.iter().filter_map(|path| circle(path, &imports)));
    }
    circles.sort_by_key(|circle| circle.iter().min().cloned());
    circles.dedup_by_key(|circle| circle.iter().cloned().collect::<BTreeSet<_>>());
    assert_none("files that import each other", circles.iter().map(|circle| circle.join(" -> ")).collect());
}

type Imports<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// The shortest way from a file through what it imports back to itself.
fn circle(start: &str, imports: &Imports<'_>) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in imports.get(way.last()?.as_str()).into_iter().flatten() {
                let further: Vec<_> = way.iter().cloned().chain([next.clone()]).collect();
                if next == start {
                    return Some(further);
                }
                if seen.insert(next.clone()) {
                    longer.push(further);
                }
            }
        }
        ways = longer;
    }
    None
}

/// The files of the same package that a file takes names from. What it takes from the root of the package, by a
/// re-export there, counts as taken from the file that has it.
fn imports(path: &str, src: &str, sources: &BTreeMap<String, String>) -> BTreeSet<String> {
    let module = module_of(path, src);
    let text = code(&sources[path]);
    let mut taken = BTreeSet::new();
    let mut starts: Vec<(&str, Vec<String>)> = vec![("crate", vec![])];
    let parents = ["super", "super::super", "super::super::super"];
    for (up, parent) in parents.iter().enumerate().take(module.len()) {
        starts.push((parent, module[..module.len() - 1 - up].to_vec()));
    }
    starts.push(("self", module.clone()));
    let children: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.to_owned()))
        .collect();
    for child in &children {
        starts.push((child, [module.clone(), vec![child.clone()]].concat()));
    }
    for (start, from) in starts {
        for tail in tails(&text, start) {
            for names in leaves(tail) {
                if names.first().is_some_and(|name| name == "super") {
                    continue;
                }
                let full = [from.clone(), names].concat();
                if let Some(file) = file_of(&full, src, sources, 0) {
                    taken.insert(file);
                }
            }
        }
    }
    taken.remove(path);
    taken
}

/// The module that a file is, as the names on the way from the root of its package.
fn module_of(path: &str, src: &str) -> Vec<String> {
    let within = path.strip_prefix(src).unwrap().trim_start_matches('/').trim_end_matches(".rs");
    let mut names: Vec<_> = within.split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        names.pop();
    }
    names
}

/// The file that has what a path of names leads to, by way of re-exports where there are any. Nothing, where no file of
/// the package has it: code that is written for another package, in a `quote!`, has such paths.
fn file_of(names: &[String], src: &str, sources: &BTreeMap<String, String>, depth: usize) -> Option<String> {
    for length in (0..=names.len()).rev() {
        let module = names[..length].join("/");
        let files = match length {
            0 => vec![format!("{src}/lib.rs"), format!("{src}/main.rs")],
            _ => vec![format!("{src}/{module}.rs"), format!("{src}/{module}/mod.rs")],
        };
        let Some(file) = files.into_iter().find(|file| sources.contains_key(file)) else { continue };
        let Some(name) = names.get(length).filter(|name| *name != "*") else { return Some(file) };
        let text = code(&sources[&file]);
        if defines(&text, name) {
            return Some(file);
        }
        let reexports = statements(&text).filter(|line| line.starts_with("pub") && line.contains("use "));
        let mut leaves: Vec<_> = reexports.flat_map(|line| leaves(line.split_once("use ").unwrap().1)).collect();
        // A name that is re-exported as such wins over all that a glob brings in.
        leaves.sort_by_key(|leaf| leaf.last().is_some_and(|last| last == "*"));
        return leaves.into_iter().filter(|_| depth < 4).find_map(|leaf| {
            let last = leaf.last().filter(|last| *last == name || *last == "*")?;
            let from = if leaf[0] == "crate" { &[] } else { &names[..length] };
            let skip = usize::from(["crate", "self"].contains(&leaf[0].as_str()));
            let within = if last == "*" { &leaf[skip..leaf.len() - 1] } else { &leaf[skip..] };
            let named = [from, within, if last == "*" { std::slice::from_ref(name) } else { &[] }].concat();
            let found = if leaf.len() > 1 { file_of(&named, src, sources, depth + 1) } else { None };
            found.filter(|found| *found != file)
        });
    }
    None
}

/// Whether a text has an item of this name.
fn defines(text: &str, name: &str) -> bool {
    let words: Vec<_> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let kinds = ["struct", "enum", "fn", "trait", "type", "const", "static", "mod", "macro_rules"];
    words.windows(2).any(|pair| kinds.contains(&pair[0]) && pair[1] == name)
}

/// The statements that end with a semicolon, each on one line.
fn statements(text: &str) -> impl Iterator<Item = String> {
    text.split(';').map(|statement| {
        let last = statement.rfind('}').filter(|end| !statement[*end..].trim_matches('}').trim().is_empty());
        statement[last.map_or(0, |end| end + 1)..].split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// What follows each `start::` in a text.
fn tails<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let mark = format!("{start}::");
    let is_whole = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    text.match_indices(&mark).filter(|(at, _)| is_whole(*at)).map(|(at, _)| &text[at + mark.len()..]).collect()
}

/// The paths that a tree of `use` leads to: `a::{b, c::d}` to `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    fn read(rest: &mut &str, before: &[String], leaves: &mut Vec<Vec<String>>) {
        let mut path = before.to_vec();
        loop {
            *rest = rest.trim_start();
            if let Some(inside) = rest.strip_prefix('{') {
                *rest = inside;
                while !rest.is_empty() && !rest.starts_with('}') {
                    let length = rest.len();
                    read(rest, &path, leaves);
                    *rest = rest.trim_start().trim_start_matches(',').trim_start();
                    if rest.len() == length {
                        return;
                    }
                }
                *rest = rest.strip_prefix('}').unwrap_or(rest);
                return;
            }
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if !name.is_empty() && name != "self" {
                path.push(name.to_owned());
            }
            *rest = after
                .strip_prefix(" as ")
                .map_or(after, |alias| alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
            match rest.strip_prefix("::") {
                Some(further) => *rest = further,
                None => {
                    leaves.push(path);
                    return;
                }
            }
        }
    }
    let mut found = Vec::new();
    read(&mut &*tree, &[], &mut found);
    found
}

/// The text of a file without comments, and without the unit tests at its end.
fn code(text: &str) -> String {
    let text = text.split("\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
