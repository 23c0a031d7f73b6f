//! `components`: what is wrong with a parameter, a header or a response is found also where nothing refers to it, lest
//! one mistake hide another.

use super::Reader;
use crate::lint::rules;
use crate::{Pointer, Value};

impl Reader<'_> {
    pub(super) fn components(&mut self, values: &[Value]) {
        let components = Pointer::root().child("components");
        for (_, _, pointer) in self.entries(&components.child("parameters")) {
            if let Some(pointer) = self.resolve(pointer, "parameters") {
                self.parameter(pointer, values);
            }
        }
        for (_, _, pointer) in self.entries(&components.child("headers")) {
            self.header(pointer);
        }
        for (_, _, pointer) in self.entries(&components.child("responses")) {
            // What its body must be depends on the statuses that it stands for.
            if let Some(pointer) = self.resolve(pointer, "responses") {
                self.text(&pointer.child("description"), rules::DESCRIBED);
            }
        }
    }
}
