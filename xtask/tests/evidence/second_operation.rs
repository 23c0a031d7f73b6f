//! A second operation and a third: their lines in the contract, their evidence and a few rulings are all that it takes.

use mde_codegen::{Contract, Document, Finding};
use xtask::evidence::{Evidence, Tree, check_sources};

use crate::mutants::mutation::real_tree;
use crate::overlay::{ABOUT_FILES, CONTRACT, SIBLINGS, edit, lines, text, with_siblings};

/// How many lines of rulings an operation like the first may take.
const MOST_RULINGS: usize = 15;

/// The real folder with both operations.
fn siblings() -> Tree {
    let mut openapi = real_tree();
    openapi.insert(CONTRACT.to_owned(), mde_openapi::CONTRACT.as_bytes().to_vec());
    with_siblings(&openapi)
}

/// Everything that `cargo xtask check` finds, apart from generated files.
fn findings(tree: &Tree) -> Vec<String> {
    let document = Document::parse(CONTRACT, text(tree, CONTRACT)).unwrap();
    let mut evidence = tree.clone();
    evidence.remove(CONTRACT);
    let mut findings: Vec<Finding> = Contract::read(&document).err().unwrap_or_default();
    findings.extend(check_sources("openapi", &evidence));
    findings.extend(Evidence::read("openapi", &evidence).check(&document));
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn two_more_operations_have_nothing_wrong() {
    let tree = siblings();
    assert_eq!(findings(&tree), [""; 0]);
    let document = Document::parse(CONTRACT, text(&tree, CONTRACT)).unwrap();
    let ids: Vec<_> = Contract::read(&document).unwrap().operations.into_iter().map(|operation| operation.id).collect();
    assert_eq!(ids, ["getDomainStatistics", "getFileStatistics", "getIPStatistics"]);
}

#[test]
fn a_sibling_takes_few_rulings() {
    let counts = SIBLINGS.map(|sibling| lines(sibling, "rulings.yaml").lines().count());
    assert!(counts.iter().all(|count| (1..=MOST_RULINGS).contains(count)), "{counts:?}");
}

/// A file that is not known is documented as a 404, and an address as a 200 with 0: neither is carried over to the other.
#[test]
fn what_is_held_of_addresses_is_not_held_of_files() {
    let mut without_404 = siblings();
    let declared = lines("file", "operation.yaml");
    let not_found = &declared[declared.find("        '404':\n").unwrap()..];
    edit(&mut without_404, CONTRACT, not_found, "");
    let found = findings(&without_404);
    let missing = "at /paths/~1api~1files~1{id}~1stats/get/responses/404 [element-missing]";
    assert!(found.len() == 1 && found[0].contains(missing), "{found:#?}");
    assert!(found[0].contains("microsoft-learn-file-statistics says 404"), "{found:#?}");

    let of_addresses = "\n  - id: unknown-address-is-200\n    about: [";
    let mut of_everything = siblings();
    edit(&mut of_everything, "rulings.yaml", of_addresses, &format!("{of_addresses}getFileStatistics.404, "));
    let found = findings(&of_everything);
    assert!(found.len() == 1 && found[0].contains("unknown-address-is-200"), "{found:#?}");
}

#[test]
fn a_source_about_an_operation_that_was_added_is_no_longer_outside() {
    let mut tree = siblings();
    edit(&mut tree, ABOUT_FILES, "\nspeaks-of: getFileStatistics\n", "\nroute: outside\n");
    let found = findings(&tree);
    assert!(found.iter().any(|finding| finding.contains("remove `route: outside`")), "{found:#?}");
}

/// The evidence of one operation is none for another, alike as they are.
#[test]
fn an_operation_without_its_evidence_is_found() {
    let mut tree = siblings();
    tree.retain(|path, _| !path.starts_with("documented/made-up-domain-statistics/"));
    let found = findings(&tree);
    let open = "no source states `getDomainStatistics`, and no ruling holds it";
    assert!(found.iter().any(|finding| finding.contains(open)), "{found:#?}");
    assert!(!found.iter().any(|finding| finding.contains("getFileStatistics")), "{found:#?}");
}

/// What documentation and rulings hold of every operation is missing from each that lacks it, though another has it.
#[test]
fn what_is_held_of_every_operation_is_held_of_each() {
    let tree = siblings();
    let contract = Document::parse(CONTRACT, text(&tree, CONTRACT)).unwrap();
    let of_file = "/paths/~1api~1files~1{id}~1stats/get/responses";
    let removed = [
        (format!("{of_file}/401"), "microsoft-learn-errors"),
        (format!("{of_file}/400/x-mde-error-codes/2"), "InvalidInput"),
        (format!("{of_file}/429/headers"), "Retry-After"),
        (format!("{of_file}/429/headers/Retry-After/schema/format"), "form-of-retry-after"),
        (
            "/components/schemas/InOrgFileStats/properties/organizationPrevalence/format".to_owned(),
            "width-of-the-prevalence",
        ),
        ("/components/schemas/InOrgIPStats/properties/orgFirstSeen/allOf".to_owned(), "names-of-schemas"),
    ];
    for (pointer, expected) in removed {
        let mut without = contract.root().clone();
        let (holder, key) = pointer.rsplit_once('/').unwrap();
        match without.pointer_mut(holder).unwrap() {
            serde_json::Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            entries => drop(entries.as_object_mut().unwrap().remove(key)),
        }
        let mut changed = tree.clone();
        changed.insert(CONTRACT.to_owned(), without.to_string().into_bytes());
        let found = findings(&changed);
        assert!(found.iter().any(|finding| finding.contains(expected)), "{pointer}: {found:#?}");
    }
}
