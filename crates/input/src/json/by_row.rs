//! Reads JSON lines row by row, so that more members can be added to each object.

use std::io;

use super::detect::is_by_line;
use super::documents::walk;
use super::groups::Reads;
use super::names::{FieldPath, is_wrapper};
use super::paths::{ROOT, Step};
use super::walk::{LineNotes, Walker};
use crate::inputs::{Collector, Finding, InputError};
use crate::shape::{Column, Content, Form, Row, Shaping};
use crate::source::Pieces;

/// Refuses a document that is not on a line of its own.
pub(super) fn expect_lines(pieces: &mut Pieces<'_>) -> Result<(), InputError> {
    let (beginning, is_all) = pieces.beginning()?;
    match is_by_line(beginning, is_all) {
        true => Ok(()),
        false => Err(InputError::source(
            &pieces.source_name,
            "is not JSON lines: give an object on each line, such as jq -c '.[]' FILE makes of a list",
        )),
    }
}

/// Refuses a line that is no object. An error is a sentence without its subject.
pub(super) fn expect_object(walker: &mut Walker<'_>, is_damaged: bool) -> Result<(), &'static str> {
    let Some(notes) = &mut walker.line_notes else { return Ok(()) };
    match std::mem::take(&mut notes.documents) {
        0 => Ok(()),
        _ if is_damaged => Ok(()),
        1 if notes.is_object => Ok(()),
        1 => Err("is not a JSON object, so that nothing can be added to it: give JSON lines, an object on each line"),
        _ => Err("has several JSON documents: give each a line of its own"),
    }
}

/// Takes what has to be known of all rows, where these groups count. An error is a sentence without its subject.
pub(super) fn note(
    walker: &Walker<'_>,
    fields: &[FieldPath],
    chosen: &[usize],
    shaping: &mut Shaping,
) -> Result<(), String> {
    let groups = &walker.groups.all;
    for path in chosen.iter().filter_map(|index| groups.get(*index)).map(|group| group.path) {
        let mut way: Vec<_> = walker.paths.outwards(path).filter(|id| *id != ROOT).collect();
        way.reverse();
        let steps: Vec<_> = way.iter().map(|id| &walker.paths[*id].step).collect();
        if let [Step::Name(name), Step::Item, ..] = steps.as_slice()
            && is_wrapper(name)
        {
            return Err(format!(
                "has its events in a list, {name}[]: give JSON lines, an event on each line, such as jq -c '.{name}[]' FILE \
                 makes"
            ));
        }
    }
    let columns = fields.len().max(1);
    let name = |index: usize| fields.get(index).map(|field| field.as_str().to_owned());
    shaping.form = Some(Form::JsonLines);
    shaping.columns = (0..columns).map(|index| Column { name: name(index), number: index + 1 }).collect();
    shaping.names = walker.line_notes.iter().flat_map(|notes| notes.names.iter().cloned()).collect();
    let column = |reads: Reads| match reads {
        Reads::Field(index, _) | Reads::Within(index, _) => index,
        Reads::Bare | Reads::Shaped | Reads::Known(_) | Reads::Names => 0,
    };
    let with_index = groups.iter().enumerate();
    shaping.fields = with_index.map(|(index, group)| chosen.contains(&index).then(|| column(group.reads))).collect();
    Ok(())
}

/// Gives each object, with what its fields have that hold addresses. `fields` has the column of each group, and there are
/// so many columns.
pub(crate) fn rows(
    pieces: &mut Pieces<'_>,
    names: &[String],
    (fields, columns): (&[Option<usize>], usize),
    collector: &Collector,
    on_row: &mut dyn FnMut(Row<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let names = FieldPath::distinct(names);
    let source_name = pieces.source_name.clone();
    let mut walker = Walker::new(source_name.clone(), &names, collector);
    walker.line_notes = Some(LineNotes::default());
    let mut damages = collector.empty_copy();
    let mut findings: Vec<Vec<Finding>> = vec![Vec::new(); columns];
    walk(pieces, &source_name, &mut walker, &mut damages, |walker, start, is_damaged| {
        findings.iter_mut().for_each(Vec::clear);
        for (group, column) in walker.groups.all.iter_mut().zip(fields) {
            let found = group.collector.take_row().map(|(_, finding)| finding);
            // What is not in a column goes.
            match column.and_then(|column| findings.get_mut(column)) {
                Some(findings) => findings.extend(found),
                None => found.for_each(drop),
            }
        }
        let Some(notes) = &mut walker.line_notes else { return Ok(()) };
        if std::mem::take(&mut notes.documents) == 0 || is_damaged {
            return Ok(());
        }
        on_row(Row { end: start + notes.end, cells: notes.members, content: Content::Findings(&findings) })
    })
}
