//! The user's own file, with columns for the answers at the end of each row.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;

use mde_input::{Content, Finding, Form, Row};
use serde_json::Value;

use super::append_names::{FIGURES, Names, ORIGIN};
use super::data::{escape_formulas, escaped};
use crate::exit::Stop;
use crate::original::Original;
use crate::record::{Organization, Record, Status};
use crate::report::Output;
use crate::summary::Summary;

/// Between the values of a cell that holds several addresses.
const BETWEEN: &str = "; ";

/// The status of a row or cell without an answer, besides those of records.
const MISSING: &str = "missing";
const NOT_PUBLIC: &str = "not-public";
const UNKNOWN: &str = "unknown";

/// A file to which columns can be added.
pub(crate) struct Enrichment {
    original: Original,
    names: Names,
}

impl Enrichment {
    /// How many lines of the file get no columns, because they are no JSON.
    pub(crate) fn damaged(&self) -> u64 {
        self.original.shape().damaged
    }

    /// Fails if the file has a column of the name of one that is to be added.
    pub(crate) fn new(original: Original) -> Result<Self, Stop> {
        let names = Names::of(original.shape())?;
        Ok(Self { original, names })
    }
}

/// One value for each of the figures.
type Figures = [Value; FIGURES.len()];

/// Writes the file once all answers are known.
pub(super) struct Append<'a> {
    enrichment: Enrichment,
    writer: &'a mut dyn Write,
    answers: HashMap<IpAddr, Figures>,
}

impl<'a> Append<'a> {
    pub(super) fn new(enrichment: Enrichment, writer: &'a mut dyn Write) -> Self {
        Self { enrichment, writer, answers: HashMap::new() }
    }
}

impl Output for Append<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        if let Some(ip) = record.ip {
            self.answers.insert(ip, figures(&record));
        }
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        let Self { enrichment: Enrichment { original, names }, writer, answers } = self;
        let origin = origin(summary);
        let mut rows = 0;
        let addition = |row: Row<'_>| {
            let values: Vec<_> = match row.content {
                Content::Headings => names.iter().map(Value::from).collect(),
                Content::Findings(columns) => {
                    rows += 1;
                    values(columns, answers, &origin)
                }
            };
            match original.shape().form {
                Form::JsonLines => members(names, values, row.cells > 0),
                Form::Table { delimiter, cells, is_quoted } => {
                    let padding = cells.saturating_sub(row.cells);
                    Dialect { delimiter: char::from(delimiter), is_quoted }.cells(values, padding)
                }
            }
        };
        original.write_with(addition, &mut BufWriter::new(writer))?;
        summary.rows = Some(rows);
        Ok(())
    }
}

fn figures(record: &Record) -> Figures {
    let statistics = record.statistics.as_ref();
    let contradictions = statistics.map(|statistics| statistics.contradictions.join("; "));
    let error = match &record.error {
        Some(failure) => Some(failure.message.clone()),
        None => contradictions.filter(|text| !text.is_empty()),
    };
    let time = |time: Option<mde_client::Timestamp>| Value::from(time.map(|time| time.to_string()));
    [
        record.status.name().into(),
        statistics.map(|statistics| statistics.organization_prevalence).into(),
        time(statistics.and_then(|statistics| statistics.org_first_seen)),
        time(statistics.and_then(|statistics| statistics.org_last_seen)),
        time(record.answered_at),
        error.into(),
    ]
}

/// How the figures came about, and whose they are.
fn origin(summary: &Summary) -> [Value; ORIGIN.len()] {
    let Organization { tenant, app, profile } = summary.organization.clone();
    [summary.look_back_hours.get().into(), summary.source.into(), tenant.into(), app.into(), profile.into()]
}

/// The values of a row. Where no address was asked about, they have no origin.
fn values(columns: &[Vec<Finding>], answers: &HashMap<IpAddr, Figures>, origin: &[Value]) -> Vec<Value> {
    let is_asked = |finding: &Finding| matches!(finding, Finding::Address(ip) if answers.contains_key(ip));
    let is_asked = columns.iter().flatten().any(is_asked);
    let figures = columns.iter().flat_map(|findings| figures_of(findings, answers));
    let origin = origin.iter().map(|value| if is_asked { value.clone() } else { Value::Null });
    figures.chain(origin).collect()
}

/// The figures of a cell: of one address, or a list of as many as there are, in their order.
fn figures_of(findings: &[Finding], answers: &HashMap<IpAddr, Figures>) -> Figures {
    let without = |status: &str, error: Option<String>| -> Figures {
        [status.into(), Value::Null, Value::Null, Value::Null, Value::Null, error.into()]
    };
    let mut each = findings.iter().map(|finding| match finding {
        Finding::Address(ip) => answers.get(ip).cloned().unwrap_or_else(|| without(UNKNOWN, None)),
        Finding::LeftOut(_) => without(NOT_PUBLIC, None),
        Finding::Invalid(problem) => without(Status::Invalid.name(), Some(format!("not an IP address: it {problem}"))),
    });
    match (each.next(), findings.len()) {
        (None, _) => without(MISSING, None),
        (Some(only), 1) => only,
        (Some(first), _) => {
            let mut lists = first.map(|value| vec![value]);
            each.for_each(|figures| lists.iter_mut().zip(figures).for_each(|(list, value)| list.push(value)));
            lists.map(|list| if list.iter().all(Value::is_null) { Value::Null } else { list.into() })
        }
    }
}

/// The members of a JSON object, behind those that it has. One without a value is left out.
fn members(names: &Names, values: Vec<Value>, is_behind_others: bool) -> String {
    let with_value = names.iter().zip(values).filter(|(_, value)| !value.is_null());
    let members: Vec<_> = with_value.map(|(name, value)| format!("{}:{value}", Value::from(name))).collect();
    escaped(&format!("{}{}", if is_behind_others { "," } else { "" }, members.join(",")))
}

/// How cells are written.
#[derive(Clone, Copy)]
struct Dialect {
    delimiter: char,
    /// Whether each cell is quoted.
    is_quoted: bool,
}

impl Dialect {
    /// The cells, behind those of a row and so many empty ones.
    fn cells(self, values: Vec<Value>, padding: usize) -> String {
        let mut text: String = std::iter::repeat_n(self.delimiter, padding).collect();
        for value in values {
            text.push(self.delimiter);
            text += &self.cell(&value);
        }
        text
    }

    fn cell(self, value: &Value) -> String {
        let text = escape_formulas(text(value));
        let is_special = |c: char| c == self.delimiter || c == '"';
        match self.is_quoted || text.contains(is_special) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(BETWEEN),
        other => other.to_string(),
    }
}
