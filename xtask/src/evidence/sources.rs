use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Finding};

use crate::evidence::source::DESCRIPTION;
use crate::evidence::sums::check_sums;
use crate::evidence::{DESCRIBED, SOURCE_FILE, SOURCES, SUMS_FILE, Tree};

/// Finds what is wrong with the sources: one that is not described, and a file that is not as it was attested.
///
/// `root` is how findings call the folder that the tree was read from.
pub fn check_sources(root: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut files: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut list = None;
    for (path, bytes) in tree {
        let Some(path_in_sources) = path.strip_prefix(SOURCES).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        if path_in_sources == SUMS_FILE {
            list = Some(bytes.as_slice());
        } else if path_in_sources.matches('/').count() == 1 {
            files.insert(path_in_sources, bytes);
        } else {
            findings.push(stray(root, path));
        }
    }
    let folders: BTreeSet<&str> = files.keys().filter_map(|path| path.split('/').next()).collect();
    for folder in folders {
        let path = format!("{folder}/{SOURCE_FILE}");
        let description = files.get(path.as_str()).copied();
        findings.extend(check_source(format!("{root}/{SOURCES}/{path}"), description));
    }
    findings.extend(check_sums(root, list, &files));
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

fn check_source(name: String, description: Option<&[u8]>) -> Vec<Finding> {
    let Some(bytes) = description else {
        let help = format!("add a {SOURCE_FILE} with title, publisher, date, kind, about, facts and exchanges");
        return vec![Finding::of_file(name, DESCRIBED, "the source is not described", help)];
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![Finding::of_file(name, DESCRIBED, "the file is not UTF-8", "save it as UTF-8")];
    };
    match Document::parse(&name, text) {
        Ok(document) => DESCRIPTION.check(&document, DESCRIBED),
        Err(finding) => vec![*finding],
    }
}
