//! The bytes of a file or of standard input, piece by piece.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::place::Origin;
use crate::exit::Stop;

/// How much is read at a time, and looked at to find out what it is.
const PIECE: usize = 64 * 1024;

/// What a file begins with that is no text, and what to do about it.
const NO_TEXT: [(&[u8], &str); 6] = [
    (b"\xff\xfe", "is UTF-16: save it as UTF-8, or convert it by iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "is UTF-16: save it as UTF-8, or convert it by iconv -f UTF-16 -t UTF-8"),
    (b"PK\x03\x04", "is a ZIP archive, as a workbook is as well: save the sheet as CSV"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it, as by gzip -dc FILE | mde ip stats -"),
    (b"\xd0\xcf\x11\xe0", "is a document of an office program: save it as CSV"),
    (b"%PDF-", "is a PDF: copy the addresses out of it into a text file"),
];

const UTF_16_WITHOUT_MARK: &str = "is UTF-16, as its NUL bytes show: save it as UTF-8";

pub(super) struct Source<'a> {
    pub(super) origin: Origin,
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// How much of the buffer is read and not yet taken.
    filled: usize,
    is_at_end: bool,
}

impl<'a> Source<'a> {
    pub(super) fn standard_input(reader: &'a mut dyn Read) -> Self {
        Self::of(Origin::standard_input(), Box::new(reader))
    }

    pub(super) fn file(path: &Path) -> Result<Self, Stop> {
        let origin = Origin::file(path);
        let file = File::open(path).and_then(|file| Ok((file.metadata()?.is_dir(), file)));
        match file {
            Ok((false, file)) => Ok(Self::of(origin, Box::new(file))),
            Ok((true, _)) => Err(Stop::usage(format!("{origin} is a folder: give a file in it"))),
            Err(error) => Err(unreadable(&origin, &error)),
        }
    }

    fn of(origin: Origin, reader: Box<dyn Read + 'a>) -> Self {
        Self { origin, reader, buffer: vec![0; PIECE], filled: 0, is_at_end: false }
    }

    /// As much of the beginning as fits into one piece, without the mark of UTF-8, and whether that is all.
    pub(super) fn beginning(&mut self) -> Result<(&[u8], bool), Stop> {
        while self.filled < PIECE && !self.is_at_end {
            self.read_more()?;
        }
        if let Some((_, what)) = NO_TEXT.iter().find(|(start, _)| self.buffer[..self.filled].starts_with(start)) {
            return Err(Stop::usage(format!("{} {what}", self.origin)));
        }
        self.refuse_nul()?;
        if self.buffer[..self.filled].starts_with(b"\xef\xbb\xbf") {
            self.buffer.copy_within(3..self.filled, 0);
            self.filled -= 3;
        }
        Ok((&self.buffer[..self.filled], self.is_at_end))
    }

    /// The next piece. None is empty.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Stop> {
        if self.filled == 0 && !self.is_at_end {
            self.read_more()?;
            self.refuse_nul()?;
        }
        let length = std::mem::take(&mut self.filled);
        Ok((length > 0).then(|| &self.buffer[..length]))
    }

    fn read_more(&mut self) -> Result<(), Stop> {
        loop {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(count) => {
                    self.filled += count;
                    self.is_at_end = count == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.origin, &error)),
            }
        }
    }

    fn refuse_nul(&self) -> Result<(), Stop> {
        let bytes = &self.buffer[..self.filled];
        if !bytes.contains(&0) {
            return Ok(());
        }
        // Text of the west has one in every second byte, and all of them on the same side.
        let nuls = |side: usize| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (nuls(0), nuls(1));
        let is_utf_16 = even.max(odd) > bytes.len() / 4 && even.min(odd) == 0;
        let what = if is_utf_16 { UTF_16_WITHOUT_MARK } else { "is binary, not text: it has NUL bytes" };
        Err(Stop::usage(format!("{} {what}", self.origin)))
    }
}

fn unreadable(origin: &Origin, error: &io::Error) -> Stop {
    Stop::usage(format!("{origin} cannot be read: {error}"))
}
