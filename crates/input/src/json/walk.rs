//! Walks through documents, value by value, and reads those whose path may hold addresses. What an object has is held back
//! until the object ends: its type may follow its value, and a name may stand twice in it.

use std::collections::BTreeSet;

use struson::reader::{JsonReader, ReaderError, ValueType};

use super::groups::{Groups, Held, Reads, Role, Value};
use super::names::{FieldPath, is_like_address};
use super::parser::{Parser, Text, offset, position};
use super::paths::{PathId, Paths, ROOT, Step};
use super::roles::{of_root, of_step};
use super::shapes::{Kind, is_pattern, is_stix, kind};
use crate::address::parse_address;
use crate::escape::quote;
use crate::inputs::Collector;
use crate::lines::Lexer;
use crate::location::{Position, SourceName};

/// The most values that are held back, and the most bytes of them. An object with more is read as it comes.
const MAX_HELD: usize = 10_000;
const MAX_HELD_BYTES: usize = 1 << 20;

/// The most columns of a row that have a path each.
const MAX_CELLS: usize = 64;

/// The longest name of a type, in characters.
const MAX_TYPE_CHARS: usize = 64;

/// The longest text that is counted where no address is expected.
const MAX_COUNTED_BYTES: usize = 80;

/// An object or a list that is open.
#[derive(Debug)]
struct Frame {
    path: PathId,
    is_object: bool,
    /// The number of the object or list, of all there were.
    number: u64,
    /// The index of the innermost event.
    event: usize,
    /// The index of the innermost object, if there is one.
    object: Option<usize>,
    /// The number of its items, if it is a list.
    items: usize,
    /// The number of values that were held when it began.
    held: usize,
    /// The type that stands in it.
    of_type: Option<String>,
    /// Whether something in it was read.
    is_read: bool,
}

/// What was found in the documents of a source so far.
pub(super) struct Walker<'a> {
    pub(super) paths: Paths<Role>,
    pub(super) groups: Groups,
    fields: &'a [FieldPath],
    pub(super) collector: &'a Collector,
    lexer: Lexer,
    frames: Vec<Frame>,
    held: Vec<Held>,
    held_bytes: usize,
    objects: u64,
    /// The fields whose path from its beginning the document has.
    from_beginning: BTreeSet<usize>,
    /// The number of the line where the document begins.
    pub(super) line: u32,
    /// Where the value ends that was held back last, as a number of bytes.
    pub(super) last_end: u64,
    /// Whether a value of the document has begun.
    pub(super) has_begun: bool,
    text: Text,
    /// Whether addresses are counted where none is expected: as long as none was found where one is.
    counts: bool,
    /// What is noted of the documents of a line, where they may be rows.
    pub(super) line_notes: Option<LineNotes>,
}

/// The documents of a line.
#[derive(Debug, Default)]
pub(super) struct LineNotes {
    pub(super) documents: usize,
    /// Whether the last one is an object.
    pub(super) is_object: bool,
    /// How many members it has.
    pub(super) members: usize,
    /// Where the last of them ends, or else the object begins, as a number of bytes.
    pub(super) end: u64,
    /// How the names of members begin that are noted, and those there are in any line.
    pub(super) prefix: Option<String>,
    pub(super) names: BTreeSet<String>,
}

impl LineNotes {
    fn begin_document(&mut self, of_type: ValueType) {
        self.documents += 1;
        self.is_object = of_type == ValueType::Object;
        self.members = 0;
    }

    fn begin_member(&mut self, name: &str) {
        self.members += 1;
        let is_noted = self.prefix.as_deref().is_some_and(|prefix| name.starts_with(prefix));
        if is_noted && !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }
}

impl<'a> Walker<'a> {
    pub(super) fn new(source_name: SourceName, fields: &'a [FieldPath], collector: &'a Collector) -> Self {
        Self {
            paths: Paths::new(of_root(fields), Role::default(), !fields.is_empty()),
            groups: Groups::new(),
            fields,
            collector,
            lexer: Lexer::new(source_name),
            frames: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            objects: 0,
            from_beginning: BTreeSet::new(),
            line: 1,
            last_end: 0,
            has_begun: false,
            text: Text::default(),
            counts: true,
            line_notes: None,
        }
    }

    /// Reads documents up to the end of what the parser gets.
    pub(super) fn documents(&mut self, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        (self.has_begun, self.last_end) = (false, 0);
        while !self.has_begun || parser.has_next()? {
            let of_type = parser.peek()?;
            self.line_notes.iter_mut().for_each(|notes| notes.begin_document(of_type));
            self.value(ROOT, parser)?;
            while let Some(frame) = self.frames.last() {
                let (path, is_object) = (frame.path, frame.is_object);
                if let (Some(notes), [_]) = (&mut self.line_notes, self.frames.as_slice()) {
                    notes.end = offset(parser);
                }
                if !parser.has_next()? {
                    self.end(is_object, parser)?;
                } else if is_object {
                    self.member(path, parser)?;
                } else {
                    let item = self.item(path, parser)?;
                    self.value(item, parser)?;
                }
            }
            self.commit();
            self.from_beginning.clear();
        }
        Ok(())
    }

    /// The path of the next item of a list. The cells of a row, which is a list in a list, are each of a column.
    fn item(&mut self, list: PathId, parser: &mut Parser<'_, '_, '_>) -> Result<PathId, ReaderError> {
        let fields = self.fields;
        let role = |paths: &Paths<Role>, parent: PathId, step: &Step| of_step(fields, paths, parent, step);
        let index = self.frames.last().map_or(0, |frame| frame.items);
        self.frames.last_mut().into_iter().for_each(|frame| frame.items += 1);
        let found = &self.paths[list];
        let is_read = found.role.reads.is_some_and(|reads| reads != Reads::Bare);
        let is_row = found.step == Step::Item && list != ROOT && !is_read && index < MAX_CELLS;
        let is_cell = is_row && !matches!(parser.peek()?, ValueType::Object | ValueType::Array);
        Ok(if is_cell { self.paths.child(list, &format!("[{index}]"), role) } else { self.paths.item(list, role) })
    }

    fn member(&mut self, object: PathId, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        let fields = self.fields;
        let position = self.position(parser).right(1);
        let name = parser.next_name()?;
        if let (Some(notes), [_]) = (&mut self.line_notes, self.frames.as_slice()) {
            notes.begin_member(name);
        }
        let path = self.paths.child(object, name, |paths, parent, step| of_step(fields, paths, parent, step));
        let is_address = self.paths[path].step == Step::AnyName && is_like_address(name);
        if let Some(name) = is_address.then(|| name.to_owned()) {
            self.name(path, name, position);
            // What is counted by address is no address.
            if matches!(parser.peek()?, ValueType::Number | ValueType::Boolean | ValueType::Null) {
                return parser.skip_value();
            }
        }
        let number = self.frames.last().map_or(0, |frame| frame.number);
        let found = &mut self.paths[path];
        let is_again = std::mem::replace(&mut found.last_object, number) == number && found.step != Step::AnyName;
        let is_read = found.role.reads.is_some() || found.role.leads.is_some() || found.last_read == number;
        if is_again && is_read { self.second(path, number, parser) } else { self.value(path, parser) }
    }

    /// A name that is itself an address, or a damaged one.
    fn name(&mut self, path: PathId, name: String, position: Position) {
        let role = self.paths[path].role;
        if self.fields.is_empty() && role.reads.is_none() && role.group.is_none() {
            self.paths[path].role.group = self.group(path, Reads::Names);
        }
        if self.paths[path].role.group.is_some() || role.reads.is_some() {
            self.hold(path, None, name, position, false, Value::Text);
        }
    }

    /// A value of a name that stood before in the same object, which leaves open what its value is.
    fn second(&mut self, path: PathId, number: u64, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        if std::mem::replace(&mut self.paths[path].last_second, number) == number {
            return parser.skip_value();
        }
        let from = self.frames.last().map_or(0, |frame| frame.held);
        let paths = &self.paths;
        let (first, others): (Vec<_>, Vec<_>) =
            self.held.drain(from..).partition(|held| paths.outwards(held.path).any(|id| id == path));
        self.held.extend(others);
        let name = match &self.paths[path].step {
            Step::Name(name) => quote(name),
            Step::AnyName | Step::Item => String::new(),
        };
        let problem = format!("is the second value of {name} in its object");
        let role = self.paths[path].role;
        let group = first.first().map(|held| held.group);
        let group = group.or_else(|| self.group(path, role.reads.or(role.leads)?));
        self.unfit(path, group, problem, parser)
    }

    fn value(&mut self, path: PathId, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        let of_type = parser.peek()?;
        self.has_begun = true;
        let role = self.paths[path].role;
        self.paths[path].values += u64::from(!matches!(of_type, ValueType::Object | ValueType::Array));
        match of_type {
            ValueType::Object if self.is_named(path, role) => self.not_a_text(path, parser),
            ValueType::Object => {
                parser.begin_object()?;
                self.begin(path, true);
                Ok(())
            }
            ValueType::Array => {
                parser.begin_array()?;
                self.begin(path, false);
                Ok(())
            }
            ValueType::String => self.string(path, role, parser),
            // A number may be an address, but hardly where the name does not say so.
            ValueType::Number if role.reads.is_some() && !role.is_generic => self.not_a_text(path, parser),
            ValueType::Null | ValueType::Number | ValueType::Boolean if role.reads.is_some() => {
                let position = self.position(parser);
                parser.skip_value()?;
                self.hold(path, None, String::new(), position, false, Value::Missing);
                Ok(())
            }
            ValueType::Null | ValueType::Number | ValueType::Boolean => {
                parser.skip_value()?;
                self.item_without_name(path, role);
                Ok(())
            }
        }
    }

    /// Whether the user named it, and not as an item of a list or by any name.
    fn is_named(&self, path: PathId, role: Role) -> bool {
        matches!(role.reads, Some(Reads::Field(..))) && matches!(self.paths[path].step, Step::Name(_))
    }

    /// An item of a list of events that is no object is one without the field.
    fn item_without_name(&mut self, path: PathId, role: Role) {
        if self.paths[path].step == Step::Item && self.paths.is_event(path) {
            let around = self.frames.last().map_or(0, |frame| self.frames[frame.event].number);
            self.paths.note_event_in(path, around);
            self.paths[path].events += u64::from(role.reads != Some(Reads::Bare));
        }
    }

    fn begin(&mut self, path: PathId, is_object: bool) {
        self.objects += 1;
        let index = self.frames.len();
        let is_event = self.paths.is_event(path) && (is_object || path == ROOT);
        let around = self.frames.last();
        let event = if is_event { index } else { around.map_or(0, |frame| frame.event) };
        let object = if is_object { Some(index) } else { around.and_then(|frame| frame.object) };
        let number_around = around.map(|frame| self.frames[frame.event].number);
        if is_event {
            self.paths[path].events += 1;
            if let Some(around) = number_around {
                self.paths.note_event_in(path, around);
            }
        }
        self.paths.begin(path);
        self.frames.push(Frame {
            path,
            is_object,
            number: self.objects,
            event,
            object,
            items: 0,
            held: self.held.len(),
            of_type: None,
            is_read: false,
        });
    }

    fn end(&mut self, is_object: bool, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        if is_object {
            parser.end_object()?;
        } else {
            parser.end_array()?;
        }
        self.settle(self.frames.len().saturating_sub(1));
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        if let Some(around) = self.frames.last_mut().filter(|_| frame.is_read) {
            around.is_read = true;
            self.paths[frame.path].last_read = around.number;
        }
        Ok(())
    }

    fn string(&mut self, path: PathId, role: Role, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        if role.reads.is_none() {
            self.item_without_name(path, role);
            if !role.is_type && !role.is_pattern && !self.counts {
                return parser.skip_value();
            }
        }
        // Behind the quotation mark.
        let position = self.position(parser).right(1);
        self.text.read(parser)?;
        let text = self.text.as_str();
        if let Some(frame) = self.frames.last_mut().filter(|frame| role.is_type && frame.is_object) {
            // Of several types, the one that is known.
            if frame.of_type.is_none() || kind(text).is_some() {
                frame.of_type = Some(text.chars().take(MAX_TYPE_CHARS).collect());
            }
        }
        let is_shaped = role.is_pattern && is_pattern(text);
        if role.reads.is_none() && !is_shaped {
            self.paths[path].addresses += u64::from(self.counts && is_address(text));
            return Ok(());
        }
        self.last_end = offset(parser);
        let value = self.text.problem().map_or(Value::Text, Value::Invalid);
        let (text, is_fixed) = (text.to_owned(), self.text.has_escapes());
        let group = if is_shaped { self.group(path, Reads::Shaped) } else { None };
        if role.reads == Some(Reads::Bare) {
            self.item_without_name(path, role);
        }
        self.hold(path, group, text, position, is_fixed, value);
        Ok(())
    }

    fn not_a_text(&mut self, path: PathId, parser: &mut Parser<'_, '_, '_>) -> Result<(), ReaderError> {
        self.unfit(path, None, "is a JSON value that is not a string".to_owned(), parser)
    }

    /// Passes a value that cannot be read for addresses, and names it.
    fn unfit(
        &mut self,
        path: PathId,
        group: Option<usize>,
        problem: String,
        parser: &mut Parser<'_, '_, '_>,
    ) -> Result<(), ReaderError> {
        parser.peek()?;
        let (position, start) = (self.position(parser), offset(parser));
        parser.reader_mut().keep(start);
        parser.skip_value()?;
        let length = offset(parser).saturating_sub(start);
        let text = String::from_utf8_lossy(parser.reader_mut().kept(length)).into_owned();
        self.hold(path, group, text, position, false, Value::Invalid(problem));
        Ok(())
    }

    fn position(&self, parser: &Parser<'_, '_, '_>) -> Position {
        position(self.line, parser)
    }

    /// Where the values of a path are collected.
    fn group(&mut self, path: PathId, reads: Reads) -> Option<usize> {
        self.groups.of(reads, path, &self.paths, || self.collector.empty_copy())
    }

    fn hold(
        &mut self,
        path: PathId,
        group: Option<usize>,
        text: String,
        position: Position,
        is_fixed: bool,
        value: Value,
    ) {
        let role = self.paths[path].role;
        let group = group.or(role.group).or_else(|| {
            let group = self.group(path, role.reads?);
            self.paths[path].role.group = group;
            group
        });
        let Some(group) = group else {
            // With so many fields, the user is asked to name one.
            self.paths[path].addresses += u64::from(is_address(&text));
            return;
        };
        let (mut event, mut object) = ((ROOT, 0), None);
        if let Some(frame) = self.frames.last() {
            event = (self.frames[frame.event].path, self.frames[frame.event].number);
            object = frame.object;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.is_read = true;
            self.paths[path].last_read = frame.number;
        }
        self.held_bytes += text.len();
        self.held.push(Held { group, object, path, text, position, is_fixed, value, event });
        if self.held.len() >= MAX_HELD || self.held_bytes >= MAX_HELD_BYTES {
            self.settle_all();
            self.commit();
        }
    }

    fn settle_all(&mut self) {
        for index in 0..self.frames.len() {
            self.settle(index);
        }
    }

    /// Decides what the values of an object are, by the type that it has.
    fn settle(&mut self, index: usize) {
        let Some(frame) = self.frames.get(index) else { return };
        let Some(of_type) = frame.of_type.clone() else { return };
        let kind = kind(&of_type);
        for at in frame.held..self.held.len() {
            let held = &self.held[at];
            let path = held.path;
            if held.object != Some(index) || !self.paths[path].role.is_typed || !matches!(held.value, Value::Text) {
                continue;
            }
            let is_misp = self.is_of_misp(path);
            let is_known = is_misp || is_stix(&of_type);
            let value = match kind {
                Some(Kind::Address) if of_type.contains('|') => Value::Composite(of_type.clone()),
                None if !is_misp => continue,
                Some(Kind::Address) => Value::Text,
                // The type may be that of something else beside the address.
                Some(Kind::Other) if self.is_named_address(path) && is_address(&held.text) => continue,
                Some(Kind::Other) | None => Value::Missing,
            };
            self.held[at].value = value;
            if let Some(group) = if is_known && self.fields.is_empty() { self.group(path, Reads::Shaped) } else { None }
            {
                self.held[at].group = group;
            }
        }
    }

    fn is_named_address(&self, path: PathId) -> bool {
        matches!(&self.paths[path].step, Step::Name(name) if name.to_lowercase().contains("addr"))
    }

    /// Whether it is the value of an attribute of MISP.
    fn is_of_misp(&self, path: PathId) -> bool {
        let is_named = |id: PathId, end: &str| matches!(&self.paths[id].step, Step::Name(name) if name.ends_with(end));
        let list = self.paths.list_of(self.paths[path].parent);
        is_named(path, "value") && is_named(list, "Attribute")
    }

    /// Drops values whose path within an event is that of a field, where its document has the path from its beginning.
    fn drop_inner(&mut self) {
        let paths = &self.paths;
        let field = |held: &Held, from_beginning: bool| match paths[held.path].role.reads {
            Some(Reads::Field(index, is_from_beginning)) if is_from_beginning == from_beginning => Some(index),
            _ => None,
        };
        self.from_beginning.extend(self.held.iter().filter_map(|held| field(held, true)));
        if !self.from_beginning.is_empty() {
            let found = &self.from_beginning;
            self.held.retain(|held| field(held, false).is_none_or(|index| !found.contains(&index)));
        }
    }

    /// Takes what is held back.
    fn commit(&mut self) {
        self.drop_inner();
        for held in self.held.drain(..) {
            if let Some(group) = self.groups.all.get_mut(held.group) {
                group.take(&held, &mut self.lexer);
                self.counts &= group.collector.taken() == 0;
            }
        }
        self.held_bytes = 0;
        self.frames.iter_mut().for_each(|frame| frame.held = 0);
    }

    /// Ends the documents where they are damaged. A line is named as a whole, so of its event that is not complete only the
    /// items of lists are taken. Returns whether the damage is between documents.
    pub(super) fn break_off(&mut self, is_by_line: bool, is_next: bool) -> bool {
        let is_between = self.frames.is_empty();
        let event = self.frames.last().map(|frame| frame.event);
        if let Some(event) = event.and_then(|index| self.frames.get(index)) {
            let path = event.path;
            let mut unsure = self.held.split_off(event.held.min(self.held.len()));
            if is_by_line {
                let paths = &self.paths;
                unsure.truncate(unsure.len() - usize::from(is_next && !unsure.is_empty()));
                unsure.retain(|held| paths[held.path].step == Step::Item);
            } else if let Some(last) = unsure.last_mut().filter(|_| is_next) {
                last.value = Value::Invalid("may be damaged: what follows it is not JSON".to_owned());
            }
            let events = &mut self.paths[path].events;
            *events = events.saturating_sub(u64::from(unsure.is_empty()));
            self.held.extend(unsure);
        }
        self.settle_all();
        self.commit();
        self.frames.clear();
        self.from_beginning.clear();
        is_between
    }
}

/// Whether a text is an address, where none is expected.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    let begins_well = text.starts_with(|c: char| c.is_ascii_hexdigit() || "[:h".contains(c));
    begins_well && text.len() <= MAX_COUNTED_BYTES && text.contains(['.', ':']) && parse_address(text).is_ok()
}
