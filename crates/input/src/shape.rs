//! What has to be known of a source to add columns to its rows, and one of its rows.

use crate::inputs::Finding;

/// What a source is whose rows can be read one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How its rows are written.
    pub form: Form,
    /// The columns or the fields of the addresses, in their order.
    pub columns: Vec<Column>,
    /// The names that there are: the headings of a table, or the names of JSON members that begin with the prefix that was
    /// asked for.
    pub names: Vec<String>,
    /// How many lines are no JSON, so that nothing can be added to them.
    pub damaged: u64,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A row is a JSON object on a line of its own.
    JsonLines,
    /// A row has cells.
    Table {
        /// The byte between cells, which may be quoted.
        delimiter: u8,
        /// The number of cells of the longest row, headings included.
        cells: usize,
        /// Whether all cells of the first row are quoted.
        is_quoted: bool,
    },
}

/// A column or a field of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The heading of a column, or the path of a field that was asked for. There is none in a table without headings, nor
    /// where the field is found by its name.
    pub name: Option<String>,
    /// The number of a column from 1; of fields, the order in which they were asked for.
    pub number: usize,
}

/// A row, which may be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Where it may be continued, in bytes from the beginning of the source, a byte order mark included: behind the last
    /// cell of a table, or behind the last member of an object.
    pub end: u64,
    /// How many cells or members it has.
    pub cells: usize,
    /// What it holds.
    pub content: Content<'a>,
}

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// The headings of a table, which may come again.
    Headings,
    /// What each column of addresses has in this row: nothing, an address, or several. What was found elsewhere in the row
    /// is not here.
    Findings(&'a [Vec<Finding>]),
}

/// What becomes known of a source while it is read.
#[derive(Debug, Default)]
pub(crate) struct Shaping {
    /// None, before a row was noted.
    pub(crate) form: Option<Form>,
    pub(crate) columns: Vec<Column>,
    pub(crate) names: Vec<String>,
    /// How many lines are no JSON.
    pub(crate) damaged: u64,
    /// How the names of members begin that are noted.
    pub(crate) prefix: String,
    /// Of JSON, which column each of the fields is that hold addresses, if it is one.
    pub(crate) fields: Vec<Option<usize>>,
}

impl Shaping {
    /// The shape, and the columns of the fields.
    pub(crate) fn into_shape(self) -> (Shape, Vec<Option<usize>>) {
        // Where no row was noted there is none to read again, in any form.
        let form = self.form.unwrap_or(Form::JsonLines);
        (Shape { form, columns: self.columns, names: self.names, damaged: self.damaged }, self.fields)
    }
}
