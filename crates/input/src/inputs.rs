//! The result of reading: each distinct address once, each text that is not an address, how much was passed over, and why
//! reading stopped.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use crate::diagnose::{DATE, HOST_NAME, WORD};
use crate::escape::decode_excerpt;
use crate::location::{Location, Position};
use crate::options::Options;
use crate::public::is_public;
use crate::range::Range;
use crate::token::{Token, read_token};

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
    /// How many addresses were read, duplicates and those that were left out included.
    pub taken: u64,
    /// How much holds no address for certain.
    pub passed_over: PassedOver,
    /// How many of the addresses that were read are IPv4 addresses mapped into IPv6, such as `::ffff:192.0.2.1`. Each is
    /// the IPv4 address: what the service makes of the other form is not documented.
    pub mapped: u64,
    /// The number of distinct addresses that [`public_only`](crate::Options::public_only) left out.
    pub left_out: usize,
    /// Where reading stopped because more than 50,000 texts were invalid, if it did.
    pub stopped_at: Option<Location>,
}

/// How much of the sources holds no address for certain, by why. With the addresses and the invalid texts, this is all that
/// there is: nothing is left out of the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct PassedOver {
    /// Comments, and lines of a log that describe the log.
    pub comments: u64,
    /// Lines above the headings of a table, such as a title.
    pub above_headings: u64,
    /// Missing values such as `N/A`, empty cells, events without the field, and rows that are none, such as totals.
    pub without_address: u64,
    /// Words, where addresses are extracted from any text.
    pub words: u64,
}

impl PassedOver {
    /// All of them together.
    pub fn total(&self) -> u64 {
        self.comments + self.above_headings + self.without_address + self.words
    }

    fn add(&mut self, other: Self) {
        self.comments += other.comments;
        self.above_headings += other.above_headings;
        self.without_address += other.without_address;
        self.words += other.words;
    }
}

/// Such as `2 comments, 1 without an address`; empty if nothing was passed over.
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.comments, "comment", "comments"),
            (self.above_headings, "line above the headings", "lines above the headings"),
            (self.without_address, "without an address", "without an address"),
            (self.words, "word", "words"),
        ];
        let counted = counts.into_iter().filter(|(count, ..)| *count > 0);
        for (index, (count, one, many)) in counted.enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            write!(f, "{separator}{count} {}", if count == 1 { one } else { many })?;
        }
        Ok(())
    }
}

/// Why something is passed over; [`PassedOver`] describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Comment,
    AboveHeadings,
    WithoutAddress,
    Word,
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

/// One of what a cell of a table or a field of JSON holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An address.
    Address(IpAddr),
    /// An address that [`public_only`](crate::Options::public_only) leaves out.
    LeftOut(IpAddr),
    /// What is not an address: the diagnosis, as in [`Entry::address`].
    Invalid(String),
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
        /// What there is instead.
        passed_over: PassedOver,
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
            Self::Empty { sources, .. } => write!(f, "there is no address in {}", sources.join(", ")),
        }
    }
}

impl std::error::Error for InputError {}

impl From<InputError> for io::Error {
    fn from(error: InputError) -> Self {
        Self::other(error)
    }
}

/// What an address that was read before adds to its entry. The count stands here and not in the entry, since long lists
/// of few addresses do little else than count.
#[derive(Debug)]
struct Seen {
    entry: usize,
    again: u64,
}

/// Collects the entries, each distinct address once.
#[derive(Debug)]
pub(crate) struct Collector {
    entries: Vec<Entry>,
    taken: u64,
    named: u64,
    passed_over: PassedOver,
    mapped: u64,
    /// By family, since an address of one kind takes less time to find.
    ipv4: HashMap<Ipv4Addr, Seen>,
    ipv6: HashMap<Ipv6Addr, Seen>,
    /// The index of the entry of an invalid text.
    invalid: HashMap<String, usize>,
    invalid_entries: usize,
    stopped_at: Option<Location>,
    left_out: HashSet<IpAddr>,
    options: Options,
    /// Where a source is read by row: what is found in the row, each with the index of its column if it is in one. There
    /// are no entries then.
    row: Option<Vec<(Option<usize>, Finding)>>,
    column: Option<usize>,
}

impl Collector {
    /// For a source that is read by row, so that memory does not grow with what was found before.
    pub(crate) fn by_row(options: Options) -> Self {
        Self { row: Some(Vec::new()), ..Self::new(options) }
    }

    /// Notes the column of what is found next.
    pub(crate) fn set_column(&mut self, column: Option<usize>) {
        self.column = column;
    }

    /// What was found since the last row, with the columns.
    pub(crate) fn take_row(&mut self) -> impl Iterator<Item = (Option<usize>, Finding)> {
        self.row.iter_mut().flat_map(|row| row.drain(..))
    }

    pub(crate) fn new(options: Options) -> Self {
        Self {
            entries: Vec::new(),
            taken: 0,
            named: 0,
            passed_over: PassedOver::default(),
            mapped: 0,
            ipv4: HashMap::new(),
            ipv6: HashMap::new(),
            invalid: HashMap::new(),
            invalid_entries: 0,
            stopped_at: None,
            left_out: HashSet::new(),
            options,
            row: None,
            column: None,
        }
    }

    /// Whether addresses are taken out of any text.
    pub(crate) fn extracts(&self) -> bool {
        self.options.extract
    }

    /// An empty one for the same options, to find out what extraction would give.
    pub(crate) fn for_extraction(&self) -> Self {
        Self::new(Options { extract: true, keep_duplicates: false, ..self.options.clone() })
    }

    /// The number of invalid texts so far, duplicates included.
    pub(crate) fn named(&self) -> u64 {
        self.named
    }

    /// The number of distinct addresses so far. Duplicates must not be kept.
    pub(crate) fn distinct(&self) -> usize {
        self.ipv4.len() + self.ipv6.len()
    }

    /// The number of addresses and invalid texts so far, duplicates included.
    pub(crate) fn given(&self) -> u64 {
        self.taken + self.named
    }

    /// How much was passed over so far.
    pub(crate) fn passed_over(&self) -> PassedOver {
        self.passed_over
    }

    /// Forgets what was passed over since, because it is named instead.
    pub(crate) fn reset_passed_over(&mut self, passed_over: PassedOver) {
        self.passed_over = passed_over;
    }

    /// How much was taken, named and passed over so far.
    pub(crate) fn accounted(&self) -> u64 {
        self.given() + self.passed_over.total()
    }

    /// The number of addresses so far, duplicates included.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// An empty one with the same options, for what may not count in the end.
    pub(crate) fn empty_copy(&self) -> Self {
        let row = self.row.as_ref().map(|_| Vec::new());
        Self { row, ..Self::new(self.options.clone()) }
    }

    /// Adds what others have, in the order of the locations where there are several.
    pub(crate) fn absorb(&mut self, others: Vec<Self>) -> Result<(), InputError> {
        let mut entries = Vec::new();
        let mut stopped_at = None;
        for mut other in others {
            other.count_again();
            stopped_at = stopped_at.or(other.stopped_at);
            self.taken += other.taken;
            self.named += other.named;
            self.passed_over.add(other.passed_over);
            self.mapped += other.mapped;
            self.left_out.extend(other.left_out);
            for entry in other.entries {
                // Of what is not complete, each is one of its own.
                let is_distinct = entry.address.is_err() && other.invalid.remove(&entry.text).is_none();
                entries.push((entry, is_distinct));
            }
        }
        entries.sort_by_key(|(entry, _)| match &entry.location {
            Location::Text { position, .. } => (position.line, position.column),
            Location::Argument(_) => (0, 0),
        });
        entries.into_iter().try_for_each(|(entry, is_distinct)| self.add(entry, is_distinct))?;
        match stopped_at {
            Some(last) => {
                self.stopped_at = Some(last.clone());
                Err(InputError::TooManyInvalid { last })
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, entry: Entry, is_distinct: bool) -> Result<(), InputError> {
        if !self.options.keep_duplicates && !is_distinct {
            let index = self.entries.len();
            let first = match &entry.address {
                Ok(address) => self.seen(*address, index).entry,
                Err(_) => *self.invalid.entry(entry.text.clone()).or_insert(index),
            };
            if let Some(first) = self.entries.get_mut(first) {
                first.occurrences += entry.occurrences;
                return Ok(());
            }
        }
        if entry.address.is_err() {
            self.invalid_entries += 1;
            if self.invalid_entries > MAX_INVALID {
                self.stopped_at = Some(entry.location.clone());
                return Err(InputError::TooManyInvalid { last: entry.location });
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Notes that something holds no address for certain.
    pub(crate) fn pass_over(&mut self, reason: Reason) {
        let count = match reason {
            Reason::Comment => &mut self.passed_over.comments,
            Reason::AboveHeadings => &mut self.passed_over.above_headings,
            Reason::WithoutAddress => &mut self.passed_over.without_address,
            Reason::Word => &mut self.passed_over.words,
        };
        *count += 1;
    }

    /// Adds what a token is.
    pub(crate) fn token(&mut self, text: &str, location: impl FnOnce() -> Location) -> Result<(), InputError> {
        self.read(read_token(text), text, location)
    }

    /// Adds what a text was read as.
    pub(crate) fn read(
        &mut self,
        token: Token,
        text: &str,
        location: impl FnOnce() -> Location,
    ) -> Result<(), InputError> {
        match token {
            Token::Address(address) => self.address(address, text, location),
            Token::Range(range) => return self.range(range, text, location),
            Token::Missing => self.pass_over(Reason::WithoutAddress),
            Token::Punctuation => {}
            Token::Invalid(problem) => return self.invalid(text.as_bytes(), problem, location),
        }
        Ok(())
    }

    /// Counts an address that has an entry already. If it has none, it is not counted, and the result is false.
    pub(crate) fn again(&mut self, address: Ipv4Addr) -> bool {
        let Some(seen) = self.ipv4.get_mut(&address) else { return false };
        seen.again += 1;
        self.taken += 1;
        true
    }

    /// Adds each address of a network or a range, if it is within the bound of the options.
    pub(crate) fn range(
        &mut self,
        range: Range,
        text: &str,
        location: impl FnOnce() -> Location,
    ) -> Result<(), InputError> {
        if !self.options.expand.is_some_and(|most| range.is_within(most)) {
            return self.invalid(text.as_bytes(), range.problem(self.options.expand), location);
        }
        let location = location();
        range.addresses().for_each(|address| self.address(address, text, || location.clone()));
        Ok(())
    }

    /// Adds an address that a text holds.
    pub(crate) fn address(&mut self, address: IpAddr, text: &str, location: impl FnOnce() -> Location) {
        self.taken += 1;
        let canonical = address.to_canonical();
        self.mapped += u64::from(canonical != address);
        let address = canonical;
        let is_left_out = self.options.public_only && !is_public(address);
        if let Some(row) = &mut self.row {
            let finding = if is_left_out { Finding::LeftOut(address) } else { Finding::Address(address) };
            return row.push((self.column, finding));
        }
        if is_left_out {
            self.left_out.insert(address);
            return;
        }
        if !self.options.keep_duplicates {
            let index = self.entries.len();
            let seen = self.seen(address, index);
            if seen.entry < index {
                return seen.again += 1;
            }
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
        self.named += 1;
        if let Some(row) = &mut self.row {
            row.push((self.column, Finding::Invalid(problem)));
            return Ok(());
        }
        let complete = str::from_utf8(text).ok().filter(|text| text.len() <= MAX_KEPT_BYTES);
        if let (Some(complete), false) = (complete, self.options.keep_duplicates) {
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
    /// Returns whether it did.
    pub(crate) fn hint_at_csv(&mut self, first: usize, line: &str) -> bool {
        let on_line = self.entries[first..].iter_mut().map_while(|entry| match (&entry.location, &mut entry.address) {
            (Location::Text { position: Position { line: 1, column }, .. }, address) => Some((*column, address)),
            _ => None,
        });
        let mut invalid = on_line.filter_map(|(column, address)| Some((column, address.as_mut().err()?)));
        let Some((from, problem)) = invalid.next() else { return false };
        let is_hinted = invalid.last().is_some_and(|(to, _)| is_delimited(line, from, to));
        if is_hinted {
            problem.push_str("; if this is CSV, name its column with --column, or use --input-format csv");
        }
        is_hinted
    }

    /// Adds a hint to the first word of a list, whose entries begin at index `first`.
    pub(crate) fn hint_at_words(&mut self, first: usize) {
        let entries = &mut self.entries[first..];
        let hint = match entries.iter().any(|entry| entry.address.is_ok()) {
            true => "; --extract finds the addresses among other words, and a comment begins with #",
            false => "; a comment begins with #",
        };
        let mut problems = entries.iter_mut().filter_map(|entry| entry.address.as_mut().err());
        if let Some(problem) = problems.find(|problem| [WORD, HOST_NAME, DATE].contains(&problem.as_str())) {
            problem.push_str(hint);
        }
    }

    /// What is noted of an address, whose entry has the index if it is a new one.
    fn seen(&mut self, address: IpAddr, index: usize) -> &mut Seen {
        let new = Seen { entry: index, again: 0 };
        match address {
            IpAddr::V4(address) => self.ipv4.entry(address).or_insert(new),
            IpAddr::V6(address) => self.ipv6.entry(address).or_insert(new),
        }
    }

    /// Adds to the entries how often their addresses were read again.
    fn count_again(&mut self) {
        for seen in self.ipv4.values_mut().chain(self.ipv6.values_mut()) {
            self.entries[seen.entry].occurrences += std::mem::take(&mut seen.again);
        }
    }

    pub(crate) fn finish(mut self) -> Inputs {
        self.count_again();
        Inputs {
            entries: self.entries,
            taken: self.taken,
            passed_over: self.passed_over,
            mapped: self.mapped,
            left_out: self.left_out.len(),
            stopped_at: self.stopped_at,
        }
    }
}

/// Whether there is a delimiter of CSV between two columns of a line.
fn is_delimited(line: &str, from: u32, to: u32) -> bool {
    (1..).zip(line.chars()).any(|(column, c)| from < column && column < to && matches!(c, ',' | ';' | '\t'))
}
