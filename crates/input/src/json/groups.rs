//! What is read, by the field that it came from. Which fields count is known only at the end of a source, and a stream is
//! read once, so each field has its own entries until then.

use std::collections::HashMap;

use super::names::{Meaning, is_wrapper};
use super::paths::{PathId, Paths, ROOT, Step};
use super::shapes::{Part, is_pattern, of_composite, of_pattern};
use crate::inputs::{Collector, InputError, Reason};
use crate::lines::Lexer;
use crate::location::{Cursor, Position};

/// The most fields that may hold addresses. Which of so many is meant, only the user knows.
const MAX_GROUPS: usize = 100;

/// What the names on a path mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Role {
    /// As what its values are read.
    pub(super) reads: Option<Reads>,
    /// Whether its name means addresses only if no other one does.
    pub(super) is_generic: bool,
    /// Whether the type beside it says what its values are.
    pub(super) is_typed: bool,
    /// Whether it names the type of the values beside it.
    pub(super) is_type: bool,
    /// Whether its values may be patterns of STIX.
    pub(super) is_pattern: bool,
    /// As what the values are read to which it leads, where the user named their field.
    pub(super) leads: Option<Reads>,
    /// The index of the field that the user named, which this is or in whose list this is.
    pub(super) within: Option<usize>,
    /// Where its values are collected, once it has any.
    pub(super) group: Option<usize>,
}

/// As what values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reads {
    /// A text without a name: the document itself, or an item of its list.
    Bare,
    /// A value whose type is beside it, in a shape that is known, as in STIX and MISP.
    Shaped,
    /// A field with a known name.
    Known(Meaning),
    /// The names of the values in an object, where they are addresses.
    Names,
    /// The field that the user named, by its index: the path from the beginning of a document, or else that within its
    /// events.
    Field(usize, bool),
    /// A field with a known name in the list that the user named.
    Within(usize, Meaning),
}

/// What is known of a value that was read.
#[derive(Debug)]
pub(super) enum Value {
    Text,
    /// Nothing for certain: null, or a value of another type.
    Missing,
    /// Parts of it, by the type beside it.
    Composite(String),
    /// It cannot hold an address. A sentence without its subject.
    Invalid(String),
}

/// A value that is held back until its object has ended.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) group: usize,
    /// The index of the object that has it, among those that are open.
    pub(super) object: Option<usize>,
    pub(super) path: PathId,
    pub(super) text: String,
    pub(super) position: Position,
    /// Whether only the position of its beginning is known, as after an escape.
    pub(super) is_fixed: bool,
    pub(super) value: Value,
    /// The path and the number of the event it is in.
    pub(super) event: (PathId, u64),
}

/// The values of one field, or of several that are one in different wrappings.
pub(super) struct Group {
    pub(super) reads: Reads,
    /// The path where it was first.
    pub(super) path: PathId,
    pub(super) collector: Collector,
    /// Of each path of events: the last one that had a value, and how many had one.
    events: HashMap<PathId, (u64, u64)>,
    /// Whether too much of it is invalid to read on.
    is_stopped: bool,
}

impl Group {
    /// Takes a value.
    pub(super) fn take(&mut self, held: &Held, lexer: &mut Lexer) {
        let (last, count) = self.events.entry(held.event.0).or_default();
        if *last != held.event.1 {
            (*last, *count) = (held.event.1, *count + 1);
        }
        self.is_stopped = self.is_stopped || self.read(held, lexer).is_err();
    }

    fn read(&mut self, held: &Held, lexer: &mut Lexer) -> Result<(), InputError> {
        match &held.value {
            Value::Missing => {
                self.collector.pass_over(Reason::WithoutAddress);
                Ok(())
            }
            Value::Invalid(problem) => {
                lexer.invalid(held.text.as_bytes(), problem.clone(), held.position, &mut self.collector)
            }
            Value::Text if held.text.contains('\'') && is_pattern(&held.text) => {
                self.parts(&of_pattern(&held.text), held, lexer)
            }
            Value::Text => self.text(&held.text, 0, held, lexer),
            Value::Composite(of_type) => self.parts(&of_composite(of_type, &held.text), held, lexer),
        }
    }

    fn parts(&mut self, parts: &[Part<'_>], held: &Held, lexer: &mut Lexer) -> Result<(), InputError> {
        if parts.is_empty() {
            self.collector.pass_over(Reason::WithoutAddress);
        }
        parts.iter().try_for_each(|part| match part.address {
            Some(text) => self.text(text, part.before, held, lexer),
            None => {
                self.collector.pass_over(Reason::WithoutAddress);
                Ok(())
            }
        })
    }

    fn text(&mut self, text: &str, before: usize, held: &Held, lexer: &mut Lexer) -> Result<(), InputError> {
        let cursor = match held.is_fixed {
            true => Cursor::fixed_at(held.position),
            false => Cursor::at(held.position.right(before)),
        };
        lexer.text_at(text.as_bytes(), cursor, &mut self.collector)
    }

    /// How many events have none of its values, nor an event within them that may have one.
    pub(super) fn missing(&self, paths: &Paths<Role>) -> u64 {
        let mut events: Vec<PathId> = self.events.keys().copied().collect();
        let mut next = 0;
        while let Some(id) = events.get(next).copied() {
            next += 1;
            events.extend(paths.event_around(id).filter(|around| !events.contains(around)));
        }
        let with = |id: PathId| {
            let direct = self.events.get(&id).map_or(0, |(_, count)| *count);
            let inner = events.iter().filter(|inner| paths.event_around(**inner) == Some(id));
            direct + inner.map(|inner| paths[*inner].events_around).sum::<u64>()
        };
        events.iter().map(|id| paths[*id].events.saturating_sub(with(*id))).sum()
    }
}

/// All fields that may hold addresses.
pub(super) struct Groups {
    pub(super) all: Vec<Group>,
    by_name: HashMap<(Reads, String), usize>,
}

impl Groups {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), by_name: HashMap::new() }
    }

    /// The group of a path. There is none if there are too many.
    pub(super) fn of(
        &mut self,
        reads: Reads,
        path: PathId,
        paths: &Paths<Role>,
        collector: impl FnOnce() -> Collector,
    ) -> Option<usize> {
        let reads = match reads {
            Reads::Field(index, _) => Reads::Field(index, true),
            other => other,
        };
        let name = match reads {
            Reads::Known(_) | Reads::Names | Reads::Within(..) => unwrapped(paths, path),
            Reads::Bare | Reads::Shaped | Reads::Field(..) => String::new(),
        };
        if let Some(index) = self.by_name.get(&(reads, name.clone())) {
            return Some(*index);
        }
        if self.all.len() >= MAX_GROUPS {
            return None;
        }
        let path = paths.list_of(path);
        self.all.push(Group { reads, path, collector: collector(), events: HashMap::new(), is_stopped: false });
        self.by_name.insert((reads, name), self.all.len() - 1);
        Some(self.all.len() - 1)
    }
}

/// The path without the list that the events are wrapped in, which is the same in each document.
fn unwrapped(paths: &Paths<Role>, path: PathId) -> String {
    let path = paths.list_of(path);
    let mut steps: Vec<_> = paths.outwards(path).filter(|id| *id != ROOT).collect();
    steps.reverse();
    let is_item = |id: Option<&PathId>| id.is_some_and(|id| paths[*id].step == Step::Item);
    let name_of = |id: Option<&PathId>| match id.map(|id| &paths[*id].step) {
        Some(Step::Name(name)) => name.to_string(),
        _ => String::new(),
    };
    let mut from = steps.iter().take_while(|id| is_item(Some(id))).count();
    if from + 2 < steps.len() && is_wrapper(&name_of(steps.get(from))) && is_item(steps.get(from + 1)) {
        from += 2;
    }
    let root = if from == 0 { ROOT } else { steps[from - 1] };
    paths.names_between(root, path)
}
