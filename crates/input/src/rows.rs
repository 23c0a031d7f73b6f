//! Reads a source again, row by row, by the rules by which it was read for its addresses.

use std::io::{self, Read};

use crate::inputs::Collector;
use crate::options::Options;
use crate::shape::{Form, Row, Shape};
use crate::source::Pieces;
use crate::{json, table};

/// A source whose rows can be read: a table with a delimiter, or JSON lines.
#[derive(Clone, Debug)]
pub struct Rows {
    name: String,
    options: Options,
    shape: Shape,
    /// Of JSON, which column each of the fields is that hold addresses, if it is one.
    fields: Vec<Option<usize>>,
}

impl Rows {
    pub(crate) fn new(name: &str, options: &Options, shape: Shape, fields: Vec<Option<usize>>) -> Self {
        Self { name: name.to_owned(), options: options.clone(), shape, fields }
    }

    /// What is known of all rows.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Reads the same bytes again, in pieces, and gives each row. Comments, blank lines and whatever else has no columns
    /// are no rows, nor is a line that is no JSON.
    ///
    /// # Errors
    ///
    /// What `on_row` returns, or an error of reading.
    pub fn read(&self, reader: &mut dyn Read, on_row: &mut dyn FnMut(Row<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut pieces = Pieces::of_reader(&self.name, reader);
        let collector = Collector::by_row(self.options.clone());
        let columns = self.shape.columns.len();
        match self.shape.form {
            Form::Table { .. } => table::rows(&mut pieces, &self.options.columns, columns, collector, on_row),
            Form::JsonLines => {
                json::rows(&mut pieces, &self.options.fields, (&self.fields, columns), &collector, on_row)
            }
        }
    }
}
