//! The paths of a document, such as `records[].source.ip`: each once, with what was found at it. Their number is bounded.

use std::collections::HashMap;

use super::names::{is_data, meaning};

/// The index of a path.
pub(super) type PathId = usize;

/// The path of the document itself.
pub(super) const ROOT: PathId = 0;

/// Under which everything is that stands too deep, or beside too many others, to have a path of its own.
const ELSEWHERE: PathId = 1;

/// The most names on the way to a value.
const MAX_DEPTH: u16 = 64;

/// The most paths. What has more is no list of events.
const MAX_PATHS: usize = 20_000;

/// The most objects and lists of different names in an object. What has more is a list whose items have names.
const MAX_NAMED: usize = 64;

/// The most names in an object that mean nothing. What has more counts something by name.
const MAX_NAMES: usize = 1_000;

/// The last step to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(Box<str>),
    /// Any name, where the names are data.
    AnyName,
    /// Into a list.
    Item,
}

/// A path, with what was found at it.
#[derive(Debug)]
pub(super) struct Path<R> {
    pub(super) parent: PathId,
    pub(super) step: Step,
    depth: u16,
    children: HashMap<Box<str>, PathId>,
    /// The children in the order in which they came first: the next object has most likely the same.
    order: Vec<PathId>,
    expected: usize,
    /// The number of children that are objects or lists.
    containers: usize,
    is_container: bool,
    /// The index among the children of the parent.
    rank: usize,
    any: Option<PathId>,
    item: Option<PathId>,
    /// What the names on the path mean.
    pub(super) role: R,
    /// The number of objects that are events: items of lists, and the document itself.
    pub(super) events: u64,
    /// The number of events around them.
    pub(super) events_around: u64,
    last_around: u64,
    /// The object in which the name stood last, and the one in which something was read from under it.
    pub(super) last_object: u64,
    pub(super) last_read: u64,
    /// The object in which its second value was named.
    pub(super) last_second: u64,
    /// The number of texts, numbers and the like, and how many are addresses as far as they were counted.
    pub(super) values: u64,
    pub(super) addresses: u64,
}

impl<R> Path<R> {
    /// Whether there is no path from here.
    pub(super) fn is_childless(&self) -> bool {
        self.order.is_empty() && self.any.is_none() && self.item.is_none()
    }
}

/// All paths of a source.
#[derive(Debug)]
pub(super) struct Paths<R> {
    all: Vec<Path<R>>,
    /// Whether each name has a path of its own, since the user may have named it.
    are_named: bool,
}

impl<R> std::ops::Index<PathId> for Paths<R> {
    type Output = Path<R>;

    fn index(&self, id: PathId) -> &Path<R> {
        &self.all[id]
    }
}

impl<R> std::ops::IndexMut<PathId> for Paths<R> {
    fn index_mut(&mut self, id: PathId) -> &mut Path<R> {
        &mut self.all[id]
    }
}

impl<R> Paths<R> {
    /// The document itself, and no path in it.
    pub(super) fn new(root: R, elsewhere: R, are_named: bool) -> Self {
        let elsewhere = path(ROOT, Step::Name("…".into()), MAX_DEPTH - 1, elsewhere);
        Self { all: vec![path(ROOT, Step::Item, 0, root), elsewhere], are_named }
    }

    /// The value of a name in an object. `role` is for a path that is new.
    pub(super) fn child(&mut self, parent: PathId, name: &str, role: impl FnOnce(&Self, PathId, &Step) -> R) -> PathId {
        let object = &mut self.all[parent];
        let expected = object.order.get(object.expected).copied();
        if let Some(id) = expected.filter(|id| matches!(&self.all[*id].step, Step::Name(known) if **known == *name)) {
            self.all[parent].expected += 1;
            return id;
        }
        if let Some(id) = self.all[parent].children.get(name).copied() {
            self.all[parent].expected = self.all[id].rank + 1;
            return id;
        }
        // A name that means addresses has a path of its own wherever there is room.
        let count = self.all.len();
        let is_full = count >= MAX_PATHS && (count >= 2 * MAX_PATHS || meaning(name).is_none());
        let object = &self.all[parent];
        let has_many = object.order.len() >= MAX_NAMES && meaning(name).is_none();
        let is_map = !self.are_named && (object.containers >= MAX_NAMED || has_many);
        if is_data(name) || is_map || parent == ELSEWHERE && is_full {
            let any = self.all[parent].any;
            return any.unwrap_or_else(|| {
                let id = self.add(parent, Step::AnyName, role);
                self.all[parent].any = Some(id);
                id
            });
        }
        if is_full || self.all[parent].depth >= MAX_DEPTH {
            return self.child(ELSEWHERE, name, role);
        }
        let id = self.add(parent, Step::Name(name.into()), role);
        self.all[id].rank = self.all[parent].order.len();
        let object = &mut self.all[parent];
        object.children.insert(name.into(), id);
        object.order.push(id);
        object.expected = object.order.len();
        id
    }

    /// An object or a list begins, so that its first name is expected.
    pub(super) fn begin(&mut self, id: PathId) {
        let path = &mut self.all[id];
        path.expected = 0;
        if !std::mem::replace(&mut path.is_container, true) {
            let parent = path.parent;
            self.all[parent].containers += 1;
        }
    }

    /// The items of a list.
    pub(super) fn item(&mut self, parent: PathId, role: impl FnOnce(&Self, PathId, &Step) -> R) -> PathId {
        // A name has its items even there, so that they are what it says.
        let is_list_in_list = self.all[parent].step == Step::Item;
        let is_elsewhere = is_list_in_list && (self.all[parent].depth >= MAX_DEPTH || self.all.len() >= MAX_PATHS);
        match self.all[parent].item {
            Some(id) => id,
            None if is_elsewhere && parent != ELSEWHERE => self.item(ELSEWHERE, role),
            None => {
                let id = self.add(parent, Step::Item, role);
                self.all[parent].item = Some(id);
                id
            }
        }
    }

    fn add(&mut self, parent: PathId, step: Step, role: impl FnOnce(&Self, PathId, &Step) -> R) -> PathId {
        let role = role(self, parent, &step);
        let depth = self.all[parent].depth + 1;
        self.all.push(path(parent, step, depth, role));
        self.all.len() - 1
    }

    /// Whether objects there are events.
    pub(super) fn is_event(&self, id: PathId) -> bool {
        id == ROOT || self.all[id].step == Step::Item && self.all[id].parent != ELSEWHERE && !self.is_elsewhere(id)
    }

    fn is_elsewhere(&self, id: PathId) -> bool {
        self.all[id].depth > MAX_DEPTH
    }

    /// Notes an event within another one.
    pub(super) fn note_event_in(&mut self, id: PathId, around: u64) {
        let path = &mut self.all[id];
        if path.last_around != around {
            path.last_around = around;
            path.events_around += 1;
        }
    }

    /// The path and those around it, outwards, the document itself included.
    pub(super) fn outwards(&self, id: PathId) -> impl Iterator<Item = PathId> {
        std::iter::successors(Some(id), |id| (*id != ROOT).then(|| self.all[*id].parent))
    }

    /// The events in which another one is, outwards.
    pub(super) fn event_around(&self, id: PathId) -> Option<PathId> {
        self.outwards(id).skip(1).find(|id| self.is_event(*id))
    }

    /// The list whose items these are, or what it is if it is none.
    pub(super) fn list_of(&self, id: PathId) -> PathId {
        self.outwards(id).find(|id| self.all[*id].step != Step::Item).unwrap_or(ROOT)
    }

    /// The names on the way from one path to another, joined by dots.
    pub(super) fn names_between(&self, from: PathId, to: PathId) -> String {
        let mut names: Vec<&str> = Vec::new();
        for id in self.outwards(to).take_while(|id| *id != from && *id != ROOT) {
            match &self.all[id].step {
                Step::Name(name) => names.push(name),
                Step::AnyName => names.push("*"),
                Step::Item => {}
            }
        }
        names.reverse();
        names.join(".")
    }

    /// The path as it is named with `--field`.
    pub(super) fn name(&self, id: PathId) -> String {
        let mut steps: Vec<_> = self.outwards(id).filter(|id| *id != ROOT).collect();
        steps.reverse();
        steps.iter().fold(String::new(), |text, id| with_step(text, &self.all[*id].step))
    }

    /// The same of a path that may not be there yet.
    pub(super) fn name_of(&self, parent: PathId, step: &Step) -> String {
        with_step(self.name(parent), step)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (PathId, &Path<R>)> {
        self.all.iter().enumerate()
    }
}

fn with_step(mut text: String, step: &Step) -> String {
    let name = match step {
        Step::Name(name) => name,
        Step::AnyName => "*",
        Step::Item => "[]",
    };
    // A column of rows is an index in brackets.
    if !text.is_empty() && !name.starts_with('[') {
        text.push('.');
    }
    text.push_str(name);
    text
}

fn path<R>(parent: PathId, step: Step, depth: u16, role: R) -> Path<R> {
    Path {
        parent,
        step,
        depth,
        children: HashMap::new(),
        order: Vec::new(),
        expected: 0,
        containers: 0,
        is_container: false,
        rank: 0,
        any: None,
        item: None,
        role,
        events: 0,
        events_around: 0,
        last_around: 0,
        last_object: 0,
        last_read: 0,
        last_second: 0,
        values: 0,
        addresses: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{ELSEWHERE, MAX_PATHS, Paths, ROOT};

    #[test]
    fn paths_are_named_as_the_user_names_them() {
        let mut paths = Paths::new((), (), true);
        let list = paths.child(ROOT, "records", |_, _, _| ());
        let item = paths.item(list, |_, _, _| ());
        let host = paths.child(item, "host", |_, _, _| ());
        let number = paths.child(host, "17", |_, _, _| ());
        assert_eq!(paths.name(number), "records[].host.*");
        assert_eq!(paths.names_between(item, number), "host.*");
        assert_eq!(paths.child(host, "18", |_, _, _| ()), number);
        assert_eq!(paths.event_around(number), Some(item));
    }

    /// However deep a document is and however many names it has.
    #[test]
    fn their_number_is_bounded() {
        let mut paths = Paths::new((), (), true);
        let mut deep = ROOT;
        for _ in 0..1_000 {
            deep = paths.child(deep, "a", |_, _, _| ());
            deep = paths.item(deep, |_, _, _| ());
        }
        for n in 0..2 * MAX_PATHS {
            paths.child(ROOT, &format!("name {n}"), |_, _, _| ());
        }
        assert!(paths.all().count() <= 2 * MAX_PATHS);
        assert!(paths.name(deep).starts_with('…') && deep != ELSEWHERE);
    }
}
