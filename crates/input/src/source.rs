//! The sources of addresses, and their bytes in pieces.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::inputs::InputError;
use crate::location::SourceName;

/// Where addresses are read from.
pub enum Source<'a> {
    /// A command-line argument, which may be a list.
    Argument {
        /// Its index, from 1.
        index: u32,
        /// Its text.
        text: &'a str,
    },
    /// A file or a stream, such as a pipe, which is opened when it is its turn. Opening a FIFO waits for who writes into it.
    File(&'a Path),
    /// A stream, such as standard input.
    Reader {
        /// Its name for people.
        name: &'a str,
        /// The stream, which is read to its end.
        reader: &'a mut dyn Read,
    },
}

/// The number of bytes that are read at a time, and from which the format is detected.
const PIECE_BYTES: usize = 64 * 1024;

/// How files begin that are not text, and what the user can do.
const NOT_TEXT: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "is a ZIP archive, which may be a workbook: save its sheet as CSV"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it, for example with gzip -dc FILE | mde ip stats -"),
    (b"\xd0\xcf\x11\xe0", "is an office document: save it as CSV"),
    (b"%PDF-", "is a PDF: copy the addresses out of it into a text file"),
];

/// What to do about UTF-16 of some byte order, by what there is on the system.
fn utf_16(encoding: &str) -> String {
    if cfg!(windows) {
        "is UTF-16: save it as UTF-8, for example with Get-Content FILE | Set-Content -Encoding utf8 utf8.txt"
            .to_owned()
    } else {
        format!(
            "is UTF-16: save it as UTF-8, or convert it, for example with iconv -f {encoding} -t UTF-8 FILE | mde ip stats -"
        )
    }
}

/// The bytes of a file or a stream, in pieces: memory does not grow with their number.
pub(crate) struct Pieces<'a> {
    pub(crate) source_name: SourceName,
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// The number of bytes in the buffer that are not yet taken.
    filled: usize,
    is_at_end: bool,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of_reader(name: &str, reader: &'a mut dyn Read) -> Self {
        Self::new(SourceName::stream(name), Box::new(reader))
    }

    pub(crate) fn of_file(path: &Path) -> Result<Self, InputError> {
        let source_name = SourceName::file(path);
        let file = File::open(path).and_then(|file| Ok((file.metadata()?.is_dir(), file)));
        match file {
            Ok((false, file)) => Ok(Self::new(source_name, Box::new(file))),
            Ok((true, _)) => Err(InputError::source(source_name, "is a folder: give a file in it")),
            Err(_) if is_socket(path) => Err(InputError::source(source_name, "is a socket: give a file or a pipe")),
            Err(error) => Err(unreadable(&source_name, &error)),
        }
    }

    fn new(source_name: SourceName, reader: Box<dyn Read + 'a>) -> Self {
        Self { source_name, reader, buffer: vec![0; PIECE_BYTES], filled: 0, is_at_end: false }
    }

    /// The first piece without a byte order mark, and whether that is everything.
    pub(crate) fn beginning(&mut self) -> Result<(&[u8], bool), InputError> {
        while self.filled < PIECE_BYTES && !self.is_at_end {
            self.read_more()?;
        }
        let beginning = &self.buffer[..self.filled];
        if beginning.starts_with(b"\xff\xfe") || beginning.starts_with(b"\xfe\xff") {
            return Err(self.not_text(&utf_16("UTF-16")));
        }
        if let Some((_, what)) = NOT_TEXT.iter().find(|(start, _)| beginning.starts_with(start)) {
            return Err(self.not_text(what));
        }
        self.refuse_nul()?;
        if self.buffer[..self.filled].starts_with(b"\xef\xbb\xbf") {
            self.buffer.copy_within(3..self.filled, 0);
            self.filled -= 3;
        }
        Ok((&self.buffer[..self.filled], self.is_at_end))
    }

    /// The next piece, which is never empty, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, InputError> {
        if self.filled == 0 && !self.is_at_end {
            self.read_more()?;
            self.refuse_nul()?;
        }
        let length = std::mem::take(&mut self.filled);
        Ok((length > 0).then(|| &self.buffer[..length]))
    }

    fn read_more(&mut self) -> Result<(), InputError> {
        loop {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(count) => {
                    self.filled += count;
                    self.is_at_end = count == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.source_name, &error)),
            }
        }
    }

    fn refuse_nul(&self) -> Result<(), InputError> {
        let bytes = &self.buffer[..self.filled];
        if !bytes.contains(&0) {
            return Ok(());
        }
        // UTF-16 of Latin script has a NUL in every second byte, and always the same one of the two.
        let nuls = |side: usize| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (nuls(0), nuls(1));
        let is_utf_16 = even.max(odd) > bytes.len() / 4 && even.min(odd) == 0;
        Err(match is_utf_16 {
            // Without a byte order mark, programs guess.
            true => self.not_text(&utf_16(if even > odd { "UTF-16BE" } else { "UTF-16LE" })),
            false => self.not_text("is binary, not text: it has NUL bytes"),
        })
    }

    /// The problem, with the name of the source for `FILE` where a shell takes it as it is.
    fn not_text(&self, problem: &str) -> InputError {
        let name = self.source_name.to_string();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        match name.chars().all(is_plain) && !name.starts_with('-') {
            true => InputError::source(&self.source_name, problem.replace("FILE", &name)),
            false => InputError::source(&self.source_name, problem),
        }
    }
}

/// What cannot be opened at all, for which the system has only a number.
#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_: &Path) -> bool {
    false
}

fn unreadable(source_name: &SourceName, error: &io::Error) -> InputError {
    InputError::source(source_name, format!("cannot be read: {error}"))
}
