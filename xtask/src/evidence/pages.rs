//! The pages that sources were taken from, where a reviewer has them. They are not ours to copy, so `source.yaml` names
//! the SHA-256 of its page, and what the source states and shows is looked up in it, to the letter.

use std::collections::BTreeMap;

use mde_codegen::{Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::checksums::{SOURCES, Tree, digest};
use crate::evidence::form::{Node, ON_PAGE};
use crate::evidence::sources::{self, EvidenceSource};
use crate::evidence::statements::AS_STATED;
use crate::evidence::words::contains_words;

/// The pages of a reviewer: their bytes, by the name of the file.
pub type Pages = BTreeMap<String, Vec<u8>>;

/// What was looked up in the pages.
pub struct PagesReport {
    /// What does not stand in the page of its source.
    pub findings: Vec<Finding>,
    /// A line for each source that names a page, and for each page that no source names.
    pub lines: Vec<String>,
}

/// Looks up every statement and every exchange of each source in its page. `root` is how findings call the folder that
/// the tree was read from.
///
/// A page is known by its digest, whatever its file is called. One that is not there leaves its source unverified, which
/// a line of the report says and which is no finding.
pub fn check_pages(root: &str, tree: &Tree, pages: &Pages) -> PagesReport {
    let mut report = PagesReport { findings: Vec::new(), lines: Vec::new() };
    let by_digest: BTreeMap<String, (&String, &Vec<u8>)> =
        pages.iter().map(|(name, bytes)| (digest(bytes), (name, bytes))).collect();
    let mut known = Vec::new();
    for source in sources::names(tree).filter_map(|name| sources::read(root, tree, name)) {
        let page = Node::root(&source.description).entry("page");
        let Some((expected, node)) = page.get_text("sha256") else { continue };
        let Some((name, bytes)) = by_digest.get(expected) else {
            report.lines.push(format!("{}: not verified, its page {expected} is not there", source.name));
            continue;
        };
        known.push(*name);
        let Ok(text) = std::str::from_utf8(bytes) else {
            let help = "attest the digest of a page that was saved as text in UTF-8";
            let message = format!("the page {name} is not UTF-8");
            report.findings.push(source.description.finding(ON_PAGE, &node.pointer, message, help));
            continue;
        };
        let mut lookup = Lookup { source: &source, name, text, count: 0, findings: Vec::new() };
        lookup.title();
        lookup.statements(&Pointer::root(), source.description.root());
        lookup.exchanges(tree);
        let (count, missing) = (lookup.count, lookup.findings.len());
        report.lines.push(format!("{}: {} of {count} statements are in {name}", source.name, count - missing));
        report.findings.append(&mut lookup.findings);
    }
    let unnamed = pages.keys().filter(|name| !known.contains(name));
    report.lines.extend(unnamed.map(|name| format!("{name}: the page of no source")));
    report.findings.sort();
    report
}

/// A search in the page of one source.
struct Lookup<'a> {
    source: &'a EvidenceSource,
    /// The name of the file of the page.
    name: &'a str,
    text: &'a str,
    /// How many things were looked up.
    count: usize,
    findings: Vec<Finding>,
}

impl Lookup<'_> {
    /// The title of a source with a page is that of the page.
    fn title(&mut self) {
        let root = Node::root(&self.source.description);
        if let Some((title, node)) = root.get_text("title") {
            self.text(title, &node.pointer);
        }
    }

    /// Looks up the statements within a value.
    fn statements(&mut self, pointer: &Pointer, json: &Json) {
        for (key, value) in json.as_object().into_iter().flatten() {
            let pointer = pointer.child(key);
            if key == AS_STATED {
                for (index, text) in value.as_array().into_iter().flatten().enumerate() {
                    self.text(text.as_str().unwrap_or_default(), &pointer.child(index));
                }
            } else {
                self.statements(&pointer, value);
            }
        }
        for (index, item) in json.as_array().into_iter().flatten().enumerate() {
            self.statements(&pointer.child(index), item);
        }
    }

    fn text(&mut self, text: &str, pointer: &Pointer) {
        self.count += 1;
        if !contains_words(self.text, text) {
            self.miss(pointer, format!("{text:?} does not stand in the page {}", self.name));
        }
    }

    /// Looks up the requests and answers, each as a run of lines of the page.
    fn exchanges(&mut self, tree: &Tree) {
        for exchange in self.source.exchanges() {
            for key in ["request", "answer"] {
                let Some((file, node)) = exchange.get_text(key) else { continue };
                let path = format!("{}/{}/{file}", SOURCES, self.source.name);
                let Some(text) = tree.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
                self.count += 1;
                if let Err(line) = has_lines(self.text, text) {
                    let message = format!(
                        "{file} does not stand so in the page {}: {line:?} is the first line that differs",
                        self.name
                    );
                    self.miss(&node.pointer, message);
                }
            }
        }
    }

    fn miss(&mut self, pointer: &Pointer, message: String) {
        let help = "write it as the page does, to the letter; of a statement, quote the words that decide the fact";
        self.findings.push(self.source.description.finding(ON_PAGE, pointer, message, help));
    }
}

/// Whether the lines of a text follow each other in a page.
///
/// # Errors
/// The first line that does not stand where the most of the text stands.
fn has_lines<'t>(page: &str, text: &'t str) -> Result<(), &'t str> {
    let page: Vec<_> = page.lines().collect();
    let text: Vec<_> = text.lines().collect();
    let equal = |start: usize| page[start..].iter().zip(&text).take_while(|(page, line)| page == line).count();
    let most = (0..page.len()).map(equal).max().unwrap_or_default();
    text.get(most).map_or(Ok(()), |line| Err(line))
}

#[cfg(test)]
mod tests {
    use super::has_lines;

    #[test]
    fn lines_stand_together() {
        let page = "a\n{\n  \"x\": 1\n}\nb\n{\n}\n";
        assert_eq!(has_lines(page, "{\n  \"x\": 1\n}\n"), Ok(()));
        assert_eq!(has_lines(page, "{\n}"), Ok(()));
        assert_eq!(has_lines(page, "{\n  \"x\": 2\n}"), Err("  \"x\": 2"));
        assert_eq!(has_lines(page, "a\nb"), Err("b"));
        assert_eq!(has_lines(page, "b\n{\n}\nc"), Err("c"));
    }
}
