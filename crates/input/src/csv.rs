//! CSV: cuts it into cells with their positions, finds the column of the addresses by its name or its cells, and reads it.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use crate::address::parse_address;
use crate::escape::{quote, quote_list};
use crate::inputs::{Collector, InputError};
use crate::lines::{Lexer, MAX_TOKEN_BYTES};
use crate::location::{Cursor, Position};
use crate::source::Pieces;

/// The longest row, in bytes. A longer one has a quotation mark that is not closed.
const MAX_ROW_BYTES: usize = 1 << 20;

/// The longest cell, in bytes: a few tokens.
const MAX_CELL_BYTES: usize = 8 * MAX_TOKEN_BYTES;

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The most columns that are looked at, which bounds the cost of a wide row.
const MAX_COLUMNS: usize = 1000;

/// Names of columns and fields that mean addresses, [normalized](normalize).
#[rustfmt::skip]
const ADDRESS_NAMES: [&str; 46] = [
    "ip", "ips", "ipv4", "ipv6", "ipaddress", "ipaddresses", "ipaddr", "ipv4address", "ipv6address", "srcip",
    "sourceip", "srcipaddress", "sourceipaddress", "dstip", "destip", "destinationip", "dstipaddress",
    "destipaddress", "destinationipaddress", "localip", "remoteip", "clientip", "clientipaddress", "serverip",
    "hostip", "publicip", "networkip", "callerip", "calleripaddress", "sourceaddress", "destinationaddress",
    "srcipaddr", "dstipaddr", "srcaddr", "dstaddr", "remoteipaddress", "localipaddress", "remoteaddress",
    "localaddress", "cip", "sip", "idorigh", "idresph", "sourcenetworkaddress", "networksourceip",
    "networkdestinationip",
];

/// Names that count only if there is none of the others.
#[rustfmt::skip]
const GENERIC_NAMES: [&str; 14] = [
    "address", "addr", "src", "dst", "dest", "indicator", "indicatorvalue", "ioc", "iocvalue", "observable",
    "observablevalue", "value", "entity", "input",
];

/// One cell, without its quotes.
#[derive(Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) column: usize,
    pub(crate) text: &'a [u8],
    pub(crate) position: Position,
    pub(crate) ends_row: bool,
    pub(crate) flaw: Option<Flaw>,
}

/// Why the content of a cell is not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    CellTooLong,
    RowTooLong,
    OpenQuote,
    /// From there on.
    TextAfterQuote(Position),
}

impl Flaw {
    /// The diagnosis, a sentence without its subject.
    pub(crate) fn problem(self) -> String {
        match self {
            Self::CellTooLong => format!("is a cell longer than {MAX_CELL_BYTES} bytes"),
            Self::RowTooLong => "ends a row longer than 1 MiB: a quotation mark before it may not be closed".to_owned(),
            Self::OpenQuote => "begins with a quotation mark that is not closed".to_owned(),
            Self::TextAfterQuote(Position { line, column }) => {
                format!("has text after its closing quotation mark, from line {line}, column {column} on")
            }
        }
    }
}

/// How far the quotation marks of a cell have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// The cell does not begin with one.
    None,
    Open,
    /// Behind the second of a pair, which closes the cell unless another one follows.
    Closed,
    /// Behind blanks that follow the closing one.
    Blank,
    /// Something else follows the closing one, from there on.
    Text(Position),
}

impl Quoting {
    fn pass(self, byte: u8, position: Position, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Open, b'"') => Self::Closed,
            (Self::Closed, b'"') => Self::Open,
            (Self::Closed | Self::Blank, b'\r' | b'\n') => self,
            (Self::Closed | Self::Blank, byte) if byte == delimiter => self,
            (Self::Closed | Self::Blank, b' ' | b'\t') => Self::Blank,
            (Self::Closed | Self::Blank, _) => Self::Text(position),
            _ => self,
        }
    }
}

/// Cuts CSV, which comes in pieces, into cells. A line that begins with `#` is a comment.
#[derive(Debug)]
pub(crate) struct Cells {
    reader: Reader,
    cursor: Cursor,
    text: Vec<u8>,
    filled: usize,
    is_too_long: bool,
    column: usize,
    row_length: usize,
    /// Where the cell begins, once it has.
    start: Option<Position>,
    is_in_comment: bool,
    delimiter: u8,
    quoting: Quoting,
    quotes: usize,
}

impl Cells {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).build(),
            cursor: Cursor::at(Position::START),
            text: vec![0; MAX_CELL_BYTES],
            filled: 0,
            is_too_long: false,
            column: 0,
            row_length: 0,
            start: None,
            is_in_comment: false,
            delimiter,
            quoting: Quoting::None,
            quotes: 0,
        }
    }

    /// Takes the next piece, where an empty one is the end. `take` gets each cell that ends within it.
    pub(crate) fn feed<E>(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(Cell<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_end = piece.is_empty();
        // The reader takes an empty piece for the end.
        while is_end || !piece.is_empty() {
            let (result, read, written) = self.reader.read_field(piece, &mut self.text[self.filled..]);
            for byte in &piece[..read] {
                self.pass(*byte);
            }
            piece = &piece[read..];
            self.filled += written;
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::End => return Ok(()),
                ReadFieldResult::OutputFull => {
                    self.is_too_long = true;
                    // The beginning is kept for the diagnosis; the rest is overwritten.
                    self.filled = MAX_TOKEN_BYTES;
                }
                ReadFieldResult::Field { record_end } => {
                    take(self.cell(record_end, is_end))?;
                    self.begin(record_end);
                }
            }
        }
        Ok(())
    }

    fn cell(&self, ends_row: bool, is_end: bool) -> Cell<'_> {
        let is_quoted = self.quoting != Quoting::None;
        let is_over_lines = self.text[..self.filled].contains(&b'\n');
        let flaw = if is_quoted && self.quotes % 2 == 1 && (is_end || is_over_lines) {
            Some(Flaw::OpenQuote)
        } else if let Quoting::Text(position) = self.quoting {
            Some(Flaw::TextAfterQuote(position))
        } else if self.row_length > MAX_ROW_BYTES {
            Some(Flaw::RowTooLong)
        } else {
            self.is_too_long.then_some(Flaw::CellTooLong)
        };
        let text = &self.text[..self.filled];
        let start = self.start.unwrap_or(self.cursor.position);
        // Behind the quotation mark.
        let position = if is_quoted { start.right(1) } else { start };
        Cell { column: self.column, text, position, ends_row, flaw }
    }

    fn begin(&mut self, new_row: bool) {
        (self.filled, self.is_too_long, self.start) = (0, false, None);
        (self.quoting, self.quotes) = (Quoting::None, 0);
        if new_row {
            (self.column, self.row_length) = (0, 0);
        } else {
            self.column += 1;
        }
    }

    /// Finds the start of the cell: blank lines and comments may precede the first one of a row.
    fn pass(&mut self, byte: u8) {
        self.row_length += 1;
        let begins_row = self.start.is_none() && self.column == 0;
        match byte {
            b'\n' | b'\r' if self.is_in_comment || begins_row => {
                self.is_in_comment = false;
                self.row_length = 0;
            }
            _ if self.is_in_comment => self.row_length = 0,
            b'#' if begins_row => self.is_in_comment = true,
            _ => {
                self.quoting = match self.start {
                    None if byte == b'"' => Quoting::Open,
                    None => Quoting::None,
                    Some(_) => self.quoting.pass(byte, self.cursor.position, self.delimiter),
                };
                self.start.get_or_insert(self.cursor.position);
                self.quotes += usize::from(byte == b'"');
            }
        }
        self.cursor.pass(byte);
    }
}

/// The indices of the names that are usual. More than one leave open which is meant.
pub(crate) fn known_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let among = |known: &[&str]| -> Vec<usize> {
        let is_known = |name: &str| known.contains(&normalize(name).as_str());
        names.clone().enumerate().filter(|(_, name)| is_known(name)).map(|(index, _)| index).collect()
    };
    let specific = among(&ADDRESS_NAMES);
    if specific.is_empty() { among(&GENERIC_NAMES) } else { specific }
}

/// The name in lower case without punctuation: `Src_IP`, `src.ip` and `Src IP` are the same.
fn normalize(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The column of the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// From 0.
    pub(crate) index: usize,
    /// Whether the first row names the columns.
    pub(crate) has_headings: bool,
    /// The number of cells in the first row, up to `MAX_COLUMNS`.
    pub(crate) cells: usize,
}

/// The first rows.
type Rows = Vec<Vec<String>>;

/// Whether the first row has a usual heading, and none of its cells is an address.
pub(crate) fn has_known_heading(beginning: &[u8], is_all: bool) -> bool {
    let rows = rows(beginning, is_all, delimiter(beginning, is_all));
    rows.first().is_some_and(|row| {
        !known_names(row.iter().map(String::as_str)).is_empty()
            && !row.iter().any(|cell| parse_address(cell.trim()).is_ok())
    })
}

/// The delimiter by which most rows have as many cells as the first, and the first has most.
pub(crate) fn delimiter(beginning: &[u8], is_all: bool) -> u8 {
    let fitness = |delimiter: u8| {
        let rows = rows(beginning, is_all, delimiter);
        let cells = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == cells).count();
        if cells < 2 { (0, 0) } else { (alike * 100 / rows.len().max(1), cells) }
    };
    // The first of those that fit equally.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| fitness(*delimiter)).unwrap_or(b',')
}

fn rows(beginning: &[u8], is_all: bool, delimiter: u8) -> Rows {
    let mut cells = Cells::new(delimiter);
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let mut take = |cell: Cell<'_>| {
        if cell.column < MAX_COLUMNS {
            row.push(String::from_utf8_lossy(cell.text).into_owned());
        }
        if cell.ends_row {
            rows.push(std::mem::take(&mut row));
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = cells.feed(beginning, &mut take);
    // An incomplete row does not count.
    if is_all {
        let Ok(()) = cells.feed(b"", &mut take);
    }
    rows
}

/// The named column, or else the detected one. An error is a sentence without its subject, which is the file.
pub(crate) fn column(name: Option<&str>, beginning: &[u8], is_all: bool, delimiter: u8) -> Result<Column, String> {
    let rows = rows(beginning, is_all, delimiter);
    let Some(first) = rows.first() else {
        let nothing = Column { index: 0, has_headings: false, cells: 0 };
        return if is_all {
            Ok(nothing)
        } else {
            Err("has a first row that is too long to find its columns".to_owned())
        };
    };
    if let Some(name) = name {
        return by_name_or_number(name, first);
    }
    let has_no_address = !first.iter().any(|cell| parse_address(cell.trim()).is_ok());
    let by_heading = known_names(first.iter().map(String::as_str));
    match by_heading.as_slice() {
        [index] if has_no_address => Ok(Column { index: *index, has_headings: true, cells: count(first) }),
        [_, ..] if has_no_address => Err(several(first, &by_heading)),
        _ => by_cells(&rows, first),
    }
}

/// The number of cells. A row with cells that were not looked at has no last cell.
fn count(row: &[String]) -> usize {
    if row.len() == MAX_COLUMNS { usize::MAX } else { row.len() }
}

/// Whether the first row has the named column, or several of that name.
pub(crate) fn has_column(name: &str, beginning: &[u8], is_all: bool) -> bool {
    let rows = rows(beginning, is_all, delimiter(beginning, is_all));
    rows.first().is_some_and(|first| !alike(name, first).is_empty() || by_name_or_number(name, first).is_ok())
}

/// The cells that equal the name, or else those that do so when normalized.
fn alike(name: &str, first: &[String]) -> Vec<usize> {
    let like = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        first.iter().enumerate().filter(|(_, cell)| same(cell.trim())).map(|(index, _)| index).collect()
    };
    let exactly = like(&|cell| cell == name.trim());
    let wanted = normalize(name);
    let is_rough = exactly.is_empty() && name.parse::<usize>().is_err() && !wanted.is_empty();
    if is_rough { like(&|cell| normalize(cell) == wanted) } else { exactly }
}

fn by_name_or_number(name: &str, first: &[String]) -> Result<Column, String> {
    let found = alike(name, first);
    match (found.as_slice(), name.parse::<usize>()) {
        ([index], _) => Ok(Column { index: *index, has_headings: true, cells: count(first) }),
        ([_, ..], _) => Err(several(first, &found)),
        ([], Ok(number)) if (1..=first.len()).contains(&number) => {
            let index = number - 1;
            Ok(Column { index, has_headings: is_heading(&first[index]), cells: count(first) })
        }
        ([], Ok(_)) => Err(format!("has {} columns, so it has no column {}", first.len(), quote(name))),
        ([], Err(_)) => {
            let headings = quote_list(first.iter().map(String::as_str));
            Err(format!("has no column {}; its first row is: {headings}", quote(name)))
        }
    }
}

/// The only column most of whose cells are addresses.
fn by_cells(rows: &Rows, first: &[String]) -> Result<Column, String> {
    let below = if rows.len() > 1 { &rows[1..] } else { rows };
    let is_of_addresses = |index: usize| {
        let cells =
            || below.iter().filter_map(|row| row.get(index)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let addresses = cells().filter(|cell| parse_address(cell).is_ok()).count();
        addresses > 0 && addresses * 2 >= cells().count()
    };
    let found: Vec<_> = (0..first.len())
        .filter(|index| is_of_addresses(*index) || parse_address(first[*index].trim()).is_ok())
        .collect();
    match found.as_slice() {
        [index] => Ok(Column { index: *index, has_headings: is_heading(&first[*index]), cells: count(first) }),
        [] if first.len() == 1 => Ok(Column { index: 0, has_headings: false, cells: count(first) }),
        [] => {
            let headings = quote_list(first.iter().map(String::as_str));
            Err(format!("has no column with a known name for addresses; name one with --column: {headings}"))
        }
        _ => Err(several(first, &found)),
    }
}

fn several(first: &[String], found: &[usize]) -> String {
    let named = |index: &usize| format!("number {} ({})", index + 1, quote(&first[*index]));
    let shown: Vec<_> = found.iter().take(10).map(named).collect();
    format!("has {} columns that may hold the addresses; name one with --column: {}", found.len(), shown.join(", "))
}

/// Whether a first cell is a heading rather than an invalid address: a word, or a usual heading.
fn is_heading(cell: &str) -> bool {
    let is_word = |c: char| c.is_alphabetic() || c.is_ascii_digit() || " _-()/".contains(c);
    let starts_well = cell.trim().starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_name = starts_well && cell.chars().all(is_word) && !cell.starts_with("0x");
    is_name || !known_names(std::iter::once(cell)).is_empty()
}

/// Reads a source that is CSV.
pub(crate) fn read(pieces: &mut Pieces<'_>, names: &[String], collector: &mut Collector) -> Result<(), InputError> {
    let name = names.first().map(String::as_str);
    let source_name = pieces.source_name.clone();
    let (beginning, is_all) = pieces.beginning()?;
    let delimiter = delimiter(beginning, is_all);
    let column =
        column(name, beginning, is_all, delimiter).map_err(|problem| InputError::source(&source_name, problem))?;
    let mut reader = ColumnReader { column, lexer: Lexer::new(source_name), is_first: true, flaw: None, row: None };
    let mut cells = Cells::new(delimiter);
    while let Some(piece) = pieces.next()? {
        cells.feed(piece, |cell| reader.take(&cell, collector))?;
    }
    cells.feed(b"", |cell| reader.take(&cell, collector))
}

/// Reads one column out of the cells of all rows.
struct ColumnReader {
    column: Column,
    lexer: Lexer,
    is_first: bool,
    /// The flaw of the row that was reported.
    flaw: Option<Flaw>,
    /// The start of the row.
    row: Option<Position>,
}

impl ColumnReader {
    fn take(&mut self, cell: &Cell<'_>, collector: &mut Collector) -> Result<(), InputError> {
        let row = *self.row.get_or_insert(cell.position);
        let is_heading = self.is_first && self.column.has_headings;
        if !is_heading {
            self.take_cell(cell, row, collector)?;
        }
        if cell.ends_row {
            (self.is_first, self.flaw, self.row) = (false, None, None);
        }
        Ok(())
    }

    fn take_cell(&mut self, cell: &Cell<'_>, row: Position, collector: &mut Collector) -> Result<(), InputError> {
        let is_wanted = cell.column == self.column.index;
        match cell.flaw {
            Some(flaw) if is_wanted || flaw != Flaw::CellTooLong => {
                // Once for each row.
                if self.flaw.replace(flaw).is_some() {
                    return Ok(());
                }
                let position = if flaw == Flaw::RowTooLong { row } else { cell.position };
                self.lexer.invalid(cell.text, flaw.problem(), position, collector)
            }
            _ if is_wanted => self.lexer.text(cell.text, cell.position, collector),
            // A row longer than the first may be a list, and no address may be lost silently.
            _ if cell.column >= self.column.cells && self.may_be_lost(cell.text) => {
                let (number, cells) = (cell.column + 1, self.column.cells);
                let problem = format!("is cell {number} of its row, but the first row has only {cells}");
                self.lexer.invalid(cell.text, problem, cell.position, collector)
            }
            _ if cell.ends_row && cell.column < self.column.index => {
                let (cells, wanted) = (cell.column + 1, self.column.index + 1);
                let problem = format!("ends its row at cell {cells}, but the addresses are in cell {wanted}");
                self.lexer.invalid(cell.text, problem, cell.position, collector)
            }
            _ => Ok(()),
        }
    }

    fn may_be_lost(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        !text.trim().is_empty() && (self.column.cells == 1 || parse_address(text.trim()).is_ok())
    }
}
