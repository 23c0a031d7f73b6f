//! Two operations beside the one of the contract, with evidence that is MADE UP: what adding an operation takes, and nothing
//! else. Each is one folder of lines for `mde.yaml` and `rulings.yaml`; the evidence for both is in `documented`.

use std::fs;
use std::path::Path;

use xtask::evidence::{Attested, SUMS_FILE, Tree, attest};

/// The contract within the folder `openapi`.
pub(crate) const CONTRACT: &str = "mde.yaml";

const RULINGS: &str = "rulings.yaml";

/// A source of the real evidence that is about a file. Once the contract has the operation, it speaks of that.
pub(crate) const ABOUT_FILES: &str = "documented/microsoft-learn-file-statistics/source.yaml";

/// The errors that every operation has, worded as rulings for every operation hold them: those of the one in the contract.
const SHARED_ERRORS: [&str; 4] = ["401", "403", "429", "500"];

/// The folder of each operation that is added, in the order of their paths.
pub(crate) const SIBLINGS: [&str; 2] = ["domain", "file"];

/// The lines that an operation adds to a file.
pub(crate) fn lines(sibling: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_operation").join(sibling).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folder `openapi` with both operations, their evidence attested.
pub(crate) fn with_siblings(openapi: &Tree) -> Tree {
    let mut tree = openapi.clone();
    let errors = SHARED_ERRORS.map(|status| response(text(openapi, CONTRACT), status)).concat();
    let lines_of = |file| SIBLINGS.map(|sibling| lines(sibling, file));
    let operations = lines_of("operation.yaml").map(|operation| format!("{operation}{errors}\n")).concat();
    let (tags, schemas, rulings) = (lines_of("tag.yaml"), lines_of("schemas.yaml"), lines_of("rulings.yaml"));
    edit(&mut tree, CONTRACT, "\ntags:\n", &format!("\ntags:\n{}", tags.concat()));
    edit(&mut tree, CONTRACT, "\n  schemas:\n", &format!("\n  schemas:\n{}", schemas.concat()));
    edit(&mut tree, CONTRACT, "\ncomponents:\n", &format!("\n{operations}components:\n"));
    edit(&mut tree, RULINGS, "\nbehaviour:\n", &format!("\n{}\nbehaviour:\n", rulings.join("\n")));
    edit(&mut tree, ABOUT_FILES, "\nroute: outside\n", "\nspeaks-of: getFileStatistics\n");
    for sibling in SIBLINGS {
        for file in ["source.yaml", "request.http", "answer.json"] {
            let source = format!("documented/made-up-{sibling}-statistics");
            tree.insert(format!("{source}/{file}"), lines(".", &format!("{source}/{file}")).into_bytes());
            attest_in(&mut tree, &format!("{source}/{file}"));
        }
    }
    attest_in(&mut tree, ABOUT_FILES);
    tree
}

/// Replaces what stands in a file exactly once.
pub(crate) fn edit(tree: &mut Tree, path: &str, find: &str, replace: &str) {
    let text = text(tree, path);
    assert_eq!(text.matches(find).count(), 1, "{find:?} must stand in {path} exactly once");
    let edited = text.replace(find, replace);
    tree.insert(path.to_owned(), edited.into_bytes());
}

/// The text of a file.
pub(crate) fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    std::str::from_utf8(&tree[path]).unwrap()
}

/// The lines of a response of the one operation.
fn response(contract: &str, status: &str) -> String {
    let head = format!("        '{status}':\n");
    assert_eq!(contract.matches(&head).count(), 1, "{status}");
    let (_, rest) = contract.split_once(&head).unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("          "));
    format!("{head}{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// What `cargo xtask attest` does.
fn attest_in(tree: &mut Tree, path: &str) {
    let list = format!("documented/{SUMS_FILE}");
    let name = path.strip_prefix("documented/").unwrap();
    if let Attested::List(text) = attest(&tree[&list], name, Some(&tree[path])).unwrap() {
        tree.insert(list, text.into_bytes());
    }
}
