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
    insert(&mut tree, CONTRACT, "\ntags:\n", "tag.yaml", Place::Behind);
    insert(&mut tree, CONTRACT, "\n  schemas:\n", "schemas.yaml", Place::Behind);
    insert(&mut tree, CONTRACT, "\ncomponents:\n", "operation.yaml", Place::Before);
    insert(&mut tree, RULINGS, "\nbehaviour:\n", "rulings.yaml", Place::Before);
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

#[derive(Clone, Copy)]
enum Place {
    Before,
    Behind,
}

/// Adds the lines of both operations beside a heading.
fn insert(tree: &mut Tree, path: &str, heading: &str, file: &str, place: Place) {
    let added: Vec<_> = SIBLINGS.iter().map(|sibling| lines(sibling, file)).collect();
    let with_added = match place {
        Place::Before => format!("\n{}{heading}", added.join("\n")),
        Place::Behind => format!("{heading}{}", added.concat()),
    };
    edit(tree, path, heading, &with_added);
}

/// What `cargo xtask attest` does.
fn attest_in(tree: &mut Tree, path: &str) {
    let list = format!("documented/{SUMS_FILE}");
    let name = path.strip_prefix("documented/").unwrap();
    if let Attested::List(text) = attest(&tree[&list], name, Some(&tree[path])).unwrap() {
        tree.insert(list, text.into_bytes());
    }
}
