//! `cargo xtask explain`

use std::io::Write;

use mde_codegen::{LINT_RULES, Rule};

use crate::diff::{DIFF_RULES, DiffRule};
use crate::evidence::RULES;
use crate::folder::FILE_RULES;
use crate::outcome::{Failure, Outcome, UsageError};

/// How alike a name must be to one that is not known, to be what was meant; 1 is the same name.
const ALIKE: f64 = 0.8;

/// The most names that are offered.
const OFFERED: usize = 3;

/// The rules that findings name, by what they are about.
const GROUPS: [(&str, &[Rule]); 3] =
    [("The contract", LINT_RULES), ("The evidence", RULES), ("The files around it", FILE_RULES)];

/// Prints the page of a rule; without one, a list of all rules.
pub(crate) fn explain(rule: Option<&str>, out: &mut dyn Write) -> Result<Outcome, Failure> {
    match rule {
        Some(id) => writeln!(out, "{}", page(id).ok_or_else(|| unknown(id))?.trim_end())?,
        None => list(out)?,
    }
    Ok(Outcome::Fine)
}

/// Whether there is more to say about a rule than a finding does.
pub(crate) fn is_explained(id: &str) -> bool {
    rules().any(|rule| rule.id == id)
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    GROUPS.into_iter().flat_map(|(_, rules)| rules)
}

fn page(id: &str) -> Option<String> {
    let page = rules().find(|rule| rule.id == id).map(|rule| rule.page.to_owned());
    page.or_else(|| DIFF_RULES.iter().find(|rule| rule.id == id).map(|rule| page_of_change(rule)))
}

/// A change has no page of its own; what it does as a rule is what there is to tell.
fn page_of_change(rule: &DiffRule) -> String {
    let DiffRule { id, summary, wire, rust, .. } = rule;
    format!("# {id}\n\n{summary}\n\n- on the wire, it breaks: {wire}\n- in Rust source, it is: {rust}\n")
}

fn list(out: &mut dyn Write) -> Result<(), Failure> {
    for (about, rules) in GROUPS {
        list_group(about, rules.iter().map(|rule| (rule.id, rule.summary)), out)?;
    }
    list_group("What `cargo xtask diff` tells", DIFF_RULES.iter().map(|rule| (rule.id, rule.summary)), out)?;
    writeln!(out, "`cargo xtask explain RULE` prints the page of one.")?;
    Ok(())
}

fn list_group(
    about: &str,
    rules: impl Iterator<Item = (&'static str, &'static str)> + Clone,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let width = rules.clone().map(|(id, _)| id.len()).max().unwrap_or_default();
    writeln!(out, "{about}:")?;
    for (id, summary) in rules {
        writeln!(out, "  {id:width$}  {summary}")?;
    }
    writeln!(out)?;
    Ok(())
}

fn unknown(id: &str) -> UsageError {
    let known = rules().map(|rule| rule.id).chain(DIFF_RULES.iter().map(|rule| rule.id));
    let likeness = known.map(|known| (strsim::jaro_winkler(id, known), known));
    let mut alike: Vec<(f64, &str)> = likeness.filter(|(likeness, _)| *likeness >= ALIKE).collect();
    alike.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let names: Vec<&str> = alike.into_iter().take(OFFERED).map(|(_, name)| name).collect();
    let offer = if names.is_empty() { String::new() } else { format!("did you mean {}? ", names.join(", ")) };
    UsageError(format!("no rule is called {id:?}; {offer}`cargo xtask explain` lists them all"))
}
