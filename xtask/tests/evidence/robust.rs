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

/// A header that is written in `components` and referred to is the same header.
#[test]
fn a_header_behind_a_reference_is_no_finding() {
    let (_, rest) = mde_openapi::CONTRACT.split_once("\n            Retry-After:\n").unwrap();
    let (header, _) = rest.split_once("          content:\n").unwrap();
    let contract = edited(header, "              $ref: '#/components/headers/Wait'\n");
    let shared: String = header.lines().map(|line| format!("{}\n", &line[8..])).collect();
    let components = format!("\ncomponents:\n  headers:\n    Wait:\n{shared}");
    assert_eq!(findings(&contract.replacen("\ncomponents:\n", &components, 1)), [""; 0]);
}

/// Each name is bound to its URL, so that nobody's region is another one's.
#[test]
fn two_names_of_servers_cannot_be_exchanged() {
    let exchanged = edited("x-mde-name: eu\n", "x-mde-name: for-a-moment\n");
    let exchanged = exchanged.replace("x-mde-name: uk\n", "x-mde-name: eu\n");
    let found = findings(&exchanged.replace("x-mde-name: for-a-moment\n", "x-mde-name: uk\n"));
    for url in ["https://eu.api.security.microsoft.com", "https://uk.api.security.microsoft.com"] {
        let holds = format!("but the ruling names-of-servers holds {url:?}");
        assert!(found.iter().any(|finding| finding.contains(&holds)), "{url}: {found:#?}");
    }
}
