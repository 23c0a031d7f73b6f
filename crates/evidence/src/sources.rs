use std::collections::{BTreeMap, BTreeSet};

use mde_contract::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::{SOURCE_FILE, SOURCES, Tree, digest};

const DESCRIBED: &str = "source-described";
const ATTESTED: &str = "evidence-attested";

/// Finds what is wrong with the sources: one that is not described, and a file that is not as it was attested.
///
/// `root` is how findings call the folder that the tree was read from.
pub fn check_sources(root: &str, tree: &Tree) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &[u8]>> = BTreeMap::new();
    let mut findings = Vec::new();
    for (path, bytes) in tree {
        let Some(path_in_sources) = path.strip_prefix(SOURCES).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        match path_in_sources.split_once('/').filter(|(_, file)| !file.contains('/')) {
            Some((folder, file)) => {
                folders.entry(folder).or_default().insert(file, bytes);
            }
            None => findings.push(stray(root, path)),
        }
    }
    for (folder, files) in folders {
        findings.extend(check_folder(&format!("{root}/{SOURCES}/{folder}"), files));
    }
    findings.sort();
    findings
}

fn stray(root: &str, path: &str) -> Finding {
    Finding::of_file(
        format!("{root}/{path}"),
        DESCRIBED,
        "the file belongs to no source",
        format!("put it into a folder of its own under {SOURCES}, with a {SOURCE_FILE} beside it"),
    )
}

fn check_folder(name: &str, mut files: BTreeMap<&str, &[u8]>) -> Vec<Finding> {
    let description = format!("{name}/{SOURCE_FILE}");
    let Some(bytes) = files.remove(SOURCE_FILE) else {
        let help = format!("add a {SOURCE_FILE} with title, publisher, date, kind, about, facts, exchanges and files");
        return vec![Finding::of_file(description, DESCRIBED, "the source is not described", help)];
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![Finding::of_file(description, DESCRIBED, "the file is not UTF-8", "save it as UTF-8")];
    };
    match Document::parse(&description, text) {
        Ok(document) => {
            let mut findings = check_description(&document);
            findings.extend(check_files(name, &document, &files));
            findings
        }
        Err(finding) => vec![finding],
    }
}

fn check_description(document: &Document) -> Vec<Finding> {
    let keys = ["title", "publisher", "date", "kind", "about"].into_iter();
    let findings = keys.filter_map(|key| {
        let message = match document.root().get(key) {
            Some(Json::String(text)) if !text.trim().is_empty() => return None,
            None | Some(Json::String(_) | Json::Null) => format!("the source has no `{key}`"),
            Some(value) => format!("`{key}` is {value}, not text"),
        };
        Some(document.finding(DESCRIBED, &Pointer::root().child(key), message, format!("give `{key}` as text")))
    });
    findings.collect()
}

fn check_files(folder: &str, document: &Document, files: &BTreeMap<&str, &[u8]>) -> Vec<Finding> {
    let pointer = Pointer::root().child("files");
    let attested: BTreeMap<&str, &Json> = match document.get(&pointer) {
        Some(Json::Object(entries)) => entries.iter().map(|(name, digest)| (name.as_str(), digest)).collect(),
        _ => {
            let message = "`files` is missing, or no mapping";
            return vec![document.finding(ATTESTED, &pointer, message, "list each file beside it with its SHA-256")];
        }
    };
    let names: BTreeSet<&str> = attested.keys().chain(files.keys()).copied().collect();
    let mut findings = Vec::new();
    for name in names {
        let record = format!("record a deliberate change with `cargo xtask attest {folder}/{name}`");
        let (message, help) = match (attested.get(name), files.get(name)) {
            (Some(digest_attested), Some(bytes)) => {
                let digest = digest(bytes);
                if digest_attested.as_str() == Some(&digest) {
                    continue;
                }
                (
                    format!("{name} is not what was attested: its SHA-256 is {digest}"),
                    format!("restore it, or {record}"),
                )
            }
            (Some(_), None) => (format!("{name} is attested but is not there"), format!("restore it, or {record}")),
            (None, _) => (format!("{name} is not attested"), record),
        };
        findings.push(document.finding(ATTESTED, &pointer.child(name), message, help));
    }
    findings
}
