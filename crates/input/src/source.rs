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
        /// Its name for people. That of a file shows its format by its extension.
        name: &'a str,
        /// The stream, which is read to its end.
        reader: &'a mut dyn Read,
    },
}

/// The number of bytes that are read at a time, and from which the format is detected.
const PIECE_BYTES: usize = 64 * 1024;

/// What is not text, or is text in another encoding than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotText {
    /// With a byte order mark.
    Utf16,
    /// Without one.
    Utf16LittleEndian,
    Utf16BigEndian,
    Utf32,
    Zip,
    Gzip,
    Office,
    Pdf,
    Binary,
}

/// How files begin that are not text. The longest beginnings come first.
const NOT_TEXT: [(&[u8], NotText); 8] = [
    (b"\xff\xfe\0\0", NotText::Utf32),
    (b"\0\0\xfe\xff", NotText::Utf32),
    (b"\xff\xfe", NotText::Utf16),
    (b"\xfe\xff", NotText::Utf16),
    (b"PK\x03\x04", NotText::Zip),
    (b"\x1f\x8b", NotText::Gzip),
    (b"\xd0\xcf\x11\xe0", NotText::Office),
    (b"%PDF-", NotText::Pdf),
];

impl NotText {
    /// What it is, and what the user can do: with the commands of Windows, or else with those of POSIX.
    fn problem(self, is_windows: bool) -> String {
        let what = match self {
            Self::Utf16 => "is UTF-16",
            Self::Utf16LittleEndian | Self::Utf16BigEndian => "is UTF-16, as its NUL bytes show",
            Self::Utf32 => "is UTF-32",
            Self::Zip => return "is a ZIP archive, which may be a workbook: save its sheet as CSV".to_owned(),
            Self::Gzip if is_windows => {
                return "is compressed with gzip: unpack it, and give the file in it".to_owned();
            }
            Self::Gzip => {
                return "is compressed with gzip: unpack it, for example with gzip -dc FILE | mde ip stats -"
                    .to_owned();
            }
            Self::Office => return "is an office document: save it as CSV".to_owned(),
            Self::Pdf => return "is a PDF: copy the addresses out of it into a text file".to_owned(),
            Self::Binary => return "is binary, not text: it has NUL bytes".to_owned(),
        };
        let encoding = match (self, is_windows) {
            // A byte order mark is enough for PowerShell.
            (Self::Utf16, true) => "",
            (Self::Utf16BigEndian, true) => " -Encoding bigendianunicode",
            (Self::Utf32, true) => " -Encoding utf32",
            (_, true) => " -Encoding unicode",
            (Self::Utf16LittleEndian, false) => "UTF-16LE",
            (Self::Utf16BigEndian, false) => "UTF-16BE",
            (Self::Utf32, false) => "UTF-32",
            (_, false) => "UTF-16",
        };
        let command = match is_windows {
            true => format!("Get-Content{encoding} FILE | Set-Content -Encoding utf8 FILE2 in PowerShell"),
            false => format!("iconv -f {encoding} -t UTF-8 FILE > FILE2"),
        };
        format!("{what}: save it as UTF-8, or convert it with {command}")
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
    /// How many bytes of byte order marks precede the first piece.
    pub(crate) bom_bytes: u64,
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
        Self { source_name, reader, buffer: vec![0; PIECE_BYTES], filled: 0, is_at_end: false, bom_bytes: 0 }
    }

    /// The first piece without a byte order mark, and whether that is everything.
    pub(crate) fn beginning(&mut self) -> Result<(&[u8], bool), InputError> {
        while self.filled < PIECE_BYTES && !self.is_at_end {
            self.read_more()?;
        }
        if let Some((_, what)) = NOT_TEXT.iter().find(|(start, _)| self.buffer[..self.filled].starts_with(start)) {
            return Err(self.not_text(*what));
        }
        self.refuse_nul()?;
        if self.buffer[..self.filled].starts_with(b"\xef\xbb\xbf") {
            self.buffer.copy_within(3..self.filled, 0);
            self.filled -= 3;
            self.bom_bytes += 3;
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
        Err(self.not_text(match is_utf_16 {
            true if odd > 0 => NotText::Utf16LittleEndian,
            true => NotText::Utf16BigEndian,
            false => NotText::Binary,
        }))
    }

    fn not_text(&self, what: NotText) -> InputError {
        InputError::source(&self.source_name, what.problem(cfg!(windows)))
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

#[cfg(test)]
mod tests {
    use super::{NotText, Pieces};

    #[test]
    fn advice_is_for_the_system_that_it_is_given_on() {
        let cases = [
            (
                NotText::Utf16,
                "is UTF-16: save it as UTF-8, or convert it with Get-Content FILE | Set-Content -Encoding utf8 FILE2 in PowerShell",
                "is UTF-16: save it as UTF-8, or convert it with iconv -f UTF-16 -t UTF-8 FILE > FILE2",
            ),
            (
                NotText::Utf16BigEndian,
                "is UTF-16, as its NUL bytes show: save it as UTF-8, or convert it with Get-Content -Encoding bigendianunicode FILE | Set-Content -Encoding utf8 FILE2 in PowerShell",
                "is UTF-16, as its NUL bytes show: save it as UTF-8, or convert it with iconv -f UTF-16BE -t UTF-8 FILE > FILE2",
            ),
            (
                NotText::Gzip,
                "is compressed with gzip: unpack it, and give the file in it",
                "is compressed with gzip: unpack it, for example with gzip -dc FILE | mde ip stats -",
            ),
        ];
        for (what, on_windows, elsewhere) in cases {
            assert_eq!([what.problem(true), what.problem(false)], [on_windows, elsewhere]);
        }
        let all = [
            NotText::Utf16,
            NotText::Utf16LittleEndian,
            NotText::Utf16BigEndian,
            NotText::Utf32,
            NotText::Zip,
            NotText::Gzip,
            NotText::Office,
            NotText::Pdf,
            NotText::Binary,
        ];
        assert!(
            all.iter().all(|what| !what.problem(true).contains("iconv") && !what.problem(false).contains("PowerShell"))
        );
    }

    /// The problem of a stream of bytes.
    fn problem(mut bytes: &[u8]) -> String {
        let result = Pieces::of_reader("x", &mut bytes).beginning().map(|_| ());
        result.map_or_else(|error| error.to_string(), |()| "is text".to_owned())
    }

    #[test]
    fn each_encoding_is_recognized() {
        let little: Vec<u8> = "8.8.8.8\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "8.8.8.8\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases: [(&[&[u8]], NotText); 6] = [
            (&[b"\xff\xfe", &little], NotText::Utf16),
            (&[b"\xfe\xff", &big], NotText::Utf16),
            (&[&little], NotText::Utf16LittleEndian),
            (&[&big], NotText::Utf16BigEndian),
            (&[b"\xff\xfe\0\0", b"8\0\0\0"], NotText::Utf32),
            (&[b"8.8.8.8\n\0\0"], NotText::Binary),
        ];
        for (bytes, what) in cases {
            assert_eq!(problem(&bytes.concat()), format!("x {}", what.problem(cfg!(windows))));
        }
        assert_eq!(problem(b"8.8.8.8"), "is text");
    }
}
