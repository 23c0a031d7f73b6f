//! A change that moves elements is not a change of what they are: names, not places, are what sources and rulings go by.

use mde_codegen::{Document, Finding};
use xtask::evidence::Evidence;

use crate::mutants::mutation::real_tree;

fn findings(contract: &str) -> Vec<String> {
    let contract = Document::parse("mde.yaml", contract).unwrap();
    let findings: Vec<Finding> = Evidence::read("openapi", &real_tree()).check(&contract);
    findings.iter().map(ToString::to_string).collect()
}

/// The contract with another text in place of one that stands in it exactly once.
fn edited(find: &str, replace: &str) -> String {
    let contract = mde_openapi::CONTRACT;
    assert_eq!(contract.matches(find).count(), 1, "{find:?}");
    contract.replace(find, replace)
}

/// The new server is found, and no other one.
#[test]
fn a_server_in_the_middle_is_at_most_two_findings() {
    let next = "  - url: https://uk.api.security.microsoft.com\n";
    let server = "  - url: https://new.api.security.microsoft.com\n    description: Commercial cloud, another host.\n    \
                  x-mde-name: new\n    x-mde-authority: https://login.microsoftonline.com\n    \
                  x-mde-audience: https://api.securitycenter.microsoft.com\n";
    let found = findings(&edited(next, &format!("{server}{next}")));
    assert!((1..=2).contains(&found.len()), "{found:#?}");
    assert!(found.iter().all(|finding| finding.contains("servers.new")), "{found:#?}");
}

/// A server that moves is the same server.
#[test]
fn servers_in_another_order_are_no_finding() {
    let contract = mde_openapi::CONTRACT;
    let (before, rest) = contract.split_once("\nservers:\n").unwrap();
    let (servers, after) = rest.split_once("\n\n").unwrap();
    let mut servers: Vec<_> =
        servers.split("  - url: ").filter(|server| !server.is_empty()).map(str::trim_end).collect();
    assert!(servers.len() > 10);
    servers.reverse();
    let servers: Vec<_> = servers.iter().map(|server| format!("  - url: {server}\n")).collect();
    assert_eq!(findings(&format!("{before}\nservers:\n{}\n{after}", servers.concat())), [""; 0]);
}

/// Each source that names the path contradicts it; what the operation is, is left alone.
#[test]
fn another_path_is_at_most_three_findings() {
    let found = findings(&edited("\n  /api/ips/{ip}/stats:\n", "\n  /api/addresses/{ip}/stats:\n"));
    assert!((1..=3).contains(&found.len()), "{found:#?}");
}
