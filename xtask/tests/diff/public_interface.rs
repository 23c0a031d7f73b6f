//! The Rust axis of the comparison equals what the generator does: each of its cases, there and back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{iter, thread};

use mde_codegen::Document;
use xtask::diff::{Comparison, RustSource, compare};

use crate::each_case::tables;
use crate::interface::Interface;

/// What is reported as breaking although all that is public is there as before: a value is refused that was taken, or goes
/// elsewhere than it did, and the program compiles all the same. An unknown change counts as breaking.
const UNSEEN_BY_THE_COMPILER: [&[&str]; 6] = [
    &["bound-tightened"],
    &["parameter-removed", "required-parameter-added"],
    &["path-parameter-moved"],
    &["pattern-changed"],
    &["server-alias-removed", "server-alias-added"],
    &["unclassified-change"],
];

#[test]
fn the_axis_of_rust_is_what_the_generator_does() {
    let base = Case::of("base", tables().base["contract.yaml"].clone());
    let mut seen = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in all() {
        for (from, to) in [(&base, &case), (&case, &base)] {
            let comparison = compare(&from.document, &to.document);
            let reported = comparison.changes.iter().map(|change| change.rust).max().unwrap();
            let done = done(from, to, &comparison);
            if reported != done {
                wrong.push(format!("{}: reported {reported}, done {done}; {}", case.name, differences(from, to)));
            }
            *seen.entry(reported).or_insert(0) += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let enough = |rust| seen.get(&rust).is_some_and(|cases| *cases > 20);
    assert!([RustSource::None, RustSource::Additive, RustSource::Breaking].into_iter().all(enough), "{seen:?}");
}

/// A contract, and what is generated from it.
struct Case {
    name: String,
    document: Document,
    interface: Interface,
}

impl Case {
    fn of(name: &str, contract: String) -> Self {
        let code = mde_codegen::generate(name, &contract).unwrap_or_else(|findings| panic!("{findings:#?}"));
        let document = Document::parse(name, &contract).unwrap();
        Self { name: name.to_owned(), document, interface: Interface::of(&code) }
    }
}

/// Every case of the tables. Generating takes nearly all the time of the test, so every core does its share.
fn all() -> Vec<Case> {
    let tables = tables().read();
    let cases: Vec<_> = tables.iter().flat_map(|(_, cases)| cases).collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || -> Vec<Case> {
        let taken = iter::from_fn(|| cases.get(next.fetch_add(1, Ordering::Relaxed)));
        taken.map(|case| Case::of(&case.name, case.files["contract.yaml"].clone())).collect()
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// What became of the code.
fn done(from: &Case, to: &Case, comparison: &Comparison) -> RustSource {
    let (old, new) = (&from.interface, &to.interface);
    let changes = &comparison.changes;
    let reported = |rule: &&str| changes.iter().any(|change| change.rule.id == *rule);
    let breaks = |rules: &[&str]| {
        changes.iter().any(|change| rules.contains(&change.rule.id) && change.rust == RustSource::Breaking)
    };
    let unseen = UNSEEN_BY_THE_COMPILER.iter().any(|rules| rules.iter().all(reported) && breaks(rules));
    if unseen || !old.items.is_subset(&new.items) {
        RustSource::Breaking
    } else if old != new {
        RustSource::Additive
    } else {
        RustSource::None
    }
}

fn differences(from: &Case, to: &Case) -> String {
    let (old, new) = (&from.interface, &to.interface);
    let gone: Vec<_> = old.items.difference(&new.items).collect();
    let there: Vec<_> = new.items.difference(&old.items).collect();
    format!("gone: {gone:#?}, new: {there:#?}, limits: {:?} and {:?}", old.limits, new.limits)
}
