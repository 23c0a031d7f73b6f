//! The names of the columns that are added to a file, which are unlike each other and unlike those of the file.

use std::collections::HashSet;

use mde_input::escape::quote_list;
use mde_input::{Column, Form, Shape};

use crate::exit::Stop;
use crate::original::PREFIX;

/// What there is of each column of addresses, by the ends of the names.
pub(super) const FIGURES: [&str; 6] = ["status", "devices", "first_seen", "last_seen", "answered_at", "error"];

/// What there is once for each row: how the figures came about, and whose they are.
pub(super) const ORIGIN: [&str; 5] = ["look_back_hours", "source", "tenant", "app", "profile"];

/// The names, in their order: the figures of each column of addresses, then their origin.
pub(super) struct Names(Vec<String>);

impl Names {
    /// Fails if the file has a column of one of the names.
    pub(super) fn of(shape: &Shape) -> Result<Self, Stop> {
        let labels = labels(&shape.columns);
        let figures = labels.iter().flat_map(|label| FIGURES.map(|figure| format!("{PREFIX}{label}{figure}")));
        let names: Vec<_> = figures.chain(ORIGIN.map(|name| format!("{PREFIX}{name}"))).collect();
        let is_there = |name: &&String| shape.names.iter().any(|there| there.eq_ignore_ascii_case(name));
        let there: Vec<_> = names.iter().filter(is_there).map(String::as_str).collect();
        if there.is_empty() {
            return Ok(Self(names));
        }
        let (parts, flag) = match shape.form {
            Form::Table { .. } => ("columns", "--column"),
            Form::JsonLines => ("members", "--field"),
        };
        Err(Stop::usage(format!(
            "the file has {parts} that --append would add: {}; give the file as it was before, with several {flag} in one run where \
             several are wanted, or remove them",
            quote_list(there.into_iter())
        )))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What the names of each column of addresses have in them: nothing if there is one only, else its own name, or its number
/// where it has none, or none of its own.
fn labels(columns: &[Column]) -> Vec<String> {
    if let [_] = columns {
        return vec![String::new()];
    }
    let mut taken = HashSet::new();
    let mut label = |Column { name, number }: &Column| {
        let name = plain(name.as_deref().unwrap_or_default());
        let label = if name.is_empty() { format!("column_{number}_") } else { format!("{name}_") };
        if taken.insert(label.to_lowercase()) {
            return label;
        }
        let label = format!("{label}column_{number}_");
        taken.insert(label.to_lowercase());
        label
    };
    columns.iter().map(&mut label).collect()
}

/// A name without what would have to be quoted or escaped: `Source IP` is `Source_IP`.
fn plain(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use mde_input::{Column, Shape};

    use super::{Names, labels};

    fn column(name: &str, number: usize) -> Column {
        Column { name: (!name.is_empty()).then(|| name.to_owned()), number }
    }

    #[test]
    fn each_column_has_a_label_of_its_own() {
        let cases: [(&[&str], &[&str]); 6] = [
            (&["ip"], &[""]),
            (&[""], &[""]),
            (&["src_ip", "Source IP", "host.ip[]"], &["src_ip_", "Source_IP_", "host_ip_"]),
            (&["ip", "IP", "ip "], &["ip_", "IP_column_2_", "ip_column_3_"]),
            (&["", " - ", ""], &["column_1_", "column_2_", "column_3_"]),
            (&["日本", "b"], &["日本_", "b_"]),
        ];
        for (names, expected) in cases {
            let columns: Vec<_> = names.iter().zip(1..).map(|(name, number)| column(name, number)).collect();
            assert_eq!(labels(&columns), expected, "{names:?}");
        }
    }

    #[test]
    fn a_file_that_has_such_a_column_is_refused_and_others_of_the_prefix_are_not() {
        let names = |there: &[&str]| {
            let names = there.iter().map(|name| (*name).to_owned()).collect();
            Names::of(&Shape { form: mde_input::Form::JsonLines, columns: vec![column("ip", 1)], names, damaged: 0 })
        };
        assert!(names(&["ip", "mde_device_id", "mde_ip_status"]).is_ok());
        let refused = names(&["ip", "MDE_status", "mde_tenant"]).err().map(|stop| format!("{stop:?}"));
        assert!(refused.is_some_and(|text| text.contains("mde_status") && text.contains("mde_tenant")));
    }
}
