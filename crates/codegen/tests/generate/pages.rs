//! The examples of every page, those of the generator's own rules among them, held against the generator.

#[path = "../support/pages.rs"]
mod page;

use std::collections::BTreeSet;

use mde_codegen::LINT_RULES;

use crate::support::{base, findings, text};

#[test]
fn the_bad_example_breaks_the_rule_and_the_good_one_gives_code() {
    for rule in LINT_RULES {
        let [bad, good] = page::examples(rule.page);
        let of_bad = match page::merged(&base(), bad) {
            Ok(contract) => findings(&contract),
            Err(finding) => vec![*finding],
        };
        let rules: BTreeSet<_> = of_bad.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, BTreeSet::from([rule.id]), "{}", text(&of_bad));
        let of_good = findings(&page::merged(&base(), good).unwrap());
        assert_eq!(of_good, [], "{}: {}", rule.id, text(&of_good));
    }
}
