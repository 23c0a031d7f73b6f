//! The result of reading: each distinct address once, each text that is not an address, and why reading stopped.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;

use crate::address::is_public;
use crate::escape::decode_excerpt;
use crate::location::{Location, Position};

/// More invalid texts than this mean that the source is not a list of addresses.
const MAX_INVALID: usize = 50_000;

/// The longest invalid text that is kept in full, in bytes.
const MAX_KEPT_BYTES: usize = 256;

/// Everything that was read, in the order of first appearance.
#[derive(Debug, Default)]
pub struct Inputs {
    /// One for each distinct address and each distinct invalid text; with
    /// [`keep_duplicates`](crate::Options::keep_duplicates) one for each occurrence.
    pub entries: Vec<Entry>,
    /// The number of distinct addresses that [`public_only`](crate::Options::public_only) left out.
    pub left_out: usize,
    /// Where reading stopped because more than 50,000 texts were invalid, if it did.
    pub stopped_at: Option<Location>,
}

/// An address or an invalid text, and where it is given.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The text at its first location. Of a long invalid text, the beginning. It is not escaped.
    pub text: String,
    /// The first location.
    pub location: Location,
    /// The address, or the diagnosis: a sentence without its subject, such as `is a network: give single addresses`.
    /// A diagnosis is escaped for display.
    pub address: Result<IpAddr, String>,
    /// How often it is given, at least once.
    pub occurrences: u64,
}

impl Inputs {
    /// Every valid address once, in the order of first appearance.
    pub fn distinct_addresses(&self) -> Vec<IpAddr> {
        let mut seen = HashSet::new();
        self.entries
            .iter()
            .filter_map(|entry| entry.address.as_ref().ok().copied())
            .filter(|address| seen.insert(*address))
            .collect()
    }
}

/// Why the sources cannot be read. The display form is a sentence for people, escaped for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The options contradict each other.
    Options(&'static str),
    /// A source cannot be read, is not text, or leaves open which of its columns or fields holds the addresses.
    Source {
        /// The name of the source, with a line and a column where they are known.
        name: String,
        /// A sentence without its subject, which is the source.
        problem: String,
    },
    /// None of several sources has the column or the field of the options.
    NotFound {
        /// Such as `column "src_ip"`.
        wanted: String,
        /// The names of the sources.
        sources: Vec<String>,
    },
    /// More than 50,000 texts are invalid.
    TooManyInvalid {
        /// The location of the last one.
        last: Location,
    },
    /// There is nothing in any source.
    Empty {
        /// The names of the files, or of the streams if there is no file.
        sources: Vec<String>,
    },
}

impl InputError {
    pub(crate) fn source(name: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self::Source { name: name.to_string(), problem: problem.into() }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Options(problem) => f.write_str(problem),
            Self::Source { name, problem } => write!(f, "{name} {problem}"),
            Self::NotFound { wanted, sources } => write!(f, "none of these has the {wanted}: {}", sources.join(", ")),
            Self::TooManyInvalid { last } => write!(
                f,
                "more than {MAX_INVALID} texts are not IP addresses, the last at {last}: is this a list of addresses?"
            ),
            Self::Empty { sources } => write!(f, "there is no address in {}", sources.join(", ")),
        }
    }
}

impl std::error::Error for InputError {}

/// Collects the entries, each distinct address once.
#[derive(Debug)]
pub(crate) struct Collector {
    entries: Vec<Entry>,
    given: u64,
    /// The index of the entry of an address.
    addresses: HashMap<IpAddr, usize>,
    /// The index of the entry of an invalid text.
    invalid: HashMap<String, usize>,
    invalid_entries: usize,
    stopped_at: Option<Location>,
    left_out: HashSet<IpAddr>,
    keep_duplicates: bool,
    public_only: bool,
}

impl Collector {
    pub(crate) fn new(keep_duplicates: bool, public_only: bool) -> Self {
        Self {
            entries: Vec::new(),
            given: 0,
            addresses: HashMap::new(),
            invalid: HashMap::new(),
            invalid_entries: 0,
            stopped_at: None,
            left_out: HashSet::new(),
            keep_duplicates,
            public_only,
        }
    }

    /// The number of addresses and invalid texts so far, duplicates included.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    pub(crate) fn address(&mut self, address: IpAddr, text: &str, location: impl FnOnce() -> Location) {
        self.given += 1;
        if self.public_only && !is_public(address) {
            self.left_out.insert(address);
            return;
        }
        if !self.keep_duplicates {
            if let Some(first) = self.addresses.get(&address) {
                self.entries[*first].occurrences += 1;
                return;
            }
            self.addresses.insert(address, self.entries.len());
        }
        self.entries.push(Entry { text: text.to_owned(), location: location(), address: Ok(address), occurrences: 1 });
    }

    /// Adds an invalid text. The problem is a sentence without its subject.
    pub(crate) fn invalid(
        &mut self,
        text: &[u8],
        problem: String,
        location: impl FnOnce() -> Location,
    ) -> Result<(), InputError> {
        self.given += 1;
        let complete = str::from_utf8(text).ok().filter(|text| text.len() <= MAX_KEPT_BYTES);
        if let (Some(complete), false) = (complete, self.keep_duplicates) {
            if let Some(first) = self.invalid.get(complete) {
                self.entries[*first].occurrences += 1;
                return Ok(());
            }
            self.invalid.insert(complete.to_owned(), self.entries.len());
        }
        let text = complete.map_or_else(|| decode_excerpt(text), str::to_owned);
        let location = location();
        self.invalid_entries += 1;
        if self.invalid_entries > MAX_INVALID {
            self.stopped_at = Some(location.clone());
            return Err(InputError::TooManyInvalid { last: location });
        }
        self.entries.push(Entry { text, location, address: Err(problem), occurrences: 1 });
        Ok(())
    }

    /// The number of entries so far.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Adds a hint at CSV to the first entry of a source, whose entries begin at index `first`, if several cells of its
    /// first line are invalid: they may be headings.
    pub(crate) fn hint_at_csv(&mut self, first: usize, line: &str) {
        let on_line = self.entries[first..].iter_mut().map_while(|entry| match (&entry.location, &mut entry.address) {
            (Location::Text { position: Position { line: 1, column }, .. }, address) => Some((*column, address)),
            _ => None,
        });
        let mut invalid = on_line.filter_map(|(column, address)| Some((column, address.as_mut().err()?)));
        let Some((from, problem)) = invalid.next() else { return };
        if invalid.last().is_some_and(|(to, _)| is_delimited(line, from, to)) {
            problem.push_str("; if this is CSV, name its column with --column, or use --input-format csv");
        }
    }

    pub(crate) fn finish(self) -> Inputs {
        Inputs { entries: self.entries, left_out: self.left_out.len(), stopped_at: self.stopped_at }
    }
}

/// Whether there is a delimiter of CSV between two columns of a line.
fn is_delimited(line: &str, from: u32, to: u32) -> bool {
    (1..).zip(line.chars()).any(|(column, c)| from < column && column < to && matches!(c, ',' | ';' | '\t'))
}
