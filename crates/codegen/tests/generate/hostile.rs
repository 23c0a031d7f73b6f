//! Names that Rust, the prelude, the client or the generated code could have a use for themselves: where the contract may
//! use them, and that what it may use compiles.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::{base, findings, read};

#[rustfmt::skip]
const NAMES: [&str; 50] = [
    // Keywords.
    "self", "Self", "crate", "type", "r#type", "async", "gen", "union",
    // The prelude, and what is used like it.
    "Box", "Sync", "Send", "Future", "Fn", "Result", "Option", "Some", "None", "Ok", "Err", "String", "Vec", "Into",
    "TryFrom", "Default", "Clone", "Debug", "std", "i32",
    // The client and its methods.
    "Client", "Error", "Response", "Endpoint", "Timestamp", "builder", "quota", "all",
    // The generated code and the generator.
    "S", "send", "options", "client", "concurrency", "new", "pre", "exec", "inner", "baseurl", "operations", "types",
    "header_map", "info",
];

/// Where a name may stand, and the contract with the name there.
type Place = (&'static str, fn(&str) -> String);

const PLACES: [Place; 12] = [
    ("operation", |name| base().replace("operationId: getHost", &format!("operationId: '{name}'"))),
    ("object", |name| renamed_schema("Problem", name)),
    ("integer", |name| renamed_schema("DayCount", name)),
    ("text", |name| renamed_schema("HostName", name)),
    ("enum", |name| {
        renamed_schema("HostName", name)
            .replace("      pattern: '^[a-z0-9.-]+$'\n", "      enum: [a, b]\n")
            .replace("          x-mde-echo: host\n", "")
    }),
    ("variant", |name| {
        base()
            .replace("      pattern: '^[a-z0-9.-]+$'\n", &format!("      enum: ['{name}']\n"))
            .replace("          x-mde-echo: host\n", "")
    }),
    ("property", |name| base().replace("        code:\n", &format!("        '{name}':\n"))),
    ("in path", |name| {
        let contract = base().replace("/{host}", &format!("/{{{name}}}"));
        let contract = contract.replace("x-mde-echo: host", &format!("x-mde-echo: '{name}'"));
        contract.replace("- name: host\n", &format!("- name: '{name}'\n"))
    }),
    ("in query", |name| base().replace("name: days\n", &format!("name: '{name}'\n"))),
    ("in header", |name| {
        base().replace("name: days\n      in: query\n", &format!("name: '{name}'\n      in: header\n"))
    }),
    ("in body", |name| {
        read("tests/lint/requests.yaml")
            .replace("        Comment:\n", &format!("        '{name}':\n"))
            .replace("[Comment, ", &format!("['{name}', "))
    }),
    ("tag", |name| {
        base()
            .replace("tags: [Host]", &format!("tags: ['{name}']"))
            .replace("- name: Host\n", &format!("- name: '{name}'\n"))
    }),
];

fn renamed_schema(schema: &str, name: &str) -> String {
    let contract = base().replace(&format!("schemas/{schema}'"), &format!("schemas/{name}'"));
    contract.replace(&format!("    {schema}:\n"), &format!("    '{name}':\n"))
}

/// The names that the contract may use in a place. No two become the same in Rust.
pub(crate) fn accepted(place: &str) -> Vec<&'static str> {
    let (_, contract) = PLACES.iter().find(|(name, _)| *name == place).unwrap();
    let mut seen = BTreeSet::new();
    let free = NAMES.into_iter().filter(|name| findings(&contract(name)).is_empty());
    free.filter(|name| seen.insert(name.to_lowercase())).collect()
}

/// One row for each name: `yes`, or the number of the reason why not, which stands below.
#[test]
fn where_each_name_may_stand() {
    let (mut table, mut reasons) = (format!("{:12}", ""), Vec::new());
    PLACES.iter().for_each(|(place, _)| write!(table, "{place:>10}").unwrap());
    for name in NAMES {
        write!(table, "\n{name:12}").unwrap();
        for (_, contract) in PLACES {
            let cell = match findings(&contract(name)).first() {
                None => "yes".to_owned(),
                Some(finding) => {
                    // Without the name itself.
                    let parts: Vec<_> = finding.message.split(['`', '"']).collect();
                    let reason = format!("{} [{}]", [parts[0], parts[2]].join("it"), finding.rule);
                    let known = reasons.iter().position(|known| *known == reason);
                    let number = known.unwrap_or_else(|| {
                        reasons.push(reason);
                        reasons.len() - 1
                    });
                    format!("{}", number + 1)
                }
            };
            write!(table, "{cell:>10}").unwrap();
        }
    }
    for (number, reason) in reasons.iter().enumerate() {
        write!(table, "\n{}: {reason}", number + 1).unwrap();
    }
    insta::assert_snapshot!(table);
}
