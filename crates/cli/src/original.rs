//! The user's own file, of which a copy is kept while its addresses are asked about: what is written out at the end is what
//! was read at the beginning, whatever has become of the file.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use mde_input::escape::escape_path;
use mde_input::{Inputs, Row, Rows, Shape};
use tempfile::SpooledTempFile;

use crate::cli::InputArguments;
use crate::exit::Stop;
use crate::input::options;
use crate::open::{IN_MEMORY, to_read};

/// How many bytes are copied at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// How the names of all columns begin that are added.
pub(crate) const PREFIX: &str = "mde_";

/// A file with rows that was read once.
pub(crate) struct Original {
    rows: Rows,
    copy: RefCell<SpooledTempFile>,
}

impl Original {
    /// Reads the only source of a command line.
    pub(crate) fn read(arguments: &InputArguments, standard_input: &mut dyn Read) -> Result<(Self, Inputs), Stop> {
        let (name, mut reader) = source(arguments, standard_input)?;
        let mut copy = SpooledTempFile::new(IN_MEMORY);
        let mut copying = Copying { reader: &mut *reader, copy: &mut copy };
        let (rows, inputs) = mde_input::read_rows(&name, &mut copying, &options(arguments), PREFIX)?;
        Ok((Self { rows, copy: RefCell::new(copy) }, inputs))
    }

    /// What is known of all rows.
    pub(crate) fn shape(&self) -> &Shape {
        self.rows.shape()
    }

    /// Writes all of it, byte for byte, with what is added at the end of each row.
    pub(crate) fn write_with(
        &self,
        mut addition: impl FnMut(Row<'_>) -> String,
        writer: &mut dyn Write,
    ) -> io::Result<()> {
        let mut source = BufReader::with_capacity(BUFFER_BYTES, self.rewound());
        let mut written = 0;
        self.rows.read(&mut self.rewound(), &mut |row| {
            io::copy(&mut source.by_ref().take(row.end.saturating_sub(written)), writer)?;
            written = row.end;
            writer.write_all(addition(row).as_bytes())
        })?;
        io::copy(&mut source, writer)?;
        writer.flush()
    }

    fn rewound(&self) -> CopyReader<'_> {
        CopyReader { copy: &self.copy, offset: 0 }
    }
}

/// Its name, and its bytes.
fn source<'a>(
    arguments: &'a InputArguments,
    standard_input: &'a mut dyn Read,
) -> Result<(String, Box<dyn Read + 'a>), Stop> {
    let dash = Path::new("-");
    let path = match (arguments.addresses.as_slice(), arguments.input.as_slice()) {
        ([], [path]) => path.as_path(),
        ([text], []) if text == "-" => dash,
        _ => {
            return Err(Stop::usage(
                "--append adds columns to one file: give a table such as CSV, or JSON lines, with --input, or - for \
                 standard input",
            ));
        }
    };
    if path == dash {
        return Ok(("standard input".to_owned(), Box::new(standard_input)));
    }
    let file: File =
        to_read(path).map_err(|error| Stop::usage(format!("{} cannot be read: {error}", escape_path(path))))?;
    Ok((path.to_string_lossy().into_owned(), Box::new(file)))
}

/// Copies what is read.
struct Copying<'a> {
    reader: &'a mut dyn Read,
    copy: &'a mut SpooledTempFile,
}

impl Read for Copying<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        let copied = self.copy.write_all(into.get(..count).unwrap_or_default());
        copied
            .map_err(|error| io::Error::other(format!("no copy of it can be made in the temporary folder: {error}")))?;
        Ok(count)
    }
}

/// Reads the copy from an offset of its own.
struct CopyReader<'a> {
    copy: &'a RefCell<SpooledTempFile>,
    offset: u64,
}

impl Read for CopyReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut copy = self.copy.borrow_mut();
        copy.seek(SeekFrom::Start(self.offset))?;
        let count = copy.read(into)?;
        self.offset += count as u64;
        Ok(count)
    }
}
