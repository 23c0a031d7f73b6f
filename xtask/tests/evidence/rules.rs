//! The table of the rules, and the page of each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mde_codegen::{Document, Finding};
use serde_json::Value as Json;
use xtask::evidence::{Attested, Evidence, Pages, RULES, SUMS_FILE, Tree, attest, check_pages, check_sources};

const CONTRACT: &str = "
paths:
  /hosts/{host}:
    get:
      operationId: getHost
      parameters:
        - {name: host, in: path, required: true, schema: {$ref: '#/components/schemas/HostName'}, examples: {host-page: {value: router-1}}}
        - {name: days, in: query, schema: {$ref: '#/components/schemas/DayCount'}, examples: {host-page: {value: 7}}}
      responses:
        '200':
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Host'}
              examples: {host-page: {value: {name: router-1, connections: 3}}}
        '400': {x-mde-error-codes: [BadRequest]}
components:
  schemas:
    HostName: {type: string}
    DayCount: {type: integer, maximum: 30}
    Host:
      type: object
      properties:
        name: {type: string}
        connections: {type: integer, format: int64}
";

/// What the rulings of the examples are about: an element that no source states.
const LOWER_BOUND: &str = "components: {schemas: {DayCount: {minimum: 1}}}";

/// Holds whatever of the contract the examples leave alone.
const RULINGS: &str = "rulings:
  - id: everything-else
    values:
      getHost: {operationId: getHost, method: GET, path: '/hosts/{host}'}
      getHost.host: {name: host, in: path, required: true}
      getHost.host.schema: {named: HostName, type: string}
      getHost.days.named: DayCount
      getHost.200.body: {named: Host, type: object}
      getHost.200.name: {type: string}
      getHost.200.connections: {type: integer, format: int64}
    we-hold: The rest is as it is.
    because: The examples are not about it.
";

const DESCRIPTION: &str = "
title: Hosts
publisher: not recorded
date: unknown
kind: documentation
about: A page about hosts.
";

const FACTS: &str = "
facts:
  parameters:
    - {name: days, in: query, type: integer, maximum: 30}
  statuses:
    - {status: 200}
    - {status: 400, codes: [BadRequest]}
  properties:
    - {name: name, of: success}
    - {name: connections, of: success}
";

const EXCHANGES: &str = "
exchanges:
  - {request: request.http, status: 200, answer: answer.json}
";

const REQUEST: &str = "GET /hosts/router-1?days=7\nAuthorization: Bearer {token}\n";
const ANSWER: &str = "{\"name\": \"router-1\", \"connections\": 3}\n";

/// The page of a source, and its SHA-256.
const PAGE: &str = "Hosts and their answers\ndays: at most 30 days\n";
const PAGE_DIGEST: &str = "ed9e16d028e091a2f3043b71a21047694bae3df4d5bda2531ce94402aa99f2a7";

/// The bad and the good example of a page, each with the name of its language.
fn examples(page: &str) -> [(&str, &str); 2] {
    let parts = || {
        let (_, examples) = page.split_once("\n\n## Bad\n\n```")?;
        let (bad, good) = examples.split_once("```\n\n## Good\n\n```")?;
        Some([bad.split_once('\n')?, good.strip_suffix("```\n")?.split_once('\n')?])
    };
    parts().unwrap_or_else(|| panic!("a page ends with a bad and a good example:\n{page}"))
}

/// What is found where the excerpt of a rule's page stands in its file, and all else is sound.
fn findings(rule: &str, excerpt: &str) -> Vec<Finding> {
    let mut contract = json(CONTRACT);
    let mut files = Tree::new();
    let mut put = |path: &str, text: &str| drop(files.insert(path.to_owned(), text.into()));
    put("rulings.yaml", RULINGS);
    put("documented/host-page/source.yaml", &[DESCRIPTION, FACTS, EXCHANGES].concat());
    put("documented/host-page/request.http", REQUEST);
    put("documented/host-page/answer.json", ANSWER);
    match rule {
        "evidence-attested" => {}
        "request-resolves" => put("documented/host-page/request.http", excerpt),
        "source-described" | "source-consistent" | "statement-agrees" => {
            put("documented/other-page/source.yaml", excerpt)
        }
        "statement-on-page" => {
            put("documented/other-page/source.yaml", &excerpt.replace("PAGE", PAGE_DIGEST));
        }
        "outside-route" => {
            put("documented/other-page/source.yaml", &[DESCRIPTION, FACTS, excerpt].concat());
            put("documented/other-page/request.http", REQUEST);
            put("documented/other-page/answer.json", ANSWER);
        }
        "ruling-cites" | "ruling-covers-nothing" | "ruling-described" => {
            put("rulings.yaml", &[RULINGS, excerpt.strip_prefix("rulings:\n").unwrap()].concat());
            merge(&mut contract, &json(LOWER_BOUND));
        }
        _ => merge(&mut contract, &json(excerpt)),
    }
    if rule == "element-missing" {
        let facts = "facts: {statuses: [{status: 429}]}\nexchanges: []\n";
        put("documented/other-page/source.yaml", &[DESCRIPTION, facts].concat());
    }
    let line_of = |path: &str| excerpt.lines().find(|line| rule == "evidence-attested" && line.ends_with(path));
    let list = attested(&files, line_of);
    files.insert(format!("documented/{SUMS_FILE}"), list.into());
    let contract = Document::parse("contract.yaml", &contract.to_string()).unwrap();
    let pages = Pages::from([("page.txt".to_owned(), PAGE.as_bytes().to_vec())]);
    let of_pages = check_pages("openapi", &files, &pages).findings;
    let of_contract = Evidence::read("openapi", &files).check(&contract);
    let mut findings = [check_sources("openapi", &files), of_contract, of_pages].concat();
    // What that page shows as well is no example in the contract, whether or not it is marked.
    findings.retain(|finding| rule != "outside-route" || finding.rule != "example-differs");
    findings
}

/// The list of some files, with the lines that `line_of` has instead of their own.
fn attested<'a>(files: &Tree, line_of: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut list = String::new();
    for (path, bytes) in files {
        let Some(path) = path.strip_prefix("documented/") else { continue };
        let Attested::List(text) = attest(list.as_bytes(), path, Some(bytes)).unwrap() else { panic!("{path} is new") };
        list = text;
    }
    let lines = list.lines().map(|line| line_of(line.split_once("  ").unwrap().1).unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn json(yaml: &str) -> Json {
    Document::parse("excerpt", yaml).unwrap().root().clone()
}

/// Mappings are merged, anything else replaces.
fn merge(target: &mut Json, excerpt: &Json) {
    match (target, excerpt) {
        (Json::Object(target), Json::Object(excerpt)) => {
            for (key, value) in excerpt {
                merge(target.entry(key).or_insert(Json::Null), value);
            }
        }
        (target, excerpt) => *target = excerpt.clone(),
    }
}

#[test]
fn the_rules_are_ordered_by_name_and_each_is_there_once() {
    let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|first, second| first < second), "{ids:?}");
    let kebab = |id: &str| id.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
    assert!(ids.iter().all(|id| kebab(id)), "{ids:?}");
}

#[test]
fn each_page_is_that_of_its_rule() {
    for rule in RULES {
        let beginning = format!("# {}\n\n{}\n\n", rule.id, rule.summary);
        let why = rule.page.strip_prefix(&beginning).and_then(|rest| rest.split("\n\n").next());
        assert!(why.is_some_and(|why| why.ends_with('.')), "the page of {} begins with\n{beginning}", rule.id);
    }
}

#[test]
fn each_page_shows_one_bad_and_one_good_excerpt_of_the_file_concerned() {
    for rule in RULES {
        let expected = match rule.id {
            "evidence-attested" => "",
            "request-resolves" => "http",
            _ => "yaml",
        };
        for (language, excerpt) in examples(rule.page) {
            assert_eq!(language, expected, "the page of {}", rule.id);
            assert!(!excerpt.trim().is_empty() && !excerpt.contains("```"), "the page of {}", rule.id);
        }
    }
}

#[test]
fn no_page_is_without_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/evidence");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<_> = files.collect();
    let ids: BTreeSet<_> = RULES.iter().map(|rule| format!("{}.md", rule.id)).collect();
    assert_eq!(pages, ids);
}

#[test]
fn the_bad_example_breaks_the_rule_and_the_good_one_breaks_none() {
    for rule in RULES {
        let [(_, bad), (_, good)] = examples(rule.page);
        let of_bad: BTreeSet<_> = findings(rule.id, bad).iter().map(|finding| finding.rule).collect();
        assert_eq!(of_bad, BTreeSet::from([rule.id]), "the bad example of {}: {:#?}", rule.id, findings(rule.id, bad));
        assert_eq!(findings(rule.id, good), [], "the good example of {}", rule.id);
    }
}
